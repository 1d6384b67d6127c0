"""What is written is read back: every row, statement, id, day and both languages, whatever the texts hold."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date, datetime

import openpyxl
import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipelines.domain.evidence_table import Column, EvidenceTable, Statement, TableRow
from pipelines.domain.themes import Theme
from pipelines.errors import TableError
from pipelines.table import read_table, starting_table, write_table

_FORMATS = (".yaml", ".json", ".csv", ".xlsx", ".html", ".md", ".docx")

_ODD = [
    "", "=1+1", "'=1", "''@x", "'s Avonds wordt gewerkt", "+31 20", "-", "\t=cmd|' /C calc'!A0", "＝1", "a;b,c\"d\"",
    "x\ny", "x\r\ny", "| pijp \\| en \\", "<b>vet</b> & <i>Par. 2, CDT46</i>", "</template><script>x</script>",
    "--> <!--",
    "*sterk* _schuin_ `code` [link](x) **b**", "😀 é é \u200d", "\u2028regel", "\x85oud", "\x01\x07", "  rand  ",
    "null", "yes", "2024-01-01", "1.0", "- lijst", "• punt", "A1.k1 tekst", "Adoptie", "A1 · Vraag", "# kop",
    "x" * 32_000,
    "_x000D_", "{{ sjabloon }}", "\ufeffmerk", "Par. 2, CDT46",
]  # fmt: skip
_TEXTS = st.sampled_from(_ODD) | st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@st.composite
def _tables(draw: st.DrawFn) -> EvidenceTable:
    rows: list[TableRow] = []
    for n in range(draw(st.integers(0, 3))):
        row_id = draw(st.sampled_from([f"A{n + 1}", f"rij {n}", f"{n}"]))
        statements: list[Statement] = []
        for m in range(draw(st.integers(0, 3))):
            column = draw(st.sampled_from(list(Column)))
            statements.append(
                Statement(
                    id=draw(st.sampled_from([f"{row_id}.k{m}", f"{row_id} bewering {m}"])),
                    column=column,
                    nl=draw(_TEXTS),
                    en=draw(_TEXTS),
                    source=draw(_TEXTS),
                    narrowed=column is Column.UNCERTAIN and draw(st.booleans()),
                    review_by=draw(st.none() | st.dates(date(1990, 1, 1), date(2100, 1, 1))),
                )
            )
        chapter = draw(st.sampled_from(list(Theme)))
        rows.append(
            TableRow(id=row_id, chapter=chapter, nl=draw(_TEXTS), en=draw(_TEXTS), statements=tuple(statements))
        )
    return EvidenceTable(version=draw(_TEXTS), rows=tuple(rows))


def _rows(text: str, first: str, second: str) -> list[TableRow]:
    """The text at every place of a row, twice as a statement, and an empty row behind it."""
    statements = tuple(
        Statement(id=f"{first}.u{n}", column=Column.UNCERTAIN, nl=text, en=text, source=text, narrowed=True)
        for n in (1, 2)
    )
    row = TableRow(id=first, chapter=Theme.ADOPTION, nl=text, en=text, statements=statements)
    return [row, TableRow(id=second, chapter=Theme.OTHER_EFFECTS)]


def _single(text: str) -> EvidenceTable:
    return EvidenceTable(version=text, rows=tuple(_rows(text, "A1", "A2")))


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("suffix", _FORMATS)
@settings(max_examples=8, deadline=None)
@example(table=EvidenceTable(version="leeg"))
@given(table=_tables())
def test_any_table_comes_back_as_it_was(suffix: str, language: str, table: EvidenceTable) -> None:
    assert read_table(write_table(table, suffix, language), "tabel" + suffix) == table


@pytest.mark.parametrize("suffix", _FORMATS)
def test_odd_texts_come_back_to_the_letter(suffix: str) -> None:
    rows = [row for n, text in enumerate(_ODD) for row in _rows(text, f"A{2 * n + 1}", f"A{2 * n + 2}")]
    table = EvidenceTable(version=_ODD[1], rows=tuple(rows))
    again = read_table(write_table(table, suffix, "nl"), "tabel" + suffix)
    assert [row.id for old, row in zip(table.rows, again.rows, strict=True) if old != row] == []
    assert again == table


@pytest.mark.parametrize("suffix", _FORMATS)
def test_the_same_table_gives_the_same_bytes(suffix: str) -> None:
    table = starting_table()
    assert write_table(table, suffix, "nl") == write_table(table, suffix, "nl")


def test_nothing_is_written_about_statements_that_are_not_narrowed_and_have_no_day() -> None:
    table = starting_table()
    for suffix in (".yaml", ".json"):
        content = write_table(table, suffix, "nl").decode()
        assert "narrowed" not in content
        assert "review_by" not in content
    statement = Statement(id="A1.u1", column=Column.UNCERTAIN, nl="x", narrowed=True, review_by=date(2027, 3, 1))
    row = TableRow(id="A1", chapter=Theme.ADOPTION, statements=(statement,))
    data = yaml.safe_load(write_table(EvidenceTable(version="v", rows=(row,)), ".yaml", "nl"))
    assert data["rows"][0]["statements"][0]["narrowed"] is True
    assert data["rows"][0]["statements"][0]["review_by"] == "2027-03-01"


# CSV ----------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("language", "delimiter"), [("nl", ";"), ("en", ",")])
def test_no_field_of_the_csv_begins_as_a_formula(language: str, delimiter: str) -> None:
    for text in _ODD:
        content = write_table(_single(text), ".csv", language).decode("utf-8-sig")
        fields = [f for line in csv.reader(io.StringIO(content, newline=""), delimiter=delimiter) for f in line]
        assert not [f for f in fields if f.lstrip().startswith(("=", "+", "-", "@", "＝"))], text[:40]


def test_csv_is_read_as_spreadsheets_save_it() -> None:
    table = starting_table()
    first = table.rows[0].statements[0].model_copy(update={"review_by": date(2027, 12, 1)})
    row = table.rows[0].model_copy(update={"statements": (first, *table.rows[0].statements[1:])})
    table = table.model_copy(update={"rows": (row, *table.rows[1:])})
    saved = write_table(table, ".csv", "nl").decode("utf-8-sig").replace('"2027-12-01"', "1-12-2027")
    assert read_table(saved.encode("cp1252"), "tabel.csv") == table
    tabbed = io.StringIO(newline="")
    csv.writer(tabbed, delimiter="\t").writerows(csv.reader(io.StringIO(saved, newline=""), delimiter=";"))
    assert read_table(tabbed.getvalue().encode("utf-16"), "tabel.csv") == table


@pytest.mark.parametrize(
    ("column", "value"),
    [("review_by", "12/1/2027"), ("review_by", "gauw"), ("narrowed", "misschien"), ("column", "zeker")],
)
def test_a_line_that_cannot_be_is_named(column: str, value: str) -> None:
    lines = list(csv.reader(io.StringIO(write_table(_single("tekst"), ".csv", "en").decode("utf-8-sig"))))
    lines[2][lines[0].index(column)] = value
    buffer = io.StringIO()
    csv.writer(buffer).writerows(lines)
    with pytest.raises(TableError) as caught:
        read_table(buffer.getvalue().encode(), "tabel.csv")
    assert caught.value.key == "error.table_line"
    assert caught.value.values["line"] == 3
    assert column in str(caught.value.values["detail"])


# Excel --------------------------------------------------------------------------------------------------------------
def test_excel_holds_no_formula_and_only_text() -> None:
    for text in ('=HYPERLINK("http://x")', "https://voorbeeld.nl/a", "0012", "{=1}"):
        content = write_table(_single(text), ".xlsx", "nl")
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in sheet
        assert "<hyperlink" not in sheet
        cells = [c for line in openpyxl.load_workbook(io.BytesIO(content)).worksheets[0].iter_rows() for c in line]
        assert {c.data_type for c in cells if c.value is not None} <= {"s", "inlineStr"}


def test_excel_is_read_where_days_and_numbers_were_typed_over() -> None:
    book = openpyxl.load_workbook(io.BytesIO(write_table(_single("tekst"), ".xlsx", "nl")))
    sheet = book.worksheets[0]
    names = [cell.value for cell in sheet[1]]
    sheet.cell(2, names.index("review_by") + 1, datetime(2027, 5, 4))
    sheet.cell(2, names.index("narrowed") + 1, True)
    sheet.cell(2, names.index("version") + 1, 7)
    sheet.cell(3, names.index("narrowed") + 1, "")
    buffer = io.BytesIO()
    book.save(buffer)
    table = read_table(buffer.getvalue(), "tabel.xlsx")
    assert table.version == "7"
    first, second = table.rows[0].statements
    assert (first.review_by, first.narrowed, second.narrowed) == (date(2027, 5, 4), True, False)


def test_a_text_too_long_for_a_cell_is_refused_not_cut() -> None:
    with pytest.raises(TableError, match="table_cell_long"):
        write_table(_single("x" * 32_768), ".xlsx", "nl")
