"""Settings of the topic stage, each with what it was measured on.

Measured on the 4,148 labelled passages in ``models/training`` with the shipped encoder, November 2026. Agreement is
adjusted mutual information between topic and first row of the table over the assigned passages; it rises by itself when
fewer passages are assigned, so compare it at equal shares. Stability is the adjusted Rand index between a fit and one
fit without a random 3 % of the passages. The values were chosen on these same passages, after some sixty variants: no
others were held back, so expect a little less elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt


@dataclass(frozen=True)
class TopicsConfig:
    """How topics are found and named."""

    minimum: int = 50
    """Passages needed. BERTopic breaks below about ten, and topics of five need some fifty passages to stand out."""
    seed: int = 20241002
    """For the principal components only; HDBSCAN itself draws nothing."""
    components: int = 50
    """Principal components that are clustered. 20 in place of 50: agreement .19 for .27 (15 % unassigned for
    54 %), stability .50 for .84."""
    least_size: int = 6
    """Passages in the smallest topic of a small scan."""
    size_factor: float = 5
    """The smallest topic of a large scan has sqrt(n) / 6.4 passages: 10 of 4,148 (25 topics), 5 of 1,000 and fewer."""
    join_cosine: float = 0.4
    """A passage outside every dense spot joins the topic whose middle it lies this near. On 4,148 passages: 0.40 leaves
    38 % unassigned (agreement .24, stability .79), 0.45 leaves 54 % (.27, .84), 0.50 leaves 68 % (.32, .87), without
    joining 87 % (.43, .95). KMeans with 40 middles and the farther half left out: as good agreement (.27), but
    stability .48. On four samples of 250 passages 0.45 leaves 63 % (.24, .89)."""
    concept_weight: float = 0.3
    """Share of the concepts of the lexicon in the likeness of two passages; the rest is that of their vectors."""
    merge_cosine: float = 0.8
    """Dense spots whose middles lie this near are one topic: 25 spots become 24 topics and agreement hardly moves
    (.277; 0.9: .275; 0.7: .272), but a subject on which much alike was written is not cut up."""
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
