"""Decisions on items: only ever added, chained by hash, numbered so that two people at once cannot both be the next."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Insert, Row, exists, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from pipelines.domain.decisions import Decision, Standing, Verdict, fold_decisions
from pipelines.errors import StoreError
from pipelines.store import schema
from pipelines.store.chain import FIRST_HASH, ChainFault, append_rows, as_canonical, chain_faults, chained_hash
from pipelines.store.column_types import among
from pipelines.store.writing import writing_alone

_CHAIN_LOCK = 7_391_002
"""Number of the lock under which PostgreSQL lets one decision after the other join the chain."""


class DecisionConflict(StoreError):
    """Somebody else decided on the item in the meantime."""

    def __init__(self, item_id: str, standing: Standing) -> None:
        super().__init__("error.decision_conflict")
        self.item_id = item_id
        self.standing = standing


class DecisionStore:
    """Decisions of a workspace and where each item stands after them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def append(self, decision: Decision, members: Sequence[str] = ()) -> Standing:
        """Add a decision; returns where the item stands after it.

        The very same decision a second time (its answer was lost on the way, and it was sent again) changes nothing.

        Parameters
        ----------
        decision
            Its ``turn`` is one more than the turn that the person saw.
        members
            Passages of the item. Decisions that were made on one of them before it came into the group count as
            decisions on the item.

        Raises
        ------
        DecisionConflict
            The item has another turn by now, or its passage joined another item; nothing was added.
        """
        members = [*members, decision.passage_id]
        before = self.of_item(decision.item_id, members)
        # As little as can be while others wait: all but the place in the chain is made beforehand.
        if len(before) == decision.turn - 1 and self._add(decision, members, fold_decisions([*before, decision])):
            return fold_decisions([*before, decision])
        item_id, now = self._look_again(decision, members)
        if decision in now:
            return fold_decisions(now)
        raise DecisionConflict(item_id, fold_decisions(now))

    def _look_again(self, decision: Decision, members: Sequence[str]) -> tuple[str, list[Decision]]:
        """The item that the passage belongs to now, with its decisions."""
        columns = schema.passages.c
        with self._engine.connect() as connection:
            group = connection.execute(select(columns.group_id).where(columns.id == decision.passage_id)).scalar()
            if group is None or group == decision.item_id:
                return decision.item_id, _decisions(connection, decision.item_id, members)
            others = connection.execute(select(columns.id).where(columns.group_id == group)).scalars()
            return group, _decisions(connection, group, list(others))

    def _add(self, decision: Decision, members: Sequence[str], standing: Standing) -> bool:
        """Whether nobody else came first."""
        values, projected = _values(decision), _standing_values(decision, standing)
        try:
            with writing_alone(self._engine, _CHAIN_LOCK) as connection:
                place = _place(connection, decision, members)
                if place.n_decisions != decision.turn - 1 or place.joined:
                    return False
                last = (place.last_number or 0, place.last_hash or FIRST_HASH)
                append_rows(connection, schema.decisions, [values], last=last)
                _save_standing(connection, decision.item_id, projected)
        except IntegrityError:
            return False
        return True

    def of_item(self, item_id: str, members: Sequence[str] = ()) -> list[Decision]:
        """Decisions on an item, or on one of its passages by itself or in another item, in the order of making."""
        with self._engine.connect() as connection:
            return _decisions(connection, item_id, members)

    def standing(self, item_id: str, members: Sequence[str] = ()) -> Standing:
        """Where an item stands."""
        return fold_decisions(self.of_item(item_id, members))

    def regroup(self, item_of: Mapping[str, str]) -> None:
        """Make all standings anew, after groups of near-duplicates changed.

        Parameters
        ----------
        item_of
            Passage id -> id of the item it belongs to now, where that is not the passage itself.
        """
        with writing_alone(self._engine, _CHAIN_LOCK) as connection:
            made = _by_item(_all(connection), item_of)
            connection.execute(schema.standings.delete())
            for item_id, of_item in made.items():
                _save_standing(connection, item_id, _standing_values(of_item[-1], fold_decisions(of_item)))

    def standings(self, item_of: Mapping[str, str]) -> dict[str, Standing]:
        """Where each item stands on which anybody decided; ``item_of`` as in :meth:`regroup`."""
        with self._engine.connect() as connection:
            made = _by_item(_all(connection), item_of)
        return {item_id: fold_decisions(of_item) for item_id, of_item in made.items()}

    def stale_standings(self, item_of: Mapping[str, str]) -> list[str]:
        """Items whose stored standing is not what follows from their decisions, in alphabetical order."""
        with self._engine.connect() as connection:
            made = _by_item(_all(connection), item_of)
            wanted = {item: _standing_values(of_item[-1], fold_decisions(of_item)) for item, of_item in made.items()}
            rows = connection.execute(select(schema.standings)).mappings()
            stored = {row["item_id"]: {k: v for k, v in row.items() if k != "item_id"} for row in rows}
        return sorted(item for item in wanted.keys() | stored.keys() if wanted.get(item) != stored.get(item))

    def all(self) -> Iterator[Decision]:
        """All decisions, oldest first."""
        with self._engine.connect() as connection:
            yield from _all(connection)

    def get(self, decision_id: str) -> Decision | None:
        """One decision; ``None`` where there is none with this id."""
        query = select(schema.decisions.c.data).where(schema.decisions.c.id == decision_id)
        with self._engine.connect() as connection:
            data = connection.execute(query).scalar()
        return None if data is None else Decision.model_validate(data)

    def count(self) -> int:
        """Number of decisions."""
        with self._engine.connect() as connection:
            return connection.execute(select(func.count()).select_from(schema.decisions)).scalar_one()

    def last(self) -> int:
        """Number of the latest decision; 0 where there is none."""
        with self._engine.connect() as connection:
            return connection.execute(select(func.coalesce(func.max(schema.decisions.c.sequence), 0))).scalar_one()

    def faults(self) -> list[ChainFault]:
        """Decisions that were changed, or do not follow the one before them."""
        with self._engine.connect() as connection:
            return chain_faults(connection, schema.decisions, former=is_whole_decision)


