"""The evidence table as JSON; nothing is lost on the way."""

from __future__ import annotations

import json
from typing import Any

from pydantic import ValidationError

from pipelines.domain.evidence_table import EvidenceTable
from pipelines.errors import TableError

_WHERE_SET = ("narrowed", "review_by")
"""Left out where they say nothing, so that the file stays as other programs have read it."""


def read_json(content: bytes) -> EvidenceTable:
    """Read a table from JSON.

    Raises
    ------
    TableError
        It is no JSON, or no evidence table.
    """
    try:
        data = json.loads(content.decode("utf-8-sig"))
        return EvidenceTable.model_validate(data)
    except ValidationError as error:
        raise TableError("error.table_unreadable", format="JSON", detail=first_fault(error)) from error
    except ValueError as error:
        raise TableError("error.table_unreadable", format="JSON", detail=str(error).split("\n")[0][:200]) from error


def write_json(table: EvidenceTable) -> bytes:
    """Write a table as JSON."""
    return (json.dumps(plain_data(table), ensure_ascii=False, indent=1) + "\n").encode("utf-8")


def plain_data(table: EvidenceTable) -> dict[str, Any]:
    """The table as lists and dictionaries, as JSON and YAML hold it."""
    data = table.model_dump(mode="json", exclude={"schema_version"})
    for row in data["rows"]:
        for statement in row["statements"]:
            for name in _WHERE_SET:
                if not statement[name]:
                    del statement[name]
    return data


def first_fault(error: ValidationError) -> str:
    """Where a record does not fit, and why."""
    first = error.errors()[0]
    return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
