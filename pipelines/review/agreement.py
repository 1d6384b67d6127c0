"""How far two readers agree who did not see one another's labels: Cohen's kappa and what it does not say.

Kappa (Cohen 1960) is the agreement beyond what two readers would reach by giving each answer as often as they do, but
at random. It falls to nothing where nearly everything gets the same answer, however well readers agree (Feinstein and
Cicchetti 1990). Flagged passages are mostly accepted, so this is the usual case here for the question whether a passage
is evidence; Gwet's AC1 (2008), which has no such fall, then stands beside it. The words for kappa are those of Landis
and Koch (1977): a custom, without a theory behind the bounds; with more answers to choose from the same care gives a
lower kappa, so labels are not to be compared with one another by their words.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pipelines.domain.decisions import Judgement
from pipelines.domain.evidence import CHOICES
from pipelines.domain.themes import Theme

LEAST_PAIRS = 30
"""Below this there is no kappa. With 30 pairs its interval is .2 to .6 wide for labels whose answers all occur often,
and 1.0 to 1.6 where nine in ten answers are the same; with 20 pairs it is a fifth wider."""
SKEWED = 0.8
"""Share of one answer from which AC1 stands beside kappa."""
_Z = 1.959964
"""For an interval of 95 %."""


class Problem(StrEnum):
    """Why there is no kappa, or why it says little; words under ``priority.agreement.problem``."""

    NO_PAIRS = "no_pairs"
    TOO_FEW = "too_few"
    ONE_ANSWER = "one_answer"
    """Both readers gave one and the same answer throughout: agreement by chance is complete, so kappa is undefined."""
    NO_CHOICE = "no_choice"
    """One reader gave the same answer throughout: kappa is then 0 whatever the other said."""


class Strength(StrEnum):
    """Landis and Koch's words for kappa, by lower bound; texts under ``priority.agreement.strength``."""

    POOR = "poor"
    SLIGHT = "slight"
    FAIR = "fair"
    MODERATE = "moderate"
    SUBSTANTIAL = "substantial"
    ALMOST_PERFECT = "almost_perfect"


_BOUNDS = ((0.8, Strength.ALMOST_PERFECT), (0.6, Strength.SUBSTANTIAL), (0.4, Strength.MODERATE), (0.2, Strength.FAIR))


@dataclass(frozen=True)
class Estimate:
    """A figure with the bounds of its interval of 95 %."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Agreement:
    """How far two readers agree on one label.

    Attributes
    ----------
    share
        Of pairs with the same answer; ``None`` without pairs.
    kappa
        Cohen's; ``None`` with too few pairs or where it is undefined (see :attr:`problem`).
    ac1
        Gwet's, only where one answer makes up :data:`SKEWED` of all.
    disagreements
        Answers of the first and of the second reader where they differ, and how often, the most frequent first.
    """

    n_pairs: int
    share: Estimate | None
    kappa: Estimate | None
    ac1: Estimate | None
    problem: Problem | None
    disagreements: tuple[tuple[Hashable, Hashable, int], ...]

    @property
    def strength(self) -> Strength | None:
        """The word for kappa; ``None`` without one, or where kappa says nothing."""
        return None if self.kappa is None or self.problem else strength_of(self.kappa.value)

    @property
    def least_strength(self) -> Strength | None:
        """The word for the lower bound of kappa: what can be said with confidence."""
        return None if self.kappa is None or self.problem else strength_of(self.kappa.low)


def strength_of(kappa: float) -> Strength:
    """Landis and Koch's word; a bound itself belongs to the lower word, and below 0 it is *poor*."""
    if kappa < 0:
        return Strength.POOR
    return next((word for bound, word in _BOUNDS if kappa > bound), Strength.SLIGHT)


