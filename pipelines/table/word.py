"""The evidence table as a Word file: a landscape document that can be edited and read back.

It looks like the table in the update note and carries the whole table, both languages, out of sight
(:mod:`pipelines.office.carried`).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Emu, Mm, Pt, RGBColor
from docx.table import Table, _Cell, _Row

from pipelines.domain.evidence_table import Column, EvidenceTable, Statement
from pipelines.domain.reports import CarriedData
from pipelines.office.carried import attach_carried
from pipelines.office.saving import drop_thumbnail, saved
from pipelines.office.table_styles import SOURCE_STYLE
from pipelines.office.writable import writable
from pipelines.strings import Language, text

_MARGIN = Mm(18)
_WIDTH = Mm(297) - 2 * _MARGIN
_FONT = "Arial"
_LOCALES = {"nl": "nl-NL", "en": "en-GB"}
_HEAD_FILL, _CHAPTER_FILL, _ROW_FILL = "00476F", "CFDDE6", "EEF3F6"
_FIXED_MOMENT = datetime(2000, 1, 1)
"""The same table gives the same file; its version says how old it is."""


def word_from_table(table: EvidenceTable, language: Language) -> bytes:
    """The table as a Word file that can be read back: every statement is a line with its id and italic source note.

    The same table gives the same bytes.
    """
    document: Any = Document()
    properties = document.core_properties
    properties.title, properties.author, properties.comments = text("table.title", language), "", ""
    properties.created = properties.modified = _FIXED_MOMENT
    properties.language = _LOCALES[language]
    drop_thumbnail(document)
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Mm(297), Mm(210)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = _MARGIN
    _prepare_styles(document, language)
    document.add_paragraph(text("table.title", language), style="Title")
    document.add_paragraph(writable(text("table.version", language, version=table.version)))
    _write_grid(document, table, language)
    attach_carried(document, CarriedData(language=language, table=table))
    return saved(document)


def _prepare_styles(document: Any, language: Language) -> None:
    for name, size in (("Normal", 9.5), ("Title", 20)):
        style = document.styles[name]
        style.font.name, style.font.size = _FONT, Pt(size)
        fonts = style.element.rPr.rFonts
        for attribute in [a for a in fonts.attrib if "heme" in a]:  # those of the theme would win
            del fonts.attrib[attribute]
        style.paragraph_format.space_after = Pt(3 if name == "Normal" else 6)
    source = document.styles.add_style(SOURCE_STYLE, WD_STYLE_TYPE.CHARACTER)
    source.font.size, source.font.color.rgb = Pt(8.5), RGBColor(0x47, 0x53, 0x5F)
    default = document.styles.element.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}/{qn('w:rPr')}")
    default.find(qn("w:lang")).set(qn("w:val"), _LOCALES[language])


def _write_grid(document: Any, table: EvidenceTable, language: Language) -> None:
    grid: Table = document.add_table(rows=1, cols=len(Column), style="Table Grid")
    grid.autofit = False
    _pad(grid)
    for column in grid.columns:
        column.width = Emu(_WIDTH // len(Column))
    head = grid.rows[0]
    _mark(head, "w:cantSplit", "w:tblHeader")
    for cell, column in zip(head.cells, Column, strict=True):
        run = cell.paragraphs[0].add_run(text(f"column_question.{column.value}", language))
        run.bold, run.font.color.rgb = True, RGBColor(0xFF, 0xFF, 0xFF)
        _shade(cell, _HEAD_FILL)
    chapter = None
    for row in table.rows:
        if row.chapter != chapter:
            chapter = row.chapter
            _write_over_all(grid, text(f"theme.{chapter.value}", language), _CHAPTER_FILL)
        _write_over_all(grid, f"{row.id} · {row.title(language)}", _ROW_FILL)
        for cell, column in zip(grid.add_row().cells, Column, strict=True):
            for place, statement in enumerate(row.column(column)):
                _write(cell, statement, language, new=place > 0)


def _write(cell: _Cell, statement: Statement, language: Language, *, new: bool) -> None:
    paragraph: Any = cell.add_paragraph() if new else cell.paragraphs[0]
    paragraph.paragraph_format.keep_together = True  # a row that runs over a page parts between statements
    paragraph.add_run(f"{statement.id} ").bold = True
    paragraph.add_run(writable(statement.text(language)))
    if statement.source:
        source = paragraph.add_run(f" {writable(statement.source)}", style=SOURCE_STYLE)
        source.italic = True


def _write_over_all(grid: Table, words: str, fill: str) -> None:
    row = grid.add_row()
    _mark(row, "w:cantSplit")
    merged = row.cells[0].merge(row.cells[-1])
    merged.paragraphs[0].add_run(writable(words)).bold = True
    merged.paragraphs[0].paragraph_format.keep_with_next = True
    _shade(merged, fill)


def _mark(row: _Row, *tags: str) -> None:
    for tag in tags:
        row._tr.get_or_add_trPr().append(OxmlElement(tag))


def _pad(grid: Table) -> None:
    """Leave some room between the lines and the words."""
    margins = OxmlElement("w:tblCellMar")
    for side, twentieths in (("top", 40), ("left", 90), ("bottom", 20), ("right", 90)):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), str(twentieths))
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    grid._tbl.tblPr.find(qn("w:tblLook")).addprevious(margins)  # pyright: ignore[reportOptionalMemberAccess]


def _shade(cell: _Cell, fill: str) -> None:
    shade = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", fill)):
        shade.set(qn(f"w:{name}"), value)
    cell._tc.get_or_add_tcPr().append(shade)
