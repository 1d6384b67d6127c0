"""Files that people add: safe names, whole or not at all in ``data/raw``, the same content only once."""

from __future__ import annotations

import os
import re
import tempfile
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import BinaryIO

from pipelines.domain.ids import content_id
from pipelines.store.files import ARRIVING, KEPT_FOLDER, as_store_error, give_usual_rights, sync_folder

_CHUNK_BYTES = 1 << 20
_LONGEST_BYTES = 180
"""Of a name, in UTF-8: file systems take 255, and a number and the folder have to fit as well."""
_LONGEST_SUFFIX = 16
_NOT_SHOWN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_NOT_ON_WINDOWS = re.compile(r'[<>:"|?*]')
#: Names that Windows keeps for devices, whatever their suffix (Microsoft, "Naming Files, Paths, and Namespaces").
_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", "conin$", "conout$"} | {f"{d}{n}" for d in ("com", "lpt") for n in "0123456789¹²³"}
)
#: Passed over by scans, or the folder of kept copies.
_OURS = frozenset({"thumbs.db", "desktop.ini", KEPT_FOLDER})


def safe_file_name(given: str) -> str:
    """A name that every system takes as the name of a file in one folder, as near to ``given`` as can be.

    What stands before a slash of either kind, characters that do not show or turn the direction of text, those that
    Windows refuses, leading points and names of devices are taken out or replaced; the suffix stays.
    """
    name = unicodedata.normalize("NFC", re.split(r"[/\\]", given)[-1])
    name = "".join(" " if c.isspace() else c for c in name)
    name = "".join(c for c in name if unicodedata.category(c) not in _NOT_SHOWN)
    name = " ".join(_NOT_ON_WINDOWS.sub("_", name).split()).lstrip(". ~$").rstrip(". ")
    stem, point, suffix = name.rpartition(".")
    if not point or len(suffix) > _LONGEST_SUFFIX or not suffix.strip():
        stem, suffix = name, ""
    stem = stem.rstrip(". ") or "document"
    if stem.partition(".")[0].rstrip().casefold() in _DEVICES or f"{stem}{point and '.'}{suffix}".casefold() in _OURS:
        stem = f"{stem}_" if "." not in stem else f"_{stem}"
    suffix = f".{suffix}" if suffix else ""
    return _cut(stem, _LONGEST_BYTES - len(suffix.encode("utf-8"))).rstrip(". ") + suffix


def _cut(text: str, n_bytes: int) -> str:
    return text.encode("utf-8")[:n_bytes].decode("utf-8", errors="ignore")


class Fate(StrEnum):
    """What came of a file that somebody added."""

    STORED = "stored"
    KNOWN = "known"
    """A document that was read before; nothing is stored twice."""
    LIES_READY = "lies_ready"
    """The same content lies in ``data/raw`` already and waits for a scan."""
    EMPTY = "empty"
    TOO_LARGE = "too_large"


@dataclass(frozen=True)
class Arrival:
    """One file that somebody added."""

    given: str
    """Its name, made safe."""
    fate: Fate
    kept_as: str | None = None
    """Name of the file with this content, with the folders below ``data/raw`` that it lies in."""
    document_id: str | None = None
    """Of the content, whether or not it was read yet."""


