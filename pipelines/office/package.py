"""Opens Word files from strangers: bounded size, no entities, no network."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import Any, TypeAlias

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]

from pipelines.errors import TableError

Element: TypeAlias = Any
"""An element of lxml, which has no type stubs."""

MOST_UNPACKED_BYTES = 200 * 2**20
"""A note with a hundred plots unpacks to some 20 MB; files that unpack to ten times that are not opened."""


def read_parts(content: bytes) -> dict[str, bytes]:
    """All parts of a Word file by name (``word/document.xml``), in the order of the file.

    Raises
    ------
    TableError
        It is no zip file, is damaged, or is larger than :data:`MOST_UNPACKED_BYTES` when unpacked.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            if sum(entry.file_size for entry in entries) > MOST_UNPACKED_BYTES:
                raise TableError("error.table_unreadable", format="Word", detail="> 200 MB")
            return {entry.filename: archive.read(entry) for entry in entries}
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, OSError, ValueError) as error:
        raise TableError("error.table_unreadable", format="Word", detail=str(error)[:200]) from error


def parse_part(content: bytes, name: str) -> Element:
    """Root element of an XML part.

    Raises
    ------
    TableError
        It is not well-formed, too deep, or has a document type.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise TableError("error.table_unreadable", format="Word", detail=f"{name}: {error}"[:200]) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise TableError("error.table_unreadable", format="Word", detail=f"{name}: DTD")
    return root
