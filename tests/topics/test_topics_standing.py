"""Topics that stand: what later scans, withdrawn documents and people's acts do to them, on made-up vectors."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from topic_passages import make_passage

from pipelines.domain.topics import TopicEventKind, TopicModel, TopicPassage, TopicsState, TopicTrend
from pipelines.language.encoder import FloatArray
from pipelines.topics import TopicsConfig, fit_topics
from pipelines.topics.sampling import choose_sample
from pipelines.topics.standing import Standing, StandingGroups

DIMENSIONS = 24
FIRST, LATER = date(2026, 1, 5), date(2026, 2, 2)
TEXTS = (
    ("De vakbonden overleggen over roosters.", "The trade unions talk about rosters."),
    ("De radioloog leest elke scan.", "The radiologist reads every scan."),
    ("De uurlonen van jongeren daalden.", "Hourly earnings of the young fell."),
    ("De tolk leest gebaren.", "The interpreter reads signs."),
)


def subject(number: int, n_each: int, day: date, *, new: bool, begin: int) -> tuple[list[TopicPassage], FloatArray]:
    """``n_each`` passages on a subject in each language, near its direction, in documents of three."""
    drawn = np.random.default_rng(1000 * number + begin)
    passages: list[TopicPassage] = []
    for i in range(2 * n_each):
        text = TEXTS[number][i % 2]
        made = make_passage(begin + i, text, ("nl", "en")[i % 2], f"{number}-{begin}-{i // 3}")
        passages.append(made._replace(day=day.isoformat(), new=new))
    vectors = np.zeros((2 * n_each, DIMENSIONS))
    vectors[:, number] = 1.0
    vectors += drawn.normal(scale=0.06, size=vectors.shape)
    return passages, (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


Corpus = tuple[list[TopicPassage], FloatArray]


def joined(*parts: Corpus) -> Corpus:
    return [p for passages, _ in parts for p in passages], np.vstack([vectors for _, vectors in parts])


def older(corpus: Corpus) -> Corpus:
    """The same passages in a later scan."""
    return [p._replace(new=False) for p in corpus[0]], corpus[1]


@pytest.fixture(scope="module")
def first() -> Corpus:
    return joined(*(subject(k, 14, FIRST, new=True, begin=100 * k) for k in range(3)))


@pytest.fixture(scope="module")
def standing(first: Corpus) -> TopicModel:
    model = fit_topics(*first, today=FIRST)
    assert len(model.topics) == 3
    return model


def test_a_scan_that_brings_nothing_changes_nothing(first: Corpus, standing: TopicModel) -> None:
    again = fit_topics(*older(first), standing=standing, today=LATER)
    assert again.assignments == standing.assignments
    assert again.n_new == 0
    assert not again.events
    assert [(t.id, t.name_nl, t.x, t.y) for t in again.topics] == [(t.id, t.name_nl, t.x, t.y) for t in standing.topics]


def test_a_new_subject_is_a_new_topic_and_moves_nothing(first: Corpus, standing: TopicModel) -> None:
    later = fit_topics(*joined(older(first), subject(3, 6, LATER, new=True, begin=900)), standing=standing, today=LATER)
    (new,) = [topic for topic in later.topics if topic.id not in {t.id for t in standing.topics}]
    assert (new.size, new.trend, new.first_seen) == (12, TopicTrend.NEW, LATER)
    assert [(e.kind, e.topic, e.day) for e in later.events] == [(TopicEventKind.NEW, new.id, LATER)]
    assert {p: later.assignments[p] for p in standing.assignments} == standing.assignments


def test_a_new_subject_takes_nothing_over_from_a_topic_that_is_gone(first: Corpus, standing: TopicModel) -> None:
    last = standing.topics[-1].id
    left = [i for i, passage in enumerate(first[0]) if standing.assignments[passage.id] != last]
    rest = older(([first[0][i] for i in left], first[1][left]))
    later = fit_topics(*joined(rest, subject(3, 6, LATER, new=True, begin=900)), standing=standing, today=LATER)
    assert last not in {topic.id for topic in later.topics}
    assert {event.kind for event in later.events} >= {TopicEventKind.NEW, TopicEventKind.GONE}


def test_what_is_looked_at_for_the_first_time_joins_though_it_is_not_new(first: Corpus, standing: TopicModel) -> None:
    labelled_late = subject(0, 3, FIRST, new=False, begin=800)
    later = fit_topics(*joined(older(first), labelled_late), standing=standing, today=LATER)
    assert {p.id for p in labelled_late[0]} <= set(later.assignments)


def test_topics_outlive_documents_that_are_withdrawn(first: Corpus, standing: TopicModel) -> None:
    named = standing.topics[0].model_copy(update={"name_nl": "Eigen naam", "named_by": "anna"})
    arranged = standing.model_copy(update={"topics": (named, *standing.topics[1:])})
    few = [i for i, passage in enumerate(first[0]) if standing.assignments[passage.id] == named.id][:5]
    later = fit_topics(*older(([first[0][i] for i in few], first[1][few])), standing=arranged, today=LATER)
    assert later.state is TopicsState.FITTED
    assert [(topic.name_nl, topic.size) for topic in later.topics] == [("Eigen naam", 5)]
    assert {event.kind for event in later.events} == {TopicEventKind.GONE}
    back = fit_topics(*older(first), standing=later, today=LATER)
    assert "Eigen naam" in {topic.name_nl for topic in back.topics}


def _standing(labels: list[int], arranged: frozenset[int] = frozenset()) -> Standing:
    n = len(labels)
    return Standing(
        labels=np.array(labels),
        new=np.zeros(n, dtype=bool),
        fresh=np.zeros(n, dtype=bool),
        documents=np.array([f"d{i}" for i in range(n)]),
        counts=np.ones(n),
        settled=dict.fromkeys(set(labels), 5),
        arranged=arranged,
    )


def test_topics_about_the_same_become_one_but_not_those_that_people_had_a_hand_in() -> None:
    vectors = subject(0, 20, FIRST, new=False, begin=0)[1].astype(np.float64)
    labels = [0] * 24 + [1] * 16
    united = StandingGroups(TopicsConfig(), vectors, _standing(labels)).fit(vectors)
    assert set(united.labels_) == {0}
    assert [(union.topic, union.others) for union in united.unions_] == [(0, (1,))]
    kept = StandingGroups(TopicsConfig(), vectors, _standing(labels, frozenset({1}))).fit(vectors)
    assert kept.labels_.tolist() == labels


def test_a_topic_that_doubled_is_divided_where_it_holds_two_subjects() -> None:
    two = np.vstack([subject(k, 10, FIRST, new=False, begin=0)[1] for k in range(2)]).astype(np.float64)
    divided = StandingGroups(TopicsConfig(), two, _standing([0] * 40)).fit(two)
    (division,) = divided.divisions_
    assert (division.topic, division.part) == (0, 1)
    assert len(set(divided.labels_[:20])) == len(set(divided.labels_[20:])) == 1
    one = subject(0, 20, FIRST, new=False, begin=0)[1].astype(np.float64)
    assert not StandingGroups(TopicsConfig(), one, _standing([0] * 40)).fit(one).divisions_


def test_a_sample_holds_what_is_new_and_some_of_every_topic() -> None:
    labels = np.array([0] * 900 + [1] * 20 + [-1] * 500)
    new = np.zeros(1420, dtype=bool)
    new[1400:] = True
    chosen, counts = choose_sample(labels, new, 200)
    assert len(chosen) <= 200 and (np.diff(chosen) > 0).all()
    assert set(np.flatnonzero(new)) <= set(chosen.tolist())
    assert set(labels[chosen]) == {-1, 0, 1}
    assert counts.sum() == pytest.approx(1420)


def test_of_many_passages_a_sample_does(first: Corpus, standing: TopicModel) -> None:
    config = TopicsConfig(most_fitted=60)
    sampled = fit_topics(*first, config, today=FIRST)
    assert sampled.settings["sample"] == 60
    assert len(sampled.assignments) == 84
    later = fit_topics(
        *joined(older(first), subject(3, 7, LATER, new=True, begin=900)), config, standing=standing, today=LATER
    )
    assert {p: later.assignments[p] for p in standing.assignments} == standing.assignments
    assert len([event for event in later.events if event.kind is TopicEventKind.NEW]) == 1
