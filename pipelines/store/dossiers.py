"""Passages that may belong to a dossier, without going through all that there are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Engine, select

from pipelines.domain.runs import DocumentSummary, LabelledPassage
from pipelines.store import schema
from pipelines.store.passage_rows import all_labelled, as_labelled, in_order

_AT_ONCE = 500
"""Ids in one question to the database."""


class DossierPassages:
    """Reads only."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of_row(self, row_id: str, limit: int) -> list[str]:
        """Passages labelled with a row of the table, the most surely flagged first; at most ``limit``."""
        rows = schema.label_rows.c
        return self._flagged_first(schema.label_rows, rows.passage_id, rows.row_id == row_id, limit)

    def of_theme(self, theme: str, limit: int) -> list[str]:
        """The same of a theme."""
        themes = schema.label_themes.c
        return self._flagged_first(schema.label_themes, themes.passage_id, themes.theme == theme, limit)

    def _flagged_first(self, table: Any, passage_id: Any, chosen: Any, limit: int) -> list[str]:
        labels = schema.labels.c
        query = (
            select(passage_id)
            .select_from(table.join(schema.labels, labels.passage_id == passage_id))
            .where(chosen)
            .order_by(labels.flag.desc(), passage_id)
            .limit(limit)
        )
        with self._engine.connect() as connection:
            return list(connection.execute(query).scalars())

    def with_duplicates(self, passage_ids: Iterable[str]) -> list[str]:
        """Passages, each once, with the near-duplicates of each."""
        passages = schema.passages.c
        found: dict[str, None] = dict.fromkeys(passage_ids)
        groups: dict[str, None] = {}
        with self._engine.connect() as connection:
            for some in _in_parts(found):
                query = select(passages.group_id).where(passages.id.in_(some), passages.group_id.is_not(None))
                groups |= dict.fromkeys(connection.execute(query).scalars())
            for some in _in_parts(groups):
                members = select(passages.id).where(passages.group_id.in_(some)).order_by(passages.id)
                found |= dict.fromkeys(connection.execute(members).scalars())
        return list(found)

    def labelled(
        self, passage_ids: Sequence[str], documents: Mapping[str, DocumentSummary]
    ) -> Iterator[LabelledPassage]:
        """Those of some passages that are labelled and of ``documents``."""
        with self._engine.connect() as connection:
            for some in _in_parts(passage_ids):
                query = all_labelled().where(schema.passages.c.id.in_(some), schema.labels.c.passage_id.is_not(None))
                for row in connection.execute(in_order(query)):
                    if row.document_id in documents:
                        yield as_labelled(row, documents)


def _in_parts(ids: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(ids)
    while part := list(islice(rest, _AT_ONCE)):
        yield part
