"""Widens a query with the dictionary of the field, so that a Dutch question finds English text and the other way round.

The words of a query are looked up as terms, the longest first; each gets the other names that the dictionary has for
it in both languages. A Dutch compound that the dictionary does not hold is looked up by its parts.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from pipelines.language.compounds import split_compound
from pipelines.language.dictionary import TOKEN, DictionaryEntry, Language, look_up
from pipelines.language.encoder import FloatArray

Origin = Literal["query", "translation", "variant", "part"]

_LANGUAGES: tuple[Language, ...] = ("nl", "en")
_LONGEST_TERM = 6
"""Words in the longest term that is looked up; the dictionary holds 40 longer ones, all whole sentences."""
_SHORTEST_INSIDE = 5
"""Fewest letters of a Dutch word that is also sought inside longer words; shorter ones are there by accident."""
_WEIGHTS: dict[Origin, float] = {"query": 1.0, "translation": 1.0, "variant": 0.7, "part": 0.4}
_FUNCTION_WORDS = """
    a about an and any are as at be by can do does for from has have how in into is it its of on or than that the their
    this to was what when where which who why will with
    aan als bij dan dat de der deze die dit door een en er gaan heeft hebben het hoe in is kan met naar niet of om onder
    ook op over te tot uit van voor waarom wanneer wat welke wie wordt worden zijn
"""
_SKIPPED = frozenset(_FUNCTION_WORDS.split())


class Wording(NamedTuple):
    """One way to say what is sought."""

    text: str
    language: Language | None
    """``None`` for the words of the query itself."""
    origin: Origin

    @property
    def weight(self) -> float:
        """What it counts, from 0 to 1."""
        return _WEIGHTS[self.origin]


class QueryTerm(NamedTuple):
    """A term of the query and the ways to say it; the first is the query's own."""

    text: str
    wordings: tuple[Wording, ...]


def widen_query(query: str) -> tuple[QueryTerm, ...]:
    """The terms of a query, in order, each with what else it is called in Dutch and English."""
    tokens = TOKEN.findall(query)
    found: list[QueryTerm] = []
    start = 0
    while start < len(tokens):
        term, length = _term_at(tokens, start)
        if term is not None:
            found.append(term)
        start += length
    return tuple(found)


def _term_at(tokens: Sequence[str], start: int) -> tuple[QueryTerm | None, int]:
    """The longest term of the dictionary that begins at a word, else that word; with its number of words."""
    for length in range(min(_LONGEST_TERM, len(tokens) - start), 0, -1):
        words = tokens[start : start + length]
        if length == 1 and words[0].lower() in _SKIPPED and not words[0].isupper():
            return None, 1
        entries: dict[Language, tuple[DictionaryEntry, ...]] = {code: look_up(words, code) for code in _LANGUAGES}
        if any(entries.values()):
            return _term(" ".join(words), entries), length
    word = tokens[start]
    parts = split_compound(word)
    if len(parts) > 1:
        wordings = [Wording(entry.en, "en", "part") for part in parts for entry in look_up([part], "nl")]
        return QueryTerm(word, (Wording(word, None, "query"), *dict.fromkeys(wordings))), 1
    return QueryTerm(word, (Wording(word, None, "query"),)), 1


def _term(text: str, entries: dict[Language, tuple[DictionaryEntry, ...]]) -> QueryTerm:
    wordings: dict[str, Wording] = {text.lower(): Wording(text, None, "query")}
    for language in _LANGUAGES:
        other: Language = "en" if language == "nl" else "nl"
        for entry in entries[language]:
            for place, term in enumerate(entry.terms(other)):
                origin: Origin = "translation" if place == 0 else "variant"
                wordings.setdefault(term.lower(), Wording(term, other, origin))
            for term in entry.terms(language):
                wordings.setdefault(term.lower(), Wording(term, language, "variant"))
    return QueryTerm(text, tuple(wordings.values()))


def score_wordings(terms: Sequence[QueryTerm], texts: Sequence[str]) -> FloatArray:
    """How far each text says what is sought, shape (n_texts,), from 0.

    A term counts by its rarity among the texts (inverse document frequency), by the best of its wordings that is there
    and a little more where it is there again; the terms are added up.
    """
    lowered = [text.lower() for text in texts]
    score = np.zeros(len(texts), dtype=np.float32)
    for term in terms:
        best = np.zeros(len(texts), dtype=np.float32)
        by_weight: defaultdict[float, list[str]] = defaultdict(list)
        for wording in term.wordings:
            by_weight[wording.weight].append(wording_pattern(wording))
        for weight, patterns in by_weight.items():
            pattern = re.compile("|".join(sorted(patterns, key=len, reverse=True)))
            counts = np.array([len(pattern.findall(text)) for text in lowered], dtype=np.float32)
            best = np.maximum(best, weight * counts / (counts + 1.0))
        n_texts_with = int((best > 0).sum())
        if n_texts_with:
            score += best * float(np.log(1.0 + len(texts) / n_texts_with))
    return score


def wording_pattern(wording: Wording) -> str:
    """Regular expression that finds a wording in text in lower case, in its inflections.

    A single Dutch word is found inside compounds as well; English words only by themselves.
    """
    words = [re.escape(word) for word in re.split(r"[\s-]+", wording.text.lower())]
    body = r"[\s-]".join(words)
    if wording.language == "en" or len(words) > 1:
        return rf"\b{body}(?:s|es|d|ed|e|en|n)?\b"
    if len(wording.text) < _SHORTEST_INSIDE:
        return rf"\b{body}(?:s|'s|en)?\b"
    return body


def found_wordings(terms: Sequence[QueryTerm], text: str) -> tuple[tuple[QueryTerm, Wording], ...]:
    """Of each term of a query the wordings that stand in a text, the weightiest first."""
    lowered = text.lower()
    return tuple(
        (term, wording)
        for term in terms
        for wording in sorted(term.wordings, key=lambda wording: -wording.weight)
        if re.search(wording_pattern(wording), lowered)
    )
