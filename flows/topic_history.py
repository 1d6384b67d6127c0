"""What happened to topics over the scans, by themselves and because people asked for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date
from typing import Any

from flows.topic_list import SHORTEST_ID
from flows.topic_standing import standing_topics
from pipelines.domain.topics import TopicAct, TopicActKind, TopicEvent
from pipelines.errors import UnknownError
from pipelines.store import Workspace

_TOLD = frozenset({TopicActKind.MERGE, TopicActKind.SPLIT})
"""Acts that an event tells of: those that could be worked in."""


@dataclass(frozen=True)
class Happening:
    """Something that happened to a topic, by itself or because a person asked for it."""

    day: date
    what: str
    """Value of an event (:class:`TopicEventKind`) or, of what people do and no event tells, of an act
    (:class:`TopicActKind`)."""
    topic: str
    others: tuple[str, ...] = ()
    """Of a split the topics that came of it; of a merger those that went into it."""
    names_nl: tuple[str, ...] = ()
    """Of ``topic`` and ``others`` at that time. So too ``names_en``."""
    names_en: tuple[str, ...] = ()
    terms_nl: tuple[str, ...] = ()
    """That were pinned. So too ``terms_en``."""
    terms_en: tuple[str, ...] = ()
    n_passages: int = 0
    person: str | None = None
    note: str = ""

    def name(self, language: str, index: int = 0) -> str:
        """Name of ``topic``, or of one of ``others`` from 1 on."""
        names = self.names_nl if language == "nl" else self.names_en
        return names[index] if index < len(names) else (self.topic, *self.others)[index]


def topic_history(workspace: Workspace) -> list[Happening]:
    """What happened to all topics, in order of time; within a day scans come before people."""
    model = standing_topics(workspace, members=False)
    last = workspace.topics.latest_run()
    events = [event for run_id, event in workspace.topics.events() if run_id != last]
    events += () if model is None else model.events
    names = {topic.id: (topic.name_nl, topic.name_en) for topic in ([] if model is None else model.topics)}
    for event in reversed(events):  # topics that are gone are known by their last names
        for topic, nl, en in zip((event.topic, *event.others), event.names_nl, event.names_en, strict=False):
            names.setdefault(topic, (nl, en))
    found = [_of_event(event) for event in events]
    found += [_of_act(act, names) for _, act in workspace.acts.topic_acts() if act.kind not in _TOLD]
    return sorted(found, key=lambda one: (one.day, one.person is not None))


def history_of(workspace: Workspace, letters: str | None) -> list[Happening]:
    """What happened to the topic whose id is, or alone begins with, ``letters``, also where it is gone; to all without.

    Raises
    ------
    UnknownError
        Nothing is known of such a topic, or there are several.
    """
    found = topic_history(workspace)
    if letters is None:
        return found
    model = standing_topics(workspace, members=False)
    ids = {topic for one in found for topic in (one.topic, *one.others)}
    ids |= set() if model is None else {topic.id for topic in model.topics}
    long_enough = len(letters) >= SHORTEST_ID
    chosen = {letters} & ids or {topic for topic in ids if long_enough and topic.startswith(letters)}
    if len(chosen) != 1:
        raise UnknownError("error.topic_several" if chosen else "error.topic_unknown", topic=letters, n=len(chosen))
    return [one for one in found if chosen & {one.topic, *one.others}]


def _of_event(event: TopicEvent) -> Happening:
    return Happening(
        day=event.day,
        what=event.kind.value,
        topic=event.topic,
        others=event.others,
        names_nl=event.names_nl,
        names_en=event.names_en,
        n_passages=event.n_passages,
        person=event.person,
    )


def _of_act(act: TopicAct, names: Mapping[str, tuple[str, str]]) -> Happening:
    nl, en = names.get(act.topic, (act.topic, act.topic))
    renamed = act.kind is TopicActKind.RENAME
    return Happening(
        day=act.decided.replace(tzinfo=UTC).astimezone().date(),
        what=act.kind.value,
        topic=act.topic,
        names_nl=(act.name_nl or nl,) if renamed else (nl,),
        names_en=(act.name_en or en,) if renamed else (en,),
        terms_nl=act.terms_nl,
        terms_en=act.terms_en,
        person=act.person,
        note=act.note,
    )


def happening_record(one: Happening) -> dict[str, Any]:
    """What happened to a topic as other programs read it."""
    return {
        "day": one.day.isoformat(),
        "what": one.what,
        "topic": one.topic,
        "others": list(one.others),
        "names_nl": list(one.names_nl),
        "names_en": list(one.names_en),
        "terms_nl": list(one.terms_nl),
        "terms_en": list(one.terms_en),
        "passages": one.n_passages,
        "person": one.person,
        "note": one.note,
    }
