"""A workspace that was scanned is put back, on either kind of database, and is the same to work with."""

from __future__ import annotations

from pathlib import Path

import pytest
from postgres_server import PostgresServer
from workspaces import copy_workspace

from flows import doctor
from flows.backup import make_backup
from flows.doctor import Finding
from flows.restore import restore_backup
from flows.start import start_scan
from flows.workspace import open_settings_workspace
from pipelines.settings import Settings
from pipelines.store.backups import BackupFolder


def test_a_workspace_that_is_put_back_is_in_good_health_and_has_nothing_new(
    scanned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(workspace=copy_workspace(scanned, tmp_path / "first"), backup_folder=tmp_path / "copies")
    made = make_backup(settings)
    restored = restore_backup(settings, made.name, tmp_path / "second")
    assert restored.missing == () and restored.vectors is None
    again = Settings(workspace=tmp_path / "second")
    monkeypatch.setattr(doctor, "_check_models", lambda settings: Finding("models", True, "doctor.runs"))  # seconds
    found = {finding.check: finding for finding in doctor.examine(again)}
    for check in ("workspace", "vectors", "runs", "rules", "acts"):
        assert found[check].good, found[check]
    outcome = start_scan(again, [])
    assert outcome.nothing_new and outcome.new_documents == 0 and outcome.reencoded == 0
    first, second = open_settings_workspace(settings), open_settings_workspace(again)
    try:
        assert [d.id for d in first.documents.summaries()] == [d.id for d in second.documents.summaries()]
        assert first.inbox.flags() == second.inbox.flags()
        originals = {d.file: d.checksum for d in second.documents.summaries()}
        assert all((again.workspace / file).is_file() for file in originals if file is not None)
    finally:
        first.close()
        second.close()


def test_a_database_on_a_server_is_copied_to_a_file_and_put_back_on_a_server(
    scanned: Path,
    tmp_path: Path,
    postgres: PostgresServer,
    postgres_address: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from flows.move import move_database

    monkeypatch.setattr("flows.restore._make_vectors", lambda settings: None)  # loads models; the other test does
    name = postgres.new_database()
    empty = postgres.address(name)
    root = copy_workspace(scanned, tmp_path / "first")
    counts = move_database(Settings(workspace=root), postgres_address).counts
    (root / "data" / "processed" / "kennisstand.db").unlink()
    settings = Settings(workspace=root, database_url=postgres_address, backup_folder=tmp_path / "copies")
    made = make_backup(settings)
    rows = BackupFolder(tmp_path / "copies").read(made.name).database.rows
    assert {name: n for name, n in rows.items() if name in counts} == counts and counts["passages"] > 0
    restored = restore_backup(settings, "latest", tmp_path / "second", database_url=empty)
    assert restored.n_rows == sum(rows.values())
    again = Settings(workspace=tmp_path / "second", database_url=empty)
    assert not (again.processed_dir / "kennisstand.db").exists()
    second = open_settings_workspace(again)
    try:
        assert second.decisions.faults() == [] and second.acts.faults() == []
        assert len(second.documents.summaries()) == counts["documents"]
    finally:
        second.close()
        postgres.drop(name)
