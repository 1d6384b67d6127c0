"""The inbox as the page lists it: filtered, counted and walked through without reading passages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Engine, Select, and_, func, insert, or_, select

from pipelines.domain.decisions import CONCLUSIVE, ItemState, Verdict
from pipelines.domain.inbox import InboxItem, Listed
from pipelines.store import schema

_COLUMNS = frozenset(column.name for column in schema.inbox.c) - {"data"}
_ITEM, _STANDING = schema.inbox.c, schema.standings.c
_CONCLUSIVE = [verdict.value for verdict in CONCLUSIVE]


@dataclass(frozen=True)
class InboxFilter:
    """Which items; every field that is given narrows the choice."""

    state: str = "todo"
    """``todo`` (open and not of the sample), ``sample`` (open and of it), ``later``, ``accepted``, ``rejected``,
    ``disagreement``, ``second`` (second readings that ``viewer`` may give), ``decided`` or ``all``."""
    viewer: str | None = None
    """Account that looks."""
    listed: str | None = None
    row: str | None = None
    theme: str | None = None
    relation: str | None = None
    kind: str | None = None
    language: str | None = None
    publisher: str | None = None
    run: str | None = None
    reviewer: str | None = None

    def without(self, name: str) -> InboxFilter:
        """The same filter with one field left open."""
        return replace(self, **{name: None})


@dataclass(frozen=True)
class ListedItem:
    """An item with where it stands."""

    item: InboxItem
    state: ItemState
    turn: int
    reviewer: str | None
    second_asked: bool
    decided: datetime | None


@dataclass(frozen=True)
class ReadItem:
    """What an estimate of the rest needs of an item."""

    flag: float
    listed: Listed
    relevant: bool | None
    """``None`` while nobody came to a conclusion."""


class InboxStore:
    """Items of a workspace in the order of their expected use."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def replace(self, items: Iterable[InboxItem]) -> None:
        """Store ``items`` in place of what was there, all or nothing."""
        rows = [
            {
                **{name: getattr(item, name) for name in _COLUMNS},
                "listed": item.listed.value,
                "data": item.model_dump(mode="json"),
            }
            for item in items
        ]
        with self._engine.begin() as connection:
            connection.execute(schema.inbox.delete())
            if rows:
                connection.execute(insert(schema.inbox), rows)

    def page(self, chosen: InboxFilter, limit: int, after: int = 0) -> list[ListedItem]:
        """``limit`` items in order, those before number ``after`` (counted from 0) left out."""
        query = _order(_narrow(_all(), chosen)).limit(limit).offset(after)
        with self._engine.connect() as connection:
            return [_as_listed(row) for row in connection.execute(query)]

    def count(self, chosen: InboxFilter) -> int:
        """Number of items that match."""
        query = _narrow(select(func.count()).select_from(_joined()), chosen)
        with self._engine.connect() as connection:
            return int(connection.execute(query).scalar_one())

    def counts(self, chosen: InboxFilter) -> dict[str, dict[str, int]]:
        """For each field that can be filtered: how many items each value would leave, the other filters kept."""
        found: dict[str, dict[str, int]] = {}
        with self._engine.connect() as connection:
            for name, column in _FACETS.items():
                query = select(column, func.count()).select_from(_joined())
                query = _narrow(query, chosen.without(name)).group_by(column)
                found[name] = {row[0]: row[1] for row in connection.execute(query) if row[0] is not None}
            for name, table, column in _FACETS_OF_LABELS:
                query = select(column, func.count()).select_from(
                    _joined().join(table, table.c.passage_id == _ITEM.passage_id)
                )
                query = _narrow(query, chosen.without(name)).group_by(column)
                found[name] = {row[0]: row[1] for row in connection.execute(query)}
        return found

    def states(self, chosen: InboxFilter) -> dict[str, int]:
        """Number of items in each state that can be asked for, the other filters kept; as a page names them."""
        return {state: self.count(replace(chosen, state=state)) for state in _STATES}

    def get(self, item_id: str) -> ListedItem | None:
        """One item, if it is in the inbox."""
        with self._engine.connect() as connection:
            row = connection.execute(_all().where(_ITEM.item_id == item_id)).first()
        return None if row is None else _as_listed(row)

    def next_to(self, item_id: str, chosen: InboxFilter, *, forward: bool = True) -> str | None:
        """The passage that stands for the item after (or before) ``item_id`` in the order of the list.

        The item itself need not match the filter any more: it was just decided on.
        """
        with self._engine.connect() as connection:
            here = connection.execute(select(_ITEM.rank).where(_ITEM.item_id == item_id)).scalar()
            query = _narrow(select(_ITEM.passage_id).select_from(_joined()), chosen).where(_ITEM.item_id != item_id)
            if here is not None:
                query = query.where(_ITEM.rank > here if forward else _ITEM.rank < here)
            order = _ITEM.rank if forward else _ITEM.rank.desc()
            return connection.execute(query.order_by(order).limit(1)).scalar()

    def first(self, chosen: InboxFilter, *, except_item: str) -> str | None:
        """The passage that stands for the first item that matches, another than ``except_item``."""
        query = _narrow(select(_ITEM.passage_id).select_from(_joined()), chosen).where(_ITEM.item_id != except_item)
        with self._engine.connect() as connection:
            return connection.execute(query.order_by(_ITEM.rank).limit(1)).scalar()

    def stamp(self) -> tuple[int, int]:
        """Something that differs, in all likelihood, when the inbox was made anew."""
        query = select(func.count(), func.coalesce(func.max(_ITEM.run_id), ""), func.sum(_ITEM.flag * _ITEM.rank))
        with self._engine.connect() as connection:
            count, run, mixed = connection.execute(query).one()
        return int(count), hash((run, mixed))

    def is_empty(self) -> bool:
        """Whether nothing is in it."""
        with self._engine.connect() as connection:
            return connection.execute(select(_ITEM.item_id).limit(1)).first() is None

    def readings(self) -> list[ReadItem]:
        """All flagged items and those of the sample, in order, each with the verdict that stands (if any)."""
        query = select(_ITEM.flag, _ITEM.listed, _STANDING.verdict).select_from(_joined()).order_by(_ITEM.rank)
        with self._engine.connect() as connection:
            return [
                ReadItem(flag, Listed(listed), None if verdict not in _CONCLUSIVE else verdict != Verdict.REJECT.value)
                for flag, listed, verdict in connection.execute(query)
            ]

    def publishers(self) -> list[str]:
        """Publishers of the items, in alphabetical order."""
        query = select(_ITEM.publisher).where(_ITEM.publisher.is_not(None)).distinct().order_by(_ITEM.publisher)
        with self._engine.connect() as connection:
            return [str(name) for name in connection.execute(query).scalars()]

    def of_statement(self, statement_id: str) -> list[str]:
        """Items whose standing decision holds that they bear on a statement."""
        return self._held(_STANDING.statement_id == statement_id)

    def _held(self, chosen: ColumnElement[bool]) -> list[str]:
        query = select(_STANDING.item_id).where(chosen, _STANDING.state == ItemState.ACCEPTED.value)
        with self._engine.connect() as connection:
            return list(connection.execute(query.order_by(_STANDING.decided.desc())).scalars())


