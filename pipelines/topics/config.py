"""Settings of the topic stage, each with what it was measured on.

Measured in November 2026 with the shipped encoder and lexicon on passages that bear on a theme: the 2,787 of
``models/training``, a sample of 1,014 of them (whole documents), and five small sets of some 200 (three samples of
them, the example documents, and labelled passages that no model learned from). Agreement is adjusted mutual
information between topic and first row of the table over the assigned passages; it rises by itself when fewer passages
are assigned, so compare it at equal shares. Stability is the adjusted Rand index between a fit and one fit without a
random 3 % of the passages. The values were chosen on these same passages: expect a little less elsewhere. The lexicon
was written with the rows of the table in mind, which favours agreement with them.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt


@dataclass(frozen=True)
class TopicsConfig:
    """How topics are found and named."""

    minimum: int = 50
    """Passages needed. BERTopic breaks below about ten, and topics of five need some fifty passages to stand out."""
    least_standing: int = 12
    """Passages below which topics that stand are not looked at any more: BERTopic breaks."""
    most_fitted: int = 20_000
    """Passages that topics are found on at most; of more a sample."""
    seed: int = 20241002
    """For the principal components only; HDBSCAN itself draws nothing."""
    components: int = 50
    """Principal components that are clustered. 20 in place of 50, measured without concepts: agreement .19 for .27
    (15 % unassigned for 54 %), stability .50 for .84."""
    least_size: int = 6
    """Passages in the smallest topic of a small scan. 6 gives 9 to 12 topics in the small sets (57 % unassigned), 5
    gives 12 to 15 (51 %), 7 gives 7 to 11 (63 %), 8 gives 5 to 9 (67 %); agreement is .32 to .36 with all of them."""
    size_factor: float = 5
    """The smallest topic of a large scan has sqrt(n) / 5 passages: 11 of 2,787 (22 topics), 6 of 1,014 (27 topics)."""
    join_cosine: float = 0.28
    """A passage outside every dense spot joins the topic whose middle it lies this near. 2,787 passages: 0.35
    leaves 25 % unassigned (agreement .30, stability .77), 0.40 leaves 38 % (.35, .83), 0.45 leaves 50 % (.39, .85).
    Small sets: 46 % (.32, .85), 57 % (.34, .91), 65 % (.36, .95)."""
    concept_weight: float = 0.3
    """Share of the concepts of the lexicon in the likeness of two passages; the rest is that of their vectors. Without
    concepts agreement is .29 on 2,787 passages (44 % unassigned) and .22 on the small sets (62 %), with 0.3 .35 (38 %)
    and .34 (57 %). 0.4 gives .38 on the small sets, but fewer topics hold both languages (92 for 97 %)."""
    merge_cosine: float = 0.6
    """Dense spots whose middles lie this near are one topic: 25 spots become 24 topics and agreement hardly moves
    (.277; 0.9: .275; 0.7: .272), but a subject on which much alike was written is not cut up."""
    join_new_cosine: float = 0.36
    novel_cosine: float = 0.6
    n_neighbours: int = 12
    chance: float = 0.01
    core_cosine: float = 0.2
    least_documents: int = 3
    unite_cosine: float = 0.75
    divide_factor: float = 2.0
    divide_cosine: float = 0.45
    least_part: float = 0.15
    language_shrinkage: int = 20
    """Passages at which the mean of a language counts half; see :func:`pipelines.topics.clustering.centre`."""
    n_terms: int = 8
    """Terms kept per topic and language."""
    n_name_parts: int = 2
    """Concepts and phrases in the name of a topic."""
    n_representative: int = 3
    """Representative passages per language."""
    common_share: float = 0.15
    """A single word in more than this share of the passages of its language (*AI*) does not tell topics apart."""

    def smallest_topic(self, n_passages: int) -> int:
        """Passages in the smallest topic of a scan of ``n_passages``."""
        return max(self.least_size, round(sqrt(n_passages) / self.size_factor))
