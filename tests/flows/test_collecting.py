"""Garbage is looked for less often during a scan, and as before after it."""

from __future__ import annotations

import gc

import pytest

from flows.collecting import collecting_seldom


def test_garbage_is_looked_for_less_often_and_as_before_afterwards() -> None:
    before, frozen = gc.get_threshold(), gc.get_freeze_count()
    with pytest.raises(KeyError), collecting_seldom():
        assert gc.get_threshold()[0] > before[0]
        assert gc.get_freeze_count() > frozen
        raise KeyError("a scan that fails")
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0


def test_garbage_in_circles_is_still_found() -> None:
    with collecting_seldom():
        n_before = gc.get_stats()[0]["collections"]
        for _ in range(100_000):
            circle: list[object] = []
            circle.append(circle)
        assert gc.get_stats()[0]["collections"] > n_before
        assert gc.get_count()[0] < 100_000
