"""Opens the database (SQLite with WAL and foreign keys, or PostgreSQL) and brings it up to date with Alembic."""

from __future__ import annotations

import logging
import sqlite3
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DatabaseError

from pipelines.errors import StoreError
from pipelines.store.complaints import say_in_words
from pipelines.store.writing import BUSY_TIMEOUT_SECONDS, writing_alone

if TYPE_CHECKING:  # half a second to import, and only needed where tables are made or changed
    from alembic.config import Config

_MIGRATIONS = Path(__file__).resolve().parent / "migrations"
_CONNECT_TIMEOUT_SECONDS = 10
_STEP_SECONDS = 0.05
_KINDS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
"""What an address begins with, and how it is opened; other ways that may be installed too ask for other code."""
_MIGRATION_LOCK = 7_391_001
"""Number of the lock under which one program at a time changes tables on PostgreSQL."""
_SIGNS_OF_LIFE = {"idle": 60, "interval": 15, "count": 4}
"""The server asks who has been silent for a minute whether it is there, four times: two minutes in all."""
NEWEST_REVISION = "0010"
"""The last of the migrations; a test compares it with the folder."""


def _set_sqlite_pragmas(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    _write_ahead(cursor)
    # A commit must outlive a power cut: nothing that was reported as done may be gone.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()


def _write_ahead(cursor: Any) -> None:
    # SQLite does not wait for other programs while it changes this, so that two first commands would collide.
    latest = time.monotonic() + BUSY_TIMEOUT_SECONDS
    while True:
        try:
            if cursor.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                cursor.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > latest:
                raise
            time.sleep(_STEP_SECONDS)


def _set_up_postgresql_session(connection: Any, _record: object) -> None:
    # Outside a transaction, or the first rollback would undo it.
    connection.autocommit = True
    with connection.cursor() as cursor:
        # As with SQLite: a commit outlives a power cut, whatever the server's own setting; a stricter one stays.
        if cursor.execute("SHOW synchronous_commit").fetchone()[0] == "off":
            cursor.execute("SET synchronous_commit = on")
        cursor.execute(f"SET lock_timeout = '{BUSY_TIMEOUT_SECONDS}s'")
        # Of a computer that lost its power or its network the server hears nothing: by itself it would keep the locks
        # of a scan there for two hours.
        for name, value in _SIGNS_OF_LIFE.items():
            cursor.execute(f"SET tcp_keepalives_{name} = {value}")
    connection.autocommit = False


def address_of_file(path: Path) -> str:
    """Address of an SQLite file; in an address ``?`` and ``%`` would mean something."""
    return URL.create("sqlite", database=str(path)).render_as_string()


def read_address(address: str) -> URL:
    """The parts of the address of a database.

    Raises
    ------
    StoreError
        It cannot be read, or is of another kind than we use. Nothing of it is repeated: a sign in a password that means
        something in an address makes a part of that password look like the name or the port of a server.
    """
    try:
        url = make_url(address)
    except ArgumentError as error:
        raise StoreError("error.database_address", detail=str(error)[:200]) from error
    except ValueError:
        raise StoreError("error.database_address_signs") from None
    if "@" in (url.host or ""):
        raise StoreError("error.database_address_signs")
    if url.get_backend_name() not in _KINDS:
        raise StoreError("error.database_address", detail=f"{url.get_backend_name()}: sqlite | postgresql")
    return url


def open_engine(address: str) -> Engine:
    """Engine for ``address`` with all migrations applied.

    Parameters
    ----------
    address
        As SQLAlchemy writes it: ``sqlite:///file`` or ``postgresql://user:password@host/name``.

    Raises
    ------
    StoreError
        The address or the file is no database, the server cannot be used, or the database was made by a newer version
        of the program. Later on, every use of the engine raises it where the database is locked, full, read-only,
        damaged or out of reach.
    """
    engine = make_engine(read_address(address))
    event.listen(engine, "handle_error", say_in_words)
    with ExitStack() as opened:
        opened.callback(engine.dispose)
        try:
            _check_encoding(engine)
            _upgrade(engine)
        except DatabaseError as error:
            raise StoreError("error.database", detail=str(error.orig)) from error
        opened.pop_all()  # nothing went wrong: it stays open
    return engine


def make_engine(url: URL) -> Engine:
    """Engine for an address, as all use it; nothing is opened yet, and no tables are made."""
    url = url.set(drivername=_KINDS[url.get_backend_name()])
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_SECONDS})
        event.listen(engine, "connect", _set_sqlite_pragmas)
        return engine
    usual = {"connect_timeout": _CONNECT_TIMEOUT_SECONDS, "application_name": "kennisstand"}
    engine = create_engine(
        url,
        connect_args={**{k: v for k, v in usual.items() if k not in url.query}, "client_encoding": "utf8"},
        # A decision looks at what others committed while it waited for its turn, which a stricter level hides from it.
        isolation_level="READ COMMITTED",
        # The server may have been started anew since a connection was last used.
        pool_pre_ping=True,
    )
    event.listen(engine, "connect", _set_up_postgresql_session)
    return engine


def _check_encoding(engine: Engine) -> None:
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            encoding = connection.execute(text("SHOW server_encoding")).scalar_one()
        if encoding != "UTF8":
            raise StoreError("error.database_encoding", encoding=encoding)


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
    # Two commands may be the first in a workspace at once: the second waits here, and finds the work done.
    with writing_alone(engine, _MIGRATION_LOCK) as connection:
        current = _revision(connection)
        if current is not None and current not in known:
            raise StoreError("error.database_newer")
        if current != NEWEST_REVISION:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def _revision(connection: Connection) -> str | None:
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
