"""Pictures of PDF pages, and where on them the characters of a text stand.

Everything here calls PDFium: one thread at a time, and in a process that can be killed, since a hostile file can keep
it busy for ever or make it crash.
"""

from __future__ import annotations

import ctypes
import io
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
import pypdfium2.raw as pdfium
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageStat
from pypdfium2 import PdfBitmap, PdfDocument, PdfiumError

from pipelines.domain.documents import TextRun
from pipelines.errors import KennisstandError
from pipelines.ingest.page_lines import Glyph, Line, gather_lines
from pipelines.ingest.pdf_nesting import fans_out

MEDIA_TYPE = "image/webp"
LEAST_WIDTH, MOST_WIDTH = 100, 3000
"""Pixels. Less than 100 shows nothing; 3,000 is a page over the whole width of a sharp screen."""
MOST_PIXELS = 12_000_000
"""Of one picture: 3,000 pixels wide in the proportions of A4, 48 MB while it is drawn."""
MOST_PIXELS_ASIDE = 16_000
"""A picture of this kind holds at most 16,383 pixels in a row or column."""
LEAST_SIDE, MOST_SIDE = 1.0, 1e6
"""Points. Beyond this a page is no paper (350 metres); the PDF standard allows 3 to 14,400."""
MOST_PROPORTION = 100.0
"""Long side to short side; wall charts and time lines measured up to 12."""
MOST_CHARACTERS = 200_000
"""That one request may mark; the longest passage is a few thousand."""

_COLOURS = 32
_MOST_ERROR = 2.5
"""Root mean square over a picture, of 255, up to which 32 colours stand for all. Of 49 pages of 17 real and bundled
files those of text and plain drawings stay at 2.4 or less, those with photographs and gradients begin at 2.9."""
_GRID = 2**20
"""Steps in which PDFium is asked for a place on the page; it answers in whole numbers."""


class PageError(KennisstandError):
    """The picture of a page cannot be made."""


@dataclass(frozen=True, slots=True)
class PagePicture:
    """A page as a picture."""

    content: bytes
    media_type: str
    width: int
    height: int
    """Pixels."""
    page_width: float
    page_height: float
    """Points, as the page is shown: after rotation and cropping."""


