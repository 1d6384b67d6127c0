"""What people do with topics, laid over the topics of the latest scan.

The review page imports this, so neither scikit-learn nor BERTopic is imported here.
"""

from __future__ import annotations

import logging
import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date
from itertools import chain, zip_longest
from math import cos, pi, sin

from pipelines.domain.topics import (
    Topic,
    TopicAct,
    TopicActKind,
    TopicEvent,
    TopicEventKind,
    TopicModel,
    TopicPassage,
    TopicsState,
    TopicTrend,
)
from pipelines.topics.config import TopicsConfig
from pipelines.topics.coverage import cover_topics
from pipelines.topics.growth import trend_of
from pipelines.topics.part_words import PartWords, words_of_parts
from pipelines.topics.representatives import pick_representatives
from pipelines.topics.tally import Tally, tally

logger = logging.getLogger(__name__)

_BESIDE = 0.04
"""A topic that came of a division is put so far from the other: near, and to be told apart, on a map whose places lie
between -1 and 1."""


def arrange_topics(
    model: TopicModel,
    acts: Sequence[tuple[int, TopicAct]],
    passages: Mapping[str, TopicPassage],
    today: date,
) -> TopicModel:
    """The model with acts worked in, in their order.

    An act on a topic that is gone by then is passed over. What mergers and divisions did follows the events of the scan
    in ``events``.

    Parameters
    ----------
    model
        Topics of a scan. Acts up to its ``acts_seen`` are in it already.
    acts
        Acts with their numbers, in order.
    passages
        By id, those of the topics that acts merge or divide. Passages that are not among them are gone: they leave
        those topics.
    today
        Scans after it do not count for trends.
    """
    arranging = _Arranging(model, acts, passages, today)
    for number, act in acts:
        if number > model.acts_seen and not arranging.do(act):
            logger.info("act %s on topic %s is passed over: there is nothing (left) to do it to", number, act.topic)
    return arranging.model(max((model.acts_seen, *(number for number, _ in acts))))