_FACETS: dict[str, Any] = {
    "listed": _ITEM.listed,
    "relation": _ITEM.relation,
    "kind": _ITEM.evidence_kind,
    "language": _ITEM.language,
    "publisher": _ITEM.publisher,
    "run": _ITEM.run_id,
    "reviewer": _STANDING.reviewer,
}
_FACETS_OF_LABELS = (
    ("theme", schema.label_themes, schema.label_themes.c.theme),
    ("row", schema.label_rows, schema.label_rows.c.row_id),
)
_STATES = ("todo", "sample", "second", "later", "disagreement", "accepted", "rejected", "all")


def _joined() -> Any:
    return schema.inbox.outerjoin(schema.standings, _STANDING.item_id == _ITEM.item_id)


def _all() -> Select[*tuple[Any, ...]]:
    return select(
        _ITEM.data,
        _STANDING.state,
        _STANDING.turn,
        _STANDING.reviewer,
        _STANDING.asked,
        _STANDING.decided,
    ).select_from(_joined())


def _order(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return query.order_by(_ITEM.rank)


def _narrow(query: Select[*tuple[Any, ...]], chosen: InboxFilter) -> Select[*tuple[Any, ...]]:
    wanted: Sequence[tuple[Any, str | None]] = [
        *((column, getattr(chosen, name)) for name, column in _FACETS.items()),
    ]
    for column, value in wanted:
        if value is not None:
            query = query.where(column == value)
    for name, table, column in _FACETS_OF_LABELS:
        value = getattr(chosen, name)
        if value is not None:
            query = query.where(_ITEM.passage_id.in_(select(table.c.passage_id).where(column == value)))
    condition = _in_state(chosen)
    return query if condition is None else query.where(condition)


def _in_state(chosen: InboxFilter) -> ColumnElement[bool] | None:
    if chosen.state == "all":
        return None
    if chosen.state in ("todo", "sample"):
        of_sample = _ITEM.listed == Listed.SAMPLE.value
        still_open = or_(_STANDING.state.is_(None), _STANDING.state == ItemState.OPEN.value)
        return and_(still_open, of_sample if chosen.state == "sample" else ~of_sample)
    if chosen.state == "second":
        mine = or_(_STANDING.asked_of.is_(None), _STANDING.asked_of == chosen.viewer)
        others = or_(_STANDING.reviewer.is_(None), _STANDING.reviewer != chosen.viewer)
        return and_(_STANDING.asked, mine, others, _STANDING.asked_by != chosen.viewer)
    if chosen.state == "decided":
        return _STANDING.state.in_([ItemState.ACCEPTED.value, ItemState.REJECTED.value])
    return _STANDING.state == chosen.state


def _as_listed(row: Any) -> ListedItem:
    return ListedItem(
        item=InboxItem.model_validate(row.data),
        state=ItemState(row.state or ItemState.OPEN),
        turn=row.turn or 0,
        reviewer=row.reviewer,
        second_asked=bool(row.asked),
        decided=row.decided,
    )
