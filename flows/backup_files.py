"""Which files of a workspace a backup holds: all but what can be made again, and what is at work now."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine

from flows.service_file import service_folder
from pipelines.settings import Settings
from pipelines.store.witness import WITNESS_FILE

MADE_AGAIN = frozenset({"vectors", "search", "pages", "logs", "prefect"})
"""Folders in data/processed: vectors and search follow from the texts, pictures of pages from the files."""
_MADE_AGAIN_FILES = frozenset({"model_version.json", WITNESS_FILE})
"""The witness would be copied after the database, and be ahead of the copy; the manifest says what it has to say."""
_OF_DATABASE = ("", "-wal", "-shm", "-journal")
_OWN_DATABASE = "kennisstand.db"
"""Stays behind in data/processed where the rows were moved to another database."""
_SETTINGS_FILES = "kennisstand*"
"""In the workspace itself: kennisstand.toml, and own copies of rules and sources."""


@dataclass
class Found:
    """Files of a workspace."""

    paths: list[Path] = field(default_factory=list[Path])
    unreadable: list[str] = field(default_factory=list[str])
    """Folders that cannot be entered."""


def workspace_files(settings: Settings, engine: Engine, backups: Path) -> Found:
    """Files of the workspace, also behind links, in order of their paths.

    Parameters
    ----------
    settings
        Of the workspace.
    engine
        Of its database, whose files are copied in another way.
    backups
        Folder of backups, which is passed over.
    """
    found = Found()
    found.paths += sorted(p for p in settings.workspace.glob(_SETTINGS_FILES) if is_settings_file(settings, p))
    own = _database_files(engine) | _files_of(settings.processed_dir / _OWN_DATABASE)
    for top in _tops(settings):
        for path in _walk(top, settings, backups, found):
            if path.resolve() not in own and not _is_passing(path, settings):
                found.paths.append(path)
    return found


def is_settings_file(settings: Settings, path: Path) -> bool:
    """Whether a file is one of settings, rules or sources in the workspace itself."""
    return path.parent == settings.workspace and path.suffix in {".toml", ".yaml", ".yml"} and path.is_file()


def as_shown(path: str) -> str:
    """A path as text; bytes of a name that are no text are written out."""
    return path.encode("utf-8", "backslashreplace").decode("utf-8")


def _walk(top: Path, settings: Settings, backups: Path, found: Found) -> list[Path]:
    entered: set[tuple[int, int]] = set()
    paths: list[Path] = []

    def note(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            found.unreadable.append(as_shown(os.path.relpath(error.filename or top, settings.workspace)))

    for folder, folders, names in os.walk(top, onerror=note, followlinks=True):
        here = Path(folder)
        folders[:] = [name for name in sorted(folders) if _is_entered(here / name, settings, backups, entered)]
        for name in sorted(names):
            path = here / name
            try:
                if stat.S_ISREG(path.stat().st_mode):
                    paths.append(path)
            except FileNotFoundError:  # a link to nowhere, or gone meanwhile
                continue
            except OSError as error:
                note(error)
    return paths


def _is_entered(folder: Path, settings: Settings, backups: Path, entered: set[tuple[int, int]]) -> bool:
    if folder.name.startswith(".") or folder.resolve() == backups:
        return False
    if folder.is_symlink() and _leads_back(folder.resolve(), settings):
        return False
    if folder.parent == settings.processed_dir and folder.name in MADE_AGAIN:
        return False
    try:
        status = folder.stat()
    except OSError:
        return False
    known = (status.st_dev, status.st_ino) in entered
    entered.add((status.st_dev, status.st_ino))
    return not known


def _leads_back(folder: Path, settings: Settings) -> bool:
    """Whether a link leads to what is copied in its own place."""
    tops = [top.resolve() for top in _tops(settings)]
    return any(folder.is_relative_to(top) or top.is_relative_to(folder) for top in tops)


def _tops(settings: Settings) -> tuple[Path, ...]:
    return settings.raw_dir, settings.processed_dir, settings.models_dir, settings.reports_dir


def _is_passing(path: Path, settings: Settings) -> bool:
    """Whether a file is only there while something is at work."""
    if path.name.startswith((".", "~$")):
        return True
    if path.parent == service_folder(settings.processed_dir):  # who holds what, and what was asked for just now
        return path.suffix == ".lock" or path.name == "service.json" or path.name.startswith("asked-")
    if path.parent != settings.processed_dir:
        return False
    return path.name in _MADE_AGAIN_FILES or path.name.startswith("progress-") or path.suffix == ".lock"


def _database_files(engine: Engine) -> frozenset[Path]:
    if engine.dialect.name != "sqlite" or not engine.url.database:
        return frozenset()
    return _files_of(Path(engine.url.database))


def _files_of(database: Path) -> frozenset[Path]:
    return frozenset(Path(f"{database}{end}").resolve() for end in _OF_DATABASE)
