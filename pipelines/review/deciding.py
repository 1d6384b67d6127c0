"""From what somebody chose to a decision: as whom they read, what may be undone, and whether labels fit together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pipelines.domain.decisions import (
    CONCLUSIVE,
    Decision,
    ItemState,
    Judgement,
    Role,
    Standing,
    Verdict,
    fold_decisions,
)
from pipelines.domain.evidence import Labels
from pipelines.domain.evidence_table import EvidenceTable
from pipelines.domain.ids import content_id
from pipelines.domain.instrument_labels import in_order, is_label
from pipelines.domain.passages import Passage
from pipelines.errors import KennisstandError


class DecisionError(KennisstandError):
    """The decision cannot be made."""


@dataclass(frozen=True)
class Choice:
    """What somebody chose, before it is a decision."""

    verdict: Verdict
    seen: int
    """Turn of the item that they saw."""
    judgement: Judgement | None = None
    reason: str | None = None
    note: str = ""
    asked: str | None = None
    undoes: str | None = None
    shown: str | None = None
    """:func:`proposal_mark` of the proposal that they saw; ``None`` where it plays no part."""
    follows: bool = False
    """Settles as one of the two readers decided."""
    as_second: bool = False
    """Keep it as a second reading beside the one that was made at the same time."""


def reads_blind(standing: Standing, reviewer: str) -> bool:
    """Whether ``reviewer``, who may decide, is to give a second reading without seeing the first."""
    ask = standing.asked
    if ask is None or ask.reviewer == reviewer or ask.asked not in (None, reviewer):
        return False
    return standing.first is None or standing.first.reviewer != reviewer


def needs_settlement(standing: Standing) -> bool:
    """Whether only somebody who may settle can decide: two readers differ, or somebody settled it before."""
    settled = standing.holds is not None and standing.holds.role is Role.SETTLEMENT
    return settled or standing.state is ItemState.DISAGREEMENT


def may_be_second(standing: Standing, reviewer: str) -> bool:
    """Whether a decision made at the same time as the first can be kept beside it as a second reading."""
    first = standing.first
    if first is None or first.verdict not in CONCLUSIVE or first.reviewer == reviewer:
        return False
    return standing.second is None and not needs_settlement(standing)


def role_of(standing: Standing, reviewer: str, *, may_settle: bool) -> Role:
    """As what ``reviewer`` decides on an item that stands so."""
    if needs_settlement(standing):
        return Role.SETTLEMENT if may_settle else Role.FIRST
    if reads_blind(standing, reviewer):
        return Role.SECOND
    if standing.second is not None and standing.second.reviewer == reviewer:
        return Role.SECOND
    return Role.FIRST


def undoable(decisions: Sequence[Decision], reviewer: str) -> Decision | None:
    """The last decision of ``reviewer`` on an item that has not been undone yet; ``None`` where there is none."""
    undone = {d.undoes for d in decisions if d.verdict is Verdict.UNDO}
    mine = (d for d in reversed(decisions) if d.reviewer == reviewer and d.verdict is not Verdict.UNDO)
    return next((d for d in mine if d.id not in undone), None)


def follow(reading: Decision, seen: int, note: str) -> Choice:
    """The choice to settle as one of the two readers decided."""
    verdict = Verdict.CORRECT if reading.relevant else reading.verdict
    note = note or reading.note
    return Choice(verdict, seen, judgement=reading.judgement, reason=reading.reason, note=note, follows=True)


def proposal_mark(proposed: Judgement | None) -> str:
    """A mark of what is proposed, by which a form knows whether it is still what was shown."""
    return content_id("proposal", "" if proposed is None else proposed.model_dump_json())


def decide(
    choice: Choice,
    reviewer: str,
    when: datetime,
    *,
    item_id: str,
    passage: Passage,
    labels: Labels | None,
    decisions: Sequence[Decision],
    may_settle: bool,
) -> Decision:
    """The decision that a choice comes down to.

    Parameters
    ----------
    choice, reviewer, when
        What was chosen, by whom, when (UTC, without time zone).
    item_id, passage, labels
        The item, the passage that was shown and what the models say of it.
    decisions
        Those on the item so far, in order.
    may_settle
        Whether the account may settle disagreements.

    Raises
    ------
    DecisionError
        The account may not decide so on an item that stands so, there is nothing to accept or undo, or the models
        propose something else by now.
    """
    role = _checked_role(choice, reviewer, decisions, may_settle=may_settle)
    proposed = None if labels is None else Judgement.proposed_in(labels)
    if choice.verdict is Verdict.ACCEPT and proposed is None:
        raise DecisionError("error.decision_nothing_proposed")
    if choice.reason == "other" and not choice.note:
        raise DecisionError("error.decision_no_note")
    if choice.shown is not None and choice.shown != proposal_mark(proposed):
        raise DecisionError("error.decision_proposal")
    verdict, judgement = choice.verdict, choice.judgement
    if verdict is Verdict.CORRECT and judgement == proposed:
        verdict = Verdict.ACCEPT  # whoever opened the form and changed nothing agrees
    if verdict is Verdict.ACCEPT:
        judgement = proposed
    elif verdict is not Verdict.CORRECT:
        judgement = None
    turn = choice.seen + 1
    evidence = None if labels is None else labels.evidence
    return Decision(
        id=content_id("decision", item_id, turn, reviewer, verdict, when.isoformat()),
        item_id=item_id,
        turn=turn,
        passage_id=passage.id,
        document_id=passage.document_id,
        passage_text=passage.text,
        verdict=verdict,
        role=role,
        reviewer=reviewer,
        decided=when,
        proposed=proposed,
        judgement=judgement,
        reason=choice.reason,
        note=choice.note,
        undoes=choice.undoes,
        asked=choice.asked,
        flag=None if evidence is None else evidence.flag,
        model_version=None if evidence is None else evidence.model_version,
        table_version=None if evidence is None else evidence.table_version,
    )


def _checked_role(choice: Choice, reviewer: str, decisions: Sequence[Decision], *, may_settle: bool) -> Role:
    """As what somebody decides; refuses what they may not."""
    standing = fold_decisions(decisions)
    if choice.verdict is Verdict.UNDO:
        last = undoable(decisions, reviewer)
        if last is None or last.id != choice.undoes:
            raise DecisionError("error.decision_undo")
        return last.role
    if choice.as_second:
        if choice.verdict not in CONCLUSIVE or not may_be_second(standing, reviewer):
            raise DecisionError("error.decision_own_second")
        return Role.SECOND
    role = role_of(standing, reviewer, may_settle=may_settle)
    if choice.follows and role is not Role.SETTLEMENT:
        raise DecisionError("error.decision_settled")
    if needs_settlement(standing) and role is not Role.SETTLEMENT and choice.verdict is not Verdict.ASK:
        raise DecisionError("error.decision_settled")
    return role


def check_judgement(judgement: Judgement, table: EvidenceTable, passage: Passage, held: Judgement) -> None:
    """Hold a judgement against the table and the passage; what was ``held`` before may stay as it is.

    Raises
    ------
    DecisionError
        It names a row, statement or other label that does not exist, a statement of another row, or words that do not
        stand in the passage; ``detail`` says which.
    """
    statements = {statement.id: row.id for row, statement in table.statements()}
    rows = {row.id for row in table.rows}
    unknown = [row for row in judgement.rows if row not in rows]
    if unknown:
        raise DecisionError("error.decision_row", row=unknown[0])
    kept = (judgement.rows, judgement.statement) == (held.rows, held.statement)
    if judgement.statement is not None and not kept and statements.get(judgement.statement) not in judgement.rows:
        row = statements.get(judgement.statement, "-")
        raise DecisionError("error.decision_statement", statement=judgement.statement, row=row)
    chosen, before = judgement.instruments or (), held.instruments or ()
    if not all(is_label(label) or label in before for label in chosen) or chosen != in_order(
        chosen, advice=judgement.recommendation
    ):
        raise DecisionError("error.decision_labels")
    spans = [*judgement.figures, *([judgement.key_sentence] if judgement.key_sentence is not None else [])]
    torn = [span.text for span in spans if passage.text[span.start : span.end] != span.text]
    if torn:
        raise DecisionError("error.decision_words", words=torn[0])


def describe_choice(choice: Choice) -> dict[str, Any]:
    """The choice as fields of a form, so that a page can send it again."""
    return {
        "verdict": choice.verdict.value,
        "reason": choice.reason or "",
        "note": choice.note,
        "shown": choice.shown or "",
        "judgement": "" if choice.judgement is None else choice.judgement.model_dump_json(),
    }


def is_repeated(choice: Choice, reviewer: str, decisions: Sequence[Decision]) -> bool:
    """Whether all that was decided since ``choice.seen`` is this very choice: a form that was sent twice."""
    since = decisions[choice.seen :]
    if not since or any(d.reviewer != reviewer for d in since):
        return False
    last = since[-1]
    alike = {last.verdict, choice.verdict} <= {Verdict.ACCEPT, Verdict.CORRECT} or last.verdict is choice.verdict
    same_labels = choice.judgement is None or choice.judgement == last.judgement
    return alike and same_labels and (choice.reason, choice.asked) == (last.reason, last.asked)
