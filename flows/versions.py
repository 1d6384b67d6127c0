"""New versions of the table: of approved proposals, of changes by hand, of an earlier version that comes back."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flows.lineage import applied_proposals
from flows.proposal_checks import ProposalError, check_approver, refusal, whose_counts
from flows.proposals import proposal_standings, refresh_proposals
from pipelines.domain.evidence_table import EvidenceTable
from pipelines.domain.ids import content_id
from pipelines.domain.proposals import (
    ApprovedChange,
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
from pipelines.store.tables import Seen, TableConflict

logger = logging.getLogger(__name__)

TRIES = 3
"""So often a version is made anew where somebody decides something in between; making one takes less than a second."""


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
    if not change.change.adds:
        return change
    known = {statement.id for _, statement in before.statements()}
    row, statement = next((row, one) for row, one in after.statements() if one.id not in known)
    return change.model_copy(update={"row_id": row.id, "statement_id": statement.id})


def changes_of(known: Mapping[str, Proposal], standings: Mapping[str, ProposalStanding]) -> list[ApprovedChange]:
    """The changes of proposals that stand so, the one approved first in front."""
    from pipelines.revision.revise import approved_change

    order = sorted(standings, key=lambda one: (standings[one].approvals[-1].decided, one))
    return [approved_change(known[proposal_id], standings[proposal_id]) for proposal_id in order]


def apply_approved(
    workspace: Workspace, settings: Settings, now: datetime, ids: Collection[str] | None = None
) -> EvidenceTable | None:
    """Make one new version of all that was approved, and propose anew against it.

    What the table no longer takes, what the rules propose no more, and what too few approved of those who may do so
    today is passed over (:func:`refused_changes` tells why) and stays approved.

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
        Time after time somebody decided something, or made a version, at the same moment; nothing was changed.
    """
    for _ in range(TRIES - 1):
        try:
            return _apply(workspace, settings, now, ids)
        except TableConflict:
            logger.info("something was decided while a version was made; it is made anew")
    return _apply(workspace, settings, now, ids)


def _apply(
    workspace: Workspace, settings: Settings, now: datetime, ids: Collection[str] | None
) -> EvidenceTable | None:
    seen = Seen(workspace.tables.newest_version(), workspace.acts.last())
    before = workspace.tables.get(seen.version)
    approved = _approved(workspace, ids)
    if approved:
        # What was approved may have been proposed before the evidence changed.
        refresh_proposals(workspace, settings, now.date())
    refused = _refusals(workspace, settings, approved, now.date())
    standings = {one: standing for one, (_, standing) in approved.items() if one not in refused}
    changes = changes_of({one: approved[one][0] for one in standings}, standings)
    revision = revise(before, changes, f"{now:%Y-%m-%d}", workspace.tables.statement_ids())
    if not revision.changes:
        return None
    counts = whose_counts(workspace, settings)
    people = {
        decision.person
        for change in revision.changes
        for decision in standings[change.proposal_id or ""].approvals
        if counts(decision.person)
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


def _approved(workspace: Workspace, ids: Collection[str] | None = None) -> dict[str, tuple[Proposal, ProposalStanding]]:
    """Proposals that enough people approved and that no version holds yet."""
    known = workspace.proposals.all()
    return {
        proposal_id: (known[proposal_id], standing)
        for proposal_id, standing in proposal_standings(workspace, known).items()
        if standing.state is ProposalState.APPROVED and (ids is None or proposal_id in ids)
    }


def _refusals(
    workspace: Workspace, settings: Settings, approved: Mapping[str, tuple[Proposal, ProposalStanding]], today: date
) -> dict[str, KennisstandError]:
    counts = whose_counts(workspace, settings)
    found: dict[str, KennisstandError] = {}
    for proposal_id, (proposal, standing) in approved.items():
        reason = refusal(workspace, settings, proposal, today)
        if reason is None and sum(counts(one.person) for one in standing.approvals) < proposal.people_needed:
            reason = ProposalError("error.proposal_approvers", n=proposal.people_needed)
        if reason is not None:
            found[proposal_id] = reason
    return found


def refused_changes(
    workspace: Workspace, settings: Settings | None = None, today: date | None = None
) -> dict[str, KennisstandError]:
    """Approved proposals that cannot come into the table, with the reason, by id.

    Without ``settings`` and ``today`` only those that the table does not take.
    """
    approved = _approved(workspace)
    standings = {proposal_id: standing for proposal_id, (_, standing) in approved.items()}
    changes = changes_of({proposal_id: proposal for proposal_id, (proposal, _) in approved.items()}, standings)
    table = workspace.tables.get(workspace.tables.newest_version())
    refused = revise(table, changes, table.version, workspace.tables.statement_ids()).refused
    found = {one.change.proposal_id or "": one.reason for one in refused}
    if settings is None or today is None:
        return found
    return {**_refusals(workspace, settings, approved, today), **found}


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
    person = check_approver(workspace, settings, person)
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
    kept = applied_proposals(records[: [one.version for one in records].index(version) + 1])
    gone = [proposal_id for proposal_id in applied_proposals(records) if proposal_id not in kept]
    reject_all(workspace, gone, person, why.strip(), now, before.version)
    # After the rejections: were the program to end in between, the table would hold what was rejected, and say so.
    seen = Seen(before.version, workspace.acts.last())
    stored = workspace.tables.add(old.model_copy(update={"version": record.version}), record, seen=seen)
    refresh_proposals(workspace, settings, now.date())
    return stored


def reject_all(
    workspace: Workspace, proposal_ids: Sequence[str], person: str, why: str, now: datetime, version: str
) -> None:
    """Reject proposals that a new version no longer holds: they would otherwise be made again, as approved before.

    Raises
    ------
    ActConflict
        The newest version is another than ``version``, or somebody decided on one of them; nothing was changed.
    """
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
