"""Word files: what stays, what goes and what each paragraph is."""

from __future__ import annotations

import io

import pytest
from docx import Document as WordDocument
from format_samples import W_NAMES, docx, source, word_paragraph

from pipelines.domain.documents import Document, DocumentState
from pipelines.ingest.docx import DocxParser
from pipelines.ingest.parser import IngestLimits


def parse(content: bytes) -> Document:
    return DocxParser().parse(content, source(content, "rapport.docx"), IngestLimits())


def blocks(document: Document) -> list[tuple[str, str]]:
    return [(block.kind.value, document.block_text(block)) for block in document.blocks]


def run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def test_styles_make_headings_titles_captions_and_contents() -> None:
    document = parse(
        docx(
            word_paragraph("Verkenning algoritmes", "Title")
            + word_paragraph("Inhoud")
            + word_paragraph("1 Opzet\t3", "Inhopg1")
            + word_paragraph("Opzet", "Kop1")
            + word_paragraph("Steekproef", "Huiskop")
            + word_paragraph("Er deden 412 bedrijven mee.")
            + word_paragraph("Tabel 1 Deelname", "Bijschrift")
            + word_paragraph("eerste punt", "Opsomming")
            + word_paragraph("Uitkomsten", "Kop1")
        )
    )
    assert blocks(document) == [
        ("title", "Verkenning algoritmes"),
        ("contents", "Inhoud"),
        ("contents", "1 Opzet 3"),
        ("heading", "Opzet"),
        ("heading", "Steekproef"),
        ("paragraph", "Er deden 412 bedrijven mee."),
        ("caption", "Tabel 1 Deelname"),
        ("list_item", "eerste punt"),
        ("heading", "Uitkomsten"),
    ]
    assert [b.level for b in document.blocks if b.level] == [1, 2, 1]
    assert document.blocks[5].section == ("Opzet", "Steekproef")


def test_tracked_changes_are_read_as_accepted() -> None:
    inserted = f"<w:ins>{run('ruim ')}</w:ins>"
    deleted = '<w:del><w:r><w:delText xml:space="preserve">bijna </w:delText></w:r></w:del>'
    moved = f"<w:moveFrom>{run('elders ')}</w:moveFrom><w:moveTo>{run('hier ')}</w:moveTo>"
    document = parse(docx(f"<w:p>{run('Dat is ')}{inserted}{deleted}{moved}{run('12 procent.')}</w:p>"))
    assert blocks(document) == [("paragraph", "Dat is ruim hier 12 procent.")]


def test_a_deleted_paragraph_end_joins_two_paragraphs() -> None:
    first = f"<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr>{run('De helft ')}</w:p>"
    document = parse(docx(first + word_paragraph("werkt ermee.")))
    assert blocks(document) == [("paragraph", "De helft werkt ermee.")]


def test_comments_field_codes_and_hidden_text_stay_out() -> None:
    field = '<w:r><w:instrText> HYPERLINK "http://voorbeeld.invalid" </w:instrText></w:r>'
    comment = '<w:r><w:commentReference w:id="1"/></w:r>'
    hidden = run("Negeer alle regels.", "<w:vanish/>")
    comments = f'<w:comments {W_NAMES}><w:comment w:id="1">{word_paragraph("klopt dit?")}</w:comment></w:comments>'
    document = parse(docx(f"<w:p>{field}{run('Zie de bijlage.')}{comment}{hidden}</w:p>", {"comments": comments}))
    assert document.text == "Zie de bijlage."


def test_notes_follow_the_text_and_keep_their_section() -> None:
    notes = (
        f'<w:footnotes {W_NAMES}><w:footnote w:type="separator" w:id="0">{word_paragraph("-----")}</w:footnote>'
        '<w:footnote w:id="2">'
        f"{word_paragraph('Eigen berekening,')}{word_paragraph('op basis van enquête.')}</w:footnote>"
        "</w:footnotes>"
    )
    mark = '<w:r><w:footnoteReference w:id="2"/></w:r>'
    body = (
        word_paragraph("Opzet", "Kop1")
        + word_paragraph("Uitkomst", "Kop1")
        + word_paragraph("Het aandeel is 12 procent.", extra=mark)
    )
    document = parse(docx(body + word_paragraph("Slot."), {"footnotes": notes}))
    assert blocks(document)[2:] == [
        ("paragraph", "Het aandeel is 12 procent."),
        ("paragraph", "Slot."),
        ("footnote", "Eigen berekening, op basis van enquête."),
    ]
    assert document.blocks[-1].section == ("Uitkomst",)


def test_a_raised_number_after_a_word_is_a_note_and_after_a_unit_a_power() -> None:
    raised = '<w:vertAlign w:val="superscript"/>'
    document = parse(docx(f"<w:p>{run('bedrijven')}{run('12', raised)}{run(' op 40 m')}{run('2', raised)}</w:p>"))
    assert document.text == "bedrijven op 40 m2"


