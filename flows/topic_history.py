"""What happened to topics over the scans, by themselves and because people asked for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from flows.topic_list import SHORTEST_ID
from flows.topic_standing import standing_topics
from pipelines.domain.topics import TopicAct, TopicActKind, TopicEvent, TopicEventKind
from pipelines.errors import UnknownError
from pipelines.store import Workspace

_TOLD_BY = {TopicEventKind.MERGED: TopicActKind.MERGE, TopicEventKind.SPLIT: TopicActKind.SPLIT}
_TOLD = frozenset(_TOLD_BY.values())
"""Acts that an event tells of: those that could be worked in."""


@dataclass(frozen=True)
class Happening:
    """Something that happened to a topic, by itself or because a person asked for it."""

    day: date
    moment: datetime
    """In UTC, without time zone; of what a scan did by itself, when the scan began."""
    what: str
    """Value of an event (:class:`TopicEventKind`) or, of what people do and no event tells, of an act
    (:class:`TopicActKind`)."""
    topic: str
    others: tuple[str, ...] = ()
    """Of a split the topics that came of it; of a merger those that went into it."""
    names_nl: tuple[str, ...] = ()
    """Of ``topic`` and ``others`` at that time. So too ``names_en``."""
    names_en: tuple[str, ...] = ()
    old_nl: str = ""
    """Of a person's act on a single topic: its name just before. So too ``old_en``."""
    old_en: str = ""
    given_nl: str = ""
    """Of a rename: the name that it gave, empty where it left the name in that language alone. So too ``given_en``."""
    given_en: str = ""
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

    def renamed(self, language: str) -> tuple[str, str] | None:
        """Name before and after, where it changed in ``language``."""
        old, given = (self.old_nl, self.given_nl) if language == "nl" else (self.old_en, self.given_en)
        return (old, given) if given and given != old else None


def topic_history(workspace: Workspace) -> list[Happening]:
    """What happened to all topics, oldest first; what a scan did has the moment at which it began."""
    acts = [act for _, act in workspace.acts.topic_acts()]
    tellers = _Tellers(acts)
    found = [tellers.of_event(event, began) for event, began in _events(workspace)]
    found += [(number, _of_act(act)) for number, act in enumerate(acts) if act.kind not in _TOLD]
    # Moments are to the second: within one, people's acts are in the order in which they were made.
    found.sort(key=lambda numbered: (numbered[1].moment, numbered[0]))
    return _with_names([one for _, one in found], _first_names(workspace) if acts else {})


def _events(workspace: Workspace) -> list[tuple[TopicEvent, datetime]]:
    """What scans recorded, and what was done since the latest, each with the moment at which the scan began."""
    last, model = workspace.topics.latest_run(), standing_topics(workspace, members=False)
    found = [(run_id, event) for run_id, event in workspace.topics.events() if run_id != last]
    found += [] if model is None or last is None else [(last, event) for event in model.events]
    began = {run_id: workspace.runs.get(run_id).started for run_id in {run_id for run_id, _ in found}}
    return [(event, began[run_id]) for run_id, event in found]


def _first_names(workspace: Workspace) -> dict[str, tuple[str, str]]:
    """Dutch and English name of each topic after the first scan that knew it."""
    names: dict[str, tuple[str, str]] = {}
    for run in sorted(workspace.runs.all(), key=lambda run: run.started):
        model = workspace.topics.of_run(run.id, members=False)
        for topic in () if model is None else model.topics:
            names.setdefault(topic.id, (topic.name_nl, topic.name_en))
    return names


def _with_names(found: Sequence[Happening], first: Mapping[str, tuple[str, str]]) -> list[Happening]:
    """What people did to single topics, with the names that those had then; events carry theirs themselves."""
    names, told = dict(first), list[Happening]()
    for one in found:
        if one.names_nl:
            names |= zip((one.topic, *one.others), zip(one.names_nl, one.names_en, strict=False), strict=False)
        else:
            old_nl, old_en = names.get(one.topic, (one.topic, one.topic))
            nl, en = one.given_nl or old_nl, one.given_en or old_en
            names[one.topic] = (nl, en)
            one = replace(one, names_nl=(nl,), names_en=(en,), old_nl=old_nl, old_en=old_en)
        told.append(one)
    return told


class _Tellers:
    """Finds the acts that events came of: they hold the moment and the reason, which events lack."""

    def __init__(self, acts: Sequence[TopicAct]) -> None:
        self._left = {number: act for number, act in enumerate(acts) if act.kind in _TOLD}

    def of_event(self, event: TopicEvent, began: datetime) -> tuple[int, Happening]:
        """What an event tells, after the number of the act that it came of; -1 where it came of none."""
        number = self._number(event) if event.person is not None else -1
        act = self._left.pop(number, None)
        return number, Happening(
            day=event.day,
            moment=began if act is None else act.decided,
            what=event.kind.value,
            topic=event.topic,
            others=event.others,
            names_nl=event.names_nl,
            names_en=event.names_en,
            n_passages=event.n_passages,
            person=event.person,
            note="" if act is None else act.note,
        )

    def _number(self, event: TopicEvent) -> int:
        kind = _TOLD_BY.get(event.kind)
        for number, act in self._left.items():
            same = (act.kind, act.topic, act.person) == (kind, event.topic, event.person)
            # Of a merger the topics that were gone by then are not told.
            if same and set(event.others) <= set(act.others):
                return number
        return -1


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


def _of_act(act: TopicAct) -> Happening:
    renamed = act.kind is TopicActKind.RENAME
    return Happening(
        day=act.decided.replace(tzinfo=UTC).astimezone().date(),
        moment=act.decided,
        what=act.kind.value,
        topic=act.topic,
        given_nl=act.name_nl if renamed else "",
        given_en=act.name_en if renamed else "",
        terms_nl=act.terms_nl,
        terms_en=act.terms_en,
        person=act.person,
        note=act.note,
    )


def happening_record(one: Happening) -> dict[str, Any]:
    """What happened to a topic as other programs read it."""
    return {
        "day": one.day.isoformat(),
        "moment": one.moment.isoformat(),
        "what": one.what,
        "topic": one.topic,
        "others": list(one.others),
        "names_nl": list(one.names_nl),
        "names_en": list(one.names_en),
        "old_nl": one.old_nl,
        "old_en": one.old_en,
        "terms_nl": list(one.terms_nl),
        "terms_en": list(one.terms_en),
        "passages": one.n_passages,
        "person": one.person,
        "note": one.note,
    }