@dataclass(frozen=True, slots=True)
class PageBox:
    """A rectangle on a page as it is shown, in parts of its width and height: 0 to 1 from the upper left corner."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class MarkedPage:
    """The places of a text on one page, one box for each line."""

    page: int
    """From 1."""
    page_width: float
    page_height: float
    """Points, as the page is shown."""
    boxes: tuple[PageBox, ...]


def render_page(content: bytes, page: int, width_pixels: int) -> PagePicture:
    """Draw a page as it is meant to be seen: rotated, cropped, with its annotations.

    Parameters
    ----------
    content
        The PDF file.
    page
        Counted from 1.
    width_pixels
        Width wanted, 100 to 3,000; a very long page becomes narrower.

    Raises
    ------
    PageError
        The file or the page cannot be drawn; the key says why.
    """
    with _opened(content) as document, _loaded(document, page) as loaded:
        page_width, page_height = _size(loaded, page)
        width, height = picture_size(page_width, page_height, width_pixels)
        bitmap = PdfBitmap.new_native(width, height, pdfium.FPDFBitmap_BGRx, rev_byteorder=True)
        try:
            bitmap.fill_rect((255, 255, 255, 255), 0, 0, width, height)
            flags = pdfium.FPDF_ANNOT | pdfium.FPDF_REVERSE_BYTE_ORDER | pdfium.FPDF_RENDER_LIMITEDIMAGECACHE
            pdfium.FPDF_RenderPageBitmap(bitmap.raw, loaded, 0, 0, width, height, 0, flags)
            image = bitmap.to_pil().convert("RGB")
        finally:
            bitmap.close()
    return PagePicture(_encode(image), MEDIA_TYPE, width, height, page_width, page_height)


def draw_grey(content: bytes, page: int, dots_per_inch: int) -> tuple[NDArray[np.uint8], float, float]:
    """A page in grey, a byte for each pixel, with its width and height in points; see :func:`render_page`."""
    with _opened(content) as document, _loaded(document, page) as loaded:
        page_width, page_height = _size(loaded, page)
        scale = min(dots_per_inch / 72.0, math.sqrt(MOST_PIXELS / (page_width * page_height)))
        width, height = max(round(page_width * scale), 1), max(round(page_height * scale), 1)
        bitmap = PdfBitmap.new_native(width, height, pdfium.FPDFBitmap_Gray)
        try:
            bitmap.fill_rect((255, 255, 255, 255), 0, 0, width, height)
            flags = pdfium.FPDF_ANNOT | pdfium.FPDF_GRAYSCALE | pdfium.FPDF_RENDER_LIMITEDIMAGECACHE
            pdfium.FPDF_RenderPageBitmap(bitmap.raw, loaded, 0, 0, width, height, 0, flags)
            return bitmap.to_numpy().reshape(height, width).copy(), page_width, page_height
        finally:
            bitmap.close()


def picture_size(page_width: float, page_height: float, width_pixels: int) -> tuple[int, int]:
    """Width and height in pixels for a page of so many points: as wide as asked, where the bounds allow it."""
    wanted = min(max(width_pixels, LEAST_WIDTH), MOST_WIDTH)
    scale = min(
        wanted / page_width,
        math.sqrt(MOST_PIXELS / (page_width * page_height)),
        MOST_PIXELS_ASIDE / max(page_width, page_height),
    )
    return max(round(page_width * scale), 1), max(round(page_height * scale), 1)


def find_boxes(content: bytes, runs: Sequence[TextRun]) -> list[MarkedPage]:
    """Where the characters of ``runs`` stand; see :meth:`pipelines.domain.documents.Document.places`.

    Returns
    -------
    list of MarkedPage
        One for each page that ``runs`` name, in their order; characters that show nothing have no box.

    Raises
    ------
    PageError
        The file or one of the pages cannot be read; the key says why.
    """
    if not runs:
        return []
    order = {page: place for place, page in enumerate(dict.fromkeys(run.page for run in runs))}
    marked: list[MarkedPage] = []
    left = MOST_CHARACTERS
    with _opened(content) as document:
        for page, group in groupby(sorted(runs, key=lambda run: order[run.page]), key=lambda run: run.page):
            indices = [i for run in group for i in range(run.page_start, run.page_start + min(run.length, left))][:left]
            left -= len(indices)
            with _loaded(document, page) as loaded:
                width, height = _size(loaded, page)
                marked.append(MarkedPage(page, width, height, _boxes(loaded, page, indices)))
    return marked


@contextmanager
def _opened(content: bytes) -> Iterator[PdfDocument]:
    start = content.find(b"%PDF-", 0, 4096)
    if start < 0:
        raise PageError("page_picture.not_pdf")
    if fans_out(content):
        raise PageError("page_picture.hostile")
    try:
        document = PdfDocument(content[start:] if start else content)
    except PdfiumError as error:
        if getattr(error, "err_code", None) in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY):
            raise PageError("page_picture.password") from error
        detail = str(error).removeprefix("Failed to load document ").strip(" ().")
        raise PageError("page_picture.damaged", detail=detail) from error
    try:
        yield document
    finally:
        document.close()


@contextmanager
def _loaded(document: PdfDocument, page: int) -> Iterator[Any]:
    n_pages = len(document)
    if not 1 <= page <= n_pages:
        raise PageError("page_picture.no_such_page", page=page, pages=n_pages)
    loaded = pdfium.FPDF_LoadPage(document.raw, page - 1)
    if not loaded:
        raise PageError("page_picture.damaged_page", page=page)
    try:
        yield loaded
    finally:
        pdfium.FPDF_ClosePage(loaded)


def _size(loaded: Any, page: int) -> tuple[float, float]:
    """Width and height in points, after rotation and cropping."""
    width, height = pdfium.FPDF_GetPageWidthF(loaded), pdfium.FPDF_GetPageHeightF(loaded)
    usable = all(math.isfinite(side) and LEAST_SIDE <= side <= MOST_SIDE for side in (width, height))
    if not usable or max(width, height) > MOST_PROPORTION * min(width, height):
        raise PageError("page_picture.odd_size", page=page, width=f"{width:g}", height=f"{height:g}")
    return width, height


def _encode(image: Image.Image) -> bytes:
    """Without loss in 32 colours where that looks the same, else with loss.

    Of 49 pages at 1,000 pixels, one core: without loss a median of 64 kB in 80 ms, letters as sharp as drawn; with loss
    92 kB in 86 ms; PNG of all colours 305 kB; JPEG 159 kB with smears around letters.
    """
    stream = io.BytesIO()
    plain = image.quantize(_COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).convert("RGB")
    if max(ImageStat.Stat(ImageChops.difference(image, plain)).rms) <= _MOST_ERROR:
        plain.save(stream, "WEBP", lossless=True, quality=20, method=2)
    else:
        image.save(stream, "WEBP", quality=75, method=2)
    return stream.getvalue()


def _boxes(loaded: Any, page: int, indices: list[int]) -> tuple[PageBox, ...]:
    text_page = pdfium.FPDFText_LoadPage(loaded)
    if not text_page:
        raise PageError("page_picture.damaged_page", page=page)
    try:
        lines = gather_lines(_glyphs(text_page, indices))
    finally:
        pdfium.FPDFText_ClosePage(text_page)
    boxes = (_box(loaded, line) for line in lines)
    return tuple(box for box in boxes if box is not None)


def _glyphs(text_page: Any, indices: list[int]) -> Iterator[Glyph]:
    """Characters that show something; those that PDFium itself adds (spaces between words) have no matrix."""
    n = pdfium.FPDFText_CountChars(text_page)
    left, right, bottom, top, x, y = (ctypes.c_double() for _ in range(6))
    matrix = pdfium.FS_MATRIX()
    for index in indices:
        if not 0 <= index < n or pdfium.FPDFText_GetUnicode(text_page, index) <= 32:
            continue
        if not pdfium.FPDFText_GetCharBox(text_page, index, left, right, bottom, top):
            continue
        if not pdfium.FPDFText_GetMatrix(text_page, index, matrix):
            continue
        if not pdfium.FPDFText_GetCharOrigin(text_page, index, x, y):
            continue
        glyph = Glyph.place(
            (left.value, bottom.value, right.value, top.value),
            (x.value, y.value),
            (matrix.a, matrix.b, matrix.c, matrix.d),
            pdfium.FPDFText_GetFontSize(text_page, index),
        )
        if glyph is not None:
            yield glyph


def _box(loaded: Any, line: Line) -> PageBox | None:
    """The place of a line on the page as it is shown; ``None`` where it lies outside."""
    x, y = ctypes.c_int(), ctypes.c_int()
    across: list[float] = []
    down: list[float] = []
    for corner in line.corners():
        if not pdfium.FPDF_PageToDevice(loaded, 0, 0, _GRID, _GRID, 0, *corner, x, y):
            return None
        across.append(min(max(x.value / _GRID, 0.0), 1.0))
        down.append(min(max(y.value / _GRID, 0.0), 1.0))
    box = PageBox(*(round(v, 5) for v in (min(across), min(down), max(across), max(down))))
    return box if box.left < box.right and box.top < box.bottom else None
