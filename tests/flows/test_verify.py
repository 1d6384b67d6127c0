"""What ``doctor --verify`` finds of damage that was done on purpose, and that it finds nothing else."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from verified_workspace import decide, fill, originals

from flows.backup import make_backup
from flows.doctor import Finding
from flows.restore import restore_backup
from flows.verify import verify
from flows.workspace import open_settings_workspace
from pipelines.cli.main import run
from pipelines.settings import Settings
from pipelines.store import schema
from pipelines.store.chain import chained_hash, row_content
from pipelines.store.witness import WITNESS_FILE
from pipelines.strings import text as words


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("verified")
    fill(Settings(workspace=root, database_url=None))
    return root


@pytest.fixture
def settings(made: Path, tmp_path: Path) -> Settings:
    root = tmp_path / "w"
    shutil.copytree(made, root)
    engine = create_engine(f"sqlite:///{root}/data/processed/kennisstand.db")
    with engine.begin() as connection:  # the files lie elsewhere now
        for table, column in (("document_paths", "path"),):
            connection.execute(
                text(f"UPDATE {table} SET {column} = replace({column}, :a, :b)"), {"a": str(made), "b": str(root)}
            )
    engine.dispose()
    return Settings(workspace=root, database_url=None)


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest, settings: Settings, tmp_path: Path) -> Iterator[Settings]:
    """A workspace on each kind of database in turn."""
    if request.param == "sqlite":
        yield settings
        return
    root = tmp_path / "served"
    served = Settings(workspace=root, database_url=request.getfixturevalue("postgres_address"))
    fill(served)
    yield served


@pytest.fixture(autouse=True)
def no_shipped_models(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """To read them all takes longer than all the rest."""
    monkeypatch.setattr(Settings, "shipped_models_dir", property(lambda _: tmp_path / "no models"))


def _bad(settings: Settings) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for finding in verify(settings):
        if not finding.good and finding.check != "backup":
            assert words(finding.key, "nl", **finding.values) and words(finding.key, "en", **finding.values)
            found.setdefault(finding.check, []).append(finding)
    return found


def _change(settings: Settings, *statements: str) -> None:
    engine = create_engine(settings.database.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        for statement in statements:
            json_type = "TEXT" if connection.dialect.name == "sqlite" else "JSON"
            assert connection.exec_driver_sql(statement.replace("@JSON", json_type)).rowcount > 0, statement
    engine.dispose()


def test_what_is_whole_is_whole(either: Settings) -> None:
    assert _bad(either) == {}
    open_settings_workspace(either).close()
    assert _bad(either) == {}


_OF_DATA = "data = CAST(replace(CAST(data AS TEXT), '{}', '{}') AS @JSON)"
_EDITS = {
    "the last decision is gone": ("decisions", "lost", ["DELETE FROM decisions WHERE sequence = 12"]),
    "the last two are gone": ("decisions", "lost", ["DELETE FROM decisions WHERE sequence > 10"]),
    "all are gone": ("decisions", "lost", ["DELETE FROM decisions"]),
    "one in the middle is gone": ("decisions", "changed", ["DELETE FROM decisions WHERE sequence = 5"]),
    "another number": ("decisions", "changed", ["UPDATE decisions SET sequence = 500 WHERE sequence = 12"]),
    "another reader": ("decisions", "changed", ["UPDATE decisions SET reviewer = 'x' WHERE sequence = 4"]),
    "two rows swapped": (
        "decisions",
        "changed",
        [
            "UPDATE decisions SET sequence = 99 WHERE sequence = 3",
            "UPDATE decisions SET sequence = 3 WHERE sequence = 4",
            "UPDATE decisions SET sequence = 4 WHERE sequence = 99",
        ],
    ),
    "words of a version": (
        "table_versions",
        "changed",
        ["UPDATE table_versions SET " + _OF_DATA.format("Productiviteit 1", "Productiviteit 9") + " WHERE number = 3"],
    ),
    "name of a version": ("table_versions", "changed", ["UPDATE table_versions SET version = 'x' WHERE number = 2"]),
    "moment of a version": (
        "table_versions", "changed", ["UPDATE table_versions SET created = '2020-01-01 00:00:00' WHERE number = 2"]
    ),
    "the last version is gone": ("table_versions", "lost", ["DELETE FROM table_versions WHERE number = 4"]),
    "an account event is gone": ("account_events", "changed", ["DELETE FROM account_events WHERE sequence = 2"]),
    "the last account event is gone": ("account_events", "lost", ["DELETE FROM account_events WHERE sequence = 3"]),
    "a role by another way": ("accounts", "differ", ["UPDATE accounts SET role = 'admin' WHERE name = 'lezer'"]),
    "an account that nobody added": (
        "accounts", "differ",
        ["INSERT INTO accounts (name, full_name, role, active, language, shortcuts, created)"
         " VALUES ('x', 'X', 'admin', '1', 'nl', '1', '2026-01-01 00:00:00')"],
    ),
    "a proposal": (
        "proposals", "changed", [f"UPDATE proposals SET {_OF_DATA.format('sneller', 'trager')} WHERE sequence = 2"]
    ),
    "an act": ("acts", "changed", ["UPDATE acts SET turn = 7 WHERE sequence = 2"]),
    "the last act is gone": ("acts", "lost", ["DELETE FROM acts WHERE sequence = 3"]),
    "a standing": ("standings", "stale", ["UPDATE standings SET reviewer = 'x' WHERE reviewer = 'lezer'"]),
    "a text": ("texts", "damaged", ["UPDATE passages SET text = text || ' Niet.' WHERE position = 1"]),
}  # fmt: skip


_ON_SERVER = ("the last two are gone", "another reader", "words of a version", "the last account event is gone")
"""A look at each takes half a second there; ``make torture`` tries all."""


def test_every_edit_is_found(either: Settings, tmp_path: Path) -> None:
    """One after the other; on SQLite on a copy each, on a server undone by a copy of the rows."""
    sqlite = either.database.startswith("sqlite")
    for name in _EDITS if sqlite or "KENNISSTAND_TEST_WHOLE" in os.environ else _ON_SERVER:
        check, what, statements = _EDITS[name]
        if sqlite:
            root = tmp_path / "copy"
            shutil.copytree(either.workspace, root)
            tried = Settings(workspace=root, database_url=None)
            _change(tried, *statements)
            found = _bad(tried)
            shutil.rmtree(root)
        else:
            found = _tried_on_server(either, statements)
        assert what in " ".join(one.key for one in found.get(check, [])), (name, found)
    assert _bad(either) == {}


def _tried_on_server(settings: Settings, statements: list[str]) -> dict[str, list[Finding]]:
    engine = create_engine(settings.database.replace("postgresql:", "postgresql+psycopg:"))
    tables = (*schema.CHAINED, schema.accounts, schema.standings, schema.passages)
    with engine.connect() as connection:
        before = {table: [dict(row) for row in connection.execute(table.select()).mappings()] for table in tables}
    _change(settings, *statements)
    found = _bad(settings)
    with engine.begin() as connection:
        for table in tables:
            connection.execute(table.delete())
            if before[table]:
                connection.execute(table.insert(), before[table])
    engine.dispose()
    return found


def test_a_tail_that_was_written_anew_with_its_hashes_is_found_by_the_witness(settings: Settings) -> None:
    engine, table = create_engine(settings.database), schema.decisions
    with engine.begin() as connection:
        rows = [dict(row) for row in connection.execute(table.select().order_by(table.c.sequence)).mappings()]
        previous = rows[5]["hash"]
        for row in rows[6:]:
            row["reviewer"] = "x"
            row |= {"previous_hash": previous, "hash": chained_hash(previous, row_content(table, row))}
            previous = row["hash"]
        connection.execute(table.delete())
        connection.execute(table.insert(), rows)
    engine.dispose()
    (finding,) = _bad(settings)["decisions"]
    assert finding.values["changed"] == 6 and finding.values["numbers"] == "7, 8, 9, 10, 11, 12"
    # Without the witness the chain is whole in itself; who took both away was not stopped by a backup elsewhere either.
    (settings.processed_dir / WITNESS_FILE).unlink()
    assert "decisions" not in _bad(settings)


def test_a_backup_witnesses_where_the_witness_is_gone(settings: Settings) -> None:
    make_backup(settings)
    (settings.processed_dir / WITNESS_FILE).unlink()
    assert [one.key for one in _bad(settings)["witness"]] == ["verify.witness_gone"]
    _change(settings, "DELETE FROM decisions WHERE sequence = 12")
    assert [one.key for one in _bad(settings)["decisions"]] == ["verify.chain_lost"]
    assert make_backup(settings).n_faults == 0  # nothing noted it, so nobody can tell by the database alone
    last = verify(settings)[-1]
    assert (last.check, last.key, last.good) == ("backup", "verify.backup_whole", True)


def test_a_backup_of_a_database_that_lost_its_end_says_so(settings: Settings) -> None:
    whole = make_backup(settings)
    _change(settings, "DELETE FROM decisions WHERE sequence > 10")
    assert make_backup(settings).n_faults == 2
    assert verify(settings)[-1].values["name"] == whole.name


def test_a_database_ahead_of_its_witness_is_whole(settings: Settings) -> None:
    """The program was killed between commit and line, or the disk was full."""
    witness = settings.processed_dir / WITNESS_FILE
    before = witness.read_bytes()
    workspace = open_settings_workspace(settings)
    decide(workspace, 100)
    decide(workspace, 101)
    workspace.close()
    for left in (
        before,
        before + b"decisions 13 0a1b",
        before + b"decisions 13 0a1b\n" + before[-80:],
        before + bytes(9),
    ):
        witness.write_bytes(left)
        found = _bad(settings)
        assert found == {} or left.endswith(before[-80:]), left
    witness.write_bytes(before + b"decisions 13 0a1b")
    workspace = open_settings_workspace(settings)
    decide(workspace, 102)
    workspace.close()
    assert _bad(settings) == {}
    assert b"0a1b\ndecisions 15 " in witness.read_bytes()
    witness.write_bytes(before[:300] + b"\xff\x01&#" * 20 + before[380:])
    assert [one.key for one in _bad(settings)["witness"]] == ["verify.witness_damaged"]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), OSError(5, "Input/output error")])
def test_a_witness_that_cannot_be_written_refuses_no_decision(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    workspace = open_settings_workspace(settings)

    def fail(*_: object) -> None:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr("pipelines.store.witness.Witness._append", fail)
        decide(workspace, 100)
    assert workspace.decisions.count() == 13
    workspace.close()
    assert _bad(settings) == {}


def test_a_workspace_that_was_put_back_is_behind_on_purpose(settings: Settings, tmp_path: Path) -> None:
    first = make_backup(settings, clock=lambda: datetime(2026, 3, 2, 1))
    workspace = open_settings_workspace(settings)
    decide(workspace, 100)
    workspace.close()
    make_backup(settings, clock=lambda: datetime(2026, 3, 3, 1))
    target = tmp_path / "again"
    restore_backup(settings, first.name, target)
    backups = target / "data" / "backups"
    shutil.copytree(settings.workspace / "data" / "backups", backups)
    for path in backups.glob("copies/*.json"):  # as if the folder had come in the place of the former
        manifest = json.loads(path.read_text())
        manifest["manifest"]["workspace"] = str(target)
        path.write_text(json.dumps(manifest))
    again = Settings(workspace=target, database_url=None)
    findings = verify(again)
    assert [one.check for one in findings if not one.good] == []
    assert "verify.witness_restored" in {one.key for one in findings}
    # An older database put in the place of the former by hand is told as loss.
    shutil.copy(target / "data/processed/kennisstand.db", settings.processed_dir / "kennisstand.db")
    assert [one.key for one in _bad(settings)["decisions"]] == ["verify.chain_lost"]


def _swap(settings: Settings) -> None:
    one, other = originals(settings.workspace)[:2]
    content = one.read_bytes()
    _write(one, other.read_bytes())
    _write(other, content)


def _write(path: Path, content: bytes) -> None:
    path.chmod(0o644)
    path.write_bytes(content)


_DAMAGE: dict[str, Callable[[Settings], None]] = {
    "changed": lambda s: _write(originals(s.workspace)[0], b"x" * 10),
    "swapped": _swap,
    "truncated": lambda s: _write(originals(s.workspace)[0], originals(s.workspace)[0].read_bytes()[:-1]),
    "missing": lambda s: originals(s.workspace)[0].unlink(),
}


@pytest.mark.parametrize("kind", _DAMAGE)
def test_damage_to_originals_is_told_with_the_way_out(settings: Settings, kind: str) -> None:
    make_backup(settings)
    _DAMAGE[kind](settings)
    what = "missing" if kind == "missing" else "changed"
    found = _bad(settings)["originals"]
    assert {one.key for one in found} == {f"verify.original_{what}_here"} and len(found) == (
        2 if kind == "swapped" else 1
    )
    for path in settings.raw_dir.glob("*.txt"):
        path.unlink()
    found = _bad(settings)["originals"]
    assert {one.key for one in found} == {f"verify.original_{what}_backup"}
    shutil.rmtree(settings.workspace / "data" / "backups")
    assert {one.key for one in _bad(settings)["originals"]} == {f"verify.original_{what}"}


def test_other_files_are_held_against_their_sums(settings: Settings) -> None:
    (edited,) = (settings.processed_dir / "edited").glob("*/*")
    edited.write_bytes(b"other")
    vectors = settings.processed_dir / "vectors" / "static" / "x.parquet"
    vectors.parent.mkdir(parents=True)
    vectors.write_bytes(b"PAR1 no such thing")
    model = settings.models_dir / "tagger"
    model.mkdir(parents=True)
    (model / "card.json").write_text(json.dumps({"name": "tagger", "files": {"tagger.npz": "0" * 64}}))
    (model / "tagger.npz").write_bytes(b"x")
    found = _bad(settings)
    assert set(found) == {"edited", "vectors", "models"}


def test_a_database_that_is_none_is_told_and_the_rest_is_looked_at(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    for end in ("", "-wal", "-shm"):
        (settings.processed_dir / f"kennisstand.db{end}").unlink(missing_ok=True)
    (settings.processed_dir / "kennisstand.db").write_bytes(b"no database at all" * 1000)
    (edited,) = (settings.processed_dir / "edited").glob("*/*")
    edited.write_bytes(b"other")
    assert run(["doctor", "--verify", "--json", "--workspace", str(settings.workspace)]) == 1
    told = json.loads(capsys.readouterr().out)
    bad = {one["check"] for one in told["checks"] if not one["good"]}
    assert not told["healthy"] and {"database", "decisions", "edited", "backup"} <= bad
    assert run(["doctor", "--verify", "--workspace", str(settings.workspace)]) == 1
    assert "Traceback" not in capsys.readouterr().err


def test_a_whole_workspace_is_told_as_such(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor", "--verify", "--workspace", str(settings.workspace)]) == 0
    assert "✗" not in capsys.readouterr().out
