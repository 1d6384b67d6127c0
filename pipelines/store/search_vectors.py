"""Vectors of passages in a PostgreSQL database that has the extension pgvector, to find what is meant alike.

They follow from the files of :mod:`pipelines.store.vectors` and are of one encoder at a time.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from pipelines.errors import StoreError
from pipelines.store.column_types import kept_text
from pipelines.store.passages import PassageFilter
from pipelines.store.search_database import narrowed, set_up

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

logger = logging.getLogger(__name__)

NEAREST = 500
"""Passages that are found by meaning, at most; pgvector gives no more than 1,000 by its index (``hnsw.ef_search``)."""
_MOST_INDEXED = 2_000
"""Dimensions that the index of pgvector takes; of longer vectors all are compared."""
VECTORS_LOCK = 7_391_007
"""Number of the lock under which one program at a time makes tables for vectors."""


class SearchVectors:
    """Vectors in the database, where it can keep them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def prepare(self, encoder: str, dimensions: int) -> bool:
        """Make the table for vectors of an encoder, in place of that of another; whether pgvector is there."""
        if not self.has_extension():
            return False
        # First without the lock: whoever makes the index holds it for minutes.
        with self._engine.connect() as connection:
            if self._encoder(connection) == _named(encoder, dimensions):
                return True
        with self._engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": VECTORS_LOCK})
            if self._encoder(connection) == _named(encoder, dimensions):
                return True
            _know_extension(connection)
            for table in ("vectors", "vectors_of"):
                connection.execute(text(f"DROP TABLE IF EXISTS kennisstand_search.{table}"))
            connection.execute(
                text(
                    "CREATE TABLE kennisstand_search.vectors (passage_id varchar(20) PRIMARY KEY"
                    f" REFERENCES passages (id) ON DELETE CASCADE, vector vector({dimensions:d}) NOT NULL)"
                )
            )
            connection.execute(text("CREATE TABLE kennisstand_search.vectors_of (encoder text PRIMARY KEY)"))
            made = text("INSERT INTO kennisstand_search.vectors_of VALUES (:encoder)")
            connection.execute(made, {"encoder": _named(encoder, dimensions)})
        return True

    def has_extension(self) -> bool:
        """Whether pgvector is in the database; it is added where it is on the server and this user may."""
        with self._engine.connect() as connection:
            state = connection.execute(text(_EXTENSION)).scalar()
        if state != "available":
            return state == "installed"
        try:
            with self._engine.begin() as connection:
                connection.execute(text("CREATE EXTENSION IF NOT EXISTS vector"))
        except (StoreError, DBAPIError):  # only an administrator of the server may
            logger.info("pgvector is on the server, but this user may not add it to the database")
            return False
        return True

    @staticmethod
    def _encoder(connection: Connection) -> str | None:
        # Whoever removed the extension took the vectors along, and left the name of their encoder.
        if not connection.execute(text(_KEEPS_VECTORS)).scalar():
            return None
        return connection.execute(text("SELECT encoder FROM kennisstand_search.vectors_of")).scalar()

    def lacking(self) -> list[tuple[str, str]]:
        """Document and passage, for each labelled passage without a vector, by document."""
        with self._engine.connect() as connection:
            return [(row[0], row[1]) for row in connection.execute(text(_LACKING))]

    def add(self, passage_ids: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Keep vectors of shape (n_passages, dimensions); of passages that went meanwhile none."""
        rows = [
            {"passage_id": passage_id, "vector": [float(value) for value in vector]}
            for passage_id, vector in zip(passage_ids, vectors, strict=True)
        ]
        if rows:
            with self._engine.begin() as connection:
                _know_extension(connection)
                connection.execute(text(_ADD), rows)

    def make_index(self, dimensions: int) -> None:
        """Make what finds near vectors without comparing all; after most are there, which is faster.

        Nothing where another program is making it. Before version 0.5 pgvector had no index of this kind: then all are
        compared.
        """
        if dimensions > _MOST_INDEXED:
            return
        with self._engine.begin() as connection:
            if not connection.execute(text(_WANTS_INDEX)).scalar():
                return
            if not connection.execute(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": VECTORS_LOCK}).scalar():
                return
            _know_extension(connection)
            connection.execute(text("SELECT set_config('statement_timeout', '0', true)"))  # it takes minutes
            # Beyond this the index is made on disk, which takes many times as long.
            connection.execute(text("SELECT set_config('maintenance_work_mem', '512MB', true)"))
            connection.execute(
                text(
                    "CREATE INDEX IF NOT EXISTS vectors_near ON kennisstand_search.vectors"
                    " USING hnsw (vector vector_ip_ops)"
                )
            )

    def nearest(self, vector: NDArray[np.float32], least: float | None, chosen: PassageFilter | None) -> list[str]:
        """Labelled passages nearest to a vector of unit length, the nearest first.

        Parameters
        ----------
        vector
            Shape (dimensions,).
        least
            Those of a smaller cosine are left out.
        chosen
            Narrows where to look.
        """
        conditions, given = narrowed(chosen)
        given |= {
            "vector": [float(value) for value in vector],
            "most": NEAREST,
            # pgvector gives the inner product with the sign turned, so that the nearest come first.
            "furthest": 2.0 if least is None else -least,
        }
        with self._engine.connect() as connection:
            set_up(connection)
            _know_extension(connection)
            # With a filter the nearest of all may lie elsewhere: those that it leaves are compared one by one.
            query = _NEAREST if chosen is None else _NEAREST_CHOSEN
            connection.execute(text("SELECT set_config('hnsw.ef_search', :most, true)"), {"most": str(NEAREST)})
            found = connection.execute(text(query.format(narrowed=conditions)), given)
            return list(found.scalars())


def _named(encoder: str, dimensions: int) -> str:
    return f"{kept_text(encoder)} {dimensions}"


def _know_extension(connection: Connection) -> None:
    """Find what pgvector adds in this transaction, also where it was put in a schema of its own."""
    connection.execute(text(_KNOW))


_EXTENSION = """
SELECT CASE WHEN e.oid IS NULL THEN
    CASE WHEN EXISTS (SELECT 1 FROM pg_available_extensions WHERE name = 'vector') THEN 'available' END
  WHEN has_schema_privilege(e.extnamespace, 'USAGE') THEN 'installed' END
FROM (SELECT 1) AS always LEFT JOIN pg_extension e ON e.extname = 'vector'
"""
_KNOW = """
SELECT set_config('search_path', concat_ws(', ', nullif(current_setting('search_path'), ''),
                                           quote_ident(n.nspname)), true)
FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'vector'
"""
_KEEPS_VECTORS = """
SELECT to_regclass('kennisstand_search.vectors_of') IS NOT NULL AND EXISTS (
  SELECT 1 FROM pg_attribute
  WHERE attrelid = to_regclass('kennisstand_search.vectors') AND attname = 'vector' AND NOT attisdropped
)
"""
_WANTS_INDEX = """
SELECT EXISTS (SELECT 1 FROM pg_am WHERE amname = 'hnsw') AND to_regclass('kennisstand_search.vectors_near') IS NULL
"""
_LACKING = """
SELECT p.document_id, p.passage_id FROM kennisstand_search.passages p
WHERE NOT EXISTS (SELECT 1 FROM kennisstand_search.vectors v WHERE v.passage_id = p.passage_id)
ORDER BY p.document_id, p.passage_id
"""
_ADD = """
INSERT INTO kennisstand_search.vectors (passage_id, vector)
SELECT id, CAST(CAST(:vector AS real[]) AS vector) FROM passages WHERE id = :passage_id FOR KEY SHARE
ON CONFLICT (passage_id) DO UPDATE SET vector = excluded.vector
"""
_NEAREST = """
SELECT near.passage_id FROM (
  SELECT passage_id, vector <#> CAST(CAST(:vector AS real[]) AS vector) AS distance
  FROM kennisstand_search.vectors ORDER BY vector <#> CAST(CAST(:vector AS real[]) AS vector) LIMIT :most
) AS near JOIN kennisstand_search.passages p USING (passage_id)
WHERE near.distance < :furthest AND {narrowed} ORDER BY near.distance, near.passage_id
"""
_NEAREST_CHOSEN = """
WITH open_to AS MATERIALIZED (SELECT p.passage_id FROM kennisstand_search.passages p WHERE {narrowed}),
compared AS MATERIALIZED (
  SELECT passage_id, v.vector <#> CAST(CAST(:vector AS real[]) AS vector) AS distance
  FROM open_to JOIN kennisstand_search.vectors v USING (passage_id)
)
SELECT passage_id FROM compared WHERE distance < :furthest ORDER BY distance, passage_id LIMIT :most
"""
