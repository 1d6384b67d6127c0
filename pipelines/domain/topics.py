"""Topics of the passages of a scan."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from pipelines.domain.record import SCHEMA_VERSION, Record


class Topic(Record):
    """A subject that several passages share, in Dutch and English alike."""

    id: str
    name_nl: str
    name_en: str
    terms_nl: tuple[str, ...] = ()
    """From the Dutch passages of the topic, strongest first; empty where it has none. So too ``terms_en``."""
    terms_en: tuple[str, ...] = ()
    size: int = Field(ge=1)
    """Passages in the topic."""
    n_documents: int = Field(ge=1)
    n_nl: int = Field(ge=0)
    n_en: int = Field(ge=0)
    representative: tuple[str, ...] = ()
    """Ids of the passages nearest the middle of the topic, from both languages where it has both, nearest first."""
    rows: tuple[str, ...] = ()
    """Rows of the table that its passages bear on, most frequent first."""
    novel: bool = False
    """True where no row of the table covers it."""
    x: float = 0.0
    y: float = 0.0
    """Place on the map of topics; only distances have meaning."""


class TopicsState(StrEnum):
    FITTED = "fitted"
    TOO_FEW = "too_few"


class TopicModel(Record):
    """Outcome of modelling the topics of a set of passages."""

    schema_version: int = SCHEMA_VERSION
    state: TopicsState
    n_passages: int = Field(ge=0)
    minimum: int = Field(ge=0)
    """Passages needed; below that the state is ``too_few``."""
    topics: tuple[Topic, ...] = ()
    """Largest first."""
    assignments: dict[str, str] = Field(default_factory=dict)
    """Passage id -> topic id; passages that fit no topic are absent."""
    settings: dict[str, str | int | float | bool] = Field(default_factory=dict)
    """Versions and settings that the outcome depends on."""
