"""Lines become blocks of one column, and the blocks of a page are put in reading order."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from pipelines.domain.documents import BlockKind, CellPlace
from pipelines.ingest.pdf_drawings import Box
from pipelines.ingest.pdf_lines import Line

SAME_SIZE = 0.08
"""Type sizes that differ by less than this share are the same (measured: 8.53 points body, 9.06 heading)."""
PITCH_STEP = 1.22
"""A line this many times further down than usual starts a new block (in 12 real reports lines
of a block stand 1.1 to 1.4 type sizes apart, blocks 1.7 and more)."""
MAX_PITCH = 2.3
"""No block has lines further apart than this many times the type size (double spacing is 2.0 to 2.2)."""
MAX_LINES = 1500
"""Pages with more lines keep the order of the file: comparing each line with each would take seconds."""
COLUMN_GAP = 7.0
"""White between columns in points at least; the narrowest gutter in 12 real reports is 11."""

LIST_MARK = re.compile(
    r"(?:[•●▪■◦‣∙·○□➢►▶✓✔❑→*]|[\uf0a7\uf0b7\uf076\uf0d8\uf0fc\uf02d]|[-–—])\s+\S"
    r"|(?:\(?\d{1,2}[.)]|\(?[a-z]\)|[a-z]\.|\(?[ivx]{1,4}[.)])\s+\S"
)
BULLET = re.compile(r"[•●▪■◦‣○□➢►▶✓✔❑\uf0a7\uf0b7\uf076\uf0d8\uf0fc]\s")
SENTENCE_END = re.compile(r"[.!?:;…][\"'”’»)\]]*\d{0,3}$")

_YEAR_END = re.compile(r"\((?:19|20)\d\d[a-z]?\)\.$")
"""Authors and year of a reference: the title comes next, so this full stop ends nothing."""


@dataclass(slots=True)
class LayoutBlock:
    """Lines that belong together, top to bottom; ``kind`` is ``None`` until it is known."""

    lines: list[Line]
    box: Box
    kind: BlockKind | None = None
    level: int | None = None
    cell: CellPlace | None = None
    column: Box | None = None
    """The column it stands in: the block it was part of before it was cut into paragraphs."""
    runs_in: bool = False
    """A short line in the type of the body over the text that it is the heading of."""
    cells: list[LayoutBlock] = field(default_factory=list)
    """For a table: its cells in reading order; it then has no lines of its own."""

    @property
    def page(self) -> int:
        return self.lines[0].page if self.lines else self.cells[0].page

    @property
    def size(self) -> float:
        sizes = [line.size for line in self.lines]
        return sizes[0] if len(set(sizes)) == 1 else Counter(sizes).most_common(1)[0][0]

    @property
    def bold(self) -> bool:
        return all(line.bold for line in self.lines)

    @property
    def text(self) -> str:
        return " ".join(line.text for line in self.lines)


def ends_sentence(text: str) -> bool:
    """Whether a line ends with the end of a sentence; most end in a letter, and are not searched."""
    return not text[-1:].isalpha() and SENTENCE_END.search(text) is not None


def block_of(lines: list[Line]) -> LayoutBlock:
    """A block around lines."""
    if len(lines) == 1:
        return LayoutBlock(lines, lines[0].box)
    lefts, tops, rights, bottoms = zip(*(line.box for line in lines), strict=True)
    return LayoutBlock(lines, Box(min(lefts), min(tops), max(rights), max(bottoms)))


def same_size(a: float, b: float) -> bool:
    """Whether two type sizes count as one."""
    return abs(a - b) <= SAME_SIZE * max(a, b)


def usual_pitches(pages: Sequence[Sequence[Line]]) -> dict[int, float]:
    """Distance between baselines that is most common for each type size (rounded to a point) in the document."""
    counts: dict[int, Counter[float]] = {}
    for lines in pages:
        for above, below in pairwise(lines):
            pitch = below.box.bottom - above.box.bottom
            if same_size(above.size, below.size) and 0.8 * above.size < pitch < MAX_PITCH * above.size:
                counts.setdefault(round(above.size), Counter())[round(pitch * 2) / 2] += 1
    return {size: counter.most_common(1)[0][0] for size, counter in counts.items() if counter.total() >= 3}


def group_lines(lines: list[Line], pitches: dict[int, float]) -> list[LayoutBlock]:
    """Lines below one another in the same type become one block."""
    if len(lines) > MAX_LINES:
        return [block_of([line]) for line in lines]
    ordered = sorted(lines, key=lambda line: (line.box.top, line.box.left))
    below = _next_below(ordered)
    above = Counter(j for j in below if j is not None)
    blocks: list[list[Line]] = []
    home: dict[int, int] = {}
    for i, line in enumerate(ordered):
        if i not in home:
            home[i] = len(blocks)
            blocks.append([line])
        j = below[i]
        if j is not None and above[j] == 1 and j not in home and _belong(line, ordered[j], pitches):
            home[j] = home[i]
            blocks[home[i]].append(ordered[j])
    return [block_of(block) for block in blocks]


ROWS_AT_ONCE = 128
"""Lines that are compared with those below them in one step: a page of ordinary text in one, and a page of a thousand
lines in little memory."""


def _next_below(ordered: list[Line]) -> list[int | None]:
    """Of lines from the top down, the nearest one under each that shares part of its width.

    ``None`` where there is none, or where two stand side by side there.
    """
    if not ordered:
        return []
    left, top, right, bottom = np.array([line.box for line in ordered]).T
    sizes = np.array([line.size for line in ordered])
    middle, height = (top + bottom) / 2, bottom - top
    limit = bottom + MAX_PITCH * np.maximum(sizes, 1.0)
    found: list[int | None] = []

    def side_by_side(a: Any, b: Any) -> Any:
        overlap = np.minimum(bottom[a], bottom[b]) - np.maximum(top[a], top[b])
        return overlap > 0.5 * np.minimum(height[a], height[b])

    for first in range(0, len(ordered), ROWS_AT_ONCE):
        row = np.arange(first, min(first + ROWS_AT_ONCE, len(ordered)))
        # Lines come from the top down: none after the first that is too low for all can be near.
        column = np.arange(first, np.searchsorted(top, limit[row].max(), "right"))
        a, b = row[:, None], column[None, :]
        near = (b > a) & (top[b] <= limit[a]) & (middle[b] > middle[a]) & ~side_by_side(a, b)
        near &= np.minimum(right[a], right[b]) - np.maximum(left[a], left[b]) > 0
        best = near.argmax(axis=1)
        some = near[row - first, best]
        near[row - first, best] = False
        second = near.argmax(axis=1)
        beside = near[row - first, second] & side_by_side(column[best], column[second])
        chosen = zip((some & ~beside).tolist(), (best + first).tolist(), strict=True)
        found += [at if is_found else None for is_found, at in chosen]
    return found


def _belong(line: Line, other: Line, pitches: dict[int, float]) -> bool:
    if not same_size(line.size, other.size) or line.bold != other.bold:
        return False
    if line.colour != other.colour and line.box.width < 0.9 * other.box.width:
        return False
    pitch = other.box.bottom - line.box.bottom
    usual = pitches.get(round(line.size), 1.25 * line.size)
    return pitch <= max(usual * PITCH_STEP, 1.1 * line.size) and pitch <= MAX_PITCH * line.size


def cut_paragraphs(block: LayoutBlock) -> list[LayoutBlock]:
    """Cut a block where a new paragraph or list item starts: an indent, or a line that was ended before it was full."""
    lines = block.lines
    if len(lines) < 2:
        block.column = block.box
        return [block]
    left, right = block.box.left, block.box.right
    hanging = _hangs(lines, left)
    parts: list[list[Line]] = [[lines[0]]]
    run_in = _runs_in(lines, right)
    if run_in:
        parts.append([lines[1]])
        lines = lines[1:]
    for above, line in pairwise(lines):
        indent = line.box.left - left
        room = right - above.box.right
        end = above.text.rstrip()
        ended = ends_sentence(end) and not _YEAR_END.search(end)
        fits = room > line.first_word + 0.35 * line.size
        starts = bool(LIST_MARK.match(line.text)) and (ended or fits or indent > 0.3 * line.size)
        starts = starts or bool(BULLET.match(line.text))
        if hanging:
            starts = starts or indent < 0.5 * line.size
        else:
            above_indent = above.box.left - left
            fresh = 0.7 * line.size < indent < 5 * line.size and above_indent < 0.3 * line.size
            in_item = bool(LIST_MARK.match(parts[-1][0].text))
            starts = starts or (fresh and (ended or fits) and not in_item)
            starts = starts or (ended and fits and not line.text[:1].islower())
            starts = starts or line.note_mark
        if starts:
            parts.append([line])
        else:
            parts[-1].append(line)
    found = [block_of(part) for part in parts]
    found[0].runs_in = run_in
    for part in found:
        part.column = block.box
    return found


RUN_IN_SHARE = 0.4
"""A heading in the type of the body stands alone on a line that it fills for at most this share (measured: 0.15)."""


def _runs_in(lines: list[Line], right: float) -> bool:
    """The first line is a heading in the type of the body: short, no sentence, and a full line of text under it."""
    first, second = lines[0], lines[1]
    width = right - first.box.left
    fits = right - first.box.right > second.first_word + 0.35 * first.size
    slanted = first.italic and not second.italic and fits
    if slanted and len(first.text) < 80 and first.text.rstrip()[-1:] not in ".,;-\x02":
        return True
    if first.box.width > RUN_IN_SHARE * width or second.box.width < 0.7 * width or len(first.text.split()) > 6:
        return False
    if abs(first.box.left - second.box.left) > 0.5 * first.size or first.text.rstrip()[-1:] in ".,;-\x02":
        return False
    return first.text[:1].isupper() and second.text[:1].isupper() and len(lines) >= 2


def _hangs(lines: list[Line], left: float) -> bool:
    """First lines stand out to the left of the rest, as in a list of references without numbers."""
    inner = [line for line in lines if 0.8 * line.size < line.box.left - left < 6 * line.size]
    outer = [line for line in lines if line.box.left - left < 0.5 * line.size]
    if not inner or not outer or any(LIST_MARK.match(line.text) for line in lines):
        return False
    same = Counter(round(line.box.left / 2) for line in inner).most_common(1)[0][1] >= 0.8 * len(inner)
    # In ordinary paragraphs the indented line is the exception and follows a line that ends a sentence.
    after_end = sum(ends_sentence(above.text) for above, line in pairwise(lines) if line in inner)
    return same and len(inner) >= 0.35 * len(lines) and after_end <= 0.3 * len(inner)


def reading_order(blocks: list[LayoutBlock]) -> list[LayoutBlock]:
    """Blocks of a page in the order in which they are read.

    Recursive cutting: a page is cut into columns where an empty upright strip has text on both sides at the same
    height, else into bands where an empty level strip runs across. What can be cut neither way is ordered by
    precedence: above before below where widths overlap, left before right elsewhere (Nagy and Seth's X-Y cut, with
    Breuel's precedence for what remains).
    """
    if len(blocks) < 2:
        return blocks
    columns = _cut_columns(blocks)
    if columns:
        return [block for column in columns for block in reading_order(column)]
    bands = _cut(blocks, lambda b: (b.top, b.bottom), 0.0)
    if len(bands) > 1:
        return _bands_in_order(bands)
    return _by_precedence(blocks)


def _bands_in_order(bands: list[list[LayoutBlock]]) -> list[LayoutBlock]:
    """Bands top to bottom; neighbouring bands that share a column gap are first put together again."""
    groups: list[list[LayoutBlock]] = []
    for band in bands:
        if groups and len(groups[-1]) + len(band) > 2 and _cut_columns(groups[-1] + band):
            groups[-1] = groups[-1] + band
        else:
            groups.append(list(band))
    ordered: list[LayoutBlock] = []
    for group in groups:
        columns = _cut_columns(group)
        if columns:
            ordered += [block for column in columns for block in reading_order(column)]
        elif len(groups) == 1:
            ordered += _by_precedence(group)
        else:
            ordered += reading_order(group)
    return ordered


def _cut(blocks: list[LayoutBlock], span, gap: float) -> list[list[LayoutBlock]]:
    """Groups of blocks between which an empty strip of more than ``gap`` points runs."""
    ordered = sorted(blocks, key=lambda b: span(b.box))
    groups: list[list[LayoutBlock]] = []
    reach = float("-inf")
    for block in ordered:
        low, high = span(block.box)
        if not groups or low > reach + gap:
            groups.append([])
        groups[-1].append(block)
        reach = max(reach, high)
    return groups


def _cut_columns(blocks: list[LayoutBlock]) -> list[list[LayoutBlock]]:
    """Columns, or nothing where no upright strip has text beside text."""
    groups = _cut(blocks, lambda b: (b.left, b.right), COLUMN_GAP)
    merged: list[list[LayoutBlock]] = []
    for group in groups:
        if merged and not _beside(merged[-1], group):
            merged[-1] = merged[-1] + group
        else:
            merged.append(group)
    return merged if len(merged) > 1 else []


def _beside(left: list[LayoutBlock], right: list[LayoutBlock]) -> bool:
    """Two groups share height: the lower one starts above the end of the other by more than a line or two."""
    top = max(min(b.box.top for b in left), min(b.box.top for b in right))
    bottom = min(max(b.box.bottom for b in left), max(b.box.bottom for b in right))
    return bottom - top > 0


def _by_precedence(blocks: list[LayoutBlock]) -> list[LayoutBlock]:
    remaining = sorted(blocks, key=lambda b: (b.box.top, b.box.left))
    ordered: list[LayoutBlock] = []
    while remaining:
        chosen = next(
            (b for b in remaining if not any(o is not b and _precedes(o.box, b.box) for o in remaining)), remaining[0]
        )
        remaining.remove(chosen)
        ordered.append(chosen)
    return ordered


def _precedes(a: Box, b: Box) -> bool:
    shared_width = min(a.right, b.right) - max(a.left, b.left)
    shared_height = min(a.bottom, b.bottom) - max(a.top, b.top)
    if shared_width > 0:
        return (a.top + a.bottom) < (b.top + b.bottom) and shared_height < 0.5 * min(a.height, b.height)
    return a.right <= b.left and shared_height > 0
