"""How alike texts of the table are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def likeness(left: Sequence[str], right: Sequence[str]) -> np.ndarray:
    """Cosines of character n-grams, (n_left, n_right), weighed by how rare they are in all of these texts."""
    if not any(text.strip() for text in (*left, *right)):
        return np.zeros((len(left), len(right)))
    from sklearn.feature_extraction.text import TfidfVectorizer  # seconds to import

    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, lowercase=True)
    matrix = vectorizer.fit_transform([*left, *right])
    return np.asarray((matrix[: len(left)] @ matrix[len(left) :].T).todense())
