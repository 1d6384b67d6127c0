"""Vectors into groups: what BERTopic is given in place of UMAP and its own HDBSCAN."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClusterMixin, TransformerMixin
from sklearn.cluster import HDBSCAN, AgglomerativeClustering
from sklearn.decomposition import PCA

from pipelines.language.encoder import FloatArray
from pipelines.topics.most_like import most_like
from pipelines.topics.spanning_tree import spanning_tree

UNASSIGNED = -1
_BLOCK = 2000
"""Passages whose likeness to all others is held at once: 160 MB for 20,000 others."""
Labels = NDArray[np.integer]
Vectors = NDArray[np.floating]
Middles = tuple[Labels, Vectors]
"""Labels of groups in rising order, and the middle of each, shape (n_groups, dimensions), unit length."""


class LanguageMeans:
    """The mean vector of each language, to be taken from its vectors.

    Dutch and English texts differ a little in all their vectors alike; without that difference topics mix the languages
    a little better (mean share of the smaller language in a topic .44 for .41 on ``models/training``). The mean of a
    language with few passages is drawn to the mean of all, so that a handful of English passages on one subject keeps
    its subject.

    Parameters
    ----------
    vectors
        Shape (n, dimensions). Zero vectors (no readable word) do not count.
    languages
        Of each vector.
    shrinkage
        Passages at which the mean of a language counts half.
    """

    def __init__(self, vectors: FloatArray, languages: Sequence[str], shrinkage: int) -> None:
        readable = vectors.any(axis=1)
        codes = np.array(languages)
        n_readable = max(int(readable.sum()), 1)
        self._whole: NDArray[np.floating] = vectors[readable].sum(axis=0, dtype=np.float64) / n_readable
        self._means: dict[str, NDArray[np.floating]] = {}
        for language in sorted(set(languages)):
            chosen = readable & (codes == language)
            n_chosen = int(chosen.sum())
            if n_chosen:
                trust = n_chosen / (n_chosen + shrinkage)
                mean = vectors[chosen].mean(axis=0, dtype=np.float64)
                self._means[language] = trust * mean + (1 - trust) * self._whole

    def centred(self, vectors: FloatArray, languages: Sequence[str]) -> FloatArray:
        """``vectors`` less the mean of their language, unit length, shape as given; a zero vector stays zero."""
        result = np.zeros(vectors.shape, dtype=np.float64)
        readable = vectors.any(axis=1)
        codes = np.array(languages)
        for language in sorted(set(languages)):
            chosen = readable & (codes == language)
            mean = self._means.get(language)
            result[chosen] = vectors[chosen] - (self._whole if mean is None else mean)
        return unit_rows(result).astype(np.float32)


def centre(vectors: FloatArray, languages: Sequence[str], shrinkage: int) -> FloatArray:
    """Vectors less the mean of their language, unit length; shape (n, dimensions), as given."""
    return LanguageMeans(vectors, languages, shrinkage).centred(vectors, languages)


def unit_rows(vectors: Vectors) -> Vectors:
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
        self.pca_ = PCA(n_possible, svd_solver="covariance_eigh", random_state=self.seed).fit(vectors)
        return self

    def transform(self, vectors: FloatArray) -> Vectors:
        """Place of ``vectors`` on the components, shape (n, n_components), unit length."""
        return unit_rows(self.pca_.transform(vectors))


class DenseGroups(ClusterMixin, BaseEstimator):
    """Dense spots by HDBSCAN; passages between the spots are in none.

    Parameters
    ----------
    smallest
        Passages in the smallest spot.
    merge_cosine
        Spots whose middles lie this near are one: HDBSCAN's leaves also cut a single dense spot in two.
    """

    def __init__(self, smallest: int, merge_cosine: float) -> None:
        self.smallest = smallest
        self.merge_cosine = merge_cosine

    def fit(self, vectors: Vectors, y: object = None) -> DenseGroups:  # noqa: ARG002
        """Set ``labels_``, shape (n,), -1 for unassigned; ``vectors`` of unit length, zero vectors are left out."""
        labels = np.full(len(vectors), UNASSIGNED)
        readable = vectors.any(axis=1)
        if readable.sum() > self.smallest:
            # With one sample only the distance of two passages counts, so that the shortest tree is all it needs.
            spots = HDBSCAN(
                min_cluster_size=self.smallest,
                min_samples=1,
                metric="precomputed",
                cluster_selection_method="leaf",
                copy=False,  # pyright: ignore[reportArgumentType]
            )
            labels[readable] = np.maximum(spots.fit_predict(spanning_tree(vectors[readable])), UNASSIGNED)
            labels = self._merged(vectors, labels)
        self.labels_ = labels
        return self

    def _merged(self, vectors: Vectors, labels: Labels) -> Labels:
        spots, middles = middles_of(vectors, labels)
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


def join_groups(
    vectors: Vectors, spots: Labels, least: float, smallest: int, fixed: Middles | None = None, least_fixed: float = 1.0
) -> Labels:
    """Each passage by the middle it lies nearest to, or by none: shape (n,), -1 for unassigned.

    HDBSCAN alone is stable but leaves most report passages out, since their vectors thin out evenly. One that lies near
    the middle of a spot belongs to it for a reader; one that lies near none stays unassigned, so that novelty shows.

    Parameters
    ----------
    vectors
        Shape (n, dimensions), unit length; a zero vector joins nothing.
    spots
        Shape (n,): the spot that each begins in, -1 for none.
    least
        Cosine with the middle of a spot that a passage needs.
    smallest
        Passages that a spot needs to hold in the end.
    fixed
        Groups that passages may join as well, whose middles stay.
    least_fixed
        Cosine with the middle of one of those that a passage needs.
    """
    labels = np.asarray(spots)
    fixed_labels, fixed_middles = fixed or (np.zeros(0, dtype=int), np.zeros((0, vectors.shape[1])))
    # Twice: the middle shifts a little when passages come and go; a third round moves 3 % of the passages.
    for _ in range(2):
        found, middles = middles_of(vectors, np.where(np.isin(labels, fixed_labels), UNASSIGNED, labels))
        while True:
            known = np.concatenate([fixed_labels, found])
            needed = np.concatenate([np.full(len(fixed_labels), least_fixed), np.full(len(found), least)])
            labels = nearest_middle(vectors, known, np.vstack([fixed_middles, middles]), needed)
            enough = np.array([(labels == label).sum() >= smallest for label in found], dtype=bool)
            if enough.all():
                break
            found, middles = found[enough], middles[enough]
    return labels


def join_neighbours(
    vectors: Vectors, labels: Labels, free: Labels, n_near: int, least: int, least_cosine: float
) -> Labels:
    """Let passages join the group that holds most of their neighbours: labels of shape (n,), a copy.

    A passage between middles may still lie among passages of one group.

    Parameters
    ----------
    vectors
        Shape (n, dimensions), unit length or zero.
    labels
        Shape (n,): the group of each, -1 for none.
    free
        Places of the passages that may join.
    n_near
        Neighbours that are asked, of those that are in a group.
    least
        So many of them need to be of one group ...
    least_cosine
        ... and as like the passage as this, on average.
    """
    joined = labels.copy()
    assigned = np.flatnonzero(labels != UNASSIGNED)
    asked = free[(labels[free] == UNASSIGNED) & np.asarray(vectors[free].any(axis=1))]
    if len(assigned) < n_near:
        return joined
    for start in range(0, len(asked), _BLOCK):
        block = asked[start : start + _BLOCK]
        cosine = vectors[block] @ vectors[assigned].T
        places = most_like(cosine, n_near)
        likeness, nearest = np.take_along_axis(cosine, places, axis=1), labels[assigned[places]]
        # Shape (n_block, n_near, n_near): whether one neighbour is in the group of another.
        same = nearest[:, :, None] == nearest[:, None, :]
        best = same.sum(axis=1).argmax(axis=1)
        voters = same[np.arange(len(block)), best]
        n_voters = voters.sum(axis=1)
        enough = (n_voters >= least) & ((likeness * voters).sum(axis=1) >= least_cosine * n_voters)
        joined[block[enough]] = nearest[np.arange(len(block)), best][enough]
    return joined


def middles_of(vectors: Vectors, labels: Labels) -> Middles:
    """Labels of the groups in rising order, and the middle of each, shape (n_groups, dimensions), unit length."""
    spots = np.unique(labels[labels != UNASSIGNED])
    means = [vectors[labels == spot].mean(axis=0) for spot in spots]
    return spots, unit_rows(np.stack(means)) if means else np.zeros((0, vectors.shape[1]))


def nearest_middle(vectors: Vectors, labels: Labels, middles: Vectors, least: float | Vectors) -> Labels:
    """Label of the middle nearest to each vector, shape (n,); -1 where none is near enough.

    ``least`` is the cosine that a vector needs with a middle, one for all or one for each, shape (n_middles,).
    """
    if not len(labels):
        return np.full(len(vectors), UNASSIGNED)
    cosine = vectors @ middles.T
    cosine = np.where(cosine >= least, cosine, -2.0)
    return np.where(cosine.max(axis=1) > -2.0, labels[cosine.argmax(axis=1)], UNASSIGNED)
