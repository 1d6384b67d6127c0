"""Backups of a small workspace: whole, of one moment, sparing of room, found out when damaged, and put back."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from proposal_records import build_decision, build_proposal

from flows import backup as backup_flow
from flows.backup import backup_folder, list_backups, make_backup
from flows.catching_up import STOPPED
from flows.move import move_database
from flows.restore import restore_backup
from flows.service_file import ask, service_folder
from flows.workspace import open_settings_workspace
from pipelines.cli.main import run
from pipelines.domain.documents import Reason
from pipelines.domain.schedules import Duty, DutyRun, DutyState
from pipelines.errors import KennisstandError, SettingsError, StoreError
from pipelines.settings import Settings
from pipelines.store import Workspace
from pipelines.store.backups import BackupFolder

_DAY = datetime(2026, 3, 2, 1, 30)


def _on(day: int) -> datetime:
    return _DAY + timedelta(days=day)


@pytest.fixture(autouse=True)
def no_vectors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Making them loads the models; the slow test does."""
    monkeypatch.setattr("flows.restore._make_vectors", lambda settings: None)


@pytest.fixture
def filled(settings: Settings, workspace: Workspace) -> Settings:
    """A workspace with some of everything."""
    workspace.acts.decide([build_decision(build_proposal())])
    files = {
        "data/raw/rapport één.pdf": b"%PDF" * 1000,
        "data/raw/harvested/cpb/copy.pdf": b"%PDF" * 1000,
        "data/raw/kept/ab/abc.docx": b"kept",
        "data/processed/edited/0a/note.docx": b"edited",
        "data/processed/vectors/static/x.parquet": b"made again",
        "data/processed/logs/kennisstand.log": b"log",
        "data/processed/progress-scan.json": b"{}",
        "data/raw/.arriving-1": b"half",
        "models/tagger/tagger.npz": b"learned",
        "reports/2026-03-01-scan-0001/report.docx": b"report",
        "kennisstand-rules.yaml": b"rules: []",
    }
    for name, content in files.items():
        path = settings.workspace / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return settings


def _made(settings: Settings, day: int = 0) -> backup_flow.BackupMade:
    return make_backup(settings, clock=lambda: _on(day))


def _objects(settings: Settings) -> dict[str, Path]:
    return {path.name: path for path in (backup_folder(settings) / "objects").glob("*/*")}


def test_a_backup_is_put_back_as_it_was_and_not_as_it_became(
    filled: Settings, workspace: Workspace, tmp_path_factory: pytest.TempPathFactory
) -> None:
    made = _made(filled)
    assert made.n_faults == 0 and made.unreadable == () and made.name == "2026-03-02-013000"
    later = build_proposal(2)
    workspace.acts.decide([build_decision(later)])
    (filled.workspace / "models/tagger/tagger.npz").write_bytes(b"learned since")
    target = tmp_path_factory.mktemp("restored")
    restored = restore_backup(filled, "latest", target)
    assert restored.missing == () and restored.n_rows == made.n_rows
    names = {path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file()}
    assert names == {
        "data/processed/edited/0a/note.docx",
        "data/processed/kennisstand.db",
        "data/processed/witness.log",
        "data/raw/harvested/cpb/copy.pdf",
        "data/raw/kept/ab/abc.docx",
        "data/raw/rapport één.pdf",
        "kennisstand-rules.yaml",
        "models/tagger/tagger.npz",
        "reports/2026-03-01-scan-0001/report.docx",
    }
    for name in names - {"data/processed/kennisstand.db", "data/processed/witness.log", "models/tagger/tagger.npz"}:
        original = filled.workspace / name
        assert (target / name).read_bytes() == original.read_bytes()
        assert (target / name).stat().st_mtime_ns == original.stat().st_mtime_ns
    assert (target / "models/tagger/tagger.npz").read_bytes() == b"learned"
    again = open_settings_workspace(Settings(workspace=target))
    assert len(again.acts.decisions()) == 1 and len(workspace.acts.decisions()) == 2
    assert again.acts.faults() == [] and again.tables.records() == workspace.tables.records()
    again.close()
    with pytest.raises(StoreError) as caught:
        restore_backup(filled, "latest", target)
    assert caught.value.key == "error.restore_not_empty"


