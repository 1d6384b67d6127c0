"""New versions of the table: of approved proposals, of changes by hand, of an earlier version that comes back."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flows.lineage import applied_proposals, line_of
from flows.proposal_decisions import check_approver
from flows.proposals import proposal_standings, refresh_proposals
from pipelines.domain.evidence_table import EvidenceTable
from pipelines.domain.ids import content_id
from pipelines.domain.proposals import (
    ApprovedChange,
    ChangeKind,
    Proposal,
    ProposalDecision,
    ProposalStanding,
    ProposalState,
    ProposalVerdict,
    VersionOrigin,
    VersionRecord,
)
from pipelines.errors import KennisstandError, TableError
from pipelines.settings import Settings
from pipelines.store import Workspace
from pipelines.store.tables import Seen

logger = logging.getLogger(__name__)

_ADDING = frozenset({ChangeKind.ADD_STATEMENT, ChangeKind.ADD_ROW})


@dataclass(frozen=True)
class Refused:
    """An approved change that the table no longer takes: what it changes is gone, or is another by now."""

    change: ApprovedChange
    reason: KennisstandError


@dataclass(frozen=True)
class Revision:
    """The next version, before it is stored."""

    table: EvidenceTable
    """The same as before where nothing could be changed."""
    changes: tuple[ApprovedChange, ...]
    """Those that it holds, with the ids that new rows and statements got."""
    refused: tuple[Refused, ...]


def revise(
    table: EvidenceTable, changes: Sequence[ApprovedChange], version: str, taken: frozenset[str] = frozenset()
) -> Revision:
    """Make changes one after the other, and pass over those that the table does not take.

    Of two changes to one statement the one that is given first is made.

    Parameters
    ----------
    table, changes, version
        The version to go on from, what to change, and the name of the next.
    taken
        Ids of rows and statements of all versions.
    """
    from pipelines.revision.revise import revise_table

    made: list[ApprovedChange] = []
    refused: list[Refused] = []
    touched: dict[str, str] = {}
    for change in changes:
        try:
            if change.statement_id in touched:
                first, second = touched[change.statement_id], change.proposal_id or ""
                raise TableError(
                    "error.revision_two_changes", statement=change.statement_id, first=first, second=second
                )
            revised = revise_table(table, [change], version, taken=taken)
        except TableError as error:
            refused.append(Refused(change, error))
            continue
        made.append(_with_ids(change, table, revised))
        if change.statement_id is not None:
            touched[change.statement_id] = change.proposal_id or change.statement_id
        table = revised
    return Revision(table, tuple(made), tuple(refused))


def _with_ids(change: ApprovedChange, before: EvidenceTable, after: EvidenceTable) -> ApprovedChange:
    if change.change not in _ADDING:
        return change
    known = {statement.id for _, statement in before.statements()}
    row, statement = next((row, one) for row, one in after.statements() if one.id not in known)
    return change.model_copy(update={"row_id": row.id, "statement_id": statement.id})


def approved_changes(
    workspace: Workspace, ids: Collection[str] | None = None
) -> tuple[list[ApprovedChange], dict[str, ProposalStanding]]:
    """Changes that enough people approved and that no version holds yet, the one approved first in front.

    Parameters
    ----------
    workspace
        Where they stand.
    ids
        Only these proposals; ``None`` for all.

    Returns
    -------
    tuple
        The changes, and where their proposals stand.
    """
    known = workspace.proposals.all()
    standings = {
        proposal_id: standing
        for proposal_id, standing in proposal_standings(workspace, known).items()
        if standing.state is ProposalState.APPROVED and (ids is None or proposal_id in ids)
    }
    return changes_of(known, standings), standings


def changes_of(known: Mapping[str, Proposal], standings: Mapping[str, ProposalStanding]) -> list[ApprovedChange]:
    """The changes of proposals that stand so, the one approved first in front."""
    from pipelines.revision.revise import approved_change

    order = sorted(standings, key=lambda one: (standings[one].approvals[-1].decided, one))
    return [approved_change(known[proposal_id], standings[proposal_id]) for proposal_id in order]


def apply_approved(
    workspace: Workspace, settings: Settings, now: datetime, ids: Collection[str] | None = None
) -> EvidenceTable | None:
    """Make one new version of all that was approved, and propose anew against it.

    What the table no longer takes is passed over (:func:`refused_changes` tells why) and stays approved.

    Parameters
    ----------
    workspace, settings
        Where to.
    now
        In UTC, without time zone; the version is named after its day.
    ids
        Only these proposals; ``None`` for all.

    Returns
    -------
    EvidenceTable or None
        The new version; ``None`` where nothing could be changed.

    Raises
    ------
    TableConflict
        Somebody decided something, or made a version, at the same time; nothing was changed.
    """
    seen = Seen(workspace.tables.newest_version(), workspace.acts.last())
    before = workspace.tables.get(seen.version)
    changes, standings = approved_changes(workspace, ids)
    revision = revise(before, changes, f"{now:%Y-%m-%d}", workspace.tables.statement_ids())
    if not revision.changes:
        return None
    people = {
        decision.person for change in revision.changes for decision in standings[change.proposal_id or ""].approvals
    }
    record = VersionRecord(
        version=revision.table.version,
        created=now,
        origin=VersionOrigin.PROPOSALS,
        people=tuple(sorted(people)),
        changes=revision.changes,
    )
    stored = workspace.tables.add(revision.table, record, seen=seen)
    refresh_proposals(workspace, settings, now.date())
    return stored if stored.version != before.version else None


def refused_changes(workspace: Workspace) -> dict[str, KennisstandError]:
    """Approved proposals that the table does not take, with the reason, by id."""
    changes, _ = approved_changes(workspace)
    table = workspace.tables.get(workspace.tables.newest_version())
    refused = revise(table, changes, table.version, workspace.tables.statement_ids()).refused
    return {one.change.proposal_id or "": one.reason for one in refused}


def restore_version(
    workspace: Workspace, settings: Settings, version: str, person: str, why: str, now: datetime
) -> EvidenceTable:
    """Make the content of an earlier version the newest one.

    Proposals that are in the table now and were not in that version count as rejected by ``person`` from then on: they
    would otherwise be made again at once, as approved before.

    Returns
    -------
    EvidenceTable
        The new version; the newest one where that has the same content.

    Raises
    ------
    TableError
        There is no such version, or no reason is given.
    ProposalError
        The person may not.
    """
    if not why.strip():
        raise TableError("error.restore_why")
    check_approver(workspace, settings, person)
    records = workspace.tables.records()
    old = workspace.tables.get(version)
    before = workspace.tables.get(records[-1].version)
    if old.rows == before.rows:
        return before
    record = VersionRecord(
        version=f"{now:%Y-%m-%d}",
        created=now,
        origin=VersionOrigin.RESTORED,
        restores=version,
        people=(person,),
        why=why.strip(),
    )
    at_that_time = line_of(records[: [one.version for one in records].index(version) + 1])
    kept = {change.proposal_id for one in at_that_time for change in one.changes}
    gone = [proposal_id for proposal_id in applied_proposals(records) if proposal_id not in kept]
    _reject_all(workspace, gone, person, why.strip(), now, before.version)
    # After the rejections: were the program to end in between, the table would hold what was rejected, and say so.
    seen = Seen(before.version, workspace.acts.last())
    stored = workspace.tables.add(old.model_copy(update={"version": record.version}), record, seen=seen)
    refresh_proposals(workspace, settings, now.date())
    return stored


def _reject_all(
    workspace: Workspace, proposal_ids: Sequence[str], person: str, why: str, now: datetime, version: str
) -> None:
    turns = {proposal_id: len(workspace.acts.decisions(proposal_id)) + 1 for proposal_id in proposal_ids}
    made = [
        ProposalDecision(
            id=content_id("proposal decision", proposal_id, turn, person, ProposalVerdict.REJECT, now.isoformat()),
            proposal_id=proposal_id,
            turn=turn,
            verdict=ProposalVerdict.REJECT,
            person=person,
            decided=now,
            why=why,
        )
        for proposal_id, turn in turns.items()
    ]
    if made:
        workspace.acts.decide(made, version=version)
