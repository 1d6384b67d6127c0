"""Plots of topics, each with its values in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from pipelines.domain.evidence import EvidenceKind
from pipelines.domain.reports import Plot, PlotKind, Point
from pipelines.domain.themes import Theme
from pipelines.domain.topics import Topic
from pipelines.report.section_evidence import year_labels
from pipelines.report.topic_wording import TopicDraft
from pipelines.report.wording import long_date, number

#: Topics in bars and tables of shades: a third of a page each.
_PLOTTED = 12
#: Topics followed over time; more small plots than this do not fit half a page.
_FOLLOWED = 8
#: Scans on the axis; with more, the dates run into each other. Older ones are put together.
_SCANS_SHOWN = 5


def _which(draft: TopicDraft) -> str:
    """``De 12 grootste onderwerpen``, where there are more than are plotted."""
    n_shown = len(draft.news.shown)
    return draft.say("topics") if n_shown <= _PLOTTED else draft.say("topics_largest", n=draft.figure(_PLOTTED))


def size_plot(draft: TopicDraft) -> Plot:
    """Passages of the largest topics by language."""
    topics = draft.news.shown[:_PLOTTED]
    names = [draft.numbered(topic) for topic in topics]
    series = {
        draft.scan.term("language.nl"): {name: float(t.n_nl) for name, t in zip(names, topics, strict=True)},
        draft.scan.term("language.en"): {name: float(t.n_en) for name, t in zip(names, topics, strict=True)},
    }
    return Plot(
        kind=PlotKind.TOPIC_SIZES,
        anchor="plot-topic-sizes",
        caption=draft.say("sizes_plot", topics=_which(draft)),
        alternative=draft.scan.say("evidence.alternative", values=_told_by_label(series, draft)),
        series=series,
        x_label=draft.say("size"),
    )


def map_plot(draft: TopicDraft, topics: Sequence[Topic]) -> Plot:
    """Where topics lie, which are new, and which no row of the table covers."""
    fresh = {topic.id for topic in draft.news.fresh}

    def told(topic: Topic) -> str:
        marks = [draft.say("new_label")] * (topic.id in fresh) + [draft.say("novel_label")] * topic.novel
        size = draft.figure(topic.size)
        return draft.say("map_entry", name=draft.numbered(topic), size=size, marks="".join(f", {m}" for m in marks))

    return Plot(
        kind=PlotKind.TOPIC_MAP,
        anchor="plot-topic-map",
        caption=draft.say("map_plot"),
        alternative=draft.count("map_alternative", len(topics), names="; ".join(told(topic) for topic in topics)),
        points=tuple(
            Point(
                label=str(draft.news.numbers[t.id]), name=draft.name(t), x=t.x, y=t.y, size=t.size, marked=t.novel,
                new=t.id in fresh,
            )
            for t in topics
        ),
        plain_label=draft.say("covered_label"),
        marked_label=draft.say("novel_label"),
        new_label=draft.say("new_label"),
    )  # fmt: skip


def growth_plot(draft: TopicDraft) -> Plot | str:
    """Share of the passages of each scan, of the topics that changed most; a sentence where there is none to plot."""
    news = draft.news
    if len(news.scans) < 2:
        return draft.say("growth_first" if news.scans else "growth_unknown")
    topics = news.changed_most(_FOLLOWED)
    if not topics:
        return draft.say("growth_same")
    n_older = len(news.scans) - _SCANS_SHOWN + 1 if len(news.scans) > _SCANS_SHOWN else 0
    groups = ([news.scans[:n_older]] if n_older else []) + [(day,) for day in news.scans[n_older:]]
    totals = [sum(draft.model.by_scan[day] for day in days) for days in groups]
    labels = [
        draft.say("scans_earlier", n=draft.figure(total))
        if n_older and place == 0
        else draft.say("scan_label", date=long_date(date.fromisoformat(days[0]), draft.language), n=draft.figure(total))
        for place, (days, total) in enumerate(zip(groups, totals, strict=True))
    ]
    series = {
        draft.numbered(topic): {
            label: round(100 * sum(topic.by_scan.get(day, 0) for day in days) / total, 1)
            for label, days, total in zip(labels, groups, totals, strict=True)
        }
        for topic in topics
    }
    told = "; ".join(
        f"{name}: {', '.join(f'{label} {number(value, draft.language)}%' for label, value in values.items())}"
        for name, values in series.items()
    )
    return Plot(
        kind=PlotKind.TOPICS_OVER_TIME,
        anchor="plot-topics-over-time",
        caption=draft.say("growth_plot"),
        alternative=draft.say("growth_alternative", values=told),
        series=series,
        x_label=draft.say("scan_axis"),
        y_label=draft.say("share_axis"),
    )


def spread_plot(draft: TopicDraft) -> Plot | None:
    """Passages of the largest topics by theme and by kind of evidence; ``None`` where neither is known."""
    topics = draft.news.shown[:_PLOTTED]
    themes = _columns(draft, topics, {str(t): draft.scan.theme(t) for t in Theme}, lambda topic: topic.by_theme)
    kinds = {str(kind): draft.scan.term(f"evidence_kind.{kind}") for kind in EvidenceKind if kind != EvidenceKind.NONE}
    # A passage without evidence is counted under no name.
    kinds[""] = draft.scan.term("evidence_kind.none")
    by_kind = _columns(draft, topics, kinds, lambda topic: topic.by_kind)
    if not themes and not by_kind:
        return None
    series = themes | by_kind
    groups = ((draft.say("theme_group"), len(themes)), (draft.say("kind_group"), len(by_kind)))
    return Plot(
        kind=PlotKind.TOPIC_SPREAD,
        anchor="plot-topic-spread",
        caption=draft.say("spread_plot", topics=_which(draft)),
        alternative=draft.say("shades_alternative", values=_told_by_label(series, draft)),
        series=series,
        groups=tuple((name, n) for name, n in groups if n),
    )


def years_plot(draft: TopicDraft) -> Plot | None:
    """Passages of the largest topics by year of publication; ``None`` where no year is known."""
    topics = draft.news.shown[:_PLOTTED]
    years = sorted({int(year) for topic in topics for year, n in topic.by_year.items() if year.isdecimal() and n})
    if not years:
        return None
    labels = year_labels(draft.scan, years)
    series: dict[str, dict[str, float]] = {
        label: {
            draft.numbered(topic): float(
                sum(n for year, n in topic.by_year.items() if year.isdecimal() and labels[int(year)] == label)
            )
            for topic in topics
        }
        for label in dict.fromkeys(labels.values())
    }
    if any(topic.by_year.get("") for topic in topics):
        unknown = {draft.numbered(topic): float(topic.by_year.get("", 0)) for topic in topics}
        series[draft.scan.say("words.unknown")] = unknown
    return Plot(
        kind=PlotKind.TOPIC_SPREAD,
        anchor="plot-topic-years",
        caption=draft.say("years_plot", topics=_which(draft)),
        alternative=draft.say("shades_alternative", values=_told_by_label(series, draft)),
        series=series,
        groups=((draft.scan.say("evidence.year"), len(series)),),
    )


def _columns(
    draft: TopicDraft, topics: Sequence[Topic], names: Mapping[str, str], counts: Callable[[Topic], Mapping[str, int]]
) -> dict[str, dict[str, float]]:
    """Name of a value -> numbered topic -> passages; values that no topic has are left out."""
    return {
        name: {draft.numbered(topic): float(counts(topic).get(value, 0)) for topic in topics}
        for value, name in names.items()
        if any(counts(topic).get(value) for topic in topics)
    }


def _told_by_label(series: Mapping[str, Mapping[str, float]], draft: TopicDraft) -> str:
    """Values in words, a part for each label of the axis."""
    parts = []
    for label in next(iter(series.values()), {}):
        told = [f"{name} {draft.figure(values[label])}" for name, values in series.items() if values[label]]
        parts.append(f"{label}: {', '.join(told)}" if told else label)
    return "; ".join(parts)
