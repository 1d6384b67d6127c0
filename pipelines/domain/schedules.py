"""What runs by itself, when, and what came of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from pipelines.domain.documents import Reason
from pipelines.domain.record import SCHEMA_VERSION, Record


class Duty(StrEnum):
    """What runs on a schedule."""

    SCAN = "scan"
    """Harvest all sources that are on, then scan what is new."""
    REPORT = "report"
    """Write the update note of the period since the report before."""
    LEARN = "learn"
    """Learn from the decisions."""
    BACKUP = "backup"
    """Make a copy of database and files, and look whether it is whole."""


class Schedule(Record):
    """When a duty is due."""

    duty: Duty
    cron: str
    """Minute, hour, day of the month, month, day of the week, on Dutch clocks; empty for never."""
    paused: bool = False
    """By a person."""


class DutyState(StrEnum):
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    """Its process died; it is done once more."""


class DutyRun(Record):
    """One time that a duty was done: our own ledger, whatever the orchestrator remembers."""

    schema_version: int = SCHEMA_VERSION
    id: str
    duty: Duty
    due: datetime | None = None
    """The moment it was due, in UTC; ``None`` where somebody asked for it."""
    asked_by: str | None = None
    n_missed: int = Field(default=0, ge=0)
    """How many due moments this run catches up beside its own."""
    attempt: int = Field(default=1, ge=1)
    started: datetime
    beat: datetime
    """The last sign of life of its process."""
    finished: datetime | None = None
    state: DutyState
    host: str = ""
    process: int = 0
    reason: Reason | None = None
    result: dict[str, int | float | str] = Field(default_factory=dict)
    """Counts, and paths of what was written, relative to the workspace."""


class NoticeKind(StrEnum):
    """What people are told of without asking."""

    FAILED = "failed"
    """A run failed, or was not there when it was due."""
    REPORT = "report"
    """A report is ready."""
    CONTRADICTION = "contradiction"
    """Something new contradicts a known statement."""


class Notice(Record):
    """A message to people outside the program, already in words."""

    kind: NoticeKind
    subject: str
    lines: tuple[str, ...]
