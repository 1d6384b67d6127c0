"""The labelled passages that models are trained on: JSON Lines in the form of ``models/training``."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from pipelines.domain.evidence import Direction, EvidenceKind, Level, Relation
from pipelines.domain.evidence_table import Column
from pipelines.domain.themes import Theme
from pipelines.errors import ModelError
from pipelines.language.features import PassageText


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
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except OSError as error:
            raise ModelError("error.model_missing", file=str(path)) from error
        for number, line in enumerate(lines, 1):
            try:
                found.append(TrainingPassage.model_validate_json(line))
            except ValidationError as error:
                raise ModelError("label.training_line", file=str(path), line=number) from error
    return found


def training_hash(paths: Sequence[Path]) -> str:
    """SHA-256 over the bytes of the files, 64 hex characters."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()
