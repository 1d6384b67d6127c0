"""Tables without a grid: short texts that stand in columns under one another, row after row."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from pipelines.domain.documents import BlockKind, CellPlace
from pipelines.ingest.pdf_blocks import MAX_LINES, MAX_PITCH, LayoutBlock, block_of
from pipelines.ingest.pdf_columns import Stacks, goes_on, is_running, part_columns
from pipelines.ingest.pdf_drawings import Box
from pipelines.ingest.pdf_lines import Line

MIN_ROWS = 3
"""Rows with two cells or more before texts side by side are a table."""
ROW_GAP = 3.2
"""Rows of one table stand at most this many type sizes apart."""
CELL_GAP = 4.0
"""Points of white between columns at least."""
SHORT = 16
"""Mean length in characters of the cells of a narrow column; the lines of the narrowest running text (side notes of 30
millimetres) have 22."""
TIGHT = 1.35
"""Lines of one cell stand at most this many type sizes apart (lines of a block in real reports: 1.1 to 1.4)."""
AMID_SHARE = 0.5
"""Share of the rows that meet a text in the middle of a sentence above which that text is no column of cells."""

_NUMERIC = re.compile(r"[\d.,%€$£()+\-–—\s*<>=/x]*\d[\d.,%€$£()+\-–—\s*<>=/xa-z]{0,12}|[-–—.]|n\.?a\.?|n\.?v\.?t\.?")


def take_aligned(
    lines: list[Line], rules: Sequence[Box], stacks: Stacks, first_number: int
) -> tuple[list[LayoutBlock], list[Line]]:
    """Tables whose columns are made by alignment alone, and the lines that stand in none.

    Columns of running text are looked at one by one: no table runs from one into the next.

    Parameters
    ----------
    lines
        Lines of a page that no ruled table took.
    rules
        Ruled lines of the page; level ones part the rows where a table has them.
    stacks
        Of the page.
    first_number
        Number of the first table that is found.
    """
    if len(lines) > MAX_LINES:
        return [], lines
    tables: list[LayoutBlock] = []
    taken: set[int] = set()
    for part in part_columns(lines, stacks):
        running = [block.lines for block in stacks.running(part)]
        for run, columns in _find(part, running):
            table = _table(run, columns, rules, first_number + len(tables))
            tables.append(table)
            taken |= {id(line) for cell in table.cells for line in cell.lines}
    return tables, [line for line in lines if id(line) not in taken]


def _rows(lines: Sequence[Line]) -> list[list[Line]]:
    """Lines on one baseline, left to right; rows top to bottom."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: line.middle):
        if rows and abs(rows[-1][0].middle - line.middle) < 0.45 * min(rows[-1][0].box.height, line.box.height):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [sorted(row, key=lambda line: line.box.left) for row in rows]


def _runs(rows: list[list[Line]]) -> list[list[list[Line]]]:
    """Stretches of rows that start and end with cells side by side and lie close together."""
    runs: list[list[list[Line]]] = []
    current: list[list[Line]] = []
    for row in rows:
        near = bool(current) and row[0].box.top - current[-1][0].box.bottom < ROW_GAP * row[0].size
        if current and not (near and _fits_in(row, current)):
            runs.append(current)
            current = []
        if current or len(row) > 1:
            current.append(row)
    runs.append(current)
    trimmed = []
    for run in runs:
        while run and len(run[-1]) == 1 and run[-1][0].box.top - run[-2][0].box.bottom > 0.5 * run[-1][0].size:
            run.pop()
        if run:
            trimmed.append(run)
    return trimmed


def _fits_in(row: list[Line], run: list[list[Line]]) -> bool:
    """A line that runs over the gap between two cells of the rows above is no row of that table."""
    for above in run[-3:]:
        for left, right in pairwise(above):
            if right.box.left - left.box.right < CELL_GAP:
                continue
            if any(line.box.left < left.box.right - 2 and line.box.right > right.box.left + 2 for line in row):
                return False
    return True


def _columns(run: list[list[Line]]) -> list[tuple[float, float]]:
    """Left and right edges of the columns: what the cells of all rows cover."""
    spans = sorted((line.box.left, line.box.right) for row in run for line in row)
    columns: list[tuple[float, float]] = []
    for left, right in spans:
        if columns and left < columns[-1][1] + CELL_GAP:
            columns[-1] = (columns[-1][0], max(columns[-1][1], right))
        else:
            columns.append((left, right))
    return columns


