"""The models behind the instruments: linear heads on the features of passages, joined with the names they hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.instruments.mentions import Mentions
from pipelines.language.encoder import FloatArray
from pipelines.language.features import PassageFeatures
from pipelines.language.linear import LinearHeads, Reading

_MOST_NAMED = 3
"""A label named more often counts no more."""


@dataclass(frozen=True)
class InstrumentModel:
    """One head and one reading a label.

    Attributes
    ----------
    heads
        Scores of all labels that passages enough were labelled with.
    readings
        By label: of what :func:`inputs_of` gives.
    version
        Name and hash.
    """

    heads: LinearHeads
    readings: Mapping[str, Reading]
    version: str

    @property
    def labels(self) -> tuple[str, ...]:
        """All that it can tell, in the order of :meth:`probabilities`."""
        return self.heads.names

    def probabilities(self, features: PassageFeatures, mentions: Sequence[Mentions]) -> NDArray[np.float64]:
        """Shape (n_passages, n_labels); 0.5 is where the F1 of a label is best."""
        # What was learned from reviews brings anchors of its own, after those that these heads know.
        scores = self.heads.scores(features.matrix, features.nearness[:, : len(self.heads.pull)])
        columns = [
            self.readings[label].yes(inputs_of(scores[:, j], named_times(mentions, label)))
            for j, label in enumerate(self.labels)
        ]
        return np.stack(columns, axis=1)

    def only(self, labels: Sequence[str]) -> InstrumentModel:
        """The same model for some of its labels."""
        heads = self.heads
        places = [j for j, name in enumerate(heads.names) if name in labels]
        kept = LinearHeads(
            tuple(heads.names[j] for j in places), heads.weights[:, places], heads.pull[:, places], heads.bias[places]
        )
        return InstrumentModel(kept, {label: self.readings[label] for label in kept.names}, self.version)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Plain arrays for a model file."""
        arrays = self.heads.to_arrays("heads")
        for label, reading in self.readings.items():
            arrays |= reading.to_arrays(f"reading.{label}")
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], version: str) -> InstrumentModel:
        """The inverse of :meth:`to_arrays`; raises ``KeyError`` where an array is missing."""
        heads = LinearHeads.from_arrays(arrays, "heads")
        return cls(heads, {label: Reading.from_arrays(arrays, f"reading.{label}") for label in heads.names}, version)


def named_times(mentions: Sequence[Mentions], label: str) -> FloatArray:
    """How often each passage names ``label``, shape (n_passages,)."""
    return np.asarray([len(of_passage.get(label, ())) for of_passage in mentions], dtype=np.float32)


def inputs_of(scores: FloatArray, named: FloatArray) -> FloatArray:
    """What a reading looks at: the score, whether a label is named and how often; shape (n_passages, 3)."""
    return np.column_stack([scores, np.minimum(named, 1), np.minimum(named, _MOST_NAMED)])
