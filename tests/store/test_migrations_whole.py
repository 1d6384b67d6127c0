"""Migrations are done whole or not at all; those that chain rows of former releases take them as they are."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Engine, create_engine, event, text

from pipelines.errors import StoreError
from pipelines.store import database, schema
from pipelines.store.chains import n_chain_faults
from pipelines.store.checking import open_for_checking
from pipelines.store.database import address_of_file, make_engine, migration_config, open_engine
from pipelines.store.workspace import open_workspace
from pipelines.store.writing import writing_alone

_WHOLE = "KENNISSTAND_TEST_WHOLE" in os.environ
"""Whether from every release; else from the last alone."""
_ROWS = (
    "INSERT INTO table_versions (version, created, origin, data, record)"
    " VALUES ('{n}', '2026-01-0{n} 10:00:00', 'x', '{{\"rows\": [{n}], \"x\": \"é\"}}', '{{}}')",
    "INSERT INTO proposals (id, subject, made, data) VALUES ('{n}', 's', '2026-01-0{n} 10:00:00.000001', '{{}}')",
    "INSERT INTO account_events (moment, actor, account, event, data)"
    " VALUES ('2026-01-0{n} 10:00:00', 'a', 'b', 'added', '{{\"role\": \"admin\"}}')",
)


def _at(address: str, revision: str) -> None:
    """A database of a former release, with rows where it had these tables."""
    engine, config = create_engine(address.replace("postgresql:", "postgresql+psycopg:")), migration_config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        if revision == "0008":
            for number in (1, 2, 3):
                for row in _ROWS:
                    connection.exec_driver_sql(row.format(n=number))
    engine.dispose()


def _dump(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


class _Broken(Exception):
    """In the middle of a migration."""


@contextmanager
def _failing_at(monkeypatch: pytest.MonkeyPatch, number: int) -> Iterator[list[str]]:
    """Engines fail at their statement of this number; what was executed is in the list."""
    said: list[str] = []

    def make(url: Any) -> Engine:
        engine = make_engine(url)

        @event.listens_for(engine, "before_cursor_execute")
        def _count(_c: Any, _k: Any, statement: str, *_: Any) -> None:
            if len(said) == number:
                raise _Broken(statement)
            said.append(statement)

        @event.listens_for(engine, "connect")
        def _quick(connection: Any, _record: object) -> None:
            connection.execute("PRAGMA synchronous = OFF")

        return engine

    with monkeypatch.context() as patched:
        patched.setattr(database, "make_engine", make)
        yield said


@pytest.mark.parametrize("revision", [f"000{n}" for n in range(1, 9)] if _WHOLE else ["0008"])
def test_a_migration_that_fails_at_any_statement_leaves_the_former_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, revision: str
) -> None:
    path = tmp_path / "store.db"
    address = address_of_file(path)
    _at(address, revision)
    before, number = _dump(path), 0
    while True:
        with _failing_at(monkeypatch, number) as said:
            try:
                open_engine(address).dispose()
                break
            except _Broken:
                pass
        assert _dump(path) == before, (number, said[-1])
        number += 1 if _WHOLE else 9
    assert number > 20
    engine = open_engine(address)
    assert n_chain_faults(engine) == 0
    engine.dispose()


def test_the_first_tables_are_made_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "store.db"
    address, number, finished = address_of_file(path), 0, False
    while not finished:
        with _failing_at(monkeypatch, number):
            try:
                open_engine(address).dispose()
                finished = True
            except _Broken:
                assert _dump(path) == ["BEGIN TRANSACTION;", "COMMIT;"], number
        number += 1 if _WHOLE else 25
    assert number > 100


def test_rows_of_former_releases_are_chained_as_they_are(empty_database: str) -> None:
    sqlite = empty_database.startswith("sqlite")
    if sqlite:
        Path(empty_database.removeprefix("sqlite:///")).parent.mkdir(parents=True)
    _at(empty_database, "0008")
    if sqlite:  # damaged before: it is sealed as it is, and stops nothing
        with closing(sqlite3.connect(empty_database.removeprefix("sqlite:///"))) as connection:
            connection.execute("UPDATE table_versions SET data = '{\"rows\": [', created = 'once' WHERE number = 2")
            connection.commit()
    engine = open_engine(empty_database)
    assert n_chain_faults(engine) == 0
    with engine.connect() as connection:
        for table in (schema.table_versions, schema.proposals, schema.account_events):
            links = connection.execute(text(f"SELECT previous_hash, hash FROM {table.name} ORDER BY 1")).all()
            assert len(links) == 3 and {link[0] for link in links} - {link[1] for link in links} == {"0" * 64}
    with engine.begin() as connection:
        assert connection.execute(text("UPDATE account_events SET actor = 'x' WHERE sequence = 3")).rowcount == 1
    assert n_chain_faults(engine) == 1
    engine.dispose()


def test_a_database_of_a_former_release_can_be_looked_at_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    _at(address_of_file(path), "0008")
    before = path.read_bytes()
    engine = open_for_checking(address_of_file(path))
    with engine.connect() as connection, pytest.raises(StoreError, match="readonly"):
        connection.execute(text("DELETE FROM proposals"))
    engine.dispose()
    assert path.read_bytes() == before


def test_every_connection_to_sqlite_is_as_careful_as_can_be(tmp_path: Path, sqlite_address: str) -> None:
    """Also those that are opened later, while others are in use, and within a transaction that writes."""
    workspace = open_workspace(tmp_path, sqlite_address)
    opened = [workspace.engine.connect() for _ in range(4)]
    with writing_alone(workspace.engine, 1) as writing:
        for connection in (*opened, writing):
            names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]
            assert found == ["wal", 2, 1, 30_000]
    for connection in opened:
        connection.close()
    workspace.close()
