"""Opens a database to look at it, however damaged it is: nothing is brought up to date, nothing is written."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Table, create_engine, event, select, text
from sqlalchemy.exc import SQLAlchemyError

from pipelines.errors import KennisstandError
from pipelines.store import schema
from pipelines.store.complaints import say_in_words
from pipelines.store.database import make_engine, read_address
from pipelines.store.writing import BUSY_TIMEOUT_SECONDS

READING_FAULTS = (
    KennisstandError, SQLAlchemyError, OSError, EOFError, ArithmeticError,
    ValueError, TypeError, LookupError, AttributeError, RecursionError, MemoryError,
)  # fmt: skip
"""What reading something damaged may raise: of the driver, of zlib, JSON and text, and of our own records."""
_MOST_COMPLAINTS = 20
_AT_ONCE = 500


def open_for_checking(address: str) -> Engine:
    """An engine that reads what there is.

    Raises
    ------
    StoreError
        The address cannot be read.
    """
    url = read_address(address)
    if url.get_backend_name() != "sqlite":
        return make_engine(url)
    path = Path(url.database or "")

    def connect() -> sqlite3.Connection:
        uri = f"{path.resolve().as_uri()}?mode=ro" + ("&immutable=1" if _lies_still(path) else "")
        connection = sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_SECONDS)
        # Text that is none any more differs from what was stored, and ends no look at the rest.
        connection.text_factory = lambda content: content.decode("utf-8", "surrogateescape")
        return connection

    engine = create_engine("sqlite://", creator=connect, poolclass=None)
    event.listen(engine, "handle_error", say_in_words)
    return engine


def _lies_still(path: Path) -> bool:
    """Whether a database is to be read as it lies, as SQLite otherwise writes beside it, also to read; not all can.

    Not where changes wait in a log beside it: these would be passed over.
    """
    log = path.with_name(path.name + "-wal")
    try:
        return not os.access(path.parent, os.W_OK) and not (log.exists() and log.stat().st_size)
    except OSError:
        return False


def revision(engine: Engine) -> str | None:
    """Revision of the tables; ``None`` where there are none."""
    with engine.connect() as connection:
        if not connection.dialect.has_table(connection, "alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def complaints(engine: Engine) -> list[str]:
    """What SQLite's own checks say of a file; a server looks after its files by itself."""
    if engine.dialect.name != "sqlite":
        return []
    with engine.connect() as connection:
        # Page by page, each entry of an index against its row.
        found = [str(row[0]) for row in connection.exec_driver_sql(f"PRAGMA integrity_check({_MOST_COMPLAINTS})")]
        found = [] if found == ["ok"] else found
        for row in connection.exec_driver_sql("PRAGMA foreign_key_check"):
            found.append(f"{row[0]}: {row[2]}")
            if len(found) >= _MOST_COMPLAINTS:
                break
    return found


def read_rows(engine: Engine, table: Table) -> Iterator[Any]:
    """All rows of a table, as the program reads them."""
    with engine.connect() as connection:
        yield from connection.execute(select(table).execution_options(yield_per=_AT_ONCE))


def tables() -> list[Table]:
    """All tables."""
    return list(schema.metadata.sorted_tables)
