"""Items of sources as lists show them: some at a time, narrowed and in order, without reading all the others."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Any

from sqlalchemy import Engine, Select, func, select

from pipelines.domain.sources import HarvestItem, ItemState
from pipelines.domain.titles import folded
from pipelines.store import schema

_ITEM = schema.harvest_items.c
_AT_ONCE = 1000


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
    """All of these must be in the title, or all in the publisher, or all in the names of the authors.

    Accents and capitals do not matter; signs are not sought.
    """


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
    if chosen.words.split():
        return sum(1 for _ in _worded(engine, chosen, ItemOrder.NEWEST))
    with engine.connect() as connection:
        query = _narrow(select(func.count()).select_from(schema.harvest_items), chosen)
        return int(connection.execute(query).scalar_one())


def page_items(engine: Engine, chosen: ItemFilter, limit: int, start: int, order: ItemOrder) -> list[HarvestItem]:
    """``limit`` items that match in ``order``, the first ``start`` left out."""
    query = _narrow(select(_ITEM.data), chosen).order_by(*_ORDERS[order], _ITEM.id)
    if chosen.words.split():
        wanted = list(islice(_worded(engine, chosen, order), start, start + limit))
        query = query.where(_ITEM.id.in_(wanted))
    else:
        query = query.limit(limit).offset(start)
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
    return query


def _worded(engine: Engine, chosen: ItemFilter, order: ItemOrder) -> Iterator[str]:
    """Ids of items with the words that are sought, in ``order``.

    Looked at one by one: neither database tells letters with accents from those without in the same way, and names of
    authors are a list within JSON. 20,000 items take a third of a second.
    """
    words = folded(chosen.words).split()
    fields = [_ITEM.data[("found", name)].as_string() for name in ("title", "publisher", "authors")]
    query = _narrow(select(_ITEM.id, *fields), chosen).order_by(*_ORDERS[order], _ITEM.id)
    with (
        engine.connect() as connection,
        connection.execute(query.execution_options(yield_per=_AT_ONCE)) as found,  # a page stops before the end
    ):
        for one, title, publisher, authors in found:
            texts = (title or "", publisher or "", "; ".join(json.loads(authors or "[]")))
            if words and any(all(word in folded(text) for word in words) for text in texts):
                yield one
