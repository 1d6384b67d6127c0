"""The inbox: what filters leave, what is counted, and the way through it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from pipelines.domain.decisions import Decision, ItemState, Judgement, RejectReason, Role, Verdict
from pipelines.domain.ids import content_id
from pipelines.domain.inbox import InboxItem, Listed
from pipelines.store.database import open_engine
from pipelines.store.decisions import DecisionStore
from pipelines.store.inbox import InboxFilter, InboxStore

_MOMENT = datetime(2026, 1, 5, 9)


def _id(number: int) -> str:
    return content_id("item", number)


def _item(number: int, **values: object) -> InboxItem:
    """Item ``number`` of the list: even ones in English, every third a recommendation of the sample."""
    given: dict[str, object] = {
        "item_id": _id(number),
        "passage_id": _id(number),
        "document_id": content_id("document", number),
        "run_id": f"scan-{number // 4:04}",
        "listed": Listed.SAMPLE if number % 3 == 0 else Listed.FLAGGED,
        "rank": number,
        "flag": 1 - number / 10,
        "language": "en" if number % 2 == 0 else "nl",
        "publisher": "Bureau" if number < 3 else None,
        "relation": "supports" if number % 2 else "contradicts",
        "evidence_kind": "study",
        "n_passages": 1,
        "title": f"Titel {number}",
        "lead": "Een zin.",
    }
    return InboxItem.model_validate(given | values)


_THEMES = {1: ("employment",), 2: ("employment", "skills")}
_ROWS = {2: ("D1",), 3: ("D1", "D2")}
_ITEMS = [_item(n, themes=_THEMES.get(n, ()), rows=_ROWS.get(n, ())) for n in range(1, 7)]


@pytest.fixture
def engine(tmp_path: Path, database: str) -> Iterator[Engine]:
    """Six items; passages 1 and 2 have the theme of employment, passage 2 and 3 bear on row D1."""
    (tmp_path / "data" / "processed").mkdir(parents=True)
    opened = open_engine(database)
    InboxStore(opened).replace(reversed(_ITEMS))
    yield opened
    opened.dispose()


@pytest.fixture
def inbox(engine: Engine) -> InboxStore:
    return InboxStore(engine)


def _decide(engine: Engine, number: int, verdict: Verdict, reviewer: str = "anna", **values: object) -> None:
    store = DecisionStore(engine)
    turn = store.standing(_id(number)).turn + 1
    given: dict[str, object] = {
        "id": content_id("decision", number, turn),
        "item_id": _id(number),
        "turn": turn,
        "passage_id": _id(number),
        "document_id": "d",
        "passage_text": "x",
        "verdict": verdict,
        "reviewer": reviewer,
        "decided": _MOMENT + timedelta(minutes=number),
        "judgement": Judgement(statement="D1.k1") if verdict in ("accept", "correct") else None,
        "reason": {"reject": RejectReason.OFF_TOPIC, "later": "other"}.get(verdict),
    }
    store.append(Decision.model_validate(given | values))


def _numbers(inbox: InboxStore, **chosen: str) -> list[int]:
    """Numbers of the items that a filter leaves, in the order of the list."""
    wanted = InboxFilter(**{"state": "all", **chosen})
    listed = [listed.item.rank for listed in inbox.page(wanted, 100)]
    assert inbox.count(wanted) == len(listed)
    return listed


def test_items_come_back_in_order_and_in_pages(inbox: InboxStore) -> None:
    everything = InboxFilter(state="all")
    assert [listed.item for listed in inbox.page(everything, 100)] == _ITEMS
    assert [listed.item.rank for listed in inbox.page(everything, 2, after=3)] == [4, 5]
    found = inbox.get(_id(3))
    assert found is not None
    assert (found.item, found.state, found.turn) == (_ITEMS[2], ItemState.OPEN, 0)
    assert inbox.get("nothing") is None


def test_a_new_list_takes_the_place_of_the_old(inbox: InboxStore) -> None:
    inbox.replace([_item(9)])
    assert _numbers(inbox) == [9]
    inbox.replace([])
    assert _numbers(inbox) == []


@pytest.mark.parametrize(
    ("chosen", "left"),
    [
        ({"listed": "sample"}, [3, 6]),
        ({"language": "en"}, [2, 4, 6]),
        ({"relation": "supports"}, [1, 3, 5]),
        ({"kind": "study"}, [1, 2, 3, 4, 5, 6]),
        ({"publisher": "Bureau"}, [1, 2]),
        ({"run": "scan-0001"}, [4, 5, 6]),
        ({"theme": "employment"}, [1, 2]),
        ({"row": "D1"}, [2, 3]),
        ({"row": "D1", "language": "nl"}, [3]),
        ({"row": "D1", "theme": "skills"}, [2]),
        ({"publisher": "bureau"}, []),
    ],
)
def test_filters_narrow_the_list(inbox: InboxStore, chosen: dict[str, str], left: list[int]) -> None:
    assert _numbers(inbox, **chosen) == left


def test_states_follow_from_decisions(inbox: InboxStore, engine: Engine) -> None:
    _decide(engine, 1, Verdict.ACCEPT)
    _decide(engine, 2, Verdict.REJECT, "bert")
    _decide(engine, 4, Verdict.LATER)
    _decide(engine, 5, Verdict.ACCEPT)
    _decide(engine, 5, Verdict.REJECT, "bert", role=Role.SECOND)
    assert _numbers(inbox, state="todo") == []
    assert _numbers(inbox, state="sample") == [3, 6]
    assert _numbers(inbox, state="accepted") == [1]
    assert _numbers(inbox, state="rejected") == [2]
    assert _numbers(inbox, state="decided") == [1, 2]
    assert _numbers(inbox, state="later") == [4]
    assert _numbers(inbox, state="disagreement") == [5]
    assert _numbers(inbox, reviewer="bert") == [2]
    listed = inbox.get(_id(1))
    assert listed is not None
    assert (listed.state, listed.turn, listed.reviewer) == (ItemState.ACCEPTED, 1, "anna")
    assert listed.decided == _MOMENT + timedelta(minutes=1)


def test_a_second_reading_is_for_another_person(inbox: InboxStore, engine: Engine) -> None:
    for number, asked in ((1, None), (2, "bert")):
        _decide(engine, number, Verdict.ACCEPT)
        _decide(engine, number, Verdict.ASK, asked=asked)
    assert _numbers(inbox, state="second", viewer="anna") == []
    assert _numbers(inbox, state="second", viewer="bert") == [1, 2]
    assert _numbers(inbox, state="second", viewer="carla") == [1]
    _decide(engine, 1, Verdict.ACCEPT, "bert", role=Role.SECOND)
    assert _numbers(inbox, state="second", viewer="bert") == [2]


def test_counts_say_what_each_choice_would_leave(inbox: InboxStore, engine: Engine) -> None:
    _decide(engine, 1, Verdict.ACCEPT)
    for chosen in (InboxFilter(state="all"), InboxFilter(state="all", language="nl", row="D1"), InboxFilter()):
        counts = inbox.overview(chosen).counts
        for name, values in counts.items():
            for value, n_items in values.items():
                wanted = InboxFilter(**{**chosen.__dict__, name: value})
                assert inbox.count(wanted) == n_items, (chosen, name, value)
        states = inbox.overview(chosen).states
        for state, n_items in states.items():
            assert inbox.count(InboxFilter(**{**chosen.__dict__, "state": state})) == n_items, (chosen, state)
    counts = inbox.overview(InboxFilter(state="all", language="nl")).counts
    assert counts["language"] == {"nl": 3, "en": 3}
    assert counts["row"] == {"D1": 1, "D2": 1}
    assert counts["theme"] == {"employment": 1}
    assert counts["publisher"] == {"Bureau": 1}
    assert counts["reviewer"] == {"anna": 1}


def test_the_way_goes_on_from_an_item_that_no_longer_matches(inbox: InboxStore, engine: Engine) -> None:
    todo = InboxFilter(state="todo")
    assert inbox.next_to(_id(2), todo) == _id(4)
    _decide(engine, 4, Verdict.ACCEPT)
    assert inbox.next_to(_id(4), todo) == _id(5)
    assert inbox.next_to(_id(4), todo, forward=False) == _id(2)
    assert inbox.next_to(_id(5), todo) is None
    assert inbox.next_to(_id(1), todo, forward=False) is None
    assert inbox.next_to("gone", todo) == _id(1)
