"""What a passage says around a figure: for whom, where and when it holds, what it rests on, and what it is set against.

Words, not models: lists in Dutch and English, read in the sentence of the figure first and then in the whole passage.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from pipelines.domain.evidence import Figure, FigureRole, FigureSource
from pipelines.evidence.figures_comparisons import compared_pairs
from pipelines.evidence.figures_nouns import COUNTED
from pipelines.evidence.figures_population import populations_of
from pipelines.evidence.figures_words import figure_words, pattern_of

_YEAR = r"(?:19|20)\d\d"
_MONTHS = (
    r"januari|februari|maart|april|mei|juni|juli|augustus|september|oktober|november|december|January|February|March|April"
    r"|May|June|July|August|September|October|November|December"
)
_SEASONS = r"spring|summer|autumn|winter|voorjaar|zomer|najaar|herfst"
_PERIOD = re.compile(
    r"\b(?:in de periode|over de periode|in de jaren|over the period|in the period|in the years|between|tussen"
    r"|from|van)"
    rf"\s{_YEAR}\s?(?:[-–]|tot en met|t/m|tot|en|to|and|until)\s?(?:{_YEAR}|\d\d\b)"
    rf"|\b{_YEAR}\s?(?:[-–/]|to|tot|tot en met|t/m)\s?(?:{_YEAR}|\d\d\b)"
    rf"|\b(?:in|by|tegen|sinds|since|vóór|voor|before|until|vanaf|eind|begin|medio|late in|early in|mid|over|tot|anno"
    rf"|end of|by the end of|in (?:the )?(?:first|second|third|fourth) quarter of|in het \w+ kwartaal van"
    rf"|(?:in )?(?:the |het |de )?(?:{_SEASONS})(?: van| of)?|in (?:{_MONTHS}))\s{_YEAR}\b"
    rf"|\b{_YEAR}\b"
    r"|\b(?:vorig jaar|dit jaar|dat jaar|afgelopen jaar|het afgelopen jaar|een jaar eerder|een jaar later|last year"
    r"|this year|that year|in the past year|the previous year|a year earlier|a year later|a year before|vorige maand"
    r"|last month|dit seizoen|this season|within the year|binnen een jaar|in een jaar)\b"
    r"|\b(?:in|within) (?:the|de|het) (?:first|eerste|last|laatste|past|afgelopen) (?:\w+ )?"
    r"(?:jaar|maand|maanden|kwartaal|weken|year|years|month|months|quarter|weeks)\b"
    rf"|\b(?:in (?:{_MONTHS}))(?=[\s,.;)])(?! \d)"
    r"|\b(?:[Nn]u|[Nn]ow|[Tt]oday|[Ii]nmiddels|[Mm]omenteel|[Oo]p dit moment|[Cc]urrently|[Aa]t present)\b",
    re.IGNORECASE,
)
_NOT_KEPT = re.compile(
    rf"(?:by|tegen|vóór|before|tot|until)\b.*|.*\b(?:eerder|later|earlier|before|vorige?|previous|that year|dat jaar)"
    rf"|nu|now|today|inmiddels|momenteel|op dit moment|currently|at present|.*\b20(?:2[7-9]|[3-9]\d)|in (?:{_MONTHS})",
    re.IGNORECASE,
)
"""Periods that hold for their own sentence alone."""
#: Before what is counted, where a share of it follows: "Van de 342 gemeenten heeft 12% ...".
_SET_OF = re.compile(
    r"\b(?:van|op|bij|onder|of|among|across|at)\s(?:de |het |the |these |those |our |some |ruim |zo'n )?$"
)
_N_IS = re.compile(r"(?:\bn\s?=\s?|\bbase:\s|\bbasis:\s|steekproef van |sample of )$")
_LOOKED_AT = re.compile(
    r"\b(?:bekeken|bekeek|volgden?|onderzoch\w+|vroegen|ondervroegen|vulden|ingevuld\w*|deden mee|meededen|namen deel"
    r"|deelnamen|deelnemende|berust\w*|steekproef|peiling|panel|beantwoordden|looked at|took part|replied|responded"
    r"|answered|interviewed|surveyed|studied|followed|tracked|polled|sample|pooled|pooling|drawn from|draws on"
    r"|in the study|filled in)\b",
    re.IGNORECASE,
)
_NO_SAMPLE = frozenset({"points", "times", "jobs", "vacancies", "full-time jobs"})
_DURATIONS = frozenset({"hours", "minutes", "days", "weeks", "months", "years"})
_WHEN = re.compile(
    r"\b(?:binnen|na|in|gedurende|within|after|for|during|over|dan|than|over the)\s(?:about |some |ruim |zo'n )?$"
)
_SAMPLE_UNITS = frozenset({"respondents", "participants", "interviews", "studies", "experiments", "cases", "experts"})


@cache
def _places() -> re.Pattern[str]:
    named = "|".join(figure_words()["places"])
    counted = r"\d{1,3} (?:OESO-landen|OECD countries|EU-landen|EU countries|landen|countries)"
    return re.compile(rf"(?<![\w-])(?:{counted}|{named})(?![\w])")


class _Place(NamedTuple):
    start: int
    text: str


def describe_figures(
    text: str, language: str, figures: Sequence[Figure], sentences: Sequence[tuple[int, int]]
) -> tuple[Figure, ...]:
    """The same figures with population, place, period, source, role and the one that each is compared with.

    Parameters
    ----------
    text, language
        The passage.
    figures
        In text order.
    sentences
        Half-open character spans of the sentences, in order.
    """
    if not figures:
        return ()
    code = "nl" if language == "nl" else "en"
    places = [_Place(m.start(), m.group()) for m in _places().finditer(text)]
    periods = [_Place(m.start(), m.group()) for m in _PERIOD.finditer(text)]
    pairs = compared_pairs(text, code, figures, sentences)
    populations = populations_of(text, code, figures, sentences)
    described: list[Figure] = []
    for i, figure in enumerate(figures):
        sentence = _sentence_of(figure, sentences, len(text))
        place = _nearest(places, figure, sentence) or (places[0].text if places else "")
        described.append(
            figure.model_copy(
                update={
                    "population": populations[i],
                    "place": place,
                    "period": _period(periods, figure, sentence),
                    "source": _source(text, sentence),
                    "role": _role(text, figure, sentence),
                    "compared_with": figures[pairs[i]].start if i in pairs else None,
                }
            )
        )
    return tuple(described)


def _within(place: _Place, figure: Figure) -> bool:
    return figure.start <= place.start < figure.end


def _sentence_of(figure: Figure, sentences: Sequence[tuple[int, int]], end: int) -> tuple[int, int]:
    return next((span for span in sentences if span[0] <= figure.start < span[1]), (0, end))


def _nearest(found: Sequence[_Place], figure: Figure, sentence: tuple[int, int]) -> str:
    """The one nearest to the figure in its sentence, else the last of the sentences before it."""
    within = [p for p in found if sentence[0] <= p.start < sentence[1]]
    if within:
        return min(within, key=lambda p: abs(p.start - figure.start)).text
    before = [p for p in found if p.start < figure.start]
    return before[-1].text if before else ""


def _period(periods: Sequence[_Place], figure: Figure, sentence: tuple[int, int]) -> str:
    kept = [
        p
        for p in periods
        if not figure.start <= p.start < figure.end
        and (sentence[0] <= p.start < sentence[1] or _NOT_KEPT.fullmatch(p.text) is None)
    ]
    return _nearest(kept, figure, sentence)


def _source(text: str, sentence: tuple[int, int]) -> FigureSource | None:
    """What the figure rests on, by the words of its sentence, else of the passage."""
    for part in (text[slice(*sentence)], text):
        for name in figure_words()["sources"]:
            if pattern_of("sources", name).search(part):
                return FigureSource(name)
    return None


def _is_sample(text: str, figure: Figure, sentence: tuple[int, int], lead: str) -> bool:
    """Whether a count tells how many were looked at, and nothing about them."""
    counts = figure.unit in COUNTED or (figure.unit.isalpha() and figure.unit.lower() in figure.text.lower())
    said = text[slice(*sentence)]
    if _N_IS.search(lead):
        return True
    if not counts or figure.unit in _DURATIONS or figure.unit in _NO_SAMPLE:
        return False
    if figure.unit in COUNTED and pattern_of("sample").search(said):
        return True
    clause = text[max(sentence[0], figure.start - 45) : min(sentence[1], figure.end + 45)]
    if _LOOKED_AT.search(clause):
        return True
    behind = text[figure.end : sentence[1]]
    return _SET_OF.search(lead) is not None and re.search(r"%|procent|per ?cent|\d", behind) is not None


def _role(text: str, figure: Figure, sentence: tuple[int, int]) -> FigureRole:
    said = text[slice(*sentence)]
    clause = text[max(sentence[0], figure.start - 60) : min(sentence[1], figure.end + 80)]
    lead = text[max(sentence[0], figure.start - 25) : figure.start].lower()
    if figure.unit in _SAMPLE_UNITS or _is_sample(text, figure, sentence, lead):
        return FigureRole.SAMPLE
    if figure.unit in _DURATIONS and _WHEN.search(lead):
        return FigureRole.OTHER
    money = figure.unit.split(" ")[0] in {"EUR", "USD", "GBP", "CHF"}
    if money and pattern_of("other").search(clause):
        return FigureRole.OTHER
    future_year = re.search(r"\b20(?:2[7-9]|[3-9]\d)\b", said)
    named = pattern_of("target_named").search(said) is not None
    if pattern_of("target").search(said if named else clause) and (future_year or named):
        return FigureRole.TARGET
    if future_year or pattern_of("forecast").search(said):
        return FigureRole.FORECAST
    return FigureRole.FINDING
