"""Columns of running text on a page: where one line of sight runs down between two texts, they are read apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipelines.ingest.pdf_blocks import (
    COLUMN_GAP,
    MAX_LINES,
    LayoutBlock,
    ends_sentence,
    group_lines,
    same_size,
)
from pipelines.ingest.pdf_join import HYPHENS
from pipelines.ingest.pdf_lines import Line

RUNNING_WORDS = 4.0
"""Mean words per line of running text at least. Measured on 868 stacks of three lines and more in 16 bundled and real
reports: the narrowest running text (answers in a box, three columns) has 4.0 to 4.7, stacks of cells 1 to 3."""
RUNNING_SHARE = 0.4
"""Share of the lines in running text that go on with the sentence of the line above. Measured on the same stacks:
paragraphs of 7 words a line and more 0.6 to 1.0, stacks of names, titles and contents entries 0.0 to 0.33."""
RUNNING_LINES = 3
"""Lines of a stack from which its running on can be judged."""
SIDE_LINES = 5
"""Lines of running text on each side of a gutter at least: cells of tables seldom have more than four."""
SIDE_TEXTS = 3
"""Texts on each side from which it counts whether they start level."""
LEVEL_STARTS = 0.7
"""Share of the texts right of a gap that start level with one on its left from which both are cells of a table's rows.
Measured on 25 pages in two columns with at least so many texts a side: 0 to 0.33; rows of a table all start level."""
LEVEL_LINES = 0.7
"""The same for the single lines of a stretch without running text: a table across both columns has all its rows level,
lines of unlike pitch meet within ``LEVEL`` by chance about once in five."""
LEVEL = 1.2
"""Points between the feet of two lines on one row at most."""


@dataclass(frozen=True, slots=True)
class Gutter:
    """A white strip between two columns of running text, from ``left`` to ``right`` in points."""

    left: float
    right: float

    def crossed_by(self, line: Line) -> bool:
        """Whether a line stands in the strip."""
        return line.box.left < self.right and line.box.right > self.left

    def has_left(self, line: Line) -> bool:
        """Whether a line stands left of the strip."""
        return line.box.right <= self.left


def goes_on(above: Line, line: Line) -> bool:
    """Whether a line reads as the rest of the sentence, or of the word, of the line above it."""
    end, start = above.text.rstrip(), line.text.lstrip()
    if end[-1:] and end[-1] in HYPHENS:
        return True
    return start[:1].islower() and not ends_sentence(end)


def is_running(lines: Sequence[Line]) -> bool:
    """Whether lines under one another are running text and no stack of short cells."""
    if len(lines) < RUNNING_LINES or sum(len(line.text.split()) for line in lines) < RUNNING_WORDS * len(lines):
        return False
    return sum(goes_on(above, line) for above, line in pairwise(lines)) >= RUNNING_SHARE * (len(lines) - 1)


class Stacks:
    """The stacks of lines of one page: asked for several times of the same lines, made once.

    Parameters
    ----------
    pitches
        Usual distance between lines of each type size, see :func:`~pipelines.ingest.pdf_blocks.usual_pitches`.
    """

    def __init__(self, pitches: dict[int, float]) -> None:
        self._pitches = pitches
        self._made: dict[tuple[int, ...], list[LayoutBlock]] = {}
        self._running: dict[tuple[int, ...], list[LayoutBlock]] = {}

    def of(self, lines: list[Line]) -> list[LayoutBlock]:
        """Lines below one another in the same type, see :func:`~pipelines.ingest.pdf_blocks.group_lines`."""
        key = tuple(map(id, lines))
        if key not in self._made:
            self._made[key] = group_lines(lines, self._pitches)
        return self._made[key]

    def running(self, lines: list[Line]) -> list[LayoutBlock]:
        """Those of them that are running text."""
        key = tuple(map(id, lines))
        if key not in self._running:
            self._running[key] = [block for block in self.of(lines) if is_running(block.lines)]
        return self._running[key]


def part_columns(lines: list[Line], stacks: Stacks) -> list[list[Line]]:
    """Lines of a page apart by column; what runs across columns, or has no column beside it, stays together.

    Parameters
    ----------
    lines
        Lines of a page in one direction.
    stacks
        Of the page.

    Returns
    -------
    list of list
        Each line once; the lines that stand in no column first.
    """
    if len(lines) > MAX_LINES:
        return [lines]
    return _part(lines, stacks.running(lines))


def _part(lines: list[Line], running: list[LayoutBlock]) -> list[list[Line]]:
    gutter = _find_gutter(lines, running)
    if gutter is None:
        return [lines]
    across, left, right = _apart(lines, running, gutter)
    if not left or not right:
        return [lines]
    here = {id(line) for line in left}, {id(line) for line in right}
    parts = [across]
    for side, ids in zip((left, right), here, strict=True):
        parts += _part(side, [block for block in running if id(block.lines[0]) in ids])
    return parts


def _find_gutter(lines: Sequence[Line], running: Sequence[LayoutBlock]) -> Gutter | None:
    """The gap with most running text beside it, of those at the left edge of a running text."""
    best: Gutter | None = None
    most = 0
    for edge in sorted({round(block.box.left) for block in running}):
        strip = Gutter(edge - COLUMN_GAP, edge - 1.0)
        left, right = _beside(lines, running, strip)
        n_left, n_right = (sum(len(block.lines) for block in side) for side in (left, right))
        if min(n_left, n_right) < SIDE_LINES or n_left + n_right <= most or _level_starts(left, right):
            continue
        best, most = strip, n_left + n_right
    return best


def _beside(
    lines: Sequence[Line], running: Sequence[LayoutBlock], strip: Gutter
) -> tuple[list[LayoutBlock], list[LayoutBlock]]:
    """Running texts left and right of a strip, in those heights where no line stands in it and both sides have one."""
    crossing = sorted((line.middle for line in lines if strip.crossed_by(line)), reverse=True)
    left: list[LayoutBlock] = []
    right: list[LayoutBlock] = []
    stretches: dict[float, tuple[list[LayoutBlock], list[LayoutBlock]]] = {}
    for block in running:
        if any(strip.crossed_by(line) for line in block.lines):
            continue
        above = next((y for y in crossing if y < block.box.top), float("-inf"))
        sides = stretches.setdefault(above, ([], []))
        sides[0 if block.box.right <= strip.left else 1].append(block)
    for one, other in stretches.values():
        if one and other:
            left += one
            right += other
    return left, right


def _level_starts(left: Sequence[LayoutBlock], right: Sequence[LayoutBlock]) -> bool:
    """Whether the texts on both sides start level, as the cells of a table do."""
    if min(len(left), len(right)) < SIDE_TEXTS:
        return False
    feet = [block.lines[0].box.bottom for block in left]
    n_level = sum(any(abs(block.lines[0].box.bottom - foot) < LEVEL for foot in feet) for block in right)
    return n_level >= LEVEL_STARTS * len(right)


def _apart(
    lines: Sequence[Line], running: Sequence[LayoutBlock], gutter: Gutter
) -> tuple[list[Line], list[Line], list[Line]]:
    """Lines across the gutter (or in rows that a table has on both sides), left of it and right of it."""
    covered = [(b.box.top, b.box.bottom) for b in running if not any(gutter.crossed_by(line) for line in b.lines)]
    across: list[Line] = []
    left: list[Line] = []
    right: list[Line] = []
    free: list[Line] = []

    def settle() -> None:
        if not free:
            return
        if _is_level(free, gutter):
            across.extend(free)
        else:
            left.extend(line for line in free if gutter.has_left(line))
            right.extend(line for line in free if not gutter.has_left(line))
        free.clear()

    for line in sorted(lines, key=lambda line: line.middle):
        middle = line.middle
        if gutter.crossed_by(line):
            settle()
            across.append(line)
        elif any(top <= middle <= bottom for top, bottom in covered):
            settle()
            (left if gutter.has_left(line) else right).append(line)
        else:
            free.append(line)
    settle()
    return across, left, right


def _is_level(lines: Sequence[Line], gutter: Gutter) -> bool:
    """Whether most lines of a stretch have one beside them across the gutter: rows of one table."""
    left = [line for line in lines if gutter.has_left(line)]
    right = [line for line in lines if not gutter.has_left(line)]
    if min(len(left), len(right)) < RUNNING_LINES:
        return False
    n_level = sum(
        any(abs(a.box.bottom - b.box.bottom) < LEVEL and same_size(a.size, b.size) for b in right) for a in left
    )
    n_level += sum(any(abs(a.box.bottom - b.box.bottom) < LEVEL for a in left) for b in right)
    return n_level >= LEVEL_LINES * (len(left) + len(right))
