"""What a passage says of how, where and among whom its finding was found. Read from its words, never assumed.

Who published a document tells nothing of where the data are from, so what is not said stays ``unstated``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from pipelines.appraisal.citations import find_citations
from pipelines.appraisal.cue_lists import code_of, find_cues, news_pattern
from pipelines.domain.appraisal import Design, EvidencePiece, Reading, Setting
from pipelines.domain.evidence import EvidenceKind
from pipelines.language.cue_words import Hit, Word, words_of
from pipelines.language.numerals import words_value
from pipelines.language.sentences import sentence_spans
from pipelines.strings import Language

#: Words between a denial and what it denies ("no large randomised field experiment").
_DENIAL_REACH = 4
#: Words between ``compared with`` and the place that is compared with ("compared with firms in the United States").
_COMPARISON_REACH = 5
#: Words between a number and what it counts ("1,204 randomly chosen Dutch employers").
_ADJECTIVES = 3
#: Most words that one number is written in ("two thousand three hundred and fifty").
_NUMBER_WORDS = 6
#: A count of people or firms below this is no size worth telling ("two participants said").
_LEAST_SIZE = 5

_Cues = Mapping[str, Sequence[Hit]]

_LOOSE_REVIEW = "review_loose"
_LOOSE_MODEL = "model_loose"
#: What a sentence tells first when it tells several: a review of experiments is a review, and an experiment whose
#: participants fill in a questionnaire an experiment.
_DESIGNS = (
    Design.SYNTHESIS,
    Design.REVIEW,
    Design.EXPERIMENT,
    Design.QUASI_EXPERIMENT,
    Design.LONGITUDINAL,
    Design.CROSS_SECTION,
    Design.QUALITATIVE,
    Design.MODEL,
)
_SETTINGS = (Setting.NETHERLANDS, Setting.EUROPE, Setting.ELSEWHERE)
_CLAUSE_BORDER = re.compile(r"[,;:()–—]\s|[.?!]\s+(?=[A-ZÀ-Ý\"'‘“])|\s[–—-]\s")
_SIZE_SIGN = re.compile(r"\b[nN]\s?=\s?(\d{1,3}(?:[.,\s]\d{3})+|\d+)")
_NO_SIZE = re.compile(r"%|[,;:.]\s|\b(?:procent|per cent|percent|miljoen|million|op de|out of)\b")
_DIGITS = re.compile(r"\d{1,3}(?:[.,]\d{3})+(?![\d])|\d+(?![\d.,]*\d)")


def read_piece(piece: EvidencePiece) -> Reading:
    """What an accepted passage says of its study."""
    key = None if piece.key_sentence is None else (piece.key_sentence.start, piece.key_sentence.end)
    reading = read_text(piece.text, piece.language, item_id=piece.item_id, key=key)
    if reading.design is Design.UNSTATED and piece.kind is EvidenceKind.FORECAST:
        code = code_of(piece.language)
        told = [hit for hit in find_cues(words_of(piece.text), code)["design"] if hit.key == _LOOSE_MODEL]
        if told:
            signs = (*reading.signs, *(piece.text[hit.start : hit.end] for hit in told))
            return reading.model_copy(update={"design": Design.MODEL, "signs": tuple(dict.fromkeys(signs))})
    return reading


def read_text(text: str, language: str, *, item_id: str = "", key: tuple[int, int] | None = None) -> Reading:
    """What a text says of the study behind it.

    Parameters
    ----------
    text, language
        ``nl``; any other language is read as English.
    item_id
        Kept with the reading.
    key
        Span of the sentence that carries the finding: what stands there goes before what stands elsewhere.
    """
    code = code_of(language)
    words = words_of(text)
    clauses = _clauses(text)
    cues = find_cues(words, code)
    design, told = _read_design(words, clauses, cues, key)
    setting, placed = _read_setting(words, cues, key)
    groups = cues["population"]
    size, counted = _read_size(text, words, cues, code, told)
    cites = find_citations(text, code, words, cues["not_source"])
    spans = [*told, *placed, *((hit.start, hit.end) for hit in groups), *counted]
    signs = [text[start:end] for start, end in sorted(set(spans))]
    return Reading(
        item_id=item_id,
        design=design,
        setting=setting,
        population=tuple(sorted({hit.key for hit in groups})),
        sample_size=size,
        cites=tuple(citation for citation, _ in cites),
        signs=tuple(dict.fromkeys([*signs, *(citation.text for citation, _ in cites)])),
    )


def read_population(texts: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Groups that texts speak of, each given with its language: those of a statement in both."""
    return frozenset(
        hit.key for text, language in texts for hit in find_cues(words_of(text), code_of(language))["population"]
    )


