"""What reading a table gives: the table, and what people have to know of how it was read."""

from __future__ import annotations

from enum import StrEnum

from pipelines.domain.evidence_table import EvidenceTable
from pipelines.domain.record import Record
from pipelines.strings import Language, text


class ReadingNoteKind(StrEnum):
    OTHER_LANGUAGE_DROPPED = "other_language_dropped"
    """The text that can be seen was changed, so that the one in the other language would say something else."""
    NARROWED_DROPPED = "narrowed_dropped"
    """It stands in another column now, where nothing can be narrowed."""
    ID_REPEATED = "id_repeated"
    """The id stands in the file twice; the second time it got another."""
    NOT_FOUND = "not_found"
    """A statement of the version before that the file does not hold as a statement of its own."""


class ReadingNote(Record):
    """Something that reading could not settle without loss."""

    kind: ReadingNoteKind
    id: str
    """Of the statement or row."""
    language: str = ""
    """Of a text that was dropped."""
    other: str = ""
    """Another id: the one given instead, or the statement that says the most similar thing; may be empty."""

    def sentence(self, language: Language) -> str:
        """The note in words."""
        variant = ""
        if self.kind is ReadingNoteKind.NOT_FOUND:
            variant = ".near" if self.other else ".gone"
        named = text(f"table.reading.language.{self.language}", language) if self.language else ""
        return text(f"table.reading.{self.kind.value}{variant}", language, id=self.id, language=named, other=self.other)


class TableReading(Record):
    """A table as read from a file."""

    table: EvidenceTable
    notes: tuple[ReadingNote, ...] = ()
