"""Lists in pages."""

from __future__ import annotations


def page_start(start: int, total: int, step: int) -> int:
    """Where the page begins that holds item ``start`` (from 0) of ``total``; the nearest page where there is none."""
    return max(0, min(start, max(total - 1, 0))) // step * step
