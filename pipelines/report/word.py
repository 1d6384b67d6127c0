"""The report as a Word file."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from typing import Any

import docx
from docx.document import Document as WordDocument
from docx.enum.section import WD_ORIENTATION, WD_SECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.section import Section as WordSection
from docx.shared import Cm, Pt
from docx.table import _Cell as WordCell
from docx.text.paragraph import Paragraph as WordParagraph

from pipelines.domain.reports import (
    BulletList,
    Cell,
    Paragraph,
    Plot,
    Quotation,
    RevisedTable,
    Section,
    Span,
    Table,
    UpdateReport,
)
from pipelines.office.carried import attach_carried
from pipelines.office.marking import ChangeMarks
from pipelines.office.saving import saved
from pipelines.report import word_styles as styles
from pipelines.report.charts import draw_png
from pipelines.report.numbering import caption_numbers, chapter_numbers, walk
from pipelines.report.plain import one_line, web_address
from pipelines.report.word_parts import (
    add_bookmark,
    add_field,
    add_run,
    add_spans,
    begin_field,
    describe_picture,
    end_field,
    lay_out_table,
    link,
    mark_row,
    plain_run,
    set_file_settings,
    styled_paragraph,
)
from pipelines.report.word_revised import RevisedTableWriter, add_table_styles
from pipelines.strings import Language, text

#: Items that the paragraph before them leads to, and stays with.
_LED = Quotation | Plot | Table | RevisedTable
_PARAGRAPH_STYLES = {"body": "Normal", "note": styles.NOTE, "lead": styles.LEAD}
_CELL_STYLES = {"body": styles.CELL, "note": styles.CELL_NOTE, "quote": styles.CELL_QUOTE, "source": styles.CELL_SOURCE}
#: Rows with a cell of more characters than this may run over a page; shorter ones are kept whole. The longest cell of
#: the starting table has 770; with a limit of 500 a row was seen to leave one line at the foot of a page.
_WHOLE_ROW_CHARACTERS = 1000


class _WordReport:
    """One report on its way into one Word file."""

    def __init__(self, report: UpdateReport) -> None:
        self.report = report
        self.language: Language = report.language
        self.chapters = chapter_numbers(report)
        self.captions = caption_numbers(report)
        self.document: WordDocument = docx.Document()
        self.marks = ChangeMarks(self.document)
        self._end: Any = self.document.element.body.sectPr
        self.lying = False
        self._bookmarks = {
            section.anchor: (n, f"_Toc{100000 + n}") for n, (_, section) in enumerate(walk(report.sections), start=1)
        }

    def say(self, key: str, **values: object) -> str:
        return text(f"report.{key}", self.language, **values)

    def write(self) -> bytes:
        styles.prepare_styles(self.document, self.language)
        if any(isinstance(item, RevisedTable) for _, section in walk(self.report.sections) for item in section.items):
            add_table_styles(self.document)
        self._style_ids = {style.name: style.style_id for style in self.document.styles}
        set_file_settings(self.document, self.language)
        self._properties()
        self._first_page()
        for place, chapter in enumerate(self.report.sections):
            # The contents list has the first page for itself.
            turned = self._turn_page(chapter.landscape, always=place == 0)
            self._section(chapter, 1, top=turned)
        if self.report.carried is not None:
            attach_carried(self.document, self.report.carried, self.marks.stamps)
        return saved(self.document)

    def _properties(self) -> None:
        properties, created = self.document.core_properties, self.report.created
        moment = datetime(*(created.astimezone(UTC) if created.tzinfo else created).timetuple()[:6])
        properties.title, properties.subject = one_line(self.report.title), one_line(self.report.subtitle)
        properties.author = properties.last_modified_by = "Kennisstand"
        properties.keywords, properties.comments, properties.category = self.say("keywords"), "", ""
        properties.language = styles.LOCALES[self.language]
        properties.created = properties.modified = moment
        properties.revision = 1
        properties.identifier = self.report.run

    def _add(self, style: str, content: str = "") -> WordParagraph:
        """Add a paragraph.

        By the id of its style and before the element that ends the document: python-docx goes through all styles for a
        name, and through all paragraphs for the end.
        """
        added = styled_paragraph(self._end, self._style_ids[style])
        self._end.addprevious(added)
        paragraph = WordParagraph(added, self.document._body)
        if content:
            plain_run(paragraph, content)
        return paragraph

    # Pages

    def _first_page(self) -> None:
        section = self.document.sections[0]
        self._set_page(section, lying=False)
        section.different_first_page_header_footer = True
        self._footer(section.first_page_footer.paragraphs[0])
        self._footer(section.footer.paragraphs[0])
        header = section.header.paragraphs[0]
        header.text = f"{one_line(self.report.title)}  ·  {one_line(self.report.subtitle)}"
        self._add("Title", one_line(self.report.title))
        self._add("Subtitle", one_line(self.report.subtitle))
        self._contents()

    def _set_page(self, section: WordSection, *, lying: bool) -> None:
        width, height = styles.PAGE_WIDTH, styles.PAGE_HEIGHT
        section.orientation = WD_ORIENTATION.LANDSCAPE if lying else WD_ORIENTATION.PORTRAIT
        section.page_width, section.page_height = (height, width) if lying else (width, height)
        margin = styles.LYING_MARGIN if lying else styles.MARGIN
        section.left_margin = section.right_margin = margin
        section.top_margin = section.bottom_margin = Cm(2.2)
        section.header_distance = section.footer_distance = Cm(1.1)

    def _turn_page(self, lying: bool, *, always: bool) -> bool:
        """Begin a new page, standing or lying, where the next chapter needs another one than the last."""
        if lying == self.lying and not always:
            return False
        section = self.document.add_section(WD_SECTION.NEW_PAGE)
        section.different_first_page_header_footer = False
        self._set_page(section, lying=lying)
        self.lying = lying
        return True

    def _footer(self, paragraph: WordParagraph) -> None:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        for part in re.split(r"(<PAGE>|<NUMPAGES>)", self.say("page_of", page="<PAGE>", pages="<NUMPAGES>")):
            if part in {"<PAGE>", "<NUMPAGES>"}:
                add_field(paragraph, part.strip("<>"), "1")
            elif part:
                plain_run(paragraph, part)

    def _contents(self) -> None:
        """A contents list that Word can bring up to date, filled with the entries as they are now.

        Page numbers are left to Word (right click, Update field): they depend on its own fonts and line breaks, and
        asking Word to fill them on opening makes it question the reader about outside links.
        """
        self._add("TOC Heading", self.say("contents"))
        entries = [(depth, s) for depth, s in walk(self.report.sections) if depth <= 3]
        paragraph = None
        for depth, section in entries:
            first = paragraph is None
            paragraph = self._add(f"toc {depth}")
            if first:
                begin_field(paragraph, 'TOC \\o "1-3" \\h \\z \\u')
            with link(paragraph, anchor=self._bookmarks[section.anchor][1]):
                number = self.chapters.get(section.anchor)
                plain_run(paragraph, (f"{number}\t" if number else "") + one_line(section.title))
        if paragraph is not None:
            end_field(paragraph)

    # The tree

    def _section(self, section: Section, depth: int, *, top: bool = False) -> None:
        """Write a section and those in it; ``top`` where it begins at the top of a page."""
        heading = self._add(f"Heading {min(depth, 9)}", one_line(section.title))
        if top:
            heading.paragraph_format.space_before = Pt(0)
        number, name = self._bookmarks[section.anchor]
        add_bookmark(heading, name, number)
        for place, item in enumerate(section.items):
            if isinstance(item, Paragraph):
                following = section.items[place + 1 : place + 2]
                leads = item.style != "note" and isinstance(
                    next(iter(following), None), Quotation | Plot | Table | RevisedTable
                )
                self._paragraph(item, stay=leads)
            else:
                self._item(item)
        for below in section.sections:
            self._section(below, depth + 1)

    def _item(self, item: BulletList | Quotation | Table | RevisedTable | Plot) -> None:
        if isinstance(item, BulletList):
            for spans in item.items:
                add_spans(self._add("List Bullet"), spans, self.language)
        elif isinstance(item, Quotation):
            self._quotation(item)
        elif isinstance(item, Table):
            self._table(item)
        elif isinstance(item, RevisedTable):
            self._revised_table(item)
        else:
            self._plot(item)

    def _paragraph(self, item: Paragraph, *, stay: bool) -> None:
        """Add a paragraph; ``stay`` keeps it on the page of what follows."""
        paragraph = self._add(_PARAGRAPH_STYLES[item.style])
        add_spans(paragraph, item.spans, self.language)
        before = paragraph._p.getprevious()
        if before is not None and before.tag == qn("w:tbl"):
            paragraph.paragraph_format.space_before = Pt(6)
        if stay:
            paragraph.paragraph_format.keep_with_next = True

    def _quotation(self, item: Quotation) -> None:
        source = self._add(styles.SOURCE)
        plain_run(source, f"{item.number}  ", bold=True)
        address = web_address(item.url)
        if address:
            with link(source, address=address) as dress:
                dress(plain_run(source, one_line(item.source)))
        else:
            plain_run(source, one_line(item.source))
        start, end = item.key_start or 0, item.key_end or 0
        parts = ((item.text[:start], False), (item.text[start:end], True), (item.text[end:], False))
        quote = self._add("Quote")
        for part, bold in parts:
            if part:
                add_run(quote, Span(text=part, bold=bold, language=item.language), self.language)
        self._below_quotation(item)

    def _below_quotation(self, item: Quotation) -> None:
        """What is proposed about a passage, as one paragraph of several lines: so it never parts over two pages."""
        below = self._add(styles.LABELS)
        for place, (name, value) in enumerate(item.labels):
            # No break between a name and the first word of its value, nor before the point that parts them.
            plain_run(below, ("\u00a0\u00a0· " if place else "") + one_line(name) + ":\u00a0")
            plain_run(below, one_line(value), bold=True)
        lines = (
            ("statement", item.statement),
            ("also_in", "; ".join(item.also_in)),
            ("why", item.why),
            ("second_opinion", item.second_opinion),
        )
        for name, value in lines:
            if value:
                plain_run(below, "\n" + self.say(f"label.{name}") + ": ", bold=True)
                plain_run(below, one_line(value))

    def _caption(self, label: str, anchor: str, caption: str) -> WordParagraph:
        paragraph = self._add("Caption")
        name = self.say(label)
        plain_run(paragraph, f"{name} ")
        add_field(paragraph, f"SEQ {name} \\* ARABIC", str(self.captions[anchor]))
        plain_run(paragraph, f". {one_line(caption)}")
        return paragraph

    def _plot(self, item: Plot) -> None:
        paragraph = self._add(styles.PLOT)
        run = plain_run(paragraph)
        run.add_picture(io.BytesIO(draw_png(item)), width=styles.TEXT_WIDTH)
        describe_picture(run, item.caption, item.alternative)
        self._caption("figure_label", item.anchor, item.caption)

    # Tables

    def _table(self, item: Table) -> None:
        self._caption("table_label", item.anchor, item.caption).paragraph_format.keep_with_next = True
        total = styles.LYING_TEXT_WIDTH if self.lying else styles.TEXT_WIDTH
        shares = item.widths or tuple(1.0 for _ in item.header)
        widths = [round(total * share / sum(shares)) for share in shares]
        table = self.document.add_table(rows=1 + len(item.rows), cols=len(item.header))
        table.style = styles.TABLE
        lay_out_table(table, widths, item.caption, total_row=item.total_row)
        heading, *rows = table._tbl.tr_lst
        mark_row(heading, heading=True)
        for place, (tc, name) in enumerate(zip(heading.tc_lst, item.header, strict=True)):
            paragraph = self._cell_paragraph(WordCell(tc, table), widths[place], styles.CELL_HEAD)
            plain_run(paragraph, one_line(name))
            if place in item.number_columns:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        for tr, row in zip(rows, item.rows, strict=True):
            n_characters = max(sum(len(s.text) for line in c.lines for s in line.spans) for c in row)
            mark_row(tr, whole=n_characters < _WHOLE_ROW_CHARACTERS)
            for place, (tc, cell) in enumerate(zip(tr.tc_lst, row, strict=True)):
                self._fill_cell(WordCell(tc, table), cell, widths[place], number=place in item.number_columns)

    def _revised_table(self, item: RevisedTable) -> None:
        self._caption("table_label", item.anchor, item.caption).paragraph_format.keep_with_next = True
        width = styles.LYING_TEXT_WIDTH if self.lying else styles.TEXT_WIDTH
        RevisedTableWriter(self.document, self.marks, self.language, width).write(item)

    def _cell_paragraph(self, cell: WordCell, width: int, style: str) -> WordParagraph:
        cell.width = width  # pyright: ignore[reportAttributeAccessIssue]
        paragraph = cell.paragraphs[0]
        paragraph._p.style = self._style_ids[style]
        return paragraph

    def _fill_cell(self, cell: WordCell, content: Cell, width: int, *, number: bool) -> None:
        first = self._cell_paragraph(cell, width, styles.CELL)
        for place, line in enumerate(content.lines):
            paragraph = first if place == 0 else cell.add_paragraph()
            paragraph._p.style = self._style_ids[_CELL_STYLES[line.style]]
            add_spans(paragraph, line.spans, self.language)
            if number:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            if place + 1 < len(content.lines) and content.lines[place + 1].style in {"note", "source"}:
                paragraph.paragraph_format.keep_with_next = True


def render_word(report: UpdateReport) -> bytes:
    """Write a report as a Word file (A4; the chapters with wide tables lie down).

    The same report gives the same bytes. Characters that XML cannot hold are left out.
    """
    return _WordReport(report).write()
