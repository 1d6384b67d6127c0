"""A document: the text of a file, its blocks and where each character stands on the page."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from enum import StrEnum
from itertools import islice
from typing import Self

from pydantic import Field, model_validator

from pipelines.domain.ids import content_id
from pipelines.domain.record import SCHEMA_VERSION, Record


class DocumentState(StrEnum):
    """What came of a file. ``failed`` until its last step has succeeded."""

    TEXT = "text"
    """Read wholly."""
    PARTIAL = "partial"
    """Read, but pages or parts are missing; the reason says which."""
    NEEDS_OCR = "needs_ocr"
    """Pages are pictures without (enough) text."""
    NO_TEXT = "no_text"
    """A good file in which nothing is written."""
    NEEDS_PASSWORD = "needs_password"
    UNSUPPORTED = "unsupported"
    """A kind of file, or a language, that is not read."""
    REJECTED = "rejected"
    """Damaged or hostile."""
    FAILED = "failed"
    """Something went wrong here; it can be retried."""


#: States with text that goes on to passages.
READABLE_STATES = frozenset({DocumentState.TEXT, DocumentState.PARTIAL})


class BlockKind(StrEnum):
    TITLE = "title"
    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list_item"
    TABLE_CELL = "table_cell"
    CAPTION = "caption"
    FOOTNOTE = "footnote"
    PAGE_HEADER = "page_header"
    PAGE_FOOTER = "page_footer"
    CONTENTS = "contents"
    REFERENCE = "reference"


class Reason(Record):
    """Why a document (or a part of it) was set aside: the key of a message and the values it names."""

    key: str
    values: dict[str, str | int | float] = Field(default_factory=dict)


class SourceReference(Record):
    """Where the bytes of a document came from."""

    path: str
    """Path as the user knows it."""
    checksum: str
    """SHA-256 of the bytes, 64 hex characters."""
    n_bytes: int = Field(ge=0)
    url: str | None = None

    @property
    def document_id(self) -> str:
        """Same bytes, same document: two copies of one file are one document with two paths."""
        return content_id("document", self.checksum)


class Metadata(Record):
    """What the document says of itself; ``None`` and empty where it does not say."""

    title: str | None = None
    publisher: str | None = None
    authors: tuple[str, ...] = ()
    """Names as printed, in printed order."""
    year: int | None = Field(default=None, ge=1500, le=2200)
    language: str | None = None
    """``nl``, ``en`` or another ISO 639-1 code: the language of most of the running text."""
    url: str | None = None


class CellPlace(Record):
    """Place of a table cell; all counted from 0."""

    table: int = Field(ge=0)
    row: int = Field(ge=0)
    column: int = Field(ge=0)


class Block(Record):
    """A stretch of the document's text with one function."""

    kind: BlockKind
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    """``document.text[start:end]`` is the text of the block."""
    page_first: int | None = Field(default=None, ge=1)
    page_last: int | None = Field(default=None, ge=1)
    """Pages as counted in the file, from 1; ``None`` in formats without pages."""
    level: int | None = Field(default=None, ge=1, le=9)
    """Depth of a heading, 1 is the highest; ``None`` for other blocks."""
    section: tuple[str, ...] = ()
    """Headings above this block, outermost first; a heading does not hold itself."""
    cell: CellPlace | None = None

    @model_validator(mode="after")
    def _check_span(self) -> Self:
        if self.end < self.start:
            raise ValueError("a block ends before it starts")
        return self


class TextRun(Record):
    """``document.text[start:start + length]`` stands on ``page`` from page character ``page_start`` on, one to one.

    Page characters are counted as PDFium counts them. Where text was repaired (a hyphen at a line end removed,
    a ligature written out), no run covers the repaired place or a new run begins after it.
    """

    start: int = Field(ge=0)
    length: int = Field(ge=1)
    page: int = Field(ge=1)
    page_start: int = Field(ge=0)


class Document(Record):
    """A file that was read, wholly or partly."""

    schema_version: int = SCHEMA_VERSION
    id: str
    source: SourceReference
    media_type: str
    parser: str
    """Name and version of the parser, for instance ``pdf/1``."""
    state: DocumentState
    reason: Reason | None = None
    notes: tuple[Reason, ...] = ()
    """What people should know of how it was read, whatever its state: hidden text, letters that were guessed."""
    metadata: Metadata = Metadata()
    n_pages: int | None = Field(default=None, ge=0)
    text: str = ""
    blocks: tuple[Block, ...] = ()
    """In the order of the text; blocks do not overlap. Running text comes first in reading order; footnotes, page
    headers and page footers follow after all running text, so that a paragraph that runs over a page is one stretch."""
    runs: tuple[TextRun, ...] = ()
    """Only for formats with pages; sorted by ``start``, not overlapping."""

    @model_validator(mode="after")
    def _check_spans(self) -> Self:
        last = 0
        for block in self.blocks:
            if block.start < last or block.end > len(self.text):
                raise ValueError("blocks overlap or lie outside the text")
            last = block.end
        last = 0
        for run in self.runs:
            if run.start < last or run.start + run.length > len(self.text):
                raise ValueError("runs overlap or lie outside the text")
            last = run.start + run.length
        if self.state in READABLE_STATES and not self.text.strip():
            raise ValueError("a readable document has text")
        return self

    def block_text(self, block: Block) -> str:
        """Text of one of this document's blocks."""
        return self.text[block.start : block.end]

    def places(self, start: int, end: int) -> tuple[TextRun, ...]:
        """Where the characters ``start`` to ``end`` stand on the pages: runs cut to that span, in text order.

        Empty for formats without pages.
        """
        return tuple(
            TextRun(start=low, length=high - low, page=run.page, page_start=run.page_start + low - run.start)
            for run, low, high in self._runs_between(start, end)
        )

    def pages(self, start: int, end: int) -> list[int]:
        """Pages on which the characters ``start`` to ``end`` stand, once for each run; empty without pages."""
        return [run.page for run, _, _ in self._runs_between(start, end)]

    def _runs_between(self, start: int, end: int) -> Iterator[tuple[TextRun, int, int]]:
        """Runs that have characters from ``start`` to ``end``, and the first and last place that they share with it."""
        first = max(bisect_right(self.runs, start, key=lambda run: run.start) - 1, 0)
        for run in islice(self.runs, first, None):
            if run.start >= end:
                break
            low, high = max(start, run.start), min(end, run.start + run.length)
            if low < high:
                yield run, low, high
