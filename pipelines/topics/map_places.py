"""Where topics lie on their map. A topic keeps its place for good."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from pipelines.topics.clustering import Vectors

_FEWEST_KNOWN = 3
"""With fewer places known a map has no shape yet, and all topics are placed anew."""
_NEAREST = 3
"""A new topic is placed among so many of the topics most like it."""
_STEP = 0.12
"""How far from the middle of those, as a share of the width of the map, so that it does not cover them."""


def map_places(middles: Vectors, known: Mapping[int, tuple[float, float]]) -> NDArray[np.float64]:
    """Places of topics on a plane, shape (n_topics, 2).

    Parameters
    ----------
    middles
        Of the topics, shape (n_topics, dimensions), unit length.
    known
        Places of some of them, by their number, from earlier.
    """
    if len(known) < _FEWEST_KNOWN:
        return _main_directions(middles)
    places = np.zeros((len(middles), 2))
    settled = sorted(known)
    places[settled] = [known[topic] for topic in settled]
    spread = float(np.ptp(places[settled], axis=0).max()) or 1.0
    for topic in (topic for topic in range(len(middles)) if topic not in known):
        cosine = middles[settled] @ middles[topic]
        nearest = [settled[i] for i in np.argsort(-cosine, kind="stable")[:_NEAREST]]
        weights = np.maximum(middles[nearest] @ middles[topic], 0.01)
        among = weights @ places[nearest] / weights.sum()
        # Away from the middle of the map: there is room outside.
        outward = among - places[settled].mean(axis=0)
        length = float(np.linalg.norm(outward))
        direction = outward / length if length > 1e-9 else np.array([1.0, 0.0])
        places[topic] = among + _STEP * spread * direction
        settled.append(topic)
    return np.round(places, 6)


def _main_directions(middles: Vectors) -> NDArray[np.float64]:
    """The two main directions in which topics differ; zeros where there are too few topics."""
    places = np.zeros((len(middles), 2))
    n_directions = min(2, len(middles) - 1, middles.shape[1])
    if n_directions > 0:
        found = PCA(n_directions, svd_solver="full").fit_transform(middles.astype(np.float64))
        # A direction has no sign of its own: its largest place is to the right and above.
        found *= np.sign(found[np.abs(found).argmax(axis=0), np.arange(n_directions)] + 1e-12)
        places[:, :n_directions] = np.round(found, 6)
    return places
