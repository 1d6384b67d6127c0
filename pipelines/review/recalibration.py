"""Probabilities of a model put right by the verdicts of people, and what then remains among unread items."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LEAST_PROBABILITY = 1e-4
"""Nothing is held to be less probable, or surer, than was measured: of 124 passages out of sight below .001
(models/tagger/held_out.npz) none was relevant, which bounds their rate at about .02 and shows nothing of .00001."""
_N_BINS = 96
"""Log odds are gathered in so many bins, .19 wide, each at its own mean."""
_N_NODES = 11
"""Points of the quadrature in each of the two directions."""
_STEPS = 25
_LIGHT = 1e-4
"""Nodes that weigh less, as a share of all, are left out."""
SLIPS = ((0.0, 0.5), (0.02, 0.25), (0.05, 0.15), (0.1, 0.1))
"""Shares of verdicts that are slips, whatever the passage says, and how likely each share is held to be. Without them a
reader who now and then rejects a passage that is surely relevant makes the model seem far off everywhere."""


@dataclass(frozen=True)
class Drift:
    """How far, before any verdict, the probabilities of a new scan may be off.

    The log odds of an item are taken to be ``offset + slope * x``, with ``x`` those that the model gives (Cox 1958,
    Biometrika 45:562; the logistic recalibration of Steyerberg et al. 2004, Statistics in Medicine 23:2567).

    Attributes
    ----------
    offset
        Standard deviation of the offset, whose mean is 0; in log odds.
    slope
        Standard deviation of the slope, whose mean is 1.
    unread
        Standard deviation of the offset of unread items from that of read ones, where the order of reading may know
        something of relevance that the probabilities do not say; in log odds.
    """

    offset: float
    slope: float
    unread: float = 0.0


@dataclass(frozen=True)
class Pooled:
    """Items gathered by log odds.

    Attributes
    ----------
    log_odds, counts
        Mean log odds in each bin that holds any, ascending, and how many items; shape (n_bins,).
    """

    log_odds: Floats
    counts: Floats


def _log_odds(probabilities: Floats) -> Floats:
    held = np.clip(probabilities, LEAST_PROBABILITY, 1 - LEAST_PROBABILITY)
    return np.log(held / (1 - held))


def pool(probabilities: Floats) -> Pooled:
    """Gather items by the log odds of their probabilities, shape (n_items,)."""
    x = _log_odds(probabilities)
    reach = -np.log(LEAST_PROBABILITY)
    which = ((x + reach) * (_N_BINS / (2 * reach))).astype(np.intp).clip(0, _N_BINS - 1)
    counts = np.bincount(which, minlength=_N_BINS).astype(np.float64)
    sums = np.bincount(which, weights=x, minlength=_N_BINS)
    some = counts > 0
    return Pooled(sums[some] / counts[some], counts[some])


_Z, _W = np.polynomial.hermite.hermgauss(_N_NODES)
_GRID = np.stack([part.ravel() for part in np.meshgrid(_Z, _Z)])
_GRID_LOGS = np.log(np.outer(_W, _W).ravel()) + (_GRID**2).sum(axis=0)
_ONE = ((0.0, 1.0),)
_THREE = ((-(3**0.5), 1 / 6), (0.0, 2 / 3), (3**0.5, 1 / 6))
"""Places and weights that stand for a normal distribution (Gauss-Hermite)."""
_BEFORE = np.array([0.0, 1.0])
"""Offset and slope of a model that needs no putting right."""


def _logistic(x: Floats) -> Floats:
    return 1 / (1 + np.exp(-np.clip(x, -30, 30)))


@dataclass(frozen=True)
class Recalibration:
    """What is held of offset, slope and slips after the verdicts: points and their weights.

    Attributes
    ----------
    offsets, slopes, slips, weights
        Shape (n_nodes,); the weights add up to 1.
    """

    offsets: Floats
    slopes: Floats
    slips: Floats
    weights: Floats

    def counts_of(self, unread: Pooled, apart: float = 0.0) -> Counts:
        """How many of the unread items the same readers would call relevant; ``apart`` is :attr:`Drift.unread`."""
        means, variances = [], []
        for place, _ in _THREE if apart else _ONE:
            p = _logistic((self.offsets + place * apart)[:, None] + self.slopes[:, None] * unread.log_odds)
            p = self.slips[:, None] + (1 - 2 * self.slips[:, None]) * p
            means.append(p @ unread.counts)
            variances.append((p * (1 - p)) @ unread.counts)
        weights = np.concatenate([share * self.weights for _, share in (_THREE if apart else _ONE)])
        return Counts(np.concatenate(means), np.concatenate(variances), weights, int(unread.counts.sum()))


@dataclass(frozen=True)
class Counts:
    """The number of relevant items among ``n_items``: a mixture, over nodes, of sums of unequal coin throws.

    A sum of throws with unequal chances (Poisson binomial) is taken as the binomial of the same mean and variance,
    which is close for any number of throws (Ehm 1991, Statistics & Probability Letters 11:7).
    """

    means: Floats
    variances: Floats
    weights: Floats
    n_items: int

    def quantile(self, share: float) -> int:
        """Smallest number that is reached or stayed under with a chance of at least ``share``."""
        if self.n_items == 0:
            return 0
        from scipy.special import betainc

        chance = 1 - self.variances / self.means
        throws = self.means / chance
        centre = float(self.weights @ self.means)
        spread = float(self.weights @ (self.variances + (self.means - centre) ** 2)) ** 0.5
        # At most 1 in 1 + z * z lies further than z spreads to one side (Cantelli): no share asked for is out of reach.
        reach = spread / min(share, 1 - share) ** 0.5
        low, high = max(0, int(centre - reach)), min(self.n_items, int(centre + reach) + 1)
        while low < high:
            middle = (low + high) // 2
            more = throws - middle
            reached = np.where(more > 0, betainc(np.maximum(more, 1e-9), middle + 1, 1 - chance), 1.0)
            if float(self.weights @ reached) >= share:
                high = middle
            else:
                low = middle + 1
        return low


@dataclass(frozen=True)
class _Verdicts:
    """What was read, gathered: per bin its log odds, how many items, and whether they were found relevant."""

    design: Floats
    """Ones above log odds, shape (2, n_bins)."""
    counts: Floats
    relevant: NDArray[np.bool_]

    def chances(self, points: Floats, slip: float) -> Floats:
        """Chance of "relevant" per point (offset, slope; shape (2, n_points)) and bin."""
        return slip + (1 - 2 * slip) * _logistic(points.T @ self.design)


def recalibrate(probabilities: Floats, relevant: NDArray[np.bool_], drift: Drift) -> Recalibration:
    """Offset, slope and slips, given the verdicts on items that have been read.

    Quadrature of Gauss and Hermite around the most likely values (Naylor and Smith 1982, Applied Statistics 31:214),
    for each of the shares of slips; the time it takes hardly grows with the number of items.

    Parameters
    ----------
    probabilities, relevant
        What the model gave the items that were read, and the verdicts; shape (n_read,). May be empty.
    drift
        What is held before.
    """
    parts = [(pool(probabilities[relevant == verdict]), verdict) for verdict in (True, False)]
    x = np.concatenate([part.log_odds for part, _ in parts])
    verdicts = _Verdicts(
        np.stack((np.ones(len(x)), x)),
        np.concatenate([part.counts for part, _ in parts]),
        np.concatenate([np.full(len(part.counts), verdict) for part, verdict in parts]),
    )
    prior = np.array([drift.offset**-2, drift.slope**-2])
    at, all_points, all_logs = _BEFORE, [], []
    for slip, share in SLIPS:
        at, information = _peak(verdicts, prior, slip, at)
        points, logs = _nodes(verdicts, prior, slip, at, information)
        all_points.append(points)
        all_logs.append(logs + np.log(share))
    points, logs = np.concatenate(all_points, axis=1), np.concatenate(all_logs)
    slips = np.repeat([slip for slip, _ in SLIPS], _GRID.shape[1])
    weights = np.exp(logs - logs.max())
    heavy = weights > _LIGHT * weights.sum()
    kept = weights[heavy]
    return Recalibration(points[0, heavy], points[1, heavy], slips[heavy], kept / kept.sum())


def _peak(verdicts: _Verdicts, prior: Floats, slip: float, start: Floats) -> tuple[Floats, Floats]:
    """Most likely offset and slope by Fisher scoring from ``start``, and the information there."""
    at = start
    information = np.diag(prior)
    for _ in range(_STEPS):
        p = verdicts.chances(at[:, None], slip)[0]
        rise = (p - slip) * (1 - slip - p) / (1 - 2 * slip)
        lean = verdicts.counts * rise / (p * (1 - p))
        slope = verdicts.design @ (lean * (verdicts.relevant - p)) - prior * (at - _BEFORE)
        information = (verdicts.design * (lean * rise)) @ verdicts.design.T + np.diag(prior)
        step = np.linalg.solve(information, slope)
        longest = float(np.abs(step).max())
        at = at + step * min(1.0, 1.0 / max(longest, 1e-12))
        if longest < 1e-4:
            break
    return at, information


def _nodes(verdicts: _Verdicts, prior: Floats, slip: float, at: Floats, information: Floats) -> tuple[Floats, Floats]:
    """Points around the peak, shape (2, n_nodes), and the logarithms of their weights, shape (n_nodes,)."""
    root = np.linalg.cholesky(np.linalg.inv(information))
    points = at[:, None] + np.sqrt(2.0) * (root @ _GRID)
    chances = verdicts.chances(points, slip)
    logs = np.log(np.where(verdicts.relevant, chances, 1 - chances)) @ verdicts.counts
    logs += _GRID_LOGS + np.log(np.diag(root)).sum() - 0.5 * (prior @ (points - _BEFORE[:, None]) ** 2)
    logs[points[1] <= 0.0] = -np.inf  # a model whose order is upside down is not a drift
    return points, logs
