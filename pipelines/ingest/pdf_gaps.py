"""What parts text that stands on one baseline: ruled lines and the gaps between columns."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipelines.ingest.pdf_drawings import Box

GUTTER_REACH = 75.0
"""Points above and below in which lines are compared: six lines of ordinary type."""
GUTTER_ROWS = 3
"""So many other lines with white at the same place make it a column gap."""

FLUSH = 2.0
"""Points by which the ends of justified lines differ at most."""


class Walls:
    """Upright ruled lines, which no line of text crosses."""

    def __init__(self, rules: Sequence[Box]) -> None:
        upright = sorted((r for r in rules if r.height > 3 * r.width and r.height > 4.0), key=lambda r: r.left)
        self._rules = upright
        self._lefts = [r.left for r in upright]

    def between(self, left: Box, right: Box) -> bool:
        """Whether a ruled line stands between two boxes on one baseline."""
        if not self._rules:
            return False
        middle = (left.top + left.bottom) / 2
        low = bisect_left(self._lefts, left.right - 1.0)
        high = bisect_right(self._lefts, right.left + 1.0)
        return any(rule.top <= middle <= rule.bottom for rule in self._rules[low:high])

    def between_each(
        self, lefts: NDArray[np.float64], middles: NDArray[np.float64], rights: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        """As :meth:`between`, of many pairs, told by where the first ends, its middle, and where the other starts."""
        found = np.zeros(len(lefts), np.bool_)
        if not self._rules:
            return found
        low = np.searchsorted(self._lefts, lefts - 1.0, "left")
        high = np.searchsorted(self._lefts, rights + 1.0, "right")
        for at in np.flatnonzero(low < high).tolist():
            found[at] = any(rule.top <= middles[at] <= rule.bottom for rule in self._rules[low[at] : high[at]])
        return found


class Gutters:
    """Places where lines near one another have white at the same place: the gaps between columns.

    In a justified column wide word spaces meet by chance too; there other lines run across the place.
    """

    def __init__(self, neighbours: Sequence[tuple[Box, Box]], boxes: Sequence[Box]) -> None:
        self._gaps = [(a.right, b.left, (b.top + b.bottom) / 2) for a, b in neighbours if b.left > a.right]
        self._boxes = sorted(boxes, key=lambda box: box.top + box.bottom)
        self._middles = [(box.top + box.bottom) / 2 for box in self._boxes]

    def between(self, left: Box, right: Box) -> bool:
        """Whether the white between two boxes on one baseline is part of a column gap."""
        x, y = (left.right + right.left) / 2, (right.top + right.bottom) / 2
        n_white = self._white(x, y, GUTTER_REACH)
        return n_white >= GUTTER_ROWS and n_white > self._crossing(x, y, GUTTER_REACH)

    def amid_text(self, left: Box, right: Box) -> bool:
        """Whether most of the two lines above and below run across the white between two boxes."""
        x, y = (left.right + right.left) / 2, (right.top + right.bottom) / 2
        reach = 2.8 * max(right.height, 1.0)
        n_crossing = self._crossing(x, y, reach)
        return n_crossing >= 2 and n_crossing > self._white(x, y, reach)

    def ends_of_full_line(self, left: Box, right: Box) -> bool:
        """Whether a line above or below runs from where one box starts to where the other one ends."""
        y = (right.top + right.bottom) / 2
        reach = 2.8 * max(right.height, 1.0)
        low, high = bisect_left(self._middles, y - reach), bisect_right(self._middles, y + reach)
        return any(
            abs(box.left - left.left) <= FLUSH and abs(box.right - right.right) <= FLUSH
            for box in self._boxes[low:high]
        )

    def _white(self, x: float, y: float, reach: float) -> int:
        return sum(a < x < b and 2.0 < abs(middle - y) < reach for a, b, middle in self._gaps)

    def _crossing(self, x: float, y: float, reach: float) -> int:
        low, high = bisect_left(self._middles, y - reach), bisect_right(self._middles, y + reach)
        return sum(box.left < x - 1.0 and box.right > x + 1.0 for box in self._boxes[low:high])
