"""Reports from the store to files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path

from flows.context import ScanContext
from flows.topic_standing import standing_topics
from flows.workspace import open_settings_workspace
from pipelines.domain.evidence_table import EvidenceTable
from pipelines.domain.instruments import Family
from pipelines.domain.languages import Language
from pipelines.domain.runs import DocumentSummary, LabelledPassage, Run, RunState
from pipelines.domain.second_opinions import SecondOpinionAccount
from pipelines.domain.topics import TopicModel
from pipelines.report import ReportMaterial, compose_scan_report, render_excel, render_html, render_word
from pipelines.report.counting import CountedPassages, PassageCounter
from pipelines.report.topic_news import covers_every_scan, topics_in_period
from pipelines.settings import Settings
from pipelines.store import Workspace
from pipelines.store.files import write_whole
from pipelines.store.passages import PassageFilter

FORMATS = ("docx", "html", "xlsx")
PERIOD = {"nl": "periode", "en": "period"}
_NAMES = {"nl": "signaleringen", "en": "findings"}


def write_report(
    workspace: Workspace,
    run: Run,
    table: EvidenceTable,
    settings: Settings,
    *,
    since: datetime | None = None,
    formats: Sequence[str] = FORMATS,
    folder: Path | None = None,
) -> dict[str, str]:
    """Write the report about the documents of ``run``, or about those since a moment.

    Parameters
    ----------
    workspace, run, table, settings
        What to report on, with which table, and where reports go.
    since
        Report on documents that came in from this moment on, instead of on those of ``run``.
    formats
        Some of ``FORMATS``.
    folder
        Where to; named after the day and the run if ``None``.

    Returns
    -------
    dict
        Format -> path.
    """
    material = gather(workspace, run, table, since=since, in_short=True)
    language: Language = "en" if run.language == "en" else "nl"
    report = compose_scan_report(material, language)
    renderers = {"docx": render_word, "html": render_html, "xlsx": render_excel}
    folder = folder or settings.reports_dir / f"{material.date.isoformat()}-{run.id}"
    paths: dict[str, str] = {}
    for name in formats:
        path = folder / f"kennisstand-{_NAMES[language]}.{name}"
        write_whole(path, renderers[name](report))
        paths[name] = str(path)
    return paths


def gather(
    workspace: Workspace,
    run: Run,
    table: EvidenceTable,
    *,
    since: datetime | None = None,
    also: Collection[str] = (),
    in_short: bool = False,
) -> ReportMaterial:
    """Everything that the report speaks of.

    Parameters
    ----------
    workspace, run, table
        What to report on, with which table.
    since
        As for :func:`write_report`.
    also
        Passages that somebody decided on, where that counts.
    in_short
        Count the passages that the report of a scan does not show, instead of taking them along: 12 KB each, which is
        0.5 GB for a scan of 8,000 pages (November 2026).
    """
    documents = workspace.documents.summaries()
    by_id = {d.id: d for d in documents}
    topics, of_period = _topics(workspace, run), False
    if since is not None:
        topics, of_period = _topics_since(workspace, since.date(), _local_date(run))
    if since is not None:
        new = frozenset(d.id for d in documents if d.first_seen >= since)
    else:
        # A scan that only labelled anew what was there reports on everything.
        new = frozenset(d.id for d in documents if d.run_id == run.id) or frozenset(by_id)
    counter = PassageCounter() if in_short else None
    passages = _passages(workspace, by_id, new, topics, also, counter)
    return ReportMaterial(
        run=run,
        date=_local_date(run),
        documents=tuple(documents),
        passages=passages,
        counted=CountedPassages() if counter is None else counter.counted(),
        topic_documents=_topic_documents(workspace, topics),
        table=table,
        topics=topics,
        new_documents=new,
        of_period=of_period,
        people={account.name: account.full_name for account in workspace.accounts.all()},
        second_opinions=_accounts(workspace, run, since),
    )


def _passages(
    workspace: Workspace,
    documents: Mapping[str, DocumentSummary],
    new: Collection[str],
    topics: TopicModel | None,
    also: Collection[str],
    counter: PassageCounter | None,
) -> tuple[LabelledPassage, ...]:
    """All passages of new documents, and of the others those alone that a report shows or counts.

    These are what was flagged, and what shows a topic. All of a million passages need more memory than computers have.
    With a ``counter``, new passages that are not shown go there and nowhere else.
    """
    assigned = {} if topics is None else topics.assignments
    wanted = {known for topic in (() if topics is None else topics.topics) for known in topic.representative}
    wanted.update(also)
    store, of_new = workspace.passages, None if len(new) == len(documents) else sorted(new)
    choices = [PassageFilter(document_ids=of_new, shown=counter is not None)]
    if counter is not None:
        choices.append(PassageFilter(document_ids=of_new, family=Family.PART.value))
    if of_new is not None:
        choices.append(PassageFilter(flagged=True))
    found = {item.passage.id: item for one in choices for item in store.find(documents, one, assigned)}
    lacking = PassageFilter(passage_ids=sorted(wanted - found.keys()))
    found |= {item.passage.id: item for item in store.find(documents, lacking, assigned)}
    if counter is not None:
        for passage_id, document_id, labels in store.in_brief(of_new):
            if passage_id not in found and document_id in documents:
                counter.add(documents[document_id], labels)
    place = {document_id: number for number, document_id in enumerate(documents)}
    return tuple(sorted(found.values(), key=lambda item: (place[item.document.id], item.passage.position)))


def _topic_documents(workspace: Workspace, topics: TopicModel | None) -> dict[str, dict[str, int]]:
    assigned = {} if topics is None else topics.assignments
    found: dict[str, Counter[str]] = {}
    for passage_id, document_id in workspace.passages.homes(list(assigned)):
        found.setdefault(assigned[passage_id], Counter())[document_id] += 1
    return {topic: dict(documents) for topic, documents in found.items()}


def _accounts(workspace: Workspace, run: Run, since: datetime | None) -> tuple[SecondOpinionAccount, ...]:
    """What language models were asked: in this run, or in all runs of a period."""
    store = workspace.second_opinions
    if run.id in {known.id for known in workspace.runs.all()}:
        account = store.account(run.id)
        return () if account is None else (account,)
    return tuple(store.accounts_since(since))


def _local_date(run: Run) -> date:
    return run.started.replace(tzinfo=UTC).astimezone().date()


def _topics(workspace: Workspace, run: Run) -> TopicModel | None:
    # Those of a scan that is going on are for its own report alone.
    going_on = workspace.topics.latest_run(ended=False) == run.id
    return standing_topics(workspace, ended=not going_on)


def _topics_since(workspace: Workspace, since: date, until: date) -> tuple[TopicModel | None, bool]:
    """The topics as they stand, with what all scans of a period brought and what happened to them in it.

    The second value says whether they tell of the period: of one that covers every scan they tell of the latest scan.
    """
    model = standing_topics(workspace)
    if model is None or covers_every_scan(model, since, until):
        return model, False
    latest = workspace.topics.latest(members=False)
    by_people = model.events[0 if latest is None else len(latest[1].events) :]
    events = (*(event for _, event in workspace.topics.events()), *by_people)
    told = tuple(event for event in events if since <= event.day <= until)
    return topics_in_period(model.model_copy(update={"events": told}), since, until), True


def period_report(
    settings: Settings, since: datetime | None, formats: Sequence[str], language: str | None
) -> dict[str, str]:
    """Write the report of a period, of everything without ``since``; empty where there are no documents yet."""
    workspace = open_settings_workspace(settings)
    try:
        if not workspace.documents.summaries():
            return {}
        context = ScanContext(settings, workspace)
        run = workspace.runs.new(language or settings.language, context.versions())
        # Not a scan: it has no number in the ledger, and its folder is named after the period and the moment.
        run = run.model_copy(update={"state": RunState.DONE, "id": f"{PERIOD[run.language]}-{run.started:%H%M%S}"})
        day = "" if since is None else f"-{since:%Y-%m-%d}"
        name = f"{_local_date(run).isoformat()}-{PERIOD[run.language]}{day}-{run.started:%H%M%S}"
        folder = new_folder(settings.reports_dir, name)
        return write_report(workspace, run, context.table, settings, since=since, formats=formats, folder=folder)
    finally:
        workspace.close()


def latest_run_report(settings: Settings, language: str | None) -> dict[str, str]:
    """Write the report of the scan that ended last once more, as the store is now; empty where there was no scan.

    A report that was written before stays: people may have worked in it.
    """
    workspace = open_settings_workspace(settings)
    try:
        run = workspace.runs.latest()
        if run is None:
            return {}
        run = run.model_copy(update={"language": language or run.language})
        table = ScanContext(settings, workspace).table
        name = f"{datetime.now().date().isoformat()}-{run.id}"
        return write_report(workspace, run, table, settings, folder=new_folder(settings.reports_dir, name))
    finally:
        workspace.close()


def new_folder(parent: Path, name: str) -> Path:
    """``name`` in ``parent``, with a number behind it where that is taken."""
    numbered = (parent / (name if n == 1 else f"{name}-{n}") for n in count(1))
    return next(folder for folder in numbered if not folder.exists())