def test_what_was_going_on_is_not_taken_for_lost_where_it_is_put_back(
    filled: Settings, workspace: Workspace, tmp_path_factory: pytest.TempPathFactory
) -> None:
    for duty in (Duty.SCAN, Duty.BACKUP):
        begun = {"started": _DAY, "beat": _DAY, "state": DutyState.RUNNING, "host": socket.gethostname()}
        assert workspace.duties.begin(DutyRun.model_validate({"id": duty.value, "duty": duty, **begun}, strict=True))
    folder = service_folder(filled.processed_dir)
    folder.mkdir()
    ask(filled.processed_dir, Duty.LEARN, "anna", _DAY)
    for name in ("service.json", "service.lock", "schedules.json"):
        (folder / name).write_text("{}", encoding="utf-8")
    made = _made(filled)
    target = tmp_path_factory.mktemp("whole") / "new"
    restore_backup(filled, made.name, target)
    put_back = filled.model_copy(update={"workspace": target})
    assert [path.name for path in service_folder(put_back.processed_dir).iterdir()] == ["schedules.json"]
    again = open_settings_workspace(put_back)
    scan, backup = again.duties.get("scan"), again.duties.get("backup")
    again.close()
    assert scan is not None and (scan.state, scan.reason) == (DutyState.INTERRUPTED, Reason(key=STOPPED))
    assert backup is not None and backup.reason is not None
    assert (backup.state, backup.reason.values["name"]) == (DutyState.DONE, made.name)


def test_the_same_content_is_kept_once_over_all_backups(filled: Settings) -> None:
    first = _made(filled)
    n_objects = len(_objects(filled))
    (filled.workspace / "data/raw/new.txt").write_bytes(b"new")
    second = _made(filled, 1)
    assert second.n_new_bytes == 3 and first.n_new_bytes > 10_000
    assert len(_objects(filled)) == n_objects + 1
    # Two reports with the same content, one object; and no file shares its bytes with one of the workspace.
    assert all(path.stat().st_nlink == 1 for path in _objects(filled).values())


def test_old_backups_go_with_what_nobody_names_any_more(filled: Settings) -> None:
    filled = filled.model_copy(update={"backup_keep": 2})
    passing = filled.workspace / "data/raw/passing.txt"
    passing.write_bytes(b"passing")
    _made(filled)
    passing.unlink()
    elsewhere = BackupFolder(backup_folder(filled))
    other = elsewhere.read(elsewhere.names()[0])
    elsewhere.write(replace(other, name="2026-01-01-000000", workspace="/elsewhere"))
    _made(filled, 1)
    third = _made(filled, 2)
    assert third.removed == ("2026-03-02-013000",)
    assert [one.name for one in list_backups(filled)] == [
        "2026-01-01-000000",  # of another workspace, and with what passed
        "2026-03-03-013000",
        "2026-03-04-013000",
    ]
    assert all(one.problem is None for one in list_backups(filled, read_all=True))
    elsewhere.remove("2026-01-01-000000")
    _made(filled, 3)
    kept = {name for one in elsewhere.names() for name in elsewhere.read(one).objects}
    assert set(_objects(filled)) == kept
    assert not any(path.read_bytes() == b"passing" for path in _objects(filled).values())


def test_one_changed_byte_is_found_told_and_mended(filled: Settings, tmp_path_factory: pytest.TempPathFactory) -> None:
    _made(filled)
    path = next(p for p in _objects(filled).values() if p.read_bytes() == b"edited")
    path.write_bytes(b"editeD")
    assert list_backups(filled)[0].problem is None  # of the same size: only reading shows it
    (listed,) = list_backups(filled, read_all=True)
    assert listed.damaged == ("data/processed/edited/0a/note.docx",)
    target = tmp_path_factory.mktemp("restored")
    restored = restore_backup(filled, "latest", target)
    assert restored.missing == listed.damaged and not (target / listed.damaged[0]).exists()
    days = [_made(filled, day).n_mended for day in range(1, 15)]
    assert sum(days) == 1  # each object is read once in fourteen days
    assert list_backups(filled, read_all=True)[-1].problem is None


def test_a_damaged_database_or_list_is_never_put_back(
    filled: Settings, tmp_path_factory: pytest.TempPathFactory
) -> None:
    _made(filled)
    folder = BackupFolder(backup_folder(filled))
    manifest = folder.read(folder.names()[0])
    piece = _objects(filled)[manifest.database.pieces[0]]
    good = piece.read_bytes()
    piece.write_bytes(good[:500] + bytes([good[500] ^ 1]) + good[501:])
    target = tmp_path_factory.mktemp("restored")
    with pytest.raises(StoreError) as caught:
        restore_backup(filled, manifest.name, target)
    assert caught.value.key == "error.restore_database"
    piece.unlink()
    assert list_backups(filled)[0].damaged == ("database",)
    piece.write_bytes(good)
    assert restore_backup(filled, manifest.name, target).missing == ()  # what was broken off does not stand in the way
    path = folder.root / "copies" / f"{manifest.name}.json"
    path.write_text(path.read_text().replace("kennisstand-rules.yaml", "kennisstand-rulez.yaml"))
    (listed,) = list_backups(filled)
    assert listed.problem is not None and listed.problem.key == "error.backup_damaged"
    n_objects = len(_objects(filled))
    _made(filled, 1)
    assert len(_objects(filled)) >= n_objects  # nobody knows what the damaged list names, so all of it stays


