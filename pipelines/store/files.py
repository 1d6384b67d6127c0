"""Files of the workspace: kept originals and artefacts, always written whole or not at all."""

from __future__ import annotations

import errno
import hashlib
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
_NO_TEMPORARY_FOLDER = "No usable temporary directory"
"""What ``tempfile`` says where none of the folders that it knows can be written: a missing file, it calls that."""
KEPT_FOLDER = "kept"
"""Folder in data/raw with the original of every document under its checksum: who moves, changes or removes a file that
was read loses nothing."""
WRITING = ".writing-"
"""What names of files begin with that are being written."""
ARRIVING = ".arriving-"
"""... that somebody sends, or that are being fetched."""
_FICLONE = 0x40049409
"""Of Linux (``ioctl_ficlonerange(2)``)."""


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
    if error.errno == errno.EROFS:
        return StoreError("error.disk_readonly", path=str(path))
    key = "error.disk_full" if error.errno in _FULL else "error.file_unwritable"
    return StoreError(key, path=str(path), detail=error.strerror or type(error).__name__)


def told_of_disk(error: OSError) -> StoreError | None:
    """What to tell of a disk that is full or may only be read, wherever that shows; ``None`` of any other error."""
    if _NO_TEMPORARY_FOLDER in str(error):
        return StoreError("error.temporary_none", folders=", ".join(_temporary_folders()))
    if error.errno not in _FULL | {errno.EROFS}:
        return None
    if error.filename is not None:
        return as_store_error(Path(os.fsdecode(error.filename)), error)
    # What is written to an open file fails without a name; that may be a temporary one as well.
    key = "error.disk_readonly_somewhere" if error.errno == errno.EROFS else "error.disk_full_somewhere"
    return StoreError(key, folder=_temporary_folders()[0])


def _temporary_folders() -> list[str]:
    """The folder for temporary files, or those that were tried in vain."""
    try:
        return [tempfile.gettempdir()]
    except OSError:  # of a disk that is full now, Python asks each folder anew
        return [folder for name in ("TMPDIR", "TEMP", "TMP") if (folder := os.environ.get(name))] or ["/tmp"]


def _write_whole(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=WRITING)
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


def kept_place(checksum: str, source: Path, workspace: Path) -> Path:
    """Where the original of a document is kept, whether or not it is there."""
    return workspace / "data" / "raw" / KEPT_FOLDER / checksum[:2] / (checksum + source.suffix.lower()[:10])


def keep_original(content: bytes, checksum: str, source: Path, workspace: Path) -> str:
    """Keep the bytes of a document in the workspace, in ``data/raw/kept`` under their checksum.

    The source stays as it is. Where the file system can, what is kept shares its blocks with the source until one of
    the two changes; it is never a link, since a program that writes into the source would change both.

    Returns
    -------
    str
        Path relative to the workspace, with forward slashes.

    Raises
    ------
    StoreError
        The folder or the file cannot be written, or the disk is full.
    """
    kept = kept_place(checksum, source, workspace)
    try:
        if not _holds(kept, checksum):
            kept.parent.mkdir(parents=True, exist_ok=True)
            _keep(content, checksum, source, kept)
    except OSError as error:
        raise as_store_error(kept, error) from error
    return kept.relative_to(workspace).as_posix()


def _holds(path: Path, checksum: str) -> bool:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == checksum
    except FileNotFoundError:
        return False


def _keep(content: bytes, checksum: str, source: Path, kept: Path) -> None:
    handle, name = tempfile.mkstemp(dir=kept.parent, prefix=WRITING)
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            # Looked at again: the source may have changed since its content was read.
            if not (_share_blocks(source, file.fileno()) and _holds(part, checksum)):
                file.seek(0)
                file.truncate()
                file.write(content)
                file.flush()
            os.fsync(file.fileno())
        part.chmod(0o444 & ~_UMASK)  # who opens it by mistake cannot change it by mistake
        part.replace(kept)
        sync_folder(kept.parent)
    finally:
        part.unlink(missing_ok=True)


def _share_blocks(source: Path, target: int) -> bool:
    """Whether the open file ``target`` is now a copy of ``source`` on the same blocks (btrfs, XFS, ZFS)."""
    try:
        import fcntl

        with source.open("rb") as file:
            fcntl.ioctl(target, _FICLONE, file.fileno())
    except (ImportError, OSError):  # not on this system, not on this file system, or on two of them
        return False
    return True


def sync_folder(folder: Path, *, must: bool = False) -> None:
    """Let the names in a folder outlive a power cut, where the system can.

    Raises
    ------
    OSError
        It failed, and it ``must``: what was promised would not hold.
    """
    if os.name != "posix":  # elsewhere folders cannot be opened
        return
    try:
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError:
        if must:
            raise
