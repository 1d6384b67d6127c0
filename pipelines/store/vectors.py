"""Vectors of passages as Parquet, a file a document, apart per encoder."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.store.files import write_whole

if TYPE_CHECKING:  # half a second to import, and most commands need no vectors
    import numpy as np
    from numpy.typing import NDArray

logger = logging.getLogger(__name__)


class VectorStore:
    """Vectors in ``data/processed/vectors/<encoder>/<document>.parquet`` with columns ``passage`` and ``vector``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _path(self, encoder: str, document_id: str) -> Path:
        return self._folder / re.sub(r"[^A-Za-z0-9._-]", "_", encoder) / f"{document_id}.parquet"

    def save(self, encoder: str, document_id: str, passage_ids: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Store vectors of shape (n_passages, dimensions) of one document, replacing earlier ones."""
        import numpy as np
        import pyarrow as pa
        import pyarrow.parquet as pq

        n, dimensions = vectors.shape
        flat = pa.array(np.ascontiguousarray(vectors, dtype=np.float32).reshape(-1))
        column = (
            pa.FixedSizeListArray.from_arrays(flat, max(dimensions, 1)) if n else pa.array([], pa.list_(pa.float32()))
        )
        table = pa.table({"passage": pa.array(list(passage_ids), pa.string()), "vector": column})
        buffer = io.BytesIO()
        pq.write_table(table, buffer, compression="zstd")
        write_whole(self._path(encoder, document_id), buffer.getvalue())

    def load(self, encoder: str, document_ids: Sequence[str]) -> Mapping[str, NDArray[np.float32]]:
        """Vectors by passage id; documents without a readable file are left out, so that they are made again."""
        found: dict[str, NDArray[np.float32]] = {}
        for document_id in document_ids:
            path = self._path(encoder, document_id)
            if path.exists():
                found.update(_read(path))
        return found


def _read(path: Path) -> dict[str, NDArray[np.float32]]:
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
        vectors = np.asarray(table["vector"].to_pylist(), dtype=np.float32)
        return dict(zip(table["passage"].to_pylist(), vectors, strict=True))
    except (pa.ArrowException, KeyError, ValueError, OSError) as error:
        logger.warning("vectors of document %s cannot be read: %s", path.stem, type(error).__name__)
        return {}
