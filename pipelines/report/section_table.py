"""The chapters on pages lying down: the table as it stands, and the recommendations by theme and level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipelines.domain.evidence import Level, Relation
from pipelines.domain.evidence_table import Column, Statement, TableRow
from pipelines.domain.reports import Cell, Item, Line, Section, Span, Table
from pipelines.domain.themes import Theme
from pipelines.report.drafting import Draft, cell, paragraph
from pipelines.report.findings import Finding, advice_span, count_sources, relations, theme_of
from pipelines.report.section_rows import excerpt
from pipelines.report.wording import number, source_line

#: A recommendation in a cell is the one sentence that matters; longer ones would make cells of half a page.
_WORDS_IN_CELL = 60


def _statement_lines(draft: Draft, statement: Statement, findings: Sequence[Finding]) -> list[Line]:
    source = f" ({statement.source})" if statement.source else ""
    spans = (
        Span(text=statement.id, bold=True),
        Span(text=f" {statement.text(draft.language)}{source}"),
    )
    lines = [Line(spans=spans)]
    counts = relations(findings)
    if counts:
        told = " · ".join(draft.count(f"relation_short.{relation}", n) for relation, n in counts.items())
        lines.append(Line(spans=(Span(text=told, bold=True),), style="note"))
    return lines


def _column_cell(draft: Draft, row: TableRow, column: Column, findings: tuple[Finding, ...]) -> Cell:
    lines: list[Line] = []
    for statement in row.column(column):
        bearing = [f for f in findings if f.statement is not None and f.statement.id == statement.id]
        lines += _statement_lines(draft, statement, bearing)
    new = [f for f in findings if f.evidence.relation is Relation.NEW and f.evidence.column is column]
    if new:
        told = draft.count("table.new_here", len(new))
        lines.append(Line(spans=(Span(text=told, bold=True),), style="note"))
    return Cell(lines=tuple(lines))


def _row_heading(draft: Draft, row: TableRow, findings: tuple[Finding, ...]) -> Cell:
    """Id and title of the row, with the findings that fall under none of its statements."""
    lines = [Line(spans=(Span(text=draft.row_name(row.id), bold=True),))]
    elsewhere = [
        f
        for f in findings
        if f.statement is None and not (f.evidence.relation is Relation.NEW and f.evidence.column is not None)
    ]
    if elsewhere:
        lines.append(Line(spans=(Span(text=draft.count("table.elsewhere", len(elsewhere))),), style="note"))
    return Cell(lines=tuple(lines))


def table_section(draft: Draft) -> Section:
    """Draft the evidence table with, under each statement, how many new findings bear on it and how."""
    table = draft.material.table
    rows: list[tuple[Cell, ...]] = []
    for row in table.rows:
        heading = _row_heading(draft, row, draft.findings.of_row(row.id))
        # A finding counts where its statement stands, also when that is in another row than its own.
        own = {statement.id for statement in row.statements}
        bearing = tuple(
            f for f in draft.findings.flagged if (f.statement.id in own if f.statement is not None else f.row == row.id)
        )
        rows.append((heading, *(_column_cell(draft, row, column, bearing) for column in Column)))
    items: list[Item] = [paragraph(draft.say("table.empty"))]
    if rows:
        items = [
            paragraph(draft.say("table.intro", version=table.version)),
            Table(
                anchor="evidence-table",
                caption=draft.say("table.caption", version=table.version),
                header=(
                    draft.say("sheet.row"),
                    *(draft.term(f"column_question.{column}") for column in Column),
                ),
                rows=tuple(rows),
                widths=(0.155, 0.3, 0.225, 0.32),
            ),
        ]
    return Section(title=draft.say("table.heading"), anchor="table", items=tuple(items), landscape=True)


def _advice_lines(draft: Draft, finding: Finding, mark: str) -> list[Line]:
    passage = finding.passage.passage
    start, end = advice_span(finding.passage, finding.evidence)
    shown, _ = excerpt(passage.text[start:end], None, _WORDS_IN_CELL)
    source = source_line(finding.passage.document, passage, draft.language) + (f" · {mark}" if mark else "")
    return [
        Line(spans=(Span(text=" ".join(shown.split()), language=passage.language),), style="quote"),
        Line(spans=(Span(text=f"{finding.number}: ", bold=True), Span(text=source)), style="source"),
    ]


def _advice_cell(draft: Draft, findings: list[Finding], marks: Mapping[str, str], note: str) -> Cell:
    shown = findings[: draft.options.recommendations_per_cell]
    lines = [line for finding in shown for line in _advice_lines(draft, finding, marks.get(finding.number, ""))]
    if len(findings) > len(shown):
        lines.append(Line(spans=(Span(text=draft.count("advice.more", len(findings) - len(shown))),), style="note"))
    if note:
        lines.append(Line(spans=(Span(text=note),), style="note"))
    return Cell(lines=tuple(lines)) if lines else cell(draft.say("words.none_found"))


def advice_matrix(
    draft: Draft,
    on_theme: Sequence[tuple[Theme, Finding]],
    marks: Mapping[str, str] | None = None,
    notes: Mapping[tuple[Theme, Level], str] | None = None,
) -> Table | None:
    """The recommendations by theme and level; ``None`` where no theme has one of a clear level.

    Parameters
    ----------
    draft, on_theme
        Recommendations with their themes, in the order in which they are shown.
    marks
        Number of a recommendation -> what is said behind its source.
    notes
        Theme and level -> a line at the foot of that cell; a theme with a note alone has a row as well.
    """
    marks, notes = marks or {}, notes or {}
    rows = []
    for theme in Theme:
        of_theme = [f for t, f in on_theme if t is theme and f.evidence.level is not None]
        if of_theme or any(t is theme for t, _ in notes):
            cells = (
                _advice_cell(
                    draft, [f for f in of_theme if f.evidence.level is level], marks, notes.get((theme, level), "")
                )
                for level in Level
            )
            name = Cell(
                lines=(
                    Line(spans=(Span(text=draft.theme(theme), bold=True),)),
                    Line(spans=(Span(text=number(len(of_theme), draft.language)),), style="note"),
                )
            )
            rows.append((name, *cells))
    if not rows:
        return None
    return Table(
        anchor="advice-matrix",
        caption=draft.say("advice.caption"),
        header=(draft.say("summary.column_theme"), *(draft.say(f"level_name.{level}") for level in Level)),
        rows=tuple(rows),
        widths=(0.145, 0.285, 0.285, 0.285),
    )


def advice_section(draft: Draft) -> Section:
    """Draft the recommendations: a matrix of themes by levels, in each cell the sentences and their sources."""
    title, found = draft.say("advice.heading"), draft.findings.recommendations
    if not found:
        return Section(title=title, anchor="advice", items=(paragraph(draft.say("advice.nothing")),))
    placed = [(theme_of(f, draft.material.table), f) for f in found]
    on_theme = [(theme, f) for theme, f in placed if theme is not None]
    n_open = sum(1 for _, f in on_theme if f.evidence.level is None)
    n_off = len(placed) - len(on_theme)
    sources = draft.count("count.source", count_sources(found))
    items: list[Item] = [
        paragraph(
            draft.say("advice.intro") if len(on_theme) > n_open else "",
            draft.count("advice.count", len(found), sources=sources),
            draft.count("advice.off_theme", n_off) if n_off else "",
            draft.count("advice.open_level", n_open) if n_open else "",
        )
    ]
    matrix = advice_matrix(draft, on_theme)
    if matrix is not None:
        items.append(matrix)
    return Section(title=title, anchor="advice", items=tuple(items), landscape=matrix is not None)
