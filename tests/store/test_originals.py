"""Originals are kept under their checksum: what happens to the files that people added costs nothing."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest
from sqlalchemy import update

from pipelines.domain.ids import content_id, file_checksum
from pipelines.errors import StoreError
from pipelines.store import Workspace, open_workspace, schema
from pipelines.store.documents import DONE, FoundFile
from pipelines.store.files import keep_original, kept_place

_CONTENT = b"Banen veranderen."
_CHECKSUM = file_checksum(_CONTENT)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "data" / "raw" / "Rapport.TXT"
    path.parent.mkdir(parents=True)
    path.write_bytes(_CONTENT)
    return path


def test_what_is_kept_is_a_copy_that_nobody_changes_by_mistake(tmp_path: Path, source: Path) -> None:
    name = keep_original(_CONTENT, _CHECKSUM, source, tmp_path)
    kept = tmp_path / name
    assert name == f"data/raw/kept/{_CHECKSUM[:2]}/{_CHECKSUM}.txt" and kept.read_bytes() == _CONTENT
    assert kept.stat().st_mode & 0o222 == 0 and kept.stat().st_ino != source.stat().st_ino
    with source.open("r+b") as file:
        file.write(b"ANDERS")
    assert kept.read_bytes() == _CONTENT and source.exists()
    source.unlink()
    assert keep_original(_CONTENT, _CHECKSUM, source, tmp_path) == name
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]


def test_what_is_damaged_is_kept_anew_when_it_is_read_again(tmp_path: Path, source: Path) -> None:
    kept = tmp_path / keep_original(_CONTENT, _CHECKSUM, source, tmp_path)
    kept.chmod(0o600)
    kept.write_bytes(b"x")
    keep_original(_CONTENT, _CHECKSUM, source, tmp_path)
    assert kept.read_bytes() == _CONTENT


@pytest.mark.parametrize("shared", ["all of it", "what changed meanwhile", "nothing"])
def test_where_the_file_system_can_blocks_are_shared(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch, shared: str
) -> None:
    def clone(target: int, _request: int, origin: int) -> None:
        if shared == "nothing":
            raise OSError(95, "not supported")
        os.write(
            target, os.read(origin, 100) if shared == "all of it" else b"Banen zijn intussen heel anders geworden."
        )

    monkeypatch.setattr(fcntl, "ioctl", clone)
    name = keep_original(_CONTENT, _CHECKSUM, source, tmp_path)
    assert (tmp_path / name).read_bytes() == _CONTENT


def test_an_original_that_cannot_be_written_is_told_and_leaves_nothing(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError) as caught:
        keep_original(_CONTENT, _CHECKSUM, source, tmp_path)
    assert caught.value.key == "error.disk_full"
    assert list(kept_place(_CHECKSUM, source, tmp_path).parent.iterdir()) == []


def _document(workspace: Workspace, path: Path, file: str | None) -> None:
    content = path.read_bytes()
    checksum = file_checksum(content)
    found = FoundFile(content_id("document", checksum), checksum, str(path), len(content), path.stat().st_mtime_ns)
    workspace.documents.register(workspace.runs.new("nl", {}), [found])
    with workspace.engine.begin() as connection:
        connection.execute(update(schema.documents).values(file=file, stage=DONE))


def test_a_scan_keeps_what_former_releases_read_where_it_lay(tmp_path: Path, source: Path) -> None:
    workspace = open_workspace(tmp_path, f"sqlite:///{tmp_path}/store.db")
    _document(workspace, source, "data/raw/Rapport.TXT")
    assert [one.is_kept for one in workspace.originals.lacking()] == [False]
    assert workspace.originals.keep_lacking() == 1
    assert workspace.originals.lacking() == [] and workspace.originals.keep_lacking() == 0
    (kept,) = workspace.originals.all()
    assert kept.is_kept and (tmp_path / str(kept.file)).read_bytes() == _CONTENT
    # Taken away by mistake: while the file lies where it was read, it is kept again.
    (tmp_path / str(kept.file)).unlink()
    assert workspace.originals.keep_lacking() == 1
    (tmp_path / str(kept.file)).unlink()
    source.write_bytes(b"Banen verdwijnen.")
    assert workspace.originals.keep_lacking() == 0
    assert [one.document_id for one in workspace.originals.lacking()] == [kept.document_id]
    assert workspace.originals.source(kept) is None
    workspace.close()
