"""What a query seeks, in words that a database can look up: widened and mended as for the index in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from pipelines.language.search_query import Query, SoughtQuery, SoughtWords
from pipelines.language.search_spelling import mended
from pipelines.language.search_vocabulary import Vocabulary, words_of
from pipelines.language.widening import SHORTEST_INSIDE, slots_of
from pipelines.store.search_database import SearchDatabase, SoughtGroup

_BY_TERMS, _BY_LIKENESS = 0, 1
"""The two rankings by words, as in the index in memory."""
_SHORTEST_PART = 5
"""Letters of the shortest part of a word of the query that is looked up as a word of its own."""
_LIKENESS_STEP = 0.25
"""Words that look alike are sought together, by how much they do, in steps of this: each step is a look-up."""


@dataclass(frozen=True)
class Looked:
    """A query with the words of the store that it may mean."""

    written: Query
    read: Query
    """As it was written, or with its slips mended."""
    sought: SoughtQuery
    groups: tuple[SoughtGroup, ...]


def look_up(written: Query, words: SearchDatabase, *, by_meaning: bool) -> Looked:
    """Look the words of a query up in the store.

    Where passages are found by meaning as well, what looks alike is sought only for words that stand nowhere, such as
    new compounds: for all words it brought .447 and .277 of right ones among the first ten in place of .445 and .269
    (docs/postgresql.md), and doubled what is looked up. By words alone it brought .36 and .21 in place of .29 and .16.
    """
    vocabulary = _vocabulary(written, words, slips=True)
    read = mended(written, vocabulary)
    if read is not written:
        vocabulary = _vocabulary(read, words, slips=False)
    like = SoughtQuery.of(read, vocabulary)
    # The words of the query are sought themselves whether they are in the list of words or not: that of a passage that
    # came a moment ago may not be.
    sought = SoughtQuery.of(read, vocabulary.with_words(read.loose_words()))
    sought = replace(sought, alike=like.alike)
    return Looked(written, read, sought, (*_by_terms(sought), *_by_likeness(like, all_words=not by_meaning)))


def _vocabulary(query: Query, words: SearchDatabase, *, slips: bool) -> Vocabulary:
    """The words of the store that a query may mean; few, so that it is made with each question."""
    whole: dict[str, None] = {}
    inside: dict[str, None] = {}
    for term in query.terms:
        for wording in term.wordings:
            for slot in slots_of(wording):
                whole |= dict.fromkeys([slot.word, *(slot.word + ending for ending in slot.endings)])
                if slot.inside:
                    inside[slot.word] = None
    loose = query.loose_words()
    whole |= dict.fromkeys([*loose, *(word for phrase in query.phrases for word in phrase)])
    for word in loose:
        whole |= dict.fromkeys(_parts(word))
        if len(word) >= SHORTEST_INSIDE:
            inside[word] = None
    found = words.words_like(whole=list(whole), inside=list(inside), slips=())
    if slips:
        own = [word for word in words_of(query.text) if len(word) >= SHORTEST_INSIDE]
        lost = [word for word in own if not any(word in other for other in found)]
        found += words.words_like(whole=(), inside=(), slips=lost)
    return Vocabulary().with_words(found)


def _parts(word: str) -> list[str]:
    """What a long word may be made of: its beginnings and its ends."""
    lengths = range(_SHORTEST_PART, len(word))
    return [part for length in lengths for part in (word[:length], word[-length:])]


def _by_terms(sought: SoughtQuery) -> list[SoughtGroup]:
    return [
        SoughtGroup(
            ranking=_BY_TERMS,
            part=part,
            weight=words.weight,
            words=_named(sought.vocabulary, words.single),
            phrases=tuple(tuple(_named(sought.vocabulary, place) for place in phrase) for phrase in words.phrases),
        )
        for part, term in enumerate(sought.terms)
        for words in term
    ]


def _by_likeness(sought: SoughtQuery, *, all_words: bool) -> list[SoughtGroup]:
    """What looks like the words of the query, or like those of them that stand nowhere."""
    known = sought.vocabulary
    groups: list[SoughtGroup] = []
    for part, (word, (ids, likeness)) in enumerate(zip(sought.query.loose_words(), sought.alike, strict=True)):
        stands = word in known.ids or (len(word) >= SHORTEST_INSIDE and len(known.holding(word)) > 0)
        if stands and not all_words:
            continue
        by_step: defaultdict[int, list[int]] = defaultdict(list)
        for one, value in zip(ids.tolist(), likeness.tolist(), strict=True):
            by_step[max(1, round(value / _LIKENESS_STEP))].append(one)
        groups += [
            SoughtGroup(_BY_LIKENESS, part, step * _LIKENESS_STEP, _named(known, some))
            for step, some in by_step.items()
        ]
    return groups


def _named(vocabulary: Vocabulary, ids: Sequence[int] | np.ndarray) -> tuple[str, ...]:
    return tuple(vocabulary.words[int(one)] for one in ids)


def for_marking(looked: Looked, words: SearchDatabase, texts: Sequence[str]) -> SoughtQuery:
    """What to mark in some texts: also other forms of a word by which the database found them."""
    known = looked.sought.vocabulary
    others = dict.fromkeys(word for text in texts for word in words_of(text) if word not in known.ids)
    matching = words.matching([group for group in looked.groups if group.words], list(others))
    vocabulary = known.with_words(matching)
    forms = SoughtWords(1.0, vocabulary.of(matching), ())
    return replace(looked.sought, vocabulary=vocabulary, terms=(*looked.sought.terms, (forms,)))
