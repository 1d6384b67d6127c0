"""Opens the database (SQLite with WAL and foreign keys, or another) and brings it up to date with Alembic."""

from __future__ import annotations

import logging
import sqlite3
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError

from pipelines.errors import StoreError

if TYPE_CHECKING:  # half a second to import, and only needed where tables are made or changed
    from alembic.config import Config

_MIGRATIONS = Path(__file__).resolve().parent / "migrations"
_BUSY_TIMEOUT_SECONDS = 30
_STEP_SECONDS = 0.05
NEWEST_REVISION = "0003"
"""The last of the migrations; a test compares it with the folder."""

#: What SQLite says -> what the user is told. Any other error is a mistake of ours, and stays as it is.
_SAID = (
    ("database is locked", "error.database_locked"),
    ("database or disk is full", "error.database_full"),
    ("disk i/o error", "error.database_full"),
    ("attempt to write a readonly database", "error.database_readonly"),
    ("unable to open database file", "error.database_unopened"),
    ("file is not a database", "error.database"),
    ("malformed", "error.database"),
)


def _set_sqlite_pragmas(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    _write_ahead(cursor)
    # A commit must outlive a power cut: nothing that was reported as done may be gone.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()


def _write_ahead(cursor: Any) -> None:
    # SQLite does not wait for other programs while it changes this, so that two first commands would collide.
    latest = time.monotonic() + _BUSY_TIMEOUT_SECONDS
    while True:
        try:
            if cursor.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                cursor.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > latest:
                raise
            time.sleep(_STEP_SECONDS)


def _say_in_words(context: ExceptionContext) -> None:
    said = str(context.original_exception)
    key = next((key for part, key in _SAID if part in said.lower()), None)
    if key is not None:
        raise StoreError(key, detail=said) from context.original_exception


def open_engine(address: str) -> Engine:
    """Engine for ``address`` with all migrations applied.

    Raises
    ------
    StoreError
        The address or the file is no database, or was made by a newer version of the program. Later on, every use of
        the engine raises it where the database is locked, full, read-only or damaged.
    """
    try:
        sqlite = make_url(address).get_backend_name() == "sqlite"
        engine = create_engine(address, connect_args={"timeout": _BUSY_TIMEOUT_SECONDS} if sqlite else {})
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise StoreError("error.database_address", detail=str(error)[:200]) from error
    event.listen(engine, "handle_error", _say_in_words)
    if sqlite:
        event.listen(engine, "connect", _set_sqlite_pragmas)
    try:
        _upgrade(engine)
    except DatabaseError as error:
        raise StoreError("error.database", detail=str(error.orig)) from error
    return engine


def migration_config() -> Config:
    """Alembic configuration without an ini file."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    return config


def _upgrade(engine: Engine) -> None:
    with engine.connect() as connection:
        if _revision(connection) == NEWEST_REVISION:
            return
    from alembic import command
    from alembic.script import ScriptDirectory

    config = migration_config()
    known = {revision.revision for revision in ScriptDirectory.from_config(config).walk_revisions()}
    logging.getLogger("alembic").setLevel(logging.WARNING)
    with engine.connect() as connection:
        # Two commands may be the first in a workspace at once: the second waits here, and finds the work done.
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        current = _revision(connection)
        if current is not None and current not in known:
            raise StoreError("error.database_newer")
        if current != NEWEST_REVISION:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
        connection.commit()


def _revision(connection: Connection) -> str | None:
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
