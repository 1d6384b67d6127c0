"""What sources offered, what came of each item, and how far each source was read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, update

from pipelines.domain.sources import (
    Bookmark,
    FoundItem,
    Harvest,
    HarvestItem,
    ItemState,
    SourceStatus,
    is_due,
    item_id,
)
from pipelines.domain.titles import normal_doi, title_key
from pipelines.store import schema
from pipelines.store.harvest_lists import ItemFilter, ItemOrder, count_by_source, count_items, page_items
from pipelines.store.harvest_offers import as_kept, offered_again
from pipelines.store.writing import writing_alone

HARVEST_LOCK = 7_391_011
"""Number of the lock under which PostgreSQL lets one change of items follow the other."""

_AT_ONCE = 400
"""Values in one query; databases take a few thousand at most."""
_ITEM, _STATUS, _HARVEST = schema.harvest_items.c, schema.source_statuses.c, schema.harvests.c
_BY_JUDGEMENT = frozenset({ItemState.LEFT_OUT, ItemState.DOUBLE})
_PULLABLE = frozenset(ItemState) - {ItemState.FETCHED, ItemState.WAITING}


@dataclass(frozen=True)
class Taken:
    """What came of a page of items."""

    n_found: int
    n_new: int
    n_changed: int
    """Known ones of which the source tells something else now that is of use still."""
    n_withdrawn: int


class HarvestStore:
    """Items, statuses and harvests of all sources of a workspace."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    # ---------------------------------------------------------------- while a source is read

    def take(self, source_id: str, items: Sequence[FoundItem], bookmark: Bookmark, moment: datetime) -> Taken:
        """Store the new items of a page and how far the source was read with it, in one transaction.

        Parameters
        ----------
        source_id
            The source.
        items
            In its order; one that is known by its key is not stored again, see :func:`offered_again`.
        bookmark
            To go on from once these are stored.
        moment
            In UTC, without time zone.
        """
        offered = {item_id(source_id, found.key): found for found in map(as_kept, items)}
        n_new = n_changed = n_withdrawn = 0
        with writing_alone(self._engine, HARVEST_LOCK) as connection:
            known = {item.id: item for item in _some(connection, _ITEM.id, offered)}
            fresh: list[HarvestItem] = []
            for one, found in offered.items():
                before = known.get(one)
                if before is None:
                    if not found.withdrawn:  # what is gone before it was known is no item
                        fresh.append(
                            HarvestItem(source_id=source_id, found=found, state=ItemState.WAITING, first_seen=moment)
                        )
                    continue
                after = offered_again(before, found)
                n_withdrawn += found.withdrawn and not before.found.withdrawn
                if after != before:
                    n_changed += 1
                    _replace(connection, after)
            n_new = len(fresh)
            if fresh:
                connection.execute(insert(schema.harvest_items), [_values(item) for item in fresh])
            status = _status(connection, source_id) or SourceStatus(source_id=source_id)
            _save_status(connection, status.model_copy(update={"bookmark": bookmark}))
        return Taken(len(offered), n_new, n_changed, n_withdrawn)

    def waiting(self, source_id: str, moment: datetime) -> list[HarvestItem]:
        """Items to be judged or fetched: waiting ones and failed ones that may be tried again, oldest first."""
        query = (
            select(_ITEM.data)
            .where(_ITEM.source_id == source_id, _ITEM.state.in_([ItemState.WAITING.value, ItemState.FAILED.value]))
            .order_by(_ITEM.first_seen, _ITEM.id)
        )
        with self._engine.connect() as connection:
            found = [HarvestItem.model_validate(data) for data in connection.execute(query).scalars()]
        return [item for item in found if is_due(item.next_try, moment)]

    def look_alikes(self, items: Sequence[HarvestItem]) -> list[HarvestItem]:
        """Items with a DOI or a title that one of ``items`` has as well, these among them, oldest first.

        Of doubles among them also the items that they are doubles of.
        """
        dois = {doi for item in items if (doi := normal_doi(item.found.doi))}
        keys = {key for item in items if (key := title_key(item.found.title))}
        with self._engine.connect() as connection:
            found = {item.id: item for item in _some(connection, _ITEM.doi, dois)}
            found |= {item.id: item for item in _some(connection, _ITEM.title_key, keys)}
            originals = {item.same_as for item in found.values() if item.same_as} - found.keys()
            found |= {item.id: item for item in _some(connection, _ITEM.id, originals)}
        return sorted(found.values(), key=lambda item: (item.first_seen, item.id))

    def doubles(self, source_id: str) -> list[tuple[HarvestItem, HarvestItem]]:
        """Items of a source that were not fetched since another has the publication, each with that other one."""
        query = select(_ITEM.data).where(
            _ITEM.source_id == source_id, _ITEM.state == ItemState.DOUBLE.value, _ITEM.checksum.is_(None)
        )
        with self._engine.connect() as connection:
            items = [HarvestItem.model_validate(data) for data in connection.execute(query).scalars()]
            known = {one.id: one for one in _some(connection, _ITEM.id, {i.same_as for i in items if i.same_as})}
        return [(item, known[item.same_as]) for item in items if item.same_as in known]

    def update(self, *items: HarvestItem) -> None:
        """Store what came of items, all or none; who asked for one stays."""
        with writing_alone(self._engine, HARVEST_LOCK) as connection:
            known = {item.id: item for item in _some(connection, _ITEM.id, [item.id for item in items])}
            for item in items:
                asked_by = item.asked_by or known[item.id].asked_by
                if asked_by and not item.asked_by and item.state in _BY_JUDGEMENT and item.fetch is None:
                    continue  # somebody asked for it while it was judged: it waits to be fetched
                _replace(connection, item.model_copy(update={"asked_by": asked_by}))

    def pull(self, item_ids: Sequence[str], person: str) -> list[HarvestItem]:
        """Have items fetched at the next harvest whatever was thought of them; returns those that change by it."""
        with writing_alone(self._engine, HARVEST_LOCK) as connection:
            pulled = [
                item.model_copy(
                    update={
                        "state": ItemState.WAITING,
                        "asked_by": person,
                        "reason": None,
                        "same_as": None,
                        "n_tries": 0,
                        "next_try": None,
                        "fetch": None,
                        "file": None,
                        "document_id": None,
                    }
                )
                for item in _some(connection, _ITEM.id, item_ids)
                if item.state in _PULLABLE or (item.state is ItemState.WAITING and item.asked_by is None)
            ]
            for item in pulled:
                _replace(connection, item)
        return pulled

    # ---------------------------------------------------------------- statuses and harvests

    def status(self, source_id: str) -> SourceStatus:
        """How a source is doing; of one that was never read an empty one."""
        with self._engine.connect() as connection:
            return _status(connection, source_id) or SourceStatus(source_id=source_id)

    def statuses(self) -> dict[str, SourceStatus]:
        """All sources that were ever read, by id."""
        with self._engine.connect() as connection:
            found = [SourceStatus.model_validate(data) for data in connection.execute(select(_STATUS.data)).scalars()]
        # Sorted here: how a database on a server sorts text depends on how it was made.
        return {one.source_id: one for one in sorted(found, key=lambda one: one.source_id)}

    def save_status(self, status: SourceStatus) -> None:
        """Replace how a source is doing."""
        with writing_alone(self._engine, HARVEST_LOCK) as connection:
            _save_status(connection, status)

    def add_harvest(self, harvest: Harvest) -> None:
        """Add one time that a source was read."""
        with self._engine.begin() as connection:
            connection.execute(
                insert(schema.harvests).values(
                    source_id=harvest.source_id, started=harvest.started, data=harvest.model_dump(mode="json")
                )
            )

    def harvests(self, source_id: str | None = None, limit: int = 20) -> list[Harvest]:
        """The latest times that a source, or any, was read, latest first."""
        query = select(_HARVEST.data).order_by(_HARVEST.sequence.desc()).limit(limit)
        if source_id is not None:
            query = query.where(_HARVEST.source_id == source_id)
        with self._engine.connect() as connection:
            return [Harvest.model_validate(data) for data in connection.execute(query).scalars()]

    # ---------------------------------------------------------------- looking things up

    def counts(self) -> dict[str, dict[ItemState, int]]:
        """Source -> state -> number of items."""
        return count_by_source(self._engine)

    def count(self, chosen: ItemFilter) -> int:
        """Number of items that match."""
        return count_items(self._engine, chosen)

    def page(
        self, chosen: ItemFilter, limit: int, start: int = 0, order: ItemOrder = ItemOrder.NEWEST
    ) -> list[HarvestItem]:
        """``limit`` items that match in ``order``, the first ``start`` left out."""
        return page_items(self._engine, chosen, limit, start, order)

    def get(self, one: str) -> HarvestItem | None:
        """The item of this id; ``None`` where there is none."""
        with self._engine.connect() as connection:
            return next(_some(connection, _ITEM.id, [one]), None)

    def beginning(self, letters: str) -> list[str]:
        """Ids that begin with ``letters``, in capitals or not; twenty at most."""
        query = (
            select(_ITEM.id).where(_ITEM.id.startswith(letters.lower(), autoescape=True)).order_by(_ITEM.id).limit(20)
        )
        with self._engine.connect() as connection:
            return list(connection.execute(query).scalars())

    def origins(self, checksums: Iterable[str]) -> dict[str, HarvestItem]:
        """Checksum of a file -> the item that it was fetched for; of several the one that it lies there for."""
        found: dict[str, HarvestItem] = {}
        with self._engine.connect() as connection:
            for item in _some(connection, _ITEM.checksum, set(checksums)):
                assert item.fetch is not None
                known = found.get(item.fetch.checksum)
                if known is None or _claim(item) < _claim(known):
                    found[item.fetch.checksum] = item
        return found


