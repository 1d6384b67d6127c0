"""What reading an edited Word document needs and gives: edits with what they come down to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from flows.versions import Revision
from pipelines.domain.evidence_table import EvidenceTable
from pipelines.domain.proposals import ApprovedChange, Proposal, ProposalDecision, ProposalStanding
from pipelines.domain.reports import CarriedData
from pipelines.domain.table_edits import TableEdit
from pipelines.errors import KennisstandError


class EditResult(StrEnum):
    """What an edit comes down to."""

    APPLIED = "applied"
    """In the new version."""
    ALREADY = "already"
    """The table says so already, or it was decided so before."""
    SECONDED = "seconded"
    """Approved, and more people are needed."""
    REJECTED = "rejected"
    OPEN = "open"
    REFUSED = "refused"
    """Cannot be done; the reason says why."""
    UNPLACED = "unplaced"


@dataclass(frozen=True)
class EditOutcome:
    """An edit and what it comes down to."""

    edit: TableEdit
    result: EditResult
    reason: KennisstandError | None = None
    """Why it is refused; or, where it is applied, what of it is not."""


@dataclass(frozen=True)
class Plan:
    """All that an edited document comes down to."""

    outcomes: tuple[EditOutcome, ...]
    """In the order of the edits."""
    decisions: tuple[ProposalDecision, ...]
    revision: Revision
    people: tuple[str, ...]
    """Who approved what the new version holds; sorted."""


@dataclass(frozen=True)
class Known:
    """What the edits are held against."""

    carried: CarriedData
    shown: EvidenceTable
    """The version that the document was written from."""
    current: EvidenceTable
    proposals: Mapping[str, Proposal]
    standings: Mapping[str, ProposalStanding]
    decisions: Mapping[str, Sequence[ProposalDecision]]
    """By proposal, in the order of making."""
    taken: frozenset[str]
    """Ids of rows and statements of all versions."""
    refusal: Callable[[Proposal], KennisstandError | None]
    """Why a proposal cannot be approved now."""
    counts: Callable[[str], bool]
    """Whether the approval of a person counts today."""
    people_for_known: int
    """How many people it takes to make a statement known by hand."""


@dataclass
class PlannedChange:
    """A change of the table, and the edits (by their place) that ask for it."""

    change: ApprovedChange
    edits: list[int]
    people: set[str] = field(default_factory=set)
