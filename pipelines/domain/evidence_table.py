"""The evidence table: rows (questions) with statements in the columns known, uncertain and trend."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from pipelines.domain.record import SCHEMA_VERSION, Record
from pipelines.domain.themes import Theme


class Column(StrEnum):
    KNOWN = "known"
    UNCERTAIN = "uncertain"
    TREND = "trend"


class Statement(Record):
    """One statement of the table, in Dutch and English; one of the two may be missing after an import."""

    id: str
    column: Column
    nl: str = ""
    en: str = ""
    source: str = ""
    """Source note as printed, for instance ``Par. 3.2, CDT34``; empty where the table gives none."""
    narrowed: bool = False
    """Only in the column uncertain: part of the question was answered since, and the wording says which."""
    review_by: date | None = None
    """Last day on which the statement may stand without anybody looking at it again; ``None`` sets no day."""

    @model_validator(mode="after")
    def _check_narrowed(self) -> Self:
        if self.narrowed and self.column != Column.UNCERTAIN:
            raise ValueError("only an uncertain statement can be narrowed")
        return self

    def text(self, language: str) -> str:
        """Text in ``language`` (``nl`` or ``en``), else in the other."""
        return (self.nl or self.en) if language == "nl" else (self.en or self.nl)

    def text_in(self, language: str) -> str:
        """Text in ``language`` (``nl`` or ``en``) alone; empty where there is none."""
        return self.nl if language == "nl" else self.en


class TableRow(Record):
    """One question of the table."""

    id: str
    chapter: Theme
    nl: str = ""
    en: str = ""
    statements: tuple[Statement, ...] = ()

    def title(self, language: str) -> str:
        """Name of the row in ``language`` (``nl`` or ``en``), else in the other."""
        return (self.nl or self.en) if language == "nl" else (self.en or self.nl)

    def column(self, column: Column) -> tuple[Statement, ...]:
        """Statements of one column, in order."""
        return tuple(s for s in self.statements if s.column == column)


class EvidenceTable(Record):
    """One version of the table. Versions are never changed, only followed."""

    schema_version: int = SCHEMA_VERSION
    version: str
    """Name of the version; the shipped one is named after its date."""
    rows: tuple[TableRow, ...] = Field(default=())

    @model_validator(mode="after")
    def _check_ids(self) -> Self:
        rows = [row.id for row in self.rows]
        statements = [s.id for row in self.rows for s in row.statements]
        if len(set(rows)) != len(rows) or len(set(statements)) != len(statements):
            raise ValueError("ids of rows and statements are unique")
        return self

    def row(self, row_id: str) -> TableRow:
        """The row with this id; ``KeyError`` where there is none."""
        for row in self.rows:
            if row.id == row_id:
                return row
        raise KeyError(row_id)

    def statements(self) -> Iterator[tuple[TableRow, Statement]]:
        """All statements with their rows, in table order."""
        for row in self.rows:
            for statement in row.statements:
                yield row, statement
