"""Reads all that is kept and holds it against its checksums: what is damaged, what that means, and what to do.

Nothing that it comes across ends it: each check stands by itself, and what cannot be read is a finding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

from sqlalchemy import Engine

from flows.backup import backup_folder
from flows.doctor import Finding
from flows.verify_chains import check_chains
from flows.verify_files import check_edited, check_models, check_originals, check_vectors
from flows.verify_rows import check_accounts, check_standings, check_tables, check_texts
from flows.workspace import open_settings_workspace
from pipelines.domain.moments import now
from pipelines.errors import KennisstandError, StoreError
from pipelines.settings import Settings
from pipelines.store.backups import BackupFolder, Manifest
from pipelines.store.checking import READING_FAULTS, complaints, open_for_checking, revision
from pipelines.store.database import NEWEST_REVISION
from pipelines.store.workspace import of_unwritable_folder
from pipelines.strings import error_text, text

Check = Callable[[Settings, Engine], Iterator[Finding]]


def verify(settings: Settings) -> list[Finding]:
    """All checks; the last finding says which backup is whole, where something was damaged.

    Raises
    ------
    StoreError
        The address of the database cannot be read, or the database cannot be opened where it lies: that is no damage.
    """
    engine = open_for_checking(settings.database)
    _check_opens(settings, engine)
    try:
        _bring_up_to_date(settings, engine)
        checks: tuple[tuple[str, Check], ...] = (
            ("database", _check_database),
            ("chains", check_chains),
            ("standings", check_standings),
            ("accounts", check_accounts),
            ("tables", check_tables),
            ("texts", check_texts),
            ("originals", check_originals),
            ("edited", check_edited),
            ("vectors", check_vectors),
            ("models", check_models),
        )
        findings = [found for name, check in checks for found in _guarded(name, check, settings, engine)]
    finally:
        engine.dispose()
    if not all(found.good for found in findings):
        findings.append(_whole_backup(settings))
    return findings


def _check_opens(settings: Settings, engine: Engine) -> None:
    """A folder that cannot be written says nothing of what is in it."""
    try:
        revision(engine)
    except StoreError as error:
        if (unwritable := of_unwritable_folder(error, settings.workspace)) is not None:
            engine.dispose()
            raise unwritable from error
    except READING_FAULTS:
        return  # told by the checks


def _bring_up_to_date(settings: Settings, engine: Engine) -> None:
    """Tables of a former release get their hashes, as any command gives them; a damaged database is left as it is."""
    with suppress(*READING_FAULTS):
        found = revision(engine)
        if found is not None and found < NEWEST_REVISION:
            open_settings_workspace(settings).close()


def _guarded(name: str, check: Check, settings: Settings, engine: Engine) -> Iterator[Finding]:
    try:
        yield from check(settings, engine)
    except READING_FAULTS as error:
        yield Finding(name, False, "verify.unreadable", {"name": _name(name, settings), "detail": say(error, settings)})


def say(error: BaseException, settings: Settings) -> str:
    """What an error says, in words where it has any."""
    said = error_text(error, settings.language) if isinstance(error, KennisstandError) else type(error).__name__
    return " ".join(said.split())[:300]


def _name(check: str, settings: Settings) -> str:
    return text(f"verify.name.{check}", settings.language)


def _check_database(settings: Settings, engine: Engine) -> Iterator[Finding]:
    del settings
    found = revision(engine)
    if found != NEWEST_REVISION:
        values: dict[str, str | int | float] = {"found": found or "-", "wanted": NEWEST_REVISION}
        yield Finding("database", False, "verify.database_revision", values)
    said = complaints(engine)
    if said:
        values = {"count": len(said), "detail": " ".join(said[0].split())[:200]}
        yield Finding("database", False, "verify.database_damaged", values)
    elif found == NEWEST_REVISION:
        yield Finding("database", True, f"verify.database_{engine.dialect.name}")


def _whole_backup(settings: Settings) -> Finding:
    """The newest backup of this workspace whose database reads whole, and in which no chain was broken."""
    with suppress(*READING_FAULTS):
        folder = BackupFolder(backup_folder(settings))
        for name in reversed(folder.names()):
            with suppress(KennisstandError):
                manifest = folder.read(name)
                if manifest.workspace == str(settings.workspace.resolve()) and _is_whole(folder, manifest):
                    values: dict[str, str | int | float] = {"name": name, "made": manifest.made.replace("T", " ")}
                    return Finding("backup", True, "verify.backup_whole", values)
    return Finding("backup", False, "verify.backup_none", {"day": f"{now():%Y-%m-%d}"})


def _is_whole(folder: BackupFolder, manifest: Manifest) -> bool:
    return manifest.n_faults == 0 and all(folder.is_whole(piece) for piece in manifest.database.pieces)
