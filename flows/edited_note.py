"""A note or table that people edited in Word comes back: decisions on proposals, and a new version of the table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath

from flows.edited_plan import plan_edits
from flows.edited_records import EditOutcome, EditResult, Known, Plan
from flows.proposal_checks import check_people, people_for_known, refusal, whose_counts
from flows.proposals import proposal_standings, refresh_proposals
from pipelines.domain.evidence_table import EvidenceTable, Statement, TableRow
from pipelines.domain.proposals import ProposalDecision, VersionOrigin, VersionRecord
from pipelines.domain.reports import CarriedData
from pipelines.domain.table_edits import EditKind
from pipelines.settings import Settings
from pipelines.store import Workspace
from pipelines.store.tables import Seen


@dataclass(frozen=True)
class ImportOutcome:
    """What an edited document says, and what came of it."""

    file: str
    language: str
    table_version: str
    """The version that the document was written from."""
    edits: tuple[EditOutcome, ...]
    n_unchanged: int
    """Statements that are as they were."""
    table: EvidenceTable | None
    """The new version, or what it would be; ``None`` where the table stays as it is."""
    stored: bool
    """Whether decisions and version were kept, and this was no trial."""
    n_decisions: int
    """Decisions on proposals that are new."""

    def count(self, kind: EditKind) -> int:
        """Edits of a kind."""
        return sum(outcome.edit.kind is kind for outcome in self.edits)

    @property
    def results(self) -> dict[EditResult, int]:
        """How many edits came down to what."""
        counted = Counter(outcome.result for outcome in self.edits)
        return {result: counted[result] for result in EditResult if counted[result]}


def carried_here(workspace: Workspace, content: bytes, filename: str) -> CarriedData | None:
    """What a Word file carries that was written in this workspace; ``None`` where it is any other file.

    Raises
    ------
    TableError
        What it carries is damaged, or it is no Word file.
    """
    from pipelines.office.carried import read_carried

    if PurePath(filename).suffix.lower() != ".docx":
        return None
    carried = read_carried(content)
    versions = {version for version, _, _ in workspace.tables.versions()}
    if carried is None or carried.table.version not in versions:
        return None
    # Versions are named after days, so that those of another workspace may have the same names.
    return carried if _is_written_from(workspace.tables.get(carried.table.version), carried) else None


def _is_written_from(stored: EvidenceTable, carried: CarriedData) -> bool:
    """Whether a version is what a document carries, but for the changes that the document marks."""
    marked = {change.statement_id for change in carried.changes}

    def rest(table: EvidenceTable) -> tuple[dict[str, tuple[str, Statement]], dict[str, TableRow]]:
        statements = {one.id: (row.id, one) for row, one in table.statements() if one.id not in marked}
        rows = {row.id: row.model_copy(update={"statements": ()}) for row in table.rows}
        return statements, rows

    (statements, rows), (old_statements, old_rows) = rest(stored), rest(carried.table)
    # A row that a marked change made stands in the version alone.
    return statements == old_statements and all(rows.get(row_id) == row for row_id, row in old_rows.items())


def import_edited_note(
    workspace: Workspace,
    settings: Settings,
    content: bytes,
    filename: str,
    people: Sequence[str],
    now: datetime,
    *,
    store: bool,
    entered_by: str = "",
) -> ImportOutcome | None:
    """Turn what people did in a Word document into decisions and a new version.

    Read twice it changes nothing the second time.

    Parameters
    ----------
    workspace, settings
        Where to.
    content, filename
        Bytes and name of the file.
    people
        Accounts in whose name what was accepted counts as approved, for instance those who were at the meeting. What
        was rejected is rejected in the name of the first.
    now
        In UTC, without time zone.
    store
        Whether to keep what comes of it; without it this is a trial.
    entered_by
        Account of who reads the file, where that is known: it has to be one that may approve, and is always the first
        of ``people``.

    Returns
    -------
    ImportOutcome or None
        ``None`` where the file carries nothing of this workspace: it is to be read as any table.

    Raises
    ------
    TableError
        The file cannot be read, or holds no evidence table any more.
    ProposalError
        One of ``people`` may not approve.
    ActConflict, TableConflict
        Somebody decided something, or made a version, at the same time. Read it once more.
    """
    carried = carried_here(workspace, content, filename)
    if carried is None:
        return None
    from pipelines.table.edited import read_edited

    people = check_people(workspace, settings, tuple(people), entered_by)
    entered_by = people[0] if entered_by else ""
    reading = read_edited(content)
    assert reading is not None  # it carries data
    refresh_proposals(workspace, settings, now.date())
    seen = Seen(workspace.tables.newest_version(), workspace.acts.last())
    known = _known(workspace, settings, carried, seen.version, now)
    file, version = PurePath(filename).name, f"{now:%Y-%m-%d}"
    plan = plan_edits(reading, known, people, source=file, version=version, now=now, entered_by=entered_by)
    table = plan.revision.table if plan.revision.changes else None
    if store:
        table = _keep(workspace, plan, seen, file, now, entered_by)
        refresh_proposals(workspace, settings, now.date())
    return ImportOutcome(
        file=file,
        language=reading.language,
        table_version=reading.table_version,
        edits=plan.outcomes,
        n_unchanged=reading.n_unchanged,
        table=table,
        stored=store,
        n_decisions=len(plan.decisions),
    )


def _known(workspace: Workspace, settings: Settings, carried: CarriedData, version: str, now: datetime) -> Known:
    decisions: dict[str, list[ProposalDecision]] = {}
    for decision in workspace.acts.decisions():
        decisions.setdefault(decision.proposal_id, []).append(decision)
    proposals = workspace.proposals.all()
    return Known(
        carried=carried,
        shown=workspace.tables.get(carried.table.version),
        current=workspace.tables.get(version),
        proposals=proposals,
        standings=proposal_standings(workspace, proposals),
        decisions=decisions,
        taken=workspace.tables.statement_ids(),
        refusal=lambda proposal: refusal(workspace, settings, proposal, now.date()),
        counts=whose_counts(workspace, settings),
        people_for_known=people_for_known(settings),
    )


def _keep(
    workspace: Workspace, plan: Plan, seen: Seen, file: str, now: datetime, entered_by: str
) -> EvidenceTable | None:
    if plan.decisions:
        workspace.acts.decide(plan.decisions, version=seen.version)
    if not plan.revision.changes:
        return None
    record = VersionRecord(
        version=plan.revision.table.version,
        created=now,
        origin=VersionOrigin.WORD,
        file=file,
        people=plan.people,
        entered_by=entered_by,
        changes=plan.revision.changes,
    )
    # Decisions first: were the program to end in between, the file is read once more and finds them made.
    return workspace.tables.add(plan.revision.table, record, seen=Seen(seen.version, workspace.acts.last()))
