"""The passages most like a passage are those that sorting all of them gives."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.topics.most_like import most_like


@pytest.mark.parametrize("n", [12, 255, 256, 1000, 5003])
def test_the_most_like_come_first_and_of_equal_ones_the_first(n: int) -> None:
    drawn = np.random.default_rng(n)
    likeness = drawn.integers(0, 40, size=(50, n)).astype(np.float32)  # many equal ones
    wanted = np.argsort(-likeness, axis=1, kind="stable")[:, :12]
    np.testing.assert_array_equal(most_like(likeness, 12), wanted)
