"""Linear models over sparse features, kept as plain arrays: many ridge heads at once, and small logistic readings.

The heads are fitted in the dual (a matrix of n_texts by n_texts), so that a hundred heads over a hundred thousand
features cost one factorisation. Ridge scores rank as well as support vector machines and logistic regression here
(grouped cross-validation on models/training: mean average precision of the themes .727, .724 and .717) and are
turned into probabilities by a second, logistic step fitted on scores that were made out of fold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from pipelines.language.encoder import FloatArray

N_FOLDS = 5


@dataclass(frozen=True)
class LinearHeads:
    """Linear scores, one column an output.

    Attributes
    ----------
    names
        Name of each output.
    weights
        Shape (n_features, n_outputs).
    pull
        How much each training passage pulls texts near it, shape (n_anchors, n_outputs).
    bias
        Shape (n_outputs,).
    """

    names: tuple[str, ...]
    weights: FloatArray
    pull: FloatArray
    bias: FloatArray

    def scores(self, features: csr_matrix, nearness: FloatArray) -> FloatArray:
        """Shape (n_texts, n_outputs); about -1 for no and 1 for yes."""
        return (_of_used_features(features, self.weights) + nearness @ self.pull + self.bias).astype(np.float32)

    def to_arrays(self, prefix: str) -> dict[str, NDArray[Any]]:
        """Plain arrays for a model file: eight bits a weight, one scale an output."""
        weights, scales = _eight_bits(self.weights)
        # Weights of one step are a third of all that are not nothing; without them the file is a twelfth smaller and
        # figures on the development set differ by at most .008.
        weights[np.abs(weights) == 1] = 0
        pull, pull_scales = _eight_bits(self.pull)
        return {
            f"{prefix}.names": np.asarray(self.names, dtype=np.str_),
            f"{prefix}.weights": weights,
            f"{prefix}.scales": scales,
            f"{prefix}.pull": pull,
            f"{prefix}.pull_scales": pull_scales,
            f"{prefix}.bias": self.bias.astype(np.float32),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], prefix: str) -> LinearHeads:
        """The inverse of :meth:`to_arrays`; raises ``KeyError`` where an array is missing."""
        weights = arrays[f"{prefix}.weights"].astype(np.float32) * arrays[f"{prefix}.scales"]
        pull = arrays[f"{prefix}.pull"].astype(np.float32) * arrays[f"{prefix}.pull_scales"]
        return cls(tuple(str(name) for name in arrays[f"{prefix}.names"]), weights, pull, arrays[f"{prefix}.bias"])


def _of_used_features(features: csr_matrix, weights: FloatArray) -> NDArray[Any]:
    """``features @ weights``, of the rows of ``weights`` that some text needs.

    The product turns all weights it is given into the type of the features: 83 MB for each document, however short,
    which took 13 of the 20 ms of a passage by itself.
    """
    used = np.flatnonzero(np.bincount(features.indices, minlength=len(weights)))
    place = np.zeros(len(weights), dtype=features.indices.dtype)
    place[used] = np.arange(len(used))
    shape = (int(features.get_shape()[0]), len(used))
    return csr_matrix((features.data, place[features.indices], features.indptr), shape=shape) @ weights[used]


def _eight_bits(weights: FloatArray) -> tuple[NDArray[np.int8], FloatArray]:
    """Weights in steps of 1/127 of the largest of each output, and the size of that output's step."""
    scales = np.maximum(np.abs(weights).max(axis=0, initial=0.0), 1e-12) / 127
    return np.round(weights / scales).astype(np.int8), scales.astype(np.float32)


def _dual_weights(kernel: FloatArray, targets: FloatArray, penalty: float) -> tuple[NDArray[Any], NDArray[Any]]:
    """Dual weights and bias of ridge regression on ``targets`` (no missing values)."""
    from scipy.linalg import cho_factor, cho_solve  # for fitting alone, and a tenth of a second to import

    bias = targets.mean(axis=0)
    system = kernel.astype(np.float32, copy=True)
    system[np.diag_indices_from(system)] += penalty
    factor = cho_factor(system, lower=True, overwrite_a=True)
    return cho_solve(factor, (targets - bias).astype(np.float32)), bias


