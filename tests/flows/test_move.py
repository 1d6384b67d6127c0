"""Moving a database: row for row to a server and back, all or nothing, and what the command says."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from accepted_evidence import Desk, add_accounts
from postgres_server import PostgresServer
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Engine,
    Float,
    Integer,
    LargeBinary,
    Table,
    insert,
    select,
    text,
)

from flows import move
from flows.workspace import open_settings_workspace
from pipelines.cli.main import FAILED, OK, run
from pipelines.domain.decisions import Role
from pipelines.errors import StoreError
from pipelines.settings import Settings
from pipelines.store import copying, schema
from pipelines.store.copying import copy_database, filled_tables
from pipelines.store.database import address_of_file, open_engine
from pipelines.store.workspace import Workspace

MOMENTS = (datetime(2026, 3, 29, 1, 59, 59, 999_999), datetime(1999, 12, 31), datetime(2026, 10, 25, 2, 30))
JSONS = ({"a": "x\x00y", "é": [1, 2.5, None, True]}, None, [])
TEXTS = ("een\x00twee \ud83d ï 😀 “x”\n\t", "", "'; DROP TABLE x; --")
#: To be put in as they are, past SQLAlchemy: how a field that was left out and a null in JSON differ.
N_ROWS = 3


def _value(column: Column[Any], number: int) -> Any:
    kind = column.type
    if column.foreign_keys:
        (key,) = column.foreign_keys
        return _value(key.column, number)
    if column.nullable and number == 1 and not isinstance(kind, JSON):
        return None
    if isinstance(kind, Boolean):
        return bool(number % 2)
    if isinstance(kind, BigInteger):
        return 2**53 + number
    if isinstance(kind, Integer):
        return 7 * (number + 1)
    if isinstance(kind, Float):
        return (0.1 + 0.2, 1e-300, -3.0)[number]
    if isinstance(kind, DateTime):
        return MOMENTS[number]
    if isinstance(kind, JSON):
        return JSONS[number] if column.nullable else {"number": number, **({"x": "\x00\ud83d"} if number else {})}
    if isinstance(kind, LargeBinary):
        return bytes(range(256)) * (number + 1)
    indexed = any(column.name in index.columns for index in column.table.indexes if index.unique)
    alone = column.unique or column.primary_key or indexed
    length = getattr(kind, "impl_instance", kind).length or 99
    if length < 3:
        return ("nl", "en", "nl")[number]
    if alone or length < 50:
        return f"{column.name[:6]}{number}"
    return TEXTS[number]


def _fill(engine: Engine, *, leave: frozenset[str] = frozenset()) -> None:
    """Rows in every table: numbers with gaps, all types, characters that databases refuse, fields left out."""
    with engine.begin() as connection:
        for table in schema.metadata.sorted_tables:
            if table.name not in leave:
                rows = [{c.name: _value(c, number) for c in table.c} for number in range(N_ROWS)]
                for row in rows:
                    connection.execute(insert(table).values(**row))
        connection.execute(text("UPDATE documents SET reason = NULL WHERE sequence = 7"))


def _rows(engine: Engine) -> dict[str, set[tuple[Any, ...]]]:
    """All rows, as SQLAlchemy gives them; JSON as text."""
    with engine.connect() as connection:
        found = {
            table.name: {
                tuple(bytes(v) if isinstance(v, memoryview) else v for v in row)
                for row in connection.execute(select(*_plain(table)))
            }
            for table in schema.metadata.sorted_tables
        }
    return found


def _plain(table: Table) -> list[Any]:
    from sqlalchemy import Text, cast

    return [cast(c, Text) if isinstance(c.type, JSON) else c for c in table.c]


@pytest.fixture
def engines(tmp_path: Path, postgres_address: str) -> Iterator[tuple[Engine, Engine, Engine]]:
    """A file with rows in every table but two, an empty server and an empty file."""
    made = (
        open_engine(f"sqlite:///{tmp_path}/one.db"),
        open_engine(postgres_address),
        open_engine(f"sqlite:///{tmp_path}/two.db"),
    )
    _fill(made[0], leave=frozenset({"second_opinions", "acts"}))
    yield made
    for engine in made:
        engine.dispose()


def test_there_and_back_every_row_is_the_same(engines: tuple[Engine, Engine, Engine]) -> None:
    first, server, last = engines
    heard: dict[str, int] = {}

    def hear(table: str, n_rows: int) -> None:
        heard[table] = heard.get(table, 0) + n_rows

    counts = copy_database(first, server, hear)
    assert copy_database(server, last) == counts
    before = _rows(first)
    assert counts == {name: len(rows) for name, rows in before.items()}
    assert heard == {name: count for name, count in counts.items() if count}
    assert (counts["acts"], counts["second_opinions"]) == (0, 0) and sum(counts.values()) > 60
    assert _rows(server) == before == _rows(last)
    # Left out is not the same as a null in JSON.
    assert {row[7] for row in before["documents"]} == {None, "null", "[]"}


@pytest.mark.parametrize("back", [False, True], ids=["server", "file"])
def test_numbers_go_on_after_the_last(engines: tuple[Engine, Engine, Engine], back: bool) -> None:
    first, server, last = engines
    copy_database(first, server)
    if back:
        copy_database(server, last)
    target = last if back else server
    values = {c.name: _value(c, 0) for c in schema.account_events.c if c.name != "sequence"} | {"previous_hash": "new"}
    acts = {c.name: _value(c, 0) for c in schema.acts.c if c.name != "sequence"}
    with target.begin() as connection:
        assert connection.execute(insert(schema.account_events).values(**values)).inserted_primary_key == (22,)
        assert connection.execute(insert(schema.acts).values(**acts)).inserted_primary_key == (1,)


def test_a_database_that_holds_something_is_left_alone(engines: tuple[Engine, Engine, Engine]) -> None:
    first, server, _ = engines
    with server.begin() as connection:
        connection.execute(insert(schema.runs).values(**{c.name: _value(c, 0) for c in schema.runs.c}))
    before = _rows(server)
    for target in (server, first):
        with pytest.raises(StoreError) as caught:
            copy_database(first, target)
        assert caught.value.key == "error.move_target_filled" and "runs" in str(caught.value.values["tables"])
    assert _rows(server) == before


@pytest.mark.parametrize("what", ["passages", "the last"])
def test_what_breaks_off_leaves_nothing(engines: tuple[Engine, Engine, Engine], what: str) -> None:
    first, server, last = engines

    class Killed(BaseException):
        pass

    def kill(table: str, _n_rows: int) -> None:
        if what in (table, "the last") and (what == table or table == "sign_in_tries"):
            raise Killed

    for target in (server, last):
        with pytest.raises(Killed):
            copy_database(first, target, kill)
        with target.connect() as connection:
            assert filled_tables(connection) == []
        assert sum(copy_database(first, target).values()) > 60


def test_what_arrives_otherwise_is_refused(engines: tuple[Engine, Engine, Engine]) -> None:
    first, server, _ = engines
    with server.begin() as connection:
        changes = "CREATE FUNCTION changes() RETURNS trigger LANGUAGE plpgsql AS"
        connection.execute(text(f"{changes} $$ BEGIN NEW.text := NEW.text || ' '; RETURN NEW; END $$"))
        when = "CREATE TRIGGER changes BEFORE INSERT ON passages FOR EACH ROW"
        connection.execute(text(f"{when} WHEN (NEW.position = 7) EXECUTE FUNCTION changes()"))
    with pytest.raises(StoreError) as caught:
        copy_database(first, server)
    assert (caught.value.key, caught.value.values["table"]) == ("error.move_differs", "passages")
    with server.connect() as connection:
        assert filled_tables(connection) == []


def test_a_row_that_refers_to_none_is_told(engines: tuple[Engine, Engine, Engine]) -> None:
    first, server, _ = engines
    with first.connect() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        connection.exec_driver_sql("DELETE FROM label_themes")
        connection.exec_driver_sql("DELETE FROM labels")
        connection.exec_driver_sql("DELETE FROM passages")
        connection.commit()
        connection.invalidate()
    first.dispose()
    with first.begin() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
    with pytest.raises(StoreError) as caught:
        copy_database(first, server)
    assert (caught.value.key, caught.value.values["table"]) == ("error.move_refused", "label_rows")


def test_what_is_written_meanwhile_is_not_half_there(engines: tuple[Engine, Engine, Engine]) -> None:
    first, server, _ = engines
    late = {"id": "late", "started": MOMENTS[0], "state": "done", "language": "nl", "versions": {}, "summary": {}}

    def write(table: str, _n_rows: int) -> None:
        if table == "runs":
            with first.begin() as connection:
                connection.execute(insert(schema.harvests).values(source_id="s", started=MOMENTS[1], data={}))
                connection.execute(insert(schema.runs).values(**late))

    counts = copy_database(first, server, write)
    assert (counts["runs"], counts["harvests"]) == (N_ROWS, N_ROWS)


@pytest.fixture
def decided(tmp_path: Path) -> Iterator[Workspace]:
    """A workspace in which people decided."""
    workspace = open_settings_workspace(Settings(workspace=tmp_path / "work"))
    desk = Desk(workspace)
    passage = desk.accept_experiments(2)[0]
    desk.decide(passage, "bram", role=Role.SECOND)
    add_accounts(workspace, anna="reviewer", bram="editor")
    yield workspace
    workspace.close()


def test_the_command_moves_and_says_what_to_set(
    decided: Workspace,
    postgres_address: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    workspace = ["--workspace", str(decided.root)]
    address = postgres_address.replace("kennisstand@", "kennisstand:secret@")
    assert run(["move", address, "--json", *workspace]) == OK
    shown = capsys.readouterr()
    assert "KENNISSTAND_DATABASE_URL" in shown.err and "secret" not in shown.err + shown.out
    assert '"decisions": 3' in shown.out
    moved = Settings(workspace=decided.root, database_url=address)
    opened = open_settings_workspace(moved)
    assert opened.decisions.faults() == [] and opened.decisions.count() == 3
    opened.close()
    assert run(["move", address, *workspace]) == FAILED
    assert "secret" not in capsys.readouterr().err
    # And back, to a file of its own in another workspace.
    monkeypatch.setenv("KENNISSTAND_DATABASE_URL", address)
    (decided.root / "data" / "processed" / "kennisstand.db").rename(tmp_path / "former.db")
    decided.engine.dispose()
    own = f"sqlite:///{decided.root}/data/processed/kennisstand.db"
    assert run(["move", own, "--lang", "en", *workspace]) == OK
    assert "take KENNISSTAND_DATABASE_URL" in capsys.readouterr().err.replace("\n", " ")


def test_people_at_work_are_told_of_first(
    decided: Workspace, postgres_address: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    latest = max(one.decided for one in decided.decisions.all())
    assert move.n_at_work(decided, lambda: latest + timedelta(minutes=1)) == 2
    assert move.n_at_work(decided, lambda: latest + timedelta(hours=1)) == 0
    monkeypatch.setattr(move, "AT_WORK", timedelta(days=100_000))
    arguments = ["move", postgres_address, "--lang", "en", "--workspace", str(decided.root)]
    assert run(arguments) == 1
    assert "at work a moment ago: 2" in capsys.readouterr().err
    assert run([*arguments, "--yes"]) == OK


def test_no_scan_and_no_harvest_runs_meanwhile(decided: Workspace, postgres_address: str) -> None:
    with decided.scanning(), pytest.raises(StoreError) as caught:
        move.move_database(Settings(workspace=decided.root), postgres_address)
    assert caught.value.key == "error.scan_busy"
    with decided.harvesting(), pytest.raises(StoreError) as caught:
        move.move_database(Settings(workspace=decided.root), postgres_address)
    assert caught.value.key == "error.harvest_busy"


def test_what_was_tampered_with_and_what_came_later_is_told(
    decided: Workspace, postgres_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with decided.engine.begin() as connection:
        connection.execute(text("UPDATE decisions SET reviewer = 'carl' WHERE sequence = 2"))
    desk = Desk(decided)
    first = next(decided.decisions.all()).passage_id
    passage = decided.passages.by_id([first])[first]
    copied = copying.copy_database

    def and_then(*given: Any) -> dict[str, int]:
        counts = copied(*given)
        desk.decide(passage, "dora")
        return counts

    monkeypatch.setattr(move, "copy_database", and_then)
    outcome = move.move_database(Settings(workspace=decided.root), postgres_address)
    assert (outcome.n_faults, outcome.n_later, outcome.counts["decisions"]) == (1, 1, 3)


def test_addresses_are_shown_without_password(tmp_path: Path) -> None:
    assert move.without_password("postgresql://a:secret@h/x") == "postgresql://a:***@h/x"
    assert move.without_password("not an address") == "…"
    hidden = "postgresql://a@/x?host=%2Frun&password=secret&sslpassword=secret"
    assert move.without_password(hidden) == "postgresql://a@/x?host=%2Frun"
    for signs in ("postgresql://a:se@cret@h/x", "postgresql://a:se@c:ret@h/x", "postgresql://a:secret@h:p/x"):
        assert move.without_password(signs) == "…"
        with pytest.raises(StoreError) as caught:
            open_engine(signs)
        assert caught.value.key == "error.database_address_signs" and caught.value.__cause__ is None
    settings = Settings(workspace=tmp_path)
    assert move.is_own_file(settings, _own_file(settings))
    assert not move.is_own_file(settings, "sqlite://") and not move.is_own_file(settings, "postgresql:///x")


def test_folders_may_have_signs_in_their_names(tmp_path: Path, postgres_address: str) -> None:
    odd = tmp_path / "nr. 2%23 #1, 50% + ?é"
    workspace = open_settings_workspace(Settings(workspace=odd))
    Desk(workspace).accept_experiments(1)
    workspace.close()
    if workspace.engine.dialect.name == "sqlite":
        assert (odd / "data" / "processed" / "kennisstand.db").exists()
    assert {path.name for path in tmp_path.iterdir()} == {odd.name}
    outcome = move.move_database(Settings(workspace=odd), postgres_address)
    assert outcome.counts["decisions"] == 1
    assert move.is_own_file(Settings(workspace=odd), _own_file(Settings(workspace=odd)))


def _own_file(settings: Settings) -> str:
    return address_of_file(settings.processed_dir / "kennisstand.db")


def test_a_database_is_not_moved_to_itself(
    decided: Workspace, postgres_address: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KENNISSTAND_DATABASE_URL", postgres_address)
    other_words = postgres_address.replace("+psycopg", "").replace("kennisstand@", "kennisstand:secret@")
    arguments = ["move", other_words, "--lang", "en", "--yes", "--workspace", str(decided.root)]
    assert run(arguments) == FAILED
    assert "Take that setting away first" in capsys.readouterr().err.replace("\n", " ")
    monkeypatch.delenv("KENNISSTAND_DATABASE_URL")
    assert run(arguments) == OK


def test_what_any_command_puts_in_a_new_database_is_no_hindrance(
    decided: Workspace, postgres_address: str, tmp_path: Path
) -> None:
    open_settings_workspace(Settings(workspace=tmp_path / "other", database_url=postgres_address)).close()
    outcome = move.move_database(Settings(workspace=decided.root), postgres_address)
    assert outcome.counts["table_versions"] == 1
    with pytest.raises(StoreError) as caught:
        move.move_database(Settings(workspace=decided.root), postgres_address)
    assert caught.value.key == "error.move_target_filled"


def test_a_server_that_has_no_patience_is_asked_for_more(
    engines: tuple[Engine, Engine, Engine], postgres: PostgresServer
) -> None:
    first, server, last = engines
    with postgres.connect() as connection:
        for name in ("idle_in_transaction_session_timeout", "statement_timeout"):
            connection.execute(f"ALTER DATABASE {server.url.database} SET {name} = '400ms'".encode())
    server.dispose()
    waited: list[str] = []

    def wait(table: str, _n_rows: int) -> None:
        if not waited:
            waited.append(table)
            time.sleep(0.6)

    copy_database(first, server, wait)
    waited.clear()
    assert copy_database(server, last, wait) and waited
