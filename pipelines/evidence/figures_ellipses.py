"""Figures whose unit stands elsewhere: "12 per cent of firms, against 8", "of the 25 pilots, 9 went on".

A number without a unit or a noun of its own has the unit of the figure that it is set against, counts members of the
set that is named before it, or counts what its sentence says the number of.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from pipelines.evidence.figures_ellipsis_patterns import EllipsisPatterns, ellipsis_patterns
from pipelines.evidence.figures_notation import has_digits, plain, read_number
from pipelines.evidence.figures_nouns import NOUN_OF, noun_name

_SHARES = ("%", "percentage points")
#: Units that the second of two groups often goes without: "38 per cent had a job, and in the second group 44".
_OFTEN_LEFT_OUT = (*_SHARES, "minutes", "hours", "EUR", "USD", "GBP", "points")
SENTENCE_END = re.compile(r"[.!?]\s+(?=[A-Z‘“(])")
_YEAR = re.compile(r"(?:19|20)\d\d")
#: Sizes of samples and of effects, which nothing else is told in.
_SIZES = frozenset({"n", "N", "standard deviations", "r", "R²", "AUC", "kappa", "κ", "β"})
#: What is measured and not counted.
_NO_SETS = frozenset(
    [
        *(
            "%",
            "percentage points",
            "EUR",
            "USD",
            "GBP",
            "CHF",
            "times",
            "points",
            "standard deviations",
            "kilograms",
            "tonnes",
            "kilometres",
        ),
        *(
            "metres",
            "hectares",
            "kWh",
            "MWh",
            "GWh",
            "TWh",
            "minutes",
            "seconds",
            "hours",
            "days",
            "weeks",
            "months",
            "years",
            "",
        ),
        *("r", "R²", "AUC", "kappa", "κ", "β"),
    ]
)


_LONGEST_PART = 30


class Found(NamedTuple):
    """A figure in a text."""

    start: int
    end: int
    value: str
    unit: str


def find_ellipses(text: str, code: str, found: Sequence[Found]) -> Iterator[Found]:
    """Numbers that have their unit from another figure of ``found`` (in order), most certain first.

    Parameters
    ----------
    text
        A passage.
    code
        ``nl`` or ``en``.
    found
        What was found with a unit or a noun, or as a bare number that counts for sure.
    """
    patterns = ellipsis_patterns(code)
    with_sizes, found = found, [f for f in found if f.unit not in _SIZES]
    yield from _changes(text, code, found, patterns)
    yield from _numbered(text, code, found, patterns)
    yield from _partners(text, code, found, patterns)
    yield from _members(text, code, with_sizes, patterns)
    yield from _set_against(text, code, found, patterns)
    yield from _seconds(text, code, found, patterns)


def _number(written: str, code: str) -> Decimal | None:
    """Of a bare number; none of years and of *one*, which is seldom meant as a number."""
    number = read_number(written, code)
    if number is None or (_YEAR.fullmatch(written) is not None) or (number == 1 and not has_digits(written)):
        return None
    return number


def _before(text: str, found: Sequence[Found], place: int) -> list[Found]:
    """Figures of the same sentence before a place, the nearest first."""
    return [f for f in found if f.end <= place and not SENTENCE_END.search(text, f.end, place)][::-1]


def _changes(text: str, code: str, found: Sequence[Found], patterns: EllipsisPatterns) -> Iterator[Found]:
    """``het aantal vacatures liep terug van 8.400 naar 5.100``; ``the share fell from 34 to 27``."""
    for match in patterns.change.finditer(text):
        low, high = _number(match["low"], code), _number(match["high"], code)
        if low is None or high is None or any(f.unit for f in found if f.start < match.end() and match.start() < f.end):
            continue
        unit = _named_before(text, code, match.start(), patterns)
        if unit is None and max(low, high) <= 100:
            near = _before(text, found, match.start())
            unit = next((f.unit for f in near if f.unit.startswith("%")), None)
        if unit is not None:
            yield Found(*match.span("low"), plain(low), unit)
            yield Found(*match.span("high"), plain(high), unit)


def _named_before(text: str, code: str, place: int, patterns: EllipsisPatterns) -> str | None:
    """What the sentence says the number or the share of; ``None`` where it says neither."""
    ends = [match.end() for match in SENTENCE_END.finditer(text, 0, place)]
    begun = ends[-1] if ends else 0
    numbered = list(patterns.numbered.finditer(text, begun, place))
    if numbered:
        words = numbered[-1]["counted"].split()
        known = next((word for word in words if word.lower() in NOUN_OF), words[-1] if code == "en" else words[0])
        return noun_name(known)
    return "%" if patterns.share.search(text, begun, place) else None


def _numbered(text: str, code: str, found: Sequence[Found], patterns: EllipsisPatterns) -> Iterator[Found]:
    """``het aantal programmeurs, 172.000``: bare numbers behind what they are the number of."""
    for figure in found:
        if figure.unit or not patterns.told.search(text, max(figure.start - _LONGEST_PART, 0), figure.start):
            continue
        unit = _named_before(text, code, figure.start, patterns)
        if unit not in {None, "%"}:
            yield figure._replace(unit=str(unit))


def _partners(text: str, code: str, found: Sequence[Found], patterns: EllipsisPatterns) -> Iterator[Found]:
    """``from nine weeks to four``; ``410 lines an hour where two people did 260``."""
    for figure in found:
        match = patterns.pair.match(text, figure.end)
        number = _number(match["low"], code) if match and figure.unit not in {"", "times"} else None
        if match and number is not None:
            yield Found(*match.span("low"), plain(number), figure.unit)
    for match in patterns.was.finditer(text):
        number = _number(match["low"], code)
        near = [f for f in _before(text, found, match.start()) if f.unit not in {"", "times"}]
        if " er " in f"{match[0]} ":  # "it was twelve of them": things that are counted
            near.sort(key=lambda figure: figure.unit.split(" per ")[0] in _NO_SETS)
        if number is not None and near:
            yield Found(*match.span("low"), plain(number), near[0].unit)


def _members(text: str, code: str, found: Sequence[Found], patterns: EllipsisPatterns) -> Iterator[Found]:
    """``of the 25 pilots, 9 went on``; ``41 toepassingen, waarvan er negen ...``."""
    sets = [f for f in found if f.unit.split(" per ")[0] not in _NO_SETS and "-" not in f.value]
    if not sets:
        return
    for figure in found:
        if not figure.unit and "-" not in figure.value:
            within = [s for s in _before(text, sets, figure.start) if Decimal(figure.value) < Decimal(s.value)]
            if within and patterns.among.search(text, max(within[-1].start - _LONGEST_PART, 0), within[-1].start):
                yield figure._replace(unit=within[-1].unit)
    for whole in sets:
        match = patterns.part.search(text, max(whole.start - _LONGEST_PART, 0), whole.start)
        number = _number(match["low"], code) if match else None
        if match and number is not None and number < Decimal(whole.value):
            yield Found(*match.span("low"), plain(number), whole.unit)
    for match in patterns.member.finditer(text):
        group = next(name for name, written in match.groupdict().items() if written)
        number = _number(match[group], code)
        start, end = match.span(group)
        if number is None or number != int(number):
            continue
        within = [s for s in _before(text, sets, start) if number < Decimal(s.value)]
        if not within and (group != "first" or _goes_on(text, match, start, patterns)):
            earlier = [s for s in sets if s.end <= start and number < Decimal(s.value)]
            if earlier and len(SENTENCE_END.findall(text, earlier[-1].end, start)) <= 1:
                within = earlier[-1:]
        if within:
            yield Found(start, end, plain(number), within[-1 if group == "first" else 0].unit)


def _goes_on(text: str, match: re.Match[str], start: int, patterns: EllipsisPatterns) -> bool:
    """Whether a sentence goes on about a set of the one before: "Bij dertien kwam ...", "of the remaining 12 ..."."""
    begins = SENTENCE_END.search(text, max(match.start() - 3, 0), start) is not None
    return begins or patterns.rest.search(text, max(start - 12, 0), start) is not None


def _set_against(text: str, code: str, found: Sequence[Found], patterns: EllipsisPatterns) -> Iterator[Found]:
    for match in patterns.against.finditer(text):
        number = read_number(match["low"], code)
        if number is None or _YEAR.fullmatch(match["low"]) or (match["high"] and match["against"] == "from"):
            continue
        start, end = match.start("low"), match.end("high" if match["high"] else "low")
        near = _before(text, found, start)
        near = near or [f for f in found if f.start >= end and not SENTENCE_END.search(text, end, f.start)]
        if abs(number) <= 100:  # "4.1 per cent in three years, against 0.9": rather the share than the duration
            near.sort(key=lambda figure: not figure.unit.startswith(_SHARES))
        if near and (match["against"] or (match["closes"] is not None and near[0].unit in _SHARES)):
            high = read_number(match["high"], code) if match["high"] else None
            value = plain(number) if high is None or high <= number else f"{plain(number)}-{plain(high)}"
            yield Found(start, end, value, near[0].unit)


def _seconds(text: str, code: str, found: Sequence[Found], patterns: EllipsisPatterns) -> Iterator[Found]:
    for match in patterns.second.finditer(text):
        number = read_number(match["low"], code)
        before = [f for f in found if f.end <= match.start() and f.unit.startswith(_OFTEN_LEFT_OUT)]
        if number is None or not before or _YEAR.fullmatch(match["low"]):
            continue
        if not SENTENCE_END.search(text, before[-1].end, match.start("low")):
            yield Found(*match.span("low"), plain(number), before[-1].unit)
