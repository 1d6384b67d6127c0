"""What people did with the table in a Word document."""

from __future__ import annotations

from enum import StrEnum

from pipelines.domain.evidence_table import Column
from pipelines.domain.record import Record


class EditKind(StrEnum):
    """What somebody did in a Word document with a statement or with a proposed change."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    OPEN = "open"
    """The tracked change was left as it was."""
    REWORDED = "reworded"
    """Accepted in other words."""
    EDITED = "edited"
    """No change was proposed, and the text is another."""
    MOVED = "moved"
    """Put in another column or row by hand."""
    ADDED = "added"
    REMOVED = "removed"
    UNPLACED = "unplaced"
    """Nothing can be made of it; ``text`` holds what it says."""


class TableEdit(Record):
    """One difference between a Word document as it was written and as it came back."""

    kind: EditKind
    change_id: str | None = None
    """The proposal, where it is about one."""
    row_id: str | None = None
    statement_id: str | None = None
    column: Column | None = None
    """Where the statement stands in the document that came back."""
    text: str = ""
    """In the language of the document."""
    place: str = ""
    """Where in the document, in words for people: heading of the row, number of the table row."""
    author: str = ""
    """Of a tracked change of somebody's own, where the document names one."""
    source: str | None = None
    """The source note that stands there now, empty where it was taken away; ``None`` where it is as it was, or where
    the edit is of no statement."""


class NoteReading(Record):
    """What an edited Word document says."""

    language: str
    table_version: str
    """The version that the document was written from."""
    edits: tuple[TableEdit, ...] = ()
    """Unchanged statements are not in it."""
    n_unchanged: int = 0
