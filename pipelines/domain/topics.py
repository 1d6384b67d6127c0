"""Topics of all passages of a workspace, what happened to them over the scans, and how people arranged them."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from pydantic import Field

from pipelines.domain.record import SCHEMA_VERSION, Record


class TopicTrend(StrEnum):
    """How a topic does in the latest scan that brought passages, beside its share of all that was there before."""

    NEW = "new"
    GROWING = "growing"
    STEADY = "steady"
    SHRINKING = "shrinking"
    DORMANT = "dormant"
    """Nothing came for so long that, by its share, it should have."""


class TopicEventKind(StrEnum):
    NEW = "new"
    """A subject that was not there before came with the scan."""
    RECOGNISED = "recognised"
    """There are enough passages by now to tell it apart; the subject itself need not be new."""
    SPLIT = "split"
    MERGED = "merged"
    DORMANT = "dormant"
    REVIVED = "revived"
    """Passages came again to a topic that was dormant."""
    GONE = "gone"
    """None of its passages is left: their documents were withdrawn."""


class TopicEvent(Record):
    """What happened to a topic in a scan, by itself or because a person asked for it."""

    kind: TopicEventKind
    day: date
    topic: str
    """Id of the topic; of a split the one that was divided and stays, of a merger the one that stays."""
    others: tuple[str, ...] = ()
    """Of a split the topics that came of it; of a merger those that went into it."""
    names_nl: tuple[str, ...] = ()
    """Names at that time of ``topic`` and of ``others``, in that order. So too ``names_en``."""
    names_en: tuple[str, ...] = ()
    n_passages: int = Field(default=0, ge=0)
    """Passages that came to be in another topic by it; of a new topic its passages."""
    person: str | None = None
    """Account of who asked for it; ``None`` where it followed from the passages."""


class Topic(Record):
    """A subject that several passages share, in Dutch and English alike."""

    id: str
    name_nl: str
    name_en: str
    terms_nl: tuple[str, ...] = ()
    """From the Dutch passages of the topic, strongest first, those that people pinned before all others; empty where it
    has none. So too ``terms_en``."""
    terms_en: tuple[str, ...] = ()
    size: int = Field(ge=1)
    """Passages in the topic."""
    n_documents: int = Field(ge=1)
    n_nl: int = Field(ge=0)
    n_en: int = Field(ge=0)
    n_new: int = Field(default=0, ge=0)
    """Of ``size``: those that the scan itself brought."""
    representative: tuple[str, ...] = ()
    """Ids of the passages nearest the middle of the topic, from both languages where it has both, nearest first."""
    rows: tuple[str, ...] = ()
    """Rows of the table that its passages bear on, most frequent first."""
    novel: bool = False
    """True where no row of the table covers it."""
    x: float = 0.0
    y: float = 0.0
    """Place on the map of topics; only distances have meaning. It stays from scan to scan."""
    trend: TopicTrend = TopicTrend.STEADY
    first_seen: date | None = None
    """Day of the scan in which it was new; of a topic whose passages were there already, of the scan that brought the
    first. ``last_seen``: of the scan that brought its last."""
    last_seen: date | None = None
    by_scan: dict[str, int] = Field(default_factory=dict)
    """Passages by the day (ISO 8601) of the scan that brought them, in order of time; days without are absent."""
    by_year: dict[str, int] = Field(default_factory=dict)
    """By year of publication, ``""`` where unknown."""
    by_theme: dict[str, int] = Field(default_factory=dict)
    """By theme that a passage was tagged with; one with two themes counts twice."""
    by_kind: dict[str, int] = Field(default_factory=dict)
    """By kind of evidence (:class:`pipelines.domain.evidence.EvidenceKind`), ``""`` where there is none."""
    hidden: bool = False
    """A person does not want to see it in lists, maps and reports. It keeps its passages."""
    named_by: str | None = None
    """Account of who gave it its names; ``None`` where they were made from its words."""
    arranged: bool = False
    """A person merged or divided it: it is never merged or divided by itself again."""
    settled: int = Field(default=0, ge=0)
    """Its size when it was last looked at whether it holds two subjects."""
    pinned_nl: tuple[str, ...] = ()
    """Terms that a person wants to see first. So too ``pinned_en``."""
    pinned_en: tuple[str, ...] = ()

    def name(self, language: str) -> str:
        """Name in ``language`` (``nl`` or ``en``)."""
        return self.name_nl if language == "nl" else self.name_en


class TopicsState(StrEnum):
    FITTED = "fitted"
    TOO_FEW = "too_few"


class TopicModel(Record):
    """The topics of all passages of a workspace as they stood after a scan."""

    schema_version: int = SCHEMA_VERSION
    state: TopicsState
    n_passages: int = Field(ge=0)
    n_new: int = Field(default=0, ge=0)
    """Of ``n_passages``: those that the scan itself brought."""
    minimum: int = Field(ge=0)
    """Passages needed; below that the state is ``too_few``."""
    day: date | None = None
    """Of the scan."""
    topics: tuple[Topic, ...] = ()
    """Largest first."""
    assignments: dict[str, str] = Field(default_factory=dict)
    """Passage id -> topic id; passages that fit no topic are absent."""
    outside: tuple[str, ...] = ()
    """Ids of the passages that were looked at and are in no topic, sorted."""
    by_scan: dict[str, int] = Field(default_factory=dict)
    """All passages, also those of no topic, by the day of the scan that brought them, in order of time."""
    by_year: dict[str, int] = Field(default_factory=dict)
    """All passages by year of publication, ``""`` where unknown."""
    events: tuple[TopicEvent, ...] = ()
    """What happened in this scan."""
    acts_seen: int = Field(default=0, ge=0)
    """Number of the latest act of a person that is worked in."""
    settings: dict[str, str | int | float | bool] = Field(default_factory=dict)
    """Versions and settings that the outcome depends on."""

    @property
    def shown(self) -> tuple[Topic, ...]:
        """Topics that nobody hid, largest first."""
        return tuple(topic for topic in self.topics if not topic.hidden)


class TopicPassage(NamedTuple):
    """What the topic stage is told of a passage."""

    id: str
    document_id: str
    language: str
    """``nl`` or ``en``."""
    text: str
    day: str = ""
    """ISO 8601 day of the scan that brought it."""
    new: bool = False
    """Whether the scan that is going on, or ended last, brought it."""
    year: int | None = None
    """Of publication."""
    kind: str = ""
    """Kind of evidence, ``""`` where there is none."""
    themes: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    """Rows of the table that it surely bears on."""


class TopicActKind(StrEnum):
    RENAME = "rename"
    MERGE = "merge"
    SPLIT = "split"
    HIDE = "hide"
    SHOW = "show"
    PIN = "pin"


class TopicAct(Record):
    """How a person arranged topics; only ever added. It holds in all later scans."""

    schema_version: int = SCHEMA_VERSION
    id: str
    kind: TopicActKind
    topic: str
    """Id of the topic; of a merger the one that stays."""
    turn: int = Field(ge=1)
    """One more than the number of acts on this topic that the person saw."""
    person: str
    decided: datetime
    """UTC."""
    name_nl: str = ""
    """Rename: its names from now on. Split: those of the new topic."""
    name_en: str = ""
    others: tuple[str, ...] = ()
    """Merge: ids of the topics that go into it. Split: id of the new topic."""
    passages: tuple[str, ...] = ()
    """Split: ids of the passages that go to the new topic."""
    terms_nl: tuple[str, ...] = ()
    """Pin: the terms that stand first from now on, in this order; none undoes it."""
    terms_en: tuple[str, ...] = ()
    note: str = ""
