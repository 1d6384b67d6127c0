"""The evidence table: reading, writing and comparing its versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.table.comparison import StatementChange, TextChange, compare_tables, word_changes
from pipelines.table.reading import ReadingNote, ReadingNoteKind, TableReading
from pipelines.table.starting import starting_table

if TYPE_CHECKING:
    from pipelines.table.formats import (
        READABLE_FORMATS,
        WRITABLE_FORMATS,
        read_table,
        read_table_with_notes,
        write_table,
    )

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


def __getattr__(name: str) -> object:
    """Names of ``formats``, when first asked for: Word and Excel take a second to import, and a scan needs neither."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from pipelines.table import formats

    return getattr(formats, name)
