"""The order of the inbox: best first, each finding once before any twice, always the same."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.domain.evidence import EvidenceKind, Relation
from pipelines.domain.evidence_table import Column
from pipelines.review import priority
from pipelines.review.candidates import Candidate, Placed, Reason, Weights
from pipelines.review.priority import impact_of, order_inbox
from pipelines.strings.catalogue import LANGUAGES, Language, text

PLAIN = Candidate(
    "plain", 0.9, ("B1",), "B1.k1", 0.8, Relation.SUPPORTS, Column.KNOWN, EvidenceKind.EMPIRICAL, "d1", "s1", 2025
)


def named(item_id: str, **changes: object) -> Candidate:
    return replace(PLAIN, item_id=item_id, **changes)


def ids(placed: list[Placed]) -> list[str]:
    return [one.item_id for one in placed]


candidates_drawn = st.lists(
    st.builds(
        Candidate,
        item_id=st.uuids().map(str),
        flag=st.floats(0, 1),
        row_ids=st.sampled_from([(), ("A1",), ("A1", "B1"), ("B1",)]),
        statement_id=st.sampled_from([None, "A1.k1", "B1.k1", "B1.u1"]),
        statement_score=st.floats(0, 1),
        relation=st.sampled_from([None, *Relation]),
        column=st.sampled_from([None, *Column]),
        kind=st.sampled_from(EvidenceKind),
        document_id=st.sampled_from(["", "d1", "d2"]),
        source=st.sampled_from(["", "s1"]),
        year=st.sampled_from([None, 2023, 2025]),
        vector_index=st.sampled_from([None, 0, 1, 2]),
        n_duplicates=st.integers(0, 9),
    ),
    max_size=12,
    unique_by=lambda c: c.item_id,
)
VECTORS = np.eye(3, 4, dtype=np.float32)


@given(candidates_drawn, st.randoms(use_true_random=False))
@settings(deadline=None)
def test_each_item_has_one_place_whatever_the_order_given(candidates: list[Candidate], chance: random.Random) -> None:
    placed = order_inbox(candidates, VECTORS)
    assert sorted(ids(placed)) == sorted(c.item_id for c in candidates)
    assert [one.rank for one in placed] == list(range(1, len(candidates) + 1))
    shuffled = candidates[:]
    chance.shuffle(shuffled)
    assert order_inbox(shuffled, VECTORS) == placed


@given(candidates_drawn)
@settings(deadline=None)
def test_scores_and_parts_are_shares_and_scores_never_rise(candidates: list[Candidate]) -> None:
    placed = order_inbox(candidates, VECTORS)
    scores = [one.score for one in placed]
    assert scores == sorted(scores, reverse=True)
    shares = [*scores, *(value for one in placed for value in vars(one.parts).values())]
    assert all(0 <= share <= 1 for share in shares)


@given(candidates_drawn)
@settings(deadline=None)
def test_the_score_follows_from_its_parts(candidates: list[Candidate]) -> None:
    w = Weights()
    for one in order_inbox(candidates, VECTORS):
        p = one.parts
        use = w.any_use + w.impact * p.impact + w.novelty * p.novelty + w.row * p.row + w.source * p.source
        assert one.score == pytest.approx(p.probability * use + w.uncertainty * p.uncertainty, abs=1e-5)


@pytest.mark.parametrize("n_kinds", [2, 40])
def test_what_changes_with_a_place_is_all_that_is_scored_again(n_kinds: int) -> None:
    """With few kinds all scores are worked out again, with many only those of items like the one that was placed."""
    chance = random.Random(n_kinds)

    def drawn(prefix: str) -> str:
        return f"{prefix}{chance.randrange(n_kinds)}"

    candidates = [
        named(
            f"i{number:03}",
            flag=chance.random(),
            row_ids=(drawn("R"),),
            statement_id=chance.choice([None, drawn("k")]),
            relation=chance.choice([None, *Relation]),
            document_id=drawn("d"),
            source=drawn("s"),
            vector_index=chance.choice([None, 0, 1, 2]),
        )
        for number in range(120)
    ]
    chosen, weights = sorted(candidates, key=priority._without_scores), Weights()
    inbox, expected = priority._Inbox.of(chosen, VECTORS), list[tuple[str, float]]()
    for _ in chosen:
        scores = inbox.scores(weights)
        best = int(scores.argmax())
        expected.append((chosen[best].item_id, round(float(scores[best]), 6)))
        inbox.place(best, priority._vector_of(chosen[best], VECTORS))
    assert [(one.item_id, one.score) for one in order_inbox(candidates, VECTORS)] == expected


def test_weights_are_shares_of_one() -> None:
    assert sum(vars(Weights()).values()) == pytest.approx(1)


def test_the_probable_goes_first_where_all_else_is_equal() -> None:
    improbable, probable = named("a", flag=0.6, statement_id="B1.k2"), named("b", flag=0.9)
    assert ids(order_inbox([improbable, probable])) == ["b", "a"]


def test_contradiction_goes_before_narrowing_before_new_before_support() -> None:
    relations = [Relation.SUPPORTS, Relation.NEW, Relation.NARROWS, Relation.CONTRADICTS]
    items = [named(r.value, relation=r, document_id=r.value, source=r.value) for r in relations]
    assert ids(order_inbox(items)) == ["contradicts", "narrows", "new", "supports"]


def test_contradicting_what_is_known_has_most_impact() -> None:
    known = named("a", relation=Relation.CONTRADICTS)
    assert impact_of(known) == 1
    assert impact_of(replace(known, column=Column.TREND)) < impact_of(known)


def test_what_is_observed_or_reviewed_has_more_impact_than_forecast_than_opinion() -> None:
    kinds = [EvidenceKind.EMPIRICAL, EvidenceKind.REVIEW, EvidenceKind.FORECAST, EvidenceKind.OPINION]
    observed, reviewed, forecast, opinion = (impact_of(replace(PLAIN, kind=kind)) for kind in kinds)
    assert observed == reviewed > forecast > opinion


def test_another_finding_goes_before_the_same_again() -> None:
    same = [named(f"same{i}", flag=0.95 - i / 100) for i in range(3)]
    other = named("other", flag=0.8, statement_id="B1.t1")
    assert ids(order_inbox([*same, other])) == ["same0", "other", "same1", "same2"]


def test_another_row_goes_before_the_same_row() -> None:
    here = [named("a", statement_id="B1.k1"), named("b", statement_id="B1.k2")]
    there = named("c", row_ids=("C1",), statement_id="C1.k1", flag=0.899)
    assert ids(order_inbox([*here, there])) == ["a", "c", "b"]


@pytest.mark.parametrize("field", ["document_id", "source"])
def test_another_voice_goes_before_the_same(field: str) -> None:
    alike = {"document_id": "", "source": ""}
    first, again = (named(i, statement_id=f"B1.{i}", **(alike | {field: "x"})) for i in "ab")
    other = named("c", statement_id="B1.c", **alike, flag=0.8999)
    assert ids(order_inbox([first, again, other])) == ["a", "c", "b"]


def test_what_readers_accepted_counts_as_said() -> None:
    said, fresh = named("said", flag=0.95), named("fresh", flag=0.9, row_ids=("C1",), statement_id="C1.k1")
    assert ids(order_inbox([said, fresh])) == ["said", "fresh"]
    accepted = named("earlier", document_id="d0")
    before = order_inbox([said, fresh], accepted=[accepted])
    assert ids(before) == ["fresh", "said"]
    assert before[1].parts.novelty < 1 == before[0].parts.novelty


def test_new_points_count_as_one_only_where_their_vectors_are_near() -> None:
    vectors = np.asarray([[1, 0], [1, 0], [0, 1]], dtype=np.float32)
    new = [named(f"n{i}", relation=Relation.NEW, vector_index=i, flag=0.95 - i / 100) for i in range(3)]
    placed = order_inbox(new, vectors)
    assert ids(placed) == ["n0", "n2", "n1"]
    assert [one.parts.novelty == 1 for one in placed] == [True, True, False]
    assert ids(order_inbox(new)) == ["n0", "n1", "n2"]  # without vectors all are one finding
    assert order_inbox(new)[1].parts.novelty < 1


def test_new_points_without_a_vector_beside_some_that_have_one_count_as_one() -> None:
    vectors = np.asarray([[1, 0], [0, 1]], dtype=np.float32)
    new = [named("a", relation=Relation.NEW, vector_index=0), named("b", relation=Relation.NEW, flag=0.8)]
    assert order_inbox(new, vectors)[1].parts.novelty < 1


def test_equal_items_stand_by_year_and_then_by_id() -> None:
    items = [named("b"), named("a"), named("c", year=2026)]
    assert ids(order_inbox(items)) == ["c", "a", "b"]


def test_an_empty_inbox_is_empty() -> None:
    assert order_inbox([], VECTORS) == []


def test_an_item_given_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        order_inbox([PLAIN, PLAIN])


def reasons(*items: Candidate, accepted: tuple[Candidate, ...] = ()) -> dict[str, tuple[Reason, ...]]:
    return {one.item_id: one.reasons for one in order_inbox(items, accepted=accepted)}


def test_reasons_say_what_holds() -> None:
    found = reasons(
        named("a", relation=Relation.CONTRADICTS),
        named("b", flag=0.55, statement_id="B1.k2"),
        accepted=(named("earlier", statement_id="B1.k9"),),
    )
    assert found["a"] == (Reason.CONTRADICTS_KNOWN, Reason.FIRST_FOR_STATEMENT)
    assert found["b"] == (Reason.FIRST_FOR_STATEMENT, Reason.SUPPORTS, Reason.UNSURE)


def test_the_first_of_a_row_and_the_often_said_are_named() -> None:
    found = reasons(*(named(f"s{i}", flag=0.95 - i / 100) for i in range(5)))
    assert found["s0"] == (Reason.FIRST_FOR_ROW, Reason.SUPPORTS)
    assert found["s1"] == (Reason.SUPPORTS,)
    assert found["s4"] == (Reason.SUPPORTS, Reason.SAID_BEFORE)


def test_a_trend_that_is_contradicted_is_called_a_trend() -> None:
    found = reasons(named("a", relation=Relation.CONTRADICTS, column=Column.TREND), named("n", relation=Relation.NEW))
    assert found["a"][0] is Reason.CONTRADICTS_TREND
    assert Reason.NEW_POINT in found["n"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_and_part_has_words(language: Language) -> None:
    words = {text(f"priority.reason.{reason.value}", language) for reason in Reason}
    assert len(words) == len(Reason)
    for part in vars(order_inbox([PLAIN])[0].parts):
        assert text(f"priority.part.{part}", language)