def reads_as_news(text: str, language: str) -> bool:
    """Whether a text says of itself that it brings news: a press release or a news item."""
    return news_pattern(code_of(language)).search(text) is not None


def _clauses(text: str) -> list[tuple[int, int]]:
    borders = [0, *(match.end() for match in _CLAUSE_BORDER.finditer(text)), len(text)]
    return [(low, high) for low, high in pairwise(borders) if low < high]


def _clause_of(place: int, clauses: Sequence[tuple[int, int]]) -> tuple[int, int]:
    return next(((low, high) for low, high in clauses if low <= place < high), (place, place))


def _words_between(words: Sequence[Word], start: int, end: int) -> int:
    return sum(start <= word.start < end for word in words)


def _read_design(
    words: Sequence[Word], clauses: Sequence[tuple[int, int]], cues: _Cues, key: tuple[int, int] | None
) -> tuple[Design, list[tuple[int, int]]]:
    """Design, with the spans of the words that told."""
    missing = cues["not_done"]
    denials = cues["not_before"]
    hits: list[Hit] = []
    for hit in cues["design"]:
        low, high = _clause_of(hit.start, clauses)
        # An opinion is one also where it says what is needed.
        undone = hit.key != Design.OPINION and any(low <= other.start < high for other in missing)
        denied = any(
            low <= other.start < hit.start and _words_between(words, other.end, hit.start) < _DENIAL_REACH
            for other in denials
        )
        if not undone and not denied:
            hits.append(hit)
    in_key = [hit for hit in hits if key is not None and key[0] <= hit.start < key[1]]
    for group in (in_key, hits):
        for design in _DESIGNS:
            told = [hit for hit in group if hit.key == design]
            if told:
                return design, [(hit.start, hit.end) for hit in told]
    for name, design in ((_LOOSE_REVIEW, Design.REVIEW), (Design.OPINION, Design.OPINION)):
        told = [hit for hit in hits if hit.key == name]
        if told:
            return design, [(hit.start, hit.end) for hit in told]
    return Design.UNSTATED, []


def _read_setting(
    words: Sequence[Word], cues: _Cues, key: tuple[int, int] | None
) -> tuple[Setting, list[tuple[int, int]]]:
    """Setting, with the spans of the words that told.

    A place that is only compared with counts where no other is named.
    """
    hits = cues["setting"]
    compared = [
        hit
        for cue in cues["compared"]
        for hit in [min((h for h in hits if h.start >= cue.end), key=lambda h: h.start, default=None)]
        if hit is not None and _words_between(words, cue.end, hit.start) <= _COMPARISON_REACH
    ]
    own = [hit for hit in hits if hit not in compared] or hits
    in_key = [hit for hit in own if key is not None and key[0] <= hit.start < key[1]]
    for group in (in_key, own):
        for setting in _SETTINGS:
            told = [hit for hit in group if hit.key == setting]
            if told:
                return setting, [(hit.start, hit.end) for hit in told]
    return Setting.UNSTATED, []


class _Size(NamedTuple):
    """A number that counts who takes part: ``text[start:end]``."""

    value: int
    start: int
    end: int
    sure: bool
    """Whether what it counts are participants by name, or people who were asked."""


