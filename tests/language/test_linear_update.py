"""Heads that learn from a few more texts."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from pipelines.language.linear import LinearHeads, kernel_of
from pipelines.language.linear_update import correct_heads, corrected_out_of_fold, exact_arrays, fit_correction

CHANCE = np.random.default_rng(0)
FEATURES = csr_matrix(CHANCE.normal(size=(12, 8)).astype(np.float32))
NEARNESS = np.zeros((12, 12), dtype=np.float32)
HEADS = LinearHeads(
    ("a", "b"),
    CHANCE.normal(size=(8, 2)).astype(np.float32),
    np.zeros((3, 2), dtype=np.float32),
    np.asarray([0.1, -0.2], dtype=np.float32),
)
KERNEL = kernel_of(FEATURES, NEARNESS, FEATURES)
SCORES = HEADS.scores(FEATURES, np.zeros((12, 3), dtype=np.float32))
TARGETS = np.where(CHANCE.random((12, 2)) < 0.5, -1.0, 1.0).astype(np.float32)


def test_what_is_right_already_teaches_nothing() -> None:
    assert np.allclose(fit_correction(KERNEL, SCORES, SCORES, 0.5), 0)


def test_the_correction_is_ridge_regression_on_what_is_wrong() -> None:
    dual = fit_correction(KERNEL, SCORES, TARGETS, 0.5)
    primal = np.asarray(FEATURES.T @ dual)
    dense = FEATURES.toarray().astype(np.float64)
    expected = np.linalg.solve(dense.T @ dense + 0.5 * np.eye(8), dense.T @ (TARGETS - SCORES))
    assert np.allclose(primal, expected, atol=1e-4)


def test_questions_without_an_answer_change_nothing() -> None:
    some = TARGETS.copy()
    some[:, 1] = np.nan
    some[4:, 0] = np.nan
    dual = fit_correction(KERNEL, SCORES, some, 0.5)
    assert not dual[:, 1].any() and not dual[4:, 0].any()
    first = fit_correction(KERNEL[:4, :4], SCORES[:4, :1], TARGETS[:4, :1], 0.5)
    assert np.allclose(dual[:4, 0], first[:, 0], atol=1e-5)


def test_a_fold_is_corrected_by_the_others_alone() -> None:
    folds = np.arange(12) % 3
    found = corrected_out_of_fold(KERNEL, SCORES, TARGETS, folds, 0.5)
    other = TARGETS.copy()
    other[folds == 1] *= -1
    changed = corrected_out_of_fold(KERNEL, SCORES, other, folds, 0.5)
    assert np.allclose(found[folds == 1], changed[folds == 1])
    assert not np.allclose(found[folds == 0], changed[folds == 0])


def test_corrected_heads_say_what_the_kernel_says() -> None:
    dual = fit_correction(KERNEL, SCORES, TARGETS, 0.5)
    heads = correct_heads(HEADS, FEATURES, dual)
    nearness = np.zeros((12, 15), dtype=np.float32)
    assert heads.scores(FEATURES, nearness) == pytest.approx(SCORES + KERNEL @ dual, abs=1e-4)
    nearness[:, 3:] = 0.1
    assert heads.scores(FEATURES, nearness) == pytest.approx(SCORES + (KERNEL + 0.1) @ dual, abs=1e-4)
    again = LinearHeads.from_arrays(exact_arrays(heads, "x"), "x")
    assert again.names == heads.names
    assert again.scores(FEATURES, nearness) == pytest.approx(heads.scores(FEATURES, nearness), abs=0.02)
