"""The rows and columns of a table that came back in Word, and what stands in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from pipelines.domain.evidence_table import Column
from pipelines.domain.proposals import ChangeKind
from pipelines.domain.reports import CarriedData
from pipelines.domain.themes import Theme
from pipelines.errors import TableError
from pipelines.office.stamp import Stamp
from pipelines.office.tracked import TrackedBody, TrackedCell, TrackedParagraph, TrackedRow, TrackedTable
from pipelines.strings import LANGUAGES, Language, text
from pipelines.table.columns import is_header, placed
from pipelines.table.edited_text import Entry, OwnMarks, Spot, cut_ids, first_id, likeness, same, shown_pieces
from pipelines.table.grid import Piece, chapter_of

_TITLE_LEAST = 0.6
"""Least likeness (:func:`~pipelines.table.edited_text.likeness`) of the name of a row to what it was. Of the 15 names
of the starting table the two most alike have 0.44, in Dutch as in English (measured November 2026)."""


@dataclass
class Found:
    """What stands in the file."""

    entries: list[Entry] = field(default_factory=list)
    headings: dict[str, Entry] = field(default_factory=dict)
    """Row id -> its heading, with the name of the row as its text."""
    strangers: list[Entry] = field(default_factory=list)
    """Text where the table has no place for it: in headings, or under headings that nobody knows."""
    unknown: list[Entry] = field(default_factory=list)
    """Those of them that are headings."""


@dataclass
class _Walk:
    carried: CarriedData
    language: Language
    marks: OwnMarks
    found: Found = field(default_factory=Found)
    row_id: str | None = None
    n_rows: int = 0
    n_entries: int = 0
    unknown: Entry | None = None
    """The heading last read, if nobody knows it."""

    def __post_init__(self) -> None:
        self.titles = row_titles(self.carried)
        self.known = known_ids(self.carried)
        self.owners: dict[str, set[str]] = {statement_id: set() for statement_id in self.known}
        for row, statement in self.carried.table.statements():
            self.owners[statement.id].add(row.id)
        for change in self.carried.changes:
            self.owners[change.statement_id].add(change.row_id)
        self.begun: frozenset[str] = frozenset()
        self.headed: frozenset[str] = frozenset()

    def entry(self, spot: Spot, statement_id: str, pieces: tuple) -> Entry:
        self.n_entries += 1
        return Entry(self.n_entries, spot, statement_id, pieces, self.marks)

    def say(self, key: str, **values: object) -> str:
        return text(f"edited.place.{key}", self.language, **values)


def row_titles(carried: CarriedData) -> dict[str, str]:
    """Names of all rows by id, with those of proposed rows, in the language that can be seen."""
    titles = {row.id: row.title(carried.language) for row in carried.table.rows}
    for change in carried.changes:
        if change.change is ChangeKind.ADD_ROW:
            titles[change.row_id] = change.row_title.text(carried.language)
    return titles


def known_ids(carried: CarriedData) -> frozenset[str]:
    """Ids of all statements, with those of proposed ones."""
    return frozenset({s.id for _, s in carried.table.statements()} | {c.statement_id for c in carried.changes})


def find_entries(body: TrackedBody, carried: CarriedData, language: Language, written: frozenset[Stamp]) -> Found:
    """Every paragraph of the evidence table in a document, with the row and column that it stands in.

    Parameters
    ----------
    body, carried
        The document that came back, and what it carries.
    language
        Of the words for places.
    written
        Authors and moments of the program's own tracked changes.

    Raises
    ------
    TableError
        The document holds the data and no table.
    """
    tables = [table for table in body.tables if _is_evidence_table(table, carried)]
    if not tables:
        raise TableError("error.table_none_found", format=".docx")
    stamps = {stamp for table in tables for paragraph in _paragraphs(table) for stamp in paragraph.stamps}
    walk = _Walk(carried, language, OwnMarks.of(written, stamps))
    begins = [first_id(shown_pieces(p.pieces), walk.known) for table in tables for p in _paragraphs(table)]
    walk.begun = frozenset(begins)
    headings = [
        _both(p) for table in tables for row in table.rows if len(row.cells) == 1 for p in row.cells[0].paragraphs
    ]
    walk.headed = frozenset(found for found in (_heading_id(words, walk.titles) for words in headings) if found)
    for table in tables:
        for row in table.rows:
            walk.n_rows += 1
            _read_row(row, walk)
    _outside(body, walk)
    return walk.found


def _paragraphs(table: TrackedTable) -> Iterator[TrackedParagraph]:
    for row in table.rows:
        for cell in row.cells:
            yield from cell.paragraphs


def _is_evidence_table(table: TrackedTable, carried: CarriedData) -> bool:
    """Whether it has a heading over all columns that begins with the id of a row, or the three headers."""
    titles = row_titles(carried)
    for row in table.rows:
        if len(row.cells) == 1 and any(_heading_id(_both(p), titles) for p in row.cells[0].paragraphs):
            return True
        if _is_header(row):
            return True
    return False


def _is_header(row: TrackedRow) -> bool:
    cells = [tuple((Piece(_both(p)),) for p in cell.paragraphs if _both(p)) for cell in row.cells]
    return len(cells) == len(Column) and is_header(placed(cells))


def _both(paragraph: TrackedParagraph) -> str:
    """Text of a paragraph with all that was inserted and deleted."""
    return "".join(piece.text for piece in paragraph.pieces).strip()


def _heading_id(words: str, titles: dict[str, str]) -> str | None:
    """Id of the row that a heading begins with."""
    found = re.match(r"\s*([\w-]+)\s*(?:[·:.–-]|\s|$)", words)
    return found.group(1) if found and found.group(1) in titles else None


def _read_row(row: TrackedRow, walk: _Walk) -> None:
    if _is_header(row):
        return
    if len(row.cells) == 1:
        _read_heading(row.cells[0], walk)
        return
    owner = _owner(row, walk)
    if owner is not None:
        if walk.unknown is not None:
            walk.found.strangers.remove(walk.unknown)
            walk.found.headings[owner] = walk.unknown
        walk.row_id = owner
    walk.unknown = None
    for place, cell in enumerate(row.cells):
        column = list(Column)[place] if len(row.cells) == len(Column) else None
        _read_cell(cell, column, walk)


def _owner(row: TrackedRow, walk: _Walk) -> str | None:
    """The row that all statements here belong to, where its heading was lost or made into another."""
    ids = {first_id(shown_pieces(p.pieces), walk.known) for cell in row.cells for p in cell.paragraphs}
    owners = {owner for statement_id in ids - {""} for owner in walk.owners[statement_id]}
    if len(owners) != 1:
        return None
    (owner,) = owners
    return None if owner in walk.headed or owner in walk.found.headings else owner


def _read_heading(cell: TrackedCell, walk: _Walk) -> None:
    """The first paragraph of a heading names a chapter or a row; what stands below it has no place there."""
    spot = Spot(None, None, walk.say("heading", number=walk.n_rows))
    named = False
    for paragraph in cell.paragraphs:
        pieces = shown_pieces(paragraph.pieces)
        words = _both(paragraph)
        if not words:
            continue
        statement = first_id(pieces, walk.known)
        if named or statement:
            walk.found.strangers.append(walk.entry(spot, statement, pieces))
            continue
        named = True
        if _is_chapter(words):
            walk.row_id = walk.unknown = None
            continue
        entry = walk.entry(spot, "", pieces)
        row_id = _heading_id(words, walk.titles) or _row_like(entry, walk)
        if row_id is None and chapter_of(words) is not None:
            walk.row_id = walk.unknown = None
            continue
        walk.row_id = row_id
        walk.unknown = entry if row_id is None else None
        if row_id is None:
            walk.found.strangers.append(entry)
            walk.found.unknown.append(entry)
        else:
            title = _without(pieces, row_id)
            walk.found.headings[row_id] = walk.entry(Spot(row_id, None, spot.words), "", title)


def _is_chapter(words: str) -> bool:
    return any(same(words, text(f"theme.{theme.value}", language)) for theme in Theme for language in LANGUAGES)


def _row_like(entry: Entry, walk: _Walk) -> str | None:
    """The row whose name a heading has that lost its id."""
    scores = [
        (likeness(entry.full.text, title), row_id)
        for row_id, title in walk.titles.items()
        if row_id not in walk.found.headings
    ]
    best = max(scores, default=(0.0, ""))
    return best[1] if best[0] >= _TITLE_LEAST else None


def _without(pieces: tuple, row_id: str) -> tuple:
    """The pieces of a heading without the id and the point behind it."""
    cut = cut_ids(pieces, [row_id])
    return cut[0][1] if cut and cut[0][0] == row_id else pieces


def _read_cell(cell: TrackedCell, column: Column | None, walk: _Walk) -> None:
    key = "column" if column is not None else "cell"
    named = text(f"column.{column.value}", walk.language).lower() if column is not None else ""
    spot = Spot(walk.row_id, column, walk.say(key, row=walk.row_id or "?", column=named, number=walk.n_rows))
    for paragraph in cell.paragraphs:
        for statement_id, pieces in cut_ids(shown_pieces(paragraph.pieces), walk.known, walk.begun):
            entry = walk.entry(spot, statement_id, pieces)
            if not (entry.old.text or entry.full.text or entry.new.text) and not statement_id:
                continue
            placeless = walk.row_id is None or column is None
            (walk.found.strangers if placeless else walk.found.entries).append(entry)


def _outside(body: TrackedBody, walk: _Walk) -> None:
    """Statements that somebody put outside the table: paragraphs that begin with the id of one the table lacks."""
    inside = {entry.statement_id for entry in (*walk.found.entries, *walk.found.strangers)}
    for paragraph in body.paragraphs:
        pieces = shown_pieces(paragraph.pieces)
        statement_id = first_id(pieces, walk.known)
        if statement_id and statement_id not in inside:
            spot = Spot(None, None, walk.say("outside"))
            walk.found.strangers.append(walk.entry(spot, statement_id, cut_ids(pieces, walk.known)[0][1]))
