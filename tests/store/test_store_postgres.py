"""What only PostgreSQL does: refusals in words, lengths, characters, isolation, a server that goes away."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from postgres_server import PostgresServer, running_server
from proposal_records import version_record
from sqlalchemy import Connection, event, text

from pipelines.domain.evidence_table import EvidenceTable, TableRow
from pipelines.domain.inbox import InboxItem, Listed
from pipelines.domain.themes import Theme
from pipelines.errors import StoreError
from pipelines.store import writing
from pipelines.store.database import open_engine
from pipelines.store.documents import DocumentStore, FoundFile
from pipelines.store.inbox import InboxFilter, InboxStore
from pipelines.store.runs import RunStore
from pipelines.store.schema import metadata
from pipelines.store.tables import TableStore
from pipelines.store.writing import writing_alone
from pipelines.strings import LANGUAGES, error_text


@pytest.fixture
def own_server(postgres: PostgresServer) -> Iterator[PostgresServer]:
    """A server that may be stopped."""
    with running_server(postgres.programs) as server:
        yield server


def _refusal(address: str) -> StoreError:
    with pytest.raises(StoreError) as caught:
        open_engine(address)
    assert all(len(error_text(caught.value, language)) > 40 for language in LANGUAGES)
    return caught.value


def test_an_address_without_driver_will_do(postgres: PostgresServer, postgres_address: str) -> None:
    for scheme in ("postgresql", "postgres", "postgresql+asyncpg"):
        engine = open_engine(postgres_address.replace("postgresql+psycopg", scheme))
        with engine.connect() as connection:
            assert compare_metadata(MigrationContext.configure(connection), metadata) == []
            assert connection.execute(text("SHOW synchronous_commit")).scalar() == "on"
            assert connection.execute(text("SHOW transaction_isolation")).scalar() == "read committed"
            ours = "SELECT count(*) FROM pg_settings WHERE name LIKE 'tcp_keepalives%' AND source = 'session'"
            assert connection.execute(text(ours)).scalar() == 3  # this connection is no TCP: it shows no values
        engine.dispose()


def test_what_the_server_refuses_is_told_in_words(postgres: PostgresServer, postgres_address: str) -> None:
    assert _refusal(postgres.address("no_such_database")).key == "error.database_missing"
    assert _refusal(postgres.address("postgres", user="nobody_here")).key == "error.database_missing"
    assert _refusal(f"postgresql://x@/x?host={postgres.folder}/elsewhere").key == "error.database_unreachable"
    assert _refusal(postgres_address + "&no_such_option=1").key == "error.database_address"
    assert _refusal(postgres_address + "&options=-csearch_path%3Dnone_such").key == "error.database_rights"
    assert _refusal("mysql://x@h/x").key == "error.database_address"


def test_a_database_that_cannot_hold_every_character_is_refused(postgres: PostgresServer) -> None:
    name = postgres.new_database("ENCODING LATIN1 TEMPLATE template0")
    error = _refusal(postgres.address(name))
    assert (error.key, error.values["encoding"]) == ("error.database_encoding", "LATIN1")


def test_a_wrong_password_is_told_without_repeating_it(own_server: PostgresServer) -> None:
    with own_server.connect() as connection:
        connection.execute("CREATE ROLE reviewer LOGIN PASSWORD 'the right one'")
    own_server.stop()
    (own_server.folder / "data" / "pg_hba.conf").write_text("local all reviewer scram-sha-256\nlocal all all trust\n")
    own_server.start()
    error = _refusal(own_server.address("postgres", user="reviewer:the-wrong-one"))
    assert error.key == "error.database_password"
    assert "the-wrong-one" not in str(error)


def test_a_user_without_rights_is_told_so(postgres: PostgresServer) -> None:
    name = postgres.new_database()
    with postgres.connect() as connection:
        connection.execute("CREATE ROLE guest LOGIN")
    assert _refusal(postgres.address(name, user="guest")).key == "error.database_rights"


def test_a_database_that_is_only_read_is_told_in_words(postgres: PostgresServer, postgres_address: str) -> None:
    engine = open_engine(postgres_address + "&options=-c%20default_transaction_read_only%3Don")
    with pytest.raises(StoreError) as caught:
        TableStore(engine).add(EvidenceTable(version="1"), version_record("x"))
    engine.dispose()
    assert caught.value.key == "error.database_server_readonly"


def test_a_writer_that_holds_on_too_long_is_told_in_words(
    postgres_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = open_engine(postgres_address)
    monkeypatch.setattr("pipelines.store.database.BUSY_TIMEOUT_SECONDS", 1)
    second = open_engine(postgres_address)
    with writing_alone(first, 1), pytest.raises(StoreError) as caught, writing_alone(second, 1):
        raise AssertionError("two wrote at once")
    assert caught.value.key == "error.database_locked"
    with writing_alone(second, 1):
        pass
    first.dispose()
    second.dispose()


def test_a_server_that_goes_away_is_told_and_found_again(own_server: PostgresServer) -> None:
    engine = open_engine(own_server.address(own_server.new_database()))
    runs = RunStore(engine)
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
        own_server.stop()
        with pytest.raises(StoreError) as caught:
            connection.execute(text("SELECT 1"))
    assert caught.value.key == "error.database_unreachable"
    with pytest.raises(StoreError) as caught:
        runs.all()
    assert caught.value.key == "error.database_unreachable"
    own_server.start()
    assert runs.all() == []
    engine.dispose()


def test_a_server_that_was_started_anew_is_not_noticed(own_server: PostgresServer) -> None:
    engine = open_engine(own_server.address(own_server.new_database()))
    runs = RunStore(engine)
    assert runs.all() == []
    own_server.stop()
    own_server.start()
    assert runs.all() == []
    own_server.stop()
    with pytest.raises(StoreError) as caught:
        runs.all()
    assert caught.value.key == "error.database_unreachable"
    engine.dispose()


def test_names_that_others_give_may_be_long(postgres_address: str) -> None:
    """SQLite takes no notice of the length of a column, PostgreSQL does."""
    engine = open_engine(postgres_address)
    table = EvidenceTable(version="v" * 300, rows=(TableRow(id="R" * 100, chapter=Theme.ADOPTION, nl="x"),))
    assert TableStore(engine).add(table, version_record("x")) == table
    assert InboxStore(engine).count(InboxFilter(row="R" * 100)) == 0
    engine.dispose()


def test_who_waited_sees_what_was_committed_meanwhile(postgres_address: str) -> None:
    """Also where the server's own level is a stricter one, under which a first look would hold for the whole."""
    strict = postgres_address + "&options=-c%20default_transaction_isolation%3Dserializable"
    engines = [open_engine(strict), open_engine(strict)]
    seen: list[int] = []

    def look() -> None:
        with writing_alone(engines[1], 1) as connection:
            seen.append(connection.execute(text("SELECT count(*) FROM table_versions")).scalar_one())

    waiting = threading.Thread(target=look)
    with writing_alone(engines[0], 1) as connection:
        waiting.start()
        _wait_for_lock(engines[0])
        connection.execute(
            text(
                "INSERT INTO table_versions (version, created, origin, data, record, previous_hash, hash)"
                " VALUES ('1', now(), 'x', '{}', '{}', '', '')"
            )
        )
    waiting.join()
    assert seen == [1]
    for engine in engines:
        engine.dispose()


