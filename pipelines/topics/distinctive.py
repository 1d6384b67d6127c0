"""Which concepts of the lexicon mark a topic off from all other passages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence, Set
from math import log, sqrt
from typing import NamedTuple

LEAST_SHARE = 0.2
"""A concept names a topic when at least this share of its passages hold it ..."""
LEAST_SCORE = 1.64
"""... and it is surely (19 times in 20) more frequent inside than outside."""
GENERAL_WEIGHT = 0.6
"""Factor on the score of concepts that go with any subject, so that *workers* comes behind *platform work*."""


class MarkedConcept(NamedTuple):
    """A concept of a topic."""

    concept: str
    share: float
    """Of the passages of the topic, between 0 and 1."""
    score: float
    """Log odds ratio in standard errors, higher is more distinctive."""


def distinctive_concepts(
    found: Sequence[Counter[str]],
    documents: Sequence[str],
    members: Sequence[int],
    general: Set[str],
    everywhere: Counter[str] | None = None,
) -> list[MarkedConcept]:
    """Concepts of one topic, most distinctive first.

    The score is the log odds ratio of passages with the concept inside and outside the topic over its standard error
    (Monroe, Colaresi and Quinn, *Fightin' Words*, Political Analysis 2008, with half a passage as prior). A concept of
    a single document does not name a topic of several.

    Parameters
    ----------
    found, documents
        Concepts of every passage and the document it stands in.
    members
        Places of the passages of the topic.
    general
        Concepts that go with any subject.
    everywhere
        Of :func:`count_holders`, where several topics of the same passages are asked about.
    """
    everywhere = count_holders(found) if everywhere is None else everywhere
    inside = Counter(concept for i in members for concept in found[i])
    n_documents = len({documents[i] for i in members})
    n_inside, n_outside = len(members), len(found) - len(members)
    marked: list[MarkedConcept] = []
    for concept, n in inside.items():
        spread = len({documents[i] for i in members if concept in found[i]})
        if n < max(2, LEAST_SHARE * n_inside) or spread < min(2, n_documents):
            continue
        score = log_odds(n, n_inside, everywhere[concept] - n, n_outside)
        score *= GENERAL_WEIGHT if concept in general else 1.0
        if score >= LEAST_SCORE:
            marked.append(MarkedConcept(concept, n / n_inside, score))
    return sorted(marked, key=lambda m: (-m.score, m.concept))


def count_holders(found: Sequence[Counter[str]]) -> Counter[str]:
    """How many passages hold each concept."""
    return Counter(concept for counts in found for concept in counts)


def log_odds(n_in: int, total_in: int, n_out: int, total_out: int) -> float:
    """Log odds ratio of having something, inside against outside, in standard errors."""
    cells = (n_in + 0.5, total_in - n_in + 0.5, n_out + 0.5, total_out - n_out + 0.5)
    return (log(cells[0] / cells[1]) - log(cells[2] / cells[3])) / sqrt(sum(1 / cell for cell in cells))
