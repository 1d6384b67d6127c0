"""A division of a topic into the two parts that differ most in subject, for a person to take or leave.

Measured in November 2026 with the shipped encoder on the passages of ``models/training`` that have a single row of the
table: all 105 pairs of the 15 rows, passages of two rows as if they were one topic. Five or six pairs are not
divided. The parts of the others follow the rows for 87 % of the passages with 15 of each row (normalised mutual
information .53), 91 % with 30 (.61), 92 % with 100 (.64), and the language for nothing (.00 to .01). Two means on the
vectors as they are give 86, 89 and 90 %. Concepts of the lexicon beside the vectors add one or two in a hundred, and
take seconds to load. Part of the encoder was learned from the texts of these passages: expect a little less of others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.domain.topics import TopicPassage
from pipelines.language.encoder import FloatArray
from pipelines.topics.clustering import centre, unit_rows
from pipelines.topics.config import TopicsConfig
from pipelines.topics.part_words import PartWords, words_of_parts
from pipelines.topics.representatives import pick_representatives

FEWEST = 12
"""Passages of a topic that can be divided: two parts of six, which is the smallest topic of a scan."""
LEAST_PART = 0.15
"""Share of the passages in the smaller part: less is a straggler or two, and not a subject."""
LEAST_APARTNESS = 0.08
"""Mean cosine of a passage with the others of its part less that with those of the other part, languages centred. Of
the pairs of rows 95 in 100 lie further apart. Vectors whose dimensions were shuffled, which have no subject, lie at .03
to .06 from 30 passages on, and one time in three above .08 with 12."""
MOST_LIKENESS = 0.85
"""Cosine between the middles of the parts, without the chance that few passages add. Of the pairs of rows 96 in 100 and
more are less alike, with 6 to 100 passages of each; of parts of a single row half are more alike with 30 and more (area
under the curve .89; .73 to .83 for the apartness), and most of the others are two subjects within it."""
MOST_LANGUAGE = 0.75
"""Difference in the share of Dutch between the parts: beyond it they are a Dutch and an English part."""
_COMPONENTS = 10
"""Principal components in which the parts are sought. 5, 10, 20 and all follow 90, 90, 90 and 89 % (30 of each row)."""
_STARTS = 6
"""The search starts from a division along each of so many main directions, and keeps the best."""
_ROUNDS = 50
_NAME_TERMS = 2
_JOIN = ", "


@dataclass(frozen=True)
class Part:
    """One side of a division."""

    passages: tuple[str, ...]
    """Ids, those nearest the middle of the part first."""
    terms_nl: tuple[str, ...]
    """What sets it apart from the other part, strongest first. So too ``terms_en``."""
    terms_en: tuple[str, ...]
    n_nl: int
    n_en: int
    n_documents: int
    representative: tuple[str, ...]
    """Ids of the passages nearest its middle, from both languages where it has both, spread over documents."""

    @property
    def size(self) -> int:
        """Passages in the part."""
        return len(self.passages)

    def name(self, language: str) -> str:
        """A name from its first terms; ``""`` where it has none in ``language``."""
        name = _JOIN.join((self.terms_nl if language == "nl" else self.terms_en)[:_NAME_TERMS])
        return name[:1].upper() + name[1:]


@dataclass(frozen=True)
class Parts:
    """A division of a topic."""

    kept: Part
    """The larger part, which would stay the topic."""
    new: Part
    """What would become a topic of its own."""
    likeness: float
    """Cosine between the middles of the two, at most :data:`MOST_LIKENESS`."""


def suggest_parts(
    passages: Sequence[TopicPassage], vectors: FloatArray, config: TopicsConfig | None = None
) -> Parts | None:
    """Two parts of a topic that differ most in subject, and not in language.

    The same passages give the same parts whatever their order.

    Parameters
    ----------
    passages
        All passages of the topic.
    vectors
        Their vectors, shape (n_passages, dimensions), in the same order. Passages with a zero vector stay in the topic.
    config
        Settings; the measured ones where ``None``.

    Returns
    -------
    Parts or None
        ``None`` where there are fewer than :data:`FEWEST` passages, or no division is sensible: a part would be smaller
        than :data:`LEAST_PART`, the two would be too near (:data:`LEAST_APARTNESS`, :data:`MOST_LIKENESS`), or they
        would be a Dutch and an English part.
    """
    config = config or TopicsConfig()
    order = sorted(range(len(passages)), key=lambda i: passages[i].id)
    passages = [passages[i] for i in order]
    languages = [passage.language for passage in passages]
    if len(passages) < FEWEST:
        return None
    centred = centre(np.asarray(vectors)[order], languages, config.language_shrinkage).astype(np.float64)
    readable = centred.any(axis=1)
    if readable.sum() < FEWEST:
        return None
    dutch = np.array([language == "nl" for language in languages])
    found = _divide(centred[readable], dutch[readable])
    if found is None or _apartness(centred[readable], found) < LEAST_APARTNESS:
        return None
    likeness = _likeness(np.asarray(vectors, dtype=np.float64)[order][readable], found)
    if likeness > MOST_LIKENESS:
        return None
    second = np.zeros(len(passages), dtype=bool)
    second[readable] = found
    if second.sum() * 2 > len(second):  # of two that are as large the one with the first id stays
        second[readable] = ~found
    elif second.sum() * 2 == len(second) and second[0]:
        second = ~second
    sides = [np.flatnonzero(~second), np.flatnonzero(second)]
    words = words_of_parts([[passages[i] for i in side] for side in sides], config.n_terms)
    kept, new = (_part(passages, centred, side, told, config) for side, told in zip(sides, words, strict=True))
    return Parts(kept, new, round(likeness, 4))


def _divide(vectors: NDArray[np.floating], dutch: NDArray[np.bool_]) -> NDArray[np.bool_] | None:
    """Whether each vector is in the second part, shape (n,); the best of the divisions that may be."""
    left, sizes, _ = np.linalg.svd(vectors - vectors.mean(axis=0), full_matrices=False)
    components = left * sizes
    place = unit_rows(components[:, :_COMPONENTS])
    best: tuple[float, NDArray[np.bool_]] | None = None
    for direction in components[:, :_STARTS].T:
        found = _two_means(place, direction > 0)
        if found is None or min(found.mean(), 1 - found.mean()) < LEAST_PART:
            continue
        if abs(dutch[found].mean() - dutch[~found].mean()) > MOST_LANGUAGE:
            continue
        near = place @ _middles(place, found).T
        score = round(float(np.where(found, near[:, 1], near[:, 0]).mean()), 9)
        if best is None or score > best[0]:
            best = score, found
    return None if best is None else best[1]


def _two_means(place: NDArray[np.floating], second: NDArray[np.bool_]) -> NDArray[np.bool_] | None:
    """Each by the middle it lies nearer to, until that changes nothing; ``None`` where all are in one part."""
    for _ in range(_ROUNDS):
        if second.all() or not second.any():
            return None
        near = place @ _middles(place, second).T
        nearer = near[:, 1] > near[:, 0]
        if (nearer == second).all():
            break
        second = nearer
    return None if second.all() or not second.any() else second


def _middles(vectors: NDArray[np.floating], second: NDArray[np.bool_]) -> NDArray[np.floating]:
    return unit_rows(np.stack([vectors[~second].mean(axis=0), vectors[second].mean(axis=0)]))


def _apartness(vectors: NDArray[np.floating], second: NDArray[np.bool_]) -> float:
    """Mean cosine with the other vectors of the own part, less that with those of the other part."""
    sums = np.stack([vectors[~second].sum(axis=0), vectors[second].sum(axis=0)])
    counts = np.array([(~second).sum(), second.sum()], dtype=np.float64)
    total, own = vectors @ sums.T, second.astype(int)
    places = np.arange(len(vectors))
    within = (total[places, own] - (vectors**2).sum(axis=1)) / np.maximum(counts[own] - 1, 1)
    return float((within - total[places, 1 - own] / counts[1 - own]).mean())


def _likeness(vectors: NDArray[np.floating], second: NDArray[np.bool_]) -> float:
    """Cosine between the middles of two parts, as it would be of many passages.

    The middle of few passages also holds what is their own, which makes all middles less alike: so the lengths of the
    middles are those that pairs of different passages give.
    """
    parts = (vectors[~second], vectors[second])
    lengths = 1.0
    for part in parts:
        total = part.sum(axis=0)
        pairs = float(total @ total - (part**2).sum()) / (len(part) * (len(part) - 1))
        lengths *= max(pairs, 1e-9) ** 0.5
    return float(parts[0].mean(axis=0) @ parts[1].mean(axis=0)) / lengths


def _part(
    passages: Sequence[TopicPassage],
    vectors: NDArray[np.floating],
    side: NDArray[np.integer],
    words: PartWords,
    config: TopicsConfig,
) -> Part:
    near: NDArray[np.floating] = vectors[side] @ vectors[side].mean(axis=0)
    inside = [passages[side[i]] for i in sorted(range(len(side)), key=lambda i: (-round(float(near[i]), 9), i))]
    return Part(
        passages=tuple(passage.id for passage in inside),
        terms_nl=words.nl,
        terms_en=words.en,
        n_nl=sum(passage.language == "nl" for passage in inside),
        n_en=sum(passage.language == "en" for passage in inside),
        n_documents=len({passage.document_id for passage in inside}),
        representative=pick_representatives(inside, config.n_representative),
    )
