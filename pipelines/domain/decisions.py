"""Decisions of people on passages: only ever added, each with what was proposed and by which model.

An *item* is what is decided once: a passage, or a group of near-duplicates. Its state follows from its decisions
(:func:`fold_decisions`) and from nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from pipelines.domain.evidence import Direction, EvidenceKind, Figure, KeySentence, Labels, Level, Relation
from pipelines.domain.evidence_table import Column
from pipelines.domain.instrument_labels import in_order
from pipelines.domain.instruments import Instruments
from pipelines.domain.record import SCHEMA_VERSION, Record
from pipelines.domain.themes import Theme


class Verdict(StrEnum):
    """What somebody did with an item."""

    ACCEPT = "accept"
    """Evidence for the table, as proposed."""
    CORRECT = "correct"
    """Evidence for the table, with other labels than proposed."""
    REJECT = "reject"
    LATER = "later"
    ASK = "ask"
    """Asks for a second reading that does not see the first."""
    UNDO = "undo"
    """Takes back an earlier decision, which stays in the history."""


#: Verdicts that say whether the passage is evidence for the table.
CONCLUSIVE = frozenset({Verdict.ACCEPT, Verdict.CORRECT, Verdict.REJECT})


class Role(StrEnum):
    """As what somebody decided."""

    FIRST = "first"
    SECOND = "second"
    """A reading that did not see the first."""
    SETTLEMENT = "settlement"
    """Ends a disagreement between the two."""


class RejectReason(StrEnum):
    OFF_TOPIC = "off_topic"
    """Not about AI and work."""
    NO_FINDING = "no_finding"
    """Background, opinion, announcement: nothing observed, forecast or reviewed."""
    KNOWN_ALREADY = "known_already"
    """Adds nothing to what the table holds."""
    WEAK_SOURCE = "weak_source"
    """Too weak or too unclear a source."""
    UNREADABLE = "unreadable"
    """Torn apart or garbled."""
    OTHER = "other"


class LaterReason(StrEnum):
    WHOLE_DOCUMENT = "whole_document"
    """The document has to be read first."""
    ASK_EXPERT = "ask_expert"
    WAIT_FOR_SOURCE = "wait_for_source"
    """A fuller or final version is to come."""
    OTHER = "other"


class Judgement(Record):
    """Labels of an item as proposed by the models or as held by a person."""

    themes: tuple[Theme, ...] = ()
    rows: tuple[str, ...] = Field(default=(), max_length=2)
    """Best first."""
    statement: str | None = None
    """The statement that it bears on most."""
    relation: Relation | None = None
    column: Column | None = None
    kind: EvidenceKind = EvidenceKind.NONE
    direction: Direction = Direction.NONE
    recommendation: bool = False
    level: Level | None = None
    """Only for a recommendation."""
    figures: tuple[Figure, ...] = ()
    key_sentence: KeySentence | None = None
    instruments: tuple[str, ...] | None = Field(default=None, exclude_if=lambda labels: labels is None)
    """Labels of the other instruments, ``family.value``, in the order of families and of their labels. ``None`` where
    nothing was read, and in what was decided before readers could correct them; it is not written then, so that what
    was stored before reads back as it was hashed."""

    @classmethod
    def proposed_in(cls, labels: Labels) -> Self:
        """What the models propose in ``labels``."""
        evidence, read = labels.evidence, labels.instruments
        return cls(
            themes=tuple(sorted(labels.tags.given(), key=list(Theme).index)),
            rows=tuple(match.id for match in evidence.rows[:2]),
            statement=evidence.statements[0].id if evidence.statements else None,
            relation=evidence.relation,
            column=evidence.column,
            kind=evidence.kind,
            direction=evidence.direction,
            recommendation=evidence.recommends,
            level=evidence.level,
            figures=evidence.figures,
            key_sentence=evidence.key_sentence,
            instruments=None if read is None else in_order(read.given(), advice=evidence.recommends),
        )

    def held_instruments(self, read: Instruments | None, passage_id: str) -> Instruments | None:
        """The tags that hold by this judgement; those that were ``read`` where it says nothing of them."""
        if self.instruments is None:
            return read
        if read is None:
            return Instruments(passage_id=passage_id, model_version="").judged(self.instruments)
        return read.judged(self.instruments)


#: Labels of a judgement on which two readers are compared. Not the labels of the other instruments: there are over a
#: hundred, so that two careful readers would seldom choose the very same ones, nearly every second reading would need
#: a settlement, and whether the passage is evidence, and of what, does not rest on them.
COMPARED = ("themes", "row", "statement", "relation", "column", "kind", "direction", "recommendation", "level")


class Decision(Record):
    """One act of one person on one item. Never changed; an undo is a decision of its own."""

    schema_version: int = SCHEMA_VERSION
    id: str
    item_id: str
    """Id of the group of near-duplicates when it was decided, else of the passage."""
    turn: int = Field(ge=1)
    """Number of the decision on this item, from 1; two people who decide at once cannot get the same."""
    passage_id: str
    """The passage that was shown."""
    document_id: str
    passage_text: str
    """As it was shown: what was decided stays readable when the document is cut up anew."""
    verdict: Verdict
    role: Role = Role.FIRST
    reviewer: str
    """Name of the account."""
    decided: datetime
    """In UTC, without time zone."""
    proposed: Judgement | None = None
    """``None`` where the models said nothing of the passage."""
    judgement: Judgement | None = None
    """What holds; only with ``accept`` and ``correct``."""
    reason: str | None = None
    """A :class:`RejectReason` or :class:`LaterReason`, with ``reject`` and ``later``."""
    note: str = Field(default="", max_length=4000)
    undoes: str | None = None
    """Id of the decision that an undo takes back."""
    asked: str | None = None
    """Account that is asked to read second; ``None`` asks anybody."""
    flag: float | None = Field(default=None, ge=0, le=1)
    """Probability that the models gave."""
    model_version: str | None = None
    table_version: str | None = None

    @model_validator(mode="after")
    def _check_parts(self) -> Self:
        holds = self.verdict in (Verdict.ACCEPT, Verdict.CORRECT)
        if holds != (self.judgement is not None):
            raise ValueError("accept and correct, and they alone, have a judgement")
        if (self.verdict == Verdict.UNDO) != (self.undoes is not None):
            raise ValueError("an undo, and it alone, names what it undoes")
        reasons: dict[Verdict, type[StrEnum]] = {Verdict.REJECT: RejectReason, Verdict.LATER: LaterReason}
        kinds = reasons.get(self.verdict)
        if (kinds is None) != (self.reason is None):
            raise ValueError("reject and later, and they alone, have a reason")
        if kinds is not None:
            kinds(self.reason)
        return self

    @property
    def relevant(self) -> bool:
        """Whether it says that the item is evidence for the table."""
        return self.judgement is not None


class ItemState(StrEnum):
    OPEN = "open"
    LATER = "later"
    ACCEPTED = "accepted"
    """Also with corrections."""
    REJECTED = "rejected"
    DISAGREEMENT = "disagreement"
    """Two readers differ, and nobody has settled it yet."""


class Standing(Record):
    """Where an item stands after its decisions."""

    state: ItemState = ItemState.OPEN
    turn: int = Field(default=0, ge=0)
    """Decisions so far; the next one is made in the knowledge of these."""
    holds: Decision | None = None
    """The decision that counts; ``None`` while the item is open or in disagreement."""
    first: Decision | None = None
    second: Decision | None = None
    asked: Decision | None = None
    """A second reading that was asked for and not given yet."""
    differs: tuple[str, ...] = ()
    """On what the two readers differ: ``relevant``, or of :data:`COMPARED`. Stays after a settlement."""


def compared_value(judgement: Judgement, label: str) -> object:
    """Value of a label of :data:`COMPARED` in a form that can be compared."""
    if label == "row":
        return judgement.rows[0] if judgement.rows else None
    return getattr(judgement, label)


def differences(one: Decision, other: Decision) -> tuple[str, ...]:
    """On what two conclusive decisions differ: ``relevant`` alone, or labels of :data:`COMPARED`, in that order."""
    if one.judgement is None or other.judgement is None:
        return () if one.relevant == other.relevant else ("relevant",)
    mine, theirs = one.judgement, other.judgement
    return tuple(label for label in COMPARED if compared_value(mine, label) != compared_value(theirs, label))


def fold_decisions(decisions: Sequence[Decision]) -> Standing:
    """State of one item after its decisions, given in the order in which they were made.

    A second reading is held against the first reading made before it: what the first reader decides once both are known
    is no independent reading. What the two differ on is ended by a settlement alone, or by an undo of one of them.
    """
    undone = {d.undoes for d in decisions if d.verdict == Verdict.UNDO}
    active = [(place, d) for place, d in enumerate(decisions) if d.verdict != Verdict.UNDO and d.id not in undone]
    readings = [(place, d) for place, d in active if d.verdict != Verdict.ASK and d.role != Role.SETTLEMENT]
    settled = [d for _, d in active if d.role == Role.SETTLEMENT and d.verdict != Verdict.ASK]
    first, second = _pair(readings)
    differs: tuple[str, ...] = ()
    if first is not None and second is not None and {first.verdict, second.verdict} <= CONCLUSIVE:
        differs = differences(first, second)
    asks = [(place, d) for place, d in active if d.verdict == Verdict.ASK]
    at_second = max((place for place, d in readings if d.role == Role.SECOND), default=-1)
    ask = asks[-1][1] if asks and asks[-1][0] > at_second else None
    holds = settled[-1] if settled else None
    if holds is None and not differs and readings:
        holds = readings[-1][1]
        if holds.role == Role.SECOND:  # it agrees, or one of the two was put off: the one that concludes counts
            pair = (first, second)
            holds = next((d for d in pair if d is not None and d.verdict in CONCLUSIVE), first or holds)
    if holds is None:
        state = ItemState.DISAGREEMENT if differs else ItemState.OPEN
    elif holds.verdict == Verdict.LATER:
        state = ItemState.LATER
    else:
        state = ItemState.ACCEPTED if holds.relevant else ItemState.REJECTED
    return Standing(
        state=state, turn=len(decisions), holds=holds, first=first, second=second, asked=ask, differs=differs
    )


def _pair(readings: Sequence[tuple[int, Decision]]) -> tuple[Decision | None, Decision | None]:
    """The first and the second reading, each with its place among the decisions of the item."""
    seconds = [(place, d) for place, d in readings if d.role == Role.SECOND]
    if seconds:
        at_second, second = seconds[-1]
        before = [d for place, d in readings if d.role == Role.FIRST and place < at_second]
        return (before[-1] if before else None), second
    if not readings:
        return None, None
    at_last, last = readings[-1]
    # Passages that became near-duplicates after each was decided on: whoever decided last did not know of the other,
    # or the number of the decision would count that one in.
    others = [d for _, d in readings[:-1] if d.item_id != last.item_id and d.verdict in CONCLUSIVE]
    if last.turn != at_last + 1 and others and others[-1].reviewer != last.reviewer:
        return others[-1], last
    return last, None
