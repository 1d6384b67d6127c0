"""Reads PDF files with PDFium: visible text in reading order, each character traceable to its page.

Where PDFium fails, two other parsers are asked (:mod:`pipelines.ingest.pdf_other_readers`).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

import pypdfium2.raw as pdfium
from pypdfium2 import PdfDocument, PdfiumError

from pipelines.domain.documents import Document, DocumentState, Reason, SourceReference
from pipelines.errors import DocumentError
from pipelines.ingest.compose import LEAST_HIDDEN, compose_document
from pipelines.ingest.page_ranges import page_ranges
from pipelines.ingest.parser import IngestLimits
from pipelines.ingest.pdf_characters import PageCharacters, read_page
from pipelines.ingest.pdf_flow import lay_out
from pipelines.ingest.pdf_metadata import FileInformation, read_metadata
from pipelines.ingest.pdf_nesting import fans_out
from pipelines.ingest.pdf_other_readers import read_again
from pipelines.ingest.pdf_state import judge
from pipelines.ingest.pdf_visible import keep_uncovered

_log = logging.getLogger(__name__)

_PDFIUM = threading.Lock()
"""PDFium keeps global state and may be used by one thread at a time."""


class PdfParser:
    """Parser of PDF files.

    A call into PDFium cannot be interrupted: a file made to keep it busy in a way that is not foreseen here has to be
    stopped from outside, by the process that reads files under limits of time and memory.
    """

    name = "pdf/3"
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
        first = _read_with_pdfium(content, limits)
        again = read_again(content, first.pages)
        if first.failure is not None and not again.by:
            raise first.failure
        n_pages = first.n_pages or len(again.pages)
        pages = again.pages[: limits.max_pages]
        state, reason = judge(pages, n_pages)
        drafts = lay_out(pages)
        return compose_document(
            source,
            self.media_types[0],
            again.name(self.name),
            drafts,
            limits=limits,
            metadata=read_metadata(first.information, drafts),
            n_pages=n_pages,
            state=state,
            reason=reason,
            notes=(*again.notes(), *hidden_text_notes(pages)),
        )


@dataclass(slots=True)
class _First:
    """What PDFium made of a file."""

    n_pages: int = 0
    pages: list[PageCharacters | None] = field(default_factory=list)
    information: FileInformation = field(default_factory=FileInformation)
    failure: DocumentError | None = None
    """Why it cannot open the file."""


def _read_with_pdfium(content: bytes, limits: IngestLimits) -> _First:
    with _PDFIUM:
        try:
            document = _open(content)
        except DocumentError as error:
            return _First(failure=error)
        try:
            n_pages = len(document)
            if not n_pages:
                failure = DocumentError("reason.damaged", DocumentState.REJECTED.value, detail="0 pages")
                return _First(failure=failure)
            pages = _read_pages(document, min(n_pages, limits.max_pages), limits.max_characters)
            return _First(n_pages, pages, FileInformation.read(document))
        finally:
            document.close()


def hidden_text_notes(pages: Sequence[PageCharacters | None]) -> tuple[Reason, ...]:
    """How much text that nobody can see was left out, and where; nothing where it is less than a word or two."""
    hidden = {page.number: page.n_hidden for page in pages if page is not None and page.n_hidden >= LEAST_HIDDEN}
    if not hidden:
        return ()
    values: dict[str, str | int | float] = {"characters": sum(hidden.values()), "which": page_ranges(hidden)}
    return (Reason(key="reading_note.hidden_text", values=values),)


def _open(content: bytes) -> PdfDocument:
    """Open a file; an empty user password is tried by PDFium itself."""
    start = content.find(b"%PDF-", 0, 4096)
    try:
        return PdfDocument(content[max(start, 0) :], autoclose=True)
    except PdfiumError as error:
        code = getattr(error, "err_code", None)
        # PDFium says why the file before did not open, where it has nothing to say of this one.
        if code in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY) and b"/Encrypt" in content:
            raise DocumentError("reason.encrypted", DocumentState.NEEDS_PASSWORD.value) from error
        raise DocumentError(
            "reason.damaged",
            DocumentState.REJECTED.value,
            detail=str(error).removeprefix("Failed to load document ").strip(" ()."),
        ) from error


def _read_pages(document: PdfDocument, n_pages: int, max_characters: int) -> list[PageCharacters | None]:
    """Pages in order; ``None`` for a page that PDFium cannot load. Stops where the text gets longer than allowed."""
    keep = partial(keep_uncovered, document=document.raw)
    pages: list[PageCharacters | None] = []
    n_characters = 0
    for number in range(1, n_pages + 1):
        page = read_page(document.raw, number, keep)
        pages.append(page)
        n_characters += len(page.characters) if page else 0
        if n_characters > max_characters:
            _log.warning("stopped at page %s of %s: more than %s characters", number, n_pages, max_characters)
            break
    return pages
