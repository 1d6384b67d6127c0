"""A copy of the database as it is at one moment, as an SQLite file, while others go on writing; and a look at it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Engine, create_engine

from pipelines.errors import StoreError
from pipelines.store import schema
from pipelines.store.chain import heads
from pipelines.store.chains import n_chain_faults
from pipelines.store.copying import copy_database
from pipelines.store.database import address_of_file, open_engine
from pipelines.store.writing import BUSY_TIMEOUT_SECONDS, Heads


def copy_to_file(engine: Engine, path: Path) -> dict[str, int]:
    """Copy a database to the new SQLite file ``path``; returns the number of rows of each table at that moment.

    Raises
    ------
    StoreError
        One of the two cannot be used, or the disk is full.
    """
    if engine.dialect.name != "sqlite":
        target = open_engine(address_of_file(path))
        try:
            copy_database(engine, target)  # compares all rows
        finally:
            target.dispose()
        counts = None
    else:
        counts = _copy_sqlite(str(engine.url.database), path)
    with _in_words(path), closing(sqlite3.connect(path)) as copied:
        copied.execute("PRAGMA journal_mode = DELETE")  # one file, that needs no others beside it
        return _count(copied) if counts is None else counts


def _copy_sqlite(source: str, path: Path) -> dict[str, int]:
    with (
        _in_words(path),
        closing(sqlite3.connect(source, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None)) as reading,
        closing(sqlite3.connect(path)) as writing,
    ):
        writing.execute("PRAGMA synchronous = OFF")  # it is read back and hashed before it counts
        # In one transaction: the pages are copied of the very moment at which the rows were counted, and others may
        # write meanwhile (SQLite, "Write-Ahead Logging"). In one step: between steps a change would begin it anew.
        reading.execute("BEGIN")
        counts = _count(reading)
        reading.backup(writing, pages=-1)
        reading.execute("ROLLBACK")
    return counts


def check_file(path: Path, rows: dict[str, int]) -> tuple[int, Heads]:
    """Look whether a copy is whole; returns the number of faults in its chains, and the end of each chain.

    Raises
    ------
    StoreError
        It is damaged, or other than it was counted.
    """
    with _in_words(path), closing(sqlite3.connect(_for_reading(path), uri=True)) as copied:
        if copied.execute("PRAGMA integrity_check").fetchone()[0] != "ok" or _count(copied) != rows:
            raise StoreError("error.backup_database", path=str(path))
    # Not as an address: SQLAlchemy would take the signs in it (of a folder "nr. #2") for its own.
    engine = create_engine("sqlite://", creator=lambda: sqlite3.connect(_for_reading(path), uri=True))
    try:
        return n_chain_faults(engine), heads(engine, schema.CHAINED)
    finally:
        engine.dispose()


def revision_of(path: Path) -> str:
    """Revision of the tables of a copy."""
    with _in_words(path), closing(sqlite3.connect(_for_reading(path), uri=True)) as copied:
        return str(copied.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def _for_reading(path: Path) -> str:
    # Immutable: nothing is written beside it, not even to look.
    return f"{path.resolve().as_uri()}?mode=ro&immutable=1"


def _count(connection: sqlite3.Connection) -> dict[str, int]:
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY 1"
    names = [str(row[0]) for row in connection.execute(query)]
    return {name: int(connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]) for name in names}


@contextmanager
def _in_words(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        key = "error.disk_full" if "full" in str(error) else "error.backup_database"
        raise StoreError(key, path=str(path), detail=str(error)) from error
