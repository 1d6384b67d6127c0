"""What stood before a scan, as the clustering wants it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

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
    """Shape (n_passages,): whether the scan itself brought it."""
    fresh: NDArray[np.bool_]
    """Shape (n_passages,): whether it came after the topics were laid out."""
    laid_out: str
    """ISO 8601 day on which they were; empty where they are now."""
    n_searched: int
    """Passages when dense spots were last looked for among all."""
    given_up: tuple[Topic, ...] = ()
    """Topics that are laid out anew."""
    former: dict[str, str] = field(default_factory=dict)
    """Passage id -> topic id of the topics that were given up."""


def what_stood(standing: TopicModel | None, passages: Sequence[TopicPassage], *, anew: bool) -> Before:
    """What ``standing`` means for ``passages``; with ``anew`` only topics that people arranged stand."""
    if standing is None or not standing.topics:
        none = np.zeros(len(passages), dtype=bool)
        return Before((), np.full(len(passages), UNASSIGNED), none, none, "", 0)
    kept = tuple(topic for topic in standing.topics if not anew or _is_of_people(topic))
    numbers = {topic.id: number for number, topic in enumerate(kept)}
    of_passage = standing.assignments
    labels = np.array([numbers.get(of_passage.get(p.id, ""), UNASSIGNED) for p in passages], dtype=int)
    laid_out = "" if anew else str(standing.settings.get("laid_out", ""))
    fresh = np.array([not anew and (p.new or p.day > laid_out) for p in passages], dtype=bool)
    n_searched = 0 if anew else int(standing.settings.get("n_searched", 0))
    given_up = tuple(topic for topic in standing.topics if topic.id not in numbers)
    former = {passage: topic for passage, topic in of_passage.items() if topic not in numbers}
    new = np.array([p.new for p in passages], dtype=bool)
    return Before(kept, labels, new, fresh, laid_out, n_searched, given_up, former)


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
        arranged=frozenset(number for number, topic in enumerate(before.topics) if topic.arranged),
        dense=searches_all(before, len(before.labels), config),
    )


def searches_all(before: Before, n_passages: int, config: TopicsConfig) -> bool:
    """Whether dense spots are looked for among all that is in no topic."""
    return n_passages >= config.divide_factor * before.n_searched


def _is_of_people(topic: Topic) -> bool:
    return bool(topic.arranged or topic.named_by or topic.hidden or topic.pinned_nl or topic.pinned_en)
