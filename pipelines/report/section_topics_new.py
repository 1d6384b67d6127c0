"""What is new among the topics: new ones in their own words, and those that grew, shrank, lie still or changed."""

from __future__ import annotations

from datetime import date

from pipelines.domain.reports import BulletList, Cell, Item, Line, Section, Span, Table
from pipelines.domain.runs import LabelledPassage
from pipelines.domain.topics import Topic, TopicEvent, TopicEventKind, TopicTrend
from pipelines.report.drafting import paragraph
from pipelines.report.findings import key_span
from pipelines.report.section_rows import excerpt
from pipelines.report.topic_wording import TopicDraft, lines
from pipelines.report.wording import enumeration, long_date, percentage, source_line

#: New topics with their passages: a page and a half. Others are named only.
_NEW_SHOWN = 6
#: Words of a passage that stands for a topic: four lines of its column.
_WORDS_SHOWN = 40
_NAMES_SHOWN, _SOURCES_SHOWN = 8, 3


# New topics


def _quoted(draft: TopicDraft, item: LabelledPassage) -> list[Line]:
    passage = item.passage
    key = key_span(item, item.labels.evidence) if item.labels is not None else None
    shown, _ = excerpt(passage.text, key, _WORDS_SHOWN)
    language = passage.language if passage.language in {"nl", "en"} else None
    return [
        Line(spans=(Span(text=shown.strip(), language=language),), style="quote"),
        Line(spans=(Span(text=source_line(item.document, passage, draft.language)),), style="source"),
    ]


def _new_row(draft: TopicDraft, topic: Topic) -> tuple[Cell, ...]:
    held = draft.say("from_documents", passages=draft.passages(topic.size),
                     documents=draft.scan.count("count.document", topic.n_documents))  # fmt: skip
    covered = draft.say("covered_by", rows=draft.rows(topic)) if topic.rows and not topic.novel else ""
    quoted = [line for item in draft.news.representatives(topic) for line in _quoted(draft, item)]
    terms = draft.terms(topic)
    return (
        Cell(
            lines=(
                Line(spans=(Span(text=draft.numbered(topic), bold=True),)),
                *((terms.model_copy(update={"style": "note"}),) if terms.spans else ()),
            )
        ),
        lines(held, draft.listed(draft.news.publishers(topic), _SOURCES_SHOWN, "more_sources"),
              covered or draft.say("covered_by_none")),
        Cell(lines=tuple(quoted)) if quoted else lines(draft.scan.say("words.none_found")),
    )  # fmt: skip


def _new_topics(draft: TopicDraft) -> list[Item]:
    fresh = draft.news.fresh
    n_uncovered = sum(topic.novel for topic in fresh)
    told = [draft.count("n_fresh", len(fresh))]
    if len(fresh) == 1 and n_uncovered:
        told.append(draft.say("fresh_only_uncovered"))
    elif fresh:
        told.append(draft.count("fresh_uncovered", n_uncovered))
    items: list[Item] = [paragraph(*told)]
    if not fresh:
        return items
    shown, rest = fresh[:_NEW_SHOWN], fresh[_NEW_SHOWN:]
    items.append(
        Table(
            anchor="topics-new-table",
            caption=draft.say("fresh_caption"),
            header=tuple(draft.say(f"fresh_{name}") for name in ("column", "sources", "passages")),
            rows=tuple(_new_row(draft, topic) for topic in shown),
            widths=(0.22, 0.2, 0.58),
        )
    )
    if rest:
        names = draft.listed([draft.say("entry.name", name=draft.name(t)) for t in rest], _NAMES_SHOWN)
        items.append(paragraph(draft.count("fresh_more", len(rest), names=names), style="note"))
    return items


# What changed of topics that were there


def _trend_entry(draft: TopicDraft, topic: Topic) -> str:
    name = draft.name(topic)
    if draft.news.trend(topic) is TopicTrend.DORMANT and topic.last_seen is not None:
        return draft.say("entry.dormant", name=name, date=long_date(topic.last_seen, draft.language))
    shares = draft.news.shares(topic)
    if shares is None or draft.news.trend(topic) is TopicTrend.DORMANT:
        return draft.say("entry.name", name=name)
    now, before = (percentage(share, draft.language) for share in shares)
    return draft.say("entry.share", name=name, now=now, before=before)


def _event_entry(draft: TopicDraft, event: TopicEvent) -> str:
    names = event.names_nl if draft.language == "nl" else event.names_en
    present = {topic.id: topic for topic in draft.news.shown}
    name = names[0] if names else draft.name(present[event.topic]) if event.topic in present else event.topic
    if event.kind is TopicEventKind.REVIVED:
        came = present[event.topic].n_new if event.topic in present else event.n_passages
        return draft.say("entry.revived", name=name, passages=draft.passages(came))
    if event.kind is TopicEventKind.RECOGNISED:
        return draft.say("entry.recognised", name=name, passages=draft.passages(event.n_passages))
    if event.kind is TopicEventKind.GONE:
        return draft.say("entry.gone", name=name)
    who = draft.say("by_program") if event.person is None else draft.say("by_person", person=draft.person(event.person))
    others = [draft.say("entry.name", name=other) for other in draft.news.shown_others(event, draft.language)]
    key = f"entry.{event.kind}" if others else f"entry.{event.kind}_unnamed"
    passages = draft.passages(event.n_passages)
    return draft.say(key, name=name, passages=passages, others=enumeration(others, draft.language), who=who)


def _groups(draft: TopicDraft) -> dict[str, list[str]]:
    """Name of a group -> its entries; empty groups are absent."""
    groups: dict[str, list[str]] = {}
    for trend in (TopicTrend.GROWING, TopicTrend.SHRINKING, TopicTrend.DORMANT):
        groups[trend] = [_trend_entry(draft, topic) for topic in draft.news.of_trend(trend)]
    for kind in TopicEventKind:
        if kind in (TopicEventKind.NEW, TopicEventKind.DORMANT):
            continue  # told as new topics, and by their trend
        groups[kind] = [_event_entry(draft, event) for event in draft.news.events(kind)]
    return {name: entries for name, entries in groups.items() if entries}


def _changes(draft: TopicDraft) -> list[Item]:
    groups = _groups(draft)
    if not groups:
        return [paragraph(draft.say("no_change"))]
    bullets = tuple(
        (
            Span(text=draft.say(f"group.{name}") + ": ", bold=True),
            Span(text=draft.listed(entries, _NAMES_SHOWN) + "."),
        )
        for name, entries in groups.items()
    )
    items: list[Item] = [paragraph(draft.say("else_changed")), BulletList(items=bullets)]
    if draft.news.scans and ("growing" in groups or "shrinking" in groups):
        latest = long_date(date.fromisoformat(draft.news.scans[-1]), draft.language)
        items.append(paragraph(draft.say("trend_note", date=latest), style="note"))
    return items


def news_section(draft: TopicDraft) -> Section:
    """Draft what the scan or the period changed in the topics."""
    items = [paragraph(draft.say("first"))] if draft.news.is_first else [*_new_topics(draft), *_changes(draft)]
    return Section(title=draft.say("new_heading"), anchor="topics-new", items=tuple(items))