class _Arranging:
    """Topics while acts are worked in."""

    def __init__(
        self,
        model: TopicModel,
        acts: Sequence[tuple[int, TopicAct]],
        passages: Mapping[str, TopicPassage],
        today: date,
    ) -> None:
        self._model, self._passages = model, passages
        self._n_terms, self._n_each = TopicsConfig().n_terms, TopicsConfig().n_representative
        self._topics = {topic.id: topic for topic in model.topics}
        self._own = {topic.id: _without_pinned(topic) for topic in model.topics}
        """Terms of each topic, Dutch and English, that nobody pinned."""
        self._latest = max((day for day in model.by_scan if day <= today.isoformat()), default="")
        self._events: list[TopicEvent] = []
        self._place: dict[str, str | None] = {}
        """Passages that came to lie elsewhere; ``None`` where they are gone."""
        touched = {topic for _, act in acts if act.kind in _MOVES for topic in (act.topic, *act.others)}
        inside = _inside(model.assignments, touched & self._topics.keys())
        self._members = {topic: [p for p in found if p in passages] for topic, found in inside.items()}
        self._gone = {topic: [p for p in found if p not in passages] for topic, found in inside.items()}

    def do(self, act: TopicAct) -> bool:
        """Work an act in; ``False`` where that cannot be done any more."""
        topic = self._topics.get(act.topic)
        if topic is None:
            return False
        if act.kind is TopicActKind.MERGE:
            return self._merge(topic, act)
        if act.kind is TopicActKind.SPLIT:
            return self._split(topic, act)
        changes: dict[str, object] = {"hidden": act.kind is TopicActKind.HIDE}
        if act.kind is TopicActKind.RENAME:
            names = {"name_nl": act.name_nl or topic.name_nl, "name_en": act.name_en or topic.name_en}
            changes = {**names, "named_by": act.person}
        elif act.kind is TopicActKind.PIN:
            changes = {"pinned_nl": _interleaved([act.terms_nl]), "pinned_en": _interleaved([act.terms_en])}
        self._topics[topic.id] = self._with_terms(topic.model_copy(update=changes))
        return True

    def model(self, acts_seen: int) -> TopicModel:
        """The outcome."""
        assignments = self._model.assignments
        if self._place:
            moved = ((p, self._place.get(p, topic)) for p, topic in assignments.items())
            assignments = {p: topic for p, topic in moved if topic is not None}
        topics = sorted(self._topics.values(), key=lambda topic: (-topic.size, topic.id))
        return self._model.model_copy(
            update={
                "topics": tuple(topics),
                "assignments": assignments,
                "events": (*self._model.events, *self._events),
                "acts_seen": acts_seen,
            }
        )

    def _merge(self, topic: Topic, act: TopicAct) -> bool:
        others = [self._topics[other] for other in dict.fromkeys(act.others) if other in self._topics]
        others = [other for other in others if other.id != topic.id]
        joined = list(chain.from_iterable(self._members[one.id] for one in (topic, *others)))
        if not others or not joined:
            return False
        own = [self._own[topic.id]]
        for one in others:  # what was pinned on those stands first of their own
            nl, en = self._own[one.id]
            own.append(((*one.pinned_nl, *nl), (*one.pinned_en, *en)))
        self._own[topic.id] = (_interleaved([nl for nl, _ in own]), _interleaved([en for _, en in own]))
        nearest = _interleaved([one.representative for one in (topic, *others)])
        moved = sum(len(self._members.pop(other.id)) for other in others)
        for other in others:
            del self._topics[other.id], self._own[other.id]
        self._leave(topic, *others)
        days = [one.first_seen for one in (topic, *others) if one.first_seen is not None]
        self._put(topic, joined, nearest, min(days, default=None))
        self._tell(TopicEventKind.MERGED, act, [topic, *others], moved)
        return True

    def _split(self, topic: Topic, act: TopicAct) -> bool:
        chosen, inside = frozenset(act.passages), self._members[topic.id]
        leaving = [p for p in inside if p in chosen]
        staying = [p for p in inside if p not in chosen]
        if not leaving or not staying or not act.others or act.others[0] in self._topics:
            return False
        self._leave(topic)
        known = {*chain.from_iterable(self._own[topic.id])}
        sides = [[self._passages[p] for p in ids] for ids in (staying, leaving)]
        words = words_of_parts(sides, self._n_terms, known)
        x, y = _beside(topic, act.others[0])
        new = Topic(
            id=act.others[0], name_nl=act.name_nl, name_en=act.name_en, size=1, n_documents=1, n_nl=0, n_en=0,
            x=x, y=y, named_by=act.person,
        )  # fmt: skip
        for one, ids, found in ((topic, staying, words[0]), (new, leaving, words[1])):
            self._own[one.id] = (found.nl, found.en)
            self._put(one, ids, _ranked(ids, found, topic.representative), one.first_seen)
        self._tell(TopicEventKind.SPLIT, act, [topic, new], len(leaving))
        return True

    def _leave(self, *topics: Topic) -> None:
        """Let passages that are gone be in none of these topics."""
        for topic in topics:
            self._place |= dict.fromkeys(self._gone.pop(topic.id, ()))

    def _put(
        self, topic: Topic, passages: Sequence[str], nearest: Sequence[str], first_seen: date | None = None
    ) -> None:
        """Let a topic hold these passages, with all that follows from them; ``nearest`` first are shown for it.

        ``first_seen`` is the day of the scan that it was new in, where it was; else that follows from its passages.
        """
        self._members[topic.id] = sorted(passages)
        inside = [self._passages[p] for p in self._members[topic.id]]
        counted = tally(inside)
        first = [one for one in (first_seen, counted.first_seen) if one is not None]
        shown = pick_representatives([self._passages[p] for p in nearest if p in self._passages], self._n_each)
        changed = topic.model_copy(
            update={
                **counted.fields(),
                "first_seen": first[0] if first else None,
                "trend": self._trend(counted, first),
                "representative": shown,
                "arranged": True,
            }
        )
        alone = TopicModel(
            state=TopicsState.FITTED,
            n_passages=len(inside),
            minimum=0,
            topics=(self._with_terms(changed),),
            assignments={p.id: topic.id for p in inside},
        )
        (self._topics[topic.id],) = cover_topics(alone, {p.id: p.rows for p in inside}).topics
        before = self._model.assignments
        self._place |= {p.id: topic.id for p in inside if before[p.id] != topic.id or p.id in self._place}

    def _trend(self, counted: Tally, first_seen: Sequence[date]) -> TopicTrend:
        if not self._latest:
            return TopicTrend.STEADY
        # A topic that was new in that scan may have taken in passages that were there before.
        if first_seen and first_seen[0].isoformat() == self._latest and len(self._model.by_scan) > 1:
            return TopicTrend.NEW
        return trend_of(counted.by_scan, self._model.by_scan, self._latest)

    def _with_terms(self, topic: Topic) -> Topic:
        """The topic with its pinned terms before its own."""
        nl, en = self._own[topic.id]
        return topic.model_copy(
            update={
                "terms_nl": (*topic.pinned_nl, *others_than(topic.pinned_nl, nl)[: self._n_terms]),
                "terms_en": (*topic.pinned_en, *others_than(topic.pinned_en, en)[: self._n_terms]),
            }
        )

    def _tell(self, kind: TopicEventKind, act: TopicAct, topics: Sequence[Topic], n_moved: int) -> None:
        event = TopicEvent(
            kind=kind,
            # The day on the clock of those who read it, as that of a scan.
            day=act.decided.replace(tzinfo=UTC).astimezone().date(),
            topic=act.topic,
            others=tuple(topic.id for topic in topics[1:]),
            names_nl=tuple(topic.name_nl for topic in topics),
            names_en=tuple(topic.name_en for topic in topics),
            n_passages=n_moved,
            person=act.person,
        )
        self._events.append(event)


