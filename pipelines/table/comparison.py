"""What changed between two versions of the table, statement by statement."""

from __future__ import annotations

from datetime import date
from typing import Literal, get_args

from pipelines.domain.evidence_table import Column, EvidenceTable, Statement, TableRow
from pipelines.domain.record import Record
from pipelines.domain.themes import Theme
from pipelines.language.word_changes import Change, word_changes

__all__ = ["StatementChange", "TextChange", "compare_tables", "word_changes"]


TextField = Literal["nl", "en", "source"]


_FIELDS: tuple[TextField, ...] = get_args(TextField)


class TextChange(Record):
    """A text that changed."""

    field: TextField
    """Which text: that in a language, or the source note."""
    before: str
    after: str

    @property
    def words(self) -> list[tuple[str, Change]]:
        """The difference in whole words, in reading order."""
        return word_changes(self.before, self.after)


class StatementChange(Record):
    """One difference; ``id`` names a statement or a row.

    A statement or row changes once, however much of it: one that moved may have other words too.
    """

    id: str
    kind: Literal["added", "removed", "changed", "moved"]
    """``moved``: to another row or column, or of a row to another chapter; with other words or without."""
    row: str
    """The row it stands in now, or stood in if it is gone."""
    column: Column | None = None
    """The same for the column; ``None`` for a row."""
    before: str = ""
    after: str = ""
    from_row: str | None = None
    from_column: Column | None = None
    """Where a statement that moved stood; both ``None`` for the others."""
    from_chapter: Theme | None = None
    to_chapter: Theme | None = None
    """Of a row that moved."""
    texts: tuple[TextChange, ...] = ()
    """Texts that differ; of what came or went all that it has, against nothing."""
    narrowed: bool | None = None
    """Whether the statement is narrowed now; ``None`` where that did not change."""
    review_by: tuple[date | None, date | None] | None = None
    """Before and after; ``None`` where the day did not change."""

    @property
    def reworded(self) -> bool:
        """Whether a statement or row that stays has other words than before."""
        return self.kind in ("changed", "moved") and any(text.field != "source" for text in self.texts)


def compare_tables(old: EvidenceTable, new: EvidenceTable) -> list[StatementChange]:
    """Differences in the order of the new table, then what is gone in the order of the old one.

    The order of rows, and of statements within a column, is no difference.
    """
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
            changes.append(
                StatementChange(id=row.id, row=row.id, kind="removed", before=_row_text(row), texts=_texts(row, None))
            )
        changes += [
            StatementChange(
                id=s.id, row=row.id, column=s.column, kind="removed", before=_text(s), texts=_texts(s, None)
            )
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


def _texts(old: Statement | TableRow | None, new: Statement | TableRow | None) -> tuple[TextChange, ...]:
    changes = [
        TextChange(field=field, before=getattr(old, field, ""), after=getattr(new, field, "")) for field in _FIELDS
    ]
    return tuple(change for change in changes if change.before != change.after)


def _compare_row(old: TableRow | None, new: TableRow) -> list[StatementChange]:
    if old is None:
        return [StatementChange(id=new.id, row=new.id, kind="added", after=_row_text(new), texts=_texts(None, new))]
    texts = _texts(old, new)
    moved = old.chapter != new.chapter
    if not texts and not moved:
        return []
    return [
        StatementChange(
            id=new.id,
            row=new.id,
            kind="moved" if moved else "changed",
            before=_row_text(old),
            after=_row_text(new),
            from_chapter=old.chapter if moved else None,
            to_chapter=new.chapter if moved else None,
            texts=texts,
        )
    ]


def _compare_statement(
    old: tuple[TableRow, Statement] | None, row: TableRow, statement: Statement
) -> list[StatementChange]:
    place = {"id": statement.id, "row": row.id, "column": statement.column}
    after = _text(statement)
    if old is None:
        texts = _texts(None, statement)
        return [StatementChange(kind="added", after=after, texts=texts, **place)]
    old_row, before = old
    moved = (old_row.id, before.column) != (row.id, statement.column)
    texts = _texts(before, statement)
    days = (before.review_by, statement.review_by)
    if not texts and not moved and before.narrowed == statement.narrowed and days[0] == days[1]:
        return []
    return [
        StatementChange(
            kind="moved" if moved else "changed",
            before=_text(before),
            after=after,
            from_row=old_row.id if moved else None,
            from_column=before.column if moved else None,
            texts=texts,
            narrowed=statement.narrowed if before.narrowed != statement.narrowed else None,
            review_by=days if days[0] != days[1] else None,
            **place,
        )
    ]
