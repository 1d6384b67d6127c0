"""One writer at a time, in the order in which they came: for what must look first and then write."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, text

BUSY_TIMEOUT_SECONDS = 30
"""So long a writer waits for others before it gives up with ``error.database_locked``."""

# SQLite itself has those who wait look less and less often (up to every 100 ms), so that newcomers overtake them: of
# ten processes that add decisions without a pause, one waited 14 s (benchmarks/many_reviewers.py). Here, who waits
# longer looks more often.
_FIRST_STEP_SECONDS = 0.008
_LAST_STEP_SECONDS = 0.001
_STEP_HALVES_IN_SECONDS = 0.02

Heads = Mapping[str, tuple[int, str]]
"""Number and hash of the last entry of chains, by table."""
_HEADS = "kennisstand_heads"
_WITNESSES: WeakKeyDictionary[Engine, Callable[[Heads], None]] = WeakKeyDictionary()


def set_witness(engine: Engine, witness: Callable[[Heads], None]) -> None:
    """Let ``witness`` hear of every entry that joins a chain, as soon as it is committed."""
    _WITNESSES[engine] = witness


def note_head(connection: Connection, table: str, number: int, digest: str) -> None:
    """Remember the new end of a chain until the transaction is committed."""
    connection.info.setdefault(_HEADS, {})[table] = (number, digest)


@contextmanager
def writing_alone(engine: Engine, lock: int) -> Iterator[Connection]:
    """A transaction in which nobody else writes, committed at the end.

    On PostgreSQL that holds for all who ask for the same ``lock``, who come in the order of asking; on SQLite for all.

    Raises
    ------
    StoreError
        Another program held the database for longer than :data:`BUSY_TIMEOUT_SECONDS`.
    """
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            _begin_immediate(connection)
        else:
            # Its own statement: the next one sees what was committed while this one waited.
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": lock})
        connection.info.pop(_HEADS, None)  # of a transaction that was not committed
        yield connection
        connection.commit()
        joined: Heads = connection.info.pop(_HEADS, {})
    # Others write again by now. What is committed holds, whatever comes of this.
    witness = _WITNESSES.get(engine)
    if joined and witness is not None:
        witness(joined)


@contextmanager
def held_on_server(engine: Engine, lock: int) -> Iterator[bool]:
    """Hold ``lock`` on the server as long as this lasts, and at most as long as this program does.

    Yields whether it was free. A database without a server has no such locks: there it always is.
    """
    if engine.dialect.name != "postgresql":
        yield True
        return
    # No transaction: one that is left open for the length of a scan keeps the server from clearing up.
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        free = bool(connection.execute(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": lock}).scalar_one())
        try:
            yield free
        finally:
            if free:
                connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": lock})


def _begin_immediate(connection: Connection) -> None:
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    started = time.monotonic()
    driver.execute("PRAGMA busy_timeout = 0")
    try:
        while True:
            waited = time.monotonic() - started
            if waited > BUSY_TIMEOUT_SECONDS:
                break
            try:
                driver.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if "locked" not in str(error):
                    raise
            else:
                return
            time.sleep(max(_LAST_STEP_SECONDS, _FIRST_STEP_SECONDS * 0.5 ** (waited / _STEP_HALVES_IN_SECONDS)))
    finally:
        driver.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_SECONDS * 1000}")
    # Once more by way of SQLAlchemy, which says what is wrong in words.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
