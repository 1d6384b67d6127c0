"""Finds the words of a cue list in a text: what is looked up by the first word of each cue, so that lists cost no time.

Notation of a cue, as in ``cues.yaml``: words with a space between them, all of which must stand next to one another;
``*`` at the beginning or end of a word stands for any letters; ``...`` for up to five words; ``<n>`` for a number;
``=`` before a word asks for the same capitals; ``!`` before a cue takes the words away from other cues of the list.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from pipelines.language.numerals import is_number_word

_GAP = 5
#: Word forms kept in memory; the 4,148 training passages hold 23,000.
_REMEMBERED_WORDS = 50_000
_WORD = re.compile(r"[^\W_]+(?:['’.&-][^\W_]+)*")
_DIGITS = re.compile(r"\d[\d.,]*$")


class Word(NamedTuple):
    """One word of a text: ``text[start:end]``."""

    written: str
    lower: str
    start: int
    end: int


class Hit(NamedTuple):
    """A cue that was found: ``text[start:end]`` are its words."""

    key: str
    """Name of the list that it is from."""
    start: int
    end: int


class _Cue(NamedTuple):
    key: str
    first: str
    others: tuple[str, ...]
    blocks: bool


def words_of(text: str) -> list[Word]:
    """The words of a text, in order; parts joined by a hyphen, a point or an apostrophe are one word."""
    return [
        Word(match.group(), match.group().lower().replace("’", "'"), match.start(), match.end())
        for match in _WORD.finditer(text)
    ]


def _fits(pattern: str, written: str, lower: str, language: str) -> bool:
    if pattern == "<n>":
        return bool(_DIGITS.match(written)) or is_number_word(lower, language)
    if pattern[0] == "=":
        return written == pattern[1:]
    if pattern[-1] == "*" and pattern[0] == "*":
        return pattern[1:-1] in lower
    if pattern[-1] == "*":
        return lower.startswith(pattern[:-1])
    if pattern[0] == "*":
        return lower.endswith(pattern[1:])
    return lower == pattern


class CueLists:
    """Cue lists of one language, by name.

    Parameters
    ----------
    lists
        Name of the list -> its cues.
    language
        ``nl`` or ``en``: tells which number words ``<n>`` stands for.
    """

    def __init__(self, lists: Mapping[str, Sequence[str]], language: str) -> None:
        self._language = language
        # Cues by the literal letters with which they begin; those that begin otherwise are few and tried each time.
        self._by_word: dict[str, list[_Cue]] = defaultdict(list)
        self._by_beginning: dict[str, list[_Cue]] = defaultdict(list)
        self._others: list[_Cue] = []
        for cue in (_read(source, key) for key, sources in lists.items() for source in sources):
            if cue.first[0] in "*<":
                self._others.append(cue)
            elif cue.first.endswith("*"):
                self._by_beginning[cue.first[:-1]].append(cue)
            else:
                self._by_word[cue.first.removeprefix("=").lower()].append(cue)
        self._beginning_with = lru_cache(maxsize=_REMEMBERED_WORDS)(self._find_beginning)

    def _find_beginning(self, written: str) -> tuple[_Cue, ...]:
        lower = written.lower().replace("’", "'")
        begun = [cue for size in range(1, len(lower) + 1) for cue in self._by_beginning.get(lower[:size], ())]
        cues = [*self._by_word.get(lower, ()), *begun, *self._others]
        return tuple(cue for cue in cues if _fits(cue.first, written, lower, self._language))

    def find(self, words: Sequence[Word]) -> list[Hit]:
        """Cues in the order of the text. Of each list the longest at a place counts, and none overlap.

        Parameters
        ----------
        words
            Words of a sentence or a passage, from :func:`words_of`.
        """
        found: list[tuple[int, int, bool, str]] = []
        for index, word in enumerate(words):
            for cue in self._beginning_with(word.written):
                end = self._end(cue.others, words, index + 1)
                if end >= 0:
                    found.append((index, end, cue.blocks, cue.key))
        found.sort(key=lambda hit: (hit[0], -hit[1], not hit[2], hit[3]))
        taken: dict[str, int] = {}
        hits: list[Hit] = []
        for first, end, blocks, key in found:
            if first >= taken.get(key, 0):
                taken[key] = end
                if not blocks:
                    hits.append(Hit(key, words[first].start, words[end - 1].end))
        return hits

    def _end(self, patterns: Sequence[str], words: Sequence[Word], index: int) -> int:
        """Index after the last word of ``patterns`` where they begin at ``index``; -1 where they do not fit."""
        for position, pattern in enumerate(patterns):
            if pattern == "...":
                ends = (self._end(patterns[position + 1 :], words, index + skipped) for skipped in range(_GAP + 1))
                return next((end for end in ends if end >= 0), -1)
            if index >= len(words) or not _fits(pattern, words[index].written, words[index].lower, self._language):
                return -1
            index += 1
        return index


def _read(source: str, key: str) -> _Cue:
    words = source.removeprefix("!").split()
    return _Cue(key, words[0], tuple(words[1:]), source.startswith("!"))
