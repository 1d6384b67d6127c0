"""Which files there are, and which of them are new."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from pipelines.domain.documents import Reason
from pipelines.domain.ids import content_id
from pipelines.store.documents import FoundFile, KnownPath
from pipelines.store.files import KEPT_FOLDER

_PASSED_OVER = frozenset({"Thumbs.db", "desktop.ini"})
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class Unreadable:
    """A path that cannot be opened."""

    path: str
    reason: Reason


@dataclass(frozen=True)
class Found:
    """All files of a scan, sorted by path."""

    files: tuple[FoundFile, ...]
    unreadable: tuple[Unreadable, ...]


def find_files(paths: Sequence[Path], known: Mapping[str, KnownPath], raw_dir: Path) -> Found:
    """Files under ``paths`` with their checksums.

    A file with the size and time of change it had at an earlier scan is not read again. Hidden files, lock files of
    office programs and the workspace's own copies are passed over.

    Parameters
    ----------
    paths
        Files or folders.
    known
        Paths of earlier scans.
    raw_dir
        ``data/raw`` of the workspace.
    """
    files: list[FoundFile] = []
    unreadable: list[Unreadable] = []
    for path in sorted(set(_walk(paths, raw_dir, unreadable))):
        if (name := _as_text(path)) != str(path):
            unreadable.append(Unreadable(name, Reason(key="reason.name_unusable")))
            continue
        try:
            status = path.stat()
            earlier = known.get(str(path))
            if earlier is not None and (earlier.n_bytes, earlier.modified_ns) == (status.st_size, status.st_mtime_ns):
                checksum = ""
                document_id = earlier.document_id
            else:
                checksum = _checksum(path)
                document_id = content_id("document", checksum)
        except OSError as error:
            unreadable.append(_unreadable(path, error))
            continue
        files.append(FoundFile(document_id, checksum, str(path), status.st_size, status.st_mtime_ns))
    return Found(tuple(files), tuple(unreadable))


def unseen_files(raw_dir: Path, known: Mapping[str, KnownPath]) -> list[Path]:
    """Files in ``data/raw`` that no scan has come across as they are now; none of them is opened."""
    found: list[Path] = []
    for path in sorted(set(_walk([raw_dir], raw_dir, []))):
        earlier, status = known.get(str(path)), _status(path, [])
        if status is not None and (
            earlier is None or (earlier.n_bytes, earlier.modified_ns) != (status.st_size, status.st_mtime_ns)
        ):
            found.append(path)
    return found


def _walk(paths: Iterable[Path], raw_dir: Path, unreadable: list[Unreadable]) -> Iterable[Path]:
    kept = raw_dir.resolve() / KEPT_FOLDER
    for given in paths:
        try:
            path = given.expanduser().resolve()
            if path.is_file():
                yield path
            elif path.is_dir():
                yield from _walk_folder(path, kept, unreadable)
            else:
                unreadable.append(Unreadable(_as_text(given), Reason(key="reason.path_missing")))
        except (OSError, RuntimeError) as error:  # links in a circle, a folder that may not be entered
            unreadable.append(_unreadable(given, error))


def _walk_folder(top: Path, kept: Path, unreadable: list[Unreadable]) -> Iterator[Path]:
    """Files under ``top``, also behind links, each folder once however many links lead to it."""
    status = top.stat()
    entered = {(status.st_dev, status.st_ino)}
    problems: list[OSError] = []
    for folder, folders, names in os.walk(top, onerror=problems.append, followlinks=True):
        here = Path(folder)
        inside: list[str] = []
        for name in sorted(f for f in folders if not f.startswith(".") and here / f != kept):
            status = _status(here / name, unreadable)
            if status is not None and (status.st_dev, status.st_ino) not in entered:
                entered.add((status.st_dev, status.st_ino))
                inside.append(name)
        folders[:] = inside
        for name in sorted(names):
            if name.startswith((".", "~$")) or name in _PASSED_OVER:
                continue
            status = _status(here / name, unreadable)
            if status is not None and stat.S_ISREG(status.st_mode):
                yield here / name
    unreadable += [_unreadable(top, problem) for problem in problems]


def _status(path: Path, unreadable: list[Unreadable]) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError as error:
        unreadable.append(_unreadable(path, error))
        return None


def _unreadable(path: Path, error: OSError | RuntimeError) -> Unreadable:
    detail = (error.strerror if isinstance(error, OSError) else None) or type(error).__name__
    named = error.filename if isinstance(error, OSError) else None
    return Unreadable(_as_text(Path(named or path)), Reason(key="reason.unreadable_path", values={"detail": detail}))


def _as_text(path: Path) -> str:
    """The path with a mark for every byte that is no character: old archives hold names in other encodings."""
    return os.fsencode(path).decode("utf-8", errors="replace")


def _checksum(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
