"""Characters become lines: stretches of type on one baseline without a column gap in them."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.ingest.pdf_characters import Character, PageCharacters
from pipelines.ingest.pdf_drawings import Box
from pipelines.ingest.pdf_gaps import Gutters, Walls
from pipelines.ingest.pdf_pieces import GAP, MIXED, Piece, Run, cut, turn

WIDE_GAP = 2.2
"""White of more than this is a gap, unless the lines above and below run on there (thinly filled justified lines)."""
WIDEST_SPACE = 4.0
"""White of more than this is a word space only where the line is flush with one above or below. Measured in 60 files:
in thinly filled justified lines up to 2.65 (and once 19), between the cells of tables amid text from 4.8."""
JOIN_GAP = 1.0
"""Pieces that the file draws apart (another font, a table stop) are one line up to this gap."""
WORD_GAP = 0.45
"""Up to this gap it is a word space in any setting."""
SPACE = 0.18
"""White of more than this between two pieces is a word space; PDFium itself marks spaces inside a piece."""
RAISED = 0.8
"""A note mark is set in at most this share of the size of its line (0.58 to 0.73 in 12 real reports)."""

NOTE_MARK = re.compile(r"\d{1,3}(?:[,;]\s?\d{1,3})*|[*†‡]{1,3}")
_UNIT = re.compile(r"(?:\b(?:[kcdm]?m|CO|O|N|H|R|χ|10))$")


@dataclass(slots=True)
class Line:
    """A line of type, turned so that it reads level.

    Attributes
    ----------
    text, indices
        Its characters and, for each, the number of the character on the page; -1 for a space that was put in.
    size, bold, italic, colour
        Of most of its characters.
    note_mark
        Its first word is a raised number or sign, as at the start of a footnote.
    """

    text: str
    indices: list[int]
    box: Box
    size: float
    bold: bool
    italic: bool
    page: int
    angle: int | None = 0
    colour: tuple[int, int, int] = (0, 0, 0)
    note_mark: bool = False
    first_word: float = 0.0
    """Width of its first word, in points."""

    @property
    def middle(self) -> float:
        return (self.box.top + self.box.bottom) / 2


def page_lines(page: PageCharacters) -> tuple[list[Line], float, float]:
    """Lines of a page in its main direction, then those that stand sideways or slant.

    Returns
    -------
    tuple
        Lines (in the order of the file within each direction), and width and height of the page as turned.
    """
    main = page.angle()
    width, height = (page.height, page.width) if main % 2 else (page.width, page.height)
    lines: list[Line] = []
    for angle in dict.fromkeys((main, *page.characters.angles())):
        turned = turn(page.characters, angle, page)
        run = Run(turned)
        walls = Walls([r.turned(angle or 0, page.width, page.height) for r in page.rules])
        pieces = _split_columns(cut(turned, run, walls), walls)
        found = [_line(run, group, page.number, angle) for group in _join_pieces(pieces, walls)]
        lines += _attach_markers(found, walls)
    return lines, width, height


def _split_columns(pieces: list[Piece], walls: Walls) -> list[Piece]:
    """Undo cuts at gaps that are no column gaps: neighbours in the file with white that no other row shares."""
    candidates = [(i, p) for i, p in enumerate(pieces) if p.gap_before is not None]
    if not candidates:
        return pieces
    gutters = Gutters([(pieces[i - 1].box, p.box) for i, p in candidates], [p.box for p in pieces])
    joined: list[Piece] = []
    for i, piece in enumerate(pieces):
        if piece.gap_before is not None and joined:
            before = pieces[i - 1].box
            near = piece.gap_before <= WIDE_GAP * piece.size
            if not near and piece.spaced and gutters.amid_text(before, piece.box):
                flush = gutters.ends_of_full_line(joined[-1].box, piece.box)
                near = piece.gap_before <= WIDEST_SPACE * piece.size or flush
            if near and not gutters.between(before, piece.box) and not walls.between(before, piece.box):
                joined[-1].append(piece)
                continue
        joined.append(piece)
    return joined


def _join_pieces(pieces: list[Piece], walls: Walls) -> list[list[Piece]]:
    """Pieces that stand on one baseline with little white between them, left to right."""
    ordered = sorted(pieces, key=lambda p: p.box.bottom)
    bottoms = [p.box.bottom for p in ordered]
    gutters = Gutters(_neighbours(ordered, bottoms), [p.box for p in pieces])
    by_start = sorted(pieces, key=lambda p: (p.box.left, p.order))
    taken: set[int] = set()
    groups: list[list[Piece]] = []
    for piece in by_start:
        if piece.order in taken:
            continue
        taken.add(piece.order)
        group, last = [piece], piece
        while True:
            near = ordered[
                bisect_left(bottoms, last.box.top) : bisect_right(bottoms, last.box.bottom + last.box.height)
            ]
            following = [p for p in near if p.order not in taken and _follows(last, p, walls, gutters)]
            if not following:
                break
            last = min(following, key=lambda p: (p.box.left, p.order))
            taken.add(last.order)
            group.append(last)
        groups.append(group)
    return sorted(groups, key=lambda g: min(p.order for p in g))


def _neighbours(ordered: list[Piece], bottoms: list[float]) -> list[tuple[Box, Box]]:
    """Each piece with the nearest one to its right on its baseline, where white parts them."""
    pairs: list[tuple[Box, Box]] = []
    for piece in ordered:
        low = bisect_left(bottoms, piece.box.bottom - 0.5 * piece.box.height)
        high = bisect_right(bottoms, piece.box.bottom + 0.5 * piece.box.height)
        right = [o.box for o in ordered[low:high] if o.box.left - piece.box.right > WORD_GAP * piece.size]
        if right:
            pairs.append((piece.box, min(right, key=lambda box: box.left)))
    return pairs


def _follows(last: Piece, piece: Piece, walls: Walls, gutters: Gutters) -> bool:
    white = piece.box.left - last.box.right
    size = max(last.size, piece.size, 1.0)
    if not -0.4 * size <= white <= JOIN_GAP * size:
        return False
    if (piece.gap_before is not None and white > GAP * size) or walls.between(last.box, piece.box):
        return False
    if white > WORD_GAP * size and gutters.between(last.box, piece.box):
        return False
    overlap = min(last.box.bottom, piece.box.bottom) - max(last.box.top, piece.box.top)
    return overlap > 0.5 * min(last.box.height, piece.box.height)


def _line(run: Run, group: list[Piece], page: int, angle: int | None) -> Line:
    box = group[0].box
    for piece in group[1:]:
        box = box.union(piece.box)
    if group[0].look != MIXED and all(piece.look == group[0].look for piece in group):
        return _plain_line(run, group, box, page, angle)
    return _mixed_line(run, group, box, page, angle)


def _is_parted(run: Run, before: Piece, piece: Piece) -> bool:
    """Whether the white between two pieces of a line is a word space."""
    return piece.box.left - run.rights[before.parts[-1][1] - 1] > SPACE * max(piece.size, 1.0)


def _plain_line(run: Run, group: list[Piece], box: Box, page: int, angle: int | None) -> Line:
    """A line whose characters all look alike, as those of nine lines in ten: nothing to weigh, no raised mark."""
    text, indices, places = _put_together(run, group)
    first, word = places[0], places[len(text.split(None, 1)[0]) - 1]
    style, base = run.style(first), run.box(first)
    size = style.size or box.height
    if abs(style.size - size) > 0.1 * size:
        base = box
    return Line(
        text=text,
        indices=indices,
        box=Box(box.left, min(base.top, box.bottom), box.right, max(base.bottom, box.top)),
        size=size,
        bold=style.bold,
        italic=style.italic,
        page=page,
        angle=angle,
        colour=style.colour,
        first_word=run.rights[word] - run.lefts[first],
    )


def _put_together(run: Run, group: list[Piece]) -> tuple[str, list[int], Sequence[int]]:
    """Text of pieces with the spaces between them, the indices of its characters, and where each is in the run.

    A space that was put in stands at the place of the character after it.
    """
    first, stop = group[0].parts[0]
    if len(group) == 1 and len(group[0].parts) == 1:
        return run.text[first:stop], run.indices[first:stop], range(first, stop)
    text, indices, places = "", list[int](), list[int]()
    before: Piece | None = None
    for piece in group:
        for number, (start, stop) in enumerate(piece.parts):
            if number or (before is not None and _is_parted(run, before, piece)):
                text += " "
                indices.append(-1)
                places.append(start)
            text += run.text[start:stop]
            indices += run.indices[start:stop]
            places += range(start, stop)
        before = piece
    return text, indices, places


def _mixed_line(run: Run, group: list[Piece], box: Box, page: int, angle: int | None) -> Line:
    text, indices, places = _put_together(run, group)
    styles = [run.style(place) for place in places]
    inked = [at for at, char in enumerate(text) if not char.isspace()]
    size = Counter(styles[at].size for at in inked).most_common(1)[0][0] or box.height
    normal = next((at for at in inked if abs(styles[at].size - size) <= 0.1 * size), None)
    base = box if normal is None else run.box(places[normal])
    letters = [styles[at] for at in inked if text[at].isalnum()] or [styles[at] for at in inked]
    mark = False
    characters: list[Character] = []
    if any(0 < each <= RAISED * size for each in {style.size for style in styles}):
        made = zip(indices, places, strict=True)
        characters = [run.character(at) if index >= 0 else run.space_before(at) for index, at in made]
        characters, mark = _without_note_marks(characters, size)
        text, indices = "".join(chr(c.code) for c in characters), [c.index for c in characters]
    word = next((i for i, char in enumerate(text) if char.isspace()), len(text))
    if characters:
        first_word = (characters[word - 1].box.right - characters[0].box.left) if word else 0.0
    else:
        first_word = run.rights[places[word - 1]] - run.lefts[places[0]]
    return Line(
        text=text,
        indices=indices,
        box=Box(box.left, min(base.top, box.bottom), box.right, max(base.bottom, box.top)),
        size=size,
        bold=sum(style.bold for style in letters) >= 0.8 * len(letters),
        italic=sum(style.italic for style in letters) >= 0.8 * len(letters),
        page=page,
        angle=angle,
        colour=Counter(style.colour for style in letters).most_common(1)[0][0],
        note_mark=mark,
        first_word=first_word,
    )


def _without_note_marks(characters: list[Character], size: float) -> tuple[list[Character], bool]:
    """Leave out raised note numbers in running text: ``growth3`` and ``14%2`` would read as other words and figures."""
    small = [c.style.size <= RAISED * size and c.style.size > 0 for c in characters]
    if not any(small):
        return characters, False
    kept: list[Character] = []
    starts = False
    i = 0
    while i < len(characters):
        if not small[i]:
            kept.append(characters[i])
            i += 1
            continue
        end = i + 1
        while any(small[end : end + 1]) or _space_then_small(characters, small, end):
            end += 1
        mark = characters[i:end]
        text = "".join(chr(c.code) for c in mark).strip()
        before = "".join(chr(c.code) for c in kept).rstrip()
        neighbour = characters[end] if end < len(characters) else (kept[-1] if kept else mark[0])
        raised = mark[0].box.bottom < neighbour.box.bottom - 0.12 * size
        if raised and NOTE_MARK.fullmatch(text) and before and not _UNIT.search(before):
            after = characters[end : end + 1]
            if any(chr(c.code).isalnum() or c.code == 40 for c in after) or chr(mark[-1].code).isspace():
                box = kept[-1].box
                kept.append(Character(-1, 32, Box(box.right, box.top, box.right, box.bottom), kept[-1].style))
            i = end
            continue
        starts = starts or (not before and bool(NOTE_MARK.fullmatch(text)) and end < len(characters))
        kept += mark
        i = end
    return kept, starts


def _space_then_small(characters: list[Character], small: list[bool], at: int) -> bool:
    return at + 1 < len(small) and chr(characters[at].code).isspace() and small[at + 1]


_MARKER = re.compile(
    r"[•●▪■◦‣∙·○□➢►▶✓✔❑→*–—-]|[\ue000-\uf8ff]|\(?(?:\d{1,2}|[a-z]|[ivx]{1,4})[.)]|\d{1,2}(?:\.\d{1,2}){1,3}\.?"
)
MARKER_GAP = 5.0
"""White between the mark of a list item and its text, in times the type size, at most (measured: 1 to 3.4)."""


def _attach_markers(lines: list[Line], walls: Walls) -> list[Line]:
    """Put a bullet or number that stands alone before the text to its right."""
    marks = [line for line in lines if _MARKER.fullmatch(line.text.strip())]
    if not marks:
        return lines
    gone: set[int] = set()
    for mark in marks:
        near = [
            line
            for line in lines
            if line is not mark
            and id(line) not in gone
            and 0 <= line.box.left - mark.box.right <= MARKER_GAP * max(mark.size, line.size)
            and line.box.top - 1.0 <= mark.middle <= line.box.bottom + 1.0
            and not walls.between(mark.box, line.box)
        ]
        if near:
            line = min(near, key=lambda other: other.box.left)
            line.text = f"{mark.text.strip()} {line.text}"
            line.indices = [*mark.indices[: len(mark.text.strip())], -1, *line.indices]
            line.first_word = mark.box.width
            line.box = mark.box.union(line.box)
            gone.add(id(mark))
    return [line for line in lines if id(line) not in gone]
