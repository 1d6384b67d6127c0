"""The chapter and the list of figures: what they measure, for whom, where and when, and what they rest on."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from pipelines.domain.evidence import Figure, FigureRole
from pipelines.domain.reports import Cell, Item, Line, Section, Sheet, SheetColumn, Span, Table
from pipelines.report.drafting import Draft, cell, paragraph
from pipelines.report.figure_series import FigureSeries, find_series, tells
from pipelines.report.findings import Finding, select_findings
from pipelines.report.plain import one_line
from pipelines.report.section_rows import excerpt
from pipelines.report.wording import document_line, document_title, number, pages, source_line

_SERIES_SHOWN = 15
_PER_ROW, _PER_FINDING = 4, 2
"""Figures in the chapter: at most about six pages. The list for Excel holds all."""
_WORDS = 45
_SPACES = re.compile(r"\s+")
_COLUMNS = {
    "number": 9, "row": 7, "printed": 18, "value": 12, "unit": 18, "measures": 44, "population": 30, "place": 18,
    "period": 18, "basis": 16, "role": 13, "against": 16, "publisher": 24, "title": 36, "year": 7, "page": 9,
    "passage": 23,
}  # fmt: skip
_SHARED = {"measures", "basis"}


class FoundFigure(NamedTuple):
    """A figure and the finding that gives it."""

    finding: Finding
    figure: Figure

    @property
    def against(self) -> str:
        """The figure that this one is set against, as printed; empty where there is none."""
        figures = self.finding.evidence.figures
        return next((one_line(f.text) for f in figures if f.start == self.figure.compared_with), "")


def _all(draft: Draft) -> Iterator[FoundFigure]:
    for finding in draft.findings.flagged:
        for figure in finding.evidence.figures:
            yield FoundFigure(finding, figure)


def _chosen(found: list[FoundFigure]) -> list[FoundFigure]:
    """Outcomes and forecasts that say what they measure: of each row those of the most certain findings."""
    told = [f for f in found if tells(f.figure)]
    ranked = sorted(told, key=lambda f: -f.finding.evidence.flag)
    taken: Counter[str | None] = Counter()
    chosen: list[FoundFigure] = []
    for one in ranked:
        row, number_of = f"row {one.finding.row}", one.finding.number
        if taken[row] < _PER_ROW and taken[number_of] < _PER_FINDING:
            taken.update((row, number_of))
            chosen.append(one)
    return [one for one in told if any(one is other for other in chosen)]


def figures_section(draft: Draft) -> Section:
    """Draft the figures of the flagged findings, by row of the table."""
    title, found = draft.term("report_figures.heading"), list(_all(draft))
    if not found:
        return Section(title=title, anchor="figures", items=(paragraph(draft.term("report_figures.nothing")),))
    chosen = _chosen(found)
    form = "one" if len(found) == 1 else "many"
    counts = draft.fill(
        f"report_figures.count.{form}",
        n=number(len(found), draft.language),
        shown=number(len(chosen), draft.language),
    )
    items: list[Item] = [paragraph(draft.term("report_figures.intro"), counts)]
    if chosen:
        columns = ("figure", "sentence", "scope", "basis", "source")
        items.append(
            Table(
                anchor="figures-table",
                caption=draft.term("report_figures.caption"),
                header=tuple(draft.term(f"report_figures.column_{column}") for column in columns),
                rows=tuple(_row(draft, one) for one in chosen),
                widths=(0.12, 0.32, 0.24, 0.11, 0.21),
            )
        )
    series = _series_section(draft)
    return Section(title=title, anchor="figures", items=tuple(items), sections=() if series is None else (series,))


def _series_section(draft: Draft) -> Section | None:
    """Figures that several documents give for one thing, new ones and earlier ones; ``None`` where there are none."""
    material = draft.material
    everything = draft.findings.flagged
    if not all(material.is_new(d.id) for d in material.documents):
        everything = select_findings(material.model_copy(update={"new_documents": None})).flagged
    found = find_series(everything)[:_SERIES_SHOWN]
    if not found:
        return None
    columns = ("row", "measures", "series", "differs")
    return Section(
        title=draft.term("report_figures.series_heading"),
        anchor="figure-series",
        items=(
            paragraph(draft.term("report_figures.series_intro")),
            Table(
                anchor="series-table",
                caption=draft.term("report_figures.series_caption"),
                header=tuple(draft.term(f"report_figures.column_{column}") for column in columns),
                rows=tuple(_series_row(draft, series) for series in found),
                widths=(0.1, 0.26, 0.5, 0.14),
            ),
        ),
    )


def _series_row(draft: Draft, series: FigureSeries) -> tuple[Cell, ...]:
    lines: list[Line] = []
    for one in series.figures:
        where = ", ".join(filter(None, (str(one.year) if one.year else "", one_line(one.figure.place))))
        document = document_line(one.finding.passage.document, draft.language)
        told = f" ({where}; {document})" if where else f" ({document})"
        printed = Span(text=one_line(one.figure.text), bold=True, language=one.finding.passage.passage.language)
        lines.append(Line(spans=(printed, Span(text=told))))
    measured = Line(spans=(Span(text=one_line(series.measures), language=series.language),))
    differs = draft.term("report_figures.differs") if series.differs else ""
    return cell(series.row), Cell(lines=(measured,)), Cell(lines=tuple(lines)), cell(differs)


def _row(draft: Draft, one: FoundFigure) -> tuple[Cell, ...]:
    figure, passage = one.figure, one.finding.passage
    against = draft.fill("report_figures.against", text=one.against) if one.against else ""
    printed = [Line(spans=(Span(text=one_line(figure.text), bold=True, language=passage.passage.language),))]
    if against:
        printed.append(Line(spans=(Span(text=against),), style="note"))
    source = source_line(passage.document, passage.passage, draft.language)
    return (
        Cell(lines=tuple(printed)),
        Cell(lines=(Line(spans=_sentence(one)),)),
        cell(*(one_line(part) for part in (figure.population, figure.place, figure.period) if part)),
        cell(_basis(draft, figure), draft.term("figure_role.forecast") if figure.role is FigureRole.FORECAST else ""),
        Cell(lines=(Line(spans=(Span(text=f"{one.finding.number}: ", bold=True), Span(text=source)), style="source"),)),
    )


def _sentence(one: FoundFigure) -> tuple[Span, ...]:
    """The sentence that holds the figure, with the figure in bold; cut around it where it is very long."""
    passage, figure = one.finding.passage.passage, one.figure
    spans = [(s.start, s.end) for s in passage.sentences if s.start <= figure.start < s.end]
    start, end = spans[0] if spans else (0, len(passage.text))
    end = max(end, figure.end)
    shown, key = excerpt(passage.text[start:end], (figure.start - start, figure.end - start), _WORDS)
    if key is None:
        return (Span(text=one_line(shown), language=passage.language),)
    parts = ((shown[: key[0]], False), (shown[slice(*key)], True), (shown[key[1] :], False))
    return tuple(
        Span(text=_SPACES.sub(" ", told), bold=bold, language=passage.language) for told, bold in parts if told
    )


def _basis(draft: Draft, figure: Figure) -> str:
    return draft.term(f"figure_source.{figure.source}") if figure.source else ""


def figures_sheet(draft: Draft) -> tuple[Sheet, ...]:
    """Every figure of the flagged findings; no sheet where there are none."""
    rows = tuple(_values(draft, one) for one in _all(draft))
    if not rows:
        return ()
    titles = {
        name: draft.term(f"report_figures.{'column' if name in _SHARED else 'sheet'}_{name}") for name in _COLUMNS
    }
    columns = tuple(SheetColumn(title=titles[name], width=width) for name, width in _COLUMNS.items())
    return (Sheet(name=draft.term("report_figures.sheet"), columns=columns, rows=rows),)


def _values(draft: Draft, one: FoundFigure) -> tuple[str | int | float | None, ...]:
    figure, passage = one.figure, one.finding.passage
    metadata = passage.document.metadata
    value: str | float = figure.value
    if "-" not in figure.value.lstrip("-"):
        value = float(figure.value)
    return (
        one.finding.number,
        one.finding.row,
        one_line(figure.text),
        value,
        figure.unit or None,
        one_line(figure.measures) or None,
        one_line(figure.population) or None,
        one_line(figure.place) or None,
        one_line(figure.period) or None,
        _basis(draft, figure) or None,
        draft.term(f"figure_role.{figure.role}"),
        one.against or None,
        one_line(metadata.publisher or "") or None,
        document_title(passage.document),
        metadata.year,
        pages(passage.passage, draft.language) or None,
        passage.passage.id,
    )
