"""From passages to the number of the topic of each, with what the names of topics are made of."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipelines.domain.topics import TopicPassage
from pipelines.language.encoder import FloatArray
from pipelines.topics.before import Before, as_standing
from pipelines.topics.bertopic_fit import FittedGroups, fit_groups
from pipelines.topics.clustering import UNASSIGNED, Labels, LanguageMeans, middles_of, nearest_middle
from pipelines.topics.config import TopicsConfig
from pipelines.topics.sampling import choose_sample
from pipelines.topics.space import TopicSpace
from pipelines.topics.standing import StandingGroups
from pipelines.topics.terms import TermBook
from pipelines.topics.vocabulary import Vocabulary

logger = logging.getLogger(__name__)

_BLOCK = 20_000
"""Passages that are placed at once beside the sample: 80 MB of vectors in double precision."""
_NEVER = 2.0
"""A cosine that no two vectors have."""


@dataclass(frozen=True)
class Fitted:
    """Topics as numbers. What is said of a sample is said of all passages where there are not too many."""

    labels: Labels
    """Shape (n_passages,), -1 for none. New topics have numbers above those that stood."""
    sample: Labels
    """Places of the passages that topics were found on, shape (n_sample,)."""
    vectors: FloatArray
    """Of the sample, without the mean of their language, shape (n_sample, dimensions)."""
    groups: FittedGroups
    """Of the sample: what BERTopic made of the topics."""
    terms: list[list[str]]
    """Of the passages of the sample."""
    book: TermBook
    found: list[Counter[str]]
    """How often the passages of the sample hold each concept."""
    clusters: StandingGroups


def fit_labels(
    passages: Sequence[TopicPassage],
    vectors: FloatArray,
    before: Before,
    vocabulary: Vocabulary | None,
    config: TopicsConfig,
) -> Fitted | None:
    """Find the topics of passages in the order of their ids; ``None`` where hardly any can be told apart.

    Above ``config.most_fitted`` passages topics are found on a sample, and the others join the topic whose middle they
    lie near: the work then grows with the number of passages and not with its square.

    Parameters
    ----------
    passages, vectors
        Passages, and their vectors of shape (n_passages, dimensions).
    before
        What stood.
    vocabulary
        Concepts that tell passages apart.
    config
        Settings.
    """
    sample, counts = choose_sample(before.labels, before.new, config.most_fitted)
    languages = [passages[i].language for i in sample]
    means = LanguageMeans(vectors[sample], languages, config.language_shrinkage)
    centred = means.centred(vectors[sample], languages)
    readable = centred.any(axis=1)
    if readable.sum() < config.least_standing or (not before.topics and readable.sum() < config.minimum):
        return None
    sample, counts, centred = sample[readable], counts[readable], centred[readable]
    chosen = [passages[i] for i in sample]
    found = vocabulary.read(chosen) if vocabulary else [Counter[str]() for _ in chosen]
    space = TopicSpace(chosen, vectors[sample], found, config)
    book = TermBook()
    terms = [book.read(passage) for passage in chosen]
    documents = [passage.document_id for passage in passages]
    clusters = StandingGroups(config, centred, as_standing(before, sample, counts, documents, config))
    groups = fit_groups(terms, space.describe(chosen, vectors[sample], found), clusters, config)
    labels = before.labels.copy()
    labels[sample] = clusters.labels_
    _place_others(labels, sample, passages, vectors, before, means, centred, clusters, config)
    return Fitted(labels, sample, centred, groups, terms, book, found, clusters)


def _place_others(
    labels: Labels,
    sample: Labels,
    passages: Sequence[TopicPassage],
    vectors: FloatArray,
    before: Before,
    means: LanguageMeans,
    centred: FloatArray,
    clusters: StandingGroups,
    config: TopicsConfig,
) -> None:
    """Give passages beside the sample their topic, in ``labels``."""
    others = np.setdiff1d(np.arange(len(passages)), sample, assume_unique=True)
    if not len(others):
        return
    for union in clusters.unions_:
        labels[np.isin(labels, union.others)] = union.topic
    spots, middles = middles_of(centred, clusters.labels_)
    divided = {division.topic: division.part for division in clusters.divisions_}
    for start in range(0, len(others), _BLOCK):
        block = others[start : start + _BLOCK]
        near = means.centred(vectors[block], [passages[i].language for i in block])
        free = labels[block] == UNASSIGNED
        # As within the sample: a new topic asks for more, and what once stood outside all joins none but a new one.
        first_new = len(before.topics)
        of_new = config.join_cosine if clusters.standing.laying_out else config.join_new_cosine
        needed = np.where(spots >= first_new, of_new, config.join_cosine)
        for joins, least in (
            (free & (before.new[block] | clusters.standing.dense), needed),
            (free & ~before.new[block] & (not clusters.standing.dense), np.where(spots >= first_new, of_new, _NEVER)),
        ):
            labels[block[joins]] = nearest_middle(near[joins], spots, middles, least)
        for topic, part in divided.items():
            halves = np.isin(spots, [topic, part])
            inside = labels[block] == topic
            labels[block[inside]] = nearest_middle(near[inside], spots[halves], middles[halves], -1.0)
