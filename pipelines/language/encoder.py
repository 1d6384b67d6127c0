"""Sentence vectors in one space for Dutch and English."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]


class Encoder(Protocol):
    """Turns texts into vectors; Dutch and English texts of the same meaning lie close together."""

    dimensions: int
    version: str
    """Name and hash of the model; stored with everything computed from its vectors."""

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """Vectors (n_texts, dimensions) of unit length, in the order given; an empty text gives a zero vector."""
        ...


def unit_length(vectors: FloatArray) -> FloatArray:
    """``vectors``, shape (n, dimensions), each brought to unit length in place; zero vectors stay zero."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, norms, out=vectors, where=norms > 0)


def available_cores() -> int:
    """Cores that this process may use, which can be fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
