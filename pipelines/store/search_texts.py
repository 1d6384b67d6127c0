"""What an index of all texts is made from: which passages there are, their texts, and whether any of it changed."""

from __future__ import annotations

import io
import logging
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import BigInteger, Engine, cast, func, select

from pipelines.domain.evidence import Labels
from pipelines.domain.passages import Passage
from pipelines.domain.runs import DocumentSummary, LabelledPassage
from pipelines.store import schema
from pipelines.store.files import write_whole

if TYPE_CHECKING:  # half a second to import
    import numpy as np
    from numpy.typing import NDArray

logger = logging.getLogger(__name__)

Stamp = tuple[object, ...]
"""Differs as soon as the passages that can be found differ; nothing else can be read from it."""

_AT_ONCE = 500
"""Ids in one question to the database; SQLite takes 32,766 and plans many slowly."""


class FindableRow(NamedTuple):
    """A labelled passage, without its text."""

    id: str
    document_id: str
    language: str
    group_id: str | None
    flag: float


class SearchTexts:
    """Labelled passages as an index needs them: many at once and no more of each than is asked for."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def stamp(self) -> Stamp:
        """A stamp of all that was read, labelled and grouped, without going through the passages.

        A document that is read, also once more, leaves its steps with the seconds they took; what a scan does to labels
        and groups counts from the moment it ends.
        """
        runs, documents, steps = schema.runs.c, schema.documents.c, schema.steps.c
        questions = (
            select(func.count(), func.max(runs.started), func.count(runs.finished), func.max(runs.finished)),
            select(func.count(), func.max(documents.sequence)),
            # In milliseconds: a sum of others has other last digits in another order, and PostgreSQL adds up in any.
            select(func.count(), func.sum(cast(func.round(steps.seconds * 1000), BigInteger))),
        )
        with self._engine.connect() as connection:
            return tuple(value for question in questions for value in connection.execute(question).one())

    def rows(self) -> list[FindableRow]:
        """All labelled passages in the order in which they were stored."""
        passages, labels = schema.passages.c, schema.labels.c
        query = (
            select(passages.id, passages.document_id, passages.language, passages.group_id, labels.flag)
            .join(schema.labels, labels.passage_id == passages.id)
            .join(schema.documents, schema.documents.c.id == passages.document_id)
            .order_by(schema.documents.c.sequence, passages.position)
        )
        with self._engine.connect() as connection:
            return [FindableRow(*row) for row in connection.execute(query).all()]

    def themes(self) -> list[tuple[str, str]]:
        """Passage and theme, for each theme of each."""
        return self._pairs(schema.label_themes.c.passage_id, schema.label_themes.c.theme)

    def table_rows(self) -> list[tuple[str, str]]:
        """Passage and row of the table, for each row of each."""
        return self._pairs(schema.label_rows.c.passage_id, schema.label_rows.c.row_id)

    def _pairs(self, *columns: Any) -> list[tuple[str, str]]:
        with self._engine.connect() as connection:
            return [(row[0], row[1]) for row in connection.execute(select(*columns)).all()]

    def texts(self, passage_ids: Sequence[str]) -> dict[str, str]:
        """Text by id of passage; those that are no longer there are left out."""
        passages = schema.passages.c
        found: dict[str, str] = {}
        with self._engine.connect() as connection:
            for some in _in_parts(passage_ids):
                query = select(passages.id, passages.text).where(passages.id.in_(some))
                found.update((row.id, row.text) for row in connection.execute(query))
        return found

    def documents_of(self, passage_ids: Sequence[str]) -> list[str]:
        """Documents that some passages are of, each once."""
        passages = schema.passages.c
        found: dict[str, None] = {}
        with self._engine.connect() as connection:
            for some in _in_parts(passage_ids):
                query = select(passages.document_id).where(passages.id.in_(some)).distinct()
                found |= dict.fromkeys(connection.execute(query).scalars())
        return list(found)

    def labelled(
        self, passage_ids: Sequence[str], documents: Mapping[str, DocumentSummary]
    ) -> dict[str, LabelledPassage]:
        """Passages with labels and group by id; those that are no longer there are left out."""
        passages, labels = schema.passages, schema.labels
        query = select(passages, labels.c.data.label("labels")).join(labels, labels.c.passage_id == passages.c.id)
        found: dict[str, LabelledPassage] = {}
        with self._engine.connect() as connection:
            for some in _in_parts(passage_ids):
                for row in connection.execute(query.where(passages.c.id.in_(some))):
                    if row.document_id in documents:
                        found[row.id] = LabelledPassage(
                            passage=Passage.model_validate({**row.data, "text": row.text}),
                            document=documents[row.document_id],
                            labels=Labels.model_validate(row.labels),
                            group=row.group_id,
                        )
        return found


def _in_parts(ids: Sequence[str]) -> Iterator[list[str]]:
    left = iter(ids)
    while some := list(islice(left, _AT_ONCE)):
        yield some


class SearchFile:
    """An index kept as arrays in ``data/processed/search/<encoder>.npz``, so that the next start need not make it."""

    def __init__(self, folder: Path, encoder: str) -> None:
        self._path = folder / (re.sub(r"[^A-Za-z0-9._-]", "_", encoder) + ".npz")

    def save(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Keep arrays in place of those from before.

        Raises
        ------
        StoreError
            The file cannot be written.
        """
        import numpy as np

        buffer = io.BytesIO()
        np.savez(buffer, allow_pickle=False, **arrays)
        write_whole(self._path, buffer.getvalue())

    def load(self) -> dict[str, np.ndarray] | None:
        """The arrays; ``None`` where there are none or they cannot be read."""
        import numpy as np

        try:
            # All at once: NumPy leaves a file open that is no archive.
            with np.load(io.BytesIO(self._path.read_bytes()), allow_pickle=False) as kept:
                return {name: kept[name] for name in kept.files}
        except FileNotFoundError:
            return None
        # AttributeError: a plain array in place of a collection of arrays.
        except (OSError, ValueError, EOFError, AttributeError, zipfile.BadZipFile, zlib.error) as error:
            logger.warning("the search index cannot be read and is made anew: %s", type(error).__name__)
            return None
