"""Copies all rows of one database into another, of either kind: all or nothing, and compared before it counts."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Engine,
    Insert,
    Select,
    Table,
    Text,
    bindparam,
    cast,
    delete,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.exc import DataError, IntegrityError

from pipelines.domain.proposals import VersionOrigin
from pipelines.errors import StoreError
from pipelines.store import schema
from pipelines.store.column_types import kept_text
from pipelines.store.writing import writing_alone

logger = logging.getLogger(__name__)

_COPY_LOCK = 7_391_009
"""Number of the lock under which one program at a time fills a database on PostgreSQL."""
_AT_ONCE = 1_000
"""Rows in memory at a time."""
_LARGE_AT_ONCE = 25
"""The same of the texts of whole documents (a book takes some megabytes)."""

Told = Callable[[str, int], None]
"""Hears the name of a table and how many more of its rows are in the target."""


def _tell_nobody(_table: str, _n_rows: int) -> None:
    pass


def copy_database(source: Engine, target: Engine, progress: Told = _tell_nobody) -> dict[str, int]:
    """Copy every row of every table, and compare both afterwards; the target has all of them or none.

    The source is read as it was at one moment, whatever others write meanwhile; nobody else writes to the target until
    this is done. Both were opened with :func:`pipelines.store.database.open_engine`, so both have the same tables.

    Parameters
    ----------
    source, target
        SQLite or PostgreSQL, each.
    progress
        Called after each part with the name of its table and the number of rows.

    Returns
    -------
    dict of str to int
        Number of rows of each table, in the order in which they were copied.

    Raises
    ------
    StoreError
        The target holds rows, or what arrived differs from what was sent; or one of the two cannot be used. The target
        is as it was.
    """
    counts: dict[str, int] = {}
    with _as_of_one_moment(source) as reading, writing_alone(target, _COPY_LOCK) as writing:
        _hold_tables(writing)
        _check_revisions(reading, writing)
        filled = filled_tables(writing)
        if filled == [schema.table_versions.name] and _is_as_it_comes(writing):
            writing.execute(delete(schema.table_versions))
        elif filled:
            raise StoreError("error.move_target_filled", tables=", ".join(filled))
        for table in schema.metadata.sorted_tables:
            try:
                counts[table.name] = _copy_table(table, reading, writing, progress)
            except (IntegrityError, DataError) as error:  # a row that refers to none, or a value that does not fit
                raise StoreError("error.move_refused", table=table.name, detail=str(error.orig)[:200]) from error
            logger.info("table %s: %s rows copied", table.name, counts[table.name])
        _go_on_numbering(writing)
    return counts


def _copy_table(table: Table, reading: Connection, writing: Connection, progress: Told) -> int:
    """Copy and compare one table; returns the number of its rows."""
    sent, arrived = _Sum(), _Sum()
    for part in _parts(reading, table):
        writing.execute(_insert(table, writing), [dict(row) for row in part])
        for row in part:
            sent.add(table, row)
        progress(table.name, len(part))
    for part in _parts(writing, table):
        for row in part:
            arrived.add(table, row)
    if sent != arrived:
        raise StoreError("error.move_differs", table=table.name, sent=sent.n_rows, arrived=arrived.n_rows)
    return sent.n_rows


def _is_as_it_comes(connection: Connection) -> bool:
    """Whether there is nothing but the table that each workspace begins with, and that any command puts there."""
    origins = connection.execute(select(schema.table_versions.c.origin)).scalars()
    return set(origins) <= {f"cli.table.origin_{VersionOrigin.SHIPPED.value}"}


def filled_tables(connection: Connection) -> list[str]:
    """Names of the tables that hold rows."""
    return [
        table.name
        for table in schema.metadata.sorted_tables
        if connection.execute(select(text("1")).select_from(table).limit(1)).first() is not None
    ]


@contextmanager
def _as_of_one_moment(engine: Engine) -> Iterator[Connection]:
    postgresql = engine.dialect.name == "postgresql"
    options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True} if postgresql else {}
    with engine.connect().execution_options(**options) as connection:
        if postgresql:
            _take_all_time(connection)
        else:
            # The driver begins a transaction with the first change only; what is read must be of one moment as well.
            connection.exec_driver_sql("BEGIN")
        yield connection


def _take_all_time(connection: Connection) -> None:
    """A server may be set to end who works or waits for long; here one side waits while the other works."""
    for name in ("idle_in_transaction_session_timeout", "statement_timeout"):
        connection.execute(text("SELECT set_config(:name, '0', true)"), {"name": name})


def _hold_tables(connection: Connection) -> None:
    """On PostgreSQL others may write without asking for our lock; they wait until the tables are full, or not."""
    if connection.dialect.name == "postgresql":
        _take_all_time(connection)
        quote = connection.dialect.identifier_preparer.format_table
        names = ", ".join(quote(table) for table in schema.metadata.sorted_tables)
        connection.execute(text(f"LOCK TABLE {names} IN EXCLUSIVE MODE"))


def _check_revisions(*connections: Connection) -> None:
    found = [connection.execute(text("SELECT version_num FROM alembic_version")).scalar() for connection in connections]
    if len(set(found)) > 1:
        raise StoreError("error.database_newer")


def _is_json(column: Column[Any]) -> bool:
    return isinstance(column.type, JSON)


def _parts(connection: Connection, table: Table) -> Iterator[list[Mapping[str, Any]]]:
    # JSON as the text that it is: each character stays, also in the entries that are chained by hash, and an empty
    # field does not become a null in JSON.
    columns = [cast(c, Text).label(c.name) if _is_json(c) else c for c in table.c]
    query: Select[Any] = select(*columns)
    at_once = _LARGE_AT_ONCE if table is schema.document_contents else _AT_ONCE
    # The order of the numbers, for a database that is easier to read; what else there is has no order of its own.
    numbered = _number_column(table)
    if numbered is not None:
        query = query.order_by(numbered)
    result = connection.execute(query.execution_options(yield_per=at_once))
    for part in result.mappings().partitions():
        yield list(part)  # type: ignore[arg-type]


def _insert(table: Table, connection: Connection) -> Insert:
    if connection.dialect.name == "postgresql":
        values = {c.name: cast(bindparam(c.name, type_=Text()), JSON) for c in table.c if _is_json(c)}
    else:  # which keeps JSON as text, and would make a number of it
        values = {c.name: bindparam(c.name, type_=Text()) for c in table.c if _is_json(c)}
    return insert(table).values({c.name: values.get(c.name, bindparam(c.name, type_=c.type)) for c in table.c})


def _number_column(table: Table) -> Column[Any] | None:
    """The column that a database numbers by itself, where a table has one."""
    return table.autoincrement_column


def _go_on_numbering(connection: Connection) -> None:
    """Let the next row get the number after the last; SQLite looks for itself."""
    if connection.dialect.name != "postgresql":
        return
    for table in schema.metadata.sorted_tables:
        column = _number_column(table)
        if column is not None:
            # To an empty table the first number is yet to come.
            last = select(func.max(column)).scalar_subquery()
            sequence = func.pg_get_serial_sequence(table.name, column.name)
            connection.execute(
                select(func.setval(sequence, func.coalesce(last, 1), last.is_not(None))).where(sequence.is_not(None))
            )


class _Sum:
    """Rows counted, and their hashes added up: equal for the same rows, in whatever order they come."""

    def __init__(self) -> None:
        self.n_rows = 0
        self._total = 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Sum) and (self.n_rows, self._total) == (other.n_rows, other._total)

    __hash__ = None  # type: ignore[assignment]

    def add(self, table: Table, row: Mapping[str, Any]) -> None:
        """Count one row."""
        digest = hashlib.blake2b(digest_size=16)
        for column in table.c:
            value = _canonical(row[column.name])
            digest.update(b"%d:" % len(value))
            digest.update(value)
        self.n_rows += 1
        self._total = (self._total + int.from_bytes(digest.digest(), "big")) % 2**128


def _canonical(value: Any) -> bytes:
    """A value as bytes that are the same on both kinds of database."""
    if value is None:
        return b"n"
    if isinstance(value, str):
        return b"t" + kept_text(value).encode()
    if isinstance(value, bytes | memoryview):
        return b"b" + bytes(value)
    if isinstance(value, datetime):
        return b"d" + value.isoformat(timespec="microseconds").encode()
    return f"{type(value).__name__} {value!r}".encode()
