"""The labelled passages that models are trained on: JSON Lines in the form of ``models/training``."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from pipelines.domain.evidence import Direction, EvidenceKind, Level, Relation
from pipelines.domain.evidence_table import Column
from pipelines.domain.themes import Theme
from pipelines.errors import ModelError
from pipelines.language.encoder import FloatArray
from pipelines.language.features import PassageText
from pipelines.language.linear import assign_folds
from pipelines.language.model_files import DAMAGED_NPZ

HELD_OUT_FILE = "held_out.npz"
"""Beside the closer reader: what it says of the passages it was not trained on."""
HELD_OUT_PARTS = 7


class TrainingPassage(BaseModel):
    """A passage with the labels a reader gave it; other fields of the file (publisher, address) are not used."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    doc: str
    n: int
    lang: str
    title: str | None = None
    section: str | None = None
    text: str
    themes: tuple[Theme, ...]
    rows: tuple[str, ...]
    flag: bool
    relation: Relation | None
    column: Column | None
    statements: tuple[str, ...] = ()
    evidence: EvidenceKind
    direction: Direction
    recommendation: bool
    level: Level | None

    @property
    def id(self) -> str:
        """Unlike any other's in the training set."""
        return f"{self.doc}/{self.n}"

    def as_text(self, *, bare: bool = False) -> PassageText:
        """What a model may see of it; ``bare`` leaves out section and title, as many web pages have none."""
        if bare:
            return PassageText(self.text, "", "", self.lang)
        return PassageText(self.text, self.section or "", self.title or "", self.lang)


def read_training_files(paths: Sequence[Path]) -> list[TrainingPassage]:
    """All passages of ``paths``, in order.

    Raises
    ------
    ModelError
        A file is missing or a line is not a labelled passage.
    """
    found: list[TrainingPassage] = []
    for path in paths:
        for number, line in enumerate(_read_lines(path), 1):
            try:
                found.append(TrainingPassage.model_validate_json(line))
            except ValidationError as error:
                raise ModelError("label.training_line", file=str(path), line=number) from error
    return found


def read_translations(training: Path, passages: Sequence[TrainingPassage]) -> list[TrainingPassage]:
    """``passages`` in the other language, as far as ``training/translated`` holds them, with their labels.

    Raises
    ------
    ModelError
        A file is missing or a line is not a translation of a labelled passage.
    """
    originals = {passage.id: passage for passage in passages}
    found: list[TrainingPassage] = []
    for language in ("nl", "en"):
        path = training / "translated" / f"{language}.jsonl"
        for number, line in enumerate(_read_lines(path), 1):
            try:
                words = json.loads(line)
                original = originals[f"{words['doc']}/{words['n']}"]
                own = {k: words[k] for k in ("lang", "title", "section", "text")}
                found.append(TrainingPassage.model_validate(original.model_dump() | own))
            except (ValueError, KeyError, TypeError) as error:
                raise ModelError("label.training_line", file=str(path), line=number) from error
    return found


def _read_lines(path: Path) -> list[bytes]:
    """Lines as bytes: what is not UTF-8, and line ends inside a passage (U+2028), are left to whoever reads a line."""
    try:
        return path.read_bytes().splitlines()
    except OSError as error:
        raise ModelError("error.model_missing", file=str(path)) from error


def held_out_documents(passages: Sequence[TrainingPassage]) -> frozenset[str]:
    """The documents, one in seven, that the closer reader is not trained on."""
    documents = sorted({passage.doc for passage in passages})
    folds = assign_folds(documents, HELD_OUT_PARTS)
    return frozenset(document for document, fold in zip(documents, folds, strict=True) if fold == 0)


@dataclass(frozen=True)
class ReaderScores:
    """What the closer reader says of the passages it was not trained on.

    Attributes
    ----------
    ids
        Of the passages (:attr:`TrainingPassage.id`).
    heads, scores
        Names and log odds, shape (n_passages, n_heads).
    """

    ids: tuple[str, ...]
    heads: tuple[str, ...]
    scores: FloatArray


def read_reader_scores(folder: Path) -> ReaderScores:
    """The scores in ``folder/held_out.npz``.

    Raises
    ------
    ModelError
        The file is missing or damaged.
    """
    path = folder / HELD_OUT_FILE
    try:
        with np.load(path, allow_pickle=False) as arrays:
            ids, heads = (tuple(str(name) for name in arrays[key]) for key in ("ids", "heads"))
            return ReaderScores(ids, heads, arrays["scores"].astype(np.float32))
    except FileNotFoundError as error:
        raise ModelError("error.model_missing", file=str(path)) from error
    except DAMAGED_NPZ as error:
        raise ModelError("error.model_damaged", file=str(path)) from error


def training_hash(paths: Sequence[Path]) -> str:
    """SHA-256 over the bytes of the files, 64 hex characters."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()
