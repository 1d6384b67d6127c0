"""Figures that several studies give for the same thing: the same unit, the same statement, the same measure."""

from __future__ import annotations

import importlib
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache

from pipelines.domain.evidence import Figure
from pipelines.domain.languages import Language
from pipelines.language.dictionary import TOKEN, look_up
from pipelines.language.lemmas import lemma
from pipelines.report.note_evidence import NotePiece

#: Two studies side by side are a sentence, no plot.
_STUDIES_NEEDED = 3
#: Share of the content words of the shorter measure that the other has to have as well. With less, "share of firms"
#: and "share of workers" are one; of the 21 pairs of measures in tests/report/test_note_indicators.py 2 go
#: wrong at 0.5 and none from 0.6 on.
_WORDS_SHARED = 0.6
#: Plots in one note: about two pages. Those on which most studies speak come first.
_INDICATORS_SHOWN = 6
#: Words of a term that is looked up as one: the dictionary has few of four words.
_LONGEST_TERM = 3
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
    candidates: dict[tuple[str, str], list[StudyFigure]] = {}
    for found in pieces:
        piece = found.piece
        if piece.statement_id and found.study is not None and piece.year is not None:
            for figure in piece.figures:
                bounds = _bounds(figure.value)
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
        if not _meanings(one.figure.measures, one.found.piece.language):
            continue
        home = next((group for group in groups if _same_measure(group[0], one)), None)
        if home is None:
            groups.append([one])
        elif not any(other.found.study == one.found.study for other in home):
            home.append(one)
    return groups


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
    """For every content word or term what it is called in both languages, as far as the dictionary knows it."""
    code: Language = "nl" if language == "nl" else "en"
    stop = _stop_words(code)
    words = TOKEN.findall(measures.casefold())
    found: list[Meaning] = []
    place = 0
    while place < len(words):
        length, terms = _term_at(words[place:], code)
        if length > 1 or not (words[place] in stop or words[place][0].isdigit() or len(words[place]) == 1):
            found.append(terms)
        place += length
    return tuple(dict.fromkeys(found))


def _term_at(words: list[str], language: Language) -> tuple[int, Meaning]:
    """The longest term that the words begin with, as its number of words, and what it is called in both languages.

    A term of several words means its last one as well: a "gewerkt uur" is an "uur", and a "job vacancy" no "job".
    """
    for length in range(min(_LONGEST_TERM, len(words)), 0, -1):
        entries = look_up(words[:length], language)
        if entries:
            nl = {f"nl:{term.casefold()}" for entry in entries for term in entry.terms("nl")}
            en = {f"en:{term.casefold()}" for entry in entries for term in entry.terms("en")}
            return length, frozenset(nl | en | {f"{language}:{lemma(words[length - 1], language)}"})
    return 1, frozenset({f"{language}:{lemma(words[0], language)}"})