def _read_size(
    text: str, words: Sequence[Word], cues: _Cues, code: Language, told: Sequence[tuple[int, int]]
) -> tuple[int | None, list[tuple[int, int]]]:
    """Number of people, firms or interviews, with its span: the one told beside the design, else the largest."""
    sizes = [_Size(int(re.sub(r"\D", "", m[1])), m.start(), m.end(), True) for m in _SIZE_SIGN.finditer(text)]
    sentences = sentence_spans(text)
    if not sizes:
        sizes = [
            size
            for low, high in sentences
            for size in _sizes_in(
                text,
                [word for word in words if low <= word.start < high],
                {section: [hit for hit in hits if low <= hit.start < high] for section, hits in cues.items()},
                code,
            )
        ]
    sizes = [size for size in sizes if size.value >= _LEAST_SIZE]
    if not sizes:
        return None, []
    clauses = _clauses(text)
    in_clause = {_clause_of(low, clauses) for low, _ in told}
    in_sentence = {_clause_of(low, sentences) for low, _ in told}
    near = [size for size in sizes if _clause_of(size.start, sentences) in in_sentence]
    nearest = [size for size in near if size.sure or _clause_of(size.start, clauses) in in_clause]
    best = max(nearest or near or sizes, key=lambda size: (size.value, -size.start))
    return best.value, [(best.start, best.end)]


def _sizes_in(text: str, words: Sequence[Word], cues: _Cues, code: Language) -> list[_Size]:
    """Numbers of one sentence that count who takes part; where there are none, those that count tasks or vacancies."""
    told = bool(cues["design"]) or bool(cues["data"])
    befores = {hit.end for hit in cues["size_before"]}
    asked = cues["asked"]
    participants = [(hit, True) for hit in cues["participants"]]
    # Groups that have a name are counted too: 1,211 illustrators.
    counted = [(hit, False) for hit in (*cues["counted"], *cues["population"])] if told or asked else []
    about = {hit.end: hit.start for hit in cues["about"]}
    things = {hit.start for hit in cues["things"]}
    studies = [hit for hit in cues["design"] if hit.key in (Design.REVIEW, Design.SYNTHESIS)]
    found: list[_Size] = []
    others: list[_Size] = []
    for noun, sure in [*participants, *counted]:
        number = _number_before(text, words, noun.start, code)
        # The number of the studies that a review counts ("of the six articles that firms ...") is not that of firms.
        if number is None or any(hit.start <= number[1] < hit.end for hit in studies):
            continue
        value, start, end = number
        before = next((word.end for word in reversed(words) if word.end <= start), -1)
        if before in about:
            before = next((word.end for word in reversed(words) if word.end <= about[before]), 0)
        beside = any(end <= hit.start and _words_between(words, noun.end, hit.start) <= 1 for hit in asked)
        if sure or beside or before in befores or (told and before <= words[0].start):
            (others if noun.start in things else found).append(_Size(value, start, end, sure or beside))
    # "Of 319 interviewed professionals": the number stands right before the word, whatever comes after it.
    numbers = (_number_before(text, words, hit.start, code, 0) for hit in asked)
    found += [_Size(*number, True) for number in numbers if number is not None]
    return found or others


def _number_before(
    text: str, words: Sequence[Word], place: int, code: Language, adjectives: int = _ADJECTIVES
) -> tuple[int, int, int] | None:
    """The number that stands before the word at ``place`` with at most so many adjectives between."""
    before = [word for word in words if word.end <= place]
    window = before[-(adjectives + 1) :]
    start = window[0].start if window else place
    digits = [m for m in _DIGITS.finditer(text, max(0, start - 12), place) if m.end() >= start]
    if digits:
        last = digits[-1]
        between = text[last.end() : place]
        if "%" in between or re.search(
            r"[,;:.]\s|\b(?:procent|per cent|percent|miljoen|million|op de|out of)\b", between
        ):
            return None
        value = int(re.sub(r"\D", "", last.group()))
        return None if 1900 <= value <= 2100 and last.group().isdigit() else (value, last.start(), last.end())
    for last in range(len(before), max(0, len(before) - adjectives - 1), -1):
        for first in range(max(0, last - _NUMBER_WORDS), last):
            value = words_value([word.lower for word in before[first:last]], code)
            if value is not None and value > 1:
                return value, before[first].start, before[last - 1].end
    return None
