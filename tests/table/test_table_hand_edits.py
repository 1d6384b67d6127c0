"""Files of the program's own that people edited: what can be seen wins, and what that costs is told."""

from __future__ import annotations

import re
from datetime import date

import pytest

from pipelines.domain.evidence_table import Column, EvidenceTable, Statement, TableRow
from pipelines.domain.themes import Theme
from pipelines.errors import TableError
from pipelines.table import ReadingNoteKind, TableReading, compare_tables, read_table_with_notes, write_table

_OPEN = Statement(
    id="A1.u1", column=Column.UNCERTAIN, nl="Het effect is onduidelijk.", en="The effect is unclear.",
    source="CDT9 par. 1", narrowed=True, review_by=date(2027, 1, 1),
)  # fmt: skip
_KNOWN = Statement(id="A1.k1", column=Column.KNOWN, nl="Kosten remmen.", en="Costs hold back.", source="Presentatie")
_ONLY_ENGLISH = Statement(id="B1.t1", column=Column.TREND, en="Output may rise.")
_TABLE = EvidenceTable(
    version="2026-01-01",
    rows=(
        TableRow(id="A1", chapter=Theme.ADOPTION, nl="Factoren", en="Factors", statements=(_OPEN, _KNOWN)),
        TableRow(id="B1", chapter=Theme.PRODUCTIVITY, nl="Winst", en="Gains", statements=(_ONLY_ENGLISH,)),
        TableRow(id="B2", chapter=Theme.PRODUCTIVITY, nl="Zonder beweringen", en="Without statements"),
    ),
)

_HIDDEN = re.compile(r"<meta name=.kennisstand-table[^>]*>|<!-- kennisstand-table.*-->")
"""What travels along."""


def _edited(suffix: str, *changes: tuple[str, str]) -> TableReading:
    """The table written in Dutch, what can be seen of it changed, and read again."""
    content = write_table(_TABLE, suffix, "nl").decode()
    (hidden,) = _HIDDEN.findall(content)
    shown = content.replace(hidden, "@@")
    for before, after in changes:
        assert before in shown
        shown = shown.replace(before, after, 1)
    content = shown.replace("@@", hidden)
    return read_table_with_notes(content.encode(), "tabel" + suffix)


def _statements(reading: TableReading) -> dict[str, Statement]:
    return {s.id: s for _, s in reading.table.statements()}


@pytest.mark.parametrize("suffix", [".html", ".md"])
def test_other_words_win_and_the_other_language_goes(suffix: str) -> None:
    reading = _edited(suffix, ("Het effect is onduidelijk.", "Het effect is klein."))
    statement = _statements(reading)["A1.u1"]
    assert (statement.nl, statement.en, statement.source) == ("Het effect is klein.", "", "CDT9 par. 1")
    assert (statement.narrowed, statement.review_by) == (True, date(2027, 1, 1))
    assert [(n.kind, n.id, n.language) for n in reading.notes] == [
        (ReadingNoteKind.OTHER_LANGUAGE_DROPPED, "A1.u1", "en")
    ]
    assert reading.sentences("nl")[0].endswith("A1.u1.")
    assert "Engels" in reading.sentences("nl")[0]
    assert reading.table.version != _TABLE.version
    assert [c.id for c in compare_tables(_TABLE, reading.table)] == ["A1.u1"]


@pytest.mark.parametrize("suffix", [".html", ".md"])
def test_another_source_note_costs_no_text(suffix: str) -> None:
    reading = _edited(suffix, ("CDT9 par. 1", "CDT9 par. 4"))
    statement = _statements(reading)["A1.u1"]
    assert (statement.nl, statement.en, statement.source) == (_OPEN.nl, _OPEN.en, "CDT9 par. 4")
    assert reading.notes == ()


def test_spaces_and_line_ends_are_no_change() -> None:
    reading = _edited(".html", ("Het effect is", "Het\n   effect is"))
    assert reading.table == _TABLE


def test_a_text_that_stood_in_for_a_missing_one_is_changed_in_its_own_language() -> None:
    reading = _edited(".html", ("Output may rise.", "Output will certainly not rise in the next years."))
    assert _statements(reading)["B1.t1"].en == "Output will certainly not rise in the next years."
    assert _statements(reading)["B1.t1"].nl == ""
    reading = _edited(".html", ("Output may rise.", "De opbrengst zal de komende jaren niet stijgen."))
    assert _statements(reading)["B1.t1"].nl == "De opbrengst zal de komende jaren niet stijgen."
    assert _statements(reading)["B1.t1"].en == ""
    assert [n.kind for n in reading.notes] == [ReadingNoteKind.OTHER_LANGUAGE_DROPPED]


