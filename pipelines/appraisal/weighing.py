"""What a study weighs as evidence on one statement: design x kind x directness x recency."""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.appraisal.studies import KINDS, strongest
from pipelines.appraisal.weights import Weights
from pipelines.domain.appraisal import Design, EvidencePiece, Reading, Setting, Stance, Study, WeighedStudy
from pipelines.domain.evidence import Direction

#: Decimals of a factor. What people see multiplies to what is used.
_DECIMALS = 3


def weigh_study(
    study: Study,
    evidence: Sequence[tuple[EvidencePiece, Reading]],
    stance: Stance,
    direction: Direction,
    population: frozenset[str],
    this_year: int,
    weights: Weights,
) -> WeighedStudy:
    """A study as evidence on one statement.

    Parameters
    ----------
    study
        What its pieces on this statement do not say is taken from what others say of it.
    evidence
        The study's pieces that bear on the statement, with their readings.
    stance, direction
        What the study says of the statement.
    population
        Groups that the statement speaks of.
    this_year
        The year in which the statement is weighed.
    weights
        The rules.
    """
    design = strongest((reading.design for _, reading in evidence), list(Design))
    setting = strongest((reading.setting for _, reading in evidence), list(Setting))
    kind = strongest((piece.kind for piece, _ in evidence), KINDS)
    groups = frozenset(group for _, reading in evidence for group in reading.population) or frozenset(study.population)
    parts = {
        "design": weights.design[study.design if design is Design.UNSTATED else design].factor,
        "kind": weights.kind[kind].factor,
        "directness": weights.setting[study.setting if setting is Setting.UNSTATED else setting].factor
        * weights.population[_population_match(population, groups)].factor,
        "recency": recency(study.year, this_year, weights),
    }
    parts = {name: round(part, _DECIMALS) for name, part in parts.items()}
    weight = 1.0
    for part in parts.values():
        weight *= part
    return WeighedStudy(
        study=study,
        stance=stance,
        direction=direction,
        weight=weight,
        parts=parts,
        items=tuple(sorted(piece.item_id for piece, _ in evidence)),
        confirmed=any(piece.confirmed_by is not None for piece, _ in evidence),
    )


def _population_match(asked: frozenset[str], looked_at: frozenset[str]) -> str:
    if not asked or asked & looked_at:
        return "same"
    return "other" if looked_at else "unstated"


def recency(year: int | None, this_year: int, weights: Weights) -> float:
    """Factor of a study of ``year``: 1 for this year, half way to the floor after the half-life, never below it."""
    floor = weights.recency.floor
    if year is None:
        return (1 + floor) / 2
    age = max(0, this_year - year)
    return floor + (1 - floor) * 0.5 ** (age / weights.recency.half_life_years)
