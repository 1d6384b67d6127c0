"""Which approved proposals the newest version of the table holds: those of the versions that it goes back on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pipelines.domain.appraisal import Stance
from pipelines.domain.evidence_table import EvidenceTable
from pipelines.domain.proposals import ApprovedChange, ChangeKind, Proposal, VersionOrigin, VersionRecord


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


def applied_items(
    records: Sequence[VersionRecord], proposals: Mapping[str, Proposal], table: EvidenceTable
) -> dict[str | None, frozenset[str]]:
    """Statement of ``table``, the newest version -> items on which the changes rest that brought it where it stands.

    Who looked at a statement again and kept it as it is moved nothing, so that evidence stays free. Under ``None`` are
    the items of which statements were made.
    """
    statements = {statement.id for _, statement in table.statements()}
    found: dict[str | None, frozenset[str]] = {}
    for _, change in held_changes(records):
        proposal = proposals.get(change.proposal_id or "")
        if proposal is None or change.change is ChangeKind.KEEP or change.statement_id not in statements:
            continue
        keys = {change.statement_id} | ({None} if change.change.adds else set())
        for key in keys:
            found[key] = found.get(key, frozenset()) | _rests_on(proposal)
    return found


def _rests_on(proposal: Proposal) -> frozenset[str]:
    figure = proposal.inputs.get("figure_item")
    if figure is None:
        return frozenset(proposal.items)
    return frozenset(item for study in proposal.studies if figure in study.items for item in study.items)


def removed_additions(
    records: Sequence[VersionRecord], proposals: Mapping[str, Proposal], table: EvidenceTable
) -> frozenset[str]:
    """Proposals whose new statement people took out of ``table``, the newest version.

    Not those that a restored version undid: these were rejected then, and that can be taken back.
    """
    statements = {statement.id for _, statement in table.statements()}
    added = (change for record in line_of(records) for change in record.changes if change.change.adds)
    return frozenset(
        change.proposal_id
        for change in added
        if change.proposal_id is not None and change.proposal_id in proposals and change.statement_id not in statements
    )


def added_items(records: Sequence[VersionRecord], proposals: Mapping[str, Proposal]) -> dict[str, str]:
    """Item -> statement that was made of it; only items that say what the statement says."""
    found: dict[str, str] = {}
    for _, change in held_changes(records):
        proposal = proposals.get(change.proposal_id or "")
        if proposal is not None and change.change.adds and change.statement_id is not None:
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
