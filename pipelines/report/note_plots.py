"""Plots of the update note, each with its numbers in words."""

from __future__ import annotations

from collections import Counter

from pipelines.domain.appraisal import EvidencePiece
from pipelines.domain.evidence import EvidenceKind
from pipelines.domain.evidence_table import Column, EvidenceTable
from pipelines.domain.reports import Plot, PlotKind, Point
from pipelines.domain.themes import Theme
from pipelines.report.note_changes import marked_tables
from pipelines.report.note_drafting import NoteDraft
from pipelines.report.note_indicators import Indicator
from pipelines.report.plain import one_line
from pipelines.report.section_evidence import told_series, year_labels


def kinds_plot(draft: NoteDraft) -> Plot:
    """All accepted evidence of every row, by kind of evidence."""
    rows = [row.id for row in draft.table.rows]
    counts = Counter((f.row_id, f.piece.kind) for f in draft.pieces)
    series = {
        draft.term(f"evidence_kind.{kind}"): {draft.row_name(row): float(counts[row, kind]) for row in rows}
        for kind in EvidenceKind
        if any(counts[row, kind] for row in rows)
    }
    return Plot(
        kind=PlotKind.KINDS_BY_ROW,
        anchor="plot-kinds-by-row",
        caption=draft.say("plot.kinds"),
        alternative=told_series(draft.scan, series),
        series=series,
        x_label=draft.say("plot.pieces"),
    )


def moves_plot(draft: NoteDraft) -> Plot:
    """Statements by column: when the period began, now, and if everything proposed were approved."""
    before, after = draft.material.before, draft.material.after
    moments: dict[str, EvidenceTable] = {draft.say("plot.at_start", version=before.version): before}
    if any(change.state == "approved" for change in draft.changes) or before.version != after.version:
        moments[draft.say("plot.now", version=after.version)] = after
    if any(change.state == "proposed" for change in draft.changes):
        moments[draft.say("plot.all_approved")] = marked_tables(draft.material, draft.changes)[1]
    counts = {name: Counter(s.column for _, s in table.statements()) for name, table in moments.items()}
    series = {
        draft.term(f"column.{column}"): {name: float(counts[name][column]) for name in moments} for column in Column
    }
    moved = Counter(
        (c.state, c.from_column, c.to_column)
        for c in draft.changes
        if c.from_column is not None and c.to_column is not None and c.from_column is not c.to_column
    )
    told = [
        draft.say(
            f"plot.moved_{state}",
            n=draft.figure(n),
            old=draft.term(f"column.{old}").lower(),
            new=draft.term(f"column.{new}").lower(),
        )
        for (state, old, new), n in sorted(moved.items())
    ]
    return Plot(
        kind=PlotKind.STATEMENT_MOVES,
        anchor="plot-moves",
        caption=draft.say("plot.moves"),
        alternative=" ".join([told_series(draft.scan, series), *told]),
        series=series,
        x_label=draft.say("plot.statements"),
    )


def themes_plot(draft: NoteDraft) -> Plot | None:
    """All accepted evidence of every theme by year of publication; ``None`` without evidence that has a row."""
    chapters = {row.id: row.chapter for row in draft.table.rows}
    placed: list[tuple[Theme, EvidencePiece]] = [(chapters[f.row_id], f.piece) for f in draft.pieces if f.row_id]
    if not placed:
        return None
    labels = year_labels(draft.scan, [piece.year for _, piece in placed if piece.year is not None])
    unknown = draft.scan.say("words.unknown")
    axis = [*dict.fromkeys(labels.values()), *([unknown] if any(p.year is None for _, p in placed) else [])]
    counts = Counter((theme, unknown if piece.year is None else labels[piece.year]) for theme, piece in placed)
    series = {draft.scan.theme(theme): {label: float(counts[theme, label]) for label in axis} for theme in Theme}
    return Plot(
        kind=PlotKind.THEMES_BY_YEAR,
        anchor="plot-themes",
        caption=draft.say("plot.themes"),
        alternative=told_series(draft.scan, series),
        series=series,
        x_label=draft.scan.say("evidence.year"),
        y_label=draft.say("plot.pieces"),
    )


def indicator_plot(draft: NoteDraft, indicator: Indicator, place: int) -> Plot:
    """Figures of one indicator, a line for each study."""
    points, told = [], []
    for one in indicator.figures:
        study = one.found.study
        name = one_line(study.name) if study else one.found.number
        label = f"{one.found.number}: {name}"
        is_range = one.low != one.high
        points.append(
            Point(
                label=label, x=float(one.found.piece.year or 0), y=one.middle, size=1.0,
                low=one.low if is_range else None, high=one.high if is_range else None,
            )
        )  # fmt: skip
        told.append(f"{label}, {one.found.piece.year}: {one_line(one.figure.text)}")
    values = {"statement": indicator.statement_id, "measures": one_line(indicator.measures)}
    return Plot(
        kind=PlotKind.FIGURES_BY_YEAR,
        anchor=f"plot-figures-{place}",
        caption=draft.say("plot.figures", **values),
        alternative=draft.say("plot.figures_alternative", values="; ".join(told)),
        points=tuple(points),
        x_label=f"{one_line(indicator.measures)} ({indicator.unit})"
        if indicator.unit
        else one_line(indicator.measures),
    )
