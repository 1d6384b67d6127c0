"""What is ordered in the inbox, and what an item gets with its place."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pipelines.domain.evidence import EvidenceKind, Relation
from pipelines.domain.evidence_table import Column


class Reason(StrEnum):
    """Why an item stands where it does; the words are under ``priority.reason`` in the catalogue."""

    CONTRADICTS_KNOWN = "contradicts_known"
    CONTRADICTS_TREND = "contradicts_trend"
    NARROWS = "narrows"
    NEW_POINT = "new_point"
    SUPPORTS = "supports"
    FIRST_FOR_ROW = "first_for_row"
    FIRST_FOR_STATEMENT = "first_for_statement"
    UNSURE = "unsure"
    SAID_BEFORE = "said_before"


@dataclass(frozen=True)
class Candidate:
    """What is known of an item before it is read, or after it was accepted.

    Attributes
    ----------
    flag
        Calibrated probability that it is evidence, 0 to 1; of an accepted item 1.
    row_ids
        Rows it bears on, best first.
    statement_id, statement_score
        The nearest statement of those rows.
    source
        Publisher; empty where unknown.
    vector_index
        Its row of the vectors given to :func:`order_inbox`; ``None`` without one.
    n_duplicates
        Passages in its group beside the one shown.
    """

    item_id: str
    flag: float
    row_ids: tuple[str, ...] = ()
    statement_id: str | None = None
    statement_score: float = 0.0
    relation: Relation | None = None
    column: Column | None = None
    kind: EvidenceKind = EvidenceKind.NONE
    document_id: str = ""
    source: str = ""
    year: int | None = None
    vector_index: int | None = None
    n_duplicates: int = 0

    @property
    def new_point(self) -> bool:
        """Whether no statement of the table speaks of it."""
        return self.relation is Relation.NEW or self.statement_id is None

    @property
    def finding(self) -> tuple[str | None, Relation | None, str | None]:
        """Row, relation and statement: what it would bring, as the models see it."""
        return self.row_ids[0] if self.row_ids else None, self.relation, None if self.new_point else self.statement_id


@dataclass(frozen=True)
class Weights:
    """How much each part counts; together 1. All but ``uncertainty`` are multiplied by the probability of the flag.

    Measured by ``benchmarks/reading_saved.py``: without novelty half of the findings takes 1.04 to 1.07 of the reading
    by probability instead of .85 to .88; without impact half of the contradictions .88 to .90 instead of .41 to .59.
    Row and source, and uncertainty, make no difference above .01 there: its documents are short (5 to 10 passages) and
    spread by design. They are kept small, for reports of hundreds of pages and so that doubtful flags are seen.
    """

    any_use: float = 0.22
    impact: float = 0.20
    novelty: float = 0.48
    row: float = 0.05
    source: float = 0.02
    uncertainty: float = 0.03


@dataclass(frozen=True)
class Parts:
    """What the score of an item is made of, each from 0 to 1."""

    probability: float
    impact: float
    novelty: float
    row: float
    """1 while nothing of its row was accepted or stands higher."""
    source: float
    """1 while nothing of its document or publisher was accepted or stands higher."""
    uncertainty: float
    """1 where the flag is 0.5, 0 where the models are sure."""


@dataclass(frozen=True)
class Placed:
    """An item in its place."""

    item_id: str
    rank: int
    """From 1."""
    score: float
    """From 0 to 1; never higher than that of the item before it."""
    parts: Parts
    reasons: tuple[Reason, ...]
    """At most three, the most telling first."""
