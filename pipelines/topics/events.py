"""What happened to topics in a scan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from pipelines.domain.topics import Topic, TopicEvent, TopicEventKind, TopicModel, TopicTrend
from pipelines.topics.standing import StandingGroups


def tell_events(
    topics: Sequence[Topic], standing: TopicModel, clusters: StandingGroups | None, ids: Mapping[int, str], day: date
) -> tuple[TopicEvent, ...]:
    """New, divided, merged, dormant, revived and lost topics, beside those that stood.

    Parameters
    ----------
    topics
        As they are now.
    standing
        As they were before the scan, with at least one topic.
    clusters
        Tells what was divided and merged; ``None`` where nothing was.
    ids
        Of all topics by their number in ``clusters``, also of those that went into another.
    day
        Of the scan.
    """
    before = {topic.id: topic for topic in standing.topics}
    now = {topic.id: topic for topic in topics}
    told: list[TopicEvent] = []

    def tell(kind: TopicEventKind, topic: str, n_passages: int = 0, others: Sequence[str] = ()) -> None:
        named = [now.get(one) or before[one] for one in (topic, *others)]
        told.append(
            TopicEvent(
                kind=kind,
                day=day,
                topic=topic,
                others=tuple(others),
                names_nl=tuple(one.name_nl for one in named),
                names_en=tuple(one.name_en for one in named),
                n_passages=n_passages,
            )
        )

    accounted: set[str] = set()
    for division in clusters.divisions_ if clusters else ():
        part = ids[division.part]
        accounted.add(part)
        tell(TopicEventKind.SPLIT, ids[division.topic], now[part].size, [part])
    for union in clusters.unions_ if clusters else ():
        others = [ids[other] for other in union.others]
        accounted |= set(others)
        tell(TopicEventKind.MERGED, ids[union.topic], sum(before[other].size for other in others), others)
    for topic in topics:
        if topic.id not in before and topic.id not in accounted:
            came_now = topic.trend is TopicTrend.NEW
            tell(TopicEventKind.NEW if came_now else TopicEventKind.RECOGNISED, topic.id, topic.size)
        elif topic.id in before:
            asleep, was_asleep = (one.trend is TopicTrend.DORMANT for one in (topic, before[topic.id]))
            if asleep != was_asleep:
                tell(TopicEventKind.DORMANT if asleep else TopicEventKind.REVIVED, topic.id, topic.n_new)
    for topic in standing.topics:
        if topic.id not in now and topic.id not in accounted:
            tell(TopicEventKind.GONE, topic.id, topic.size)
    return tuple(told)
