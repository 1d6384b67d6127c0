"""The characters of a page that run one way, cut into pieces: where the baseline changes or the pen jumps."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pipelines.ingest.pdf_characters import FIRST_RIGHT_TO_LEFT, Character, Characters, PageCharacters
from pipelines.ingest.pdf_drawings import Box
from pipelines.ingest.pdf_gaps import Walls
from pipelines.ingest.pdf_styles import Style

GAP = 0.9
"""White of more than this many times the type size may be a column gap. Measured on the parliamentary papers: word
spaces in justified columns stay under 0.8, gutters start at 1.2."""
MIXED = -1
"""Look of a piece whose characters do not all look alike."""

_FIRST_BEYOND = 0x3001
_IS_SPACE = np.array([chr(code).isspace() for code in range(_FIRST_BEYOND + 1)])
"""Whether a character is white; none is from the code after that of the ideographic space."""


class Run:
    """Characters of one direction, turned so that they read level."""

    def __init__(self, characters: Characters) -> None:
        self.text = characters.text
        self.indices: list[int] = characters.index.tolist()
        self.lefts: list[float] = characters.left.tolist()
        self.tops: list[float] = characters.top.tolist()
        self.rights: list[float] = characters.right.tolist()
        self.bottoms: list[float] = characters.bottom.tolist()
        self._codes: list[int] = characters.code.tolist()
        self._numbers: list[int] = characters.style.tolist()
        self._styles = characters.styles

    def box(self, at: int) -> Box:
        return Box(self.lefts[at], self.tops[at], self.rights[at], self.bottoms[at])

    def style(self, at: int) -> Style:
        return self._styles[self._numbers[at]]

    def character(self, at: int) -> Character:
        return Character(self.indices[at], self._codes[at], self.box(at), self.style(at))

    def space_before(self, at: int) -> Character:
        """A space to put in before a character."""
        left, top, bottom = self.lefts[at], self.tops[at], self.bottoms[at]
        return Character(-1, 32, Box(left, top, left, bottom), self.style(at))


@dataclass(slots=True)
class Piece:
    """Characters that the file draws one after the other on one baseline."""

    parts: list[tuple[int, int]]
    """Stretches of the run, each from the first character to the one after the last; a space goes between two."""
    box: Box
    size: float
    order: int
    look: int
    """Number of the look that all its characters have."""
    gap_before: float | None = None
    """White between this piece and the one before it in the file, on the same baseline; else ``None``."""
    spaced: bool = False
    """A space stood between them."""

    def append(self, other: Piece) -> None:
        """Go on with another one, after a space."""
        self.parts += other.parts
        self.box = self.box.union(other.box)
        self.look = self.look if self.look == other.look else MIXED


def turn(characters: Characters, angle: int | None, page: PageCharacters) -> Characters:
    """Those characters that run in one direction, on the page turned so that they read level."""
    angles = characters.angles()
    if len(angles) > 1:
        characters = characters.which(characters.by_style(lambda style: style.angle == angle, np.bool_))
    if not angle:
        return characters
    left, top, right, bottom = characters.left, characters.top, characters.right, characters.bottom
    if angle == 1:
        left, top, right, bottom = page.height - bottom, left, page.height - top, right
    elif angle == 2:
        left, top, right, bottom = page.width - right, page.height - bottom, page.width - left, page.height - top
    else:
        left, top, right, bottom = top, page.width - right, bottom, page.width - left
    return replace(characters, left=left, top=top, right=right, bottom=bottom)


def cut(characters: Characters, run: Run, walls: Walls) -> list[Piece]:
    """Cut the stream of characters where the baseline changes or the pen jumps."""
    space = _IS_SPACE[np.minimum(characters.code, _FIRST_BEYOND)]
    inked = np.flatnonzero(~space)
    if not len(inked):
        return []
    before, after = inked[:-1], inked[1:]
    same, white, jump = _jumps(characters, before, after, walls)
    cuts = np.flatnonzero(jump)
    starts = inked[np.concatenate(([0], cuts + 1))]
    stops = inked[np.concatenate((cuts, [len(inked) - 1]))] + 1
    boxes = _boxes(characters, starts, stops)
    looks = _looks(characters, starts, stops)
    gaps = [None, *(gap if on and gap > 0 else None for on, gap in zip(same[cuts], white[cuts].tolist(), strict=True))]
    spaced = [False, *(after[cuts] - before[cuts] > 1).tolist()]
    pieces: list[Piece] = []
    for order, (start, stop) in enumerate(zip(starts.tolist(), stops.tolist(), strict=True)):
        if looks[order] != MIXED:
            size = run.style(start).size
        else:
            sizes = Counter(run.style(at).size for at in range(start, stop) if not run.text[at].isspace())
            size = sizes.most_common(1)[0][0]
        size = size or run.box(start).height
        pieces.append(Piece([(start, stop)], boxes[order], size, order, looks[order], gaps[order], spaced[order]))
    return pieces


def _jumps(
    characters: Characters, before: NDArray[np.int64], after: NDArray[np.int64], walls: Walls
) -> tuple[NDArray[np.bool_], NDArray[np.float64], NDArray[np.bool_]]:
    """Of pairs of characters: whether both stand on one baseline, the white between them, and whether to cut there."""
    left_a, left_b = characters.left[before], characters.left[after]
    right_a, right_b = characters.right[before], characters.right[after]
    top_a, top_b = characters.top[before], characters.top[after]
    bottom_a, bottom_b = characters.bottom[before], characters.bottom[after]
    overlap = np.minimum(bottom_a, bottom_b) - np.maximum(top_a, top_b)
    low = np.minimum(bottom_a - top_a, bottom_b - top_b)
    same = (overlap > 0.5 * low) | ((low <= 0) & (np.abs(bottom_a - bottom_b) < 1.0))
    # The letters of a ligature share the box of its one glyph.
    ligature = (left_a == left_b) & (right_a == right_b) & (left_a < right_a)
    white = np.where(ligature, 0.0, left_b - right_a)
    backwards = _right_to_left(characters.code[after])
    white = np.where(backwards, np.maximum(white, left_a - right_b), white)
    sizes = characters.by_style(lambda style: style.size, np.float64)
    size = np.maximum(np.maximum(sizes[before], sizes[after]), 1.0)
    jump = ~same | (white > GAP * size) | (white < -0.6 * size)
    asked = np.flatnonzero(~jump & (after - before > 1))
    jump[asked] = walls.between_each(right_a[asked], (top_a[asked] + bottom_a[asked]) / 2, left_b[asked])
    return same, white, jump & ~(same & backwards & (np.abs(white) < GAP * size))


def _right_to_left(codes: NDArray[np.int64]) -> NDArray[np.bool_]:
    found = codes >= FIRST_RIGHT_TO_LEFT
    if found.any():
        there, of = np.unique(codes[found], return_inverse=True)
        turned = [unicodedata.bidirectional(chr(code)) in ("R", "AL", "AN") for code in there.tolist()]
        found[found] = np.array(turned)[of.reshape(-1)]
    return found


def _boxes(characters: Characters, starts: NDArray[np.int64], stops: NDArray[np.int64]) -> list[Box]:
    bounds = np.column_stack((starts, stops)).ravel()

    def around(values: NDArray[np.float64], reduce: Callable[..., NDArray[np.float64]]) -> list[float]:
        # One more value than there are, since the last stop may be the end.
        return reduce(np.append(values, values[-1]), bounds)[::2].tolist()

    least, most = np.minimum.reduceat, np.maximum.reduceat
    sides = (
        around(characters.left, least),
        around(characters.top, least),
        around(characters.right, most),
        around(characters.bottom, most),
    )
    return [Box(*each) for each in zip(*sides, strict=True)]


def _looks(characters: Characters, starts: NDArray[np.int64], stops: NDArray[np.int64]) -> list[int]:
    """Number of the look (size, weight, slant, colour) of pieces that have one alone."""
    numbers: dict[tuple[object, ...], int] = {}
    look = characters.by_style(
        lambda style: numbers.setdefault((style.size, style.bold, style.italic, style.colour), len(numbers)), np.int64
    )
    changes = np.concatenate(([0], np.cumsum(look[1:] != look[:-1])))
    return np.where(changes[stops - 1] == changes[starts], look[starts], MIXED).tolist()
