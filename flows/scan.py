"""The scan: files in, report out. Begins where an interrupted scan stopped; does nothing when nothing is new."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.context import FlowRunContext

from flows import second_opinion, steps
from flows.batches import ENCODE, READ, RELABEL, Work
from flows.context import ScanContext, context_for, context_of
from flows.inbox import refresh_inbox
from flows.progress import progress
from flows.vectors import documents_without_vectors, encode_documents
from pipelines.settings import Settings


@task(name="read-batch", cache_policy=NO_CACHE, persist_result=False)
def read_batch(run_id: str, document_ids: Sequence[str]) -> int:
    """Read, cut, label and store some documents."""
    return steps.read_documents(context_of(run_id), run_id, document_ids)


@task(name="relabel-batch", cache_policy=NO_CACHE, persist_result=False)
def relabel_batch(run_id: str, document_ids: Sequence[str]) -> int:
    """Label the passages of some documents with the models and the table as they are now."""
    return steps.relabel_documents(context_of(run_id), document_ids)


@task(name="recognise", cache_policy=NO_CACHE, persist_result=False)
def recognise(run_id: str, document_ids: Sequence[str]) -> int:
    """Recognise the text of scanned documents."""
    return steps.recognise_documents(context_of(run_id), run_id, document_ids)


@task(name="encode-batch", cache_policy=NO_CACHE, persist_result=False)
def encode_batch(run_id: str, document_ids: Sequence[str]) -> int:
    """Make vectors for documents that have none of the chosen encoder."""
    return encode_documents(context_of(run_id), document_ids)


@task(name="group-duplicates", cache_policy=NO_CACHE, persist_result=False)
def group_duplicates(run_id: str) -> int:
    """Find near-duplicates over the whole workspace."""
    return steps.group_passages(context_of(run_id), run_id)


@task(name="second-opinions", cache_policy=NO_CACHE, persist_result=False)
def ask_second_opinions(run_id: str) -> int:
    """Have a language model read what is doubtful; returns how many answers there were."""
    account = second_opinion.ask_second_opinions(context_of(run_id), run_id)
    return 0 if account is None else account.n_answered


@task(name="model-topics", cache_policy=NO_CACHE, persist_result=False)
def model_topics(run_id: str) -> int:
    """Bring the topics of the workspace up to date with what this run brought in."""
    from flows import topics  # half a second, and not every scan comes so far

    return topics.model_topics(context_of(run_id), run_id)


@task(name="order-inbox", cache_policy=NO_CACHE, persist_result=False)
def order_inbox(run_id: str) -> int:
    """Put what was flagged before the readers, most useful first."""
    return refresh_inbox(context_of(run_id))


@task(name="propose-changes", cache_policy=NO_CACHE, persist_result=False)
def propose_changes(run_id: str) -> int:
    """Work out which changes of the table the accepted evidence calls for."""
    return steps.propose_changes(context_of(run_id))


@task(name="write-report", cache_policy=NO_CACHE, persist_result=False)
def write_report(run_id: str) -> dict[str, str]:
    """Write the report of the run."""
    return steps.write_scan_report(context_of(run_id), run_id)


@flow(name="scan", persist_result=False, validate_parameters=False)
def scan(workspace: str, run_id: str) -> dict[str, float]:
    """Process everything that is registered and not yet done, then groups, topics, proposals and report.

    Parameters
    ----------
    workspace
        Folder of the workspace.
    run_id
        A run that was registered with its documents.

    Returns
    -------
    dict
        Stage -> seconds.
    """
    seconds: dict[str, float] = {}
    with context_for(run_id, Settings(workspace=Path(workspace))) as context, _machines(context, run_id):
        size = context.settings.batch_documents
        _in_batches(READ, read_batch, run_id, context.workspace.documents.pending(), size)
        context.release_reader()  # their memory is for what follows
        if scanned := steps.unrecognised(context):  # it tells its progress itself
            begun = time.perf_counter()
            recognise(run_id, scanned)
            seconds["recognise"] = round(time.perf_counter() - begun, 3)
        outdated = context.workspace.passages.outdated(context.kit.version, context.table.version)
        _in_batches(RELABEL, relabel_batch, run_id, outdated, size)
        begun = time.perf_counter()
        _in_batches(ENCODE, encode_batch, run_id, list(documents_without_vectors(context)), size)
        seconds["vectors"] = round(time.perf_counter() - begun, 3)
        seconds |= _in_turn(run_id, {"groups": group_duplicates})
        if context.endpoint is not None:  # it knows near-duplicates, and tells its progress itself
            begun = time.perf_counter()
            ask_second_opinions(run_id)
            seconds["second_opinion"] = round(time.perf_counter() - begun, 3)
        context.release_models()  # 130 MB that topics and report have a use for
        seconds |= _in_turn(run_id, {"inbox": order_inbox, "topics": model_topics})
        seconds |= _in_turn(run_id, {"proposals": propose_changes, "report": write_report})
    return seconds


def scan_for(settings: Settings) -> Callable[[str, str], dict[str, float]]:
    """The flow for the machines that the settings name.

    Raises
    ------
    SettingsError
        Their address cannot be used, or what they need is not installed.
    """
    if not settings.cluster:
        return scan
    from flows.machines import task_runner

    return scan.with_options(task_runner=task_runner(settings.cluster))


def _machines(context: ScanContext, run_id: str) -> AbstractContextManager[None]:
    if not context.settings.cluster:
        return nullcontext()
    from flows.cluster_start import on_cluster

    run = FlowRunContext.get()
    assert run is not None
    return on_cluster(context, run_id, run.task_runner)


def _in_turn(run_id: str, steps_by_stage: Mapping[str, Callable[[str], object]]) -> dict[str, float]:
    """Take steps over the whole workspace, one after the other; stage -> seconds."""
    seconds: dict[str, float] = {}
    for stage, step in steps_by_stage.items():
        begun = time.perf_counter()
        progress().begin(stage, None)
        step(run_id)
        progress().end(stage)
        seconds[stage] = round(time.perf_counter() - begun, 3)
    return seconds


def _in_batches(work: Work, step, run_id: str, document_ids: Sequence[str], size: int) -> None:
    if not document_ids:
        return
    batches = [document_ids[start : start + size] for start in range(0, len(document_ids), size)]
    progress().begin(work.stage, len(document_ids))
    with context_of(run_id).computing.ahead(work, batches):
        for batch in batches:
            step(run_id, batch)
    progress().end(work.stage)
