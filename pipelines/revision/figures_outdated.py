"""Figures in statements that newer evidence gives otherwise."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from pipelines.domain.appraisal import EvidencePiece, StatementAppraisal, WeighedStudy
from pipelines.domain.evidence import Figure
from pipelines.domain.evidence_table import Statement
from pipelines.domain.proposals import Wording
from pipelines.domain.rules import Rule
from pipelines.language.lemmas import lemma
from pipelines.language.sentences import sentence_spans
from pipelines.revision.inputs import Value, holds
from pipelines.revision.quoting import Quote, ends
from pipelines.revision.wording import quotation
from pipelines.strings import LANGUAGES, Language, text

FigureReader = Callable[[str, str], Sequence[Figure]]
"""Figures of a text in a language (``nl`` or ``en``), in text order, as the stage that reads evidence finds them."""

_WORD = re.compile(r"[^\W\d_][\w'’-]*")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_SPACE = re.compile(r"\s+")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
#: Shorter words say how a description is joined ("van de", "of the"), not what is measured; abbreviations do (AI, ICT).
_SHORTEST_WORD = 4
#: Words before a figure that make it a bound: what lies on the right side of it is no other figure.
_BELOW = re.compile(
    r"\b(?:minder dan|onder(?: de)?|hooguit|hoogstens|maximaal|less than|under|below|at most|fewer than)\s+$", re.I
)
_ABOVE = re.compile(
    r"\b(?:meer dan|ruim|boven(?: de)?|minstens|ten minste|minimaal|more than|over|above|at least)\s+$", re.I
)


class Outdated(NamedTuple):
    """A figure of a statement, and the newest that differs from it."""

    old: Figure
    language: Language
    """In which text of the statement ``old`` stands."""
    new: Figure
    piece: EvidencePiece
    study: WeighedStudy
    year_of_statement: int | None
    values: dict[str, Value]


def find_outdated(
    found: StatementAppraisal,
    statement: Statement,
    pieces: Mapping[str, EvidencePiece],
    rule: Rule,
    read_figures: FigureReader,
) -> Outdated | None:
    """The figure of the statement that is most clearly out of date; ``None`` where none is.

    Figures are compared within one language, as what they measure is told in words. A range, and a figure with a bound
    ("less than one per cent"), is out of date only where the new one lies outside.
    """
    candidates: list[Outdated] = []
    for language in LANGUAGES:
        own = statement.text_in(language)
        figures = read_figures(own, language) if own else ()
        for old in figures:
            # A newer figure that was put beside the old one does not make the old one out of date once more.
            beside = [f for f in figures if f is not old and f.unit == old.unit]
            candidates += [
                one
                for one in _of_figure(found, statement, old, language, pieces, rule)
                if all(difference(own, f, one.new) > 0 for f in beside)
            ]
    return min(candidates, key=_order) if candidates else None


def _order(one: Outdated) -> tuple[int, float, float, str]:
    return (-(one.piece.year or 0), -float(one.values["measure_likeness"]), -one.study.weight, one.piece.item_id)


def _of_figure(
    found: StatementAppraisal,
    statement: Statement,
    old: Figure,
    language: Language,
    pieces: Mapping[str, EvidencePiece],
    rule: Rule,
) -> list[Outdated]:
    own = statement.text_in(language)
    given = [
        (study, piece, new, _likeness((own, old), (piece.text, new), language), difference(own, old, new))
        for study in found.studies
        if study.weight > 0
        for item in study.items
        if (piece := pieces.get(item)) is not None and piece.language == language
        for new in piece.figures
        if new.unit == old.unit
    ]
    same = [_year_told(new, piece) for _, piece, new, likeness, gap in given if gap == 0 and likeness > 0]
    year = _year_of(statement, same)
    fitting: list[tuple[WeighedStudy, EvidencePiece, Figure, dict[str, Value]]] = []
    for study, piece, new, likeness, gap in given:
        values: dict[str, Value] = {"figure_difference": round(gap, 3), "measure_likeness": round(likeness, 3)}
        if piece.year is None:
            continue
        if year is not None:
            values["years_newer"] = piece.year - year
        if holds(rule, values):
            fitting.append((study, piece, new, values))
    n_studies = len({study.study.id for study, *_ in fitting})
    return [
        Outdated(old, language, new, piece, study, year, {**values, "studies_with_figure": n_studies})
        for study, piece, new, values in fitting
        if holds(rule, {"studies_with_figure": n_studies})
    ]


def _year_of(statement: Statement, years_with_same: Sequence[int | None]) -> int | None:
    """Year of the statement's figure: as its text or source note says, or of the newest evidence that gives it too."""
    named = [int(y) for y in _YEAR.findall(f"{statement.nl} {statement.en} {statement.source}")]
    return max(named + [y for y in years_with_same if y is not None], default=None)


