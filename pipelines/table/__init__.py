"""The evidence table: reading, writing and comparing its versions."""

from pipelines.table.comparison import StatementChange, compare_tables
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
    "compare_tables",
    "read_table",
    "read_table_with_notes",
    "starting_table",
    "write_table",
]
