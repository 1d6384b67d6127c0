"""Signatures of stored passages, as the search for near-duplicates reads them: of all, and never all at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Engine, Row, Select, select

from pipelines.store import schema

_AT_ONCE = 10_000
"""Signatures in memory: some 4 MB."""
_FEW = 500
"""Ids in one question to the database; SQLite takes 32,766 and plans many slowly."""
_COLUMNS = schema.passages.c
_PLACE = (schema.documents.c.sequence, schema.passages.c.position)


class SignatureRow(NamedTuple):
    """Signature of a stored passage, and its group so far."""

    passage_id: str
    signature: bytes
    group_id: str | None


class SignatureStore:
    """Signatures of the passages of a workspace, those of one run apart from all others."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of_run(self, run_id: str) -> list[SignatureRow]:
        """Those of passages that a run brought in, in the order in which they were stored."""
        query = _joined(_COLUMNS.signature).where(schema.documents.c.run_id == run_id).order_by(*_PLACE)
        with self._engine.connect() as connection:
            return [SignatureRow(row.id, row.signature, row.group_id) for row in connection.execute(query)]

    def of_others(self, run_id: str) -> Iterator[list[SignatureRow]]:
        """Those of all other passages, some thousands at a time, in no order: to sort millions takes minutes."""
        of_run = select(schema.documents.c.id).where(schema.documents.c.run_id == run_id)
        query = select(_COLUMNS.id, _COLUMNS.signature, _COLUMNS.group_id).where(
            _COLUMNS.signature.is_not(None), _COLUMNS.document_id.not_in(of_run)
        )
        with self._engine.connect() as connection:
            for part in connection.execution_options(yield_per=_AT_ONCE).execute(query).partitions():
                yield [SignatureRow(*row) for row in part]

    def members(
        self, run_id: str, passage_ids: Sequence[str], group_ids: Sequence[str]
    ) -> list[tuple[str, str | None]]:
        """Some passages and all members of some groups, without those of a run: id and group, in the order in which
        they were stored."""
        query = _joined(*_PLACE).where(schema.documents.c.run_id != run_id)
        with self._engine.connect() as connection:
            found: list[Row[Any]] = []
            for condition in (*_each(_COLUMNS.id, passage_ids), *_each(_COLUMNS.group_id, group_ids)):
                found += connection.execute(query.where(condition))
        found.sort(key=lambda row: (row.sequence, row.position))
        return [(row.id, row.group_id) for row in found]


def _joined(*columns: ColumnElement[Any]) -> Select[Any]:
    """Passages with signatures, with their documents."""
    return (
        select(_COLUMNS.id, _COLUMNS.group_id, *columns)
        .join(schema.documents, schema.documents.c.id == _COLUMNS.document_id)
        .where(_COLUMNS.signature.is_not(None))
    )


def _each(column: ColumnElement[Any], values: Sequence[str]) -> Iterator[ColumnElement[bool]]:
    return (column.in_(values[start : start + _FEW]) for start in range(0, len(values), _FEW))
