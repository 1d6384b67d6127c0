"""Passages and vectors in, topics out: BERTopic over our own vectors, named in Dutch and English.

Its names are imported when they are first used: who only reads or arranges topics (the review page) does not wait for
scikit-learn.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipelines.topics.config import TopicsConfig
    from pipelines.topics.coverage import cover_topics
    from pipelines.topics.fit import fit_topics
    from pipelines.topics.subject import on_subject
    from pipelines.topics.vocabulary import Vocabulary

__all__ = ["TopicsConfig", "Vocabulary", "cover_topics", "fit_topics", "on_subject"]

_HOMES = {
    "TopicsConfig": "config",
    "Vocabulary": "vocabulary",
    "cover_topics": "coverage",
    "fit_topics": "fit",
    "on_subject": "subject",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
