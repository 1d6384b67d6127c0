"""The encoder the product uses: one vector per piece of a word, summed. No network, no graphics card, a few megabytes.

The vectors of the pieces carry their own weight (frequent pieces count little), so that a plain sum is enough.
How they are made: :mod:`pipelines.language.encoder_recipe`; what they are worth: ``models/encoder/card.md``.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from pipelines.cores import available_cores
from pipelines.language.encoder import Encoder, FloatArray, unit_length
from pipelines.language.model_files import DAMAGED_NPZ, TOKENIZER_FILE, ModelFiles, read_model_files, valid_unicode

VECTORS_FILE = "vectors.npz"

BATCH_TEXTS = 512
"""Texts cut into pieces at a time, so that the pieces of a whole corpus are never in memory together."""


class StaticEncoder:
    """Sum of the vectors of a text's pieces, brought to unit length.

    Parameters
    ----------
    tokenizer
        A ``tokenizers.Tokenizer`` that neither pads nor truncates.
    vectors
        Shape (n_pieces, dimensions), eight bits.
    scales
        Shape (n_pieces,): a row of ``vectors`` times its scale is the vector of that piece.
    version
        Name and hash of the model.
    """

    def __init__(self, tokenizer: Any, vectors: NDArray[np.int8], scales: FloatArray, version: str) -> None:
        self._tokenizer = tokenizer
        self._vectors, self._scales = vectors, scales.astype(np.float32)
        self.dimensions: int = int(vectors.shape[1])
        self.version = version

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """Vectors of shape (n_texts, dimensions), unit length, in the order given.

        A text without a single known piece (empty, or in another script) gives a zero vector. A text's vector does not
        depend on the texts beside it.
        """
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        starts = range(0, len(texts), BATCH_TEXTS)

        def add_up(start: int) -> None:
            batch = [valid_unicode(text) for text in texts[start : start + BATCH_TEXTS]]
            vectors[start : start + len(batch)] = self._sums(batch)

        if len(starts) < 2:
            for start in starts:
                add_up(start)
        else:
            # The tokenizer lets other threads work: on two cores 11,900 passages a second against 5,500 without.
            with ThreadPoolExecutor(available_cores()) as pool:
                list(pool.map(add_up, starts))
        return unit_length(vectors)

    def _sums(self, texts: list[str]) -> FloatArray:
        ids = [encoding.ids for encoding in self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)]
        ends = np.cumsum([0, *map(len, ids)])
        pieces = np.fromiter(chain.from_iterable(ids), dtype=np.int64, count=int(ends[-1]))
        # A sparse product takes 0.03 s for 8,192 sentences; looking the vectors up and adding them takes 0.7 s.
        # Only the pieces that are there become floats: all of them take 47 MB, in each process that reads a text.
        there, places = np.unique(pieces, return_inverse=True)
        table = self._vectors[there].astype(np.float32) * self._scales[there, None]
        ones = np.ones(len(pieces), dtype=np.float32)
        return csr_matrix((ones, places, ends), shape=(len(texts), len(table))) @ table


def load_encoder(folder: Path) -> Encoder:
    """The encoder in ``folder`` (``tokenizer.json``, ``vectors.npz``, ``card.json``).

    Raises
    ------
    ModelError
        A file is missing, cannot be read, or is not the file that the card was written for.
    """
    files = read_model_files(folder, (TOKENIZER_FILE, VECTORS_FILE))
    tokenizer = files.tokenizer()
    vectors, scales = _read_vectors(files)
    if vectors.ndim != 2 or scales.shape != vectors.shape[:1] or tokenizer.get_vocab_size() != len(vectors):
        raise files.damaged(VECTORS_FILE)
    return StaticEncoder(tokenizer, vectors, scales, files.version)


def _read_vectors(files: ModelFiles) -> tuple[NDArray[np.int8], FloatArray]:
    try:
        stored = np.load(io.BytesIO(files.contents[VECTORS_FILE]), allow_pickle=False)
        return stored["vectors"], stored["scales"]
    except DAMAGED_NPZ as error:
        raise files.damaged(VECTORS_FILE) from error
