"""Cues: words that tell whether a sentence denies, doubts, forecasts, observes, reviews, judges, advises or asks.

The lists are YAML files beside this module, one a language, with the notation explained at their top. A cue holds for
its clause (``scope``); change words also get a sense, good or bad, from what it is that rises or falls.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import cache, lru_cache
from itertools import chain, pairwise
from operator import itemgetter
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

import yaml

from pipelines.language.numerals import is_number_word
from pipelines.language.sentences import sentence_spans

#: Most words that ``...`` in a pattern stands for.
_WIDEST_GAP = 5
#: Farthest distance in words between a change word and what changes. On the hand-written sentences of the tests a
#: wider window found wrong objects and a narrower one missed Dutch verbs at the end of the clause.
_OBJECT_WINDOW = 9

#: Word forms kept in memory; the 4,388 hand-written passages hold 23,000 (2026-11).
_REMEMBERED_WORDS = 50_000

_TOKEN = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*\.?|\?")
_NUMBER = re.compile(r"\d[\d.,]*")
_Item = TypeVar("_Item")
# The parser in C, where PyYAML was built with it, takes a tenth of the time.
_LOADER: type[yaml.BaseLoader] = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
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


class Cue(NamedTuple):
    """One cue: ``text[start:end]`` are its words."""

    kind: CueKind
    start: int
    end: int
    sentence: int
    """Index of the sentence it stands in, from 0."""
    scope_start: int
    scope_end: int
    """The clause that the cue speaks of; ``no evidence that`` and the like reach to the end of the sentence."""
    negated: bool = False
    """A negation stands in the same clause."""
    sense: Sense | None = None
    """Of a change: good or bad for productivity, workers, jobs or income; ``None`` where unknown or negated."""


class _Word(NamedTuple):
    """A word form, with what may begin with it."""

    text: str
    lower: str
    number: bool
    cues: tuple[_Pattern, ...]
    objects: tuple[tuple[Sense, _Pattern], ...]


class _Token(NamedTuple):
    word: _Word
    start: int
    end: int


class _Pattern:
    """A cue pattern, taken apart."""

    def __init__(self, source: str, kind: CueKind) -> None:
        self.kind = kind
        self.blocks = source.startswith("!")
        source = source.removeprefix("!")
        self.first_in_sentence = source.startswith("^")
        words = source.removeprefix("^").split()
        self.first = words[0]
        self.opens = words[-1] in {"dat", "of", "that", "whether"}
        self._others = tuple(words[1:])
        plain = len(words) > 1 and words[1][0] not in "=<" and words[1][-1] != "*" and words[1] != "..."
        self.second = words[1] if plain else None
        """The second word where it must be just that: most patterns fail there, and it is quickly seen."""

    def end_at(self, tokens: Sequence[_Token], index: int) -> int:
        """Index after the last token of the pattern when its first word is at ``index``; -1 where it does not fit."""
        return _end(self._others, tokens, index + 1) if self._others else index + 1


def _end(words: Sequence[str], tokens: Sequence[_Token], index: int) -> int:
    """Index after the last token of ``words`` when they begin at ``index``; -1 where they do not fit."""
    for position, word in enumerate(words):
        if word == "...":
            rest = words[position + 1 :]
            ends = (_end(rest, tokens, index + skipped) for skipped in range(_WIDEST_GAP + 1))
            return next((end for end in ends if end >= 0), -1)
        if index >= len(tokens) or not _fits(word, tokens[index].word):
            return -1
        index += 1
    return index


def _fits(word: str, token: _Word) -> bool:
    if word == token.lower:
        return True
    if word == "<n>":
        return token.number
    if word[0] == "=":
        return token.text == word[1:]
    return word[-1] == "*" and token.lower.startswith(word[:-1])


class _FirstWords(Generic[_Item]):
    """Finds things by the first word of their pattern, in the order words, beginnings of words, numbers."""

    def __init__(self) -> None:
        self._by_word: dict[str, list[tuple[str, _Item]]] = defaultdict(list)
        self._by_beginning: dict[str, list[tuple[int, _Item]]] = defaultdict(list)
        self._by_number: list[_Item] = []

    def add(self, first: str, item: _Item) -> None:
        if first == "<n>":
            self._by_number.append(item)
        elif first.endswith("*"):
            place = sum(map(len, self._by_beginning.values()))
            self._by_beginning[first[:-1]].append((place, item))
        else:
            self._by_word[first.removeprefix("=").lower()].append((first, item))

    def find(self, text: str, lower: str, number: bool) -> tuple[_Item, ...]:
        exact = [item for first, item in self._by_word.get(lower, ()) if first[0] != "=" or first[1:] == text]
        beginnings = (self._by_beginning.get(lower[:size], ()) for size in range(len(lower) + 1))
        begun = [item for _, item in sorted(chain.from_iterable(beginnings), key=itemgetter(0))]
        return (*exact, *begun, *(self._by_number if number else ()))


class _CueList:
    """All patterns of one language, found by their first word."""

    def __init__(self, language: str) -> None:
        content = yaml.load((_FOLDER / f"{language}.yaml").read_text(encoding="utf-8"), Loader=_LOADER)
        self.language = language
        self._cues: _FirstWords[_Pattern] = _FirstWords()
        self._objects: _FirstWords[tuple[Sense, _Pattern]] = _FirstWords()
        for kind in CueKind:
            for source in content["cues"][kind]:
                pattern = _Pattern(source, kind)
                self._cues.add(pattern.first, pattern)
        for sense in Sense:
            for source in content["objects"][sense]:
                pattern = _Pattern(source, CueKind.RISE)
                self._objects.add(pattern.first, (sense, pattern))
        self.word = lru_cache(maxsize=_REMEMBERED_WORDS)(self._read_word)

    def _read_word(self, written: str) -> _Word:
        text = written.rstrip(".")
        lower = written.lower().replace("’", "'").rstrip(".")
        number = bool(_NUMBER.match(written)) or is_number_word(lower, self.language)
        return _Word(text, lower, number, self._cues.find(text, lower, number), self._objects.find(text, lower, number))


def _object_sense(tokens: Sequence[_Token], index: int) -> Sense | None:
    """Whether more of what stands at ``index`` is good or bad."""
    fitting = [(pattern.end_at(tokens, index), sense) for sense, pattern in tokens[index].word.objects]
    best = max(fitting, default=None)
    return best[1] if best is not None and best[0] >= 0 else None


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
        tokens = _tokenise(text, start, end, cues)
        hits = list(_hits(tokens))
        if hits:
            clauses = _clauses(text, start, end, tokens, cues.language)
            found += _finish(number, (start, end), tokens, clauses, hits)
    return tuple(sorted(found, key=lambda cue: (cue.start, cue.kind)))


def _tokenise(text: str, start: int, end: int, cues: _CueList) -> list[_Token]:
    tokens: list[_Token] = []
    for match in _TOKEN.finditer(text, start, end):
        word = cues.word(match.group())
        begin = match.start()
        tokens.append(_Token(word, begin, begin + len(word.text)))
    return tokens


def _hits(tokens: Sequence[_Token]) -> Iterator[tuple[_Pattern, int, int]]:
    """Patterns with first and last + 1 token; of one kind the longest at a place wins and ``!`` takes words away."""
    best: dict[tuple[CueKind, int], tuple[int, bool, _Pattern]] = {}
    following = [token.word.lower for token in tokens[1:]] + [""]
    for index, token in enumerate(tokens):
        for pattern in token.word.cues:
            if pattern.second is not None and pattern.second != following[index]:
                continue
            if pattern.first_in_sentence and index > 0:
                continue
            end = pattern.end_at(tokens, index)
            if end >= 0 and (end, pattern.blocks) > best.get((pattern.kind, index), (0, False))[:2]:
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
    cuts |= {token.start for token in tokens if token.word.lower in _CONJUNCTIONS[language] and token.start > start}
    borders = [start, *sorted(cuts), end]
    return [(low, high) for low, high in pairwise(borders) if low < high]


def _finish(
    number: int,
    sentence: tuple[int, int],
    tokens: Sequence[_Token],
    clauses: Sequence[tuple[int, int]],
    hits: Sequence[tuple[_Pattern, int, int]],
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
            sense = _sense(pattern.kind, tokens, first, last, (low, high))
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


def _sense(kind: CueKind, tokens: Sequence[_Token], first: int, last: int, clause: tuple[int, int]) -> Sense | None:
    """Good or bad, from the nearest thing in the clause that can rise or fall; after the change word goes first."""
    if kind == CueKind.IMPROVE:
        return Sense.GOOD
    if kind == CueKind.WORSEN:
        return Sense.BAD
    inside = [index for index, token in enumerate(tokens) if clause[0] <= token.start < clause[1]]
    near = [i for i in inside if not first <= i < last and abs(i - first) <= _OBJECT_WINDOW]
    for index in sorted(near, key=lambda i: i - last if i >= last else first - i + 0.5):
        sense = _object_sense(tokens, index)
        if sense is not None:
            return sense if kind == CueKind.RISE else _OTHER[sense]
    return None
