"""The inbox as the page lists it: filtered, counted and walked through without reading passages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Engine, Select, and_, case, cast, false, func, insert, or_, select

from pipelines.domain.decisions import CONCLUSIVE, ItemState, Verdict
from pipelines.domain.inbox import InboxItem, Listed
from pipelines.store import schema
from pipelines.store.column_types import kept_json
from pipelines.store.inbox_counts import APART, InboxFilter, Overview, count_items
from pipelines.store.writing import writing_alone

_COLUMNS = frozenset(column.name for column in schema.inbox.c) - {"data", "rows", "themes"}
_ITEM, _STANDING = schema.inbox.c, schema.standings.c
_CONCLUSIVE = [verdict.value for verdict in CONCLUSIVE]
_INBOX_LOCK = 7_391_010
"""Number of the lock under which PostgreSQL lets one change of the list follow the other."""
_FLAG_PARTS = 100_000
"""So finely a probability counts in :meth:`InboxStore.stamp`; the sum fits in 63 bits up to ten million items."""


@dataclass(frozen=True)
class ListedItem:
    """An item with where it stands, as far as whoever looks may know."""

    item: InboxItem
    state: ItemState
    turn: int
    reviewer: str | None
    second_asked: bool
    decided: datetime | None


__all__ = ["InboxFilter", "InboxStore", "ListedItem", "Overview"]


class InboxStore:
    """Items of a workspace in the order of their expected use."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def replace(self, items: Iterable[InboxItem]) -> None:
        """Store ``items`` in place of what was there, all or nothing."""
        rows = [_values(item) for item in items]
        with writing_alone(self._engine, _INBOX_LOCK) as connection:
            connection.execute(schema.inbox.delete())
            if rows:
                connection.execute(insert(schema.inbox), rows)

    def add(self, item: InboxItem) -> None:
        """Add an item behind all others; one that is there already stays as it is."""
        with writing_alone(self._engine, _INBOX_LOCK) as connection:
            if connection.execute(select(_ITEM.item_id).where(_ITEM.item_id == item.item_id)).first() is not None:
                return
            last = connection.execute(select(func.coalesce(func.max(_ITEM.rank), 0))).scalar_one()
            connection.execute(insert(schema.inbox), [_values(item.model_copy(update={"rank": last + 1}))])

    def page(self, chosen: InboxFilter, limit: int, after: int = 0) -> list[ListedItem]:
        """``limit`` items in order, those before number ``after`` (counted from 0) left out."""
        query = _order(_narrow(_all(chosen.viewer), chosen)).limit(limit).offset(after)
        with self._engine.connect() as connection:
            return [_as_listed(row) for row in connection.execute(query)]

    def count(self, chosen: InboxFilter) -> int:
        """Number of items that match."""
        query = _narrow(select(func.count()).select_from(_joined()), chosen)
        with self._engine.connect() as connection:
            return int(connection.execute(query).scalar_one())

    def overview(self, chosen: InboxFilter) -> Overview:
        """Numbers of items by state, and by the values of each filter."""
        blind = case((_is_blind(chosen.viewer), 1), else_=0)
        columns = (_STANDING.state, blind, *_FACETS.values(), *_MANY.values())
        query = select(func.count(), *columns).select_from(_joined()).group_by(*columns)
        with self._engine.connect() as connection:
            kinds = [(row[0], tuple(row[1:])) for row in connection.execute(query)]
        return count_items(kinds, chosen, tuple(_FACETS), tuple(_MANY))

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
        # Of whole numbers: a sum of others has other last digits in another order, and PostgreSQL adds up in any.
        mixed = cast(_ITEM.flag * _FLAG_PARTS, BigInteger) * _ITEM.rank
        query = select(func.count(), func.coalesce(func.max(_ITEM.run_id), ""), func.sum(mixed))
        with self._engine.connect() as connection:
            count, run, total = connection.execute(query).one()
        return int(count), hash((run, total))

    def is_empty(self) -> bool:
        """Whether nothing is in it."""
        with self._engine.connect() as connection:
            return connection.execute(select(_ITEM.item_id).limit(1)).first() is None

    def flags(self) -> list[tuple[str, Listed, float]]:
        """Item, why it is listed and its probability, in order."""
        query = select(_ITEM.item_id, _ITEM.listed, _ITEM.flag).order_by(_ITEM.rank)
        with self._engine.connect() as connection:
            return [(item_id, Listed(listed), flag) for item_id, listed, flag in connection.execute(query)]

    def verdicts(self) -> dict[str, bool]:
        """Items on which somebody came to a conclusion that stands, and whether it is evidence."""
        query = select(_STANDING.item_id, _STANDING.verdict).where(_STANDING.verdict.in_(_CONCLUSIVE))
        with self._engine.connect() as connection:
            return {item_id: verdict != Verdict.REJECT.value for item_id, verdict in connection.execute(query)}


