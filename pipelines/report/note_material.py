"""What the update note of a period is made from."""

from __future__ import annotations

from datetime import date, datetime
from typing import Self

from pydantic import Field, model_validator

from pipelines.domain.appraisal import Appraisal, EvidencePiece
from pipelines.domain.decisions import Judgement
from pipelines.domain.evidence_table import EvidenceTable
from pipelines.domain.proposals import (
    ApprovedChange,
    Proposal,
    ProposalStanding,
    ProposalState,
    VersionRecord,
    Wording,
)
from pipelines.domain.record import Record
from pipelines.domain.rules import Rules
from pipelines.report.material import ReportMaterial

#: States of a proposal that still asks for a decision, or for its place in a version.
OPEN_STATES = frozenset({ProposalState.OPEN, ProposalState.SECONDED, ProposalState.APPROVED})


class ReadingCount(Record):
    """How much of what was put before the readers they have read."""

    n_accepted: int = Field(default=0, ge=0)
    """Items whose decision of the period holds, as are ``n_rejected`` and ``n_later``."""
    n_rejected: int = Field(default=0, ge=0)
    n_later: int = Field(default=0, ge=0)
    n_disagreement: int = Field(default=0, ge=0)
    """Two readers differ and nobody has settled it, now."""
    n_open: int = Field(default=0, ge=0)
    """Flagged items on which nobody has decided, now."""

    @property
    def n_read(self) -> int:
        """Items on which somebody came to a conclusion in the period."""
        return self.n_accepted + self.n_rejected


class NoteMaterial(Record):
    """Everything that the note of a period speaks of."""

    scan: ReportMaterial
    """Documents, passages, topics and settings as the report of a scan gets them, with ``new_documents`` as those that
    came in in the period, and with ``after`` as its table."""
    since: date | None = None
    """First day of the period; ``None`` from the beginning."""
    until: date
    """Last day, which is part of it."""
    before: EvidenceTable
    """The table as it stood when the period began."""
    after: EvidenceTable
    """The newest version."""
    versions: tuple[VersionRecord, ...] = ()
    """Of the period, oldest first."""
    appraisal: Appraisal
    """Against ``after``."""
    pieces: tuple[EvidencePiece, ...] = ()
    """All accepted evidence; what was decided in the period is told by its moment."""
    proposals: tuple[tuple[Proposal, ProposalStanding], ...] = ()
    """Those that stand open now, and those that were applied or rejected in the period."""
    new_ids: dict[str, tuple[str, str]] = Field(default_factory=dict)
    """Of open proposals for a new statement or row: id -> the ids of row and statement that are set aside for it.
    Where one is missing the next free number is shown."""
    as_approved: dict[str, ApprovedChange] = Field(default_factory=dict)
    """Open proposals as they would be made now: id -> change. Where one is missing its suggestion is shown."""
    reasons: dict[str, tuple[Wording, ...]] = Field(default_factory=dict)
    """Proposal id -> title of the rule, then sentences that say why it proposes this and what to mind."""
    rules: Rules = Rules(version="", rules=())
    """The rules in force."""
    judgements: dict[str, Judgement | None] = Field(default_factory=dict)
    """Passage id -> labels that hold after the readers' decision; ``None`` where it was rejected. Passages on which
    nobody has decided are absent."""
    reading: ReadingCount = ReadingCount()
    people: dict[str, str] = Field(default_factory=dict)
    """Account -> name as its owner gave it; accounts that are not in it are shown by their account name."""

    @model_validator(mode="after")
    def _check_tables(self) -> Self:
        if self.scan.table.version != self.after.version:
            raise ValueError("the scan of a note has the newest table")
        if self.since is not None and self.since > self.until:
            raise ValueError("a period ends after it begins")
        return self

    def in_period(self, moment: datetime) -> bool:
        """Whether something happened in the period."""
        return (self.since is None or moment.date() >= self.since) and moment.date() <= self.until

    def open_proposals(self) -> tuple[tuple[Proposal, ProposalStanding], ...]:
        """Those that ask for a decision or wait for their version."""
        return tuple(pair for pair in self.proposals if pair[1].state in OPEN_STATES)

    def rejected_proposals(self) -> tuple[tuple[Proposal, ProposalStanding], ...]:
        """Those that were rejected in the period."""
        return tuple(
            (proposal, standing)
            for proposal, standing in self.proposals
            if standing.state is ProposalState.REJECTED
            and standing.rejection is not None
            and self.in_period(standing.rejection.decided)
        )


class NoteOptions(Record):
    """How much the note shows; the Excel lists always hold everything."""

    quotations_per_relation: int = Field(default=20, ge=1)
    """Most quotations of one relation under one row: five pages of A4. What a change rests on is always quoted."""
    words_in_quotation: int = Field(default=170, ge=20)
    """Longer passages are cut around their key sentence. Passages have 130 words at most where the text allows."""
    recommendations_per_cell: int = Field(default=3, ge=1)
    """Most recommendations in a cell of the matrix."""
    documents_in_list: int = Field(default=60, ge=1)
    """Most documents in a list: about three pages."""
