"""Accounts of people: who they are, what they may, the hash of their password, and who changed what."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, func, insert, select, update

from pipelines.domain.accounts import Account, AccountRole
from pipelines.domain.moments import now
from pipelines.errors import StoreError
from pipelines.store import schema
from pipelines.store.chain import append_rows
from pipelines.store.sessions import SessionStore, forget_tries, remove_sessions, remove_some_sessions
from pipelines.store.writing import writing_alone

COMMAND = "(command)"
"""Who acts when it is the command line; no name of an account begins with a bracket."""
_LOCK = 7_391_008
"""Number of the lock under which PostgreSQL lets one change of accounts follow the other."""
_ONCE = "once "
_CHANGEABLE = frozenset({"full_name", "role", "active", "language", "shortcuts"})
_NOTED = frozenset({"full_name", "role"})
"""Besides closing and reopening. What somebody likes to see is no matter of access."""


@dataclass(frozen=True)
class Secret:
    """What a password is checked against."""

    hash: str
    once_until: datetime | None = None
    """Until when a password given by somebody else counts; it opens nothing but the choice of an own one."""

    @property
    def stored(self) -> str:
        """As it is kept in one column."""
        return self.hash if self.once_until is None else f"{_ONCE}{self.once_until.isoformat()} {self.hash}"

    def ended(self, moment: datetime) -> bool:
        """Whether it no longer counts at ``moment`` (UTC)."""
        return self.once_until is not None and self.once_until <= moment

    @classmethod
    def read(cls, stored: str | None) -> Secret | None:
        """From what is kept; ``None`` where the account has no password."""
        if stored is None or not stored.startswith(_ONCE):
            return None if stored is None else cls(stored)
        _, until, content = stored.split(" ", 2)
        return cls(content, datetime.fromisoformat(until))


@dataclass(frozen=True)
class AccountEvent:
    """Somebody changed an account."""

    moment: datetime
    """UTC."""
    actor: str
    account: str
    event: str
    """``added``, ``changed``, ``closed``, ``reopened``, ``password``, ``one_time_password``, ``signed_out``,
    ``signed_out_some``."""
    data: dict[str, Any]


def as_account(row: RowMapping) -> Account:
    """The account in a row of the table."""
    return Account(
        name=row["name"],
        full_name=row["full_name"],
        role=AccountRole(row["role"]),
        active=row["active"],
        language=row["language"],
        shortcuts=row["shortcuts"],
        created=row["created"],
        has_password=row["password_hash"] is not None,
    )


class AccountStore:
    """Accounts of a workspace.

    Parameters
    ----------
    clock
        Gives the present moment in UTC without time zone.
    """

    def __init__(self, engine: Engine, clock: Callable[[], datetime] = now) -> None:
        self._engine = engine
        self._clock = clock
        self.sessions = SessionStore(engine, clock)

    def now(self) -> datetime:
        """The present moment in UTC, without time zone."""
        return self._clock()

    def count(self) -> int:
        """Number of accounts, closed ones too."""
        with self._engine.connect() as connection:
            return _count(connection)

    def all(self) -> list[Account]:
        """All accounts by name."""
        with self._engine.connect() as connection:
            found = [as_account(row) for row in connection.execute(select(schema.accounts)).mappings()]
        # Sorted here: how a database on a server sorts text depends on how it was made.
        return sorted(found, key=lambda account: account.name)

    def get(self, name: str) -> Account | None:
        """The account of this name."""
        with self._engine.connect() as connection:
            return _find(connection, name)

    def secret(self, name: str) -> Secret | None:
        """What the password of ``name`` is checked against; ``None`` without account or password."""
        query = select(schema.accounts.c.password_hash).where(schema.accounts.c.name == name)
        with self._engine.connect() as connection:
            return Secret.read(connection.execute(query).scalar())

    def create(
        self, name: str, full_name: str, role: AccountRole, secret: Secret | None, *, actor: str, language: str = "nl"
    ) -> Account:
        """Add an account.

        Raises
        ------
        StoreError
            The name is taken, also by an account that is closed.
        """
        with self._writing() as connection:
            if _find(connection, name) is not None:
                raise StoreError("error.account_exists", name=name)
            return self._add(connection, name, full_name, role, secret, actor, language)

    def create_first(self, name: str, full_name: str, secret: Secret, language: str) -> Account | None:
        """Make the first account, an admin; ``None`` if there is one by now: of two at once, one wins."""
        with self._writing() as connection:
            if _count(connection):
                return None
            return self._add(connection, name, full_name, AccountRole.ADMIN, secret, name, language)

    def change(self, name: str, *, actor: str, **changes: str | bool) -> Account:
        """Change ``full_name``, ``role``, ``active``, ``language`` or ``shortcuts``; closing ends all sessions.

        Raises
        ------
        StoreError
            There is no such account, or no active admin would be left.
        """
        if not changes.keys() <= _CHANGEABLE:
            raise ValueError(f"cannot change {sorted(changes.keys() - _CHANGEABLE)}")
        with self._writing() as connection:
            before = _known(connection, name)
            after = Account.model_validate({**before.model_dump(), **changes})
            new = {key: value for key, value in changes.items() if getattr(before, key) != getattr(after, key)}
            if not new:
                return before
            if _is_admin(before) and not _is_admin(after) and _active_admins(connection) == 1:
                raise StoreError("error.account_last_admin")
            connection.execute(update(schema.accounts).where(schema.accounts.c.name == name).values(**new))
            if not after.active:
                remove_sessions(connection, name)
            if "active" in new:
                self._note(connection, actor, name, "reopened" if after.active else "closed")
            if values := {key: str(value) for key, value in new.items() if key in _NOTED}:
                self._note(connection, actor, name, "changed", **values)
            return after

    def set_secret(self, name: str, secret: Secret, *, actor: str) -> None:
        """Give ``name`` another password: ends all its sessions, and it may try again at once.

        Raises
        ------
        StoreError
            There is no such account.
        """
        with self._writing() as connection:
            _known(connection, name)
            table = schema.accounts
            connection.execute(update(table).where(table.c.name == name).values(password_hash=secret.stored))
            remove_sessions(connection, name)
            forget_tries(connection, name)
            self._note(connection, actor, name, "password" if secret.once_until is None else "one_time_password")

    def refresh_hash(self, name: str, old: Secret, new: Secret) -> None:
        """Keep the same password under another hash, unless it was changed in the meantime."""
        columns = schema.accounts.c
        same = (columns.name == name) & (columns.password_hash == old.stored)
        with self._engine.begin() as connection:
            connection.execute(update(schema.accounts).where(same).values(password_hash=new.stored))

    def sign_out(self, name: str, *, actor: str) -> None:
        """End all sessions of ``name``."""
        with self._writing() as connection:
            remove_sessions(connection, name)
            self._note(connection, actor, name, "signed_out")

    def sign_out_some(self, name: str, marks: Collection[str], *, actor: str) -> int:
        """End those sessions of ``name`` that have one of ``marks`` (:attr:`Session.mark`); how many there were."""
        with self._writing() as connection:
            ended = remove_some_sessions(connection, name, marks)
            if ended:
                self._note(connection, actor, name, "signed_out_some")
        return ended

    def events(self, number: int = 100) -> list[AccountEvent]:
        """The latest changes, newest first."""
        columns = schema.account_events.c
        with self._engine.connect() as connection:
            query = select(schema.account_events).order_by(columns.sequence.desc()).limit(number)
            rows = connection.execute(query).mappings().all()
        return [AccountEvent(**{name: row[name] for name in AccountEvent.__dataclass_fields__}) for row in rows]

    def _add(
        self,
        connection: Connection,
        name: str,
        full_name: str,
        role: AccountRole,
        secret: Secret | None,
        actor: str,
        language: str,
    ) -> Account:
        account = Account(
            name=name,
            full_name=full_name,
            role=role,
            language=language,
            created=self._clock(),
            has_password=secret is not None,
        )
        values = account.model_dump(exclude={"has_password"}) | {"role": role.value}
        hashed = None if secret is None else secret.stored
        connection.execute(insert(schema.accounts).values(**values, password_hash=hashed))
        self._note(connection, actor, name, "added", role=role.value, full_name=full_name)
        return account

    def _note(self, connection: Connection, actor: str, name: str, event: str, **data: str) -> None:
        values = {"moment": self._clock(), "actor": actor, "account": name, "event": event, "data": data}
        append_rows(connection, schema.account_events, [values])

    def _writing(self) -> AbstractContextManager[Connection]:
        # One after the other from the first look to the last write: else two admins could demote each other at once.
        return writing_alone(self._engine, _LOCK)


def _count(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(schema.accounts)).scalar_one()


def _find(connection: Connection, name: str) -> Account | None:
    row = connection.execute(select(schema.accounts).where(schema.accounts.c.name == name)).mappings().first()
    return None if row is None else as_account(row)


def _known(connection: Connection, name: str) -> Account:
    found = _find(connection, name)
    if found is None:
        raise StoreError("error.account_unknown", name=name)
    return found


def _is_admin(account: Account) -> bool:
    return account.active and account.role is AccountRole.ADMIN


def _active_admins(connection: Connection) -> int:
    columns = schema.accounts.c
    query = select(func.count()).where(columns.active, columns.role == AccountRole.ADMIN.value)
    return connection.execute(query).scalar_one()
