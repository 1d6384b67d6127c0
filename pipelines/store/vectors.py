"""Vectors of passages as Parquet, a file a document, apart per encoder."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from pipelines.errors import StoreError
from pipelines.store.files import write_whole


class VectorStore:
    """Vectors in ``data/processed/vectors/<encoder>/<document>.parquet`` with columns ``passage`` and ``vector``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _path(self, encoder: str, document_id: str) -> Path:
        return self._folder / re.sub(r"[^A-Za-z0-9._-]", "_", encoder) / f"{document_id}.parquet"

    def save(self, encoder: str, document_id: str, passage_ids: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Store vectors of shape (n_passages, dimensions) of one document, replacing earlier ones."""
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
        """Vectors by passage id; documents without a file are left out.

        Raises
        ------
        StoreError
            A file is damaged.
        """
        found: dict[str, NDArray[np.float32]] = {}
        for document_id in document_ids:
            path = self._path(encoder, document_id)
            if not path.exists():
                continue
            try:
                table = pq.read_table(path)
            except pa.ArrowException as error:
                raise StoreError("error.artefact_damaged", path=str(path)) from error
            vectors = np.asarray(table["vector"].to_pylist(), dtype=np.float32)
            found.update(zip(table["passage"].to_pylist(), vectors, strict=True))
        return found
