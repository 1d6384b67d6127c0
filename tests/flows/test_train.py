"""Training on a small part of the training set: the same input gives the same model, and figures are figures."""

from __future__ import annotations

import numpy as np
import pytest

from flows.tagging_figures import average_precision, calibration_error, f1, macro_f1, work_saved
from flows.train import predict, train
from pipelines.errors import ModelError
from pipelines.language.static_encoder import load_encoder
from pipelines.language.training_set import read_training_files
from pipelines.settings import Settings


def test_the_same_passages_give_the_same_model() -> None:
    models = Settings().shipped_models_dir
    # Every seventh document: enough for each answer to occur in every fold.
    everything = read_training_files(sorted((models / "training").glob("train_*.jsonl")))
    documents = sorted({p.doc for p in everything})[::7]
    passages = [p for p in everything if p.doc in set(documents)]
    encoder = load_encoder(models / "encoder")
    first, second = train(passages, encoder), train(passages, encoder)
    assert first.arrays.keys() == second.arrays.keys()
    assert all(np.array_equal(first.arrays[name], second.arrays[name]) for name in first.arrays)
    assert not any(array.dtype.hasobject for array in first.arrays.values())
    seen = predict(first, passages[:50])
    assert [q.flag > 0.5 for q in seen].count(True) == pytest.approx(sum(p.flag for p in passages[:50]), abs=10)


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
