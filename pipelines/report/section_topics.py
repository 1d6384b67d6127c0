"""The chapters on topics and on evidence over themes and years."""

from __future__ import annotations

from collections import Counter

from pipelines.domain.evidence import EvidenceKind
from pipelines.domain.reports import Item, Paragraph, Plot, PlotKind, Point, Section, Table
from pipelines.domain.themes import Theme
from pipelines.domain.topics import Topic, TopicModel, TopicsState
from pipelines.report.drafting import Draft, cell, paragraph
from pipelines.report.findings import Finding, select_findings, theme_of
from pipelines.report.plain import one_line
from pipelines.report.wording import enumeration, number

_TERMS_SHOWN = 6
_TOPICS_SHOWN = 30
#: Years shown one by one; a plot with more bars than this could not be read on a page. Older ones are put together.
_YEARS_SHOWN = 10


def topic_name(topic: Topic, language: str) -> str:
    """Name in the language of the report, else in the other."""
    return one_line((topic.name_nl or topic.name_en) if language == "nl" else (topic.name_en or topic.name_nl))


def _topic_table(draft: Draft, topics: tuple[Topic, ...]) -> Table:
    rows = [
        (
            cell(str(place)),
            cell(topic_name(topic, draft.language), bold=True),
            cell(", ".join(one_line(t) for t in topic.terms_nl[:_TERMS_SHOWN])),
            cell(", ".join(one_line(t) for t in topic.terms_en[:_TERMS_SHOWN])),
            cell(number(topic.size, draft.language)),
            cell(number(topic.n_documents, draft.language)),
            cell(", ".join(topic.rows[:4]) if topic.rows and not topic.novel else draft.say("topics.uncovered")),
        )
        for place, topic in enumerate(topics, start=1)
    ]
    header = ("number", "name", "words_nl", "words_en", "size", "sources", "rows")
    return Table(
        anchor="topics-table",
        caption=draft.say("topics.caption"),
        header=tuple(draft.say(f"topics.{h}") for h in header),
        rows=tuple(rows),
        widths=(0.05, 0.225, 0.185, 0.185, 0.115, 0.115, 0.125),
        row_headings=False,
        number_columns=(0, 4, 5),
    )


def _numbered_name(place: int, topic: Topic, draft: Draft) -> str:
    return f"{place}. {topic_name(topic, draft.language)}"


def _size_plot(draft: Draft, topics: tuple[Topic, ...]) -> Plot:
    names = [_numbered_name(place, topic, draft) for place, topic in enumerate(topics, start=1)]
    series = {
        draft.term("language.nl"): {name: float(t.n_nl) for name, t in zip(names, topics, strict=True)},
        draft.term("language.en"): {name: float(t.n_en) for name, t in zip(names, topics, strict=True)},
    }
    told = "; ".join(f"{name}: {number(t.size, draft.language)}" for name, t in zip(names, topics, strict=True))
    return Plot(
        kind=PlotKind.TOPIC_SIZES,
        anchor="plot-topic-sizes",
        caption=draft.say("topics.sizes_plot"),
        alternative=draft.say("evidence.alternative", values=told),
        series=series,
        x_label=draft.say("topics.size"),
    )


def _map_plot(draft: Draft, topics: tuple[Topic, ...]) -> Plot:
    names = [_numbered_name(place, topic, draft) for place, topic in enumerate(topics, start=1)]
    return Plot(
        kind=PlotKind.TOPIC_MAP,
        anchor="plot-topic-map",
        caption=draft.say("topics.map_plot"),
        alternative=draft.count("topics.map_alternative", len(topics), names="; ".join(names)),
        points=tuple(
            Point(label=str(place), x=t.x, y=t.y, size=t.size, marked=t.novel)
            for place, t in enumerate(topics, start=1)
        ),
        plain_label=draft.say("topics.covered_label"),
        marked_label=draft.say("topics.novel_label"),
    )


def _off_subject(draft: Draft, model: TopicModel) -> str:
    """How many passages had no part in the topics; empty where all had."""
    n_left_out = int(model.settings.get("off_subject", 0))
    return draft.count("topics.off_subject", n_left_out) if n_left_out else ""


def _without_topics(draft: Draft, model: TopicModel | None) -> Paragraph:
    """Why there are no topics to show, in words."""
    if model is None:
        return paragraph(draft.say("topics.not_modelled"))
    left_out = _off_subject(draft, model)
    found = draft.count("count.passage", model.n_passages)
    if model.state is TopicsState.TOO_FEW:
        minimum = number(model.minimum, draft.language)
        return paragraph(draft.say("topics.too_few", found=found, minimum=minimum), left_out)
    return paragraph(draft.say("topics.none_found", found=found), left_out)


def topics_section(draft: Draft) -> Section:
    """Draft the topics: table, sizes and map, and which of them no row of the table covers."""
    title, model = draft.say("topics.heading"), draft.material.topics
    if model is None or model.state is TopicsState.TOO_FEW or not model.topics:
        return Section(title=title, anchor="topics", items=(_without_topics(draft, model),))
    shown = model.topics[:_TOPICS_SHOWN]
    novel = [topic_name(t, draft.language) for t in model.topics if t.novel]
    assigned = sum(t.size for t in model.topics)
    intro = draft.count(
        "topics.intro",
        len(model.topics),
        assigned=number(assigned, draft.language),
        total=number(model.n_passages, draft.language),
    )
    names = enumeration([f"‘{name}’" for name in novel], draft.language)
    items: list[Item] = [
        paragraph(intro, _off_subject(draft, model), draft.count("topics.novel", len(novel), names=names)),
        _topic_table(draft, shown),
        _size_plot(draft, shown),
    ]
    if len(shown) > 2:  # one or two circles are no map
        items.append(_map_plot(draft, shown))
    return Section(title=title, anchor="topics", items=tuple(items))


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
    has_earlier = any(not material.is_new(p.document.id) for p in material.passages)
    everything = select_findings(material.model_copy(update={"new_documents": None}))
    themed = tuple(f for f in everything.flagged if theme_of(f, material.table) is not None)
    if not themed:
        return Section(title=title, anchor="evidence", items=(paragraph(draft.say("evidence.nothing")),))
    intro = draft.say("evidence.intro_all" if has_earlier else "evidence.intro_new")
    items: tuple[Item, ...] = (paragraph(intro), _year_plot(draft, themed), _kind_plot(draft, themed))
    return Section(title=title, anchor="evidence", items=items)
