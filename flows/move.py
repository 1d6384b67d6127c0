"""Moves what a workspace keeps in its database to another one: to a server, or back to a file of its own."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import URL, Engine, func, select

from flows.progress import progress
from pipelines.domain.moments import now
from pipelines.errors import StoreError
from pipelines.settings import Settings
from pipelines.store import Workspace, schema
from pipelines.store.chains import n_chain_faults
from pipelines.store.copying import copy_database
from pipelines.store.database import open_engine, read_address
from pipelines.store.witness import MOVED, WITNESS_FILE, Witness
from pipelines.store.workspace import open_workspace

__all__ = ["MoveOutcome", "copy_database", "is_own_file", "move_database", "n_at_work", "without_password"]

AT_WORK = timedelta(minutes=15)
"""Whoever used the page since then counts as still at work: reading one passage takes no longer."""
_LOGS = (schema.decisions, schema.acts, schema.account_events)
"""What people add; each row has a number."""
_SECRET = ("password", "sslpassword")
"""What an address may say after the question mark and nobody should see."""


@dataclass(frozen=True)
class MoveOutcome:
    """What came of a move."""

    counts: dict[str, int]
    """Number of rows of each table."""
    n_faults: int
    """Entries among the decisions of people that were tampered with before; they are copied as they are."""
    n_later: int
    """Decisions that people added to the former database meanwhile, and that are not in the new one."""

    @property
    def n_rows(self) -> int:
        """Rows of all tables together."""
        return sum(self.counts.values())


def move_database(settings: Settings, target: str) -> MoveOutcome:
    """Copy the database of a workspace to the empty one at ``target``; the former stays as it is.

    Raises
    ------
    StoreError
        A scan or harvest is busy, the target holds rows already, or one of the two cannot be used.
    """
    workspace = open_workspace(settings.workspace, settings.database)
    try:
        with workspace.scanning(), workspace.harvesting():
            engine = open_engine(target)
            try:
                counts = _copied(workspace.engine, engine)
                n_faults = n_chain_faults(workspace.engine)
                if n_chain_faults(engine) != n_faults:  # which the comparison of all rows leaves no room for
                    raise StoreError("error.move_differs", table="decisions, acts", sent=n_faults, arrived="?")
                _witness_anew(settings, engine)
                return MoveOutcome(counts, n_faults, _n_added(workspace.engine) - _n_added(engine))
            finally:
                engine.dispose()
    finally:
        workspace.close()


def _witness_anew(settings: Settings, engine: Engine) -> None:
    # The shipped table, which the copy took the place of, may have been witnessed there.
    with suppress(OSError):
        Witness(settings.processed_dir / WITNESS_FILE).begin_anew(engine, MOVED)


def _copied(source: Engine, target: Engine) -> dict[str, int]:
    with source.connect() as connection:
        total = sum(
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in schema.metadata.sorted_tables
        )
    heard = progress()
    heard.begin("move", total)
    try:
        return copy_database(source, target, lambda _table, n_rows: heard.advance("move", n_rows))
    finally:
        heard.end("move")


def _n_added(engine: Engine) -> int:
    with engine.connect() as connection:
        return sum(connection.execute(select(func.count()).select_from(log)).scalar_one() for log in _LOGS)


def n_at_work(workspace: Workspace, clock: Callable[[], datetime] = now) -> int:
    """Number of people who used the review page, or decided by another way, a moment ago."""
    since = clock() - AT_WORK
    sessions, decisions, acts = schema.sessions.c, schema.decisions.c, schema.acts.c
    asked = (
        select(sessions.account).where(sessions.last_used >= since),
        select(decisions.reviewer).where(decisions.decided >= since),
        select(acts.person).where(acts.decided >= since),
    )
    with workspace.engine.connect() as connection:
        return len({name for query in asked for name in connection.execute(query).scalars()})


def without_password(address: str) -> str:
    """An address to be shown."""
    try:
        url = read_address(address)
    except StoreError:
        return "…"
    return url.difference_update_query(_SECRET).render_as_string(hide_password=True)


def check_elsewhere(settings: Settings, target: str) -> None:
    """Look whether ``target`` is another database than that of the workspace, before either is opened.

    Raises
    ------
    StoreError
        It is the same, or an address cannot be read.
    """
    if _place(read_address(settings.database)) == _place(read_address(target)):
        raise StoreError("error.move_same")


def _place(url: URL) -> tuple[object, ...]:
    if url.get_backend_name() == "sqlite":
        return (Path(url.database or "").resolve(),)
    named = {name: url.query.get(name) for name in ("host", "port", "dbname")}
    return url.host or named["host"], str(url.port or named["port"] or 5432), url.database or named["dbname"]


def is_own_file(settings: Settings, address: str) -> bool:
    """Whether ``address`` is the file that a workspace uses by itself."""
    own = settings.processed_dir / "kennisstand.db"
    try:
        url = read_address(address)
    except StoreError:
        return False
    return url.get_backend_name() == "sqlite" and bool(url.database) and _place(url) == (own.resolve(),)
