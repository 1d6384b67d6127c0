"""Which files there are, and which of them are new."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
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


def _walk(paths: Iterable[Path], raw_dir: Path, unreadable: list[Unreadable]) -> Iterable[Path]:
    kept = raw_dir.resolve() / KEPT_FOLDER
    for given in paths:
        path = given.expanduser().resolve()
        if path.is_file():
            yield path
        elif path.is_dir():
            problems: list[OSError] = []
            for folder, folders, names in os.walk(path, onerror=problems.append):
                here = Path(folder)
                folders[:] = sorted(f for f in folders if not f.startswith(".") and here / f != kept)
                for name in names:
                    passed_over = name.startswith((".", "~$")) or name in _PASSED_OVER
                    if not passed_over and (here / name).is_file():
                        yield here / name
            unreadable += [_unreadable(path, problem) for problem in problems]
        else:
            unreadable.append(Unreadable(str(given), Reason(key="reason.path_missing")))


def _unreadable(path: Path, error: OSError) -> Unreadable:
    reason = Reason(key="reason.unreadable_path", values={"detail": error.strerror or type(error).__name__})
    return Unreadable(str(error.filename or path), reason)


def _checksum(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
