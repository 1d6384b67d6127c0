"""Puts a backup back as a workspace, in an empty folder: all of it, read and compared on the way."""

from __future__ import annotations

import logging
import os
import shutil
from datetime import datetime
from pathlib import Path

from flows.backup import backup_folder, damaged_parts
from flows.backup_files import as_shown
from flows.catching_up import STOPPED
from flows.progress import progress
from flows.workspace import open_settings_workspace
from pipelines.domain.documents import Reason
from pipelines.domain.record import Record
from pipelines.domain.schedules import Duty, DutyState
from pipelines.errors import KennisstandError, StoreError
from pipelines.settings import Settings
from pipelines.store import Workspace
from pipelines.store.backups import COPIES, BackupFolder, Manifest
from pipelines.store.copying import copy_database
from pipelines.store.database import NEWEST_REVISION, address_of_file, open_engine
from pipelines.store.database_copy import check_file
from pipelines.store.files import as_store_error
from pipelines.store.witness import RESTORED

logger = logging.getLogger(__name__)

LATEST = "latest"
_WORK = ".restoring"
"""In the folder that is filled: nothing else is there until everything is, so that nobody works in half a workspace."""
_DATABASE = Path("data") / "processed" / "kennisstand.db"


class Restored(Record):
    """A workspace that was put back."""

    name: str
    folder: str
    n_files: int
    n_rows: int
    n_faults: int = 0
    """Entries among what people decided that were tampered with before the backup was made."""
    missing: tuple[str, ...] = ()
    """Files that are damaged or missing in the backup, and so are not there."""
    unreadable: tuple[str, ...] = ()
    """Files that could not be read when the backup was made."""
    vectors: Reason | None = None
    """Why vectors could not be made; the next scan makes them."""


def restore_backup(settings: Settings, backup: str, target: Path, *, database_url: str | None = None) -> Restored:
    """Put a backup back.

    Parameters
    ----------
    settings
        Name the folder of backups.
    backup
        Name of one, ``latest``, or the path of a manifest or of a folder of backups: where the workspace is lost, so
        are its settings.
    target
        Folder that is empty or is not there yet.
    database_url
        Address of an empty database to put the rows in; a file of the workspace if ``None``, whatever the environment
        says.

    Raises
    ------
    StoreError
        There is no such backup, its manifest or its database is damaged, the folder or the database is not empty, or
        something cannot be written. Single files that are damaged are left out and named.
    """
    folder, manifest = find_backup(settings, backup)
    target = target.expanduser().resolve()
    _check_revision(manifest)
    work = _make_room(target)
    bad = damaged_parts(folder, manifest, read_all=False)
    if "database" in bad:
        raise StoreError("error.restore_database", name=manifest.name)
    # As the environment may name the database of the workspace that this is a copy of, it is not asked.
    restored = settings.model_copy(update={"workspace": target, "database_url": database_url})
    n_faults = _put_database(folder, manifest, work)
    missing = _put_files(folder, manifest, work)
    if database_url is not None:
        _fill_server(work / _DATABASE, database_url)
    _move_in(work, target)
    workspace = open_settings_workspace(restored)
    _begin_witness(workspace, manifest)
    _close_duties(workspace, manifest)
    workspace.close()
    logger.info("backup %s restored: %s files, %s missing", manifest.name, len(manifest.files), len(missing))
    return Restored(
        name=manifest.name,
        folder=str(target),
        n_files=len(manifest.files) - len(missing),
        n_rows=sum(manifest.database.rows.values()),
        n_faults=n_faults,
        missing=tuple(missing),
        unreadable=manifest.unreadable,
        vectors=_make_vectors(restored),
    )


def find_backup(settings: Settings, backup: str) -> tuple[BackupFolder, Manifest]:
    """The backup that is meant.

    Raises
    ------
    StoreError
        There is none, or its manifest is damaged.
    """
    path = Path(backup).expanduser()
    if path.is_dir():
        return _latest(BackupFolder(path.resolve()))
    if path.is_file() and path.suffix == ".json" and path.resolve().parent.name == COPIES:
        folder = BackupFolder(path.resolve().parent.parent)
        return folder, folder.read(path.stem)
    folder = BackupFolder(backup_folder(settings))
    return _latest(folder, settings.workspace) if backup == LATEST else (folder, folder.read(backup))


def _latest(folder: BackupFolder, workspace: Path | None = None) -> tuple[BackupFolder, Manifest]:
    """The latest backup in a folder: of ``workspace`` if it has one there, since several may share a folder."""
    names = folder.names()
    if not names:
        raise StoreError("error.backup_none", folder=str(folder.root))
    newest = folder.read(names[-1])
    if workspace is None or newest.workspace == str(workspace.resolve()):
        return folder, newest
    own = (one for one in map(folder.read, reversed(names)) if one.workspace == str(workspace.resolve()))
    return folder, next(own, newest)


