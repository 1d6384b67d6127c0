"""Reads OpenDocument texts (ODT)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipelines.domain.documents import BlockKind, CellPlace, Document, DocumentState, Metadata, SourceReference
from pipelines.errors import DocumentError
from pipelines.ingest.archive import Archive
from pipelines.ingest.clues import printed_year, sensible_title, stated_year
from pipelines.ingest.compose import DraftBlock, clean_text, compose_document
from pipelines.ingest.parser import IngestLimits
from pipelines.ingest.safe_xml import Element, local_name, parse_xml
from pipelines.ingest.sniff import ODT
from pipelines.ingest.structure import RoughBlock, add_furniture, finish_blocks, is_raised_mark

_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_FO = "{urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0}"

# What stands in the text but is not read: the store of deleted text, comments, declarations of fields, hidden parts.
_SKIPPED = frozenset({
    "tracked-changes", "annotation", "annotation-end", "sequence-decls", "variable-decls", "user-field-decls",
    "dde-connection-decls", "alphabetical-index-auto-mark-file", "forms", "ruby-text", "hidden-text",
    "hidden-paragraph", "script", "note-citation", "settings", "desc", "title", "bibliography-source",
    "table-of-content-source", "illustration-index-source", "table-index-source",
})  # fmt: skip
_INDEXES = {
    "table-of-content": BlockKind.CONTENTS, "illustration-index": BlockKind.CONTENTS, "table-index": BlockKind.CONTENTS,
    "object-index": BlockKind.CONTENTS, "alphabetical-index": BlockKind.CONTENTS, "user-index": BlockKind.CONTENTS,
    "bibliography": BlockKind.REFERENCE,
}  # fmt: skip
_NAMED_KINDS: tuple[tuple[re.Pattern[str], BlockKind], ...] = tuple(
    (re.compile(names, re.I), kind)
    for names, kind in (
        (r"title|titel", BlockKind.TITLE),
        (r"caption|bijschrift|illustrati(?:on|e)|table|tabel|figure|figuur|drawing|tekening", BlockKind.CAPTION),
        (r"footnote|endnote|voetnoot|eindnoot", BlockKind.FOOTNOTE),
        (r"contents[_ ](?:heading|\d+)|inhoud(?:sopgave)?[_ ]?(?:kop|\d+)", BlockKind.CONTENTS),
        (r"bibliography[_ ]\d+|bibliografie[_ ]\d+", BlockKind.REFERENCE),
    )
)
_BOLD = frozenset({"bold", "600", "700", "800", "900"})
_MOST_SPACES = 20
_MOST_COLUMNS = 200
_MOST_PARENTS = 20


class OdtParser:
    """OpenDocument texts: headings, lists, tables, notes, indexes, text boxes; tracked changes as accepted."""

    name = "odt/1"
    media_types = (ODT,)

    def parse(self, content: bytes, source: SourceReference, limits: IngestLimits) -> Document:
        """Read an OpenDocument text; see :class:`~pipelines.ingest.parser.Parser`."""
        archive = Archive(content, limits)
        manifest = archive.read_if_present("META-INF/manifest.xml")
        if manifest is not None and b"encryption-data" in manifest:
            raise DocumentError("reason.encrypted", DocumentState.NEEDS_PASSWORD.value)
        root = parse_xml(archive.read("content.xml"), "content.xml")
        styles_content = archive.read_if_present("styles.xml")
        styles_root = parse_xml(styles_content, "styles.xml") if styles_content is not None else None
        body = root.find(f"{_OFFICE}body/{_OFFICE}text")
        if body is None:
            raise DocumentError("reason.damaged", DocumentState.REJECTED.value, detail="office:text")
        styles = _Styles([r for r in (root, styles_root) if r is not None])
        walk = _Walk(styles)
        walk.read(body)
        drafts = finish_blocks(walk.blocks)
        metadata = _metadata(archive.read_if_present("meta.xml"), drafts)
        drafts = _furniture(styles_root, styles) + drafts  # They stand above all sections.
        return compose_document(source, ODT, self.name, drafts, limits=limits, metadata=metadata)


class _Styles:
    """Names that a paragraph style inherits from, and whether a style is bold or hidden."""

    def __init__(self, roots: list[Element]) -> None:
        self._elements: dict[str, Element] = {}
        for root in roots:
            for element in root.iter(f"{_STYLE}style"):
                self._elements.setdefault(element.get(f"{_STYLE}name", ""), element)

    def lineage(self, name: str | None) -> Iterator[tuple[str, Element | None]]:
        """The style and its parents, nearest first."""
        walked: set[str] = set()
        while name and name not in walked and len(walked) < _MOST_PARENTS:
            walked.add(name)
            element = self._elements.get(name)
            yield name, element
            name = element.get(f"{_STYLE}parent-style-name") if element is not None else None

    def kind(self, name: str | None) -> BlockKind | None:
        for parent, element in self.lineage(name):
            shown = element.get(f"{_STYLE}display-name", parent) if element is not None else parent
            for pattern, kind in _NAMED_KINDS:
                if pattern.fullmatch(parent.replace("_20_", " ")) or pattern.fullmatch(shown):
                    return kind
        return None

    def text_property(self, name: str | None, attribute: str) -> str | None:
        for _, element in self.lineage(name):
            properties = element.find(f"{_STYLE}text-properties") if element is not None else None
            value = properties.get(attribute) if properties is not None else None
            if value is not None:
                return value
        return None

    def is_bold(self, name: str | None) -> bool:
        return self.text_property(name, f"{_FO}font-weight") in _BOLD

    def is_raised(self, name: str | None) -> bool:
        return (self.text_property(name, f"{_STYLE}text-position") or "").startswith("super")

    def is_hidden(self, name: str | None) -> bool:
        return self.text_property(name, f"{_TEXT}display") == "none"


class _Walk:
    """Collects the blocks of a body."""

    def __init__(self, styles: _Styles) -> None:
        self.blocks: list[RoughBlock] = []
        self._styles = styles
        self._cell: CellPlace | None = None
        self._kind: BlockKind | None = None
        self._in_list = 0
        self._n_tables = 0
        self._notes: list[Element] = []
        self._boxes: list[Element] = []

    def read(self, container: Element, kind: BlockKind | None = None) -> None:
        """Walk all block content of ``container``; with ``kind``, all of it becomes blocks of that kind."""
        before, self._kind = self._kind, kind or self._kind
        for element in container:
            self._block(element)
        self._kind = before

    def _block(self, element: Element) -> None:
        name = local_name(element)
        if name in _SKIPPED or element.get(f"{_TEXT}display") == "none":
            return
        if name in ("p", "h"):
            self._paragraph(element, heading=name == "h")
        elif name == "list":
            self._in_list += 1
            self.read(element)
            self._in_list -= 1
        elif name == "table":
            self._table(element)
        elif name in _INDEXES:
            self.read(element, _INDEXES[name])
        else:
            self.read(element)

    # Paragraphs -------------------------------------------------------------------------------------------------
    def _paragraph(self, paragraph: Element, *, heading: bool) -> None:
        style = paragraph.get(f"{_TEXT}style-name")
        if self._styles.is_hidden(style):
            return
        bold = self._styles.is_bold(style)
        parts: list[tuple[str, bool]] = []
        self._inline(paragraph, parts, bold)
        text = "".join(part for part, _ in parts)
        notes, self._notes = self._notes, []
        boxes, self._boxes = self._boxes, []
        if text.strip():
            all_bold = all(part_bold for part, part_bold in parts if part.strip())
            self.blocks.append(self._rough(text, paragraph, style, heading=heading, bold=all_bold))
        for note in notes:
            self._note(note)
        for box in boxes:
            self.read(box)

    def _rough(self, text: str, paragraph: Element, style: str | None, *, heading: bool, bold: bool) -> RoughBlock:
        if self._kind is not None:
            return RoughBlock(self._kind, text, marked=True)
        if self._cell is not None:
            return RoughBlock(BlockKind.TABLE_CELL, text, cell=self._cell, bold=bold, marked=True)
        if heading:
            level = paragraph.get(f"{_TEXT}outline-level", "1")
            return RoughBlock(BlockKind.HEADING, text, level=_bounded(level, 1, 9), bold=bold, marked=True)
        kind = self._styles.kind(style)
        if kind is None and self._in_list:
            kind = BlockKind.LIST_ITEM
        return RoughBlock(kind or BlockKind.PARAGRAPH, text, bold=bold, marked=kind is not None)

    def _inline(self, element: Element, parts: list[tuple[str, bool]], bold: bool) -> None:
        if element.text:
            parts.append((element.text, bold))
        for child in element:
            name = local_name(child)
            if name == "s":
                parts.append((" " * _bounded(child.get(f"{_TEXT}c", "1"), 1, _MOST_SPACES), bold))
            elif name in ("tab", "line-break"):
                parts.append(("\t" if name == "tab" else " ", bold))
            elif name == "note":
                self._notes.append(child)
            elif name in ("text-box", "list", "table", "p", "h"):
                self._boxes.append(_wrap(child))
            elif name == "span":
                style = child.get(f"{_TEXT}style-name")
                text = "".join(child.itertext())
                raised = self._styles.is_raised(style) and is_raised_mark("".join(p for p, _ in parts[-8:]), text)
                if not self._styles.is_hidden(style) and not raised:
                    weight = self._styles.text_property(style, f"{_FO}font-weight")
                    self._inline(child, parts, bold if weight is None else weight in _BOLD)
            elif name and name not in _SKIPPED and name != "object":
                self._inline(child, parts, bold)
            if child.tail:
                parts.append((child.tail, bold))

    def _note(self, note: Element) -> None:
        """A note is one block, whatever paragraphs it has."""
        body = note.find(f"{_TEXT}note-body")
        if body is None:
            return
        inner = _Walk(self._styles)
        inner.read(body, BlockKind.FOOTNOTE)
        text = " ".join(block.text.strip() for block in inner.blocks)
        if text:
            self.blocks.append(RoughBlock(BlockKind.FOOTNOTE, text, marked=True))

    # Tables -----------------------------------------------------------------------------------------------------
    def _table(self, table: Element) -> None:
        rows = list(_rows(table))
        n_columns = max((len(cells) for cells in rows), default=0)
        has_headings = any(local_name(e) == "h" for e in table.iterdescendants())
        if self._cell is not None or self._kind is not None or n_columns <= 1 or has_headings:
            for cells in rows:
                for cell in cells:
                    self.read(cell)
            return
        number, self._n_tables = self._n_tables, self._n_tables + 1
        listed, self._in_list = self._in_list, 0
        for index, cells in enumerate(rows):
            column = 0
            for cell in cells:
                if local_name(cell) == "table-cell":
                    self._cell = CellPlace(table=number, row=index, column=min(column, _MOST_COLUMNS))
                    self.read(cell)
                    self._cell = None
                # Cells that are only repeated are empty; a covered cell lies under a merged one.
                column += _bounded(cell.get(f"{_TABLE}number-columns-repeated", "1"), 1, _MOST_COLUMNS)
        self._in_list = listed


def _wrap(element: Element) -> Element | list[Element]:
    return element if local_name(element) == "text-box" else [element]


def _rows(element: Element) -> Iterator[list[Element]]:
    for child in element:
        name = local_name(child)
        if name == "table-row":
            yield [cell for cell in child if local_name(cell) in ("table-cell", "covered-table-cell")]
        elif name in ("table-rows", "table-header-rows", "table-row-group"):
            yield from _rows(child)


def _bounded(value: str, low: int, high: int) -> int:
    return min(max(int(value), low), high) if value.isdecimal() and len(value) < 9 else low


def _furniture(root: Element | None, styles: _Styles) -> list[DraftBlock]:
    drafts: list[DraftBlock] = []
    kinds = {"header": BlockKind.PAGE_HEADER, "footer": BlockKind.PAGE_FOOTER}
    for master in root.iter(f"{_STYLE}master-page") if root is not None else ():
        for part in master:
            kind = kinds.get(local_name(part).removesuffix("-left").removesuffix("-first"))
            if kind is None or part.get(f"{_STYLE}display") == "false":
                continue
            walk = _Walk(styles)
            walk.read(part, kind)
            add_furniture(drafts, walk.blocks, kind)
    return drafts


def _metadata(content: bytes | None, drafts: list[DraftBlock]) -> Metadata:
    values: dict[str, str] = {}
    if content is not None:
        for element in parse_xml(content, "meta.xml").iterdescendants():
            if element.text and element.text.strip():
                values.setdefault(local_name(element), clean_text(element.text))
    printed = next((d.text for d in drafts if d.kind == BlockKind.TITLE), None)
    heading = next((d.text for d in drafts[:10] if d.kind == BlockKind.HEADING), None)
    author = values.get("initial-creator") or values.get("creator")
    return Metadata(
        title=sensible_title(printed) or sensible_title(values.get("title")) or sensible_title(heading),
        publisher=values.get("publisher"),
        authors=(author,) if author else (),
        year=printed_year(d.text for d in drafts[:25])
        or stated_year(values.get("creation-date"))
        or stated_year(values.get("date")),
    )
