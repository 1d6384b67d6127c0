"""Vectors of stored passages: which are missing, and making them. Those of two encoders never meet."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from flows.batches import ENCODE
from flows.progress import progress
from pipelines.domain.runs import LabelledPassage
from pipelines.errors import StoreError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from flows.context import ScanContext

logger = logging.getLogger(__name__)


def documents_without_vectors(context: ScanContext) -> dict[str, int]:
    """Documents without vectors of the chosen encoder, with the number of their passages, in order of arrival."""
    present = context.workspace.vectors.documents(context.encoder_version)
    # Counted for these alone: of millions of passages nearly all have vectors.
    lacking = [document_id for document_id in context.workspace.documents.runs() if document_id not in present]
    return context.workspace.passages.n_labelled(lacking)


def encode_documents(context: ScanContext, document_ids: Sequence[str]) -> int:
    """Make and store the vectors of some documents, one after the other; returns the number of their passages.

    Raises
    ------
    StoreError
        They cannot be stored.
    """
    n_passages = 0
    for made in context.computing.compute(ENCODE, document_ids):
        context.workspace.vectors.save(made.encoder, made.document_id, made.passage_ids, made.values)
        n_passages += len(made.passage_ids)
        progress().advance("vectors")
    return n_passages


def passage_vectors(context: ScanContext, items: Sequence[LabelledPassage]) -> NDArray[np.float32]:
    """Vectors of shape (n_items, dimensions) by the chosen encoder, in order; see :func:`vectors_of`."""
    return vectors_of(context, [(item.document.id, item.passage.id) for item in items])


def vectors_of(context: ScanContext, passages: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
    """Vectors of shape (n_passages, dimensions) by the chosen encoder, in order, of ids of document and passage.

    A vector follows from its text, so a file that was deleted or damaged costs time and nothing else.
    """
    import numpy as np

    if not passages:
        return np.zeros((0, 0), dtype=np.float32)
    store, version = context.workspace.vectors, context.encoder_version
    places: dict[str, list[tuple[int, str]]] = {}
    for place, (document_id, passage_id) in enumerate(passages):
        places.setdefault(document_id, []).append((place, passage_id))
    # Filled document by document: of half a million passages no more than one copy fits beside all else. How long a
    # vector is shows in the first: the encoder itself takes a second to load, and may not be needed.
    filled = np.zeros((0, 0), dtype=np.float32)
    lacking: list[str] = []
    for document_id, wanted in places.items():
        found = store.load(version, [document_id])
        if all(passage_id in found for _, passage_id in wanted):
            if not filled.size:
                filled = np.zeros((len(passages), len(found[wanted[0][1]])), dtype=np.float32)
            filled[[place for place, _ in wanted]] = [found[passage_id] for _, passage_id in wanted]
        else:
            lacking.append(document_id)
    if lacking:
        progress().begin("vectors", len(lacking))
        for made in ENCODE.do(ENCODE.orders(context.workspace, lacking), context):
            own = dict(zip(made.passage_ids, made.values, strict=True))
            if not filled.size:
                filled = np.zeros((len(passages), made.values.shape[1]), dtype=np.float32)
            for place, passage_id in places[made.document_id]:
                filled[place] = own[passage_id]
            try:
                store.save(version, made.document_id, made.passage_ids, made.values)
            except StoreError as error:  # they serve now all the same
                logger.warning("vectors of document %s cannot be kept: %s", made.document_id, error)
            progress().advance("vectors")
        progress().end("vectors")
    return filled
