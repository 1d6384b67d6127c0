"""The evidence table as a Word file: a landscape document that can be read back."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from pipelines.domain.evidence_table import Column, EvidenceTable
from pipelines.strings import Language, text


def word_from_table(table: EvidenceTable, language: Language) -> bytes:
    """The table as a Word file that can be read back: every statement is a line with its id and italic source note."""
    document = Document()
    document.core_properties.title = text("table.title", language)
    document.core_properties.author = ""
    document.core_properties.created = document.core_properties.modified = datetime(2000, 1, 1)
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Mm(297), Mm(210)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Mm(18)
    style: Any = document.styles["Normal"]
    style.font.name, style.font.size = "Calibri", Pt(10)
    style.paragraph_format.space_after = Pt(3)
    document.add_heading(text("table.title", language), level=0)
    document.add_paragraph(text("table.version", language, version=table.version))
    _write_grid(document, table, language)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _write_grid(document: Any, table: EvidenceTable, language: Language) -> None:
    grid = document.add_table(rows=1, cols=3, style="Table Grid")
    for cell, column in zip(grid.rows[0].cells, Column, strict=True):
        _write(cell, [(text(f"column_question.{column.value}", language), True, False)])
    header = OxmlElement("w:tblHeader")
    header.set(qn("w:val"), "true")
    grid.rows[0]._tr.get_or_add_trPr().append(header)
    chapter = None
    for row in table.rows:
        if row.chapter != chapter:
            chapter = row.chapter
            _write_over_all(grid, text(f"theme.{chapter.value}", language), fill="D6E3EC")
        _write_over_all(grid, f"{row.id} · {row.title(language)}", fill="EEF3F7")
        cells = grid.add_row().cells
        for cell, column in zip(cells, Column, strict=True):
            lines = [
                [(f"{s.id} ", True, False), (s.text(language), False, False), (f" {s.source}", False, True)]
                for s in row.column(column)
            ]
            for index, line in enumerate(lines):
                _write(cell, [part for part in line if part[0].strip()], new=index > 0)


def _write_over_all(grid: Any, words: str, fill: str) -> None:
    cells = grid.add_row().cells
    merged = cells[0].merge(cells[2])
    _write(merged, [(words, True, False)])
    merged.paragraphs[0].paragraph_format.keep_with_next = True
    shade = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", fill)):
        shade.set(qn(f"w:{name}"), value)
    merged._tc.get_or_add_tcPr().append(shade)


def _write(cell: Any, runs: list[tuple[str, bool, bool]], *, new: bool = False) -> None:
    paragraph = cell.add_paragraph() if new else cell.paragraphs[0]
    for words, bold, italic in runs:
        run = paragraph.add_run(words)
        run.bold, run.italic = bold, italic
