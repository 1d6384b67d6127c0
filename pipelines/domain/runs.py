"""Our own ledger: runs, and the steps of a run."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from pipelines.domain.documents import DocumentState, Metadata, Reason
from pipelines.domain.evidence import Labels
from pipelines.domain.passages import Passage
from pipelines.domain.record import Record
from pipelines.domain.second_opinions import SecondOpinion


class RunState(StrEnum):
    RUNNING = "running"
    DONE = "done"
    INTERRUPTED = "interrupted"
    """Was running when its process ended; the next scan goes on with it."""


class Run(Record):
    """One scan. A scan that was killed and continued is one run."""

    id: str
    started: datetime
    finished: datetime | None = None
    state: RunState
    language: str
    versions: dict[str, str] = Field(default_factory=dict)
    """Model versions, table version, program version."""
    summary: dict[str, int | float | str] = Field(default_factory=dict)
    """Counts for the user: documents, new_documents, passages, flagged, topics, seconds."""


class DocumentSummary(Record):
    """A document as lists show it: all but its text."""

    id: str
    paths: tuple[str, ...]
    state: DocumentState
    stage: str
    """``registered`` until it was read, cut and labelled in one go, then ``done``."""
    reason: Reason | None = None
    notes: tuple[Reason, ...] = ()
    """What people should know of how it was read."""
    media_type: str
    parser: str
    metadata: Metadata = Metadata()
    n_pages: int | None = None
    n_passages: int = 0
    n_flagged: int = 0
    first_seen: datetime
    checksum: str = ""
    file: str | None = None
    """Where the bytes are kept, relative to the workspace."""
    run_id: str
    """The run that brought it in."""


class LabelledPassage(Record):
    """A passage with its labels and its document: a row of exports and of the report."""

    passage: Passage
    document: DocumentSummary
    labels: Labels | None = None
    """``None`` for boilerplate and passages in other languages."""
    group: str | None = None
    """Id of its group of near-duplicates."""
    topic: str | None = None
    second_opinion: SecondOpinion | None = None
    """How a language model read it, where one was asked about it."""
