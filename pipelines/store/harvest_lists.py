"""Items of sources as lists show them: some at a time, narrowed and in order, without reading all the others."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Engine, Select, and_, func, or_, select

from pipelines.domain.sources import HarvestItem, ItemState
from pipelines.store import schema

_ITEM = schema.harvest_items.c


class ItemOrder(StrEnum):
    """What comes first."""

    NEWEST = "newest"
    """What was seen last for the first time."""
    RELEVANT = "relevant"
    """What the first relevance pass finds most relevant; what it did not judge comes last."""
    TITLE = "title"


@dataclass(frozen=True)
class ItemFilter:
    """Which items; every field that is given narrows the choice."""

    source: str | None = None
    state: ItemState | None = None
    words: str = ""
    """All of these must be in the title, or all in the publisher, or all in the names of the authors."""


def count_by_source(engine: Engine) -> dict[str, dict[ItemState, int]]:
    """Source -> state -> number of items."""
    query = select(_ITEM.source_id, _ITEM.state, func.count()).group_by(_ITEM.source_id, _ITEM.state)
    found: dict[str, dict[ItemState, int]] = {}
    with engine.connect() as connection:
        # Sorted here: how a database on a server sorts text depends on how it was made.
        for source_id, state, n in sorted(connection.execute(query).all(), key=tuple):
            found.setdefault(source_id, {})[ItemState(state)] = n
    return found


def count_items(engine: Engine, chosen: ItemFilter) -> int:
    """Number of items that match."""
    with engine.connect() as connection:
        return int(
            connection.execute(_narrow(select(func.count()).select_from(schema.harvest_items), chosen)).scalar_one()
        )


def page_items(engine: Engine, chosen: ItemFilter, limit: int, start: int, order: ItemOrder) -> list[HarvestItem]:
    """``limit`` items that match in ``order``, the first ``start`` left out."""
    query = _narrow(select(_ITEM.data), chosen).order_by(*_ORDERS[order], _ITEM.id).limit(limit).offset(start)
    with engine.connect() as connection:
        return [HarvestItem.model_validate(data) for data in connection.execute(query).scalars()]


_ORDERS: dict[ItemOrder, tuple[Any, ...]] = {
    ItemOrder.NEWEST: (_ITEM.first_seen.desc(),),
    ItemOrder.RELEVANT: (func.coalesce(_ITEM.relevance, -1.0).desc(), _ITEM.first_seen.desc()),
    # Letters and figures alone, in small type: sorted alike by both databases.
    ItemOrder.TITLE: (_ITEM.title_key,),
}


def _narrow(query: Select[*tuple[Any, ...]], chosen: ItemFilter) -> Select[*tuple[Any, ...]]:
    if chosen.source is not None:
        query = query.where(_ITEM.source_id == chosen.source)
    if chosen.state is not None:
        query = query.where(_ITEM.state == chosen.state.value)
    words = chosen.words.split()
    if words:
        title = _ITEM.data[("found", "title")].as_string()
        publisher = _ITEM.data[("found", "publisher")].as_string()
        # Authors are a list, which comes as the JSON that was stored: with escapes for all that is not ASCII.
        authors = _ITEM.data[("found", "authors")].as_string()
        escaped = [json.dumps(word)[1:-1] for word in words]
        query = query.where(or_(_all_in(title, words), _all_in(publisher, words), _all_in(authors, escaped)))
    return query


def _all_in(column: ColumnElement[Any], words: list[str]) -> ColumnElement[bool]:
    return and_(*(column.icontains(word, autoescape=True) for word in words))
