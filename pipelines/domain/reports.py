"""The update report as a tree of sections; Word, HTML and other files are renderings of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from pipelines.domain.evidence_table import Column, EvidenceTable
from pipelines.domain.languages import Language
from pipelines.domain.proposals import ChangeKind, Wording
from pipelines.domain.record import SCHEMA_VERSION, Record


class Span(Record):
    """A stretch of text in a paragraph."""

    text: str
    bold: bool = False
    italic: bool = False
    url: str | None = None
    language: str | None = None
    """``None`` where it is in the language of the report."""
    change: Literal["inserted", "deleted"] | None = None
    """In Word a tracked change; elsewhere marked in a way that needs no colour."""


class Line(Record):
    """One paragraph of a table cell."""

    spans: tuple[Span, ...]
    style: Literal["body", "note", "quote", "source"] = "body"


class Paragraph(Record):
    type: Literal["paragraph"] = "paragraph"
    spans: tuple[Span, ...]
    style: Literal["body", "note", "lead"] = "body"


class BulletList(Record):
    type: Literal["list"] = "list"
    items: tuple[tuple[Span, ...], ...]


class Quotation(Record):
    """A passage quoted with where it stands and why it is shown."""

    type: Literal["quotation"] = "quotation"
    number: str
    """Short name within the report, for instance ``A1-3``; the Excel list gives the same number."""
    passage_id: str
    text: str
    """The passage, shortened with ``[…]`` where it is very long."""
    key_start: int | None = Field(default=None, ge=0)
    key_end: int | None = Field(default=None, ge=0)
    """Span of the key sentence in ``text``."""
    source: str
    """Publisher, title, year, page: as one line."""
    url: str | None = None
    also_in: tuple[str, ...] = ()
    """Other documents that say the same in (nearly) the same words."""
    labels: tuple[tuple[str, str], ...] = ()
    """Name and value: relation, column, evidence kind, direction, figures."""
    statement: str = ""
    """The nearest statement of the table, with its id; empty where there is none."""
    why: str = ""
    second_opinion: str = ""
    """How a language model reads the passage; empty where none was asked."""
    language: str = "nl"

    @model_validator(mode="after")
    def _check_key(self) -> Self:
        if (self.key_start is None) != (self.key_end is None):
            raise ValueError("the key sentence has a start and an end, or neither")
        start, end = self.key_start or 0, self.key_end or 0
        if self.key_start is not None and not start < end <= len(self.text):
            raise ValueError("the key sentence lies outside its quotation")
        return self


class Cell(Record):
    """A cell of a table; no lines is an empty cell."""

    lines: tuple[Line, ...] = ()


class Table(Record):
    type: Literal["table"] = "table"
    anchor: str
    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    widths: tuple[float, ...] = ()
    """Shares of the width of the page; empty for equal columns."""
    row_headings: bool = True
    """Whether the first cell of a row names the row."""
    number_columns: tuple[int, ...] = ()
    """Columns of numbers, set to the right."""
    total_row: bool = False
    """Whether the last row is a total."""

    @model_validator(mode="after")
    def _check_shape(self) -> Self:
        if any(len(row) != len(self.header) for row in self.rows):
            raise ValueError("every row of a table has as many cells as its header")
        if self.widths and len(self.widths) != len(self.header):
            raise ValueError("a table has a width for every column or for none")
        return self


class Remark(Record):
    """A comment in the margin: why something changes."""

    author: str
    moment: datetime
    """In UTC, without time zone."""
    lines: tuple[str, ...]
    """Paragraphs: the reason first, then the references."""


class RevisedStatement(Record):
    """A statement in a table with changes, at one of its places: a statement that moves stands in the table twice."""

    statement_id: str
    """Of a new statement the id that it gets."""
    spans: tuple[Span, ...]
    """Its text, in which spans are inserted or deleted; where ``whole`` is set, plain text."""
    source: tuple[Span, ...] = ()
    """Its source note."""
    whole: Literal["inserted", "deleted"] | None = None
    """Where the statement as a whole comes to this place, or leaves it."""
    change_id: str | None = None
    """The proposal; ``hand:`` with version and statement for a change by hand; ``None`` where nothing changes."""
    state: Literal["kept", "approved", "proposed"] = "kept"
    author: str = ""
    """Who approved the change, else the name under which the program proposes."""
    moment: datetime | None = None
    """Of the approval or the proposal, in UTC without time zone; ``None`` where nothing changes."""
    remark: Remark | None = None
    confidence: str = ""
    """Confidence in words, in the language of the report; empty where it is not shown."""


class RevisedRow(Record):
    """A row of the table; each of the three columns holds statements."""

    row_id: str
    title: str
    whole: Literal["inserted", "deleted"] | None = None
    change_id: str | None = None
    author: str = ""
    moment: datetime | None = None
    known: tuple[RevisedStatement, ...] = ()
    uncertain: tuple[RevisedStatement, ...] = ()
    trend: tuple[RevisedStatement, ...] = ()

    def column(self, column: Column) -> tuple[RevisedStatement, ...]:
        """Statements of one column, in order."""
        return {Column.KNOWN: self.known, Column.UNCERTAIN: self.uncertain, Column.TREND: self.trend}[column]


class RevisedChapter(Record):
    title: str
    rows: tuple[RevisedRow, ...]


class RevisedTable(Record):
    """The council's table with its changes."""

    type: Literal["revised_table"] = "revised_table"
    anchor: str
    caption: str
    header: tuple[str, str, str]
    """The three columns."""
    chapters: tuple[RevisedChapter, ...]


