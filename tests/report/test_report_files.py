"""The files of a report: Word, HTML, Excel and plots."""

from __future__ import annotations

import io
import itertools
import re
import zipfile
from functools import cache

import docx
import pytest
from docx.oxml.ns import qn
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree, html
from openpyxl import load_workbook
from report_material import STARTED, empty, make_document, make_passage, sample

from pipelines.domain.documents import Metadata
from pipelines.domain.reports import Plot, PlotKind, Point, Quotation, Sheet, SheetColumn, Table, UpdateReport
from pipelines.report import compose_scan_report, render_excel, render_html, render_word
from pipelines.report.charts import draw_png, draw_svg
from pipelines.report.numbering import walk
from pipelines.report.plain import one_line, printable, web_address
from pipelines.strings import LANGUAGES, Language

HOSTILE = "<script>alert(1)</script> & \"q\" \x00\x02\x0b\x1b\ufffe\u202e ]]> =cmd|'/c'!A1 𐍈 {{ 7*7 }} {% raw %}"


@cache
def composed(language: Language) -> UpdateReport:
    """The report of the sample in one language."""
    return compose_scan_report(sample(), language)


@cache
def word(language: Language) -> bytes:
    """Its Word file."""
    return render_word(composed(language))


@cache
def page(language: Language) -> bytes:
    """Its HTML file."""
    return render_html(composed(language))


def hostile_report() -> UpdateReport:
    """A report in which every text that comes from outside is hostile."""
    metadata = Metadata(title=HOSTILE, publisher=HOSTILE, year=2025, language="nl", url="javascript:alert(1)")
    document = make_document("d", metadata=metadata, paths=(f"data/raw/{HOSTILE}.pdf",))
    passages = tuple(
        make_passage(
            f"{HOSTILE} {n}", document, n, labels={"recommendation": 0.9, "level": "micro"}, section=(HOSTILE,)
        )
        for n in range(3)
    )
    scan = empty().model_copy(update={"documents": (document,), "passages": passages, "settings": {HOSTILE: HOSTILE}})
    return compose_scan_report(scan, "nl")


def opened(content: bytes):
    """The Word file as python-docx reads it."""
    return docx.Document(io.BytesIO(content))


# Word


@pytest.mark.parametrize("language", LANGUAGES)
def test_word_says_all_that_the_report_says(language: Language) -> None:
    document, report = opened(word(language)), composed(language)
    body = "\n".join("".join(t.text or "" for t in p.iter(qn("w:t"))) for p in document.element.body.iter(qn("w:p")))
    flat = " ".join(body.split())
    for _, section in walk(report.sections):
        assert one_line(section.title) in flat
        for item in section.items:
            if isinstance(item, Quotation):
                assert " ".join(item.text.split()) in flat
                assert item.source in body
                assert item.why in body
            if isinstance(item, Table):
                assert all(s.text.strip() in body for row in item.rows for c in row for n in c.lines for s in n.spans)


def test_word_uses_real_styles_and_no_empty_paragraphs() -> None:
    document = opened(word("nl"))
    counts: dict[str, int] = {}
    for paragraph in document.paragraphs:
        counts[paragraph.style.name] = counts.get(paragraph.style.name, 0) + 1
        is_break = paragraph._p.find(f"{qn('w:pPr')}/{qn('w:sectPr')}") is not None
        has_picture = next(paragraph._p.iter(qn("w:drawing")), None) is not None
        assert paragraph.text.strip() or is_break or has_picture
    n_quotations = sum(isinstance(i, Quotation) for _, s in walk(composed("nl").sections) for i in s.items)
    assert counts["Quote"] == n_quotations
    assert counts["Heading 1"] == 11
    assert counts["Title"] == counts["Subtitle"] == 1
    assert {"Heading 2", "Heading 3", "Caption", "List Bullet", "toc 1", "toc 2", "toc 3"} <= set(counts)


@pytest.mark.parametrize(
    ("language", "locale", "footer"), [("nl", "nl-NL", "Pagina 1 van 1"), ("en", "en-GB", "Page 1 of 1")]
)
def test_word_has_language_numbers_and_properties(language: Language, locale: str, footer: str) -> None:
    document = opened(word(language))
    assert document.styles.element.find(f".//{qn('w:rPrDefault')}//{qn('w:lang')}").get(qn("w:val")) == locale
    for section in document.sections[:2]:
        assert section.footer.paragraphs[0].text == footer
    instructions = " ".join(e.text for e in document.sections[0].footer._element.iter(qn("w:instrText")))
    assert instructions.split() == ["PAGE", "NUMPAGES"]
    assert document.core_properties.language == locale
    assert document.core_properties.created == STARTED.replace(
        minute=34, tzinfo=document.core_properties.created.tzinfo
    )
    assert document.core_properties.title == composed(language).title


