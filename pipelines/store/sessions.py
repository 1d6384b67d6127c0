"""Sessions and tries to sign in. Keys and names are kept as hashes only."""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, RowMapping, delete, func, insert, select, text, update

from pipelines.errors import StoreError
from pipelines.store import schema

_LOG = logging.getLogger(__name__)
_TOUCH = timedelta(minutes=1)
"""How exactly the last use is known: a write costs a wait for the disk, which no page should have."""
_TOUCH_WAIT_MILLISECONDS = 20
"""A page waits no longer for another writer; the use is written with a later page."""
_KEPT_ATTEMPTS = 1000
_MARK = 16
"""64 bits of the hash: two sessions of one account never share them."""
TRIES = 10
"""Failed tries in ``TRIES_WINDOW``; ASVS 5.0, 6.3.1, leaves the number open, NIST SP 800-63B allows up to 100."""
TRIES_WINDOW = timedelta(minutes=15)


@dataclass(frozen=True)
class Session:
    """Somebody is signed in."""

    key_hash: str
    account: str
    started: datetime
    last_used: datetime

    @property
    def mark(self) -> str:
        """What a page may call it by: from it neither the key nor all of its hash can be found."""
        return self.key_hash[:_MARK]


@dataclass(frozen=True)
class Ends:
    """When a session ends by itself."""

    idle: timedelta
    absolute: timedelta


class SessionStore:
    """Sessions of a workspace, and the failed tries that slow down guessing."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock
        self._attempts: dict[str, datetime] = {}
        self._guard = threading.Lock()

    def start(self, account: str, key: str, ends: Ends) -> None:
        """Open a session under ``key``, and clear away all that have ended."""
        now = self._clock()
        with self._engine.begin() as connection:
            _remove_ended(connection, now, ends)
            values = {"key_hash": hash_key(key), "account": account, "started": now, "last_used": now}
            connection.execute(insert(schema.sessions).values(**values))

    def find(self, key: str, ends: Ends) -> tuple[Session, RowMapping] | None:
        """The session under ``key`` with the row of its account; ``None`` if it ended or its account is closed."""
        sessions, accounts = schema.sessions, schema.accounts
        query = (
            select(sessions, accounts)
            .join(accounts, accounts.c.name == sessions.c.account)
            .where(sessions.c.key_hash == hash_key(key), accounts.c.active)
        )
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        if row is None:
            return None
        session = Session(row["key_hash"], row["account"], row["started"], row["last_used"])
        now = self._clock()
        if now >= session.started + ends.absolute or now >= session.last_used + ends.idle:
            return None
        if now - session.last_used >= _TOUCH:
            self._touch(session.key_hash, now)
        return session, row

    def of_account(self, account: str, ends: Ends) -> list[Session]:
        """Sessions of ``account`` that have not ended, the latest used first."""
        columns = schema.sessions.c
        now = self._clock()
        going = (columns.started > now - ends.absolute) & (columns.last_used > now - ends.idle)
        query = select(schema.sessions).where(columns.account == account, going).order_by(columns.last_used.desc())
        with self._engine.connect() as connection:
            return [Session(*row) for row in connection.execute(query)]

    def end(self, key: str) -> None:
        """End the session under ``key``, if there is one."""
        with self._engine.begin() as connection:
            connection.execute(delete(schema.sessions).where(schema.sessions.c.key_hash == hash_key(key)))

    def begin_try(self, name: str) -> datetime | None:
        """Count a try before its password is looked at, so that many at once do not slip through.

        Returns
        -------
        datetime or None
            ``None``: it may be tried. Else the moment (UTC) from which it may; this try was not counted.
        """
        columns = schema.sign_in_tries.c
        hashed, now = hash_name(name), self._clock()
        with self._engine.connect() as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            else:
                lock = int.from_bytes(bytes.fromhex(hashed[:16]), signed=True)
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": lock})
            connection.execute(delete(schema.sign_in_tries).where(columns.moment <= now - TRIES_WINDOW))
            mine = columns.name_hash == hashed
            number, oldest = connection.execute(select(func.count(), func.min(columns.moment)).where(mine)).one()
            if number < TRIES:
                connection.execute(insert(schema.sign_in_tries).values(name_hash=hashed, moment=now))
            connection.commit()
        return None if number < TRIES else oldest + TRIES_WINDOW

    def forget_tries(self, name: str) -> None:
        """Start counting anew: the right password was given."""
        with self._engine.begin() as connection:
            forget_tries(connection, name)

    def _touch(self, key_hash: str, now: datetime) -> None:
        with self._guard:
            if now - self._attempts.get(key_hash, datetime.min) < _TOUCH:
                return
            if len(self._attempts) >= _KEPT_ATTEMPTS:
                self._attempts.clear()
            self._attempts[key_hash] = now
        change = update(schema.sessions).where(schema.sessions.c.key_hash == key_hash).values(last_used=now)
        try:
            with self._engine.connect() as connection:
                if connection.dialect.name != "sqlite":
                    connection.execute(change)
                    connection.commit()
                    return
                before = connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one()
                connection.exec_driver_sql(f"PRAGMA busy_timeout = {_TOUCH_WAIT_MILLISECONDS}")
                try:
                    connection.execute(change)
                    connection.commit()
                finally:
                    connection.exec_driver_sql(f"PRAGMA busy_timeout = {int(before)}")
        except StoreError as error:
            if error.key != "error.database_locked":
                raise
            _LOG.debug("last use of a session not written: the database is busy")


def hash_key(key: str) -> str:
    """What is kept of the key of a session; it has 256 random bits, so that a plain hash cannot be turned back."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def hash_name(name: str) -> str:
    """What is kept of a name that was tried: people type passwords in the wrong field."""
    return hashlib.sha256(b"name\0" + name.encode("utf-8", "surrogatepass")).hexdigest()


def remove_sessions(connection: Connection, account: str) -> None:
    """End all sessions of ``account``."""
    connection.execute(delete(schema.sessions).where(schema.sessions.c.account == account))


def remove_some_sessions(connection: Connection, account: str, marks: Collection[str]) -> int:
    """End the sessions of ``account`` that have one of ``marks``; how many there were."""
    columns = schema.sessions.c
    chosen = func.substr(columns.key_hash, 1, _MARK).in_(list(marks))
    return connection.execute(delete(schema.sessions).where(columns.account == account, chosen)).rowcount


def forget_tries(connection: Connection, name: str) -> None:
    """Forget failed tries at ``name``."""
    connection.execute(delete(schema.sign_in_tries).where(schema.sign_in_tries.c.name_hash == hash_name(name)))


def _remove_ended(connection: Connection, now: datetime, ends: Ends) -> None:
    columns = schema.sessions.c
    ended = (columns.started <= now - ends.absolute) | (columns.last_used <= now - ends.idle)
    connection.execute(delete(schema.sessions).where(ended))
