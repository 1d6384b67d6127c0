"""Where an item stands follows from its decisions alone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pipelines.domain.decisions import Decision, ItemState, Judgement, Role, Verdict, fold_decisions
from pipelines.domain.evidence import Relation

_SUPPORTS = Judgement(rows=("B1",), relation=Relation.SUPPORTS)
_CONTRADICTS = Judgement(rows=("B1",), relation=Relation.CONTRADICTS)


def _decide(turn: int, verdict: Verdict, reviewer: str = "anna", **values: Any) -> Decision:
    extra: dict[str, Any] = {
        Verdict.ACCEPT: {"judgement": _SUPPORTS},
        Verdict.CORRECT: {"judgement": _CONTRADICTS},
        Verdict.REJECT: {"reason": "off_topic"},
        Verdict.LATER: {"reason": "other"},
    }.get(verdict, {})
    given = {
        "id": f"d{turn}",
        "item_id": "p1",
        "turn": turn,
        "passage_id": "p1",
        "document_id": "doc",
        "passage_text": "text",
        "verdict": verdict,
        "reviewer": reviewer,
        "decided": datetime(2026, 1, 2, 3, 4, turn % 60),
    }
    return Decision(**{**given, **extra, **values})


def _fold(*decisions: Decision) -> tuple[ItemState, str | None]:
    standing = fold_decisions(decisions)
    return standing.state, None if standing.holds is None else standing.holds.id


def test_nothing_decided_is_open() -> None:
    assert _fold() == (ItemState.OPEN, None)


@pytest.mark.parametrize(
    ("verdict", "state"),
    [
        (Verdict.ACCEPT, ItemState.ACCEPTED),
        (Verdict.CORRECT, ItemState.ACCEPTED),
        (Verdict.REJECT, ItemState.REJECTED),
        (Verdict.LATER, ItemState.LATER),
    ],
)
def test_one_decision_counts(verdict: Verdict, state: ItemState) -> None:
    assert _fold(_decide(1, verdict)) == (state, "d1")


def test_an_undo_brings_back_what_was_before() -> None:
    accept, reject = _decide(1, Verdict.ACCEPT), _decide(2, Verdict.REJECT)
    assert _fold(accept, reject) == (ItemState.REJECTED, "d2")
    undo = _decide(3, Verdict.UNDO, undoes="d2")
    assert _fold(accept, reject, undo) == (ItemState.ACCEPTED, "d1")
    assert _fold(accept, reject, undo, _decide(4, Verdict.UNDO, undoes="d1")) == (ItemState.OPEN, None)


def test_two_readings_that_agree_need_no_settlement() -> None:
    second = _decide(2, Verdict.ACCEPT, "bram", role=Role.SECOND)
    standing = fold_decisions([_decide(1, Verdict.ACCEPT), second])
    assert (standing.state, standing.differs) == (ItemState.ACCEPTED, ())


def test_readings_that_differ_wait_for_a_settlement() -> None:
    first, second = _decide(1, Verdict.ACCEPT), _decide(2, Verdict.CORRECT, "bram", role=Role.SECOND)
    standing = fold_decisions([first, second])
    assert (standing.state, standing.differs) == (ItemState.DISAGREEMENT, ("relation",))
    settled = _decide(3, Verdict.REJECT, "cora", role=Role.SETTLEMENT)
    assert _fold(first, second, settled) == (ItemState.REJECTED, "d3")
    # Who reads it anew after that changes nothing; who takes the settlement back does.
    again = _decide(4, Verdict.ACCEPT)
    assert _fold(first, second, settled, again) == (ItemState.REJECTED, "d3")
    back = _decide(4, Verdict.UNDO, "cora", undoes="d3")
    assert _fold(first, second, settled, back)[0] is ItemState.DISAGREEMENT


def test_a_first_reader_who_gives_in_does_not_end_the_disagreement() -> None:
    first, second = _decide(1, Verdict.ACCEPT), _decide(2, Verdict.REJECT, "bram", role=Role.SECOND)
    standing = fold_decisions([first, second, _decide(3, Verdict.REJECT)])
    assert (standing.state, standing.first, standing.differs) == (ItemState.DISAGREEMENT, first, ("relevant",))
    # Taken back, it is no reading any more, and the other one stands alone.
    assert _fold(first, second, _decide(3, Verdict.UNDO, undoes="d1")) == (ItemState.REJECTED, "d2")


def test_opposite_decisions_on_what_became_near_duplicates_are_a_disagreement() -> None:
    mine = _decide(1, Verdict.ACCEPT, item_id="p1")
    theirs = _decide(1, Verdict.REJECT, "bram", item_id="p2", id="d2")
    assert fold_decisions([mine, theirs]).differs == ("relevant",)
    # Whoever decides on the group knows of both.
    settled = _decide(3, Verdict.REJECT, "anna", item_id="p1")
    assert _fold(mine, theirs, settled) == (ItemState.REJECTED, "d3")


def test_one_who_accepts_and_one_who_rejects_differ_on_relevance() -> None:
    rejected = _decide(2, Verdict.REJECT, "bram", role=Role.SECOND)
    assert fold_decisions([_decide(1, Verdict.ACCEPT), rejected]).differs == ("relevant",)


def test_a_second_reading_stays_asked_for_until_it_is_given() -> None:
    ask = _decide(2, Verdict.ASK)
    assert fold_decisions([_decide(1, Verdict.ACCEPT), ask]).asked == ask
    given_ = _decide(3, Verdict.ACCEPT, "bram", role=Role.SECOND)
    assert fold_decisions([_decide(1, Verdict.ACCEPT), ask, given_]).asked is None
    undone = _decide(4, Verdict.UNDO, "bram", undoes="d3")
    assert fold_decisions([_decide(1, Verdict.ACCEPT), ask, given_, undone]).asked == ask


@pytest.mark.parametrize(
    ("verdict", "values"),
    [
        (Verdict.ACCEPT, {"judgement": None}),
        (Verdict.REJECT, {"reason": None}),
        (Verdict.REJECT, {"reason": "ask_expert"}),
        (Verdict.LATER, {"reason": "off_topic"}),
        (Verdict.UNDO, {}),
        (Verdict.LATER, {"judgement": _SUPPORTS}),
    ],
)
def test_a_decision_without_its_parts_is_no_decision(verdict: Verdict, values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        _decide(1, verdict, **values)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([v for v in Verdict if v != Verdict.UNDO]),
            st.sampled_from(list(Role)),
            st.sampled_from(["anna", "bram"]),
        ),
        max_size=8,
    )
)
def test_undoing_everything_opens_the_item(steps: list[tuple[Verdict, Role, str]]) -> None:
    made = [_decide(turn, verdict, who, role=role) for turn, (verdict, role, who) in enumerate(steps, 1)]
    standing = fold_decisions(made)
    assert standing.turn == len(made)
    assert (standing.holds is None) == (standing.state in {ItemState.OPEN, ItemState.DISAGREEMENT})
    undos = [_decide(len(made) + n, Verdict.UNDO, d.reviewer, undoes=d.id) for n, d in enumerate(made, 1)]
    assert fold_decisions([*made, *undos]).state is ItemState.OPEN
