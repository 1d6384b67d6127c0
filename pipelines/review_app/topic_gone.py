"""Addresses of topics that are given in part, or that are of topics no longer there."""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.domain.topics import Topic, TopicEvent, TopicEventKind
from pipelines.report.wording import long_date
from pipelines.review_app.topic_book import KnownTopics
from pipelines.review_app.topic_map import topic_name
from pipelines.review_app.topic_view import name_then
from pipelines.strings import Language, text

_FEWEST_LETTERS = 4
"""Half of what the command prints of an id: fewer letters are a slip rather than an id."""


@dataclass(frozen=True)
class Gone:
    """What became of a topic that is there no more, in words."""

    words: str
    into: Topic | None
    """The topic that its passages went to, as far as that is there still."""
    link: str
    """Words of the link to ``into``; empty without it."""


def begins_with(letters: str, known: KnownTopics) -> str:
    """The one topic whose id begins with ``letters``, of those that are there or else of those that were.

    ``letters`` itself where there is none, or more than one.
    """
    if len(letters) < _FEWEST_LETTERS:
        return letters
    were = {one for event in known.events for one in (event.topic, *event.others)}
    for ids in (known.by_id.keys(), were):
        found = [one for one in ids if one.startswith(letters)]
        if found:
            return found[0] if len(found) == 1 else letters
    return letters


def what_became_of(topic_id: str, known: KnownTopics, language: Language) -> Gone | None:
    """What became of a topic that is not there; ``None`` where nothing tells of it."""
    event = _end_of(topic_id, known)
    if event is None:
        return None
    name = _quoted(name_then(topic_id, [event], language), language)
    day = long_date(event.day, language)
    if event.kind is TopicEventKind.GONE:
        return Gone(text("topics_page.gone_empty", language, name=name, day=day), None, "")
    into = _quoted(name_then(event.topic, [event], language), language)
    topic = _followed(event.topic, known)
    if topic is not None and topic.id == event.topic:
        into = _quoted(topic_name(topic, language), language)
    words = text("topics_page.gone_merged", language, name=name, day=day, into=into)
    if topic is None:
        return Gone(words, None, "")
    link = text("topics_page.gone_to", language, into=_quoted(topic_name(topic, language), language))
    return Gone(words, topic, link)


def _quoted(name: str, language: Language) -> str:
    return text("topics_page.quoted", language, name=name) if name else text("topics_page.nameless", language)


def _end_of(topic_id: str, known: KnownTopics) -> TopicEvent | None:
    """The latest event after which the topic was there no more."""
    for event in known.events:
        if event.kind is TopicEventKind.MERGED and topic_id in event.others:
            return event
        if event.kind is TopicEventKind.GONE and topic_id == event.topic:
            return event
    return None


def _followed(topic_id: str, known: KnownTopics) -> Topic | None:
    """The topic, or the one that it went into in turn."""
    seen: set[str] = set()
    while topic_id not in known.by_id:
        event = _end_of(topic_id, known)
        if event is None or event.kind is TopicEventKind.GONE or topic_id in seen:
            return None
        seen.add(topic_id)
        topic_id = event.topic
    return known.by_id[topic_id]
