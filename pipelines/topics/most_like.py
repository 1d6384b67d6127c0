"""The passages most like a passage, out of tens of thousands."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.intp]

_STRETCHES = 256
"""Stretches of all passages, of each of which the most like is looked at: the twelfth of these bounds the twelfth of
all. To sort out the twelve takes four times as long in all (6,000 passages: 1.2 s of a core for .34)."""


def places_above_bound(likeness: NDArray[np.floating], k: int, leeway: float = 0.0) -> tuple[Places, Places]:
    """Rows and columns, in rising order, that hold the ``k`` largest values of each row, and some more.

    Parameters
    ----------
    likeness
        Shape (n_rows, n), n at least ``k``.
    k
        At most a twentieth of :data:`_STRETCHES`, or else more than those wanted are returned in large numbers.
    leeway
        Values that are less than the bound by so much are returned as well.
    """
    n = likeness.shape[1]
    width = max(n // _STRETCHES, 1)
    best = likeness[:, : n - n % width].reshape(len(likeness), -1, width).max(axis=2)
    bound = np.partition(best, best.shape[1] - k, axis=1)[:, best.shape[1] - k]
    at, place = np.nonzero(likeness >= (bound - leeway)[:, None])
    return at, place


def most_like(likeness: NDArray[np.floating], k: int) -> Places:
    """Columns of the ``k`` largest values of each row, shape (n_rows, k), the largest first, then the first."""
    at, place = places_above_bound(likeness, k)
    order = np.lexsort((place, -likeness[at, place], at))
    firsts = np.searchsorted(at, np.arange(len(likeness)))  # in rising order, and stays so
    return place[order[firsts[:, None] + np.arange(k)]]
