"""Subjects that came with the latest passages and were not there before."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom
from sklearn.cluster import AgglomerativeClustering

from pipelines.topics.clustering import Labels, Vectors
from pipelines.topics.config import TopicsConfig

_BLOCK = 2000
"""Passages whose likeness to all others is held at once: 160 MB for 20,000 others."""


def find_arrivals(
    vectors: Vectors,
    documents: NDArray[np.str_],
    fresh: NDArray[np.bool_],
    free: Labels,
    middles: Vectors,
    config: TopicsConfig,
) -> list[Labels]:
    """Cores of new subjects, the largest first: places of passages, each core apart.

    A subject is new when its passages have mostly one another for neighbours. So each fresh passage without a topic is
    asked how many of the passages nearest to it, in other documents, are fresh and without a topic as well; those of
    which more are than chance allows are grouped, and a group of enough passages and documents is a core.

    Parameters
    ----------
    vectors
        Shape (n, dimensions), unit length or zero.
    documents
        Shape (n,): the document of each passage.
    fresh
        Shape (n,): whether a passage came after the topics were laid out.
    free
        Places of passages without a topic.
    middles
        Of the standing topics, shape (n_topics, dimensions).
    config
        Settings.
    """
    young = np.zeros(len(vectors), dtype=bool)
    young[free] = fresh[free]
    asked = np.flatnonzero(young)
    readable = np.asarray(vectors.any(axis=1))
    n_near = min(config.n_neighbours, int(readable.sum()) - 1)
    if len(asked) < config.least_size or n_near < 1:
        return []
    base = float(young[readable].mean())
    least = next(n for n in range(n_near + 2) if binom.sf(n - 1, n_near, base) <= config.chance)
    least = max(least, n_near / 2)
    n_young = np.concatenate(
        [
            _young_neighbours(vectors, documents, young, readable, asked[start : start + _BLOCK], n_near)
            for start in range(0, len(asked), _BLOCK)
        ]
    )
    chosen = asked[n_young >= least]
    if len(chosen) < config.least_size:
        return []
    grouping = AgglomerativeClustering(
        n_clusters=None,  # pyright: ignore[reportArgumentType]
        metric="cosine",
        linkage="average",
        distance_threshold=1 - config.core_cosine,
    )
    groups = grouping.fit_predict(vectors[chosen])
    cores = [chosen[groups == group] for group in np.unique(groups)]
    standing = [core for core in cores if _stands(core, vectors, documents, middles, config)]
    return sorted(standing, key=lambda core: (-len(core), int(core[0])))


def _stands(
    core: Labels, vectors: Vectors, documents: NDArray[np.str_], middles: Vectors, config: TopicsConfig
) -> bool:
    if len(core) < config.least_size or len(np.unique(documents[core])) < config.least_documents:
        return False
    middle = vectors[core].mean(axis=0)
    nearest = float((middles @ middle).max(initial=-1.0))
    return nearest < config.novel_cosine * float(np.linalg.norm(middle))


def _young_neighbours(
    vectors: Vectors,
    documents: NDArray[np.str_],
    young: NDArray[np.bool_],
    readable: NDArray[np.bool_],
    asked: Labels,
    n_near: int,
) -> Labels:
    """Of each passage asked, how many of its nearest ones in other documents are young; shape (n_asked,)."""
    cosine = vectors[asked] @ vectors.T
    cosine[documents[asked][:, None] == documents[None, :]] = -2.0
    cosine[:, ~readable] = -2.0
    nearest = np.argpartition(-cosine, n_near - 1, axis=1)[:, :n_near]
    return young[nearest].sum(axis=1)
