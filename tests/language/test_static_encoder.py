"""The encoder: shape, unit length, one space for two languages, and what is said of broken files."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.errors import ModelError
from pipelines.language.encoder import Encoder
from pipelines.language.static_encoder import BATCH_TEXTS, load_encoder
from pipelines.strings import error_text

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "models" / "encoder"


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return load_encoder(FOLDER)


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "encoder"
    shutil.copytree(FOLDER, folder)
    yield folder


def test_vectors_have_unit_length_and_keep_order(encoder: Encoder) -> None:
    texts = ["Werkdruk in de zorg", "Union density fell", "AI"]
    vectors = encoder.encode(texts)
    assert vectors.shape == (3, encoder.dimensions)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert np.array_equal(encoder.encode(texts[::-1])[::-1], vectors)


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "漢字かな"])
def test_text_without_known_pieces_gives_a_zero_vector(encoder: Encoder, text: str) -> None:
    assert not encoder.encode([text, "werk"])[0].any()
    assert encoder.encode([text, "werk"])[1].any()


def test_no_texts_give_no_rows(encoder: Encoder) -> None:
    assert encoder.encode([]).shape == (0, encoder.dimensions)


@given(texts=st.lists(st.text(max_size=40), max_size=6))
@settings(max_examples=60, deadline=None)
def test_a_vector_does_not_depend_on_its_neighbours(encoder: Encoder, texts: list[str]) -> None:
    together = encoder.encode(texts)
    for text, vector in zip(texts, together, strict=True):
        assert np.array_equal(encoder.encode([text])[0], vector)
        assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5) or not vector.any()


def test_damaged_unicode_is_read(encoder: Encoder) -> None:
    assert encoder.encode(["werk \ud800 en inkomen"]).any()


def test_batches_join_without_a_seam(encoder: Encoder) -> None:
    texts = [f"passage {number} over werk" for number in range(BATCH_TEXTS + 3)]
    vectors = encoder.encode(texts)
    assert np.array_equal(vectors[-1], encoder.encode(texts[-1:])[0])


def test_case_and_accents_do_not_matter(encoder: Encoder) -> None:
    upper, lower = encoder.encode(["Financiële GEVOLGEN", "financiele gevolgen"])
    assert np.array_equal(upper, lower)


def test_statements_find_their_translation(encoder: Encoder) -> None:
    table = yaml.safe_load((ROOT / "pipelines/table/starting_table.yaml").read_text(encoding="utf-8"))
    statements = [s for row in table["rows"] for s in row["statements"] if s["nl"] and s["en"]]
    assert len(statements) > 70
    nl = encoder.encode([s["nl"] for s in statements])
    en = encoder.encode([s["en"] for s in statements])
    places = np.arange(len(statements))
    assert np.mean((nl @ en.T).argmax(axis=1) == places) >= 0.96
    assert np.mean((en @ nl.T).argmax(axis=1) == places) >= 0.96


@pytest.mark.parametrize(
    ("nl", "near", "far"),
    [
        ("arbeidsproductiviteit", "labour productivity", "works council"),
        ("ondernemingsraad", "works council", "wage gap"),
        ("baanverlies door kunstmatige intelligentie", "job losses caused by AI", "training courses for nurses"),
        ("vakbonden", "trade unions", "language models"),
    ],
)
def test_terms_of_the_field_lie_by_their_translation(encoder: Encoder, nl: str, near: str, far: str) -> None:
    asked, good, bad = encoder.encode([nl, near, far])
    assert asked @ good > 0.5
    assert asked @ good > asked @ bad + 0.3


def test_version_names_the_files(encoder: Encoder) -> None:
    name, _, digest = encoder.version.rpartition("-")
    assert name
    assert len(digest) == 12
    assert load_encoder(FOLDER).version == encoder.version


def test_model_is_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= 15_000_000


@pytest.mark.parametrize("name", ["tokenizer.json", "vectors.npz", "card.json"])
def test_missing_file_is_named(copy: Path, name: str) -> None:
    (copy / name).unlink()
    with pytest.raises(ModelError) as caught:
        load_encoder(copy)
    assert caught.value.key == "error.model_missing"
    for language in ("nl", "en"):
        assert name in error_text(caught.value, language)


@pytest.mark.parametrize("name", ["tokenizer.json", "vectors.npz"])
def test_other_file_than_the_cards_is_refused(copy: Path, name: str) -> None:
    content = bytearray((copy / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / name).write_bytes(content)
    with pytest.raises(ModelError) as caught:
        load_encoder(copy)
    assert caught.value.key == "error.model_changed"


@pytest.mark.parametrize("name", ["tokenizer.json", "vectors.npz", "card.json"])
@pytest.mark.parametrize("content", [b"", b"{}", b"PK\x03\x04 not a model", b"[1, 2]"])
def test_damaged_file_is_refused_even_with_its_own_checksum(copy: Path, name: str, content: bytes) -> None:
    import hashlib

    (copy / name).write_bytes(content)
    if name != "card.json":
        card = json.loads((copy / "card.json").read_text(encoding="utf-8"))
        card["files"][name] = hashlib.sha256(content).hexdigest()
        (copy / "card.json").write_text(json.dumps(card), encoding="utf-8")
    with pytest.raises(ModelError) as caught:
        load_encoder(copy)
    assert caught.value.key == "error.model_damaged"
    assert name in error_text(caught.value, "nl")