def _year_told(figure: Figure, piece: EvidencePiece) -> int | None:
    """Year that a figure of new evidence is of: "against 0.7 per cent in 2022" is no newer than 2022."""
    named = [int(year) for year in _YEAR.findall(figure.period)]
    return max(named) if named else piece.year


def _likeness(old: tuple[str, Figure], new: tuple[str, Figure], language: Language) -> float:
    """How far two figures, each with its text, measure the same: 0 to 1.

    Share of the words that say what the one measures which stand in the sentence of the other; the lower of both ways.
    The sentence, as a description stands now before and now behind its figure.
    """
    return min(_share(old, new, language), _share(new, old, language))


def _share(one: tuple[str, Figure], other: tuple[str, Figure], language: Language) -> float:
    measured = _content(one[1].measures, language)
    return len(measured & _content(_sentence_with(*other), language)) / len(measured) if measured else 0.0


def _sentence_with(passage: str, figure: Figure) -> str:
    for low, high in sentence_spans(passage):
        if low <= figure.start < high:
            return passage[low:high]
    return passage


def _content(words: str, language: Language) -> frozenset[str]:
    return frozenset(lemma(w, language) for w in _WORD.findall(words) if len(w) >= _SHORTEST_WORD or w.isupper())


def difference(own: str, old: Figure, new: Figure) -> float:
    """How far ``new`` lies from ``old``, as a share of ``old``; 0 where the statement's figure still covers it."""
    low, high = _ends(old.value)
    new_low, new_high = _ends(new.value)
    before = own[: old.start]
    if _BELOW.search(before):
        low = min(0.0, low, new_low)
    if _ABOVE.search(before):
        high = max(high, new_high)
    gap = max(new_low - high, low - new_high, 0.0)
    size = max(abs(high), abs(low))
    return gap / size if size else float(gap > 0)


def _ends(value: str) -> tuple[float, float]:
    parts = re.fullmatch(r"(-?[\d.]+)(?:-(-?[\d.]+))?", value)
    if parts is None:
        return 0.0, 0.0
    low = float(parts[1])
    return low, float(parts[2]) if parts[2] else low


def figure_wording(outdated: Outdated, statement: Statement, read_figures: FigureReader) -> Wording:
    """The statement with the new figure in place of the old one, where that is all there is to change; else with the
    newer finding quoted after it.

    In place: the statement names no year, sets no bound, gives the figure in digits in both languages, and both are
    single numbers.
    """
    made = {language: _replaced(outdated, statement, language, read_figures) for language in LANGUAGES}
    if any(own and not made[language] for language, own in (("nl", statement.nl), ("en", statement.en))):
        made = {language: _added(outdated, statement, language) for language in LANGUAGES}
    return Wording(nl=made["nl"], en=made["en"])


def _replaced(outdated: Outdated, statement: Statement, language: Language, read_figures: FigureReader) -> str:
    own = statement.text_in(language)
    same = [f for f in read_figures(own, language) if (f.value, f.unit) == (outdated.old.value, outdated.old.unit)]
    if len(same) != 1 or not re.fullmatch(r"\d{1,4}(?:\.\d+)?", outdated.new.value) or _YEAR.search(own):
        return ""
    old = same[0]
    numbers = _NUMBER.findall(old.text)
    if len(numbers) != 1 or _BELOW.search(own[: old.start]) or _ABOVE.search(own[: old.start]):
        return ""
    printed = outdated.new.value.replace(".", ",") if language == "nl" else outdated.new.value
    return own[: old.start] + old.text.replace(numbers[0], printed) + own[old.end :]


def _added(outdated: Outdated, statement: Statement, language: Language) -> str:
    own = statement.text_in(language)
    if not own:
        return ""
    sentence = _SPACE.sub(" ", _sentence_with(outdated.piece.text, outdated.new)).strip()
    quote = Quote(sentence, outdated.piece.language, outdated.study.study.id)
    return text(
        "revision.phrase.figure_outdated",
        language,
        statement=ends(own),
        year=outdated.piece.year,
        quote=quotation(quote, language),
    )
