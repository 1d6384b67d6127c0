"""What the pages of topics keep in memory between two looks."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from flows.topic_arranging import suggest_split
from flows.topic_standing import standing_topics
from pipelines.domain.runs import Run
from pipelines.domain.topics import Topic, TopicAct, TopicEvent, TopicModel
from pipelines.review_app.topic_map import Dot, draw_map
from pipelines.review_app.topic_splits import Division, division_of
from pipelines.settings import Settings
from pipelines.store import Workspace
from pipelines.store.inbox import InboxFilter
from pipelines.strings import Language

_KEPT_DIVISIONS = 16
"""Suggested divisions that are kept between the page that shows one and the answer to it."""


@dataclass(frozen=True)
class KnownTopics:
    """The topics as they stand, and which passages each holds."""

    stamp: str
    run: Run
    """The scan that they are of."""
    model: TopicModel
    """Without assignments: ``members`` has them the other way round."""
    members: Mapping[str, tuple[str, ...]]
    """Topic id -> passage ids."""
    topic_of: Mapping[str, str]
    """Passage id -> topic id."""
    events: tuple[TopicEvent, ...]
    """All that ever happened, the latest first."""
    acts: tuple[TopicAct, ...]
    """All that people ever did, the latest first."""
    turns: Mapping[str, int]
    """Topic id -> number of acts on it; topics without any are absent."""

    @property
    def day(self) -> date:
        """Day of the scan that they are of, the same as in the days on which a topic was seen."""
        return self.model.day or self.run.started.date()

    @cached_property
    def by_id(self) -> dict[str, Topic]:
        """Topics by id."""
        return {topic.id: topic for topic in self.model.topics}

    @cached_property
    def hidden(self) -> tuple[Topic, ...]:
        """Topics that somebody hid, largest first."""
        return tuple(topic for topic in self.model.topics if topic.hidden)

    @cached_property
    def numbers(self) -> dict[str, int]:
        """Topic id -> its number, from 1, among the topics that are shown; hidden ones have none."""
        return {topic.id: number for number, topic in enumerate(self.model.shown, 1)}

    @cached_property
    def _maps(self) -> dict[Language, list[Dot]]:
        return {}

    def map(self, language: Language) -> list[Dot]:
        """The map with names in ``language``."""
        if language not in self._maps:
            self._maps[language] = draw_map(self.model.shown, language)
        return self._maps[language]


class TopicBook:
    """The topics as they stand; with 100,000 passages reading them takes longer than a page may."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._lock = threading.Lock()
        self._known: KnownTopics | None = None
        self._touched: tuple[object, frozenset[str]] | None = None
        self._divisions: OrderedDict[tuple[str, str], Division] = OrderedDict()

    def latest(self) -> KnownTopics | None:
        """The topics; ``None`` before the first scan with topics is done."""
        with self._lock:
            stamp = self._workspace.topics.stamp()
            if self._known is None or self._known.stamp != stamp:
                self._known = self._read(stamp)
            return self._known

    def _read(self, stamp: str) -> KnownTopics | None:
        store = self._workspace
        run_id = store.topics.latest_run()
        model = None if run_id is None else standing_topics(store)
        if run_id is None or model is None:
            return None
        members: dict[str, list[str]] = {}
        for passage_id, topic_id in model.assignments.items():
            members.setdefault(topic_id, []).append(passage_id)
        # Those of the latest scan are in the model as well, with what people did since.
        earlier = [event for run, event in store.topics.events() if run != run_id]
        return KnownTopics(
            stamp=stamp,
            run=store.runs.get(run_id),
            model=model.model_copy(update={"assignments": {}}),
            members={topic_id: tuple(found) for topic_id, found in members.items()},
            topic_of=model.assignments,
            events=(*reversed(model.events), *reversed(earlier)),
            acts=tuple(act for _, act in reversed(store.acts.topic_acts())),
            turns=store.acts.topic_turns(),
        )

    def touched_rows(self) -> frozenset[str]:
        """Rows for which the latest scan that brought anything to read had a passage flagged."""
        store = self._workspace
        stamp = store.inbox.stamp()
        with self._lock:
            if self._touched is None or self._touched[0] != stamp:
                brought = store.inbox.overview(InboxFilter(state="all")).counts["run"]
                latest = next((run.id for run in reversed(store.runs.all()) if run.id in brought), None)
                chosen = InboxFilter(state="all", listed="flagged", run=latest)
                rows = store.inbox.overview(chosen).counts["row"] if latest is not None else {}
                self._touched = (stamp, frozenset(rows))
            return self._touched[1]

    def division(self, settings: Settings, known: KnownTopics, topic_id: str) -> Division:
        """A suggested division of a topic; takes a second or two, and nothing until the topics change.

        Raises
        ------
        UnknownError
            There is no such topic any more.
        """
        key = (known.stamp, topic_id)
        with self._lock:
            if key in self._divisions:
                return self._divisions[key]
        made = division_of(suggest_split(self._workspace, settings, topic_id), known.members.get(topic_id, ()))
        with self._lock:
            self._divisions[key] = made
            while len(self._divisions) > _KEPT_DIVISIONS:
                self._divisions.popitem(last=False)
        return made
