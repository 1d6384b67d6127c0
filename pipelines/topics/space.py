"""Where passages lie: their vectors and concepts side by side, without what sets the two languages apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from pipelines.domain.topics import TopicPassage
from pipelines.language.encoder import FloatArray
from pipelines.topics.clustering import LanguageMeans, unit_rows
from pipelines.topics.config import TopicsConfig
from pipelines.topics.vocabulary import ConceptWeights


class TopicSpace:
    """Learns from some passages how to describe all.

    Both parts are taken without the mean of their language: some terms of the lexicon are found more easily in one than
    in the other.

    Parameters
    ----------
    passages, vectors, found
        Passages, their vectors of shape (n_passages, dimensions), and how often each holds each concept.
    config
        Settings.
    """

    def __init__(
        self,
        passages: Sequence[TopicPassage],
        vectors: FloatArray,
        found: Sequence[Counter[str]],
        config: TopicsConfig,
    ) -> None:
        languages = [passage.language for passage in passages]
        self._weight = config.concept_weight
        self._concepts = ConceptWeights(found)
        self._means = LanguageMeans(vectors, languages, config.language_shrinkage)
        self._concept_means = LanguageMeans(self._concepts.vectors(found), languages, config.language_shrinkage)

    def describe(
        self, passages: Sequence[TopicPassage], vectors: FloatArray, found: Sequence[Counter[str]]
    ) -> FloatArray:
        """Shape (n_passages, dimensions + n_concepts), unit length; zero for a passage without a readable word."""
        languages = [passage.language for passage in passages]
        centred = self._means.centred(vectors, languages)
        concepts = self._concept_means.centred(self._concepts.vectors(found), languages)
        readable = centred.any(axis=1, keepdims=True)
        both = np.hstack([(1 - self._weight) ** 0.5 * centred, self._weight**0.5 * concepts * readable])
        return unit_rows(both).astype(np.float32)
