"""Ruled tables: text inside a grid of drawn lines becomes cells with their row and column."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipelines.domain.documents import BlockKind, CellPlace
from pipelines.ingest.pdf_blocks import LayoutBlock, block_of
from pipelines.ingest.pdf_drawings import Box
from pipelines.ingest.pdf_lines import Line

TOUCH = 3.0
"""Ruled lines this near (points) touch; borders of neighbouring cells are drawn up to 2 points apart."""
SHARED_ROWS = 0.25
"""Share of the rows that hold two cells or more; lines of text with a coloured ground each have one."""
MAX_RULES = 6000
"""Pages with more drawn edges are pictures of lines (maps, charts), not tables."""


def take_tables(lines: list[Line], rules: Sequence[Box]) -> tuple[list[LayoutBlock], list[Line]]:
    """Tables of a page and the lines that stand in none.

    A table is a connected set of ruled lines with at least two rows and two columns of cells, of which at least three
    hold text. A box around a text (one cell) is no table.
    """
    if not rules or len(rules) > MAX_RULES:
        return [], lines
    tables: list[LayoutBlock] = []
    rest = lines
    for level, upright in _connected(rules):
        xs = _merge([r.left for r in upright] + [r.right for r in upright])
        ys = _merge([r.top for r in level] + [r.bottom for r in level])
        if len(xs) < 3 or len(ys) < 3 or len(xs) > 80 or len(ys) > 400:
            continue
        inside = [line for line in rest if xs[0] <= line.box.left + 1 and line.box.right - 1 <= xs[-1]]
        inside = [line for line in inside if ys[0] <= line.middle <= ys[-1]]
        table = _cells(inside, xs, ys, level, upright, len(tables))
        if table is not None:
            tables.append(table)
            taken = {id(line) for cell in table.cells for line in cell.lines}
            rest = [line for line in rest if id(line) not in taken]
    return tables, rest


def _connected(rules: Sequence[Box]) -> list[tuple[list[Box], list[Box]]]:
    """Sets of level and upright ruled lines that touch one another."""
    level = [r for r in rules if r.width >= r.height and r.width > 6.0]
    upright = [r for r in rules if r.height > r.width and r.height > 4.0]
    parent = list(range(len(level) + len(upright)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    order = sorted(range(len(level)), key=lambda i: level[i].top)
    tops = [level[i].top for i in order]
    lefts, rights = (np.array([getattr(level[i], side) for i in order]) for side in ("left", "right"))
    for j, wall in enumerate(upright):
        first, last = bisect_right(tops, wall.top - TOUCH), bisect_right(tops, wall.bottom + TOUCH)
        touching = (lefts[first:last] - TOUCH <= wall.left) & (wall.left <= rights[first:last] + TOUCH)
        for k in np.flatnonzero(touching).tolist():
            parent[root(len(level) + j)] = root(order[first + k])
    groups: dict[int, tuple[list[Box], list[Box]]] = {}
    for i, rule in enumerate(level + upright):
        groups.setdefault(root(i), ([], []))[0 if i < len(level) else 1].append(rule)
    return [group for group in groups.values() if len(group[0]) >= 2 and len(group[1]) >= 2]


def _merge(values: list[float]) -> list[float]:
    """Distinct places, those nearer than ``TOUCH`` taken together."""
    merged: list[float] = []
    for value in sorted(values):
        if not merged or value - merged[-1] > TOUCH:
            merged.append(value)
    return merged


def _parted(places: list[float], rules: list[float]) -> NDArray[np.bool_]:
    """At which of the places between the first and the last one a ruled line stands."""
    near: NDArray[np.bool_] = np.abs(np.array(rules)[:, None] - np.array(places[1:-1])) <= TOUCH
    return np.logical_or.reduce(near, axis=0)


def _cells(
    lines: list[Line],
    xs: list[float],
    ys: list[float],
    level: Sequence[Box],
    upright: Sequence[Box],
    number: int,
) -> LayoutBlock | None:
    """Lines by cell, cells that no ruled line parts taken together; ``None`` where it is no table."""
    n_columns, n_rows = len(xs) - 1, len(ys) - 1
    parent = list(range(n_columns * n_rows))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for row in range(n_rows):
        y = (ys[row] + ys[row + 1]) / 2
        walls = [w.left for w in upright if w.top - TOUCH <= y <= w.bottom + TOUCH]
        for column in np.flatnonzero(~_parted(xs, walls)).tolist():
            parent[root(row * n_columns + column + 1)] = root(row * n_columns + column)
    for column in range(n_columns):
        x = (xs[column] + xs[column + 1]) / 2
        floors = [f.top for f in level if f.left - TOUCH <= x <= f.right + TOUCH]
        for row in np.flatnonzero(~_parted(ys, floors)).tolist():
            a, b = root(row * n_columns + column), root((row + 1) * n_columns + column)
            parent[max(a, b)] = min(a, b)
    content: dict[int, list[Line]] = {}
    for line in lines:
        x = (line.box.left + line.box.right) / 2
        column = min(max(bisect_right(xs, x) - 1, 0), n_columns - 1)
        row = min(max(bisect_right(ys, line.middle) - 1, 0), n_rows - 1)
        content.setdefault(root(row * n_columns + column), []).append(line)
    columns = {cell % n_columns for cell in content}
    rows = {cell // n_columns for cell in content}
    filled = Counter(cell // n_columns for cell in content)
    n_shared = sum(count > 1 for count in filled.values())
    if len(content) < 3 or len(columns) < 2 or len(rows) < 2 or n_shared < max(1, SHARED_ROWS * len(rows)):
        return None
    cells = []
    row_numbers = {row: i for i, row in enumerate(sorted(rows))}
    column_numbers = {column: i for i, column in enumerate(sorted(columns))}
    for key in sorted(content):
        cell = block_of(sorted(content[key], key=lambda line: (round(line.middle), line.box.left)))
        cell.kind = BlockKind.TABLE_CELL
        cell.cell = CellPlace(table=number, row=row_numbers[key // n_columns], column=column_numbers[key % n_columns])
        cells.append(cell)
    return LayoutBlock([], Box(xs[0], ys[0], xs[-1], ys[-1]), BlockKind.TABLE_CELL, cells=cells)
