"""Reads a note or an exported table that people edited in Word: what they accepted, rejected, reworded, moved, added.

The file carries the table and the proposed changes as they were when it was written (:mod:`pipelines.office.carried`);
what stands in it now is held against that. Nothing is passed over: what cannot be placed is an edit of its own, with
the place and the reason. Text outside the table is not read, but for statements that somebody put there.
"""

from __future__ import annotations

from collections.abc import Iterator

from pipelines.domain.proposals import ChangeKind
from pipelines.domain.reports import CarriedData
from pipelines.domain.table_edits import EditKind, NoteReading, TableEdit
from pipelines.office.carried import read_carried, read_marks
from pipelines.office.tracked import read_body
from pipelines.strings import Language, text
from pipelines.table.edited_changes import Judge
from pipelines.table.edited_matching import Expected, Matched, expectations, match_entries
from pipelines.table.edited_places import Found, find_entries, row_titles
from pipelines.table.edited_text import Entry, same, tidy


def read_edited(content: bytes) -> NoteReading | None:
    """What people did with the table in a Word file that this program wrote.

    An edit with a ``change_id`` is about a proposal, one without about the table itself. Edits of the name of a row
    have no ``statement_id``. Where a source note is not what it was, the edit holds the new one. Tracked changes that
    readers made themselves and left open are not applied: each is an edit of kind ``open`` with its author and the text
    as it would read (empty where they delete it), unless it was made in a proposal that stands open, which is then
    ``reworded``.

    Parameters
    ----------
    content
        Bytes of the file.

    Returns
    -------
    NoteReading or None
        ``None`` where the file carries no data of ours: then it is to be read as any table.

    Raises
    ------
    TableError
        It is no Word file, what it carries is damaged, or it holds no evidence table any more.
    """
    carried = read_carried(content)
    if carried is None:
        return None
    language: Language = "en" if carried.language == "en" else "nl"
    found = find_entries(read_body(content), carried, language, read_marks(content))
    expected = expectations(carried)
    matched = match_entries(found, expected)
    reading = _Reading(carried, language, found, matched, expected)
    return reading.read()


class _Reading:
    """Goes through the statements in table order, then through all else that stands in the file."""

    def __init__(
        self, carried: CarriedData, language: Language, found: Found, matched: Matched, expected: dict[str, Expected]
    ) -> None:
        self.carried = carried
        self.language: Language = language
        self.found, self.matched, self.expected = found, matched, expected
        self.judge = Judge(carried.language, self._because)
        removed = {c.statement_id for c in carried.changes if c.change is ChangeKind.REMOVE}
        self.leaving = {r.id for r in carried.table.rows if r.statements and removed >= {s.id for s in r.statements}}
        self.gone = set(self._rows_gone())

    def _because(self, reason: str, place: str, **values: str) -> str:
        # Values that are themselves words of the catalogue begin with a colon.
        named = {
            name: text(f"edited.because.{value[1:]}", self.language) if value.startswith(":") else value
            for name, value in values.items()
        }
        return text(f"edited.because.{reason}", self.language, **({"place": place} | named))

    def _rows_gone(self) -> Iterator[str]:
        """Rows of which nothing stands in the file, neither the heading nor a statement, and nobody proposed that."""
        lost = {entry.statement_id for entry in self.matched.strangers}
        for row in self.carried.table.rows:
            left = {s.id for s in row.statements} & (set(self.matched.statements) | lost)
            if row.id not in self.found.headings and not left and row.id not in self.leaving:
                yield row.id

    def read(self) -> NoteReading:
        edits: list[TableEdit] = []
        n_unchanged = 0
        for one in self.expected.values():
            made = list(self._statement(one))
            edits += made
            n_unchanged += one.old and not made
        edits += self._headings()
        edits += self._added()
        edits += self._unplaced()
        return NoteReading(
            language=self.language,
            table_version=self.carried.table.version,
            edits=tuple(edits),
            n_unchanged=n_unchanged,
        )

    def _statement(self, one: Expected) -> Iterator[TableEdit]:
        entries = self.matched.statements.get(one.statement_id, [])
        if not entries and any(stranger.statement_id == one.statement_id for stranger in self.matched.strangers):
            return  # named among what has no place
        if one.change is None and one.places[0][0] in self.gone:
            return  # named with its row
        if one.change is None:
            yield from self.judge.plain(one, entries)
        elif one.change.change is ChangeKind.ADD_ROW:
            yield from self.judge.new_row(one, entries, self.found.headings.get(one.change.row_id))
        elif one.places[0][0] in self.gone and one.old:
            yield self.judge.left_open(one)
        else:
            yield from self.judge.change(one, entries)

    def _headings(self) -> Iterator[TableEdit]:
        titles = row_titles(self.carried)
        for row in self.carried.table.rows:
            title, heading = tidy(titles[row.id]), self.found.headings.get(row.id)
            if row.id in self.gone:
                place = self._because("row_gone", "", row=row.id)
                yield TableEdit(kind=EditKind.UNPLACED, row_id=row.id, text=title, place=place)
            elif heading is None and row.id in self.leaving:
                continue
            elif heading is None:
                place = self._because("heading_gone", "", row=row.id)
                yield TableEdit(kind=EditKind.UNPLACED, row_id=row.id, text=title, place=place)
            else:
                yield from self._heading(row.id, title, heading)

    def _heading(self, row_id: str, title: str, heading: Entry) -> Iterator[TableEdit]:
        old, full = _whole(heading.old.text, heading.old.source), _whole(heading.full.text, heading.full.source)
        if not same(old, title):
            yield TableEdit(kind=EditKind.EDITED, row_id=row_id, text=old, place=heading.spot.words)
        if not same(full, old):
            yield TableEdit(
                kind=EditKind.OPEN, row_id=row_id, text=full, place=heading.spot.words, author=heading.others
            )

    def _added(self) -> Iterator[TableEdit]:
        for entry in self.matched.added:
            here = {"row_id": entry.spot.row_id, "column": entry.spot.column, "place": entry.spot.words}
            if entry.own_open:
                place = self._because("no_id", entry.spot.words)
                yield TableEdit(**(here | {"kind": EditKind.UNPLACED, "text": entry.full.text, "place": place}))
                continue
            if entry.old.text:
                yield TableEdit(kind=EditKind.ADDED, text=entry.old.text, source=entry.old.source or None, **here)
            if entry.others_open and entry.full != entry.old:
                yield TableEdit(
                    kind=EditKind.OPEN, text=entry.full.text, source=entry.full.source or None, author=entry.others,
                    **here,
                )  # fmt: skip

    def _unplaced(self) -> Iterator[TableEdit]:
        for statement_id, entry in self.matched.twice:
            place = self._because("twice", entry.spot.words, statement=statement_id)
            yield self._stray(entry, statement_id, place)
        for entry in self.matched.strangers:
            reason = "unknown_heading" if entry in self.found.unknown else "no_place"
            yield self._stray(entry, entry.statement_id, self._because(reason, entry.spot.words))

    def _stray(self, entry: Entry, statement_id: str, place: str) -> TableEdit:
        one = self.expected.get(statement_id)
        return TableEdit(
            kind=EditKind.UNPLACED,
            change_id=one.change.change_id if one is not None and one.change is not None else None,
            row_id=entry.spot.row_id,
            statement_id=statement_id or None,
            column=entry.spot.column,
            text=_whole(entry.full.text, entry.full.source) or _whole(entry.old.text, entry.old.source),
            place=place,
            author=entry.others,
        )


def _whole(words: str, source: str) -> str:
    """Text and source note together, where there is no telling what is a source note."""
    return f"{words} {source}".strip()
