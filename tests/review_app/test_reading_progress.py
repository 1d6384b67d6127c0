"""The line above the inbox: what was read, what is left, what the sample tells."""

from __future__ import annotations

import numpy as np

from pipelines.domain.inbox import Listed
from pipelines.review_app.reading_progress import Waiting, progress_of

_FLAGGED = [(f"f{n}", Listed.FLAGGED, 0.9) for n in range(10)]
_SAMPLE = [(f"s{n}", Listed.SAMPLE, 0.05) for n in range(5)]
_UNFLAGGED = np.full(200, 0.05)
_WAITING = Waiting.of([*_FLAGGED, *_SAMPLE, ("d0", Listed.DECIDED, 0.05)], _UNFLAGGED)


def test_nothing_flagged_is_nothing_to_tell() -> None:
    progress = progress_of(Waiting.of([], _UNFLAGGED), {})
    assert (progress.total, progress.remaining, progress.lines) == (0, None, ())


def test_reading_counts_what_came_to_a_conclusion() -> None:
    progress = progress_of(_WAITING, {"f0": True, "f1": False, "s0": False})
    assert (progress.read, progress.total, progress.sample_read) == (2, 10, 1)
    assert progress.remaining is not None
    assert progress.remaining.found == 1
    assert progress.remaining.inbox.n_unread == 8


def test_all_of_the_list_read_leaves_nothing_in_it() -> None:
    progress = progress_of(_WAITING, {item: True for item, _, _ in _FLAGGED})
    assert progress.remaining is not None
    assert (progress.remaining.inbox.expected, progress.remaining.inbox.high) == (0, 0)
    assert not progress.remaining.recall.stop  # nothing is known of what was not flagged


def test_only_what_was_read_without_a_gap_is_a_sample() -> None:
    """Whoever skips the first draws by choice, not by chance."""
    assert progress_of(_WAITING, {"s1": False, "s2": False}).sample_read == 0
    assert progress_of(_WAITING, {"s0": False, "s1": False, "s3": False}).sample_read == 2
    with_gap = progress_of(_WAITING, {"s0": False, "s3": True})
    assert with_gap.remaining is not None
    assert (with_gap.sample_read, with_gap.remaining.found) == (1, 1)


def test_reading_on_below_the_line_counts_as_found() -> None:
    below = [(f"n{n}", Listed.NEXT, 0.4) for n in range(5)]
    waiting = Waiting.of([*_FLAGGED, *_SAMPLE, *below], np.append(_UNFLAGGED, [0.4] * 5))
    before, after = progress_of(waiting, {"f0": True}), progress_of(waiting, {"f0": True, "n0": True, "n1": False})
    assert before.remaining is not None and after.remaining is not None
    assert (before.remaining.found, after.remaining.found) == (1, 2)
    assert before.remaining.others.n_unread - after.remaining.others.n_unread == 2
    assert after.sample_read == 0


def test_what_was_read_outside_the_list_is_no_longer_unread() -> None:
    before, after = progress_of(_WAITING, {"f0": True}), progress_of(_WAITING, {"f0": True, "s0": False, "d0": True})
    assert before.remaining is not None and after.remaining is not None
    assert before.remaining.others.n_unread - after.remaining.others.n_unread == 2
