"""What changes in the table: what was approved since the period began, and what is proposed now."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import Literal

from pipelines.domain.evidence_table import Column, EvidenceTable, Statement, TableRow
from pipelines.domain.proposals import (
    ApprovedChange,
    ChangeKind,
    Proposal,
    ProposalStanding,
    ProposalState,
    VersionRecord,
    Wording,
)
from pipelines.domain.themes import Theme
from pipelines.report.note_material import NoteMaterial

#: Which of several open proposals on one statement the table shows: the one that people are furthest with.
_FURTHEST_FIRST = (ProposalState.APPROVED, ProposalState.SECONDED, ProposalState.OPEN)
_LETTERS = {Column.KNOWN: "k", Column.UNCERTAIN: "u", Column.TREND: "t"}


@dataclass(frozen=True)
class NoteChange:
    """One statement that changes, or that somebody proposes to change."""

    change_id: str
    """Id of the proposal; ``hand:`` with version and statement for a change by hand."""
    change: ChangeKind
    state: Literal["approved", "proposed"]
    row_id: str
    statement_id: str
    before: Statement | None
    """``None`` for a new statement."""
    after: Statement | None
    """``None`` for one that goes."""
    new_row: TableRow | None = None
    """The row that comes with it, with this statement as its first."""
    proposal: Proposal | None = None
    standing: ProposalStanding | None = None
    version: VersionRecord | None = None
    """The version that brought an approved change."""
    marked: bool = True
    """Whether the table shows it as a change. Not where another change of the same statement is shown: a wording that
    was approved in the period and for which a further change is proposed stands in the table as it is now."""
    moment: datetime = datetime.min
    people: tuple[str, ...] = ()
    """Accounts of those who approved it so far."""

    @property
    def from_column(self) -> Column | None:
        """The column that it leaves or stays in."""
        return None if self.before is None else self.before.column

    @property
    def to_column(self) -> Column | None:
        """The column that it comes to or stays in."""
        return None if self.after is None else self.after.column

    @property
    def wording_before(self) -> Wording:
        """Text before, in both languages."""
        return Wording() if self.before is None else Wording(nl=self.before.nl, en=self.before.en)

    @property
    def wording_after(self) -> Wording:
        """Text after, in both languages."""
        return Wording() if self.after is None else Wording(nl=self.after.nl, en=self.after.en)


def find_changes(material: NoteMaterial) -> tuple[NoteChange, ...]:
    """All changes: approved ones in table order, then the proposed ones in the order given, days to look again last."""
    proposed = sorted(_proposed(material), key=lambda change: change.change is ChangeKind.KEEP)
    shown: set[str] = set()
    for state in _FURTHEST_FIRST:
        for place, change in enumerate(proposed):
            if change.standing is not None and change.standing.state is state:
                proposed[place] = replace(change, marked=change.statement_id not in shown)
                shown.add(change.statement_id)
    approved = [replace(c, marked=c.statement_id not in shown) for c in _approved(material)]
    return (*approved, *proposed)


# What was approved


def _approved(material: NoteMaterial) -> Iterator[NoteChange]:
    """Differences between the two tables, each with the proposal that it came from where it came from one."""
    old = {s.id: (row, s) for row, s in material.before.statements()}
    new = {s.id: (row, s) for row, s in material.after.statements()}
    old_rows = {row.id for row in material.before.rows}
    begun: set[str] = set()
    for statement_id in (*new, *(s for s in old if s not in new)):
        row_before, before = old.get(statement_id, (None, None))
        row_after, after = new.get(statement_id, (None, None))
        row = row_after or row_before
        if row is None or (before == after and row_before is not None and row_before.id == row.id):
            continue
        change = _kind(before, after)
        new_row = None
        if row.id not in old_rows and row.id not in begun:
            change, new_row = ChangeKind.ADD_ROW, row
            begun.add(row.id)
        yield _with_origin(
            material,
            NoteChange(
                change_id="", change=change, state="approved", row_id=row.id, statement_id=statement_id, before=before,
                after=after, new_row=new_row,
            ),
        )  # fmt: skip


def _kind(before: Statement | None, after: Statement | None) -> ChangeKind:
    if after is None:
        return ChangeKind.REMOVE
    if before is None:
        return ChangeKind.ADD_STATEMENT
    if before.column is not after.column:
        return ChangeKind.MOVE
    if after.narrowed and not before.narrowed:
        return ChangeKind.NARROW
    if (before.nl, before.en, before.source) == (after.nl, after.en, after.source) and before.review_by:
        return ChangeKind.KEEP
    return ChangeKind.REWORD


def _with_origin(material: NoteMaterial, change: NoteChange) -> NoteChange:
    """The change with who made it and when: of the last proposal that was applied, else of the last version."""
    versions = {record.version: record for record in material.versions}
    for proposal, standing in reversed(material.proposals):
        if standing.applied_in in versions and _is_of(proposal, standing, change):
            record = versions[standing.applied_in]
            moments = [decision.decided for decision in standing.approvals]
            return replace(
                change,
                change_id=proposal.id, proposal=proposal, standing=standing, version=record,
                moment=max(moments, default=record.created),
                people=tuple(decision.person for decision in standing.approvals) or record.people,
            )  # fmt: skip
    by_hand = [r for r in material.versions if any(c.statement_id == change.statement_id for c in r.changes)]
    record = next(reversed(by_hand or material.versions), None)
    return replace(
        change,
        change_id=f"hand:{material.after.version}:{change.statement_id}",
        version=record,
        moment=record.created if record is not None else datetime.combine(material.until, time()),
        people=record.people if record is not None else (),
    )


def _is_of(proposal: Proposal, standing: ProposalStanding, change: NoteChange) -> bool:
    if proposal.statement_id is not None:
        return proposal.statement_id == change.statement_id
    if change.before is not None or change.after is None:
        return False
    # A new statement gets its id when the version is made, so it is known by the words that were approved.
    wording = standing.wording or proposal.suggestion
    same_words = (wording.nl, wording.en) == (change.after.nl, change.after.en)
    return same_words and (proposal.row_id is None or proposal.row_id == change.row_id)


# What is proposed


def _proposed(material: NoteMaterial) -> Iterator[NoteChange]:
    taken = {s.id for table in (material.before, material.after) for _, s in table.statements()}
    taken_rows = {row.id for table in (material.before, material.after) for row in table.rows}
    current = {s.id: (row, s) for row, s in material.after.statements()}
    for proposal, standing in material.open_proposals():
        made = material.as_approved.get(proposal.id) or _as_suggested(proposal, standing)
        base = {
            "change_id": proposal.id, "change": proposal.change, "state": "proposed", "proposal": proposal,
            "standing": standing, "people": tuple(d.person for d in standing.approvals),
            "moment": max([d.decided for d in standing.approvals], default=datetime.combine(proposal.made, time())),
        }  # fmt: skip
        if proposal.statement_id is not None:
            if proposal.statement_id not in current:
                continue  # gone since: the proposal has lapsed, whatever its standing says
            row, before = current[proposal.statement_id]
            after = None if proposal.change is ChangeKind.REMOVE else made.changed(before)
            yield NoteChange(**base, row_id=row.id, statement_id=before.id, before=before, after=after)
            continue
        column = proposal.to_column or Column.TREND
        row_id, statement_id = material.new_ids.get(proposal.id) or _free_ids(proposal, column, taken, taken_rows)
        taken.add(statement_id)
        after = made.new_statement(statement_id)
        new_row = None
        if proposal.change is ChangeKind.ADD_ROW:
            taken_rows.add(row_id)
            title = proposal.row_title
            chapter = proposal.chapter or Theme.OTHER_EFFECTS
            new_row = TableRow(id=row_id, chapter=chapter, nl=title.nl, en=title.en, statements=(after,))
        yield NoteChange(
            **base, row_id=row_id, statement_id=statement_id, before=None, after=after, new_row=new_row
        )  # fmt: skip


def _as_suggested(proposal: Proposal, standing: ProposalStanding) -> ApprovedChange:
    return ApprovedChange(
        proposal_id=proposal.id, change=proposal.change, row_id=proposal.row_id, statement_id=proposal.statement_id,
        to_column=proposal.to_column, wording=standing.wording or proposal.suggestion, review_by=proposal.review_by,
    )  # fmt: skip


def _free_ids(proposal: Proposal, column: Column, taken: set[str], taken_rows: set[str]) -> tuple[str, str]:
    """The next free ids: ``B1.k4`` in a row, ``B5`` for a row of the chapter of letter B."""
    row_id = proposal.row_id
    if row_id is None:
        letter = chr(ord("A") + list(Theme).index(proposal.chapter or Theme.OTHER_EFFECTS))
        row_id = letter + _next_number(letter, taken_rows)
    start = f"{row_id}.{_LETTERS[column]}"
    return row_id, start + _next_number(start, taken)


def _next_number(start: str, ids: set[str]) -> str:
    pattern = re.compile(re.escape(start) + r"(\d+)")
    return str(1 + max((int(found[1]) for i in ids if (found := pattern.fullmatch(i))), default=0))


# The two tables between which the marks stand


def marked_tables(material: NoteMaterial, changes: tuple[NoteChange, ...]) -> tuple[EvidenceTable, EvidenceTable]:
    """The table with no marked change made, and with all of them made.

    Between the two stand exactly the marked changes: an approved change that is not marked is in both. Names of rows
    are those of the newest table in both.
    """
    after = material.after
    marked = {c.statement_id: c for c in changes if c.marked}
    approved = {c.statement_id: c for c in changes if c.marked and c.state == "approved"}
    base_rows: dict[str, TableRow] = {}
    for row in _all_rows(material):
        held = {r.id: r for r in after.rows}.get(row.id)
        old = {r.id: r for r in material.before.rows}.get(row.id)
        kept = [
            change.before if (change := approved.get(s.id)) and change.before else s
            for s in _merged(old.statements if old else (), held.statements if held else ())
            if _stands_in(s, row.id, material, approved)
        ]
        if kept or (old is not None and held is not None) or row.id not in {c.row_id for c in approved.values()}:
            base_rows[row.id] = (held or row).model_copy(update={"statements": tuple(kept)})
    base = after.model_copy(update={"rows": tuple(base_rows.values())})
    goal = after
    for change in marked.values():
        if change.state == "proposed":
            goal = _made(goal, change)
    return base, goal


def _all_rows(material: NoteMaterial) -> list[TableRow]:
    """Rows of both tables: those of the newest, and each row that went after the one before it."""
    rows = list(material.after.rows)
    known = {row.id for row in rows}
    for place, row in enumerate(material.before.rows):
        if row.id not in known:
            earlier = {r.id for r in material.before.rows[:place]}
            at = max((n for n, r in enumerate(rows, start=1) if r.id in earlier), default=0)
            rows.insert(at, row)
            known.add(row.id)
    return rows


def _merged(old: tuple[Statement, ...], new: tuple[Statement, ...]) -> list[Statement]:
    """Statements of both versions of a row, each once: the old order, new ones after what stands before them."""
    merged = list(old)
    for place, statement in enumerate(new):
        if statement.id not in {s.id for s in merged}:
            earlier = {s.id for s in new[:place]}
            at = max((n for n, s in enumerate(merged, start=1) if s.id in earlier), default=len(merged))
            merged.insert(at, statement)
    newest = {s.id: s for s in new}
    return [newest.get(s.id, s) for s in merged]


def _stands_in(statement: Statement, row_id: str, material: NoteMaterial, approved: dict[str, NoteChange]) -> bool:
    """Whether the table without the marked changes holds the statement in this row."""
    change = approved.get(statement.id)
    table = material.after if change is None else material.before
    return any(row.id == row_id and any(s.id == statement.id for s in row.statements) for row in table.rows)


def _made(table: EvidenceTable, change: NoteChange) -> EvidenceTable:
    """The table with a proposed change made; what moves or is new comes last in its column."""
    rows = list(table.rows)
    if change.new_row is not None:
        same = [n for n, row in enumerate(rows, start=1) if row.chapter is change.new_row.chapter]
        rows.insert(max(same, default=len(rows)), change.new_row)
        return table.model_copy(update={"rows": tuple(rows)})
    for place, row in enumerate(rows):
        if row.id != change.row_id:
            continue
        statements = list(row.statements)
        at = next((n for n, s in enumerate(statements) if s.id == change.statement_id), None)
        moves = change.before is None or change.from_column is not change.to_column
        if at is not None and (change.after is None or moves):
            del statements[at]
        if change.after is not None and moves:
            statements.append(change.after)
        elif change.after is not None and at is not None:
            statements[at] = change.after
        rows[place] = row.model_copy(update={"statements": tuple(statements)})
    return table.model_copy(update={"rows": tuple(rows)})
