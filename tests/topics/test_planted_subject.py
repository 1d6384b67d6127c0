"""Three scans, with a subject that nobody wrote about before in the second and another one in the third."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from planted_subjects import (
    DAYS,
    REPLICAS,
    ROOT,
    SIGN_LANGUAGE,
    SUBJECTS,
    Outcome,
    Subject,
    deal,
    find_planted,
    instalments,
    new_topics,
    read_documents,
    read_training,
    share_moved,
    up_to,
)

from pipelines.domain.topics import Topic, TopicEventKind, TopicModel, TopicPassage, TopicTrend
from pipelines.language.concepts import ConceptMatcher
from pipelines.language.static_encoder import load_encoder
from pipelines.themes.lexicon import load_lexicon
from pipelines.topics import Vocabulary, fit_topics

SHARE = 0.4
"""Of the documents of ``models/training``: some 1,100 passages. ``benchmarks/topics_planted.py`` takes all."""
SCAN_OF = {REPLICAS: 1, SIGN_LANGUAGE: 2}
"""Scan (from 0) in which a subject appears."""
PLANTED = {subject: read_documents(subject)[1] for subject in SUBJECTS}

of_each_subject = pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.name)


class Scans(NamedTuple):
    """Topics after each scan, and the passages there were by then."""

    models: list[TopicModel]
    passages: list[list[TopicPassage]]

    def outcome(self, subject: Subject, scan: int) -> Outcome:
        return find_planted(self.models[scan], self.passages[scan], PLANTED[subject])

    def topic(self, subject: Subject) -> Topic:
        """The topic of a subject in the scan that brought it."""
        topic = self.outcome(subject, SCAN_OF[subject]).topic
        assert topic is not None
        return topic


@pytest.fixture(scope="module")
def scans() -> Scans:
    training, _ = deal(read_training(), (SHARE, 1 - SHARE), seed=0)
    parts = instalments(training, seed=0)
    lexicon = load_lexicon()
    vocabulary = Vocabulary(lexicon, ConceptMatcher(lexicon))
    encoder = load_encoder(ROOT / "models" / "encoder")
    everything = [passage for part in parts for passage in part]
    rows = encoder.encode([passage.text for passage in everything])
    place = {passage.id: i for i, passage in enumerate(everything)}
    result = Scans([], [])
    for scan, day in enumerate(DAYS):
        passages = up_to(parts, scan)
        model = fit_topics(
            passages,
            rows[[place[passage.id] for passage in passages]],
            vocabulary=vocabulary,
            encoder_version=encoder.version,
            standing=result.models[-1] if result.models else None,
            today=day,
        )
        result.models.append(model)
        result.passages.append(passages)
    return result


@of_each_subject
def test_no_topic_is_named_for_a_subject_before_it_comes(scans: Scans, subject: Subject) -> None:
    for model in scans.models[: SCAN_OF[subject]]:
        named = [t.name_en for t in model.topics if subject.in_name(t, "nl") or subject.in_name(t, "en")]
        assert not named


@of_each_subject
def test_most_of_a_new_subject_is_in_one_new_topic_and_little_else_is(scans: Scans, subject: Subject) -> None:
    scan = SCAN_OF[subject]
    outcome = scans.outcome(subject, scan)
    assert outcome.topic in new_topics(scans.models[scan - 1], scans.models[scan])
    assert outcome.recall >= 0.7
    assert outcome.precision >= 0.8


@of_each_subject
def test_no_second_new_topic_is_made_of_it(scans: Scans, subject: Subject) -> None:
    scan = SCAN_OF[subject]
    model = scans.models[scan]
    others = {topic.id for topic in new_topics(scans.models[scan - 1], model)} - {scans.topic(subject).id}
    inside = [passage for passage in PLANTED[subject] if model.assignments.get(passage) in others]
    assert len(inside) < 3


@of_each_subject
def test_it_holds_both_languages(scans: Scans, subject: Subject) -> None:
    outcome = scans.outcome(subject, SCAN_OF[subject])
    assert min(outcome.n_nl, outcome.n_en) >= 7


@of_each_subject
def test_its_names_say_in_both_languages_what_it_is_about(scans: Scans, subject: Subject) -> None:
    topic = scans.topic(subject)
    assert subject.in_name(topic, "nl"), topic.name_nl
    assert subject.in_name(topic, "en"), topic.name_en


@of_each_subject
def test_its_representative_passages_are_planted_ones_of_both_languages(scans: Scans, subject: Subject) -> None:
    representative = scans.topic(subject).representative
    planted = [passage for passage in representative if passage in PLANTED[subject]]
    # The standing corpus has a passage or two on the subject, which may be as good.
    assert len(planted) >= len(representative) - 1
    assert {passage.split("-")[1] for passage in planted} == {"nl", "en"}
    assert len({passage.rsplit("-", 1)[0] for passage in planted}) >= 3


@of_each_subject
def test_it_is_told_as_new_with_the_day_of_the_scan(scans: Scans, subject: Subject) -> None:
    scan = SCAN_OF[subject]
    topic = scans.topic(subject)
    (event,) = [e for e in scans.models[scan].events if e.topic == topic.id]
    assert event.kind is TopicEventKind.NEW
    assert event.day == DAYS[scan]
    assert event.names_nl == (topic.name_nl,)
    assert event.names_en == (topic.name_en,)
    assert event.n_passages == topic.size
    assert topic.trend is TopicTrend.NEW
    assert topic.first_seen == topic.last_seen == DAYS[scan]
    assert topic.n_new == topic.by_scan[DAYS[scan].isoformat()] >= 0.8 * topic.size


@of_each_subject
def test_no_row_of_the_table_covers_it(scans: Scans, subject: Subject) -> None:
    assert scans.topic(subject).novel


def test_the_topics_there_were_keep_ids_names_and_passages(scans: Scans) -> None:
    for before, after in zip(scans.models, scans.models[1:], strict=False):
        gone = {i for e in after.events if e.kind in (TopicEventKind.MERGED, TopicEventKind.GONE) for i in e.others}
        names = {topic.id: (topic.name_nl, topic.name_en) for topic in after.topics}
        for topic in before.topics:
            if topic.id not in gone:
                assert names.get(topic.id) == (topic.name_nl, topic.name_en)
        assert share_moved(before, after) < 0.05


def test_hardly_any_other_topic_is_told_as_new(scans: Scans) -> None:
    for subject, scan in SCAN_OF.items():
        model = scans.models[scan]
        told = {e.topic for e in model.events if e.kind is TopicEventKind.NEW}
        told |= {t.id for t in model.topics if t.trend is TopicTrend.NEW}
        others = [t.name_en for t in model.topics if t.id in told - {scans.topic(subject).id}]
        assert len(others) <= 2


def test_what_was_new_is_an_old_topic_in_the_next_scan(scans: Scans) -> None:
    before = scans.topic(REPLICAS)
    outcome = scans.outcome(REPLICAS, 2)
    after = outcome.topic
    assert after is not None
    assert (after.id, after.name_nl, after.name_en) == (before.id, before.name_nl, before.name_en)
    assert after.trend in (TopicTrend.STEADY, TopicTrend.SHRINKING, TopicTrend.DORMANT)
    assert after.first_seen == DAYS[1]
    assert outcome.recall >= 0.7
    assert not [e for e in scans.models[2].events if e.kind is TopicEventKind.NEW and e.topic == before.id]
