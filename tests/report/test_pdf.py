"""The report as PDF: tagged, readable, and blind to what texts would like to be."""

from __future__ import annotations

import ctypes
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from functools import cache

import pypdfium2 as pdfium
import pypdfium2.raw as raw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report_material import STARTED, empty, sample
from revised_material import revised_table, small_note

from pipelines.domain.reports import (
    BulletList,
    Cell,
    Line,
    Paragraph,
    Plot,
    PlotKind,
    Quotation,
    Section,
    Span,
    Table,
    UpdateReport,
)
from pipelines.report import compose_scan_report
from pipelines.report.numbering import walk
from pipelines.report.pdf import render_pdf
from pipelines.report.pdf_content import showable

HOSTILE = (
    '#import "@preview/x:1.0.0" #read("/etc/passwd") $ x^2 $ @cite <label> `raw` ```typ #panic()``` \\ \\u{41} '
    "// geen commentaar /* nee */ = kop *vet* _schuin_ [haak] ] ) } \" ' ~ -- --- #sys.inputs"
)


def small_report(**changes: object) -> UpdateReport:
    """A report with every kind of item but the table with changes."""
    items = (
        Paragraph(spans=(Span(text="Inleiding met "), Span(text="a link", url="https://example.org/a", language="en"))),
        BulletList(items=((Span(text="eerste punt"),), (Span(text="tweede punt", bold=True),))),
        Quotation(
            number="A1-1", passage_id="p", text="Before. The key sentence. After.\nNew line.", key_start=8, key_end=25,
            source="Instituut A, Titel (2025), p. 3", url="https://example.org/b", labels=(("Kolom", "Bekend"),),
            why="daarom", language="en",
        ),
        Table(
            anchor="t", caption="Aantallen", header=("Naam", "Aantal"), widths=(0.7, 0.3), number_columns=(1,),
            total_row=True,
            rows=tuple(
                (Cell(lines=(Line(spans=(Span(text=f"rij {n}"),)),)), Cell(lines=(Line(spans=(Span(text=str(n)),)),)))
                for n in range(70)
            ),
        ),
        Plot(
            kind=PlotKind.EVIDENCE_BY_THEME, anchor="f", caption="Bewijs", alternative="Adoptie 2, werk 3.",
            series={"waargenomen": {"Adoptie": 2, "Werk": 3}},
        ),
    )  # fmt: skip
    chapter = Section(title="Hoofdstuk", anchor="een", items=items, sections=(Section(title="Onder", anchor="onder"),))
    values: dict[str, object] = {
        "language": "nl", "title": "Een rapport", "subtitle": "Over iets", "created": STARTED, "run": "r-1",
        "sections": (chapter, Section(title="Liggend", anchor="twee", landscape=True, items=items[:1])),
    }  # fmt: skip
    return UpdateReport.model_validate(values | changes)


@cache
def opened(which: str) -> pdfium.PdfDocument:
    """One of the reports of these tests as PDFium reads it."""
    made = {
        "small": small_report,
        "scan": lambda: compose_scan_report(sample(2), "nl"),
        "note": small_note,
        "hostile": hostile_report,
    }[which]()
    return pdfium.PdfDocument(render_pdf(made))


def hostile_report() -> UpdateReport:
    """A report in which every text is markup of the typesetter."""
    span = (Span(text=HOSTILE, url="https://example.org/#)"), Span(text=HOSTILE, url="javascript:alert(1)"))
    items = (
        Paragraph(spans=span),
        BulletList(items=(span,)),
        Quotation(
            number="#1", passage_id=HOSTILE, text=HOSTILE, key_start=3, key_end=9, source=HOSTILE, also_in=(HOSTILE,),
            labels=((HOSTILE, HOSTILE),), statement=HOSTILE, why=HOSTILE, second_opinion=HOSTILE,
        ),
        Table(
            anchor=f"t {HOSTILE}", caption=HOSTILE, header=(HOSTILE,), rows=((Cell(lines=(Line(spans=span),)),),),
        ),
        Plot(
            kind=PlotKind.EVIDENCE_BY_THEME, anchor="p", caption=HOSTILE, alternative=HOSTILE,
            series={HOSTILE: {HOSTILE: 1.0}},
        ),
    )  # fmt: skip
    section = Section(title=HOSTILE, anchor=f"s {HOSTILE}", items=items)
    return small_report(title=HOSTILE, subtitle=HOSTILE, sections=(section,))


