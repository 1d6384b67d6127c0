"""The chapter on topics: what is new, which no row of the table covers, all of them, and how they went."""

from __future__ import annotations

from pipelines.domain.reports import Item, Paragraph, Section, Table
from pipelines.domain.topics import Topic, TopicModel, TopicsState
from pipelines.report.drafting import Draft, cell, paragraph
from pipelines.report.section_topics_new import news_section
from pipelines.report.topic_plots import growth_plot, map_plot, size_plot, spread_plot, years_plot
from pipelines.report.topic_wording import TopicDraft, lines
from pipelines.strings import text

#: Topics in the table of all: a page and a half. Candidates for a new row: half a page.
_TOPICS_SHOWN, _CANDIDATES_SHOWN = 30, 10
_SOURCES_SHOWN = 3


def _without_topics(draft: Draft, model: TopicModel | None) -> Paragraph:
    """Why there are no topics to show, in words."""
    if model is None:
        return paragraph(text("report_topics.not_modelled", draft.language))
    told = TopicDraft(draft, model)
    found = told.passages(model.n_passages)
    if model.state is TopicsState.TOO_FEW:
        sentence = told.say("too_few", found=found, minimum=told.figure(model.minimum))
    else:
        sentence = told.say("none_found", found=found)
    return paragraph(sentence, _off_subject(told))


def _off_subject(draft: TopicDraft) -> str:
    """How many passages had no part in the topics; empty where all had."""
    n_left_out = int(draft.model.settings.get("off_subject", 0))
    return draft.count("off_subject", n_left_out) if n_left_out else ""


def _intro(draft: TopicDraft) -> Paragraph:
    model, news = draft.model, draft.news
    sentences = [
        draft.count(
            "intro", len(model.topics), assigned=draft.figure(news.n_assigned), total=draft.figure(model.n_passages)
        )
    ]
    if not news.is_first and model.n_new:
        brought = {
            "passages": draft.passages(model.n_new),
            "standing": draft.figure(news.n_to_standing),
            "fresh": draft.figure(news.n_to_fresh),
            "none": draft.figure(news.n_new_unassigned),
        }
        sentences.append(draft.of_scan("brought_recognised" if news.recognised else "brought", **brought))
    elif not news.is_first:
        sentences.append(draft.of_scan("brought_nothing"))
    if news.hidden:
        passages = draft.figure(sum(topic.size for topic in news.hidden))
        sentences.append(draft.count("hidden", len(news.hidden), passages=passages))
    if not news.shown:
        sentences.append(draft.say("all_hidden"))
    return paragraph(*sentences, _off_subject(draft))


def _headings(draft: TopicDraft, *names: str) -> tuple[str, ...]:
    # New stands there with what it is new in: of a report on everything that is not plain.
    return tuple(draft.of_scan(name) if name == "new" else draft.say(name) for name in names)


# Topics and the table


def _candidates_table(draft: TopicDraft, topics: tuple[Topic, ...]) -> Table:
    rows = tuple(
        (
            lines(draft.numbered(topic), note=draft.trend(topic)),
            cell(draft.figure(topic.size)),
            cell(draft.figure(topic.n_new)),
            cell(draft.figure(topic.n_documents)),
            cell(draft.listed(draft.news.publishers(topic), _SOURCES_SHOWN, "more_sources")),
        )
        for topic in topics
    )
    return Table(
        anchor="topics-candidates",
        caption=draft.say("candidates_caption"),
        header=_headings(draft, "name", "size", "new", "documents", "sources"),
        rows=rows,
        widths=(0.27, 0.115, 0.085, 0.145, 0.385),
        number_columns=(1, 2, 3),
    )


def _against_table(draft: TopicDraft) -> Section:
    candidates = draft.news.candidates
    shown = candidates[:_CANDIDATES_SHOWN]
    items: list[Item] = [
        paragraph(draft.count("novel", len(candidates)), draft.say("candidates_note") if candidates else "")
    ]
    if candidates:
        items.append(_candidates_table(draft, shown))
    if len(candidates) > len(shown):
        items.append(paragraph(draft.count("candidates_more", len(candidates) - len(shown)), style="note"))
    if draft.model.n_new and draft.scan.findings.n_judged:
        silent = [draft.scan.row_name(row) for row in draft.news.silent_rows]
        items.append(paragraph(draft.count(f"silent.{draft.scope}", len(silent), rows="; ".join(silent))))
    return Section(title=draft.say("table_heading"), anchor="topics-and-table", items=tuple(items))


# All topics


def _topic_table(draft: TopicDraft, topics: tuple[Topic, ...]) -> Table:
    rows = tuple(
        (
            cell(str(draft.news.numbers[topic.id])),
            cell(draft.name(topic), bold=True),
            lines(draft.terms(topic)),
            cell(draft.figure(topic.size)),
            cell(draft.figure(topic.n_new)),
            cell(draft.trend(topic)),
            cell(draft.rows(topic)),
        )
        for topic in topics
    )
    return Table(
        anchor="topics-table",
        caption=draft.say("caption"),
        header=_headings(draft, "number", "name", "words", "size", "new", "trend", "rows"),
        rows=rows,
        widths=(0.06, 0.23, 0.25, 0.115, 0.085, 0.14, 0.12),
        row_headings=False,
        number_columns=(0, 3, 4),
    )


def _all_topics(draft: TopicDraft) -> Section:
    shown = draft.news.shown[:_TOPICS_SHOWN]
    items: list[Item] = [_topic_table(draft, shown)]
    if len(draft.news.shown) > len(shown):
        items.append(paragraph(draft.count("table_more", len(draft.news.shown) - len(shown)), style="note"))
    items.append(size_plot(draft))
    if len(shown) > 2:  # one or two circles are no map
        items.append(map_plot(draft, shown))
    return Section(title=draft.say("all_heading"), anchor="topics-all", items=tuple(items))


def _spread(draft: TopicDraft) -> Section:
    grown = growth_plot(draft)
    plots = (spread_plot(draft), years_plot(draft))
    items: list[Item] = [paragraph(grown) if isinstance(grown, str) else grown, *(p for p in plots if p is not None)]
    return Section(title=draft.say("spread_heading"), anchor="topics-spread", items=tuple(items))


def topics_section(draft: Draft) -> Section:
    """Draft the chapter on topics; hidden topics are counted and not shown."""
    title, model = text("report_topics.heading", draft.language), draft.material.topics
    if model is None or model.state is TopicsState.TOO_FEW or not model.topics:
        return Section(title=title, anchor="topics", items=(_without_topics(draft, model),))
    told = TopicDraft(draft, model)
    if not told.news.shown:
        return Section(title=title, anchor="topics", items=(_intro(told),))
    return Section(
        title=title,
        anchor="topics",
        items=(_intro(told),),
        sections=(news_section(told), _against_table(told), _all_topics(told), _spread(told)),
    )
