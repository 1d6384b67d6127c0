"""Figures that several studies give for the same thing: the same unit, the same statement, the same measure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pipelines.domain.evidence import Figure
from pipelines.report.measures import bounds_of, meanings_of, same_measure
from pipelines.report.note_evidence import NotePiece

#: Two studies side by side are a sentence, no plot.
_STUDIES_NEEDED = 3
#: Plots in one note: about two pages. Those on which most studies speak come first.
_INDICATORS_SHOWN = 6


@dataclass(frozen=True)
class StudyFigure:
    """One figure of one study."""

    found: NotePiece
    figure: Figure
    low: float
    high: float

    @property
    def middle(self) -> float:
        """The figure, or the middle of its range."""
        return (self.low + self.high) / 2


@dataclass(frozen=True)
class Indicator:
    """What several studies measured alike."""

    statement_id: str
    unit: str
    measures: str
    """The words of the shortest measure, as printed."""
    figures: tuple[StudyFigure, ...]
    """One a study, the oldest first."""


def find_indicators(pieces: Iterable[NotePiece]) -> tuple[Indicator, ...]:
    """Figures to show together: at least three studies with a year, the same statement, unit and measure.

    A measure in Dutch and one in English are compared through the dictionary of the field. Of a study that gives
    several figures for one indicator the first counts; what cannot be read as a number or a range is left out.

    Returns
    -------
    tuple
        At most six, those with most studies first; the order of ``pieces`` plays no part beyond their numbers.
    """
    candidates: dict[tuple[str, str], list[StudyFigure]] = {}
    for found in pieces:
        piece = found.piece
        if piece.statement_id and found.study is not None and piece.year is not None:
            for figure in piece.figures:
                bounds = bounds_of(figure.value)
                if bounds is not None:
                    candidates.setdefault((piece.statement_id, figure.unit), []).append(
                        StudyFigure(found, figure, *bounds)
                    )
    groups = {place: _alike(figures) for place, figures in candidates.items() if _n_studies(figures) >= _STUDIES_NEEDED}
    indicators = [
        Indicator(
            statement_id=statement_id,
            unit=unit,
            measures=min((one.figure.measures for one in group), key=lambda m: (len(m), m)),
            figures=tuple(sorted(group, key=lambda one: (one.found.piece.year or 0, one.found.number))),
        )
        for (statement_id, unit), alike in groups.items()
        for group in alike
        if len(group) >= _STUDIES_NEEDED
    ]
    indicators.sort(key=lambda i: (-len(i.figures), i.statement_id, i.unit, i.measures))
    return tuple(indicators[:_INDICATORS_SHOWN])


def _n_studies(figures: Iterable[StudyFigure]) -> int:
    return len({one.found.study.id for one in figures if one.found.study is not None})


def _alike(figures: Iterable[StudyFigure]) -> list[list[StudyFigure]]:
    """Figures whose measure is that of the first of their group, one for each study."""
    groups: list[list[StudyFigure]] = []
    for one in figures:
        if not meanings_of(one.figure.measures, one.found.piece.language):
            continue
        home = next((group for group in groups if _same(group[0], one)), None)
        if home is None:
            groups.append([one])
        elif not any(other.found.study == one.found.study for other in home):
            home.append(one)
    return groups


def _same(one: StudyFigure, other: StudyFigure) -> bool:
    return same_measure(
        meanings_of(one.figure.measures, one.found.piece.language),
        meanings_of(other.figure.measures, other.found.piece.language),
    )
