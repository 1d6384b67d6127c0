"""The steps of a scan: each takes from the store, calls a stage, and stores what comes out. No orchestrator here."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from flows.context import ScanContext
from flows.label import label_passages
from flows.origins import with_origin
from flows.progress import progress
from flows.reading import Reading, Request
from flows.reporting import write_report
from pipelines.domain import moments
from pipelines.domain.documents import READABLE_STATES
from pipelines.domain.evidence import Labels
from pipelines.domain.ids import file_checksum
from pipelines.domain.passages import Passage
from pipelines.errors import SettingsError
from pipelines.passages.duplicates import StoredSignature, group_duplicates
from pipelines.store.documents import ReadDocument
from pipelines.store.files import keep_original

logger = logging.getLogger(__name__)

_READ_LANGUAGES = frozenset({"nl", "en"})


def read_documents(context: ScanContext, run_id: str, document_ids: Sequence[str]) -> int:
    """Read, cut, label and store documents, each in one transaction; returns how many became readable."""
    workspace = context.workspace
    requests = [
        Request(d.id, d.checksum, tuple(_candidates(workspace.root, d.file, d.paths)))
        for d in workspace.documents.summaries(document_ids)
    ]
    n_readable = 0
    for reading in context.reader.read(requests):
        workspace.documents.save(run_id, _labelled(context, reading))
        n_readable += reading.document.state in READABLE_STATES
        logger.info("document %s: %s, %s passages", reading.document.id, reading.document.state, len(reading.passages))
        progress().advance("read")
    return n_readable


def _candidates(root: Path, file: str | None, paths: Sequence[str]) -> list[Path]:
    return [Path(p) for p in paths] + ([root / file] if file else [])


def _labelled(context: ScanContext, reading: Reading) -> ReadDocument:
    begun = time.perf_counter()
    reading = replace(reading, document=with_origin(context.workspace, reading.document))
    labels = label_and_keep_vectors(context, reading.document.id, reading.passages, reading.document.metadata.title)
    seconds = {**reading.seconds, "labels": time.perf_counter() - begun} if reading.passages else reading.seconds
    return ReadDocument(
        document=reading.document,
        passages=reading.passages,
        signatures=reading.signatures,
        labels=labels,
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


def label_and_keep_vectors(
    context: ScanContext, document_id: str, passages: Sequence[Passage], title: str | None
) -> list[Labels]:
    """Labels of the running text in Dutch and English; their vectors go to the store.

    Labels stand on the static encoder that they were trained with. Vectors of another encoder are made later on
    (:func:`flows.vectors.encode_documents`): that can take hours, and labels need not wait for it.
    """
    chosen = [p for p in passages if p.boilerplate is None and p.language in _READ_LANGUAGES]
    if not chosen:
        return []
    encoder = context.kit.encoder
    vectors = encoder.encode([p.text for p in chosen])
    if context.encoder_version == encoder.version:
        context.workspace.vectors.save(encoder.version, document_id, [p.id for p in chosen], vectors)
    return label_passages(context.kit, chosen, [title] * len(chosen), vectors=vectors)


def relabel_documents(context: ScanContext, document_ids: Sequence[str]) -> int:
    """Label documents again that were labelled with another model or table; returns how many."""
    workspace = context.workspace
    for document in workspace.documents.summaries(document_ids):
        passages = workspace.passages.get(document.id)
        workspace.passages.relabel(
            document.id, label_and_keep_vectors(context, document.id, passages, document.metadata.title)
        )
        progress().advance("relabel")
    return len(document_ids)


def group_passages(context: ScanContext, run_id: str) -> int:
    """Group the run's passages with their near-duplicates in the whole workspace; returns the groups it touched."""
    rows = context.workspace.passages.signatures()
    known = [StoredSignature(r.passage_id, r.signature, r.group_id) for r in rows if r.run_id != run_id]
    new = [StoredSignature(r.passage_id, r.signature) for r in rows if r.run_id == run_id]
    groups = group_duplicates(known, new)
    context.workspace.passages.save_groups(groups)
    return len(groups)


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
    run = context.workspace.runs.get(run_id)
    return write_report(context.workspace, run, context.table, context.settings)
