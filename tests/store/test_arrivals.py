"""Files that people add: safe names, nothing replaced, nothing twice, whole or not at all."""

from __future__ import annotations

import io
import os
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipelines.errors import StoreError
from pipelines.store.arrivals import Arrivals, Fate, safe_file_name

_DEVICES = ("CON", "prn", "Aux", "NUL", "COM1", "LPT9", "COM¹", "CONIN$")

#: Names that try to lead elsewhere, to hide, or to break something; with what they become.
_HOSTILE = {
    "../../etc/passwd": "passwd",
    "..\\..\\windows\\system32\\drivers.pdf": "drivers.pdf",
    "/etc/shadow": "shadow",
    "C:\\rapport.pdf": "rapport.pdf",
    "..": "document",
    ".": "document",
    "": "document",
    "   ": "document",
    "/": "document",
    "...pdf": "pdf",
    ".htaccess": "htaccess",
    ".pdf": "pdf",
    "~$rapport.docx": "rapport.docx",
    "rapport.pdf ": "rapport.pdf",
    "rapport.pdf.": "rapport.pdf",
    "rap\x00port.pdf": "rapport.pdf",
    "rap\nport.pdf": "rap port.pdf",
    "rap\x1b[31mport.pdf": "rap[31mport.pdf",
    "rapport\u202efdp.exe": "rapportfdp.exe",
    "a\u200bb.pdf": "ab.pdf",
    "rapport.pdf::$DATA": "rapport.pdf__$DATA",
    'a<b>"c|d?e*.pdf': "a_b__c_d_e_.pdf",
    "cafe\u0301.pdf": "café.pdf",
    "\ud800.pdf": "pdf",
    "Thumbs.db": "Thumbs_.db",
    "desktop.ini": "desktop_.ini",
    "kept": "kept_",
    "Kept": "Kept_",
    "nul.tar.gz": "_nul.tar.gz",
    "COM1.pdf": "COM1_.pdf",
    "Banen & taken (2035) – één.pdf": "Banen & taken (2035) – één.pdf",
    "a/b/": "document",
}


@pytest.mark.parametrize(("given_name", "safe"), _HOSTILE.items())
def test_hostile_names(given_name: str, safe: str) -> None:
    assert safe_file_name(given_name) == safe


@pytest.mark.parametrize("device", _DEVICES)
@pytest.mark.parametrize("suffix", ["", ".txt", ".tar.gz"])
def test_names_of_devices(device: str, suffix: str) -> None:
    assert safe_file_name(device + suffix).partition(".")[0].casefold() != device.casefold()


def test_a_very_long_name_keeps_its_suffix() -> None:
    name = safe_file_name("é" * 5000 + ".pdf")
    assert name.endswith("é.pdf") and 170 <= len(name.encode()) <= 180


@given(st.text(max_size=300))
@example("a" * 179 + ".b")
@example("x." + "y" * 300)
@example(". . .")
@example("con .txt")
def test_every_name_is_safe_everywhere(given_name: str) -> None:
    name = safe_file_name(given_name)
    assert name and len(name.encode("utf-8")) <= 200
    assert not set(name) & set('/\\<>:"|?*\x00')
    assert not name.startswith((".", " ", "~$")) and not name.endswith((".", " "))
    assert not any(unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for c in name)
    assert name.partition(".")[0].rstrip().casefold() not in {"con", "prn", "aux", "nul", "com1", "lpt1"}
    assert safe_file_name(name) == name
    assert Path("raw", name).resolve().parent == Path("raw").resolve()


# ---------------------------------------------------------------- keeping


def _arrivals(folder: Path, known: frozenset[str] = frozenset(), most: int = 1000) -> Arrivals:
    return Arrivals(folder, most, lambda document_id: document_id in known)