def agreement(pairs: Sequence[tuple[Hashable, Hashable]], n_answers: int | None = None) -> Agreement:
    """How far the first and the second of ``pairs`` agree.

    Parameters
    ----------
    pairs
        Answers of the first and of the second reader to one question about the same item.
    n_answers
        Answers there are to choose from, for AC1; those that were given where it is unknown.

    Notes
    -----
    The interval is Wilson's (1927) for the share of equal answers, moved and stretched as kappa is, with agreement by
    chance taken as known. In 600 drawn samples for each of 60 cases (2 to 15 answers, even and skewed 9 to 1, kappa .4
    to .9, 20 to 100 pairs) it held the true kappa in .91 to 1.00 of those with one. The usual large-sample interval
    (Fleiss, Cohen and Everitt 1969) did so in .30 to .96, and has no width at all where readers agree wholly.
    """
    n = len(pairs)
    differing = Counter(pair for pair in pairs if pair[0] != pair[1])
    disagreements = tuple(
        (one, other, count)
        for (one, other), count in sorted(differing.items(), key=lambda item: (-item[1], repr(item[0])))
    )
    if not n:
        return Agreement(0, None, None, None, Problem.NO_PAIRS, ())
    share = _wilson(n - differing.total(), n)
    if n < LEAST_PAIRS:
        return Agreement(n, share, None, None, Problem.TOO_FEW, disagreements)
    first, second = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    both = first + second
    ac1 = None
    if both.most_common(1)[0][1] >= SKEWED * 2 * n:
        ac1 = _gwet(both, n, max(n_answers or 0, len(both)), share)
    if len(both) == 1:
        return Agreement(n, share, None, ac1, Problem.ONE_ANSWER, disagreements)
    by_chance = sum(first[answer] * second[answer] for answer in both) / n**2
    problem = Problem.NO_CHOICE if 1 in (len(first), len(second)) else None
    return Agreement(n, share, _beyond_chance(share, by_chance), ac1, problem, disagreements)


def agreement_per_label(pairs: Sequence[tuple[Judgement | None, Judgement | None]]) -> dict[str, Agreement]:
    """How far two readers agree on each label.

    Parameters
    ----------
    pairs
        What the first and the second reader hold of the same item; ``None`` where one rejected it.

    Returns
    -------
    dict
        ``relevant`` over all pairs. Over those that both accepted: ``theme.NAME`` for each theme, ``row`` (the first;
        none is an answer), ``statement``, ``relation``, ``column``, ``kind``, ``direction``, ``recommendation`` and
        ``level``. A pair in which one reader gave no relation, column or level is left out for that label.
    """
    found = {"relevant": agreement([(one is not None, other is not None) for one, other in pairs], 2)}
    held = [(one, other) for one, other in pairs if one is not None and other is not None]

    def compare(value: Callable[[Judgement], Hashable], n_answers: int | None, *, needed: bool = False) -> Agreement:
        answers = [(value(one), value(other)) for one, other in held]
        return agreement([pair for pair in answers if not (needed and None in pair)], n_answers)

    for theme in Theme:
        found[f"theme.{theme.value}"] = compare(lambda j, theme=theme: theme in j.themes, 2)
    found["row"] = compare(lambda j: j.rows[0] if j.rows else None, None)
    found["statement"] = compare(lambda j: j.statement, None)
    found["relation"] = compare(lambda j: j.relation, len(CHOICES["relation"]), needed=True)
    found["column"] = compare(lambda j: j.column, len(CHOICES["column"]), needed=True)
    found["kind"] = compare(lambda j: j.kind, len(CHOICES["evidence"]))
    found["direction"] = compare(lambda j: j.direction, len(CHOICES["direction"]))
    found["recommendation"] = compare(lambda j: j.recommendation, 2)
    found["level"] = compare(lambda j: j.level, len(CHOICES["level"]), needed=True)
    return found


def _wilson(n_same: int, n: int) -> Estimate:
    share, z2 = n_same / n, _Z**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z / (1 + z2 / n) * math.sqrt(share * (1 - share) / n + z2 / (4 * n**2))
    return Estimate(share, max(0.0, middle - half), min(1.0, middle + half))


def _beyond_chance(share: Estimate, by_chance: float) -> Estimate:
    value, low, high = ((one - by_chance) / (1 - by_chance) for one in (share.value, share.low, share.high))
    return Estimate(value, max(-1.0, low), high)


def _gwet(both: Counter[Hashable], n: int, n_answers: int, share: Estimate) -> Estimate | None:
    """AC1; ``None`` where there was nothing to choose from."""
    if n_answers < 2:
        return None
    given = [count / (2 * n) for count in both.values()]
    return _beyond_chance(share, sum(part * (1 - part) for part in given) / (n_answers - 1))
