"""Passages and vectors in, topics out: BERTopic over our own vectors, named in Dutch and English."""

from pipelines.topics.config import TopicsConfig
from pipelines.topics.coverage import cover_topics
from pipelines.topics.fit import fit_topics

__all__ = ["TopicsConfig", "cover_topics", "fit_topics"]
