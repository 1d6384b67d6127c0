"""Logs that are only added to: each entry carries the hash of the one before it, so that a change shows.

The hash of an entry covers every column of its row, its number and the name of its table. Decisions and acts that were
stored before release 0009 of the tables have a hash of their content alone; what else is in their rows repeats that.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Connection, DateTime, Engine, Select, Table, Text, cast, insert, select
from sqlalchemy import type_coerce as read_as

from pipelines.store.column_types import kept_text
from pipelines.store.writing import note_head

FIRST_HASH = "0" * 64
"""What the first entry of a log has for the hash of the one before it."""
_LINKS = frozenset({"previous_hash", "hash"})
_AT_ONCE = 200
"""Rows in memory at a time; a version of the table takes some hundred kilobytes."""

FormerForm = Callable[[Any], bool]
"""Whether a row, with JSON and moments as text, has a hash as it was made before every column was covered."""


@dataclass(frozen=True)
class ChainFault:
    """An entry whose content or place in the chain is not what was stored."""

    sequence: int
    entry_id: str


@dataclass
class ChainReport:
    """What a whole chain looks like."""

    n_entries: int = 0
    faults: list[ChainFault] = field(default_factory=list[ChainFault])
    """Entries that were changed, or do not follow the one before them."""
    lost: list[int] = field(default_factory=list[int])
    """Numbers of entries that were witnessed and are not there."""
    rewritten: list[int] = field(default_factory=list[int])
    """Numbers of entries that are others than were witnessed."""


def as_canonical(data: Any) -> str:
    """JSON of an entry in the one form that is hashed."""
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def chained_hash(previous: str, content: str) -> str:
    """Hash of an entry: of its content and of the entry before it."""
    return hashlib.sha256(f"{previous}\n{content}".encode("utf-8", "surrogatepass")).hexdigest()


def number_of(table: Table) -> Column[Any]:
    """The column that numbers the entries of a chained table."""
    column = table.autoincrement_column
    assert column is not None
    return column


def row_content(table: Table, values: Mapping[str, Any]) -> str:
    """A row in the form that is hashed, all but its links.

    Parameters
    ----------
    table
        That it is of.
    values
        By column; JSON and moments as they are, or as the text that the database keeps. What is neither (damaged, or
        from before) counts as the text that it is.
    """
    columns = {
        c.name: _as_kept(c, values[c.name]) for c in table.c if c.name not in _LINKS and values[c.name] is not None
    }
    return f"2 {table.name} {as_canonical(columns)}"


def _as_kept(column: Column[Any], value: Any) -> Any:
    if isinstance(column.type, JSON):
        if not isinstance(value, str):  # once through text, which makes lists of tuples, as a database does
            value = json.dumps(value)
        with suppress(ValueError, RecursionError):
            return json.loads(value)
    if isinstance(column.type, DateTime):
        with suppress(ValueError, TypeError):
            moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
            return moment.isoformat(timespec="microseconds")
    if isinstance(value, str):
        return kept_text(value)
    return value if isinstance(value, int | float) else repr(value)


def append_rows(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], *, last: tuple[int, str] | None = None
) -> None:
    """Add entries at the end of a chain, within :func:`pipelines.store.writing.writing_alone`.

    Parameters
    ----------
    connection, table
        Of a chained table.
    rows
        Values of all columns but the number and the links.
    last
        Number and hash of the last entry so far, where the caller knows them.
    """
    number, previous = last or last_link(connection, table)
    column, chained = number_of(table).name, list[dict[str, Any]]()
    for row in rows:
        number += 1
        values = {**row, column: number}
        digest = chained_hash(previous, row_content(table, values))
        chained.append({**values, "previous_hash": previous, "hash": digest})
        previous = digest
    if chained:
        connection.execute(insert(table), chained)
        note_head(connection, table.name, number, previous)


def last_link(connection: Connection, table: Table) -> tuple[int, str]:
    """Number and hash of the last entry; 0 and :data:`FIRST_HASH` where there is none."""
    number = number_of(table)
    row = connection.execute(select(number, table.c.hash).order_by(number.desc()).limit(1)).first()
    return (0, FIRST_HASH) if row is None else (row[0], row[1])


def chain_faults(connection: Connection, table: Table, former: FormerForm | None = None) -> list[ChainFault]:
    """Entries that were changed, or do not follow the one before them.

    Parameters
    ----------
    connection, table
        Of a chained table.
    former
        Where entries of the table may have a hash of the former form.
    """
    report = ChainReport()
    follow_chain(connection, table, report, former=former)
    return report.faults


def follow_chain(
    connection: Connection,
    table: Table,
    report: ChainReport,
    *,
    former: FormerForm | None = None,
    witnessed: Mapping[int, frozenset[str]] | None = None,
) -> None:
    """Look at every entry of a chain; what is found goes into ``report`` as it is found, should reading break off.

    Parameters
    ----------
    connection, table, report
        Of a chained table, and what to complete.
    former
        As for :func:`chain_faults`.
    witnessed
        Hashes of entries by number, as they were noted outside the database.
    """
    waiting = dict(witnessed or {})
    previous, name = FIRST_HASH, number_of(table).name
    for row in _rows_as_text(connection, table):
        values = row._mapping
        number = values[name]
        whole = values["hash"] == chained_hash(str(values["previous_hash"]), row_content(table, values))
        if whole:
            former = None  # from here on the former form would be a step back
        if values["previous_hash"] != previous or not (whole or _has_former(row, former)):
            report.faults.append(ChainFault(number, str(values.get("id", number))))
        if not waiting.pop(number, frozenset({values["hash"]})) <= {values["hash"]}:
            report.rewritten.append(number)
        previous = values["hash"]
        report.n_entries += 1
    report.lost += sorted(waiting)


def _has_former(row: Any, former: FormerForm | None) -> bool:
    try:
        return former is not None and former(row)
    except (ValueError, TypeError, AttributeError, LookupError, RecursionError):  # no such record at all
        return False


def _rows_as_text(connection: Connection, table: Table) -> Iterator[Any]:
    # As text: what is no JSON or no moment any more is a fault as well.
    columns = [_as_text(c).label(c.name) for c in table.c]
    query: Select[*tuple[Any, ...]] = select(*columns).order_by(number_of(table))
    yield from connection.execute(query.execution_options(yield_per=_AT_ONCE))


def _as_text(column: Column[Any]) -> Any:
    if isinstance(column.type, JSON):
        return cast(column, Text)
    return read_as(column, Text) if isinstance(column.type, DateTime) else column


def heads(engine: Engine, tables: Sequence[Table]) -> dict[str, tuple[int, str]]:
    """Number and hash of the last entry of each chain that has any."""
    with engine.connect() as connection:
        found = {table.name: last_link(connection, table) for table in tables}
    return {name: head for name, head in found.items() if head[0]}
