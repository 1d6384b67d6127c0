"""Ridge heads and readings."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.linear_model import Ridge

from pipelines.language.linear import (
    YES_NO,
    LinearHeads,
    Reading,
    assign_folds,
    best_threshold,
    fit_heads,
    fit_reading,
    kernel_of,
    out_of_fold_scores,
    read_yes_no,
)

RNG = np.random.default_rng(1)
X = csr_matrix(RNG.normal(size=(60, 8)).astype(np.float32))
V = RNG.normal(size=(60, 3)).astype(np.float32)
NEAR = (V @ V.T * 0.1).astype(np.float32)
Y = np.where(X.toarray()[:, :2] + 0.3 * V[:, :2] > 0, 1.0, -1.0).astype(np.float32)


def test_heads_are_ridge_regression() -> None:
    nothing = np.zeros((60, 60), dtype=np.float32)
    heads = fit_heads(X, kernel_of(X, nothing, X), Y, ["a", "b"], penalty=2.0)
    # The bias is the mean and is not refitted, as in a ridge on centred targets without intercept.
    expected = Ridge(alpha=2.0, fit_intercept=False).fit(X.toarray(), Y - Y.mean(axis=0))
    np.testing.assert_allclose(heads.weights, np.asarray(expected.coef_).T, atol=1e-3)
    np.testing.assert_allclose(heads.scores(X, nothing), expected.predict(X.toarray()) + Y.mean(axis=0), atol=1e-3)


def test_unknown_targets_are_not_learned_from() -> None:
    kernel = kernel_of(X, NEAR, X)
    partly = Y.copy()
    partly[30:, 1] = np.nan
    heads = fit_heads(X, kernel, partly, ["a", "b"], penalty=1.0)
    first = np.arange(30)
    alone = fit_heads(csr_matrix(X[first]), kernel[np.ix_(first, first)], Y[:30, 1:], ["b"], penalty=1.0)
    np.testing.assert_allclose(heads.weights[:, 1], alone.weights[:, 0], atol=1e-4)
    assert not heads.pull[30:, 1].any()


def test_out_of_fold_scores_do_not_see_their_own_fold() -> None:
    kernel = kernel_of(X, NEAR, X)
    folds = np.arange(60) % 5
    scores = out_of_fold_scores(kernel, Y, folds, 1.0)
    changed = Y.copy()
    changed[folds == 2] *= -1
    again = out_of_fold_scores(kernel, changed, folds, 1.0)
    np.testing.assert_array_equal(scores[folds == 2], again[folds == 2])
    assert not np.allclose(scores[folds != 2], again[folds != 2])


def test_a_document_lies_in_one_fold() -> None:
    groups = [f"doc{i // 3}" for i in range(60)]
    folds = assign_folds(groups)
    assert all(len({folds[i] for i in range(60) if groups[i] == g}) == 1 for g in set(groups))
    assert sorted(np.unique(folds)) == [0, 1, 2, 3, 4]


def test_eight_bits_keep_the_scores() -> None:
    heads = fit_heads(X, kernel_of(X, NEAR, X), Y, ["a", "b"], penalty=1.0)
    again = LinearHeads.from_arrays(heads.to_arrays("h"), "h")
    assert again.names == ("a", "b")
    np.testing.assert_allclose(again.scores(X, NEAR), heads.scores(X, NEAR), atol=0.05)


def test_readings_tell_apart_and_survive_arrays() -> None:
    inputs = np.column_stack([X.toarray()[:, 0] * 50 + 7, np.zeros(60)])
    answers = (Y[:, 0] > 0).astype(int)
    reading = fit_reading(inputs, answers, YES_NO, strength=1.0)
    assert ((reading.yes(inputs) > 0.5) == (answers > 0)).mean() >= 0.85
    again = Reading.from_arrays(reading.to_arrays("r"), "r")
    np.testing.assert_array_equal(again.probabilities(inputs), reading.probabilities(inputs))


@pytest.mark.parametrize("threshold", [0.1, 0.5, 0.8])
def test_a_moved_reading_has_its_threshold_at_one_half(threshold: float) -> None:
    inputs = RNG.normal(size=(60, 1))
    reading = fit_reading(inputs, (inputs[:, 0] + RNG.normal(size=60) > 0).astype(int), YES_NO, strength=1.0)
    moved = reading.moved(threshold)
    np.testing.assert_array_equal(moved.yes(inputs) >= 0.5, reading.yes(inputs) >= threshold)


def test_balance_raises_rare_answers() -> None:
    inputs = RNG.normal(size=(100, 1))
    answers = (np.arange(100) < 10).astype(int)
    plain = fit_reading(inputs, answers, YES_NO, strength=0.1)
    weighed = fit_reading(inputs, answers, YES_NO, strength=0.1, balance=1.0)
    assert plain.yes(inputs).mean() == pytest.approx(0.1, abs=0.02)
    assert weighed.yes(inputs).mean() == pytest.approx(0.5, abs=0.05)


def test_best_threshold_is_best() -> None:
    truth = np.asarray([1, 1, 0, 1, 0, 0, 0], dtype=bool)
    scores = np.asarray([0.9, 0.8, 0.7, 0.6, 0.4, 0.3, 0.1])
    found = best_threshold(scores, truth)
    assert 0.4 < found < 0.6


def test_working_point_makes_yes_rarer() -> None:
    inputs = RNG.normal(size=(200, 1))
    truth = inputs[:, 0] + RNG.normal(size=200) > 0
    folds = np.arange(200) % 5
    _, usual = read_yes_no(inputs, truth, folds, 1.0)
    _, strict = read_yes_no(inputs, truth, folds, 1.0, working_point=0.8)
    assert (strict >= 0.5).sum() < (usual >= 0.5).sum()
    assert np.array_equal(np.argsort(strict), np.argsort(usual))


def test_scores_of_few_features_are_those_of_all() -> None:
    rng = np.random.default_rng(4)
    weights = rng.normal(size=(50, 3)).astype(np.float32)
    pull, bias = rng.normal(size=(2, 3)).astype(np.float32), rng.normal(size=3).astype(np.float32)
    heads = LinearHeads(("a", "b", "c"), weights, pull, bias)
    nearness = rng.random((4, 2)).astype(np.float32)
    dense = np.where(rng.random((4, 50)) < 0.1, rng.random((4, 50)), 0.0)
    dense[2] = 0
    expected = (dense @ weights + nearness @ pull + bias).astype(np.float32)
    assert np.allclose(heads.scores(csr_matrix(dense), nearness), expected, atol=1e-6)
    assert np.allclose(heads.scores(csr_matrix(dense[2:3]), nearness[2:3]), expected[2:3], atol=1e-6)
