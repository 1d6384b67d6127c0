"""The update report as a tree of sections; Word, HTML and other files are renderings of it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from pipelines.domain.record import Record


class Span(Record):
    """A stretch of text in a paragraph."""

    text: str
    bold: bool = False
    italic: bool = False
    url: str | None = None


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
    passage_id: str
    text: str
    key_start: int | None = None
    key_end: int | None = None
    """Span of the key sentence in ``text``."""
    source: str
    """Publisher, title, year, page: as one line."""
    labels: tuple[tuple[str, str], ...] = ()
    """Name and value: relation, column, evidence kind, direction, figures."""
    why: str = ""
    language: str = "nl"


class Table(Record):
    type: Literal["table"] = "table"
    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[tuple[Span, ...], ...], ...]
    widths: tuple[float, ...] = ()
    """Shares of the width of the page; empty for equal columns."""
    landscape: bool = False
    group_rows: tuple[int, ...] = ()
    """Indices of rows that are a heading over all columns (their first cell)."""


class PlotKind(StrEnum):
    THEMES_BY_YEAR = "themes_by_year"
    EVIDENCE_BY_THEME = "evidence_by_theme"
    TOPIC_MAP = "topic_map"
    TOPIC_SIZES = "topic_sizes"


class Plot(Record):
    """A plot with its data; drawn by the renderers. ``alternative`` says in words what it shows."""

    type: Literal["plot"] = "plot"
    kind: PlotKind
    caption: str
    alternative: str
    series: dict[str, dict[str, float]]
    """Name of the series -> label on the axis -> value."""
    x_label: str = ""
    y_label: str = ""


Item = Annotated[Paragraph | BulletList | Quotation | Table | Plot, Field(discriminator="type")]


class Section(Record):
    title: str
    anchor: str
    items: tuple[Item, ...] = ()
    sections: tuple[Section, ...] = ()


class FlagLine(Record):
    """One line of the Excel list of flags, also of the export of passages that are shown in the report."""

    values: tuple[str | int | float | None, ...]


class UpdateReport(Record):
    """The whole report in one language."""

    language: Literal["nl", "en"]
    title: str
    subtitle: str
    date: str
    """ISO date."""
    run: str
    sections: tuple[Section, ...]
    flags_header: tuple[str, ...] = ()
    flags: tuple[FlagLine, ...] = ()
