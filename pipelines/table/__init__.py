"""The evidence table: reading, writing and comparing its versions."""

from pipelines.table.comparison import StatementChange, compare_tables
from pipelines.table.formats import READABLE_FORMATS, WRITABLE_FORMATS, read_table, write_table
from pipelines.table.starting import starting_table

__all__ = [
    "READABLE_FORMATS",
    "WRITABLE_FORMATS",
    "StatementChange",
    "compare_tables",
    "read_table",
    "starting_table",
    "write_table",
]
