"""Vectors into groups: what BERTopic is given in place of UMAP and its own HDBSCAN."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClusterMixin, TransformerMixin
from sklearn.cluster import HDBSCAN, AgglomerativeClustering
from sklearn.decomposition import PCA

from pipelines.language.encoder import FloatArray

UNASSIGNED = -1


def centre(vectors: FloatArray, languages: Sequence[str], shrinkage: int) -> FloatArray:
    """Vectors less the mean of their language, unit length; shape (n, dimensions), as given.

    Dutch and English texts differ a little in all their vectors alike; without that difference topics mix the languages
    a little better (mean share of the smaller language in a topic .44 for .41 on ``models/training``). The mean of a
    language with few passages is drawn to the mean of all, so that a handful of English passages on one subject keeps
    its subject.
    A zero vector (no readable word) stays zero.
    """
    result = np.zeros(vectors.shape, dtype=np.float64)
    readable = np.linalg.norm(vectors, axis=1) > 0
    if not readable.any():
        return result.astype(np.float32)
    whole = vectors[readable].mean(axis=0, dtype=np.float64)
    for language in sorted(set(languages)):
        chosen = readable & (np.array(languages) == language)
        n_chosen = int(chosen.sum())
        if n_chosen:
            trust = n_chosen / (n_chosen + shrinkage)
            result[chosen] = vectors[chosen] - (
                trust * vectors[chosen].mean(axis=0, dtype=np.float64) + (1 - trust) * whole
            )
    return unit_rows(result).astype(np.float32)


def unit_rows(vectors: NDArray[np.floating]) -> NDArray[np.floating]:
    """Rows brought to unit length; rows that are (all but) zero become zero."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, norms, out=np.zeros_like(vectors), where=norms > 1e-6)


class UnitComponents(TransformerMixin, BaseEstimator):
    """Principal components, then unit length, so that distance is a matter of direction alone.

    Parameters
    ----------
    n_components
        At most; fewer where there are fewer than three passages a component.
    seed
        For the decomposition.
    """

    def __init__(self, n_components: int, seed: int) -> None:
        self.n_components = n_components
        self.seed = seed

    def fit(self, vectors: FloatArray, y: object = None) -> UnitComponents:  # noqa: ARG002 (BERTopic gives it)
        """Find the components of ``vectors``, shape (n, dimensions)."""
        n_possible = max(2, min(self.n_components, len(vectors) // 3, vectors.shape[1]))
        self.pca_ = PCA(n_possible, svd_solver="full", random_state=self.seed).fit(vectors)
        return self

    def transform(self, vectors: FloatArray) -> NDArray[np.floating]:
        """Place of ``vectors`` on the components, shape (n, n_components), unit length."""
        return unit_rows(self.pca_.transform(vectors))


class DenseGroups(ClusterMixin, BaseEstimator):
    """Dense spots by HDBSCAN, each with the passages that lie near its middle.

    HDBSCAN alone is stable but leaves most report passages out, since their vectors thin out evenly. One that lies near
    the middle of a spot belongs to it for a reader; one that lies near none stays unassigned, so that novelty shows.

    Parameters
    ----------
    smallest
        Passages in the smallest spot.
    join_cosine
        Least cosine with the middle for a passage to join.
    merge_cosine
        Spots whose middles lie this near are one: HDBSCAN's leaves also cut a single dense spot in two.
    """

    def __init__(self, smallest: int, join_cosine: float, merge_cosine: float) -> None:
        self.smallest = smallest
        self.join_cosine = join_cosine
        self.merge_cosine = merge_cosine

    def fit(self, vectors: NDArray[np.floating], y: object = None) -> DenseGroups:  # noqa: ARG002
        """Set ``labels_``, shape (n,), -1 for unassigned; ``vectors`` of unit length, zero vectors are left out."""
        labels = np.full(len(vectors), UNASSIGNED)
        readable = np.linalg.norm(vectors, axis=1) > 0
        if readable.sum() > self.smallest:
            spots = HDBSCAN(min_cluster_size=self.smallest, min_samples=1, cluster_selection_method="leaf", copy=True)  # pyright: ignore[reportArgumentType]
            labels[readable] = np.maximum(spots.fit_predict(vectors[readable]), UNASSIGNED)
            labels = self._merged(vectors, labels)
        # Twice: the middle shifts a little when passages come and go; a third round moves 3 % of the passages.
        for _ in range(2):
            labels = self._joined(vectors, labels)
        self.labels_ = labels
        return self

    def _merged(self, vectors: NDArray[np.floating], labels: NDArray[np.integer]) -> NDArray[np.integer]:
        spots, middles = _middles(vectors, labels)
        if len(spots) < 2:
            return labels
        merging = AgglomerativeClustering(
            n_clusters=None,  # pyright: ignore[reportArgumentType]
            metric="cosine",
            linkage="average",
            distance_threshold=1 - self.merge_cosine,
        )
        merged = merging.fit_predict(middles)
        result = labels.copy()
        for spot, new in zip(spots, merged, strict=True):
            result[labels == spot] = new
        return result

    def _joined(self, vectors: NDArray[np.floating], labels: NDArray[np.integer]) -> NDArray[np.integer]:
        """Each passage by the middle it lies nearest to, or by none.

        Those of a dense spot stay in it while they are near its middle: HDBSCAN also counts to a spot the stragglers
        that dropped out of it on the way.
        """
        spots, middles = _middles(vectors, labels)
        if not len(spots):
            return labels
        cosine = vectors @ middles.T
        nearest = np.where(cosine.max(axis=1) >= self.join_cosine, spots[cosine.argmax(axis=1)], UNASSIGNED)
        own = np.take_along_axis(cosine, np.searchsorted(spots, np.maximum(labels, spots[0]))[:, None], axis=1)[:, 0]
        stays = (labels != UNASSIGNED) & (own >= self.join_cosine)
        result = labels.copy()
        result[~stays] = nearest[~stays]
        found, sizes = np.unique(result, return_counts=True)
        result[np.isin(result, found[sizes < self.smallest])] = UNASSIGNED
        return result


def _middles(
    vectors: NDArray[np.floating], labels: NDArray[np.integer]
) -> tuple[NDArray[np.integer], NDArray[np.floating]]:
    """Labels of the spots and the middle of each, unit length."""
    spots = np.unique(labels[labels != UNASSIGNED])
    means = [vectors[labels == spot].mean(axis=0) for spot in spots]
    return spots, unit_rows(np.stack(means)) if means else np.zeros((0, vectors.shape[1]))
