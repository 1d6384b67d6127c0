"""Passages with labels, groups of near-duplicates and topics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, func, select, update

from pipelines.domain.evidence import FLAGGED_FROM, Labels, LabelsInBrief
from pipelines.domain.passages import DuplicateGroup, Passage
from pipelines.domain.runs import DocumentSummary, LabelledPassage
from pipelines.store import schema
from pipelines.store.column_types import among
from pipelines.store.documents import delete_labels, save_labels
from pipelines.store.passage_rows import (
    PassageFilter,
    all_in_brief,
    all_labelled,
    all_passages,
    as_brief,
    as_labelled,
    as_passage,
    in_order,
    narrowed,
)

__all__ = ["PassageFilter", "PassagePlace", "PassageStore"]

_PART = 500
_MANY = 10_000
"""Rows in memory where all labels are read."""


@dataclass(frozen=True)
class PassagePlace:
    """A passage without its text."""

    passage_id: str
    document_id: str
    position: int
    group_id: str | None

    @property
    def item_id(self) -> str:
        """What is decided at once: the group of near-duplicates, else the passage."""
        return self.group_id or self.passage_id


class PassageStore:
    """Passages of a workspace, always in the order in which they were stored."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def find(
        self,
        documents: Mapping[str, DocumentSummary],
        chosen: PassageFilter | None = None,
        topics: Mapping[str, str] | None = None,
        *,
        terms: bool = True,
    ) -> Iterator[LabelledPassage]:
        """Passages that match, with their documents, labels, group and (where given) topic.

        Parameters
        ----------
        documents
            Summaries by document id; passages of other documents are left out.
        chosen
            Narrows the choice; all passages if ``None``.
        topics
            Passage id -> topic id.
        terms
            Whether labels say which words carried them, most of what is parsed.
        """
        query = in_order(narrowed(all_labelled(), chosen or PassageFilter()))
        with (
            self._engine.connect() as connection,
            connection.execution_options(yield_per=1000).execute(query) as found,  # who asks may stop before the end
        ):
            for row in found:
                if row.document_id in documents:
                    yield as_labelled(row, documents, (topics or {}).get(row.id), terms=terms)

    def in_brief(self, document_ids: Sequence[str] | None = None) -> Iterator[tuple[str, str, LabelsInBrief | None]]:
        """What is counted of passages that :attr:`PassageFilter.shown` leaves out, of some documents or of all.

        Each is the ids of passage and document, and its labels; ``None`` for one without labels.
        """
        query = in_order(narrowed(all_in_brief(), PassageFilter(document_ids=document_ids)))
        with (
            self._engine.connect() as connection,
            connection.execution_options(yield_per=1000).execute(query) as found,
        ):
            for row in found:
                yield row.id, row.document_id, as_brief(row.labels)

    def labelled(self, passage_id: str, documents: Mapping[str, DocumentSummary]) -> LabelledPassage | None:
        """One passage with its labels; ``None`` where there is none, or its document is not in ``documents``."""
        with self._engine.connect() as connection:
            row = connection.execute(all_labelled().where(schema.passages.c.id == passage_id)).first()
        return None if row is None or row.document_id not in documents else as_labelled(row, documents)

    def place(self, passage_id: str) -> PassagePlace | None:
        """Where a passage stands and to which item it belongs; ``None`` where there is no such passage."""
        columns = schema.passages.c
        query = select(columns.id, columns.document_id, columns.position, columns.group_id)
        with self._engine.connect() as connection:
            row = connection.execute(query.where(columns.id == passage_id)).first()
        return None if row is None else PassagePlace(*row)

    def members(self, item_id: str) -> list[PassagePlace]:
        """Passages of an item, in the order in which they were stored: those of a group, or the passage itself."""
        columns = schema.passages.c
        query = in_order(
            select(columns.id, columns.document_id, columns.position, columns.group_id)
            .join(schema.documents, schema.documents.c.id == columns.document_id)
            .where((columns.group_id == item_id) | ((columns.id == item_id) & columns.group_id.is_(None)))
        )
        with self._engine.connect() as connection:
            return [PassagePlace(*row) for row in connection.execute(query)]

    def around(self, document_id: str, position: int, reach: int) -> list[Passage]:
        """Passages of a document that stand at most ``reach`` places from ``position``, in order."""
        columns = schema.passages.c
        query = all_passages().where(
            columns.document_id == document_id, columns.position.between(position - reach, position + reach)
        )
        with self._engine.connect() as connection:
            return [as_passage(row) for row in connection.execute(query.order_by(columns.position))]

    def items(self) -> dict[str, str]:
        """Passage id -> group id, of the passages that are in a group."""
        columns = schema.passages.c
        query = select(columns.id, columns.group_id).where(columns.group_id.is_not(None))
        with self._engine.connect() as connection:
            return {row.id: row.group_id for row in connection.execute(query)}

    def group_sizes(self) -> dict[str, int]:
        """Number of passages of each group."""
        columns = schema.passages.c
        query = select(columns.group_id, func.count()).where(columns.group_id.is_not(None)).group_by(columns.group_id)
        with self._engine.connect() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    def unflagged_items(self) -> Iterator[tuple[str, float]]:
        """Items of labelled passages that were not flagged, each with the highest probability of its passages.

        In no order, and never all at once: of those in no group there may be millions.
        """
        groups, highest = self.items(), dict[str, float]()
        for passage_id, flag in self._flags():
            group_id = groups.get(passage_id)
            if group_id is not None:
                highest[group_id] = max(flag, highest.get(group_id, flag))
            elif flag < FLAGGED_FROM:
                yield passage_id, flag
        yield from ((group_id, flag) for group_id, flag in highest.items() if flag < FLAGGED_FROM)

    def _flags(self) -> Iterator[tuple[str, float]]:
        # No more than an index holds: a join would look at each passage with its text.
        query = select(schema.labels.c.passage_id, schema.labels.c.flag)
        with self._engine.connect() as connection:
            for part in connection.execution_options(yield_per=_MANY).execute(query).partitions():
                yield from ((row[0], row[1]) for row in part)

    def stamp(self) -> str:
        """Something that differs when documents were read or groups changed; the same in every process."""
        columns = schema.passages.c
        grouped = select(func.count(), func.count(columns.group_id.distinct())).where(columns.group_id.is_not(None))
        with self._engine.connect() as connection:
            n_passages = connection.execute(select(func.count()).select_from(schema.passages)).scalar_one()
            n_steps = connection.execute(select(func.count()).select_from(schema.steps)).scalar_one()
            return " ".join(str(n) for n in (n_passages, *connection.execute(grouped).one(), n_steps))

    def by_id(self, passage_ids: Sequence[str]) -> dict[str, Passage]:
        """Passages by id; those that are there no more are absent."""
        found: dict[str, Passage] = {}
        with self._engine.connect() as connection:
            for start in range(0, len(passage_ids), _PART):
                part = schema.passages.c.id.in_(passage_ids[start : start + _PART])
                rows = connection.execute(all_passages().where(part))
                found |= {row.id: as_passage(row) for row in rows}
        return found

    def documents_of(self, group_ids: Sequence[str]) -> dict[str, list[str]]:
        """Documents of each group, in the order in which they came in."""
        columns, found = schema.passages.c, dict[str, list[str]]()
        with self._engine.connect() as connection:
            for start in range(0, len(group_ids), _PART):
                query = (
                    select(columns.group_id, columns.document_id)
                    .join(schema.documents, schema.documents.c.id == columns.document_id)
                    .where(columns.group_id.in_(group_ids[start : start + _PART]))
                    .order_by(schema.documents.c.sequence)
                )
                for group_id, document_id in connection.execute(query):
                    of_group = found.setdefault(group_id, [])
                    if document_id not in of_group:
                        of_group.append(document_id)
        return found

    def homes(self, passage_ids: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Id and document of those of some passages that are there."""
        columns = schema.passages.c
        with self._engine.connect() as connection:
            for start in range(0, len(passage_ids), _PART):
                part = columns.id.in_(passage_ids[start : start + _PART])
                yield from (
                    (row[0], row[1]) for row in connection.execute(select(columns.id, columns.document_id).where(part))
                )

    def any_flagged(self) -> bool:
        """Whether any passage is flagged."""
        query = select(schema.labels.c.passage_id).where(schema.labels.c.flag >= FLAGGED_FROM).limit(1)
        with self._engine.connect() as connection:
            return connection.execute(query).first() is not None

    def firsts_of(
        self, item_ids: Sequence[str], documents: Mapping[str, DocumentSummary]
    ) -> dict[str, LabelledPassage]:
        """Item id -> the passage of it that was stored first, of those in ``documents``; in the order of the ids."""
        columns = schema.passages.c
        chosen: dict[str, str] = {}
        found: dict[str, LabelledPassage] = {}
        with self._engine.connect() as connection:
            for start in range(0, len(item_ids), _PART):
                part = item_ids[start : start + _PART]
                places = (
                    select(columns.id, columns.document_id, columns.group_id)
                    .join(schema.documents, schema.documents.c.id == columns.document_id)
                    .where(columns.group_id.in_(part) | (columns.id.in_(part) & columns.group_id.is_(None)))
                )
                for row in connection.execute(in_order(places)):
                    if row.document_id in documents:
                        chosen.setdefault(row.group_id or row.id, row.id)
                firsts = [chosen[item_id] for item_id in part if item_id in chosen]
                for row in connection.execute(all_labelled().where(columns.id.in_(firsts))):
                    found[row.group_id or row.id] = as_labelled(row, documents)
        return {item_id: found[item_id] for item_id in item_ids if item_id in found}

    def get(self, document_id: str) -> list[Passage]:
        """Passages of one document, in order."""
        query = all_passages().where(schema.passages.c.document_id == document_id)
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(schema.passages.c.position)).all()
        return [as_passage(row) for row in rows]

    def save_groups(self, groups: Sequence[DuplicateGroup]) -> None:
        """Store groups, each as the group of all its members; a group with one member left is no group."""
        columns = schema.passages.c
        alone = (
            select(columns.group_id)
            .where(columns.group_id.is_not(None))
            .group_by(columns.group_id)
            .having(func.count() == 1)
        )
        with self._engine.begin() as connection:
            for group in groups:
                members = update(schema.passages).where(among(columns.id, group.passage_ids))
                connection.execute(members.values(group_id=group.id))
            left = list(connection.execute(alone).scalars())
            # In parts: a statement of PostgreSQL holds no more than 65,535 values.
            for start in range(0, len(left), _PART):
                part = columns.group_id.in_(left[start : start + _PART])
                connection.execute(update(schema.passages).where(part).values(group_id=None))

    def count_labelled(self) -> int:
        """Number of labelled passages."""
        with self._engine.connect() as connection:
            return connection.execute(select(func.count()).select_from(schema.labels)).scalar_one()

    def n_labelled(self, document_ids: Sequence[str]) -> dict[str, int]:
        """Labelled passages of each of some documents that has any, in the order of ``document_ids``."""
        columns, found = schema.passages.c, dict[str, int]()
        query = (
            select(columns.document_id, func.count())
            .join(schema.labels, schema.labels.c.passage_id == columns.id)
            .group_by(columns.document_id)
        )
        with self._engine.connect() as connection:
            for start in range(0, len(document_ids), _PART):
                part = document_ids[start : start + _PART]
                of_part = {row[0]: row[1] for row in connection.execute(query.where(columns.document_id.in_(part)))}
                found |= {one: of_part[one] for one in part if one in of_part}
        return found

    def outdated(self, model_version: str, table_version: str) -> list[str]:
        """Ids of documents with labels of another model or table version, in order of arrival."""
        labels = schema.labels.c
        if not self._any_labels(model_version, table_version):
            return []
        query = (
            select(schema.documents.c.id)
            .join(schema.passages, schema.passages.c.document_id == schema.documents.c.id)
            .join(schema.labels, labels.passage_id == schema.passages.c.id)
            .where((labels.model_version != model_version) | (labels.table_version != table_version))
            .group_by(schema.documents.c.id, schema.documents.c.sequence)
            .order_by(schema.documents.c.sequence)
        )
        with self._engine.connect() as connection:
            return list(connection.execute(query).scalars())

    def _any_labels(self, model_version: str, table_version: str) -> bool:
        """Whether there are labels of another model or table version, as every scan asks."""
        labels = schema.labels.c
        same = labels.model_version == model_version
        # Less or greater, one by one: then an index tells, without a look at the labels that are as they should be.
        others = (
            labels.model_version < model_version,
            labels.model_version > model_version,
            same & (labels.table_version < table_version),
            same & (labels.table_version > table_version),
        )
        with self._engine.connect() as connection:
            found = (connection.execute(select(labels.passage_id).where(other).limit(1)).first() for other in others)
            return any(one is not None for one in found)

    def relabel(self, document_id: str, labels: Sequence[Labels]) -> None:
        """Replace the labels of one document's passages."""
        with self._engine.begin() as connection:
            delete_labels(connection, document_id)
            save_labels(connection, labels)
