"""Passages and vectors in, topics out: BERTopic over our own vectors, named in Dutch and English."""

from pipelines.topics.config import TopicsConfig
from pipelines.topics.coverage import cover_topics
from pipelines.topics.fit import PassageRows, fit_topics
from pipelines.topics.subject import on_subject
from pipelines.topics.vocabulary import Vocabulary

__all__ = ["PassageRows", "TopicsConfig", "Vocabulary", "cover_topics", "fit_topics", "on_subject"]
