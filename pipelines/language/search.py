"""Ranking of texts for a query: by words and by meaning, fused by rank."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from pipelines.language.encoder import FloatArray

_FUSION = 60
"""Constant of reciprocal rank fusion (Cormack, Clarke and Buettcher, SIGIR 2009)."""
LEAST_COSINE = 0.40
"""Texts nearer than this fit a query by meaning, by the static encoder. Of 1,500 training passages 95 % lie below 0.39
to 0.50 for three short queries (November 2026)."""
_NEAREST_SHARE = 0.05
"""The share of texts that fit by meaning where the cosines of an encoder were not measured, after the figure above;
some models put all texts above 0.7."""


def rank_texts(
    query: str,
    texts: Sequence[str],
    query_vector: FloatArray,
    vectors: FloatArray,
    least_cosine: float | None = LEAST_COSINE,
) -> list[tuple[int, float]]:
    """Indices of fitting texts with their scores, best first.

    Words are compared as character n-grams within words, so that a part of a Dutch compound finds the whole.

    Parameters
    ----------
    query, texts
        What is sought and where.
    query_vector, vectors
        Vectors of shape (dimensions,) and (n_texts, dimensions), unit length.
    least_cosine
        Texts nearer than this fit by meaning; the nearest twentieth where ``None``.
    """
    if not texts or not query.strip():
        return []
    by_meaning = vectors @ query_vector
    if least_cosine is None:
        least_cosine = float(np.quantile(by_meaning, 1 - _NEAREST_SHARE))
    words: Any = TfidfVectorizer(analyzer="char_wb", ngram_range=(4, 6), sublinear_tf=True)
    try:
        matrix = words.fit_transform(texts)
    except ValueError:  # no text holds a word of four letters
        by_words = np.zeros(len(texts), dtype=np.float32)
    else:
        by_words = np.asarray((matrix @ words.transform([query]).T).todense()).ravel()
    score = np.zeros(len(texts))
    for values, least in ((by_words, 0.0), (by_meaning, least_cosine)):
        order = np.argsort(-values, kind="stable")
        for rank, index in enumerate(order, 1):
            if values[index] <= least:
                break
            score[index] += 1.0 / (_FUSION + rank)
    order = np.argsort(-score, kind="stable")
    return [(int(i), float(score[i])) for i in order if score[i] > 0]
