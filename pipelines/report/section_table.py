"""The chapter on pages lying down: the table as it stands, with what is new on each statement."""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.domain.evidence import Relation
from pipelines.domain.evidence_table import Column, Statement, TableRow
from pipelines.domain.reports import Cell, Item, Line, Section, Span, Table
from pipelines.report.drafting import Draft, paragraph
from pipelines.report.findings import Finding, relations


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
