"""A page as drawn, asked only which ground shows in some place: the last word on text under other things."""

from __future__ import annotations

import ctypes
import math
from typing import Any

import numpy as np
import pypdfium2.raw as pdfium
from numpy.typing import NDArray

from pipelines.ingest.pdf_drawings import Box

MOST_PIXELS = 4_000_000
"""Of the drawing: two pixels a point for A4."""
MOST_DIFFERENCE = 12
"""Steps of 255 by which a ground may differ from the colour that it was filled with; colour spaces are approximated."""


class ShownPage:
    """A loaded page, drawn upright in grey when it is first asked about."""

    def __init__(self, page: Any, width: float, height: float) -> None:
        self._page = page
        self._width, self._height = width, height
        self._grey: NDArray[np.uint8] | None = None
        self._scale = 0.0

    def has_ground(self, box: Box, grey: int) -> bool:
        """Whether most of a box shows a colour, given as grey; ``False`` where that cannot be found out."""
        drawn = self._grey = self._draw() if self._grey is None else self._grey
        x0, x1 = math.floor(box.left * self._scale), math.ceil(box.right * self._scale)
        y0, y1 = math.floor(box.top * self._scale), math.ceil(box.bottom * self._scale)
        pixels = drawn[max(y0, 0) : max(y1, 0), max(x0, 0) : max(x1, 0)]
        return pixels.size > 0 and abs(float(np.median(pixels)) - grey) <= MOST_DIFFERENCE

    def _draw(self) -> NDArray[np.uint8]:
        nothing = np.zeros((0, 0), np.uint8)
        self._scale = min(2.0, math.sqrt(MOST_PIXELS / max(self._width * self._height, 1.0)))
        width, height = math.ceil(self._width * self._scale), math.ceil(self._height * self._scale)
        if width * height > 2 * MOST_PIXELS:
            return nothing
        bitmap = pdfium.FPDFBitmap_CreateEx(width, height, pdfium.FPDFBitmap_Gray, None, 0)
        if not bitmap:
            return nothing
        try:
            pdfium.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, 0xFFFFFFFF)
            upright = (4 - pdfium.FPDFPage_GetRotation(self._page)) % 4
            flags = pdfium.FPDF_GRAYSCALE | pdfium.FPDF_RENDER_LIMITEDIMAGECACHE
            pdfium.FPDF_RenderPageBitmap(bitmap, self._page, 0, 0, width, height, upright, flags)
            stride = pdfium.FPDFBitmap_GetStride(bitmap)
            content = ctypes.string_at(pdfium.FPDFBitmap_GetBuffer(bitmap), stride * height)
            return np.frombuffer(content, np.uint8).reshape(height, stride)[:, :width]
        finally:
            pdfium.FPDFBitmap_Destroy(bitmap)
