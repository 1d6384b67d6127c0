"""The models behind the instruments: linear heads on the features of passages, joined with the names they hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipelines.instruments.mentions import Mentions
from pipelines.language.encoder import FloatArray
from pipelines.language.features import PassageFeatures
from pipelines.language.linear import LinearHeads, Reading

_CLOSER = ("mean", "scale", "weights", "bias")
_MOST_NAMED = 3
"""A label named more often counts no more."""


SUREST = 8.0
"""Log odds of the closer reader beyond which it cannot be surer."""


@dataclass(frozen=True)
class CloserHeads:
    """Heads on what the closer reader says of a passage, for labels that it tells more of than words do.

    Attributes
    ----------
    names
        Their labels.
    mean, scale
        Of each score of the reader over the training passages, shape (n_scores,).
    weights, bias
        Shapes (n_scores, n_names) and (n_names,).
    """

    names: tuple[str, ...]
    mean: FloatArray
    scale: FloatArray
    weights: FloatArray
    bias: FloatArray

    def scores(self, reader_scores: FloatArray) -> FloatArray:
        """Shape (n_passages, n_names), from log odds of shape (n_passages, n_scores)."""
        inputs = (np.clip(reader_scores, -SUREST, SUREST) - self.mean) / self.scale
        return np.asarray(inputs @ self.weights + self.bias, dtype=np.float32)

    def only(self, names: Sequence[str]) -> CloserHeads:
        """The same heads for some of their labels."""
        places = [j for j, name in enumerate(self.names) if name in names]
        kept = tuple(self.names[j] for j in places)
        return CloserHeads(kept, self.mean, self.scale, self.weights[:, places], self.bias[places])


class CloserLook(NamedTuple):
    """What the closer reader says of the passages that it was given."""

    read: NDArray[np.bool_]
    """Shape (n_passages,)."""
    scores: FloatArray
    """Log odds, shape (n_passages, n_scores); nothing where it did not read."""


@dataclass(frozen=True)
class InstrumentModel:
    """One head and one reading a label.

    Attributes
    ----------
    heads
        Scores of all labels that passages enough were labelled with.
    closer
        For some of the labels: what the closer reader adds. They are given to no passage that it has not read.
    readings
        By label: of what :func:`inputs_of` gives.
    version
        Name and hash.
    """

    heads: LinearHeads
    closer: CloserHeads
    readings: Mapping[str, Reading]
    version: str

    @property
    def labels(self) -> tuple[str, ...]:
        """All that it can tell, in the order of :meth:`probabilities`."""
        return self.heads.names

    def probabilities(
        self, features: PassageFeatures, mentions: Sequence[Mentions], look: CloserLook
    ) -> NDArray[np.float64]:
        """Shape (n_passages, n_labels); 0.5 is where the F1 of a label is best."""
        # What was learned from reviews brings anchors of its own, after those that these heads know.
        scores = self.heads.scores(features.matrix, features.nearness[:, : len(self.heads.pull)])
        closer = self.closer.scores(look.scores)
        columns: list[NDArray[np.float64]] = []
        for j, label in enumerate(self.labels):
            inputs = inputs_of(scores[:, j], named_times(mentions, label))
            if label in self.closer.names:
                inputs = np.column_stack([inputs, closer[:, self.closer.names.index(label)]])
                columns.append(np.where(look.read, self.readings[label].yes(inputs), 0.0))
            else:
                columns.append(self.readings[label].yes(inputs))
        return np.stack(columns, axis=1)

    def only(self, labels: Sequence[str]) -> InstrumentModel:
        """The same model for some of its labels."""
        heads = self.heads
        places = [j for j, name in enumerate(heads.names) if name in labels]
        kept = LinearHeads(
            tuple(heads.names[j] for j in places), heads.weights[:, places], heads.pull[:, places], heads.bias[places]
        )
        readings = {label: self.readings[label] for label in kept.names}
        return InstrumentModel(kept, self.closer.only(kept.names), readings, self.version)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Plain arrays for a model file."""
        arrays = self.heads.to_arrays("heads")
        arrays["closer.names"] = np.asarray(self.closer.names)
        for name in _CLOSER:
            arrays[f"closer.{name}"] = np.asarray(getattr(self.closer, name), dtype=np.float32)
        for label, reading in self.readings.items():
            arrays |= reading.to_arrays(f"reading.{label}")
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], version: str) -> InstrumentModel:
        """The inverse of :meth:`to_arrays`; raises ``KeyError`` where an array is missing."""
        heads = LinearHeads.from_arrays(arrays, "heads")
        names = tuple(str(name) for name in arrays["closer.names"])
        closer = CloserHeads(names, *(arrays[f"closer.{name}"] for name in _CLOSER))
        readings = {label: Reading.from_arrays(arrays, f"reading.{label}") for label in heads.names}
        return cls(heads, closer, readings, version)


def named_times(mentions: Sequence[Mentions], label: str) -> FloatArray:
    """How often each passage names ``label``, shape (n_passages,)."""
    return np.asarray([len(of_passage.get(label, ())) for of_passage in mentions], dtype=np.float32)


def inputs_of(scores: FloatArray, named: FloatArray) -> FloatArray:
    """What a reading looks at: the score, whether a label is named and how often; shape (n_passages, 3)."""
    return np.column_stack([scores, np.minimum(named, 1), np.minimum(named, _MOST_NAMED)])
