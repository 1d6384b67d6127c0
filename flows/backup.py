"""Makes a copy of everything in the workspace that cannot be made again, while people and scans go on.

First the database, as it is at one moment; then the files: whatever the database names was written before it was
named. Of a file that was there the time before only what tells it apart is looked at, and one in fourteen is read again
each time, so that what a disk lost or changed in silence is found within two weeks of nightly copies.
"""

from __future__ import annotations

import hashlib
import logging
import re
import time
import tomllib
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from flows.backup_files import as_shown, is_settings_file, workspace_files
from flows.orchestrator import log_to_file
from flows.progress import progress
from flows.progress_file import Job, recorded
from flows.workspace import open_settings_workspace
from pipelines import __version__
from pipelines.domain.documents import Reason
from pipelines.domain.ids import file_checksum
from pipelines.domain.moments import now
from pipelines.domain.record import Record
from pipelines.errors import KennisstandError, SettingsError
from pipelines.settings import SETTINGS_FILE, Settings
from pipelines.store import Workspace
from pipelines.store.backups import BackupFolder, KeptDatabase, KeptFile, Manifest, read_chunks
from pipelines.store.database_copy import check_file, copy_to_file, revision_of
from pipelines.store.witness import n_missing

logger = logging.getLogger(__name__)

LOOKED_AT_IN = 14
"""Every object that a backup names is read again once in so many days: as many as backups are kept by default."""
_PIECE_BYTES = 1 << 20
"""Of the database. ``benchmarks/backup_room.py`` (60,000 passages, 104 MB): a night after forty decisions takes 1.8 MB
with pieces of 1 MiB, 0.8 with 256 KiB and four times as many files, 5.0 with 4 MiB; one after a scan most of it."""
_PASSWORD = re.compile(rb"(\w+://[^\s/:@\"']*):[^\s/@\"']+@")
_DATABASE = re.compile(rb"(?m)^[ \t]*[\"']?database_url[\"']?[ \t]*=.*$")
_NOT_KEPT = b"# database_url is not kept in backups: this copy stands on a database of its own"

Clock = Callable[[], datetime]


class BackupMade(Record):
    """A backup that was made and looked at."""

    name: str
    made: datetime
    """UTC."""
    folder: str
    n_files: int
    n_bytes: int
    """What it takes when it is put back."""
    n_new_bytes: int
    """What was written for it."""
    n_rows: int
    """Of all tables of the database."""
    n_faults: int = 0
    """Entries among what people decided that were tampered with before, or are gone; they are kept as they are."""
    n_mended: int = 0
    """Contents in the folder of backups that were damaged, and are whole again."""
    unreadable: tuple[str, ...] = ()
    """Files that could not be read, and are not in it."""
    removed: tuple[str, ...] = ()
    """Older backups that were removed."""
    seconds: float = 0.0

    def __str__(self) -> str:
        return self.name

    def result(self) -> dict[str, int | float | str]:
        """For the ledger of duties."""
        numbers = self.model_dump(include={"n_files", "n_bytes", "n_new_bytes", "n_faults", "n_mended", "seconds"})
        return {"backup": self.name, **numbers, "n_unreadable": len(self.unreadable)}


class BackupListed(Record):
    """A backup as lists show it."""

    name: str
    made: datetime | None = None
    workspace: str = ""
    n_files: int = 0
    n_bytes: int = 0
    problem: Reason | None = None
    """Why it cannot be used, or what is wrong with it."""
    damaged: tuple[str, ...] = ()
    """Files in it that are damaged or missing."""


@dataclass
class _Count:
    n_new_bytes: int = 0
    n_mended: int = 0
    unreadable: list[str] = field(default_factory=list[str])


def backup_folder(settings: Settings) -> Path:
    """Where backups are kept.

    Raises
    ------
    SettingsError
        That is within what is copied.
    """
    folder = (settings.backup_folder or settings.workspace / "data" / "backups").expanduser()
    folder = (folder if folder.is_absolute() else settings.workspace / folder).resolve()
    roots = (settings.raw_dir, settings.processed_dir, settings.models_dir, settings.reports_dir)
    if folder == settings.workspace.resolve() or any(folder.is_relative_to(root.resolve()) for root in roots):
        raise SettingsError("error.backup_within", folder=str(folder))
    return folder


