"""Splits Dutch compounds into their words: *arbeidsproductiviteitsgroei* is arbeid, productiviteit, groei.

The words come from the dictionary of the field (:mod:`pipelines.language.dictionary`), which also says how its own
compounds fall apart; a word that it holds without parts is taken as a whole (*werknemer*, *maatregel*). Other words are
cut where that costs least: few parts, words of the dictionary before other Dutch words, linking letters where Dutch
writes them.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from simplemma import is_known, lemmatize

from pipelines.language.dictionary import DictionaryEntry, load_dictionary
from pipelines.language.lemmas import lemma

_CACHED_WORDS = 100_000
_SHORTEST_COMPOUND = 6
_SHORTEST_PART = 3
_SHORTEST_LOOSE = 9
"""Fewest letters of a variant that may fall apart though the dictionary gives it no parts."""
_SHORTEST_OTHER = 4
"""Fewest letters of a part that the dictionary does not hold; shorter ones are found in other words by accident."""

# Costs, chosen on half of tests/language/compounds.tsv and on compounds_from_text.tsv (2026-11): the best F of
# 120 settings, .89; compounds_held_out.tsv measures them (precision .83, recall .80 when first seen).
_WORD, _STEM, _OTHER = 1.0, 1.1, 1.6
_SHORT = 0.5
"""More for a word of three letters."""
_LINKS = {"": 0.0, "s": 0.1, "en": 0.3, "n": 0.3, "e": 0.4}
_WHOLE_KNOWN, _WHOLE_UNKNOWN = 3.0, 4.2
"""Of no cut: a word that simplemma knows, and one that it does not."""

# Prepositions and prefixes: words that begin so are derived (*aandrang*), not put together.
_DERIVING = """
    aan achter als bij binnen boven buiten door een het hun ige in langs maar met mee na naar niet nog om onder ook op
    over per samen sinds tegen ten toe tot tussen uit van via vol voor vooraf weg weer zonder baar lijk loos zaam heid
    ing schap teit isme ster eren elijk rijk vrij den der des die dit dat wat wie hoe was ons zijn
    terug matig
