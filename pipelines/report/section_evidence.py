"""The chapter on evidence over themes and years, and how the values of a plot are told in words."""

from __future__ import annotations

from collections import Counter

from pipelines.domain.evidence import EvidenceKind
from pipelines.domain.reports import Plot, PlotKind, Section
from pipelines.domain.themes import Theme
from pipelines.report.drafting import Draft, paragraph
from pipelines.report.findings import Finding, select_findings, theme_of
from pipelines.report.wording import number

#: Years shown one by one; a plot with more bars than this could not be read on a page. Older ones are put together.
_YEARS_SHOWN = 10


def year_labels(draft: Draft, years: list[int]) -> dict[int, str]:
    """Label on the axis for every year; years without evidence between the first and the last are shown as well."""
    if not years:
        return {}
    first = max(min(years), max(years) - _YEARS_SHOWN + 1)
    labels = {year: str(year) for year in range(first, max(years) + 1)}
    older = {year: draft.say("evidence.until", year=first - 1) for year in sorted(set(years)) if year < first}
    return older | labels


def told_series(draft: Draft, series: dict[str, dict[str, float]]) -> str:
    """The values of a plot in words: its alternative text."""
    parts = []
    for name, values in series.items():
        named = [f"{label} {number(value, draft.language)}" for label, value in values.items() if value]
        if named:
            parts.append(f"{name}: {', '.join(named)}")
    return draft.say("evidence.alternative", values="; ".join(parts))


def _year_plot(draft: Draft, findings: tuple[Finding, ...]) -> Plot:
    table = draft.material.table
    labels = year_labels(draft, [y for f in findings if (y := f.passage.document.metadata.year) is not None])
    unknown = draft.say("words.unknown")
    axis = [*dict.fromkeys(labels.values())]
    if any(f.passage.document.metadata.year is None for f in findings):
        axis.append(unknown)
    series: dict[str, dict[str, float]] = {}
    for theme in Theme:
        counts: Counter[str] = Counter(
            unknown if (year := f.passage.document.metadata.year) is None else labels[year]
            for f in findings
            if theme_of(f, table) is theme
        )
        series[draft.theme(theme)] = {label: float(counts[label]) for label in axis}
    return Plot(
        kind=PlotKind.THEMES_BY_YEAR,
        anchor="plot-years",
        caption=draft.say("evidence.year_plot"),
        alternative=told_series(draft, series),
        series=series,
        x_label=draft.say("evidence.year"),
        y_label=draft.say("evidence.passages"),
    )


def _kind_plot(draft: Draft, findings: tuple[Finding, ...]) -> Plot:
    table = draft.material.table
    counts = Counter((theme_of(f, table), f.evidence.kind) for f in findings)
    series = {
        draft.term(f"evidence_kind.{kind}"): {draft.theme(theme): float(counts[theme, kind]) for theme in Theme}
        for kind in EvidenceKind
        if any(counts[theme, kind] for theme in Theme)
    }
    return Plot(
        kind=PlotKind.EVIDENCE_BY_THEME,
        anchor="plot-kinds",
        caption=draft.say("evidence.kind_plot"),
        alternative=told_series(draft, series),
        series=series,
        x_label=draft.say("evidence.passages"),
    )


def evidence_section(draft: Draft) -> Section:
    """Draft the plots of flagged passages per theme, year and kind of evidence, over all that was read so far."""
    title, material = draft.say("evidence.heading"), draft.material
    has_earlier = any(d.n_passages and not material.is_new(d.id) for d in material.documents)
    all_new = all(material.is_new(d.id) for d in material.documents)
    # Where nothing is earlier the same choice was made already; of 6,000 findings it takes a third of a second.
    everything = draft.findings if all_new else select_findings(material.model_copy(update={"new_documents": None}))
    themed = tuple(f for f in everything.flagged if theme_of(f, material.table) is not None)
    if not themed:
        return Section(title=title, anchor="evidence", items=(paragraph(draft.say("evidence.nothing")),))
    intro = draft.say("evidence.intro_all" if has_earlier else "evidence.intro_new")
    items = (paragraph(intro), _year_plot(draft, themed), _kind_plot(draft, themed))
    return Section(title=title, anchor="evidence", items=items)
