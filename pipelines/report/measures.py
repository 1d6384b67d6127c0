"""Whether two figures measure the same, by the words for what they measure, in Dutch, English or one of each."""

from __future__ import annotations

import math
import re
from functools import lru_cache

from pipelines.domain.languages import Language
from pipelines.language.dictionary import TOKEN, look_up
from pipelines.language.function_words import function_words
from pipelines.language.lemmas import lemma

#: Share of the content words of the shorter measure that the other has to have as well. With less, "share of firms"
#: and "share of workers" are one; of the 21 pairs of measures in tests/report/test_note_indicators.py 2 go
#: wrong at 0.5 and none from 0.6 on.
_WORDS_SHARED = 0.6
#: Words of a term that is looked up as one: the dictionary has few of four words.
_LONGEST_TERM = 3
_RANGE = re.compile(r"^(-?\d+(?:\.\d+)?)-(-?\d+(?:\.\d+)?)$")

Meaning = frozenset[str]


def bounds_of(value: str) -> tuple[float, float] | None:
    """Ends of a figure; both are the same for a single number, ``None`` where it is none."""
    span = _RANGE.match(value)
    try:
        low, high = (float(span[1]), float(span[2])) if span else (float(value), float(value))
    except ValueError:
        return None
    if not (math.isfinite(low) and math.isfinite(high)):
        return None
    return (low, high) if low <= high else (high, low)


def same_measure(mine: tuple[Meaning, ...], theirs: tuple[Meaning, ...]) -> bool:
    """Whether most content words of the shorter measure are in the longer one as well."""
    shorter, longer = sorted((mine, theirs), key=len)
    shared = sum(any(meaning & held for held in longer) for meaning in shorter)
    return shared >= _WORDS_SHARED * len(shorter)


@lru_cache(maxsize=4096)
def meanings_of(measures: str, language: str) -> tuple[Meaning, ...]:
    """For every content word or term what it is called in both languages, as far as the dictionary knows it."""
    code: Language = "nl" if language == "nl" else "en"
    stop = function_words(code)
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
