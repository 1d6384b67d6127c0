"""The one place that knows BERTopic."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from pipelines.language.encoder import FloatArray
from pipelines.topics.clustering import UNASSIGNED, Labels, UnitComponents
from pipelines.topics.config import TopicsConfig
from pipelines.topics.standing import StandingGroups

logger = logging.getLogger(__name__)


class FittedGroups(NamedTuple):
    """What BERTopic made of the groups."""

    labels: Labels
    """Shape (n_passages,): topic from 0, largest first; -1 for none."""
    numbers: tuple[int, ...]
    """Of each topic: its label in the clustering."""
    scores: csr_matrix
    """c-TF-IDF of each term in each topic, shape (n_topics, n_terms)."""
    terms: NDArray[np.str_]
    """Shape (n_terms,)."""
    version: str
    """Of BERTopic."""

    @property
    def n_topics(self) -> int:
        """Topics found; 0 where nothing is dense enough."""
        return len(self.numbers)

    def row(self, topic: int) -> tuple[Labels, NDArray[np.floating]]:
        """Columns of the terms of a topic, and their scores."""
        span = slice(self.scores.indptr[topic], self.scores.indptr[topic + 1])
        return self.scores.indices[span], np.asarray(self.scores.data[span], dtype=np.float64)


def fit_groups(
    terms: Sequence[Sequence[str]], vectors: FloatArray, clusters: StandingGroups, config: TopicsConfig
) -> FittedGroups:
    """Group passages and weigh their terms.

    Parameters
    ----------
    terms
        Terms of each passage, without white space.
    vectors
        Shape (n_passages, dimensions), unit length or zero.
    clusters
        Groups them; knows what stood before.
    config
        Settings.
    """
    # Seven seconds, so not when this module is imported. BERTopic gets no text model and never looks for one.
    import bertopic
    from bertopic.vectorizers import ClassTfidfTransformer
    from sklearn.feature_extraction.text import CountVectorizer

    model = bertopic.BERTopic(
        # "english" would strip the terms of all that is not a plain letter.
        language="multilingual",
        embedding_model=None,
        umap_model=UnitComponents(config.components, config.seed),  # type: ignore[arg-type]
        hdbscan_model=clusters,  # type: ignore[arg-type]
        vectorizer_model=CountVectorizer(analyzer=str.split),  # type: ignore[arg-type]
        ctfidf_model=ClassTfidfTransformer(bm25_weighting=True),
        calculate_probabilities=False,
        verbose=False,
    )
    labels, _ = model.fit_transform([" ".join(words) for words in terms], embeddings=np.asarray(vectors))
    found = np.asarray(labels)
    scores = csr_matrix(model.c_tf_idf_)
    if (found == UNASSIGNED).any():
        scores = scores[1:]
    # BERTopic numbers topics by their size; which of ours each is shows in any of its passages.
    _, first = np.unique(found[found != UNASSIGNED], return_index=True)
    numbers = tuple(int(number) for number in clusters.labels_[found != UNASSIGNED][first])
    names = model.vectorizer_model.get_feature_names_out()
    groups = FittedGroups(found, numbers, csr_matrix(scores), names, bertopic.__version__)
    logger.info("Topics: %s, of %s passages %s unassigned", len(numbers), len(found), int((found == UNASSIGNED).sum()))
    return groups
