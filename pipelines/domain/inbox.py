"""The inbox: what is put before a reader, in which order, and why."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from pipelines.domain.record import Record


class Listed(StrEnum):
    """Why an item is in the inbox."""

    FLAGGED = "flagged"
    SAMPLE = "sample"
    """Drawn by chance from what the models did not flag, to see what they miss."""
    NEXT = "next"
    """Not flagged, but nearest to it: for whoever wants to read on below the line."""
    DECIDED = "decided"
    """Neither, but somebody decided on it, for instance found by search."""


class InboxItem(Record):
    """One item as the list shows it; lists never read the whole passage."""

    item_id: str
    passage_id: str
    """The passage that stands for the item: of the document that came in first."""
    document_id: str
    run_id: str
    """The scan that brought it in."""
    listed: Listed
    rank: int = Field(ge=1)
    """Place in the whole list, 1 comes first: flagged items, the sample, what was nearly flagged, the rest."""
    flag: float = Field(ge=0, le=1)
    language: str
    publisher: str | None = None
    row_id: str | None = None
    """The first of ``rows``."""
    rows: tuple[str, ...] = ()
    relation: str | None = None
    evidence_kind: str | None = None
    n_passages: int = Field(ge=1)
    """Near-duplicates in the item, itself included."""
    title: str
    year: int | None = None
    page: int | None = None
    lead: str
    """Key sentence, or else the beginning of the text; at most some 240 characters."""
    themes: tuple[str, ...] = ()
    column: str | None = None
    direction: str | None = None
    statement: str | None = None
    score: float = 0.0
    """Expected use for the table, 0 to 1."""
    reasons: tuple[str, ...] = ()
    """Keys of words that say why it stands where it stands."""
