"""What stood before a scan, as the clustering wants it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.domain.topics import Topic, TopicModel, TopicPassage
from pipelines.topics.clustering import UNASSIGNED, Labels
from pipelines.topics.config import TopicsConfig
from pipelines.topics.standing import Standing


@dataclass(frozen=True)
class Before:
    """Topics that stand, numbered from 0 in the order of ``topics``, and what the passages have to do with them."""

    topics: tuple[Topic, ...]
    labels: Labels
    """Shape (n_passages,): number of the topic of each passage, -1 for none."""
    new: NDArray[np.bool_]
    """Shape (n_passages,): whether it is looked at for the first time."""
    fresh: NDArray[np.bool_]
    """Shape (n_passages,): whether it came after the topics were laid out."""
    laid_out: str
    """ISO 8601 day on which they were; empty where they are now."""
    n_searched: int
    """Passages when dense spots were last looked for among all."""


def what_stood(standing: TopicModel | None, passages: Sequence[TopicPassage]) -> Before:
    """What ``standing`` means for ``passages``."""
    if standing is None or not standing.topics:
        every = np.ones(len(passages), dtype=bool)
        return Before((), np.full(len(passages), UNASSIGNED), every, ~every, "", 0)
    numbers = {topic.id: number for number, topic in enumerate(standing.topics)}
    of_passage, outside = standing.assignments, frozenset(standing.outside)
    labels = np.array([numbers.get(of_passage.get(p.id, ""), UNASSIGNED) for p in passages], dtype=int)
    laid_out = str(standing.settings.get("laid_out", ""))
    new = np.array([p.id not in of_passage and p.id not in outside for p in passages], dtype=bool)
    fresh = np.array([p.new or p.day > laid_out for p in passages], dtype=bool)
    n_searched = min(int(standing.settings.get("n_searched", 0)), len(passages))
    return Before(standing.topics, labels, new, fresh, laid_out, n_searched)


def as_standing(
    before: Before, chosen: Labels, counts: NDArray[np.floating], documents: Sequence[str], config: TopicsConfig
) -> Standing:
    """For the clustering of the passages in ``chosen``, each of which stands for so many as ``counts`` says."""
    return Standing(
        labels=before.labels[chosen],
        new=before.new[chosen],
        fresh=before.fresh[chosen],
        documents=np.array([documents[i] for i in chosen]),
        counts=counts,
        settled={number: topic.settled or topic.size for number, topic in enumerate(before.topics)},
        arranged=frozenset(number for number, topic in enumerate(before.topics) if _is_of_people(topic)),
        laying_out=not before.topics,
        dense=searches_all(before, config),
    )


def searches_all(before: Before, config: TopicsConfig) -> bool:
    """Whether dense spots are looked for among all that is in no topic: at first, and when passages have doubled."""
    doubled = len(before.labels) >= config.divide_factor * before.n_searched
    return doubled or bool((before.labels == UNASSIGNED).all())


def _is_of_people(topic: Topic) -> bool:
    return bool(topic.arranged or topic.named_by or topic.hidden or topic.pinned_nl or topic.pinned_en)
