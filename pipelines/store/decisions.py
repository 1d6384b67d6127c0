"""Decisions on items: only ever added, chained by hash, numbered so that two people at once cannot both be the next."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Text, cast, func, insert, select, text, type_coerce
from sqlalchemy.exc import IntegrityError

from pipelines.domain.decisions import Decision, Standing, Verdict, fold_decisions
from pipelines.errors import StoreError
from pipelines.store import schema

FIRST_HASH = "0" * 64
"""What the first decision of a workspace has for the hash of the one before it."""
_CHAIN_LOCK = 7_391_002
"""Number of the lock under which PostgreSQL lets one decision after the other join the chain."""


class DecisionConflict(StoreError):
    """Somebody else decided on the item in the meantime."""

    def __init__(self, item_id: str, standing: Standing) -> None:
        super().__init__("error.decision_conflict")
        self.item_id = item_id
        self.standing = standing


@dataclass(frozen=True)
class ChainFault:
    """A decision whose content or place in the chain is not what was stored."""

    sequence: int
    decision_id: str


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
        try:
            with self._writing() as connection:
                before = _decisions(connection, decision.item_id, members)
                if decision in before:
                    return fold_decisions(before)
                _check_item(connection, decision)
                if len(before) != decision.turn - 1:
                    raise DecisionConflict(decision.item_id, fold_decisions(before))
                previous = _last_hash(connection)
                values = _values(decision)
                connection.execute(
                    insert(schema.decisions).values(
                        **values, previous_hash=previous, hash=_hash(previous, values["data"])
                    )
                )
                standing = fold_decisions([*before, decision])
                _save_standing(connection, decision.item_id, decision, standing)
        except IntegrityError as error:
            raise DecisionConflict(decision.item_id, self.standing(decision.item_id, members)) from error
        return standing

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
        with self._writing() as connection:
            connection.execute(schema.standings.delete())
            for item_id, made in _by_item(_all(connection), item_of).items():
                _save_standing(connection, item_id, made[-1], fold_decisions(made))

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

    def latest_of(self, reviewer: str, number: int) -> list[Decision]:
        """The ``number`` latest decisions of one person, newest first."""
        columns = schema.decisions.c
        query = select(columns.data).where(columns.reviewer == reviewer)
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(columns.sequence.desc()).limit(number)).scalars()
            return [Decision.model_validate(data) for data in rows]

    def count(self) -> int:
        """Number of decisions."""
        with self._engine.connect() as connection:
            return connection.execute(select(func.count()).select_from(schema.decisions)).scalar_one()

    def faults(self) -> list[ChainFault]:
        """Decisions that were changed, or do not follow the one before them."""
        found: list[ChainFault] = []
        previous = FIRST_HASH
        columns = schema.decisions.c
        # As text: what is no JSON or no moment any more is a fault as well.
        as_text = {"data": cast(columns.data, Text), "decided": type_coerce(columns.decided, Text)}
        query = select(*(as_text.get(c.name, c).label(c.name) for c in columns))
        with self._engine.connect() as connection:
            for row in connection.execute(query.order_by(columns.sequence)):
                if row.previous_hash != previous or not _is_whole(row):
                    found.append(ChainFault(row.sequence, row.id))
                previous = row.hash
        return found

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        # One after the other from the first look to the last write: else two would follow the same decision.
        with self._engine.connect() as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            else:
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _CHAIN_LOCK})
            yield connection
            connection.commit()


def _all(connection: Connection) -> Iterator[Decision]:
    query = select(schema.decisions.c.data).order_by(schema.decisions.c.sequence)
    for data in connection.execute(query).scalars():
        yield Decision.model_validate(data)


def _decisions(connection: Connection, item_id: str, members: Sequence[str]) -> list[Decision]:
    columns = schema.decisions.c
    # An item that became part of another went by the id of one of its passages.
    ids = list(dict.fromkeys([item_id, *members]))
    chosen = columns.item_id.in_(ids) | columns.passage_id.in_(ids)
    rows = connection.execute(select(columns.data).where(chosen).order_by(columns.sequence)).scalars()
    return [Decision.model_validate(data) for data in rows]


def _by_item(decisions: Iterable[Decision], item_of: Mapping[str, str]) -> dict[str, list[Decision]]:
    """Decisions by the items they count for now: after a group fell apart, that may be two for one decision."""
    by_item: dict[str, list[Decision]] = {}
    for decision in decisions:
        for item_id in {item_of.get(part, part): None for part in (decision.item_id, decision.passage_id)}:
            by_item.setdefault(item_id, []).append(decision)
    return by_item


def _check_item(connection: Connection, decision: Decision) -> None:
    """Refuse a decision on a passage that joined a group after it was shown: others may have decided on that."""
    columns = schema.passages.c
    item_id = connection.execute(select(columns.group_id).where(columns.id == decision.passage_id)).scalar()
    if item_id is not None and item_id != decision.item_id:
        members = connection.execute(select(columns.id).where(columns.group_id == item_id)).scalars()
        raise DecisionConflict(item_id, fold_decisions(_decisions(connection, item_id, list(members))))


def _last_hash(connection: Connection) -> str:
    columns = schema.decisions.c
    return connection.execute(select(columns.hash).order_by(columns.sequence.desc()).limit(1)).scalar() or FIRST_HASH


def _hash(previous: str, data: dict[str, Any]) -> str:
    content = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{previous}\n{content}".encode("utf-8", "surrogatepass")).hexdigest()


def _is_whole(row: Any) -> bool:
    try:
        data = json.loads(row.data)
        decision = Decision.model_validate(data)
        decided = row.decided if isinstance(row.decided, datetime) else datetime.fromisoformat(row.decided)
    except ValueError:
        return False
    kept = {**row._mapping, "decided": decided, "data": data}
    return all(kept[name] == value for name, value in _values(decision).items()) and kept["hash"] == _hash(
        row.previous_hash, data
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
        "second_reviewer": None if standing.second is None else standing.second.reviewer,
        "asked": standing.asked is not None,
        "asked_by": None if standing.asked is None else standing.asked.reviewer,
        "asked_of": None if standing.asked is None else standing.asked.asked,
        "decided": decision.decided,
        "row_id": judgement.rows[0] if judgement is not None and judgement.rows else None,
        "statement_id": None if judgement is None else judgement.statement,
    }


def _save_standing(connection: Connection, item_id: str, decision: Decision, standing: Standing) -> None:
    values = _standing_values(decision, standing)
    table = schema.standings
    done = connection.execute(table.update().where(table.c.item_id == item_id).values(**values))
    if done.rowcount == 0:
        connection.execute(insert(table).values(item_id=item_id, **values))
