"""Tables of others in Word, HTML and text: merged cells, several tables, lists, notes in pieces, changes still open."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import pytest
from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from pipelines.domain.evidence_table import Column, EvidenceTable
from pipelines.domain.themes import Theme
from pipelines.table import ReadingNoteKind, read_table, read_table_with_notes

_HEADER = ("Wat weten we wel", "Waar zit de onzekerheid", "Welke trends zijn er")
_ENGLISH = ("What do we know", "Where is the uncertainty", "Which trends are there")


def _grid(document: Any, rows: Sequence[Sequence[str]]) -> Any:
    """A table of texts; what stands between stars is italic, a line end begins a new paragraph."""
    grid = document.add_table(rows=0, cols=len(rows[0]))
    for row in rows:
        for cell, words in zip(grid.add_row().cells, row, strict=True):
            for index, line in enumerate(words.split("\n")):
                paragraph = cell.add_paragraph() if index else cell.paragraphs[0]
                for number, part in enumerate(line.split("*")):
                    paragraph.add_run(part).italic = number % 2 == 1
    return grid


def _read(document: Any) -> EvidenceTable:
    buffer = io.BytesIO()
    document.save(buffer)
    return read_table(buffer.getvalue(), "tabel.docx")


def _said(table: EvidenceTable, row: int, column: Column) -> list[tuple[str, str]]:
    return [(s.nl or s.en, s.source) for s in table.rows[row].column(column)]


def test_cells_merged_over_columns_are_headings_and_over_rows_one_row() -> None:
    document = Document()
    grid = _grid(
        document,
        [
            _HEADER,
            ("Over de adoptie van AI", "", ""),
            ("Kosten remmen de invoering. *Par. 1, CDT9*", "Het tempo is onbekend.", "Bonden oefenen invloed uit."),
            ("", "De omvang is onduidelijk.", "Subsidies groeien."),
            ("Een andere vraag krijgt antwoord.", "", ""),
        ],
    )
    grid.cell(1, 0).merge(grid.cell(1, 2))
    grid.cell(2, 0).merge(grid.cell(3, 0))
    table = _read(document)
    assert [(row.id, row.chapter) for row in table.rows] == [("A1", Theme.ADOPTION), ("A2", Theme.ADOPTION)]
    assert _said(table, 0, Column.KNOWN) == [("Kosten remmen de invoering.", "CDT9 par. 1")]
    assert _said(table, 0, Column.UNCERTAIN) == [("Het tempo is onbekend.", ""), ("De omvang is onduidelijk.", "")]
    assert _said(table, 0, Column.TREND) == [("Bonden oefenen invloed uit.", ""), ("Subsidies groeien.", "")]
    assert _said(table, 1, Column.KNOWN) == [("Een andere vraag krijgt antwoord.", "")]


def test_a_table_in_several_tables_with_the_header_again_or_without_one() -> None:
    document = Document()
    _grid(document, [_HEADER, ("Over de adoptie van AI", "", ""), ("Kosten remmen de", "Het tempo is onbekend.", "")])
    document.add_paragraph("1 Een voetnoot tussen de pagina's.")
    _grid(document, [_HEADER, ("invoering. *Par. 1, CDT9*", "", ""), ("Er is een tweede vraag die op een", "", "")])
    _grid(document, [("antwoord wacht.", "", ""), ("En een derde vraag.", "", "")])
    _grid(document, [("Rol", "Taak", "Naam"), ("Voorzitter", "Leidt", "N.N.")])
    table = _read(document)
    assert [_said(table, n, Column.KNOWN) for n in range(len(table.rows))] == [
        [("Kosten remmen de invoering.", "CDT9 par. 1")],
        [("Er is een tweede vraag die op een antwoord wacht.", "")],
        [("En een derde vraag.", "")],
    ]


def test_rows_above_the_header_are_passed_over_but_for_the_chapter() -> None:
    document = Document()
    grid = _grid(
        document,
        [
            ("Tabel 1. Stand van zaken", "", ""),
            ("Impact op kwaliteit van werk", "", ""),
            _HEADER,
            ("Het helpt.", "", ""),
        ],
    )
    for row in (0, 1):
        grid.cell(row, 0).merge(grid.cell(row, 2))
    table = _read(document)
    assert [(r.id, r.chapter) for r in table.rows] == [("C1", Theme.JOB_QUALITY)]
    assert _said(table, 0, Column.KNOWN) == [("Het helpt.", "")]


def test_columns_in_another_order_behind_a_column_of_questions() -> None:
    document = Document()
    grid = _grid(
        document,
        [
            ("Nr", "Question", "Emerging insights", "What do we know", "What we do not know"),
            ("1", "Wages of workers", "Wages may rise.", "Wages differ. *Section 2, CDT9*", "The size is not known."),
            ("", "", "", "Premiums exist for skills. *Section 3, CDT9*", ""),
            ("2", "Market power", "", "Large firms use more of it.", ""),
        ],
    )
    assert grid is not None
    table = _read(document)
    assert [(r.en, r.nl) for r in table.rows] == [("Wages of workers", ""), ("Market power", "")]
    assert [text for text, _ in _said(table, 0, Column.KNOWN)] == ["Wages differ.", "Premiums exist for skills."]
    assert _said(table, 0, Column.UNCERTAIN) == [("The size is not known.", "")]
    assert _said(table, 0, Column.TREND) == [("Wages may rise.", "")]


def test_lists_are_items_of_their_own_unless_a_line_announces_them() -> None:
    document = Document()
    grid = _grid(document, [_HEADER, ("", "", "")])
    known, uncertain, trend = grid.rows[1].cells
    known.paragraphs[0].text = "Deze factoren tellen mee:"
    for text in ("prijs;", "kennis.", "cultuur"):
        known.add_paragraph(text, style="List Bullet")
    known.add_paragraph().add_run("Par. 2, CDT9").italic = True
    for index, text in enumerate(("Het tempo is onbekend. Dat geldt ook voor de omvang.", "De richting is onbekend.")):
        (uncertain.add_paragraph if index else lambda t, style: _styled(uncertain.paragraphs[0], t, style))(
            text, style="List Number"
        )
    trend.paragraphs[0].text = "Bonden worden actiever."
    trend.add_paragraph("Subsidies groeien.", style="List Bullet")
    trend.add_paragraph("Banen veranderen.", style="List Bullet")
    table = _read(document)
    assert _said(table, 0, Column.KNOWN) == [("Deze factoren tellen mee: prijs; kennis; cultuur", "CDT9 par. 2")]
    assert [text for text, _ in _said(table, 0, Column.UNCERTAIN)] == [
        "Het tempo is onbekend. Dat geldt ook voor de omvang.",
        "De richting is onbekend.",
    ]
    assert [text for text, _ in _said(table, 0, Column.TREND)] == [
        "Bonden worden actiever.",
        "Subsidies groeien.",
        "Banen veranderen.",
    ]


def _styled(paragraph: Any, text: str, style: str) -> None:
    paragraph.text, paragraph.style = text, style


def test_items_within_items_stay_with_them() -> None:
    page = (
        "<table><tr>" + "".join(f"<th>{words}</th>" for words in _HEADER) + "</tr><tr><td><ul>"
        "<li>Er zijn twee soorten winst<ul><li>in tijd</li><li>in geld</li></ul></li><li>Er is ook verlies.</li></ul>"
        "</td><td></td><td></td></tr></table>"
    )
    table = read_table(page.encode(), "tabel.html")
    assert [text for text, _ in _said(table, 0, Column.KNOWN)] == [
        "Er zijn twee soorten winst; in tijd; in geld",
        "Er is ook verlies.",
    ]


def test_italic_notes_in_several_runs_and_by_style() -> None:
    document = Document()
    grid = _grid(document, [_HEADER, ("Kosten remmen. *Par.* * 2* * en 3.1,* * CDT9*", "", "")])
    cell = grid.rows[1].cells[2]
    cell.paragraphs[0].add_run("Banen verdwijnen misschien. ")
    cell.paragraphs[0].add_run("(SER, 2024, blz. 3)", style="Emphasis")
    table = _read(document)
    assert _said(table, 0, Column.KNOWN) == [("Kosten remmen.", "CDT9 par. 2, 3.1")]
    assert _said(table, 0, Column.TREND) == [("Banen verdwijnen misschien.", "SER, 2024, blz. 3")]


_AUTHOR = 'w:id="7" w:author="Lezer" w:date="2026-05-01T00:00:00Z"'


def test_open_changes_read_as_accepted() -> None:
    document = Document()
    grid = _grid(document, [_HEADER, ("Kosten remmen", "Weg ermee.", ""), ("Deze rij verdwijnt.", "", "")])
    paragraph = grid.rows[1].cells[0].paragraphs[0]._p
    paragraph.append(parse_xml(f"<w:ins {nsdecls('w')} {_AUTHOR}><w:r><w:t> de invoering.</w:t></w:r></w:ins>"))
    paragraph.append(
        parse_xml(f"<w:del {nsdecls('w')} {_AUTHOR}><w:r><w:delText> niets meer.</w:delText></w:r></w:del>")
    )
    gone = grid.rows[1].cells[1].paragraphs[0]._p
    run = gone.r_lst[0]
    run.t_lst[0].tag = run.t_lst[0].tag.replace("}t", "}delText")
    deleted = parse_xml(f"<w:del {nsdecls('w')} {_AUTHOR}/>")
    run.addprevious(deleted)
    deleted.append(run)
    grid.rows[2]._tr.get_or_add_trPr().append(parse_xml(f"<w:del {nsdecls('w')} {_AUTHOR}/>"))
    grid.rows[1].cells[2].paragraphs[0].add_run("Banen")
    first = grid.rows[1].cells[2].paragraphs[0]._p
    first.get_or_add_pPr().append(parse_xml(f"<w:rPr {nsdecls('w')}><w:del {_AUTHOR}/></w:rPr>"))
    grid.rows[1].cells[2].add_paragraph(" veranderen.")
    table = _read(document)
    assert len(table.rows) == 1
    assert _said(table, 0, Column.KNOWN) == [("Kosten remmen de invoering.", "")]
    assert _said(table, 0, Column.UNCERTAIN) == []
    assert _said(table, 0, Column.TREND) == [("Banen veranderen.", "")]


def test_text_boxes_in_cells_are_read_once() -> None:
    document = Document()
    grid = _grid(document, [_HEADER, ("Kosten remmen de invoering.", "", "")])
    box = (
        "<w:txbxContent><w:p><w:r><w:t>Subsidies helpen. </w:t></w:r><w:r><w:rPr><w:i/></w:rPr>"
        "<w:t>Par. 4, CDT9</w:t></w:r></w:p></w:txbxContent>"
    )
    grid.rows[1].cells[0].paragraphs[0]._p.append(
        parse_xml(
            f"<w:r {nsdecls('w')} xmlns:mc='http://schemas.openxmlformats.org/markup-compatibility/2006' "
            "xmlns:wps='http://schemas.microsoft.com/office/word/2010/wordprocessingShape' "
            "xmlns:v='urn:schemas-microsoft-com:vml'><mc:AlternateContent><mc:Choice Requires='wps'>"
            f"<wps:txbx>{box}</wps:txbx></mc:Choice><mc:Fallback><w:pict><v:textbox>{box}</v:textbox></w:pict>"
            "</mc:Fallback></mc:AlternateContent></w:r>"
        )
    )
    table = _read(document)
    assert _said(table, 0, Column.KNOWN) == [
        ("Kosten remmen de invoering.", "CDT9 par. 4"),
        ("Subsidies helpen.", "CDT9 par. 4"),
    ]


def test_an_english_document_gives_english_statements() -> None:
    document = Document()
    grid = _grid(
        document,
        [
            _ENGLISH,
            ("On employment and income", "", ""),
            ("Jobs change. *Section 2, CDT9*", "The size is not known.", ""),
        ],
    )
    grid.cell(1, 0).merge(grid.cell(1, 2))
    table = _read(document)
    assert [(r.id, r.chapter) for r in table.rows] == [("D1", Theme.EMPLOYMENT)]
    assert [(s.nl, s.en) for s in table.rows[0].statements] == [("", "Jobs change."), ("", "The size is not known.")]


def test_cells_of_html_that_reach_over_rows_and_columns() -> None:
    page = (
        "<h2>Tabel</h2><table><tr>" + "".join(f"<th>{words}</th>" for words in _HEADER) + "</tr>"
        "<tr><td colspan='3'>Over de productiviteit</td></tr>"
        "<tr><td rowspan='2'>Proeven laten winst zien.</td><td>De omvang is onduidelijk.</td><td></td></tr>"
        "<tr><td colspan='x'>De duur ook.</td><td>Leren wordt makkelijker.</td></tr></table>"
        "<h2>Iets anders</h2><table><tr><td>en verder</td><td>niets</td><td>meer</td></tr></table>"
    )
    table = read_table(page.encode(), "tabel.html")
    assert [(r.id, r.chapter) for r in table.rows] == [("B1", Theme.PRODUCTIVITY)]
    assert [text for text, _ in _said(table, 0, Column.UNCERTAIN)] == ["De omvang is onduidelijk.", "De duur ook."]
    assert [text for text, _ in _said(table, 0, Column.TREND)] == ["Leren wordt makkelijker."]


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_statement_that_moved_keeps_its_id_and_what_is_gone_is_told(language: str) -> None:
    document = Document()
    header = _HEADER if language == "nl" else _ENGLISH
    words = {
        "nl": ("Kosten remmen de invoering van AI sterk.", "Bonden hebben invloed op de uitkomst."),
        "en": ("Costs strongly hold back the use of AI.", "Unions influence the outcome."),
    }[language]
    before = _grid(document, [header, (words[0], "", words[1])])
    assert before is not None
    old = _read(document)
    ids = [s.id for s in old.rows[0].statements]
    document = Document()
    _grid(document, [header, (words[1], "", "")])
    buffer = io.BytesIO()
    document.save(buffer)
    reading = read_table_with_notes(buffer.getvalue(), "tabel.docx", like=old)
    assert [(s.id, s.column) for _, s in reading.table.statements()] == [(ids[1], Column.KNOWN)]
    assert [(n.kind, n.id) for n in reading.notes] == [(ReadingNoteKind.NOT_FOUND, ids[0])]
    assert all(ids[0] in sentence for code in ("nl", "en") for sentence in reading.sentences(code))


def test_control_characters_in_text_are_no_fault() -> None:
    text = "\t".join(_HEADER) + "\nKosten\x01 remmen.\x08\t\t\n"
    assert _said(read_table(text.encode(), "tabel.txt"), 0, Column.KNOWN) == [("Kosten remmen.", "")]


def test_line_ends_in_the_source_of_a_page_are_spaces() -> None:
    page = "<table><tr>" + "".join(f"<th>{words}</th>" for words in _HEADER) + "</tr><tr><td>\n      Kosten remmen de\n"
    page += "        invoering. <i>Par. 1,\n        CDT9</i>\n      </td><td></td><td></td></tr></table>"
    assert _said(read_table(page.encode(), "tabel.html"), 0, Column.KNOWN) == [
        ("Kosten remmen de invoering.", "CDT9 par. 1")
    ]
