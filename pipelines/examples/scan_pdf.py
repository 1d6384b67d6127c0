"""Makes a PDF as a scanner does: pages that are pictures, a little skewed and dirty, without a text layer."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
import pypdfium2
from PIL import Image, ImageFilter
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from pipelines.examples.print_pdf import print_pdf
from pipelines.examples.print_places import fixed_date
from pipelines.examples.written import Written

_DOTS_PER_INCH = 96
_SKEWS = (0.7, -0.5, 0.35, -0.9)
"""Degrees by which successive sheets lie askew."""
_QUALITY = 34
"""JPEG quality: still legible, and about 60 kB a page."""


def scan_pdf(written: Written) -> bytes:
    """Print a source and scan the sheets; the same source gives the same bytes."""
    pages = _rendered(print_pdf(written))
    random = np.random.default_rng(20221104)
    buffer = BytesIO()
    with fixed_date(written.front["date"]):
        canvas = Canvas(buffer, invariant=1)
        canvas.setTitle("scan")
        canvas.setCreator("multifunctional")
        for number, page in enumerate(pages):
            width, height = (side * 72 / _DOTS_PER_INCH for side in page.size)
            canvas.setPageSize((width, height))
            picture = _scanned(page, _SKEWS[number % len(_SKEWS)], random)
            canvas.drawImage(ImageReader(BytesIO(picture)), 0, 0, width, height)
            canvas.showPage()
        canvas.save()
    return buffer.getvalue()


def _rendered(content: bytes) -> list[Image.Image]:
    document = pypdfium2.PdfDocument(content)
    # The annotation of pypdfium2 says int; any positive number will do.
    scale: Any = _DOTS_PER_INCH / 72
    try:
        return [page.render(scale=scale, grayscale=True).to_pil() for page in document]
    finally:
        document.close()


def _scanned(page: Image.Image, degrees: float, random: np.random.Generator) -> bytes:
    skewed = page.rotate(degrees, resample=Image.Resampling.BICUBIC, fillcolor=246)
    soft = skewed.filter(ImageFilter.GaussianBlur(0.45))
    grey = np.asarray(soft, dtype=np.float32)
    # Uneven lamp: darker towards the right edge; then grain, and specks of dust on the glass.
    grey = grey * np.linspace(1.0, 0.93, grey.shape[1], dtype=np.float32)
    grey += random.normal(0.0, 3.0, grey.shape).astype(np.float32)
    grey[random.random(grey.shape) < 0.00012] = 40
    picture = Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8))
    buffer = BytesIO()
    picture.save(buffer, "JPEG", quality=_QUALITY)
    return buffer.getvalue()
