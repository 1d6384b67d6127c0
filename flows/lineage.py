"""Which approved proposals the newest version of the table holds: those of the versions that it goes back on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pipelines.domain.appraisal import Stance
from pipelines.domain.proposals import ApprovedChange, ChangeKind, Proposal, VersionOrigin, VersionRecord

_ADDING = frozenset({ChangeKind.ADD_STATEMENT, ChangeKind.ADD_ROW})


def line_of(records: Sequence[VersionRecord]) -> list[VersionRecord]:
    """The versions that the newest one goes back on, itself included, newest first.

    A restored version has the content of the version that it restores: what came between the two is not in it.
    """
    by_name = {record.version: record for record in records}
    found: dict[str, VersionRecord] = {}
    name = records[-1].version if records else None
    while name in by_name and name not in found:
        found[name] = by_name[name]
        name = found[name].restores or found[name].based_on
    return list(found.values())


def applied_proposals(records: Sequence[VersionRecord]) -> dict[str, str]:
    """Proposal id -> version that it came into the table with, of those that the newest version holds."""
    return {change.proposal_id: record.version for record, change in held_changes(records) if change.proposal_id}


def applied_items(records: Sequence[VersionRecord], proposals: Mapping[str, Proposal]) -> frozenset[str]:
    """Items on which the changes rest that the newest version holds."""
    held = (proposals[proposal_id] for proposal_id in applied_proposals(records) if proposal_id in proposals)
    return frozenset(item for proposal in held for item in proposal.items)


def added_items(records: Sequence[VersionRecord], proposals: Mapping[str, Proposal]) -> dict[str, str]:
    """Item -> statement that was made of it; only items that say what the statement says."""
    found: dict[str, str] = {}
    for _, change in held_changes(records):
        proposal = proposals.get(change.proposal_id or "")
        if proposal is not None and change.change in _ADDING and change.statement_id is not None:
            items = {item for study in proposal.studies if study.stance is Stance.FOR for item in study.items}
            found |= dict.fromkeys(items, change.statement_id)
    return found


def held_changes(records: Sequence[VersionRecord]) -> Iterator[tuple[VersionRecord, ApprovedChange]]:
    """Changes that the newest version holds, with the version that they came with, the latest version first.

    A table that was imported replaces all that was there: of what came before it only that counts which is in it.
    """
    held: frozenset[str] | None = None
    for record in line_of(records):
        for change in record.changes:
            if held is None or change.proposal_id in held:
                yield record, change
        if record.origin is VersionOrigin.IMPORTED:
            held = frozenset(record.holds) if held is None else held & frozenset(record.holds)
