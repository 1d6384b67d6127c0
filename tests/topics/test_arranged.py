"""What people do with topics, laid over those of a scan: nothing is lost, and what belongs together adds up."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from standing_topic_records import build_act, build_standing, build_topic_of, build_topic_passage

from pipelines.domain.topics import (
    Topic,
    TopicAct,
    TopicActKind,
    TopicEvent,
    TopicEventKind,
    TopicModel,
    TopicPassage,
    TopicTrend,
)
from pipelines.topics.arranged import arrange_topics
from pipelines.topics.config import TopicsConfig
from pipelines.topics.tally import tally

TODAY = date(2026, 3, 3)
PASSAGES = {passage.id: passage for passage in (build_topic_passage(number) for number in range(40))}
ALL = list(PASSAGES.values())


def _standing(**values: Any) -> TopicModel:
    return build_standing({"a": ALL[:15], "b": ALL[15:27], "c": ALL[27:35], "d": ALL[35:39]}, **values)


def _arrange(
    model: TopicModel, *acts: TopicAct, passages: dict[str, TopicPassage] | None = None, first: int = 1
) -> TopicModel:
    return arrange_topics(model, list(enumerate(acts, first)), PASSAGES if passages is None else passages, TODAY)


def _topic(model: TopicModel, topic_id: str) -> Topic:
    return next(topic for topic in model.topics if topic.id == topic_id)


def _merge(topic: str, *others: str, turn: int = 1, **values: Any) -> TopicAct:
    return build_act(TopicActKind.MERGE, topic, turn, others=others, **values)


def _split(topic: str, passages: Sequence[str], new: str = "new", turn: int = 1) -> TopicAct:
    return build_act(
        TopicActKind.SPLIT, topic, turn, others=(new,), passages=tuple(passages), name_nl="Nieuw", name_en="Fresh"
    )


def test_a_name_that_is_left_empty_stays(caplog: pytest.LogCaptureFixture) -> None:
    arranged = _arrange(_standing(), build_act(TopicActKind.RENAME, "b", name_nl="Zorg", person="bram"))
    topic = _topic(arranged, "b")
    assert (topic.name_nl, topic.name_en, topic.named_by) == ("Zorg", "Name b", "bram")
    assert topic.model_copy(update={"name_nl": "Naam b", "named_by": None}) == _topic(_standing(), "b")
    assert arranged.acts_seen == 1 and arranged.events == ()
    assert not caplog.records


def test_a_hidden_topic_keeps_its_passages_and_can_be_shown_again() -> None:
    hidden = _arrange(_standing(), build_act(TopicActKind.HIDE, "b"))
    assert _topic(hidden, "b").hidden and len(hidden.shown) == 3
    assert hidden.assignments == _standing().assignments
    assert _arrange(hidden, build_act(TopicActKind.SHOW, "b", 2), first=2) == _standing(acts_seen=2)


def test_pinned_terms_stand_first_and_none_twice() -> None:
    n_terms = TopicsConfig().n_terms
    many = tuple(f"woord {number}" for number in range(n_terms))
    model = build_standing({"a": ALL[:9]})
    model = model.model_copy(update={"topics": (build_topic_of("a", ALL[:9], terms_nl=many),)})
    pinned = _arrange(model, build_act(TopicActKind.PIN, "a", terms_nl=("Zorg", "WOORD 3", "zorg"), terms_en=("Care",)))
    topic = _topic(pinned, "a")
    assert topic.terms_nl == ("Zorg", "WOORD 3", *(term for term in many if term != "woord 3"))
    assert topic.terms_en == ("Care", "word a", "shift")
    assert (topic.pinned_nl, topic.pinned_en) == (("Zorg", "WOORD 3"), ("Care",))
    undone = _arrange(model, build_act(TopicActKind.PIN, "a", terms_nl=("Zorg",)), build_act(TopicActKind.PIN, "a", 2))
    assert undone.topics == model.topics
    # Also of pins that a scan has worked in, of which a stored topic does not tell which it had itself.
    later = _topic(_arrange(pinned, build_act(TopicActKind.PIN, "a", 2), first=2), "a")
    assert later.terms_nl == tuple(term for term in many if term != "woord 3") and later.pinned_nl == ()


def test_what_is_merged_adds_up_and_says_so() -> None:
    model = _standing(events=(TopicEvent(kind=TopicEventKind.NEW, day=TODAY, topic="d"),))
    arranged = _arrange(model, _merge("b", "d", "c", person="bram"))
    topic = _topic(arranged, "b")
    assert [one.id for one in arranged.topics] == ["b", "a"]
    inside = ALL[15:39]
    assert {p for p, where in arranged.assignments.items() if where == "b"} == {p.id for p in inside}
    counted = tally(inside).fields()
    assert {name: getattr(topic, name) for name in counted} == counted
    assert (topic.name_nl, topic.x, topic.y, topic.arranged) == ("Naam b", 0.0, 0.0, True)
    assert topic.terms_nl == ("woord b", "woord d", "woord c", "rooster")
    assert set(topic.representative) >= {"p015", "p016", "p035", "p027"}
    assert arranged.events[0] == model.events[0]
    (event,) = arranged.events[1:]
    assert (event.kind, event.topic, event.others, event.person) == (TopicEventKind.MERGED, "b", ("d", "c"), "bram")
    assert event.names_nl == ("Naam b", "Naam d", "Naam c") and event.n_passages == 12
    assert event.day == date(2026, 3, 2)


def test_rows_and_trend_follow_from_all_passages_of_a_merged_topic() -> None:
    covered = {p.id: p._replace(rows=("B1", "B2")) if n % 4 == 0 else p for n, p in enumerate(ALL[:10])}
    rest = {p.id: p._replace(rows=("C1",), day="2026-02-05", new=True) for p in ALL[10:20]}
    model = build_standing({"a": list(covered.values()), "b": list(rest.values())})
    model = model.model_copy(update={"by_scan": {"2026-01-05": 400, "2026-02-05": 30}})
    topic = _topic(_arrange(model, _merge("a", "b"), passages=covered | rest), "a")
    assert topic.rows == ("C1",) and not topic.novel  # three of twenty are too few for a row
    assert topic.trend is TopicTrend.GROWING
    (apart,) = (_topic(_arrange(model, _split("a", ["p000", "p004", "p008"]), passages=covered | rest), "new"),)
    assert apart.rows == ("B1", "B2") and apart.size == 3
    before = _topic(_arrange(model, _split("a", ["p000", "p004", "p008"]), passages=covered | rest), "a")
    assert before.rows == () and before.novel


def test_a_topic_stays_new_in_its_scan_and_as_old_as_the_oldest_that_went_into_it() -> None:
    model = _standing()
    new = _topic(model, "d").model_copy(update={"first_seen": date(2026, 2, 5), "trend": TopicTrend.NEW})
    model = model.model_copy(update={"topics": (*model.topics[:3], new)})
    assert tally(ALL[35:39]).first_seen == date(2026, 1, 5)
    apart = _arrange(model, _split("d", ["p037", "p038"]))
    assert (_topic(apart, "d").first_seen, _topic(apart, "d").trend) == (date(2026, 2, 5), TopicTrend.NEW)
    assert _topic(_arrange(model, _merge("d", "c")), "d").first_seen == date(2026, 1, 5)


def test_mergers_follow_one_another_and_what_is_gone_is_passed_over(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    arranged = _arrange(
        _standing(),
        _merge("b", "a"),
        _merge("c", "b"),
        build_act(TopicActKind.RENAME, "a", name_nl="Te laat"),
        _merge("c", "a", "b", turn=2),
    )
    assert [(topic.id, topic.size) for topic in arranged.topics] == [("c", 35), ("d", 4)]
    assert arranged.acts_seen == 4
    assert [event.n_passages for event in arranged.events] == [15, 27]
    assert sum("passed over" in record.message for record in caplog.records) == 2
    assert "Te laat" not in caplog.text


_CARE = [
    build_topic_passage(
        n, text=(
            "De verpleegkundigen plannen met een zorgrobot de medicijnen van de patiënten." if n % 2 == 0
            else "With a care robot the nurses plan the medicines of the patients."
        ),
    )
    for n in range(10)
]  # fmt: skip
_ROAD = [
    build_topic_passage(
        n, text=(
            "De chauffeurs rijden met een routeplanner langs het magazijn." if n % 2 == 0
            else "With a route planner the drivers pass the warehouse."
        ),
    )
    for n in range(10, 16)
]  # fmt: skip


def test_what_is_divided_gets_words_and_passages_of_its_own() -> None:
    both = {p.id: p for p in (*_CARE, *_ROAD)}
    model = build_standing({"a": list(both.values()), "b": ALL[20:30]})
    arranged = _arrange(model, _split("a", [p.id for p in _ROAD]), passages=both)
    old, new = _topic(arranged, "a"), _topic(arranged, "new")
    assert {p for p, where in arranged.assignments.items() if where == "new"} == {p.id for p in _ROAD}
    assert tally(_CARE).fields().items() <= old.model_dump().items()
    assert tally(_ROAD).fields().items() <= new.model_dump().items()
    assert (new.name_nl, new.name_en, new.named_by, old.name_nl) == ("Nieuw", "Fresh", "anna", "Naam a")
    assert old.arranged and new.arranged
    words = {"nl": (old.terms_nl, new.terms_nl), "en": (old.terms_en, new.terms_en)}
    for language, care, road in (("nl", "zorgrobot", "chauffeurs"), ("en", "nurses", "drivers")):
        assert care in " ".join(words[language][0]) and road in " ".join(words[language][1])
        assert not set(words[language][0]) & set(words[language][1])
    kept = {p.id for p in _ROAD}
    assert new.representative and set(new.representative) <= kept and not set(old.representative) & kept
    assert {both[p].language for p in new.representative} == {"nl", "en"}
    assert (new.x, new.y) != (old.x, old.y) and abs(new.x) < 0.1 and abs(new.y) < 0.1
    (event,) = arranged.events
    assert (event.kind, event.others, event.n_passages) == (TopicEventKind.SPLIT, ("new",), 6)
    assert event.names_en == ("Name a", "Fresh")


def test_a_division_that_leaves_nothing_is_passed_over() -> None:
    model = _standing()
    everything = [p.id for p in ALL[35:39]]
    assert _arrange(model, _split("d", everything)).topics == model.topics
    assert _arrange(model, _split("d", ["p000"])).topics == model.topics  # lies elsewhere by now
    partly = _arrange(model, _split("d", [everything[0], "p000"]))
    assert _topic(partly, "new").size == 1 and partly.assignments["p000"] == "a"


def test_passages_that_are_gone_leave_only_topics_that_are_made_anew() -> None:
    model = _standing()
    there = {p: passage for p, passage in PASSAGES.items() if p not in ("p015", "p035", "p000")}
    arranged = _arrange(model, _merge("b", "d"), passages=there)
    assert set(model.assignments) - set(arranged.assignments) == {"p015", "p035"}
    assert _topic(arranged, "b").size == 14 and _topic(arranged, "a").size == 15


def test_acts_that_a_scan_worked_in_are_not_worked_in_again() -> None:
    model = _standing(acts_seen=7)
    assert _arrange(model, _merge("b", "a"), first=7) == model
    assert _arrange(model) == model
    assert len(_arrange(model, _merge("b", "a"), first=8).topics) == 3


_KINDS = st.sampled_from(list(TopicActKind))
_IDS = st.sampled_from(["a", "b", "c", "d", "new0", "new1"])


@st.composite
def _acts(draw: st.DrawFn) -> list[TopicAct]:
    made: list[TopicAct] = []
    for number in range(draw(st.integers(1, 6))):
        kind, topic = draw(_KINDS), draw(_IDS)
        if kind is TopicActKind.MERGE:
            made.append(_merge(topic, *draw(st.lists(_IDS, min_size=1, max_size=3)), turn=number + 1))
        elif kind is TopicActKind.SPLIT:
            chosen = draw(st.lists(st.sampled_from(sorted(PASSAGES)), min_size=1, max_size=12, unique=True))
            made.append(_split(topic, chosen, new=f"new{number % 2}", turn=number + 1))
        else:
            made.append(build_act(kind, topic, number + 1, name_nl=f"Naam {number}", terms_nl=(f"Woord {number}",)))
    return made


@settings(max_examples=40, deadline=None, derandomize=True)
@given(_acts())
def test_every_passage_stays_in_one_topic_and_sizes_add_up(acts: list[TopicAct]) -> None:
    model = _standing()
    arranged = _arrange(model, *acts)
    assert set(arranged.assignments) == set(model.assignments)
    sizes = Counter(arranged.assignments.values())
    assert {topic.id: topic.size for topic in arranged.topics} == dict(sizes)
    assert [topic.size for topic in arranged.topics] == sorted(sizes.values(), reverse=True)
    for topic in arranged.topics:
        inside = [PASSAGES[p] for p, where in arranged.assignments.items() if where == topic.id]
        assert topic.by_scan == tally(inside).by_scan and topic.n_nl + topic.n_en == topic.size
        assert {arranged.assignments[p] for p in topic.representative} <= {topic.id}
    # In one go, or the first of them at one look and the others at the next.
    halfway = _arrange(_arrange(model, *acts[:2]), *acts[2:], first=len(acts[:2]) + 1)
    assert halfway == arranged


@settings(max_examples=15, deadline=None, derandomize=True)
@given(st.permutations([
    _merge("a", "d"),
    _split("b", [p.id for p in ALL[15:19]]),
    build_act(TopicActKind.PIN, "c", terms_nl=("Zorg",)),
    build_act(TopicActKind.RENAME, "c", 2, name_en="Care"),
    build_act(TopicActKind.HIDE, "b", 2),
]))  # fmt: skip
def test_the_order_of_acts_that_touch_different_things_does_not_matter(acts: list[TopicAct]) -> None:
    arranged, otherwise = _arrange(_standing(), *acts), _arrange(_standing(), *sorted(acts, key=lambda act: act.id))
    assert arranged.topics == otherwise.topics and arranged.assignments == otherwise.assignments
    assert sorted(event.topic for event in arranged.events) == sorted(event.topic for event in otherwise.events)


def test_who_only_arranges_topics_does_not_wait_for_scikit_learn() -> None:
    names = "pipelines.topics.arranged, flows.topic_arranging"
    code = f"import sys, {names}; print({{'sklearn', 'bertopic'}} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
