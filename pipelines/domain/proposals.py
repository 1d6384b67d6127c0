"""Proposed changes of the table, what people decide on them, and the versions that follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from pipelines.domain.appraisal import Confidence, WeighedStudy
from pipelines.domain.evidence_table import Column, Statement
from pipelines.domain.record import SCHEMA_VERSION, Record
from pipelines.domain.themes import Theme


class ChangeKind(StrEnum):
    MOVE = "move"
    """To another column, mostly with another wording."""
    NARROW = "narrow"
    """Stays uncertain, but less so."""
    REWORD = "reword"
    """Other words or figures in the same column."""
    ADD_STATEMENT = "add_statement"
    ADD_ROW = "add_row"
    """With its first statement."""
    KEEP = "keep"
    """Looked at again and kept as it is, with a new day to look again."""
    REMOVE = "remove"
    """Only by hand."""

    @property
    def adds(self) -> bool:
        """Whether it brings a new statement."""
        return self in (ChangeKind.ADD_STATEMENT, ChangeKind.ADD_ROW)


class Wording(Record):
    """Text in both languages; one may be empty."""

    nl: str = ""
    en: str = ""

    def text(self, language: str) -> str:
        """Text in ``language``, else in the other."""
        return (self.nl or self.en) if language == "nl" else (self.en or self.nl)

    def text_in(self, language: str) -> str:
        """Text in ``language`` (``nl`` or ``en``) alone; empty where there is none."""
        return self.nl if language == "nl" else self.en


class Proposal(Record):
    """A change that a rule proposes, with all that it rests on. Never changed: other evidence makes another one."""

    schema_version: int = SCHEMA_VERSION
    id: str
    """Content hash of rule, subject, statement as it was, and the studies with their stance."""
    subject: str
    """Rule and place, whatever the evidence: what was rejected once is known by it, for instance
    ``trend_known:B1.t1``."""
    rule: str
    rule_version: int
    change: ChangeKind
    upward: bool = False
    """Whether the table says it with more certainty after it."""
    people_needed: int = Field(ge=1)
    row_id: str | None
    """``None`` for a new row."""
    statement_id: str | None = None
    """``None`` for a new statement or row."""
    before: Statement | None = None
    from_column: Column | None = None
    to_column: Column | None = None
    suggestion: Wording = Wording()
    """Proposed text: the statement's own words and sentences of the evidence in set phrases, nothing else. A
    suggestion, and shown as one."""
    row_title: Wording = Wording()
    chapter: Theme | None = None
    """Both only for a new row."""
    review_by: date | None = None
    """The day that the change sets, if it sets one."""
    confidence: Confidence = Confidence()
    studies: tuple[WeighedStudy, ...] = ()
    """Against first."""
    inputs: dict[str, str | int | float] = Field(default_factory=dict)
    """What the rule looked at, by the names that the rule uses, with its thresholds."""
    table_version: str
    """The version that it would change."""
    made: date
    """The day on which the rule was applied."""

    @property
    def items(self) -> tuple[str, ...]:
        """Ids of all items of evidence, sorted."""
        return tuple(sorted({item for study in self.studies for item in study.items}))


class ProposalInWords(Record):
    """A proposal told in one language."""

    what: str
    """One line, for instance ``B1.t1: from trend to known``."""
    rule: str
    """Title of the rule."""
    why: tuple[str, ...]
    """Sentences: what the rule looked at, each with what it asks for."""
    who: str
    """How many people have to approve."""
    notes: tuple[str, ...] = ()
    """What to mind when deciding: other rules that hold as well, an earlier rejection, a hedge that is left."""


class ProposalVerdict(StrEnum):
    APPROVE = "approve"
    """As suggested, or with the wording that is given."""
    REJECT = "reject"
    UNDO = "undo"
    """Takes one's own earlier decision back, as long as no version was made of it."""


class ProposalDecision(Record):
    """One act of one person on one proposal. Never changed."""

    schema_version: int = SCHEMA_VERSION
    id: str
    proposal_id: str
    turn: int = Field(ge=1)
    """Number of the decision on this proposal; two people who decide at once cannot get the same."""
    verdict: ProposalVerdict
    person: str
    """Name of the account."""
    decided: datetime
    """In UTC, without time zone."""
    why: str = Field(default="", max_length=4000)
    wording: Wording | None = None
    """Only with ``approve``: the text as approved where that is not the suggestion."""
    source: str = Field(default="", max_length=400)
    """Through what: name of the Word file that came back; empty for the page and the command."""
    entered_by: str = ""
    """Account of who read that file; empty where ``person`` decided by hand, or who it was is not known."""


class ProposalState(StrEnum):
    OPEN = "open"
    SECONDED = "seconded"
    """Approved by somebody, and more people are needed."""
    APPROVED = "approved"
    """By as many as are needed; ready to be made a version."""
    APPLIED = "applied"
    """In the table."""
    REJECTED = "rejected"
    LAPSED = "lapsed"
    """The table or the evidence changed, and the rule proposes it no more."""


class ProposalStanding(Record):
    """Where a proposal stands after the decisions on it."""

    state: ProposalState = ProposalState.OPEN
    turn: int = Field(default=0, ge=0)
    approvals: tuple[ProposalDecision, ...] = ()
    """Those that count: the latest of each person, all with the wording of the last; in the order of making."""
    rejection: ProposalDecision | None = None
    applied_in: str | None = None
    """Version of the table that holds it."""

    @property
    def wording(self) -> Wording | None:
        """The text as approved; ``None`` for the suggestion."""
        return self.approvals[-1].wording if self.approvals else None


