"""Writes a written source as Word file, with real heading styles, footnotes, a table and page numbers."""

from __future__ import annotations

import zipfile
from datetime import datetime
from io import BytesIO
from xml.sax.saxutils import escape

from docx import Document
from docx.document import Document as DocumentObject
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part as PackagePart
from docx.oxml import OxmlElement
from docx.oxml.ns import nsdecls, qn
from docx.shared import Cm, Pt, RGBColor
from docx.styles.style import CharacterStyle, ParagraphStyle
from docx.text.paragraph import Paragraph
from docx.text.run import Run as WordRun

from pipelines.examples.written import Part, Written, inline, plain
from pipelines.examples.zipped import zipped

_FOOTNOTES_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
_PROGRAM_PROPERTIES = "docProps/app.xml"
"""Where Word keeps the name of the organisation, which python-docx cannot set."""
_INK = RGBColor(0x1F, 0x2A, 0x44)
_FONT = "Arial"


def write_docx(written: Written) -> bytes:
    """Write one Word file; the same source gives the same bytes."""
    document = Document()
    _set_up(document, written)
    front = written.front
    document.add_paragraph(front["title"], style="Title")
    document.add_paragraph(front["subtitle"], style="Subtitle")
    for line in (front["authors"], front["publisher"], front["place_and_date"]):
        document.add_paragraph(line, style="Byline")
    writer = _Writer(document, written)
    for part in written.parts:
        writer.add(part)
    _add_footnotes(document, written)
    buffer = BytesIO()
    document.save(buffer)
    with zipfile.ZipFile(buffer) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    company = f"<Company>{escape(front['publisher'])}</Company>".encode()
    members[_PROGRAM_PROPERTIES] = members[_PROGRAM_PROPERTIES].replace(b"<Company/>", company)
    return zipped(members.items(), front["date"])


def _set_up(document: DocumentObject, written: Written) -> None:
    front = written.front
    _set_properties(document, written)
    _set_styles(document)
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    # As wide as the tab stops of the header style of the template.
    section.left_margin = section.right_margin = Cm(2.245)
    section.top_margin = section.bottom_margin = Cm(2.4)
    section.header.paragraphs[0].text = f"{front['running_title']}\t\t{front['running_publisher']}"
    foot = section.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _add_page_number(foot)


def _set_properties(document: DocumentObject, written: Written) -> None:
    front = written.front
    moment = datetime.fromisoformat(front["date"]).replace(hour=9)
    core = document.core_properties
    core.title, core.author, core.subject = front["title"], front["authors"], front["publisher"]
    core.created = core.modified = moment
    core.last_modified_by, core.comments, core.revision = front["authors"], "", 1
    core.language = "nl-NL" if written.dutch else "en-GB"


def _set_styles(document: DocumentObject) -> None:
    normal = _style(document, "Normal")
    normal.font.name, normal.font.size = _FONT, Pt(10.5)
    normal.paragraph_format.space_after = Pt(8)
    normal.paragraph_format.line_spacing = 1.12
    for name, size in (("Title", 24), ("Subtitle", 14), ("Heading 1", 16), ("Heading 2", 12.5)):
        style = _style(document, name)
        style.font.name, style.font.size, style.font.color.rgb = _FONT, Pt(size), _INK
        # Theme fonts of the template go before the name unless they are taken away.
        fonts = style.element.rPr.rFonts
        for attribute in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{attribute}"), None)
        fonts.set(qn("w:ascii"), _FONT)
        fonts.set(qn("w:hAnsi"), _FONT)
        style.paragraph_format.space_after = Pt(5)
    _new_style(document, "Byline", 11, 2)
    _new_style(document, "Small Print", 9, 6)
    _new_style(document, "footnote text", 9, 0)
    mark = document.styles.add_style("footnote reference", WD_STYLE_TYPE.CHARACTER)
    assert isinstance(mark, CharacterStyle)
    mark.font.superscript = True


def _style(document: DocumentObject, name: str) -> ParagraphStyle:
    style = document.styles[name]
    assert isinstance(style, ParagraphStyle)
    return style


def _new_style(document: DocumentObject, name: str, size: float, after: float) -> None:
    style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    assert isinstance(style, ParagraphStyle)
    style.base_style = _style(document, "Normal")
    style.font.size = Pt(size)
    style.paragraph_format.space_after = Pt(after)


def _add_page_number(paragraph: Paragraph) -> None:
    for kind, text in (("begin", ""), ("", " PAGE "), ("separate", ""), ("text", "1"), ("end", "")):
        run = paragraph.add_run("1" if kind == "text" else "")
        if kind in ("begin", "separate", "end"):
            sign = OxmlElement("w:fldChar")
            sign.set(qn("w:fldCharType"), kind)
            run._r.append(sign)
        elif not kind:
            code = OxmlElement("w:instrText")
            code.text = text
            run._r.append(code)


