"""Concepts of the lexicon, and where they stand in Dutch and English text.

A concept is found by its terms (on the lemma, in any capitals), by compound patterns (``*loonkloof*``, on single
words, because Dutch writes compounds as one word) and not where one of its negative terms covers the place.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from pydantic import Field

from pipelines.domain.languages import LANGUAGES, Language
from pipelines.domain.record import Record
from pipelines.domain.themes import Theme
from pipelines.language.lemmas import lemma
from pipelines.language.tokens import cut_tokens

__all__ = [
    "LANGUAGES",
    "Concept",
    "ConceptMatch",
    "ConceptMatcher",
    "ConceptTerms",
    "Lexicon",
    "compound_regex",
    "find_concepts",
    "spellings",
]

# Word forms kept in memory for each language; the 4,388 hand-written passages hold 23,000 (2026-11), and 50,000
# stretches between two spaces (a word with what punctuation sticks to it).
_REMEMBERED_WORDS = 50_000
_REMEMBERED_STRETCHES = 100_000

_TERM_RANK = 1000
"""Of equally long matches a term goes before compound patterns, which rank by their letters."""

_ABBREVIATION = re.compile(r"[A-Z][A-Z&]{1,4}")


class ConceptTerms(Record):
    """What a concept is called in one language."""

    terms: tuple[str, ...] = ()
    """Words or phrases. Lower case counts in any capitals and inflection; ``OR`` in capitals only as written."""
    variants: tuple[str, ...] = ()
    """Other spellings, Belgian Dutch, abbreviations; matched as terms."""
    compounds: tuple[str, ...] = ()
    """Patterns for one word, with ``*`` for any letters: ``*loonkloof*``, ``arbeidsproductiviteit*``."""
    negative: tuple[str, ...] = ()
    """Phrases that hold a term and mean something else: there the term does not count."""


class Concept(Record):
    """A notion that passages can be about."""

    id: str
    theme: Theme | None = None
    """``None`` for what all themes share, such as AI itself, groups and sectors."""
    rows: tuple[str, ...] = ()
    """Rows of the evidence table that the concept points to."""
    name: dict[str, str]
    """Per language."""
    definition: dict[str, str]
    """Per language."""
    nl: ConceptTerms = ConceptTerms()
    en: ConceptTerms = ConceptTerms()
    file: str = ""
    """Name of the file it was read from."""
    line: int = Field(default=0, ge=0)
    """Line in that file, from 1."""

    def words(self, language: str) -> ConceptTerms:
        """Terms in ``language`` (``nl`` or ``en``)."""
        return self.nl if language == "nl" else self.en


class Lexicon(Record):
    """All concepts, in the order of the files."""

    version: str
    """Hash of the content: the same concepts, the same version."""
    concepts: tuple[Concept, ...] = ()

    def concept(self, concept_id: str) -> Concept:
        """The concept with this id; ``KeyError`` where there is none."""
        for concept in self.concepts:
            if concept.id == concept_id:
                return concept
        raise KeyError(concept_id)


class ConceptMatch(NamedTuple):
    """A concept in a text: ``text_of_passage[start:end] == text``."""

    concept: str
    start: int
    end: int
    text: str


def compound_regex(pattern: str) -> str:
    """Regular expression for a compound pattern such as ``*loonkloof*``."""
    return r"[\w'’-]*".join(re.escape(part) for part in pattern.lower().split("*"))


class _Term(NamedTuple):
    """A term, or a negative term, of a concept."""

    concept: str
    lemmas: tuple[str, ...]
    exact: str | None
    """The only way in which it may be written; ``None`` where any capitals and inflections will do."""
    negative: bool


class _Word(NamedTuple):
    """A word form, with what may begin with it."""

    lemma: str
    terms: tuple[_Term, ...]
    """Of this word alone."""
    phrases: dict[str, list[_Term]]
    """Of more words, by the lemma of the second: a phrase is looked at where that follows, which is seldom."""
    compounds: tuple[tuple[str, int], ...]
    """Concepts whose compound patterns fit, with the letters of the pattern."""

    @property
    def opens(self) -> bool:
        """Whether a concept may begin with it."""
        return bool(self.terms or self.phrases or self.compounds)


_Token = tuple[int, int, _Word]
"""Start and end in its text, and the word."""


class _Stretch(NamedTuple):
    """What stands between two spaces."""

    tokens: tuple[_Token, ...]
    opens: bool
    """Whether a concept may begin here."""


class _Candidate(NamedTuple):
    """A place where a concept may stand; ``first`` and ``last + 1`` are numbers of tokens."""

    first: int
    end: int
    concept: str
    rank: int


class _ConceptFinder:
    """Finds the concepts of one language in texts.

    They come in text order and do not overlap. The longest match wins; of equally long ones a term goes before a
    compound pattern, and a pattern with more letters before one with fewer.
    """

    def __init__(self, concepts: Sequence[Concept], language: Language) -> None:
        self._language: Language = language
        self._terms: defaultdict[str, list[_Term]] = defaultdict(list)
        self._phrases: defaultdict[str, dict[str, list[_Term]]] = defaultdict(dict)
        self._patterns: list[tuple[re.Pattern[str], str, int]] = []
        for concept in concepts:
            words = concept.words(language)
            for phrases, negative in (((*words.terms, *words.variants), False), (words.negative, True)):
                for spelling in (spelling for phrase in phrases for spelling in spellings(phrase)):
                    term = self._take_apart(spelling, concept.id, negative)
                    if len(term.lemmas) == 1:
                        self._terms[term.lemmas[0]].append(term)
                    else:
                        self._phrases[term.lemmas[0]].setdefault(term.lemmas[1], []).append(term)
            for pattern in words.compounds:
                n_letters = len(pattern.replace("*", ""))
                self._patterns.append((re.compile(compound_regex(pattern)), concept.id, n_letters))
        self._any_pattern = re.compile("|".join(f"(?:{regex.pattern})" for regex, _, _ in self._patterns))
        self._read_word = lru_cache(maxsize=_REMEMBERED_WORDS)(self._word)
        self._read_stretch = lru_cache(maxsize=_REMEMBERED_STRETCHES)(self._stretch)

    def _take_apart(self, phrase: str, concept: str, negative: bool) -> _Term:
        tokens = [phrase[start:end] for start, end in cut_tokens(phrase, self._language)]
        # Words in capitals are abbreviations that mean something else in small letters (OR, or).
        exact = phrase if any(map(_ABBREVIATION.fullmatch, tokens)) and " " not in phrase else None
        return _Term(concept, tuple(lemma(token, self._language) for token in tokens), exact, negative)

    def _word(self, written: str) -> _Word:
        base, lower = lemma(written, self._language), written.lower()
        compounds: tuple[tuple[str, int], ...] = ()
        if self._patterns and self._any_pattern.fullmatch(lower):
            compounds = tuple((concept, n) for regex, concept, n in self._patterns if regex.fullmatch(lower))
        return _Word(base, tuple(self._terms.get(base, ())), self._phrases.get(base, {}), compounds)

    def _stretch(self, stretch: str) -> _Stretch:
        # Nothing between two spaces is a word of its own, which keeps the words before and after it apart.
        spans = cut_tokens(stretch, self._language) if stretch else [(0, 0)]
        tokens = tuple((start, end, self._read_word(stretch[start:end])) for start, end in spans)
        return _Stretch(tokens, any(word.opens for _, _, word in tokens))

    def find(self, text: str) -> list[ConceptMatch]:
        """The concepts of one text."""
        written = text.split(" ")
        stretches = [self._read_stretch(stretch) for stretch in written]
        if not any(stretch.opens for stretch in stretches):
            return []
        begins = accumulate((len(stretch) + 1 for stretch in written), initial=0)
        tokens = [
            (begin + start, begin + end, word)
            for begin, stretch in zip(begins, stretches, strict=False)
            for start, end, word in stretch.tokens
        ]
        found: list[ConceptMatch] = []
        taken: set[int] = set()
        for first, end, concept, _ in sorted(
            _candidates(text, tokens), key=lambda c: (c.first - c.end, -c.rank, c.first, c.concept)
        ):
            if taken.isdisjoint(range(first, end)):
                taken.update(range(first, end))
                low, high = tokens[first][0], tokens[end - 1][1]
                found.append(ConceptMatch(concept, low, high, text[low:high]))
        return sorted(found, key=lambda match: match.start)


def _candidates(text: str, tokens: Sequence[_Token]) -> Iterator[_Candidate]:
    """Where concepts may stand, but for the places that one of their negative terms covers."""
    positive: list[_Candidate] = []
    negative: list[_Candidate] = []
    for i, (start, _, word) in enumerate(tokens):
        terms: Sequence[_Term] = word.terms
        if word.phrases and i + 1 < len(tokens):
            following = word.phrases.get(tokens[i + 1][2].lemma, ())
            terms = [*terms, *(term for term in following if _stands_at(term.lemmas, tokens, i))]
        for term in terms:
            end = i + len(term.lemmas)
            if term.exact is None or text[start : tokens[end - 1][1]] == term.exact:
                (negative if term.negative else positive).append(_Candidate(i, end, term.concept, _TERM_RANK))
        if word.compounds:
            positive += [_Candidate(i, i + 1, concept, n_letters) for concept, n_letters in word.compounds]
    for one in positive:
        if not any(
            other.first < one.end and one.first < other.end and one.concept == other.concept for other in negative
        ):
            yield one


def _stands_at(lemmas: Sequence[str], tokens: Sequence[_Token], first: int) -> bool:
    """Whether the words after the second are there."""
    if first + len(lemmas) > len(tokens):
        return False
    return all(tokens[first + place][2].lemma == lemmas[place] for place in range(2, len(lemmas)))


def spellings(term: str) -> tuple[str, ...]:
    """A term as written and with hyphens for spaces and spaces for hyphens, one place at a time.

    ``low skilled work`` is also written ``low-skilled work`` and ``AI-vaardigheden`` also ``AI vaardigheden``.
    """
    found = dict.fromkeys((term,))
    for place in re.finditer(r"(?<=\w)[ -](?=\w)", term):
        other = "-" if place.group() == " " else " "
        found[term[: place.start()] + other + term[place.end() :]] = None
    if term.count("-") > 1:
        found[term.replace("-", " ")] = None
    return tuple(found)


class ConceptMatcher:
    """Finds the concepts of one lexicon in Dutch and English texts. Build once, use for many texts."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.version = lexicon.version
        self._concepts = lexicon.concepts
        self._finders: dict[Language, _ConceptFinder] = {}

    def finder(self, language: str) -> _ConceptFinder:
        """What finds those of ``language``, made when first asked for; English for other languages than Dutch."""
        code: Language = "nl" if language == "nl" else "en"
        if code not in self._finders:
            self._finders[code] = _ConceptFinder(self._concepts, code)
        return self._finders[code]


def find_concepts(texts: Sequence[str], language: str, matcher: ConceptMatcher) -> list[list[ConceptMatch]]:
    """Concepts of each text, in the order of ``texts`` and of the words in them; matches do not overlap.

    Parameters
    ----------
    texts
        Passages or sentences.
    language
        ``nl`` or ``en``; the language of all ``texts``.
    matcher
        Built from the lexicon.
    """
    return [matcher.finder(language).find(text) for text in texts]
