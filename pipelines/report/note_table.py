"""The council's table with its changes, why each is made, and the data that its Word form carries."""

from __future__ import annotations

from datetime import datetime

from pipelines.domain.evidence_table import Column, EvidenceTable, Statement, TableRow
from pipelines.domain.proposals import ChangeKind, Wording
from pipelines.domain.reports import (
    CarriedChange,
    CarriedData,
    Remark,
    RevisedChapter,
    RevisedRow,
    RevisedStatement,
    RevisedTable,
)
from pipelines.report.note_changes import NoteChange, marked_tables
from pipelines.report.note_drafting import NoteDraft
from pipelines.report.note_wording import (
    STANCES,
    changed_spans,
    decision_words,
    items_by_stance,
    marked_spans,
    piece_source,
    reasons_told,
    remark_state,
    what_changes,
)
from pipelines.report.plain import one_line
from pipelines.report.wording import capital

#: Under this name the program proposes; it is what Word shows as the author of a tracked change.
AUTHOR = "Kennisstand"
#: References in one remark; a longer one runs off the margin of the page in Word. All are in the chapter on evidence.
_REFERENCES_SHOWN = 8


def table_with_changes(draft: NoteDraft) -> tuple[RevisedTable, CarriedData]:
    """The table with every marked change, and the data by which an edited copy can be read back."""
    base, goal = marked_tables(draft.material, draft.changes)
    marked = {c.statement_id: c for c in draft.changes if c.marked}
    chapters: dict[str, list[RevisedRow]] = {}
    base_rows = {row.id: row for row in base.rows}
    for row in _rows_in_order(base, goal):
        new = next((c for c in marked.values() if c.new_row is not None and c.row_id == row.id), None)
        old = base_rows.get(row.id)
        goal_row = next((r for r in goal.rows if r.id == row.id), None)
        chapters.setdefault(draft.scan.theme(row.chapter), []).append(
            RevisedRow(
                row_id=row.id,
                title=one_line(row.title(draft.language)),
                whole="inserted" if old is None else "deleted" if goal_row is None else None,
                change_id=new.change_id if new else None,
                author=_author(draft, new) if new else "",
                moment=_naive(new.moment) if new else None,
                **{
                    column.value: tuple(_statements(draft, column, old, goal_row, marked)) for column in Column
                },
            )
        )  # fmt: skip
    table = RevisedTable(
        anchor="revised-table",
        caption=draft.say("table.caption", before=draft.material.before.version, version=draft.table.version),
        header=(
            draft.term("column_question.known"),
            draft.term("column_question.uncertain"),
            draft.term("column_question.trend"),
        ),
        chapters=tuple(RevisedChapter(title=title, rows=tuple(rows)) for title, rows in chapters.items()),
    )
    carried = CarriedData(
        language=draft.language, table=base, changes=tuple(_carried(c) for c in draft.changes if c.marked)
    )
    return table, carried


def _rows_in_order(base: EvidenceTable, goal: EvidenceTable) -> list[TableRow]:
    rows = list(base.rows)
    known = {row.id for row in rows}
    for place, row in enumerate(goal.rows):
        if row.id not in known:
            earlier = {r.id for r in goal.rows[:place]}
            rows.insert(max((n for n, r in enumerate(rows, start=1) if r.id in earlier), default=0), row)
            known.add(row.id)
    return rows


def _statements(
    draft: NoteDraft, column: Column, old: TableRow | None, new: TableRow | None, marked: dict[str, NoteChange]
) -> list[RevisedStatement]:
    """Statements of one cell: those that stood there in their order, what comes after the one it follows."""
    before = {s.id: s for s in old.column(column)} if old else {}
    after = {s.id: s for s in new.column(column)} if new else {}
    order = list(before)
    for place, statement_id in enumerate(after):
        if statement_id not in before:
            order.insert(_place_of(order, list(after)[:place], list(after)[place + 1 :]), statement_id)
    return [
        _statement(draft, before.get(statement_id), after.get(statement_id), marked.get(statement_id))
        for statement_id in order
    ]


