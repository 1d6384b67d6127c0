"""The steps of a scan: each takes from the store, calls a stage, and stores what comes out. No orchestrator here."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from flows.batches import READ, RELABEL, Labelled, ReadOutcome, label_reading
from flows.context import ScanContext
from flows.counts import one_each
from flows.progress import progress
from flows.reading import Reading
from pipelines.cores import available_cores
from pipelines.domain import moments
from pipelines.domain.documents import READABLE_STATES
from pipelines.domain.ids import file_checksum
from pipelines.domain.passages import DuplicateGroup
from pipelines.errors import SettingsError
from pipelines.ingest.parser import IngestLimits
from pipelines.passages.rules import PassageRules
from pipelines.store import Workspace
from pipelines.store.document_lists import ids_in_states
from pipelines.store.documents import ReadDocument
from pipelines.store.files import keep_original

logger = logging.getLogger(__name__)


def read_documents(context: ScanContext, run_id: str, document_ids: Sequence[str]) -> int:
    """Read, cut, label and store documents, each in one transaction; returns how many became readable."""
    n_readable = 0
    for outcome in one_each(document_ids, context.computing.compute(READ, document_ids)):
        n_readable += _store(context, run_id, outcome)
        progress().advance("read")
    return n_readable


def recognise_documents(context: ScanContext, run_id: str, waiting: Sequence[str]) -> int:
    """Recognise the text of scanned documents, where the program for it is installed; returns how many are read now."""
    program = context.tesseract
    if program is None or not waiting:
        return 0
    from flows.recognising import FOLDER, Recogniser

    documents = context.workspace.documents
    orders = {order.request.document_id: order for order in READ.orders(context.workspace, waiting)}
    limits = IngestLimits(max_file_bytes=context.settings.max_file_megabytes * 2**20)
    folder = context.settings.processed_dir / FOLDER
    seconds = 60.0 * context.settings.recognition_minutes
    recogniser = Recogniser(program, folder, available_cores(), limits, PassageRules(), seconds)
    progress().begin("recognise", len(orders))
    n_readable = 0
    try:
        for reading in recogniser.read([(order.request, documents.get(i)) for i, order in orders.items()]):
            order = orders[reading.document.id]
            n_readable += _store(context, run_id, label_reading(order, reading, context))
            recogniser.forget(order.request.checksum)
            progress().advance("recognise")
    finally:
        recogniser.close()
    progress().end("recognise")
    return n_readable


def unrecognised(context: ScanContext) -> list[str]:
    """Ids of documents that the installed program for text recognition has not tried yet."""
    program = context.tesseract
    if program is None or not program.languages:
        return []
    from flows.recognising import WORTH_AN_ATTEMPT, is_unrecognised

    # Of a store with thousands of documents only a few are in these states: the others are not read for it.
    if not (possible := ids_in_states(context.workspace.engine, WORTH_AN_ATTEMPT)):
        return []
    return [d.id for d in context.workspace.documents.summaries(possible) if is_unrecognised(d, program)]


def _store(context: ScanContext, run_id: str, outcome: ReadOutcome) -> bool:
    """Store a document that was read; whether it is readable."""
    reading = outcome.reading
    _keep_vectors(context, outcome.labelled)
    context.workspace.documents.save(run_id, _as_read(context, outcome))
    logger.info("document %s: %s, %s passages", reading.document.id, reading.document.state, len(reading.passages))
    return reading.document.state in READABLE_STATES


def _as_read(context: ScanContext, outcome: ReadOutcome) -> ReadDocument:
    reading, label_seconds = outcome.reading, outcome.label_seconds
    seconds = reading.seconds if label_seconds is None else {**reading.seconds, "labels": label_seconds}
    return ReadDocument(
        document=reading.document,
        passages=reading.passages,
        signatures=reading.signatures,
        labels=outcome.labelled.labels,
        seconds=seconds,
        versions={**reading.versions, "labels": context.kit.version},
        file=_keep(context.workspace.root, reading),
    )


def _keep(root: Path, reading: Reading) -> str | None:
    """Where the bytes are kept; ``None`` where the file disappeared or changed while it was read."""
    if reading.path is None:
        return None
    checksum = reading.document.source.checksum
    try:
        content = reading.path.read_bytes()
    except OSError:
        content = b""
    if file_checksum(content) != checksum:
        logger.warning("document %s disappeared or changed after it was read", reading.document.id)
        return None
    return keep_original(content, checksum, reading.path, root)


def relabel_documents(context: ScanContext, document_ids: Sequence[str]) -> int:
    """Label documents again that were labelled with another model or table; returns how many."""
    for labelled in context.computing.compute(RELABEL, document_ids):
        _keep_vectors(context, labelled)
        context.workspace.passages.relabel(labelled.document_id, labelled.labels)
        progress().advance("relabel")
    return len(document_ids)


def _keep_vectors(context: ScanContext, labelled: Labelled) -> None:
    """Before labels: a document is done when its labels are stored, and must not lack vectors then."""
    made = labelled.vectors
    if made is not None:
        context.workspace.vectors.save(made.encoder, made.document_id, made.passage_ids, made.values)


def group_passages(context: ScanContext, run_id: str) -> int:
    """Group the run's passages with their near-duplicates in the whole workspace; returns the groups it touched."""
    groups = find_groups(context.workspace, run_id)
    context.workspace.passages.save_groups(groups)
    return len(groups)


def find_groups(workspace: Workspace, run_id: str) -> list[DuplicateGroup]:
    """Groups that the passages of a run form among themselves and with all others.

    The others are looked through bit by bit: memory does not grow with their number.
    """
    from pipelines.passages.duplicates import DuplicateSearch, StoredSignature

    store = workspace.signatures
    search = DuplicateSearch(StoredSignature(row.passage_id, row.signature) for row in store.of_run(run_id))
    if search.n_new:
        for part in store.of_others(run_id):
            search.look_through(part)
    return search.groups(store.members(run_id, search.passage_ids, search.group_ids))


def propose_changes(context: ScanContext) -> int:
    """Bring the proposed changes of the table up to date; returns how many there are.

    Rules of the workspace that cannot be used do not undo a scan: whoever asks for the proposals is told of them.
    """
    from flows.proposals import refresh_proposals

    try:
        return len(refresh_proposals(context.workspace, context.settings, moments.now().date()))
    except SettingsError as error:
        logger.warning("no changes are proposed: %s", error)
        return 0


def write_scan_report(context: ScanContext, run_id: str) -> dict[str, str]:
    """Write the report of the run in the language of the run."""
    from flows.reporting import write_report  # matplotlib among others: seconds that a scan with nothing new is spared

    run = context.workspace.runs.get(run_id)
    return write_report(context.workspace, run, context.table, context.settings)
