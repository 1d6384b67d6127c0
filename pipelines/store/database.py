"""Opens the database (SQLite with WAL and foreign keys, or another) and brings it up to date with Alembic."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DatabaseError

from pipelines.errors import StoreError

_MIGRATIONS = Path(__file__).resolve().parent / "migrations"
_BUSY_TIMEOUT_SECONDS = 30


def _set_sqlite_pragmas(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA journal_mode = WAL")
    # A commit must outlive a power cut: nothing that was reported as done may be gone.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()


def open_engine(address: str) -> Engine:
    """Engine for ``address`` with all migrations applied.

    Raises
    ------
    StoreError
        The file is no database, or was made by a newer version of the program.
    """
    sqlite = address.startswith("sqlite")
    engine = create_engine(address, connect_args={"timeout": _BUSY_TIMEOUT_SECONDS} if sqlite else {})
    if sqlite:
        event.listen(engine, "connect", _set_sqlite_pragmas)
    try:
        _upgrade(engine)
    except DatabaseError as error:
        raise StoreError("error.database", detail=str(error.orig)) from error
    return engine


def migration_config() -> Config:
    """Alembic configuration without an ini file."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    return config


def _upgrade(engine: Engine) -> None:
    config = migration_config()
    script = ScriptDirectory.from_config(config)
    with engine.begin() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
        if current == script.get_current_head():
            return
        if current is not None and current not in {revision.revision for revision in script.walk_revisions()}:
            raise StoreError("error.database_newer")
        logging.getLogger("alembic").setLevel(logging.WARNING)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
