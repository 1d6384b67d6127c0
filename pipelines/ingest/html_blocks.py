"""Walks a tree of HTML and finds its blocks; HTML pages, EPUB chapters and rendered Markdown share it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import lxml.html
from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]

from pipelines.domain.documents import BlockKind, CellPlace, DocumentState
from pipelines.errors import DocumentError
from pipelines.ingest.html_roles import (
    FURNITURE_SHARE,
    is_concealed,
    is_furniture,
    is_hidden,
    is_note,
    is_note_mark,
    is_page_tool,
)
from pipelines.ingest.safe_xml import Element, local_name
from pipelines.ingest.structure import RoughBlock, is_raised_mark

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")

# libxml2 stops reading at this depth; a page that gets there is read again without the tags that only wrap.
_DEEPEST = 250
_WRAPPERS = re.compile(
    r"</?(?:div|span|font|center|blockquote|section|b|i|u|em|strong|dl|dd|ul|ol|small|big)\b[^>]*>", re.I
)

_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_SKIPPED = frozenset({
    "script", "style", "noscript", "template", "svg", "canvas", "iframe", "object", "embed", "applet", "head",
    "link", "meta", "input", "select", "option", "textarea", "button", "audio", "video", "map", "progress",
    "meter", "datalist", "rp", "rt", "frame", "frameset", "annotation", "annotation-xml",
})  # fmt: skip
_INLINE = frozenset({
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i",
    "img", "ins", "kbd", "label", "mark", "math", "mi", "mn", "mo", "mrow", "msub", "msup", "mtext", "nobr",
    "q", "ruby", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var",
    "wbr", "semantics",
})  # fmt: skip
_BOLD = frozenset({"b", "strong"})
_LINE = "\x1d"
"""Stands for a line break within a block; two of them part paragraphs."""

_MOST_COLUMNS = 200
"""Cells beyond are counted in the last column: no table for readers is as wide, and spans cost no memory."""


def parse_html(text: str) -> Element:
    """Root of a page; entities of its own are never expanded and nothing is fetched.

    Raises
    ------
    DocumentError
        ``no_text`` where there is nothing to parse.
    """
    text = _CONTROL.sub(" ", _XML_DECLARATION.sub("", text))
    root = _parse(text)
    if root is not None and _depth(root) >= _DEEPEST:
        root = _parse(_WRAPPERS.sub("<br><br>", text))
    if root is None:
        raise DocumentError("reason.no_text", DocumentState.NO_TEXT.value)
    return root


def _parse(text: str) -> Element | None:
    parser = lxml.html.HTMLParser(
        no_network=True, huge_tree=False, recover=True, remove_comments=True, remove_pis=True, encoding="utf-8"
    )
    try:
        return lxml.html.document_fromstring(text.encode("utf-8"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None


def _depth(root: Element) -> int:
    deepest = depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        deepest = max(deepest, depth)
    return deepest


def read_blocks(root: Element, *, web_page: bool) -> list[RoughBlock]:
    """Blocks under ``root`` in reading order.

    Parameters
    ----------
    root
        An element of HTML, usually ``html`` or ``body``.
    web_page
        Look for menus, cookie notices and the like, and mark their blocks as furniture; not for books and Markdown.
    """
    body = next((e for e in root.iter("body")), root)
    walk = _Walk(web_page, len(_all_text(body)) if web_page else 0)
    walk.children(body)
    walk.flush()
    return walk.blocks


def n_concealed(root: Element) -> int:
    """Letters and figures in elements that are styled so that only programs read them."""
    return sum(
        sum(c.isalnum() for c in _all_text(element))
        for element in root.iter(etree.Element)
        if is_concealed(element) and not any(is_concealed(above) for above in element.iterancestors())
    )


def _all_text(element: Element) -> str:
    return "".join(t for t in element.itertext() if isinstance(t, str) and not t.isspace())


class _Walk:
    """State of one walk: the block being filled and what surrounds it."""

    def __init__(self, web_page: bool, n_page_characters: int) -> None:
        self.blocks: list[RoughBlock] = []
        self._web_page = web_page
        self._n_page_characters = n_page_characters
        self._parts: list[tuple[str, bool, bool]] = []  # text, bold, link
        self._kind = BlockKind.PARAGRAPH
        self._level: int | None = None
        self._cell: CellPlace | None = None
        self._marked = False
        self._bold = self._link = self._furniture = 0
        self._n_tables = 0

    # Text -------------------------------------------------------------------------------------------------------
    def _add(self, text: str | None, keep_lines: bool = False) -> None:
        if text:
            spaced = text.replace("\n", _LINE) if keep_lines else re.sub(r"\s+", " ", text)
            self._parts.append((spaced, self._bold > 0, self._link > 0))

    def flush(self) -> None:
        """Close the block being filled; a double line break parts it."""
        parts, self._parts = self._parts, []
        for piece in _split_paragraphs(parts):
            text = "".join(part for part, _, _ in piece)
            if not text.strip():
                continue
            n_letters = sum(len(part.strip()) for part, _, _ in piece) or 1
            self.blocks.append(
                RoughBlock(
                    kind=self._kind,
                    text=text,
                    level=self._level if self._kind == BlockKind.HEADING else None,
                    cell=self._cell if self._kind == BlockKind.TABLE_CELL else None,
                    bold=all(bold for part, bold, _ in piece if part.strip()),
                    marked=self._marked,
                    link_share=sum(len(part.strip()) for part, _, link in piece if link) / n_letters,
                    furniture=self._furniture > 0,
                )
            )

    # Elements ---------------------------------------------------------------------------------------------------
    def children(self, element: Element, keep_lines: bool = False) -> None:
        """Walk the text and elements within ``element``."""
        self._add(element.text, keep_lines)
        for child in element:
            self._element(child, keep_lines)
            self._add(child.tail, keep_lines)

    def _element(self, element: Element, keep_lines: bool) -> None:
        name = local_name(element).lower()
        if not name or name in _SKIPPED or is_hidden(element):
            if name == "button" or name in ("input", "select"):
                self.flush()
            return
        if name == "br":
            self._parts.append((_LINE, self._bold > 0, self._link > 0))
        elif name == "img":
            return
        elif name in _INLINE:
            self._inline(element, name, keep_lines)
        else:
            furniture = self._web_page and is_furniture(element) and self._is_small(element)
            self._furniture += furniture
            self.flush()
            self._block(element, name)
            self.flush()
            self._furniture -= furniture

    def _is_small(self, element: Element) -> bool:
        """A name like ``menu`` on an element that holds most of the page says something else."""
        if local_name(element) in ("nav", "footer", "dialog"):
            return True
        return len(_all_text(element)) <= FURNITURE_SHARE * self._n_page_characters

    def _inline(self, element: Element, name: str, keep_lines: bool) -> None:
        if is_note_mark(element) or (self._web_page and is_page_tool(element)):
            return
        if name == "sup":
            before = "".join(text for text, _, _ in self._parts[-8:])
            if is_raised_mark(before, "".join(t for t in element.itertext() if isinstance(t, str))):
                return
        bold = name in _BOLD or (
            name == "span" and re.search(r"font-weight:\s*(?:bold|[6-9]00)", element.get("style", ""))
        )
        self._bold += bool(bold)
        self._link += name == "a" and element.get("href") is not None
        self.children(element, keep_lines)
        self._link -= name == "a" and element.get("href") is not None
        self._bold -= bool(bold)

    def _block(self, element: Element, name: str) -> None:
        level = _HEADINGS.get(name) or _stated_level(element)
        if is_note(element):
            self._within(element, BlockKind.FOOTNOTE)
        elif level:
            self._within(element, BlockKind.HEADING, level)
        elif name == "table":
            self._table(element)
        elif name in ("li", "dt", "dd"):
            reference = element.get("id", "").startswith("cite_note")
            self._within(element, BlockKind.REFERENCE if reference else BlockKind.LIST_ITEM)
        elif name in ("figcaption", "caption"):
            self._within(element, BlockKind.CAPTION)
        elif name == "pre":
            self.children(element, keep_lines=True)
        else:
            self.children(element)

    def _within(self, element: Element, kind: BlockKind, level: int | None = None) -> None:
        """Walk ``element`` with its own kind; within cells and notes the outer kind stays."""
        if self._kind in (BlockKind.TABLE_CELL, BlockKind.FOOTNOTE, BlockKind.CAPTION):
            self.children(element)
            return
        before = self._kind, self._level, self._marked
        self._kind, self._level, self._marked = kind, level, True
        self.children(element)
        self.flush()
        self._kind, self._level, self._marked = before

    # Tables -----------------------------------------------------------------------------------------------------
    def _table(self, table: Element) -> None:
        rows = list(_rows(table))
        if self._cell is not None or _is_layout(table, rows):
            # A table within a cell is flattened into it; a table for layout is no table.
            for row in rows:
                for cell in row:
                    self.flush()
                    self.children(cell)
            self.flush()
            return
        for caption in table.iterchildren("caption"):
            self._block(caption, "caption")
            self.flush()
        number, self._n_tables = self._n_tables, self._n_tables + 1
        before = self._kind, self._level, self._marked
        for place, cell in _place_cells(rows, number):
            self._kind, self._cell, self._marked = BlockKind.TABLE_CELL, place, True
            self.children(cell)
            self.flush()
        self._kind, self._level, self._marked = before
        self._cell = None


def _stated_level(element: Element) -> int | None:
    if element.get("role") != "heading":
        return None
    level = element.get("aria-level", "2")
    return min(int(level), 9) if level.isdecimal() and int(level) > 0 else 2


def _split_paragraphs(parts: list[tuple[str, bool, bool]]) -> Iterator[list[tuple[str, bool, bool]]]:
    """Parts between double line breaks; single line breaks become spaces."""
    piece: list[tuple[str, bool, bool]] = []
    n_breaks = 0
    for text, bold, link in parts:
        for token in re.split(f"({_LINE})", text):
            if token == _LINE:
                n_breaks += 1
                if n_breaks == 2:
                    yield piece
                    piece = []
            elif token.strip():
                piece.append(((" " if n_breaks else "") + token, bold, link))
                n_breaks = 0
            elif token and piece:
                piece.append((token, bold, link))
    yield piece


def _rows(table: Element) -> Iterator[list[Element]]:
    """Cells of each row; rows of tables within are not among them."""
    for child in table.iterchildren():
        name = local_name(child).lower()
        if name in ("thead", "tbody", "tfoot"):
            for row in child.iterchildren("tr"):
                yield [cell for cell in row.iterchildren() if local_name(cell) in ("td", "th")]
        elif name == "tr":
            yield [cell for cell in child.iterchildren() if local_name(cell) in ("td", "th")]


def _is_layout(table: Element, rows: list[list[Element]]) -> bool:
    """Whether a table only puts things side by side: one column, a table within, headings, or said so."""
    if table.get("role") in ("presentation", "none") or max((len(row) for row in rows), default=0) <= 1:
        return True
    return any(local_name(e) in ("table", "h1", "h2", "h3", "article", "form", "nav") for e in table.iterdescendants())


def _place_cells(rows: list[list[Element]], table: int) -> Iterator[tuple[CellPlace, Element]]:
    """Each cell with its place in the grid, spans counted; a merged cell comes once."""
    taken: dict[int, int] = {}  # column -> rows still covered from above
    for index, row in enumerate(rows):
        column = 0
        below: dict[int, int] = {}
        for cell in row:
            while column < _MOST_COLUMNS and taken.get(column, 0) > 0:
                column += 1
            yield CellPlace(table=table, row=index, column=min(column, _MOST_COLUMNS)), cell
            width, height = _span(cell, "colspan", _MOST_COLUMNS), _span(cell, "rowspan", len(rows) - index)
            if height > 1:
                below.update(dict.fromkeys(range(column, min(column + width, _MOST_COLUMNS)), height))
            column = min(column + width, _MOST_COLUMNS)
        taken = {c: n - 1 for c, n in taken.items() if n > 1} | {c: n - 1 for c, n in below.items()}


def _span(cell: Element, name: str, most: int) -> int:
    value = cell.get(name, "1").strip()
    return min(max(int(value), 1), max(most, 1)) if value.isdecimal() and len(value) < 6 else 1
