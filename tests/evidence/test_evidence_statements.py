"""Statements of the table: those that heads were trained for, and those that came later."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from pipelines.evidence.statements import StatementMatcher, TableIndex, pair_inputs
from pipelines.language.linear import YES_NO, Reading

VECTORS = np.eye(4, dtype=np.float32)
INDEX = TableIndex(
    "1",
    ("A1", "A2"),
    np.asarray([0, 1]),
    ("s1", "s2", "s3", "s4"),
    np.asarray([0, 0, 1, 1]),
    np.asarray([0, 1, 2, 0]),
    VECTORS,
)


def reading(n_inputs: int, seed: int) -> Reading:
    rng = np.random.default_rng(seed)
    return Reading(YES_NO, rng.normal(size=(n_inputs, 2)), rng.normal(size=2))


# Another statement stands under s2 now, and s4 came later.
MATCHER = StatementMatcher(
    ("s3", "s1", "s2"), VECTORS[[2, 0, 3]], 0.0, 1.0, reading(5, 1), reading(4, 2), reading(1, 3)
)


def one_by_one(matcher: StatementMatcher, likeness: NDArray, heads: NDArray, rows: NDArray) -> NDArray:
    pairs = pair_inputs(likeness, rows, INDEX)
    found = np.zeros(likeness.shape)
    for i, head in enumerate(matcher.heads_of(INDEX)):
        if head is None:
            found[:, i] = matcher.new.yes(pairs[:, i])
        else:
            found[:, i] = matcher.known.yes(np.column_stack([pairs[:, i], heads[:, head]]))
    return np.log(found / (1 - found))


@pytest.mark.parametrize("n_passages", [0, 1, 5])
@pytest.mark.parametrize("known", [("s3", "s1", "s2"), (), ("s1", "s2", "s3", "s4")])
def test_statements_are_read_all_at_once_as_one_by_one(n_passages: int, known: tuple[str, ...]) -> None:
    matcher = MATCHER
    if known != MATCHER.known_ids:
        matcher = replace(MATCHER, known_ids=known, known_vectors=VECTORS[: len(known)])
    rng = np.random.default_rng(n_passages)
    likeness, rows = rng.normal(size=(n_passages, 4)), rng.normal(size=(n_passages, 2))
    heads = rng.normal(size=(n_passages, len(known)))
    expected = one_by_one(matcher, likeness, heads, rows)
    np.testing.assert_allclose(matcher.logits(likeness, heads, rows, INDEX), expected, rtol=1e-9)


def test_a_statement_that_says_something_else_has_no_head() -> None:
    assert MATCHER.heads_of(INDEX) == [1, None, 0, None]
