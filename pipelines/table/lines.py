"""The evidence table as lines of a sheet, complete in both languages: a line a statement, shared by CSV and Excel."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from pydantic import ValidationError

from pipelines.domain.evidence_table import EvidenceTable, Statement, TableRow
from pipelines.errors import TableError
from pipelines.table.json_format import first_fault

COLUMNS = (
    "row", "chapter", "row_nl", "row_en", "statement", "column", "nl", "en", "source", "version", "narrowed",
    "review_by",
)  # fmt: skip
_NEEDED = COLUMNS[:9]
"""A file with these is a table; those after it came later or may be left out by hand."""
_YES = {"yes", "ja", "true", "waar", "1", "x"}
"""What spreadsheets and people make of a yes, in both languages."""
_NO = {"", "no", "nee", "false", "onwaar", "0"}
_DAY = re.compile(r"(\d{1,2})-(\d{1,2})-(\d{4})")
"""A day as a Dutch spreadsheet saves it. With strokes day and month cannot be told apart: refused."""


def table_lines(table: EvidenceTable) -> Iterator[tuple[str, ...]]:
    """Values of each line in the order of ``COLUMNS``; a table without rows is a line with a version alone."""
    for row in table.rows:
        start = (row.id, row.chapter.value, row.nl, row.en)
        for s in row.statements:
            extra = ("yes" if s.narrowed else "", s.review_by.isoformat() if s.review_by else "")
            yield (*start, s.id, s.column.value, s.nl, s.en, s.source, table.version, *extra)
        if not row.statements:
            yield (*start, "", "", "", "", "", table.version, "", "")
    if not table.rows:
        yield (*[""] * 9, table.version, "", "")


def table_from_lines(header: Sequence[str], lines: Sequence[Sequence[str]], name: str) -> EvidenceTable:
    """The table that stands in lines.

    Parameters
    ----------
    header, lines
        Names of the columns in any order, and values; a line may be shorter than the header.
    name
        Of the format, for messages.

    Raises
    ------
    TableError
        A column is missing, or a line holds what cannot be.
    """
    header = [title.strip().lower() for title in header]
    missing = [column for column in _NEEDED if column not in header]
    if missing:
        raise TableError("error.table_columns", format=name, missing=", ".join(missing))
    rows: dict[str, dict[str, Any]] = {}
    version = ""
    for number, values in enumerate(lines, start=2):
        line = dict.fromkeys(COLUMNS, "") | dict(zip(header, values, strict=False))
        version = version or line["version"]
        if not line["row"] and not line["statement"]:
            continue
        row = rows.setdefault(
            line["row"], {"id": line["row"], "chapter": line["chapter"], "nl": line["row_nl"], "en": line["row_en"]}
        )
        if line["statement"]:
            row.setdefault("statements", []).append(_statement(line, name, number))
    try:
        return EvidenceTable(version=version, rows=tuple(TableRow.model_validate(row) for row in rows.values()))
    except ValidationError as error:
        raise TableError("error.table_unreadable", format=name, detail=first_fault(error)) from error


def _statement(line: dict[str, str], name: str, number: int) -> Statement:
    try:
        return Statement.model_validate({
            "id": line["statement"],
            "narrowed": _flag(line["narrowed"]),
            "review_by": _day(line["review_by"]),
            **{key: line[key] for key in ("column", "nl", "en", "source")},
        })  # fmt: skip
    except ValidationError as error:
        raise TableError("error.table_line", format=name, line=number, detail=first_fault(error)) from error
    except ValueError as error:
        raise TableError("error.table_line", format=name, line=number, detail=str(error)) from error


def _flag(value: str) -> bool:
    word = value.strip().lower()
    if word not in _YES | _NO:
        raise ValueError(f"narrowed: {value[:40]}")
    return word in _YES


def _day(value: str) -> date | None:
    text = value.strip()
    if not text:
        return None
    dutch = _DAY.fullmatch(text)
    try:
        return date(int(dutch[3]), int(dutch[2]), int(dutch[1])) if dutch else date.fromisoformat(text[:10])
    except ValueError as error:
        raise ValueError(f"review_by: {value[:40]}") from error
