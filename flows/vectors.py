"""Vectors of stored passages; those that are missing or damaged are made again."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipelines.domain.runs import LabelledPassage
from pipelines.errors import StoreError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from flows.context import ScanContext

logger = logging.getLogger(__name__)


def passage_vectors(context: ScanContext, items: Sequence[LabelledPassage]) -> NDArray[np.float32]:
    """Vectors of shape (n_items, dimensions), in order.

    A vector follows from its text, so a file that was deleted or damaged costs time and nothing else.
    """
    import numpy as np

    if not items:
        return np.zeros((0, context.kit.encoder.dimensions), dtype=np.float32)
    encoder, store = context.kit.encoder, context.workspace.vectors
    by_document: dict[str, list[LabelledPassage]] = {}
    for item in items:
        by_document.setdefault(item.document.id, []).append(item)
    found = dict(store.load(encoder.version, list(by_document)))
    for document_id, own in by_document.items():
        if all(i.passage.id in found and len(found[i.passage.id]) == encoder.dimensions for i in own):
            continue
        logger.info("vectors of document %s are made again", document_id)
        vectors = encoder.encode([i.passage.text for i in own])
        ids = [i.passage.id for i in own]
        found.update(zip(ids, vectors, strict=True))
        try:
            store.save(encoder.version, document_id, ids, vectors)
        except StoreError as error:  # they serve now all the same
            logger.warning("vectors of document %s cannot be kept: %s", document_id, error)
    return np.stack([found[i.passage.id] for i in items])
