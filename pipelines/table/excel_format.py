"""The evidence table as an Excel file, complete in both languages: a line a statement, every cell text."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from typing import Any

import openpyxl
import xlsxwriter
from openpyxl.utils.escape import unescape
from openpyxl.utils.exceptions import InvalidFileException

from pipelines.domain.evidence_table import EvidenceTable
from pipelines.errors import TableError
from pipelines.table.lines import COLUMNS, table_from_lines, table_lines

_WIDTHS = (6, 14, 28, 28, 10, 11, 60, 60, 24, 12, 10, 12)
_LONGEST_CELL = 32_767
"""Characters that a cell of Excel holds (specification of Microsoft); more would be cut off."""
_MOST_UNPACKED_BYTES = 200 * 2**20


def write_excel(table: EvidenceTable) -> bytes:
    """Write a table as an Excel file with a filter and a fixed header; no cell is a formula or a link.

    Raises
    ------
    TableError
        A text is longer than a cell can be.
    """
    buffer = io.BytesIO()
    # Texts in the cells themselves: openpyxl reads the list of shared texts with an error in what stands for control
    # characters (``_x000D_``), and a text with a line end of Windows would not come back.
    options = {
        "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False
    }  # fmt: skip
    lines = list(table_lines(table))
    with xlsxwriter.Workbook(buffer, options) as book:
        book.set_properties({"created": datetime(2000, 1, 1)})  # the same table gives the same file
        sheet: Any = book.add_worksheet("table")
        bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
        wrapped.set_num_format("@")  # typed over, an id or a day stays text
        for index, (title, width) in enumerate(zip(COLUMNS, _WIDTHS, strict=True)):
            sheet.set_column(index, index, width, wrapped)
            sheet.write_string(0, index, title, bold)
        for number, line in enumerate(lines, start=1):
            for index, value in enumerate(line):
                if len(value) > _LONGEST_CELL:
                    raise TableError("error.table_cell_long", format="Excel", place=line[4] or line[0])
                if value:
                    sheet.write_string(number, index, value)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, len(lines), len(COLUMNS) - 1)
    return buffer.getvalue()


def read_excel(content: bytes) -> EvidenceTable:
    """Read a table from the first sheet of an Excel file.

    Raises
    ------
    TableError
        It is no Excel file, or no evidence table.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(part.file_size for part in archive.infolist()) > _MOST_UNPACKED_BYTES:
                raise TableError("error.table_unreadable", format="Excel", detail="> 200 MB")
        # Values, not formulas: what the one who wrote a formula saw.
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        grid = [[_text(value) for value in line] for line in book.worksheets[0].iter_rows(values_only=True)]
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, TypeError, IndexError) as error:
        raise TableError("error.table_unreadable", format="Excel", detail=str(error)[:200]) from error
    if not grid:
        raise TableError("error.table_none_found", format="Excel")
    return table_from_lines(grid[0], grid[1:], "Excel")


def _text(value: object) -> str:
    """A cell as text, also where a spreadsheet made a number or a day of it."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return unescape(str(value))
