"""Settings of the topic stage, each with what it was measured on.

Measured in November 2026 with the shipped encoder and lexicon on the 2,787 passages of ``models/training`` that bear on
a row of the table, half of them Dutch. Agreement is normalised mutual information between topic and first row, with the
unassigned as a topic of their own. New subjects: passages on three subjects that no row covers, planted in the second
and third of three instalments of ``models/training`` (``benchmarks/topics_planted.py``, six ways of dividing it). The
values were chosen on these same passages: expect a little less elsewhere. The lexicon was written with the rows of the
table in mind, and the encoder learned from its statements, which favours agreement with them. All ways of making topics
that were tried stand side by side in docs/topics.md.
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
    """Principal components on which dense spots are looked for."""
    least_size: int = 6
    """Passages in the smallest topic. Of fewer than a thousand passages 5 gives a third more topics, 8 a third fewer;
    agreement is the same."""
    size_factor: float = 5
    """The smallest topic that is laid out among n passages has sqrt(n) / 5 of them: 11 of 2,787, 6 of 900."""
    join_cosine: float = 0.28
    """A passage outside every dense spot joins the topic whose middle it lies this near. 0.26 leaves 14 % unassigned
    (agreement .392), 0.28 21 % (.380), 0.30 27 % (.378), 0.32 34 % (.371). Of 30 unassigned passages that were read, 11
    rightly stand outside every topic; but the further a passage lies from a middle, the less often it is of the topic's
    rows, so that joining more of them adds noise."""
    concept_weight: float = 0.3
    """Share of the concepts of the lexicon in the likeness on which dense spots are looked for; the rest is that of the
    vectors. Nearness to a middle is that of the vectors alone: a new subject is in no lexicon."""
    merge_cosine: float = 0.6
    """Dense spots whose middles lie this near on the components are one topic. 0.8 gives 30 topics and 0.6 26, with the
    same agreement; fits without a tenth of the documents then agree better with one of all (.68 for .64)."""
    n_asked: int = 10
    """Neighbours that are asked about a passage that lies near no middle ..."""
    least_agreeing: int = 5
    """... and of which so many need to be in one topic for it to join ..."""
    agreeing_cosine: float = 0.3
    """... with at least this likeness on average. Takes in 107 of 575 unassigned, of which 66 % bear on one of the
    two main rows of the topic: more than of those that lie just near enough to its middle (.28 to .36: 62 %). Else
    anything joins by chance where topics are few."""
    join_new_cosine: float = 0.36
    """In later scans a passage joins a new topic only when it lies this near. Of the planted subjects recall is .71 to
    1.0 and precision .80 to 1.0; at .28 precision .62 to .89, at .40 recall down to .57."""
    novel_cosine: float = 0.6
    """A new topic keeps at least this far from all others. The middles of the topics of one layout lie at most .60 from
    one another, 99 in 100 of them at most .56."""
    n_neighbours: int = 12
    """Neighbours in other documents that a fresh passage is asked about. 8 and 16 find the same."""
    chance: float = 0.01
    """It belongs to something new when more of them are fresh than happens so often by chance. With .03 one planted
    subject of four is missed, and each third scan brings a topic that is none; with .01 one in twelve does."""
    core_cosine: float = 0.2
    """Least average likeness within the core of a new topic. 0.3 takes one of the planted subjects apart in half of the
    trials."""
    least_documents: int = 3
    """A new topic is spoken of in so many documents: two may be a report and its summary."""
    unite_cosine: float = 0.75
    """Topics whose middles lie this near are one. Random halves of one topic lie at .75 to .90, different ones at most
    .60."""
    divide_factor: float = 2.0
    """A topic is looked at anew, and dense spots are looked for among all, when passages have doubled since."""
    divide_cosine: float = 0.45
    """A topic holds two subjects when the middles of its halves (two means) lie further apart than this. Halves of one
    topic lie at .54 to .79; of 40 pairs of topics put together 36 lie below .54 and 34 below .45."""
    least_part: float = 0.15
    """Share of the passages in the smaller half, below which it is no subject but a few stragglers."""
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
