"""How many relevant passages are still unread, how sure that is, and when reading may stop.

Two parts are told apart. In the **inbox** the probabilities of the model are put right by the verdicts given so far
(:mod:`pipelines.review.recalibration`), since people read it in an order that is anything but random. Of what was **not
flagged** a random sample is read, and the exact bounds of such a sample hold whatever the model is worth
(:mod:`pipelines.review.sample_bounds`). Such bounds are wide. Where the probabilities, put right by those verdicts and
by those on the most probable of what was not flagged, say more, they decide; they rest on the model being off by offset
and slope and in no other way. "Relevant" is what these readers call relevant: a reader who errs in one verdict of ten
would call one in ten of the irrelevant ones relevant too, and those are counted.

How well this keeps its word: ``docs/reading.md``, measured by ``benchmarks/stopping_rule.py``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pipelines.review.left_to_read import Basis, Left, Reading, Reason, Recall, Remaining, Source
from pipelines.review.recalibration import Counts, Drift, Pooled, pool, recalibrate
from pipelines.review.sample_bounds import chance_of_at_most, least_relevant, most_relevant

TARGET = 0.95
"""Share of the relevant passages that is to be found, by default."""
CONFIDENCE = 0.95
"""How sure that must be, and how sure intervals are."""
DRIFT = Drift(offset=1.5, slope=0.5, unread=0.4)
"""With 1.0 and 0.25 the upper bounds of the inbox held in .87 to .92 of simulated scans whose probabilities were off
(up to half of it read); with these in .94 to .98, for intervals 5 to 75 % wider. Where the order of reading knew that a
passage was irrelevant (by a log odds of 1) upper bounds of a half-read inbox held in .78 without ``unread``, in .80 at
.3 and in .84 at .5. From ``models/tagger/held_out.npz``, 360 scans."""
FOR_THE_INBOX = 0.25
"""Part of the risk that is spent on the inbox where both parts leave something unread; the rest goes to what was not
flagged, which is the larger unknown by far. Their bounds together hold by the inequality of Bonferroni."""

LEAST_SAMPLE = 60
"""Without so many drawn at random, probabilities alone never let the whole scan stop: what a model does not see at all,
no reading by its probabilities brings up. The simulated rule (docs/reading.md) always has them."""

Unread = Sequence[float] | NDArray[np.float64] | Pooled
"""Probabilities of unread items, one by one or gathered."""


@dataclass(frozen=True)
class _Sample:
    """The random sample: ``found`` relevant ones among ``drawn`` of ``whole``."""

    whole: int
    drawn: int
    found: int

    def most_left(self, risk: float) -> int:
        return most_relevant(self.whole, self.drawn, self.found, risk) - self.found

    def least_left(self, risk: float) -> int:
        return least_relevant(self.whole, self.drawn, self.found, risk) - self.found


def estimate_remaining(
    read: Sequence[Reading],
    unread_inbox: Unread,
    unread_others: Unread,
    *,
    target: float = TARGET,
    confidence: float = CONFIDENCE,
    drift: Drift = DRIFT,
) -> Remaining:
    """Estimate what is left to find, and judge whether reading may stop.

    Parameters
    ----------
    read
        All verdicts of the scan, in any order; the last one where an item has several.
    unread_inbox, unread_others
        Probabilities of the unread items that were and that were not flagged; or these gathered by
        :func:`~pipelines.review.recalibration.pool`, which may be kept while only few of very many are read.
    target
        Share of the relevant items that is to be found, above 0 and at most 1.
    confidence
        Of intervals and bounds, above 0 and below 1.
    drift
        How far the probabilities of a new scan may be off.

    Raises
    ------
    ValueError
        ``target`` or ``confidence`` is outside its range.
    """
    if not (0 < target <= 1 and 0 < confidence < 1):
        raise ValueError(f"target {target} or confidence {confidence} out of range")
    risk = 1 - confidence
    given = np.fromiter((one.probability for one in read), np.float64, len(read))
    relevant = np.fromiter((one.relevant for one in read), np.bool_, len(read))
    sources = np.array([one.source for one in read], dtype="U9")
    flagged, sampled, following = (sources == one for one in (Source.INBOX, Source.SAMPLE, Source.NEXT))

    inbox = _count(given[flagged], relevant[flagged], unread_inbox, drift)
    # A random sample stands for what it was drawn from: nothing sets the unread ones apart.
    below = sampled | following
    others_drift = drift if following.any() else replace(drift, unread=0.0)
    others = _count(given[below], relevant[below], unread_others, others_drift)
    sample = _Sample(others.n_items + int(sampled.sum()), int(sampled.sum()), int(relevant[sampled].sum()))
    found_inbox, found = int(relevant[flagged].sum()), int(relevant.sum())

    left_inbox = _left_in_inbox(inbox, int(flagged.sum()), risk)
    left_others = _left_elsewhere(others, sample, bool(following.any()), risk)
    # Where one part has been read whole, all of the risk may go to the other.
    inbox_risk = risk * FOR_THE_INBOX if others.n_items else risk
    others_risk = risk - inbox_risk if inbox.n_items else risk
    most = _Most(inbox.quantile(1 - inbox_risk), sample.most_left(others_risk), others.quantile(1 - others_risk))
    return Remaining(
        found,
        left_inbox,
        left_others,
        _inbox_recall(found_inbox, left_inbox, inbox.quantile(confidence), target),
        _recall(found, left_inbox, left_others, most, sample.drawn, target),
        _sample_needed(found, left_inbox, sample, risk, target),
    )


@dataclass(frozen=True)
class _Most:
    """Upper bounds of what is left: in the inbox; elsewhere, by the sample and by probabilities put right."""

    inbox: int
    by_sample: int
    by_verdicts: int


def _count(given: NDArray[np.float64], relevant: NDArray[np.bool_], unread: Unread, drift: Drift) -> Counts:
    gathered = unread if isinstance(unread, Pooled) else pool(np.asarray(unread, dtype=np.float64))
    return recalibrate(given, relevant, drift).counts_of(gathered, drift.unread)


def _left_in_inbox(counts: Counts, n_read: int, risk: float) -> Left:
    if counts.n_items == 0:
        return Left(0, 0, 0, 0, Basis.ALL_READ)
    basis = Basis.VERDICTS if n_read else Basis.PROBABILITIES
    return _left(counts, counts.quantile(risk / 2), counts.quantile(1 - risk / 2), basis)


def _left_elsewhere(counts: Counts, sample: _Sample, read_on: bool, risk: float) -> Left:
    if counts.n_items == 0:
        return Left(0, 0, 0, 0, Basis.ALL_READ)
    if sample.drawn and not read_on:
        return _left(counts, sample.least_left(risk / 2), sample.most_left(risk / 2), Basis.SAMPLE)
    basis = Basis.VERDICTS if read_on else Basis.PROBABILITIES
    return _left(counts, counts.quantile(risk / 2), counts.quantile(1 - risk / 2), basis)


def _left(counts: Counts, low: int, high: int, basis: Basis) -> Left:
    return Left(counts.n_items, min(max(counts.quantile(0.5), low), high), low, high, basis)


def _share(found: int, left: float) -> float | None:
    return found / (found + left) if found + left > 0 else None


def _at_least(found: int, most_left: int) -> float:
    return found / (found + most_left) if found + most_left else 1.0


def _inbox_recall(found: int, left: Left, most_left: int, target: float) -> Recall:
    if left.basis is Basis.ALL_READ:
        return Recall(_share(found, 0), 1.0, Basis.ALL_READ, True, Reason.ALL_READ)
    expected, at_least = _share(found, left.expected), _at_least(found, most_left)
    if left.basis is Basis.PROBABILITIES:
        return Recall(expected, at_least, left.basis, False, Reason.NOTHING_READ)
    reason = Reason.TARGET_REACHED if at_least >= target else Reason.TOO_MUCH_UNREAD
    return Recall(expected, at_least, left.basis, at_least >= target, reason)


def _recall(found: int, inbox: Left, others: Left, most: _Most, n_sample: int, target: float) -> Recall:
    """Of the whole scan; where both parts are unread each bound has a part of the risk."""
    if others.n_unread == 0:
        return _inbox_recall(found, inbox, most.inbox, target)
    expected = _share(found, inbox.expected + others.expected)
    by_sample, by_verdicts = (_at_least(found, most.inbox + m) for m in (most.by_sample, most.by_verdicts))
    enough_sample = n_sample >= LEAST_SAMPLE
    if enough_sample and by_verdicts > by_sample:
        at_least, basis = by_verdicts, Basis.VERDICTS
    elif n_sample:
        at_least, basis = by_sample, Basis.SAMPLE
    else:
        at_least, basis = by_verdicts, Basis.PROBABILITIES
    if inbox.basis is Basis.PROBABILITIES:
        return Recall(expected, at_least, basis, False, Reason.NOTHING_READ)
    if basis is Basis.PROBABILITIES:
        return Recall(expected, at_least, basis, False, Reason.NO_SAMPLE)
    if at_least >= target:
        return Recall(expected, at_least, basis, True, Reason.TARGET_REACHED)
    enough_inbox = _at_least(found, most.inbox) >= target
    return Recall(expected, at_least, basis, False, Reason.OTHERS_UNCERTAIN if enough_inbox else Reason.TOO_MUCH_UNREAD)


def _sample_needed(found: int, inbox: Left, sample: _Sample, risk: float, target: float) -> int:
    """Smallest further sample, nothing found in it, that rules out too much among the rest; see :class:`Remaining`."""
    allowed = math.floor((found + inbox.expected) * (1 / target - 1) + 1e-9)
    low, high = sample.drawn, max(sample.drawn, sample.whole - allowed)
    while low < high:
        middle = (low + high) // 2
        if chance_of_at_most(sample.found, sample.whole, sample.found + allowed + 1, middle) <= risk:
            high = middle
        else:
            low = middle + 1
    return low - sample.drawn