def test_word_contents_list_is_filled_and_points_to_headings() -> None:
    document = opened(word("nl"))
    marks = [e.get(qn("w:name")) for e in document.element.body.iter(qn("w:bookmarkStart"))]
    links = [e.get(qn("w:anchor")) for e in document.element.body.iter(qn("w:hyperlink")) if e.get(qn("w:anchor"))]
    assert links == marks == [f"_Toc{100001 + n}" for n in range(len(marks))]
    assert len(links) == sum(1 for _ in walk(composed("nl").sections))
    fields = [e.text.split()[0] for e in document.element.body.iter(qn("w:instrText"))]
    assert fields[0] == "TOC"
    assert set(fields[1:]) == {"SEQ"}
    kinds = [e.get(qn("w:fldCharType")) for e in document.element.body.iter(qn("w:fldChar"))]
    assert kinds.count("begin") == kinds.count("separate") == kinds.count("end") == len(fields)
    assert document.settings.element.find(qn("w:updateFields")) is None  # it would question the reader


def test_word_lays_the_tables_down_and_marks_their_headings() -> None:
    document = opened(word("nl"))
    lying = [section.page_width > section.page_height for section in document.sections]
    assert lying == [False, False, True, False]
    for table in document.tables:
        assert table.style.name == "Kennisstand Table"
        assert table._tbl.tr_lst[0].find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is not None
        assert table._tbl.tblPr.find(qn("w:tblCaption")).get(qn("w:val"))
        widths = [int(c.get(qn("w:w"))) for c in table._tbl.tblGrid]
        assert sum(widths) * 635 <= document.sections[2].page_width


def test_word_pictures_have_alternative_text() -> None:
    pictures = [*opened(word("nl")).element.body.iter(qn("wp:docPr"))]
    assert len(pictures) == 5
    assert all(len(picture.get("descr")) > 20 for picture in pictures)


def test_word_marks_quotations_in_the_other_language() -> None:
    document = opened(word("nl"))
    marked = {
        e.get(qn("w:val")) for p in document.paragraphs if p.style.name == "Quote" for e in p._p.iter(qn("w:lang"))
    }
    assert marked == {"en-GB"}


def test_the_same_report_gives_the_same_bytes() -> None:
    again = composed("nl").model_copy(deep=True)
    assert render_word(again) == word("nl")
    assert render_html(again) == page("nl")
    assert render_excel(again) == render_excel(composed("nl"))


# HTML


@pytest.mark.parametrize("language", LANGUAGES)
def test_html_says_all_that_the_report_says(language: Language) -> None:
    root = html.document_fromstring(page(language))
    flat = " ".join(root.text_content().split())
    assert root.get("lang") == language
    for _, section in walk(composed(language).sections):
        assert root.get_element_by_id(section.anchor) is not None
        for item in section.items:
            if isinstance(item, Quotation):
                assert " ".join(item.text.split()) in flat
                assert root.get_element_by_id(f"q-{item.number}").get("data-passage") == item.passage_id
                quote = root.get_element_by_id(f"q-{item.number}").find("blockquote")
                assert quote.get("lang") == item.language


def test_html_stands_on_its_own() -> None:
    content = page("nl").decode()
    assert "<script" not in content
    assert not re.search(r"(src|srcset|data)=\"|@import|url\((?!#)", content)
    assert all(
        a.startswith(("#", "https://example.org/")) for a in html.document_fromstring(content).xpath("//a/@href")
    )


def test_html_is_well_built() -> None:
    root = html.document_fromstring(page("nl"))
    ids = root.xpath("//@id")
    assert len(ids) == len(set(ids))
    for reference in root.xpath("//@aria-labelledby"):
        assert set(reference.split()) <= set(ids)
    assert all(link[1:] in ids for link in root.xpath("//a/@href") if link.startswith("#"))
    levels = [int(e.tag[1]) for e in root.iter("h1", "h2", "h3", "h4", "h5", "h6")]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    assert all(figure.xpath(".//*[local-name()='title']") for figure in root.xpath("//figure[@class='plot']"))
    assert root.xpath("//body/*")[0].get("href") == "#content"