def _all(connection: Connection) -> Iterator[Decision]:
    query = select(schema.decisions.c.data).order_by(schema.decisions.c.sequence)
    for data in connection.execute(query).scalars():
        yield Decision.model_validate(data)


def _decisions(connection: Connection, item_id: str, members: Sequence[str]) -> list[Decision]:
    columns = schema.decisions.c
    query = select(columns.data).where(_count_for([item_id, *members])).order_by(columns.sequence)
    return [Decision.model_validate(data) for data in connection.execute(query).scalars()]


def _count_for(ids: Sequence[str]) -> ColumnElement[bool]:
    # An item that became part of another went by the id of one of its passages.
    columns, ids = schema.decisions.c, list(dict.fromkeys(ids))
    return among(columns.item_id, ids) | among(columns.passage_id, ids)


def _by_item(decisions: Iterable[Decision], item_of: Mapping[str, str]) -> dict[str, list[Decision]]:
    """Decisions by the items they count for now: after a group fell apart, that may be two for one decision."""
    by_item: dict[str, list[Decision]] = {}
    for decision in decisions:
        for item_id in {item_of.get(part, part): None for part in (decision.item_id, decision.passage_id)}:
            by_item.setdefault(item_id, []).append(decision)
    return by_item


def _place(connection: Connection, decision: Decision, members: Sequence[str]) -> Row[int, bool, Any, Any]:
    """Decisions on the item so far, whether its passage has joined another item, and the end of the chain."""
    columns, passages = schema.decisions.c, schema.passages.c
    made = select(func.count()).where(_count_for([decision.item_id, *members])).scalar_subquery()
    # Others may have decided on the group that it joined after it was shown.
    joined = exists().where(passages.id == decision.passage_id, passages.group_id != decision.item_id)
    last = [
        select(column).order_by(columns.sequence.desc()).limit(1).scalar_subquery().label(f"last_{name}")
        for name, column in (("number", columns.sequence), ("hash", columns.hash))
    ]
    query = select(made.label("n_decisions"), joined.label("joined"), *last)
    return connection.execute(query).one()


def is_whole_decision(row: Any) -> bool:
    """Whether a row holds what was stored when only the content of a decision was hashed."""
    try:
        data = json.loads(row.data)
        decision = Decision.model_validate(data)
        decided = row.decided if isinstance(row.decided, datetime) else datetime.fromisoformat(row.decided)
    except ValueError:
        return False
    kept = {**row._mapping, "decided": decided, "data": data}
    return all(kept[name] == value for name, value in _values(decision).items()) and kept["hash"] == chained_hash(
        row.previous_hash, as_canonical(data)
    )


def _values(decision: Decision) -> dict[str, Any]:
    return {
        **decision.model_dump(include={"id", "item_id", "turn", "passage_id", "reviewer", "decided"}),
        "verdict": decision.verdict.value,
        "role": decision.role.value,
        "data": decision.model_dump(mode="json"),
    }


def _standing_values(decision: Decision, standing: Standing) -> dict[str, Any]:
    holds, judgement = standing.holds, None if standing.holds is None else standing.holds.judgement
    reading = standing.holds or standing.first
    return {
        "passage_id": decision.passage_id,
        "state": standing.state.value,
        "turn": standing.turn,
        "verdict": None if holds is None else holds.verdict.value,
        "reviewer": None if reading is None or reading.verdict == Verdict.ASK else reading.reviewer,
        "first_reviewer": None if standing.first is None else standing.first.reviewer,
        "second_reviewer": None if standing.second is None else standing.second.reviewer,
        "asked": standing.asked is not None,
        "asked_by": None if standing.asked is None else standing.asked.reviewer,
        "asked_of": None if standing.asked is None else standing.asked.asked,
        "decided": decision.decided,
        "row_id": judgement.rows[0] if judgement is not None and judgement.rows else None,
        "statement_id": None if judgement is None else judgement.statement,
    }


def _save_standing(connection: Connection, item_id: str, values: dict[str, Any]) -> None:
    connection.execute(_SAVE_STANDING[connection.dialect.name], {"item_id": item_id, **values})


def _in_place_of_former(query: sqlite.Insert | postgresql.Insert) -> Insert:
    changed = {c.name: query.excluded[c.name] for c in schema.standings.c if not c.primary_key}
    return query.on_conflict_do_update(index_elements=["item_id"], set_=changed)


_SAVE_STANDING = {
    "sqlite": _in_place_of_former(sqlite.insert(schema.standings)),
    "postgresql": _in_place_of_former(postgresql.insert(schema.standings)),
}
