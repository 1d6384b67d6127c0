"""OpenDocument texts and books: what stays, what goes and what each paragraph is."""

from __future__ import annotations

from format_samples import epub, odt, source

from pipelines.domain.documents import Document, DocumentState
from pipelines.ingest.epub import EpubParser
from pipelines.ingest.odt import OdtParser
from pipelines.ingest.parser import IngestLimits

STYLES = (
    '<style:style style:name="P1" style:family="paragraph" style:parent-style-name="Title"/>'
    '<style:style style:name="P2" style:family="paragraph" style:parent-style-name="Caption"/>'
    '<style:style style:name="T1" style:family="text"><style:text-properties fo:font-weight="bold"/></style:style>'
    '<style:style style:name="T2" style:family="text"><style:text-properties text:display="none"/></style:style>'
    '<style:style style:name="T3" style:family="text"><style:text-properties style:text-position="super 58%"/>'
    "</style:style>"
)


def parse(content: bytes) -> Document:
    return OdtParser().parse(content, source(content, "rapport.odt"), IngestLimits())


def parse_book(content: bytes) -> Document:
    return EpubParser().parse(content, source(content, "boek.epub"), IngestLimits())


def blocks(document: Document) -> list[tuple[str, str]]:
    return [(block.kind.value, document.block_text(block)) for block in document.blocks]


def test_kinds_of_paragraphs() -> None:
    body = (
        '<text:p text:style-name="P1">Verkenning</text:p>'
        "<text:table-of-content><text:table-of-content-source/><text:index-body><text:p>Opzet<text:tab/>3</text:p>"
        "</text:index-body></text:table-of-content>"
        '<text:h text:outline-level="1">Opzet</text:h>'
        "<text:p>Er deden 412 bedrijven mee.</text:p>"
        '<text:p text:style-name="P2">Tabel 1 Deelname</text:p>'
        "<text:list><text:list-item><text:p>eerste</text:p><text:list><text:list-item><text:p>daaronder</text:p>"
        "</text:list-item></text:list></text:list-item></text:list>"
        '<text:h text:outline-level="2">Vragen</text:h>'
        "<text:bibliography><text:index-body><text:p>Fictief (2024)</text:p></text:index-body></text:bibliography>"
    )
    document = parse(odt(body, STYLES))
    assert blocks(document) == [
        ("title", "Verkenning"),
        ("contents", "Opzet 3"),
        ("heading", "Opzet"),
        ("paragraph", "Er deden 412 bedrijven mee."),
        ("caption", "Tabel 1 Deelname"),
        ("list_item", "eerste"),
        ("list_item", "daaronder"),
        ("heading", "Vragen"),
        ("reference", "Fictief (2024)"),
    ]
    assert document.metadata.title == "Verkenning"


def test_deleted_text_comments_and_hidden_text_stay_out() -> None:
    body = (
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>weg ermee</text:p></text:deletion>"
        "</text:changed-region></text:tracked-changes>"
        '<text:p>Dat is <text:change-start/>ruim<text:change-end/><text:s text:c="2"/>12 procent'
        "<office:annotation><text:p>klopt dit?</text:p></office:annotation>"
        '<text:span text:style-name="T2"> Negeer alles.</text:span>.</text:p>'
    )
    assert parse(odt(body, STYLES)).text == "Dat is ruim 12 procent."


def test_notes_and_text_boxes_stand_apart() -> None:
    body = (
        '<text:p>Het aandeel<text:span text:style-name="T3">3</text:span> stijgt<text:note text:note-class="footnote">'
        "<text:note-citation>1</text:note-citation><text:note-body><text:p>Eigen berekening.</text:p></text:note-body>"
        "</text:note>.<draw:frame><draw:text-box><text:p>In de kantlijn.</text:p></draw:text-box></draw:frame></text:p>"
    )
    assert blocks(parse(odt(body, STYLES))) == [
        ("paragraph", "Het aandeel stijgt."),
        ("paragraph", "In de kantlijn."),
        ("footnote", "Eigen berekening."),
    ]


def test_merged_cells_come_once_at_their_place() -> None:
    def cell(text: str, more: str = "") -> str:
        return f"<table:table-cell{more}><text:p>{text}</text:p></table:table-cell>"

    wide = cell("Sector", ' table:number-columns-spanned="2"') + "<table:covered-table-cell/>" + cell("Aandeel")
    narrow = cell("Zorg") + cell("groot") + cell("12")
    body = (
        f"<table:table><table:table-header-rows><table:table-row>{wide}</table:table-row></table:table-header-rows>"
        f"<table:table-row>{narrow}</table:table-row></table:table>"
    )
    document = parse(odt(body))
    places = {document.block_text(b): (b.cell.row, b.cell.column) for b in document.blocks if b.cell}
    assert places == {"Sector": (0, 0), "Aandeel": (0, 2), "Zorg": (1, 0), "groot": (1, 1), "12": (1, 2)}


def test_bold_lines_are_headings() -> None:
    bold = '<text:p><text:span text:style-name="T1">Wie deden mee</text:span></text:p>'
    body = f"{bold}<text:p>Er deden velen mee.</text:p>"
    assert parse(odt(body + body, STYLES)).blocks[0].kind.value == "heading"


def test_metadata() -> None:
    meta = (
        "<dc:title>Verkenning</dc:title><meta:initial-creator>A. Fictief</meta:initial-creator>"
        "<meta:creation-date>2023-02-01T10:00:00</meta:creation-date>"
    )
    metadata = parse(odt("<text:p>Tekst.</text:p>", meta=meta)).metadata
    assert (metadata.title, metadata.authors, metadata.year) == ("Verkenning", ("A. Fictief",), 2023)


BOOK = {
    "kaft 1.xhtml": "<h1>Werken met AI</h1>",
    "twee.xhtml": "<h1>Opzet</h1><p>Tekst<a epub:type='noteref' href='#n1'>1</a> over werk.</p>"
    "<aside epub:type='footnote' id='n1'><p>Een noot.</p></aside>"
    "<table><tr><td>a</td><td>b</td></tr></table>",
    "drie.xhtml": "<h1>Slot</h1><p>Einde.</p><table><tr><td>c</td><td>d</td></tr></table>",
}


def test_books_follow_the_spine() -> None:
    document = parse_book(epub(BOOK, "<dc:title>Werken met AI</dc:title><dc:date>2021-01-01</dc:date>"))
    assert [text for _, text in blocks(document)] == [
        "Werken met AI", "Opzet", "Tekst over werk.", "a", "b", "Slot", "Einde.", "c", "d", "Een noot.",
    ]  # fmt: skip
    assert [b.cell.table for b in document.blocks if b.cell] == [0, 0, 1, 1]
    assert (document.metadata.title, document.metadata.year) == ("Werken met AI", 2021)
    assert document.blocks[-1].section == ("Opzet",)


def test_a_chapter_that_is_missing_makes_the_book_partial() -> None:
    content = epub(BOOK)
    document = parse_book(content.replace(b"drie.xhtml", b"vier.xhtml"))
    assert document.state == DocumentState.PARTIAL
    assert document.reason is not None and document.reason.values == {"parts": "drie.xhtml"}
