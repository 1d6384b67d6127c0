"""Calls of PDFium by bare addresses, for what is asked of every character or object of a page.

The calls below take the address of an object, path, clip path or segment as a number. Measured on pages full of
drawings: half the time that the generated binding takes, which makes a pointer object of every address.
"""

from __future__ import annotations

import ctypes
from typing import Any

import pypdfium2.raw as pdfium


def by_address(function: Any, result: Any, *arguments: Any) -> Any:
    """A function of PDFium that takes bare addresses: the generated binding makes a pointer object on every call.

    The interpreter is not given up during the call, which takes under a microsecond. Only for functions that do little.
    Without ``arguments`` nothing is converted, and each address has to come as ``c_void_p``: of a plain number the half
    would be lost.
    """
    return ctypes.PYFUNCTYPE(result, *arguments)(ctypes.cast(function, ctypes.c_void_p).value or 0)


def address_of(pointer: Any) -> int:
    """Address in a pointer of the generated binding; 0 where it is none."""
    return ctypes.cast(pointer, ctypes.c_void_p).value or 0


_ADDRESS, _INT = ctypes.c_void_p, ctypes.c_int
_Floats, _Integers = ctypes.c_float * 6, ctypes.c_uint * 4

page_object = by_address(pdfium.FPDFPage_GetObject, ctypes.c_size_t, _ADDRESS, _INT)
group_object = by_address(pdfium.FPDFFormObj_GetObject, ctypes.c_size_t, _ADDRESS, ctypes.c_ulong)
n_group_objects = by_address(pdfium.FPDFFormObj_CountObjects, _INT, _ADDRESS)
object_type = by_address(pdfium.FPDFPageObj_GetType, _INT, _ADDRESS)
is_see_through = by_address(pdfium.FPDFPageObj_HasTransparency, _INT, _ADDRESS)
clip_of = by_address(pdfium.FPDFPageObj_GetClipPath, ctypes.c_size_t, _ADDRESS)
n_clips = by_address(pdfium.FPDFClipPath_CountPaths, _INT, _ADDRESS)
n_clip_segments = by_address(pdfium.FPDFClipPath_CountPathSegments, _INT, _ADDRESS, _INT)
clip_segment = by_address(pdfium.FPDFClipPath_GetPathSegment, ctypes.c_size_t, _ADDRESS, _INT, _INT)
n_segments = by_address(pdfium.FPDFPath_CountSegments, _INT, _ADDRESS)
path_segment = by_address(pdfium.FPDFPath_GetPathSegment, ctypes.c_size_t, _ADDRESS, _INT)
segment_type = by_address(pdfium.FPDFPathSegment_GetType, _INT, _ADDRESS)
closes = by_address(pdfium.FPDFPathSegment_GetClose, _INT, _ADDRESS)
_bounds = by_address(pdfium.FPDFPageObj_GetBounds, _INT, *[_ADDRESS] * 5)
_matrix = by_address(pdfium.FPDFPageObj_GetMatrix, _INT, *[_ADDRESS] * 2)
_draw_mode = by_address(pdfium.FPDFPath_GetDrawMode, _INT, *[_ADDRESS] * 3)
_fill_colour = by_address(pdfium.FPDFPageObj_GetFillColor, _INT, *[_ADDRESS] * 5)
_point = by_address(pdfium.FPDFPathSegment_GetPoint, _INT, *[_ADDRESS] * 3)

Matrix = tuple[float, float, float, float, float, float]


def bounds(item: int) -> tuple[float, float, float, float] | None:
    """Left, bottom, right and top of an object."""
    into = _Floats()
    at = ctypes.addressof(into)
    if not _bounds(item, at, at + 4, at + 8, at + 12):
        return None
    left, bottom, right, top, _, _ = into
    return left, bottom, right, top


def matrix_of(item: int) -> Matrix | None:
    """How an object is placed."""
    into = _Floats()
    if not _matrix(item, ctypes.addressof(into)):
        return None
    a, b, c, d, e, f = into
    return a, b, c, d, e, f


def draw_mode(path: int) -> tuple[int, int]:
    """How a path is filled, and whether its line is drawn; 0 for neither."""
    into = _Integers()
    at = ctypes.addressof(into)
    _draw_mode(path, at, at + 4)
    return into[0], into[1]


def fill_colour(item: int) -> tuple[int, int, int, int] | None:
    """Red, green, blue and alpha that an object is filled with."""
    into = _Integers()
    at = ctypes.addressof(into)
    if not _fill_colour(item, at, at + 4, at + 8, at + 12):
        return None
    red, green, blue, alpha = into
    return red, green, blue, alpha


def point_of(segment: int) -> tuple[float, float] | None:
    """Where a piece of a path ends."""
    into = _Floats()
    at = ctypes.addressof(into)
    return (into[0], into[1]) if segment and _point(segment, at, at + 4) else None
