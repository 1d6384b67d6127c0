"""The shortest tree over passages is that of all pairs, and HDBSCAN groups by it as it does by vectors."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree
from scipy.spatial.distance import pdist, squareform
from sklearn.cluster import HDBSCAN
from sklearn.metrics import adjusted_rand_score

from pipelines.topics import spanning_tree as module
from pipelines.topics.spanning_tree import spanning_tree


def _clumps(n: int, n_clumps: int, dimensions: int, spread: float, seed: int) -> np.ndarray:
    drawn = np.random.default_rng(seed)
    middles = drawn.normal(size=(n_clumps, dimensions))
    vectors = middles[drawn.integers(n_clumps, size=n)] + spread * drawn.normal(size=(n, dimensions))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.mark.parametrize(
    ("n", "n_clumps", "spread"),
    [(2, 1, 1.0), (13, 2, 0.3), (14, 1, 0.5), (300, 3, 0.05), (700, 6, 0.4), (1300, 2, 0.01)],
)
def test_it_is_as_short_as_the_tree_of_all_pairs(n: int, n_clumps: int, spread: float) -> None:
    vectors = _clumps(n, n_clumps, 8, spread, seed=n)
    tree = spanning_tree(vectors)
    assert tree.nnz == 2 * (n - 1)
    assert connected_components(tree)[0] == 1
    shortest = minimum_spanning_tree(squareform(pdist(vectors)))
    assert np.allclose(np.sort(tree.data)[::2], np.sort(shortest.data), atol=1e-8)


def test_few_neighbours_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clumps far apart that are larger than what is looked up, in blocks smaller than they are."""
    monkeypatch.setattr(module, "_NEAR", 2)
    monkeypatch.setattr(module, "_BLOCK", 50)
    vectors = _clumps(500, 4, 6, 0.02, seed=1)
    shortest = minimum_spanning_tree(squareform(pdist(vectors)))
    assert spanning_tree(vectors).sum() / 2 == pytest.approx(shortest.sum(), rel=1e-9)


def test_equal_passages_are_joined() -> None:
    vectors = np.repeat(_clumps(20, 4, 5, 0.5, seed=3), 30, axis=0)
    tree = spanning_tree(vectors)
    assert connected_components(tree)[0] == 1
    assert (tree.data < 1e-8).sum() == 2 * (600 - 20)


def test_groups_are_those_that_hdbscan_finds_by_itself() -> None:
    vectors = _clumps(1_500, 12, 20, 0.25, seed=5)
    settings = {"min_cluster_size": 8, "min_samples": 1, "cluster_selection_method": "leaf", "copy": True}
    by_vectors = HDBSCAN(**settings).fit_predict(vectors)
    by_tree = HDBSCAN(metric="precomputed", **settings).fit_predict(spanning_tree(vectors))
    assert by_vectors.max() > 5
    assert adjusted_rand_score(by_vectors, by_tree) == 1.0
    assert ((by_vectors < 0) == (by_tree < 0)).all()
