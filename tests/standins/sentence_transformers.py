"""Stands in for the library of the same name, which tests do not install: vectors from a hash of the text.

A model is a folder with ``model.safetensors`` holding ``{"seed": ..., "dimensions": ...}``.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, ClassVar

import numpy as np


class SentenceTransformer:
    """Takes what the adapter gives the real one, and keeps count."""

    encoded: ClassVar[list[str]] = []
    """All texts encoded so far, but for the adapter's own first one."""
    loaded: ClassVar[list[dict[str, Any]]] = []

    def __init__(self, model_name_or_path: str, *, local_files_only: bool, trust_remote_code: bool) -> None:
        self.loaded.append({"local_files_only": local_files_only, "trust_remote_code": trust_remote_code})
        weights = json.loads((Path(model_name_or_path) / "model.safetensors").read_text(encoding="utf-8"))
        self._seed, self._dimensions = weights["seed"], weights["dimensions"]

    def encode(
        self, sentences: list[str], *, batch_size: int, show_progress_bar: bool, convert_to_numpy: bool
    ) -> np.ndarray:
        assert batch_size > 0 and not show_progress_bar and convert_to_numpy
        self.encoded.extend(s for s in sentences if s != "a")
        return np.stack([self._vector(sentence) for sentence in sentences])

    def _vector(self, sentence: str) -> np.ndarray:
        digest = hashlib.sha256(f"{self._seed} {sentence}".encode()).digest()
        # Not of unit length: that is for the adapter to see to.
        return np.random.default_rng(list(digest)).normal(size=self._dimensions).astype(np.float64)
