"""Topics of a workspace as a list, and what happened to them, as other programs read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from flows.encoders import chosen_version
from flows.topic_arranging import find_topic
from flows.topic_standing import standing_topics
from flows.workspace import open_settings_workspace
from pipelines.domain.topics import Topic, TopicAct, TopicActKind, TopicEvent, TopicModel
from pipelines.errors import ModelError, UnknownError
from pipelines.settings import Settings
from pipelines.store import Workspace

SHORTEST_ID = 4
"""So many letters of the id of a topic name it where no other begins with them."""


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


def list_topics(settings: Settings, *, everything: bool = False) -> tuple[TopicModel | None, list[dict[str, Any]]]:
    """The topics as they stand, as a model (``None`` before the first scan) and as records for other programs.

    Those that somebody hid are left out of the records, unless ``everything`` is asked for. ``growth`` is what the
    latest scan brought to a topic, ``None`` where it brought all of it.
    """
    workspace = open_settings_workspace(settings)
    try:
        model = standing_topics(workspace)
        run_id = workspace.topics.latest_run()
        started = None if run_id is None else _local_day(workspace.runs.get(run_id).started)
    finally:
        workspace.close()
    if model is None:
        return None, []
    topics = model.topics if everything else model.shown
    return model, [topic_record(topic, started) for topic in topics]


def topic_record(topic: Topic, day: date | None = None) -> dict[str, Any]:
    """A topic as other programs read it (documented in docs/commands.md).

    ``day`` stands for the days of topics that were stored before topics had them.
    """
    first, last = topic.first_seen or day, topic.last_seen or day
    return {
        "id": topic.id,
        "name_nl": topic.name_nl,
        "name_en": topic.name_en,
        "terms_nl": list(topic.terms_nl),
        "terms_en": list(topic.terms_en),
        "size": topic.size,
        "documents": topic.n_documents,
        "first_seen": None if first is None else first.isoformat(),
        "last_seen": None if last is None else last.isoformat(),
        "growth": None if topic.n_new == topic.size else topic.n_new,
        "rows": list(topic.rows),
        "novel": topic.novel,
        "trend": topic.trend.value,
        "new": topic.n_new,
        "hidden": topic.hidden,
        "named_by": topic.named_by,
        "pinned_nl": list(topic.pinned_nl),
        "pinned_en": list(topic.pinned_en),
    }


def topic_named(model: TopicModel | None, letters: str) -> Topic:
    """The topic whose id is, or alone begins with, ``letters``.

    Raises
    ------
    UnknownError
        There is none, or there are several.
    """
    found = [topic for topic in (model.topics if model else ()) if topic.id.startswith(letters)]
    exact = [topic for topic in found if topic.id == letters]
    if len(found) > 1 and not exact and len(letters) >= SHORTEST_ID:
        raise UnknownError("error.topic_several", topic=letters, n=len(found))
    if len(letters) >= SHORTEST_ID and len(found) == 1:
        return found[0]
    return find_topic(model, letters)


def topic_history(workspace: Workspace, topic_id: str | None = None) -> list[Happening]:
    """What happened to all topics, or to one, in order of time; within a day scans come before people."""
    model = standing_topics(workspace, members=False)
    last = workspace.topics.latest_run()
    events = [event for run_id, event in workspace.topics.events() if run_id != last]
    events += () if model is None else model.events
    names = {topic.id: (topic.name_nl, topic.name_en) for topic in ([] if model is None else model.topics)}
    found = [_of_event(event) for event in events]
    for event in events:  # topics that are gone are known by their last names
        for place, topic in enumerate((event.topic, *event.others)):
            if place < len(event.names_nl):
                names.setdefault(topic, (event.names_nl[place], event.names_en[place]))
    told = {TopicActKind.MERGE, TopicActKind.SPLIT}
    found += [_of_act(act, names) for _, act in workspace.acts.topic_acts() if act.kind not in told]
    chosen = [one for one in found if topic_id is None or topic_id in (one.topic, *one.others)]
    return sorted(chosen, key=lambda one: (one.day, one.person is not None))


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


def _of_act(act: TopicAct, names: dict[str, tuple[str, str]]) -> Happening:
    nl, en = names.get(act.topic, (act.topic, act.topic))
    renamed = act.kind is TopicActKind.RENAME
    return Happening(
        day=_local_day(act.decided),
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


def _local_day(moment: datetime) -> date:
    """The day on the clock of those who read it."""
    return moment.replace(tzinfo=UTC).astimezone().date()


def encoder_now(settings: Settings) -> str | None:
    """Version of the encoder that the settings choose; ``None`` where it cannot be used, as ``doctor`` explains."""
    try:
        return chosen_version(settings)
    except ModelError:
        return None
