"""What the topics tell of a scan or a period: counts and choices, without words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from pipelines.domain.runs import DocumentSummary, LabelledPassage
from pipelines.domain.topics import Topic, TopicEvent, TopicEventKind, TopicModel, TopicTrend
from pipelines.report.counting import PassageCounter
from pipelines.report.material import ReportMaterial
from pipelines.report.plain import one_line
from pipelines.report.wording import document_title


def covers_every_scan(model: TopicModel, since: date | None, until: date) -> bool:
    """Whether a period holds all scans that brought passages, so that nothing lies before it to compare with.

    Then all passages would be new, and what the latest scan brought is told instead.
    """
    first = "" if since is None else since.isoformat()
    return all(first <= day <= until.isoformat() for day, n in model.by_scan.items() if n)


def topics_in_period(model: TopicModel, since: date | None, until: date) -> TopicModel:
    """The model with ``n_new`` as what the scans of a period brought.

    Parameters
    ----------
    model
        As stored, with counts by scan.
    since, until
        First and last day; ``None`` from the beginning.

    Returns
    -------
    TopicModel
        As it was, with what the latest scan brought, where the period covers every scan.
    """
    if covers_every_scan(model, since, until):
        return model

    def brought(by_scan: Mapping[str, int]) -> int:
        first = "" if since is None else since.isoformat()
        return sum(n for day, n in by_scan.items() if first <= day <= until.isoformat())

    topics = tuple(topic.model_copy(update={"n_new": brought(topic.by_scan)}) for topic in model.topics)
    return model.model_copy(update={"topics": topics, "n_new": brought(model.by_scan)})


@dataclass(frozen=True)
class TopicNews:
    """The topics of a report beside those of before it."""

    material: ReportMaterial
    model: TopicModel

    @cached_property
    def shown(self) -> tuple[Topic, ...]:
        """Topics that nobody hid, largest first; their place in this order is their number in the report."""
        return self.model.shown

    @cached_property
    def numbers(self) -> dict[str, int]:
        """Topic id -> its number in the report."""
        return {topic.id: place for place, topic in enumerate(self.shown, start=1)}

    def _told(self, *kinds: TopicEventKind) -> frozenset[str]:
        return frozenset(event.topic for event in self.model.events if event.kind in kinds)

    @cached_property
    def is_first(self) -> bool:
        """Whether there is nothing from before to compare with."""
        model = self.model
        made_now = self._told(TopicEventKind.NEW, TopicEventKind.RECOGNISED)
        return not model.by_scan or model.n_new >= model.n_passages or made_now >= {topic.id for topic in model.topics}

    @cached_property
    def _fresh(self) -> frozenset[str]:
        """New topics, hidden ones too. One that came of another by splitting it is none."""
        if self.is_first:
            return frozenset()
        events = self.model.events
        split = {other for event in events if event.kind is TopicEventKind.SPLIT for other in event.others}
        born = self._told(TopicEventKind.NEW)
        return frozenset(
            topic.id
            for topic in self.model.topics
            if topic.id not in split
            and (topic.id in born or topic.trend is TopicTrend.NEW or topic.n_new == topic.size > 0)
        )

    @cached_property
    def recognised(self) -> frozenset[str]:
        """Topics on subjects that need not be new, of which there are enough passages by now; hidden ones too."""
        return frozenset() if self.is_first else self._told(TopicEventKind.RECOGNISED) - self._fresh

    @cached_property
    def fresh(self) -> tuple[Topic, ...]:
        """New topics, largest first; none where there is nothing to compare with."""
        return tuple(topic for topic in self.shown if topic.id in self._fresh)

    def of_trend(self, trend: TopicTrend) -> tuple[Topic, ...]:
        """Topics that do so, largest first; new ones only under new."""
        if trend is TopicTrend.NEW:
            return self.fresh
        return tuple(topic for topic in self.shown if self.trend(topic) is trend)

    def trend(self, topic: Topic) -> TopicTrend:
        """How a topic does; the first time that topics are made none is new."""
        if topic.id in self._fresh:
            return TopicTrend.NEW
        return TopicTrend.STEADY if topic.trend is TopicTrend.NEW else topic.trend

    # Counts; passages of hidden topics count as well.

    @property
    def hidden(self) -> tuple[Topic, ...]:
        """Topics that somebody hid: to be counted, never to be named."""
        return tuple(topic for topic in self.model.topics if topic.hidden)

    @property
    def n_assigned(self) -> int:
        """Passages in any topic."""
        return sum(topic.size for topic in self.model.topics)

    @property
    def n_to_fresh(self) -> int:
        """What the scan brought to topics that are new, or told apart for the first time."""
        made_now = self._fresh | self.recognised
        return sum(topic.n_new for topic in self.model.topics if topic.id in made_now)

    @property
    def n_to_standing(self) -> int:
        """What the scan brought to topics that were there."""
        return sum(topic.n_new for topic in self.model.topics) - self.n_to_fresh

    @property
    def n_new_unassigned(self) -> int:
        """What the scan brought that fits no topic."""
        return self.model.n_new - self.n_to_fresh - self.n_to_standing

    # Scans

    @cached_property
    def scans(self) -> tuple[str, ...]:
        """Days (ISO 8601) of scans that brought passages, in order of time."""
        return tuple(sorted(day for day, n in self.model.by_scan.items() if n))

    def shares(self, topic: Topic) -> tuple[float, float] | None:
        """Share that a topic has of the passages of the latest scan, and of all before; ``None`` without two scans."""
        if len(self.scans) < 2:
            return None
        latest, all_by_scan = self.scans[-1], self.model.by_scan
        all_before = sum(all_by_scan[day] for day in self.scans[:-1])
        before = sum(topic.by_scan.get(day, 0) for day in self.scans[:-1])
        return topic.by_scan.get(latest, 0) / all_by_scan[latest], before / all_before

    def changed_most(self, n: int) -> tuple[Topic, ...]:
        """At most ``n`` topics whose share differs most from before, most first; none without two scans."""
        changes = {topic.id: abs(pair[0] - pair[1]) for topic in self.shown if (pair := self.shares(topic)) is not None}
        chosen = [topic for topic in self.shown if changes.get(topic.id)]
        return tuple(sorted(chosen, key=lambda topic: -changes[topic.id])[:n])

    # Events

    def events(self, kind: TopicEventKind) -> tuple[TopicEvent, ...]:
        """Events of a kind, without those of a topic that is hidden."""
        hidden = {topic.id for topic in self.hidden}
        return tuple(event for event in self.model.events if event.kind is kind and event.topic not in hidden)

    def shown_others(self, event: TopicEvent, language: str) -> list[str]:
        """Names, at that time, of the other topics of an event, without hidden ones."""
        hidden = {topic.id for topic in self.hidden}
        names = event.names_nl if language == "nl" else event.names_en
        named = zip(event.others, names[1:], strict=False)
        return [one_line(name) for other, name in named if other not in hidden and name]

    # Passages and the table

    @cached_property
    def _topic_documents(self) -> Mapping[str, Mapping[str, int]]:
        """Topic -> document -> number of its passages."""
        if self.material.topic_documents is not None:
            return self.material.topic_documents
        counts: dict[str, Counter[str]] = {}
        for passage in self.material.passages:
            topic = self.model.assignments.get(passage.passage.id)
            if topic is not None:
                counts.setdefault(topic, Counter())[passage.document.id] += 1
        return counts

    @cached_property
    def _documents(self) -> dict[str, DocumentSummary]:
        shown = (passage.document for passage in self.material.passages)
        return {document.id: document for document in (*shown, *self.material.documents)}

    @cached_property
    def _by_id(self) -> dict[str, LabelledPassage]:
        return {passage.passage.id: passage for passage in self.material.passages}

    def publishers(self, topic: Topic) -> list[str]:
        """Who published its documents (else their titles), those with most passages first."""
        counts: Counter[str] = Counter()
        for document_id, n_passages in self._topic_documents.get(topic.id, {}).items():
            document = self._documents.get(document_id)
            if document is not None:
                counts[one_line(document.metadata.publisher or "") or document_title(document)] += n_passages
        return [name for name, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0].casefold()))]

    def representatives(self, topic: Topic) -> list[LabelledPassage]:
        """The passage nearest its middle in each language; of a topic in one language two, of two documents if can be.

        Dutch first. Passages that are gone are passed over.
        """
        found = [self._by_id[known] for known in topic.representative if known in self._by_id]
        by_language = {p.passage.language: p for p in reversed(found)}
        if len(by_language) > 1:
            return [by_language[code] for code in ("nl", "en") if code in by_language]
        others = [p for p in found[1:] if p.document.id != found[0].document.id] or found[1:]
        return [*found[:1], *others[:1]]

    @cached_property
    def candidates(self) -> tuple[Topic, ...]:
        """Topics that no row of the table covers, largest first."""
        return tuple(topic for topic in self.shown if topic.novel)

    @cached_property
    def silent_rows(self) -> tuple[str, ...]:
        """Rows of the table that no new passage clearly bears on, in table order; none where no passage is new.

        New is what ``n_new`` counts: what the period brought, else what the latest scan brought.
        """
        material = self.material
        counter = PassageCounter()
        for passage in material.passages:
            if passage.labels is not None and material.is_new(passage.document.id):
                counter.add(passage.document, passage.labels.in_brief())
        counts = (counter.counted(), material.counted)
        read = frozenset[str]().union(*(count.documents for count in counts))
        known = {document.id: document for document in (*material.documents, *self._documents.values())}
        documents = [document for document in known.values() if document.id in read]  # in order of arrival
        if not documents:
            return ()
        latest = None if material.of_period else max(documents, key=lambda d: d.first_seen).run_id
        touched = {
            row_id
            for count in counts
            for run_id, scores in count.row_scores.items()
            if latest is None or run_id == latest
            for row_id, score in scores.items()
            if score >= material.least_row
        }
        return tuple(row.id for row in self.material.table.rows if row.id not in touched)