def make_backup(settings: Settings, *, clock: Clock = now) -> BackupMade:
    """Make a backup, look at it, and remove what is older than the setting wants.

    Raises
    ------
    StoreError
        Another backup is being made, something cannot be read or written, the disk is full, or what was written does
        not read back. There is no new backup then; the former ones are as they were.
    SettingsError
        The folder for backups is within what is copied.
    """
    begun = time.perf_counter()
    folder = BackupFolder(backup_folder(settings))
    workspace = open_settings_workspace(settings)
    log_to_file(settings.workspace)
    try:
        with recorded(settings.processed_dir, Job.BACKUP), folder.held():
            try:
                manifest, count = _copy(settings, workspace, folder, clock)
            except BaseException:
                with suppress(OSError):
                    folder.sweep()  # what was written for a backup that there is not takes room from the next
                raise
            removed = _prune(folder, manifest, settings.backup_keep)
    finally:
        workspace.close()
    made = BackupMade(
        name=manifest.name,
        made=datetime.fromisoformat(manifest.made),
        folder=str(folder.root),
        n_files=len(manifest.files),
        n_bytes=manifest.n_bytes,
        n_new_bytes=count.n_new_bytes,
        n_rows=sum(manifest.database.rows.values()),
        n_faults=manifest.n_faults,
        n_mended=count.n_mended,
        unreadable=manifest.unreadable,
        removed=tuple(removed),
        seconds=round(time.perf_counter() - begun, 1),
    )
    logger.info("backup %s: %s files, %s bytes new", made.name, made.n_files, made.n_new_bytes)
    return made


def _copy(settings: Settings, workspace: Workspace, folder: BackupFolder, clock: Clock) -> tuple[Manifest, _Count]:
    count = _Count()
    moment = clock()
    before, told = _newest(folder, settings.workspace), None
    with folder.working_file("database") as path:
        progress().begin("backup_database", None)
        with suppress(OSError):
            told = workspace.witness.read()  # before the copy, which may be ahead of it
        rows = copy_to_file(workspace.engine, path)
        n_faults, heads = check_file(path, rows)
        n_faults += n_missing(told, heads)
        database = _keep_database(folder, path, rows, count)
        progress().end("backup_database")
    files = _keep_files(settings, workspace, folder, before, _Look(moment), count)
    manifest = Manifest(
        name=_free_name(folder, moment),
        made=moment.isoformat(timespec="seconds"),
        program=__version__,
        workspace=str(settings.workspace.resolve()),
        database=database,
        files=tuple(files),
        unreadable=tuple(count.unreadable),
        n_faults=n_faults,
        heads={table: [number, digest] for table, (number, digest) in heads.items()},
    )
    folder.write(manifest)
    return manifest, count


@dataclass(frozen=True)
class _Look:
    """What is read again on a day."""

    moment: datetime

    def again(self, checksum: str) -> bool:
        return int(checksum[:8], 16) % LOOKED_AT_IN == self.moment.toordinal() % LOOKED_AT_IN


def _keep_database(folder: BackupFolder, path: Path, rows: dict[str, int], count: _Count) -> KeptDatabase:
    whole, n_bytes = hashlib.sha256(), 0
    pieces: list[str] = []
    with path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            checksum = file_checksum(piece)
            # Read again each time: a piece that is damaged takes the whole database along, in every later backup.
            if not folder.is_whole(checksum):
                folder.keep([piece], look_again=True)
                count.n_new_bytes += len(piece)
            whole.update(piece)
            n_bytes += len(piece)
            pieces.append(checksum)
    return KeptDatabase(n_bytes, whole.hexdigest(), tuple(pieces), rows, revision_of(path))


def _keep_files(
    settings: Settings,
    workspace: Workspace,
    folder: BackupFolder,
    before: Manifest | None,
    look: _Look,
    count: _Count,
) -> Iterator[KeptFile]:
    known = {} if before is None else {file.path: file for file in before.files}
    found = workspace_files(settings, workspace.engine, folder.root)
    count.unreadable += found.unreadable
    progress().begin("backup_files", len(found.paths))
    for path in found.paths:
        kept = _keep_file(settings, folder, path, known, look, count)
        if kept is not None:
            yield kept
        progress().advance("backup_files")
    progress().end("backup_files")


def _keep_file(
    settings: Settings, folder: BackupFolder, path: Path, known: dict[str, KeptFile], look: _Look, count: _Count
) -> KeptFile | None:
    name = path.relative_to(settings.workspace).as_posix()
    former = known.get(name)
    try:
        status = path.stat()
        same = former is not None and (former.n_bytes, former.modified_ns) == (status.st_size, status.st_mtime_ns)
        if former is not None and same and _is_kept(settings, folder, path, former, look):
            return former
        checksum, n_kept, new = folder.keep(_content(settings, path), look_again=True)
    except FileNotFoundError:
        return None  # taken away while this went on
    except OSError as error:
        logger.warning("a file cannot be read and is not in the backup: %s", error.strerror)
        count.unreadable.append(as_shown(name))
        return None
    count.n_new_bytes += n_kept if new else 0
    count.n_mended += new and former is not None and former.checksum == checksum
    return KeptFile(name, status.st_size, status.st_mtime_ns, checksum, n_kept)


