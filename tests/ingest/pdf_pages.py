"""PDF files for tests, set with reportlab: all institutes and findings in them are made up."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable

import pypdfium2 as pdfium
import pypdfium2.raw as raw
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from pipelines.domain.documents import Document, SourceReference
from pipelines.ingest.parser import IngestLimits
from pipelines.ingest.pdf import PdfParser

WIDTH, HEIGHT = A4
LIMITS = IngestLimits()


def make(*pages: Callable[[Canvas], object], title: str | None = None, **options) -> bytes:
    """A PDF with one page for each function that draws one."""
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=A4, invariant=1, **options)
    if title is not None:
        canvas.setTitle(title)
    for draw in pages:
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def write(
    canvas: Canvas,
    x: float,
    y: float,
    lines: list[str],
    *,
    size: float = 10,
    font: str = "Helvetica",
    lead: float = 1.25,
) -> float:
    """Draw lines downwards from ``y`` (points from the foot of the page); returns where the next line would stand."""
    canvas.setFont(font, size)
    for line in lines:
        canvas.drawString(x, y, line)
        y -= 1.25 * size
    return y


def read(content: bytes, limits: IngestLimits = LIMITS) -> Document:
    """Parse a PDF."""
    source = SourceReference(path="a.pdf", checksum=hashlib.sha256(content).hexdigest(), n_bytes=len(content))
    return PdfParser().parse(content, source, limits)


def blocks(document: Document) -> list[tuple[str, str]]:
    """Kind and text of each block."""
    return [(block.kind.value, document.block_text(block)) for block in document.blocks]


def check_runs(document: Document, content: bytes) -> int:
    """Hold each run against what PDFium itself says stands there; returns the number of characters compared."""
    n_compared = 0
    if not document.runs:  # another parser read it, perhaps since PDFium cannot open it
        return 0
    file = pdfium.PdfDocument(content[max(content.find(b"%PDF-"), 0) :])
    try:
        for number in sorted({run.page for run in document.runs}):
            page = raw.FPDF_LoadPage(file.raw, number - 1)
            text_page = raw.FPDFText_LoadPage(page)
            for run in document.runs:
                if run.page != number:
                    continue
                for offset in range(run.length):
                    here = document.text[run.start + offset]
                    there = chr(raw.FPDFText_GetUnicode(text_page, run.page_start + offset))
                    same = here == there or (here == " " and there.isspace()) or (here == "-" and there == "\x02")
                    assert same or (here == "•" and "\ue000" <= there <= "\uf8ff"), (here, there, run)
                    n_compared += 1
            raw.FPDFText_ClosePage(text_page)
            raw.FPDF_ClosePage(page)
    finally:
        file.close()
    return n_compared
