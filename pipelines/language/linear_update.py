"""Linear heads that learn from a few more texts without being fitted anew."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse import csr_matrix

from pipelines.language.encoder import FloatArray
from pipelines.language.linear import LinearHeads


def fit_correction(kernel: FloatArray, scores: FloatArray, targets: FloatArray, penalty: float) -> FloatArray:
    """Dual weights of a ridge regression on what heads get wrong, shape (n_texts, n_outputs).

    The scores of the heads are the mean of a Gaussian process and the texts observations of it: where nothing like
    the new texts is said, the heads say what they said before.

    Parameters
    ----------
    kernel
        :func:`~pipelines.language.linear.kernel_of` the texts with themselves, shape (n_texts, n_texts).
    scores
        What the heads say of the texts, shape (n_texts, n_outputs); they were not fitted on them.
    targets
        Same shape: -1, 1, or NaN where the question is not answered.
    penalty
        Strength of the ridge; the smaller, the more a text counts.
    """
    dual = np.zeros(targets.shape, dtype=np.float32)
    known = np.isfinite(targets)
    groups: dict[bytes, list[int]] = {}
    for column in np.flatnonzero(known.any(axis=0)):
        groups.setdefault(known[:, column].tobytes(), []).append(int(column))
    for alike in groups.values():
        columns = np.asarray(alike, dtype=np.intp)
        rows = np.flatnonzero(known[:, columns[0]])
        system = kernel[np.ix_(rows, rows)].astype(np.float64)
        system[np.diag_indices_from(system)] += penalty
        wrong = targets[np.ix_(rows, columns)] - scores[np.ix_(rows, columns)]
        dual[np.ix_(rows, columns)] = cho_solve(cho_factor(system, lower=True, overwrite_a=True), wrong)
    return dual


def corrected_out_of_fold(
    kernel: FloatArray, scores: FloatArray, targets: FloatArray, folds: NDArray[np.intp], penalty: float
) -> FloatArray:
    """Scores of each text, corrected by texts of other folds only; shape (n_texts, n_outputs)."""
    corrected = scores.copy()
    for fold in np.unique(folds):
        seen, held_out = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        dual = fit_correction(kernel[np.ix_(seen, seen)], scores[seen], targets[seen], penalty)
        corrected[held_out] += kernel[np.ix_(held_out, seen)] @ dual
    return corrected


def correct_heads(heads: LinearHeads, features: csr_matrix, dual: FloatArray) -> LinearHeads:
    """Heads with the correction in them; the texts become the last anchors.

    Parameters
    ----------
    heads
        As they were.
    features, dual
        Of the texts, shape (n_texts, n_features), and :func:`fit_correction`'s weights.
    """
    weights = heads.weights + np.asarray(csr_matrix(features).T @ dual, dtype=np.float32)
    return LinearHeads(heads.names, weights, np.vstack([heads.pull, dual]).astype(np.float32), heads.bias)


def exact_arrays(heads: LinearHeads, prefix: str) -> dict[str, NDArray[Any]]:
    """As :meth:`LinearHeads.to_arrays`, in sixteen bits: a correction is many small numbers, which eight bits drop."""
    n_outputs = len(heads.names)
    return {
        f"{prefix}.names": np.asarray(heads.names, dtype=np.str_),
        f"{prefix}.weights": heads.weights.astype(np.float16),
        f"{prefix}.scales": np.ones(n_outputs, dtype=np.float32),
        f"{prefix}.pull": heads.pull.astype(np.float16),
        f"{prefix}.pull_scales": np.ones(n_outputs, dtype=np.float32),
        f"{prefix}.bias": heads.bias.astype(np.float32),
    }
