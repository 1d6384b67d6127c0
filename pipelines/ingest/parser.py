"""The border that every format keeps: bytes in, a document out."""

from __future__ import annotations

from typing import Protocol

from pydantic import Field

from pipelines.domain.documents import Document, SourceReference
from pipelines.domain.record import Record


class IngestLimits(Record):
    """Bounds that keep a hostile file from hurting the machine."""

    max_file_bytes: int = Field(default=200 * 2**20, gt=0)
    max_unpacked_bytes: int = Field(default=200 * 2**20, gt=0)
    """For formats that are archives: all parts together."""
    max_part_bytes: int = Field(default=64 * 2**20, gt=0)
    """For formats that are archives: one part. A tree of XML takes about ten times its bytes in memory."""
    max_pages: int = Field(default=3000, gt=0)
    max_characters: int = Field(default=20_000_000, gt=0)


class Parser(Protocol):
    """Reads one format."""

    @property
    def name(self) -> str:
        """Name and version, for instance ``pdf/1``; raised when the outcome changes."""
        ...

    @property
    def media_types(self) -> tuple[str, ...]:
        """Media types it reads, as :func:`~pipelines.ingest.sniff.sniff_media_type` gives them."""
        ...

    def parse(self, content: bytes, source: SourceReference, limits: IngestLimits) -> Document:
        """Read ``content``.

        Raises
        ------
        DocumentError
            With the state the document gets and the key of the reason (``reason.*``).
        """
        ...
