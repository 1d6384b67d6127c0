"""The recipe of the static encoder on made-up texts: each step follows its formula; the product loads the outcome."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from pipelines.language.encoder_recipe import texts
from pipelines.language.encoder_recipe.static import (
    StaticConfig,
    bag_matrix,
    reduce_and_quantise,
    ridge_table,
    token_weights,
    train_static,
    train_tokenizer,
    write_model,
)
from pipelines.language.encoder_recipe.teacher import teacher_vectors
from pipelines.language.encoder_recipe.texts import Pair
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
    config = replace(StaticConfig(), iterations=40)
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


def made_up_lesson() -> tuple[list[Pair], np.ndarray]:
    """Twelve Dutch words that each have one English word, in sentences of three; the teacher's vector is their sum."""
    numbers = np.random.default_rng(4)
    dutch = ["loon", "bond", "werk", "taak", "bank", "huis", "boom", "fiets", "water", "brood", "straat", "school"]
    english = ["wage", "union", "job", "task", "bench", "house", "tree", "bike", "drink", "bread", "street", "class"]
    meaning = numbers.normal(size=(12, 16))
    rows = [numbers.choice(12, size=3, replace=False) for _ in range(300)]
    pairs = [Pair(" ".join(dutch[i] for i in r), " ".join(english[i] for i in r), "made up", 1.0) for r in rows]
    targets = np.array([meaning[r].sum(axis=0) for r in rows])
    return pairs, (targets / np.linalg.norm(targets, axis=1, keepdims=True)).astype(np.float32)


def test_a_dutch_word_learns_the_meaning_of_its_english_one(tmp_path: Path) -> None:
    pairs, targets = made_up_lesson()
    train_static(
        pairs[:200], [], targets[:200], tmp_path, replace(StaticConfig(), epochs=0, n_pieces=120, dimensions=16)
    )
    encoder = load_encoder(tmp_path)
    nl, en = (encoder.encode([pair[side] for pair in pairs[200:]]) for side in (0, 1))
    assert (nl * en).sum(axis=1).mean() > 0.95
    assert (nl @ targets[200:].T).shape == (100, 100)
    card = json.loads((tmp_path / "card.json").read_text(encoding="utf-8"))
    assert card["training_rows"] == {"made up": 200}


def test_pairs_come_from_every_source(tmp_path: Path) -> None:
    for name, rows in (("pairs", "lang\tlong\tesco\n"), ("dictionary", "officieren\tofficers\tesco\n")):
        (tmp_path / f"{name}.nl-en.tsv.gz").write_bytes(gzip.compress(rows.encode()))
    training = tmp_path / "training"
    for folder in ("translated", "statements"):
        (training / folder).mkdir(parents=True)
    own = {"doc": "a", "n": 1, "lang": "nl", "text": "Het loon stijgt. De raad wacht."}
    (training / "train_nl.jsonl").write_text(json.dumps(own) + "\n", encoding="utf-8")
    other = {"doc": "a", "n": 1, "lang": "en", "text": "Wages rise. The council waits."}
    (training / "translated" / "en.jsonl").write_text(json.dumps(other) + "\n", encoding="utf-8")
    statement = {"row": "A1", "nl": "Scholing helpt.", "en": "Training helps."}
    (training / "statements" / "statements.jsonl").write_text(json.dumps(statement) + "\n", encoding="utf-8")
    pairs = texts.read_pairs(tmp_path, training, None)
    assert pairs[0] == Pair("lang", "long", "esco", 1.0)
    assert pairs[1] == Pair("officieren", "officers", "esco", texts.WORD_WEIGHT)
    assert Pair("De raad wacht.", "The council waits.", texts.OWN_SENTENCES, 1.0) in pairs
    assert Pair(own["text"], other["text"], texts.OWN_PASSAGES, 1.0) in pairs
    assert Pair("Scholing helpt.", "Training helps.", texts.OWN_STATEMENTS, 1.0) in pairs
    assert texts.count_sources(pairs)[texts.OWN_DICTIONARY] > 3000


def test_a_dictionary_of_the_dict_server_is_read(tmp_path: Path) -> None:
    entries = ["00-database-info\nabout", "bijl /bɛi̯l/\n1. axe, hatchet\n2. (tool) adze", "zee‐engel\nangelfish"]
    content, index = b"", []
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    for entry in entries:
        raw = (entry + "\n").encode()
        begin, size = (digits[n // 64] + digits[n % 64] for n in (len(content), len(raw)))
        index.append(f"{entry.split()[0]}\t{begin}\t{size}")
        content += raw
    (tmp_path / "toy.index").write_text("\n".join(index) + "\n", encoding="utf-8")
    (tmp_path / "toy.dict.dz").write_bytes(gzip.compress(content))
    expected = [("bijl", "axe"), ("bijl", "hatchet"), ("bijl", "adze"), ("zee-engel", "angelfish")]
    assert texts.read_dictd(tmp_path, "toy") == expected


def test_the_teacher_reads_a_text_once(tmp_path: Path) -> None:
    asked: list[str] = []

    def encode(group: list[str]) -> np.ndarray:
        asked.extend(group)
        return np.array([[len(text), 1.0] for text in group], dtype=np.float32)

    first = teacher_vectors(["aaa", "b", "aaa"], tmp_path, lambda: encode)
    again = teacher_vectors(["b", "cc"], tmp_path, lambda: encode)
    assert sorted(asked) == ["aaa", "b", "cc"]
    assert np.allclose(first[0], first[2])
    assert np.allclose(again[0], first[1])
    assert np.allclose(np.linalg.norm(again, axis=1), 1)


def test_shipped_training_texts_are_whole() -> None:
    """Every translation has its passage, and every row about as many statements as the others."""
    training = Path(__file__).resolve().parents[2] / "models" / "training"
    statements = texts.read_statements(training)
    counts = {row: sum(s.row == row for s in statements) for row in {s.row for s in statements}}
    assert len(counts) == 15
    assert min(counts.values()) >= 100
    assert len({s.nl for s in statements}) == len({s.en for s in statements}) == len(statements)
    translated = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in training.glob("translated/*.jsonl"))
    assert sum(pair.source == texts.OWN_PASSAGES for pair in texts.read_own_passages(training)) == translated