def text_of(document: pdfium.PdfDocument) -> str:
    """All text, white space and hyphens at line ends put aside."""
    pages = (document[n].get_textpage().get_text_range() for n in range(len(document)))
    return squeezed("".join(pages))


def squeezed(words: str) -> str:
    """Without white space, breaks and the sign that PDFium puts for a hyphen at a line end."""
    return "".join(words.replace("\ufffe", "").replace("\u200b", "").split())


def _told(read, element) -> str:
    size = read(element, None, 0)
    if not size:
        return ""
    buffer = ctypes.create_string_buffer(size)
    read(element, buffer, size)
    return buffer.raw.decode("utf-16-le").rstrip("\x00")


def _elements(element) -> Iterator[tuple[str, str, str]]:
    kind = _told(raw.FPDF_StructElement_GetType, element)
    yield kind, _told(raw.FPDF_StructElement_GetAltText, element), _told(raw.FPDF_StructElement_GetLang, element)
    for n in range(raw.FPDF_StructElement_CountChildren(element)):
        child = raw.FPDF_StructElement_GetChildAtIndex(element, n)
        if child:
            yield from _elements(child)


def structure(document: pdfium.PdfDocument) -> list[tuple[str, str, str]]:
    """Kind, alternative text and language of all tags, page by page; a tag over two pages is told twice."""
    found = []
    for n in range(len(document)):
        tree = raw.FPDF_StructTree_GetForPage(document[n])
        for child in range(raw.FPDF_StructTree_CountChildren(tree)):
            found += _elements(raw.FPDF_StructTree_GetChildAtIndex(tree, child))
        raw.FPDF_StructTree_Close(tree)
    return found


