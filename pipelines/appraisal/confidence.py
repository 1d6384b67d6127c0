"""Evidence x agreement: how much confidence the weighed studies give in a statement.

Evidence is the weight of the side that weighs most, agreement the share of the weight that speaks for the statement.
So a study that agrees never lowers confidence, and one that contradicts never raises it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from pipelines.appraisal.weights import Weights
from pipelines.domain.appraisal import (
    AgreementLevel,
    Confidence,
    ConfidenceLevel,
    EvidenceLevel,
    Stance,
    WeighedStudy,
)
from pipelines.domain.evidence import Direction, Relation

_LEVELS = list(ConfidenceLevel)
#: Which of two answers goes first where both weigh the same: a direction before none.
_DIRECTIONS = (Direction.POSITIVE, Direction.NEGATIVE, Direction.MIXED, Direction.NONE)
_OPPOSITE = {Direction.POSITIVE: Direction.NEGATIVE, Direction.NEGATIVE: Direction.POSITIVE}
#: Sums of weights are compared as rounded, so that the order of adding makes no difference.
_DECIMALS = 9

_STANCE_OF = {
    Relation.SUPPORTS: Stance.FOR,
    Relation.CONTRADICTS: Stance.AGAINST,
    Relation.NARROWS: Stance.NUANCE,
    Relation.NEW: Stance.FOR,
}


def stance_on_statement(relations: Sequence[Relation]) -> Stance:
    """What a study says of a known statement or a trend.

    A study that supports it with one finding and contradicts it with another says that it holds within bounds.
    """
    stances = {_STANCE_OF[relation] for relation in relations}
    return stances.pop() if len(stances) == 1 else Stance.NUANCE


def joint_direction(directions: Sequence[Direction]) -> Direction:
    """The direction that findings of one study have together: the one that they share, else mixed."""
    said = {direction for direction in directions if direction is not Direction.NONE}
    if not said:
        return Direction.NONE
    return said.pop() if len(said) == 1 else Direction.MIXED


def answer_of(weight_of: Mapping[Direction, float]) -> Direction | None:
    """The direction of most weight; ``None`` where no study answers.

    Parameters
    ----------
    weight_of
        Weight of the studies that answer the question, by direction.
    """
    if not weight_of:
        return None
    return min(weight_of, key=lambda one: (-round(weight_of[one], _DECIMALS), _DIRECTIONS.index(one)))


def stance_on_answer(answers: bool, unclear: bool, direction: Direction, answer: Direction | None) -> Stance:
    """What a study says of the answer that studies begin to give to an open question.

    Parameters
    ----------
    answers
        It narrows the question, or contradicts that it is open.
    unclear
        It says that it is still open.
    direction
        Of the study's answer.
    answer
        Direction of the answer of most weight.
    """
    if not answers:
        return Stance.AGAINST
    if unclear:
        return Stance.NUANCE
    if direction is answer:
        return Stance.FOR
    return Stance.AGAINST if _OPPOSITE.get(direction) is answer else Stance.NUANCE


def weigh_confidence(
    studies: Sequence[WeighedStudy],
    weights: Weights,
    *,
    answer: Direction | None = None,
    one_document: bool = False,
) -> Confidence:
    """Confidence from weighed studies.

    Parameters
    ----------
    studies
        Each once.
    weights
        The rules.
    answer
        For an uncertain statement, the direction of the answer that stances are about.
    one_document
        All studies that speak for it are known from the references of one document.
    """
    held = [study for study in studies if study.weight > 0]
    if not held:
        return Confidence()
    sums = {
        stance: round(sum(sorted(one.weight for one in held if one.stance is stance)), _DECIMALS) for stance in Stance
    }
    half = sums[Stance.NUANCE] / 2
    total = sum(sums.values())
    share = round((sums[Stance.FOR] + half) / total, _DECIMALS)
    evidence = _evidence_level(max(sums[Stance.FOR], sums[Stance.AGAINST]) + half, weights)
    agreement = _agreement_level(share, weights)
    level = ConfidenceLevel.VERY_LOW
    if share >= weights.agreement["least_share"].from_share:
        n_for = Counter(one.stance for one in held)[Stance.FOR]
        level = _lowest([weights.levels[evidence][agreement], *_caps(n_for, one_document, weights)])
    return Confidence(
        evidence=evidence,
        agreement=agreement,
        level=level,
        weight_for=sums[Stance.FOR],
        weight_against=sums[Stance.AGAINST],
        weight_nuance=sums[Stance.NUANCE],
        n_studies=len(held),
        n_pieces=len({item for one in held for item in one.items}),
        answer=answer,
    )


def _evidence_level(weight: float, weights: Weights) -> EvidenceLevel:
    for level in (EvidenceLevel.ROBUST, EvidenceLevel.MEDIUM):
        if round(weight, _DECIMALS) >= weights.evidence[level].from_weight:
            return level
    return EvidenceLevel.LIMITED


def _agreement_level(share: float, weights: Weights) -> AgreementLevel:
    if share >= weights.agreement["high"].from_share:
        return AgreementLevel.HIGH
    return AgreementLevel.MEDIUM if share >= weights.agreement["medium"].from_share else AgreementLevel.LOW


def _caps(n_for: int, one_document: bool, weights: Weights) -> list[ConfidenceLevel]:
    caps = {0: "one_study", 1: "one_study", 2: "two_studies"}
    found = [weights.highest[caps[n_for]].level] if n_for in caps else []
    return [*found, weights.highest["one_document"].level] if one_document else found


def _lowest(levels: Sequence[ConfidenceLevel]) -> ConfidenceLevel:
    return min(levels, key=_LEVELS.index)
