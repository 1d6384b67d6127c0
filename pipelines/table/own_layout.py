"""Files that this program wrote: what can be seen, held against the whole table that travels along out of sight.

A statement whose text and source note stand as they were printed comes back whole, in both languages. Where somebody
changed what can be seen, that wins.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pipelines.domain.evidence_table import Column, EvidenceTable, Statement, TableRow
from pipelines.domain.proposals import ChangeKind
from pipelines.domain.reports import CarriedData
from pipelines.domain.themes import Theme
from pipelines.errors import TableError
from pipelines.language.detection import detect_language
from pipelines.office.writable import writable
from pipelines.strings import LANGUAGES, text
from pipelines.table.cells import OWN_ID, is_source, tidy_source
from pipelines.table.grid import MARKER, GridRow, Line, PrintedTable, chapter_of, heading_of, plain
from pipelines.table.ids import free_row_id, free_statement_id
from pipelines.table.reading import ReadingNote, ReadingNoteKind, TableReading

_BEFORE_TITLE = re.compile(r"^[·:.–-]?\s*")


@dataclass(frozen=True)
class _ShownRow:
    """A row of the table as it can be seen."""

    row_id: str
    """Empty for one that was added by hand without an id."""
    title: str
    chapter: Theme | None
    cells: dict[Column, list[Line]] = field(default_factory=lambda: {column: [] for column in Column})


def table_as_seen(parts: Sequence[PrintedTable], carried: CarriedData) -> TableReading:
    """The table of a file that carries one.

    Parameters
    ----------
    parts
        What can be seen.
    carried
        What travelled along. A text that is as one of its changes would make it has that change's other language.

    Raises
    ------
    TableError
        The table that can be seen is gone.
    """
    if not parts and carried.table.rows:
        raise TableError("error.table_none_found", format="")
    return _Merge(carried).table(_shown_rows(parts, carried.table))


def seen(words: str) -> str:
    """Words as a page shows them: one space between them, nothing that cannot be printed."""
    return " ".join("".join(c for c in writable(words) if c.isprintable() or c.isspace()).split())


# What can be seen ---------------------------------------------------------------------------------------------------
def _shown_rows(parts: Sequence[PrintedTable], table: EvidenceTable) -> list[_ShownRow]:
    row_ids = {row.id for row in table.rows}
    row_of = {s.id: row for row, s in table.statements()}
    rows: list[_ShownRow] = []
    chapter: Theme | None = None
    awaited = False
    """A heading was read, and its cells come next."""
    for grid in (row for part in parts for row in part.rows):
        heading = None if awaited else _heading(grid, row_ids)
        if heading is not None:
            row_id, title = _marked(heading, row_ids)
            named = None if row_id else _chapter(heading)
            if named is not None:
                chapter = named
                continue
            rows.append(_ShownRow(row_id, title, chapter))
            awaited = True
            continue
        lines = {column: list(cell) for column, cell in zip(Column, grid.cells, strict=True)}
        if not awaited and any(lines.values()):
            # The heading was taken out: the statements tell which row it is.
            homes = {row_of[i].id: row_of[i] for i in _ids(lines, row_of) if i in row_of}
            home = next(iter(homes.values())) if len(homes) == 1 else None
            if not rows or (home is not None and home.id not in {row.row_id for row in rows}):
                rows.append(_ShownRow(home.id if home else "", "", chapter))
        awaited = False
        if rows:
            for column, added in lines.items():
                rows[-1].cells[column].extend(added)
    return rows


def _heading(row: GridRow, row_ids: set[str]) -> str | None:
    """The text of a heading over all columns; known headings may be of any length."""
    if any(any(plain(line) for line in cell) for cell in row.cells[1:]) or len(row.cells[0]) != 1:
        return None
    words = seen(plain(row.cells[0][0]))
    known = words.split(" ", 1)[0] in row_ids or any(words.startswith(f"{seen(i)} ·") for i in row_ids)
    return words if known else heading_of(row)


def _chapter(heading: str) -> Theme | None:
    names = {text(f"theme.{theme.value}", language): theme for theme in Theme for language in LANGUAGES}
    return names.get(heading) or chapter_of(heading)


def _marked(heading: str, row_ids: set[str]) -> tuple[str, str]:
    """Id and title of a heading."""
    for row_id in sorted(row_ids, key=len, reverse=True):
        if heading == seen(row_id) or heading.startswith(seen(row_id) + " "):
            return row_id, _BEFORE_TITLE.sub("", heading[len(seen(row_id)) :].strip(), count=1)
    found = MARKER.match(heading)
    return (found[1], found[2]) if found else ("", heading)


def _ids(lines: dict[Column, list[Line]], known: dict[str, TableRow]) -> list[str]:
    return [found for cell in lines.values() for line in cell if (found := _own_id(seen(plain(line)), known))]


def _own_id(words: str, known: dict[str, TableRow] | dict[str, Statement]) -> str:
    """The id at the start of a line; empty if there is none."""
    first = words.split(" ", 1)[0]
    if first in known:
        return first
    spaced = [i for i in known if words == seen(i) or words.startswith(seen(i) + " ")]
    if spaced:
        return max(spaced, key=len)
    found = OWN_ID.match(words)
    return found[1] if found else ""


# Held against what travelled along ----------------------------------------------------------------------------------
class _Merge:
    """One table being put together."""

    def __init__(self, carried: CarriedData) -> None:
        self._carried = carried.table
        self._language = "en" if carried.language == "en" else "nl"
        self._rows = {row.id: row for row in carried.table.rows}
        self._statements = {s.id: s for _, s in carried.table.statements()}
        self._changes = {change.statement_id: change for change in carried.changes}
        self._used: set[str] = set()
        self._notes: list[ReadingNote] = []

    def table(self, shown: Sequence[_ShownRow]) -> TableReading:
        rows: list[TableRow] = []
        for row in shown:
            rows.append(self._row(row, {r.id for r in rows}, {r.row_id for r in shown}))
        table = EvidenceTable(version=datetime.now(UTC).date().isoformat(), rows=tuple(rows))
        if table.rows == self._carried.rows:
            table = self._carried
        return TableReading(table=table, notes=tuple(self._notes))

    def _row(self, shown: _ShownRow, made: set[str], printed: set[str]) -> TableRow:
        old = self._rows.get(shown.row_id)
        chapter = shown.chapter or (old.chapter if old else Theme.OTHER_EFFECTS)
        row_id = shown.row_id
        if not row_id or row_id in made:
            row_id = free_row_id(chapter, made | printed | set(self._rows))
            if shown.row_id:
                self._note(ReadingNoteKind.ID_REPEATED, shown.row_id, other=row_id)
        if old is not None and (seen(old.title(self._language)) == shown.title or not shown.title):
            names = {"nl": old.nl, "en": old.en}
        else:
            title = {"nl": old.nl, "en": old.en} if old else {"nl": "", "en": ""}
            names = self._changed(row_id, shown.title, title)
        statements = [
            self._statement(line, column, row_id) for column in Column for line in shown.cells[column] if plain(line)
        ]
        return TableRow(id=row_id, chapter=chapter, statements=_in_old_order(statements, old), **names)

    def _statement(self, line: Line, column: Column, row_id: str) -> Statement:
        words = seen(plain(line))
        printed_id = _own_id(words, self._statements)
        old = self._statements.get(printed_id)
        statement_id = printed_id
        if not printed_id or printed_id in self._used:
            statement_id = free_statement_id(row_id, column, self._used | set(self._statements))
            if printed_id:
                self._note(ReadingNoteKind.ID_REPEATED, printed_id, other=statement_id)
        self._used.add(statement_id)
        change = self._changes.get(statement_id)
        if old is None:
            body, source = _split(line, printed_id, "")
            texts = {"nl": "", "en": "", self._language: body}
            if change is not None and body == seen(change.after.text(self._language)):
                texts = {"nl": change.after.nl, "en": change.after.en}
            return Statement(id=statement_id, column=column, nl=texts["nl"], en=texts["en"], source=tidy_source(source))
        narrows = False
        same = words == seen(f"{printed_id} {old.text(self._language)} {old.source}")
        if same:
            kept: dict[str, str] = {"nl": old.nl, "en": old.en, "source": old.source}
        else:
            body, source = _split(line, printed_id, old.source)
            texts = {"nl": old.nl, "en": old.en}
            if body == seen(old.text(self._language)):
                kept = texts
            elif change is not None and body == seen(change.after.text(self._language)):
                kept = {"nl": change.after.nl, "en": change.after.en}
                narrows = change.change is ChangeKind.NARROW
            else:
                kept = self._changed(statement_id, body, texts)
            kept["source"] = old.source if source == seen(old.source) else source
        narrowed = (old.narrowed or narrows) and column is Column.UNCERTAIN
        if old.narrowed and not narrowed:
            self._note(ReadingNoteKind.NARROWED_DROPPED, statement_id)
        return Statement(id=statement_id, column=column, narrowed=narrowed, review_by=old.review_by, **kept)

    def _changed(self, record_id: str, body: str, before: dict[str, str]) -> dict[str, str]:
        """Texts after a change of the one that can be seen: the other would say something else."""
        shown, other = self._language, "nl" if self._language == "en" else "en"
        if before[other] and not before[shown] and detect_language(body).language == other:
            return {other: body, shown: ""}  # the other language stood in for a missing text, and was changed
        if before[other]:
            self._note(ReadingNoteKind.OTHER_LANGUAGE_DROPPED, record_id, language=other)
        return {shown: body, other: ""}

    def _note(self, kind: ReadingNoteKind, record_id: str, *, language: str = "", other: str = "") -> None:
        self._notes.append(ReadingNote(kind=kind, id=record_id, language=language, other=other))


def _split(line: Line, printed_id: str, old_source: str) -> tuple[str, str]:
    """Text and source note of a line: the note is what is italic at its end, or reads as the note did."""
    pieces = [piece for piece in line if piece.text.strip()]
    words = seen(plain(line))[len(seen(printed_id)) :].strip()
    tail: list[str] = []
    while len(pieces) > 1 and pieces[-1].italic:
        tail.insert(0, pieces.pop().text)
    source = seen("".join(tail))
    if source and not (old_source or is_source(source)):
        source = ""  # stress on the last words
    if not source and old_source and words.endswith(seen(old_source)):
        source = seen(old_source)
    return (words[: len(words) - len(source)].strip() if source else words), source


def _in_old_order(statements: Sequence[Statement], old: TableRow | None) -> tuple[Statement, ...]:
    """The order that the row had, where the columns still hold the same in the same order."""
    if old is not None and [s.id for c in Column for s in old.column(c)] == [s.id for s in statements]:
        by_id = {s.id: s for s in statements}
        if all(by_id[s.id].column is s.column for s in old.statements):
            return tuple(by_id[s.id] for s in old.statements)
    return tuple(statements)
