"""The evidence table as records: JSON, CSV and Excel, complete in both languages."""

from __future__ import annotations

import io
import json
from typing import Any

import pandas as pd
from pydantic import ValidationError

from pipelines.domain.evidence_table import EvidenceTable, Statement, TableRow
from pipelines.errors import TableError

COLUMNS = ("row", "chapter", "row_nl", "row_en", "statement", "column", "nl", "en", "source", "version")


def read_json(content: bytes) -> EvidenceTable:
    """Read a table from JSON.

    Raises
    ------
    TableError
        It is no JSON, or no evidence table.
    """
    try:
        data = json.loads(content)
        return EvidenceTable.model_validate(data)
    except (ValidationError, ValueError) as error:
        raise TableError("error.table_unreadable", format="JSON", detail=str(error).split("\n")[0][:200]) from error


def write_json(table: EvidenceTable) -> bytes:
    """Write a table as JSON."""
    data = table.model_dump(mode="json", exclude={"schema_version"})
    return (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode("utf-8")


def read_csv(content: bytes) -> EvidenceTable:
    """Read a table from CSV; commas or semicolons."""
    try:
        text = content.decode("utf-8-sig")
        frame = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False, sep=None, engine="python")
    except (UnicodeDecodeError, ValueError) as error:
        raise TableError("error.table_unreadable", format="CSV", detail=str(error)[:200]) from error
    return _from_frame(frame, "CSV")


def write_csv(table: EvidenceTable) -> bytes:
    """Write a table as CSV with a byte order mark, so that Excel reads the accents."""
    return _frame(table).to_csv(index=False).encode("utf-8-sig")


def read_excel(content: bytes) -> EvidenceTable:
    """Read a table from the first sheet of an Excel file."""
    try:
        frame = pd.read_excel(io.BytesIO(content), dtype=str, keep_default_na=False, engine="openpyxl")
    except Exception as error:
        raise TableError("error.table_unreadable", format="Excel", detail=str(error)[:200]) from error
    return _from_frame(frame, "Excel")


def write_excel(table: EvidenceTable) -> bytes:
    """Write a table as an Excel file: a line a statement, filter and fixed header."""
    buffer = io.BytesIO()
    options = {"options": {"strings_to_formulas": False, "strings_to_urls": False}}
    with pd.ExcelWriter(buffer, engine="xlsxwriter", engine_kwargs=options) as writer:
        frame = _frame(table)
        frame.to_excel(writer, index=False, sheet_name="table", freeze_panes=(1, 0))
        sheet: Any = writer.sheets["table"]
        book: Any = writer.book
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        for index, width in enumerate((6, 14, 28, 28, 10, 11, 60, 60, 24, 12)):
            sheet.set_column(index, index, width, wrapped)
        sheet.autofilter(0, 0, len(frame), len(COLUMNS) - 1)
    return buffer.getvalue()


def _frame(table: EvidenceTable) -> pd.DataFrame:
    lines: list[tuple[str, ...]] = []
    for row in table.rows:
        start = (row.id, row.chapter.value, row.nl, row.en)
        lines += [(*start, s.id, s.column.value, s.nl, s.en, s.source, table.version) for s in row.statements]
        if not row.statements:
            lines.append((*start, "", "", "", "", "", table.version))
    return pd.DataFrame(lines, columns=list(COLUMNS))


def _from_frame(frame: pd.DataFrame, name: str) -> EvidenceTable:
    missing = [column for column in COLUMNS[:9] if column not in frame.columns]
    if missing:
        raise TableError("error.table_columns", format=name, missing=", ".join(missing))
    rows: dict[str, dict[str, Any]] = {}
    try:
        for line in frame.to_dict("records"):
            row = rows.setdefault(
                line["row"],
                {"id": line["row"], "chapter": line["chapter"], "nl": line["row_nl"], "en": line["row_en"]},
            )
            if line["statement"]:
                statement = Statement(
                    id=line["statement"], column=line["column"], nl=line["nl"], en=line["en"], source=line["source"]
                )
                row.setdefault("statements", []).append(statement)
        version = str(frame["version"].iloc[0]) if "version" in frame.columns and len(frame) else ""
        return EvidenceTable(version=version, rows=tuple(TableRow.model_validate(r) for r in rows.values()))
    except ValidationError as error:
        first = error.errors()[0]
        detail = f"{'.'.join(str(p) for p in first['loc'])}: {first['msg']}"
        raise TableError("error.table_unreadable", format=name, detail=detail) from error
