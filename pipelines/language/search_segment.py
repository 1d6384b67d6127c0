"""A part of an index of texts: their words and their vectors, made in one go and never changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pipelines.language.encoder import FloatArray
from pipelines.language.search_vocabulary import Vocabulary
from pipelines.language.search_words import WordPlaces

_LEVELS = 127
"""Largest absolute value of the eight bits of a vector. Of 100,000 random vectors of 256 numbers no cosine is further
from the exact one than 0.002."""
Batch = tuple[Sequence[str], Iterable[str], FloatArray]
"""Ids, texts and their vectors of shape (n_texts, dimensions), unit length."""
_ROWS_AT_ONCE = 4096
"""Vectors that are brought to full precision at a time: few enough to stay near the processor."""


@dataclass(frozen=True)
class Segment:
    """Some texts of an index, by row.

    Attributes
    ----------
    ids
        Shape (n_texts,).
    present
        Whether a text is still there, shape (n_texts,).
    places
        Their words.
    levels, scales
        Their vectors in eight bits, shape (n_texts, dimensions), and what one step is worth, shape (n_texts,).
    """

    ids: NDArray[np.str_]
    present: NDArray[np.bool_]
    places: WordPlaces
    levels: NDArray[np.int8]
    scales: FloatArray

    @classmethod
    def of(cls, batches: Iterable[Batch], vocabulary: Vocabulary) -> tuple[Segment, Vocabulary]:
        """All texts of the batches, and the vocabulary with their words."""
        ids: list[str] = []
        levels: list[NDArray[np.int8]] = []
        scales: list[FloatArray] = [np.zeros(0, dtype=np.float32)]

        def texts() -> Iterator[str]:
            for some, their_texts, vectors in batches:
                ids.extend(some)
                in_bits, their_scales = in_eight_bits(vectors)
                levels.append(in_bits)
                scales.append(their_scales)
                yield from their_texts

        places, vocabulary = WordPlaces.of(texts(), vocabulary)
        vectors = np.concatenate(levels) if levels else np.zeros((0, 0), dtype=np.int8)
        present = np.ones(len(ids), dtype=np.bool_)
        return cls(np.array(ids, dtype=np.str_), present, places, vectors, np.concatenate(scales)), vocabulary

    @property
    def n_present(self) -> int:
        """Number of texts that are there."""
        return int(np.count_nonzero(self.present))

    def without(self, gone: Set[str]) -> Segment | None:
        """This segment without some texts; ``None`` where none is left."""
        if not gone:
            return self
        leaving = np.isin(self.ids, list(gone))
        if not leaving.any():
            return self
        present = self.present & ~leaving
        return replace(self, present=present) if present.any() else None

    @classmethod
    def merged(cls, segments: Sequence[Segment]) -> Segment:
        """The texts of several that are still there, in one."""
        kept = [segment.present for segment in segments]
        ids = np.concatenate([s.ids[k] for s, k in zip(segments, kept, strict=True)])
        places = WordPlaces.joined([s.places.kept(k) for s, k in zip(segments, kept, strict=True)])
        levels = np.concatenate([s.levels[k] for s, k in zip(segments, kept, strict=True)])
        scales = np.concatenate([s.scales[k] for s, k in zip(segments, kept, strict=True)])
        return cls(ids, np.ones(len(ids), dtype=np.bool_), places, levels, scales)

    def cosines(self, vector: FloatArray) -> FloatArray:
        """Cosine of each text and ``vector``, shape (n_texts,)."""
        found = np.empty(len(self.ids), dtype=np.float32)
        for start in range(0, len(found), _ROWS_AT_ONCE):
            rows = slice(start, start + _ROWS_AT_ONCE)
            found[rows] = self.levels[rows].astype(np.float32) @ vector
        return found * self.scales


def in_eight_bits(vectors: FloatArray) -> tuple[NDArray[np.int8], FloatArray]:
    """Vectors of shape (n, dimensions) in eight bits with one scale each; zero vectors stay zero."""
    largest = np.abs(vectors).max(axis=1, initial=0.0)
    scales = (np.where(largest > 0, largest, 1.0) / _LEVELS).astype(np.float32)
    return np.round(vectors / scales[:, None]).astype(np.int8), scales
