"""A printed evidence table as a grid of cells, and the rows of the grid put together again where pages broke them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipelines.domain.themes import Theme

BREAK = "\n"
"""Stands in the text of a piece where the print has a break inside a paragraph."""


@dataclass(frozen=True)
class Piece:
    """Text of one kind in a paragraph."""

    text: str
    italic: bool = False


Line = tuple[Piece, ...]
"""A paragraph or list item of a cell."""
Cell = tuple[Line, ...]


@dataclass(frozen=True)
class GridRow:
    """A row as printed: three cells, or a heading over all columns."""

    cells: tuple[Cell, Cell, Cell]
    label: Cell = ()
    """What a column in front of the three says of the row."""
    labelled: bool = False
    """Whether the table has such a column."""
    joined: bool = False
    """A cell of it is merged with the row above: both are one row of the evidence table."""


@dataclass(frozen=True)
class PrintedTable:
    """A part of the table between two printings of its header: usually what stands on one page."""

    rows: tuple[GridRow, ...]


@dataclass(frozen=True)
class Question:
    """A whole row of the evidence table, before it is cut into statements."""

    chapter: Theme | None
    cells: tuple[Cell, Cell, Cell]
    marker: str = ""
    """Id and name printed above or before the row, in files that this program wrote itself."""
    title: str = ""
    """Name that a column of its own gives to the row."""


_CHAPTERS = (
    (Theme.OTHER_EFFECTS, re.compile(r"\bander\w* effect|\bother effect|brede\w* effect|publieke waarden", re.I)),
    (Theme.JOB_QUALITY, re.compile(r"kwaliteit van (het )?werk|job quality|quality of work", re.I)),
    (Theme.EMPLOYMENT, re.compile(r"werkgelegenheid|inkomen|employment|income", re.I)),
    (Theme.PRODUCTIVITY, re.compile(r"productiviteit|productivity", re.I)),
    (Theme.ADOPTION, re.compile(r"adoptie|adoption", re.I)),
)
MARKER = re.compile(r"^([A-Z]{1,3}\d{1,3})\s*[·:.–-]?\s+(\S.*)$")
_LONGEST_HEADING_WORDS = 14
"""Headings of chapters in tables seen so far have four to nine words; a statement alone in a row has more."""
_ENDS = re.compile(r"[.!?:;…»”\"')\]]\s*$")


def plain(line: Line) -> str:
    """Text of a line, spaces tidied."""
    return " ".join("".join(piece.text for piece in line).split())


def heading_of(row: GridRow) -> str | None:
    """The text of a row that is a heading over all columns, else ``None``."""
    filled = {" ".join(plain(line) for line in cell) for cell in row.cells if any(plain(line) for line in cell)}
    if len(filled) != 1:  # a merged cell may be reported once a column
        return None
    first = " ".join(plain(line) for line in row.cells[0])
    if not first or len(first.split()) > _LONGEST_HEADING_WORDS or re.search(r"[.!?]\s*$", first):
        return None
    return first


def chapter_of(heading: str) -> Theme | None:
    """The chapter that a heading names, if any."""
    return next((theme for theme, pattern in _CHAPTERS if pattern.search(heading)), None)


def join_pages(parts: Sequence[PrintedTable]) -> list[Question]:
    """The rows of a table that was printed in parts, with cells that a page break cut put together again.

    After a page break every cell is looked at by itself: text goes on where the cell above was left open (no end of a
    sentence) or where the new text begins with a small letter. Only its first paragraph goes on; what follows starts
    the next row, since printed tables often let the rest of one row and the start of the next fall together.
    """
    questions: list[Question] = []
    chapter: Theme | None = None
    marker = ""
    for part in parts:
        for index, row in enumerate(part.rows):
            heading = None if row.label else heading_of(row)
            found = MARKER.match(heading) if heading is not None else None
            if found:
                marker = heading or ""
                continue
            if heading is not None and chapter_of(heading) is not None:
                chapter, marker = chapter_of(heading), ""
                continue
            title = " ".join(plain(line) for line in row.label)
            if questions and not marker and not title:
                if row.joined or row.labelled:
                    questions[-1] = _with_row(questions[-1], row)
                    continue
                if index == 0:
                    questions[-1], row = _join(questions[-1], row)
            if any(row.cells):
                printed = MARKER.match(title)
                questions.append(Question(chapter, row.cells, marker or (title if printed else ""), title))
                marker = ""
    return questions


def _with_row(above: Question, below: GridRow) -> Question:
    """A question with the lines of a further row of the print."""
    cells = [
        (*old[:-1], (*old[-1], Piece(" "), *new[0]), *new[1:]) if old and new and _continues(old, new) else (*old, *new)
        for old, new in zip(above.cells, below.cells, strict=True)
    ]
    return replace(above, cells=(cells[0], cells[1], cells[2]))


def goes_on(above: GridRow, below: GridRow) -> bool:
    """Whether a row ends what the row above left open, as after a page break."""
    return any(old and new and _continues(old, new) for old, new in zip(above.cells, below.cells, strict=True))


def _join(above: Question, below: GridRow) -> tuple[Question, GridRow]:
    joined, left = [], []
    for old, new in zip(above.cells, below.cells, strict=True):
        if old and new and _continues(old, new):
            glue = Piece(" ")
            joined.append((*old[:-1], (*old[-1], glue, *new[0])))
            left.append(new[1:])
        else:
            joined.append(old)
            left.append(new)
    # Text is left in a cell, but no other cell begins a row: then it belongs to the row above as a whole.
    went_on = any(j != o for j, o in zip(joined, above.cells, strict=True))
    if went_on and not left[0]:
        joined = [(*j, *rest) for j, rest in zip(joined, left, strict=True)]
        left = [(), (), ()]
    return replace(above, cells=(joined[0], joined[1], joined[2])), GridRow((left[0], left[1], left[2]))


def _continues(old: Cell, new: Cell) -> bool:
    last, first = plain(old[-1]), plain(new[0])
    if first[:1].islower():
        return True
    return not _ENDS.search(last) and not (old[-1] and old[-1][-1].italic)
