"""The border that every format keeps: bytes in, a document out."""

from __future__ import annotations

from typing import Protocol

from pydantic import Field

from pipelines.domain.documents import Document, SourceReference
from pipelines.domain.record import Record


class IngestLimits(Record):
    """Bounds that keep a hostile file from hurting the machine."""

    max_file_bytes: int = Field(default=100 * 2**20, gt=0)
    max_unpacked_bytes: int = Field(default=200 * 2**20, gt=0)
    """For formats that are archives: all parts that are read together."""
    max_part_bytes: int = Field(default=64 * 2**20, gt=0)
    """For formats that are archives: one part. A tree of XML takes about ten times its bytes in memory."""
    max_part_ratio: int = Field(default=100, gt=0)
    """For formats that are archives: a part unpacks to so many times its bytes, at most. Text in XML packs 5:1 to 40:1;
    of 340 files to try readers with no honest part packed better than 70:1 (2026-11)."""
    max_members: int = Field(default=2_000, gt=0)
    """For formats that are archives: members other than pictures, sound and fonts."""
    max_depth: int = Field(default=100, gt=0)
    """Elements of XML within one another. Twenty tables in one another take 65, real files at most 60 (2026-11)."""
    max_pages: int = Field(default=2_000, gt=0)
    """Of a longer file so many pages are read, and the document says which are not."""
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
