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

    @property
    def key(self) -> str:
        """Of the sentence that says it."""
        if self.kind is ReadingNoteKind.NOT_FOUND:
            return f"table.reading.not_found.{'near' if self.other else 'gone'}"
        return f"table.reading.{self.kind.value}"


class TableReading(Record):
    """A table as read from a file."""

    table: EvidenceTable
    notes: tuple[ReadingNote, ...] = ()

    def sentences(self, language: Language) -> list[str]:
        """The notes in words, those that say the same of several statements in one sentence."""
        together: dict[tuple[str, str, str], list[str]] = {}
        for note in self.notes:
            together.setdefault((note.key, note.language, note.other), []).append(note.id)
        return [
            text(
                key,
                language,
                id=", ".join(ids),
                language=text(f"table.reading.language.{dropped}", language) if dropped else "",
                other=other,
            )
            for (key, dropped, other), ids in together.items()
        ]