def _contrast(one: str, two: str) -> float:
    """Contrast of two colours (WCAG 2.2, relative luminance)."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(one), luminance(two)))
    return (high + 0.05) / (low + 0.05)


def test_html_colours_can_be_read() -> None:
    colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", page("nl").decode()))
    for text in ("ink", "quiet", "mark", "link"):
        assert _contrast(colours[text], "#ffffff") >= 4.5
        assert _contrast(colours[text], colours["soft"]) >= 4.5


# Hostile text


def test_hostile_text_is_escaped_in_html() -> None:
    content = render_html(hostile_report()).decode()
    assert "<script" not in content
    assert "javascript:" not in content
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in content
    assert "{{ 7*7 }}" in content
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\u202e]", content)


def test_hostile_text_does_not_break_word() -> None:
    content = render_word(hostile_report())
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        for name in parts.namelist():
            if name.endswith((".xml", ".rels")):
                etree.fromstring(parts.read(name))
    quote = next(p for p in opened(content).paragraphs if p.style.name == "Quote")
    assert quote.text.startswith('<script>alert(1)</script> & "q"')
    assert "javascript" not in "".join(r.target_ref for r in opened(content).part.rels.values() if r.is_external)


def test_hostile_text_is_no_formula_in_excel() -> None:
    sheet = Sheet(name="[a]:*?/b", columns=(SheetColumn(title="=1+1", width=9),), rows=(("=1+1",), ("@x",), (HOSTILE,)))
    report = composed("nl").model_copy(update={"sheets": (sheet,)})
    book = load_workbook(io.BytesIO(render_excel(report)))
    (worksheet,) = book.worksheets
    assert [cell.data_type for row in worksheet.iter_rows() for cell in row] == ["s"] * 4
    assert worksheet["A2"].value == "=1+1"


@given(st.text(st.characters(), max_size=80))
def test_printable_text_fits_in_xml(raw: str) -> None:
    clean = printable(raw)
    element = etree.Element("a")
    element.text = clean
    assert etree.fromstring(etree.tostring(element)).text in {clean, None}
    assert printable(clean) == clean
    assert "\n" not in one_line(raw)


def test_lone_surrogates_are_left_out() -> None:
    assert printable("a\ud800b\udfffc") == "abc"


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://example.org/a?b=1", True), ("http://example.org", True), ("javascript:alert(1)", False),
        ("ftp://example.org", False), ("https://", False), ("https://[::1", False), ('https://e.org/"x', False),
        ("data:text/html,x", False), (None, False), ("", False),
    ],
)  # fmt: skip
def test_only_plain_web_addresses_become_links(url: str | None, kept: bool) -> None:
    assert (web_address(url) == url) is kept or (not kept and web_address(url) is None)


# Excel


@pytest.mark.parametrize("language", LANGUAGES)
def test_excel_holds_every_flag_document_and_recommendation(language: Language) -> None:
    report = composed(language)
    book = load_workbook(io.BytesIO(render_excel(report)))
    assert book.sheetnames == [sheet.name for sheet in report.sheets]
    for sheet, worksheet in zip(report.sheets, book.worksheets, strict=True):
        assert worksheet.max_row == len(sheet.rows) + 1
        assert [cell.value for cell in worksheet[1]] == [column.title for column in sheet.columns]
        assert worksheet.freeze_panes == "B2"
        assert worksheet.auto_filter.ref
    assert len(report.sheets[1].rows) == len(sample().documents)
    shown = {i.number for _, s in walk(report.sections) for i in s.items if isinstance(i, Quotation)}
    assert shown <= {row[0] for row in report.sheets[0].rows}


def test_excel_cuts_what_is_too_long_for_a_cell() -> None:
    sheet = Sheet(name="a", columns=(SheetColumn(title="b", width=9),), rows=(("𐍈" * 30_000,), (1.5,), (None,)))
    book = load_workbook(io.BytesIO(render_excel(composed("nl").model_copy(update={"sheets": (sheet,)}))))
    value = book.worksheets[0]["A2"].value
    assert value.endswith("[…]") and len(value.encode("utf-16-le")) // 2 <= 32_767
    assert book.worksheets[0]["A3"].value == 1.5


# Plots and empty scans


@pytest.mark.parametrize("kind", list(PlotKind))
def test_plots_can_be_drawn_from_little_or_strange_data(kind: PlotKind) -> None:
    for values in ({}, {"a": 0.0}, {"$x^2$ <b> & \x02" * 9: 3.0, "b": 0.0}):
        plot = Plot(
            kind=kind, anchor="p", caption="A <b>", alternative="x & y", x_label="$",
            series={"_s": values, "t": values},
            points=(Point(label="1", x=0, y=0, size=2), Point(label="2", x=float("nan"), y=1, size=0, marked=True)),
        )  # fmt: skip
        assert draw_png(plot).startswith(b"\x89PNG")
        root = etree.fromstring(draw_svg(plot))
        assert root.get("aria-labelledby") == "p-title p-desc"
        assert root[0].text == "A <b>"


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_empty_scan_can_be_rendered(language: Language) -> None:
    report = compose_scan_report(empty(), language)
    assert len([p for p in opened(render_word(report)).paragraphs if p.style.name == "Heading 1"]) == 11
    assert render_html(report).count(b"<h2 id=") == 11
    assert len(load_workbook(io.BytesIO(render_excel(report))).worksheets) == 3
