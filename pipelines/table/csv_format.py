"""The evidence table as CSV, complete in both languages and safe to open in a spreadsheet.

A spreadsheet takes a cell for a formula when it begins with an equals sign, plus, minus or at sign, also after white
space. Such a text gets an apostrophe in front, and so does a text that begins with apostrophes before such a sign;
reading takes one apostrophe off exactly there, so that every text comes back to the letter.
"""

from __future__ import annotations

import csv
import io
import re

from pipelines.domain.evidence_table import EvidenceTable
from pipelines.errors import TableError
from pipelines.strings import Language
from pipelines.table.lines import COLUMNS, table_from_lines, table_lines

_DELIMITERS: dict[Language, str] = {"nl": ";", "en": ","}
"""What Excel expects under Dutch and English settings; with the wrong one all stands in the first column."""
_FORMULA = re.compile(r"[\s\0]*[=+\-@＝＋－＠]|[\t\r\n]")
"""How a text begins that a spreadsheet may run (OWASP, CSV injection; the wide signs are those of Asian keyboards)."""
_WITHIN = r"(?=[\s']*(?:[=@＝＠]|[+\-＋－][\w(]))"
_NEXT_CELL = re.compile(r"(?<=[\r\n\t;,|])" + _WITHIN)
"""Where a text would go on in another cell, if a spreadsheet is set to another separator than the file has: LibreOffice
with commas began a row at each line end within a text of ours, and ran what stood there. Prices (``5,-``) pass."""
_GUARDED_CELL = re.compile(r"(?<=[\r\n\t;,|])'" + _WITHIN)
_LONGEST_FIELD = 2**24
"""In characters; the csv module stops at 131,072 by itself, which a text pasted by mistake passes."""


def write_csv(table: EvidenceTable, language: Language) -> bytes:
    """Write a table as CSV: all fields in quotes, semicolons in Dutch and commas in English.

    A byte order mark tells Excel that it is UTF-8.
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=_DELIMITERS[language], quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([guarded(value) for value in line] for line in table_lines(table))
    return buffer.getvalue().encode("utf-8-sig")


def read_csv(content: bytes) -> EvidenceTable:
    """Read a table from CSV with semicolons, commas or tabs, also as a spreadsheet saved it.

    Raises
    ------
    TableError
        It is no CSV, or no evidence table.
    """
    text = _decoded(content)
    first = text.split("\n", 1)[0]
    delimiter = max(";,\t", key=first.count)
    limit = csv.field_size_limit(_LONGEST_FIELD)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise TableError("error.table_unreadable", format="CSV", detail=str(error)[:200]) from error
    finally:
        csv.field_size_limit(limit)
    if not lines:
        raise TableError("error.table_none_found", format="CSV")
    return table_from_lines(lines[0], [[_unguarded(value) for value in line] for line in lines[1:]], "CSV")


def _decoded(content: bytes) -> str:
    """Text of the file: UTF-8, or what older spreadsheets save (UTF-16 with a mark, else Windows-1252)."""
    for encoding in ("utf-16",) if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise TableError("error.table_unreadable", format="CSV", detail="UTF-8, UTF-16, Windows-1252")


def guarded(value: str) -> str:
    """``value`` as no spreadsheet runs it; :func:`read_csv` takes away again what this adds."""
    within = _NEXT_CELL.sub("'", value)
    return "'" + within if _FORMULA.match(within.lstrip("'")) else within


def _unguarded(value: str) -> str:
    bare = value[1:] if value.startswith("'") and _FORMULA.match(value.lstrip("'")) else value
    return _GUARDED_CELL.sub("", bare)
