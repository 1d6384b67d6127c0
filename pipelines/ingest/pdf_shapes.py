"""Shapes of objects on a PDF page: whether they fill their box and let nothing through."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable
from typing import Any

import pypdfium2.raw as pdfium

from pipelines.ingest import pdf_native as native

OPAQUE = 255
MOST_CLIPS = 20
"""Clip paths of one object that are looked at; more make a shape that covers who knows what."""
MOST_PIXELS = 25_000_000
"""Of a picture that is unpacked to see whether it lets light through: 100 MB."""
_STRAIGHT = 0.5


def fills_its_box(item: int, kind: int) -> bool:
    """Whether an object without any transparency of its own fills its box: rectangles, and pictures unless masked."""
    if native.is_see_through(item) or not _clips_are_rectangles(item):
        return False
    if kind == pdfium.FPDF_PAGEOBJ_IMAGE:
        matrix = native.matrix_of(item)
        return matrix is not None and _is_level(matrix)
    if not native.draw_mode(item)[0]:
        return False
    return _is_rectangle(native.n_segments(item), lambda index: native.path_segment(item, index))


def clip_box(item: int) -> tuple[float, float, float, float] | None:
    """What the clip paths of an object leave, as left, bottom, right and top; ``None`` where nothing is clipped."""
    path = native.clip_of(item)
    n = native.n_clips(path) if path else 0
    if n <= 0:
        return None
    left, bottom, right, top = -math.inf, -math.inf, math.inf, math.inf
    for number in range(min(n, MOST_CLIPS)):
        segments = [
            native.clip_segment(path, number, index) for index in range(max(native.n_clip_segments(path, number), 0))
        ]
        points = [point for segment in segments if (point := native.point_of(segment)) is not None]
        if points:
            left, right = max(left, min(x for x, _ in points)), min(right, max(x for x, _ in points))
            bottom, top = max(bottom, min(y for _, y in points)), min(top, max(y for _, y in points))
    return (left, bottom, right, top) if all(map(math.isfinite, (left, bottom, right, top))) else None


def lets_light_through(document: Any, page: Any, address: int) -> bool:
    """Whether a picture is masked or transparent anywhere, or cannot be judged."""
    picture = ctypes.cast(address, pdfium.FPDF_PAGEOBJECT)
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


def _clips_are_rectangles(item: int) -> bool:
    path = native.clip_of(item)
    n = native.n_clips(path) if path else 0
    if n > MOST_CLIPS:
        return False
    return all(
        _is_rectangle(
            native.n_clip_segments(path, number),
            lambda index, number=number: native.clip_segment(path, number, index),
        )
        for number in range(max(n, 0))
    )


def _is_rectangle(n_segments: int, segment: Callable[[int], int]) -> bool:
    if not 4 <= n_segments <= 6:
        return False
    points: list[tuple[float, float]] = []
    for index in range(n_segments):
        piece = segment(index)
        if native.segment_type(piece) not in (pdfium.FPDF_SEGMENT_MOVETO, pdfium.FPDF_SEGMENT_LINETO):
            return False
        point = native.point_of(piece)
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


def _is_level(matrix: native.Matrix) -> bool:
    """Not slanting: its box is the picture itself."""
    a, b, c, d = map(abs, matrix[:4])
    return min(a + d, b + c) < 1e-3 * (a + b + c + d)
