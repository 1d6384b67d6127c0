"""Numbers of pages as people write them."""

from __future__ import annotations

from collections.abc import Iterable

_MOST_PARTS = 6


def page_ranges(numbers: Iterable[int]) -> str:
    """``1, 4-7``; at most six parts, then an ellipsis."""
    parts: list[list[int]] = []
    for number in sorted(numbers):
        if parts and number == parts[-1][1] + 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    shown = [str(a) if a == b else f"{a}-{b}" for a, b in parts[:_MOST_PARTS]]
    return ", ".join(shown) + (", …" if len(parts) > _MOST_PARTS else "")
