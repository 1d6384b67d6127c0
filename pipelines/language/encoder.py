"""Sentence vectors in one space for Dutch and English."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]


class Encoder(Protocol):
    """Turns texts into vectors; Dutch and English texts of the same meaning lie close together."""

    dimensions: int
    version: str
    """Name and hash of the model; stored with everything computed from its vectors."""

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """Vectors (n_texts, dimensions) of unit length, in the order given; an empty text gives a zero vector."""
        ...


def unit_length(vectors: FloatArray) -> FloatArray:
    """``vectors``, shape (n, dimensions), each brought to unit length in place; zero vectors stay zero."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, norms, out=vectors, where=norms > 0)