def language_of(document: pdfium.PdfDocument) -> str:
    """Language of the whole file."""
    size = raw.FPDFCatalog_GetLanguage(document, None, 0)
    buffer = (ctypes.c_ushort * (size // 2))()
    raw.FPDFCatalog_GetLanguage(document, buffer, size)
    return bytes(buffer).decode("utf-16-le").rstrip("\x00")


def test_file_is_tagged_with_language_title_and_date() -> None:
    content = render_pdf(small_report())
    document = pdfium.PdfDocument(content)
    assert b"pdfuaid:part" in content
    assert document.is_tagged()
    assert language_of(document) == "nl-NL"
    told = document.get_metadata_dict()
    assert (told["Title"], told["Subject"], told["Author"]) == ("Een rapport", "Over iets", "Kennisstand")
    assert told["CreationDate"] == f"D:{STARTED:%Y%m%d%H%M%S}Z"
    assert language_of(pdfium.PdfDocument(render_pdf(small_report(language="en")))) == "en-GB"


def test_tags_name_headings_tables_lists_quotations_and_plots() -> None:
    found = structure(opened("small"))
    kinds = Counter(kind for kind, _, _ in found)
    assert {"H1", "H2", "L", "LI", "BlockQuote", "Table", "TH", "TD", "Figure", "Caption", "Link"} <= set(kinds)
    assert kinds["TH"] >= 2
    assert ("Figure", "Adoptie 2, werk 3.") in {(kind, alternative) for kind, alternative, _ in found}
    assert "en-GB" in {language for _, _, language in found}


@pytest.mark.parametrize("which", ["small", "scan"])
def test_pdf_says_all_that_the_report_says(which: str) -> None:
    report = small_report() if which == "small" else compose_scan_report(sample(2), "nl")
    document = opened(which)
    said = text_of(document)
    for _, section in walk(report.sections):
        assert squeezed(section.title) in said
        for item in section.items:
            # A paragraph over two pages has page furniture in it, so only those that are kept whole are asked for.
            if isinstance(item, Quotation):
                assert squeezed(showable(item.source)) in said
                assert squeezed(showable(item.text)) in said
            if isinstance(item, Table):
                assert all(squeezed(name) in said for name in item.header)
    assert f"Pagina{len(document)}van{len(document)}" in said


def test_pages_lie_down_for_wide_chapters_only() -> None:
    document = opened("small")
    sizes = [tuple(round(side) for side in document[n].get_size()) for n in range(len(document))]
    assert set(sizes[:-1]) == {(595, 842)}
    assert sizes[-1] == (842, 595)


def test_contents_list_has_pages_and_bookmarks_follow_it() -> None:
    document = opened("small")
    titles = [mark.get_title() for mark in document.get_toc()]
    assert [t for t in titles if t != "Inhoud"] == ["1 Hoofdstuk", "1.1 Onder", "2 Liggend"]
    first = document[0].get_textpage().get_text_range()
    assert first.index("Inhoud") < first.index("1 Hoofdstuk") < first.index("1.1 Onder") < first.index("2 Liggend")
    assert str(len(document)) in first.split("2 Liggend")[1]


def test_table_heading_comes_back_on_every_page_of_the_table() -> None:
    document = opened("small")
    pages = [document[n].get_textpage().get_text_range() for n in range(len(document))]
    with_rows = [page for page in pages if "rij " in page]
    assert len(with_rows) > 1
    assert all("Naam" in page and "Aantal" in page for page in with_rows)


def test_table_with_changes_tells_them_in_words_and_shows_remarks() -> None:
    said = text_of(opened("note"))
    for chapter in revised_table().chapters:
        for row in chapter.rows:
            assert squeezed(f"{row.row_id} · {row.title}") in said
            for statement in (*row.known, *row.uncertain, *row.trend):
                assert squeezed(statement.statement_id) in said
                if statement.whole == "deleted":
                    assert squeezed("vervalt op deze plaats") in said
                if statement.remark is not None:
                    assert all(squeezed(line) in said for line in statement.remark.lines)
    assert "[opmerking1]" in said


def test_markup_in_texts_is_shown_and_never_read() -> None:
    document = opened("hostile")
    said = text_of(document)
    assert said.count(squeezed(HOSTILE)) >= 12
    assert "root:" not in said
    assert ("Figure", HOSTILE) in {
        (kind, " ".join(alternative.split())) for kind, alternative, _ in structure(document)
    }
    links = [_address(link, document) for n in range(len(document)) for link in _links(document[n])]
    assert "https://example.org/#)" in links
    assert not [address for address in links if address.startswith("javascript")]


def _links(page: pdfium.PdfPage) -> Iterator[raw.FPDF_LINK]:
    place, link = ctypes.c_int(0), raw.FPDF_LINK()
    while raw.FPDFLink_Enumerate(page, place, link):
        yield link


def _address(link: raw.FPDF_LINK, document: pdfium.PdfDocument) -> str:
    action = raw.FPDFLink_GetAction(link)
    size = raw.FPDFAction_GetURIPath(document, action, None, 0) if action else 0
    buffer = ctypes.create_string_buffer(max(size, 1))
    if size:
        raw.FPDFAction_GetURIPath(document, action, buffer, size)
    return buffer.value.decode()


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=60))
def test_any_text_can_be_set(words: str) -> None:
    table = Table(anchor="t", caption=words, header=(words,), rows=((Cell(lines=(Line(spans=(Span(text=words),)),)),),))
    spans = (Span(text=words, italic=True), Span(text=words, bold=True, change="deleted"))
    section = Section(title=words, anchor="s", items=(Paragraph(spans=spans), table))
    document = pdfium.PdfDocument(render_pdf(small_report(title=words, subtitle=words, sections=(section,))))
    assert document.is_tagged()


def test_characters_without_a_glyph_are_marked_and_long_words_broken() -> None:
    assert showable("a\x00中b\nc\u202e🦊") == "a\ufffdb\nc\ufffd"
    word = "x" * 400
    section = Section(title="T", anchor="s", items=(Paragraph(spans=(Span(text=word),)),))
    page = pdfium.PdfDocument(render_pdf(small_report(sections=(section,))))[1]
    text = page.get_textpage()
    boxes = [text.get_charbox(n) for n in range(text.count_chars())]
    assert max(right for _, _, right, _ in boxes) < 595 - 70
    assert squeezed(word) in squeezed(text.get_text_range())


def test_same_report_gives_the_same_bytes_and_an_empty_one_a_file() -> None:
    assert render_pdf(small_report()) == render_pdf(small_report())
    assert render_pdf(small_report(created=datetime(2026, 1, 2, 3, 4)))
    assert len(pdfium.PdfDocument(render_pdf(compose_scan_report(empty(), "en")))) >= 2
    assert len(pdfium.PdfDocument(render_pdf(small_report(sections=())))) == 1
