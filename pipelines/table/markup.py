"""Cells and tables from text, Markdown and HTML, also mixed as converters leave them."""

from __future__ import annotations

import re

from lxml import etree, html  # pyright: ignore[reportAttributeAccessIssue]

from pipelines.table.grid import BREAK, Cell, GridRow, Line, Piece, PrintedTable, is_header

_LIST_MARK = "• "
_WIDE_GAP = re.compile(r"\s{4,}")
"""Converters write a line break inside a cell as a run of spaces."""
_RULE = re.compile(r"^\s*\|?\s*:?-{3,}:?\s*(\|\s*:?-{3,}:?\s*)+\|?\s*$")


def cell_from_html(source: str) -> Cell:
    """A cell from text with HTML tags in it (paragraphs, lists, italics, breaks) and Markdown emphasis."""
    source = re.sub(r"(?<![*\w])\*(?!\s)([^*]+?)(?<!\s)\*(?![*\w])", r"<i>\1</i>", source)
    source = source.replace("**", "")
    parser = html.HTMLParser(huge_tree=False, no_network=True)
    root = html.fragment_fromstring(source or " ", create_parent=True, parser=parser)
    return cell_from_element(root)


def cell_from_element(root: etree._Element) -> Cell:
    """A cell from an HTML element."""
    lines: list[list[Piece]] = [[]]

    def add(text: str | None, italic: bool) -> None:
        # A break inside a paragraph stays in its line: only a paragraph can begin a new row (grid.join_pages).
        words = _WIDE_GAP.sub(BREAK, text or "")
        if words:
            lines[-1].append(Piece(words, italic))

    def walk(element: etree._Element, italic: bool) -> None:
        tag = element.tag.lower() if isinstance(element.tag, str) else ""
        if tag in {"script", "style"} or not tag:
            return
        if tag in {"p", "li", "br", "div", "ul", "ol"}:
            lines.append([])
        if tag == "li":
            add(_LIST_MARK, italic)
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

    A part begins at a header line and ends at the next one, at a heading, or where lines with cells stop being three
    wide.
    """
    parts: list[list[GridRow]] = []
    inside = False
    for line in text.splitlines():
        cells = _cells_of(line)
        if cells is None:
            if line.lstrip().startswith("#"):
                inside = False
            continue
        grid = [cell_from_html(cell) for cell in cells]
        if is_header(grid):
            parts.append([])
            inside = True
        elif inside and len(grid) == 3:
            parts[-1].append(GridRow((grid[0], grid[1], grid[2])))
        else:
            inside = False
    return [PrintedTable(tuple(rows)) for rows in parts]


def _cells_of(line: str) -> list[str] | None:
    if _RULE.match(line):
        return None
    if "\t" in line:
        return line.split("\t")
    stripped = line.strip()
    if stripped.startswith("|") and stripped.count("|") >= 3:
        inner = re.split(r"(?<!\\)\|", stripped.strip("|"))
        return [cell.replace("\\|", "|").strip() for cell in inner]
    return None


def parts_from_html(content: bytes) -> list[PrintedTable]:
    """Printed parts of a table in an HTML page: one for every printing of the header."""
    parser = html.HTMLParser(huge_tree=False, no_network=True, encoding="utf-8")
    root = html.document_fromstring(content, parser=parser)
    parts: list[list[GridRow]] = []
    for table in root.iter("table"):
        inside = False
        for row in table.iter("tr"):
            grid = [cell_from_element(cell) for cell in row if cell.tag in {"td", "th"}]
            spans = [int(cell.get("colspan") or 1) for cell in row if cell.tag in {"td", "th"}]
            if len(grid) == 1 and spans[0] >= 3:
                grid = [grid[0], (), ()]
            if is_header(grid):
                parts.append([])
                inside = True
            elif inside and len(grid) == 3:
                parts[-1].append(GridRow((grid[0], grid[1], grid[2])))
    return [PrintedTable(tuple(rows)) for rows in parts]
