"""What is drawn on a PDF page beside its text: pictures, ruled lines and coloured grounds."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pypdfium2.raw as pdfium

from pipelines.ingest import pdf_native as native
from pipelines.ingest.pdf_native import Matrix, address_of
from pipelines.ingest.pdf_shapes import clip_box, fills_its_box

MAX_PAGE_OBJECTS = 60_000
"""Objects that are looked at on a page; maps and charts draw tens of thousands."""
MAX_SEGMENTS = 400
"""Pieces of one path that are looked at: a grid of 100 by 100 lines is drawn as 202."""
MAX_COVERS = 2_000
"""Rectangles and pictures of a page that are looked at as what hides text."""
MAX_DEPTH = 6
"""Groups in groups; deeper ones are looked into only by PDFium, for their text."""
NEARLY_WHITE = 250
THIN = 2.5
"""Thickness of a ruled line at most, in points; borders in 12 real reports run up to 2.25."""
STRAIGHT = 0.5
"""Points by which a level or upright line may lean."""


class Box(NamedTuple):
    """A rectangle in points; ``top`` is less than ``bottom``, as on a screen.

    A named tuple: a page has hundreds, which are made in a quarter of the time of a frozen data class.
    """

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def area(self) -> float:
        return max(self.width, 0.0) * max(self.height, 0.0)

    def holds(self, x: float, y: float) -> bool:
        """Whether a point lies inside."""
        return self.left <= x <= self.right and self.top <= y <= self.bottom

    def union(self, other: Box) -> Box:
        """Smallest box around both."""
        left, top, right, bottom = self
        left_b, top_b, right_b, bottom_b = other
        return Box(min(left, left_b), min(top, top_b), max(right, right_b), max(bottom, bottom_b))

    def turned(self, angle: int, width: float, height: float) -> Box:
        """The box on a page of ``width`` by ``height`` after turning it so that text at ``angle`` reads level."""
        if angle == 1:
            return Box(height - self.bottom, self.left, height - self.top, self.right)
        if angle == 2:
            return Box(width - self.right, height - self.bottom, width - self.left, height - self.top)
        if angle == 3:
            return Box(self.top, width - self.right, self.bottom, width - self.left)
        return self


@dataclass(frozen=True, slots=True)
class Cover:
    """A rectangle or picture that lets nothing through of what was drawn before it."""

    order: int
    """How many objects were drawn before."""
    box: Box
    grey: int = 0
    """Of the colour that fills it, 0 to 255."""
    picture: int | None = None
    """Address of the object where it is a picture: whether that is masked is looked at only where text lies beneath."""


@dataclass(slots=True)
class Drawings:
    """What a page shows beside its characters, in points from the upper left of what is visible."""

    pictures: list[Box] = field(default_factory=list)
    rules: list[Box] = field(default_factory=list)
    """Drawn lines and the edges of rectangles, each as a very flat or very thin box."""
    painted: list[Box] = field(default_factory=list)
    """Grounds on which white type can be seen."""
    n_paths: int = 0
    text_order: dict[int, int] = field(default_factory=dict)
    """Address of each text object -> how many objects were drawn before it."""
    covers: list[Cover] = field(default_factory=list)
    """What lies over what was drawn before it, in the order of drawing."""


_SAME: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def read_drawings(page: Any, area: Box) -> Drawings:
    """Pictures, lines and grounds of a loaded PDFium page.

    Parameters
    ----------
    page
        Raw PDFium page.
    area
        Visible part of the page in PDF coordinates; its ``top`` is the lower edge.
    """
    reader, at = _Reader(area), address_of(page)
    for index in range(min(pdfium.FPDFPage_CountObjects(page), MAX_PAGE_OBJECTS)):
        reader.visit(native.page_object(at, index), _SAME, 0)
    return reader.found


class _Reader:
    """Goes through the objects of a page, each given by its address."""

    def __init__(self, area: Box) -> None:
        self.found = Drawings()
        self._area = area
        self._n_objects = 0

    def visit(self, item: int, matrix: Matrix, depth: int) -> None:
        """Note one object; the objects of a group are placed by ``matrix``."""
        self._n_objects += 1
        if self._n_objects > MAX_PAGE_OBJECTS:
            return
        kind = native.object_type(item)
        if kind == pdfium.FPDF_PAGEOBJ_TEXT:
            self.found.text_order[item] = self._n_objects
            return
        if kind == pdfium.FPDF_PAGEOBJ_FORM:
            if depth < MAX_DEPTH:
                inner = _multiply(native.matrix_of(item) or _SAME, matrix)
                for index in range(min(native.n_group_objects(item), MAX_PAGE_OBJECTS)):
                    self.visit(native.group_object(item, index), inner, depth + 1)
            return
        box = self._bounds(item, matrix)
        if box is None:
            return
        self._note_cover(item, kind, matrix, box)
        if kind == pdfium.FPDF_PAGEOBJ_IMAGE:
            self.found.pictures.append(box)
            self.found.painted.append(box)
        elif kind == pdfium.FPDF_PAGEOBJ_PATH:
            self.found.n_paths += 1
            self._visit_path(item, matrix, box)
        else:
            self.found.painted.append(box)

    def _note_cover(self, item: int, kind: int, matrix: Matrix, box: Box) -> None:
        """Note what may hide text: not what is thinner than a line of the smallest type."""
        if kind not in (pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_PATH) or len(self.found.covers) >= MAX_COVERS:
            return
        if min(box.width, box.height) <= THIN or not fills_its_box(item, kind):
            return
        clip = clip_box(item)
        if clip is not None:
            left, bottom, right, top = clip
            # Clip paths are placed by the group that the object stands in, as the object is.
            cut = self._box([_apply(matrix, x, y) for x in (left, right) for y in (bottom, top)])
            if cut is None:
                return
            box = Box(
                max(box.left, cut.left), max(box.top, cut.top), min(box.right, cut.right), min(box.bottom, cut.bottom)
            )
        if min(box.width, box.height) > THIN:
            picture = item if kind == pdfium.FPDF_PAGEOBJ_IMAGE else None
            self.found.covers.append(Cover(self._n_objects, box, _grey_of(item), picture))

    def _bounds(self, item: int, matrix: Matrix) -> Box | None:
        sides = native.bounds(item)
        if sides is None:
            return None
        left, bottom, right, top = sides
        return self._box([_apply(matrix, x, y) for x in (left, right) for y in (bottom, top)])

    def _box(self, points: list[tuple[float, float]]) -> Box | None:
        """Box around points, cut to what is visible; ``None`` where nothing of it is."""
        xs, ys = [x for x, _ in points], [y for _, y in points]
        # A sum is finite unless one of its parts is not, or unless it is too large for any page.
        if not math.isfinite(sum(xs) + sum(ys)):
            return None
        area = self._area
        left, right = max(min(xs) - area.left, 0.0), min(max(xs) - area.left, area.width)
        top, bottom = max(area.bottom - max(ys), 0.0), min(area.bottom - min(ys), area.height)
        return Box(left, top, right, bottom) if right >= left and bottom >= top else None

    def _visit_path(self, item: int, matrix: Matrix, box: Box) -> None:
        fill, stroke = native.draw_mode(item)
        colour = native.fill_colour(item)
        seen = bool(fill) and (colour is None or (min(colour[:3]) < NEARLY_WHITE and colour[3] > 0))
        if seen:
            self.found.painted.append(box)
        if not (seen or stroke):
            return
        if box.height <= THIN or box.width <= THIN:
            self.found.rules.append(box)
            return
        n_segments = native.n_segments(item)
        if 0 < n_segments <= MAX_SEGMENTS:
            placed = _multiply(native.matrix_of(item) or _SAME, matrix)
            self.found.rules += self._straight_lines(item, placed, n_segments)

    def _straight_lines(self, item: int, matrix: Matrix, n_segments: int) -> list[Box]:
        lines: list[Box] = []
        start = last = (0.0, 0.0)
        for index in range(n_segments):
            segment = native.path_segment(item, index)
            found = native.point_of(segment)
            if found is None:
                continue
            point = _apply(matrix, *found)
            kind = native.segment_type(segment)
            if kind == pdfium.FPDF_SEGMENT_MOVETO:
                start = point
            elif kind == pdfium.FPDF_SEGMENT_LINETO:
                self._add_straight(lines, last, point)
            if native.closes(segment):
                self._add_straight(lines, point, start)
            last = point
        return lines

    def _add_straight(self, lines: list[Box], a: tuple[float, float], b: tuple[float, float]) -> None:
        if a == b or min(abs(a[0] - b[0]), abs(a[1] - b[1])) > STRAIGHT:
            return
        box = self._box([a, b])
        if box is not None:
            lines.append(box)


def _grey_of(item: int) -> int:
    """Grey of a fill, as PDFium makes grey of colours."""
    red, green, blue, _ = native.fill_colour(item) or (0, 0, 0, 0)
    return (30 * red + 59 * green + 11 * blue) // 100


def _apply(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def _multiply(first: Matrix, then: Matrix) -> Matrix:
    """One matrix that does ``first`` and then ``then``."""
    a, b, c, d, e, f = first
    e2, f2 = _apply(then, e, f)
    ta, tb, tc, td, _, _ = then
    return a * ta + b * tc, a * tb + b * td, c * ta + d * tc, c * tb + d * td, e2, f2
