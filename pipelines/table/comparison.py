"""What changed between two versions of the table, statement by statement."""

from __future__ import annotations

from typing import Literal

from pipelines.domain.evidence_table import Column, EvidenceTable, Statement, TableRow
from pipelines.domain.record import Record


class StatementChange(Record):
    """One difference; ``id`` names a statement or a row."""

    id: str
    kind: Literal["added", "removed", "changed", "moved"]
    row: str
    """The row it stands in now, or stood in if it is gone."""
    column: Column | None = None
    """The same for the column; ``None`` for a row."""
    before: str = ""
    after: str = ""


def compare_tables(old: EvidenceTable, new: EvidenceTable) -> list[StatementChange]:
    """Differences in the order of the new table, then what is gone in the order of the old one."""
    old_rows, new_rows = {r.id: r for r in old.rows}, {r.id: r for r in new.rows}
    old_statements = {s.id: (r, s) for r, s in old.statements()}
    new_statements = {s.id for _, s in new.statements()}
    changes: list[StatementChange] = []
    for row in new.rows:
        changes += _compare_row(old_rows.get(row.id), row)
        for statement in row.statements:
            changes += _compare_statement(old_statements.get(statement.id), row, statement)
    for row in old.rows:
        if row.id not in new_rows:
            changes.append(StatementChange(id=row.id, row=row.id, kind="removed", before=_row_text(row)))
        changes += [
            StatementChange(id=s.id, row=row.id, column=s.column, kind="removed", before=_text(s))
            for s in row.statements
            if s.id not in new_statements
        ]
    return changes


def _row_text(row: TableRow) -> str:
    return " / ".join(t for t in (row.nl, row.en) if t)


def _text(statement: Statement) -> str:
    languages = " / ".join(t for t in (statement.nl, statement.en) if t)
    source = f" ({statement.source})" if statement.source else ""
    return f"{languages}{source}"


def _compare_row(old: TableRow | None, new: TableRow) -> list[StatementChange]:
    if old is None:
        return [StatementChange(id=new.id, row=new.id, kind="added", after=_row_text(new))]
    if (old.chapter, _row_text(old)) != (new.chapter, _row_text(new)):
        kind = "moved" if old.chapter != new.chapter else "changed"
        return [StatementChange(id=new.id, row=new.id, kind=kind, before=_row_text(old), after=_row_text(new))]
    return []


def _compare_statement(
    old: tuple[TableRow, Statement] | None, row: TableRow, statement: Statement
) -> list[StatementChange]:
    place = {"id": statement.id, "row": row.id, "column": statement.column}
    after = _text(statement)
    if old is None:
        return [StatementChange(kind="added", after=after, **place)]
    before = _text(old[1])
    moved = (old[0].id, old[1].column) != (row.id, statement.column)
    if before == after and not moved:
        return []
    return [StatementChange(kind="moved" if moved else "changed", before=before, after=after, **place)]
