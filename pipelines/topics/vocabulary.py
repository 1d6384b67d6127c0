"""What is known about words beforehand: the concepts of the lexicon with their names, and names of persons and bodies.

Topics do not depend on it: a subject that the lexicon does not know is grouped by the encoder and named by its words.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from pipelines.domain.topics import TopicPassage
from pipelines.language.concepts import ConceptMatcher, Lexicon, find_concepts
from pipelines.language.encoder import FloatArray
from pipelines.topics.clustering import unit_rows
from pipelines.topics.noun_phrases import Language

_NO_SUBJECT = frozenset({"shared.ai", "shared.evidence_sources"})
"""Concepts that set no topic apart: what all of this is about, and what a passage rests on (*survey*, *interviews*)."""
_MOST_TIMES = 3
"""A concept named more often in one passage counts no more."""
_WORD = re.compile(r"[^\W\d_]{2,}")


class Vocabulary:
    """Concepts and proper names.

    Parameters
    ----------
    lexicon
        Names of the concepts.
    matcher
        Built from the same lexicon.
    proper_names
        Publishers and authors: their words name no topic where a text writes them with a capital.
    """

    def __init__(self, lexicon: Lexicon, matcher: ConceptMatcher, proper_names: Iterable[str] = ()) -> None:
        self._matcher = matcher
        concepts = [concept for concept in lexicon.concepts if concept.id not in _NO_SUBJECT]
        self.names = {concept.id: concept.name for concept in concepts}
        self.general = frozenset(concept.id for concept in concepts if not concept.rows)
        """Concepts that go with any subject (*workers*, *government*)."""
        self._proper = frozenset(word.lower() for name in proper_names for word in _WORD.findall(name))

    def find(self, texts: Sequence[str], language: Language) -> list[Counter[str]]:
        """How often each concept stands in each text."""
        # Lone surrogates come from damaged files; spaCy refuses them.
        readable = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
        matches = find_concepts(readable, language, self._matcher)
        return [Counter(m.concept for m in found if m.concept in self.names) for found in matches]

    def read(self, passages: Sequence[TopicPassage]) -> list[Counter[str]]:
        """How often each concept stands in each passage, in their order."""
        result = [Counter[str]() for _ in passages]
        for language in ("nl", "en"):
            places = [i for i, passage in enumerate(passages) if passage.language == language]
            for i, found in zip(places, self.find([passages[i].text for i in places], language), strict=True):
                result[i] = found
        return result

    def is_proper(self, written: str) -> bool:
        """Whether words, as mostly written, hold a name of a person or body."""
        return any(word[0].isupper() and word.lower() in self._proper for word in _WORD.findall(written))


class ConceptWeights:
    """Concepts as vectors. One weighs less the more passages name it: *artificial intelligence* says next to nothing.

    Parameters
    ----------
    found
        How often each of the passages to learn from holds each concept.
    """

    def __init__(self, found: Sequence[Counter[str]]) -> None:
        n_holding = Counter(concept for counts in found for concept in counts)
        self._place = {concept: i for i, concept in enumerate(sorted(n_holding))}
        holding = np.array([n_holding[concept] for concept in self._place], dtype=np.float64)
        self._weights = np.log((1 + len(found)) / (1 + holding))

    def vectors(self, found: Sequence[Counter[str]]) -> FloatArray:
        """Shape (n_passages, n_concepts), unit length; zero for a passage without any of the concepts learned."""
        matrix = np.zeros((len(found), len(self._place)))
        for i, counts in enumerate(found):
            for concept, n_times in counts.items():
                if concept in self._place:
                    matrix[i, self._place[concept]] = min(n_times, _MOST_TIMES) ** 0.5
        return unit_rows(matrix * self._weights).astype(np.float32)
