"""What databases say when something is wrong with them, and what the user is told instead."""

from __future__ import annotations

from sqlalchemy.engine import ExceptionContext

from pipelines.errors import StoreError

#: What SQLite says -> what the user is told. Any other error is a mistake of ours, and stays as it is.
_SQLITE_SAYS = (
    ("database is locked", "error.database_locked"),
    ("database or disk is full", "error.database_full"),
    ("disk i/o error", "error.database_full"),
    ("attempt to write a readonly database", "error.database_readonly"),
    ("unable to open database file", "error.database_unopened"),
    ("file is not a database", "error.database"),
    ("malformed", "error.database"),
)

#: Beginning of the code that PostgreSQL gives (its manual, appendix A) -> what the user is told.
_POSTGRESQL_CODES = (
    ("08", "error.database_unreachable"),
    ("25006", "error.database_server_readonly"),
    ("25P03", "error.database_unreachable"),
    ("28", "error.database_password"),
    ("3F000", "error.database_rights"),
    ("3D000", "error.database_missing"),
    ("42501", "error.database_rights"),
    ("53100", "error.database_full"),
    ("53", "error.database_unreachable"),
    ("55P03", "error.database_locked"),
    ("57014", "error.database_locked"),
    ("57P", "error.database_unreachable"),
    ("58", "error.database_full"),
    ("XX001", "error.database"),
    ("XX002", "error.database"),
)

#: A refused connection has no code, only words; one in another language counts as "not reachable".
_POSTGRESQL_REFUSES = (
    ("password authentication failed", "error.database_password"),
    ("no password supplied", "error.database_password"),
    ("authentication failed", "error.database_password"),
    ("no pg_hba.conf entry", "error.database_password"),
    ("does not exist", "error.database_missing"),
    ("permission denied for database", "error.database_rights"),
)
_POSTGRESQL_ADDRESS = "invalid connection option"

_DETAIL_CHARACTERS = 300


def say_in_words(context: ExceptionContext) -> None:
    """Raise a :class:`StoreError` in place of an error that the user can do something about.

    To be called for each error of an engine (event ``handle_error``).
    """
    if context.is_pre_ping:
        return  # a connection from before the server was started anew: the pool makes another, which may fail in words
    error = context.original_exception
    dialect = context.dialect.name if context.dialect is not None else ""
    key = _of_postgresql(context) if dialect == "postgresql" else _of_sqlite(error)
    if key is not None:
        raise StoreError(key, detail=_shorten(str(error))) from error


def _of_sqlite(error: BaseException) -> str | None:
    said = str(error).lower()
    return next((key for part, key in _SQLITE_SAYS if part in said), None)


def _of_postgresql(context: ExceptionContext) -> str | None:
    from psycopg import OperationalError, ProgrammingError

    error = context.original_exception
    code = getattr(error, "sqlstate", None)
    if code is not None:
        return next((key for start, key in _POSTGRESQL_CODES if code.startswith(start)), None)
    said = str(error).lower()
    if isinstance(error, ProgrammingError) and _POSTGRESQL_ADDRESS in said:
        return "error.database_address"
    connecting = context.connection is None
    if not isinstance(error, OperationalError) or not (connecting or context.is_disconnect):
        return None
    return next((key for part, key in _POSTGRESQL_REFUSES if part in said), "error.database_unreachable")


def _shorten(said: str) -> str:
    # psycopg tells of each address that it tried, on lines of its own.
    return " ".join(said.split())[:_DETAIL_CHARACTERS]
