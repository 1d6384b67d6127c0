"""Topics of made-up passages with made-up vectors: what is found, named, placed and left out."""

from __future__ import annotations

import random

import numpy as np
import pytest
from topic_passages import make_passage

from pipelines.domain.topics import TopicModel, TopicPassage, TopicsState
from pipelines.language.encoder import FloatArray
from pipelines.topics import TopicsConfig, fit_topics

DIMENSIONS = 32
SUBJECTS = {
    "unions": {
        "nl": (
            "De vakbonden overleggen met de werkgevers over nieuwe roosters.",
            "Volgens de vakbonden ontbreekt zeggenschap.",
        ),
        "en": ("At the table of the trade unions are employers.", "A say for the unions, the trade unions."),
    },
    "care": {
        "nl": ("In het ziekenhuis leest de radioloog elke scan opnieuw.", "De radioloog in het ziekenhuis ziet meer."),
        "en": (
            "Every scan is seen by a radiologist at the hospital.",
            "The radiologist in the hospital sees it.",
        ),
    },
    "wages": {
        "nl": ("Het minimumloon en de uurlonen bleven achter.", "De uurlonen van jongeren en het minimumloon daalden."),
        "en": (
            "The minimum wage and hourly earnings lagged behind.",
            "Hourly earnings fell. So did the minimum wage: a wage for the young.",
        ),
    },
}


