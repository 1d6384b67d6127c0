"""Figures in a passage: shares, changes, amounts, counts, durations, factors, scores; Dutch and English.

Years, dates, ages, size classes and the numbers of sections, tables, notes, articles, versions and models are no
figures.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from itertools import chain
from typing import NamedTuple

from pipelines.domain.evidence import Figure
from pipelines.evidence.figures_exclusions import is_period
from pipelines.evidence.figures_measures import find_measures
from pipelines.evidence.figures_notation import has_digits, plain, read_number
from pipelines.evidence.figures_nouns import COUNTED, noun_name
from pipelines.evidence.figures_patterns import Patterns
from pipelines.evidence.figures_units import rate_of, unit_of
from pipelines.language.sentences import sentence_spans

#: Counts in words below this are left out: "two problems", "drie vragen" are not data.
_SMALLEST_COUNT_IN_WORDS = 20
_SMALLEST_COUNT = 10
_SURELY_COUNTED_FROM = 1000
#: Group of the pattern for single durations -> value and unit.
_SINGLE_DURATIONS = {
    "half_year": ("6", "months"), "half_hour": ("30", "minutes"), "quarter_hour": ("15", "minutes"),
    "quarter": ("3", "months"), "fortnight": ("2", "weeks"), "year": ("1", "years"), "month": ("1", "months"),
    "week": ("1", "weeks"),
}  # fmt: skip
#: "10 of the 14" is a share; of larger wholes both numbers are told.
_MOST_IN_RATIO = 20
#: Coins, in what they are hundredths of.
_HUNDREDTHS = {"nl": {"cents": "EUR", "pence": "GBP"}, "en": {"cents": "USD", "pence": "GBP"}}

_SHARES = ("%", "percentage points")
#: Units that the second of two groups often goes without: "38 per cent had a job, and in the second group 44".
_OFTEN_LEFT_OUT = ("%", "percentage points", "minutes", "hours", "EUR", "USD", "GBP", "points")
_SENTENCE_END = re.compile(r"[.!?]\s+(?=[A-Z‘“(])")
_PAIRS = frozenset({"", "en", "of", "and", "or", "naar", "to"})


class _Found(NamedTuple):
    start: int
    end: int
    value: str
    unit: str


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
    # A heading in capitals without digits holds none.
    found = _find(text, code) if re.search(r"\d|[a-z]{3}", text) else []
    if not found:
        return ()
    spans = sentence_spans(text) if sentences is None else sentences
    found = _with_nouns(found, spans)
    figures: list[Figure] = []
    for place in range(len(found) - 1, -1, -1):
        low, high = next((span for span in spans if span[0] <= found[place].start < span[1]), (0, len(text)))
        if place > 0:
            low = max(low, found[place - 1].end)
        if place < len(found) - 1:
            high = min(high, found[place + 1].start)
        start, end = found[place].start, found[place].end
        if figures and text[end:high].strip(" ,") in _PAIRS and high == figures[-1].start:
            # "24 and 31 per cent of firms": both measure the same.
            measures = figures[-1].measures
        else:
            measures = find_measures(text, start, end, (low, high), code)
        figures.append(
            Figure(
                value=found[place].value,
                unit=found[place].unit,
                text=text[start:end],
                start=start,
                end=end,
                measures=measures,
            )
        )
    return tuple(reversed(figures))


def _with_nouns(found: list[_Found], sentences: Sequence[tuple[int, int]]) -> list[_Found]:
    """Counts without a noun count what is counted just before in the sentence: "180,000 jobs go and 310,000 come"."""
    named: list[_Found] = []
    for figure in found:
        before = named[-1] if named else None
        if not figure.unit and before is not None and before.unit in COUNTED:
            begun = next((low for low, high in sentences if low <= figure.start < high), 0)
            if before.start >= begun and Decimal(figure.value.partition("-")[0]) >= _SMALLEST_COUNT:
                figure = figure._replace(unit=before.unit)
        named.append(figure)
    return named


class _Text(NamedTuple):
    """A text that is read for figures."""

    text: str
    code: str
    patterns: Patterns
    openings: list[int]
    """Where a number, a lead such as *between* or a word for a factor begins."""

    def find(self, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
        """Places of a pattern that only fits at an opening."""
        return self.patterns.find(pattern, self.text, self.openings)


def _find(text: str, code: str) -> list[_Found]:
    """All figures; what is found earlier in the order below is not read again."""
    patterns = _patterns(code)
    read = _Text(text, code, patterns, [match.start() for match in patterns.opening.finditer(text)])
    taken = bytearray(len(text) + 1)
    found: list[_Found] = []
    for reader in (_shares, _money, _ratios, _fractions):
        _take(reader(read), taken, found)
    later = [list(reader(read)) for reader in (_factors, _single_durations, _quantities, _counts, _statistics)]
    if any(later):
        for match in patterns.not_figures.finditer(text):
            if not any(taken[match.start() : match.end()]):
                taken[match.start() : match.end()] = b"\1" * (match.end() - match.start())
    for candidates in later:
        _take(candidates, taken, found)
    found.sort()
    if found:
        _take(_ellipses(read, found), taken, found)
    return _ranges_in_words(text, sorted(found))


def _ranges_in_words(text: str, found: list[_Found]) -> list[_Found]:
    """``a quarter to a half`` as one range."""
    joined: list[_Found] = []
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
            joined[-1] = _Found(before.start, figure.end, f"{before.value}-{figure.value}", "%")
        else:
            joined.append(figure)
    return joined


def _take(candidates: Iterable[_Found], taken: bytearray, found: list[_Found]) -> None:
    for figure in candidates:
        if not any(taken[figure.start : figure.end]):
            taken[figure.start : figure.end] = b"\1" * (figure.end - figure.start)
            found.append(figure)


def _value(match: re.Match[str], code: str) -> str | None:
    """The number or range that a pattern found; a range as ``6-18``."""
    low = read_number(match["low"], code)
    if low is None:
        return None
    groups = match.groupdict()
    if not groups.get("high"):
        return plain(low)
    high = read_number(groups["high"], code)
    if high is None or not groups.get("range"):
        return None
    if has_scale(groups["high"]) and not has_scale(match["low"]):
        # "6 to 18 million": the scale belongs to both.
        low *= _scale(groups["high"], high, code)
    return f"{plain(low)}-{plain(high)}" if low < high else None


def _start(match: re.Match[str]) -> int:
    """Where the figure begins: a leading *between* belongs to it, a leading *from* does not."""
    return match.end("origin") + 1 if match["origin"] else match.start()


def has_scale(written: str) -> bool:
    """Whether a number in digits carries a scale word."""
    return has_digits(written) and bool(re.search(r"[A-Za-z]", written))


def _shares(read: _Text) -> Iterator[_Found]:
    """Percentages and percentage points, single, in a range or in a row ("24 and 31 per cent")."""
    for match in read.find(read.patterns.percent):
        unit = unit_of(match["unit"]) + rate_of(match["rate"])
        value = _value(match, read.code)
        if value is not None:
            yield _Found(_start(match), match.end(), value, unit)
            continue
        # Two numbers that are no range share the sign after the second.
        for group in ("low", "high"):
            number = read_number(match[group], read.code) if match[group] else None
            is_year = group == "low" and match["high"] and re.fullmatch(r"(?:19|20)\d\d", match[group])
            if number is not None and not is_year:
                end = match.end(group) if group == "low" and match["high"] else match.end()
                yield _Found(match.start(group), end, plain(number), unit)


def _money(read: _Text) -> Iterator[_Found]:
    patterns = read.patterns
    with_symbol = patterns.symbol_money.finditer(read.text) if patterns.may_hold_symbol(read.text) else ()
    for match in chain(with_symbol, read.find(patterns.named_money)):
        unit = unit_of(match["unit"])
        hundredths = _HUNDREDTHS[read.code].get(unit)
        for figure in _each(match, read.code, (hundredths or unit) + rate_of(match["rate"])):
            yield figure if hundredths is None else figure._replace(value=_hundredths(figure.value))


def _hundredths(value: str) -> str:
    return "-".join(plain(Decimal(part) / 100) for part in value.split("-") if part)


def _each(match: re.Match[str], code: str, unit: str) -> Iterator[_Found]:
    """The figure, or the two that have one unit between them: "from 310 to 240 jobs"."""
    value = _value(match, code)
    if value is not None:
        yield _Found(_start(match), match.end(), value, unit)
        return
    low, high = (read_number(match[group], code) if match[group] else None for group in ("low", "high"))
    if high is None:
        return
    if low is not None and not match["range"] and not _is_year(match["low"]):
        if has_scale(match["high"]) and not has_scale(match["low"]):
            low *= _scale(match["high"], high, code)
        yield _Found(match.start("low"), match.end("low"), plain(low), unit)
    yield _Found(match.start("high"), match.end(), plain(high), unit)


def _is_year(written: str) -> bool:
    return re.fullmatch(r"(?:19|20)\d\d", written) is not None


def _scale(written: str, value: Decimal, code: str) -> Decimal:
    """What the scale word of a number in digits multiplies by."""
    return value / (read_number(re.sub(r"[A-Za-z.]+\s*$", "", written), code) or value)


def _ratios(read: _Text) -> Iterator[_Found]:
    """``one in three``, ``vier op de tien``, ``10 of the 14``: as a percentage."""
    for match in read.find(read.patterns.ratio):
        low, high = (match["low"], match["whole"]) if match["low"] else (match["low2"], match["whole2"])
        part, whole = read_number(low, read.code), read_number(high, read.code)
        most = 100 if match["low"] else _MOST_IN_RATIO
        if part is not None and whole is not None and 0 < part < whole <= most and whole >= 3:
            yield _Found(match.start(), match.end(), _percentage(part / whole), "%")


def _fractions(read: _Text) -> Iterator[_Found]:
    """``a quarter of``, ``twee derde``, ``de helft``: as a percentage."""
    if not read.patterns.may_hold_fraction(read.text):
        return
    for match in read.patterns.fraction.finditer(read.text):
        share = read.patterns.share_of(match)
        if share is not None:
            yield _Found(match.start("fraction"), match.end("fraction"), _percentage(share), "%")


def _percentage(share: Decimal) -> str:
    return plain((share * 100).quantize(Decimal("0.1"), ROUND_HALF_UP))


def _factors(read: _Text) -> Iterator[_Found]:
    for match in read.find(read.patterns.factor):
        number = read.patterns.factor_of(match, read.code)
        if number == Decimal("0.5"):
            yield _Found(match.start(), match.end(), "50", "%")  # what was halved fell by half
        elif number is not None:
            yield _Found(match.start(), match.end(), plain(number), "times")


def _single_durations(read: _Text) -> Iterator[_Found]:
    """``half a year``, ``na een maand``: one, or half, of a unit of time."""
    for match in read.patterns.single_duration.finditer(read.text):
        for name, (value, unit) in _SINGLE_DURATIONS.items():
            if match[name]:
                yield _Found(match.start(name), match.end(name), value, unit)


def _quantities(read: _Text) -> Iterator[_Found]:
    """Durations, weights, full-time jobs, points, standard deviations."""
    for match in read.find(read.patterns.quantity):
        if not is_period(read.text, match):
            yield from _each(match, read.code, unit_of(match["unit"]) + rate_of(match["rate"]))


def _counts(read: _Text) -> Iterator[_Found]:
    """A number with the noun that is counted."""
    for match in read.find(read.patterns.count):
        smallest = read_number(match["low"], read.code)
        if smallest is None or re.fullmatch(r"\d{1,2}\.\d\d", match["low"]):
            # A time of day or a part of a code; nothing is counted in hundredths.
            continue
        in_digits = has_digits(match["low"]) or has_scale(match["high"] or "")
        if smallest < (_SMALLEST_COUNT if in_digits else _SMALLEST_COUNT_IN_WORDS) and not match["high"]:
            continue
        noun = read.patterns.counted_noun(match["rest"])
        if noun is not None:
            for figure in _each(match, read.code, noun_name(noun.noun)):
                last = figure.end == match.end()
                yield figure._replace(end=match.start("rest") + noun.end) if last else figure
        elif (
            has_scale(match["low"])
            or (smallest >= _SURELY_COUNTED_FROM and in_digits)
            or read.patterns.compared.match(read.text, match.start("rest"))
            or (in_digits and read.patterns.there_are.search(read.text, max(match.start() - 20, 0), match.start()))
            or read.patterns.part_of_whole.match(read.text, match.start("rest"))
        ):
            yield from _each(match, read.code, "")


def _ellipses(read: _Text, found: Sequence[_Found]) -> list[_Found]:
    """Numbers that have their unit from the figure that they are set against: "12 per cent of firms, against 8"."""
    more: list[_Found] = []
    for match in read.patterns.ellipsis.finditer(read.text):
        number = read_number(match["low"], read.code)
        if number is None or _is_year(match["low"]):
            continue
        start, end = match.start("low"), match.end("high" if match["high"] else "low")
        if any(f.start < end and start < f.end for f in found):
            continue
        near = [f for f in found if f.end <= start and not _SENTENCE_END.search(read.text, f.end, start)][::-1]
        near = near or [f for f in found if f.start >= end and not _SENTENCE_END.search(read.text, end, f.start)]
        if abs(number) <= 100:  # "4.1 per cent in three years, against 0.9": rather the share than the duration
            near.sort(key=lambda figure: not figure.unit.startswith(_SHARES))
        if near and (match["against"] or (match["closes"] is not None and near[0].unit in _SHARES)):
            high = read_number(match["high"], read.code) if match["high"] else None
            value = plain(number) if high is None or high <= number else f"{plain(number)}-{plain(high)}"
            more.append(_Found(start, end, value, near[0].unit))
    for match in read.patterns.second.finditer(read.text):
        number = read_number(match["low"], read.code)
        before = [f for f in found if f.end <= match.start() and f.unit.startswith(_OFTEN_LEFT_OUT)]
        if number is None or not before or _is_year(match["low"]):
            continue
        start, end = match.span("low")
        free = not any(f.start < end and start < f.end for f in (*found, *more))
        if free and not _SENTENCE_END.search(read.text, before[-1].end, start):
            more.append(_Found(start, end, plain(number), before[-1].unit))
    return more


def _statistics(read: _Text) -> Iterator[_Found]:
    """Sample sizes, effect sizes, scores and bare decimals."""
    if not re.search(r"\d", read.text):
        return
    for match in read.patterns.statistic.finditer(read.text):
        group = "low" if match["low"] else "low2"
        number = read_number(match[group], read.code)
        if number is not None:
            unit = read.patterns.statistic_unit(match) or ("points" if read.patterns.marks.search(read.text) else "")
            yield _Found(match.start(group), match.end(group), plain(number), unit)
