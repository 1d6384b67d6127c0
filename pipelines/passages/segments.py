"""Which neighbouring units make one passage: the division with the lowest cost, found by dynamic programming."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from pipelines.passages.rules import PassageRules
from pipelines.passages.units import Flow, Unit

# Costs are in points; only their order matters. A passage that is too short costs 4 to 14, so that short stretches
# are joined (0.1 to 0.5) but not at the price of cutting a paragraph that fits by itself (15), of joining two whole
# paragraphs (6), or of joining what was marked as a finding of its own (5).
_TOO_SHORT = 4.0
_PER_MISSING_WORD = 0.4
_CUT_FITTING_BLOCK = 15.0
_CUT_LONG_BLOCK = 1.0
_CUT_BEFORE_LEAD_IN = 1.0
_CUT_AFTER_LEAD_IN = 8.0
_JOIN_WHOLE_BLOCKS = 6.0
_JOIN_FINDING = 5.0
_JOIN_SHORT = 0.5
_JOIN_HEADING_LIKE = 0.3
_JOIN_ITEMS = 0.1
_FINDING_WITH_OTHER_TEXT = 4.0


def divide(units: Sequence[Unit], rules: PassageRules) -> list[tuple[int, int]]:
    """Divide ``units`` into passages.

    Returns
    -------
    list of tuple
        Half-open ranges of units, in order, together covering all of them. No range has more than ``max_words``
        words, unless it is one unit that cannot be cut.
    """
    n_units = len(units)
    if n_units == 1:
        return [(0, 1)]
    join_costs = [0.0, *(_join_cost(left, right, rules) for left, right in pairwise(units))]
    cut_costs = [*(_cut_cost(left, right, rules) for left, right in pairwise(units)), 0.0]
    best = [0.0] + [float("inf")] * n_units
    origin = [0] * (n_units + 1)
    for first in range(n_units):
        words = other_words = lead_words = n_findings = 0
        joins = 0.0
        begin = first
        for last in range(first, n_units):
            unit = units[last]
            if last > first:
                if words + unit.words > rules.max_words:
                    break
                joins += join_costs[last]
            words += unit.words
            if unit.finding:
                n_findings += 1
            elif unit.lead_in:
                lead_words += unit.words
            else:
                other_words += unit.words
            if last > begin and lead_words == words - unit.words:
                begin = last
            whole = units[begin].block == unit.block and unit.block_words in (words, words - lead_words)
            cost = best[first] + joins + _size_cost(words, whole, n_findings > 0, rules)
            if n_findings and other_words:
                cost += _FINDING_WITH_OTHER_TEXT
            cost += cut_costs[last]
            if cost < best[last + 1]:
                best[last + 1] = cost
                origin[last + 1] = first
    ranges: list[tuple[int, int]] = []
    end = n_units
    while end:
        ranges.append((origin[end], end))
        end = origin[end]
    return ranges[::-1]


def _size_cost(words: int, whole: bool, finding: bool, rules: PassageRules) -> float:
    if words < rules.min_words:
        return 0.0 if finding and whole else _TOO_SHORT * (not finding) + _PER_MISSING_WORD * (rules.min_words - words)
    if whole:
        return 0.0
    return ((words - rules.target_words) / rules.target_words) ** 2


def _join_cost(left: Unit, right: Unit, rules: PassageRules) -> float:
    if left.block == right.block or left.lead_in:
        return 0.0
    if left.finding or right.finding:
        return _JOIN_FINDING
    if left.flow is right.flow and left.flow is not Flow.TEXT:
        return _JOIN_ITEMS
    if left.block_words < rules.min_words and not left.closed:
        return _JOIN_HEADING_LIKE
    if min(left.block_words, right.block_words) < rules.min_words:
        return _JOIN_SHORT
    return _JOIN_WHOLE_BLOCKS


def _cut_cost(left: Unit, right: Unit, rules: PassageRules) -> float:
    if left.lead_in:
        return _CUT_AFTER_LEAD_IN
    if left.block != right.block:
        return 0.0
    if right.lead_in:
        return _CUT_BEFORE_LEAD_IN
    return _CUT_LONG_BLOCK if left.block_words > rules.max_words else _CUT_FITTING_BLOCK
