"""The evidence table between file and store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from flows.workspace import open_settings_workspace
from pipelines.domain.evidence_table import EvidenceTable
from pipelines.domain.proposals import VersionRecord
from pipelines.errors import KennisstandError, TableError
from pipelines.settings import Settings
from pipelines.store.files import write_whole

if TYPE_CHECKING:
    from flows.edited_note import ImportOutcome
    from pipelines.store import Workspace
    from pipelines.table import StatementChange, TableReading


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


@dataclass(frozen=True)
class ImportedTable:
    """A table that was read from a file."""

    reading: TableReading
    """The table as read, and what people have to know of how it was read."""
    stored: EvidenceTable
    """Under the name of its version; as read where it was not to be stored."""
    is_new: bool
    """Whether it became a new version."""
    before: EvidenceTable
    """The newest version when the file was read."""

    def differences(self) -> list[StatementChange]:
        """What the file says otherwise than the version before it."""
        from pipelines.table import compare_tables

        return compare_tables(self.before, self.reading.table)


def import_file(
    settings: Settings, path: Path, people: Sequence[str], now: datetime, *, store: bool
) -> ImportOutcome | ImportedTable:
    """Read a file that was edited, or any table, and (with ``store``) keep what comes of it.

    Raises
    ------
    KennisstandError
        The file cannot be read, or as :func:`import_content`.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise KennisstandError("error.file_missing", path=str(path)) from error
    except OSError as error:
        raise KennisstandError("error.file_unreadable", path=str(path), detail=error.strerror or "") from error
    workspace = open_settings_workspace(settings)
    try:
        return import_content(workspace, settings, content, path.name, people, now, store=store)
    finally:
        workspace.close()


def import_content(
    workspace: Workspace,
    settings: Settings,
    content: bytes,
    name: str,
    people: Sequence[str],
    now: datetime,
    *,
    store: bool,
    entered_by: str = "",
) -> ImportOutcome | ImportedTable:
    """Read a note or table that was edited in Word, or any table, and (with ``store``) keep what comes of it.

    A Word file that was written in this workspace is held against what it was; what was accepted in it counts as
    approved by ``people``. Any other file is read as a table: rows and statements of the newest version lend their ids
    to those that say the same. So is an exported table without proposals where nobody is named.

    Raises
    ------
    TableError
        The file holds no evidence table, or proposals were decided on in it and nobody is named, or too few are for
        what becomes known.
    ProposalError
        One of ``people`` may not approve.
    """
    from flows.edited_note import carried_here, import_edited_note
    from flows.edited_records import EditResult

    undecided = (EditResult.OPEN, EditResult.UNPLACED)
    carried = carried_here(workspace, content, name)
    if carried is not None and (people or entered_by or carried.changes or not store):
        outcome = import_edited_note(
            workspace,
            settings,
            content,
            name,
            people,
            now,
            store=store and bool(people or entered_by),
            entered_by=entered_by,
        )
        if outcome is not None:
            if store and not outcome.stored and any(one.result not in undecided for one in outcome.edits):
                raise TableError("error.note_nobody")
            return outcome
    return _import_table(workspace, settings, content, name, people, now, store=store, entered_by=entered_by)


def _import_table(
    workspace: Workspace,
    settings: Settings,
    content: bytes,
    name: str,
    people: Sequence[str],
    now: datetime,
    *,
    store: bool,
    entered_by: str,
) -> ImportedTable:
    from flows.proposal_checks import check_approver
    from flows.whole_table import store_whole_table
    from pipelines.table import read_table_with_notes  # seconds to import, as below

    for person in people:
        check_approver(workspace, settings, person)
    before = workspace.tables.get(workspace.tables.newest_version())
    reading = read_table_with_notes(content, name, like=before)
    if not store:
        return ImportedTable(reading, reading.table, False, before)
    stored = store_whole_table(workspace, settings, reading.table, name, people, now, entered_by=entered_by)
    return ImportedTable(reading, stored, stored.version != before.version, before)


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


def table_history(settings: Settings) -> list[VersionRecord]:
    """How every version came to be, oldest first."""
    workspace = open_settings_workspace(settings)
    try:
        return workspace.tables.records()
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
