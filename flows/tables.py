"""The evidence table between file and store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from flows.workspace import open_settings_workspace
from pipelines.domain.evidence_table import EvidenceTable
from pipelines.domain.proposals import VersionOrigin, VersionRecord
from pipelines.errors import KennisstandError, TableError
from pipelines.settings import Settings
from pipelines.store.files import write_whole

if TYPE_CHECKING:
    from pipelines.table import StatementChange


def moment() -> datetime:
    """The present moment in UTC, without time zone."""
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def stored_table(settings: Settings, version: str | None) -> EvidenceTable:
    """One version of the table, the newest if ``None``.

    Raises
    ------
    TableError
        There is no such version.
    """
    workspace = open_settings_workspace(settings)
    try:
        table = workspace.tables.current() if version is None else workspace.tables.get(version)
    finally:
        workspace.close()
    if table is None:
        raise TableError("error.table_version_unknown", version=version or "")
    return table


def import_table(
    settings: Settings, path: Path, *, store: bool, now: datetime, people: Sequence[str] = ()
) -> tuple[EvidenceTable, bool]:
    """Read a table from a file and (with ``store``) keep it as a new version.

    The rows and statements of the newest version lend their ids to those of the file that say the same.

    Returns
    -------
    tuple
        The table, and whether it became a new version.

    Raises
    ------
    TableError, KennisstandError
        The file cannot be read, or holds no evidence table.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise KennisstandError("error.file_missing", path=str(path)) from error
    except OSError as error:
        raise KennisstandError("error.file_unreadable", path=str(path), detail=error.strerror or "") from error
    from pipelines.table import read_table  # seconds to import, as below

    workspace = open_settings_workspace(settings)
    try:
        before = workspace.tables.current()
        table = read_table(content, path.name, like=before)
        if not store:
            return table, False
        record = VersionRecord(
            version=table.version, created=now, origin=VersionOrigin.IMPORTED, file=path.name, people=tuple(people)
        )
        stored = workspace.tables.add(table, record)
        return stored, before is None or stored.version != before.version
    finally:
        workspace.close()


def export_table(settings: Settings, path: Path, version: str | None, language: str) -> EvidenceTable:
    """Write one version of the table to a file; the suffix decides the format.

    Raises
    ------
    TableError, KennisstandError
        There is no such version or format, or the file cannot be written.
    """
    from pipelines.table import write_table

    table = stored_table(settings, version)
    write_whole(path.resolve(), write_table(table, path.suffix.lower(), language))
    return table


def table_history(settings: Settings) -> list[tuple[str, datetime, str]]:
    """Version, time of storing and origin of every version, oldest first."""
    workspace = open_settings_workspace(settings)
    try:
        return workspace.tables.versions()
    finally:
        workspace.close()


def compare_versions(settings: Settings, old: str, new: str) -> list[StatementChange]:
    """What changed between two versions.

    Raises
    ------
    TableError
        One of them does not exist.
    """
    from pipelines.table import compare_tables

    return compare_tables(stored_table(settings, old), stored_table(settings, new))
