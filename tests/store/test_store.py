"""The store: nothing is lost, nothing is overwritten, migrations and tables agree."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from proposal_records import version_record

from pipelines.domain.documents import (
    Block,
    BlockKind,
    Document,
    DocumentState,
    Metadata,
    Reason,
    SourceReference,
)
from pipelines.domain.evidence import Evidence, Labels, Match
from pipelines.domain.evidence_table import Column, EvidenceTable, Statement, TableRow
from pipelines.domain.ids import content_id, file_checksum
from pipelines.domain.passages import DuplicateGroup, Passage
from pipelines.domain.themes import Theme, ThemeTags
from pipelines.errors import StoreError, TableError
from pipelines.store import Workspace, open_workspace
from pipelines.store.database import NEWEST_REVISION, migration_config
from pipelines.store.documents import FoundFile, ReadDocument
from pipelines.store.files import write_whole
from pipelines.store.passages import PassageFilter
from pipelines.store.schema import metadata
from pipelines.store.tables import TableStore


@pytest.fixture
def sqlite_workspace(tmp_path: Path, sqlite_address: str) -> Iterator[Workspace]:
    opened = open_workspace(tmp_path, sqlite_address)
    yield opened
    opened.close()


def _found(name: str, text: str) -> FoundFile:
    checksum = file_checksum(text.encode())
    return FoundFile(content_id("document", checksum), checksum, name, len(text), 1)


def _read(name: str, text: str, flag: float = 0.9) -> ReadDocument:
    source = SourceReference(path=name, checksum=file_checksum(text.encode()), n_bytes=len(text))
    document = Document(
        id=source.document_id,
        source=source,
        media_type="text/plain",
        parser="text/1",
        state=DocumentState.TEXT,
        metadata=Metadata(title="Titel", authors=("A. Bee", "C. Dee"), year=2025, language="nl"),
        text=text,
        blocks=(Block(kind=BlockKind.PARAGRAPH, start=0, end=len(text)),),
    )
    passage = Passage(
        id=content_id(document.id, 0, text),
        document_id=document.id,
        position=0,
        text=text,
        start=0,
        end=len(text),
        language="nl",
        n_words=len(text.split()),
    )
    labels = Labels(
        tags=ThemeTags(
            passage_id=passage.id,
            probabilities={t: 0.9 if t is Theme.EMPLOYMENT else 0.1 for t in Theme},
            model_version="m1",
        ),
        evidence=Evidence(
            passage_id=passage.id,
            rows=(Match(id="D1", score=0.8),),
            flag=flag,
            model_version="m1",
            table_version="t1",
        ),
    )
    return ReadDocument(
        document=document,
        passages=[passage],
        signatures={passage.id: b"\x01\x02"},
        labels=[labels],
        seconds={"read": 0.5, "labels": 0.1},
        versions={"read": "text/1"},
        file="data/raw/" + name,
    )


def test_migrations_make_the_tables_of_the_schema(workspace: Workspace) -> None:
    with workspace.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_sqlite_writes_ahead_and_holds_to_foreign_keys(sqlite_workspace: Workspace) -> None:
    with sqlite_workspace.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_a_file_that_is_no_database_gives_a_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    path.write_bytes(b"this is not a database, and long enough to be seen as none" * 40)
    with pytest.raises(StoreError) as caught:
        open_workspace(tmp_path, f"sqlite:///{path}")
    assert caught.value.key == "error.database"


def test_the_newest_revision_is_the_last_migration() -> None:
    assert ScriptDirectory.from_config(migration_config()).get_current_head() == NEWEST_REVISION


def test_a_database_of_a_newer_program_is_refused(workspace: Workspace, database: str, tmp_path: Path) -> None:
    with workspace.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError) as caught:
        open_workspace(tmp_path, database)
    assert caught.value.key == "error.database_newer"


def test_a_locked_database_is_told_in_words(
    sqlite_workspace: Workspace, sqlite_address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.store.database.BUSY_TIMEOUT_SECONDS", 0.1)
    second = open_workspace(tmp_path, sqlite_address)
    with sqlite_workspace.engine.connect() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        with pytest.raises(StoreError) as caught:
            second.documents.register(second.runs.new("nl", {}), [_found("een.txt", "Een tekst.")])
        connection.rollback()
    second.close()
    assert caught.value.key == "error.database_locked"


def test_a_full_database_is_told_in_words(sqlite_workspace: Workspace) -> None:
    with sqlite_workspace.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    found = [_found(f"{n}.txt", str(n)) for n in range(2000)]
    with pytest.raises(StoreError) as caught:
        sqlite_workspace.documents.register(sqlite_workspace.runs.new("nl", {}), found)
    assert caught.value.key == "error.database_full"
    assert sqlite_workspace.documents.summaries() == []


def test_two_commands_may_be_the_first_in_a_workspace(tmp_path: Path, empty_database: str) -> None:
    def open_and_add(_: int) -> list[str]:
        opened = open_workspace(tmp_path, empty_database)
        row = TableRow(id="A1", chapter=Theme.ADOPTION, nl="x", en="x")
        opened.tables.add(EvidenceTable(version="1", rows=(row,)), version_record("x"))
        versions = [version for version, _, _ in opened.tables.versions()]
        opened.close()
        return versions

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(open_and_add, range(4))) == [["1"]] * 4


def test_versions_that_are_stored_at_once_are_each_stored_once(workspace: Workspace) -> None:
    rows = [TableRow(id="A1", chapter=Theme.ADOPTION, nl=name, en=name) for name in "xy"]

    def add(number: int) -> str:
        table = EvidenceTable(version="1", rows=(rows[number],))
        return TableStore(workspace.engine).add(table, version_record(str(number))).version

    with ThreadPoolExecutor(2) as pool:
        names = sorted(pool.map(add, range(2)))
    assert names == ["1", "1.2"] == [version for version, _, _ in workspace.tables.versions()]


def test_registered_documents_are_failed_until_saved(workspace: Workspace) -> None:
    run = workspace.runs.new("nl", {"program": "1"})
    one, two = _found("een.txt", "Een tekst over banen."), _found("twee.txt", "Nog een tekst over lonen.")
    assert workspace.documents.register(run, [one, two]) == [one.document_id, two.document_id]
    assert workspace.documents.register(run, [one]) == []
    assert workspace.documents.pending() == [one.document_id, two.document_id]
    assert {d.state for d in workspace.documents.summaries()} == {DocumentState.FAILED}
    assert workspace.runs.open() is not None and workspace.runs.open().id == run.id

    workspace.documents.save(run.id, _read("een.txt", "Een tekst over banen."))
    assert workspace.documents.pending() == [two.document_id]
    summary = workspace.documents.summaries([one.document_id])[0]
    assert (summary.state, summary.n_passages, summary.n_flagged) == (DocumentState.TEXT, 1, 1)
    assert summary.metadata.authors == ("A. Bee", "C. Dee")
    assert workspace.documents.seconds_by_stage(run.id) == {"read": 0.5, "labels": 0.1}


def test_saving_twice_changes_nothing(workspace: Workspace) -> None:
    run = workspace.runs.new("nl", {})
    workspace.documents.register(run, [_found("een.txt", "Een tekst over banen.")])
    read = _read("een.txt", "Een tekst over banen.")
    workspace.documents.save(run.id, read)
    with workspace.engine.connect() as connection:
        before = {t.name: connection.execute(t.select()).all() for t in metadata.sorted_tables}
    workspace.documents.save(run.id, read)
    with workspace.engine.connect() as connection:
        assert {t.name: connection.execute(t.select()).all() for t in metadata.sorted_tables} == before
    assert workspace.documents.get(read.document.id) == read.document


def test_filters_narrow_the_passages(workspace: Workspace) -> None:
    run = workspace.runs.new("nl", {})
    texts = {"een.txt": ("Een tekst over banen.", 0.9), "twee.txt": ("Nog een tekst over lonen.", 0.2)}
    workspace.documents.register(run, [_found(n, t) for n, (t, _) in texts.items()])
    for name, (text, flag) in texts.items():
        workspace.documents.save(run.id, _read(name, text, flag))
    documents = {d.id: d for d in workspace.documents.summaries()}

    def count(**chosen: object) -> int:
        return len(list(workspace.passages.find(documents, PassageFilter(**chosen))))  # type: ignore[arg-type]

    assert count() == 2
    assert count(flagged=True) == 1
    assert count(theme="employment") == 2 and count(theme="adoption") == 0
    assert count(row="D1") == 2 and count(row="A1") == 0
    assert count(language="en") == 0
    assert count(since=datetime(2999, 1, 1)) == 0
    assert workspace.passages.outdated("m1", "t1") == []
    assert len(workspace.passages.outdated("m1", "t2")) == 2


def test_groups_are_replaced_as_a_whole(workspace: Workspace) -> None:
    run = workspace.runs.new("nl", {})
    names = ("een.txt", "twee.txt")
    reads = [_read(n, f"Dezelfde tekst in bestand {n}.") for n in names]
    workspace.documents.register(run, [_found(n, r.document.text) for n, r in zip(names, reads, strict=True)])
    for read in reads:
        workspace.documents.save(run.id, read)
    ids = tuple(r.passages[0].id for r in reads)
    assert [s.passage_id for s in workspace.signatures.of_run(run.id)] == list(ids)
    documents = {d.id: d for d in workspace.documents.summaries()}
    workspace.passages.save_groups([DuplicateGroup(id=ids[0], passage_ids=ids)])
    assert [p.group for p in workspace.passages.find(documents)] == [ids[0], ids[0]]
    workspace.documents.save(run.id, reads[1])  # read again: it has no group until it is compared again
    workspace.passages.save_groups([])
    assert [p.group for p in workspace.passages.find(documents)] == [None, None]


def test_table_versions_are_only_added(workspace: Workspace) -> None:
    first = EvidenceTable(
        version="2024-10-02",
        rows=(
            TableRow(
                id="A1",
                chapter=Theme.ADOPTION,
                nl="Adoptie",
                statements=(Statement(id="A1.k1", column=Column.KNOWN, nl="Iets is bekend."),),
            ),
        ),
    )
    changed = first.model_copy(update={"rows": (first.rows[0].model_copy(update={"nl": "Adoptie van AI"}),)})
    assert workspace.tables.current() is None
    workspace.tables.add(first, version_record("shipped"))
    assert workspace.tables.add(first, version_record("again")).version == "2024-10-02"
    assert workspace.tables.add(changed, version_record("edited")).version == "2024-10-02.2"
    assert [v for v, _, _ in workspace.tables.versions()] == ["2024-10-02", "2024-10-02.2"]
    assert workspace.tables.get("2024-10-02") == first
    with pytest.raises(TableError):
        workspace.tables.get("1999")


def test_vectors_come_back_as_stored(workspace: Workspace) -> None:
    vectors = np.random.default_rng(0).normal(size=(3, 8)).astype(np.float32)
    workspace.vectors.save("encoder/1", "d1", ["a", "b", "c"], vectors)
    workspace.vectors.save("encoder/1", "d2", [], np.zeros((0, 8), dtype=np.float32))
    loaded = workspace.vectors.load("encoder/1", ["d1", "d2", "d3"])
    assert list(loaded) == ["a", "b", "c"]
    np.testing.assert_array_equal(np.stack([loaded[k] for k in "abc"]), vectors)


@pytest.mark.parametrize("content", [b"", b"PAR1 no Parquet PAR1"])
def test_damaged_vectors_are_as_good_as_none(workspace: Workspace, content: bytes) -> None:
    vectors = np.eye(3, dtype=np.float32)
    workspace.vectors.save("encoder/1", "d1", ["a", "b", "c"], vectors)
    next(workspace.root.glob("data/processed/vectors/*/d1.parquet")).write_bytes(content)
    assert workspace.vectors.load("encoder/1", ["d1"]) == {}


def test_only_one_scan_at_a_time(workspace: Workspace) -> None:
    with workspace.scanning(), pytest.raises(StoreError) as caught, workspace.scanning():
        raise AssertionError("a second scan began")
    assert caught.value.key == "error.scan_busy"
    with workspace.scanning():
        pass


def test_one_scan_at_a_time_also_from_two_computers(tmp_path: Path, postgres_address: str) -> None:
    """They share the server, not the folder."""
    here, there = (open_workspace(tmp_path / name, postgres_address) for name in ("here", "there"))
    with here.scanning(), pytest.raises(StoreError) as caught, there.scanning():
        raise AssertionError("a second scan began")
    assert caught.value.key == "error.scan_busy"
    with there.scanning():
        pass
    here.close()
    there.close()


def test_any_number_of_documents_may_be_asked_for(workspace: Workspace) -> None:
    """A statement of PostgreSQL holds no more than 65,535 values."""
    run = workspace.runs.new("nl", {})
    found = _found("een.txt", "Een tekst over banen.")
    workspace.documents.register(run, [found])
    asked = [found.document_id, *(f"{number:020}" for number in range(70_000))]
    assert [d.id for d in workspace.documents.summaries(asked)] == [found.document_id]
    workspace.documents.reopen(asked, run)
    assert workspace.documents.pending() == [found.document_id]


def test_an_interrupted_write_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "f"
    write_whole(path, b"old")
    with pytest.raises(TypeError):
        write_whole(path, "no bytes")  # type: ignore[arg-type]
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


def test_a_reason_is_kept_with_the_document(workspace: Workspace) -> None:
    run = workspace.runs.new("nl", {})
    found = _found("kapot.pdf", "xx")
    workspace.documents.register(run, [found])
    read = _read("kapot.pdf", "xx")
    bad = Document(
        id=found.document_id,
        source=read.document.source,
        media_type="application/pdf",
        parser="pdf/1",
        state=DocumentState.REJECTED,
        reason=Reason(key="reason.damaged", values={"detail": "xref"}),
    )
    workspace.documents.save(
        run.id, ReadDocument(document=bad, passages=[], signatures={}, labels=[], seconds={"read": 0.1}, versions={})
    )
    summary = workspace.documents.summaries()[0]
    assert summary.state is DocumentState.REJECTED and summary.reason == bad.reason
    assert workspace.documents.pending() == []
    workspace.documents.reopen([found.document_id], run)
    assert workspace.documents.pending() == [found.document_id]
    assert workspace.documents.summaries()[0].reason == bad.reason


def test_any_number_of_documents_can_be_chosen(workspace: Workspace) -> None:
    """Also more than a statement of either database holds values."""
    run = workspace.runs.new("nl", {})
    found = _found("a.txt", "aa")
    workspace.documents.register(run, [found])
    workspace.documents.save(run.id, _read("a.txt", "aa"))
    documents = {one.id: one for one in workspace.documents.summaries()}
    passages = list(workspace.passages.find(documents))
    assert passages
    many = ["\x00", "'\"\\", *(f"{number:020}" for number in range(70_000))]
    assert list(workspace.passages.find(documents, PassageFilter(document_ids=many))) == []
    chosen = PassageFilter(document_ids=[*many, found.document_id])
    assert list(workspace.passages.find(documents, chosen)) == passages