class Arrivals:
    """Takes in the files of one go.

    Parameters
    ----------
    raw_dir
        ``data/raw`` of the workspace.
    max_bytes
        A file that is longer is not kept.
    is_intact
        Whether a document of this id is known whose bytes are still there.
    """

    def __init__(self, raw_dir: Path, max_bytes: int, is_intact: Callable[[str], bool]) -> None:
        self._raw_dir = raw_dir
        self._max_bytes = max_bytes
        self._is_intact = is_intact
        self._by_size: dict[int, list[Path]] | None = None

    def take(self, given: str, content: BinaryIO, folder: str = "") -> Arrival:
        """Keep a file whole, or say why not.

        Parameters
        ----------
        given
            The name that it should have.
        content
            Open at its beginning.
        folder
            Folder below ``data/raw`` to put it in, with forward slashes.

        Raises
        ------
        StoreError
            The folder cannot be written, or the disk is full.
        """
        name, place = safe_file_name(given), self._raw_dir / folder
        try:
            place.mkdir(parents=True, exist_ok=True)
            handle, part = tempfile.mkstemp(dir=place, prefix=ARRIVING)
            try:
                with os.fdopen(handle, "wb") as file:
                    n_bytes, checksum = _copy(content, file, self._max_bytes)
                    if n_bytes == 0 or n_bytes > self._max_bytes:
                        return Arrival(name, Fate.EMPTY if n_bytes == 0 else Fate.TOO_LARGE)
                    document_id = content_id("document", checksum)
                    if self._is_intact(document_id):
                        return Arrival(name, Fate.KNOWN, document_id=document_id)
                    if (same := self._same(n_bytes, checksum)) is not None:
                        return Arrival(name, Fate.LIES_READY, self._name_of(same), document_id)
                    file.flush()
                    os.fsync(file.fileno())
                give_usual_rights(Path(part))
                kept = _place(Path(part), place, name)
                sync_folder(place, must=True)
            finally:
                Path(part).unlink(missing_ok=True)
        except OSError as error:
            raise as_store_error(place / name, error) from error
        self._sizes().setdefault(n_bytes, []).append(kept)
        return Arrival(name, Fate.STORED, self._name_of(kept), document_id)

    def find(self, n_bytes: int, checksum: str) -> str | None:
        """Name of the file in ``data/raw`` with this content, with its folders; ``None`` where none has it."""
        same = self._same(n_bytes, checksum)
        return None if same is None else self._name_of(same)

    def _name_of(self, path: Path) -> str:
        return path.relative_to(self._raw_dir).as_posix()

    def _sizes(self) -> dict[int, list[Path]]:
        if self._by_size is None:
            self._by_size = {}
            for path in _plain_files(self._raw_dir):
                self._by_size.setdefault(path.stat().st_size, []).append(path)
        return self._by_size

    def _same(self, n_bytes: int, checksum: str) -> Path | None:
        """A file in ``data/raw`` with this content, read or not."""
        for path in self._sizes().get(n_bytes, ()):
            try:
                with path.open("rb") as file:
                    if _copy(file, None, n_bytes)[1] == checksum:
                        return path
            except FileNotFoundError:  # taken away since
                continue
        return None


def _copy(source: BinaryIO, target: BinaryIO | None, max_bytes: int) -> tuple[int, str]:
    """Copy until the end, or just past ``max_bytes``; returns the bytes copied and their checksum."""
    digest, n_bytes = sha256(), 0
    while n_bytes <= max_bytes and (chunk := source.read(_CHUNK_BYTES)):
        n_bytes += len(chunk)
        digest.update(chunk)
        if target is not None:
            target.write(chunk)
    return n_bytes, digest.hexdigest()


def _place(part: Path, folder: Path, name: str) -> Path:
    """Give a finished file its name, or that name with a number where there is such a file; none is ever replaced."""
    for target in _numbered(folder, name):
        try:
            # A link fails where the name is taken; a rename would replace what is there.
            os.link(part, target)
            return target
        except FileExistsError:
            continue
        except OSError:  # a file system without links
            try:
                target.touch(exist_ok=False)
            except FileExistsError:
                continue
            part.replace(target)
            return target
    raise AssertionError("the numbers never end")


def _numbered(folder: Path, name: str) -> Iterator[Path]:
    path = Path(name)
    # On file systems that do not tell capitals apart the name would be taken; here it would only confuse.
    taken = {entry.name.casefold() for entry in os.scandir(folder)}
    for n in count(1):
        numbered = name if n == 1 else f"{path.stem} ({n}){path.suffix}"
        if numbered.casefold() not in taken:
            yield folder / numbered


def _plain_files(folder: Path) -> Iterable[Path]:
    for here, folders, names in os.walk(folder):
        # Our own copies last: whoever looks for a file is told the name that it was given.
        folders[:] = sorted((f for f in folders if not f.startswith(".")), key=lambda f: (f == KEPT_FOLDER, f))
        for name in names:
            path = Path(here) / name
            if not name.startswith(".") and path.is_file():
                yield path
