"""Weights, evidence, agreement and confidence."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.appraisal.confidence import (
    answer_of,
    joint_direction,
    stance_on_answer,
    stance_on_statement,
    weigh_confidence,
)
from pipelines.appraisal.weighing import recency
from pipelines.appraisal.weights import WEIGHTS_FILE, load_weights
from pipelines.domain.appraisal import (
    AgreementLevel,
    Confidence,
    ConfidenceLevel,
    Design,
    EvidenceLevel,
    Setting,
    Stance,
    Study,
    WeighedStudy,
)
from pipelines.domain.evidence import Direction, EvidenceKind, Relation
from pipelines.errors import SettingsError

_LEVELS = list(ConfidenceLevel)
_WEIGHTS = load_weights()


def _study(name: str, stance: Stance, weight: float) -> WeighedStudy:
    study = Study(
        id=name,
        name=name,
        items=(name,),
        documents=(name,),
        design=Design.UNSTATED,
        kind=EvidenceKind.EMPIRICAL,
        setting=Setting.UNSTATED,
    )
    return WeighedStudy(study=study, stance=stance, weight=weight, parts={}, items=(name,))


def _confidence(*studies: tuple[Stance, float]) -> Confidence:
    return weigh_confidence([_study(f"s{n}", *one) for n, one in enumerate(studies)], _WEIGHTS)


def test_no_evidence_is_undetermined() -> None:
    assert _confidence() == Confidence()


@pytest.mark.parametrize(
    ("weights_for", "weights_against", "level"),
    [
        ((1.0,), (), ConfidenceLevel.LOW),
        ((1.0, 1.0), (), ConfidenceLevel.MEDIUM),
        ((0.8, 0.7, 0.6), (), ConfidenceLevel.VERY_HIGH),
        ((0.5, 0.4, 0.3), (), ConfidenceLevel.HIGH),
        ((0.1, 0.1, 0.1), (), ConfidenceLevel.LOW),
        ((0.8, 0.7, 0.6), (0.9,), ConfidenceLevel.HIGH),
        ((0.8, 0.7, 0.6), (1.0, 0.9), ConfidenceLevel.LOW),
        ((0.8, 0.7), (1.0, 0.9), ConfidenceLevel.VERY_LOW),
        ((), (1.0,), ConfidenceLevel.VERY_LOW),
    ],
)
def test_levels(weights_for: tuple[float, ...], weights_against: tuple[float, ...], level: ConfidenceLevel) -> None:
    found = _confidence(*((Stance.FOR, w) for w in weights_for), *((Stance.AGAINST, w) for w in weights_against))
    assert found.level is level
    assert found.n_studies == len(weights_for) + len(weights_against)


def test_what_holds_within_bounds_counts_half() -> None:
    found = _confidence((Stance.NUANCE, 0.8), (Stance.NUANCE, 0.6))
    assert found.agreement is AgreementLevel.LOW
    assert found.evidence is EvidenceLevel.LIMITED
    assert _confidence((Stance.FOR, 0.6), (Stance.NUANCE, 0.3)).agreement is AgreementLevel.HIGH


def test_one_document_gives_no_high_confidence() -> None:
    studies = [_study(name, Stance.FOR, 0.9) for name in "abc"]
    assert weigh_confidence(studies, _WEIGHTS).level is ConfidenceLevel.VERY_HIGH
    assert weigh_confidence(studies, _WEIGHTS, one_document=True).level is ConfidenceLevel.MEDIUM


_STUDIES = st.lists(st.tuples(st.sampled_from(Stance), st.floats(0.01, 1)), max_size=8)


@settings(max_examples=80, deadline=None)
@given(_STUDIES, st.floats(0.01, 1))
def test_agreeing_evidence_never_lowers_confidence(studies: list[tuple[Stance, float]], weight: float) -> None:
    before, after = _confidence(*studies), _confidence(*studies, (Stance.FOR, weight))
    assert _LEVELS.index(after.level) >= _LEVELS.index(before.level)
    assert after.n_studies == before.n_studies + 1


@settings(max_examples=80, deadline=None)
@given(_STUDIES.filter(len), st.floats(0.01, 1))
def test_contradicting_evidence_never_raises_confidence(studies: list[tuple[Stance, float]], weight: float) -> None:
    before, after = _confidence(*studies), _confidence(*studies, (Stance.AGAINST, weight))
    assert _LEVELS.index(after.level) <= _LEVELS.index(before.level)


@settings(max_examples=60, deadline=None)
@given(_STUDIES, st.randoms(use_true_random=False))
def test_order_makes_no_difference_to_confidence(studies: list[tuple[Stance, float]], mix: object) -> None:
    weighed = [_study(f"s{n}", *one) for n, one in enumerate(studies)]
    other = list(weighed)
    mix.shuffle(other)  # type: ignore[attr-defined]
    assert weigh_confidence(weighed, _WEIGHTS) == weigh_confidence(other, _WEIGHTS)


def test_stance_on_a_statement() -> None:
    assert stance_on_statement([Relation.SUPPORTS, Relation.SUPPORTS]) is Stance.FOR
    assert stance_on_statement([Relation.CONTRADICTS]) is Stance.AGAINST
    assert stance_on_statement([Relation.SUPPORTS, Relation.CONTRADICTS]) is Stance.NUANCE
    assert stance_on_statement([Relation.NARROWS, Relation.SUPPORTS]) is Stance.NUANCE


def test_stance_on_the_answer_of_an_open_question() -> None:
    up, down = Direction.POSITIVE, Direction.NEGATIVE
    assert stance_on_answer(True, False, up, up) is Stance.FOR
    assert stance_on_answer(True, False, down, up) is Stance.AGAINST
    assert stance_on_answer(True, False, Direction.MIXED, up) is Stance.NUANCE
    assert stance_on_answer(False, True, Direction.NONE, up) is Stance.AGAINST
    assert stance_on_answer(True, True, up, up) is Stance.NUANCE
    assert answer_of({up: 0.4, down: 0.6}) is down
    assert answer_of({down: 0.5, up: 0.5}) is up
    assert answer_of({}) is None


def test_direction_of_several_findings() -> None:
    assert joint_direction([Direction.POSITIVE, Direction.NONE]) is Direction.POSITIVE
    assert joint_direction([Direction.POSITIVE, Direction.NEGATIVE]) is Direction.MIXED
    assert joint_direction([]) is Direction.NONE


def test_recency_is_soft() -> None:
    values = [recency(year, 2026, _WEIGHTS) for year in (2027, 2026, 2020, 2014, 1950)]
    assert values[0] == values[1] == 1
    assert values == sorted(values, reverse=True)
    assert values[-1] >= _WEIGHTS.recency.floor > 0
    assert values[-1] < recency(None, 2026, _WEIGHTS) < 1


def test_every_factor_tells_why() -> None:
    # A design that tells more about causes never weighs less than one that tells less, but for opinion and unstated.
    factors = [_WEIGHTS.design[design].factor for design in Design if design is not Design.UNSTATED]
    assert factors == sorted(factors, reverse=True)
    order = [Setting.NETHERLANDS, Setting.EUROPE, Setting.UNSTATED, Setting.ELSEWHERE]
    assert [_WEIGHTS.setting[s].factor for s in order] == sorted(
        (factor.factor for factor in _WEIGHTS.setting.values()), reverse=True
    )


@pytest.mark.parametrize("damage", ["factor: 1.0", "design:", "medium: {low: low, medium: medium, high: high}"])
def test_a_damaged_file_of_weights_is_refused(tmp_path: Path, damage: str) -> None:
    content = WEIGHTS_FILE.read_text(encoding="utf-8")
    assert damage in content
    path = tmp_path / "weights.yaml"
    path.write_text(content.replace(damage, "factor: 7" if "factor" in damage else "medium: {}"), encoding="utf-8")
    with pytest.raises(SettingsError):
        load_weights(path)
