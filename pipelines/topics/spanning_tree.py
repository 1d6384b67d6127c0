"""The shortest tree that joins all passages: what HDBSCAN groups by when every passage is a core of its own.

scikit-learn finds it by walking over all pairs one passage at a time (:math:`n^2` distances in a single thread: a third
of the time of topics on 20,000 passages). Here the neighbours of all passages are found by products of matrices, and
most edges are known from those; the tree is the same.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from pipelines.topics.most_like import places_above_bound

_BLOCK = 1_000
"""Passages whose likeness to all others is held at once: 80 MB for 20,000 others."""
_NEAR = 12
"""Neighbours that are looked up beforehand: with fewer, more passages have to be compared with all others later."""
_ROUNDING = 1e-5
"""What products in single precision may be off, and more: what is so near to the bound is measured as well."""
_LEAST = 1e-9
"""Distance of passages that are equal: a sparse matrix holds no edge of length 0."""
_UNKNOWN = -1

Vectors = NDArray[np.floating]
Places = NDArray[np.intp]


class _Near:
    """For each passage its nearest others in rising distance, and how much further off all others are."""

    def __init__(self, vectors: Vectors) -> None:
        n = len(vectors)
        self.vectors = vectors
        self._single = vectors.astype(np.float32)
        k = min(_NEAR, n - 1)
        self.places = np.empty((n, k), dtype=np.intp)
        self.distances = np.empty((n, k))
        for start in range(0, n, _BLOCK):
            rows = np.arange(start, min(start + _BLOCK, n))
            likeness = self._likeness(rows)
            likeness[rows - start, rows] = -np.inf
            self.places[rows], self.distances[rows] = self._most_like(rows, likeness, k)

    def _likeness(self, rows: Places) -> NDArray[np.float32]:
        return self._single[rows] @ self._single.T

    def _most_like(self, rows: Places, likeness: NDArray[np.float32], k: int) -> tuple[Places, Vectors]:
        """The ``k`` nearest to each of some passages, shape (n_rows, k), in rising distance, and these."""
        at, place = places_above_bound(likeness, k, _ROUNDING)
        distance = self.distances_between(rows[at], place)
        order = np.lexsort((place, distance, at))
        firsts = np.searchsorted(at, np.arange(len(rows)))  # at is in rising order, and stays so
        chosen = order[firsts[:, None] + np.arange(k)]
        return place[chosen], distance[chosen]

    def distances_between(self, one: Places, other: Places) -> Vectors:
        """Distances as such: products lose the last digits of what lies close together."""
        return np.maximum(np.linalg.norm(self.vectors[one] - self.vectors[other], axis=-1), _LEAST)

    def outside(self, rows: Places, parts: Places) -> tuple[Places, Vectors]:
        """For each of some passages the nearest one in another part, of all there are, and its distance."""
        places, distances = np.empty(len(rows), dtype=np.intp), np.empty(len(rows))
        for start in range(0, len(rows), _BLOCK):
            here = slice(start, start + _BLOCK)
            likeness = self._likeness(rows[here])
            likeness[parts[rows[here]][:, None] == parts[None, :]] = -np.inf
            place, distance = self._most_like(rows[here], likeness, 1)
            places[here], distances[here] = place[:, 0], distance[:, 0]
        return places, distances


class _Parts:
    """Which part of the tree each passage is in so far, and what is known of the nearest passage outside it."""

    def __init__(self, near: _Near) -> None:
        n = len(near.vectors)
        self.near = near
        self.of: Places = np.arange(n)
        self.n_parts = n
        self.target = np.full(n, _UNKNOWN)
        """The nearest passage in another part."""
        self.reach = np.full(n, np.inf)
        """Its distance."""
        self.floor = near.distances[:, -1].copy()
        """Where there is no target: no passage in another part is nearer than this."""

    def look_up(self) -> None:
        """Find targets among the neighbours that were looked up beforehand."""
        lost = np.flatnonzero((self.target == _UNKNOWN) | (self.of[self.target] == self.of))
        self.floor[lost] = np.where(
            self.target[lost] == _UNKNOWN, self.floor[lost], np.maximum(self.floor[lost], self.reach[lost])
        )
        outside = self.of[self.near.places[lost]] != self.of[lost][:, None]
        first = outside.argmax(axis=1)
        there = outside[np.arange(len(lost)), first]
        self.target[lost] = np.where(there, self.near.places[lost, first], _UNKNOWN)
        self.reach[lost] = np.where(there, self.near.distances[lost, first], np.inf)

    def certain(self) -> tuple[Places, Vectors]:
        """Passages from which an edge of the tree leads to their targets, one for each part of which that is certain,
        and of all parts how far off their nearest target is."""
        order = np.lexsort((self.reach, self.of))
        firsts = order[np.flatnonzero(np.diff(self.of[order], prepend=-1))]
        best = self.reach[firsts]
        bound = np.full(self.n_parts, np.inf)
        unknown = self.target == _UNKNOWN
        np.minimum.at(bound, self.of[unknown], self.floor[unknown])
        return firsts[np.isfinite(best) & (best <= bound)], best

    def look_everywhere(self, best: Vectors) -> None:
        """Compare passages with all others, in those parts where it takes the fewest to be certain."""
        asked = np.flatnonzero((self.target == _UNKNOWN) & (self.floor < best[self.of]))
        needs = np.bincount(self.of[asked], minlength=self.n_parts)
        needing = np.flatnonzero(needs)
        needing = needing[np.argsort(needs[needing], kind="stable")]
        chosen = needing[: max(int(np.searchsorted(np.cumsum(needs[needing]), _BLOCK)), 1)]
        asked = asked[np.isin(self.of[asked], chosen)]
        self.target[asked], self.reach[asked] = self.near.outside(asked, self.of)

    def join(self, ends: Places) -> list[tuple[int, int]]:
        """Join parts along the edges from ``ends`` to their targets; the edges, without those that close a ring."""
        kept: list[tuple[int, int]] = []
        head = np.arange(self.n_parts).tolist()

        def top(part: int) -> int:
            while head[part] != part:
                head[part] = head[head[part]]
                part = head[part]
            return part

        for one in ends[np.argsort(self.reach[ends], kind="stable")].tolist():
            other = int(self.target[one])
            a, b = top(int(self.of[one])), top(int(self.of[other]))
            if a != b:
                head[a] = b
                kept.append((one, other))
        tops, numbers = np.unique([top(part) for part in range(self.n_parts)], return_inverse=True)
        self.of, self.n_parts = numbers[self.of], len(tops)
        return kept


def spanning_tree(vectors: Vectors) -> csr_array:
    """Edges of the shortest tree over ``vectors``, by their length; symmetric, shape (n, n).

    Each round joins every part of the tree to the nearest passage outside it, where that is certain: such an edge is
    of the tree whatever the other parts do. The neighbours that were looked up tell it, unless a passage has all of
    them in its own part and nearer than what was found. Where it is certain of no part, passages are compared with all
    others: those of the smaller of two parts, so that few ever need to be.

    Parameters
    ----------
    vectors
        Shape (n, dimensions), n at least 2, unit length.
    """
    near = _Near(np.asarray(vectors, dtype=np.float64))
    parts = _Parts(near)
    edges: list[tuple[int, int]] = []
    while parts.n_parts > 1:
        parts.look_up()
        ends, best = parts.certain()
        if len(ends):
            edges += parts.join(ends)
        else:
            parts.look_everywhere(best)
    one, other = np.asarray(edges, dtype=np.intp).T
    lengths = near.distances_between(one, other)
    both = np.concatenate([one, other]), np.concatenate([other, one])
    return csr_array(coo_array((np.concatenate([lengths, lengths]), both), shape=(len(vectors),) * 2))