"""
_NEVER = frozenset(_DERIVING.split())
_JOINED_PREFIXES = frozenset({"co", "ex", "non", "pre", "re", "anti", "semi", "oud", "niet", "pro", "sub", "e"})

_PART_KINDS = frozenset({"noun", "verb", "adjective"})


class _Vocabulary(NamedTuple):
    words: dict[str, str]
    """Form, in lower case, to the word it is a form of."""
    stems: dict[str, str]
    """Stem of a verb to the verb: *leer* to *leren*."""
    parts: dict[str, tuple[str, ...]]
    """Compounds of the dictionary with their parts."""
    variants: frozenset[str]
    """Words that are only a variant: the dictionary does not say whether they fall apart."""


@lru_cache(maxsize=_CACHED_WORDS)
def split_compound(word: str) -> tuple[str, ...]:
    """The parts of a Dutch compound in their dictionary form, in order; the word itself where it is no compound.

    Parts joined by a hyphen are split as well (*AI-geletterdheid*: AI, geletterdheid); abbreviations keep their
    capitals, other parts are in lower case.

    Parameters
    ----------
    word
        One word form without white space.
    """
    return _split(word, _vocabulary())


@lru_cache(maxsize=1)
def _vocabulary() -> _Vocabulary:
    return build_vocabulary(load_dictionary())


def build_vocabulary(entries: Iterable[DictionaryEntry]) -> _Vocabulary:
    """Words that compounds are made of, from the single words of a dictionary."""
    entries = [entry for entry in entries if entry.kind in _PART_KINDS]
    nouns = {term.lower() for entry in entries if entry.kind == "noun" for term in (entry.nl, *entry.variants_nl)}
    words: dict[str, str] = {}
    # A word can be a form of one entry and the term of another (eisen, besturen): the noun in its own form wins.
    for entry in entries:
        if entry.kind == "noun":
            words.update((form.lower(), entry.nl.lower()) for form in entry.forms_nl)
    for term in sorted(nouns - set(words)):
        singular = next((s for s in (lemma(term, "nl"), term[:-1]) if s in nouns), term)
        words[term] = singular if term.endswith(("en", "s")) else term
    for entry in entries:
        # Of verbs the infinitive and the participle, which is a word of its own within compounds (datagedreven).
        for term in (entry.nl, *entry.variants_nl, *(entry.forms_nl[2:] if entry.kind == "verb" else ())):
            words.setdefault(term.lower(), term.lower())
        if entry.kind == "adjective":
            words.update((form.lower(), entry.nl.lower()) for form in entry.forms_nl if form.lower() not in words)
    stems = {stem: entry.nl for entry in entries if entry.kind == "verb" and (stem := _stem(entry)) is not None}
    parts = {entry.nl.lower(): entry.parts for entry in entries if entry.parts}
    fit = {w: base for w, base in words.items() if w not in _NEVER and len(w) >= _SHORTEST_PART and " " not in w}
    heads = {entry.nl.lower() for entry in entries}
    variants = {term.lower() for entry in entries for term in entry.variants_nl if len(term) >= _SHORTEST_LOOSE} - heads
    return _Vocabulary(fit, stems, parts, frozenset(variants))


def _stem(entry: DictionaryEntry) -> str | None:
    """Stem of a verb that can begin a compound: *meet* in *meetfout*."""
    third = entry.forms_nl[0] if entry.forms_nl else ""
    if " " in entry.nl or not third:
        return None
    stem = third[:-1] if third.endswith("t") and not entry.nl.endswith(("ten", "tten")) else third
    return stem if len(stem) > _SHORTEST_PART else None


def _split(word: str, vocabulary: _Vocabulary) -> tuple[str, ...]:
    lowered = word.lower().replace("’", "'").strip("-'")
    for form in (lowered, lemma(lowered, "nl")):
        base = vocabulary.words.get(form)
        given = vocabulary.parts.get(base or form) or vocabulary.parts.get(form)
        if given or base is not None:
            found = _cheapest(form, vocabulary) if form in vocabulary.variants else None
            return given or found or (base or form,)
    if "-" in lowered:
        return _split_hyphens(word.strip("-'"), vocabulary)
    if len(lowered) >= _SHORTEST_COMPOUND and lowered.isalpha():
        found = _cheapest(lowered, vocabulary)
        if found is not None:
            return found
    return (lemma(word, "nl"),)


def _split_hyphens(word: str, vocabulary: _Vocabulary) -> tuple[str, ...]:
    pieces = word.split("-")
    if any(len(piece) < 2 or piece.lower() in _JOINED_PREFIXES for piece in pieces):
        return (lemma(word, "nl"),)
    found: list[str] = []
    for piece in pieces:
        found += (piece,) if piece.isupper() else _split(piece, vocabulary)
    return tuple(found)


def _cheapest(word: str, vocabulary: _Vocabulary) -> tuple[str, ...] | None:
    """The cheapest cut of a word that the dictionary does not hold; ``None`` where it is best left whole."""
    whole = _WHOLE_KNOWN if is_known(word, lang="nl") else _WHOLE_UNKNOWN
    # best[i]: the cheapest cut of word[:i], with the number of parts that the dictionary holds.
    best: dict[int, tuple[float, tuple[str, ...]]] = {0: (0.0, ())}
    for end in range(_SHORTEST_PART, len(word) + 1):
        for start in range(0, end - _SHORTEST_PART + 1):
            if start in best and end - start < len(word):
                for cost, part in _readings(word[start:end], end == len(word), vocabulary):
                    total = best[start][0] + cost
                    if end not in best or total < best[end][0] - 1e-9:
                        best[end] = (total, (*best[start][1], part))
    cost, parts = best.get(len(word), (whole, ()))
    if cost >= whole or len(parts) < 2:
        return None
    return tuple(piece for part in parts for piece in vocabulary.parts.get(part, (part,)))


def _readings(piece: str, last: bool, vocabulary: _Vocabulary) -> list[tuple[float, str]]:
    """What a piece of a word can be, with the cost: a word with or without linking letters, or the stem of a verb."""
    found: list[tuple[float, str]] = []
    for link, extra in _LINKS.items():
        if link and (last or not piece.endswith(link)):
            continue
        body = piece[: len(piece) - len(link)]
        if len(body) < _SHORTEST_PART or body in _NEVER:
            continue
        base = vocabulary.words.get(body)
        short = _SHORT if len(body) == _SHORTEST_PART else 0.0
        if base is not None:
            found.append((_WORD + extra + short, base))
        elif len(body) >= _SHORTEST_OTHER and (other := _other_word(body, last)) is not None:
            few = _SHORT if len(body) == _SHORTEST_OTHER else 0.0
            found.append((_OTHER + extra + few, other))
    if not last and piece in vocabulary.stems and piece not in vocabulary.words:
        found.append((_STEM, vocabulary.stems[piece]))
    return found


def _other_word(body: str, last: bool) -> str | None:
    """Dictionary form of a Dutch word that our dictionary does not hold; within a compound only a word in that form."""
    if not is_known(body, lang="nl"):
        return None
    base = lemmatize(body, lang="nl").lower()
    if base.endswith("en") and not body.endswith("en"):
        # A participle, as in mensgericht, mensgerichte.
        base = body[:-1] if last and body.endswith("e") and is_known(body[:-1], lang="nl") else body
    if base in _NEVER or (not last and base != body):
        return None
    return base