def _corpus(
    languages: dict[str, tuple[str, ...]], n_each: int = 12, n_noise: int = 0
) -> tuple[list[TopicPassage], FloatArray]:
    """``n_each`` passages per subject and language close to the subject's direction, and noise in all directions."""
    random_numbers = np.random.default_rng(7)
    middles = np.linalg.qr(random_numbers.normal(size=(DIMENSIONS, DIMENSIONS)))[0]
    passages: list[TopicPassage] = []
    vectors: list[np.ndarray] = []
    for place, (subject, texts) in enumerate(SUBJECTS.items()):
        for language in languages.get(subject, ("nl", "en")):
            for i in range(n_each):
                text = texts[language][i % 2]
                passages.append(make_passage(len(passages), text, language, f"{subject}-{i % 4}"))
                vectors.append(middles[place] + random_numbers.normal(scale=0.04, size=DIMENSIONS))
    for i in range(n_noise):
        passages.append(make_passage(len(passages), "Iets anders.", ("nl", "en")[i % 2], f"noise-{i}"))
        vectors.append(random_numbers.normal(size=DIMENSIONS))
    array = np.array(vectors, dtype=np.float32)
    return passages, array / np.linalg.norm(array, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def model() -> TopicModel:
    passages, vectors = _corpus({}, n_noise=4)
    return fit_topics(passages, vectors, encoder_version="made-up-1")


def test_each_subject_is_one_topic_in_both_languages(model: TopicModel) -> None:
    assert model.state == TopicsState.FITTED
    assert [(t.size, t.n_nl, t.n_en, t.n_documents) for t in model.topics] == [(24, 12, 12, 4)] * 3
    names = {(t.name_nl, t.name_en) for t in model.topics}
    for nl, en in (("vakbond", "trade union"), ("radioloog", "radiologist"), ("uurlonen", "minimum wage")):
        assert any(nl in name_nl.lower() and en in name_en.lower() for name_nl, name_en in names), names


def test_noise_stays_unassigned(model: TopicModel) -> None:
    assert model.n_passages == 76
    assert len(model.assignments) == 72


def test_assignments_agree_with_topics(model: TopicModel) -> None:
    for topic in model.topics:
        members = {p for p, t in model.assignments.items() if t == topic.id}
        assert len(members) == topic.size
        assert set(topic.representative) <= members
        assert len(topic.representative) == len(set(topic.representative)) == 6


def test_representative_passages_come_from_both_languages_and_several_documents(model: TopicModel) -> None:
    passages = {p.id: p for p in _corpus({}, n_noise=4)[0]}
    for topic in model.topics:
        for language in ("nl", "en"):
            shown = [passages[i] for i in topic.representative if passages[i].language == language]
            assert len(shown) == 3
            assert len({p.document_id for p in shown}) == 3


def test_settings_say_what_the_outcome_depends_on(model: TopicModel) -> None:
    assert model.settings["encoder"] == "made-up-1"
    assert {"bertopic", "scikit-learn", "seed", "smallest_topic"} <= set(model.settings)


def test_topics_lie_apart_on_the_map(model: TopicModel) -> None:
    places = np.array([(t.x, t.y) for t in model.topics])
    distances = np.linalg.norm(places[:, None] - places[None, :], axis=2)[np.triu_indices(3, 1)]
    assert distances.min() > 0.5


def test_order_of_passages_does_not_matter(model: TopicModel) -> None:
    passages, vectors = _corpus({}, n_noise=4)
    order = list(range(len(passages)))
    random.Random(3).shuffle(order)
    again = fit_topics([passages[i] for i in order], vectors[order], encoder_version="made-up-1")
    assert again == model


def test_other_members_make_another_id(model: TopicModel) -> None:
    passages, vectors = _corpus({}, n_noise=4)
    fewer = fit_topics(passages[1:], vectors[1:])
    before, after = {t.id for t in model.topics}, {t.id for t in fewer.topics}
    assert len(before & after) == 2


def test_topic_in_one_language_has_the_same_name_in_both() -> None:
    passages, vectors = _corpus({"care": ("en",)}, n_each=14)
    fitted = fit_topics(passages, vectors)
    (topic,) = [t for t in fitted.topics if t.n_nl == 0]
    assert topic.terms_nl == ()
    assert topic.name_nl == topic.name_en != ""
    assert "radiologist" in topic.name_nl.lower()


def test_too_few_passages_are_too_few() -> None:
    passages, vectors = _corpus({}, n_each=8)
    assert fit_topics(passages[:49] or passages, vectors[:49]).state == TopicsState.TOO_FEW
    model = fit_topics(passages[:20], vectors[:20])
    assert (model.state, model.n_passages, model.minimum, model.topics) == (TopicsState.TOO_FEW, 20, 50, ())
    assert fit_topics([], np.zeros((0, DIMENSIONS), dtype=np.float32)).state == TopicsState.TOO_FEW


@pytest.mark.parametrize("same", [0.0, 1.0])
def test_vectors_without_difference_give_no_topics(same: float) -> None:
    passages, _ = _corpus({}, n_each=10)
    vectors = np.full((len(passages), DIMENSIONS), same / np.sqrt(DIMENSIONS), dtype=np.float32)
    model = fit_topics(passages, vectors)
    assert model.state == TopicsState.FITTED
    assert model.topics == ()
    assert model.assignments == {}


def test_unreadable_passages_are_left_out() -> None:
    passages, vectors = _corpus({}, n_each=12)
    vectors[:3] = 0
    model = fit_topics(passages, vectors)
    assert not {p.id for p in passages[:3]} & set(model.assignments)
    assert len(model.topics) == 3


def test_evenly_spread_vectors_do_not_fail() -> None:
    passages, _ = _corpus({}, n_each=10)
    vectors = np.eye(len(passages), dtype=np.float32)
    assert fit_topics(passages, vectors).state == TopicsState.FITTED


def test_wrong_input_is_refused() -> None:
    passages, vectors = _corpus({}, n_each=10)
    with pytest.raises(ValueError, match="vectors"):
        fit_topics(passages, vectors[1:])
    with pytest.raises(ValueError, match="unique"):
        fit_topics([passages[0], *passages[:-1]], vectors)
    foreign = passages[0]._replace(language="other")
    with pytest.raises(ValueError, match="Dutch and English"):
        fit_topics([foreign, *passages[1:]], vectors)


def test_smallest_topic_grows_with_the_scan() -> None:
    config = TopicsConfig()
    assert [config.smallest_topic(n) for n in (50, 600, 1000, 4148, 40_000)] == [6, 6, 6, 13, 40]