def _files(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_file_is_kept_whole(tmp_path: Path) -> None:
    taken = _arrivals(tmp_path / "raw").take("rapport.pdf", io.BytesIO(b"inhoud"))
    assert (taken.fate, taken.kept_as) == (Fate.STORED, "rapport.pdf")
    assert _files(tmp_path) == {"raw/rapport.pdf": b"inhoud"}


def test_another_file_of_the_same_name_gets_a_number(tmp_path: Path) -> None:
    taker = _arrivals(tmp_path)
    kept = [taker.take("a.pdf", io.BytesIO(b"%d" % n)).kept_as for n in range(3)]
    assert kept == ["a.pdf", "a (2).pdf", "a (3).pdf"]
    assert taker.take("A.PDF", io.BytesIO(b"9")).kept_as == "A (4).PDF"
    assert [_files(tmp_path)[name] for name in kept if name] == [b"0", b"1", b"2"]


def test_the_same_content_is_kept_once(tmp_path: Path) -> None:
    (tmp_path / "kept" / "ab").mkdir(parents=True)
    (tmp_path / "kept" / "ab" / "abc.pdf").write_bytes(b"elders")
    first = _arrivals(tmp_path).take("a.pdf", io.BytesIO(b"inhoud"))
    again = _arrivals(tmp_path).take("b.pdf", io.BytesIO(b"inhoud"))
    assert (again.fate, again.kept_as) == (Fate.LIES_READY, "a.pdf")
    assert again.document_id == first.document_id
    assert _arrivals(tmp_path).take("c.pdf", io.BytesIO(b"elders")).fate is Fate.LIES_READY
    assert sorted(_files(tmp_path)) == ["a.pdf", "kept/ab/abc.pdf"]


def test_two_of_one_go_are_kept_once(tmp_path: Path) -> None:
    taker = _arrivals(tmp_path)
    assert taker.take("a.pdf", io.BytesIO(b"x")).fate is Fate.STORED
    assert taker.take("b.pdf", io.BytesIO(b"x")).fate is Fate.LIES_READY
    assert taker.take("c.pdf", io.BytesIO(b"y")).fate is Fate.STORED


def test_what_was_read_before_is_not_kept_again(tmp_path: Path) -> None:
    document_id = _arrivals(tmp_path / "other").take("a.pdf", io.BytesIO(b"bekend")).document_id
    assert document_id is not None
    taken = _arrivals(tmp_path / "raw", frozenset({document_id})).take("b.pdf", io.BytesIO(b"bekend"))
    assert (taken.fate, taken.document_id) == (Fate.KNOWN, document_id)
    assert not _files(tmp_path / "raw")


@pytest.mark.parametrize(("content", "fate"), [(b"", Fate.EMPTY), (b"x" * 1001, Fate.TOO_LARGE)])
def test_what_cannot_be_a_document_is_not_kept(tmp_path: Path, content: bytes, fate: Fate) -> None:
    assert _arrivals(tmp_path).take("a.pdf", io.BytesIO(content)).fate is fate
    assert not _files(tmp_path)


def test_a_file_of_just_the_longest_size_is_kept(tmp_path: Path) -> None:
    assert _arrivals(tmp_path).take("a.pdf", io.BytesIO(b"x" * 1000)).fate is Fate.STORED


def test_nothing_is_left_of_a_file_that_breaks_off(tmp_path: Path) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell():
                raise OSError(5, "Input/output error")
            return super().read(3)

    with pytest.raises(StoreError, match="file_unwritable"):
        _arrivals(tmp_path).take("a.pdf", Broken(b"abcdef"))
    assert not _files(tmp_path)


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="disk_full"):
        _arrivals(tmp_path).take("a.pdf", io.BytesIO(b"x"))
    assert not _files(tmp_path)


def test_a_file_that_appears_in_between_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = os.link

    def late(source: Path, target: Path) -> None:
        if target.name == "a.pdf":
            target.write_bytes(b"somebody else's")
        link(source, target)

    monkeypatch.setattr(os, "link", late)
    assert _arrivals(tmp_path).take("a.pdf", io.BytesIO(b"x")).kept_as == "a (2).pdf"
    assert _files(tmp_path) == {"a.pdf": b"somebody else's", "a (2).pdf": b"x"}


def test_file_systems_without_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "link", refuse)
    taker = _arrivals(tmp_path)
    assert [taker.take("a.pdf", io.BytesIO(c)).kept_as for c in (b"x", b"y")] == ["a.pdf", "a (2).pdf"]
    assert _files(tmp_path) == {"a.pdf": b"x", "a (2).pdf": b"y"}
