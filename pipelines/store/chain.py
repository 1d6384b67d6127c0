"""Logs that are only added to: each entry carries the hash of the one before it, so that a change shows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, Text, cast, select, type_coerce

FIRST_HASH = "0" * 64
"""What the first entry of a log has for the hash of the one before it."""


@dataclass(frozen=True)
class ChainFault:
    """An entry whose content or place in the chain is not what was stored."""

    sequence: int
    entry_id: str


def as_canonical(data: dict[str, Any]) -> str:
    """JSON of an entry in the one form that is hashed."""
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def chained_hash(previous: str, content: str) -> str:
    """Hash of an entry: of its content and of the entry before it."""
    return hashlib.sha256(f"{previous}\n{content}".encode("utf-8", "surrogatepass")).hexdigest()


def chain_faults(connection: Connection, table: Table, is_whole: Callable[[Any], bool]) -> list[ChainFault]:
    """Entries that were changed, or do not follow the one before them.

    Parameters
    ----------
    connection, table
        With columns ``sequence``, ``id``, ``data``, ``decided``, ``previous_hash`` and ``hash``.
    is_whole
        Whether a row, with ``data`` and ``decided`` as text, holds what was stored.
    """
    found: list[ChainFault] = []
    previous = FIRST_HASH
    # As text: what is no JSON or no moment any more is a fault as well.
    as_text = {"data": cast(table.c.data, Text), "decided": type_coerce(table.c.decided, Text)}
    query = select(*(as_text.get(c.name, c).label(c.name) for c in table.c)).order_by(table.c.sequence)
    for row in connection.execute(query):
        if row.previous_hash != previous or not is_whole(row):
            found.append(ChainFault(row.sequence, row.id))
        previous = row.hash
    return found
