"""What is sought: the terms of a query, what they are called in both languages, and phrases that must be there."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pipelines.language.encoder import FloatArray
from pipelines.language.search_vocabulary import WORD, Ids, Vocabulary, folded, words_of
from pipelines.language.widening import SHORTEST_INSIDE, SKIPPED, QueryTerm, Slot, slots_of, widen_query

Span = tuple[int, int]
"""Characters of a text, as ``text[start:end]``."""

_LEAST_LIKENESS = 0.5
"""Words less alike are not taken for the word that is sought. Of 0.25, 0.4, 0.5 and 0.7 the figures of
``benchmarks/search_quality.py`` are within 0.03 of each other; lower only costs time (November 2026)."""
_LEAST_LIKENESS_OF_UNKNOWN = 0.25
"""The same of a word that stands nowhere, such as a compound that is new: its parts leave about this."""
_QUOTED = re.compile(r"[\"“”„«»]([^\"“”„«»]+)[\"“”„«»]")
_LONGEST_QUERY = 2_000
"""Characters of a query that are read; a page of text is no query, and each word costs time."""


@dataclass(frozen=True)
class Query:
    """A query as it was written.

    Attributes
    ----------
    text
        Without quotation marks: what an encoder is given.
    phrases
        The words between quotation marks, folded: a text must hold them side by side.
    terms
        What is sought, with what else it is called.
    """

    text: str
    phrases: tuple[tuple[str, ...], ...]
    terms: tuple[QueryTerm, ...]

    @classmethod
    def read(cls, written: str) -> Query:
        """Take a query apart."""
        written = written[:_LONGEST_QUERY]
        quoted = [tuple(words_of(part)) for part in _QUOTED.findall(written)]
        text = " ".join(_QUOTED.sub(r" \1 ", written).split())
        return cls(text, tuple(words for words in dict.fromkeys(quoted) if words), widen_query(text))

    def loose_words(self) -> tuple[str, ...]:
        """The words of the query and of its translations, folded: what looks like them fits a little as well."""
        widened = [w.text for term in self.terms for w in term.wordings if w.origin in ("translation", "part")]
        words = dict.fromkeys(word for text in (self.text, *widened) for word in words_of(text))
        return tuple(word for word in words if word not in SKIPPED) or tuple(words)


@dataclass(frozen=True)
class SoughtWords:
    """Numbers of the words that may stand for a term, of one weight.

    Attributes
    ----------
    weight
        What it counts where they are there, from 0 to 1.
    single
        Words that do by themselves.
    phrases
        Words that do side by side, a set for each place.
    """

    weight: float
    single: Ids
    phrases: tuple[tuple[Ids, ...], ...]


@dataclass(frozen=True)
class SoughtQuery:
    """A query in the numbers of the words of a vocabulary."""

    query: Query
    vocabulary: Vocabulary
    terms: tuple[tuple[SoughtWords, ...], ...]
    alike: tuple[tuple[Ids, FloatArray], ...]
    """For each loose word of the query what looks like it, and how much."""
    exact: tuple[tuple[Ids, ...], ...]
    """What stood between quotation marks."""

    @classmethod
    def of(cls, query: Query, vocabulary: Vocabulary) -> SoughtQuery:
        """Look the words of a query up."""
        return cls(
            query=query,
            vocabulary=vocabulary,
            terms=tuple(tuple(_sought(term, vocabulary)) for term in query.terms),
            alike=tuple(_alike(word, vocabulary) for word in query.loose_words()),
            exact=tuple(tuple(vocabulary.of([word]) for word in words) for words in query.phrases),
        )

    @cached_property
    def _single(self) -> frozenset[int]:
        ids = [sought.single for term in self.terms for sought in term] + [alike for alike, _ in self.alike]
        return frozenset(int(i) for some in ids for i in some)

    @cached_property
    def _phrases(self) -> Mapping[int, list[tuple[frozenset[int], ...]]]:
        """By the word that they begin with."""
        by_first: defaultdict[int, list[tuple[frozenset[int], ...]]] = defaultdict(list)
        for phrase in [*self.exact, *(p for term in self.terms for sought in term for p in sought.phrases)]:
            places = tuple(frozenset(ids.tolist()) for ids in phrase)
            for first in places[0]:
                by_first[first].append(places)
        return by_first

    def spans(self, text: str) -> tuple[Span, ...]:
        """Where in ``text`` the words stand that are sought, in order and apart from each other.

        Where phrases are asked for between quotation marks those are marked as well, as one span each.
        """
        places = [match.span() for match in WORD.finditer(text)]
        ids = [self.vocabulary.ids.get(folded(text[start:end]), -1) for start, end in places]
        found = [place for place, number in zip(places, ids, strict=True) if number in self._single]
        for first, number in enumerate(ids):
            found += [
                (places[first][0], places[first + len(phrase) - 1][1])
                for phrase in self._phrases.get(number, ())
                if first + len(phrase) <= len(ids) and all(ids[first + i] in fit for i, fit in enumerate(phrase))
            ]
        return tuple(_apart(found))


def _sought(term: QueryTerm, vocabulary: Vocabulary) -> Iterator[SoughtWords]:
    """The wordings of a term that are in the vocabulary, by weight."""
    for weight in sorted({wording.weight for wording in term.wordings}, reverse=True):
        single: list[Ids] = [np.zeros(0, dtype=np.int32)]
        phrases: list[tuple[Ids, ...]] = []
        for wording in term.wordings:
            if wording.weight == weight:
                ids = tuple(_fitting(slot, vocabulary) for slot in slots_of(wording))
                if len(ids) == 1:
                    single.append(ids[0])
                elif ids and all(len(some) for some in ids):
                    phrases.append(ids)
        together = np.unique(np.concatenate(single))
        if len(together) or phrases:
            yield SoughtWords(weight, together, tuple(phrases))


def _alike(word: str, vocabulary: Vocabulary) -> tuple[Ids, FloatArray]:
    """What looks like a word; a word that stands nowhere is a slip of the pen or new, and needs to look less alike."""
    known = word in vocabulary.ids or (len(word) >= SHORTEST_INSIDE and len(vocabulary.holding(word)) > 0)
    return vocabulary.alike(word, _LEAST_LIKENESS if known else _LEAST_LIKENESS_OF_UNKNOWN)


def _fitting(slot: Slot, vocabulary: Vocabulary) -> Ids:
    """Numbers of the words that may stand in a place; the same as those that :meth:`Slot.fits` names."""
    if slot.inside:
        return vocabulary.holding(slot.word)
    return vocabulary.of([slot.word, *(slot.word + ending for ending in slot.endings)])


def _apart(spans: Sequence[Span]) -> Iterator[Span]:
    """Spans in order, those that overlap as one."""
    start = end = -1
    for next_start, next_end in sorted(spans):
        if next_start < end:
            end = max(end, next_end)
            continue
        if end > start:
            yield start, end
        start, end = next_start, next_end
    if end > start:
        yield start, end
