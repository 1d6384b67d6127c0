"""What people do with topics, laid over the topics of the latest scan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from pipelines.domain.topics import TopicAct, TopicModel, TopicPassage


def arrange_topics(
    model: TopicModel,
    acts: Sequence[tuple[int, TopicAct]],
    passages: Mapping[str, TopicPassage],
    today: date,
) -> TopicModel:
    """The model with acts worked in, in their order."""
    raise NotImplementedError
