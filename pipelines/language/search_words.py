"""Where each word stands in many texts: how often a text holds it, and where words stand side by side."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.language.encoder import FloatArray
from pipelines.language.search_vocabulary import Ids, Vocabulary, words_of

_BETWEEN = -1
"""Stands between two texts, so that no phrase runs from one into the next."""
_MANY = 0.1
"""From this many places a text on it is faster to count for all texts than to sort the places."""
Counts = tuple[NDArray[np.int64], FloatArray]
"""Rows of texts, each once and in order, and how often they hold what is sought (above 0)."""
_NONE: Ids = np.zeros(0, dtype=np.int32)


@dataclass(frozen=True)
class WordPlaces:
    """The words of some texts, in order of the texts and by word.

    Attributes
    ----------
    words
        Numbers of the words as they stand in the texts, ``-1`` after each text.
    lengths
        Words of each text, shape (n_texts,).
    """

    words: Ids
    lengths: Ids
    _places: Ids
    """Places in ``words``, by word and then in order."""
    _texts: Ids
    """The text of each of these places."""
    _starts: NDArray[np.int64]
    """Where a word begins in both."""

    @classmethod
    def of(cls, texts: Iterable[str], vocabulary: Vocabulary) -> tuple[WordPlaces, Vocabulary]:
        """The words of ``texts``, and the vocabulary with those that are new."""
        ids = dict(vocabulary.ids)
        n_known = len(ids)
        words, lengths = array("i"), array("i")
        for text in texts:
            found = [ids.setdefault(word, len(ids)) for word in words_of(text)]
            words.extend(found)
            words.append(_BETWEEN)
            lengths.append(len(found))
        vocabulary = vocabulary.with_words(list(ids)[n_known:])
        return cls.from_words(np.array(words, np.int32), np.array(lengths, np.int32)), vocabulary

    @classmethod
    def from_words(cls, words: Ids, lengths: Ids) -> WordPlaces:
        """From the words as they stand in the texts."""
        text_of = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths + 1)
        order = np.argsort(words, kind="stable").astype(np.int32)[len(lengths) :]  # those between come first
        starts = np.concatenate([[0], np.cumsum(np.bincount(words[order]))]).astype(np.int64)
        return cls(words, lengths, order, text_of[order], starts)

    def kept(self, keep: NDArray[np.bool_]) -> WordPlaces:
        """Of the texts that are kept alone, shape (n_texts,)."""
        return WordPlaces.from_words(self.words[np.repeat(keep, self.lengths + 1)], self.lengths[keep])

    @classmethod
    def joined(cls, several: Sequence[WordPlaces]) -> WordPlaces:
        """All texts of several, one after the other."""
        return cls.from_words(
            np.concatenate([one.words for one in several]), np.concatenate([one.lengths for one in several])
        )

    def _slices(self, ids: Ids) -> list[slice]:
        known = ids[ids < len(self._starts) - 1]
        return [slice(self._starts[i], self._starts[i + 1]) for i in known]

    def counts(self, ids: Ids, weights: FloatArray | None = None) -> Counts:
        """How often the texts hold these words, each word by its weight."""
        slices = self._slices(ids)
        texts = np.concatenate([_NONE, *(self._texts[s] for s in slices)])
        if weights is None:
            return self._counted(texts, None)
        known = weights[ids < len(self._starts) - 1]
        return self._counted(texts, np.repeat(known, [s.stop - s.start for s in slices]))

    def counts_of_phrase(self, phrase: Sequence[Ids]) -> Counts:
        """How often the texts hold words of these side by side, in order."""
        return self._counted(self._texts_with_phrase(phrase), None)

    def _counted(self, texts: Ids, weights: FloatArray | None) -> Counts:
        if len(texts) > len(self.lengths) * _MANY:
            everywhere = np.bincount(texts, weights)
            rows = np.flatnonzero(everywhere > 0)
            return rows, everywhere[rows].astype(np.float32)
        rows, inverse = np.unique(texts, return_inverse=True)
        return rows.astype(np.int64), np.bincount(inverse, weights, minlength=len(rows)).astype(np.float32)

    def _texts_with_phrase(self, phrase: Sequence[Ids]) -> Ids:
        """A text for each place where words of these stand side by side, in order."""
        slices = [self._slices(ids) for ids in phrase]
        sizes = [sum(s.stop - s.start for s in of_word) for of_word in slices]
        if not all(sizes):
            return _NONE
        rarest = int(np.argmin(sizes))
        places = np.concatenate([self._places[s] for s in slices[rarest]]).astype(np.int64)
        texts = np.concatenate([self._texts[s] for s in slices[rarest]])
        for number, ids in enumerate(phrase):
            if number == rarest:
                continue
            beside = places + (number - rarest)
            inside = (beside >= 0) & (beside < len(self.words))
            there = inside.copy()
            there[inside] = np.isin(self.words[beside[inside]], ids)
            places, texts = places[there], texts[there]
        return texts
