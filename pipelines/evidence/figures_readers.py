"""Readers of figures: each finds one kind of figure in a text, by the patterns of its language."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal
from itertools import chain
from typing import NamedTuple

from pipelines.evidence.figures_ellipses import Found
from pipelines.evidence.figures_exclusions import is_period
from pipelines.evidence.figures_notation import has_digits, plain, read_number
from pipelines.evidence.figures_nouns import NOUN_OF, noun_name
from pipelines.evidence.figures_patterns import Patterns
from pipelines.evidence.figures_units import rate_of, unit_of

#: Counts in words below this are left out: "two problems", "drie vragen" are not data.
_SMALLEST_COUNT_IN_WORDS = 10
_SMALLEST_COUNT = 10
#: In digits, of what is often counted: "7 firms".
_SMALLEST_OF_KNOWN = 2
_SURELY_COUNTED_FROM = 1000
#: Group of the pattern for single durations -> value and unit.
_SINGLE_DURATIONS = {
    "half_year": ("6", "months"), "half_hour": ("30", "minutes"), "quarter_hour": ("15", "minutes"),
    "quarter": ("3", "months"), "fortnight": ("2", "weeks"), "year": ("1", "years"), "month": ("1", "months"),
    "week": ("1", "weeks"),
}  # fmt: skip
#: "10 of the 14" is a share; of larger wholes both numbers are told.
_MOST_IN_RATIO = 20
_LEAST_IN_RATIO = 3
#: Coins, in what they are hundredths of.
_HUNDREDTHS = {"nl": {"cents": "EUR", "pence": "GBP"}, "en": {"cents": "USD", "pence": "GBP"}}


class ReadText(NamedTuple):
    """A text that is read for figures."""

    text: str
    code: str
    patterns: Patterns
    openings: list[int]
    """Where a number, a lead such as *between* or a word for a factor begins."""

    def find(self, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
        """Places of a pattern that only fits at an opening."""
        return self.patterns.find(pattern, self.text, self.openings)


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


def find_shares(read: ReadText) -> Iterator[Found]:
    """Percentages and percentage points, single, in a range or in a row ("24 and 31 per cent")."""
    for match in read.find(read.patterns.percent):
        unit = unit_of(match["unit"]) + rate_of(match["rate"])
        value = _value(match, read.code)
        if value is not None:
            yield Found(_start(match), match.end(), value, unit)
            continue
        # Two numbers that are no range share the sign after the second.
        for group in ("low", "high"):
            number = read_number(match[group], read.code) if match[group] else None
            is_year = group == "low" and match["high"] and re.fullmatch(r"(?:19|20)\d\d", match[group])
            if number is not None and not is_year and not (group == "low" and _is_age(read.text, match)):
                end = match.end(group) if group == "low" and match["high"] else match.end()
                yield Found(match.start(group), end, plain(number), unit)


_AGE_BEFORE = re.compile(
    r"\b(?:over|under|aged|older than|younger than|ouder dan|jonger dan|boven de|onder de)\s$", re.IGNORECASE
)


def _is_age(text: str, match: re.Match[str]) -> bool:
    """``4% of people over 55 and 3% of those out of work``: 55 shares no sign with 3."""
    bare = match["high"] and text[match.end("low") : match.start("high")].startswith(" ")
    return bool(bare and _AGE_BEFORE.search(text, max(match.start() - 15, 0), match.start("low")))


def find_money(read: ReadText) -> Iterator[Found]:
    patterns = read.patterns
    with_symbol = patterns.symbol_money.finditer(read.text) if patterns.may_hold_symbol(read.text) else ()
    for match in chain(with_symbol, read.find(patterns.named_money)):
        unit = unit_of(match["unit"])
        hundredths = _HUNDREDTHS[read.code].get(unit)
        for figure in _each(match, read.code, (hundredths or unit) + rate_of(match["rate"])):
            yield figure if hundredths is None else figure._replace(value=_hundredths(figure.value))


def _hundredths(value: str) -> str:
    return "-".join(plain(Decimal(part) / 100) for part in value.split("-") if part)


def _each(match: re.Match[str], code: str, unit: str) -> Iterator[Found]:
    """The figure, or the two that have one unit between them: "from 310 to 240 jobs"."""
    value = _value(match, code)
    if value is not None:
        yield Found(_start(match), match.end(), value, unit)
        return
    low, high = (read_number(match[group], code) if match[group] else None for group in ("low", "high"))
    if high is None:
        return
    if low is not None and not match["range"] and not _is_year(match["low"]):
        if has_scale(match["high"]) and not has_scale(match["low"]):
            low *= _scale(match["high"], high, code)
        yield Found(match.start("low"), match.end("low"), plain(low), unit)
    yield Found(match.start("high"), match.end(), plain(high), unit)


def _is_year(written: str) -> bool:
    return re.fullmatch(r"(?:19|20)\d\d", written) is not None


def _scale(written: str, value: Decimal, code: str) -> Decimal:
    """What the scale word of a number in digits multiplies by."""
    return value / (read_number(re.sub(r"[A-Za-z.]+\s*$", "", written), code) or value)


def find_ratios(read: ReadText) -> Iterator[Found]:
    """``one in three``, ``vier op de tien``, ``10 of the 14``: as a percentage."""
    for match in read.find(read.patterns.ratio):
        low, high = (match["low"], match["whole"]) if match["low"] else (match["low2"], match["whole2"])
        part, whole = read_number(low, read.code), read_number(high, read.code)
        if part is None or whole is None or not 0 < part < whole or whole < _LEAST_IN_RATIO:
            continue
        joint = match["joint"] or ""
        if joint in {"op", "in", "out of"} or whole <= _MOST_IN_RATIO or whole == 100:
            if joint not in {"op", "in", "out of"} and low.lower() in {"one", "een", "één"}:
                continue  # "one of the four groups" is a case and no share
            yield Found(match.start(), match.end(), _percentage(part / whole), "%")


def find_fractions(read: ReadText) -> Iterator[Found]:
    """``a quarter of``, ``twee derde``, ``de helft``: as a percentage."""
    if not read.patterns.may_hold_fraction(read.text):
        return
    for match in read.patterns.fraction.finditer(read.text):
        share = read.patterns.share_of(match)
        if share is not None:
            yield Found(match.start("fraction"), match.end("fraction"), _percentage(share), "%")


_BRACKETED = re.compile(r"\([+−–-]?(?P<low>\d{1,2}(?:[.,]\d+)?)\)")
_FAR = 200
_NEAR = 40


def find_in_brackets(read: ReadText, found: Sequence[Found]) -> Iterator[Found]:
    """``those who do (56 per cent) and those who do not (37)``: no number of a note where a share is told so too."""
    for match in _BRACKETED.finditer(read.text):
        near = [f for f in found if f.end <= match.start() <= f.end + _FAR and f.unit.startswith("%")]
        told_so = any(read.text[max(f.start - 2, 0) : f.start].strip(" +−–-") == "(" for f in near)
        number = read_number(match["low"], read.code)
        if told_so and number is not None and read.text[max(match.start() - 1, 0) : match.start()] == " ":
            yield Found(*match.span("low"), plain(number), near[-1].unit)


def _percentage(share: Decimal) -> str:
    return plain((share * 100).quantize(Decimal("0.1"), ROUND_HALF_UP))


def find_factors(read: ReadText) -> Iterator[Found]:
    for match in read.find(read.patterns.factor):
        number = read.patterns.factor_of(match, read.code)
        if number == Decimal("0.5"):
            yield Found(match.start(), match.end(), "50", "%")  # what was halved fell by half
        elif number is not None:
            yield Found(match.start(), match.end(), plain(number), "times")


def find_single_durations(read: ReadText) -> Iterator[Found]:
    """``half a year``, ``na een maand``: one, or half, of a unit of time."""
    for match in read.patterns.single_duration.finditer(read.text):
        for name, (value, unit) in _SINGLE_DURATIONS.items():
            if match[name]:
                yield Found(match.start(name), match.end(name), value, unit)


def find_quantities(read: ReadText) -> Iterator[Found]:
    """Durations, weights, full-time jobs, points, standard deviations."""
    for match in read.find(read.patterns.quantity):
        if not is_period(read.text, match):
            for figure in _each(match, read.code, unit_of(match["unit"]) + rate_of(match["rate"])):
                if figure.unit == "decades":
                    years = "-".join(plain(Decimal(part) * 10) for part in figure.value.split("-"))
                    figure = figure._replace(value=years, unit="years")
                yield figure


def find_counts(read: ReadText) -> Iterator[Found]:
    """A number with the noun that is counted."""
    for match in read.find(read.patterns.count):
        smallest = read_number(match["low"], read.code)
        if smallest is None or re.fullmatch(r"\d{1,2}\.\d\d", match["low"]):
            # A time of day or a part of a code; nothing is counted in hundredths.
            continue
        in_digits = has_digits(match["low"]) or has_scale(match["high"] or "")
        noun = read.patterns.counted_noun(match["rest"])
        known = noun is not None and noun.noun.lower().replace("’", "'") in NOUN_OF
        least = _SMALLEST_COUNT_IN_WORDS if not in_digits else _SMALLEST_OF_KNOWN if known else _SMALLEST_COUNT
        if smallest < least and not match["high"]:
            continue
        if noun is not None:
            end = match.start("rest") + noun.end
            rate = read.patterns.rate.match(read.text, end)
            unit = noun_name(noun.noun) + (rate_of(rate["rate"]) if rate is not None else "")
            for figure in _each(match, read.code, unit):
                yield figure._replace(end=end if rate is None else rate.end()) if figure.end == match.end() else figure
        elif (
            has_scale(match["low"])
            or (smallest >= _SURELY_COUNTED_FROM and in_digits)
            or read.patterns.compared.match(read.text, match.start("rest"))
            or (in_digits and read.patterns.there_are.search(read.text, max(match.start() - 20, 0), match.start()))
            or read.patterns.part_of_whole.match(read.text, match.start("rest"))
        ):
            yield from _each(match, read.code, "")


_SAMPLE_SIGN = re.compile(r"[=≈]|sample|steekproef", re.IGNORECASE)


def find_samples(read: ReadText) -> Iterator[Found]:
    """Sizes of samples and of effects: ``n = 612``, ``d = 0.4``."""
    if not _SAMPLE_SIGN.search(read.text):
        return
    for match in read.patterns.sample.finditer(read.text):
        group = "low" if match["low"] else "size"
        number = read_number(match[group], read.code)
        if number is not None:
            unit = "standard deviations" if (match["name"] or "") in {"d", "g"} else match["name"] or "n"
            yield Found(*match.span(group), plain(number), unit)


def find_statistics(read: ReadText) -> Iterator[Found]:
    """Scores and bare decimals."""
    if not re.search(r"\d", read.text):
        return
    for match in read.patterns.statistic.finditer(read.text):
        group = next(name for name, written in match.groupdict().items() if written)
        number = read_number(match[group], read.code)
        if number is not None:
            points = group == "mark" or read.patterns.marks.search(read.text)
            yield Found(*match.span(group), plain(number), "points" if points else "")
