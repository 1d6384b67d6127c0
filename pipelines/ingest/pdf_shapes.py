"""Shapes of objects on a PDF page: whether they fill their box and let nothing through."""

from __future__ import annotations

import ctypes
import math
from typing import Any

import pypdfium2.raw as pdfium

OPAQUE = 255
MOST_CLIPS = 20
"""Clip paths of one object that are looked at; more make a shape that covers who knows what."""
MOST_PIXELS = 25_000_000
"""Of a picture that is unpacked to see whether it lets light through: 100 MB."""
_STRAIGHT = 0.5


def fills_its_box(item: Any, kind: int) -> bool:
    """Whether an object without any transparency of its own fills its box: rectangles, and pictures unless masked."""
    if pdfium.FPDFPageObj_HasTransparency(item) or not _clips_are_rectangles(item):
        return False
    if kind == pdfium.FPDF_PAGEOBJ_IMAGE:
        matrix = pdfium.FS_MATRIX()
        return bool(pdfium.FPDFPageObj_GetMatrix(item, matrix)) and _is_level(matrix)
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    if not pdfium.FPDFPath_GetDrawMode(item, fill, stroke) or not fill.value:
        return False
    return _is_rectangle(pdfium.FPDFPath_CountSegments(item), lambda index: pdfium.FPDFPath_GetPathSegment(item, index))


def clip_box(item: Any) -> tuple[float, float, float, float] | None:
    """What the clip paths of an object leave, as left, bottom, right and top; ``None`` where nothing is clipped."""
    path = pdfium.FPDFPageObj_GetClipPath(item)
    n = pdfium.FPDFClipPath_CountPaths(path) if path else 0
    if n <= 0:
        return None
    left, bottom, right, top = -math.inf, -math.inf, math.inf, math.inf
    for number in range(min(n, MOST_CLIPS)):
        points = [
            point
            for index in range(max(pdfium.FPDFClipPath_CountPathSegments(path, number), 0))
            if (point := _point(pdfium.FPDFClipPath_GetPathSegment(path, number, index))) is not None
        ]
        if points:
            left, right = max(left, min(x for x, _ in points)), min(right, max(x for x, _ in points))
            bottom, top = max(bottom, min(y for _, y in points)), min(top, max(y for _, y in points))
    return (left, bottom, right, top) if all(map(math.isfinite, (left, bottom, right, top))) else None


def lets_light_through(document: Any, page: Any, picture: Any) -> bool:
    """Whether a picture is masked or transparent anywhere, or cannot be judged."""
    width, height = ctypes.c_uint(), ctypes.c_uint()
    if not pdfium.FPDFImageObj_GetImagePixelSize(picture, width, height) or width.value * height.value > MOST_PIXELS:
        return True
    bitmap = pdfium.FPDFImageObj_GetRenderedBitmap(document, page, picture)
    if not bitmap:
        return True
    try:
        if pdfium.FPDFBitmap_GetFormat(bitmap) != pdfium.FPDFBitmap_BGRA:
            return False
        stride, rows = pdfium.FPDFBitmap_GetStride(bitmap), pdfium.FPDFBitmap_GetHeight(bitmap)
        if stride <= 0 or rows <= 0 or stride * rows > 4 * MOST_PIXELS:
            return True
        pixels = ctypes.string_at(pdfium.FPDFBitmap_GetBuffer(bitmap), stride * rows)
        alphas = pixels[3::4]
        # Edges are smoothed: a picture without a mask has a border of half-covered pixels at most.
        return alphas.count(OPAQUE) < 0.95 * len(alphas)
    finally:
        pdfium.FPDFBitmap_Destroy(bitmap)


def _clips_are_rectangles(item: Any) -> bool:
    path = pdfium.FPDFPageObj_GetClipPath(item)
    n = pdfium.FPDFClipPath_CountPaths(path) if path else 0
    if n > MOST_CLIPS:
        return False
    return all(
        _is_rectangle(
            pdfium.FPDFClipPath_CountPathSegments(path, number),
            lambda index, number=number: pdfium.FPDFClipPath_GetPathSegment(path, number, index),
        )
        for number in range(max(n, 0))
    )


def _is_rectangle(n_segments: int, segment: Any) -> bool:
    if not 4 <= n_segments <= 6:
        return False
    points: list[tuple[float, float]] = []
    for index in range(n_segments):
        piece = segment(index)
        if pdfium.FPDFPathSegment_GetType(piece) not in (pdfium.FPDF_SEGMENT_MOVETO, pdfium.FPDF_SEGMENT_LINETO):
            return False
        point = _point(piece)
        if point is None:
            return False
        points.append(point)
    xs, ys = [x for x, _ in points], [y for _, y in points]
    edges = (min(xs), max(xs)), (min(ys), max(ys))
    at_corner = all(
        min(abs(x - edges[0][0]), abs(x - edges[0][1])) <= _STRAIGHT
        and min(abs(y - edges[1][0]), abs(y - edges[1][1])) <= _STRAIGHT
        for x, y in points
    )
    return at_corner and len({(round(x), round(y)) for x, y in points}) >= 4


def _point(segment: Any) -> tuple[float, float] | None:
    x, y = ctypes.c_float(), ctypes.c_float()
    if not segment or not pdfium.FPDFPathSegment_GetPoint(segment, x, y):
        return None
    return x.value, y.value


def _is_level(matrix: Any) -> bool:
    """Not slanting: its box is the picture itself."""
    return min(abs(matrix.a) + abs(matrix.d), abs(matrix.b) + abs(matrix.c)) < 1e-3 * (
        abs(matrix.a) + abs(matrix.b) + abs(matrix.c) + abs(matrix.d)
    )
