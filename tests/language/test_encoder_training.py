"""The recipe of the encoder on made-up texts: each step follows its formula, and the product loads the outcome."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path

import numpy as np

from pipelines.language.encoder_training import (
    FIELD_DICTIONARY,
    TrainingConfig,
    bag_matrix,
    read_pairs,
    reduce_and_quantise,
    ridge_table,
    token_weights,
    train_tokenizer,
    write_model,
)
from pipelines.language.static_encoder import load_encoder

TEXTS = ["vakbonden en werkgevers", "unions and employers", "lonen en werk", "wages and work"] * 5


def test_frequent_pieces_weigh_little_and_unknown_ones_nothing() -> None:
    weights = token_weights([[1, 1, 1, 2], [0, 1]], 4, constant=0.5)
    assert weights[0] == 0
    assert weights[1] < weights[2] < weights[3] == 1
    assert np.isclose(weights[2], 0.5 / (0.5 + 1 / 6))


def test_regression_is_that_of_the_normal_equations() -> None:
    numbers = np.random.default_rng(1)
    ids = [numbers.integers(0, 12, size=5).tolist() for _ in range(60)]
    bags = bag_matrix(ids, np.ones(12, dtype=np.float32))
    assert np.allclose(np.asarray(bags.multiply(bags).sum(axis=1)), 1)
    targets = numbers.normal(size=(60, 3)).astype(np.float32)
    sample = numbers.uniform(0.2, 1, size=60).astype(np.float32)
    config = replace(TrainingConfig(), iterations=40)
    dense = bags.toarray()
    weighted = dense.T * sample
    expected = np.linalg.solve(weighted @ dense + config.ridge * np.eye(12), weighted @ targets)
    assert np.allclose(ridge_table(bags, targets, sample, config), expected, atol=1e-3)


def test_eight_bits_keep_the_vectors() -> None:
    numbers = np.random.default_rng(2)
    table = numbers.normal(size=(50, 8)).astype(np.float32)
    table[7] = 0
    quantised, scales = reduce_and_quantise(table, table, dimensions=8)
    restored = quantised * scales[:, None]
    assert quantised.dtype == np.int8
    assert np.allclose(restored @ restored.T, table @ table.T, atol=0.25)
    assert not restored[7].any()


def test_a_written_model_is_loaded_by_the_product(tmp_path: Path) -> None:
    tokenizer = train_tokenizer(TEXTS, 80)
    n_pieces = tokenizer.get_vocab_size()
    vectors = np.random.default_rng(3).integers(-127, 128, size=(n_pieces, 6)).astype(np.int8)
    write_model(tmp_path, tokenizer, vectors, np.ones(n_pieces, dtype=np.float32), {"name": "made-up"})
    encoder = load_encoder(tmp_path)
    assert encoder.version.startswith("made-up-")
    expected = vectors[tokenizer.encode("Vakbonden en wérk").ids].astype(np.float32).sum(axis=0)
    assert np.allclose(encoder.encode(["vakbonden en werk"])[0], expected / np.linalg.norm(expected), atol=1e-5)


def test_long_texts_of_programs_are_left_out(tmp_path: Path) -> None:
    long = "x" * 60
    rows = f"kort\tshort\todoo\nlang\t{long}\todoo\nproza\t{long}\tesco\n"
    (tmp_path / "pairs.nl-en.tsv.gz").write_bytes(gzip.compress(rows.encode()))
    (tmp_path / "dictionary.nl-en.tsv.gz").write_bytes(gzip.compress(b"officieren\tofficers\tesco\n"))
    config = TrainingConfig()
    pairs = [pair for pair in read_pairs(tmp_path, config) if pair.source != FIELD_DICTIONARY.stem]
    assert [(pair.nl, pair.weight) for pair in pairs] == [
        ("kort", 1.0),
        ("proza", 1.0),
        ("officieren", config.dictionary_weight),
    ]


def test_field_dictionary_has_two_filled_columns_and_no_repeats() -> None:
    lines = FIELD_DICTIONARY.read_text(encoding="utf-8").splitlines()
    assert len(lines) > 500
    assert len(set(lines)) == len(lines)
    for line in lines:
        nl, en = line.split("\t")
        assert nl == nl.strip() != ""
        assert en == en.strip() != ""
