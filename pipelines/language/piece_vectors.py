"""Vectors of the pieces that words are cut into: eight bits with one scale a piece, shared by several networks."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.language.encoder import FloatArray
from pipelines.language.model_files import DAMAGED_NPZ, ModelFiles

PIECES_FILE = "words.npz"
LEVELS = 127
"""Largest absolute value of the eight bits."""


@dataclass(frozen=True)
class PieceVectors:
    """A vector for every piece.

    Attributes
    ----------
    words
        Shape (n_pieces, width).
    scales
        What one step of ``words`` is worth, shape (n_pieces, 1).
    """

    words: NDArray[np.int8]
    scales: FloatArray

    def at(self, ids: Sequence[int]) -> FloatArray:
        """Vectors of the pieces ``ids``, shape (n_ids, width)."""
        chosen = np.asarray(ids, dtype=np.intp)
        return self.words[chosen] * self.scales[chosen]


def write_piece_vectors(folder: Path, words: FloatArray) -> None:
    """Write ``words.npz``; ``words`` of shape (n_pieces, width). The same vectors give the same bytes."""
    scales = np.abs(words).max(axis=1, keepdims=True).astype(np.float32) / LEVELS
    scales[scales == 0] = 1.0
    with (folder / PIECES_FILE).open("wb") as target:
        np.savez_compressed(target, words=np.round(words / scales).astype(np.int8), scales=scales.astype(np.float32))


def read_piece_vectors(files: ModelFiles, tokenizer: Any) -> PieceVectors:
    """The vectors in ``words.npz``.

    Raises
    ------
    ModelError
        The file is damaged, or ``tokenizer`` knows pieces that it lacks.
    """
    try:
        with np.load(io.BytesIO(files.contents[PIECES_FILE]), allow_pickle=False) as arrays:
            words, scales = arrays["words"], arrays["scales"]
    except DAMAGED_NPZ as error:
        raise files.damaged(PIECES_FILE) from error
    right = words.dtype == np.int8 and words.ndim == 2 and scales.shape == (len(words), 1)
    if not right or len(words) < tokenizer.get_vocab_size():
        raise files.damaged(PIECES_FILE)
    return PieceVectors(words, scales.astype(np.float32))
