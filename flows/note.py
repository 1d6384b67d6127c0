"""The update note of a period: gathers what it speaks of, and writes it in all its forms."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from flows.evidence_pieces import accepted_evidence
from flows.proposals import all_proposals, current_appraisal, workspace_rules
from flows.reporting import PERIOD, gather, new_folder
from flows.versions import revise
from flows.workspace import open_settings_workspace
from pipelines import __version__
from pipelines.domain.decisions import ItemState, Judgement, Standing, Verdict
from pipelines.domain.evidence_table import EvidenceTable
from pipelines.domain.languages import Language
from pipelines.domain.proposals import ApprovedChange, Proposal, ProposalStanding, ProposalState, VersionRecord
from pipelines.domain.reports import UpdateReport
from pipelines.domain.runs import Run, RunState
from pipelines.errors import KennisstandError
from pipelines.settings import Settings
from pipelines.store import Workspace
from pipelines.store.files import WRITING, as_store_error, write_whole

if TYPE_CHECKING:  # the report with its plots takes seconds to import
    from pipelines.report.note_material import NoteMaterial, ReadingCount

NOTE_FORMATS = ("docx", "html", "pdf", "xlsx", "pptx", "json", "md")
USUAL_FORMATS = ("docx", "html", "pdf", "xlsx", "pptx")
_NAMES = {"nl": "updatenotitie", "en": "update-note"}
_RENDERERS = {
    "docx": ("pipelines.report.word", "render_word"),
    "html": ("pipelines.report.html", "render_html"),
    "pdf": ("pipelines.report.pdf", "render_pdf"),
    "xlsx": ("pipelines.report.excel", "render_excel"),
    "pptx": ("pipelines.report.slide", "render_slide"),
    "json": ("pipelines.report.json_file", "render_json"),
    "md": ("pipelines.report.markdown", "render_markdown"),
}
_OPEN = frozenset({ProposalState.OPEN, ProposalState.SECONDED, ProposalState.APPROVED})


def write_update_note(
    settings: Settings,
    since: datetime | None,
    formats: Sequence[str],
    language: str | None,
    now: datetime,
    *,
    folder: Path | None = None,
) -> dict[str, str]:
    """Write the note of the period from ``since`` (from the beginning if ``None``) to ``now``.

    Parameters
    ----------
    settings
        Of the workspace.
    since, now
        In UTC, without time zone.
    formats
        Some of :data:`NOTE_FORMATS`.
    language
        ``nl`` or ``en``; the setting if ``None``.
    folder
        Where to; a new one among the reports if ``None``.

    Returns
    -------
    dict
        Format -> path; empty where there are no documents yet.

    Raises
    ------
    KennisstandError
        The period begins after ``now``.
    """
    if since is not None and since > now:
        raise KennisstandError("error.since_future", since=f"{since:%Y-%m-%d}")
    from pipelines.report.compose_note import compose_update_note

    workspace = open_settings_workspace(settings)
    try:
        if not workspace.documents.summaries():
            return {}
        tongue: Language = "en" if (language or settings.language) == "en" else "nl"
        material = gather_note(workspace, settings, since, now, tongue)
        report = compose_update_note(material, tongue)
        if folder is not None:
            return write_forms(report, _NAMES[tongue], formats, folder)
        new = new_period_folder(settings, tongue, since, now)
        return filled_folder(new, lambda work: write_forms(report, _NAMES[tongue], formats, work))
    finally:
        workspace.close()


def write_forms(report: UpdateReport, name: str, formats: Sequence[str], folder: Path) -> dict[str, str]:
    """Write a report in several forms; format -> path."""
    paths: dict[str, str] = {}
    for form in formats:
        module, function = _RENDERERS[form]
        content: bytes = getattr(import_module(module), function)(report)
        path = folder / f"kennisstand-{name}.{form}"
        write_whole(path, content)
        paths[form] = str(path)
    return paths


def filled_folder(folder: Path, write: Callable[[Path], dict[str, str]]) -> dict[str, str]:
    """Have a new folder filled that nobody sees before all of it is there: half a note looks like a whole one.

    Parameters
    ----------
    folder
        It is not there yet.
    write
        Writes to the folder that it is given; format -> path.

    Raises
    ------
    StoreError
        The folder cannot be written, or the disk is full; nothing is left behind.
    """
    work = folder.with_name(f"{WRITING}{folder.name}")
    shutil.rmtree(work, ignore_errors=True)  # of a process that was killed
    try:
        paths = write(work)
        work.replace(folder)
    except OSError as error:
        raise as_store_error(folder, error) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return {form: str(folder / Path(path).name) for form, path in paths.items()}


def new_period_folder(settings: Settings, language: str, since: datetime | None, now: datetime) -> Path:
    """A folder among the reports, named after the day, the period and the moment."""
    day = "" if since is None else f"-{since:%Y-%m-%d}"
    return new_folder(settings.reports_dir, f"{now:%Y-%m-%d}-{PERIOD[language]}{day}-{now:%H%M%S}")


def period_run(workspace: Workspace, table: EvidenceTable, language: str, now: datetime) -> Run:
    """A run for what reports on a period: it has no number in the ledger.

    Models and encoder are those of the latest scan, which gave the labels that it tells of.
    """
    latest = workspace.runs.latest()
    versions = {**({} if latest is None else latest.versions), "program": __version__, "table": table.version}
    run_id = f"{PERIOD[language]}-{now:%H%M%S}"
    return Run(id=run_id, started=now, state=RunState.DONE, language=language, versions=versions)


def gather_note(
    workspace: Workspace, settings: Settings, since: datetime | None, now: datetime, language: str
) -> NoteMaterial:
    """Everything that the note speaks of; proposals are brought up to date first."""
    from pipelines.report.note_material import NoteMaterial
    from pipelines.revision.describe import reasons

    appraisal = current_appraisal(workspace, settings, now.date())
    after = workspace.tables.get(workspace.tables.newest_version())
    records = workspace.tables.records()
    versions = tuple(record for record in records[1:] if since is None or record.created >= since)
    pairs = _told(all_proposals(workspace), {record.version for record in versions}, since)
    as_approved = _as_approved(workspace, after, pairs)
    rules = workspace_rules(settings)
    standings = workspace.decisions.standings(workspace.passages.items())
    judgements = _judgements(workspace, standings)
    run = period_run(workspace, after, language, now)
    return NoteMaterial(
        scan=gather(workspace, run, after, since=since or datetime.min, also=judgements),
        since=None if since is None else since.date(),
        until=now.date(),
        before=workspace.tables.get(_version_before(records, since)),
        after=after,
        versions=versions,
        appraisal=appraisal,
        pieces=accepted_evidence(workspace, after).pieces,
        proposals=tuple(pairs),
        new_ids={
            proposal_id: (change.row_id, change.statement_id)
            for proposal_id, change in as_approved.items()
            if change.row_id is not None and change.statement_id is not None
        },
        as_approved=as_approved,
        reasons={proposal.id: reasons(proposal, rules) for proposal, _ in pairs},
        rules=rules,
        judgements=judgements,
        reading=_reading(workspace, standings, since),
        people={account.name: account.full_name for account in workspace.accounts.all()},
    )


def _version_before(records: Sequence[VersionRecord], since: datetime | None) -> str:
    """The newest version when the period began; the first there was where that came later."""
    earlier = [record.version for record in records if since is not None and record.created < since]
    return earlier[-1] if earlier else records[0].version


def _told(
    pairs: Iterable[tuple[Proposal, ProposalStanding]], versions: Collection[str], since: datetime | None
) -> list[tuple[Proposal, ProposalStanding]]:
    """Proposals that are open, and those that came into the table or were rejected in the period."""
    return [
        (proposal, standing)
        for proposal, standing in pairs
        if standing.state in _OPEN
        or standing.applied_in in versions
        or (
            standing.state is ProposalState.REJECTED
            and standing.rejection is not None
            and (since is None or standing.rejection.decided >= since)
        )
    ]


def _as_approved(
    workspace: Workspace, table: EvidenceTable, pairs: Sequence[tuple[Proposal, ProposalStanding]]
) -> dict[str, ApprovedChange]:
    """Open proposals as they would be made now, all of them, with the ids that new statements would get."""
    from pipelines.revision.revise import approved_change

    changes = [approved_change(proposal, standing) for proposal, standing in pairs if standing.state in _OPEN]
    made = revise(table, changes, table.version, workspace.tables.statement_ids()).changes
    return {change.proposal_id: change for change in made if change.proposal_id is not None}


def _judgements(workspace: Workspace, standings: Mapping[str, Standing]) -> dict[str, Judgement | None]:
    """Labels that hold, by passage; of other passages of a group without what names places in the text."""
    members: dict[str, list[str]] = {}
    for passage_id, group_id in workspace.passages.items().items():
        members.setdefault(group_id, []).append(passage_id)
    found: dict[str, Judgement | None] = {}
    for item_id, standing in standings.items():
        holds = standing.holds
        if holds is None or holds.verdict is Verdict.LATER:
            continue
        judgement = holds.judgement
        elsewhere = judgement and judgement.model_copy(update={"figures": (), "key_sentence": None})
        found |= dict.fromkeys(members.get(item_id, [item_id]), elsewhere)
        found[holds.passage_id] = judgement
    return found


def _reading(workspace: Workspace, standings: Mapping[str, Standing], since: datetime | None) -> ReadingCount:
    from pipelines.report.note_material import ReadingCount

    of_period = [
        standing.state
        for standing in standings.values()
        if standing.holds is not None and (since is None or standing.holds.decided >= since)
    ]
    still_open = (ItemState.OPEN, None)
    states = {item_id: standing.state for item_id, standing in standings.items()}
    return ReadingCount(
        n_accepted=of_period.count(ItemState.ACCEPTED),
        n_rejected=of_period.count(ItemState.REJECTED),
        n_later=of_period.count(ItemState.LATER),
        n_disagreement=sum(state is ItemState.DISAGREEMENT for state in states.values()),
        n_open=sum(states.get(item_id) in still_open for item_id in workspace.evidence.flagged()),
    )
