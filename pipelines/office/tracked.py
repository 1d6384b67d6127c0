"""Reads tables of a Word file with their tracked changes: every stretch of text with who inserted or deleted it.

A stretch that somebody inserted and somebody else deleted again is both. Text moved with tracking on is deleted where
it was and inserted where it came.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from docx.oxml.ns import qn

from pipelines.office.package import Element, parse_part, read_parts
from pipelines.office.stamp import Stamp, parse_date

_W = qn("w:p").removesuffix("p")
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_SKIPPED = frozenset({
    "pPr", "rPr", "instrText", "delInstrText", "fldData", "commentReference", "annotationRef", "footnoteReference",
    "endnoteReference", "footnoteRef", "endnoteRef", "separator", "continuationSeparator", "rt", "txbxContent",
    "sdtPr", "sdtEndPr",
})  # fmt: skip
_CHARACTERS = {
    "tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "\u2011", "softHyphen": "\u00ad"
}  # fmt: skip
_INSERTED, _DELETED = frozenset({"ins", "moveTo"}), frozenset({"del", "moveFrom"})


@dataclass(frozen=True, slots=True)
class TrackedPiece:
    """A stretch of text of one kind."""

    text: str
    inserted: Stamp | None = None
    deleted: Stamp | None = None
    italic: bool = False
    style: str = ""
    """Name of its character style, in small letters; empty where it has none."""
    bold: bool = False

    def stands(self, *, accepted: bool) -> bool:
        """Whether it is there once all changes are accepted, or all rejected."""
        return (self.deleted if accepted else self.inserted) is None


@dataclass(frozen=True, slots=True)
class TrackedParagraph:
    """A paragraph with what happens to it."""

    pieces: tuple[TrackedPiece, ...] = ()
    mark_inserted: Stamp | None = None
    mark_deleted: Stamp | None = None
    style: str = ""
    """Name of its style, in small letters."""
    listed: bool = False
    """Whether it is an item of a list."""

    @property
    def stamps(self) -> frozenset[Stamp]:
        """Who has tracked changes open in its text."""
        found = (stamp for piece in self.pieces for stamp in (piece.inserted, piece.deleted))
        return frozenset(stamp for stamp in found if stamp is not None)

    def text(self, *, accepted: bool) -> str:
        """Its text once all changes are accepted, or all rejected."""
        return "".join(piece.text for piece in self.pieces if piece.stands(accepted=accepted))


@dataclass(frozen=True, slots=True)
class TrackedCell:
    paragraphs: tuple[TrackedParagraph, ...] = ()
    column: int = 0
    """First column of the grid that it covers."""
    width: int = 1
    """Number of columns that it covers."""
    continues: bool = False
    """Merged with the cell above it."""


@dataclass(frozen=True, slots=True)
class TrackedRow:
    cells: tuple[TrackedCell, ...]
    inserted: Stamp | None = None
    deleted: Stamp | None = None


@dataclass(frozen=True, slots=True)
class TrackedTable:
    rows: tuple[TrackedRow, ...]


@dataclass(frozen=True, slots=True)
class TrackedBody:
    """The text of a document."""

    tables: tuple[TrackedTable, ...]
    """Those that stand in no other table, in reading order."""
    paragraphs: tuple[TrackedParagraph, ...]
    """Those outside tables."""


@dataclass(frozen=True, slots=True)
class _Names:
    """Names of styles by id, in small letters: programs change the ids when they save a file."""

    names: dict[str, str]

    def of(self, properties: Element | None, tag: str) -> str:
        style_id = _value(properties, tag)
        return "" if style_id is None else self.names.get(style_id, style_id.lower())


def read_body(content: bytes) -> TrackedBody:
    """Paragraphs and tables of a Word file with their tracked changes.

    Raises
    ------
    TableError
        It is no Word file, or is damaged.
    """
    parts = read_parts(content)
    main = _main_part(parts)
    styles = main.rpartition("/")[0] + "/styles.xml"
    root = parse_part(parts.get(main, b""), main)
    names = _Names(_style_names(parse_part(parts[styles], styles)) if styles in parts else {})
    body = root.find(f"{_W}body")
    blocks = list(_blocks(body)) if body is not None else []
    return TrackedBody(
        tables=tuple(_table(block, names) for block, _ in blocks if _name(block) == "tbl"),
        paragraphs=tuple(_paragraph(block, names, mark) for block, mark in blocks if _name(block) == "p"),
    )


def _main_part(parts: dict[str, bytes]) -> str:
    """Name of the part with the text, by its relation to the file; ``word/document.xml`` in all but odd files."""
    relations = parse_part(parts.get("_rels/.rels", b"<none/>"), "_rels/.rels")
    for relation in relations:
        if str(relation.get("Type", "")).endswith("/officeDocument"):
            return str(relation.get("Target", "")).lstrip("/")
    return "word/document.xml"


def _style_names(root: Element) -> dict[str, str]:
    names: dict[str, str] = {}
    for style in root.findall(f"{_W}style"):
        name = style.find(f"{_W}name")
        names[style.get(f"{_W}styleId", "")] = (name.get(f"{_W}val", "") if name is not None else "").lower()
    return names


def _name(element: Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _value(properties: Element | None, name: str) -> str | None:
    found = properties.find(f"{_W}{name}") if properties is not None else None
    return None if found is None else found.get(f"{_W}val")


def _stamp(element: Element | None) -> Stamp | None:
    if element is None:
        return None
    return Stamp(element.get(f"{_W}author", ""), parse_date(element.get(f"{_W}date")))


@dataclass(frozen=True, slots=True)
class _State:
    """What holds for all within an element: whose insertion, deletion it is part of."""

    inserted: Stamp | None = None
    deleted: Stamp | None = None

    def within(self, element: Element) -> _State:
        name = _name(element)
        if name in _INSERTED:
            return replace(self, inserted=_stamp(element))
        return replace(self, deleted=_stamp(element)) if name in _DELETED else self


def _blocks(container: Element, state: _State = _State()) -> Iterator[tuple[Element, _State]]:
    """Paragraphs and tables of a part, a cell or a control, with the change that they are part of."""
    for child in container:
        name = _name(child)
        if name in {"p", "tbl"}:
            yield child, state
        elif name == "AlternateContent":
            choice = next(child.iterchildren(f"{_MC}Choice", f"{_MC}Fallback"), None)
            if choice is not None:
                yield from _blocks(choice, state)
        elif name in {"sdt", "sdtContent", "customXml", "smartTag"} or name in _INSERTED | _DELETED:
            yield from _blocks(child, state.within(child))


def _table(table: Element, names: _Names, state: _State = _State()) -> TrackedTable:
    return TrackedTable(tuple(_row(row, names, inner) for row, inner in _unwrapped(table, "tr", state)))


def _row(row: Element, names: _Names, state: _State) -> TrackedRow:
    properties = row.find(f"{_W}trPr")
    if properties is not None:
        state = _State(
            inserted=state.inserted or _stamp(properties.find(f"{_W}ins")),
            deleted=state.deleted or _stamp(properties.find(f"{_W}del")),
        )
    column = _count(_value(properties, "gridBefore"), 0)
    cells: list[TrackedCell] = []
    for cell, inner in _unwrapped(row, "tc", state):
        own = cell.find(f"{_W}tcPr")
        width = _count(_value(own, "gridSpan"), 1) or 1
        merged = own.find(f"{_W}vMerge") if own is not None else None
        continues = merged is not None and merged.get(f"{_W}val") != "restart"
        paragraphs = tuple(_cell_paragraphs(cell, names, inner))
        cells.append(TrackedCell(paragraphs, column, width, continues))
        column += width
    return TrackedRow(tuple(cells), state.inserted, state.deleted)


def _cell_paragraphs(cell: Element, names: _Names, state: _State) -> Iterator[TrackedParagraph]:
    """Paragraphs of a cell; those of a table within it as well, in reading order."""
    for block, inner in _blocks(cell, state):
        if _name(block) == "p":
            yield _paragraph(block, names, inner)
        else:
            for row in _table(block, names, inner).rows:
                for nested in row.cells:
                    yield from nested.paragraphs


def _unwrapped(element: Element, wanted: str, state: _State) -> Iterator[tuple[Element, _State]]:
    """Children of this name, also within content controls and changes."""
    for child in element:
        name = _name(child)
        if name == wanted:
            yield child, state
        elif name in {"sdt", "sdtContent", "customXml"} or name in _INSERTED | _DELETED:
            yield from _unwrapped(child, wanted, state.within(child))


def _count(value: str | None, otherwise: int) -> int:
    return int(value) if value is not None and value.isdecimal() and len(value) < 4 else otherwise


def _paragraph(paragraph: Element, names: _Names, state: _State) -> TrackedParagraph:
    properties = paragraph.find(f"{_W}pPr")
    mark = properties.find(f"{_W}rPr") if properties is not None else None
    stamps = [
        next((_stamp(e) for e in (mark if mark is not None else ()) if _name(e) in kinds), None)
        for kinds in (_INSERTED, _DELETED)
    ]
    return TrackedParagraph(
        pieces=_merged(_pieces(paragraph, names, state)),
        mark_inserted=stamps[0],
        mark_deleted=stamps[1],
        style=names.of(properties, "pStyle"),
        listed=_value(properties.find(f"{_W}numPr"), "numId") not in {None, "0"} if properties is not None else False,
    )


def _pieces(element: Element, names: _Names, state: _State) -> Iterator[TrackedPiece]:
    for child in element:
        name = _name(child)
        if name in _SKIPPED:
            continue
        if name == "r":
            yield from _run(child, names, state)
        elif name == "AlternateContent":
            choice = next(child.iterchildren(f"{_MC}Choice", f"{_MC}Fallback"), None)
            if choice is not None:
                yield from _pieces(choice, names, state)
        else:
            yield from _pieces(child, names, state.within(child))


def _run(run: Element, names: _Names, state: _State) -> Iterator[TrackedPiece]:
    properties = run.find(f"{_W}rPr")
    piece = TrackedPiece(
        text="",
        inserted=state.inserted,
        deleted=state.deleted,
        italic=_is_on(properties, "i"),
        style=names.of(properties, "rStyle"),
        bold=_is_on(properties, "b"),
    )
    for child in run:
        name = _name(child)
        if name in {"t", "delText"}:
            yield replace(piece, text=child.text or "")
        elif name in _CHARACTERS:
            yield replace(piece, text=_CHARACTERS[name])


def _is_on(properties: Element | None, name: str) -> bool:
    found = properties.find(f"{_W}{name}") if properties is not None else None
    return found is not None and found.get(f"{_W}val", "true") not in {"0", "false", "off"}


def _merged(pieces: Iterator[TrackedPiece]) -> tuple[TrackedPiece, ...]:
    """Neighbours of one kind as one: programs cut runs anywhere."""
    merged: list[TrackedPiece] = []
    for piece in pieces:
        if not piece.text:
            continue
        if merged and replace(merged[-1], text="") == replace(piece, text=""):
            merged[-1] = replace(piece, text=merged[-1].text + piece.text)
        else:
            merged.append(piece)
    return tuple(merged)
