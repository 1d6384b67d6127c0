"""The key sentence: shipped weights, plain rule, bad files, training."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from builders import build_passage

from pipelines.errors import ModelError
from pipelines.evidence.figures import find_figures
from pipelines.evidence.key_sentence import (
    FEATURES,
    KeySentenceModel,
    describe_sentences,
    find_key_sentence,
    load_key_sentence_model,
)
from pipelines.evidence.key_sentence_training import accuracies, fit_key_sentence_model, read_examples
from pipelines.language.cues import find_cues
from pipelines.language.sentences import sentence_spans

MODELS = Path(__file__).parents[2] / "models"


@pytest.fixture(scope="module")
def shipped() -> KeySentenceModel:
    return load_key_sentence_model(MODELS / "key_sentence")


@pytest.mark.parametrize(
    ("language", "text", "beginning"),
    [
        (
            "nl",
            "Veel is er al over geschreven. In een enquête onder 1.200 bedrijven zegt 14 procent dat er door AI banen "
            "zijn verdwenen, tegen 6 procent een jaar eerder. Wat betekent dat?",
            "In een enquête",
        ),
        (
            "en",
            "Much has been written on this. In a survey of 1,200 firms 14 per cent say that jobs have gone because of "
            "AI, against 6 per cent a year before. What does that mean?",
            "In a survey",
        ),
    ],
)
def test_the_sentence_with_the_finding_is_chosen(
    shipped: KeySentenceModel, language: str, text: str, beginning: str
) -> None:
    key = find_key_sentence(build_passage(text, language=language), shipped)
    assert key is not None
    assert key.text.startswith(beginning)
    assert text[key.start : key.end] == key.text


def test_a_question_is_not_the_finding(shipped: KeySentenceModel) -> None:
    text = "Wages rose by 3 per cent. Do the wages of people who work with such programs rise as fast as of others?"
    key = find_key_sentence(build_passage(text, language="en"), shipped)
    assert key is not None
    assert key.text == "Wages rose by 3 per cent."


def test_figures_and_cues_found_before_give_the_same(shipped: KeySentenceModel) -> None:
    text = "Productivity did not change. Of 300 workers 61% were faster, in 2023 too (by half an hour). Nobody knew."
    passage = build_passage(text, language="en")
    spans = [(sentence.start, sentence.end) for sentence in passage.sentences] or sentence_spans(text)
    again = find_key_sentence(passage, shipped, find_figures(text, "en", spans), find_cues(text, "en", spans))
    assert again == find_key_sentence(passage, shipped)


def test_without_model_the_longest_sentence() -> None:
    key = find_key_sentence(build_passage("Short. This one is the longest of all. Short too.", language="en"))
    assert key is not None
    assert key.text == "This one is the longest of all."


def test_one_sentence_and_none(shipped: KeySentenceModel) -> None:
    key = find_key_sentence(build_passage("Lonen stegen", language="nl"), shipped)
    assert key is not None
    assert key.text == "Lonen stegen"
    assert find_key_sentence(build_passage(" ", language="nl"), shipped) is None


def test_features_have_their_names() -> None:
    text = "Wages rose by 3 per cent (2023). Why?"
    spans = sentence_spans(text)
    features = describe_sentences(text, spans, find_figures(text, "en"), find_cues(text, "en"))
    assert features.shape == (2, len(FEATURES))
    first = dict(zip(FEATURES, features[0], strict=True))
    assert (first["figures"], first["share"], first["year"], first["cue_rise"], first["first"]) == (1, 1, 1, 1, 1)
    assert features[1, FEATURES.index("question_mark")] == 1
    assert np.isfinite(features).all()


def test_bad_files_are_told(tmp_path: Path, shipped: KeySentenceModel) -> None:
    with pytest.raises(ModelError) as caught:
        load_key_sentence_model(tmp_path)
    assert caught.value.key == "error.model_missing"
    content = json.loads(shipped.model_dump_json())
    for change in ({"weights": content["weights"][1:]}, {"features": ["length"]}, {"extra": 1}):
        (tmp_path / "model.json").write_text(json.dumps(content | change), encoding="utf-8")
        with pytest.raises(ModelError) as caught:
            load_key_sentence_model(tmp_path)
        assert caught.value.key == "error.model_damaged"


def write_training(path: Path, n_documents: int) -> Path:
    """Passages in which the key sentence is the one with a percentage, never the longest."""
    lines = []
    for number in range(n_documents):
        dull = "In this part the reader finds how the people at the site were met and what they were asked."
        finding = f"Output rose by {10 + number} per cent."
        sentences = [dull, finding] if number % 2 else [finding, dull]
        lines.append(
            {"doc": f"d{number}", "lang": "en", "flag": True, "text": " ".join(sentences), "key_sentence": number % 2}
        )
    lines.append({"doc": "x", "lang": "en", "flag": False, "text": "Nothing.", "key_sentence": None})
    lines.append({"doc": "y", "lang": "en", "flag": True, "text": "One sentence.", "key_sentence": 4})
    path.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    return path


def test_training_learns_what_the_passages_show(tmp_path: Path) -> None:
    examples, n_left_out = read_examples([write_training(tmp_path / "train_en.jsonl", 40)])
    assert (len(examples), n_left_out) == (40, 1)
    model = fit_key_sentence_model(examples)
    assert fit_key_sentence_model(examples) == model
    figures = accuracies(examples)
    assert figures["longest sentence"]["all"] == 0.0
    assert figures["trained weights"]["all"] == 1.0


def test_shipped_weights_fit_the_shipped_training_set(tmp_path: Path, shipped: KeySentenceModel) -> None:
    # Measured 2026-11 by cross-validation: 0.879, against 0.851 for the longest sentence.
    lines = [
        line
        for language in ("nl", "en")
        for line in (MODELS / "training" / f"train_{language}.jsonl").read_text(encoding="utf-8").splitlines()[::14]
    ]
    (tmp_path / "train_sample.jsonl").write_text("\n".join(lines), encoding="utf-8")
    examples, _ = read_examples([tmp_path / "train_sample.jsonl"])
    assert len(examples) > 100
    right = [int(np.argmax(shipped.scores(example.features))) == example.key for example in examples]
    assert np.mean(right) > 0.8
    assert shipped.n_training > 1500
