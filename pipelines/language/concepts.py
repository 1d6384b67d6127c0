"""Concepts of the lexicon and the spaCy component that finds them in Dutch and English text.

A concept is found by its terms (on the lemma, in any capitals), by compound patterns (``*loonkloof*``, on single
words, because Dutch writes compounds as one word) and not where one of its negative terms covers the place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

import spacy
from pydantic import Field
from spacy.attrs import LOWER
from spacy.language import Language
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc, Span

from pipelines.domain.record import Record
from pipelines.domain.themes import Theme
from pipelines.language.pipelines import LEMMAS

LANGUAGES = ("nl", "en")

COMPONENT = "kennisstand_concepts"
SPANS = "concepts"
"""Name under which a ``Doc`` keeps its concepts (``doc.spans``)."""

# Word forms kept in memory for each language; the 4,388 hand-written passages hold 23,000 (2026-11).
_REMEMBERED_WORDS = 50_000

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


class ConceptMatch(Record):
    """A concept in a text: ``text_of_passage[start:end] == text``."""

    concept: str
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    text: str


def compound_regex(pattern: str) -> str:
    """Regular expression for a compound pattern such as ``*loonkloof*``."""
    return r"[\w'’-]*".join(re.escape(part) for part in pattern.lower().split("*"))


class ConceptComponent:
    """spaCy component, to stand after the lemmas: writes the concepts of a text to ``doc.spans["concepts"]``.

    They stand in text order and do not overlap. The longest match wins; of equally long ones a term goes before a
    compound pattern, and a pattern with more letters before one with fewer.
    """

    def __init__(self, nlp: Language) -> None:
        self._language = str(nlp.lang)
        self._lemmatised = lambda phrase: nlp.get_pipe(LEMMAS)(nlp.make_doc(phrase))
        self._phrases = PhraseMatcher(nlp.vocab, attr="LEMMA")
        self._concept_of: dict[int, tuple[str, str | None, bool]] = {}
        self._patterns: list[tuple[re.Pattern[str], str, int]] = []
        self._prefilter: re.Pattern[str] | None = None
        self._strings = nlp.vocab.strings
        self._word_concepts = lru_cache(maxsize=_REMEMBERED_WORDS)(self._fit_compounds)

    def add(self, concepts: Iterable[Concept]) -> None:
        """Take the terms of ``concepts``; may be called once for each component."""
        for concept in concepts:
            words = concept.words(self._language)
            for term in (*words.terms, *words.variants):
                for spelling in spellings(term):
                    self._add_phrase(spelling, concept.id, negative=False)
            for term in words.negative:
                for spelling in spellings(term):
                    self._add_phrase(spelling, concept.id, negative=True)
            for pattern in words.compounds:
                n_letters = len(pattern.replace("*", ""))
                self._patterns.append((re.compile(compound_regex(pattern)), concept.id, n_letters))
        if self._patterns:
            self._prefilter = re.compile("|".join(f"(?:{p.pattern})" for p, _, _ in self._patterns))

    def _add_phrase(self, phrase: str, concept_id: str, negative: bool) -> None:
        doc = self._lemmatised(phrase)
        # Words in capitals are abbreviations that mean something else in small letters (OR, or).
        exact = phrase if any(_ABBREVIATION.fullmatch(token.text) for token in doc) and " " not in phrase else None
        key = f"{'-' if negative else '+'}{concept_id}\t{exact or ''}"
        self._phrases.add(key, [doc])
        self._concept_of[doc.vocab.strings[key]] = (concept_id, exact, negative)

    def _fit_compounds(self, lower: int) -> tuple[tuple[str, int], ...]:
        """Concepts of the compound patterns that fit one lower-case word, with the letters of the pattern."""
        word = self._strings[lower]
        if self._prefilter is None or not self._prefilter.fullmatch(word):
            return ()
        return tuple((c, n) for regex, c, n in self._patterns if regex.fullmatch(word))

    def _candidates(self, doc: Doc) -> Iterator[tuple[int, int, str, int]]:
        """Start and end token, concept and rank within equal length (higher goes first)."""
        positive: list[tuple[int, int, str]] = []
        negative: list[tuple[int, int, str]] = []
        for key, start, end in self._phrases(doc):
            concept_id, exact, is_negative = self._concept_of[key]
            if exact is not None and doc[start:end].text != exact:
                continue
            (negative if is_negative else positive).append((start, end, concept_id))
        ranked = [(start, end, concept_id, 1000) for start, end, concept_id in positive]
        for i, lower in enumerate(doc.to_array(LOWER).tolist()):
            for concept_id, n_letters in self._word_concepts(lower):
                ranked.append((i, i + 1, concept_id, n_letters))
        for start, end, concept_id, rank in ranked:
            if not any(low < end and start < high and concept_id == c for low, high, c in negative):
                yield start, end, concept_id, rank

    def __call__(self, doc: Doc) -> Doc:
        """Find the concepts of one text."""
        taken = [False] * len(doc)
        spans: list[Span] = []
        order = sorted(self._candidates(doc), key=lambda c: (c[0] - c[1], -c[3], c[0], c[2]))
        for start, end, concept_id, _ in order:
            if not any(taken[start:end]):
                taken[start:end] = [True] * (end - start)
                spans.append(Span(doc, start, end, label=concept_id))
        doc.spans[SPANS] = sorted(spans, key=lambda span: span.start)
        return doc


@Language.factory(COMPONENT, requires=["token.lemma"])
def _make_component(nlp: Language, name: str) -> ConceptComponent:  # noqa: ARG001 (spaCy passes the name)
    return ConceptComponent(nlp)


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
        self._pipelines: dict[str, Language] = {}
        for language in LANGUAGES:
            nlp = spacy.blank(language)
            nlp.add_pipe(LEMMAS, config={"language": language})
            component = nlp.add_pipe(COMPONENT)
            assert isinstance(component, ConceptComponent)
            component.add(lexicon.concepts)
            self._pipelines[language] = nlp

    def pipeline(self, language: str) -> Language:
        """The spaCy pipeline of ``language``; the English one for other languages than Dutch."""
        return self._pipelines["nl" if language == "nl" else "en"]


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
    return [
        [
            ConceptMatch(concept=span.label_, start=span.start_char, end=span.end_char, text=span.text)
            for span in doc.spans[SPANS]
        ]
        for doc in matcher.pipeline(language).pipe(texts)
    ]
