"""The evidence table: reading, writing and comparing its versions."""

from pipelines.table.comparison import StatementChange, TextChange, compare_tables, word_changes
from pipelines.table.formats import READABLE_FORMATS, WRITABLE_FORMATS, read_table, read_table_with_notes, write_table
from pipelines.table.reading import ReadingNote, ReadingNoteKind, TableReading
from pipelines.table.starting import starting_table

__all__ = [
    "READABLE_FORMATS",
    "WRITABLE_FORMATS",
    "ReadingNote",
    "ReadingNoteKind",
    "StatementChange",
    "TableReading",
    "TextChange",
    "compare_tables",
    "read_table",
    "read_table_with_notes",
    "starting_table",
    "word_changes",
    "write_table",
]
