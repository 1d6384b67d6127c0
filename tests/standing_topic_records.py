"""Small factories for standing topics, their passages, and acts of people on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert

from pipelines.domain.ids import content_id
from pipelines.domain.topics import (
    Topic,
    TopicAct,
    TopicActKind,
    TopicModel,
    TopicPassage,
    TopicsState,
)
from pipelines.store import Workspace, schema
from pipelines.topics.tally import tally

FIRST_MOMENT = datetime(2026, 3, 2, 9)
DAYS = ("2026-01-05", "2026-02-05")
"""Of two scans."""


def build_topic_passage(number: int, **values: Any) -> TopicPassage:
    """Passage ``number``: every other one English, three to a document, the last third of ten from the second scan."""
    language = "en" if number % 2 else "nl"
    words = "De ploeg bespreekt het rooster" if language == "nl" else "The crew discusses shift"
    given: dict[str, Any] = {
        "id": f"p{number:03}",
        "document_id": f"d{number // 3}",
        "language": language,
        "text": f"{words} {number}.",
        "day": DAYS[number % 10 > 6],
        "new": number % 10 > 6,
        "year": 2024 + number % 2,
    }
    return TopicPassage(**{**given, **values})


def build_topic_of(topic_id: str, passages: Sequence[TopicPassage], **values: Any) -> Topic:
    """A topic that holds these passages."""
    given: dict[str, Any] = {
        "id": topic_id,
        "name_nl": f"Naam {topic_id}",
        "name_en": f"Name {topic_id}",
        "terms_nl": (f"woord {topic_id}", "rooster"),
        "terms_en": (f"word {topic_id}", "shift"),
        "representative": tuple(passage.id for passage in passages[:2]),
        **tally(passages).fields(),
    }
    return Topic(**{**given, **values})


def build_standing(groups: Mapping[str, Sequence[TopicPassage]], **values: Any) -> TopicModel:
    """A model with these topics, and one passage more that is in none."""
    inside = [passage for passages in groups.values() for passage in passages]
    topics = [build_topic_of(topic, passages) for topic, passages in groups.items()]
    given: dict[str, Any] = {
        "state": TopicsState.FITTED,
        "n_passages": len(inside) + 1,
        "minimum": 1,
        "topics": tuple(sorted(topics, key=lambda topic: (-topic.size, topic.id))),
        "assignments": {passage.id: topic for topic, passages in groups.items() for passage in passages},
        "by_scan": tally(inside).by_scan,
    }
    return TopicModel(**{**given, **values})


def build_act(kind: TopicActKind, topic: str, turn: int = 1, **values: Any) -> TopicAct:
    """An act on a topic, number ``turn``."""
    given: dict[str, Any] = {
        "id": content_id("topic act", kind, topic, turn, str(sorted(values.items()))),
        "kind": kind,
        "topic": topic,
        "turn": turn,
        "person": "anna",
        "decided": FIRST_MOMENT + timedelta(minutes=turn),
    }
    return TopicAct(**{**given, **values})


def add_runs(workspace: Workspace, *names: str, running: str | None = None) -> None:
    """Runs that ended, a day apart, and perhaps one that is going on."""
    with workspace.engine.begin() as connection:
        for number, name in enumerate((*names, *([running] if running else []))):
            begun = FIRST_MOMENT + timedelta(days=number)
            over = name != running
            connection.execute(
                insert(schema.runs).values(
                    id=name,
                    started=begun,
                    finished=begun + timedelta(hours=1) if over else None,
                    state="done" if over else "running",
                    language="nl",
                    versions={},
                    summary={},
                )
            )
