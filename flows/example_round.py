"""The worked example as one script: two scans a month apart, what people decide, and the table that follows.

Everything happens in one process and by the days of the example, so that it comes out the same on any day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from flows.context import ScanContext
from flows.example_month import create_example_accounts, record_example_readings, scan_example_month
from flows.note import USUAL_FORMATS, write_update_note
from flows.proposal_decisions import decide_proposal
from flows.proposals import refresh_proposals
from flows.versions import apply_approved
from pipelines.domain.evidence_table import EvidenceTable
from pipelines.domain.proposals import ApprovedChange, ChangeKind, Proposal, VersionOrigin, VersionRecord
from pipelines.examples import copy_examples, copy_later_examples
from pipelines.examples.readings import ExampleMonth, example_readings, review_days
from pipelines.settings import Settings
from pipelines.store import Workspace, open_workspace

_BROUGHT: tuple[Callable[[Path], tuple[Path, ...]], ...] = (copy_examples, copy_later_examples)
"""What puts the documents of each month into ``data/raw``."""
_DECIDED_FROM, _APPLIED_AT, _NOTE_AT = time(14), time(16), time(17)
_BETWEEN_DECISIONS = timedelta(minutes=5)
_BEFORE_FIRST_MONTH = timedelta(days=3)


@dataclass(frozen=True)
class MonthOutcome:
    """What came of one month."""

    day: date
    run_id: str
    n_decisions: int
    """Of readers, on passages."""
    proposals: tuple[Proposal, ...]
    """What the rules proposed after the readings, in the order of the table."""
    table: EvidenceTable
    """The newest version at the end of the month."""


def run_example_round(settings: Settings, *, topics: bool = True) -> tuple[MonthOutcome, ...]:
    """Make the worked example in a new workspace, month by month.

    Parameters
    ----------
    settings
        Of the workspace, which must not hold anything yet.
    topics
        Whether to find topics, which takes the larger part of the time.

    Returns
    -------
    tuple of MonthOutcome
        In order.

    Raises
    ------
    StoreError
        The workspace cannot be used, or has accounts of these names.
    ValueError
        The rules of the workspace do not propose what the example decides on.
    """
    workspace = open_workspace(settings.workspace, settings.database)
    try:
        begin_example(workspace)
        months = zip(example_readings(), _BROUGHT, strict=True)
        return tuple(
            _month(workspace, settings, month, bring(settings.raw_dir), topics=topics) for month, bring in months
        )
    finally:
        workspace.close()


def write_example_note(
    settings: Settings,
    *,
    formats: Sequence[str] = USUAL_FORMATS,
    language: str | None = None,
    folder: Path | None = None,
) -> dict[str, str]:
    """Write the update note of the second month, as of the day of its decisions.

    Parameters
    ----------
    settings
        Of a workspace that :func:`run_example_round` made.
    formats, language, folder
        As :func:`flows.note.write_update_note` takes them.

    Returns
    -------
    dict
        Format -> path.
    """
    first, second = (month.date for month in example_readings())
    since, now = datetime.combine(first + timedelta(days=1), time()), datetime.combine(second, _NOTE_AT)
    return write_update_note(settings, since, formats, language, now, folder=folder)


def begin_example(workspace: Workspace) -> None:
    """Give a new workspace its accounts and the starting table, with days on which to look at statements again."""
    from pipelines.revision.revise import revise_table  # seconds to import, as is the table
    from pipelines.table.starting import starting_table

    create_example_accounts(workspace)
    begun = datetime.combine(example_readings()[0].date - _BEFORE_FIRST_MONTH, time(9))
    table = starting_table()
    shipped = VersionRecord(version=table.version, created=begun, origin=VersionOrigin.SHIPPED)
    table = workspace.tables.add(table, shipped)
    rows = {statement.id: row.id for row, statement in table.statements()}
    changes = tuple(
        ApprovedChange(change=ChangeKind.KEEP, row_id=rows[one], statement_id=one, review_by=day)
        for one, day in review_days().items()
    )
    version = f"{begun:%Y-%m-%d}"
    record = VersionRecord(
        version=version,
        created=begun + timedelta(hours=1),
        origin=VersionOrigin.IMPORTED,
        people=("redacteur-1",),
        changes=changes,
    )
    workspace.tables.add(revise_table(table, changes, version), record)


def _month(
    workspace: Workspace, settings: Settings, month: ExampleMonth, files: tuple[Path, ...], *, topics: bool
) -> MonthOutcome:
    context = ScanContext(settings, workspace)  # one a month: it holds on to the version of the table
    try:
        run_id = scan_example_month(context, files, month, topics=topics)
    finally:
        context.close()
    n_decisions = len(record_example_readings(workspace, month))
    proposals = refresh_proposals(workspace, settings, month.date)
    decide_example_proposals(workspace, settings, month, proposals)
    apply_approved(workspace, settings, datetime.combine(month.date, _APPLIED_AT))
    table = workspace.tables.get(workspace.tables.newest_version())
    return MonthOutcome(month.date, run_id, n_decisions, tuple(proposals), table)


def decide_example_proposals(
    workspace: Workspace, settings: Settings, month: ExampleMonth, proposals: list[Proposal]
) -> None:
    """Decide on proposals as the example editors did; those that they left open stay so.

    Raises
    ------
    ValueError
        One of them is not proposed.
    """
    moments = _moments(datetime.combine(month.date, _DECIDED_FROM))
    for verdict in month.proposals:
        proposal = verdict.find(proposals)
        for person in verdict.people:
            decide_proposal(
                workspace,
                settings,
                proposal.id,
                verdict.verdict,
                person,
                wording=verdict.wording,
                why=verdict.why,
                now=next(moments),
            )


def _moments(first: datetime) -> Iterator[datetime]:
    while True:
        yield first
        first += _BETWEEN_DECISIONS
