"""What is drawn on a PDF page beside its text: pictures, ruled lines and coloured grounds."""

from __future__ import annotations

import ctypes
import math
from dataclasses import dataclass, field
from typing import Any

import pypdfium2.raw as pdfium

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


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in points; ``top`` is less than ``bottom``, as on a screen."""

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
        return Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

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
    picture: Any = None
    """The raw object where it is a picture: whether that is masked is looked at only where text lies beneath."""


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


_Matrix = tuple[float, float, float, float, float, float]
_SAME: _Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def read_drawings(page: Any, area: Box) -> Drawings:
    """Pictures, lines and grounds of a loaded PDFium page.

    Parameters
    ----------
    page
        Raw PDFium page.
    area
        Visible part of the page in PDF coordinates; its ``top`` is the lower edge.
    """
    reader = _Reader(area)
    for index in range(min(pdfium.FPDFPage_CountObjects(page), MAX_PAGE_OBJECTS)):
        reader.visit(pdfium.FPDFPage_GetObject(page, index), _SAME, 0)
    return reader.found


class _Reader:
    def __init__(self, area: Box) -> None:
        self.found = Drawings()
        self._area = area
        self._n_objects = 0

    def visit(self, item: Any, matrix: _Matrix, depth: int) -> None:
        """Note one object; the objects of a group are placed by ``matrix``."""
        self._n_objects += 1
        if self._n_objects > MAX_PAGE_OBJECTS:
            return
        kind = pdfium.FPDFPageObj_GetType(item)
        if kind == pdfium.FPDF_PAGEOBJ_FORM:
            if depth < MAX_DEPTH:
                inner = _multiply(_matrix_of(item), matrix)
                for index in range(min(pdfium.FPDFFormObj_CountObjects(item), MAX_PAGE_OBJECTS)):
                    self.visit(pdfium.FPDFFormObj_GetObject(item, index), inner, depth + 1)
            return
        if kind == pdfium.FPDF_PAGEOBJ_TEXT:
            self.found.text_order[ctypes.cast(item, ctypes.c_void_p).value or 0] = self._n_objects
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

    def _note_cover(self, item: Any, kind: int, matrix: _Matrix, box: Box) -> None:
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

    def _bounds(self, item: Any, matrix: _Matrix) -> Box | None:
        left, bottom, right, top = (ctypes.c_float() for _ in range(4))
        if not pdfium.FPDFPageObj_GetBounds(item, left, bottom, right, top):
            return None
        corners = [_apply(matrix, x, y) for x in (left.value, right.value) for y in (bottom.value, top.value)]
        return self._box(corners)

    def _box(self, points: list[tuple[float, float]]) -> Box | None:
        """Box around points, cut to what is visible; ``None`` where nothing of it is."""
        if not all(map(math.isfinite, (value for point in points for value in point))):
            return None
        area = self._area
        box = Box(
            max(min(x for x, _ in points) - area.left, 0.0),
            max(area.bottom - max(y for _, y in points), 0.0),
            min(max(x for x, _ in points) - area.left, area.width),
            min(area.bottom - min(y for _, y in points), area.height),
        )
        return box if box.width >= 0 and box.height >= 0 else None

    def _visit_path(self, item: Any, matrix: _Matrix, box: Box) -> None:
        fill, stroke = ctypes.c_int(), ctypes.c_int()
        red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
        pdfium.FPDFPath_GetDrawMode(item, fill, stroke)
        coloured = pdfium.FPDFPageObj_GetFillColor(item, red, green, blue, alpha)
        white = bool(coloured) and min(red.value, green.value, blue.value) >= NEARLY_WHITE
        seen = bool(fill.value) and not white and (not coloured or alpha.value > 0)
        if seen:
            self.found.painted.append(box)
        if not (seen or stroke.value):
            return
        if box.height <= THIN or box.width <= THIN:
            self.found.rules.append(box)
            return
        n_segments = pdfium.FPDFPath_CountSegments(item)
        if 0 < n_segments <= MAX_SEGMENTS:
            self.found.rules += self._straight_lines(item, _multiply(_matrix_of(item), matrix), n_segments)

    def _straight_lines(self, item: Any, matrix: _Matrix, n_segments: int) -> list[Box]:
        lines: list[Box] = []
        x, y = ctypes.c_float(), ctypes.c_float()
        start = last = (0.0, 0.0)
        for index in range(n_segments):
            segment = pdfium.FPDFPath_GetPathSegment(item, index)
            if not pdfium.FPDFPathSegment_GetPoint(segment, x, y):
                continue
            point = _apply(matrix, x.value, y.value)
            kind = pdfium.FPDFPathSegment_GetType(segment)
            if kind == pdfium.FPDF_SEGMENT_MOVETO:
                start = point
            elif kind == pdfium.FPDF_SEGMENT_LINETO:
                self._add_straight(lines, last, point)
            if pdfium.FPDFPathSegment_GetClose(segment):
                self._add_straight(lines, point, start)
            last = point
        return lines

    def _add_straight(self, lines: list[Box], a: tuple[float, float], b: tuple[float, float]) -> None:
        if a == b or min(abs(a[0] - b[0]), abs(a[1] - b[1])) > STRAIGHT:
            return
        box = self._box([a, b])
        if box is not None:
            lines.append(box)


def _grey_of(item: Any) -> int:
    """Grey of a fill, as PDFium makes grey of colours."""
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    pdfium.FPDFPageObj_GetFillColor(item, red, green, blue, alpha)
    return (30 * red.value + 59 * green.value + 11 * blue.value) // 100


def _matrix_of(item: Any) -> _Matrix:
    matrix = pdfium.FS_MATRIX()
    if not pdfium.FPDFPageObj_GetMatrix(item, matrix):
        return _SAME
    return matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f


def _apply(matrix: _Matrix, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def _multiply(first: _Matrix, then: _Matrix) -> _Matrix:
    """One matrix that does ``first`` and then ``then``."""
    a, b, c, d, e, f = first
    e2, f2 = _apply(then, e, f)
    ta, tb, tc, td, _, _ = then
    return a * ta + b * tc, a * tb + b * td, c * ta + d * tc, c * tb + d * td, e2, f2
