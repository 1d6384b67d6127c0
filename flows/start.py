"""Starts a scan from the command line or a schedule: looks what is new first, so that nothing new costs seconds."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from flows import steps
from flows.batches import READ
from flows.collecting import collecting_seldom
from flows.context import ScanContext, shared
from flows.counts import check_all_done
from flows.discovery import Found, find_files
from flows.machines import check_cluster
from flows.orchestrator import log_to_file
from flows.outcome import ScanOutcome, SetAside, set_aside
from flows.progress import progress
from flows.progress_file import Job, recorded
from flows.second_opinion import has_work
from flows.server import PrefectServer
from flows.vectors import documents_without_vectors
from flows.workspace import open_settings_workspace
from pipelines.domain.documents import READABLE_STATES
from pipelines.domain.runs import DocumentSummary, Run
from pipelines.errors import KennisstandError, StoreError
from pipelines.freed_memory import keep_little
from pipelines.settings import Settings
from pipelines.store import Workspace
from pipelines.store.abandoned import sweep_workspace


@dataclass(frozen=True)
class _Work:
    """What there is to do: a run to work on (``None`` when there is nothing), and what was found."""

    run: Run | None
    found: Found
    n_new: int
    continued: bool
    n_relabelled: int = 0
    """Documents that were read before and are labelled with newer models or a newer table."""
    n_reencoded: int = 0
    """Passages that were read before and have no vectors of the chosen encoder."""
    encoder_changed: bool = False
    """Whether the topics of the latest run stand on another encoder."""


def start_scan(
    settings: Settings, paths: Sequence[Path], retry: Sequence[str] | None = None, *, language: str | None = None
) -> ScanOutcome:
    """Scan ``paths`` (or, with ``retry``, read the given documents again).

    Parameters
    ----------
    settings
        Settings of the workspace.
    paths
        Files or folders; empty means ``data/raw`` (unless ``retry`` is given).
    retry
        Ids of documents to be read again.
    language
        Language of the report; the setting if ``None``.

    Raises
    ------
    StoreError
        Another scan is busy in this workspace, or the store cannot be used.
    """
    begun = time.perf_counter()
    keep_little()
    workspace = open_settings_workspace(settings)
    context = ScanContext(settings, workspace)
    log_to_file(settings.workspace)
    server = PrefectServer(settings.workspace)
    try:
        with workspace.scanning(), recorded(settings.processed_dir, Job.SCAN):
            work = _prepare(context, server, paths, retry, language or settings.language)
            find_seconds = round(time.perf_counter() - begun, 3)
            if work.run is None:
                everything = workspace.documents.summaries()
                return _outcome(context, work, everything, None, {"find": find_seconds}, begun)
            stage_seconds = {"find": find_seconds, **_run(context, server, work.run.id)}
            server.end()
            everything = workspace.documents.summaries()
            check_all_done({f.document_id for f in work.found.files}, everything)
            stage_seconds |= workspace.documents.seconds_by_stage(work.run.id)
            outcome = _outcome(context, work, everything, work.run.id, stage_seconds, begun)
            summary = outcome.model_dump(
                include={"files", "documents", "new_documents", "passages", "flagged", "topics"}
            )
            workspace.runs.finish(work.run.id, {**summary, "seconds": outcome.seconds})
            return outcome
    finally:
        context.close()
        server.close()
        workspace.close()


def _run(context: ScanContext, server: PrefectServer, run_id: str) -> dict[str, float]:
    import httpx

    progress().begin("start", None)
    if not context.settings.cluster:
        _read_meanwhile(context)
    server.wait()
    from flows.scan import scan_for  # after the address of the server is known

    try:
        with shared(run_id, context), collecting_seldom():
            return scan_for(context.settings)(str(context.settings.workspace), run_id)
    except httpx.HTTPError as error:
        raise KennisstandError("error.orchestrator_lost") from error


def _read_meanwhile(context: ScanContext) -> None:
    """Have the first files read while the server starts: ten seconds, the first time in a workspace."""
    first = context.workspace.documents.pending()[: context.settings.batch_documents]
    if first:
        context.reader.expect(order.request for order in READ.orders(context.workspace, first))


def was_interrupted(settings: Settings) -> bool:
    """Whether the workspace holds a run that was cut off."""
    workspace = open_settings_workspace(settings)
    try:
        return workspace.runs.open() is not None
    finally:
        workspace.close()


def _prepare(
    context: ScanContext, server: PrefectServer, paths: Sequence[Path], retry: Sequence[str] | None, language: str
) -> _Work:
    settings, workspace = context.settings, context.workspace
    _ = context.endpoint  # an address that cannot be used is told before anything is read
    if settings.cluster:
        check_cluster(settings)
    sweep_workspace(workspace.root)
    workspace.originals.keep_lacking()
    places = list(paths) or ([] if retry is not None else [settings.raw_dir])
    progress().begin("find", None)
    known = workspace.documents.known_paths()
    found = find_files(places, known, settings.raw_dir)
    progress().end("find")
    interrupted = workspace.runs.open()
    seen = workspace.documents.runs()
    # What the interrupted part of a run brought in is new in that run still.
    before = {i for i, run_id in seen.items() if interrupted is None or run_id != interrupted.id}
    n_new = len({f.document_id for f in found.files} - before)
    changed = [f for f in found.files if f.path not in known or known[f.path].document_id != f.document_id]
    scanned = steps.unrecognised(context) if seen else []
    if n_new or retry or interrupted or scanned:
        server.begin()  # both take seconds, in which the models are loaded
        if not settings.cluster:
            context.reader.begin()
    outdated = workspace.passages.outdated(context.model_version, context.table.version) if seen else []
    without = documents_without_vectors(context) if seen else {}
    encoder_changed = bool(seen) and _topics_of_other_encoder(context)
    unread = bool(seen) and has_work(context)
    if not (n_new or retry or interrupted or outdated or without or encoder_changed or unread or scanned):
        if changed:  # known content under a new name: remember the name
            last = workspace.runs.latest()
            assert last is not None  # documents are only stored with a run
            workspace.documents.register(last, changed)
        return _Work(None, found, 0, continued=False)
    versions = context.versions()
    run = interrupted or workspace.runs.new(language, versions)
    workspace.documents.register(run, found.files)
    read_again = {*(retry or ()), *scanned}
    if read_again:
        workspace.documents.reopen(sorted(read_again), run)
    return _Work(
        run,
        found,
        n_new,
        continued=interrupted is not None,
        n_relabelled=len(set(outdated) - read_again),
        n_reencoded=sum(n for document_id, n in without.items() if document_id in before - read_again),
        encoder_changed=encoder_changed,
    )


def _topics_of_other_encoder(context: ScanContext) -> bool:
    last = context.workspace.runs.latest()
    model = None if last is None else context.workspace.topics.of_run(last.id, members=False)
    return model is not None and model.settings.get("encoder") != context.encoder_version


def _outcome(
    context: ScanContext,
    work: _Work,
    everything: Sequence[DocumentSummary],
    run_id: str | None,
    stage_seconds: dict[str, float],
    begun: float,
) -> ScanOutcome:
    workspace = context.workspace
    chosen = {f.document_id for f in work.found.files}
    if not work.found.files:
        chosen = {d.id for d in everything if d.run_id == run_id}
    documents = {d.id: d for d in everything if d.id in chosen}
    latest = run_id
    if latest is None and (last := workspace.runs.latest()) is not None:
        latest = last.id
    topics = None if latest is None else workspace.topics.of_run(latest, members=False)
    found = {f.path for f in work.found.files}
    failed = [s for s in set_aside(list(documents.values())) if s.path in found or not found]
    failed += [
        SetAside(path=u.path, document=None, stage="find", state="failed", reason=u.reason)
        for u in work.found.unreadable
    ]
    return ScanOutcome(
        run=latest,
        nothing_new=run_id is None,
        files=len(work.found.files) + len(work.found.unreadable),
        documents=len(documents),
        new_documents=work.n_new,
        relabelled=work.n_relabelled,
        encoder=context.encoder_version,
        encoder_changed=work.encoder_changed,
        reencoded=work.n_reencoded,
        failed=tuple(failed),
        passages=_n_labelled(workspace, documents, everything),
        flagged=sum(document.n_flagged for document in documents.values()),
        topics=0 if topics is None else len(topics.topics),
        second_opinion=None if latest is None else workspace.second_opinions.account(latest),
        seconds=round(time.perf_counter() - begun, 1),
        stage_seconds=stage_seconds,
        reports=_reports(workspace.root, latest),
    )


def _n_labelled(workspace: Workspace, chosen: Mapping[str, object], everything: Sequence[DocumentSummary]) -> int:
    """Labelled passages of some documents; counted by the others where these are fewer."""
    others = [document.id for document in everything if document.id not in chosen]
    if len(others) < len(chosen):
        return workspace.passages.count_labelled() - sum(workspace.passages.n_labelled(others).values())
    return sum(workspace.passages.n_labelled(list(chosen)).values())


def _reports(root: Path, run_id: str | None) -> dict[str, str]:
    if run_id is None:
        return {}
    folders = sorted((root / "reports").glob(f"*-{run_id}"))
    files = [f for folder in folders for f in sorted(folder.iterdir())]
    return {f.suffix[1:]: str(f) for f in files if f.suffix in {".docx", ".html", ".xlsx"}}


def retry_ids(workspace: Workspace, wanted: Sequence[str]) -> list[str]:
    """Ids of documents to be read again: those named (the beginning of an id will do), else all that were set aside.

    Raises
    ------
    StoreError
        A name fits no document.
    """
    documents = workspace.documents.summaries()
    if not wanted:
        return [d.id for d in documents if d.state not in READABLE_STATES]
    chosen: list[str] = []
    for name in wanted:
        fitting = [d.id for d in documents if d.id.startswith(name)]
        if not fitting:
            raise StoreError("error.document_unknown", document=name)
        chosen += fitting
    return chosen