def _claim(item: HarvestItem) -> tuple[bool, datetime, str]:
    return (item.state is ItemState.DOUBLE, item.first_seen, item.id)


def _some(connection: Connection, column: Any, values: Iterable[str]) -> Iterator[HarvestItem]:
    wanted = sorted(values)
    for start in range(0, len(wanted), _AT_ONCE):
        query = select(_ITEM.data).where(column.in_(wanted[start : start + _AT_ONCE]))
        yield from map(HarvestItem.model_validate, connection.execute(query).scalars().all())


def _status(connection: Connection, source_id: str) -> SourceStatus | None:
    data = connection.execute(select(_STATUS.data).where(_STATUS.source_id == source_id)).scalar()
    return None if data is None else SourceStatus.model_validate(data)


def _save_status(connection: Connection, status: SourceStatus) -> None:
    connection.execute(schema.source_statuses.delete().where(_STATUS.source_id == status.source_id))
    connection.execute(
        insert(schema.source_statuses).values(source_id=status.source_id, data=status.model_dump(mode="json"))
    )


def _replace(connection: Connection, item: HarvestItem) -> None:
    connection.execute(update(schema.harvest_items).where(_ITEM.id == item.id).values(**_values(item)))


def _values(item: HarvestItem) -> dict[str, Any]:
    return {
        "id": item.id,
        "source_id": item.source_id,
        "state": item.state.value,
        "first_seen": item.first_seen,
        "relevance": item.relevance,
        "doi": normal_doi(item.found.doi),
        "title_key": title_key(item.found.title),
        "checksum": None if item.fetch is None else item.fetch.checksum,
        "data": item.model_dump(mode="json"),
    }
