"""Where the three columns stand in a table of a document, whatever else the table has, and the rows read by them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipelines.domain.evidence_table import Column
from pipelines.table.grid import Cell, GridRow, PrintedTable, chapter_of, goes_on, heading_of, plain

_HEADERS = {
    # In this order: "what we do not know" speaks of knowing too.
    Column.UNCERTAIN: re.compile(
        r"onzeker|uncertain|\bonbekend|niet bekend|\bunknown|n[o'’]t (yet )?know|weten we (nog )?niet|"
        r"\bopen (vragen|questions)",
        re.I,
    ),
    Column.TREND: re.compile(r"\btrend|inzicht|insight|\bemerging|\bsigna", re.I),
    Column.KNOWN: re.compile(r"\bweten\b|\bbekend|\bknow|\bzeker\b|\bestablished", re.I),
}
_MOST_HEADER_WORDS = 12
"""Headers seen so far have four to seven words."""


@dataclass(frozen=True)
class Placed:
    """A cell with the columns of the grid that it covers."""

    cell: Cell
    column: int
    width: int = 1
    continues: bool = False
    """Merged with the cell above it, where its text stands."""


@dataclass(frozen=True)
class PlacedTable:
    """A table of a document."""

    rows: list[list[Placed]]
    apart: bool = False
    """A heading of the document stands before it: it goes on with nothing."""


@dataclass(frozen=True)
class _Layout:
    """First and last column of the grid, plus one, of each column of the table and of what names the rows."""

    known: tuple[int, int]
    uncertain: tuple[int, int]
    trend: tuple[int, int]
    label: tuple[int, int] | None


def placed(cells: Sequence[Cell]) -> list[Placed]:
    """Cells without merges."""
    return [Placed(cell, column) for column, cell in enumerate(cells)]


def parts_of(tables: Sequence[PlacedTable]) -> list[PrintedTable]:
    """Printed parts of the evidence table: one for every printing of its header.

    Rows above the header are passed over but for a heading that names a chapter. A table without a header goes on with
    the one before it if it has as many columns and its first row ends what was left open there.
    """
    parts: list[list[GridRow]] = []
    layout: _Layout | None = None
    width = 0
    for table in tables:
        inside, waiting = False, []
        for index, row in enumerate(table.rows):
            found = _layout_of(row)
            if found is not None:
                layout, width, inside = found, _width(row), True
                parts.append(waiting)
                waiting = []
                continue
            if index == 0 and not table.apart and layout is not None and _width(row) == width and parts[-1]:
                inside = goes_on(parts[-1][-1], _grid_row(row, layout))
                if inside:
                    parts.append([])
            if inside and layout is not None:
                parts[-1].append(_grid_row(row, layout))
            else:
                waiting = [*_chapter_heading(row)]
    return [PrintedTable(tuple(rows)) for rows in parts]


def is_header(row: Sequence[Placed]) -> bool:
    """Whether this row names the three columns."""
    return _layout_of(row) is not None


def _width(row: Sequence[Placed]) -> int:
    return max((p.column + p.width for p in row), default=0)


def _layout_of(row: Sequence[Placed]) -> _Layout | None:
    free = {
        index: words
        for index, p in enumerate(row)
        if (words := " ".join(plain(line) for line in p.cell)) and len(words.split()) <= _MOST_HEADER_WORDS
    }
    spans: dict[Column, tuple[int, int]] = {}
    for column, pattern in _HEADERS.items():
        index = next((i for i, words in free.items() if pattern.search(words)), None)
        if index is None:
            return None
        del free[index]
        spans[column] = (row[index].column, row[index].column + row[index].width)
    first = min(start for start, _ in spans.values())
    labels = [p for p in row if p.column + p.width <= first]
    # Of several columns in front (number, question) the last names the row.
    label = (labels[-1].column, labels[-1].column + labels[-1].width) if labels else None
    return _Layout(spans[Column.KNOWN], spans[Column.UNCERTAIN], spans[Column.TREND], label)


def _grid_row(row: Sequence[Placed], layout: _Layout) -> GridRow:
    columns = (layout.known, layout.uncertain, layout.trend)
    cells: list[Cell] = [(), (), ()]
    label: Cell = ()
    joined = False
    for p in row:
        overlaps = [min(p.column + p.width, end) - max(p.column, start) for start, end in columns]
        best = max(overlaps)
        if best > 0:  # a cell over several columns is read once, in the first
            index = overlaps.index(best)
            cells[index] = (*cells[index], *p.cell)
            joined = joined or p.continues
        elif layout.label is not None and p.column < layout.label[1] and p.column + p.width > layout.label[0]:
            label = (*label, *p.cell)
            joined = joined or p.continues
    return GridRow((cells[0], cells[1], cells[2]), label=label, labelled=layout.label is not None, joined=joined)


def _chapter_heading(row: Sequence[Placed]) -> Iterator[GridRow]:
    filled = [p.cell for p in row if any(plain(line) for line in p.cell)]
    if len(filled) == 1:
        heading = GridRow((filled[0], (), ()))
        words = heading_of(heading)
        if words is not None and chapter_of(words) is not None:
            yield heading
