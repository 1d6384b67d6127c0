"""A whole table read from a file becomes the newest version: who may do that, and what of earlier versions it holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import PurePath

from flows.lineage import applied_proposals, held_changes
from flows.proposal_checks import check_people, people_for_known
from flows.versions import reject_all
from pipelines.domain.evidence_table import Column, EvidenceTable, Statement
from pipelines.domain.proposals import VersionOrigin, VersionRecord
from pipelines.errors import TableError
from pipelines.settings import Settings
from pipelines.store import Workspace
from pipelines.store.tables import Seen, TableConflict
from pipelines.strings import text


def store_whole_table(
    workspace: Workspace,
    settings: Settings,
    table: EvidenceTable,
    file: str,
    people: Sequence[str],
    now: datetime,
    *,
    entered_by: str = "",
    seen: str | None = None,
) -> EvidenceTable:
    """Make a table that was read from a file the newest version; the newest one where it is the same.

    Proposals of earlier versions of which it does not hold the outcome, word for word, count as rejected from then on,
    as they do for a version that is restored.

    Parameters
    ----------
    workspace, settings
        Where to.
    table, file
        As read, and the name of the file.
    people
        In whose name. Statements become known by as many as the rules ask for, except in a new workspace without
        accounts, whose own table nobody decided on.
    now
        In UTC, without time zone.
    entered_by
        Account of who reads the file, where that is known; always the first of ``people``.
    seen
        Version that the person saw; not looked at where it is ``None``.

    Raises
    ------
    ProposalError
        One of the people may not approve.
    TableError
        Nobody is named although there are accounts or approved changes go, or too few are for what becomes known.
    ActConflict, TableConflict
        Somebody decided something, or made a version, at the same time; read it once more.
    """
    people = check_people(workspace, settings, tuple(people), entered_by)
    before = workspace.tables.current()
    if before is not None and seen not in (None, before.version):
        raise TableConflict
    if before is not None and before.rows == table.rows:
        return before
    with_accounts = workspace.accounts.count() > 0
    records = workspace.tables.records()
    if with_accounts or (records and records[-1].origin is not VersionOrigin.SHIPPED):
        _check_known(settings, before, table, people)
    held = _held(workspace, records, before, table)
    gone = [proposal_id for proposal_id in applied_proposals(records) if proposal_id not in held]
    if not people and (with_accounts or gone):
        raise TableError("error.import_nobody")
    file = PurePath(file).name
    if before is not None and gone:
        why = text("table_import.gone", settings.language, file=file)
        reject_all(workspace, gone, people[0], why, now, before.version)
    record = VersionRecord(
        version=table.version,
        created=now,
        origin=VersionOrigin.IMPORTED,
        file=file,
        people=people,
        entered_by=people[0] if entered_by else "",
        holds=tuple(sorted(held)),
    )
    # After the rejections, as for a restored version.
    latest = None if before is None else Seen(before.version, workspace.acts.last())
    return workspace.tables.add(table, record, seen=latest)


def _statements(table: EvidenceTable | None) -> dict[str, Statement]:
    return {} if table is None else {statement.id: statement for _, statement in table.statements()}


def _check_known(
    settings: Settings, before: EvidenceTable | None, table: EvidenceTable, people: tuple[str, ...]
) -> None:
    known = {one.id for one in _statements(before).values() if one.column is Column.KNOWN}
    made = [one.id for one in _statements(table).values() if one.column is Column.KNOWN and one.id not in known]
    if not made:
        return
    needed = people_for_known(settings)
    if len(people) < needed:
        raise TableError("error.import_people", statements=", ".join(made), n=needed)


def _held(
    workspace: Workspace, records: Sequence[VersionRecord], before: EvidenceTable | None, table: EvidenceTable
) -> set[str]:
    """Proposals whose outcome is in ``table`` as it is in the newest version, or was in the one that they made."""
    now, there = _statements(before), _statements(table)
    found: set[str] = set()
    for record, change in held_changes(records):
        outcome = there.get(change.statement_id or "")
        if change.proposal_id is None or outcome is None:
            continue
        if outcome in (now.get(outcome.id), _statements(workspace.tables.get(record.version)).get(outcome.id)):
            found.add(change.proposal_id)
    return found
