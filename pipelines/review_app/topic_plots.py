"""Bars of how many passages came: over the scans, and by year, theme, kind of evidence or language."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

_SPARK_SCANS = 12
"""Bars of the small plot in a list; more would be thinner than a pixel on a telephone."""
_SPARK_STEP, _SPARK_HEIGHT = 8, 22
_PLOT_HEIGHT = 190
_NARROWEST, _ROOMY, _WIDEST = 300, 540, 1500
"""Width in pixels: of a telephone, of half a page, and at most; between the last two one has to scroll."""
_STEP, _LEAST_STEP = 75, 28
_LEFT, _RIGHT, _TOP, _BOTTOM = 8, 8, 26, 30
_WIDEST_BAR = 60
_DATE_WIDTH = 124
"""The longest date, ``22 september 2026``, at 12 px with some space."""
_NUMBER_WIDTH = 26
_YEARS_SHOWN = 12


@dataclass(frozen=True)
class Bar:
    """One bar of a plot, in the units of its ``viewBox``."""

    x: float
    y: float
    width: float
    height: float
    value: int
    label: str
    """What it counts, for instance the day of a scan."""
    latest: bool = False
    told: bool = True
    """Whether its number has room above it. ``dated``: its label beneath."""
    dated: bool = True


@dataclass(frozen=True)
class Plot:
    """Bars beside one another."""

    width: int
    height: int
    base: float
    """Height of the line that they stand on."""
    bars: tuple[Bar, ...]

    @property
    def values(self) -> tuple[int, ...]:
        """What the bars count, in order."""
        return tuple(bar.value for bar in self.bars)


@dataclass(frozen=True)
class Share:
    """A line of a chart of bars that lie."""

    label: str
    value: int
    share: float
    """Of the longest, 0 to 1."""


def counts_by_scan(by_scan: Mapping[str, int], all_by_scan: Mapping[str, int]) -> list[tuple[str, int]]:
    """Passages of a topic on the day of each scan that brought any at all, nought where it brought none of these."""
    return [(day, by_scan.get(day, 0)) for day in sorted({*all_by_scan, *by_scan})]


def sparkline(counts: Sequence[tuple[str, int]]) -> Plot:
    """Small bars of the latest scans, without words; they need an alternative in text."""
    shown = counts[-_SPARK_SCANS:]
    most = max((n for _, n in shown), default=0) or 1
    last = len(shown) - 1
    bars = []
    for place, (day, n) in enumerate(shown):
        # Nothing is a line as well: a gap would look as if there had been no scan.
        height = max(round((_SPARK_HEIGHT - 2) * n / most, 1), 1.0)
        x, y = place * _SPARK_STEP + 1, _SPARK_HEIGHT - height
        bars.append(Bar(x, y, _SPARK_STEP - 2, height, n, day, latest=place == last))
    return Plot(max(len(shown), 1) * _SPARK_STEP, _SPARK_HEIGHT, _SPARK_HEIGHT, tuple(bars))


def growth_plot(counts: Sequence[tuple[str, int]]) -> Plot:
    """Bars of all scans with their numbers and days, as far as there is room."""
    most = max((n for _, n in counts), default=0) or 1
    whole = min(max(len(counts) * _STEP, _NARROWEST), _ROOMY)
    whole = min(max(len(counts) * _LEAST_STEP, whole), _WIDEST)
    step = (whole - _LEFT - _RIGHT) / max(len(counts), 1)
    width = min(step * 0.72, _WIDEST_BAR)
    room, base = _PLOT_HEIGHT - _TOP - _BOTTOM, _PLOT_HEIGHT - _BOTTOM
    every = max(1, -int(-_DATE_WIDTH // step))
    last = len(counts) - 1
    bars = []
    for place, (day, n) in enumerate(counts):
        height = max(round(room * n / most, 1), 1.0)
        x = _LEFT + step * place + (step - width) / 2
        # Counted from the end, so that the latest scan always has its day.
        dated = (last - place) % every == 0
        told = step >= _NUMBER_WIDTH or place == last or n == most
        bars.append(
            Bar(round(x, 1), round(base - height, 1), round(width, 1), height, n, day, place == last, told, dated)
        )
    return Plot(whole, _PLOT_HEIGHT, base, tuple(bars))


def shares(counts: Sequence[tuple[str, int]]) -> list[Share]:
    """Bars that lie beneath one another, in the order given; those without anything are left out."""
    most = max((n for _, n in counts), default=0) or 1
    return [Share(label, n, n / most) for label, n in counts if n]


def by_year(counts: Mapping[str, int], unknown: str, earlier: Callable[[str], str]) -> list[tuple[str, int]]:
    """Counts by year of publication, the latest first, early years as one.

    Parameters
    ----------
    counts
        By year, ``""`` where it is unknown.
    unknown, earlier
        Words for those without a year, and for all before a year.
    """
    years = sorted((year for year in counts if year), reverse=True)
    # A single early year needs no name for several.
    shown = years if len(years) <= _YEARS_SHOWN + 1 else years[:_YEARS_SHOWN]
    found = [(year, counts[year]) for year in shown]
    rest = years[len(shown) :]
    if rest:
        found.append((earlier(shown[-1]), sum(counts[year] for year in rest)))
    if counts.get(""):
        found.append((unknown, counts[""]))
    return found