def _column_groups(targets: FloatArray) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Rows and columns of targets that are known for the same texts."""
    groups: dict[bytes, list[int]] = {}
    for column in range(targets.shape[1]):
        groups.setdefault(np.isfinite(targets[:, column]).tobytes(), []).append(column)
    return [(np.flatnonzero(np.isfinite(targets[:, columns[0]])), np.asarray(columns)) for columns in groups.values()]


def kernel_of(features: csr_matrix, nearness: FloatArray, others: csr_matrix) -> FloatArray:
    """Likeness of texts to the training texts ``others``, shape (n_texts, n_others)."""
    return np.asarray((features @ others.T).todense(), dtype=np.float32) + nearness


def fit_heads(
    features: csr_matrix, kernel: FloatArray, targets: FloatArray, names: Sequence[str], penalty: float
) -> LinearHeads:
    """Ridge heads.

    Parameters
    ----------
    features
        Shape (n_texts, n_features), rows of about unit length.
    kernel
        :func:`kernel_of` the texts with themselves, shape (n_texts, n_texts).
    targets, names
        Shape (n_texts, n_outputs): -1, 1, or NaN where the question does not arise (level of no recommendation).
    penalty
        Strength of the ridge.
    """
    n_features = int(features.get_shape()[1])
    weights = np.zeros((n_features, targets.shape[1]), dtype=np.float32)
    pull = np.zeros((len(targets), targets.shape[1]), dtype=np.float32)
    biases = np.zeros(targets.shape[1], dtype=np.float32)
    for rows, columns in _column_groups(targets):
        dual, bias = _dual_weights(kernel[np.ix_(rows, rows)], targets[np.ix_(rows, columns)], penalty)
        weights[:, columns] = csr_matrix(features[rows]).T @ dual
        pull[np.ix_(rows, columns)] = dual
        biases[columns] = bias
    return LinearHeads(tuple(names), weights, pull, biases)


def out_of_fold_scores(
    kernel: FloatArray, targets: FloatArray, folds: NDArray[np.intp], penalty: float, unseen: FloatArray | None = None
) -> FloatArray:
    """Scores of each text by heads that have not seen its fold; shape (n_texts, n_outputs).

    ``folds`` gives the fold of each text; texts of one document share a fold. ``kernel`` is that of
    :func:`kernel_of`, shape (n_texts, n_texts); with ``unseen`` (the kernel of the same texts otherwise described,
    for instance without their section) those are scored.
    """
    other = kernel if unseen is None else unseen
    scores = np.zeros(targets.shape, dtype=np.float32)
    for fold in np.unique(folds):
        held_out = np.flatnonzero(folds == fold)
        for rows, columns in _column_groups(targets):
            seen = rows[folds[rows] != fold]
            dual, bias = _dual_weights(kernel[np.ix_(seen, seen)], targets[np.ix_(seen, columns)], penalty)
            scores[np.ix_(held_out, columns)] = other[np.ix_(held_out, seen)] @ dual + bias
    return scores


def assign_folds(groups: Sequence[str], n_folds: int = N_FOLDS, seed: int = 0) -> NDArray[np.intp]:
    """Fold of each text so that texts of one group (document) fall in one fold."""
    names = sorted(set(groups))
    order = np.random.default_rng(seed).permutation(len(names))
    fold_of = {names[index]: position % n_folds for position, index in enumerate(order)}
    return np.asarray([fold_of[group] for group in groups])


@dataclass(frozen=True)
class Reading:
    """Multinomial logistic regression over a few standardised numbers: scores of heads to probabilities.

    Attributes
    ----------
    labels
        The answers; of a yes-or-no question ``("no", "yes")``.
    weights
        Shape (n_inputs, n_labels); ``bias`` (n_labels,). Standardising is folded in.
    """

    labels: tuple[str, ...]
    weights: NDArray[np.float64]
    bias: NDArray[np.float64]

    def probabilities(self, inputs: NDArray[Any]) -> NDArray[np.float64]:
        """Shape (..., n_labels) for inputs of shape (..., n_inputs); the last axis sums to 1."""
        logits = inputs @ self.weights + self.bias
        odds = np.exp(logits - logits.max(axis=-1, keepdims=True))
        return odds / odds.sum(axis=-1, keepdims=True)

    def yes(self, inputs: NDArray[Any]) -> NDArray[np.float64]:
        """Probability of the last label, shape (...) for inputs of shape (..., n_inputs)."""
        return self.probabilities(inputs)[..., -1]

    def moved(self, threshold: float) -> Reading:
        """The same yes-or-no reading with its working point at ``threshold`` moved to 0.5."""
        shift = np.log(threshold / (1 - threshold))
        return Reading(self.labels, self.weights, self.bias - np.asarray([0.0, shift]))

    def to_arrays(self, prefix: str) -> dict[str, NDArray[Any]]:
        """Plain arrays for a model file."""
        return {
            f"{prefix}.labels": np.asarray(self.labels, dtype=np.str_),
            f"{prefix}.weights": self.weights,
            f"{prefix}.bias": self.bias,
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], prefix: str) -> Reading:
        """The inverse of :meth:`to_arrays`; raises ``KeyError`` where an array is missing."""
        labels = tuple(str(label) for label in arrays[f"{prefix}.labels"])
        return cls(labels, arrays[f"{prefix}.weights"], arrays[f"{prefix}.bias"])


YES_NO = ("no", "yes")


def fit_reading(
    inputs: NDArray[Any],
    answers: NDArray[np.intp],
    labels: Sequence[str],
    *,
    strength: float,
    balance: float = 0.0,
    weights: NDArray[np.float64] | None = None,
) -> Reading:
    """Fit a reading.

    Parameters
    ----------
    inputs
        Shape (n_texts, n_inputs).
    answers, labels
        Shape (n_texts,): index in ``labels``; every label occurs.
    strength
        Inverse of the penalty on weights of standardised inputs.
    balance
        0 leaves labels as frequent as they are, 1 weighs rare labels up to equal weight.
    weights
        How much each text counts, shape (n_texts,); all alike when not given.
    """
    from sklearn.linear_model import LogisticRegression  # seconds to import, and for training only

    mean, scale = inputs.mean(axis=0), inputs.std(axis=0)
    scale = np.where(scale > 1e-6, scale, 1.0)
    counts = np.bincount(answers, minlength=len(labels))
    of_labels = (len(answers) / (len(labels) * counts)) ** balance
    each = of_labels[answers] if weights is None else of_labels[answers] * weights
    model = LogisticRegression(C=strength, max_iter=1000, tol=1e-6)
    model.fit((inputs - mean) / scale, answers, sample_weight=each)
    coefficients, intercept = model.coef_, model.intercept_
    if len(labels) == 2:
        coefficients = np.vstack([np.zeros_like(coefficients), coefficients])
        intercept = np.concatenate([np.zeros(1), intercept])
    folded = coefficients / scale
    return Reading(tuple(labels), folded.T, intercept - folded @ mean)


def best_threshold(probabilities: NDArray[np.float64], truth: NDArray[Any]) -> float:
    """The probability from which answering yes gives the best F1, midway between its neighbours."""
    order = np.argsort(-probabilities, kind="stable")
    hits = np.cumsum(truth[order].astype(float))
    f1 = 2 * hits / (np.arange(1, len(truth) + 1) + truth.sum())
    best = int(f1.argmax())
    below = min(best + 1, len(order) - 1)
    found = (probabilities[order[best]] + probabilities[order[below]]) / 2
    return float(np.clip(found, 1e-3, 1 - 1e-3))


def read_yes_no(
    inputs: NDArray[Any],
    truth: NDArray[np.bool_],
    folds: NDArray[np.intp],
    strength: float,
    working_point: float = 0.5,
) -> tuple[Reading, NDArray[np.float64]]:
    """A reading of a yes-or-no question, and its probabilities out of fold, shape (n_texts,).

    Probabilities are moved so that 0.5 is where F1 is best out of fold, and then so that 0.5 lies at
    ``working_point`` of those.
    """
    answers = truth.astype(np.intp)
    probabilities = np.zeros(len(truth))
    for fold in np.unique(folds):
        seen = folds != fold
        reading = fit_reading(inputs[seen], answers[seen], YES_NO, strength=strength)
        probabilities[~seen] = reading.yes(inputs[~seen])
    best = best_threshold(probabilities, truth)
    log_odds = np.log(best / (1 - best)) + np.log(working_point / (1 - working_point))
    threshold = float(1 / (1 + np.exp(-log_odds)))
    return fit_reading(inputs, answers, YES_NO, strength=strength).moved(threshold), move(probabilities, threshold)


def move(probabilities: NDArray[np.float64], threshold: float) -> NDArray[np.float64]:
    """Probabilities below 1 with ``threshold`` moved to 0.5, as :meth:`Reading.moved` does."""
    odds = probabilities / (1 - probabilities) * (1 - threshold) / threshold
    return odds / (1 + odds)


def read_choice(
    inputs: NDArray[Any],
    answers: NDArray[np.intp],
    labels: Sequence[str],
    folds: NDArray[np.intp],
    *,
    strength: float,
    balance: float,
    weights: NDArray[np.float64] | None = None,
) -> tuple[Reading, NDArray[np.float64]]:
    """A reading of a question with several answers, and its probabilities out of fold for all texts.

    ``answers`` holds the index in ``labels``, -1 where the question does not arise; ``weights`` how much each text
    counts.
    """

    def fit(chosen: NDArray[np.bool_]) -> Reading:
        some = None if weights is None else weights[chosen]
        return fit_reading(inputs[chosen], answers[chosen], labels, strength=strength, balance=balance, weights=some)

    asked = answers >= 0
    probabilities = np.zeros((len(answers), len(labels)))
    for fold in np.unique(folds):
        held_out = folds == fold
        probabilities[held_out] = fit(asked & ~held_out).probabilities(inputs[held_out])
    return fit(asked), probabilities
