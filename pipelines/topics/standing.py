"""Groups that stay put: passages that came later join them, and only what lies outside them makes new ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.cluster import KMeans

from pipelines.topics.arrivals import find_arrivals
from pipelines.topics.clustering import (
    UNASSIGNED,
    DenseGroups,
    Labels,
    Vectors,
    join_groups,
    join_neighbours,
    middles_of,
    unit_rows,
)
from pipelines.topics.config import TopicsConfig


@dataclass(frozen=True)
class Standing:
    """What is known of the passages before a scan."""

    labels: Labels
    """Shape (n,): number of the standing topic of each passage, -1 where it is in none."""
    new: NDArray[np.bool_]
    """Shape (n,): whether it is looked at for the first time."""
    fresh: NDArray[np.bool_]
    """Shape (n,): whether it came after the topics were laid out."""
    documents: NDArray[np.str_]
    """Shape (n,): id of the document it stands in."""
    counts: NDArray[np.floating]
    """Shape (n,): for how many passages each stands; more than one where they are a sample."""
    settled: dict[int, int]
    """Size of each standing topic when it was last looked at whether it holds two subjects."""
    arranged: frozenset[int]
    """Topics that people had a hand in: they are never merged or divided by themselves."""
    laying_out: bool = False
    """Whether there were no topics before."""
    dense: bool = False
    """Whether to look for dense spots among all that is in no topic, and not only for what came lately: where topics
    are laid out, and where passages have doubled since."""


@dataclass(frozen=True)
class Division:
    """A standing topic that came to hold two subjects."""

    topic: int
    """It keeps the larger part."""
    part: int
    """The new topic."""


@dataclass(frozen=True)
class Union:
    """Standing topics that came to be about the same."""

    topic: int
    """The one that stays: the largest."""
    others: tuple[int, ...]


class StandingGroups(ClusterMixin, BaseEstimator):
    """What BERTopic is given in place of its clustering.

    Where topics are laid out passages are grouped by their density on the components. In later scans each passage keeps
    its topic. What the scan brought joins the topic whose middle it lies near, or makes a new one where several that
    came later lie together, apart from all before; what does neither stays unassigned. A topic that has doubled since
    it was last looked at is divided where it holds two subjects, and topics that have come to be about the same are
    made one.

    Nearness to a middle is measured on whole vectors: a new subject lies outside the components of what was there
    before. Of the words of two subjects that the shipped topics had never seen, .48 and .80 of the ten passages nearest
    to one of their passages are of the same subject on whole vectors, .29 and .48 on 50 components.

    Parameters
    ----------
    config
        Settings.
    vectors
        Shape (n, dimensions): whole vectors of the passages, without the mean of their language, unit length.
    standing
        What is known of them.
    """

    def __init__(self, config: TopicsConfig, vectors: Vectors, standing: Standing) -> None:
        self.config = config
        self.vectors = vectors
        self.standing = standing

    def fit(self, places: Vectors, y: object = None) -> StandingGroups:  # noqa: ARG002 (BERTopic gives it)
        """Set ``labels_``, shape (n,), -1 for unassigned, and ``arrived_``, the labels of new subjects.

        ``places`` are those on the components, shape (n, n_components). New topics have labels above all standing ones.
        """
        self.unions_: list[Union] = []
        self.divisions_: list[Division] = []
        self.looked_at_: set[int] = set()
        self.labels_ = self.standing.labels.copy()
        self._settle(places, self.standing)
        self._unite(self.standing)
        self._divide(self.standing)
        return self

    def _settle(self, places: Vectors, standing: Standing) -> None:
        """Let passages without a topic join one, a standing one or a new one."""
        config = self.config
        fixed = middles_of(self.vectors, standing.labels)
        free = np.flatnonzero((standing.labels == UNASSIGNED) & self.vectors.any(axis=1))
        first_new = max(standing.settled, default=UNASSIGNED) + 1
        cores = find_arrivals(self.vectors, standing.documents, standing.fresh, free, fixed[1], config)
        self.arrived_ = set(range(first_new, first_new + len(cores)))
        smallest = config.smallest_topic(len(places))
        middles = np.vstack([fixed[1], *(unit_rows(self.vectors[core].mean(axis=0, keepdims=True)) for core in cores)])
        if standing.dense:
            others = np.setdiff1d(free, np.concatenate([np.zeros(0, dtype=int), *cores]))
            dense = DenseGroups(smallest, config.merge_cosine).fit(places[others]).labels_
            for spot in np.unique(dense[dense != UNASSIGNED]):
                core = others[dense == spot]
                middle = unit_rows(self.vectors[core].mean(axis=0, keepdims=True))
                # Spots of a first layout were merged on the components; later ones keep off what is there.
                if (middles @ middle[0]).max(initial=-1.0) < config.novel_cosine:
                    cores.append(core)
        spots = np.full(len(free), UNASSIGNED)
        for i, core in enumerate(cores):
            spots[np.isin(free, core)] = first_new + i
        if not standing.laying_out:
            # A new topic is made up of fewer passages, and ought to be what they are about and nothing else.
            least, least_size = config.join_new_cosine, config.least_size
        else:
            least, least_size = config.join_cosine, smallest
        self.labels_[free] = join_groups(
            self.vectors[free], spots, least, least_size, fixed=fixed, least_fixed=config.join_cosine
        )
        self._keep_outside(standing, free, fixed[0])
        joined = join_neighbours(
            self.vectors, self.labels_, free, config.n_asked, config.least_agreeing, config.agreeing_cosine
        )
        self.labels_ = joined
        self._keep_outside(standing, free, fixed[0])

    def _keep_outside(self, standing: Standing, free: Labels, fixed: Labels) -> None:
        """What once stood outside all topics stays there while the middles drift, unless it makes a new one."""
        if not standing.dense:
            known = free[~standing.new[free]]
            self.labels_[known[np.isin(self.labels_[known], fixed)]] = UNASSIGNED

    def _unite(self, standing: Standing) -> None:
        """Make one of standing topics whose middles have come to lie together, the largest first."""
        open_to = np.setdiff1d(standing.labels, [UNASSIGNED, *standing.arranged])
        inside = np.isin(self.labels_, open_to)
        spots, middles = middles_of(self.vectors, np.where(inside, self.labels_, UNASSIGNED))
        near = middles @ middles.T >= self.config.unite_cosine
        sizes = {int(label): float(standing.counts[self.labels_ == label].sum()) for label in spots}
        taken: set[int] = set()
        for label in sorted(sizes, key=lambda one: (-sizes[one], one)):
            others = [int(other) for other in spots[near[np.searchsorted(spots, label)]] if other != label]
            others = [other for other in others if other not in taken]
            if label in taken or not others:
                continue
            taken |= {label, *others}
            self.labels_[np.isin(self.labels_, others)] = label
            self.unions_.append(Union(label, tuple(others)))
            self.looked_at_.add(label)

    def _divide(self, standing: Standing) -> None:
        """Divide topics that have doubled and hold two subjects."""
        config = self.config
        next_label = max(int(self.labels_.max(initial=UNASSIGNED)), max(standing.settled, default=UNASSIGNED)) + 1
        for label, settled in sorted(standing.settled.items()):
            inside = np.flatnonzero(self.labels_ == label)
            size = float(standing.counts[inside].sum())
            if label in standing.arranged | self.looked_at_ or size < config.divide_factor * settled:
                continue
            self.looked_at_.add(label)
            smaller = self._second_subject(self.vectors[inside])
            if smaller is not None:
                self.labels_[inside[smaller]] = next_label
                self.divisions_.append(Division(label, next_label))
                next_label += 1

    def _second_subject(self, vectors: Vectors) -> NDArray[np.bool_] | None:
        """Which passages of a topic are about its smaller subject; ``None`` where it has one subject."""
        config = self.config
        if len(vectors) < 2 * config.least_size:
            return None
        halves = KMeans(2, n_init=5, random_state=config.seed)  # pyright: ignore[reportArgumentType]
        parts = halves.fit_predict(vectors) == 1
        if parts.sum() * 2 > len(parts):
            parts = ~parts
        _, middles = middles_of(vectors, parts.astype(int))
        large_enough = parts.sum() >= max(config.least_size, config.least_part * len(parts))
        return parts if large_enough and middles[0] @ middles[1] < config.divide_cosine else None
