"""Figures that several studies give for the same thing: the same unit, the same statement, the same measure."""

from __future__ import annotations

import importlib
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from pipelines.domain.evidence import Figure
from pipelines.language.dictionary import TOKEN, look_up
from pipelines.language.lemmas import lemma
from pipelines.report.note_evidence import NotePiece

#: Two studies side by side are a sentence, no plot.
_STUDIES_NEEDED = 3
#: Share of the content words of the shorter measure that the other has to have as well. With less, "share of firms"
#: and "share of workers" are one; measured on the pairs of measures in tests/report/test_note_indicators.py.
_WORDS_SHARED = 0.6
#: Plots in one note: about two pages. Those on which most studies speak come first.
_INDICATORS_SHOWN = 6
_RANGE = re.compile(r"^(-?\d+(?:\.\d+)?)-(-?\d+(?:\.\d+)?)$")

Meaning = frozenset[str]


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
    groups: dict[tuple[str, str], list[list[StudyFigure]]] = {}
    for found in pieces:
        piece = found.piece
        if not piece.statement_id or found.study is None or piece.year is None:
            continue
        for figure in piece.figures:
            bounds = _bounds(figure.value)
            if bounds is None or not _meanings(figure.measures, piece.language):
                continue
            one = StudyFigure(found, figure, *bounds)
            alike = groups.setdefault((piece.statement_id, figure.unit), [])
            home = next((g for g in alike if _same_measure(g[0], one)), None)
            if home is None:
                alike.append([one])
            elif not any(other.found.study == found.study for other in home):
                home.append(one)
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


def _bounds(value: str) -> tuple[float, float] | None:
    """Ends of a figure; both are the same for a single number, ``None`` where it is none."""
    span = _RANGE.match(value)
    try:
        low, high = (float(span[1]), float(span[2])) if span else (float(value), float(value))
    except ValueError:
        return None
    if not (math.isfinite(low) and math.isfinite(high)):
        return None
    return (low, high) if low <= high else (high, low)


def _same_measure(one: StudyFigure, other: StudyFigure) -> bool:
    mine = _meanings(one.figure.measures, one.found.piece.language)
    theirs = _meanings(other.figure.measures, other.found.piece.language)
    shorter, longer = sorted((mine, theirs), key=len)
    shared = sum(any(meaning & held for held in longer) for meaning in shorter)
    return shared >= _WORDS_SHARED * len(shorter)


@cache
def _stop_words(language: str) -> frozenset[str]:
    # Here, since importing spaCy takes seconds and most that imports this module writes no note.
    stop_words = importlib.import_module(f"spacy.lang.{language}.stop_words")
    return frozenset(stop_words.STOP_WORDS)


@lru_cache(maxsize=4096)
def _meanings(measures: str, language: str) -> tuple[Meaning, ...]:
    """For every content word its lemma in both languages, as far as the dictionary of the field knows it."""
    code: Literal["nl", "en"] = "nl" if language == "nl" else "en"
    stop = _stop_words(code)
    words = [w for w in TOKEN.findall(measures.casefold()) if w not in stop and not w[0].isdigit() and len(w) > 1]
    found = []
    for word in words:
        terms = {f"{code}:{lemma(word, code)}"}
        for entry in look_up((word,), code):
            terms |= {f"nl:{t.casefold()}" for t in entry.terms("nl")} | {
                f"en:{t.casefold()}" for t in entry.terms("en")
            }
        found.append(frozenset(terms))
    return tuple(dict.fromkeys(found))
