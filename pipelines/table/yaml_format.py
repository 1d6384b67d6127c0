"""The evidence table as YAML: the format in which the starting table is shipped; nothing is lost on the way."""

from __future__ import annotations

from datetime import date
from typing import Any

import yaml
from pydantic import ValidationError

from pipelines.domain.evidence_table import EvidenceTable, TableRow
from pipelines.errors import TableError
from pipelines.table.json_format import first_fault, plain_data

_QUICK: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The parser in C, where PyYAML was built with it, takes a tenth of the time; many brackets end the process."""


def read_yaml(content: bytes, *, shipped: bool = False) -> EvidenceTable:
    """Read a table from YAML.

    Parameters
    ----------
    content
        In UTF-8.
    shipped
        Whether it came with the program: then it is read by a parser that no file of others may reach.

    Raises
    ------
    TableError
        It is no YAML, or no evidence table.
    """
    try:
        data: Any = yaml.load(content, Loader=_QUICK if shipped else yaml.SafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise TableError("error.table_unreadable", format="YAML", detail=str(error).split("\n")[0]) from error
    if not isinstance(data, dict) or not isinstance(data.get("rows"), list):
        raise TableError("error.table_none_found", format="YAML")
    version = data.get("version", "")
    try:
        return EvidenceTable(
            version=version.isoformat() if isinstance(version, date) else str(version),
            rows=tuple(TableRow.model_validate(row) for row in data["rows"]),
        )
    except ValidationError as error:
        raise TableError("error.table_unreadable", format="YAML", detail=first_fault(error)) from error


def write_yaml(table: EvidenceTable) -> bytes:
    """Write a table as YAML, one line a statement where it fits."""
    data = plain_data(table)
    content = yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=120)
    if "\x85" in content:  # PyYAML writes this line end of old mainframes as it is, and reads a space
        content = yaml.safe_dump(data, sort_keys=False, width=120)
    return content.encode("utf-8")