def test_who_adds_to_the_inbox_waits_for_a_new_list(postgres_address: str) -> None:
    """Else the same item would be there twice, and a scan end in it."""
    engine = open_engine(postgres_address)
    inbox, added = InboxStore(engine), threading.Thread(target=lambda: InboxStore(engine).add(_listed(2)))

    def add(_connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("DELETE FROM inbox"):
            added.start()
            _wait_for_lock(engine)

    event.listen(engine, "after_cursor_execute", add)
    inbox.replace([_listed(1), _listed(2)])
    added.join()
    assert [item for item, _, _ in inbox.flags()] == ["p1", "p2"]
    engine.dispose()


def _listed(number: int) -> InboxItem:
    name = f"p{number}"
    return InboxItem(
        item_id=name, passage_id=name, document_id="d1", run_id="scan-0001", listed=Listed.FLAGGED, rank=number,
        flag=0.9, language="nl", n_passages=1, title="Titel", lead="Zin.",
    )  # fmt: skip


def test_locks_have_numbers_of_their_own() -> None:
    found = [
        number
        for path in Path(writing.__file__).parent.glob("*.py")
        for number in re.findall(r"_LOCK = ([\d_]+)", path.read_text(encoding="utf-8"))
    ]
    assert len(found) > 9 and len(set(found)) == len(found)


def _wait_for_lock(engine: object) -> None:
    query = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    latest = time.monotonic() + 120
    while time.monotonic() < latest:
        with engine.connect() as connection:  # type: ignore[attr-defined]
            if connection.execute(query).scalar_one():
                return
    raise AssertionError("nobody waits")


def test_characters_that_databases_refuse_are_replaced(tmp_path: Path, database: str) -> None:
    """On both: what is read back is the same wherever it is kept."""
    (tmp_path / "data" / "processed").mkdir(parents=True)
    engine = open_engine(database)
    runs, documents = RunStore(engine), DocumentStore(engine)
    run = runs.new("nl", {"program": "a\x00b\ud800"})
    documents.register(run, [FoundFile("d" * 20, "c" * 64, "map/a\x00\ud83d.txt", 1, 1)])
    assert list(documents.known_paths()) == ["map/a\ufffd\ufffd.txt"]
    assert runs.all()[0].versions == {"program": "a\x00b\ud800"}
    assert InboxStore(engine).count(InboxFilter(publisher="\x00", row="\ud800", theme="\x00")) == 0
    engine.dispose()