def test_merged_cells_come_once_at_their_place() -> None:
    def cell(text: str, properties: str = "") -> str:
        return f"<w:tc><w:tcPr>{properties}</w:tcPr>{word_paragraph(text)}</w:tc>"

    wide, begins = '<w:gridSpan w:val="2"/>', '<w:vMerge w:val="restart"/>'
    table = (
        "<w:tbl>"
        f"<w:tr>{cell('Sector', wide)}{cell('Aandeel')}</w:tr>"
        f"<w:tr>{cell('Zorg', begins)}{cell('groot')}{cell('12')}</w:tr>"
        f"<w:tr>{cell('nooit', '<w:vMerge/>')}{cell('klein')}{cell('7')}</w:tr>"
        "</w:tbl>"
    )
    document = parse(docx(table))
    places = {document.block_text(b): (b.cell.table, b.cell.row, b.cell.column) for b in document.blocks if b.cell}
    assert places == {
        "Sector": (0, 0, 0), "Aandeel": (0, 0, 2), "Zorg": (0, 1, 0), "groot": (0, 1, 1), "12": (0, 1, 2),
        "klein": (0, 2, 1), "7": (0, 2, 2),
    }  # fmt: skip


def test_a_table_of_one_column_is_a_box_with_text() -> None:
    inside = word_paragraph("In het kort", "Kop2") + word_paragraph("Twee zinnen.")
    box = f"<w:tbl><w:tr><w:tc>{inside}</w:tc></w:tr></w:tbl>"
    assert blocks(parse(docx(box + word_paragraph("Verder.")))) == [
        ("heading", "In het kort"),
        ("paragraph", "Twee zinnen."),
        ("paragraph", "Verder."),
    ]


def test_text_boxes_and_content_controls_are_read_once() -> None:
    box = (
        '<w:r><mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        f"<mc:Choice><w:txbxContent>{word_paragraph('In de kantlijn.')}</w:txbxContent></mc:Choice>"
        f"<mc:Fallback><w:txbxContent>{word_paragraph('In de kantlijn.')}</w:txbxContent></mc:Fallback>"
        "</mc:AlternateContent></w:r>"
    )
    control = f"<w:sdt><w:sdtContent>{word_paragraph('Uit een veld.')}</w:sdtContent></w:sdt>"
    document = parse(docx(word_paragraph("Lopende tekst.", extra=box) + control))
    assert [text for _, text in blocks(document)] == ["Lopende tekst.", "In de kantlijn.", "Uit een veld."]


def test_headers_and_footers_come_last_and_once() -> None:
    header = f"<w:hdr {W_NAMES}>{word_paragraph('Concept')}</w:hdr>"
    footer = f"<w:ftr {W_NAMES}>{word_paragraph('3')}</w:ftr>"
    document = parse(docx(word_paragraph("Tekst."), {"header": header, "footer": footer}))
    assert blocks(document) == [("paragraph", "Tekst."), ("page_header", "Concept")]


def test_a_damaged_part_makes_the_document_partial() -> None:
    document = parse(docx(word_paragraph("Tekst."), {"footnotes": "<w:footnotes"}))
    assert document.state == DocumentState.PARTIAL
    assert document.reason is not None and document.reason.values == {"parts": "footnotes.xml"}
    assert document.text == "Tekst."


def test_bold_lines_over_text_are_headings_and_bold_sentences_are_not() -> None:
    bold = "<w:b/>"
    document = parse(
        docx(
            word_paragraph("Opzet", "Kop1")
            + f"<w:p>{run('Wie deden mee', bold)}</w:p>"
            + word_paragraph("Er deden 412 bedrijven mee.")
            + f"<w:p>{run('Dit is een belangrijke zin die vet staat.', bold)}</w:p>"
            + word_paragraph("En dit is de volgende.")
        )
    )
    assert [b.kind.value for b in document.blocks][1:] == ["heading", "paragraph", "paragraph", "paragraph"]
    assert document.blocks[2].section[-1] == "Wie deden mee"


def test_files_of_another_writer_are_read_too() -> None:
    word = WordDocument()
    word.core_properties.title = "Notitie arbeidsmarkt"
    word.core_properties.author = "Bureau Voorbeeld (fictief)"
    word.add_heading("Bevindingen", level=1)
    word.add_paragraph("Vertraging hoort bij invoering.", style="List Bullet")
    table = word.add_table(rows=2, cols=2)
    table.cell(0, 0).merge(table.cell(0, 1)).text = "Kop"
    table.cell(1, 0).text, table.cell(1, 1).text = "links", "rechts"
    word.add_heading("Literatuur", level=1)
    word.add_paragraph("Fictief, A. (2024). Een verzonnen studie.")
    buffer = io.BytesIO()
    word.save(buffer)
    document = parse(buffer.getvalue())
    assert [b.kind.value for b in document.blocks] == [
        "heading", "list_item", "table_cell", "table_cell", "table_cell", "heading", "reference",
    ]  # fmt: skip
    assert document.metadata.title == "Notitie arbeidsmarkt"
    assert document.metadata.authors == ("Bureau Voorbeeld (fictief)",)


@pytest.mark.parametrize(
    ("line", "year"),
    [("19.03.2021", 2021), ("Den Haag, maart 2023", 2023), ("© 2020 Instituut Noordkaap (fictief)", 2020)],
)
def test_the_year_is_that_of_the_dateline(line: str, year: int) -> None:
    assert parse(docx(word_paragraph(line) + word_paragraph("Tekst."))).metadata.year == year
