"""Ids for rows and statements that come new into the table."""

from __future__ import annotations

from collections.abc import Container

from pipelines.domain.evidence_table import Column
from pipelines.domain.themes import Theme

_LETTERS = {
    Theme.ADOPTION: "A",
    Theme.PRODUCTIVITY: "B",
    Theme.JOB_QUALITY: "C",
    Theme.EMPLOYMENT: "D",
    Theme.OTHER_EFFECTS: "E",
}
_COLUMN_LETTERS = {Column.KNOWN: "k", Column.UNCERTAIN: "u", Column.TREND: "t"}
_MOST = 10_000


def free_row_id(chapter: Theme, taken: Container[str]) -> str:
    """The first free id of a chapter, for instance ``B5``."""
    return next(i for n in range(1, _MOST) if (i := f"{_LETTERS[chapter]}{n}") not in taken)


def free_statement_id(row_id: str, column: Column, taken: Container[str]) -> str:
    """The first free id of a row and column, for instance ``B5.k1``."""
    return next(i for n in range(1, _MOST) if (i := f"{row_id}.{_COLUMN_LETTERS[column]}{n}") not in taken)
