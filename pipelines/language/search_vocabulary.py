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

import numpy as np
from numpy.typing import NDArray

from pipelines.language.encoder import FloatArray
from pipelines.language.gram_buckets import LETTERS, N_BUCKETS, buckets_of, buckets_of_words, grams_of

Ids = NDArray[np.int32]

WORD = re.compile(r"\w+")
_LATER_SHARE = 0.2
"""Beyond this share of later words the n-grams of all are weighed anew; until then by the rarity among the first."""


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
    made_grams
        N-grams of the first of these words, where they were made already.
    """

    words: tuple[str, ...] = ()
    made_grams: tuple[Grams, ...] = ()

    @cached_property
    def ids(self) -> dict[str, int]:
        """Number of each word."""
        return {word: number for number, word in enumerate(self.words)}

    @cached_property
    def grams(self) -> tuple[Grams, ...]:
        """N-grams of all words: of the first ones, and where there are a few later ones also of those."""
        n_made = sum(len(grams.norms) for grams in self.made_grams)
        if n_made == len(self.words):
            return self.made_grams
        n_first = len(self.made_grams[0].norms) if self.made_grams else 0
        later = self.words[n_first:]
        if len(later) > _LATER_SHARE * n_first:
            return (Grams.of(self.words),)
        return (self.made_grams[0], Grams.of(later, rarity=self.made_grams[0].rarity))

    def with_words(self, words: Iterable[str]) -> Vocabulary:
        """A vocabulary that begins with these words and holds new ones as well; itself where none is new."""
        known = self.ids
        new = [word for word in dict.fromkeys(words) if word not in known]
        return Vocabulary((*self.words, *new), self.__dict__.get("grams", self.made_grams)) if new else self

    def of(self, words: Iterable[str]) -> Ids:
        """Numbers of those words that are known, in order."""
        found = (self.ids.get(word) for word in words)
        return np.array([number for number in found if number is not None], dtype=np.int32)

    def holding(self, part: str) -> Ids:
        """Numbers of the words that ``part``, of at least four letters, stands in; in order."""
        found: list[int] = []
        first = 0
        for grams in self.grams:
            found += [first + number for number in grams.sharing(part) if part in self.words[first + number]]
            first += len(grams.norms)
        return np.array(found, dtype=np.int32)

    def alike(self, word: str, least: float) -> tuple[Ids, FloatArray]:
        """Numbers of the words that look like ``word``, with how much.

        That is the cosine of their character n-grams, weighed by rarity among the words.

        Parameters
        ----------
        word
            Folded.
        least
            Words that look less like it are left out; above 0.
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
    """The words of each bucket of character n-grams; a space stands before and after each word.

    Attributes
    ----------
    starts
        Where the words of a bucket begin in ``words``, shape (n_buckets + 1,).
    words
        Numbers of words by bucket, in order.
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
        rows, buckets = buckets_of_words(words)
        order = np.argsort(buckets, kind="stable")
        counts = np.bincount(buckets, minlength=N_BUCKETS)
        if rarity is None:
            rarity = np.square(np.log((1.0 + len(words)) / (1.0 + counts)) + 1.0).astype(np.float32)
        squared = np.bincount(rows, weights=rarity[buckets], minlength=len(words))
        starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        return cls(starts, rows[order], rarity, np.sqrt(squared).astype(np.float32))

    def sharing(self, part: str) -> list[int]:
        """Numbers of words that may hold ``part``: those of its rarest n-gram of the longest kind."""
        length = min(LETTERS[1], len(part))
        if length < LETTERS[0]:
            raise ValueError("too short a part to look up by n-grams")
        buckets = buckets_of([part[at : at + length] for at in range(len(part) - length + 1)])
        rarest = buckets[int(np.argmin(self.starts[buckets + 1] - self.starts[buckets]))]
        return self.words[self.starts[rarest] : self.starts[rarest + 1]].tolist()

    def alike(self, word: str, least: float) -> tuple[Ids, FloatArray]:
        """As :meth:`Vocabulary.alike`, by the numbers of these words alone."""
        buckets = np.unique(buckets_of(grams_of(word)))
        weights = self.rarity[buckets]
        slices = [self.words[self.starts[b] : self.starts[b + 1]] for b in buckets]
        shared = np.bincount(
            np.concatenate(slices), weights=np.repeat(weights, [len(s) for s in slices]), minlength=len(self.norms)
        )
        own = float(np.sqrt(weights.sum()))
        near = np.flatnonzero(shared >= self.norms * (own * least))
        likeness = (shared[near] / (self.norms[near] * own)).astype(np.float32)
        return near.astype(np.int32), np.minimum(likeness, 1.0)