def _place_of(order: list[str], earlier: list[str], later: list[str]) -> int:
    """Where a new statement goes: after the last that stands before it, else before the first that stands after it."""
    after_these = [place for place, known in enumerate(order, start=1) if known in earlier]
    before_these = [place for place, known in enumerate(order) if known in later]
    return max(after_these) if after_these else min(before_these, default=len(order))


def _statement(
    draft: NoteDraft, before: Statement | None, after: Statement | None, change: NoteChange | None
) -> RevisedStatement:
    held = after or before
    if held is None:  # never: a place in the table holds a statement before or after
        raise ValueError("a statement stands in neither table")
    leaves = after is None and before is not None
    whole = "deleted" if leaves else "inserted" if before is None else None
    source = marked_spans(
        one_line(before.source) if before and not whole else one_line(held.source), one_line(held.source), italic=True
    )
    common = {
        "statement_id": held.id,
        "spans": changed_spans(before, after, draft.language),
        "source": source,
        "whole": whole,
        # Where a statement leaves, its confidence stands with it at its new place.
        "confidence": "" if leaves else draft.confidence(draft.material.appraisal.confidence(held.id)),
    }
    if change is None:
        return RevisedStatement.model_validate(common)
    moved_away = leaves and change.after is not None
    return RevisedStatement.model_validate(
        common
        | {
            "change_id": change.change_id,
            "state": change.state,
            "author": _author(draft, change),
            "moment": _naive(change.moment),
            # One remark a change: of a statement that moves, at its new place.
            "remark": None if moved_away else remark(draft, change),
        }
    )


def remark(draft: NoteDraft, change: NoteChange) -> Remark:
    """Why something changes: what, how far it is, the rule and its reasons, then the evidence."""
    lines = [capital(draft.say(f"remark.{change.state}", what=what_changes(draft, change)))]
    lines.append(capital(remark_state(draft, change)) + ".")
    proposal = change.proposal
    if proposal is not None:
        title = draft.rule_title(proposal.rule)
        lines.append(draft.say("remark.rule", rule=title, n=proposal.rule_version))
        lines += reasons_told(draft, proposal, change.standing)
        confidence = draft.confidence(proposal.confidence)
        if confidence:
            lines.append(draft.say(f"remark.confidence_{change.state}", confidence=confidence))
        if change.standing is not None:
            lines += [decision_words(draft, d) for d in change.standing.approvals if d.why.strip()]
        lines += _references(draft, change)
        if change.state == "proposed" and change.change is not ChangeKind.KEEP and not draft.reasons(proposal):
            lines.append(draft.say("remark.suggestion"))
    elif change.version is not None and change.version.why.strip():
        lines.append(draft.say("verdict.why", why=one_line(change.version.why)))
    return Remark(
        author=_author(draft, change), moment=_naive(change.moment), lines=tuple(line for line in lines if line)
    )


def _references(draft: NoteDraft, change: NoteChange) -> list[str]:
    if change.proposal is None:
        return []
    lines = []
    for stance in STANCES:
        for item in items_by_stance(change.proposal.studies, stance):
            if item in draft.by_item:
                found = draft.by_item[item]
                told = draft.named("stance", stance)
                lines.append(f"{capital(told)} · {found.number}: {piece_source(draft, found)}")
    n_more = len(lines) - _REFERENCES_SHOWN
    return [*lines[:_REFERENCES_SHOWN], *([draft.count("remark.more", n_more)] if n_more > 0 else [])]


def _author(draft: NoteDraft, change: NoteChange) -> str:
    if change.state == "proposed" or not change.people:
        return AUTHOR
    return draft.listed([draft.person(person) for person in change.people])


def _naive(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None)


def _carried(change: NoteChange) -> CarriedChange:
    row = change.new_row
    return CarriedChange(
        change_id=change.change_id,
        change=change.change,
        row_id=change.row_id,
        statement_id=change.statement_id,
        to_column=change.to_column,
        before=change.wording_before,
        after=change.wording_after,
        row_title=Wording(nl=row.nl, en=row.en) if row else Wording(),
        state=change.state,
    )