class CarriedChange(Record):
    """A change as a Word document shows it, so that what comes back can be held against it."""

    change_id: str
    change: ChangeKind
    row_id: str
    """Of a new row the id that it gets."""
    statement_id: str
    to_column: Column | None = None
    before: Wording = Wording()
    after: Wording = Wording()
    row_title: Wording = Wording()
    """Only of a new row."""
    state: Literal["approved", "proposed"]


class CarriedData(Record):
    """What a Word document holds inside, out of sight, to be read back without loss: both languages, and all ids."""

    schema_version: int = SCHEMA_VERSION
    language: str
    """Of the text that can be seen."""
    table: EvidenceTable
    """Before the changes."""
    changes: tuple[CarriedChange, ...] = ()


class PlotKind(StrEnum):
    RELATIONS_BY_ROW = "relations_by_row"
    THEMES_BY_YEAR = "themes_by_year"
    EVIDENCE_BY_THEME = "evidence_by_theme"
    TOPIC_MAP = "topic_map"
    TOPIC_SIZES = "topic_sizes"
    KINDS_BY_ROW = "kinds_by_row"
    """Lying bars: accepted evidence of every row, by kind."""
    STATEMENT_MOVES = "statement_moves"
    """Lying bars: statements by column, at several moments."""
    TOPICS_OVER_TIME = "topics_over_time"
    """A small plot a topic, over scans."""
    TOPIC_SPREAD = "topic_spread"
    """A table of shades: a line a topic, a column a series."""
    FIGURES_BY_YEAR = "figures_by_year"
    """Points: what studies found of one indicator, by year."""


class Point(Record):
    """A mark on a map, or a figure of a study over the years."""

    label: str
    x: float
    y: float
    size: float = Field(ge=0)
    marked: bool = False
    """Set apart from the others, see ``Plot.marked_label``."""
    low: float | None = None
    high: float | None = None
    """Ends of a range of which ``y`` is the middle."""
    name: str = ""
    """Only on a map: written beside the mark."""
    new: bool = False
    """Only on a map: has a ring, see ``Plot.new_label``."""


class Plot(Record):
    """A plot with its data; drawn by the renderers. ``alternative`` says in words what it shows."""

    type: Literal["plot"] = "plot"
    kind: PlotKind
    anchor: str
    caption: str
    alternative: str
    series: dict[str, dict[str, float]] = Field(default_factory=dict)
    """Name of the series -> label on the axis -> value; every series has the same labels in the same order."""
    points: tuple[Point, ...] = ()
    """Only for a map and for figures by year; ``x`` is then the year, ``y`` the figure."""
    x_label: str = ""
    y_label: str = ""
    plain_label: str = ""
    marked_label: str = ""
    """What a plain and a marked point stand for."""
    new_label: str = ""
    """What a ring stands for."""
    groups: tuple[tuple[str, int], ...] = ()
    """Only of a table of shades: name of a group of series that stand together, and how many they are, in order."""


Item = Annotated[Paragraph | BulletList | Quotation | Table | RevisedTable | Plot, Field(discriminator="type")]


class Section(Record):
    title: str
    anchor: str
    items: tuple[Item, ...] = ()
    sections: tuple[Section, ...] = ()
    landscape: bool = False
    """Only for sections of the highest level: printed on pages lying down."""


class SheetColumn(Record):
    """A column of a work sheet."""

    title: str
    width: float = Field(gt=0)
    """In characters, as spreadsheets count."""
    share: bool = False
    """Holds shares between 0 and 1, shown as per cents."""


class Sheet(Record):
    """A work sheet of the Excel file; every row has a value for each column."""

    name: str
    columns: tuple[SheetColumn, ...]
    rows: tuple[tuple[str | int | float | None, ...], ...] = ()

    @model_validator(mode="after")
    def _check_shape(self) -> Self:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError("every row of a sheet has as many values as there are columns")
        return self


class SlideSummary(Record):
    """The whole note on one slide."""

    title: str
    subtitle: str
    figures: tuple[tuple[str, str], ...]
    """Number and what it counts; at most five."""
    columns: tuple[tuple[str, tuple[str, ...]], ...]
    """Heading and short lines; at most three of at most six lines."""
    footer: str


class UpdateReport(Record):
    """The whole report in one language."""

    language: Language
    title: str
    subtitle: str
    created: datetime
    """Moment kept in the properties of the files: that of the run, so that the same run gives the same files."""
    run: str
    sections: tuple[Section, ...]
    sheets: tuple[Sheet, ...] = ()
    summary: SlideSummary | None = None
    """Only in an update note."""
    carried: CarriedData | None = None
    """Only in an update note."""