def test_a_list_that_leads_out_of_the_folder_is_refused(filled: Settings) -> None:
    _made(filled)
    folder = BackupFolder(backup_folder(filled))
    manifest = folder.read(folder.names()[0])
    for path in ("../outside", "/outside", ""):
        folder.write(replace(manifest, files=(replace(manifest.files[0], path=path),)))
        with pytest.raises(StoreError) as caught:
            folder.read(manifest.name)
        assert caught.value.key == "error.backup_damaged"
    with pytest.raises(StoreError):
        folder.read("../copies/" + manifest.name)


def test_a_copy_is_of_one_moment_while_others_write(filled: Settings, workspace: Workspace) -> None:
    stop = threading.Event()

    def write() -> None:
        n = 1
        while not stop.is_set():
            n += 1
            workspace.acts.decide([build_decision(build_proposal(n))])

    thread = threading.Thread(target=write)
    thread.start()
    try:
        made = [_made(filled, day) for day in range(4)]  # raises where rows and pages are not of one moment
    finally:
        stop.set()
        thread.join()
    assert all(one.n_faults == 0 for one in made) and made[-1].n_rows > made[0].n_rows


def test_a_program_that_is_killed_leaves_no_backup_that_counts(filled: Settings) -> None:
    script = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from pipelines.settings import Settings\n"
        "from pipelines.store.backups import BackupFolder\n"
        "from flows.backup import make_backup\n"
        "def die(self, manifest):\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "BackupFolder.write = die\n"
        "make_backup(Settings(workspace=Path(sys.argv[1])))\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(filled.workspace)], check=False, timeout=300)
    assert done.returncode == -signal.SIGKILL
    assert list_backups(filled) == [] and _objects(filled) != {}
    (backup_folder(filled) / ".part-left").write_bytes(b"x")
    _made(filled)
    (listed,) = list_backups(filled, read_all=True)
    assert listed.problem is None
    assert [path.name for path in backup_folder(filled).glob(".part-*")] == []


def test_a_full_disk_is_told_and_leaves_what_there_was(filled: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    _made(filled)
    before = set(_objects(filled))
    (filled.workspace / "data/raw/new.txt").write_bytes(b"new")
    real = os.fsync

    def full(handle: int) -> None:
        if Path(f"/proc/self/fd/{handle}").readlink().name.startswith(".part-"):
            raise OSError(28, "No space left on device")
        real(handle)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError) as caught:
        _made(filled, 1)
    assert caught.value.key == "error.disk_full"
    assert len(list_backups(filled)) == 1 and set(_objects(filled)) == before


def test_a_disk_that_writes_something_else_is_not_trusted(filled: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BackupFolder, "is_whole", lambda self, checksum: False)
    with pytest.raises(StoreError) as caught:
        _made(filled)
    assert caught.value.key == "error.backup_disk" and list_backups(filled) == []


def test_secrets_and_the_address_of_the_database_are_not_kept(
    filled: Settings, tmp_path_factory: pytest.TempPathFactory
) -> None:
    own = filled.workspace / "data" / "processed" / "kennisstand.db"
    lines = [
        "workers = 3",
        f'database_url = "sqlite:///{own}"',
        'second_opinion_url = "https://name:geheim@example.org/v1"',
    ]
    (filled.workspace / "kennisstand.toml").write_text("\n".join(lines), encoding="utf-8")
    source = "sources: [{address: 'https://u:geheim@example.org/feed'}]"
    (filled.workspace / "kennisstand-sources.yaml").write_text(source, encoding="utf-8")
    chosen = Settings(workspace=filled.workspace)
    _made(chosen)
    assert not any(b"geheim" in path.read_bytes() for path in _objects(chosen).values())
    target = tmp_path_factory.mktemp("restored")
    restore_backup(chosen, "latest", target)
    again = Settings(workspace=target)
    assert again.workers == 3 and again.database_url is None
    assert again.second_opinion_url == "https://name@example.org/v1"
    (filled.workspace / "kennisstand.toml").write_text('"database\\u005furl" = "sqlite:////x"', encoding="utf-8")
    assert b"database" not in backup_flow.without_secrets(filled.workspace / "kennisstand.toml").split(b"#")[0]


