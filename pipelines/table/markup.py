"""Cells and tables from text, Markdown and HTML, also mixed as converters leave them."""

from __future__ import annotations

import re

from lxml import etree, html  # pyright: ignore[reportAttributeAccessIssue]

from pipelines.office.writable import writable
from pipelines.table.columns import Placed, PlacedTable, parts_of, placed
from pipelines.table.grid import BREAK, Cell, Line, Piece, PrintedTable

_LIST_MARK, _DEEPER_MARK = "• ", "◦ "
_WIDE_GAP = re.compile(r"\s{4,}")
"""Converters write a line break inside a cell as a run of spaces."""
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_MOST_SPAN = 1000
"""The most columns that HTML lets a cell cover (HTML Standard, 4.9.11)."""
_SPACE = re.compile(r"\s+")
_RULE = re.compile(r"^\s*\|?\s*:?-{3,}:?\s*(\|\s*:?-{3,}:?\s*)+\|?\s*$")


def cell_from_html(source: str) -> Cell:
    """A cell from text with HTML tags in it (paragraphs, lists, italics, breaks) and Markdown emphasis."""
    source = re.sub(r"(?<![*\w])\*(?!\s)([^*]+?)(?<!\s)\*(?![*\w])", r"<i>\1</i>", source)
    source = source.replace("**", "")
    parser = html.HTMLParser(huge_tree=False, no_network=True)
    root = html.fragment_fromstring(writable(source) or " ", create_parent=True, parser=parser)
    return cell_from_element(root, _WIDE_GAP)


def cell_from_element(root: etree._Element, breaks: re.Pattern[str] | None = None) -> Cell:
    """A cell from an HTML element.

    Parameters
    ----------
    root
        The element.
    breaks
        White space that stands for a line break; ``None`` in pages, where all white space is a space.
    """
    lines: list[list[Piece]] = [[]]

    def add(text: str | None, italic: bool) -> None:
        # A break inside a paragraph stays in its line: only a paragraph can begin a new row (grid.join_pages).
        words = breaks.sub(BREAK, text or "") if breaks is not None else _SPACE.sub(" ", text or "")
        if words:
            lines[-1].append(Piece(words, italic))

    def walk(element: etree._Element, italic: bool) -> None:
        tag = element.tag.lower() if isinstance(element.tag, str) else ""
        if tag in {"script", "style", "template"} or not tag:
            return
        if tag in {"p", "li", "br", "div", "ul", "ol"}:
            lines.append([])
        if tag == "li":
            within = sum(1 for parent in element.iterancestors("ul", "ol"))
            add(_LIST_MARK if within < 2 else _DEEPER_MARK, italic)
        inside = italic or tag in {"i", "em", "cite"}
        add(element.text, inside)
        for child in element:
            walk(child, inside)
            if isinstance(child.tag, str) and child.tag.lower() in {"p", "li", "div", "ul", "ol"}:
                lines.append([])
            add(child.tail, inside)

    walk(root, italic=False)
    return tuple(line for line in (_tidy(line) for line in lines) if line)


def _tidy(pieces: list[Piece]) -> Line:
    kept = [p for p in pieces if p.text]
    return tuple(kept) if any(p.text.strip() for p in kept) else ()


def parts_from_text(text: str) -> list[PrintedTable]:
    """Printed parts of a table in text with tabs or in Markdown pipes; everything around it is passed over.

    A part begins at a header line and ends at the next one, at a heading, or where lines with cells have another number
    of them.
    """
    tables = [PlacedTable([])]
    for line in text.splitlines():
        cells = _cells_of(line)
        if cells is None:
            if line.lstrip().startswith("#"):
                tables.append(PlacedTable([], apart=True))
            continue
        row = placed([cell_from_html(cell) for cell in cells])
        if tables[-1].rows and len(tables[-1].rows[-1]) != len(row):
            tables.append(PlacedTable([]))
        tables[-1].rows.append(row)
    return parts_of(tables)


def _cells_of(line: str) -> list[str] | None:
    if _RULE.match(line):
        return None
    if "\t" in line:
        return line.split("\t")
    stripped = line.strip()
    if stripped.startswith("|") and stripped.count("|") >= 3:
        inner = re.split(r"(?<!\\)\|", stripped.removeprefix("|").removesuffix("|"))
        return [cell.replace("\\|", "|").strip() for cell in inner]
    return None


def parts_from_html(root: etree._Element) -> list[PrintedTable]:
    """Printed parts of a table in an HTML page: one for every printing of the header."""
    tables: list[PlacedTable] = []
    apart = False
    for element in root.iter("table", *_HEADINGS):
        if any(True for _ in element.iterancestors("table")):
            continue
        if element.tag == "table":
            tables.append(PlacedTable(_placed_rows(element), apart))
        apart = element.tag != "table"
    return parts_of(tables)


def parse_page(content: bytes) -> etree._Element:
    """Root of an HTML page."""
    parser = html.HTMLParser(huge_tree=False, no_network=True, encoding="utf-8")
    return html.document_fromstring(content, parser=parser)


def _placed_rows(table: etree._Element) -> list[list[Placed]]:
    """Rows of an HTML table, merged cells at all their places."""
    rows: list[list[Placed]] = []
    reaching: dict[int, tuple[int, int]] = {}
    """Column -> width and number of rows of cells from above that reach into the next row."""
    for element in table.iter("tr"):
        if next(element.iterancestors("table")) is not table:
            continue
        row: list[Placed] = []
        column = 0
        above, reaching = reaching, {}
        cells = [cell for cell in element if cell.tag in {"td", "th"}]
        while cells or column in above:
            if column in above:
                width, left = above.pop(column)
                row.append(Placed((), column, width, continues=True))
            else:
                cell = cells.pop(0)
                width, left = _span(cell, "colspan"), _span(cell, "rowspan")
                row.append(Placed(cell_from_element(cell), column, width))
            if left > 1:
                reaching[column] = (width, left - 1)
            column += width
        rows.append(row)
    return rows


def _span(cell: etree._Element, name: str) -> int:
    value = (cell.get(name) or "1").strip()
    return min(max(int(value), 1), _MOST_SPAN) if value.isdecimal() and len(value) < 6 else 1