class _Writer:
    """Adds parts to a Word document."""

    def __init__(self, document: DocumentObject, written: Written) -> None:
        self.document = document
        self.numbers = {label: number for number, label in enumerate(written.notes, 1)}

    def add(self, part: Part) -> None:
        """Add one part, with what it holds."""
        if part.kind == "heading":
            self.document.add_heading(plain(part.text), level=part.level)
        elif part.kind == "paragraph":
            self._fill(self.document.add_paragraph(), part.text)
        elif part.kind == "item":
            self._fill(self.document.add_paragraph(style="List Bullet"), part.text)
        elif part.kind in ("table", "figure"):
            self._add_table(part)
        elif part.kind == "box":
            self._add_box(part)
        else:
            self.document.add_heading(part.text, level=1)
            for inner in part.parts:
                style = "Normal" if part.kind == "summary" else "Small Print"
                self._fill(self.document.add_paragraph(style=style), inner.text)

    def _fill(self, paragraph: Paragraph, text: str) -> None:
        for run in inline(text):
            if run.note is None:
                word_run = paragraph.add_run(run.text)
                word_run.bold = run.bold or None
                word_run.italic = run.italic or None
            else:
                _refer(paragraph.add_run(), self.numbers[run.note])

    def _add_table(self, part: Part) -> None:
        caption = self.document.add_paragraph(plain(part.text), style="Caption")
        caption.paragraph_format.keep_with_next = True
        table = self.document.add_table(rows=0, cols=len(part.rows[0]), style="Light Grid Accent 1")
        for index, row in enumerate(part.rows):
            cells = table.add_row().cells
            for cell, text in zip(cells, row, strict=True):
                look = cell.paragraphs[0].paragraph_format
                look.space_after = Pt(2)
                look.keep_with_next = index < len(part.rows) - 1
                run = cell.paragraphs[0].add_run(plain(text))
                run.font.size = Pt(9.5)
                run.bold = index == 0
        table.autofit = False
        for column, width in zip(table.columns, _widths(len(part.rows[0])), strict=True):
            column.width = width
            for cell in column.cells:
                cell.width = width
        self.document.add_paragraph().paragraph_format.space_after = Pt(2)

    def _add_box(self, part: Part) -> None:
        cell = self.document.add_table(rows=1, cols=1, style="Table Grid").rows[0].cells[0]
        cell.paragraphs[0].add_run(part.text).bold = True
        for inner in part.parts:
            style = "List Bullet" if inner.kind == "item" else "Normal"
            self._fill(cell.add_paragraph(style=style), inner.text)
        self.document.add_paragraph().paragraph_format.space_after = Pt(2)


def _widths(n_columns: int) -> list[Cm]:
    """The first column is twice as wide as the others; together 16.4 cm."""
    share = 16.4 / (n_columns + 1)
    return [Cm(2 * share)] + [Cm(share)] * (n_columns - 1)


def _refer(run: WordRun, number: int) -> None:
    run.style = "footnote reference"
    reference = OxmlElement("w:footnoteReference")
    reference.set(qn("w:id"), str(number))
    run._r.append(reference)


def _add_footnotes(document: DocumentObject, written: Written) -> None:
    """Add the part with footnotes, which python-docx cannot write itself; ids -1 and 0 are the rules above notes."""
    rules = "".join(
        f'<w:footnote w:type="{kind}" w:id="{number}"><w:p><w:r><w:{element}/></w:r></w:p></w:footnote>'
        for kind, number, element in (
            ("separator", -1, "separator"),
            ("continuationSeparator", 0, "continuationSeparator"),
        )
    )
    notes = "".join(
        f'<w:footnote w:id="{number}"><w:p><w:pPr><w:pStyle w:val="FootnoteText"/></w:pPr>'
        '<w:r><w:rPr><w:rStyle w:val="FootnoteReference"/></w:rPr><w:footnoteRef/></w:r>'
        f'<w:r><w:t xml:space="preserve"> {escape(plain(text))}</w:t></w:r></w:p></w:footnote>'
        for number, text in enumerate(written.notes.values(), 1)
    )
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    content = f"{head}<w:footnotes {nsdecls('w')}>{rules}{notes}</w:footnotes>".encode()
    package = document.part.package
    assert package is not None
    part = PackagePart(PackURI("/word/footnotes.xml"), _FOOTNOTES_TYPE, content, package)
    document.part.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)
