"""Reads PDF files with PDFium: visible text in reading order, each character traceable to its page."""

from __future__ import annotations

import logging
import threading

import pypdfium2.raw as pdfium
from pypdfium2 import PdfDocument, PdfiumError

from pipelines.domain.documents import Document, DocumentState, SourceReference
from pipelines.errors import DocumentError
from pipelines.ingest.compose import compose_document
from pipelines.ingest.parser import IngestLimits
from pipelines.ingest.pdf_characters import PageCharacters, read_page
from pipelines.ingest.pdf_flow import lay_out
from pipelines.ingest.pdf_metadata import FileInformation, read_metadata
from pipelines.ingest.pdf_nesting import fans_out
from pipelines.ingest.pdf_state import judge

_log = logging.getLogger(__name__)

_PDFIUM = threading.Lock()
"""PDFium keeps global state and may be used by one thread at a time."""


class PdfParser:
    """Parser of PDF files.

    A call into PDFium cannot be interrupted: a file made to keep it busy in a way that is not foreseen here has to be
    stopped from outside, by the process that reads files under limits of time and memory.
    """

    name = "pdf/2"
    media_types = ("application/pdf",)

    def parse(self, content: bytes, source: SourceReference, limits: IngestLimits) -> Document:
        """Read ``content``; see :class:`~pipelines.ingest.parser.Parser`.

        Raises
        ------
        DocumentError
            ``needs_password``, ``needs_ocr``, ``no_text`` or ``rejected``.
        """
        if not content:
            raise DocumentError("reason.empty_file", DocumentState.REJECTED.value)
        if len(content) > limits.max_file_bytes:
            size, limit = len(content) / 2**20, limits.max_file_bytes / 2**20
            raise DocumentError("reason.too_large", DocumentState.REJECTED.value, size=round(size), limit=round(limit))
        if fans_out(content):
            raise DocumentError("reason.hostile", DocumentState.REJECTED.value, detail="XObject")
        with _PDFIUM:
            document = _open(content)
            try:
                n_pages = len(document)
                pages = _read_pages(document, min(n_pages, limits.max_pages), limits.max_characters)
                information = FileInformation.read(document)
            finally:
                document.close()
        if not n_pages:
            raise DocumentError("reason.damaged", DocumentState.REJECTED.value, detail="0 pages")
        state, reason = judge(pages, n_pages)
        drafts = lay_out(pages)
        return compose_document(
            source,
            self.media_types[0],
            self.name,
            drafts,
            limits=limits,
            metadata=read_metadata(information, drafts),
            n_pages=n_pages,
            state=state,
            reason=reason,
        )


def _open(content: bytes) -> PdfDocument:
    """Open a file; an empty user password is tried by PDFium itself."""
    start = content.find(b"%PDF-", 0, 4096)
    try:
        return PdfDocument(content[max(start, 0) :], autoclose=True)
    except PdfiumError as error:
        code = getattr(error, "err_code", None)
        if code in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY):
            raise DocumentError("reason.encrypted", DocumentState.NEEDS_PASSWORD.value) from error
        raise DocumentError(
            "reason.damaged",
            DocumentState.REJECTED.value,
            detail=str(error).removeprefix("Failed to load document ").strip(" ()."),
        ) from error


def _read_pages(document: PdfDocument, n_pages: int, max_characters: int) -> list[PageCharacters | None]:
    """Pages in order; ``None`` for a page that PDFium cannot load. Stops where the text gets longer than allowed."""
    pages: list[PageCharacters | None] = []
    n_characters = 0
    for number in range(1, n_pages + 1):
        page = read_page(document.raw, number)
        pages.append(page)
        n_characters += len(page.characters) if page else 0
        if n_characters > max_characters:
            _log.warning("stopped at page %s of %s: more than %s characters", number, n_pages, max_characters)
            break
    return pages