_MOVES = frozenset({TopicActKind.MERGE, TopicActKind.SPLIT})


def _inside(assignments: Mapping[str, str], topics: Collection[str]) -> dict[str, list[str]]:
    """Passages of some topics, in the order of ids."""
    found: dict[str, list[str]] = {topic: [] for topic in topics}
    for passage, topic in assignments.items() if topics else ():
        if topic in found:
            found[topic].append(passage)
    return {topic: sorted(inside) for topic, inside in found.items()}


def _without_pinned(topic: Topic) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return others_than(topic.pinned_nl, topic.terms_nl), others_than(topic.pinned_en, topic.terms_en)


def others_than(pinned: Iterable[str], terms: Iterable[str]) -> tuple[str, ...]:
    """Terms that are not pinned, however they are written."""
    taken = {term.casefold() for term in pinned}
    return tuple(term for term in terms if term.casefold() not in taken)


def _interleaved(lists: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """The first of each, then the second of each, and so on; each once, however it is written."""
    found: dict[str, str] = {}
    for term in chain.from_iterable(zip_longest(*lists)):
        if term is not None:
            found.setdefault(term.casefold(), term)
    return tuple(found.values())


def _ranked(passages: Sequence[str], words: PartWords, nearest: Sequence[str]) -> list[str]:
    """Passages that hold most of the terms first, those near the middle of the whole topic before others."""
    place = {passage: i for i, passage in enumerate(nearest)}
    return sorted(passages, key=lambda p: (-words.hits[p], place.get(p, len(place)), p))


def _beside(topic: Topic, new: str) -> tuple[float, float]:
    """A place near ``topic``, in a direction that follows from the id of the new one."""
    angle = 2 * pi * (zlib.crc32(new.encode()) / 2**32)
    return round(topic.x + _BESIDE * cos(angle), 6), round(topic.y + _BESIDE * sin(angle), 6)