def test_a_database_left_behind_by_a_move_stands_in_nobodys_way(
    filled: Settings, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = f"sqlite:///{tmp_path_factory.mktemp('server') / 'moved.db'}"
    move_database(filled, elsewhere)
    moved = filled.model_copy(update={"database_url": elsewhere})
    workspace = open_settings_workspace(moved)
    workspace.acts.decide([build_decision(build_proposal(2))])
    workspace.close()
    _made(moved)
    folder = BackupFolder(backup_folder(moved))
    assert not any("kennisstand.db" in file.path for file in folder.read(folder.names()[0]).files)
    # As backups were made before that was known.
    monkeypatch.setattr("flows.backup_files._OWN_DATABASE", "other.db")
    _made(moved, 1)
    assert any("kennisstand.db" in file.path for file in folder.read(folder.names()[1]).files)
    for name in folder.names():
        target = tmp_path_factory.mktemp("restored")
        assert restore_backup(moved, name, target).missing == ()
        again = open_settings_workspace(Settings(workspace=target))
        assert len(again.acts.decisions()) == 2
        again.close()


def test_folders_may_have_signs_in_their_names(filled: Settings, tmp_path_factory: pytest.TempPathFactory) -> None:
    odd = tmp_path_factory.mktemp("odd") / "nr. #2 %23"
    moved = filled.model_copy(update={"backup_folder": odd})
    assert _made(moved).n_faults == 0
    assert restore_backup(moved, "latest", odd.with_name("terug #3")).missing == ()


def test_the_latest_backup_is_that_of_the_workspace_that_asks(
    filled: Settings, tmp_path_factory: pytest.TempPathFactory
) -> None:
    made = _made(filled)
    folder = BackupFolder(backup_folder(filled))
    folder.write(replace(folder.read(made.name), name="2026-04-01-000000", workspace="/elsewhere"))
    assert restore_backup(filled, "latest", tmp_path_factory.mktemp("own")).name == made.name
    asked = filled.model_copy(
        update={"workspace": tmp_path_factory.mktemp("lost"), "backup_folder": backup_folder(filled)}
    )
    assert restore_backup(asked, "latest", tmp_path_factory.mktemp("any")).name == "2026-04-01-000000"


def test_a_file_that_cannot_be_read_is_named(filled: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    real = backup_flow.read_chunks

    def refuse(path: Path) -> object:
        if path.name == "abc.docx":
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(backup_flow, "read_chunks", refuse)
    made = _made(filled)
    assert made.unreadable == ("data/raw/kept/ab/abc.docx",)
    folder = BackupFolder(backup_folder(filled))
    assert folder.read(made.name).unreadable == made.unreadable


def test_tampering_before_the_backup_is_told(filled: Settings, workspace: Workspace) -> None:
    with workspace.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE acts SET person = 'x'")
    assert _made(filled).n_faults == 1


def test_backups_do_not_copy_themselves_and_follow_links_once(
    filled: Settings, tmp_path_factory: pytest.TempPathFactory
) -> None:
    for place in ("data/raw/backups", "data/processed", "models", "reports/x", "."):
        with pytest.raises(SettingsError):
            backup_folder(filled.model_copy(update={"backup_folder": Path(place)}))
    link = filled.workspace / "data/raw/link"
    link.symlink_to(filled.workspace / "data", target_is_directory=True)  # round and round
    outside = tmp_path_factory.mktemp("share")
    (outside / "shared.pdf").write_bytes(b"shared")
    (filled.workspace / "data/raw/share").symlink_to(outside, target_is_directory=True)
    made = [_made(filled, day) for day in range(2)]
    assert [one.n_files for one in made] == [8, 8] and made[1].n_new_bytes == 0


def test_the_commands_make_list_check_and_put_back(
    filled: Settings, capsys: pytest.CaptureFixture[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    place = ["--workspace", str(filled.workspace), "--lang", "en"]
    assert run(["backups", *place]) == 0 and "no backups yet" in capsys.readouterr().err
    assert run(["backup", *place]) == 0
    assert "same disk" in capsys.readouterr().err
    assert run(["backups", "--check", *place]) == 0
    assert "whole (all was read)" in capsys.readouterr().out
    shutil.move(backup_folder(filled), filled.workspace / "saved")  # the workspace and its settings are lost
    saved, target = str(filled.workspace / "saved"), tmp_path_factory.mktemp("empty") / "new"
    assert run(["restore", saved, "--to", str(target), "--workspace", "/nowhere", "--lang", "en"]) == 0
    assert "all compared" in capsys.readouterr().err
    with sqlite3.connect(target / "data/processed/kennisstand.db") as database:
        assert database.execute("SELECT count(*) FROM acts").fetchone() == (1,)
    database.close()
    assert run(["restore", "2020-01-01-000000", "--to", str(target / "x"), *place]) == 1
    manifest = next((filled.workspace / "saved" / "copies").glob("*.json"))
    assert run(["restore", str(manifest), "--to", str(target), *place]) == 1
    assert "never overwritten" in capsys.readouterr().err


def test_only_one_backup_at_a_time(filled: Settings) -> None:
    with BackupFolder(backup_folder(filled)).held(), pytest.raises(KennisstandError) as caught:
        _made(filled)
    assert caught.value.key == "error.backup_busy"
