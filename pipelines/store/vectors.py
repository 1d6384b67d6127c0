"""Vectors of passages as Parquet, a file a document, apart per encoder.

A change of encoder therefore leaves the vectors of the former one where they are, and a change back finds them again.
"""

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


_ENCODER = b"encoder"


class VectorStore:
    """Vectors in ``data/processed/vectors/<encoder>/<document>.parquet`` with columns ``passage`` and ``vector``.

    A file names its encoder once more inside, since a version may hold characters that names of folders cannot.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _of(self, encoder: str) -> Path:
        return self._folder / re.sub(r"[^A-Za-z0-9._-]", "_", encoder)

    def documents(self, encoder: str) -> frozenset[str]:
        """Ids of the documents that have vectors of ``encoder``."""
        folder = self._of(encoder)
        return frozenset(path.stem for path in folder.glob("[!.]*.parquet")) if folder.is_dir() else frozenset()

    def save(self, encoder: str, document_id: str, passage_ids: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Store vectors of shape (n_passages, dimensions) of one document, replacing earlier ones."""
        import numpy as np
        import pyarrow as pa
        import pyarrow.parquet as pq

        n, dimensions = vectors.shape
        # From bytes, not by pyarrow.array: that looks whether it was given something of pandas, and loads it for that.
        names = [passage_id.encode() for passage_id in passage_ids]
        ends = np.cumsum([0, *map(len, names)], dtype=np.int32)
        strings = pa.StringArray.from_buffers(n, pa.py_buffer(ends), pa.py_buffer(b"".join(names)))
        numbers = np.ascontiguousarray(vectors, dtype=np.float32)
        flat = pa.Array.from_buffers(pa.float32(), numbers.size, [None, pa.py_buffer(numbers)])
        column = pa.FixedSizeListArray.from_arrays(flat, max(dimensions, 1))
        table = pa.Table.from_arrays([strings, column], ["passage", "vector"])
        table = table.replace_schema_metadata({_ENCODER: encoder.encode("utf-8", "surrogateescape")})
        buffer = io.BytesIO()
        pq.write_table(table, buffer, compression="zstd", write_page_checksum=True)
        write_whole(self._of(encoder) / f"{document_id}.parquet", buffer.getvalue())

    def load(self, encoder: str, document_ids: Sequence[str]) -> Mapping[str, NDArray[np.float32]]:
        """Vectors by passage id; documents without a readable file are left out, so that they are made again."""
        found: dict[str, NDArray[np.float32]] = {}
        for document_id in document_ids:
            path = self._of(encoder) / f"{document_id}.parquet"
            if path.exists():
                found.update(_read(path, encoder))
        return found


def _read(path: Path, encoder: str) -> dict[str, NDArray[np.float32]]:
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        # Not read_table, and no array by way of to_numpy: both load pandas, 42 MB, which nothing here is done with.
        with pq.ParquetFile(path) as file:
            table = file.read()
        made_by = (table.schema.metadata or {}).get(_ENCODER)
        if made_by is not None and made_by != encoder.encode("utf-8", "surrogateescape"):
            logger.warning("vectors of document %s are of another encoder", path.stem)
            return {}
        passage_ids = table["passage"].to_pylist()
        if not passage_ids:
            return {}
        # As one array: a list of lists takes thirty times as long.
        flat = table["vector"].combine_chunks().flatten()
        if flat.type != pa.float32() or flat.null_count:
            raise ValueError(f"numbers of another kind: {flat.type}")
        numbers = np.frombuffer(flat.buffers()[1], dtype=np.float32)[flat.offset : flat.offset + len(flat)]
        return dict(zip(passage_ids, numbers.reshape(len(passage_ids), -1), strict=True))
    except (pa.ArrowException, KeyError, ValueError, OSError) as error:
        logger.warning("vectors of document %s cannot be read: %s", path.stem, type(error).__name__)
        return {}
