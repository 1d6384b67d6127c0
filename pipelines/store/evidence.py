"""What stands for and against the statements of the table, read from decisions and inbox without reading passages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import PureWindowsPath
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Engine, and_, func, or_, select

from pipelines.domain.decisions import Decision, ItemState, Standing, Verdict, fold_decisions
from pipelines.domain.inbox import InboxItem, Listed
from pipelines.store import schema
from pipelines.store.column_types import among

_AT_ONCE = 500
"""Values in one query; databases take a few thousand at most."""
_ITEM, _STANDING, _DECISION = schema.inbox.c, schema.standings.c, schema.decisions.c
_STATEMENT = _ITEM.data["statement"].as_string()


class Placement(NamedTuple):
    """Where the models put an item."""

    row_id: str | None
    statement_id: str | None
    """The nearest statement."""
    relation: str | None
    column: str | None


@dataclass(frozen=True)
class Place:
    """Where a passage stands, without its text."""

    passage_id: str
    document_id: str
    title: str
    publisher: str | None
    year: int | None
    language: str
    page_first: int | None
    page_last: int | None
    text: str
    """The beginning of the passage."""


@dataclass(frozen=True)
class ReaderCounts:
    """Decisions of one person that were not undone, by verdict; ``last`` is the moment of the latest of all."""

    reviewer: str
    verdicts: dict[Verdict, int]
    n_second: int
    last: datetime

    def n(self, *verdicts: Verdict) -> int:
        """Decisions with one of ``verdicts``."""
        return sum(self.verdicts.get(verdict, 0) for verdict in verdicts)


class EvidenceStore:
    """Reads only."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def states(self) -> dict[str, ItemState]:
        """State of every item on which somebody decided."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(_STANDING.item_id, _STANDING.state))
            return {item_id: ItemState(state) for item_id, state in rows}

    def since(self, sequence: int) -> tuple[int, set[str]]:
        """Number of the latest decision, and the items with decisions after number ``sequence``."""
        query = select(_DECISION.sequence, _DECISION.item_id).where(_DECISION.sequence > sequence)
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
        return max((row[0] for row in rows), default=sequence), {row[1] for row in rows}

    def flagged(self) -> dict[str, Placement]:
        """Where the models put each flagged item of the inbox."""
        column = _ITEM.data["column"].as_string()
        query = select(_ITEM.item_id, _ITEM.row_id, _STATEMENT, _ITEM.relation, column)
        with self._engine.connect() as connection:
            rows = connection.execute(query.where(_ITEM.listed == Listed.FLAGGED.value))
            return {row[0]: Placement(*row[1:]) for row in rows}

    def folded(self, item_ids: Iterable[str]) -> Iterator[tuple[str, Standing]]:
        """Where each of the items stands, with the decisions that count."""
        with self._engine.connect() as connection:
            for chosen in _parts(item_ids):
                for item_id, made in _decisions_of(connection, chosen).items():
                    yield item_id, fold_decisions(made)

    def items_in(self, state: ItemState) -> list[str]:
        """Items in a state, the one decided on last first."""
        return self._items(_STANDING.state == state.value)

    def read_twice(self) -> list[str]:
        """Items that a second reader has read."""
        return self._items(_STANDING.second_reviewer.is_not(None))

    def asked(self) -> list[str]:
        """Items for which a second reading was asked and not given yet."""
        return self._items(_STANDING.asked)

    def _items(self, condition: ColumnElement[bool]) -> list[str]:
        query = select(_STANDING.item_id).where(condition).order_by(_STANDING.decided.desc(), _STANDING.item_id)
        with self._engine.connect() as connection:
            return list(connection.execute(query).scalars())

    def proposed(
        self, *, statement_id: str | None = None, row_id: str | None = None, limit: int, start: int = 0
    ) -> list[InboxItem]:
        """Open flagged items in the order of the inbox: nearest to a statement, or else a new point for a row."""
        new = _ITEM.relation == "new"
        if statement_id is not None:
            chosen = and_(statement_id == _STATEMENT, or_(_ITEM.relation.is_(None), ~new))
        else:
            chosen = and_(_ITEM.row_id == row_id, or_(new, _STATEMENT.is_(None)))
        query = select(_ITEM.data).select_from(_joined()).where(_open(), chosen).order_by(_ITEM.rank)
        with self._engine.connect() as connection:
            found = connection.execute(query.limit(limit).offset(start)).scalars()
            return [InboxItem.model_validate(data) for data in found]

    def decisions(self, decision_ids: Sequence[str]) -> dict[str, Decision]:
        """Decisions by their ids."""
        with self._engine.connect() as connection:
            query = select(_DECISION.id, _DECISION.data).where(among(_DECISION.id, decision_ids))
            return {row.id: Decision.model_validate(row.data) for row in connection.execute(query)}

    def latest(self, number: int) -> tuple[list[Decision], set[str]]:
        """The ``number`` latest decisions, newest first, and the ids of those that were undone."""
        with self._engine.connect() as connection:
            query = select(_DECISION.data).order_by(_DECISION.sequence.desc()).limit(number)
            found = [Decision.model_validate(data) for data in connection.execute(query).scalars()]
            return found, _undone(connection)

    def readers(self) -> list[ReaderCounts]:
        """What each person decided, in alphabetical order of their account names."""
        keys = (_DECISION.reviewer, _DECISION.verdict, _DECISION.role)
        found: dict[str, ReaderCounts] = {}
        with self._engine.connect() as connection:
            undone = _undone(connection)
            gone: dict[tuple[str, str, str], int] = {}
            for chosen in _parts(undone):
                for row in connection.execute(select(*keys).where(_DECISION.id.in_(chosen))):
                    gone[row[0], row[1], row[2]] = gone.get((row[0], row[1], row[2]), 0) + 1
            query = select(*keys, func.count(), func.max(_DECISION.decided)).group_by(*keys)
            # Sorted here: how a database on a server sorts text depends on how it was made.
            for reviewer, verdict, role, n, last in sorted(connection.execute(query).all(), key=tuple):
                kept = n - gone.get((reviewer, verdict, role), 0)
                before = found.get(reviewer, ReaderCounts(reviewer, {}, 0, last))
                verdicts = {**before.verdicts, Verdict(verdict): before.verdicts.get(Verdict(verdict), 0) + kept}
                second = kept if role == "second" and verdict not in (Verdict.UNDO, Verdict.ASK) else 0
                found[reviewer] = ReaderCounts(reviewer, verdicts, before.n_second + second, max(before.last, last))
        return list(found.values())

    def places(self, passage_ids: Iterable[str], characters: int = 240) -> dict[str, Place]:
        """Where passages stand; those that are there no more are absent.

        Parameters
        ----------
        passage_ids
            At most some hundreds: one page of a list.
        characters
            So much of the text.
        """
        passages, documents, paths = schema.passages.c, schema.documents.c, schema.document_paths.c
        query = (
            select(
                passages.id,
                passages.document_id,
                documents.title,
                documents.publisher,
                documents.year,
                passages.language,
                passages.data["page_first"].as_integer().label("page_first"),
                passages.data["page_last"].as_integer().label("page_last"),
                func.substr(passages.text, 1, characters + 1).label("text"),
            )
            .join(schema.documents, documents.id == passages.document_id)
            .where(passages.id.in_(list(passage_ids)))
        )
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
            named = select(paths.document_id, paths.path).where(
                paths.document_id.in_({row.document_id for row in rows})
            )
            # The first is found here: how a database on a server sorts text depends on how it was made.
            path_of = {row[0]: row[1] for row in sorted(connection.execute(named).all(), key=tuple, reverse=True)}
        return {row.id: _as_place(row, path_of.get(row.document_id), characters) for row in rows}


def _parts(ids: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(ids)
    while part := list(islice(rest, _AT_ONCE)):
        yield part


def _joined() -> Any:
    return schema.inbox.outerjoin(schema.standings, _STANDING.item_id == _ITEM.item_id)


def _open() -> ColumnElement[bool]:
    still_open = or_(_STANDING.state.is_(None), _STANDING.state == ItemState.OPEN.value)
    return and_(still_open, _ITEM.listed == Listed.FLAGGED.value)


def _decisions_of(connection: Connection, item_ids: Sequence[str]) -> dict[str, list[Decision]]:
    """Decisions of items in the order of making: those on the item, and those on one of its passages before."""
    passages = schema.passages.c
    owner = {item_id: item_id for item_id in item_ids}
    members = select(passages.id, passages.group_id).where(passages.group_id.in_(item_ids))
    owner |= {row.id: row.group_id for row in connection.execute(members)}
    found: dict[int, tuple[Any, ...]] = {}
    for ids in _parts(owner):
        query = select(_DECISION.sequence, _DECISION.item_id, _DECISION.passage_id, _DECISION.data)
        query = query.where(_DECISION.item_id.in_(ids) | _DECISION.passage_id.in_(ids))
        found |= {row[0]: tuple(row[1:]) for row in connection.execute(query)}
    made: dict[str, list[Decision]] = {}
    for _, (item_id, passage_id, data) in sorted(found.items()):
        decision = Decision.model_validate(data)
        for one in dict.fromkeys(owner[part] for part in (item_id, passage_id) if part in owner):
            made.setdefault(one, []).append(decision)
    return made


def _undone(connection: Connection) -> set[str]:
    query = select(_DECISION.data["undoes"].as_string()).where(_DECISION.verdict == Verdict.UNDO.value)
    return set(connection.execute(query).scalars())


def _as_place(row: Any, path: str | None, characters: int) -> Place:
    text = " ".join(row.text[:characters].split())
    if len(row.text) > characters:
        text = text.rsplit(" ", 1)[0] + "…"
    name = PureWindowsPath(path).name if path else ""
    return Place(
        passage_id=row.id,
        document_id=row.document_id,
        title=" ".join((row.title or "").split()) or name or row.document_id,
        publisher=row.publisher,
        year=row.year,
        language=row.language,
        page_first=row.page_first,
        page_last=row.page_last,
        text=text,
    )
