"""What is found of a whole page or document at once is what a look at each line, character or byte finds."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pipelines.ingest.pdf_blocks import MAX_PITCH, _next_below
from pipelines.ingest.pdf_drawings import Box
from pipelines.ingest.pdf_join import Places, runs_of
from pipelines.ingest.pdf_lines import Line
from pipelines.ingest.pdf_nesting import _OBJECT, _object_places


def line_at(left: int, top: int, width: int, height: int) -> Line:
    return Line("x", [0], Box(left, top, left + width, top + height), float(height), False, False, 1)


def side_by_side(a: Box, b: Box) -> bool:
    return min(a.bottom, b.bottom) - max(a.top, b.top) > 0.5 * min(a.height, b.height)


def below_one_by_one(lines: list[Line], i: int) -> int | None:
    line = lines[i]
    near = [
        j
        for j, other in enumerate(lines)
        if j > i
        and other.box.top <= line.box.bottom + MAX_PITCH * max(line.size, 1.0)
        and other.middle > line.middle
        and not side_by_side(line.box, other.box)
        and min(line.box.right, other.box.right) > max(line.box.left, other.box.left)
    ]
    if len(near) > 1 and side_by_side(lines[near[0]].box, lines[near[1]].box):
        return None
    return near[0] if near else None


places = st.tuples(st.integers(0, 60), st.integers(0, 90), st.integers(1, 60), st.integers(1, 14))


@given(st.one_of(st.lists(places, max_size=40), st.lists(places, min_size=129, max_size=140)))
def test_the_line_below_is_the_nearest(found: list[tuple[int, int, int, int]]) -> None:
    lines = sorted((line_at(*place) for place in found), key=lambda line: (line.box.top, line.box.left))
    assert _next_below(lines) == [below_one_by_one(lines, i) for i in range(len(lines))]


stretch = st.tuples(st.integers(1, 2), st.lists(st.integers(-1, 4), max_size=6))


@given(st.lists(st.lists(stretch, max_size=3), max_size=4))
def test_runs_cover_each_character_that_stands_somewhere(texts: list[list[tuple[int, list[int]]]]) -> None:
    made: list[Places] = []
    for text in texts:
        made.append(Places())
        for page, indices in text:
            made[-1].add(page, indices)
    for text, runs in zip(texts, runs_of(made), strict=True):
        expected = [(page, index) for page, indices in text for index in indices]
        covered = {run.start + n: (run.page, run.page_start + n) for run in runs for n in range(run.length)}
        assert covered == {at: place for at, place in enumerate(expected) if place[1] >= 0}
        for a, b in pairwise(runs):
            end = a.start + a.length, a.page, a.page_start + a.length
            assert a.start + a.length <= b.start and end != (b.start, b.page, b.page_start)


@given(st.lists(st.sampled_from([b"1", b"23", b"1234567890", b" ", b"\n", b"0", b"obj", b"endobj", b"x"]), max_size=30))
def test_objects_are_found_from_the_ends_of_their_heads(parts: list[bytes]) -> None:
    content = b"".join(parts)
    assert _object_places(content) == {int(found.group(1)): found.end() for found in _OBJECT.finditer(content)}
