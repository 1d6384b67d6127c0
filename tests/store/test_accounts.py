"""Accounts in the store: nobody is locked out for good, every change is noted, sessions end when they should."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from pipelines.domain.accounts import AccountRole
from pipelines.errors import StoreError
from pipelines.store import open_workspace, schema
from pipelines.store.accounts import COMMAND, AccountStore, Secret
from pipelines.store.sessions import TRIES, TRIES_WINDOW, Ends, hash_key

_ENDS = Ends(timedelta(hours=4), timedelta(hours=12))
_START = datetime(2026, 3, 2, 9, 0, 0)


class _Clock:
    moment = _START

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture
def engine(tmp_path: Path, database: str) -> Iterator[Engine]:
    workspace = open_workspace(tmp_path, database)
    yield workspace.engine
    workspace.close()


@pytest.fixture
def clock() -> _Clock:
    return _Clock()


@pytest.fixture
def accounts(engine: Engine, clock: _Clock) -> AccountStore:
    return AccountStore(engine, clock)


def _add(accounts: AccountStore, name: str, role: AccountRole = AccountRole.READER) -> None:
    accounts.create(name, name.capitalize(), role, Secret("hash of " + name), actor=COMMAND)


def test_an_account_is_kept_with_all_it_has(accounts: AccountStore) -> None:
    made = accounts.create("an", "An Achter", AccountRole.EDITOR, Secret("h"), actor="baas", language="en")
    assert accounts.get("an") == made and accounts.all() == [made] and accounts.count() == 1
    assert (made.role, made.language, made.created, made.has_password) == (AccountRole.EDITOR, "en", _START, True)
    assert accounts.get("niemand") is None and accounts.secret("niemand") is None


def test_a_name_is_given_once_even_after_it_was_closed(accounts: AccountStore) -> None:
    _add(accounts, "an")
    accounts.change("an", actor="baas", active=False)
    with pytest.raises(StoreError) as caught:
        _add(accounts, "an")
    assert caught.value.key == "error.account_exists"


def test_of_many_first_accounts_at_once_one_wins(engine: Engine) -> None:
    stores = [AccountStore(engine) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(lambda n: stores[n].create_first(f"p{n}", "Een", Secret("h"), "nl"), range(6)))
    assert len([account for account in made if account is not None]) == 1
    assert stores[0].count() == 1 and stores[0].all()[0].role is AccountRole.ADMIN


def test_the_last_active_admin_stays(accounts: AccountStore) -> None:
    _add(accounts, "baas", AccountRole.ADMIN)
    _add(accounts, "oud", AccountRole.ADMIN)
    accounts.change("oud", actor="baas", active=False)
    for change in ({"role": "editor"}, {"active": False}):
        with pytest.raises(StoreError) as caught:
            accounts.change("baas", actor="baas", **change)
        assert caught.value.key == "error.account_last_admin"
    accounts.change("oud", actor="baas", active=True)
    assert accounts.change("baas", actor="oud", role="reader").role is AccountRole.READER


def test_two_admins_cannot_remove_each_other_at_once(engine: Engine) -> None:
    store = AccountStore(engine)
    for turn in range(5):
        one, other = f"a{turn}", f"b{turn}"
        _add(store, one, AccountRole.ADMIN)
        _add(store, other, AccountRole.ADMIN)
        for earlier in store.all():
            if earlier.name not in {one, other} and earlier.active:
                store.change(earlier.name, actor=one, active=False)

        def close(pair: tuple[str, str]) -> bool:
            try:
                return not AccountStore(engine).change(pair[1], actor=pair[0], active=False).active
            except StoreError:
                return False

        with ThreadPoolExecutor(2) as pool:
            closed = list(pool.map(close, [(one, other), (other, one)]))
        assert sorted(closed) == [False, True]


def test_what_cannot_change_is_refused(accounts: AccountStore) -> None:
    _add(accounts, "an")
    with pytest.raises(ValueError, match="created"):
        accounts.change("an", actor="an", created="2020-01-01")
    with pytest.raises(StoreError):
        accounts.change("niemand", actor="an", language="en")


def test_every_change_is_noted_with_who_did_it(accounts: AccountStore) -> None:
    _add(accounts, "an")
    accounts.change("an", actor="baas", role="editor", full_name="Anna")
    accounts.change("an", actor="baas", role="editor")  # as it was: nothing to note
    accounts.change("an", actor="an", language="en", shortcuts=False)  # no matter of access
    accounts.set_secret("an", Secret("h2", _START), actor="baas")
    accounts.set_secret("an", Secret("h3"), actor="an")
    accounts.change("an", actor="baas", active=False)
    accounts.change("an", actor="baas", active=True)
    accounts.sign_out("an", actor="baas")
    noted = [(e.actor, e.event) for e in reversed(accounts.events())]
    assert noted == [
        (COMMAND, "added"),
        ("baas", "changed"),
        ("baas", "one_time_password"),
        ("an", "password"),
        ("baas", "closed"),
        ("baas", "reopened"),
        ("baas", "signed_out"),
    ]
    changed = accounts.events()[-2]
    assert changed.data == {"role": "editor", "full_name": "Anna"} and changed.moment == _START
    assert all("h2" not in str(e.data) and "h3" not in str(e.data) for e in accounts.events())


def test_a_one_time_password_is_read_back_as_it_was_kept(accounts: AccountStore) -> None:
    _add(accounts, "an")
    for secret in (Secret("$argon2id$v=19$x"), Secret("$argon2id$v=19$x", _START)):
        accounts.set_secret("an", secret, actor="an")
        assert accounts.secret("an") == secret
    assert Secret("h", _START).ended(_START) and not Secret("h", _START).ended(_START - timedelta(seconds=1))
    assert not Secret("h").ended(_START)


def test_a_renewed_hash_never_undoes_another_password(accounts: AccountStore) -> None:
    _add(accounts, "an")
    old = Secret("hash of an")
    accounts.refresh_hash("an", old, Secret("better hash"))
    assert accounts.secret("an") == Secret("better hash")
    accounts.refresh_hash("an", old, Secret("late"))
    assert accounts.secret("an") == Secret("better hash")


def test_the_key_of_a_session_is_not_in_the_database(accounts: AccountStore, engine: Engine, tmp_path: Path) -> None:
    _add(accounts, "an")
    accounts.sessions.start("an", "the-key-itself", _ENDS)
    with engine.connect() as connection:
        assert connection.execute(select(schema.sessions.c.key_hash)).scalar_one() == hash_key("the-key-itself")
    assert all(b"the-key-itself" not in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_a_session_ends_without_use_and_after_a_day(accounts: AccountStore, clock: _Clock) -> None:
    _add(accounts, "an")
    accounts.sessions.start("an", "k", _ENDS)
    for _ in range(3):  # used every 3 h 59 min it lasts until its 12 hours are over
        clock.moment += timedelta(hours=3, minutes=59)
        assert accounts.sessions.find("k", _ENDS) is not None
    clock.moment = _START + timedelta(hours=12)
    assert accounts.sessions.find("k", _ENDS) is None
    accounts.sessions.start("an", "l", _ENDS)
    clock.moment += timedelta(hours=4)
    assert accounts.sessions.find("l", _ENDS) is None
    assert accounts.sessions.of_account("an", _ENDS) == []


def test_the_last_use_is_written_once_a_minute(accounts: AccountStore, clock: _Clock, engine: Engine) -> None:
    _add(accounts, "an")
    accounts.sessions.start("an", "k", _ENDS)

    def used() -> datetime:
        with engine.connect() as connection:
            return connection.execute(select(schema.sessions.c.last_used)).scalar_one()

    for seconds, written in ((59, 0), (60, 60), (119, 60), (130, 130)):
        clock.moment = _START + timedelta(seconds=seconds)
        accounts.sessions.find("k", _ENDS)
        assert used() == _START + timedelta(seconds=written)


def test_a_busy_database_does_not_hold_up_a_page(accounts: AccountStore, clock: _Clock, engine: Engine) -> None:
    _add(accounts, "an")
    accounts.sessions.start("an", "k", _ENDS)
    clock.moment += timedelta(minutes=5)
    if engine.dialect.name != "sqlite":
        pytest.skip("only SQLite has one writer at a time")
    with engine.connect() as writer:
        writer.exec_driver_sql("BEGIN IMMEDIATE")
        assert accounts.sessions.find("k", _ENDS) is not None  # would wait 30 s, and then fail
        writer.rollback()
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one() == 30_000
    clock.moment += timedelta(minutes=1)
    accounts.sessions.find("k", _ENDS)
    assert accounts.sessions.of_account("an", _ENDS)[0].last_used == clock.moment


@pytest.mark.parametrize("act", ["close", "password", "sign_out"])
def test_what_ends_all_sessions_ends_those_of_nobody_else(accounts: AccountStore, act: str) -> None:
    for name in ("an", "bo"):
        _add(accounts, name)
        accounts.sessions.start(name, f"{name}1", _ENDS)
        accounts.sessions.start(name, f"{name}2", _ENDS)
    if act == "close":
        accounts.change("an", actor="baas", active=False)
    elif act == "password":
        accounts.set_secret("an", Secret("h"), actor="an")
    else:
        accounts.sign_out("an", actor="an")
    assert [accounts.sessions.find(f"an{n}", _ENDS) for n in (1, 2)] == [None, None]
    assert all(accounts.sessions.find(f"bo{n}", _ENDS) is not None for n in (1, 2))


def test_a_new_session_clears_away_those_that_ended(accounts: AccountStore, clock: _Clock, engine: Engine) -> None:
    _add(accounts, "an")
    accounts.sessions.start("an", "old", _ENDS)
    clock.moment += timedelta(hours=13)
    accounts.sessions.start("an", "new", _ENDS)
    with engine.connect() as connection:
        assert list(connection.execute(select(schema.sessions.c.key_hash)).scalars()) == [hash_key("new")]


def test_ten_tries_and_then_a_wait_that_ends(accounts: AccountStore, clock: _Clock) -> None:
    for number in range(TRIES):
        clock.moment = _START + timedelta(seconds=number)
        assert accounts.sessions.begin_try("an") is None
    again = accounts.sessions.begin_try("an")
    assert again == _START + TRIES_WINDOW
    assert accounts.sessions.begin_try("bo") is None
    clock.moment = again
    assert accounts.sessions.begin_try("an") is None  # the first of the ten has aged
    assert accounts.sessions.begin_try("an") == _START + timedelta(seconds=1) + TRIES_WINDOW
    accounts.sessions.forget_tries("an")
    assert accounts.sessions.begin_try("an") is None


def test_many_tries_at_once_do_not_slip_through(engine: Engine) -> None:
    stores = [AccountStore(engine) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda n: stores[n % 8].sessions.begin_try("an"), range(40)))
    assert outcomes.count(None) == TRIES


def test_names_that_were_tried_are_not_in_the_database(accounts: AccountStore, engine: Engine, tmp_path: Path) -> None:
    accounts.sessions.begin_try("mijn-wachtwoord-per-ongeluk")
    with engine.connect() as connection:
        assert len(connection.execute(select(schema.sign_in_tries.c.name_hash)).scalar_one()) == 64
    assert all(b"per-ongeluk" not in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