_FACETS: dict[str, Any] = {
    "listed": _ITEM.listed,
    "relation": _ITEM.relation,
    "kind": _ITEM.evidence_kind,
    "language": _ITEM.language,
    "publisher": _ITEM.publisher,
    "run": _ITEM.run_id,
    "reviewer": _STANDING.reviewer,
}
_MANY = {"row": _ITEM.rows, "theme": _ITEM.themes}
"""Fields of which an item has several values."""


def _joined() -> Any:
    return schema.inbox.outerjoin(schema.standings, _STANDING.item_id == _ITEM.item_id)


def _all(viewer: str | None = None) -> Select[*tuple[Any, ...]]:
    return select(
        _ITEM.data,
        _STANDING.state,
        _STANDING.turn,
        _STANDING.reviewer,
        _STANDING.asked,
        _STANDING.decided,
        case((_is_blind(viewer), 1), else_=0).label("blind"),
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
    for name, column in _MANY.items():
        value = getattr(chosen, name)
        if value is not None:
            query = query.where(column.contains(f" {value} ", autoescape=True))
    if chosen.reviewer is not None:
        query = query.where(~_is_blind(chosen.viewer))
    condition = _in_state(chosen)
    return query if condition is None else query.where(condition)


def _in_state(chosen: InboxFilter) -> ColumnElement[bool] | None:
    if chosen.state == "all":
        return None
    if chosen.state in ("todo", *APART):
        listed = _ITEM.listed.not_in(APART) if chosen.state == "todo" else _ITEM.listed == chosen.state
        still_open = or_(_STANDING.state.is_(None), _STANDING.state == ItemState.OPEN.value)
        return and_(still_open, listed)
    if chosen.state == "second":
        return _is_blind(chosen.viewer)
    seen = ~_is_blind(chosen.viewer)
    if chosen.state == "decided":
        return and_(_STANDING.state.in_([ItemState.ACCEPTED.value, ItemState.REJECTED.value]), seen)
    return and_(_STANDING.state == chosen.state, seen)


def _is_blind(viewer: str | None) -> ColumnElement[bool]:
    """Whether ``viewer`` is asked to read an item second and must not see the first decision on it.

    The same as :func:`pipelines.review.deciding.reads_blind`, which knows the decisions themselves.
    """
    if viewer is None:
        return false()
    asked_of, first = _STANDING.asked_of, _STANDING.first_reviewer
    return and_(
        func.coalesce(_STANDING.asked, false()),
        _STANDING.asked_by != viewer,
        or_(asked_of.is_(None), asked_of == viewer),
        or_(first.is_(None), first != viewer),
    )


def _values(item: InboxItem) -> dict[str, Any]:
    values = {name: getattr(item, name) for name in _COLUMNS}
    words = {name: f" {' '.join(getattr(item, name))} " for name in ("rows", "themes")}
    return {**values, **words, "listed": item.listed.value, "data": kept_json(item.model_dump(mode="json"))}


def _as_listed(row: Any) -> ListedItem:
    return ListedItem(
        item=InboxItem.model_validate(row.data),
        state=ItemState.OPEN if row.blind else ItemState(row.state or ItemState.OPEN),
        turn=row.turn or 0,
        reviewer=None if row.blind else row.reviewer,
        second_asked=bool(row.asked),
        decided=row.decided,
    )
