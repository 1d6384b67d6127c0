"""Files of the workspace: kept originals and artefacts, always written whole or not at all."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

from pipelines.errors import StoreError


def _read_umask() -> int:
    umask = os.umask(0o022)
    os.umask(umask)
    return umask


_UMASK = _read_umask()
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
KEPT_FOLDER = "kept"
"""Folder in data/raw with copies of documents that came from elsewhere."""


def write_whole(path: Path, content: bytes) -> None:
    """Write ``content`` so that ``path`` holds either all of it or what it held before, also after a power cut.

    Raises
    ------
    StoreError
        The folder or the file cannot be written, or the disk is full.
    """
    try:
        _write_whole(path, content)
    except OSError as error:
        raise as_store_error(path, error) from error


def give_usual_rights(path: Path) -> None:
    """Let others read a file that was made for the owner alone, as far as this program's files are for others."""
    path.chmod(0o666 & ~_UMASK)


def as_store_error(path: Path, error: OSError) -> StoreError:
    """What to tell of a file that could not be written."""
    key = "error.disk_full" if error.errno in _FULL else "error.file_unwritable"
    return StoreError(key, path=str(path), detail=error.strerror or type(error).__name__)


def _write_whole(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes files for the owner alone; reports are for everybody whom the folder is open to.
        give_usual_rights(Path(name))
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def keep_original(content: bytes, checksum: str, source: Path, workspace: Path) -> str:
    """Keep the bytes of a document in the workspace.

    A file that lies in ``data/raw`` stays where it is; any other is copied to ``data/raw/kept`` under its checksum.

    Returns
    -------
    str
        Path relative to the workspace, with forward slashes.
    """
    raw = workspace / "data" / "raw"
    if source.is_relative_to(raw):
        return source.relative_to(workspace).as_posix()
    kept = raw / KEPT_FOLDER / checksum[:2] / (checksum + source.suffix.lower()[:10])
    if not kept.exists():
        write_whole(kept, content)
    return kept.relative_to(workspace).as_posix()