def fold_proposal(
    proposal: Proposal,
    decisions: Sequence[ProposalDecision],
    *,
    applied_in: str | None = None,
    current: bool = True,
) -> ProposalStanding:
    """Where a proposal stands after ``decisions``, given in the order of making.

    Who approves another wording than the one before approves alone: earlier approvals were of other words.

    Parameters
    ----------
    proposal, decisions
        The decisions are all on this proposal.
    applied_in
        The version that was made with it.
    current
        Whether the rules propose it still.
    """
    approvals: dict[str, ProposalDecision] = {}
    rejection: ProposalDecision | None = None
    for decision in decisions:
        if decision.verdict is ProposalVerdict.UNDO:
            approvals.pop(decision.person, None)
            if rejection is not None and rejection.person == decision.person:
                rejection = None
        elif decision.verdict is ProposalVerdict.REJECT:
            approvals, rejection = {}, decision
        else:
            rejection = None
            approvals = {p: d for p, d in approvals.items() if p != decision.person and d.wording == decision.wording}
            approvals[decision.person] = decision
    if applied_in is not None:
        state = ProposalState.APPLIED
    elif rejection is not None:
        state = ProposalState.REJECTED
    elif len(approvals) >= proposal.people_needed:
        state = ProposalState.APPROVED
    elif not current:
        state = ProposalState.LAPSED
    else:
        state = ProposalState.SECONDED if approvals else ProposalState.OPEN
    return ProposalStanding(
        state=state,
        turn=len(decisions),
        approvals=tuple(approvals.values()),
        rejection=rejection,
        applied_in=applied_in,
    )


class ApprovedChange(Record):
    """A proposal as people approved it, or a change that somebody made by hand: what makes the next version."""

    proposal_id: str | None = None
    """``None`` for a change by hand."""
    change: ChangeKind
    row_id: str | None
    statement_id: str | None = None
    """Of a new statement the id that was set aside for it; with ``None`` it gets the next free one."""
    to_column: Column | None = None
    wording: Wording = Wording()
    """The whole text: a language that is empty here is empty in the table. Empty in both keeps the text it has."""
    row_title: Wording = Wording()
    chapter: Theme | None = None
    source: str = ""
    """Source note of a new or reworded statement; empty keeps the one it has."""
    review_by: date | None = None
    """The day that the change sets; ``None`` keeps the one it has."""
    before: Statement | None = None
    """The statement as people saw it when they approved; the change is refused where the table has another by now.
    ``None`` does not check."""
    dropped: tuple[str, ...] = ()
    """Languages whose text falls away because the change was worded in the other alone: it would say something else."""
    stale: tuple[str, ...] = ()
    """Languages whose suggested text was kept while the other was worded anew: do both say the same?"""

    def changed(self, statement: Statement) -> Statement:
        """``statement`` after the change, wherever its row stands.

        Only a narrowed uncertain statement stays narrowed, and only where it stands: in another column nothing is.
        """
        column = self.to_column if self.change is ChangeKind.MOVE and self.to_column else statement.column
        worded = bool(self.wording.nl or self.wording.en)
        return Statement(
            id=statement.id,
            column=column,
            nl=self.wording.nl if worded else statement.nl,
            en=self.wording.en if worded else statement.en,
            source=self.source or statement.source,
            narrowed=self.change is ChangeKind.NARROW or (statement.narrowed and column is statement.column),
            review_by=self.review_by or statement.review_by,
        )

    def new_statement(self, statement_id: str) -> Statement:
        """The statement that the change brings; what names no column begins as a trend."""
        return Statement(
            id=statement_id,
            column=self.to_column or Column.TREND,
            nl=self.wording.nl,
            en=self.wording.en,
            source=self.source,
            review_by=self.review_by,
        )


class VersionOrigin(StrEnum):
    SHIPPED = "shipped"
    IMPORTED = "imported"
    PROPOSALS = "proposals"
    WORD = "word"
    """From an edited Word document: proposals and edits by hand together."""
    RESTORED = "restored"


class VersionRecord(Record):
    """How a version of the table came to be."""

    version: str
    created: datetime
    origin: VersionOrigin
    file: str = ""
    """Name of the file that it was read from."""
    based_on: str | None = None
    """The version before it."""
    restores: str | None = None
    """The version whose content it brings back."""
    people: tuple[str, ...] = ()
    """Accounts of those who approved, imported or restored."""
    entered_by: str = ""
    """Account of who read the file, in the name of ``people``; empty where that is not known."""
    holds: tuple[str, ...] = ()
    """Only of an imported version: proposals of earlier versions whose outcome is in it word for word."""
    changes: tuple[ApprovedChange, ...] = ()
    why: str = ""

    @model_validator(mode="after")
    def _check_restored(self) -> Self:
        if (self.origin is VersionOrigin.RESTORED) != (self.restores is not None):
            raise ValueError("a restored version, and it alone, names what it restores")
        return self


def standings_of(
    proposals: Mapping[str, Proposal],
    decisions: Sequence[ProposalDecision],
    applied: Mapping[str, str],
    current: frozenset[str],
) -> dict[str, ProposalStanding]:
    """Standing of every proposal.

    Parameters
    ----------
    proposals
        By id.
    decisions
        On all of them, in the order of making.
    applied
        Proposal id -> version that holds it.
    current
        Ids of those that the rules propose now.
    """
    made: dict[str, list[ProposalDecision]] = {proposal_id: [] for proposal_id in proposals}
    for decision in decisions:
        if decision.proposal_id in made:
            made[decision.proposal_id].append(decision)
    return {
        proposal_id: fold_proposal(
            proposal,
            made[proposal_id],
            applied_in=applied.get(proposal_id),
            current=proposal_id in current,
        )
        for proposal_id, proposal in proposals.items()
    }
