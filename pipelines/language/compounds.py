"""Splits Dutch compounds into the words they are made of: *arbeidsproductiviteitsgroei* is arbeid, productiviteit, groei.

The words come from the dictionary of the field (:mod:`pipelines.language.dictionary`), which also says how its own
compounds fall apart; a word that it holds without parts is taken as a whole (*werknemer*, *maatregel*). Other words are
cut where that costs least: few parts, words of the dictionary before other Dutch words, linking letters where Dutch
writes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from simplemma import is_known, lemmatize

from pipelines.language.dictionary import DictionaryEntry, load_dictionary
from pipelines.language.lemmas import lemma

_CACHED_WORDS = 100_000
_SHORTEST_COMPOUND = 6
_SHORTEST_PART = 3
_SHORTEST_OTHER = 5
"""Fewest letters of a part that the dictionary does not hold; shorter ones are found in other words by accident."""

# Costs, chosen on the first half of tests/language/compounds.tsv (2026-11); the second half measures them.
_WORD, _STEM, _OTHER = 1.0, 1.1, 1.9
_SHORT = 0.5
"""More for a word of three letters."""
_LINKS = {"": 0.0, "s": 0.1, "en": 0.3, "n": 0.3, "e": 0.4}
_WHOLE_KNOWN, _WHOLE_UNKNOWN = 2.15, 3.6
"""Of no cut: a word that simplemma knows, and one that it does not."""

# Prepositions and prefixes: words that begin so are derived (*aandrang*), not put together.
_NEVER = frozenset(
    [
        "aan",
        "achter",
        "als",
        "bij",
        "binnen",
        "boven",
        "buiten",
        "door",
        "een",
        "het",
        "hun",
        "ige",
        "in",
        "langs",
        "maar",
        "met",
        "mee",
        "na",
        "naar",
        "niet",
        "nog",
        "om",
        "onder",
        "ook",
        "op",
        "over",
        "per",
        "samen",
        "sinds",
        "tegen",
        "ten",
        "toe",
        "tot",
        "tussen",
        "uit",
        "van",
        "via",
        "vol",
        "voor",
        "vooraf",
        "weg",
        "weer",
        "zonder",
        "baar",
        "lijk",
        "loos",
        "zaam",
        "heid",
        "ing",
        "schap",
        "teit",
        "isme",
        "ster",
        "eren",
        "elijk",
        "rijk",
        "vrij",
        "den",
        "der",
        "des",
        "die",
        "dit",
        "dat",
        "wat",
        "wie",
        "hoe",
        "was",
        "ons",
        "zijn",
    ]
)
_JOINED_PREFIXES = frozenset(["co", "ex", "non", "pre", "re", "anti", "semi", "oud", "niet", "pro", "sub", "e"])
_VERB_PREFIX = re.compile("(be|ge|her|ont|ver|er|aan|af|bij|door|in|mee|mis|na|om|onder|op|over|toe|uit|voor|weer).{3}")


_PART_KINDS = frozenset({"noun", "verb", "adjective"})


class _Vocabulary(NamedTuple):
    words: dict[str, str]
    """Form, in lower case, to the word it is a form of."""
    stems: dict[str, str]
    """Stem of a verb to the verb: *leer* to *leren*."""
    parts: dict[str, tuple[str, ...]]
    """Compounds of the dictionary with their parts."""


def split_compound(word: str) -> tuple[str, ...]:
    """The parts of a Dutch compound in their dictionary form, in order; the word itself where it is no compound.

    Parts joined by a hyphen are split as well (*AI-geletterdheid*: AI, geletterdheid); abbreviations keep their
    capitals, other parts are in lower case.

    Parameters
    ----------
    word
        One word form without white space.
    """
    return _split_cached(word)


@lru_cache(maxsize=1)
def _vocabulary() -> _Vocabulary:
    return build_vocabulary(load_dictionary())


def build_vocabulary(entries: Iterable[DictionaryEntry]) -> _Vocabulary:
    """Words that compounds are made of, from the single words of a dictionary."""
    entries = [entry for entry in entries if entry.kind in _PART_KINDS]
    nouns = {term.lower() for entry in entries if entry.kind == "noun" for term in (entry.nl, *entry.variants_nl)}
    words: dict[str, str] = {}
    # A word can be a form of one entry and the term of another (eisen, jongeren): the noun in its own form wins.
    for entry in sorted(entries, key=lambda entry: entry.kind != "noun"):
        for form in entry.forms_nl:
            words.setdefault(form.lower(), entry.nl.lower())
    for term in (term.lower() for entry in entries for term in (entry.nl, *entry.variants_nl)):
        singular = lemma(term, "nl") if term in nouns else term
        if words.get(term) not in nouns or term == singular:
            words[term] = singular if singular in nouns else term
    stems = {stem: entry.nl for entry in entries if entry.kind == "verb" and (stem := _stem(entry)) is not None}
    parts = {entry.nl.lower(): entry.parts for entry in entries if entry.parts}
    fit = {w: base for w, base in words.items() if w not in _NEVER and len(w) >= _SHORTEST_PART and " " not in w}
    return _Vocabulary(fit, stems, parts)


def _stem(entry: DictionaryEntry) -> str | None:
    """Stem of a verb that can begin a compound (*meetfout*); verbs with a prefix seldom do."""
    third = entry.forms_nl[0] if entry.forms_nl else ""
    if " " in entry.nl or _VERB_PREFIX.match(entry.nl) or (entry.nl.endswith("eren") and len(entry.nl) > 6):
        return None
    stem = third[:-1] if third.endswith("t") else third
    return stem if len(stem) >= _SHORTEST_PART else None


@lru_cache(maxsize=_CACHED_WORDS)
def _split_cached(word: str) -> tuple[str, ...]:
    return _split(word, _vocabulary())


def _split(word: str, vocabulary: _Vocabulary) -> tuple[str, ...]:
    lowered = word.lower().replace("’", "'").strip("-'")
    given = vocabulary.parts.get(lowered) or vocabulary.parts.get(vocabulary.words.get(lowered, ""))
    if given:
        return given
    base = vocabulary.words.get(lowered)
    if base is not None:
        return (base,)
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
        elif len(body) >= _SHORTEST_OTHER and _is_other_word(body, last):
            found.append((_OTHER + extra, lemmatize(body, lang="nl").lower()))
    if not last and piece in vocabulary.stems and piece not in vocabulary.words:
        found.append((_STEM, vocabulary.stems[piece]))
    return found


def _is_other_word(body: str, last: bool) -> bool:
    """A Dutch word that the dictionary does not hold; within a compound only in its own form."""
    if not is_known(body, lang="nl"):
        return False
    return last or lemmatize(body, lang="nl").lower() == body
