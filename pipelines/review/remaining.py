"""How many relevant passages are still unread, how sure that is, and when reading may stop.

Two parts are told apart. In the **inbox** the probabilities of the model are put right by the verdicts given so far
(:mod:`pipelines.review.recalibration`), since people read it in an order that is anything but random. Of what was **not
flagged** a random sample is read, and the exact bounds of such a sample hold whatever the model is worth
(:mod:`pipelines.review.sample_bounds`). "Relevant" is what these readers call relevant: a reader who errs in one
verdict of ten would call one in ten of the irrelevant ones relevant too, and those are counted.

How well this keeps its word: ``docs/reading.md``, measured by ``benchmarks/stopping_rule.py``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

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


Unread = Sequence[float] | NDArray[np.float64] | Pooled
"""Probabilities of unread items, one by one or gathered."""


class Source(StrEnum):
    """How an item came before its reader."""

    INBOX = "inbox"
    SAMPLE = "sample"
    """Drawn at random, all alike, from what was not flagged."""
    ELSEWHERE = "elsewhere"
    """Not flagged and opened for another reason, as by search: counts as found, proves nothing of the rest."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One verdict of a person; near-duplicates count as one item and are read once.

    Attributes
    ----------
    probability
        What the model gave before the verdict, between 0 and 1.
    relevant
        Whether the person found it relevant.
    source
        How it came before the reader.
    """

    probability: float
    relevant: bool
    source: Source = Source.INBOX


class Basis(StrEnum):
    """What an estimate rests on."""

    ALL_READ = "all_read"
    VERDICTS = "verdicts"
    """The probabilities of the model, put right by verdicts in the inbox."""
    SAMPLE = "sample"
    """A random sample: exact bounds, whatever the model is worth."""
    PROBABILITIES = "probabilities"
    """The probabilities of the model alone: no verdict yet."""


class Reason(StrEnum):
    """Why reading may stop or not."""

    ALL_READ = "all_read"
    TARGET_REACHED = "target_reached"
    NOTHING_READ = "nothing_read"
    NO_SAMPLE = "no_sample"
    """Nothing is known of what was not flagged but what the model says."""
    TOO_MUCH_UNREAD = "too_much_unread"
    """The inbox may still hold more than the target allows."""
    SAMPLE_TOO_SMALL = "sample_too_small"
    """What was not flagged may hold more than the target allows: the sample cannot rule it out."""


@dataclass(frozen=True)
class Left:
    """Relevant items among the unread ones of a part.

    Attributes
    ----------
    n_unread
        Items nobody has read.
    expected
        Relevant ones among them: as likely too many as too few (the median); between ``low`` and ``high``.
    low, high
        Interval at the confidence asked for, both ends included.
    basis
        What this rests on.
    """

    n_unread: int
    expected: int
    low: int
    high: int
    basis: Basis


@dataclass(frozen=True)
class Recall:
    """Share of the relevant items that has been found, and whether that suffices.

    Attributes
    ----------
    expected
        Relevant ones found over all expected; None where neither were found nor are expected.
    at_least
        Lower bound, one-sided, at the confidence asked for.
    stop
        Whether ``at_least`` reaches the target, or all has been read.
    reason
        Why, for a message.
    """

    expected: float | None
    at_least: float
    stop: bool
    reason: Reason


@dataclass(frozen=True)
class Remaining:
    """Where reading stands.

    Attributes
    ----------
    found
        Relevant items read, wherever they came from.
    inbox, others
        What is left in the inbox, and among what was not flagged.
    inbox_recall
        Of the relevant items in the inbox.
    recall
        Of the relevant items of the whole scan.
    sample_needed
        How many items more of the sample would do to reach the target for the whole scan once the inbox is read, if
        none of those is relevant; 0 when no more is needed.
    """

    found: int
    inbox: Left
    others: Left
    inbox_recall: Recall
    recall: Recall
    sample_needed: int


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
    flagged, sampled = sources == Source.INBOX, sources == Source.SAMPLE
    inbox = _count(given[flagged], relevant[flagged], unread_inbox, drift)
    # A random sample stands for what it was drawn from: nothing sets the unread ones apart.
    others = _count(given[sampled], relevant[sampled], unread_others, replace(drift, unread=0.0))
    sample = _Sample(others.n_items + int(sampled.sum()), int(sampled.sum()), int(relevant[sampled].sum()))
    found_inbox, found = int(relevant[flagged].sum()), int(relevant.sum())

    left_inbox = _left_in_inbox(inbox, int(flagged.sum()), risk)
    left_others = _left_elsewhere(others, sample, risk)
    share = FOR_THE_INBOX if others.n_items else 1.0
    return Remaining(
        found,
        left_inbox,
        left_others,
        _inbox_recall(found_inbox, left_inbox, inbox.quantile(confidence), target),
        _recall(found, left_inbox, left_others, inbox.quantile(1 - risk * share), sample, risk, target),
        _sample_needed(found, left_inbox, sample, risk, target),
    )


def _count(given: NDArray[np.float64], relevant: NDArray[np.bool_], unread: Unread, drift: Drift) -> Counts:
    gathered = unread if isinstance(unread, Pooled) else pool(np.asarray(unread, dtype=np.float64))
    return recalibrate(given, relevant, drift).counts_of(gathered, drift.unread)


def _left_in_inbox(counts: Counts, n_read: int, risk: float) -> Left:
    if counts.n_items == 0:
        return Left(0, 0, 0, 0, Basis.ALL_READ)
    basis = Basis.VERDICTS if n_read else Basis.PROBABILITIES
    return _left(counts, counts.quantile(risk / 2), counts.quantile(1 - risk / 2), basis)


def _left_elsewhere(counts: Counts, sample: _Sample, risk: float) -> Left:
    if counts.n_items == 0:
        return Left(0, 0, 0, 0, Basis.ALL_READ)
    if sample.drawn:
        return _left(counts, sample.least_left(risk / 2), sample.most_left(risk / 2), Basis.SAMPLE)
    return _left(counts, counts.quantile(risk / 2), counts.quantile(1 - risk / 2), Basis.PROBABILITIES)


def _left(counts: Counts, low: int, high: int, basis: Basis) -> Left:
    return Left(counts.n_items, min(max(counts.quantile(0.5), low), high), low, high, basis)


def _share(found: int, left: float) -> float | None:
    return found / (found + left) if found + left > 0 else None


def _inbox_recall(found: int, left: Left, most_left: int, target: float) -> Recall:
    if left.basis is Basis.ALL_READ:
        return Recall(_share(found, 0), 1.0, True, Reason.ALL_READ)
    at_least = _share(found, most_left)
    at_least = 1.0 if at_least is None else at_least
    if left.basis is Basis.PROBABILITIES:
        return Recall(_share(found, left.expected), at_least, False, Reason.NOTHING_READ)
    reason = Reason.TARGET_REACHED if at_least >= target else Reason.TOO_MUCH_UNREAD
    return Recall(_share(found, left.expected), at_least, at_least >= target, reason)


def _recall(
    found: int, inbox: Left, others: Left, most_inbox: int, sample: _Sample, risk: float, target: float
) -> Recall:
    """Of the whole scan; where both parts are unread each gets a part of the risk."""
    if inbox.n_unread + others.n_unread == 0:
        return Recall(_share(found, 0), 1.0, True, Reason.ALL_READ)
    expected = _share(found, inbox.expected + others.expected)
    if others.n_unread and not sample.drawn:
        at_least = _share(found, most_inbox + others.high)
        return Recall(expected, 1.0 if at_least is None else at_least, False, Reason.NO_SAMPLE)
    most_others = sample.most_left(risk * (1 - FOR_THE_INBOX) if inbox.n_unread else risk) if others.n_unread else 0
    at_least = _share(found, most_inbox + most_others)
    at_least = 1.0 if at_least is None else at_least
    if inbox.basis is Basis.PROBABILITIES:
        return Recall(expected, at_least, False, Reason.NOTHING_READ)
    if at_least >= target:
        return Recall(expected, at_least, True, Reason.TARGET_REACHED)
    enough_inbox = (_share(found, most_inbox) or 0.0) >= target
    return Recall(expected, at_least, False, Reason.SAMPLE_TOO_SMALL if enough_inbox else Reason.TOO_MUCH_UNREAD)


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
