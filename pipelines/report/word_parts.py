"""Parts of a Word file that python-docx does not offer: fields, links, bookmarks, marked-up tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from docx.document import Document as WordDocument
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.table import Table as WordTable
from docx.text.paragraph import Paragraph as WordParagraph
from docx.text.run import Run as WordRun
from lxml.etree import SubElement  # pyright: ignore[reportAttributeAccessIssue]

from pipelines.domain.reports import Span
from pipelines.office.saving import drop_thumbnail
from pipelines.report.plain import one_line, printable, web_address
from pipelines.report.word_styles import LOCALES

_P, _PPR, _STYLE, _VALUE = (qn(f"w:{tag}") for tag in ("p", "pPr", "pStyle", "val"))
_R, _RPR, _BOLD, _T, _TAB, _BREAK = (qn(f"w:{tag}") for tag in ("r", "rPr", "b", "t", "tab", "br"))
_SPACE = qn("xml:space")
_APART = re.compile("([\t\n\r])")
"""What Word has elements of its own for."""


def element(tag: str, **attributes: str) -> Any:
    """An XML element with attributes of the same namespace: ``element("w:fldChar", fldCharType="begin")``."""
    made = OxmlElement(tag)
    prefix = tag.split(":")[0]
    for name, value in attributes.items():
        made.set(qn(f"{prefix}:{name}"), value)
    return made


def styled_paragraph(like: Any, style_id: str) -> Any:
    """An XML paragraph that stands nowhere yet; ``like`` is any element of the document."""
    made = like.makeelement(_P, nsmap=like.nsmap)
    SubElement(SubElement(made, _PPR), _STYLE).set(_VALUE, style_id)
    return made


def plain_run(paragraph: WordParagraph, words: str = "", *, bold: bool = False) -> WordRun:
    """Add a run at the end of a paragraph, the same as by ``paragraph.add_run``.

    That goes through the words letter by letter and looks for the place of each element: a report of 750 quotations
    took a second longer.
    """
    run = SubElement(paragraph._p, _R)
    if bold:
        SubElement(SubElement(run, _RPR), _BOLD)
    for part in _APART.split(words):
        if part == "\t":
            SubElement(run, _TAB)
        elif part in {"\n", "\r"}:
            SubElement(run, _BREAK)
        elif part:
            text = SubElement(run, _T)
            text.text = part
            if part.strip() != part:
                text.set(_SPACE, "preserve")
    return WordRun(run, paragraph)


def add_run(paragraph: WordParagraph, span: Span, report_language: str) -> WordRun:
    """Add a span; text in another language than the report's is marked as such, for spelling and for reading aloud."""
    run = plain_run(paragraph, printable(span.text), bold=span.bold)
    if span.italic:
        run.italic = True
    if span.language in LOCALES and span.language != report_language:
        run._r.get_or_add_rPr().append(element("w:lang", val=LOCALES[span.language]))
    return run


def add_spans(paragraph: WordParagraph, spans: tuple[Span, ...], report_language: str) -> None:
    """Add spans, those with an address as links."""
    for span in spans:
        address = web_address(span.url)
        if address is None:
            add_run(paragraph, span, report_language)
        else:
            with link(paragraph, address=address) as run_style:
                run_style(add_run(paragraph, span, report_language))


