"""Training on a small part of the training set: the same input gives the same model, and figures are figures."""

from __future__ import annotations

import numpy as np
import pytest

from flows.label import build_label_kit
from flows.tagger_training import held_out_places, train
from flows.tagging_figures import average_precision, calibration_error, f1, macro_f1, work_saved
from flows.tagging_predictions import predict
from pipelines.errors import ModelError
from pipelines.evidence.key_sentence import load_key_sentence_model
from pipelines.language.passage_reader import load_passage_reader
from pipelines.language.static_encoder import load_encoder
from pipelines.language.training_set import (
    ReaderScores,
    held_out_documents,
    read_reader_scores,
    read_training_files,
    read_translations,
)
from pipelines.settings import Settings
from pipelines.table.starting import starting_table
from pipelines.themes.lexicon import SHIPPED_LEXICON, load_lexicon


def test_the_same_passages_give_the_same_model() -> None:
    models = Settings().shipped_models_dir
    # The documents that the reader has not seen: enough for each answer to occur in every fold.
    everything = read_training_files(sorted((models / "training").glob("*.jsonl")))
    unseen = held_out_documents(everything)
    passages = [p for p in everything if p.doc in unseen]
    translations = [p for p in read_translations(models / "training", everything) if p.doc in unseen][::5]
    encoder, scores = load_encoder(models / "encoder"), read_reader_scores(models / "reader")
    reader = load_passage_reader(models / "reader", models / "contextual_encoder")
    first, second = (train(passages, translations, encoder, scores, reader.version) for _ in range(2))
    assert first.arrays.keys() == second.arrays.keys()
    assert all(np.array_equal(first.arrays[name], second.arrays[name]) for name in first.arrays)
    assert not any(array.dtype.hasobject for array in first.arrays.values())
    assert len(first.linear) == len(first.both) == len(first.held_out) == len(passages)
    assert first.held_out_arrays["themes"].shape == (len(passages), 5)
    key_sentences = load_key_sentence_model(models / "key_sentence")
    kit = build_label_kit(
        first.arrays, encoder, reader, load_lexicon(SHIPPED_LEXICON), key_sentences, starting_table(), "in training"
    )
    seen = predict(kit, passages[:50])
    assert [q.flag > 0.5 for q in seen].count(True) == pytest.approx(sum(p.flag for p in passages[:50]), abs=10)


def test_scores_of_other_passages_are_refused() -> None:
    models = Settings().shipped_models_dir
    passages = read_training_files([models / "training" / "own_nl.jsonl"])
    alien = ReaderScores(("nowhere/1",), ("flag",), np.zeros((1, 1), dtype=np.float32))
    with pytest.raises(ModelError) as caught:
        held_out_places(passages, alien)
    assert caught.value.values == {"n": 1, "first": "nowhere/1"}


def test_a_line_without_labels_is_named(tmp_path) -> None:
    path = tmp_path / "train.jsonl"
    path.write_text('{"doc": "a", "n": 1, "lang": "nl", "text": "x"}\n', encoding="utf-8")
    with pytest.raises(ModelError) as caught:
        read_training_files([path])
    assert caught.value.values["line"] == 1


def test_figures_by_hand() -> None:
    truth = np.asarray([True, True, False, False])
    assert f1(truth, np.asarray([True, False, True, False])) == pytest.approx(0.5)
    assert macro_f1(["a", "a", "b"], ["a", "b", "b"]) == pytest.approx(2 / 3)
    scores = np.asarray([0.9, 0.2, 0.8, 0.1])
    assert average_precision(truth, scores) == pytest.approx((1 + 2 / 3) / 2)
    # Ties are read in the worst order.
    assert average_precision(truth, np.zeros(4)) == pytest.approx((1 / 3 + 2 / 4) / 2)
    assert work_saved(np.asarray([True] + [False] * 9), np.arange(10, 0, -1)) == pytest.approx((0.9 - 0.05) / 0.855)
    assert calibration_error(truth, np.asarray([1.0, 1.0, 0.0, 0.0])) == 0.0
    assert calibration_error(truth, np.full(4, 0.9)) == pytest.approx(0.4)
