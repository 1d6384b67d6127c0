"""Data that a Word file carries out of sight, to be read back without loss.

They stand in a custom XML part (ECMA-376 part 1, 15.2.5), which Word and LibreOffice both keep when they save the file
as Word again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

from docx.document import Document as WordDocument
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]
from pydantic import ValidationError

from pipelines.domain.reports import CarriedData
from pipelines.errors import TableError
from pipelines.office.package import parse_part, read_parts
from pipelines.office.stamp import Stamp

_NAMESPACE = "urn:kennisstand:carried"
_ROOT, _DATA, _MARK = (f"{{{_NAMESPACE}}}{name}" for name in ("carried", "data", "mark"))
_STORE = "http://schemas.openxmlformats.org/officeDocument/2006/customXml"
_STORE_ID = "{2B6F0E5C-6A53-4C56-9D6B-1B4E0E9C7A11}"
"""Names the part within the file; any fixed one will do."""


def attach_carried(document: WordDocument, carried: CarriedData, marks: Iterable[Stamp] = ()) -> None:
    """Put ``carried`` into a document that is about to be saved.

    Parameters
    ----------
    document, carried
        The document, and what it is to hold.
    marks
        Authors and moments of the tracked changes in it.
    """
    root = etree.Element(_ROOT, nsmap={None: _NAMESPACE})
    for mark in sorted(set(marks), key=lambda m: (m.author, m.moment or datetime.min)):
        written = etree.SubElement(root, _MARK, author=mark.author)
        if mark.moment is not None:
            written.set("moment", mark.moment.isoformat())
    # ASCII throughout: JSON escapes what XML cannot hold, and no white space is left that a program could tidy.
    etree.SubElement(root, _DATA).text = json.dumps(carried.model_dump(mode="json"), separators=(",", ":"))
    package = document.part.package
    assert package is not None
    taken = {str(part.partname) for part in package.iter_parts()}
    number = next(n for n in range(1, 1000) if f"/customXml/item{n}.xml" not in taken)
    store = Part(PackURI(f"/customXml/item{number}.xml"), "application/xml", _serialised(root), package)
    properties = etree.Element(f"{{{_STORE}}}datastoreItem", nsmap={"ds": _STORE})
    properties.set(f"{{{_STORE}}}itemID", _STORE_ID)
    references = etree.SubElement(properties, f"{{{_STORE}}}schemaRefs")
    etree.SubElement(references, f"{{{_STORE}}}schemaRef").set(f"{{{_STORE}}}uri", _NAMESPACE)
    described = Part(
        PackURI(f"/customXml/itemProps{number}.xml"),
        "application/vnd.openxmlformats-officedocument.customXmlProperties+xml",
        _serialised(properties),
        package,
    )
    document.part.relate_to(store, RELATIONSHIP_TYPE.CUSTOM_XML)
    store.relate_to(described, RELATIONSHIP_TYPE.CUSTOM_XML_PROPS)


def _serialised(root: etree._Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def read_carried(content: bytes) -> CarriedData | None:
    """What a Word file carries; ``None`` where it carries nothing of ours.

    Raises
    ------
    TableError
        It is no Word file, or what it carries is damaged or was written by a later version of the program.
    """
    root = _carried_root(content)
    if root is None:
        return None
    try:
        return CarriedData.model_validate_json(root.findtext(_DATA) or "")
    except ValidationError as error:
        raise TableError("error.carried_damaged") from error


def read_marks(content: bytes) -> frozenset[Stamp]:
    """Authors and moments of the tracked changes that the program wrote in this file; empty where it wrote none."""
    root = _carried_root(content)
    if root is None:
        return frozenset()
    try:
        return frozenset(
            Stamp(mark.get("author", ""), datetime.fromisoformat(mark.get("moment")) if mark.get("moment") else None)
            for mark in root.findall(_MARK)
        )
    except ValueError as error:
        raise TableError("error.carried_damaged") from error


def _carried_root(content: bytes) -> etree._Element | None:
    """Root of the part, found by its namespace: programs number and name these parts anew."""
    for name, part in read_parts(content).items():
        if name.startswith("customXml/") and name.endswith(".xml") and _NAMESPACE.encode() in part:
            root = parse_part(part, name)
            if root.tag == _ROOT:
                return root
    return None
