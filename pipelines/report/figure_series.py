"""Figures that several documents give for the same thing: as a series over time and place, and where they differ."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from pipelines.domain.evidence import Figure, FigureRole
from pipelines.report.findings import Finding
from pipelines.report.measures import bounds_of, meanings_of, same_measure

#: Within one row of the table a measure of one or two content words ("technical knowledge") is too much and too little:
#: in the bundled examples those that said the same had three and more.
_LEAST_WORDS = 3
_UNITS = frozenset(
    [
        *("%", "percentage points", "times", "points", "standard deviations", "EUR", "USD", "GBP", "CHF"),
        *("hours", "minutes", "seconds", "jobs", "full-time jobs", "vacancies"),
    ]
)
"""What else is counted is mostly the size of a study, and years and months mostly tell how long it took."""
_DIFFERS_FROM = 2.0
"""Larger over smaller from which figures for one year and place are said to differ: a survey of a thousand firms that
finds 10 per cent may as well find 12, and does not find 20."""
_YEAR = re.compile(r"(?:19|20)\d\d")
_TOLD = (FigureRole.FINDING, FigureRole.FORECAST)


def tells(figure: Figure) -> bool:
    """Whether a figure is an outcome or a forecast, and says of what."""
    return figure.role in _TOLD and figure.unit.split(" per ")[0] in _UNITS and bool(figure.measures)


@dataclass(frozen=True)
class SeriesFigure:
    """One figure of a series."""

    finding: Finding
    figure: Figure
    low: float
    high: float

    @property
    def year(self) -> int | None:
        """The last year of the period that the passage names, else the year of the document."""
        years = [int(year) for year in _YEAR.findall(self.figure.period)]
        return max(years) if years else self.finding.passage.document.metadata.year


@dataclass(frozen=True)
class FigureSeries:
    """What several documents measured alike."""

    row: str
    unit: str
    measures: str
    """The words of the shortest measure, as printed."""
    language: str
    """Of those words."""
    figures: tuple[SeriesFigure, ...]
    """One a document, the oldest first."""

    @property
    def differs(self) -> bool:
        """Whether two figures for the same year and place are far apart."""
        return any(
            _apart(one, other)
            for place, one in enumerate(self.figures)
            for other in self.figures[place + 1 :]
            if one.year == other.year and one.figure.place == other.figure.place
        )


def _apart(one: SeriesFigure, other: SeriesFigure) -> bool:
    low, high = sorted((one, other), key=lambda figure: figure.low)
    return high.low > low.high and high.low >= _DIFFERS_FROM * max(low.high, 0)


def find_series(findings: Iterable[Finding], least: int = 2) -> list[FigureSeries]:
    """Figures under one row with the same unit and measure, from at least ``least`` documents.

    Of a document that gives several figures for one thing the first counts. Counts of what was studied, aims and sums
    of money take no part. Those with most documents come first.
    """
    groups: dict[tuple[str, str], list[list[SeriesFigure]]] = {}
    for finding in findings:
        if finding.row is None:
            continue
        for figure in finding.evidence.figures:
            bounds = bounds_of(figure.value)
            if bounds is None or not tells(figure):
                continue
            if len(_meanings(finding, figure)) < _LEAST_WORDS:
                continue
            of_place = groups.setdefault((finding.row, figure.unit), [])
            one = SeriesFigure(finding, figure, *bounds)
            home = next((group for group in of_place if _same(group[0], one)), None)
            if home is None:
                of_place.append([one])
            elif not any(other.finding.passage.document.id == finding.passage.document.id for other in home):
                home.append(one)
    found = [_series(row, unit, group) for (row, unit), of in groups.items() for group in of if len(group) >= least]
    return sorted(found, key=lambda series: (-len(series.figures), series.row, series.unit, series.measures))


def _meanings(finding: Finding, figure: Figure) -> tuple[frozenset[str], ...]:
    return meanings_of(figure.measures, finding.passage.passage.language)


def _same(one: SeriesFigure, other: SeriesFigure) -> bool:
    return same_measure(_meanings(one.finding, one.figure), _meanings(other.finding, other.figure))


def _series(row: str, unit: str, group: list[SeriesFigure]) -> FigureSeries:
    shortest = min(group, key=lambda one: (len(one.figure.measures), one.figure.measures))
    ordered = sorted(group, key=lambda one: (one.year or 0, one.figure.place, one.finding.number))
    language = shortest.finding.passage.passage.language
    return FigureSeries(row, unit, shortest.figure.measures, language, tuple(ordered))
