"""Which passages topics are found on where there are too many to lay side by side."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipelines.topics.clustering import UNASSIGNED, Labels


def choose_sample(labels: Labels, new: NDArray[np.bool_], most: int) -> tuple[Labels, NDArray[np.float64]]:
    """Places of the chosen passages in rising order, and for how many passages each stands.

    Half of the room goes to passages without a topic, first to those that are looked at for the first time. The rest
    goes to the topics by the root of their size, so that a small one keeps a middle of its own. Ids of passages are
    hashes, so passages in their order taken at equal distances are as good as drawn, and the same every time.

    Parameters
    ----------
    labels
        Shape (n,): number of the topic of each passage in the order of their ids, -1 for none.
    new
        Shape (n,): whether a passage is looked at for the first time.
    most
        Passages to choose at most; all where there are no more.
    """
    if len(labels) <= most:
        return np.arange(len(labels)), np.ones(len(labels))
    groups = {int(label): np.flatnonzero(labels == label) for label in np.unique(labels)}
    free = groups.pop(UNASSIGNED, np.zeros(0, dtype=int))
    n_free = min(len(free), most // 2 if groups else most)
    chosen: list[Labels] = []
    counts: list[NDArray[np.float64]] = []
    left = n_free
    for part in (free[new[free]], free[~new[free]]):
        n = min(len(part), left)
        chosen.append(part[_evenly(len(part), n)])
        counts.append(np.full(n, len(part) / max(n, 1)))
        left -= n
    roots = {label: len(places) ** 0.5 for label, places in groups.items()}
    room = (most - n_free) / max(sum(roots.values()), 1.0)
    for label, places in groups.items():
        n = min(len(places), max(1, int(room * roots[label])))
        chosen.append(places[_evenly(len(places), n)])
        counts.append(np.full(n, len(places) / n))
    together = np.concatenate(chosen)
    order = np.argsort(together)
    return together[order], np.concatenate(counts)[order]


def _evenly(n_all: int, n_chosen: int) -> Labels:
    return np.linspace(0, n_all - 1, n_chosen).round().astype(int) if n_chosen else np.zeros(0, dtype=int)
