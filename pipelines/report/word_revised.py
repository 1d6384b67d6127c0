"""The council's table in Word with its changes: tracked changes, and comments that say why.

Each statement is one paragraph that begins with its id in bold, so that it can be found again when the file comes back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from docx.document import Document as WordDocument
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml.ns import qn
from docx.shared import Emu, Pt, RGBColor
from docx.table import Table as WordTable
from docx.table import _Cell as WordCell
from docx.text.paragraph import Paragraph as WordParagraph

from pipelines.domain.evidence_table import Column
from pipelines.domain.reports import RevisedRow, RevisedStatement, RevisedTable, Span
from pipelines.office.marking import ChangeMarks, separators
from pipelines.office.package import Element
from pipelines.office.stamp import Change, Stamp
from pipelines.office.table_styles import CONFIDENCE_STYLE, SOURCE_STYLE
from pipelines.report import word_styles as styles
from pipelines.report.plain import one_line
from pipelines.report.word_parts import add_run, element, lay_out_table, mark_row
from pipelines.strings import text

#: Rows with more characters than this in one cell may run over a page: those of :mod:`~pipelines.report.word`.
_WHOLE_ROW_CHARACTERS = 1000
_CHAPTER_FILL, _ROW_FILL = "CFDDE6", "EEF3F6"


def add_table_styles(document: WordDocument) -> None:
    """Character styles by which source notes and confidence are known again when the file comes back."""
    for name, size in ((SOURCE_STYLE, 8.0), (CONFIDENCE_STYLE, 7.5)):
        style = document.styles.add_style(name, WD_STYLE_TYPE.CHARACTER)
        style.font.size = Pt(size)  # pyright: ignore[reportAttributeAccessIssue]
        style.font.color.rgb = RGBColor(0x47, 0x53, 0x5F)  # pyright: ignore[reportAttributeAccessIssue]


@dataclass(frozen=True)
class _Written:
    """A paragraph of a cell, and what happens to it as a whole."""

    paragraph: WordParagraph
    change: Change | None
    stamp: Stamp


class RevisedTableWriter:
    """Writes a revised table into a document.

    Parameters
    ----------
    document
        With the styles of the report and those of :func:`add_table_styles`.
    marks
        Numbers the tracked changes and comments of the document.
    language
        Of the report.
    width
        Of the table, in EMU.
    """

    def __init__(self, document: WordDocument, marks: ChangeMarks, language: str, width: int) -> None:
        self._document, self._marks, self._language, self._width = document, marks, language, width
        self._style_ids = {style.name: style.style_id for style in document.styles}

    def write(self, item: RevisedTable) -> None:
        """Add the table at the end of the document."""
        widths = [round(self._width / 3)] * 3
        table = self._document.add_table(rows=1, cols=3)
        table.style = styles.TABLE
        lay_out_table(table, widths, item.caption, total_row=False)
        self._draw_columns(table)
        heading = table._tbl.tr_lst[0]
        mark_row(heading, heading=True)
        for tc, name, width in zip(heading.tc_lst, item.header, widths, strict=True):
            cell = WordCell(tc, table)
            cell.width = width  # pyright: ignore[reportAttributeAccessIssue]
            self._first(cell, styles.CELL_HEAD).add_run(one_line(name))
        for chapter in item.chapters:
            self._over_all(table, chapter.title, _CHAPTER_FILL)
            for row in chapter.rows:
                self._row(table, row, widths)

    def _draw_columns(self, table: WordTable) -> None:
        """Lines between the columns, which other tables of the report do without."""
        borders = element("w:tblBorders")
        borders.append(element("w:insideV", val="single", sz="4", space="0", color="C5CCD3"))
        table._tbl.tblPr.find(qn("w:tblLayout")).addprevious(borders)  # pyright: ignore[reportOptionalMemberAccess]

    def _first(self, cell: WordCell, style: str) -> WordParagraph:
        paragraph = cell.paragraphs[0]
        paragraph._p.style = self._style_ids[style]
        return paragraph

    def _over_all(self, table: WordTable, words: str, fill: str) -> tuple[Element, WordParagraph]:
        """Add a heading over all columns."""
        row = table.add_row()
        first, *others = row._tr.tc_lst
        for tc in others:
            row._tr.remove(tc)
        first.width = Emu(self._width)
        first.grid_span = len(others) + 1
        first.get_or_add_tcPr().append(element("w:shd", val="clear", color="auto", fill=fill))
        paragraph = self._first(WordCell(first, table), styles.CELL)
        paragraph.paragraph_format.keep_with_next = True
        paragraph.add_run(one_line(words)).bold = True
        mark_row(row._tr)
        return row._tr, paragraph

    def _row(self, table: WordTable, row: RevisedRow, widths: Sequence[int]) -> None:
        # A row that goes has no author of its own: it goes with its statements.
        statements = [s for column in Column for s in row.column(column) if s.author]
        by = statements[0] if statements and not row.author else row
        stamp = Stamp.of(by.author, by.moment)
        heading, paragraph = self._over_all(table, f"{row.row_id} · {row.title}", _ROW_FILL)
        content = table.add_row()._tr
        longest = max(sum(_n_characters(s) for s in row.column(column)) for column in Column)
        mark_row(content, whole=longest < _WHOLE_ROW_CHARACTERS)
        for tc, column, width in zip(content.tc_lst, Column, widths, strict=True):
            cell = WordCell(tc, table)
            cell.width = width  # pyright: ignore[reportAttributeAccessIssue]
            self._fill(cell, row.column(column), row.whole, stamp)
        if row.whole is not None:
            self._marks.track_runs(paragraph._p.r_lst, row.whole, stamp)
            self._marks.track_row(heading, row.whole, stamp)
            self._marks.track_row(content, row.whole, stamp)

    def _fill(self, cell: WordCell, statements: Sequence[RevisedStatement], row: Change | None, stamp: Stamp) -> None:
        written: list[_Written] = []
        first = self._first(cell, styles.CELL)
        for place, statement in enumerate(statements):
            paragraph = first if place == 0 else cell.add_paragraph()
            paragraph._p.style = self._style_ids[styles.CELL]
            change = row or statement.whole
            own = stamp if row is not None and not statement.author else Stamp.of(statement.author, statement.moment)
            self._statement(paragraph, statement, change, own)
            written.append(_Written(paragraph, change, own))
        for place, (mark, one) in enumerate(zip(separators([w.change for w in written]), written, strict=True)):
            if mark is not None:
                made_by = one if one.change is not None else written[place + 1]
                self._marks.track_paragraph_mark(one.paragraph._p, mark, made_by.stamp)

    def _statement(
        self, paragraph: WordParagraph, statement: RevisedStatement, whole: Change | None, stamp: Stamp
    ) -> None:
        """Write a statement; ``whole`` where all of it comes or goes."""
        paragraph.add_run(f"{statement.statement_id} ").bold = True
        if statement.state != "kept":
            state = text(f"note.table.state.{statement.state}", "en" if self._language == "en" else "nl")
            # In the style of the confidence, so that it is left out when the file is read back.
            paragraph.add_run(f"[{state}] ")._r.style = self._style_ids[CONFIDENCE_STYLE]
        source = _after_space(statement.source)
        changed: list[Element] = []
        for span, style in (*((s, None) for s in statement.spans), *((s, SOURCE_STYLE) for s in source)):
            if not span.text or (whole is not None and span.change not in {None, whole}):
                continue
            run = add_run(paragraph, span, self._language)
            if style is not None:
                run._r.style = self._style_ids[style]
                run.italic = True
            if whole is None and span.change is not None:
                changed.append(self._marks.track_runs([run._r], span.change, stamp))
        if statement.confidence:
            run = paragraph.add_run(f"  {one_line(statement.confidence)}")
            run._r.style = self._style_ids[CONFIDENCE_STYLE]
        runs = paragraph._p.r_lst
        if whole is not None:
            changed = [self._marks.track_runs(runs, whole, stamp)]
        if statement.remark is not None:
            remark = statement.remark
            parts = changed or runs
            self._marks.comment([parts[0], parts[-1]], remark.lines, Stamp.of(remark.author, remark.moment))


def _n_characters(statement: RevisedStatement) -> int:
    return sum(len(span.text) for span in (*statement.spans, *statement.source))


def _after_space(source: Sequence[Span]) -> list[Span]:
    """The source note with a space before it, which comes and goes with the note as a whole."""
    filled = [span for span in source if span.text]
    changes = {span.change for span in filled}
    if len(changes) > 1:
        return [Span(text=" ", italic=True), *filled]
    return [span.model_copy(update={"text": f" {span.text}"}) if n == 0 else span for n, span in enumerate(filled)]
