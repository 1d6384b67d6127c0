"""The line above the inbox: how much was read, how much is left to find, whether one may stop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pipelines.domain.inbox import Listed
from pipelines.review.left_to_read import Basis, Left, Reading, Remaining, Source
from pipelines.review.remaining import estimate_remaining
from pipelines.store.inbox import ReadItem


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


def progress_of(items: Sequence[ReadItem], unflagged: NDArray[np.float64]) -> ReadingProgress:
    """Estimate what remains.

    Parameters
    ----------
    items
        The inbox in its order.
    unflagged
        Probabilities of all items that were not flagged, read or not; shape (n_items,).
    """
    flagged = [item for item in items if item.listed is Listed.FLAGGED]
    read = [Reading(item.flag, item.relevant, Source.INBOX) for item in flagged if item.relevant is not None]
    if not flagged:
        return ReadingProgress(0, 0, None)
    sample, counts = _sample([item for item in items if item.listed is Listed.SAMPLE])
    elsewhere = [
        Reading(item.flag, item.relevant, Source.ELSEWHERE)
        for item in (*counts, *(item for item in items if item.listed is Listed.DECIDED))
        if item.relevant is not None
    ]
    unread = np.array([item.flag for item in flagged if item.relevant is None], dtype=np.float64)
    rest = _without(unflagged, [reading.probability for reading in (*sample, *elsewhere)])
    remaining = estimate_remaining([*read, *sample, *elsewhere], unread, rest)
    lines: list[tuple[str, Left]] = []
    if read or remaining.inbox.basis is Basis.PROBABILITIES:
        lines.append(("page.progress.left", remaining.inbox))
    if sample:
        lines.append(("page.progress.left_elsewhere", remaining.others))
    return ReadingProgress(len(read), len(flagged), remaining, len(sample), tuple(lines))


def _sample(items: Sequence[ReadItem]) -> tuple[list[Reading], list[ReadItem]]:
    """Of the sample, the readings that count, and the items after them.

    Only what was read in the order of chance without a gap is a random sample: what was read further on was chosen by
    somebody, or stood further to the front before later scans brought more.
    """
    counted: list[Reading] = []
    for place, item in enumerate(items):
        if item.relevant is None:
            return counted, list(items[place:])
        counted.append(Reading(item.flag, item.relevant, Source.SAMPLE))
    return counted, []


def _without(all_values: NDArray[np.float64], taken: Sequence[float]) -> NDArray[np.float64]:
    """``all_values`` without one occurrence of each of ``taken``."""
    ordered = np.sort(all_values)
    keep = np.ones(len(ordered), dtype=np.bool_)
    for value in taken:
        place = int(np.searchsorted(ordered, value))
        while place < len(ordered) and not keep[place]:
            place += 1
        if place < len(ordered) and ordered[place] == value:
            keep[place] = False
    return ordered[keep]
