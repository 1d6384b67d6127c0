"""Topics of a workspace as a list."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date
from typing import Any

from flows.encoders import chosen_version
from flows.topic_checks import find_topic
from flows.topic_standing import standing_topics
from flows.workspace import open_settings_workspace
from pipelines.domain.topics import Topic, TopicEvent, TopicModel
from pipelines.errors import ModelError, UnknownError
from pipelines.settings import Settings

SHORTEST_ID = 4
"""So many letters of the id of a topic name it where no other begins with them."""


def list_topics(settings: Settings, *, everything: bool = False) -> tuple[TopicModel | None, list[dict[str, Any]]]:
    """The topics as they stand, as a model (``None`` before the first scan) and as records for other programs.

    Those that somebody hid are left out of the records, unless ``everything`` is asked for. ``growth`` is what the
    latest scan brought to a topic, ``None`` where it brought all of it.
    """
    workspace = open_settings_workspace(settings)
    try:
        model = standing_topics(workspace)
        run_id = workspace.topics.latest_run()
        started = None if run_id is None else workspace.runs.get(run_id).started.replace(tzinfo=UTC).astimezone().date()
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


def topic_named(model: TopicModel | None, letters: str, earlier: Callable[[], Iterable[TopicEvent]] = tuple) -> Topic:
    """The topic whose id is, or alone begins with, ``letters``; ``earlier`` as for :func:`find_topic`.

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
    if found or len(letters) < SHORTEST_ID:
        return find_topic(model, letters, earlier)
    events = (*earlier(), *(model.events if model else ()))
    gone = {other for event in events for other in event.others if other.startswith(letters)}
    return find_topic(model, gone.pop() if len(gone) == 1 else letters, lambda: events)


def encoder_now(settings: Settings) -> str | None:
    """Version of the encoder that the settings choose; ``None`` where it cannot be used, as ``doctor`` explains."""
    try:
        return chosen_version(settings)
    except ModelError:
        return None