@contextmanager
def link(paragraph: WordParagraph, *, address: str | None = None, anchor: str | None = None) -> Iterator[Any]:
    """Make a link of all that is added to the paragraph inside the ``with`` block.

    Gives a function that dresses a run as a link.
    """
    hyperlink = OxmlElement("w:hyperlink")
    if address is not None:
        hyperlink.set(qn("r:id"), paragraph.part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
    if anchor is not None:
        hyperlink.set(qn("w:anchor"), anchor)
    hyperlink.set(qn("w:history"), "1")
    n_before = len(paragraph._p)

    def dress(run: WordRun) -> None:
        run._r.get_or_add_rPr().insert(0, element("w:rStyle", val="Hyperlink"))

    yield dress
    added = list(paragraph._p)[n_before:]
    for part in added:
        hyperlink.append(part)
    paragraph._p.append(hyperlink)


def _field_mark(paragraph: WordParagraph, kind: str) -> None:
    plain_run(paragraph)._r.append(element("w:fldChar", fldCharType=kind))


def begin_field(paragraph: WordParagraph, instruction: str) -> None:
    """Begin a field; what follows until :func:`end_field` is its present result."""
    _field_mark(paragraph, "begin")
    text = element("w:instrText")
    text.set(qn("xml:space"), "preserve")
    text.text = f" {instruction} "
    plain_run(paragraph)._r.append(text)
    _field_mark(paragraph, "separate")


def end_field(paragraph: WordParagraph) -> None:
    """End the field that was begun, here or in an earlier paragraph."""
    _field_mark(paragraph, "end")


def add_field(paragraph: WordParagraph, instruction: str, result: str) -> None:
    """Add a field with its present result."""
    begin_field(paragraph, instruction)
    plain_run(paragraph, result)
    end_field(paragraph)


def add_bookmark(paragraph: WordParagraph, name: str, number: int) -> None:
    """Mark the paragraph, so that links and the contents list can point to it."""
    start = element("w:bookmarkStart", id=str(number), name=name)
    properties = paragraph._p.pPr
    if properties is None:
        paragraph._p.insert(0, start)
    else:
        properties.addnext(start)
    paragraph._p.append(element("w:bookmarkEnd", id=str(number)))


def describe_picture(run: WordRun, name: str, alternative: str) -> None:
    """Give the picture in a run its alternative text."""
    for properties in run._r.iter(qn("wp:docPr"), qn("pic:cNvPr")):
        properties.set("name", one_line(name))
        properties.set("descr", one_line(alternative))


def lay_out_table(table: WordTable, widths: list[int], caption: str, *, total_row: bool) -> None:
    """Set fixed widths (EMU), mark heading and total row for style and screen reader, and give the table its name."""
    table.autofit = False
    properties = table._tbl.tblPr
    for old in properties.findall(qn("w:tblW")) + properties.findall(qn("w:tblLook")):
        properties.remove(old)
    layout = properties.find(qn("w:tblLayout"))
    layout.addprevious(element("w:tblW", w=str(round(sum(widths) / 635)), type="dxa"))
    look = element("w:tblLook", val="0060" if total_row else "0020", firstRow="1", lastRow="1" if total_row else "0")
    for name in ("firstColumn", "lastColumn"):
        look.set(qn(f"w:{name}"), "0")
    for name in ("noHBand", "noVBand"):
        look.set(qn(f"w:{name}"), "1")
    properties.append(look)
    properties.append(element("w:tblCaption", val=one_line(caption)))
    for column, width in zip(table._tbl.tblGrid.findall(qn("w:gridCol")), widths, strict=True):
        column.set(qn("w:w"), str(round(width / 635)))  # 635 EMU are a twentieth of a point


def mark_row(row: Any, *, heading: bool = False, whole: bool = True) -> None:
    """Repeat a row at the top of each page (``heading``); keep it on one page (``whole``)."""
    properties = row.get_or_add_trPr()
    if whole:
        properties.append(element("w:cantSplit"))
    if heading:
        properties.append(element("w:tblHeader"))


def set_file_settings(document: WordDocument, language: str) -> None:
    """Language of the theme, decimal sign, break off long words, and no compatibility mode."""
    settings = document.settings.element
    values = {
        "w:themeFontLang": LOCALES[language],
        "w:decimalSymbol": "," if language == "nl" else ".",
        "w:listSeparator": ";" if language == "nl" else ",",
    }
    for tag, value in values.items():
        found = settings.find(qn(tag))
        if found is not None:
            found.set(qn("w:val"), value)
    tab_stop = settings.find(qn("w:defaultTabStop"))
    if tab_stop is not None:  # the schema wants hyphenation right after it
        tab_stop.addnext(element("w:consecutiveHyphenLimit", val="2"))
        tab_stop.addnext(element("w:autoHyphenation"))
    drop_thumbnail(document)
    for setting in settings.iter(qn("w:compatSetting")):
        if setting.get(qn("w:name")) == "compatibilityMode":
            setting.set(qn("w:val"), "15")
