"""Search in many texts at once: by words, by terms in both languages and by meaning, fused by rank.

An index is made once and asked often. It never changes: texts that come or go give a new index that shares what stayed,
so that many may read while another is made. What it holds for a text are the numbers of its words and its vector in
eight bits, not the text.

Shares of right ones among the first ten, in the other language and in both, by ``benchmarks/search_quality.py`` (4,336
training passages, static encoder, November 2026): 60 terms .392 and .438, 154 statements .195 and .281. Comparing each
text whole for each query gave .387 and .420, .190 and .275, and took 500 times as long.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pipelines.language.encoder import FloatArray
from pipelines.language.search_query import Query, SoughtQuery, SoughtWords
from pipelines.language.search_segment import Batch, Segment
from pipelines.language.search_vocabulary import Vocabulary
from pipelines.language.search_words import Counts, WordPlaces

Mask = NDArray[np.bool_]

_FUSION = 60
"""Constant of reciprocal rank fusion (Cormack, Clarke and Buettcher, SIGIR 2009)."""
MEANING_WEIGHT = 1.5
"""What a rank by meaning counts against one by words, which are two lists that agree. With the length of texts weighed:
1 gives .370, .427, .179 and .266; 1.5 .382, .425, .192 and .282; 2 .373, .425, .202 and .284."""
_SATURATION = 1.2
"""How soon more of the same word says no more: the usual constant of BM25 (Robertson and Zaragoza, 2009). Its weight of
the length of a text is left out: with it 60 terms give .382 and .425."""
LEAST_COSINE = 0.30
"""Texts nearer than this fit a query by meaning, by the static encoder. Of 1,383 training passages 95 % lie below 0.16
to 0.33 (tenth and ninetieth percentile of 344 names of concepts as queries; November 2026)."""
_NEAREST_SHARE = 0.05
"""The share of texts that fit by meaning where the cosines of an encoder were not measured, after the figure above;
some models put all texts above 0.7."""
_MERGED_BELOW = 4
"""A part that came later is merged with the one before as soon as that is less than this many times its size: so there
are few parts, and a text is moved few times."""


@dataclass(frozen=True)
class Ranking:
    """Texts that fit, best first.

    Attributes
    ----------
    rows
        Rows of the index, each once.
    scores
        Of each, higher is better; comparable within one ranking only.
    sought
        What was looked for: says which words of a text to mark.
    """

    rows: NDArray[np.int64]
    scores: NDArray[np.float64]
    sought: SoughtQuery


@dataclass(frozen=True)
class SearchIndex:
    """The words and vectors of many texts, each with an id. Rows are numbered through all parts."""

    vocabulary: Vocabulary = field(default_factory=Vocabulary)
    segments: tuple[Segment, ...] = ()

    @classmethod
    def of(cls, ids: Sequence[str], texts: Iterable[str], vectors: FloatArray) -> SearchIndex:
        """An index of texts with vectors of shape (n_texts, dimensions), unit length."""
        return cls().changed(frozenset(), [(ids, texts, vectors)])

    def changed(self, gone: Set[str], batches: Iterable[Batch] = ()) -> SearchIndex:
        """The index without the texts ``gone`` and with new ones; this one stays as it is.

        A new text whose id is here already takes the place of the former. Batches are read one after the other, so that
        not all texts and vectors need be in memory.
        """
        added, vocabulary = Segment.of(batches, self.vocabulary)
        leaving = gone | set(added.ids.tolist())
        segments = [left for segment in self.segments if (left := segment.without(leaving)) is not None]
        segments += [added] if len(added.ids) else []
        while len(segments) > 1 and segments[-2].n_present < _MERGED_BELOW * segments[-1].n_present:
            segments[-2:] = [Segment.merged(segments[-2:])]
        index = SearchIndex(vocabulary, tuple(segments))
        _ = index.ids, index.present, vocabulary.grams  # now, and not when the first question comes
        return index

    @cached_property
    def ids(self) -> NDArray[np.str_]:
        """Id of each row, also of rows whose text is gone."""
        return np.concatenate([np.zeros(0, dtype="<U1"), *(segment.ids for segment in self.segments)])

    @cached_property
    def present(self) -> Mask:
        """Whether the text of a row is still there."""
        return np.concatenate([np.zeros(0, dtype=np.bool_), *(segment.present for segment in self.segments)])

    def rank(
        self,
        query: Query,
        query_vector: FloatArray,
        least_cosine: float | None = LEAST_COSINE,
        allowed: Mask | None = None,
    ) -> Ranking:
        """Rows that fit a query.

        Its terms are sought with what else they are called in both languages (:mod:`pipelines.language.widening`);
        words that look like its words count a little, so that a part of a Dutch compound finds the whole and a slip of
        the pen finds the word.

        Parameters
        ----------
        query
            What is sought.
        query_vector
            Of ``query.text``, shape (dimensions,), unit length.
        least_cosine
            Texts nearer than this fit by meaning; the nearest twentieth where ``None``.
        allowed
            Rows that may be found, shape (n_rows,).
        """
        sought = SoughtQuery.of(query, self.vocabulary)
        open_to = self.present if allowed is None else self.present & allowed
        lists: list[tuple[FloatArray, float, float]] = []
        if query.text:
            for words in sought.exact:
                rows, counts = self._counts(lambda places, words=words: places.counts_of_phrase(words))
                everywhere = np.zeros(len(open_to), dtype=np.float32)
                everywhere[rows] = counts
                open_to = open_to & (everywhere > 0)
                lists.append((everywhere, 0.0, 1.0))
            by_meaning = self._cosines(query_vector)
            if least_cosine is None:
                everywhere = by_meaning[self.present]
                least_cosine = float(np.quantile(everywhere, 1 - _NEAREST_SHARE)) if len(everywhere) else 0.0
            lists += [
                (self._likeness(sought), 0.0, 1.0),
                (self._by_terms(sought.terms), 0.0, 1.0),
                (by_meaning, least_cosine, MEANING_WEIGHT),
            ]
        rows, scores = _fused(lists, open_to)
        return Ranking(rows, scores, sought)

    @property
    def n_present(self) -> int:
        """Number of texts that are there."""
        return sum(segment.n_present for segment in self.segments)

    def _cosines(self, vector: FloatArray) -> FloatArray:
        return np.concatenate([np.zeros(0, np.float32), *(segment.cosines(vector) for segment in self.segments)])

    def _counts(self, count: Callable[[WordPlaces], Counts]) -> Counts:
        """What ``count`` says of all segments together."""
        rows, counts = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.float32)]
        first = 0
        for segment in self.segments:
            found, values = count(segment.places)
            rows.append(found + first)
            counts.append(values)
            first += len(segment.ids)
        return np.concatenate(rows), np.concatenate(counts)

    def _counts_of(self, words: SoughtWords) -> Counts:
        counted = [self._counts(lambda places: places.counts(words.single))]
        counted += [self._counts(lambda places, p=phrase: places.counts_of_phrase(p)) for phrase in words.phrases]
        if len(counted) == 1:
            return counted[0]
        rows, inverse = np.unique(np.concatenate([rows for rows, _ in counted]), return_inverse=True)
        values = np.concatenate([values for _, values in counted])
        return rows, np.bincount(inverse, values, minlength=len(rows)).astype(np.float32)

    def _by_terms(self, terms: Sequence[Sequence[SoughtWords]]) -> FloatArray:
        """How far each row says what is sought, shape (n_rows,), from 0.

        A term counts by its rarity among the texts (inverse document frequency), by the best of its wordings that is
        there and a little more where it is there again; the terms are added up.
        """
        score = np.zeros(len(self.present), dtype=np.float32)
        best = np.zeros(len(self.present), dtype=np.float32)
        for term in terms:
            touched: list[NDArray[np.int64]] = []
            for words in term:
                rows, counts = self._counts_of(words)
                best[rows] = np.maximum(best[rows], words.weight * counts / (counts + 1.0))
                touched.append(rows)
            if not touched:
                continue
            rows = touched[0] if len(touched) == 1 else np.unique(np.concatenate(touched))
            score[rows] += best[rows] * self._rarity(float(np.count_nonzero(self.present[rows])))
            best[rows] = 0.0
        return score

    def _likeness(self, sought: SoughtQuery) -> FloatArray:
        """How much each row holds of words that look like those of the query, shape (n_rows,), from 0."""
        score = np.zeros(len(self.present), dtype=np.float32)
        for ids, likeness in sought.alike:
            rows, counts = self._counts(lambda places, ids=ids, weights=likeness: places.counts(ids, weights))
            rarity = self._rarity(float(np.minimum(counts, 1.0)[self.present[rows]].sum()))
            score[rows] += rarity * counts / (counts + _SATURATION)
        return score

    def _rarity(self, n_texts_with: float) -> float:
        return float(np.log(1.0 + self.n_present / n_texts_with)) if n_texts_with else 0.0


def _fused(
    lists: Sequence[tuple[FloatArray, float, float]], open_to: Mask
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Rows by reciprocal ranks added up; each list with the least value that fits and its weight."""
    score = np.zeros(len(open_to))
    for values, least, weight in lists:
        fitting = np.flatnonzero(open_to & (values > least))
        order = fitting[np.argsort(-values[fitting], kind="stable")]
        score[order] += weight / (_FUSION + 1.0 + np.arange(len(order)))
    found = np.flatnonzero(score > 0)
    best = found[np.argsort(-score[found], kind="stable")]
    return best, score[best]


def rank_texts(
    query: str,
    texts: Sequence[str],
    query_vector: FloatArray,
    vectors: FloatArray,
    least_cosine: float | None = LEAST_COSINE,
) -> list[tuple[int, float]]:
    """Indices of fitting texts with their scores, best first, for texts that are asked once.

    Parameters
    ----------
    query, texts
        What is sought and where.
    query_vector, vectors
        Vectors of shape (dimensions,) and (n_texts, dimensions), unit length.
    least_cosine
        As in :meth:`SearchIndex.rank`.
    """
    index = SearchIndex.of([str(number) for number in range(len(texts))], texts, vectors)
    ranking = index.rank(Query.read(query), query_vector, least_cosine)
    return [(int(row), float(score)) for row, score in zip(ranking.rows, ranking.scores, strict=True)]
