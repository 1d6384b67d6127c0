"""Figures in a passage: shares, changes, amounts, counts, durations, factors, scores; Dutch and English.

Years, dates, ages, size classes and the numbers of sections, tables, notes, articles, versions and models are no
figures.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import cache

from pipelines.domain.evidence import Figure
from pipelines.evidence.figures_ellipses import SENTENCE_END, Found, find_ellipses
from pipelines.evidence.figures_measures import measures_of
from pipelines.evidence.figures_nouns import COUNTED
from pipelines.evidence.figures_patterns import Patterns
from pipelines.evidence.figures_readers import (
    ReadText,
    find_counts,
    find_factors,
    find_fractions,
    find_in_brackets,
    find_money,
    find_quantities,
    find_ratios,
    find_samples,
    find_shares,
    find_single_durations,
    find_statistics,
)
from pipelines.language.sentences import sentence_spans

#: Below this, a number without a noun counts nothing that was counted before it.
_SMALLEST_COUNT = 10
_NEAR = 40
_FIRST = (find_shares, find_ratios, find_money, find_fractions)
_LATER = (find_samples, find_factors, find_single_durations, find_quantities, find_counts, find_statistics)
#: Stands in every change between two numbers.
_CHANGE = {"nl": "van ", "en": "from "}


@cache
def _patterns(language: str) -> Patterns:
    return Patterns(language)


def find_figures(text: str, language: str, sentences: Sequence[tuple[int, int]] | None = None) -> tuple[Figure, ...]:
    """Figures of a text, in text order, not overlapping.

    Parameters
    ----------
    text
        A passage or a sentence.
    language
        ``nl``; any other language is read with the English conventions.
    sentences
        Half-open character spans of the sentences, in order; without them they are recognised here.
    """
    code = "nl" if language == "nl" else "en"
    found = _find(text, code)
    if not found:
        return ()
    spans = sentence_spans(text) if sentences is None else sentences
    found = _with_nouns(found, spans)
    stretches = measures_of(text, code, found, spans)
    return tuple(
        Figure(
            value=figure.value,
            unit=figure.unit,
            text=text[figure.start : figure.end],
            start=figure.start,
            end=figure.end,
            measures="" if stretch is None else text[slice(*stretch)],
        )
        for figure, stretch in zip(found, stretches, strict=True)
    )


def locate_figures(text: str, code: str, sentences: Sequence[tuple[int, int]]) -> list[Found]:
    """Figures of a text in ``nl`` or ``en`` without what they measure; otherwise as :func:`find_figures`."""
    return _with_nouns(_find(text, code), sentences)


def _with_nouns(found: list[Found], sentences: Sequence[tuple[int, int]]) -> list[Found]:
    """Counts without a noun count what is counted just before in the sentence: "180,000 jobs go and 310,000 come"."""
    named: list[Found] = []
    for figure in found:
        before = named[-1] if named else None
        if not figure.unit and before is not None and before.unit in COUNTED:
            begun = next((low for low, high in sentences if low <= figure.start < high), 0)
            if before.start >= begun and Decimal(figure.value.partition("-")[0]) >= _SMALLEST_COUNT:
                figure = figure._replace(unit=before.unit)
        named.append(figure)
    return named


def _find(text: str, code: str) -> list[Found]:
    """All figures; what is found earlier in the order below is not read again."""
    if not re.search(r"\d|[a-z]{3}", text):  # a heading in capitals holds none
        return []
    patterns = _patterns(code)
    read = ReadText(text, code, patterns, [match.start() for match in patterns.opening.finditer(text)])
    taken = bytearray(len(text) + 1)
    found: list[Found] = []
    for reader in _FIRST:
        _take(reader(read), taken, found)
    _take(find_in_brackets(read, found), taken, found)
    later = [list(reader(read)) for reader in _LATER]
    maybe_told_elsewhere = bool(found) or any(later) or (_CHANGE[code] in text and re.search(r"\d", text) is not None)
    if maybe_told_elsewhere:
        for match in patterns.not_figures.finditer(text):
            if not any(taken[match.start() : match.end()]):
                taken[match.start() : match.end()] = b"\1" * (match.end() - match.start())
    for candidates in later:
        _take(candidates, taken, found)
    found.sort()
    if maybe_told_elsewhere:
        _take_or_name(find_ellipses(text, code, found), taken, found)
    return _points_of_shares(_ranges_in_words(text, sorted(found)), text, patterns)


def _points_of_shares(found: list[Found], text: str, patterns: Patterns) -> list[Found]:
    """``29% use it, up 11 points``: percentage points, unless the passage speaks of a scale or a score."""
    shares = [f for f in found if f.unit.startswith("%") and re.search(r"%|procent|cent|pct", text[f.start : f.end])]
    if not shares or all(figure.unit != "points" for figure in found):
        return found
    scale = patterns.marks.search(text) is not None
    told: list[Found] = []
    for figure in found:
        if figure.unit == "points" and text[figure.start : figure.end].endswith(("punt", "punten", "point", "points")):
            near = any(not SENTENCE_END.search(text, *sorted((f.start, figure.start))) for f in shares)
            around = text[max(figure.start - _NEAR, 0) : figure.end + _NEAR]
            if not scale or (near and not patterns.marks.search(around)):
                figure = figure._replace(unit="percentage points")
        told.append(figure)
    return told


def _ranges_in_words(text: str, found: list[Found]) -> list[Found]:
    """``a quarter to a half`` as one range."""
    joined: list[Found] = []
    for figure in found:
        before = joined[-1] if joined else None
        if (
            before is not None
            and before.unit == figure.unit == "%"
            and text[before.end : figure.start] in {" tot ", " to "}
            and not re.search(r"\d", text[before.start : figure.end])
            and "-" not in before.value + figure.value
            and Decimal(before.value) < Decimal(figure.value)
        ):
            joined[-1] = Found(before.start, figure.end, f"{before.value}-{figure.value}", "%")
        else:
            joined.append(figure)
    return joined


def _take(candidates: Iterable[Found], taken: bytearray, found: list[Found]) -> None:
    for figure in candidates:
        if not any(taken[figure.start : figure.end]):
            taken[figure.start : figure.end] = b"\1" * (figure.end - figure.start)
            found.append(figure)


def _take_or_name(candidates: Iterable[Found], taken: bytearray, found: list[Found]) -> None:
    """Take what is new; a bare number that was taken without a unit gets the one that its sentence gives it."""
    bare = {(figure.start, figure.end): place for place, figure in enumerate(found) if not figure.unit}
    for figure in list(candidates):
        place = bare.pop((figure.start, figure.end), None)
        if place is not None:
            found[place] = figure
        else:
            _take([figure], taken, found)
