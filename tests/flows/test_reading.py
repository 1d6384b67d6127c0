"""Files are read apart from the scan: one that crashes, hangs or fails costs only itself."""

from __future__ import annotations

import os
import pickle
from dataclasses import replace
from pathlib import Path

import pytest
from misbehaving_readers import load_nothing, misbehave
from shipped_kit import kit

from flows.context import ScanContext
from flows.discovery import find_files
from flows.guarded_process import Bounds
from flows.reading import BOUNDS, Reader, Request, read_file
from flows.reading_wire import pack_reading, unpack_reading
from flows.workspace import open_settings_workspace
from pipelines.domain.documents import DocumentState
from pipelines.domain.ids import content_id, file_checksum
from pipelines.ingest.parser import IngestLimits
from pipelines.passages.rules import PassageRules
from pipelines.settings import Settings
from pipelines.store.documents import KnownPath

_TEXT = "Uit een enquête onder 1.200 werknemers blijkt dat een op de drie met AI werkt. " * 3


def _requests(*kinds: str) -> list[Request]:
    return [Request(content_id(k), file_checksum(k.encode()), (Path(f"{k}.txt"),)) for k in kinds]


def test_a_file_that_misbehaves_costs_only_itself() -> None:
    requests = _requests("good", "exit", "error", "hang", "segfault", "good2")
    bounds = Bounds(seconds=30.0)
    reader = Reader(2, 4.0, IngestLimits(), PassageRules(), read=misbehave, bounds=bounds, prepare=load_nothing)
    try:
        readings = list(reader.read(requests))
    finally:
        reader.close()
    assert [r.document.id for r in readings] == [r.document_id for r in requests]
    text, failed = DocumentState.TEXT, DocumentState.FAILED
    assert [r.document.state for r in readings] == [text, failed, failed, failed, failed, text]
    keys = [r.document.reason.key.removeprefix("reason.") if r.document.reason else "" for r in readings]
    assert keys == ["", "reader_ended", "unexpected", "timeout", "reader_crashed", ""]
    assert "a bug in a library" in str(readings[2].document.reason)
    assert reader.pids == ()


def test_a_reader_cannot_speak_for_another_file() -> None:
    reader = Reader(1, 60.0, IngestLimits(), PassageRules(), read=misbehave, prepare=load_nothing)
    try:
        (reading,) = reader.read(_requests("impostor"))
    finally:
        reader.close()
    assert reading.document.id == content_id("impostor") and reading.document.state is DocumentState.FAILED


def test_readers_that_are_released_end_and_others_come_where_more_is_to_be_read(tmp_path: Path) -> None:
    settings = Settings(workspace=tmp_path, workers=1)
    context = ScanContext(settings, open_settings_workspace(settings))
    try:
        first = context.reader
        assert [r.document.state for r in first.read(_requests("gone"))] == [DocumentState.FAILED]
        assert first.pids
        context.release_reader()
        assert first.pids == () and context.reader is not first
    finally:
        context.close()
        context.workspace.close()


def test_models_that_are_released_leave_encoder_and_concepts(tmp_path: Path) -> None:
    settings = Settings(workspace=tmp_path)
    context = ScanContext(settings, open_settings_workspace(settings))
    try:
        context.release_models()  # nothing has been loaded, and nothing is
        assert "encoder" not in context.__dict__
        loaded = context.__dict__["kit"] = kit()
        context.release_models()
        assert "kit" not in context.__dict__
        assert context.encoder is loaded.encoder and context.matcher is loaded.space.matcher
    finally:
        context.close()
        context.workspace.close()


def test_longer_files_may_take_longer() -> None:
    assert BOUNDS.seconds_for(0) == 30 and BOUNDS.seconds_for(100) == 40 and BOUNDS.seconds_for(10_000) == 300
    settled = replace(BOUNDS, most_seconds=20)
    assert settled.seconds_for(0) == settled.seconds_for(500) == 20


def test_a_reading_arrives_as_it_was_sent(tmp_path: Path) -> None:
    path = tmp_path / "tekst.txt"
    path.write_text(_TEXT, encoding="utf-8")
    checksum = file_checksum(path.read_bytes())
    sent = read_file(Request(content_id("document", checksum), checksum, (path,)), IngestLimits(), PassageRules())
    assert unpack_reading(pack_reading(sent)) == sent
    for content in (b"", b"x" * 40, pack_reading(sent)[:-1], pickle.dumps(sent)):
        with pytest.raises(ValueError):
            unpack_reading(content)


