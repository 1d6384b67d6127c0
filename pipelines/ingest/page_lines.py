"""Gathers the characters of a PDF page into the lines that a reader sees, whichever way they run."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

FAR = 1e6
"""Points beyond which a place is no place on paper; also keeps out what is not a number."""
ASCENT, DESCENT = 0.78, -0.22
"""Of the type size above and below the baseline: from the foot of a *g* to the head of a *b* in common typefaces. It
gives the lines of a passage one height, where boxes around the ink alone would jump from line to line."""
SAME_BASELINE = 0.7
"""Of the smaller type size: a raised note mark stands 0.6 of its own size higher, the next line at least 1."""
MOST_GAP = 5.0
"""Of the type size between two characters of one line; beyond it something else may stand between. In the blocks of 16
real and bundled files the gaps of justified lines reach 3.2, the next one (from bullet to bullet of a row) is 22."""
ODD_HEIGHT = 2.5
"""Of the type size: a taller character has a faulty box (or its type size is not what counts)."""


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character in a frame that is turned with its text.

    ``low`` and ``high`` are measured along the text, ``foot`` and ``head`` across it, all in points.
    """

    low: float
    high: float
    foot: float
    head: float
    baseline: float
    size: float
    angle: float
    """Radians against the clock."""

    @classmethod
    def place(
        cls,
        box: tuple[float, float, float, float],
        origin: tuple[float, float],
        matrix: tuple[float, float, float, float],
        font_size: float,
    ) -> Self | None:
        """Turn what PDFium says of a character; ``None`` for one without extent or in no place.

        Parameters
        ----------
        box
            Left, bottom, right and top of its ink, in points of the page.
        origin
            Where its baseline begins.
        matrix
            *a*, *b*, *c*, *d* of its text matrix.
        font_size
            Before the matrix is applied; below zero where the text is turned by it.
        """
        if not all(-FAR < v < FAR for v in (*box, *origin, *matrix, font_size)):
            return None
        left, bottom, right, top = box
        if right <= left and top <= bottom:
            return None
        a, b, c, d = (-v for v in matrix) if font_size < 0 else matrix
        angle = math.atan2(b, a)
        quarter = _quarter(angle)
        angle = angle if quarter is None else quarter
        cosine, sine = math.cos(angle), math.sin(angle)
        along = [x * cosine + y * sine for x in (left, right) for y in (bottom, top)]
        across = [y * cosine - x * sine for x in (left, right) for y in (bottom, top)]
        baseline = origin[1] * cosine - origin[0] * sine
        size = abs(font_size) * math.hypot(c, d)
        upside = 1.0 if a * d - b * c >= 0 else -1.0
        foot, head = min(across), max(across)
        band = sorted((baseline + upside * DESCENT * size, baseline + upside * ASCENT * size))
        if head - foot > ODD_HEIGHT * size:
            size = head - foot
        else:
            foot, head = min(foot, band[0]), max(head, band[1])
        return cls(min(along), max(along), foot, head, baseline, size, angle)

    @property
    def slanting(self) -> bool:
        """Whether it runs neither level nor upright."""
        return _quarter(self.angle) is None


@dataclass(slots=True)
class Line:
    """Characters beside one another."""

    low: float
    high: float
    foot: float
    head: float
    last: Glyph

    def takes(self, glyph: Glyph) -> bool:
        """Whether ``glyph`` stands in this line, beside the character before it."""
        if glyph.slanting or glyph.angle != self.last.angle:
            return False
        smaller = min(glyph.size, self.last.size)
        gap = max(glyph.low - self.high, self.low - glyph.high)
        return abs(glyph.baseline - self.last.baseline) < SAME_BASELINE * smaller and gap < MOST_GAP * max(
            glyph.size, self.last.size
        )

    def add(self, glyph: Glyph) -> None:
        """Stretch to hold ``glyph``."""
        self.low, self.high = min(self.low, glyph.low), max(self.high, glyph.high)
        self.foot, self.head = min(self.foot, glyph.foot), max(self.head, glyph.head)
        self.last = glyph

    def corners(self) -> list[tuple[float, float]]:
        """Its four corners on the page, in points."""
        cosine, sine = math.cos(self.last.angle), math.sin(self.last.angle)
        return [
            (u * cosine - v * sine, u * sine + v * cosine)
            for u in (self.low, self.high)
            for v in (self.foot, self.head)
        ]


def gather_lines(glyphs: Iterable[Glyph]) -> list[Line]:
    """Lines in the order of the text.

    A character of slanting text is a line of its own: boxes stand upright, and one around a whole slanting line would
    cover much of the page.
    """
    lines: list[Line] = []
    for glyph in glyphs:
        if lines and lines[-1].takes(glyph):
            lines[-1].add(glyph)
        else:
            lines.append(Line(glyph.low, glyph.high, glyph.foot, glyph.head, glyph))
    return lines


def _quarter(angle: float) -> float | None:
    """The quarter turn that ``angle`` is, give or take a degree."""
    turns = round(angle / (math.pi / 2))
    return turns % 4 * math.pi / 2 if abs(angle - turns * math.pi / 2) < math.radians(1.0) else None
