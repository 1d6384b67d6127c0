"""Files that several computers reach: under their checksum, whole or not at all, and told when they are not."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.domain.ids import file_checksum
from pipelines.errors import SettingsError, StoreError
from pipelines.store import shared_files
from pipelines.store.shared_files import SharedFiles

_ABSENT = "0" * 64


@pytest.fixture(params=["folder", "memory"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> SharedFiles:
    """A folder, and a place behind fsspec that is none."""
    return SharedFiles(str(tmp_path / "shared") if request.param == "folder" else f"memory://{tmp_path.name}/shared")


def test_what_is_put_comes_back_whole(place: SharedFiles) -> None:
    content = bytes(range(256)) * 300
    checksum = place.put(content)
    assert checksum == file_checksum(content) and place.has(checksum)
    assert place.get(checksum) == content
    assert place.put(content) == checksum
    assert SharedFiles(place.address).get(checksum) == content
    assert not place.has(_ABSENT)


def test_a_folder_holds_whole_files_alone(tmp_path: Path) -> None:
    place = SharedFiles(str(tmp_path))
    checksum = place.put(b"text")
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == [checksum]
    before = (tmp_path / checksum[:2] / checksum).stat().st_mtime_ns
    place.put(b"text")
    assert (tmp_path / checksum[:2] / checksum).stat().st_mtime_ns == before


def test_what_is_not_there_is_told(place: SharedFiles) -> None:
    with pytest.raises(StoreError) as error:
        place.get(_ABSENT)
    assert error.value.key == "error.shared_file_missing" and error.value.values["file"] == _ABSENT


@pytest.mark.parametrize("found", [b"", b"tex", b"text and more"])
def test_what_is_damaged_is_told(tmp_path: Path, found: bytes) -> None:
    place = SharedFiles(str(tmp_path))
    checksum = place.put(b"text")
    (tmp_path / checksum[:2] / checksum).write_bytes(found)
    with pytest.raises(StoreError) as error:
        place.get(checksum)
    assert error.value.key == "error.shared_file_damaged"


def test_what_is_too_large_is_told(place: SharedFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    checksum = place.put(b"12345")
    assert place.get(checksum, 5) == b"12345"
    with pytest.raises(StoreError) as error:
        place.get(checksum, 4)
    assert error.value.key == "error.shared_file_large"
    monkeypatch.setattr(shared_files, "MOST_BYTES", 4)
    with pytest.raises(StoreError) as error:
        place.put(b"12345")
    assert error.value.key == "error.shared_file_large"


def test_folders_of_a_place_are_apart_and_removed_together(place: SharedFiles) -> None:
    run, other = place.within("runs/1"), place.within("models")
    first, second = run.put(b"first"), run.put(b"second")
    kept = other.put(b"first")
    assert not place.has(first) and kept == first
    run.remove([first, _ABSENT])
    assert not run.has(first) and run.has(second)
    run.clear()
    run.clear()
    assert not run.has(second) and other.get(kept) == b"first"
    with pytest.raises(ValueError, match="folder"):
        place.clear()


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreError) as error:
        SharedFiles(str(tmp_path / "file")).put(b"text")
    assert error.value.key == "error.file_unwritable"


def test_an_address_with_a_password_is_refused() -> None:
    for address in ("sftp://me:secret@host/folder", "s3://bucket/folder?key=secret"):
        with pytest.raises(SettingsError) as error:
            SharedFiles(address)
        assert error.value.key == "error.shared_files_secret" and "secret" not in str(error.value.values)


@pytest.mark.parametrize("address", ["folder/below", "", "  ", "nonsense://x", "s3://[broken"])
def test_what_is_no_address_is_told(address: str) -> None:
    with pytest.raises(SettingsError) as error:
        SharedFiles(address).put(b"text")
    assert error.value.key == "error.shared_files_address"


class _WithoutRename:
    """A file system that breaks off while it writes."""

    protocol = "sftp"

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.broken = True

    def exists(self, path: str) -> bool:
        return path in self.files

    def makedirs(self, path: str, exist_ok: bool) -> None:
        pass

    def pipe_file(self, path: str, content: bytes) -> None:
        self.files[path] = content[:2] if self.broken else content
        if self.broken:
            raise ConnectionError("gone")

    def mv(self, old: str, new: str) -> None:
        self.files[new] = self.files.pop(old)

    def rm_file(self, path: str) -> None:
        del self.files[path]


def test_a_file_that_breaks_off_is_never_there_under_its_name() -> None:
    place, system = SharedFiles("sftp://host/folder"), _WithoutRename()
    place.__dict__["_place"] = (system, "/folder")
    with pytest.raises(StoreError) as error:
        place.put(b"text")
    assert error.value.key == "error.shared_files_unreachable" and system.files == {}
    system.broken = False
    checksum = place.put(b"text")
    assert system.files == {f"/folder/{checksum[:2]}/{checksum}": b"text"}


@given(st.binary(max_size=64), st.binary(max_size=64))
def test_other_content_has_another_name(first: bytes, second: bytes) -> None:
    place = SharedFiles("memory://property")
    assert (place.put(first) == place.put(second)) == (first == second)
    assert place.get(place.put(second)) == second
