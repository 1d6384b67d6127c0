"""The report as one HTML file: styles and plots inside, no script, nothing fetched from elsewhere."""

from __future__ import annotations

from datetime import date
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from pipelines.domain.evidence_table import Column
from pipelines.domain.reports import Plot, RevisedTable, UpdateReport
from pipelines.report.charts import draw_svg
from pipelines.report.numbering import caption_numbers, chapter_numbers
from pipelines.report.plain import one_line, printable, web_address
from pipelines.report.wording import long_date, number
from pipelines.strings import text


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("pipelines.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"plain": printable, "line": one_line, "address": web_address, "drawn": _drawn}
    return environment.get_template("report.html.j2")


def _drawn(plot: Plot) -> Markup:
    # Made by our own drawing code, in which matplotlib and lxml escape every label.
    return Markup(draw_svg(plot))


def key_parts(quotation_text: str, start: int | None, end: int | None) -> tuple[str, str, str]:
    """The quotation before, in and after its key sentence."""
    if start is None or end is None:
        return quotation_text, "", ""
    return quotation_text[:start], quotation_text[start:end], quotation_text[end:]


def remark_numbers(table: RevisedTable) -> dict[tuple[str, str], int]:
    """Statement and column -> number of its remark, from 1 in reading order."""
    places = [
        (statement.statement_id, column.value)
        for chapter in table.chapters
        for row in chapter.rows
        for column in Column
        for statement in row.column(column)
        if statement.remark is not None
    ]
    return {place: number_of for number_of, place in enumerate(places, start=1)}


def render_html(report: UpdateReport) -> bytes:
    """Write a report as one self-contained page in UTF-8; the same report gives the same bytes."""

    def say(key: str, **values: object) -> str:
        return text(f"report.{key}", report.language, **values)

    def figure(value: float) -> str:
        return number(value, report.language)

    def note(key: str, **values: object) -> str:
        return text(f"note.{key}", report.language, **values)

    def day(moment: date) -> str:
        return long_date(moment, report.language)

    page = _template().render(
        report=report,
        say=say,
        note=note,
        day=day,
        remark_numbers=remark_numbers,
        columns=[column.value for column in Column],
        figure=figure,
        key_parts=key_parts,
        chapters=chapter_numbers(report),
        captions=caption_numbers(report),
    )
    return page.encode("utf-8")