def _is_kept(settings: Settings, folder: BackupFolder, path: Path, former: KeptFile, look: _Look) -> bool:
    if not look.again(former.checksum):
        return folder.holds(former.checksum, former.n_kept)
    digest = hashlib.sha256()
    for chunk in _content(settings, path):
        digest.update(chunk)
    return digest.hexdigest() == former.checksum and folder.is_whole(former.checksum)


def _content(settings: Settings, path: Path) -> Iterable[bytes]:
    return [without_secrets(path)] if is_settings_file(settings, path) else read_chunks(path)


def without_secrets(path: Path) -> bytes:
    """A file of settings as it is kept: without passwords in addresses, and without the address of a database.

    Where a copy is put back it must not write to the database of the workspace that it was copied from.
    """
    content = _PASSWORD.sub(rb"\1@", path.read_bytes())
    if path.name != SETTINGS_FILE:
        return content
    content = _DATABASE.sub(_NOT_KEPT, content)
    try:
        if "database_url" in tomllib.loads(content.decode("utf-8-sig")):
            raise ValueError("written in a way that the line does not show")
    except ValueError:
        logger.warning("the file of settings is not kept: it cannot be read")
        return b"# the file of settings could not be read when this copy was made\n"
    return content


def _newest(folder: BackupFolder, workspace: Path) -> Manifest | None:
    for name in reversed(folder.names()):
        try:
            manifest = folder.read(name)
        except KennisstandError:
            continue
        if manifest.workspace == str(workspace.resolve()):
            return manifest
    return None


def _free_name(folder: BackupFolder, moment: datetime) -> str:
    taken = set(folder.names())
    name = f"{moment:%Y-%m-%d-%H%M%S}"
    numbered = (name if n == 1 else f"{name}-{n:02}" for n in range(1, 100))
    return next(one for one in numbered if one not in taken)


def _prune(folder: BackupFolder, newest: Manifest, keep: int) -> list[str]:
    """Remove the oldest backups of this workspace above ``keep``; those of others in the same folder stay."""
    own: list[str] = []
    for name in folder.names():
        try:
            manifest = folder.read(name)
        except KennisstandError as error:
            logger.warning("backup %s: %s", name, error.key)
            continue
        if manifest.workspace == newest.workspace:
            own.append(name)
    removed = [name for name in own[:-keep] if name != newest.name]
    for name in removed:
        folder.remove(name)
    folder.sweep()
    return removed


def list_backups(settings: Settings, *, read_all: bool = False) -> list[BackupListed]:
    """Backups, oldest first; with ``read_all`` all that they hold is read."""
    folder = BackupFolder(backup_folder(settings))
    return [_listed(folder, name, read_all=read_all) for name in folder.names()]


def newest_backup(settings: Settings) -> datetime | None:
    """When the newest backup of this workspace was made; what it holds is not looked at."""
    manifest = _newest(BackupFolder(backup_folder(settings)), settings.workspace)
    return None if manifest is None else datetime.fromisoformat(manifest.made)


def _listed(folder: BackupFolder, name: str, *, read_all: bool) -> BackupListed:
    try:
        manifest = folder.read(name)
    except KennisstandError as error:
        return BackupListed(name=name, problem=Reason(key=error.key, values=error.values))
    damaged = damaged_parts(folder, manifest, read_all=read_all)
    problem = Reason(key="backup.damaged", values={"n": len(damaged)}) if damaged else None
    return BackupListed(
        name=name,
        made=datetime.fromisoformat(manifest.made),
        workspace=manifest.workspace,
        n_files=len(manifest.files),
        n_bytes=manifest.n_bytes,
        problem=problem,
        damaged=tuple(damaged),
    )


def damaged_parts(folder: BackupFolder, manifest: Manifest, *, read_all: bool) -> list[str]:
    """Paths of files whose content is missing or (with ``read_all``) damaged; the database as ``database``."""
    bad = {
        checksum
        for checksum, n_bytes in manifest.objects.items()
        if not (folder.is_whole(checksum) if read_all else folder.holds(checksum, n_bytes))
    }
    named = ["database"] if bad & set(manifest.database.pieces) else []
    return [*named, *(as_shown(file.path) for file in manifest.files if file.checksum in bad)]
