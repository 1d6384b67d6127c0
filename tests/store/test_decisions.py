"""Decisions: only added, in turn, chained; where items stand always follows from them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, insert, select, text

from pipelines.domain.decisions import (
    Decision,
    ItemState,
    Judgement,
    LaterReason,
    RejectReason,
    Role,
    Standing,
    Verdict,
    fold_decisions,
)
from pipelines.domain.ids import content_id
from pipelines.store import schema
from pipelines.store.chain import FIRST_HASH, as_canonical, chained_hash
from pipelines.store.database import open_engine
from pipelines.store.decisions import DecisionConflict, DecisionStore

_FIRST_MOMENT = datetime(2026, 1, 5, 9)
_PASSAGES = tuple(content_id("passage", number) for number in range(4))


@pytest.fixture
def engine(tmp_path: Path, database: str) -> Iterator[Engine]:
    (tmp_path / "data" / "processed").mkdir(parents=True)
    opened = open_engine(database)
    yield opened
    opened.dispose()


@pytest.fixture
def store(engine: Engine) -> DecisionStore:
    return DecisionStore(engine)


def _decision(number: int, verdict: Verdict = Verdict.ACCEPT, item: str = _PASSAGES[0], **values: Any) -> Decision:
    """Decision ``number`` on an item, by default by a person of its own."""
    reasons = {Verdict.REJECT: RejectReason.OFF_TOPIC, Verdict.LATER: LaterReason.OTHER}
    reason = reasons.get(verdict)
    given_values: dict[str, Any] = {
        "id": content_id("decision", item, number, str(values)),
        "item_id": item,
        "turn": number,
        "passage_id": item,
        "document_id": content_id("document", 1),
        "passage_text": "Een op de drie bedrijven gebruikt AI.",
        "verdict": verdict,
        "reviewer": f"lezer{number}",
        "decided": _FIRST_MOMENT + timedelta(seconds=number, microseconds=number),
        "judgement": Judgement(rows=("A1",), statement="A1.k1") if verdict in ("accept", "correct") else None,
        "reason": None if reason is None else reason.value,
        "flag": 0.75,
        **values,
    }
    return Decision(**given_values)


def _standing_row(engine: Engine, item: str = _PASSAGES[0]) -> Any:
    with engine.connect() as connection:
        return connection.execute(select(schema.standings).where(schema.standings.c.item_id == item)).one()


def test_decisions_come_back_as_they_were_made(store: DecisionStore, engine: Engine) -> None:
    first, second = _decision(1), _decision(2, Verdict.REJECT, note="nee: \x00 'x' \u2028")
    assert store.append(first) == fold_decisions([first])
    assert store.append(second) == fold_decisions([first, second])
    assert list(store.all()) == store.of_item(_PASSAGES[0]) == [first, second]
    assert store.get(second.id) == second and store.get("unknown") is None
    assert store.count() == 2
    assert store.faults() == []
    row = _standing_row(engine)
    assert (row.state, row.turn, row.verdict, row.reviewer, row.row_id) == ("rejected", 2, "reject", "lezer2", None)


def test_who_decides_on_what_they_did_not_see_is_told(store: DecisionStore) -> None:
    first = _decision(1)
    store.append(first)
    for turn in (1, 3):
        with pytest.raises(DecisionConflict) as caught:
            store.append(_decision(turn, Verdict.REJECT, reviewer="ander"))
        assert caught.value.standing == fold_decisions([first])
    assert list(store.all()) == [first]


def test_who_is_overtaken_between_look_and_writing_is_told(
    store: DecisionStore, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, other = _decision(1, Verdict.REJECT, reviewer="ik"), _decision(1, reviewer="ander")
    look = DecisionStore.of_item

    def look_and_be_overtaken(self: DecisionStore, *args: Any) -> list[Decision]:
        seen = look(self, *args)
        monkeypatch.undo()
        DecisionStore(engine).append(other)
        return seen

    monkeypatch.setattr(DecisionStore, "of_item", look_and_be_overtaken)
    with pytest.raises(DecisionConflict) as caught:
        store.append(mine)
    assert caught.value.standing.holds == other
    assert list(store.all()) == [other]


def test_what_is_sent_twice_is_stored_once(store: DecisionStore) -> None:
    first, second = _decision(1), _decision(2)
    store.append(first)
    assert store.append(first).turn == 1
    store.append(second)
    assert store.append(first).turn == 2
    assert list(store.all()) == [first, second]


def test_an_id_stands_for_one_decision(store: DecisionStore) -> None:
    first = _decision(1)
    store.append(first)
    with pytest.raises(DecisionConflict):
        store.append(_decision(1, item=_PASSAGES[1], id=first.id))
    assert list(store.all()) == [first]


def test_an_undo_takes_back_and_stays_in_the_history(store: DecisionStore, engine: Engine) -> None:
    made = [_decision(1), _decision(2, Verdict.REJECT)]
    made.append(_decision(3, Verdict.UNDO, undoes=made[1].id))
    for decision in made:
        standing = store.append(decision)
    assert standing.holds == made[0]
    assert (standing.state, standing.turn) == (ItemState.ACCEPTED, 3)
    assert store.of_item(_PASSAGES[0]) == made
    row = _standing_row(engine)
    assert (row.row_id, row.statement_id, row.turn) == ("A1", "A1.k1", 3)


_TAMPERED = {
    "verdict": "UPDATE decisions SET verdict = 'reject' WHERE sequence = 2",
    "role": "UPDATE decisions SET role = 'second' WHERE sequence = 2",
    "reviewer": "UPDATE decisions SET reviewer = 'ander' WHERE sequence = 2",
    "decided": "UPDATE decisions SET decided = '2026-01-05 10:00:00.000000' WHERE sequence = 2",
    "passage": "UPDATE decisions SET passage_id = 'x' WHERE sequence = 2",
    "turn": "UPDATE decisions SET turn = 9 WHERE sequence = 2",
    "id": "UPDATE decisions SET id = 'x' WHERE sequence = 2",
    "content": "UPDATE decisions SET data = CAST(REPLACE(CAST(data AS TEXT), 'drie', 'vier') AS {json})"
    " WHERE sequence = 2",
    "hash": "UPDATE decisions SET hash = 'x' WHERE sequence = 2",
    "place": "UPDATE decisions SET previous_hash = 'x' WHERE sequence = 2",
}


@pytest.mark.parametrize("change", _TAMPERED)
def test_a_changed_decision_is_found(store: DecisionStore, engine: Engine, change: str) -> None:
    for number in range(1, 5):
        store.append(_decision(number))
    assert store.faults() == []
    json = "TEXT" if engine.dialect.name == "sqlite" else "JSON"
    with engine.begin() as connection:
        assert connection.exec_driver_sql(_TAMPERED[change].format(json=json)).rowcount == 1
    # A changed hash also leaves the next one without the one before it.
    assert {fault.sequence for fault in store.faults()} == ({2, 3} if change == "hash" else {2})


def test_a_decision_that_was_taken_out_is_found(store: DecisionStore, engine: Engine) -> None:
    for number in range(1, 5):
        store.append(_decision(number))
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM decisions WHERE sequence = 2")
    assert [fault.sequence for fault in store.faults()] == [3]
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM decisions WHERE sequence > 2")
    # Nothing follows on the last ones, but where the item stands no longer follows from what is left.
    assert store.faults() == []
    assert store.stale_standings({}) == [_PASSAGES[0]]


@pytest.mark.parametrize("column", ["data", "decided"])
def test_a_decision_that_cannot_be_read_is_found(tmp_path: Path, sqlite_address: str, column: str) -> None:
    (tmp_path / "data" / "processed").mkdir(parents=True)
    engine = open_engine(sqlite_address)
    store = DecisionStore(engine)
    for number in range(1, 4):
        store.append(_decision(number))
    with engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE decisions SET {column} = 'kapot' WHERE sequence = 2")
    assert [fault.sequence for fault in store.faults()] == [2]
    engine.dispose()


def test_decisions_on_members_count_for_their_group(store: DecisionStore, engine: Engine) -> None:
    one, other = _PASSAGES[:2]
    apart = [_decision(1, item=one), _decision(1, Verdict.REJECT, item=other)]
    for decision in apart:
        store.append(decision)
    assert store.standing(one, [one, other]) == fold_decisions(apart)
    with pytest.raises(DecisionConflict):
        store.append(_decision(2, item=one), [one, other])
    together = _decision(3, item=one, passage_id=other)
    assert store.append(together, [one, other]) == fold_decisions([*apart, together])
    store.regroup({one: one, other: one})
    assert _standing_row(engine).turn == 3


def test_a_group_that_falls_apart_can_be_decided_on(store: DecisionStore, engine: Engine) -> None:
    """The numbers of its decisions stay with them, so that an item may come upon a number that it has."""
    one, other = _PASSAGES[:2]
    for number in (1, 2):
        store.append(_decision(number, item=other))
    store.append(_decision(3, item=one), [one, other])
    store.regroup({})  # the other is gone, and one is an item of its own again
    for _ in range(4):
        turn = _standing_row(engine, one).turn
        assert turn == store.standing(one).turn
        store.append(_decision(turn + 1, item=one, reviewer="ik"))
    assert store.faults() == []
    assert store.stale_standings({}) == []


def test_a_passage_that_joined_a_group_meanwhile_gives_a_conflict(store: DecisionStore, engine: Engine) -> None:
    one, other = _PASSAGES[:2]
    _insert_group(engine, one, [one, other])
    held = _decision(1, item=one)
    store.append(held, [one, other])
    with pytest.raises(DecisionConflict) as caught:
        store.append(_decision(1, Verdict.REJECT, item=other))
    assert (caught.value.item_id, caught.value.standing) == (one, fold_decisions([held]))
    assert list(store.all()) == [held]


def _insert_group(engine: Engine, group: str, members: list[str]) -> None:
    run = {"id": "scan-0001", "started": _FIRST_MOMENT, "state": "done", "language": "nl"}
    document = {"id": "d", "checksum": "c", "n_bytes": 1, "state": "text", "stage": "done", "media_type": "text/plain"}
    document |= {"parser": "text/1", "authors": [], "first_seen": _FIRST_MOMENT, "run_id": "scan-0001"}
    with engine.begin() as connection:
        connection.execute(insert(schema.runs), {**run, "versions": {}, "summary": {}})
        connection.execute(insert(schema.documents), document)
        for position, member in enumerate(members):
            passage = {"id": member, "document_id": "d", "position": position, "language": "nl", "text": "x"}
            connection.execute(insert(schema.passages), {**passage, "data": {}, "group_id": group})


_ACTS = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(_PASSAGES),
            st.sampled_from(list(Verdict)),
            st.sampled_from(list(Role)),
            st.sampled_from(["anna", "bert", "carla"]),
            st.sampled_from([0, 0, 0, -1, 1]),
        ),
        st.lists(st.integers(0, 3), min_size=4, max_size=4),
    ),
    max_size=14,
)


# Every act is written as safely as ever, which takes a server longer than a file.
_EXAMPLES = {"sqlite": 25, "postgresql": 6}


def test_standings_always_follow_from_the_decisions(engine: Engine) -> None:
    """Whatever is decided, and however passages are grouped in between."""

    @settings(max_examples=_EXAMPLES[engine.dialect.name], deadline=None, derandomize=True, database=None)
    @given(acts=_ACTS)
    def check(acts: list[Any]) -> None:
        with engine.begin() as connection:
            connection.execute(text("DELETE FROM decisions"))
            connection.execute(text("DELETE FROM standings"))
        store, made = DecisionStore(engine), list[Decision]()
        item_of = {passage: passage for passage in _PASSAGES}
        for act in acts:
            if isinstance(act, list):  # passages of the same number say the same
                item_of = {p: _PASSAGES[act.index(number)] for p, number in zip(_PASSAGES, act, strict=True)}
                store.regroup(item_of)
            else:
                made += _act(store, made, item_of, act)
            assert store.stale_standings(item_of) == []
        _check_standings(engine, made, item_of)
        assert list(store.all()) == made
        assert store.faults() == []

    check()


def _check_standings(engine: Engine, made: list[Decision], item_of: dict[str, str]) -> None:
    with engine.connect() as connection:
        columns = schema.standings.c
        rows = {
            row[0]: tuple(row[1:]) for row in connection.execute(select(columns.item_id, columns.turn, columns.state))
        }
    for item in set(item_of.values()):
        members = [passage for passage, of in item_of.items() if of == item]
        standing = _fold_anew(made, members)
        assert DecisionStore(engine).standing(item, members) == standing
        assert rows.get(item, (0, "open")) == (standing.turn, standing.state.value)


def _fold_anew(made: list[Decision], members: list[str]) -> Standing:
    return fold_decisions([d for d in made if d.passage_id in members or d.item_id in members])


def _act(store: DecisionStore, made: list[Decision], item_of: dict[str, str], act: tuple[Any, ...]) -> list[Decision]:
    passage, verdict, role, reviewer, off = act
    item = item_of[passage]
    members = [p for p, of in item_of.items() if of == item]
    seen = _fold_anew(made, members)
    if verdict == Verdict.UNDO and seen.holds is None:
        return []
    undoes = seen.holds.id if verdict == Verdict.UNDO and seen.holds is not None else None
    turn = max(1, seen.turn + 1 + off)
    identity = content_id("decision", len(made), reviewer, off)
    values = {"passage_id": passage, "reviewer": reviewer, "role": role, "undoes": undoes, "id": identity}
    decision = _decision(turn, verdict, item, **values)
    if turn != seen.turn + 1:
        with pytest.raises(DecisionConflict) as caught:
            store.append(decision, members)
        assert caught.value.standing == seen
        return []
    assert store.append(decision, members).turn == turn
    return [decision]


def test_a_decision_of_before_other_labels_were_judged_is_whole(engine: Engine) -> None:
    """Stored with the hash of its content alone, by a program that did not know of them."""
    made = Decision(
        id="d1",
        item_id="p1",
        turn=1,
        passage_id="p1",
        document_id="doc",
        passage_text="text",
        verdict=Verdict.ACCEPT,
        reviewer="anna",
        decided=_FIRST_MOMENT,
        judgement=Judgement(rows=("B1",)),
    )
    data = json.loads(
        '{"schema_version":1,"id":"d1","item_id":"p1","turn":1,"passage_id":"p1","document_id":"doc",'
        '"passage_text":"text","verdict":"accept","role":"first","reviewer":"anna","decided":"2026-01-05T09:00:00",'
        '"proposed":null,"judgement":{"themes":[],"rows":["B1"],"statement":null,"relation":null,"column":null,'
        '"kind":"none","direction":"none","recommendation":false,"level":null,"figures":[],"key_sentence":null},'
        '"reason":null,"note":"","undoes":null,"asked":null,"flag":null,"model_version":null,"table_version":null}'
    )
    digest = chained_hash(FIRST_HASH, as_canonical(data))
    row = {name: data[name] for name in ("id", "item_id", "turn", "passage_id", "reviewer", "verdict", "role")}
    with engine.begin() as connection:
        values = {**row, "decided": _FIRST_MOMENT, "data": data, "previous_hash": FIRST_HASH, "hash": digest}
        connection.execute(insert(schema.decisions).values(values))
    store = DecisionStore(engine)
    assert store.of_item("p1") == [made]
    assert store.faults() == []
    later = made.model_copy(
        update={"id": "d2", "turn": 2, "judgement": Judgement(rows=("B1",), instruments=("group.women",))}
    )
    store.append(later)
    assert store.of_item("p1") == [made, later]
    assert store.faults() == []
