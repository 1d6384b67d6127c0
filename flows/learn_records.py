"""What is kept of each time that the models learned: when, from what, with what outcome."""

from __future__ import annotations

import json
import logging
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from pydantic import Field, ValidationError

from pipelines.domain.record import SCHEMA_VERSION, Record
from pipelines.settings import Settings
from pipelines.store.files import write_whole

logger = logging.getLogger(__name__)

LEARNED_FOLDER = "learned"
"""In the models of a workspace: a record of each learning, and models that were not adopted."""


class Outcome(StrEnum):
    """What became of what was learned."""

    ADOPTED = "adopted"
    KEPT_ASIDE = "kept_aside"
    """Worse, or not surely good enough: the models in use stay."""
    TRIED = "tried"
    """A trial: nothing was written; the reason says what would have become of it."""
    WENT_BACK = "went_back"
    """Nothing was learned: earlier models were put back."""


class Difference(Record):
    """A figure after learning less the same before, with an interval from resampling whole documents."""

    mean: float
    low: float
    """2.5 in 100 resamplings lie below."""
    high: float


class Comparison(Record):
    """Figures of the models before and after learning, on passages from which neither learned.

    Figures by name: ``flag_f1``, ``flag_ap`` (average precision), ``theme_f1``, ``row_r1`` (right row first) and
    ``relation_f1``, ``labels`` (mean of the last three) and ``score`` (mean of all five). One that cannot be taken on
    these passages is left out.
    """

    n_passages: int
    n_documents: int
    before: dict[str, float]
    after: dict[str, float]
    difference: dict[str, Difference]


class LearningRecord(Record):
    """One time that the models learned, or went back."""

    schema_version: int = SCHEMA_VERSION
    id: str
    made: datetime
    """In UTC, without time zone."""
    actor: str | None = None
    """Account that asked for it; ``None`` for a schedule or the command line."""
    outcome: Outcome
    reason: str
    """Key of a sentence that says why, with :attr:`values`."""
    values: dict[str, str | int | float] = Field(default_factory=dict)
    version_before: str
    version_after: str
    """Of what was learned, also where it was not adopted."""
    n_decisions: int = 0
    """All decisions at that time."""
    n_lessons: int = 0
    """Passages that decisions taught something of, near-duplicates once."""
    n_findings: int = 0
    """Of these, findings."""
    n_documents: int = 0
    held_out: Comparison | None = None
    """On labelled passages that came with the program."""
    decisions: Comparison | None = None
    """On the decisions, each by models that did not learn from its document."""
    seconds: float = 0.0


def folder_of(settings: Settings) -> Path:
    """Where records are kept."""
    return settings.models_dir / LEARNED_FOLDER


def keep_record(settings: Settings, record: LearningRecord) -> Path:
    """Write a record; returns its file."""
    path = folder_of(settings) / f"{record.id}.json"
    write_whole(path, json.dumps(record.model_dump(mode="json"), ensure_ascii=False, indent=1).encode())
    return path


def history(settings: Settings) -> list[LearningRecord]:
    """All records, the newest first; one that cannot be read is left out, and the log says so."""
    found: list[LearningRecord] = []
    for path in folder_of(settings).glob("*.json"):
        try:
            found.append(LearningRecord.model_validate_json(path.read_bytes()))
        except (OSError, ValidationError) as error:
            logger.warning("record %s cannot be read: %s", path.name, type(error).__name__)
    return sorted(found, key=lambda record: (record.made, record.id), reverse=True)
