"""Folders: what is found, what changed, what is left for later, and what is never opened."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from fsspec.implementations.memory import MemoryFileSystem
from list_fakes import FakeFetcher, Harvested, harvest, source

from pipelines.domain.sources import Option, SourceKind
from pipelines.harvest.fetching import HarvestError, Trouble
from pipelines.harvest.folder import read_folder
from pipelines.harvest.storage import folder_of, has_password, is_storage, local_path, read_file

NOW = 1_800_000_000.0
OLD = NOW - 3600


def put(path: Path, content: bytes = b"%PDF-1.7", moment: float = OLD) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (moment, moment))
    return path


def read(address: str | Path, after: Harvested | None = None, *, most_items: int = 500, **options: Option) -> Harvested:
    reader = partial(read_folder, clock=lambda: NOW)
    return harvest(
        reader, source(SourceKind.FOLDER, str(address), **options), FakeFetcher(), after, most_items=most_items
    )


def names(done: Harvested) -> list[str]:
    return [key.rpartition("@")[0] for key in done.keys]


@pytest.fixture
def memory() -> Iterator[MemoryFileSystem]:
    system = MemoryFileSystem()
    system.store.clear()
    yield system
    system.store.clear()


def test_files_of_all_folders_are_found_in_one_order(tmp_path: Path) -> None:
    for name in ("b.pdf", "a/Nog een-rapport_2026.docx", "a/diep/er.html", "a/foto.jpg", "z.PDF"):
        put(tmp_path / name)
    done = read(tmp_path)
    assert names(done) == ["a/Nog een-rapport_2026.docx", "a/diep/er.html", "b.pdf", "z.PDF"]
    assert done.items[0].title == "Nog een rapport 2026"
    assert done.items[0].file_urls == (f"file://{tmp_path}/a/Nog een-rapport_2026.docx",)


def test_patterns_choose_files(tmp_path: Path) -> None:
    for name in ("2025/a.pdf", "2026/b.pdf", "2026/oud/c.pdf", "2026/d.docx"):
        put(tmp_path / name)
    assert names(read(tmp_path, files=("2026/**/*.pdf", "!*/oud/*"))) == ["2026/b.pdf"]


def test_a_folder_at_the_top_is_left_out_like_one_below(tmp_path: Path) -> None:
    for name in ("a.pdf", "oud/b.pdf", "2026/oud/c.pdf", "2026/d.pdf", "verouderd/e.pdf"):
        put(tmp_path / name)
    assert names(read(tmp_path, files=("*.pdf", "!*/oud/*"))) == ["2026/d.pdf", "a.pdf", "verouderd/e.pdf"]
    assert names(read(tmp_path, files=("/oud/*",))) == names(read(tmp_path, files=("oud/*",))) == ["oud/b.pdf"]


def test_hidden_unfinished_and_empty_files_are_left(tmp_path: Path) -> None:
    left = (".a.pdf", "~$b.docx", "c.pdf.part", ".git/d.pdf", "@eaDir/e.pdf", "$RECYCLE.BIN/f.pdf", "g.pdf~")
    for name in left:
        put(tmp_path / name)
    put(tmp_path / "leeg.pdf", b"")
    put(tmp_path / "goed.pdf")
    assert names(read(tmp_path, files=("*",))) == ["goed.pdf"]


def test_a_file_that_is_being_copied_waits(tmp_path: Path) -> None:
    file = put(tmp_path / "a.pdf", moment=NOW - 5)
    put(tmp_path / "klok.pdf", moment=NOW + 5)  # a share whose clock runs ahead
    first = read(tmp_path)
    assert names(first) == []
    os.utime(file, (OLD, OLD))
    assert names(read(tmp_path, first)) == ["a.pdf"]


def test_only_what_is_new_or_changed_comes_again(tmp_path: Path) -> None:
    file = put(tmp_path / "a.pdf")
    put(tmp_path / "b.pdf")
    first = read(tmp_path)
    assert names(read(tmp_path, first)) == []
    put(file, b"%PDF-1.7 changed", moment=OLD + 60)
    put(tmp_path / "c.pdf")
    second = read(tmp_path, first)
    assert names(second) == ["a.pdf", "c.pdf"]
    assert second.keys[0] not in first.keys
    assert read(tmp_path).keys == [second.keys[0], first.keys[1], second.keys[1]]  # keys hang on no bookmark


def test_what_did_not_fit_comes_at_the_next_harvest(tmp_path: Path) -> None:
    for n in range(25):
        put(tmp_path / f"{n:02}.pdf")
    done, found = None, []
    for expected in (10, 10, 5, 0):
        done = read(tmp_path, done, most_items=10)
        assert len(done.items) == expected
        found += names(done)
    assert found == [f"{n:02}.pdf" for n in range(25)]


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    secret = put(tmp_path / "elders" / "geheim.pdf")
    folder = tmp_path / "map"
    put(folder / "a.pdf")
    (folder / "weg.pdf").symlink_to(secret)
    (folder / "map").symlink_to(secret.parent)
    (folder / "kring").symlink_to(folder)
    (folder / "binnen.pdf").symlink_to(folder / "a.pdf")
    (folder / "los.pdf").symlink_to(folder / "er-niet.pdf")
    done = read(folder)
    assert names(done) == ["a.pdf", "binnen.pdf"]
    assert done.problems == ["harvest.file_unreadable"]  # the link that leads nowhere
    for url in (f"{folder}/weg.pdf", f"{folder}/map/geheim.pdf", f"{folder}/../elders/geheim.pdf", str(secret)):
        with pytest.raises(HarvestError) as told:
            read_file(source(SourceKind.FOLDER, str(folder)), url, 1000)
        assert told.value.trouble is Trouble.REFUSED


def test_what_is_no_file_is_left(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pijp.pdf")
    put(tmp_path / "a.pdf")
    assert names(read(tmp_path)) == ["a.pdf"]
    with pytest.raises(HarvestError):
        read_file(source(SourceKind.FOLDER, str(tmp_path)), str(tmp_path / "pijp.pdf"), 1000)


def test_files_that_may_not_be_read_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "a.pdf")
    put(tmp_path / "dicht.pdf")
    monkeypatch.setattr(os, "access", lambda path, mode: "dicht" not in str(path))
    done = read(tmp_path)
    assert (names(done), done.problems) == (["a.pdf"], ["harvest.file_unreadable"])


def test_names_that_cannot_be_an_address_are_told(tmp_path: Path) -> None:
    put(tmp_path / "goed é.pdf")
    put(tmp_path / "a::b.pdf")
    os.utime(os.fsencode(tmp_path) + b"/goed \xc3\xa9.pdf", (OLD, OLD))
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/fout \xff.pdf")).write_bytes(b"%PDF")
    os.utime(os.fsencode(tmp_path) + b"/fout \xff.pdf", (OLD, OLD))
    done = read(tmp_path)
    assert names(done) == ["goed é.pdf"]
    assert done.problems == ["harvest.file_name"] * 2
    assert all(problem.model_dump_json() for page in done.pages for problem in page.problems)


def test_a_folder_that_is_not_there_is_tried_again(tmp_path: Path) -> None:
    done = read(tmp_path / "weg")
    assert done.error is not None
    assert (done.error.key, done.error.trouble) == ("error.harvest_folder_gone", Trouble.PASSING)


def test_files_are_read_within_bounds(tmp_path: Path) -> None:
    file = put(tmp_path / "map" / "a b#c?.pdf", b"%PDF" * 100)
    where = source(SourceKind.FOLDER, str(tmp_path / "map"))
    (item,) = read(tmp_path / "map").items
    assert read_file(where, item.file_urls[0], 400).content == b"%PDF" * 100
    with pytest.raises(HarvestError) as told:
        read_file(where, item.file_urls[0], 399)
    assert told.value.trouble is Trouble.UNFIT
    file.unlink()
    with pytest.raises(HarvestError) as told:
        read_file(where, item.file_urls[0], 400)
    assert told.value.trouble is Trouble.GONE


def test_other_sources_read_no_files(tmp_path: Path) -> None:
    file = put(tmp_path / "a.pdf")
    with pytest.raises(HarvestError) as told:
        read_file(source(SourceKind.FEED, f"file://{tmp_path}"), f"file://{file}", 1000)
    assert told.value.trouble is Trouble.REFUSED


def test_other_storage_is_read_alike(memory: MemoryFileSystem) -> None:
    memory.pipe({"/bak/a.pdf": b"%PDF a", "/bak/diep/b.pdf": b"%PDF b", "/bak/.git/c.pdf": b"x", "/elders/d.pdf": b"x"})
    first = read("memory://bak")
    assert names(first) == ["a.pdf", "diep/b.pdf"]
    where = source(SourceKind.FOLDER, "memory://bak")
    assert [read_file(where, item.file_urls[0], 10).content for item in first.items] == [b"%PDF a", b"%PDF b"]
    memory.pipe("/bak/a.pdf", b"%PDF a, changed")
    assert names(read("memory://bak", first)) == ["a.pdf"]
    for url in ("memory://elders/d.pdf", "memory://bak/../elders/d.pdf", "memory://bakker/d.pdf", "/etc/hostname"):
        with pytest.raises(HarvestError) as told:
            read_file(where, url, 100)
        assert told.value.trouble is Trouble.REFUSED
    with pytest.raises(HarvestError) as told:
        read_file(where, "memory://bak/diep/b.pdf", 3)
    assert told.value.trouble is Trouble.UNFIT
    gone = read("memory://weg").error
    assert gone is not None
    assert gone.trouble is Trouble.PASSING


def test_addresses_of_storage() -> None:
    assert all(map(is_storage, ("/srv/stukken", "C:\\stukken", "file:///srv", "s3://bak/map", "smb://schijf/map")))
    refused = (
        "",
        "http://a.example/",
        "https://a.example/",
        "simplecache::s3://a/b",
        "zip://x::file:///y",
        "data:x::y",
    )
    assert not any(map(is_storage, refused))
    assert has_password("sftp://ik:geheim@schijf/map")
    assert not has_password("sftp://ik@schijf/map")
    assert local_path("file:///C:/stukken") == Path("C:/stukken")
    assert local_path("s3://bak/map") is None
    assert folder_of(source(SourceKind.REFERENCES, "s3://bak/map/lijst.bib")) == "s3://bak/map"
    refused_kind = read("ftp://a.example/map").error
    assert refused_kind is not None
    assert refused_kind.trouble is Trouble.REFUSED
