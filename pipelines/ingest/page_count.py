"""How many pages a file has, found out before it is read: so long may its reading take."""

from __future__ import annotations

from pypdfium2 import PdfDocument, PdfiumError

_PAGE_BYTES = 3_000
"""Of a text without pages; a printed page holds about as many characters."""
_PACKED_PAGE_BYTES = 1_000
"""Of a format that is packed, with its markup."""


def count_pages(content: bytes) -> int:
    """Pages of a PDF, or about as many as a text would fill; 0 for a PDF that does not open."""
    start = content.find(b"%PDF-", 0, 4096)
    if start < 0:
        return len(content) // (_PACKED_PAGE_BYTES if content.startswith(b"PK") else _PAGE_BYTES)
    try:
        document = PdfDocument(content[start:])
    except PdfiumError:
        return 0
    try:
        return len(document)
    finally:
        document.close()
