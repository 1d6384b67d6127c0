"""Parses XML from strangers: no entities, no document types, no network, bounded depth and size."""

from __future__ import annotations

import re
from typing import Any, TypeAlias

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]

from pipelines.domain.documents import DocumentState
from pipelines.errors import DocumentError
from pipelines.ingest.parser import IngestLimits

Element: TypeAlias = Any
"""An element of lxml, which has no type stubs."""

# A document type can only stand before the root element. ODF, OOXML and EPUB packages never have one, but EPUB pages
# may: those go through the HTML parser, which knows no entities beyond HTML's own.
_DOCTYPE = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.I)
_is_deeper = etree.XPath("boolean(/" + "/".join("*" * (IngestLimits().max_depth + 1)) + ")")
"""Whether an element lies deeper than allowed; libxml2 itself stops at 256."""
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")


def parse_xml(content: bytes, part: str) -> Element:
    """Root element of an XML part.

    Parameters
    ----------
    content
        Bytes of the part.
    part
        Name for the message, for instance ``word/document.xml``.

    Raises
    ------
    DocumentError
        ``rejected``: not well-formed, nested deeper than 100 elements, or with a document type.
    """
    head = content[:4096]
    if head.startswith(_WIDE_MARKS) or b"\0" in head[:4]:
        head = head.replace(b"\0", b"")
    if _DOCTYPE.search(head):
        raise DocumentError("reason.hostile", DocumentState.REJECTED.value, detail=f"DTD: {part}")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        if "depth" in str(error):
            raise DocumentError("reason.hostile", DocumentState.REJECTED.value, detail=f"nesting: {part}") from error
        raise DocumentError(
            "reason.damaged", DocumentState.REJECTED.value, detail=f"{part}: {str(error)[:100]}"
        ) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise DocumentError("reason.hostile", DocumentState.REJECTED.value, detail=f"DTD: {part}")
    if _is_deeper(root):
        raise DocumentError("reason.hostile", DocumentState.REJECTED.value, detail=f"nesting: {part}")
    return root


def local_name(element: Element) -> str:
    """Name of an element without its namespace; empty for comments and the like."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
