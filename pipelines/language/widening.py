"""Widens a query with the dictionary of the field, so that a Dutch question finds English text and the other way round.

The words of a query are looked up as terms, the longest first; each gets the other names that the dictionary has for
it in both languages. A Dutch compound that the dictionary does not hold is looked up by its parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from pipelines.domain.languages import Language
from pipelines.language.compounds import split_compound
from pipelines.language.dictionary import TOKEN, DictionaryEntry, look_up
from pipelines.language.search_vocabulary import words_of

Origin = Literal["query", "translation", "variant", "part"]

_LANGUAGES: tuple[Language, ...] = ("nl", "en")
_LONGEST_TERM = 6
"""Words in the longest term that is looked up; the dictionary holds 40 longer ones, all whole sentences."""
SHORTEST_INSIDE = 5
"""Fewest letters of a Dutch word that is also sought inside longer words; shorter ones are there by accident."""
_WEIGHTS: dict[Origin, float] = {"query": 1.0, "translation": 1.0, "variant": 0.7, "part": 0.4}
_FUNCTION_WORDS = """
    a about an and any are as at be by can do does for from has have how in into is it its of on or than that the their
    this to was what when where which who why will with
    aan als bij dan dat de der deze die dit door een en er gaan heeft hebben het hoe in is kan met naar niet of om onder
    ook op over te tot uit van voor waarom wanneer wat welke wie wordt worden zijn
"""
SKIPPED = frozenset(_FUNCTION_WORDS.split())
"""Words that say nothing of what is sought."""
_ENDINGS = ("s", "es", "d", "ed", "e", "en", "n")
_ENDINGS_OF_SHORT = ("s", "en")


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
        if length == 1 and words[0].lower() in SKIPPED and not words[0].isupper():
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


class Slot(NamedTuple):
    """A place for one word: which words of a text may stand there."""

    word: str
    """Folded, as the words of texts are (:mod:`pipelines.language.search_vocabulary`)."""
    endings: tuple[str, ...] = ()
    """What may follow it, apart from nothing."""
    inside: bool = False
    """Whether it may also be a part of a word."""

    def fits(self, word: str) -> bool:
        """Whether a word of a text may stand here."""
        if self.inside:
            return self.word in word
        return word.startswith(self.word) and (word == self.word or word[len(self.word) :] in self.endings)


def slots_of(wording: Wording) -> tuple[Slot, ...]:
    """The places that a wording fills side by side; of its inflections only the last word changes.

    A single Dutch word is found inside compounds as well; English words only by themselves.
    """
    words = words_of(wording.text)
    if not words:
        return ()
    *first, last = words
    if wording.language == "en" or first:
        return (*(Slot(word) for word in first), Slot(last, _ENDINGS))
    if len(last) < SHORTEST_INSIDE:
        return (Slot(last, _ENDINGS_OF_SHORT),)
    return (Slot(last, inside=True),)


def found_wordings(terms: Sequence[QueryTerm], text: str) -> tuple[tuple[QueryTerm, Wording], ...]:
    """Of each term of a query the wordings that stand in a text, the weightiest first."""
    words = words_of(text)
    return tuple(
        (term, wording)
        for term in terms
        for wording in sorted(term.wordings, key=lambda wording: -wording.weight)
        if _stands_in(words, slots_of(wording))
    )


def _stands_in(words: Sequence[str], slots: tuple[Slot, ...]) -> bool:
    last = len(words) - len(slots)
    return bool(slots) and any(
        all(slot.fits(words[start + i]) for i, slot in enumerate(slots)) for start in range(last + 1)
    )
