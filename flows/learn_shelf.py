"""The models of a workspace on their shelf: those in use, former ones, and those that were not adopted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flows.label import MODEL_FILE
from flows.learn_records import folder_of
from pipelines.domain.ids import file_checksum
from pipelines.errors import ModelError
from pipelines.language.model_files import CARD_FILE, DAMAGED_NPZ
from pipelines.settings import Settings
from pipelines.store.files import write_whole

IN_USE = "tagger"
_LESSONS = "learned.decisions"
"""Ids of the decisions that the models in a file learned from."""


class Shelf:
    """Model files in ``WORKSPACE/models``.

    What is in use is one file, ``tagger/tagger.npz``, replaced whole or not at all; beside it lies its card. Former
    ones are kept as ``tagger-VERSION``, those that were not adopted in ``learned``.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._models = settings.models_dir

    @property
    def in_use(self) -> Path | None:
        """The model file of the workspace; ``None`` where the shipped models are in use."""
        path = self._models / IN_USE / MODEL_FILE
        return path if path.exists() else None

    @property
    def version(self) -> str | None:
        """Version of the models in use; ``None`` where these are the shipped ones."""
        return None if self.in_use is None else self._card_and_version(self.in_use)[1]

    @property
    def told(self) -> Mapping[str, Any] | None:
        """What the card of the models in use tells of the learning that made them; ``None`` where it tells nothing."""
        return None if self.in_use is None else self._card_and_version(self.in_use)[0].get("learning")

    def adopt(self, content: bytes, card: Mapping[str, Any], version: str) -> None:
        """Put models in use, and keep those that were.

        Parameters
        ----------
        content, card
            Model file and what is told of it.
        version
            Of the models.

        Raises
        ------
        StoreError
            A file cannot be written; the models that were in use still are.
        """
        former = self._keep_former()
        folder = self._models / IN_USE
        # The card goes first: with other models beside it, their checksum says that it is not theirs.
        _write_card(folder, content, {**card, "version": version, "former": former})
        write_whole(folder / MODEL_FILE, content)

    def put_aside(self, name: str, content: bytes, card: Mapping[str, Any]) -> None:
        """Keep models that are not to be used, as ``learned/NAME``."""
        folder = folder_of(self._settings) / name
        _write_card(folder, content, card)
        write_whole(folder / MODEL_FILE, content)

    def go_back(self) -> str | None:
        """Put those models in use that were before these; returns their version, ``None`` for the shipped ones.

        What is in use is kept. There must be such models (:attr:`in_use`).

        Raises
        ------
        ModelError
            The former models are gone.
        StoreError
            A file cannot be written.
        """
        folder = self._models / IN_USE
        former = self._card_and_version(folder / MODEL_FILE)[0].get("former")
        self._keep_former()
        if former is None:
            for name in (MODEL_FILE, CARD_FILE):
                (folder / name).unlink(missing_ok=True)
            return None
        kept = self._models / str(former)
        try:
            content, card = (kept / MODEL_FILE).read_bytes(), (kept / CARD_FILE).read_bytes()
        except OSError as error:
            raise ModelError("error.model_missing", file=str(kept / MODEL_FILE)) from error
        write_whole(folder / CARD_FILE, card)
        write_whole(folder / MODEL_FILE, content)
        return str(former)

    def _keep_former(self) -> str | None:
        if self.in_use is None:
            return None
        card, version = self._card_and_version(self.in_use)
        kept = self._models / version
        if not (kept / MODEL_FILE).exists():
            content = self.in_use.read_bytes()
            _write_card(kept, content, {**card, "version": version})
            write_whole(kept / MODEL_FILE, content)
        return version

    def _card_and_version(self, path: Path) -> tuple[dict[str, Any], str]:
        """The card of a model file and its version; of a file whose card is another's, nothing and its own hash."""
        checksum = file_checksum(path.read_bytes())
        try:
            card = json.loads((path.parent / CARD_FILE).read_bytes())
            if card["files"][MODEL_FILE] == checksum:
                return card, str(card["version"])
        except (OSError, ValueError, KeyError, TypeError):
            pass  # the models are what counts
        return {}, f"tagger-{checksum[:12]}"


def _write_card(folder: Path, content: bytes, card: Mapping[str, Any]) -> None:
    whole = {**card, "files": {MODEL_FILE: file_checksum(content)}}
    write_whole(folder / CARD_FILE, json.dumps(whole, ensure_ascii=False, indent=1).encode())


def pack(arrays: Mapping[str, NDArray[Any]], lesson_ids: list[str]) -> bytes:
    """The content of a model file that learned from decisions."""
    target = BytesIO()
    every = {**arrays, _LESSONS: np.asarray(lesson_ids, dtype=np.str_)}
    np.savez_compressed(target, allow_pickle=False, **every)
    return target.getvalue()


def lessons_in(path: Path) -> list[str]:
    """Ids of the decisions that the models in a file learned from; none where it was not made by learning.

    Raises
    ------
    ModelError
        The file cannot be read.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return [str(name) for name in arrays[_LESSONS]] if _LESSONS in arrays.files else []
    except FileNotFoundError as error:
        raise ModelError("error.model_missing", file=str(path)) from error
    except DAMAGED_NPZ as error:
        raise ModelError("error.model_damaged", file=str(path)) from error
