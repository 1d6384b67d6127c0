"""Agreement of two readers, held against published examples and scikit-learn, and where it cannot be told."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from pipelines.domain.decisions import Judgement
from pipelines.domain.evidence import Direction, EvidenceKind, Level, Relation
from pipelines.domain.evidence_table import Column
from pipelines.domain.themes import Theme
from pipelines.review.agreement import (
    LEAST_PAIRS,
    Problem,
    Strength,
    agreement,
    agreement_per_label,
    strength_of,
)
from pipelines.strings.catalogue import LANGUAGES, Language, text


def crossed(yes_yes: int, yes_no: int, no_yes: int, no_no: int) -> list[tuple[str, str]]:
    return [*[("y", "y")] * yes_yes, *[("y", "n")] * yes_no, *[("n", "y")] * no_yes, *[("n", "n")] * no_no]


def test_kappa_is_agreement_beyond_chance() -> None:
    found = agreement(crossed(20, 5, 10, 15))  # .70 the same, .50 by chance
    assert found.kappa is not None and found.share is not None
    assert found.share.value == pytest.approx(0.7)
    assert found.kappa.value == pytest.approx(0.4)
    assert found.kappa.low == pytest.approx(0.1250, abs=5e-4)  # Wilson: .5625 to .8090
    assert found.kappa.high == pytest.approx(0.6180, abs=5e-4)
    assert found.problem is None and found.ac1 is None
    assert found.strength is Strength.FAIR and found.least_strength is Strength.SLIGHT


def test_skewed_answers_get_ac1_beside_kappa() -> None:
    found = agreement(crossed(118, 5, 2, 0))
    assert found.kappa is not None and found.ac1 is not None
    assert found.kappa.value == pytest.approx(-0.0234, abs=1e-4)
    assert found.strength is Strength.POOR
    assert found.ac1.value == pytest.approx(0.9408, abs=1e-4)
    assert found.ac1.low < found.ac1.value < found.ac1.high <= 1


answers = st.sampled_from(["supports", "narrows", "contradicts", "new"])


@given(st.lists(st.tuples(answers, answers), min_size=LEAST_PAIRS, max_size=80))
def test_kappa_is_that_of_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    found = agreement(pairs)
    if len({answer for pair in pairs for answer in pair}) == 1:
        assert found.kappa is None
        return
    assert found.kappa is not None
    assert found.kappa.value == pytest.approx(cohen_kappa_score(*zip(*pairs, strict=True)))
    assert -1 <= found.kappa.low <= found.kappa.value + 1e-9 and found.kappa.value - 1e-9 <= found.kappa.high <= 1


@given(st.lists(st.tuples(answers, answers), max_size=80))
def test_readers_may_change_places(pairs: list[tuple[str, str]]) -> None:
    one, other = agreement(pairs), agreement([(b, a) for a, b in pairs])
    assert (one.kappa is None) == (other.kappa is None)
    assert one.share == other.share and one.problem == other.problem
    if one.kappa and other.kappa:
        assert one.kappa.value == pytest.approx(other.kappa.value)


def test_full_agreement_is_not_certain() -> None:
    found = agreement(crossed(20, 0, 0, 20))
    assert found.kappa is not None
    assert found.kappa.value == found.kappa.high == 1
    assert found.kappa.low == pytest.approx(0.8248, abs=5e-4)
    assert found.strength is Strength.ALMOST_PERFECT


def test_one_answer_throughout_has_no_kappa() -> None:
    found = agreement([("y", "y")] * 50, 2)
    assert found.kappa is None and found.strength is None
    assert found.problem is Problem.ONE_ANSWER
    assert found.share is not None and found.share.value == 1
    assert found.ac1 is not None and found.ac1.value == 1 and found.ac1.low < 1


def test_one_answer_of_one_known_answer_has_no_ac1_either() -> None:
    assert agreement([("y", "y")] * 50).ac1 is None


def test_a_reader_without_choice_makes_kappa_say_nothing() -> None:
    found = agreement(crossed(30, 10, 0, 0))
    assert found.problem is Problem.NO_CHOICE
    assert found.kappa is not None and found.kappa.value == pytest.approx(0)
    assert found.strength is None


def test_too_few_pairs_have_no_kappa() -> None:
    pairs = crossed(15, 0, 0, LEAST_PAIRS - 15)
    assert agreement(pairs).kappa is not None
    few = agreement(pairs[:-1])
    assert few.kappa is None and few.ac1 is None and few.problem is Problem.TOO_FEW
    assert few.n_pairs == LEAST_PAIRS - 1 and few.share is not None


def test_nothing_read_twice() -> None:
    found = agreement([])
    assert found.problem is Problem.NO_PAIRS and found.share is None and found.n_pairs == 0


def test_disagreements_are_counted_most_frequent_first() -> None:
    pairs = [("a", "b"), ("b", "a"), ("b", "a"), ("a", "a"), ("c", "a")]
    assert agreement(pairs).disagreements == (("b", "a", 2), ("a", "b", 1), ("c", "a", 1))


@pytest.mark.parametrize(
    ("kappa", "word"),
    [
        (-0.01, Strength.POOR),
        (0.0, Strength.SLIGHT),
        (0.2, Strength.SLIGHT),
        (0.21, Strength.FAIR),
        (0.41, Strength.MODERATE),
        (0.61, Strength.SUBSTANTIAL),
        (0.8, Strength.SUBSTANTIAL),
        (0.81, Strength.ALMOST_PERFECT),
        (1.0, Strength.ALMOST_PERFECT),
    ],
)
def test_words_of_landis_and_koch(kappa: float, word: Strength) -> None:
    assert strength_of(kappa) is word


ONE = Judgement(
    themes=(Theme.PRODUCTIVITY,),
    rows=("B1", "B2"),
    statement="B1.k1",
    relation=Relation.SUPPORTS,
    column=Column.KNOWN,
    kind=EvidenceKind.EMPIRICAL,
    direction=Direction.POSITIVE,
)
OTHER = ONE.model_copy(update={"rows": ("B2",), "relation": Relation.NARROWS, "themes": (Theme.ADOPTION,)})


def test_labels_are_compared_where_both_accepted() -> None:
    pairs = [*[(ONE, ONE)] * 20, *[(OTHER, OTHER)] * 15, *[(ONE, OTHER)] * 5, *[(ONE, None)] * 6, *[(None, None)] * 4]
    found = agreement_per_label(pairs)
    assert found["relevant"].n_pairs == 50
    assert found["relevant"].share is not None and found["relevant"].share.value == pytest.approx(44 / 50)
    for label in ("row", "relation", "theme.productivity", "theme.adoption"):
        assert found[label].n_pairs == 40
        assert math.isclose(found[label].share.value, 35 / 40)  # type: ignore[union-attr]
    assert found["relation"].disagreements == ((Relation.SUPPORTS, Relation.NARROWS, 5),)
    assert found["statement"].problem is Problem.ONE_ANSWER
    assert found["theme.employment"].problem is Problem.ONE_ANSWER
    assert found["level"].n_pairs == 0


def test_a_level_that_one_reader_did_not_give_is_left_out() -> None:
    advice = ONE.model_copy(update={"recommendation": True, "level": Level.MACRO})
    found = agreement_per_label([(advice, advice)] * 3 + [(advice, ONE)])
    assert found["level"].n_pairs == 3
    assert found["recommendation"].disagreements == ((True, False, 1),)


def test_no_row_is_an_answer() -> None:
    nowhere = ONE.model_copy(update={"rows": ()})
    assert agreement_per_label([(ONE, nowhere)])["row"].disagreements == (("B1", None, 1),)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_and_problem_is_in_the_catalogue(language: Language) -> None:
    for word in Strength:
        assert text(f"priority.agreement.strength.{word.value}", language)
    for problem in Problem:
        assert text(f"priority.agreement.problem.{problem.value}", language, n=3, least=LEAST_PAIRS)
    assert text("priority.agreement.skewed", language) and text("priority.agreement.limits", language)
