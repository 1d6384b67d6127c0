"""Texts as weighted words and pieces of words: TF-IDF that keeps track of where in the text each term stands.

Written out rather than taken from scikit-learn because the pieces of each distinct word are looked up once and
remembered (three times as fast on reports, where words repeat) and because explanations need the same tokens with
their places.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import chain, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from pipelines.language.encoder import FloatArray

_TOKEN = re.compile(r"\w+|[%?€$]")
_DIGIT = re.compile(r"\d")
_ZEROS = str.maketrans("123456789", "000000000")

_MAX_REMEMBERED = 200_000
"""Distinct words whose form and pieces are kept in memory; far above the vocabulary of a scan of hundreds of reports.
"""

PIECE_LENGTHS = (3, 4, 5)
"""Letters in a piece of a word. Pieces of 2 to 6 gave the same figures at twice the size (grouped 5-fold
cross-validation on models/training: theme F1 .672 against .670)."""


@lru_cache(maxsize=_MAX_REMEMBERED)
def normalise_token(token: str) -> str:
    """Lower case, without accents, every digit a ``0`` (14 % and 23 % are the same wording with another figure)."""
    if not token.isascii():
        token = "".join(c for c in unicodedata.normalize("NFKD", token) if not unicodedata.combining(c))
    return _DIGIT.sub("0", token.lower())


def tokenise(text: str) -> list[tuple[str, int, int]]:
    """Tokens of ``text`` in order: normalised form, start and end of its characters."""
    if text.isascii():
        # Each character stays one character, so that the whole text can be normalised at once.
        return [(m.group(), m.start(), m.end()) for m in _TOKEN.finditer(text.lower().translate(_ZEROS))]
    return [(normalise_token(m.group()), m.start(), m.end()) for m in _TOKEN.finditer(text)]


def token_forms(text: str) -> list[str]:
    """The forms alone of :func:`tokenise`, in half the time."""
    if text.isascii():
        return _TOKEN.findall(text.lower().translate(_ZEROS))
    return [*map(normalise_token, _TOKEN.findall(text))]


def word_terms(tokens: Sequence[str]) -> list[str]:
    """The tokens and the pairs of neighbours."""
    return [*tokens, *(f"{a} {b}" for a, b in pairwise(tokens))]


def pieces(token: str) -> list[str]:
    """Pieces of a word with its borders marked by spaces; a short word is one piece."""
    padded = f" {token} "
    found: list[str] = []
    for length in PIECE_LENGTHS:
        if len(padded) <= length:
            found.append(padded)
            break
        found.extend(padded[i : i + length] for i in range(len(padded) - length + 1))
    return found


class TermSpace:
    """TF-IDF over a fixed vocabulary: 1 + log(count) times idf, each text brought to length 1.

    Parameters
    ----------
    terms
        The vocabulary; the column of a term is its position.
    idf
        Shape (n_terms,).
    of_pieces
        Whether the terms are pieces of words rather than words and pairs of words.
    """

    def __init__(self, terms: Sequence[str], idf: FloatArray, *, of_pieces: bool) -> None:
        self.terms = tuple(terms)
        self.idf = np.asarray(idf, dtype=np.float32)
        self.of_pieces = of_pieces
        self._columns = {term: i for i, term in enumerate(self.terms)}
        self._remembered: dict[str, list[int]] = {}

    def __len__(self) -> int:
        return len(self.terms)

    def columns(self, tokens: Sequence[str]) -> list[int]:
        """Columns of all known terms of a text, repeats included."""
        if self.of_pieces:
            return list(chain.from_iterable(map(self.piece_columns, tokens)))
        known = self._columns
        return [known[term] for term in word_terms(tokens) if term in known]

    def piece_columns(self, token: str) -> list[int]:
        """Columns of the known pieces of one word."""
        found = self._remembered.get(token)
        if found is None:
            found = [self._columns[piece] for piece in pieces(token) if piece in self._columns]
            if len(self._remembered) < _MAX_REMEMBERED:
                self._remembered[token] = found
        return found

    def column(self, term: str) -> int | None:
        """Column of a term, ``None`` if it is not in the vocabulary."""
        return self._columns.get(term)

    def transform(self, token_lists: Iterable[Sequence[str]]) -> csr_matrix:
        """Shape (n_texts, n_terms); a text without a known term is a row of zeros."""
        found = [self.columns(tokens) for tokens in token_lists]
        n_terms = len(self.terms)
        rows = np.repeat(np.arange(len(found)), np.asarray([len(columns) for columns in found], dtype=np.intp))
        flat = np.fromiter(chain.from_iterable(found), dtype=np.int64, count=len(rows))
        # One sorting for all texts: a term of a text is one number.
        places, counts = np.unique(rows * n_terms + flat, return_counts=True)
        ends = np.searchsorted(places, np.arange(len(found) + 1) * n_terms)
        ids = places - np.repeat(np.arange(len(found)) * n_terms, np.diff(ends))
        weights = (1 + np.log(counts.astype(np.float32))) * self.idf[ids]
        parts = [weights[low:high] for low, high in pairwise(ends.tolist())]
        norms = np.sqrt(np.asarray([np.dot(part, part) for part in parts], dtype=np.float32))
        norms[norms == 0] = 1
        values = (weights / np.repeat(norms, np.diff(ends))).astype(np.float32)
        return csr_matrix((values, ids.astype(np.int32), ends), shape=(len(found), n_terms))

    def to_arrays(self, prefix: str) -> dict[str, NDArray[Any]]:
        """Plain arrays for a model file; the vocabulary as UTF-8 bytes, one term a line."""
        return {
            f"{prefix}.terms": np.frombuffer("\n".join(self.terms).encode(), dtype=np.uint8),
            f"{prefix}.idf": self.idf.astype(np.float16),
            f"{prefix}.of_pieces": np.asarray(self.of_pieces),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], prefix: str) -> TermSpace:
        """The inverse of :meth:`to_arrays`; raises ``KeyError`` where an array is missing."""
        written = arrays[f"{prefix}.terms"].tobytes().decode()
        terms = written.split("\n") if written else []
        return cls(terms, arrays[f"{prefix}.idf"].astype(np.float32), of_pieces=bool(arrays[f"{prefix}.of_pieces"]))


def fit_term_space(
    token_lists: Iterable[Sequence[str]], *, of_pieces: bool, min_texts: int, pairs: bool = True
) -> TermSpace:
    """Vocabulary of the terms that occur in at least ``min_texts`` texts, in alphabetical order, with smoothed idf.

    Without ``pairs`` single tokens only.
    """
    n_texts = 0
    seen: Counter[str] = Counter()
    for tokens in token_lists:
        n_texts += 1
        if of_pieces:
            seen.update({piece for token in set(tokens) for piece in pieces(token)})
        else:
            seen.update(set(word_terms(tokens) if pairs else tokens))
    kept = sorted(term for term, count in seen.items() if count >= min_texts)
    counts = np.asarray([seen[term] for term in kept], dtype=np.float64)
    # Rounded as stored, so that a model in memory and the same model from its file agree to the last bit.
    idf = (np.log((1 + n_texts) / (1 + counts)) + 1).astype(np.float16).astype(np.float32)
    return TermSpace(kept, idf, of_pieces=of_pieces)
