"""What changed between two versions: one change a statement, with all that is in it."""

from __future__ import annotations

from datetime import date

from pipelines.domain.evidence_table import Column, EvidenceTable, Statement, TableRow
from pipelines.domain.themes import Theme
from pipelines.table import StatementChange, compare_tables, starting_table

_OLD = Statement(
    id="A1.u1", column=Column.UNCERTAIN, nl="Het effect is groot.", en="The effect is large.", source="CDT1"
)


def _table(*statements: Statement, row_id: str = "A1", chapter: Theme = Theme.ADOPTION, nl: str = "") -> EvidenceTable:
    return EvidenceTable(version="v", rows=(TableRow(id=row_id, chapter=chapter, nl=nl, statements=statements),))


def _change(new: Statement) -> StatementChange:
    (change,) = compare_tables(_table(_OLD), _table(new))
    return change


def test_a_statement_that_moved_with_other_words_is_one_change() -> None:
    change = _change(_OLD.model_copy(update={"column": Column.KNOWN, "nl": "Het effect is klein."}))
    assert (change.kind, change.from_column, change.column) == ("moved", Column.UNCERTAIN, Column.KNOWN)
    assert (change.from_row, change.row, change.reworded) == ("A1", "A1", True)
    (text,) = change.texts
    assert text.field == "nl"
    assert text.words == [
        ("Het effect is ", "kept"),
        ("groot", "deleted"),
        ("klein", "inserted"),
        (".", "kept"),
    ]


def test_days_narrowing_and_source_notes_are_changes_without_other_words() -> None:
    change = _change(_OLD.model_copy(update={"narrowed": True, "review_by": date(2027, 1, 1)}))
    assert (change.kind, change.narrowed, change.review_by) == ("changed", True, (None, date(2027, 1, 1)))
    assert (change.texts, change.reworded, change.from_column) == ((), False, None)
    change = _change(_OLD.model_copy(update={"source": "CDT2"}))
    assert [(t.field, t.before, t.after) for t in change.texts] == [("source", "CDT1", "CDT2")]
    assert not change.reworded


def test_a_text_that_goes_from_one_language_to_the_other_is_seen() -> None:
    only = Statement(id="A1.k1", column=Column.KNOWN, nl="AI")
    (change,) = compare_tables(_table(only), _table(only.model_copy(update={"nl": "", "en": "AI"})))
    assert [t.field for t in change.texts] == ["nl", "en"]


def test_statements_that_come_go_and_change_rows() -> None:
    new = _OLD.model_copy(update={"id": "A1.u2"})
    added, removed = compare_tables(_table(_OLD), _table(new))
    assert (added.kind, added.id, [t.before for t in added.texts]) == ("added", "A1.u2", ["", "", ""])
    assert (removed.kind, removed.id, [t.after for t in removed.texts]) == ("removed", "A1.u1", ["", "", ""])
    moved = compare_tables(_table(_OLD), _table(_OLD, row_id="B1", chapter=Theme.PRODUCTIVITY))
    assert [(c.id, c.kind, c.from_row, c.row) for c in moved] == [
        ("B1", "added", None, "B1"),
        ("A1.u1", "moved", "A1", "B1"),
        ("A1", "removed", None, "A1"),
    ]


def test_rows_that_change_chapter_and_name() -> None:
    (change,) = compare_tables(_table(nl="Oud"), _table(nl="Nieuw", chapter=Theme.EMPLOYMENT))
    assert (change.kind, change.from_chapter, change.to_chapter) == ("moved", Theme.ADOPTION, Theme.EMPLOYMENT)
    assert [(t.before, t.after) for t in change.texts] == [("Oud", "Nieuw")]


def test_a_table_differs_from_itself_in_nothing() -> None:
    assert compare_tables(starting_table(), starting_table()) == []