def test_a_file_is_read_cut_and_signed(tmp_path: Path) -> None:
    path = tmp_path / "tekst.txt"
    path.write_text(_TEXT, encoding="utf-8")
    checksum = file_checksum(path.read_bytes())
    request = Request(content_id("document", checksum), checksum, (tmp_path / "weg.txt", path))
    reading = read_file(request, IngestLimits(), PassageRules())
    assert reading.document.state is DocumentState.TEXT and reading.document.metadata.language == "nl"
    assert reading.path == path and reading.passages
    assert set(reading.signatures) == {p.id for p in reading.passages if p.boilerplate is None}


def test_a_file_that_changed_meanwhile_is_not_taken_for_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "tekst.txt"
    path.write_text(_TEXT, encoding="utf-8")
    checksum = file_checksum(b"iets anders")
    reading = read_file(Request(content_id(checksum), checksum, (path,)), IngestLimits(), PassageRules())
    assert reading.document.state is DocumentState.FAILED
    assert reading.document.reason is not None and reading.document.reason.key == "reason.file_changed"


def test_files_are_found_in_order_and_not_read_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("b.txt", "sub/a.txt", ".hidden", "~$lock.docx", "kept/aa/copy.txt", "Thumbs.db"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name, encoding="utf-8")
    found = find_files([tmp_path, tmp_path / "b.txt", tmp_path / "weg"], {}, raw_dir=tmp_path)
    assert [Path(f.path).name for f in found.files] == ["b.txt", "a.txt"]
    assert [(u.path, u.reason.key) for u in found.unreadable] == [(str(tmp_path / "weg"), "reason.path_missing")]

    known = {f.path: KnownPath(f.document_id, f.n_bytes, f.modified_ns) for f in found.files}
    monkeypatch.setattr(Path, "open", lambda *_: pytest.fail("a known file was read"))
    again = find_files([tmp_path], known, raw_dir=tmp_path)
    assert [f.document_id for f in again.files] == [f.document_id for f in found.files]


def test_links_are_followed_once_and_what_cannot_be_opened_is_told(tmp_path: Path) -> None:
    top, elsewhere = tmp_path / "in", tmp_path / "elsewhere"
    for path in (top / "a.txt", elsewhere / "b.txt"):
        path.parent.mkdir()
        path.write_text(path.name, encoding="utf-8")
    (top / "folder").symlink_to(elsewhere)
    (top / "folder again").symlink_to(elsewhere)
    (top / "circle").symlink_to(top)
    (top / "itself").symlink_to(top / "itself")
    (top / "nowhere.txt").symlink_to(top / "weg.txt")
    (top / "a2.txt").symlink_to(top / "a.txt")
    os.mkfifo(top / "pipe.txt")
    found = find_files([top, top / "itself"], {}, raw_dir=tmp_path)
    assert [str(Path(f.path).relative_to(top)) for f in found.files] == ["a.txt", "a2.txt", "folder/b.txt"]
    assert {Path(u.path).name for u in found.unreadable} == {"itself", "nowhere.txt"}
    assert {u.reason.key for u in found.unreadable} == {"reason.unreadable_path"}


def test_a_name_that_is_no_text_is_told(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/jaarverslag-\xe9.txt")).write_bytes(b"tekst")
    found = find_files([tmp_path], {}, raw_dir=tmp_path)
    assert found.files == ()
    assert [u.reason.key for u in found.unreadable] == ["reason.name_unusable"]
    assert found.unreadable[0].path.encode("utf-8").endswith("jaarverslag-\ufffd.txt".encode())


def test_a_folder_that_may_be_listed_but_not_entered_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.txt").write_text("a", encoding="utf-8")
    (tmp_path / "b.txt").write_text("b", encoding="utf-8")
    whole = Path.stat

    def refuse(self: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        if self.name == "b.txt":
            raise PermissionError(13, "Permission denied", str(self))
        return whole(self, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(Path, "stat", refuse)
    found = find_files([tmp_path], {}, raw_dir=tmp_path / "raw")
    assert [Path(f.path).name for f in found.files] == ["a.txt"]
    assert [(Path(u.path).name, u.reason.values["detail"]) for u in found.unreadable] == [
        ("b.txt", "Permission denied")
    ]
