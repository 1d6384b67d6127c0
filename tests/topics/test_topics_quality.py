"""Topics of real passages: they follow the rows of the table, hold both languages, and stay when little changes."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score

from pipelines.domain.topics import TopicModel, TopicPassage
from pipelines.language.concepts import ConceptMatcher
from pipelines.language.encoder import FloatArray
from pipelines.language.static_encoder import load_encoder
from pipelines.themes.lexicon import load_lexicon
from pipelines.topics import Vocabulary, fit_topics

ROOT = Path(__file__).resolve().parents[2]
N_PASSAGES = 1200


Sample = tuple[list[TopicPassage], FloatArray, dict[str, str]]


@pytest.fixture(scope="module")
def sample() -> Sample:
    """Passages on a theme from whole documents, some 1,200 passages in all; and the first row of each that has one."""
    lines = [
        json.loads(line)
        for language in ("nl", "en")
        for line in (ROOT / f"models/training/train_{language}.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    documents = sorted({line["doc"] for line in lines})
    random.Random(11).shuffle(documents)
    chosen: set[str] = set()
    while sum(line["doc"] in chosen for line in lines) < N_PASSAGES:
        chosen.add(documents.pop())
    passages: list[TopicPassage] = []
    rows: dict[str, str] = {}
    for line in lines:
        if line["doc"] not in chosen or not line["themes"]:
            continue
        text = line["text"]
        identity = f"{line['doc']}-{line['n']:04d}"
        passages.append(TopicPassage(id=identity, document_id=line["doc"], language=line["lang"], text=text))
        if line["rows"]:
            rows[identity] = line["rows"][0]
    return passages, load_encoder(ROOT / "models" / "encoder").encode([p.text for p in passages]), rows


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    lexicon = load_lexicon()
    return Vocabulary(lexicon, ConceptMatcher(lexicon))


@pytest.fixture(scope="module")
def model(sample: Sample, vocabulary: Vocabulary) -> TopicModel:
    return fit_topics(sample[0], sample[1], vocabulary=vocabulary)


def test_topics_follow_the_rows(sample: Sample, model: TopicModel) -> None:
    both = sorted(set(sample[2]) & set(model.assignments))
    agreement = adjusted_mutual_info_score([sample[2][i] for i in both], [model.assignments[i] for i in both])
    assert agreement >= 0.25


def test_a_fair_share_is_assigned_to_a_readable_number_of_topics(model: TopicModel) -> None:
    assert 10 <= len(model.topics) <= 60
    assert len(model.assignments) >= 0.3 * model.n_passages
    assert max(topic.size for topic in model.topics) <= 0.15 * model.n_passages


def test_most_topics_hold_both_languages(model: TopicModel) -> None:
    mixed = [min(topic.n_nl, topic.n_en) >= 0.1 * topic.size for topic in model.topics]
    assert np.mean(mixed) >= 0.9


def test_all_topics_have_names_and_terms(model: TopicModel) -> None:
    for topic in model.topics:
        assert topic.name_nl and topic.name_en
        assert bool(topic.terms_nl) == (topic.n_nl > 0)
        assert bool(topic.terms_en) == (topic.n_en > 0)
    assert len({topic.name_nl for topic in model.topics}) == len(model.topics)


def test_most_names_come_from_the_lexicon_in_both_languages(model: TopicModel) -> None:
    lexicon = load_lexicon()
    heads = {(concept.name["nl"], concept.name["en"]) for concept in lexicon.concepts}
    headed = [(topic.name_nl.split(", ")[0], topic.name_en.split(", ")[0]) in heads for topic in model.topics]
    assert np.mean(headed) >= 0.8


def test_topics_stay_when_a_few_passages_go(sample: Sample, model: TopicModel, vocabulary: Vocabulary) -> None:
    passages, vectors, _ = sample
    kept = sorted(random.Random(5).sample(range(len(passages)), round(0.97 * len(passages))))
    again = fit_topics([passages[i] for i in kept], vectors[kept], vocabulary=vocabulary)
    both = sorted(set(model.assignments) & set(again.assignments))
    assert adjusted_rand_score([model.assignments[i] for i in both], [again.assignments[i] for i in both]) >= 0.6
