"""Writes Word and PowerPoint files whose bytes depend on nothing but their content."""

from __future__ import annotations

import io
import zipfile

from docx.document import Document as WordDocument

_FIXED_DATE = (1980, 1, 1, 0, 0, 0)
"""Date of every part in the zip file, its earliest: the same content gives the same bytes."""


def drop_thumbnail(document: WordDocument) -> None:
    """Take out the picture of the empty file that python-docx starts from."""
    package = document.part.package
    assert package is not None
    for relation_id, relation in [*package.rels.items()]:
        if relation.reltype.endswith("/thumbnail"):
            del package.rels[relation_id]


def saved(document: WordDocument) -> bytes:
    """The document as a file whose bytes depend on nothing but its content."""
    buffer = io.BytesIO()
    document.save(buffer)
    return with_fixed_dates(buffer.getvalue())


def with_fixed_dates(content: bytes) -> bytes:
    """The same zip file, of which Office files are made, with one and the same date for every part."""
    fixed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(fixed, "w", zipfile.ZIP_DEFLATED) as target:
        for part in source.infolist():
            entry = zipfile.ZipInfo(part.filename, _FIXED_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, source.read(part))
    return fixed.getvalue()
