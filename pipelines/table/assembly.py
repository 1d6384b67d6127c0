"""From printed rows to an evidence table with ids, taking over ids and names from the version before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from pipelines.domain.evidence_table import Column, EvidenceTable, Statement, TableRow
from pipelines.domain.themes import Theme
from pipelines.table.cells import CellStatement, cut_cell
from pipelines.table.grid import PrintedTable, Question, join_pages, plain
from pipelines.table.ids import free_row_id, free_statement_id
from pipelines.table.matching import Found, match_rows, match_statements, nearest
from pipelines.table.reading import ReadingNote, ReadingNoteKind, TableReading

_MOST_NAME_WORDS = 8
"""The shipped rows have names of one to eight words."""


def assemble(parts: Sequence[PrintedTable], language: str, like: EvidenceTable | None) -> TableReading:
    """Put a printed table together.

    Parameters
    ----------
    parts
        The table as printed, page by page.
    language
        Language of the text, ``nl`` or ``en``.
    like
        The version before: rows and statements that say the same take over its ids, row names, and (where the text is
        unchanged) the text in the other language. What it holds and the print does not is noted.
    """
    questions = join_pages(parts)
    cut = [{c: cut_cell(cell) for c, cell in zip(Column, question.cells, strict=True)} for question in questions]
    matched = match_rows(questions, cut, language, like)
    assembly = _Assembly(language, [row for row in matched if row is not None])
    rows = [assembly.row(*parts) for parts in zip(questions, cut, matched, strict=True)]
    table = EvidenceTable(version=datetime.now(UTC).date().isoformat(), rows=tuple(rows))
    if like is not None:
        assembly.note_missing(like, table)
    return TableReading(table=table, notes=tuple(assembly.notes))


class _Assembly:
    """One table being put together.

    Attributes
    ----------
    notes
        What could not be taken over.
    """

    def __init__(self, language: str, matched: Sequence[TableRow]) -> None:
        self.notes: list[ReadingNote] = []
        self._language = language
        self._row_ids = {row.id for row in matched}
        self._statement_ids = {s.id for row in matched for s in row.statements}

    def row(self, question: Question, found: Found, old: TableRow | None) -> TableRow:
        printed_id, _, printed_name = question.marker.partition(" ")
        name = printed_name.lstrip("·:.–- ") or question.title
        if old is not None:
            row_id = old.id
            if name and name != old.title(self._language):
                names = self._changed(old.id, name, {"nl": old.nl, "en": old.en})
            else:
                names = {"nl": old.nl, "en": old.en}
        else:
            chapter = question.chapter or Theme.OTHER_EFFECTS
            fresh = printed_id and printed_id not in self._row_ids
            row_id = printed_id if fresh else free_row_id(chapter, self._row_ids)
            names = {self._language: name or _first_words(question)}
        self._row_ids.add(row_id)
        chapter = question.chapter or (old.chapter if old else Theme.OTHER_EFFECTS)
        gathered, partners = match_statements(found, old, self._language)
        made = [
            self._statement(row_id, column, statement, partner)
            for column in Column
            for statement, partner in zip(gathered[column], partners[column], strict=True)
        ]
        return TableRow(id=row_id, chapter=chapter, statements=tuple(made), **names)

    def _statement(self, row_id: str, column: Column, found: CellStatement, old: Statement | None) -> Statement:
        if old is None:
            fresh = found.id and found.id not in self._statement_ids
            statement_id = found.id if fresh else free_statement_id(row_id, column, self._statement_ids)
            if found.id and not fresh:
                self._note(ReadingNoteKind.ID_REPEATED, found.id, other=statement_id)
            self._statement_ids.add(statement_id)
            made = Statement(id=statement_id, column=column, source=found.source)
            return made.model_copy(update={self._language: found.text})
        texts = {"nl": old.nl, "en": old.en}
        if found.text != old.text(self._language):
            texts = self._changed(old.id, found.text, texts)
        narrowed = old.narrowed and column is Column.UNCERTAIN
        if old.narrowed and not narrowed:
            self._note(ReadingNoteKind.NARROWED_DROPPED, old.id)
        return old.model_copy(update={"column": column, "narrowed": narrowed, "source": found.source, **texts})

    def _changed(self, record_id: str, text: str, before: dict[str, str]) -> dict[str, str]:
        other = "nl" if self._language == "en" else "en"
        if before[other]:
            self._note(ReadingNoteKind.OTHER_LANGUAGE_DROPPED, record_id, language=other)
        return {self._language: text, other: ""}

    def _note(self, kind: ReadingNoteKind, record_id: str, *, language: str = "", other: str = "") -> None:
        self.notes.append(ReadingNote(kind=kind, id=record_id, language=language, other=other))

    def note_missing(self, like: EvidenceTable, table: EvidenceTable) -> None:
        """Note the rows and statements before that the print does not hold."""
        rows = {row.id: row for row in table.rows}
        held = {s.id for _, s in table.statements()}
        for row in like.rows:
            if row.id not in rows:
                self._note(ReadingNoteKind.NOT_FOUND, row.id)
                continue
            for statement in row.statements:
                if statement.id not in held:
                    near = nearest(statement, rows[row.id].statements, self._language)
                    self._note(ReadingNoteKind.NOT_FOUND, statement.id, other=near.id if near else "")


def _first_words(question: Question) -> str:
    first = next((plain(line) for cell in question.cells for line in cell if plain(line)), "")
    words = first.split()
    return " ".join(words[:_MOST_NAME_WORDS]) + ("…" if len(words) > _MOST_NAME_WORDS else "")