def _is_table(run: list[list[Line]], columns: list[tuple[float, float]]) -> bool:
    full = [row for row in run if len(row) > 1]
    if len(columns) < 2 or len(full) < MIN_ROWS or len(full) < 0.4 * len(run):
        return False
    by_column: list[list[Line]] = [[] for _ in columns]
    for row in run:
        for line in row:
            by_column[_column_of(line, columns)].append(line)
    if min(map(len, by_column)) < 2 and len(columns) == 2:
        return False
    n_narrow = 0
    for cells in by_column:
        texts = [line.text.strip() for line in cells]
        numeric = sum(bool(_NUMERIC.fullmatch(text)) for text in texts) >= 0.6 * len(texts)
        n_narrow += numeric or sum(map(len, texts)) <= SHORT * len(texts)
    if len(columns) == 2:
        return n_narrow >= 1 and len(full) >= MIN_ROWS + 1 and len(full) >= 0.6 * len(run)
    return n_narrow >= max(1, len(columns) // 2)


def _find(
    lines: list[Line], running: Sequence[list[Line]]
) -> Iterator[tuple[list[list[Line]], list[tuple[float, float]]]]:
    """Rows and columns of each table; a paragraph that reaches beyond the rows beside it is no part of them."""
    for run in _runs(_rows(lines)):
        here = {id(line) for row in run for line in row}
        reaching = {id(line) for text in running for line in text if not here.issuperset(map(id, text))}
        if here & reaching:
            yield from _find([line for row in run for line in row if id(line) not in reaching], [])
            continue
        columns = _columns(run)
        if _is_table(run, columns) and not _holds_running_text(run, columns):
            yield run, columns


def _holds_running_text(run: list[list[Line]], columns: list[tuple[float, float]]) -> bool:
    """Whether most rows meet a text in the middle of a sentence: a row of a table starts its cells together."""
    n_rows = n_amid = 0
    for column in range(len(columns)):
        cells = [(row, line) for row in run for line in row if _column_of(line, columns) == column]
        if not is_running([line for _, line in cells]):
            continue
        for (_, above), (row, line) in pairwise(cells):
            if all(other is line or _goes_on_beside(other, run, columns) for other in row):
                continue
            n_rows += 1
            near = line.box.bottom - above.box.bottom <= MAX_PITCH * line.size
            n_amid += near and goes_on(above, line)
    return n_amid > AMID_SHARE * n_rows


def _goes_on_beside(line: Line, run: list[list[Line]], columns: list[tuple[float, float]]) -> bool:
    """Whether a line is itself the second or later line of a cell."""
    column = _column_of(line, columns)
    above = [o for row in run for o in row if o.middle < line.middle and _column_of(o, columns) == column]
    return bool(above) and line.box.bottom - above[-1].box.bottom <= TIGHT * line.size and goes_on(above[-1], line)


def _column_of(line: Line, columns: list[tuple[float, float]]) -> int:
    return next(i for i, (left, right) in enumerate(columns) if left - 0.1 <= line.box.left <= right + 0.1)


def _table(run: list[list[Line]], columns: list[tuple[float, float]], rules: Sequence[Box], number: int) -> LayoutBlock:
    left, right = columns[0][0], columns[-1][1]
    top, bottom = min(line.box.top for line in run[0]), max(line.box.bottom for line in run[-1])
    parting = sorted(
        rule.top
        for rule in rules
        if rule.height < 3
        and top < rule.top < bottom
        and min(rule.right, right) - max(rule.left, left) > 0.5 * (right - left)
        # The edges of the bars of a chart begin right of its labels.
        and rule.left < columns[0][1]
    )
    cells: dict[tuple[int, int], list[Line]] = {}
    number_of_row = -1
    for index, row in enumerate(run):
        if index == 0 or not _goes_on(run[index - 1], row, columns, parting):
            number_of_row += 1
        for line in row:
            cells.setdefault((number_of_row, _column_of(line, columns)), []).append(line)
    blocks: list[LayoutBlock] = []
    for (row_number, column), content in sorted(cells.items()):
        cell = block_of(content)
        cell.kind = BlockKind.TABLE_CELL
        cell.cell = CellPlace(table=number, row=row_number, column=column)
        blocks.append(cell)
    return LayoutBlock([], Box(left, top, right, bottom), BlockKind.TABLE_CELL, cells=blocks)


def _goes_on(above: list[Line], row: list[Line], columns: list[tuple[float, float]], parting: Sequence[float]) -> bool:
    """Whether a row of lines is the rest of the cells above it."""
    if len(parting) >= 2:
        return not any(above[0].middle < y < row[0].middle for y in parting)
    if row[0].box.bottom - above[0].box.bottom > TIGHT * row[0].size:
        return False
    here, there = {_column_of(line, columns) for line in row}, {_column_of(line, columns) for line in above}
    return here < there and not any(_NUMERIC.fullmatch(line.text.strip()) for line in row)
