"""The evidence table in Word: read with merged cells and italic notes, written as a landscape document."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph

from pipelines.domain.evidence_table import Column, EvidenceTable
from pipelines.errors import TableError
from pipelines.strings import Language, text
from pipelines.table.grid import Cell, GridRow, Piece, PrintedTable, is_header

_MOST_UNPACKED_BYTES = 200 * 2**20


def parts_from_word(content: bytes) -> list[PrintedTable]:
    """Printed parts of the table in a Word file, one for every printing of the header.

    Raises
    ------
    TableError
        It is no Word file.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(part.file_size for part in archive.infolist()) > _MOST_UNPACKED_BYTES:
                raise TableError("error.table_unreadable", format="Word", detail="> 200 MB")
        document = Document(io.BytesIO(content))
    except (PackageNotFoundError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise TableError("error.table_unreadable", format="Word", detail=str(error)[:200]) from error
    parts: list[list[GridRow]] = []
    for table in document.tables:
        inside = False
        for row in table.rows:
            grid = _row_cells(row)
            if is_header(grid):
                parts.append([])
                inside = True
            elif inside and len(grid) == 3:
                parts[-1].append(GridRow((grid[0], grid[1], grid[2])))
    return [PrintedTable(tuple(rows)) for rows in parts]


def _row_cells(row: Any) -> list[Cell]:
    """Cells of a row, a merged one once, filled up with empty cells to its width."""
    cells: list[Cell] = []
    seen: set[int] = set()
    for cell in row.cells:
        if id(cell._tc) in seen:
            cells.append(())
            continue
        seen.add(id(cell._tc))
        cells.append(tuple(line for line in (_line(p) for p in cell.paragraphs) if line))
    return cells


def _line(paragraph: Paragraph) -> tuple[Piece, ...]:
    style = (paragraph.style.name or "") if paragraph.style is not None else ""
    pieces = [Piece(run.text, bool(run.italic)) for run in paragraph.runs if run.text]
    if not any(piece.text.strip() for piece in pieces):
        return ()
    is_item = style.lower().startswith(("list", "lijst")) or paragraph._p.find(f".//{qn('w:numPr')}") is not None
    return (Piece("• "), *pieces) if is_item else tuple(pieces)


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
