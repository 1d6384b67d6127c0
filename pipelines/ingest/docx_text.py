"""Walks the body of a Word file: paragraphs with their runs, tables, text boxes, notes.

Tracked changes are read as accepted: inserted text stays, deleted text goes, and so do comments and hidden text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from pipelines.domain.documents import BlockKind, CellPlace
from pipelines.ingest.docx_styles import Style, Styles, W, is_on, outline_level
from pipelines.ingest.safe_xml import Element, local_name
from pipelines.ingest.structure import RoughBlock, is_raised_mark, shift_tables

_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"

# Deleted and moved-away text, comments, codes of fields, properties.
_SKIPPED = frozenset({
    "del", "moveFrom", "delText", "instrText", "delInstrText", "commentReference", "annotationRef", "pPr",
    "rPr", "tblPr", "tblGrid", "trPr", "tcPr", "sdtPr", "sdtEndPr", "sectPr", "proofErr", "bookmarkStart",
    "bookmarkEnd", "commentRangeStart", "commentRangeEnd", "ruby", "rt", "fldData", "footnoteRef", "endnoteRef",
    "separator", "continuationSeparator",
})  # fmt: skip
_CHARACTERS = {
    "tab": "\t", "ptab": "\t", "br": " ", "cr": " ", "noBreakHyphen": "\u2011", "softHyphen": "", "dayLong": " "
}  # fmt: skip
_MOST_COLUMNS = 200
_LEAST_HALF_POINTS = 4
"""Type below 2 points cannot be read on paper."""


@dataclass(slots=True)
class _Runs:
    """Text of one paragraph and what stands apart from it."""

    parts: list[str] = field(default_factory=list)
    plain: bool = False
    """Some of the text is not bold."""
    notes: list[tuple[str, str]] = field(default_factory=list)
    """Kind (``footnote``, ``endnote``) and id of each note that is referred to."""
    boxes: list[Element] = field(default_factory=list)


class BodyWalk:
    """Collects the blocks of a part.

    Parameters
    ----------
    styles
        Styles of the file.
    notes
        Elements of the notes by kind and id; each is put after the paragraph that first refers to it.
    chunk
        Gives the blocks of an embedded part (``altChunk``) by its relation id.
    on_paper
        The page is white, so that white type cannot be read.
    """

    def __init__(
        self,
        styles: Styles,
        notes: dict[tuple[str, str], Element] | None = None,
        chunk: Callable[[str], list[RoughBlock]] | None = None,
        *,
        on_paper: bool = True,
    ) -> None:
        self.blocks: list[RoughBlock] = []
        self.n_hidden = 0
        """Characters that a reader cannot see and that were left out."""
        self._on_paper = on_paper
        """No table, box or shading may lie under the text, so that white type cannot be read."""
        self._styles = styles
        self._notes = dict(notes or {})
        self._chunk = chunk
        self._cell: CellPlace | None = None
        self._kind: BlockKind | None = None
        self._n_tables = 0
        self._held = ""
        """Text of a paragraph whose end was deleted: it runs on in the next."""

    def read(self, container: Element, kind: BlockKind | None = None) -> None:
        """Walk all block content of ``container``; with ``kind``, all of it becomes blocks of that kind."""
        before, self._kind = self._kind, kind or self._kind
        for element in container:
            self._block(element)
        self._kind = before

    def _block(self, element: Element) -> None:
        name = local_name(element)
        if name == "p":
            self._paragraph(element)
        elif name == "tbl":
            self._table(element)
        elif name == "sdt":
            content = element.find(f"{W}sdtContent")
            if content is not None:
                self.read(content, _gallery_kind(element))
        elif name == "altChunk" and self._chunk is not None:
            relation = next((v for k, v in element.attrib.items() if str(k).endswith("}id")), "")
            embedded = self._chunk(str(relation))
            self._n_tables = shift_tables(embedded, self._n_tables)
            self.blocks += embedded
        elif name == "AlternateContent":
            self.read(_alternative(element))
        elif name in ("ins", "moveTo", "customXml", "smartTag", "txbxContent", "body"):
            self.read(element)

    # Paragraphs -------------------------------------------------------------------------------------------------
    def _paragraph(self, paragraph: Element) -> None:
        properties = paragraph.find(f"{W}pPr")
        style = self._styles.style(_value(properties, "pStyle"))
        runs = _Runs()
        above = self._on_paper
        self._on_paper = above and (properties is None or properties.find(f"{W}shd") is None)
        self._runs(paragraph, runs, bold=style.bold, hidden=style.hidden)
        self._on_paper = above
        text = self._held + "".join(runs.parts)
        mark = properties.find(f"{W}rPr/{W}del") if properties is not None else None
        if mark is not None and text.strip():
            self._held = text
        else:
            self._held = ""
            if text.strip():
                self.blocks.append(self._rough(text, properties, style, bold=not runs.plain))
        for key in runs.notes:
            self._note(key)
        for box in runs.boxes:
            before, above = self._cell, self._on_paper
            self._on_paper = False
            self.read(box)
            self._cell, self._on_paper = before, above

    def _rough(self, text: str, properties: Element | None, style: Style, *, bold: bool) -> RoughBlock:
        if self._kind is not None:
            return RoughBlock(self._kind, text, marked=True)
        if self._cell is not None:
            return RoughBlock(BlockKind.TABLE_CELL, text, cell=self._cell, bold=bold, marked=True)
        level = style.level
        own = outline_level(properties.find(f"{W}outlineLvl") if properties is not None else None)
        kind = style.kind
        if kind is None and own:
            kind, level = BlockKind.HEADING, own
        # An empty heading style on a long paragraph is a slip of the writer.
        if kind == BlockKind.HEADING and len(text) > 300:
            kind, level = None, None
        if kind in (None, BlockKind.LIST_ITEM):
            listed = self._in_list(properties, style)
            kind = BlockKind.LIST_ITEM if listed else None
            stripped = text.lstrip()
            if kind is None and stripped[:1] in ("•", "▪", "◦", "‣") and len(stripped) > 2:
                kind, text = BlockKind.LIST_ITEM, stripped[1:]
        return RoughBlock(
            kind or BlockKind.PARAGRAPH,
            text,
            level=level if kind == BlockKind.HEADING else None,
            bold=bold,
            marked=kind is not None,
        )

    def _in_list(self, properties: Element | None, style: Style) -> bool:
        number = properties.find(f"{W}numPr/{W}numId") if properties is not None else None
        if number is not None:
            return number.get(f"{W}val") != "0"
        return style.numbered

    def _note(self, key: tuple[str, str]) -> None:
        note = self._notes.pop(key, None)
        if note is not None:
            before, self._cell = self._cell, None
            held, self._held = self._held, ""
            self._join_note(note)
            self._cell, self._held = before, held

    def _join_note(self, note: Element) -> None:
        """A note is one block, whatever paragraphs it has."""
        inner = BodyWalk(self._styles)
        inner.read(note, BlockKind.FOOTNOTE)
        self.n_hidden += inner.n_hidden
        text = " ".join(block.text.strip() for block in inner.blocks)
        if text:
            self.blocks.append(RoughBlock(BlockKind.FOOTNOTE, text, marked=True))

    # Runs -------------------------------------------------------------------------------------------------------
    def _runs(self, element: Element, runs: _Runs, *, bold: bool, hidden: bool) -> None:
        for child in element:
            name = local_name(child)
            if name in _SKIPPED:
                continue
            if name == "r":
                self._run(child, runs, bold=bold, hidden=hidden)
            elif name == "t":
                text = child.text or ""
                if hidden:
                    self.n_hidden += sum(not c.isspace() for c in text)
                elif text:
                    runs.parts.append(text)
                    runs.plain |= not bold and not text.isspace()
            elif name in _CHARACTERS:
                # The stops of a paragraph stand in its properties; a tab in a run is a character.
                runs.parts.append(_CHARACTERS[name])
            elif name in ("footnoteReference", "endnoteReference"):
                runs.notes.append((name.removesuffix("Reference"), child.get(f"{W}id", "")))
            elif name == "AlternateContent":
                self._runs(_alternative(child), runs, bold=bold, hidden=hidden)
            elif name == "txbxContent":
                runs.boxes.append(child)
            else:
                self._runs(child, runs, bold=bold, hidden=hidden)

    def _run(self, run: Element, runs: _Runs, *, bold: bool, hidden: bool) -> None:
        properties = run.find(f"{W}rPr")
        before = len(runs.parts)
        own_bold, own_hidden = _toggled(properties, "b", bold), _toggled(properties, "vanish", hidden)
        own_hidden = own_hidden or (self._on_paper and _is_unseen(properties))
        self._runs(run, runs, bold=own_bold, hidden=own_hidden)
        if _value(properties, "vertAlign") == "superscript":
            text_before = "".join(runs.parts[max(0, before - 8) : before])
            if is_raised_mark(text_before, "".join(runs.parts[before:])):
                del runs.parts[before:]

    # Tables -----------------------------------------------------------------------------------------------------
    def _table(self, table: Element) -> None:
        above, self._on_paper = self._on_paper, False
        self._table_rows(table)
        self._on_paper = above

    def _table_rows(self, table: Element) -> None:
        rows = list(_rows(table))
        nested = self._cell is not None or self._kind is not None
        if nested or self._is_layout(rows):
            for row in rows:
                for cell in _cells(row):
                    self.read(cell)
            return
        number, self._n_tables = self._n_tables, self._n_tables + 1
        for index, row in enumerate(rows):
            column = _span(row.find(f"{W}trPr/{W}gridBefore"))
            for cell in _cells(row):
                merged = cell.find(f"{W}tcPr/{W}vMerge")
                if merged is None or merged.get(f"{W}val") == "restart":
                    self._cell = CellPlace(table=number, row=index, column=min(column, _MOST_COLUMNS))
                    self.read(cell)
                    self._cell = None
                column += _span(cell.find(f"{W}tcPr/{W}gridSpan")) or 1

    def _is_layout(self, rows: list[Element]) -> bool:
        """One column, or headings within: a box or a page layout, not a table."""
        if max((sum(1 for _ in _cells(row)) for row in rows), default=0) <= 1:
            return True
        return any(
            self._styles.style(style.get(f"{W}val")).kind in (BlockKind.HEADING, BlockKind.TITLE)
            for row in rows[:200]
            for style in row.iterdescendants(f"{W}pStyle")
        )


def _value(properties: Element | None, name: str) -> str | None:
    element = properties.find(f"{W}{name}") if properties is not None else None
    return element.get(f"{W}val") if element is not None else None


def _toggled(properties: Element | None, name: str, inherited: bool) -> bool:
    element = properties.find(f"{W}{name}") if properties is not None else None
    return inherited if element is None else is_on(element.get(f"{W}val"))


def _is_unseen(properties: Element | None) -> bool:
    """White type without shading of its own, or type of less than two points."""
    if properties is None:
        return False
    size = _value(properties, "sz") or ""
    if size.isdecimal() and len(size) < 6 and int(size) < _LEAST_HALF_POINTS:
        return True
    white = (_value(properties, "color") or "").upper() == "FFFFFF"
    return white and all(properties.find(f"{W}{name}") is None for name in ("shd", "highlight", "effect", "bdr"))


def _alternative(element: Element) -> Element:
    """The version of alternate content that holds text; the newer one where both do."""
    choices = [*element.iterchildren(f"{_MC}Choice"), *element.iterchildren(f"{_MC}Fallback")]
    for choice in choices:
        if any(True for _ in choice.iterdescendants(f"{W}t", f"{_MATH}t")):
            return choice
    return choices[0] if choices else element


def _gallery_kind(sdt: Element) -> BlockKind | None:
    gallery = next(sdt.iterdescendants(f"{W}docPartGallery"), None)
    name = gallery.get(f"{W}val", "").lower() if gallery is not None else ""
    if "table of contents" in name:
        return BlockKind.CONTENTS
    return BlockKind.REFERENCE if "bibliograph" in name else None


def _rows(table: Element) -> Iterator[Element]:
    for child in _unwrapped(table, "tr"):
        properties = child.find(f"{W}trPr")
        if properties is None or properties.find(f"{W}del") is None:
            yield child


def _cells(row: Element) -> Iterator[Element]:
    return _unwrapped(row, "tc")


def _unwrapped(element: Element, name: str) -> Iterator[Element]:
    """Children of this name, also within content controls and tracked insertions."""
    for child in element:
        found = local_name(child)
        if found == name:
            yield child
        elif found in ("sdt", "sdtContent", "ins", "customXml", "moveTo"):
            yield from _unwrapped(child, name)


def _span(element: Element | None) -> int:
    value = element.get(f"{W}val", "0") if element is not None else "0"
    return min(int(value), _MOST_COLUMNS) if value.isdecimal() and len(value) < 6 else 0
