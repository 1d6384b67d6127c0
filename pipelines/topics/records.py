"""Records of topics: what stays of those that stood, and what is said of new ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from pipelines.domain.ids import content_id
from pipelines.domain.topics import Topic, TopicPassage, TopicTrend
from pipelines.topics.arranged import others_than
from pipelines.topics.before import Before
from pipelines.topics.clustering import UNASSIGNED, Labels, Vectors, unit_rows
from pipelines.topics.config import TopicsConfig
from pipelines.topics.distinctive import MarkedConcept, count_holders, distinctive_concepts
from pipelines.topics.fitting import Fitted
from pipelines.topics.growth import trend_of
from pipelines.topics.map_places import map_places
from pipelines.topics.naming import TopicWords, find_words
from pipelines.topics.representatives import pick_representatives
from pipelines.topics.tally import Tally, tally
from pipelines.topics.titles import TopicName, compose_names
from pipelines.topics.vocabulary import Vocabulary


@dataclass(frozen=True)
class Member:
    """A topic by its number, before anything is said of it."""

    number: int
    id: str
    places: Labels
    """Of its passages among all."""
    standing: Topic | None
    """As it stood, where it did."""


def list_members(labels: Labels, passages: Sequence[TopicPassage], before: Before) -> list[Member]:
    """The topics that have passages, in order of their numbers; a new one is known by those that it began with."""
    found: list[Member] = []
    for number in np.unique(labels[labels != UNASSIGNED]).tolist():
        places = np.flatnonzero(labels == number)
        standing = before.topics[number] if number < len(before.topics) else None
        identity = standing.id if standing else content_id("topic", *(passages[i].id for i in places.tolist()))
        found.append(Member(number, identity, places, standing))
    return found


def write_topics(
    members: Sequence[Member],
    passages: Sequence[TopicPassage],
    fitted: Fitted,
    everything: Tally,
    adding: bool,
    vocabulary: Vocabulary | None,
    titles: Mapping[str, TopicName],
    config: TopicsConfig,
) -> list[Topic]:
    """Records of all topics, in the order of ``members``.

    Parameters
    ----------
    members
        The topics and their passages.
    passages
        All passages.
    fitted
        What the topics are made of.
    everything
        Counts of all passages.
    adding
        Whether topics stood before; where they are laid out none is new, nor grows.
    vocabulary
        Names of concepts.
    titles
        Of the rows of the table, by id.
    config
        Settings.
    """
    groups = fitted.groups
    documents = [passages[i].document_id for i in fitted.sample.tolist()]
    found_words = find_words(groups, fitted.terms, documents, fitted.book, config, vocabulary)
    words = dict(zip(groups.numbers, found_words, strict=True))
    inside = {one.number: np.flatnonzero(fitted.clusters.labels_ == one.number) for one in members}
    middles = unit_rows(np.stack([_mean(fitted.vectors, inside[one.number]) for one in members]))
    known = {i: (one.standing.x, one.standing.y) for i, one in enumerate(members) if one.standing}
    places = map_places(middles, known)
    names = _names(members, passages, fitted, inside, words, vocabulary, titles, config)
    latest = max(everything.by_scan, default="")
    topics: list[Topic] = []
    for one, middle, place in zip(members, middles, places.tolist(), strict=True):
        own = [passages[i] for i in one.places.tolist()]
        arrived = one.number in fitted.clusters.arrived_
        base = one.standing or _begun(one, names[one.number], own, latest if arrived else "")
        near = fitted.vectors[inside[one.number]] @ middle
        nearest = inside[one.number][np.argsort(-near, kind="stable")]
        shown = pick_representatives([passages[i] for i in fitted.sample[nearest].tolist()], config.n_representative)
        counted = tally(own)
        looked_at = one.number in fitted.clusters.looked_at_ or not base.settled
        found = counted.fields() | _words(base, words.get(one.number)) | {"x": place[0], "y": place[1]}
        found |= {
            "representative": shown or base.representative,
            "first_seen": base.first_seen or counted.first_seen,
            "trend": _trend(one, base, counted, everything, latest) if adding else TopicTrend.STEADY,
            "settled": counted.size if looked_at else base.settled,
        }
        topics.append(base.model_copy(update=found))
    return topics


def _words(base: Topic, found: TopicWords | None) -> dict[str, tuple[str, ...]]:
    # A topic whose passages are not in the sample keeps the terms it had.
    nl, en = (found.nl, found.en) if found else (base.terms_nl, base.terms_en)
    return {
        "terms_nl": (*base.pinned_nl, *others_than(base.pinned_nl, nl)),
        "terms_en": (*base.pinned_en, *others_than(base.pinned_en, en)),
    }


def _mean(vectors: Vectors, places: Labels) -> Vectors:
    # A topic that stands need not be in the sample where documents were withdrawn.
    return vectors[places].mean(axis=0) if len(places) else np.zeros(vectors.shape[1])


def _trend(one: Member, begun: Topic, counted: Tally, everything: Tally, latest: str) -> TopicTrend:
    # A new topic may have taken in a passage or two that were in none before; and it is new for the whole day.
    began_today = begun.first_seen is not None and begun.first_seen.isoformat() == latest
    if began_today and (one.standing is None or one.standing.trend is TopicTrend.NEW):
        return TopicTrend.NEW
    return trend_of(counted.by_scan, everything.by_scan, latest)


def _begun(one: Member, name: TopicName, own: Sequence[TopicPassage], latest: str) -> Topic:
    """A topic as it begins; new on the day of ``latest`` where most of its passages came with the scan."""
    # A topic of passages without a single telling word is named by the start of a passage.
    fallback = " ".join(own[0].text.split()[:4]) or own[0].id
    return Topic(
        id=one.id,
        name_nl=name.nl or fallback,
        name_en=name.en or fallback,
        size=len(own),
        n_documents=1,
        n_nl=0,
        n_en=0,
        first_seen=date.fromisoformat(latest) if latest and 2 * sum(p.new for p in own) > len(own) else None,
    )


def _names(
    members: Sequence[Member],
    passages: Sequence[TopicPassage],
    fitted: Fitted,
    inside: Mapping[int, Labels],
    words: Mapping[int, TopicWords],
    vocabulary: Vocabulary | None,
    titles: Mapping[str, TopicName],
    config: TopicsConfig,
) -> dict[int, TopicName]:
    """Names of the topics that did not stand, by number, none like that of one that does."""
    new = [number for number in fitted.groups.numbers if number in inside and _is_new(number, members)]
    documents = [passages[i].document_id for i in fitted.sample.tolist()]
    general = vocabulary.general if vocabulary else frozenset[str]()
    marked = _marked(fitted.found, documents, [inside[number] for number in new], general)
    rows = [Counter(set(passages[i].rows)) for i in fitted.sample.tolist()]
    # Documents do not count here: unlike a word, a row is no habit of one author.
    one_document = ["" for _ in rows]
    of_table = _marked(rows, one_document, [inside[number] for number in new], frozenset())
    heads = [titles.get(of_topic[0].concept) if of_topic else None for of_topic in of_table]
    taken = [TopicName(one.standing.name_nl, one.standing.name_en) for one in members if one.standing]
    told = [words[number] for number in new]
    names = compose_names(told, marked, heads, vocabulary, config.n_name_parts, taken=taken)
    return dict(zip(new, names, strict=True))


def _marked(
    found: Sequence[Counter[str]], documents: Sequence[str], topics: Sequence[Labels], general: frozenset[str]
) -> list[list[MarkedConcept]]:
    everywhere = count_holders(found)
    return [distinctive_concepts(found, documents, inside.tolist(), general, everywhere) for inside in topics]


def _is_new(number: int, members: Sequence[Member]) -> bool:
    return any(one.number == number and one.standing is None for one in members)
