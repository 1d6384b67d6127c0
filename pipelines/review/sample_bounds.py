"""What a random sample without replacement says of the whole it was drawn from, exactly."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray


@lru_cache(maxsize=8)
def _log_factorials(most: int) -> NDArray[np.float64]:
    """Logarithms of 0!, 1!, ..., ``most``!."""
    return np.concatenate(([0.0], np.cumsum(np.log(np.arange(1, most + 1, dtype=np.float64)))))


def chance_of_at_most(found: int, whole: int, relevant: int, drawn: int) -> float:
    """Chance that a sample of ``drawn`` out of ``whole``, of which ``relevant`` count, holds at most ``found``."""
    least = max(0, drawn - (whole - relevant))
    most = min(found, relevant, drawn)
    if most < least:
        return 0.0
    # Tables come in steps of powers of two, so that a scan that is being read does not make one per page load.
    logs = _log_factorials(1 << max(whole, 1).bit_length())
    k = np.arange(least, most + 1)
    ways = logs[relevant] - logs[k] - logs[relevant - k]
    ways += logs[whole - relevant] - logs[drawn - k] - logs[whole - relevant - drawn + k]
    return float(min(1.0, np.exp(ways - (logs[whole] - logs[drawn] - logs[whole - drawn])).sum()))


def most_relevant(whole: int, drawn: int, found: int, risk: float) -> int:
    """Upper bound of the number of relevant items in a finite whole, from a sample without replacement.

    The largest number under which so few found has a chance above ``risk``: the hypergeometric form of the bound of
    Clopper and Pearson (1934, Biometrika 26:404), as in Buonaccorsi (1987, The American Statistician 41:215). Applied
    to what a search left out it is the elusion test of electronic discovery (Roitblat 2007) and, with the sample taken
    as the last ones read, the stopping test of Callaghan and Müller-Hansen (2020, Systematic Reviews 9:273).

    Parameters
    ----------
    whole, drawn, found
        Size of the whole; of the sample; relevant ones in the sample. ``found <= drawn <= whole``.
    risk
        Chance, at most, that the bound is below the truth; between 0 and 1.

    Returns
    -------
    int
        Relevant ones in the whole, those in the sample among them; ``whole`` itself for an empty sample.
    """
    # The chance falls as the number rises: halve the range in which it passes the risk.
    low, high = found, whole - drawn + found
    while low < high:
        middle = (low + high + 1) // 2
        if chance_of_at_most(found, whole, middle, drawn) > risk:
            low = middle
        else:
            high = middle - 1
    return low


def least_relevant(whole: int, drawn: int, found: int, risk: float) -> int:
    """Lower bound of the number of relevant items in a finite whole; see :func:`most_relevant`."""
    # So many irrelevant ones at most is so many relevant ones at least.
    return whole - most_relevant(whole, drawn, drawn - found, risk)
