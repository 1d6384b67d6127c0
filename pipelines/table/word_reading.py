"""The evidence table in a Word file: as it reads with all tracked changes accepted."""

from __future__ import annotations

import io
import zipfile
from copy import deepcopy

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]

from pipelines.office.package import parse_part, read_parts
from pipelines.office.table_styles import CONFIDENCE_STYLE, SOURCE_STYLE
from pipelines.office.tracked import TrackedCell, TrackedParagraph, TrackedTable, read_body
from pipelines.table.columns import Placed, PlacedTable, parts_of
from pipelines.table.grid import Cell, Line, Piece, PrintedTable

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_ITALIC_STYLES = ("emphasis", "nadruk", "bron", "source", "citaat", "quote", SOURCE_STYLE.lower())
"""Beginnings of names of styles that Word and LibreOffice print in italics, or that writers make for source notes."""
_CONFIDENCE = CONFIDENCE_STYLE.lower()
_LIST_STYLES = ("list", "lijst", "opsomming", "bullet")


def parts_from_word(content: bytes) -> list[PrintedTable]:
    """Printed parts of the table in a Word file, one for every printing of the header.

    Raises
    ------
    TableError
        It is no Word file.
    """
    return parts_of([PlacedTable(_rows(table)) for table in read_body(_unboxed(content)).tables])


def _rows(table: TrackedTable) -> list[list[Placed]]:
    return [
        [Placed(() if cell.continues else _cell(cell), cell.column, cell.width, cell.continues) for cell in row.cells]
        for row in table.rows
        if row.deleted is None
    ]


def _cell(cell: TrackedCell) -> Cell:
    """Lines of a cell; where the end of a paragraph was deleted the next goes on in it."""
    lines: list[Line] = []
    open_end = False
    for paragraph in cell.paragraphs:
        line = _line(paragraph, goes_on=open_end)
        if open_end and lines and line:
            lines[-1] = (*lines[-1], *line)
        elif line:
            lines.append(line)
        open_end = paragraph.mark_deleted is not None and (open_end or bool(line))
    return tuple(lines)


def _line(paragraph: TrackedParagraph, *, goes_on: bool) -> Line:
    whole = paragraph.style.startswith(_ITALIC_STYLES)
    pieces = tuple(
        Piece(piece.text, piece.italic or whole or piece.style.startswith(_ITALIC_STYLES))
        for piece in paragraph.pieces
        if piece.stands(accepted=True) and piece.style != _CONFIDENCE
    )
    if not any(piece.text.strip() for piece in pieces):
        return ()
    listed = paragraph.listed or paragraph.style.startswith(_LIST_STYLES)
    return (Piece("• "), *pieces) if listed and not goes_on else pieces


def _unboxed(content: bytes) -> bytes:
    """The file with the text of text boxes as paragraphs behind those that hold the boxes.

    A box may stand in a file twice, in a newer and an older form: then the older one is left out.
    """
    parts = read_parts(content)
    boxed = [name for name, part in parts.items() if name.endswith(".xml") and b"txbxContent" in part]
    if not boxed:
        return content
    for name in boxed:
        root = parse_part(parts[name], name)
        for paragraph in reversed(list(root.iter(f"{_W}p"))):
            held = [
                deepcopy(child)
                for box in paragraph.iter(f"{_W}txbxContent")
                if next(box.iterancestors(f"{_W}p")) is paragraph and not _is_fallback(box)
                for child in box
            ]
            for child in reversed(held):
                paragraph.addnext(child)
        parts[name] = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return buffer.getvalue()


def _is_fallback(box: etree._Element) -> bool:
    return any(str(parent.tag).endswith("}Fallback") for parent in box.iterancestors())
