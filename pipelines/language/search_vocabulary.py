"""The different words of many texts: which of them a sought word stands in, and which look like it.

Words are runs of letters and digits in lower case without accents, so that *coördinatie* is found as *coordinatie* and
the parts of *AI-gebruik* are words. A vocabulary never changes; one with more words is a new one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import HashingVectorizer

from pipelines.language.encoder import FloatArray

Ids = NDArray[np.int32]

WORD = re.compile(r"\w+")
_N_BUCKETS = 2**18
"""Buckets for n-grams: 40,000 words have about 150,000 different ones, and a shared bucket only makes a word look a
little more like another."""
_LETTERS = (4, 6)
"""Shortest and longest n-gram; of one to three letters too many words have the same."""
_LATER_SHARE = 0.2
"""Beyond this share of later words the n-grams of all are weighed anew; until then by the rarity among the first."""
_BREAK = "\n"


def folded(text: str) -> str:
    """``text`` in lower case without accents."""
    lowered = text.lower()
    if lowered.isascii():
        return lowered
    return "".join(c for c in unicodedata.normalize("NFD", lowered) if not unicodedata.combining(c))


def words_of(text: str) -> list[str]:
    """The words of a text, in order."""
    return WORD.findall(folded(text))


@dataclass(frozen=True)
class Vocabulary:
    """Words with a number each, in order of arrival.

    Attributes
    ----------
    words
        Each once, folded.
    grams
        Of the first words and of those that came later; together of all.
    """

    words: tuple[str, ...] = ()
    grams: tuple[Grams, ...] = ()

    @cached_property
    def ids(self) -> dict[str, int]:
        """Number of each word."""
        return {word: number for number, word in enumerate(self.words)}

    def with_words(self, words: Iterable[str]) -> Vocabulary:
        """A vocabulary that begins with these words and holds new ones as well; itself where none is new."""
        known = self.ids
        new = [word for word in dict.fromkeys(words) if word not in known]
        if not new:
            return self
        together = (*self.words, *new)
        n_first = len(self.grams[0].norms) if self.grams else 0
        later = together[n_first:]
        if len(later) > _LATER_SHARE * n_first:
            grams: tuple[Grams, ...] = (Grams.of(together),)
        else:
            grams = (self.grams[0], Grams.of(later, rarity=self.grams[0].rarity))
        grown = Vocabulary(together, grams)
        grown.__dict__["ids"] = known | {word: number for number, word in enumerate(new, len(known))}
        return grown

    def of(self, words: Iterable[str]) -> Ids:
        """Numbers of those words that are known, in order."""
        found = (self.ids.get(word) for word in words)
        return np.array([number for number in found if number is not None], dtype=np.int32)

    @cached_property
    def _joined(self) -> tuple[str, NDArray[np.int64]]:
        starts = np.zeros(len(self.words) + 1, dtype=np.int64)
        np.cumsum([len(word) + 1 for word in self.words], out=starts[1:])
        return _BREAK.join(self.words), starts

    def holding(self, part: str) -> Ids:
        """Numbers of the words that ``part`` stands in, in order."""
        joined, starts = self._joined
        places: list[int] = []
        at = joined.find(part)
        while at >= 0:
            places.append(at)
            at = joined.find(part, at + 1)
        if not places:
            return np.zeros(0, dtype=np.int32)
        return np.unique(np.searchsorted(starts, places, side="right") - 1).astype(np.int32)

    def alike(self, word: str, least: float) -> tuple[Ids, FloatArray]:
        """Numbers of the words that look like ``word``, with how much.

        That is the cosine of their character n-grams, weighed by rarity among the words.

        Parameters
        ----------
        word
            Folded.
        least
            Words that look less like it are left out.
        """
        ids: list[Ids] = [np.zeros(0, dtype=np.int32)]
        likeness: list[FloatArray] = [np.zeros(0, dtype=np.float32)]
        first = 0
        for grams in self.grams:
            found, values = grams.alike(word, least)
            ids.append((found + first).astype(np.int32))
            likeness.append(values)
            first += len(grams.norms)
        return np.concatenate(ids), np.concatenate(likeness)


@dataclass(frozen=True)
class Grams:
    """The words of each bucket of character n-grams.

    Attributes
    ----------
    starts
        Where the words of a bucket begin in ``words``, shape (n_buckets + 1,).
    words
        Numbers of words by bucket.
    rarity
        Inverse document frequency of each bucket among the words, squared.
    norms
        Length of each word as a vector of n-grams.
    """

    starts: NDArray[np.int64]
    words: Ids
    rarity: FloatArray
    norms: FloatArray

    @classmethod
    def of(cls, words: Sequence[str], rarity: FloatArray | None = None) -> Grams:
        """N-grams of ``words``; where no ``rarity`` is given it is theirs."""
        matrix = _hashing().transform(words).tocsr()
        rows = np.repeat(np.arange(len(words), dtype=np.int32), np.diff(matrix.indptr))
        order = np.argsort(matrix.indices, kind="stable")
        counts = np.bincount(matrix.indices, minlength=_N_BUCKETS)
        if rarity is None:
            rarity = np.square(np.log((1.0 + len(words)) / (1.0 + counts)) + 1.0).astype(np.float32)
        squared = np.bincount(rows, weights=rarity[matrix.indices], minlength=len(words))
        starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        return cls(starts, rows[order], rarity, np.sqrt(squared).astype(np.float32))

    def alike(self, word: str, least: float) -> tuple[Ids, FloatArray]:
        """As :meth:`Vocabulary.alike`, by the numbers of these words alone."""
        buckets = _hashing().transform([word]).tocsr().indices
        own = float(np.sqrt(self.rarity[buckets].sum()))
        slices = [self.words[self.starts[b] : self.starts[b + 1]] for b in buckets]
        weights = np.repeat(self.rarity[buckets], [len(s) for s in slices])
        places = np.concatenate(slices) if slices else np.zeros(0, dtype=np.int32)
        shared = np.bincount(places, weights=weights, minlength=len(self.norms))
        found = np.flatnonzero(shared)
        likeness = (shared[found] / (self.norms[found] * own)).astype(np.float32)
        near = likeness >= least
        return found[near].astype(np.int32), np.minimum(likeness[near], 1.0)


def _hashing() -> Any:
    hashing: Any = HashingVectorizer
    return hashing(
        analyzer="char_wb",
        ngram_range=_LETTERS,
        n_features=_N_BUCKETS,
        binary=True,
        norm=None,
        alternate_sign=False,
        lowercase=False,
    )
