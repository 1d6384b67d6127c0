"""Characters worked on a page at a time come to what one character at a time comes to."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.ingest.pdf_characters import Character, Characters, PageCharacters
from pipelines.ingest.pdf_drawings import Box
from pipelines.ingest.pdf_gaps import Walls
from pipelines.ingest.pdf_lines import page_lines
from pipelines.ingest.pdf_pieces import GAP, MIXED, Run, cut, turn
from pipelines.ingest.pdf_styles import Style
from pipelines.ingest.pdf_visible import GROUND, PICTURE, keep_visible

STYLES = [
    Style(size=10.0),
    Style(size=10.0, bold=True),
    Style(size=6.0, white=True),
    Style(size=1.0),
    Style(size=10.0, invisible=True),
    Style(size=0.0, angle=None),
]
CODES = [32, 9, 160, 65, 97, 50, 46, 0x5D0, 0x627, 0x3000, 0x1F600]


@st.composite
def characters(draw: st.DrawFn) -> list[Character]:
    """Characters that go on along a line, and now and then jump, overlap or share a box."""
    found: list[Character] = []
    x, y = 20.0, 20.0
    for index in range(draw(st.integers(0, 25))):
        x += draw(st.sampled_from([-30.0, -6.5, 0.0, 0.0, 0.0, 1.0, 8.5, 9.5, 40.0]))
        y += draw(st.sampled_from([0.0, 0.0, 0.0, 0.0, 0.0, 4.0, 12.0, -12.0]))
        width, height = draw(st.sampled_from([0.0, 5.0])), draw(st.sampled_from([0.0, 10.0, 10.0]))
        box = Box(x, y, x + width, y + height)
        found.append(Character(index, draw(st.sampled_from(CODES)), box, draw(st.sampled_from(STYLES))))
        x += draw(st.sampled_from([0.0, width, width, width]))
    return found


RULES = st.lists(st.builds(lambda x, y: Box(x, y, x + 0.5, y + 30.0), st.integers(0, 90), st.integers(-10, 60)))


def same_line(last: Character, character: Character) -> tuple[bool, float]:
    a, b = last.box, character.box
    overlap = min(a.bottom, b.bottom) - max(a.top, b.top)
    low = min(a.height, b.height)
    white = 0.0 if (a.left, a.right) == (b.left, b.right) and a.left < a.right else b.left - a.right
    if right_to_left(character):
        white = max(white, a.left - b.right)
    return overlap > 0.5 * low or (low <= 0 and abs(a.bottom - b.bottom) < 1.0), white


def right_to_left(character: Character) -> bool:
    return unicodedata.bidirectional(chr(character.code)) in ("R", "AL", "AN")


def plainly(stream: list[Character], walls: Walls) -> list[tuple[list[int], float | None, bool]]:
    """Numbers of the characters of each piece, the white before it, and whether a space stood there."""
    found: list[tuple[list[int], float | None, bool]] = []
    last: Character | None = None
    waiting: list[int] = []
    for character in stream:
        if chr(character.code).isspace():
            waiting.append(character.index)
            continue
        if last is None:
            found.append(([character.index], None, False))
        else:
            same, white = same_line(last, character)
            size = max(last.style.size, character.style.size, 1.0)
            jump = not same or white > GAP * size or white < -0.6 * size
            jump = jump or (bool(waiting) and walls.between(last.box, character.box))
            if jump and not (same and right_to_left(character) and abs(white) < GAP * size):
                found.append(([character.index], white if same and white > 0 else None, bool(waiting)))
            else:
                found[-1][0].extend([*waiting, character.index])
        last, waiting = character, []
    return found


@given(stream=characters(), rules=RULES)
def test_pieces_are_cut_as_one_by_one(stream: list[Character], rules: list[Box]):
    walls, together = Walls(rules), Characters.of(stream)
    pieces = cut(together, Run(together), walls)
    expected = plainly(stream, walls)
    assert [(list(range(*p.parts[0])), p.gap_before, p.spaced) for p in pieces] == expected
    for piece, (numbers, _, _) in zip(pieces, expected, strict=True):
        boxes = [stream[n].box for n in numbers]
        around = boxes[0]
        for box in boxes[1:]:
            around = around.union(box)
        assert piece.box == around
        looks = {(s.size, s.bold, s.italic, s.colour) for s in (stream[n].style for n in numbers)}
        assert (piece.look == MIXED) == (len(looks) > 1)
        sizes = [stream[n].style.size for n in numbers if not chr(stream[n].code).isspace()]
        assert piece.size == (max(sizes, key=lambda s: (sizes.count(s), -sizes.index(s))) or boxes[0].height)


@given(rules=RULES, pairs=st.lists(st.tuples(st.integers(0, 90), st.integers(0, 60), st.integers(-9, 40)), max_size=8))
def test_walls_are_found_between_many_pairs_as_between_two(rules: list[Box], pairs: list[tuple[int, int, int]]):
    walls = Walls(rules)
    boxes = [(Box(x - 5.0, y, x, y + 10.0), Box(x + gap, y, x + gap + 5.0, y + 10.0)) for x, y, gap in pairs]
    ends, starts = np.array([a.right for a, _ in boxes]), np.array([b.left for _, b in boxes])
    middles = np.array([(a.top + a.bottom) / 2 for a, _ in boxes])
    assert walls.between_each(ends, middles, starts).tolist() == [walls.between(a, b) for a, b in boxes]


@given(
    stream=characters(),
    over=st.lists(st.sampled_from([0, GROUND, PICTURE]), min_size=25, max_size=25),
    painted=st.lists(st.sampled_from([Box(0, 0, 50, 30), Box(30, 10, 100, 60)]), max_size=2),
    pictures=st.lists(st.sampled_from([Box(0, 0, 90, 100), Box(0, 0, 20, 20)]), max_size=2),
)
def test_what_shows_is_found_as_one_by_one(
    stream: list[Character], over: list[int], painted: list[Box], pictures: list[Box]
):
    page = PageCharacters(1, 100.0, 100.0, pictures=pictures)
    above = [kind if c.code > 32 else 0 for c, kind in zip(stream, over, strict=False)]
    keep_visible(page, Characters.of(stream), painted, np.array(above, np.int8))
    inked = [c for c in stream if c.code > 32]
    layer = sum(c.style.invisible or above[c.index] == PICTURE for c in inked)
    scans = [p for p in pictures if p.area >= 5000] if layer >= 0.5 * len(inked) else []

    def hidden(c: Character) -> bool:
        x, y = (c.box.left + c.box.right) / 2, (c.box.top + c.box.bottom) / 2
        on_scan = any(scan.holds(x, y) for scan in scans)
        if not (-1 <= x <= 101 and -1 <= y <= 101) or (0 < c.style.size < 2 and not (c.style.invisible and scans)):
            return True
        if c.style.invisible:
            return not on_scan
        if above[c.index]:
            return not (on_scan and above[c.index] == PICTURE)
        return c.style.white and not any(box.holds(x, y) for box in painted)

    assert page.characters.index.tolist() == [c.index for c in stream if not hidden(c)]
    assert page.n_hidden == sum(hidden(c) for c in inked)
    assert not any(style.invisible for style in page.characters.styles)


@pytest.mark.parametrize("angle", [0, 1, 2, 3])
def test_type_is_turned_as_its_boxes_are(angle: int):
    style = Style(size=10.0, angle=angle)
    stream = [Character(n, 65 + n, Box(10.0 + n, 20.0, 18.0 + n, 31.0), style) for n in range(3)]
    page = PageCharacters(1, 100.0, 200.0, Characters.of(stream))
    run = Run(turn(page.characters, angle, page))
    assert [run.box(n) for n in range(3)] == [c.box.turned(angle, 100.0, 200.0) for c in stream]
    assert page.angle() == angle


def test_a_page_without_characters_has_no_lines():
    assert page_lines(PageCharacters(1, 100.0, 200.0)) == ([], 100.0, 200.0)


def test_a_line_in_one_look_reads_as_one_that_is_weighed():
    """A line with a space in another size is weighed character by character, and comes to the same."""
    plain, odd = Style(size=10.0), Style(size=10.0, font="B", italic=True)

    def line(space: Style) -> object:
        stream = [
            Character(n, ord(c), Box(10.0 + 5 * n, 20.0, 15.0 + 5 * n, 30.0), space if c == " " else plain)
            for n, c in enumerate("Een regel tekst")
        ]
        return page_lines(PageCharacters(1, 300.0, 300.0, Characters.of(stream)))

    assert line(plain) == line(odd)
