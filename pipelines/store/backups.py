"""The folder of backups: contents stored once by their hash, and a manifest a backup that says what it holds.

```text
objects/ab/ab12…      contents, named after their SHA-256; of all backups together
copies/NAME.json      a manifest; written last, so that a backup without one was not finished and does not count
```

Contents are copied, never linked to files of the workspace: a program that writes into a file in place would change the
backup along with it.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, BinaryIO

from filelock import FileLock, Timeout

from pipelines.errors import StoreError
from pipelines.store.abandoned import remove_abandoned
from pipelines.store.chain import as_canonical
from pipelines.store.files import as_store_error, give_usual_rights, sync_folder, write_whole

FORMAT = 1
"""Of manifests; one that is higher was written by a newer program."""
OBJECTS, COPIES = "objects", "copies"
_PART = ".part-"
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class KeptFile:
    """A file of the workspace in a backup."""

    path: str
    """Relative to the workspace, with forward slashes."""
    n_bytes: int
    modified_ns: int
    checksum: str
    """SHA-256 of what is kept of it, and the name of the object."""
    n_kept: int
    """Bytes that are kept: fewer where something secret was taken out."""


@dataclass(frozen=True)
class KeptDatabase:
    """The database in a backup: an SQLite file, cut into pieces so that what does not change is kept once."""

    n_bytes: int
    checksum: str
    """SHA-256 of the whole file."""
    pieces: tuple[str, ...]
    """Objects that make up the file, in order."""
    rows: dict[str, int]
    """Number of rows of each table."""
    revision: str
    """Of the tables."""


@dataclass(frozen=True)
class Manifest:
    """What a backup holds."""

    name: str
    made: str
    """Moment at which the database was copied, UTC, ISO 8601."""
    program: str
    """Version of the program."""
    workspace: str
    """Folder that it is a copy of."""
    database: KeptDatabase
    files: tuple[KeptFile, ...]
    unreadable: tuple[str, ...] = ()
    """Files that could not be read, and are not in it."""
    n_faults: int = 0
    """Entries among what people decided that were tampered with before the copy was made."""
    heads: dict[str, list[int | str]] = field(default_factory=dict[str, list[int | str]])
    """Number and hash of the last entry of each chain: a witness of what the database held then."""

    @property
    def objects(self) -> dict[str, int | None]:
        """Every object with its size; of pieces of the database only all together is known."""
        return {**dict.fromkeys(self.database.pieces), **{file.checksum: file.n_kept for file in self.files}}

    @property
    def n_bytes(self) -> int:
        """What it takes when it is put back."""
        return self.database.n_bytes + sum(file.n_kept for file in self.files)


class BackupFolder:
    """A folder of backups, of one workspace or of several."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._objects = root / OBJECTS
        self._copies = root / COPIES
        self._written_to: set[Path] = set()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the folder, so that nobody removes what somebody else is about to name.

        Raises
        ------
        StoreError
            Somebody else writes to it, or it cannot be written.
        """
        try:
            for folder in (self._objects, self._copies):
                folder.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.root / "backups.lock", timeout=0)
            lock.acquire()
        except Timeout as error:
            raise StoreError("error.backup_busy") from error
        except OSError as error:
            raise as_store_error(self.root, error) from error
        try:
            remove_abandoned(self._copies)  # where this folder is no part of the workspace, no scan does
            yield
        finally:
            lock.release()

    def names(self) -> list[str]:
        """Names of the backups, oldest first."""
        found = self._copies.glob("*.json") if self._copies.is_dir() else ()
        return sorted(path.stem for path in found if not path.name.startswith("."))

    def read(self, name: str) -> Manifest:
        """The manifest of a backup.

        Raises
        ------
        StoreError
            There is none, it is damaged, or a newer program wrote it.
        """
        path = self._copies / f"{name}.json"
        if PurePosixPath(name).name != name or not path.is_file():
            raise StoreError("error.backup_unknown", name=name, folder=str(self.root))
        try:
            written = json.loads(path.read_text(encoding="utf-8"))
            if written["format"] > FORMAT:
                raise StoreError("error.backup_newer", name=name, program=str(written["manifest"].get("program", "?")))
            if written["checksum"] != _checksum_of(written["manifest"]):
                raise ValueError("the checksum differs")
            return _as_manifest(written["manifest"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise StoreError("error.backup_damaged", name=name, path=str(path)) from error

    def write(self, manifest: Manifest) -> None:
        """Let a backup count: all its objects are there, and on the disk.

        Raises
        ------
        StoreError
            It cannot be written.
        """
        data = asdict(manifest)
        written = {"format": FORMAT, "checksum": _checksum_of(data), "manifest": data}
        for folder in (*sorted(self._written_to), self._objects):
            _sync_folder(folder)
        write_whole(self._copies / f"{manifest.name}.json", json.dumps(written, indent=1).encode("ascii"))
        _sync_folder(self._copies)

    def remove(self, name: str) -> None:
        """Let a backup count no more; what it held goes with :meth:`sweep`."""
        (self._copies / f"{name}.json").unlink(missing_ok=True)

    def sweep(self) -> int | None:
        """Remove objects that no backup names; returns how many.

        ``None`` where a manifest cannot be read: nobody knows what it names, so that everything stays.
        """
        try:
            named = {checksum for name in self.names() for checksum in self.read(name).objects}
        except StoreError:
            return None
        n_removed = 0
        for path in self._objects.glob("*/*"):
            if path.name not in named:
                path.unlink(missing_ok=True)
                n_removed += 1
        return n_removed

    def holds(self, checksum: str, n_bytes: int | None = None) -> bool:
        """Whether an object is there (of that size), without reading it."""
        try:
            status = self._path(checksum).stat()
        except OSError:
            return False
        return n_bytes is None or status.st_size == n_bytes

    def is_whole(self, checksum: str) -> bool:
        """Whether an object is there and holds what its name says."""
        digest = hashlib.sha256()
        try:
            with self._path(checksum).open("rb") as file:
                for chunk in _chunks(file):
                    digest.update(chunk)
        except OSError:
            return False
        return digest.hexdigest() == checksum

    def keep(self, content: Iterable[bytes], *, look_again: bool = False) -> tuple[str, int, bool]:
        """Keep a content, once however often it comes.

        Parameters
        ----------
        content
            In pieces, one after the other.
        look_again
            Whether what is there already is read again, and replaced where it was damaged.

        Returns
        -------
        tuple
            Its SHA-256, its number of bytes, and whether it was written now.

        Raises
        ------
        StoreError
            It cannot be written, or the disk is full.
        OSError
            ``content`` cannot be read.
        """
        digest, n_bytes = hashlib.sha256(), 0
        with self._part() as (part, file):
            for chunk in content:
                digest.update(chunk)
                n_bytes += len(chunk)
                with _in_words(part):
                    file.write(chunk)
            checksum = digest.hexdigest()
            if self.holds(checksum, n_bytes) and not (look_again and not self.is_whole(checksum)):
                return checksum, n_bytes, False
            with _in_words(part):
                file.flush()
                os.fsync(file.fileno())
                if hasattr(os, "posix_fadvise"):  # so that it is read back from the disk, not from memory
                    os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
                give_usual_rights(part)
                target = self._path(checksum)
                target.parent.mkdir(exist_ok=True)
                part.replace(target)
                self._written_to.add(target.parent)
        if not self.is_whole(checksum):  # read back: a disk that writes something else is found today
            raise StoreError("error.backup_disk", path=str(self.root))
        return checksum, n_bytes, True

    def fetch(self, checksums: Iterable[str], target: Path) -> str:
        """Write contents one after the other to the new file ``target``; returns the SHA-256 of all.

        Raises
        ------
        StoreError
            One is missing or damaged (``error.backup_object``), or the file cannot be written.
        """
        whole = hashlib.sha256()
        with _in_words(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("xb") as file:
                for checksum in checksums:
                    self._append(checksum, file, whole.update)
                file.flush()
                os.fsync(file.fileno())
        return whole.hexdigest()

    def _append(self, checksum: str, file: BinaryIO, hear: Callable[[bytes], None]) -> None:
        digest = hashlib.sha256()
        path = self._path(checksum)
        try:
            kept = path.open("rb")
        except OSError as error:
            raise StoreError("error.backup_object", path=str(path)) from error
        with kept:
            chunks = _chunks(kept)
            while True:
                try:
                    chunk = next(chunks, None)
                except OSError as error:  # a sector of the disk that cannot be read any more
                    raise StoreError("error.backup_object", path=str(path)) from error
                if chunk is None:
                    break
                digest.update(chunk)
                hear(chunk)
                file.write(chunk)
        if digest.hexdigest() != checksum:
            raise StoreError("error.backup_object", path=str(path))

    @contextmanager
    def working_file(self, name: str) -> Iterator[Path]:
        """Path of a file for the time of making a backup; left ones of a program that died are removed."""
        for left in self.root.glob(f"{_PART}*"):
            left.unlink(missing_ok=True)
        path = self.root / f"{_PART}{name}"
        try:
            yield path
        finally:
            for left in self.root.glob(f"{_PART}*"):
                left.unlink(missing_ok=True)

    @contextmanager
    def _part(self) -> Iterator[tuple[Path, BinaryIO]]:
        with _in_words(self.root):
            handle, name = tempfile.mkstemp(dir=self.root, prefix=_PART)
        try:
            with os.fdopen(handle, "wb") as file:
                yield Path(name), file
        finally:
            Path(name).unlink(missing_ok=True)

    def _path(self, checksum: str) -> Path:
        return self._objects / checksum[:2] / checksum


def read_chunks(path: Path) -> Iterator[bytes]:
    """The content of a file, a part at a time."""
    with path.open("rb") as file:
        yield from _chunks(file)


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK_BYTES):
        yield chunk


@contextmanager
def _in_words(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise as_store_error(path, error) from error


def _sync_folder(folder: Path) -> None:
    with _in_words(folder):
        sync_folder(folder, must=True)


def _checksum_of(data: dict[str, Any]) -> str:
    return hashlib.sha256(as_canonical(data).encode("utf-8", "surrogatepass")).hexdigest()


def _as_manifest(data: dict[str, Any]) -> Manifest:
    database = KeptDatabase(**{**data["database"], "pieces": tuple(data["database"]["pieces"])})
    files = tuple(KeptFile(**file) for file in data["files"])
    if not all(_is_inside(file.path) for file in files):
        raise ValueError("a path leads out of the workspace")
    known = {one.name for one in fields(Manifest)}
    given = {**data, "database": database, "files": files, "unreadable": tuple(data["unreadable"])}
    return Manifest(**{name: value for name, value in given.items() if name in known})


def _is_inside(path: str) -> bool:
    pure = PurePosixPath(path)
    if os.name != "posix" and (PureWindowsPath(path).drive or "\\" in path):
        return False
    return bool(pure.parts) and not pure.is_absolute() and ".." not in pure.parts
