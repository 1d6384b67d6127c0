"""The lists of a report as an Excel file."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from pipelines.domain.reports import Sheet, UpdateReport
from pipelines.report.plain import one_line, printable

_MAX_CHARACTERS = 32_767
"""Most characters that Excel keeps in a cell (Microsoft, "Excel specifications and limits")."""
_CUT = " […]"
_FORBIDDEN_IN_NAME = re.compile(r"[\[\]:*?/\\]")


class _Texts(dict[str, str]):
    """Texts as they go into cells, each worked out once: of 156,000 cells with text 44,000 differ."""

    def __missing__(self, text: str) -> str:
        self[text] = clean = _fitting(printable(text))
        return clean


def _fitting(text: str) -> str:
    """``text``, cut where it is longer than Excel allows."""
    # Excel counts UTF-16 units: a character outside the basic plane counts double.
    if 2 * len(text) <= _MAX_CHARACTERS or len(text.encode("utf-16-le")) // 2 <= _MAX_CHARACTERS:
        return text
    units = text.encode("utf-16-le")[: 2 * (_MAX_CHARACTERS - len(_CUT))]
    return units.decode("utf-16-le", "ignore") + _CUT


def _write_sheet(
    worksheet: Worksheet, sheet: Sheet, texts: _Texts, heading: Format, body: Format, share: Format
) -> None:
    for place, column in enumerate(sheet.columns):
        worksheet.set_column(place, place, column.width, body)
        worksheet.write_string(0, place, one_line(column.title), heading)
    for at, row in enumerate(sheet.rows, start=1):
        for place, value in enumerate(row):
            if isinstance(value, str):
                # As a string, whatever it begins with: a quotation that starts with "=" is no formula.
                worksheet.write_string(at, place, texts[value], body)
            elif value is not None:
                worksheet.write_number(at, place, value, share if sheet.columns[place].share else body)
    worksheet.freeze_panes(1, 1)
    worksheet.autofilter(0, 0, max(len(sheet.rows), 1), max(len(sheet.columns) - 1, 0))
    worksheet.set_landscape()
    worksheet.set_paper(9)  # A4
    worksheet.fit_to_pages(1, 0)
    worksheet.repeat_rows(0)
    worksheet.set_footer("&L&A&R&P / &N")


def render_excel(report: UpdateReport) -> bytes:
    """Write the sheets of a report: filters, a heading that stays in view, text that wraps.

    The same report gives the same bytes. Texts longer than Excel allows end with ``[…]``.
    """
    buffer = io.BytesIO()
    workbook = xlsxwriter.Workbook(
        buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    created = report.created.astimezone(UTC) if report.created.tzinfo else report.created
    workbook.set_properties(
        {
            "title": one_line(report.title),
            "subject": one_line(report.subtitle),
            "author": "Kennisstand",
            "created": datetime(*created.timetuple()[:6]),
        }
    )
    workbook.set_size(2400, 1300)
    heading = workbook.add_format(
        {"bold": True, "font_color": "#ffffff", "bg_color": "#00476f", "text_wrap": True, "valign": "vcenter",
         "border": 1, "border_color": "#c5ccd3"}
    )  # fmt: skip
    body = workbook.add_format({"text_wrap": True, "valign": "top"})
    share = workbook.add_format({"num_format": "0%", "valign": "top"})
    texts = _Texts()
    for sheet in report.sheets:
        name = _FORBIDDEN_IN_NAME.sub(" ", one_line(sheet.name))[:31].strip("'") or "-"
        worksheet = workbook.add_worksheet(name)
        worksheet.set_row(0, 32)
        _write_sheet(worksheet, sheet, texts, heading, body, share)
    workbook.close()
    return buffer.getvalue()
