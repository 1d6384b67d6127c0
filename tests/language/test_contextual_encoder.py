"""The contextual encoder: the same promises as the static one, with a tiny network in place of the trained one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from encoder_folders import DIMENSIONS, FILES, MAX_TOKENS, WORDS, build_contextual_folder, write_card
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.cores import available_cores
from pipelines.errors import ModelError
from pipelines.language.contextual_encoder import BATCH_TEXTS, load_contextual_encoder
from pipelines.language.encoder import Encoder
from pipelines.language.piece_vectors import write_piece_vectors
from pipelines.strings import error_text

ROOT = Path(__file__).resolve().parents[2]
LOUD = WORDS[-1]


@pytest.fixture(scope="module")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_contextual_folder(tmp_path_factory.mktemp("contextual"))


@pytest.fixture(scope="module")
def encoder(shared_folder: Path) -> Encoder:
    return load_contextual_encoder(shared_folder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return build_contextual_folder(tmp_path / "contextual")


def test_vectors_have_unit_length_and_keep_order(encoder: Encoder) -> None:
    texts = ["werk", "work monitoring job", "loon baan"]
    vectors = encoder.encode(texts)
    assert vectors.shape == (3, DIMENSIONS) and vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(encoder.encode(texts[::-1])[::-1], vectors)
    assert encoder.encode([]).shape == (0, DIMENSIONS)


@given(texts=st.lists(st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join), max_size=8))
@settings(max_examples=40, deadline=None)
def test_a_vector_does_not_depend_on_its_neighbours(encoder: Encoder, texts: list[str]) -> None:
    together = encoder.encode(texts)
    for text, vector in zip(texts, together, strict=True):
        np.testing.assert_array_equal(encoder.encode([text])[0], vector)
        assert bool(vector.any()) == bool(text)


def test_texts_in_one_batch_would_change_one_another(shared_folder: Path, encoder: Encoder) -> None:
    """What the encoder avoids: without this the test above could not fail."""
    session = onnxruntime.InferenceSession(
        (shared_folder / "model.onnx").read_bytes(), providers=["CPUExecutionProvider"]
    )
    tokens = np.array([[2, 4, 3], [2, 3 + len(WORDS), 3]], dtype=np.int64)
    with np.load(shared_folder / "words.npz") as pieces:
        vectors = (pieces["words"] * pieces["scales"])[tokens]
    batch = session.run(["vectors"], {"word_vectors": vectors, "attention_mask": np.ones_like(tokens)})[0]
    assert np.abs(np.asarray(batch)[0] - encoder.encode([WORDS[0]])[0]).max() > 1e-3


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "漢字 かな", "\ud800"])
def test_text_without_known_words_gives_a_zero_vector(encoder: Encoder, text: str) -> None:
    vectors = encoder.encode([text, LOUD])
    assert not vectors[0].any() and vectors[1].any()


def test_damaged_unicode_is_read(encoder: Encoder) -> None:
    assert encoder.encode(["werk \ud800 loon"]).any()


def test_long_texts_are_cut_off(encoder: Encoder) -> None:
    counted = MAX_TOKENS - 2
    whole, longer, shorter = encoder.encode(["werk " * counted, "werk " * counted + "loon", "werk loon"])
    np.testing.assert_array_equal(whole, longer)
    assert not np.array_equal(whole, shorter)


def test_batches_join_without_a_seam(encoder: Encoder) -> None:
    texts = [" ".join((WORDS[n % 10], WORDS[n // 10 % 10], WORDS[n // 100 % 10])) for n in range(BATCH_TEXTS + 3)]
    vectors = encoder.encode(texts)
    for place in (0, BATCH_TEXTS - 1, BATCH_TEXTS, len(texts) - 1):
        np.testing.assert_array_equal(vectors[place], encoder.encode([texts[place]])[0])


def test_version_follows_from_the_files(shared_folder: Path, encoder: Encoder, tmp_path: Path) -> None:
    assert load_contextual_encoder(shared_folder).version == encoder.version
    name, _, digest = encoder.version.rpartition("-")
    assert name == "tiny" and len(digest) == 12
    other = load_contextual_encoder(build_contextual_folder(tmp_path / "other", seed=1))
    assert other.version != encoder.version


def test_only_cores_that_may_be_used_count() -> None:
    code = (
        "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}); "
        "from pipelines.cores import available_cores; print(available_cores())"
    )
    assert available_cores() >= 1
    if not hasattr(os, "sched_setaffinity"):
        pytest.skip("this system has no affinity of processes")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "1"


def test_loading_says_nothing_and_needs_no_torch(shared_folder: Path) -> None:
    code = (
        "import sys; from pathlib import Path; "
        "from pipelines.language.contextual_encoder import load_contextual_encoder; "
        "load_contextual_encoder(Path(sys.argv[1])).encode(['werk']); "
        "sys.exit('torch' in sys.modules or 'onnx' in sys.modules)"
    )
    command = [sys.executable, "-W", "error", "-c", code, str(shared_folder)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("name", [*FILES, "card.json"])
def test_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    _refused(folder, name, "error.model_missing")


@pytest.mark.parametrize("name", FILES)
def test_other_file_than_the_cards_is_refused(folder: Path, name: str) -> None:
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    _refused(folder, name, "error.model_changed")


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("content", [b"", b"{}", b"\x08\x09 not a model", b"[1, 2]"])
def test_damaged_file_is_refused_even_with_its_own_checksum(folder: Path, name: str, content: bytes) -> None:
    (folder / name).write_bytes(content)
    write_card(folder, {"name": "tiny", "max_tokens": MAX_TOKENS})
    _refused(folder, name, "error.model_damaged")


def test_a_network_with_other_inputs_is_refused(folder: Path) -> None:
    content = (folder / "model.onnx").read_bytes()
    (folder / "model.onnx").write_bytes(content.replace(b"word_vectors", b"wood_vectors"))
    write_card(folder, {"name": "tiny", "max_tokens": MAX_TOKENS})
    _refused(folder, "model.onnx", "error.model_damaged")


def test_fewer_vectors_than_pieces_are_refused(folder: Path) -> None:
    write_piece_vectors(folder, np.ones((3, DIMENSIONS), dtype=np.float32))
    write_card(folder, {"name": "tiny", "max_tokens": MAX_TOKENS})
    _refused(folder, "words.npz", "error.model_damaged")


@pytest.mark.parametrize("card", [{"name": "tiny"}, {"name": "tiny", "max_tokens": "12"}, {"max_tokens": 12}])
def test_a_card_that_lacks_something_is_refused(folder: Path, card: dict[str, object]) -> None:
    write_card(folder, card)
    _refused(folder, "card.json", "error.model_damaged")


@pytest.mark.parametrize("content", ["", "[]", '{"name": "tiny", "files": {"model.onnx": 3}}'])
def test_a_damaged_card_is_refused(folder: Path, content: str) -> None:
    (folder / "card.json").write_text(content, encoding="utf-8")
    _refused(folder, "card.json", "error.model_damaged")


def _refused(folder: Path, name: str, key: str) -> None:
    with pytest.raises(ModelError) as caught:
        load_contextual_encoder(folder)
    assert caught.value.key == key
    for language in ("nl", "en"):
        assert name in error_text(caught.value, language)
