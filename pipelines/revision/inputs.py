"""What the rules look at: counts and levels, by the names that ``rules.yaml`` uses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from pipelines.domain.appraisal import (
    AgreementLevel,
    ConfidenceLevel,
    Design,
    EvidenceLevel,
    Stance,
    StatementAppraisal,
    Study,
    WeighedStudy,
)
from pipelines.domain.evidence import EvidenceKind
from pipelines.domain.rules import Bound, Rule

Value = str | int | float


class Strength(StrEnum):
    """How much a way of working can say, in steps so coarse that two designs of one step are equals.

    GRADE begins high with experiments and low with observation; systematic reviews stand above single studies.
    """

    OPINION = "opinion"
    MODELLED = "modelled"
    """Forecast, scenario, exposure index; an overview that is not systematic says no more than its sources."""
    OBSERVED = "observed"
    """At one moment, or by interviews and cases."""
    FOLLOWED = "followed"
    """The same people or firms over time."""
    COMPARED = "compared"
    """With a group that chance or policy made."""
    COMBINED = "combined"
    """Systematic review or meta-analysis."""


_STRENGTHS: dict[Design, Strength] = {
    Design.SYNTHESIS: Strength.COMBINED,
    Design.EXPERIMENT: Strength.COMPARED,
    Design.QUASI_EXPERIMENT: Strength.COMPARED,
    Design.LONGITUDINAL: Strength.FOLLOWED,
    Design.CROSS_SECTION: Strength.OBSERVED,
    Design.QUALITATIVE: Strength.OBSERVED,
    Design.REVIEW: Strength.MODELLED,
    Design.MODEL: Strength.MODELLED,
    Design.OPINION: Strength.OPINION,
}

#: A study that does not say how it was done is taken at the least that its kind of evidence means.
_STRENGTHS_OF_KINDS: dict[EvidenceKind, Strength] = {
    EvidenceKind.EMPIRICAL: Strength.OBSERVED,
    EvidenceKind.REVIEW: Strength.MODELLED,
    EvidenceKind.FORECAST: Strength.MODELLED,
    EvidenceKind.OPINION: Strength.OPINION,
    EvidenceKind.NONE: Strength.OPINION,
}


class InputKind(NamedTuple):
    """Which values an input can have."""

    levels: tuple[str, ...] = ()
    """From low to high; empty for a number."""
    low: float = 0
    high: float = 100
    whole: bool = True


_COUNT = InputKind()
_SHARE = InputKind(high=1, whole=False)

INPUTS: Mapping[str, InputKind] = {
    "studies_for": _COUNT,
    "studies_against": _COUNT,
    "studies_nuance": _COUNT,
    "new_for": _COUNT,
    "new_against": _COUNT,
    "new_nuance": _COUNT,
    "observed_for": _COUNT,
    "equal_against": _COUNT,
    "confirmations": _COUNT,
    "evidence": InputKind(levels=tuple(EvidenceLevel)),
    "agreement": InputKind(levels=tuple(AgreementLevel)),
    "confidence": InputKind(levels=tuple(ConfidenceLevel)),
    "design_against": InputKind(levels=tuple(Strength)),
    "studies_with_figure": _COUNT,
    # A figure can be many times another.
    "figure_difference": InputKind(high=10, whole=False),
    "measure_likeness": _SHARE,
    "years_newer": _COUNT,
    "days_past": InputKind(high=3660),
}
"""Every input that a threshold may name."""

OF_STATEMENTS = frozenset(INPUTS) - {
    "studies_with_figure",
    "figure_difference",
    "measure_likeness",
    "years_newer",
    "days_past",
}
OF_POINTS = frozenset(
    {"studies_for", "studies_against", "new_for", "observed_for", "evidence", "agreement", "confidence"}
)
OF_FIGURES = frozenset({"studies_with_figure", "figure_difference", "measure_likeness", "years_newer"})
OF_DAYS = frozenset({"days_past"})


def strength_of(study: Study) -> Strength:
    """How much the way in which a study was done can say."""
    found = _STRENGTHS.get(study.design)
    return _STRENGTHS_OF_KINDS[study.kind] if found is None else found


def rank(strength: Strength) -> int:
    """Place in the order of strength, 0 the weakest."""
    return tuple(Strength).index(strength)


def observes(study: Study) -> bool:
    """Whether a study rests on something observed, its own or what it combines."""
    return rank(strength_of(study)) >= rank(Strength.OBSERVED) and study.kind != EvidenceKind.FORECAST


def with_stance(studies: Sequence[WeighedStudy], stance: Stance) -> tuple[WeighedStudy, ...]:
    """Studies with one stance that weigh more than nothing."""
    return tuple(s for s in studies if s.stance is stance and s.weight > 0)


def measure(found: StatementAppraisal, applied: frozenset[str], rule: Rule) -> dict[str, Value]:
    """Values of all inputs on one statement or one new point.

    Parameters
    ----------
    found
        What was accepted on it.
    applied
        Items whose evidence the table holds already; a study of which every item is among them is not new.
    rule
        Its floor for the design of a contradiction decides which contradictions count as equal.
    """
    supporting = with_stance(found.studies, Stance.FOR)
    against = with_stance(found.studies, Stance.AGAINST)
    nuance = with_stance(found.studies, Stance.NUANCE)
    equal = _equal_against(supporting, against, rule)
    confidence = found.confidence
    return {
        "studies_for": len(supporting),
        "studies_against": len(against),
        "studies_nuance": len(nuance),
        "new_for": _n_new(supporting, applied),
        "new_against": _n_new(equal, applied),
        "new_nuance": _n_new(nuance, applied),
        "observed_for": sum(1 for s in supporting if observes(s.study)),
        "equal_against": len(equal),
        "confirmations": len(equal) + sum(1 for s in equal if s.confirmed),
        "evidence": confidence.evidence.value,
        "agreement": confidence.agreement.value,
        "confidence": confidence.level.value,
        "design_against": max((strength_of(s.study) for s in against), key=rank, default=Strength.OPINION).value,
    }


def _n_new(studies: Sequence[WeighedStudy], applied: frozenset[str]) -> int:
    return sum(1 for s in studies if not set(s.items) <= applied)


def _equal_against(
    supporting: Sequence[WeighedStudy], against: Sequence[WeighedStudy], rule: Rule
) -> tuple[WeighedStudy, ...]:
    """Contradictions whose design is at least that of the best support, and at least what the rule asks for.

    The floor stands in for the support that the council knew when it wrote the statement and that nobody read here.
    """
    floor = rule.thresholds.get("design_against", Bound()).at_least
    lowest = max(
        [rank(strength_of(s.study)) for s in supporting] + ([rank(Strength(floor))] if isinstance(floor, str) else [0])
    )
    return tuple(s for s in against if rank(strength_of(s.study)) >= lowest)


def holds(rule: Rule, values: Mapping[str, Value]) -> bool:
    """Whether every threshold of ``rule`` holds. An input that could not be determined does not count against it."""
    return all(_within(name, values[name], bound) for name, bound in rule.thresholds.items() if name in values)


def _within(name: str, value: Value, bound: Bound) -> bool:
    levels = INPUTS[name].levels

    def place(given: Value) -> float:
        return levels.index(str(given)) if levels else float(given)

    return (bound.at_least is None or place(value) >= place(bound.at_least)) and (
        bound.at_most is None or place(value) <= place(bound.at_most)
    )


def kept_inputs(rule: Rule, values: Mapping[str, Value]) -> dict[str, Value]:
    """What a proposal keeps: every input, and every threshold as ``<input>_at_least`` or ``<input>_at_most``."""
    kept: dict[str, Value] = dict(values)
    for name, bound in rule.thresholds.items():
        for word, limit in (("at_least", bound.at_least), ("at_most", bound.at_most)):
            if limit is not None:
                whole = not INPUTS[name].levels and INPUTS[name].whole
                kept[f"{name}_{word}"] = int(limit) if whole else limit
    return kept
