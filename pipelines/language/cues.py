"""Cues: words that tell whether a sentence denies, doubts, forecasts, observes, reviews, judges, advises or asks.

The lists are YAML files beside this module, one a language, with the notation explained at their top. A cue holds for
its clause (``scope``); change words also get a sense, good or bad, from what it is that rises or falls.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import yaml
from pydantic import Field

from pipelines.domain.record import Record
from pipelines.language.numerals import is_number_word
from pipelines.language.sentences import sentence_spans

#: Most words that ``...`` in a pattern stands for.
_WIDEST_GAP = 5
#: Farthest distance in words between a change word and what changes. On the hand-written sentences of the tests a
#: wider window found wrong objects and a narrower one missed Dutch verbs at the end of the clause.
_OBJECT_WINDOW = 9

_TOKEN = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*\.?|\?")
_NUMBER = re.compile(r"\d[\d.,]*")
_FOLDER = Path(__file__).parent / "cues"
_CONJUNCTIONS = {
    "nl": frozenset(["maar", "terwijl", "hoewel", "echter", "ofschoon", "want"]),
    "en": frozenset(["but", "while", "whereas", "although", "though", "however", "yet"]),
}
_CLAUSE_BORDER = re.compile(r"[,;:()–—]\s|\s[–—-]\s")


class CueKind(StrEnum):
    NEGATION = "negation"
    HEDGE = "hedge"
    """The claim is made with reserve."""
    UNKNOWN = "unknown"
    """It is said that something is not known or varies widely."""
    FORECAST = "forecast"
    EMPIRICAL = "empirical"
    REVIEW = "review"
    OPINION = "opinion"
    RECOMMENDATION = "recommendation"
    QUESTION = "question"
    RISE = "rise"
    FALL = "fall"
    IMPROVE = "improve"
    WORSEN = "worsen"
    CONTRAST = "contrast"
    CONDITION = "condition"
    """The effect depends on something or differs between groups."""


class Sense(StrEnum):
    GOOD = "good"
    BAD = "bad"


_OTHER = {Sense.GOOD: Sense.BAD, Sense.BAD: Sense.GOOD}

#: Kinds that speak of change.
CHANGES = frozenset({CueKind.RISE, CueKind.FALL, CueKind.IMPROVE, CueKind.WORSEN})


class Cue(Record):
    """One cue: ``text[start:end]`` are its words."""

    kind: CueKind
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    sentence: int = Field(ge=0)
    """Index of the sentence it stands in, from 0."""
    scope_start: int = Field(ge=0)
    scope_end: int = Field(ge=0)
    """The clause that the cue speaks of; ``no evidence that`` and the like reach to the end of the sentence."""
    negated: bool = False
    """A negation stands in the same clause."""
    sense: Sense | None = None
    """Of a change: good or bad for productivity, workers, jobs or income; ``None`` where unknown or negated."""


class _Token(NamedTuple):
    text: str
    lower: str
    start: int
    end: int
    number: bool


class _Pattern:
    """A cue pattern, taken apart."""

    def __init__(self, source: str, kind: CueKind) -> None:
        self.kind = kind
        self.blocks = source.startswith("!")
        source = source.removeprefix("!")
        self.first_in_sentence = source.startswith("^")
        self.words = tuple(source.removeprefix("^").split())
        self.opens = self.words[-1] in {"dat", "of", "that", "whether"}

    def end_at(self, tokens: Sequence[_Token], index: int, stop: int, place: int = 0) -> int:
        """Index after the last token of the pattern when it begins at ``index``; -1 where it does not fit."""
        for position in range(place, len(self.words)):
            word = self.words[position]
            if word == "...":
                for skipped in range(_WIDEST_GAP + 1):
                    end = self.end_at(tokens, index + skipped, stop, position + 1)
                    if end >= 0:
                        return end
                return -1
            if index >= stop or not _fits(word, tokens[index]):
                return -1
            index += 1
        return index


def _fits(word: str, token: _Token) -> bool:
    if word == "<n>":
        return token.number
    if word.startswith("="):
        return token.text == word[1:]
    if word.endswith("*"):
        return token.lower.startswith(word[:-1])
    return token.lower == word


class _CueList:
    """All patterns of one language, found by their first word."""

    def __init__(self, language: str) -> None:
        content = yaml.load((_FOLDER / f"{language}.yaml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
        self.language = language
        self._by_word: dict[str, list[_Pattern]] = defaultdict(list)
        self._by_prefix: list[tuple[str, _Pattern]] = []
        self._by_number: list[_Pattern] = []
        for kind in CueKind:
            for source in content["cues"][kind]:
                self._add(_Pattern(source, kind))
        self._objects = {
            sense: [_Pattern(source, CueKind.RISE) for source in content["objects"][sense]] for sense in Sense
        }
        self._first_cache: dict[str, tuple[_Pattern, ...]] = {}
        self._sense_cache: dict[str, tuple[tuple[Sense, _Pattern], ...]] = {}

    def _add(self, pattern: _Pattern) -> None:
        first = pattern.words[0]
        if first == "<n>":
            self._by_number.append(pattern)
        elif first.endswith("*"):
            self._by_prefix.append((first[:-1], pattern))
        else:
            self._by_word[first.removeprefix("=").lower()].append(pattern)

    def patterns(self, token: _Token) -> tuple[_Pattern, ...]:
        """Patterns that may begin at ``token``."""
        found = self._first_cache.get(token.lower)
        if found is None:
            found = (
                *self._by_word.get(token.lower, ()),
                *(pattern for prefix, pattern in self._by_prefix if token.lower.startswith(prefix)),
            )
            self._first_cache[token.lower] = found
        return (*found, *self._by_number) if token.number else found

    def object_sense(self, tokens: Sequence[_Token], index: int, stop: int) -> Sense | None:
        """Whether more of what stands at ``index`` is good or bad."""
        found = self._sense_cache.get(tokens[index].lower)
        if found is None:
            found = tuple(
                (sense, pattern)
                for sense, patterns in self._objects.items()
                for pattern in patterns
                if _fits(pattern.words[0], tokens[index])
            )
            self._sense_cache[tokens[index].lower] = found
        fitting = [(pattern.end_at(tokens, index, stop), sense) for sense, pattern in found]
        fitting = [pair for pair in fitting if pair[0] >= 0]
        return max(fitting)[1] if fitting else None


@cache
def _cue_list(language: str) -> _CueList:
    return _CueList(language)


def find_cues(text: str, language: str, sentences: Sequence[tuple[int, int]] | None = None) -> tuple[Cue, ...]:
    """Cues of a text, in text order; cues of one kind do not overlap, those of different kinds may.

    Parameters
    ----------
    text
        A passage or a sentence.
    language
        ``nl``; any other language is read as English.
    sentences
        Half-open character spans of the sentences, in order; without them they are recognised here.
    """
    cues = _cue_list("nl" if language == "nl" else "en")
    found: list[Cue] = []
    for number, (start, end) in enumerate(sentence_spans(text) if sentences is None else sentences):
        tokens = _tokenise(text, start, end, cues.language)
        clauses = _clauses(text, start, end, tokens, cues.language)
        hits = list(_hits(tokens, cues))
        found += _finish(number, (start, end), tokens, clauses, hits, cues)
    return tuple(sorted(found, key=lambda cue: (cue.start, cue.kind)))


def _tokenise(text: str, start: int, end: int, language: str) -> list[_Token]:
    tokens: list[_Token] = []
    for match in _TOKEN.finditer(text, start, end):
        word = match.group()
        lower = word.lower().replace("’", "'").rstrip(".")
        number = bool(_NUMBER.match(word)) or is_number_word(lower, language)
        tokens.append(_Token(word.rstrip("."), lower, match.start(), match.start() + len(word.rstrip(".")), number))
    return tokens


def _hits(tokens: Sequence[_Token], cues: _CueList) -> Iterator[tuple[_Pattern, int, int]]:
    """Patterns with first and last + 1 token; of one kind the longest at a place wins and ``!`` takes words away."""
    best: dict[tuple[CueKind, int], tuple[int, bool, _Pattern]] = {}
    for index, token in enumerate(tokens):
        for pattern in cues.patterns(token):
            if pattern.first_in_sentence and index > 0:
                continue
            end = pattern.end_at(tokens, index, len(tokens))
            rank = (end, pattern.blocks)
            if end >= 0 and rank > best.get((pattern.kind, index), (0, False))[:2]:
                best[(pattern.kind, index)] = (end, pattern.blocks, pattern)
    taken: dict[CueKind, int] = {}
    for (kind, index), (end, blocks, pattern) in sorted(best.items(), key=lambda item: item[0][1]):
        if index >= taken.get(kind, 0):
            taken[kind] = end
            if not blocks:
                yield pattern, index, end


def _clauses(text: str, start: int, end: int, tokens: Sequence[_Token], language: str) -> list[tuple[int, int]]:
    """Clauses of a sentence as character spans: cut at punctuation and before contrasting conjunctions."""
    cuts = {match.start() for match in _CLAUSE_BORDER.finditer(text, start, end)}
    cuts |= {token.start for token in tokens if token.lower in _CONJUNCTIONS[language] and token.start > start}
    borders = [start, *sorted(cuts), end]
    return [(low, high) for low, high in pairwise(borders) if low < high]


def _finish(
    number: int,
    sentence: tuple[int, int],
    tokens: Sequence[_Token],
    clauses: Sequence[tuple[int, int]],
    hits: Sequence[tuple[_Pattern, int, int]],
    cues: _CueList,
) -> Iterator[Cue]:
    """Cues of one sentence with scope, negation and sense."""
    spans: list[tuple[_Pattern, int, int, int, int]] = []
    for pattern, first, last in hits:
        start, end = tokens[first].start, tokens[last - 1].end
        low, high = next(((a, b) for a, b in clauses if a <= start < b), sentence)
        high = sentence[1] if pattern.opens else max(high, end)
        spans.append((pattern, first, last, low, high))
    denied = [
        (tokens[first].start, low, high, first, last)
        for pattern, first, last, low, high in spans
        if pattern.kind == CueKind.NEGATION
    ]
    for pattern, first, last, low, high in spans:
        start, end = tokens[first].start, tokens[last - 1].end
        negated = pattern.kind != CueKind.NEGATION and any(
            a <= start < b and not (f <= first and last <= e) for _, a, b, f, e in denied
        )
        sense = None
        if pattern.kind in CHANGES and not negated:
            sense = _sense(pattern.kind, tokens, first, last, (low, high), cues)
        yield Cue(
            kind=pattern.kind,
            start=start,
            end=end,
            sentence=number,
            scope_start=low,
            scope_end=high,
            negated=negated,
            sense=sense,
        )


def _sense(
    kind: CueKind, tokens: Sequence[_Token], first: int, last: int, clause: tuple[int, int], cues: _CueList
) -> Sense | None:
    """Good or bad, from the nearest thing in the clause that can rise or fall; after the change word goes first."""
    if kind == CueKind.IMPROVE:
        return Sense.GOOD
    if kind == CueKind.WORSEN:
        return Sense.BAD
    inside = [index for index, token in enumerate(tokens) if clause[0] <= token.start < clause[1]]
    near = [i for i in inside if not first <= i < last and abs(i - first) <= _OBJECT_WINDOW]
    for index in sorted(near, key=lambda i: i - last if i >= last else first - i + 0.5):
        sense = cues.object_sense(tokens, index, len(tokens))
        if sense is not None:
            return sense if kind == CueKind.RISE else _OTHER[sense]
    return None