def _check_revision(manifest: Manifest) -> None:
    # Revisions are numbered; an older database is brought up to date when it is opened.
    if manifest.database.revision > NEWEST_REVISION:
        raise StoreError("error.backup_newer", name=manifest.name, program=manifest.program)


def _make_room(target: Path) -> Path:
    work = target / _WORK
    try:
        target.mkdir(parents=True, exist_ok=True)
        if any(path != work for path in target.iterdir()):
            raise StoreError("error.restore_not_empty", folder=str(target))
        if work.exists():
            shutil.rmtree(work)  # of a restore that was broken off
        work.mkdir()
    except OSError as error:
        raise as_store_error(target, error) from error
    return work


def _put_database(folder: BackupFolder, manifest: Manifest, work: Path) -> int:
    progress().begin("restore_database", None)
    path = work / _DATABASE
    try:
        whole = folder.fetch(manifest.database.pieces, path)
        if whole != manifest.database.checksum:
            raise StoreError("error.restore_database", name=manifest.name)
        n_faults, _ = check_file(path, manifest.database.rows)
    except StoreError as error:
        if error.key in {"error.backup_object", "error.backup_database"}:
            raise StoreError("error.restore_database", name=manifest.name) from error
        raise
    progress().end("restore_database")
    return n_faults


def _put_files(folder: BackupFolder, manifest: Manifest, work: Path) -> list[str]:
    missing: list[str] = []
    progress().begin("restore_files", len(manifest.files))
    for file in manifest.files:
        path = work / file.path
        if path.parent == work / _DATABASE.parent and path.name.startswith(_DATABASE.name):
            continue  # of one that was left behind by a move; changes that lie beside it would spoil this one
        try:
            folder.fetch([file.checksum], path)
            os.utime(path, ns=(file.modified_ns, file.modified_ns))
        except StoreError as error:
            if error.key != "error.backup_object":
                raise
            path.unlink(missing_ok=True)
            missing.append(as_shown(file.path))
        except OSError as error:
            raise as_store_error(path, error) from error
        progress().advance("restore_files")
    progress().end("restore_files")
    return missing


def _begin_witness(workspace: Workspace, manifest: Manifest) -> None:
    """Say that the database is older than others that were witnessed: on purpose, and by how much."""
    try:
        workspace.witness.begin_anew(workspace.engine, RESTORED, datetime.fromisoformat(manifest.made))
    except OSError as error:
        raise as_store_error(workspace.witness.path, error) from error


def _close_duties(workspace: Workspace, manifest: Manifest) -> None:
    """Close what was going on when the copy was made: no process was lost. The backup itself is this one."""
    made = datetime.fromisoformat(manifest.made)
    for run in workspace.duties.running():
        if run.duty is Duty.BACKUP:
            reason = Reason(key="reason.duty_backup", values={"name": manifest.name, "n": len(manifest.files)})
            workspace.duties.finish(run, DutyState.DONE, made, reason)
        else:
            workspace.duties.finish(run, DutyState.INTERRUPTED, made, Reason(key=STOPPED))


def _fill_server(path: Path, address: str) -> None:
    """Put the rows of a copy in an empty database; the file is not needed any more then."""
    source, target = open_engine(address_of_file(path)), None
    try:
        target = open_engine(address)
        copy_database(source, target)
    finally:
        source.dispose()
        if target is not None:
            target.dispose()
    for left in path.parent.glob(f"{path.name}*"):
        left.unlink()


def _move_in(work: Path, target: Path) -> None:
    """Let the folder be a workspace; what makes it one comes last."""
    try:
        for path in sorted(work.iterdir(), key=lambda path: (path.name == "data", path.name)):
            path.replace(target / path.name)
        work.rmdir()
    except OSError as error:
        raise as_store_error(target, error) from error


def _make_vectors(settings: Settings) -> Reason | None:
    """Make the vectors, which backups do not hold, so that search and topics work at once."""
    from flows.context import ScanContext
    from flows.vectors import documents_without_vectors, encode_documents

    context = ScanContext(settings, open_settings_workspace(settings))
    try:
        lacking = list(documents_without_vectors(context))
        if lacking:
            progress().begin("vectors", len(lacking))
            encode_documents(context, lacking)
            progress().end("vectors")
    except KennisstandError as error:  # an encoder of others that is not on this computer
        return Reason(key=error.key, values=error.values)
    finally:
        context.close()
        context.workspace.close()
    return None