def test_a_statement_moved_by_hand_keeps_its_languages() -> None:
    moved = "<p>A1.u1 Het effect is onduidelijk. <i>CDT9 par. 1</i></p>"
    reading = _edited(".html", (moved, ""), ("</td><td></td></tr>", f"</td><td>{moved}</td></tr>"))
    statement = _statements(reading)["A1.u1"]
    assert (statement.column, statement.nl, statement.en) == (Column.TREND, _OPEN.nl, _OPEN.en)
    assert (statement.narrowed, statement.review_by) == (False, date(2027, 1, 1))
    assert [n.kind for n in reading.notes] == [ReadingNoteKind.NARROWED_DROPPED]


def test_statements_added_removed_and_copied_by_hand() -> None:
    known = "<p>A1.k1 Kosten remmen. <i>Presentatie</i></p>"
    reading = _edited(
        ".html",
        (known, known + "<p>Subsidies <i>helpen</i> wel. <i>Par. 2, CDT9</i></p>" + known),
        ("<p>B1.t1 Output may rise.</p>", ""),
    )
    found = _statements(reading)
    assert set(found) == {"A1.k1", "A1.k2", "A1.k3", "A1.u1"}
    assert (found["A1.k2"].nl, found["A1.k2"].source) == ("Subsidies helpen wel.", "CDT9 par. 2")
    assert (found["A1.k3"].nl, found["A1.k3"].en) == (_KNOWN.nl, _KNOWN.en)
    assert [(n.kind, n.id, n.other) for n in reading.notes] == [(ReadingNoteKind.ID_REPEATED, "A1.k1", "A1.k3")]


def test_rows_renamed_moved_to_another_chapter_added_and_left_out() -> None:
    reading = _edited(".md", ("A1 · Factoren", "A1 · Oorzaken"), ("| Productiviteit | | |", "| Andere effecten | | |"))
    assert [(r.id, r.chapter, r.nl, r.en) for r in reading.table.rows] == [
        ("A1", Theme.ADOPTION, "Oorzaken", ""),
        ("B1", Theme.OTHER_EFFECTS, "Winst", "Gains"),
        ("B2", Theme.OTHER_EFFECTS, "Zonder beweringen", "Without statements"),
    ]
    assert [(n.kind, n.id) for n in reading.notes] == [(ReadingNoteKind.OTHER_LANGUAGE_DROPPED, "A1")]
    added = "| B9 · Nieuwe vraag | | |\n| <p>Iets nieuws.</p> | | |\n| B2 · Zonder"
    reading = _edited(".md", ("| B2 · Zonder", added))
    assert [r.id for r in reading.table.rows] == ["A1", "B1", "B9", "B2"]
    assert [(s.id, s.nl) for s in reading.table.row("B9").statements] == [("B9.k1", "Iets nieuws.")]
    reading = _edited(".md", ("| B2 · Zonder beweringen | | |\n|  |  |  |\n", ""))
    assert [r.id for r in reading.table.rows] == ["A1", "B1"]


def test_a_row_copied_by_hand_gets_another_id() -> None:
    reading = _edited(".md", ("| B2 · Zonder", "| B1 · Winst | | |\n| <p>Iets nieuws.</p> | | |\n| B2 · Zonder"))
    assert [(r.id, r.nl, r.en) for r in reading.table.rows[1:3]] == [("B1", "Winst", "Gains"), ("B3", "Winst", "Gains")]
    assert [(n.kind, n.id, n.other) for n in reading.notes] == [(ReadingNoteKind.ID_REPEATED, "B1", "B3")]


def test_a_row_whose_heading_was_taken_out_is_known_by_its_statements() -> None:
    reading = _edited(".md", ("| B1 · Winst | | |\n", ""))
    assert [(r.id, r.nl, r.en) for r in reading.table.rows[:2]] == [
        ("A1", "Factoren", "Factors"),
        ("B1", "Winst", "Gains"),
    ]


def test_a_table_that_is_gone_and_hidden_data_that_are_damaged_are_told() -> None:
    content = write_table(_TABLE, ".html", "nl").decode()
    with pytest.raises(TableError, match="table_none_found"):
        read_table_with_notes(re.sub(r"<table.*</table>", "", content, flags=re.S).encode(), "tabel.html")
    with pytest.raises(TableError, match="table_hidden_damaged"):
        read_table_with_notes(content.replace("&quot;version&quot;", "&quot;versie&quot;").encode(), "tabel.html")
    markdown = write_table(_TABLE, ".md", "nl").decode().replace('"version":', '"versie":')
    with pytest.raises(TableError, match="table_hidden_damaged"):
        read_table_with_notes(markdown.encode(), "tabel.md")


def test_without_what_travels_along_ids_and_visible_text_are_left() -> None:
    content = _HIDDEN.sub("", write_table(_TABLE, ".html", "nl").decode())
    table = read_table_with_notes(content.encode(), "tabel.html").table
    assert [(s.id, s.nl) for _, s in table.statements()][:2] == [("A1.k1", _KNOWN.nl), ("A1.u1", _OPEN.nl)]
