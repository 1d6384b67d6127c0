"""What people changed by hand in a table that came back from Word, as changes of the table."""

from __future__ import annotations

from collections.abc import Callable

from flows.edited_records import EditResult, Known, PlannedChange
from pipelines.domain.evidence_table import Column, Statement
from pipelines.domain.proposals import ApprovedChange, ChangeKind, Wording
from pipelines.domain.reports import CarriedChange
from pipelines.domain.table_edits import EditKind, TableEdit
from pipelines.errors import KennisstandError, TableError

Tell = Callable[[int, EditResult, KennisstandError | None], None]


class HandChanges:
    """Takes edits one after the other; those of one statement become one change.

    Parameters
    ----------
    known, language, people
        What the edits are held against, the language of the document, in whose name they count.
    tell
        Called with the place of an edit and what it comes down to, where that is no change.
    """

    def __init__(self, known: Known, language: str, people: tuple[str, ...], tell: Tell) -> None:
        self._known, self._language, self._people, self._tell = known, language, people, tell
        self.changes: dict[str, PlannedChange] = {}
        """By proposal, or by statement where the change is by hand."""
        self._now = {statement.id: (row.id, statement) for row, statement in known.current.statements()}
        self._shown = {statement.id: (row.id, statement) for row, statement in known.shown.statements()}
        self._marked = {change.change_id: change for change in known.carried.changes}

    def worded(self, text: str) -> Wording:
        """Text in the language of the document; what the other said falls away."""
        return Wording(nl=text) if self._language == "nl" else Wording(en=text)

    def with_source(self, place: int, edit: TableEdit, change: ApprovedChange) -> ApprovedChange:
        """``change`` with the source note of the document, where that is another."""
        if edit.source is None:
            return change
        if not edit.source and not change.change.adds:
            reason = TableError("error.note_source", statement=change.statement_id or "")
            self._tell(place, EditResult.APPLIED, reason)
            return change
        return change.model_copy(update={"source": edit.source})

    def take(self, place: int, edit: TableEdit, marked: CarriedChange | None) -> None:
        """Take an edit; ``marked`` is the change that the table held already when the document was written."""
        statement_id = edit.statement_id or ""
        if marked is not None and edit.kind is EditKind.ACCEPTED:
            self._tell(place, EditResult.ALREADY, None)
        elif edit.kind is EditKind.ADDED:
            self._add(place, edit)
        elif not statement_id:
            self._tell(place, EditResult.REFUSED, TableError("error.note_row_title", row=edit.row_id or "-"))
        elif edit.kind is EditKind.MOVED and self._goes_with_proposal(place, edit):
            return
        elif self._is_so_already(edit, marked):
            self._tell(place, EditResult.ALREADY, None)
        elif self._now.get(statement_id) != self._shown.get(statement_id) or statement_id not in self._now:
            self._tell(place, EditResult.REFUSED, TableError("error.note_changed", statement=statement_id))
        elif marked is not None and edit.kind is EditKind.REJECTED:
            self._take_back(place, statement_id)
        else:
            self._change(place, edit, statement_id)

    def _goes_with_proposal(self, place: int, edit: TableEdit) -> bool:
        """Whether the edit puts elsewhere what a proposal changes, so that the two are one change."""
        for proposal_id, planned in self.changes.items():
            marked = self._marked.get(proposal_id)
            if marked is None or marked.statement_id != edit.statement_id:
                continue
            update = {"to_column": edit.column, "row_id": edit.row_id}
            if not planned.change.change.adds:
                update["change"] = ChangeKind.MOVE
            if self._enough(place, edit.column is Column.KNOWN and marked.to_column is not Column.KNOWN):
                planned.change = planned.change.model_copy(update=update)
                planned.edits.append(place)
            return True
        return False

    def _is_so_already(self, edit: TableEdit, marked: CarriedChange | None) -> bool:
        found = self._now.get(edit.statement_id or "")
        if found is None:
            return edit.kind is EditKind.REMOVED or (edit.kind is EditKind.REJECTED and marked is not None)
        row_id, statement = found
        if edit.kind is EditKind.MOVED:
            return (row_id, statement.column) == (edit.row_id, edit.column)
        same_source = edit.source is None or edit.source == statement.source
        return edit.kind in (EditKind.EDITED, EditKind.REWORDED) and same_source and self._says(statement, edit.text)

    def _says(self, statement: Statement, text: str) -> bool:
        return " ".join(statement.text(self._language).split()) == " ".join(text.split())

    def _enough(self, place: int, upward: bool) -> bool:
        needed = self._known.people_for_known if upward else 1
        if len(self._people) >= needed:
            return True
        self._tell(place, EditResult.REFUSED, TableError("error.note_people", n=needed))
        return False

    def _plan(self, key: str, change: ApprovedChange, edits: list[int]) -> None:
        self.changes[key] = PlannedChange(change, edits, set(self._people))

    def _add(self, place: int, edit: TableEdit) -> None:
        row = next((row for row in self._known.current.rows if row.id == edit.row_id), None)
        column = edit.column or Column.TREND
        if row is not None and any(self._says(one, edit.text) for one in row.column(column)):
            self._tell(place, EditResult.ALREADY, None)
        elif self._enough(place, column is Column.KNOWN):
            change = ApprovedChange(
                change=ChangeKind.ADD_STATEMENT,
                row_id=edit.row_id,
                to_column=column,
                wording=self.worded(edit.text),
                source=edit.source or "",
            )
            self._plan(f"added {place}", change, [place])

    def _change(self, place: int, edit: TableEdit, statement_id: str) -> None:
        row_id, statement = self._now[statement_id]
        planned = self.changes.get(statement_id)
        change = ApprovedChange(
            change=ChangeKind.REWORD, row_id=row_id, statement_id=statement_id, before=statement
        )  # fmt: skip
        if planned is not None:
            change = planned.change
        upward = False
        if edit.kind is EditKind.REMOVED:
            change = change.model_copy(update={"change": ChangeKind.REMOVE})
        elif edit.kind is EditKind.MOVED:
            column = edit.column or statement.column
            upward = column is Column.KNOWN and statement.column is not Column.KNOWN
            update = {"change": ChangeKind.MOVE, "row_id": edit.row_id or row_id, "to_column": column}
            change = change.model_copy(update=update)
        else:
            if not self._says(statement, edit.text):
                change = change.model_copy(update={"wording": self.worded(edit.text)})
            change = self.with_source(place, edit, change)
        if self._enough(place, upward):
            self._plan(statement_id, change, [place] if planned is None else [*planned.edits, place])

    def _take_back(self, place: int, statement_id: str) -> None:
        """A change that the table holds and that was refused in the document."""
        row_id, statement = self._now[statement_id]
        old = {one.id: (row.id, one) for row, one in self._known.carried.table.statements()}.get(statement_id)
        if old is None:
            change = ApprovedChange(change=ChangeKind.REMOVE, row_id=row_id, statement_id=statement_id)
            if self._enough(place, False):
                self._plan(statement_id, change, [place])
            return
        old_row, before = old
        if before.narrowed != statement.narrowed and before.column is statement.column:
            self._tell(place, EditResult.REFUSED, TableError("error.note_narrowed", statement=statement_id))
            return
        moved = (row_id, statement.column) != (old_row, before.column)
        change = ApprovedChange(
            change=ChangeKind.MOVE if moved else ChangeKind.REWORD,
            row_id=old_row,
            statement_id=statement_id,
            to_column=before.column if moved else None,
            wording=Wording(nl=before.nl, en=before.en),
            source=before.source,
            before=statement,
        )
        if self._enough(place, before.column is Column.KNOWN and statement.column is not Column.KNOWN):
            self._plan(statement_id, change, [place])
