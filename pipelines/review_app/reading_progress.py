"""The line above the inbox: how much was read, how much is left to find, whether one may stop."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pipelines.domain.inbox import Listed
from pipelines.review.left_to_read import Basis, Left, Reading, Remaining, Source
from pipelines.review.remaining import estimate_remaining


@dataclass(frozen=True)
class ReadingProgress:
    """What was read of what was flagged, and what remains."""

    read: int
    total: int
    remaining: Remaining | None
    """``None`` where nothing was flagged."""
    sample_read: int = 0
    """Items of the sample that count: read in the order of chance, without a gap."""
    lines: tuple[tuple[str, Left], ...] = field(default=())
    """Estimates to be told: key of the words, and the estimate."""


@dataclass(frozen=True)
class Waiting:
    """What the inbox and the rest hold, as long as no scan makes it anew."""

    flagged: tuple[str, ...]
    """Items in their order; so the sample."""
    flagged_flags: NDArray[np.float64]
    """Their probabilities, shape (n_items,)."""
    sample: tuple[str, ...]
    below: frozenset[str]
    """Items that were nearly flagged."""
    flags: dict[str, float]
    """Probability of each item in the list, for whatever reason it is there."""
    unflagged: NDArray[np.float64]
    """Probabilities of all items that were not flagged, in or out of the list; ascending, shape (n_items,)."""

    @classmethod
    def of(cls, items: Sequence[tuple[str, Listed, float]], unflagged: NDArray[np.float64]) -> Waiting:
        """From the inbox in its order."""
        flagged = [(item_id, flag) for item_id, listed, flag in items if listed is Listed.FLAGGED]
        return cls(
            tuple(item_id for item_id, _ in flagged),
            np.array([flag for _, flag in flagged], dtype=np.float64),
            tuple(item_id for item_id, listed, _ in items if listed is Listed.SAMPLE),
            frozenset(item_id for item_id, listed, _ in items if listed is Listed.NEXT),
            {item_id: flag for item_id, _, flag in items},
            np.sort(unflagged),
        )


def progress_of(waiting: Waiting, verdicts: Mapping[str, bool]) -> ReadingProgress:
    """Estimate what remains.

    Parameters
    ----------
    waiting
        What there is to read.
    verdicts
        Items that were read, and whether each is evidence.
    """
    if not waiting.flagged:
        return ReadingProgress(0, 0, None)
    is_read = np.fromiter((item in verdicts for item in waiting.flagged), np.bool_, len(waiting.flagged))
    inbox = set(waiting.flagged)
    read = [Reading(waiting.flags[i], v, Source.INBOX) for i, v in verdicts.items() if i in inbox]
    counted = list(itertools.takewhile(lambda item: item in verdicts, waiting.sample))
    sample = [Reading(waiting.flags[item], verdicts[item], Source.SAMPLE) for item in counted]
    # Read further on in the sample, or found by search: found, but no sign of what the rest holds. Of the sample only
    # what was read in the order of chance without a gap is drawn at random.
    others = inbox.union(counted)
    elsewhere = [
        Reading(waiting.flags[i], v, Source.NEXT if i in waiting.below else Source.ELSEWHERE)
        for i, v in verdicts.items()
        if i not in others and i in waiting.flags
    ]
    seen = [reading.probability for reading in (*sample, *elsewhere)]
    rest = _without(waiting.unflagged, seen)
    remaining = estimate_remaining([*read, *sample, *elsewhere], waiting.flagged_flags[~is_read], rest)
    lines: list[tuple[str, Left]] = []
    if read or remaining.inbox.basis is Basis.PROBABILITIES:
        lines.append(("page.progress.left", remaining.inbox))
    if sample:
        lines.append(("page.progress.left_elsewhere", remaining.others))
    return ReadingProgress(len(read), len(waiting.flagged), remaining, len(sample), tuple(lines))


def _without(ordered: NDArray[np.float64], taken: Sequence[float]) -> NDArray[np.float64]:
    """``ordered``, which is ascending, without one occurrence of each of ``taken``."""
    keep = np.ones(len(ordered), dtype=np.bool_)
    for value in taken:
        place = int(np.searchsorted(ordered, value))
        while place < len(ordered) and not keep[place]:
            place += 1
        if place < len(ordered) and ordered[place] == value:
            keep[place] = False
    return ordered[keep]
