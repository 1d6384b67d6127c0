"""Vectors of pieces: eight bits keep them, the same vectors give the same bytes, other files are refused."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from encoder_folders import build_tokenizer
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as shapes

from pipelines.errors import ModelError
from pipelines.language.model_files import ModelFiles
from pipelines.language.piece_vectors import LEVELS, PIECES_FILE, PieceVectors, read_piece_vectors, write_piece_vectors
from pipelines.strings import error_text

TOKENIZER = build_tokenizer()
N_PIECES = TOKENIZER.get_vocab_size()
NUMBERS = st.floats(-1000, 1000, width=32).filter(lambda x: x == 0 or abs(x) > 1e-3)


def _stored(**arrays: np.ndarray) -> bytes:
    target = io.BytesIO()
    np.savez_compressed(target, allow_pickle=True, **arrays)
    return target.getvalue()


def _plain_array() -> bytes:
    target = io.BytesIO()
    np.save(target, np.ones((N_PIECES, 4), dtype=np.int8))
    return target.getvalue()


def _read(content: bytes) -> PieceVectors:
    return read_piece_vectors(ModelFiles(Path("somewhere"), {}, {PIECES_FILE: content}), TOKENIZER)


@given(words=shapes.arrays(np.float32, (N_PIECES, 5), elements=NUMBERS))
@settings(max_examples=50, deadline=None)
def test_eight_bits_keep_a_vector_to_half_a_step(words: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("pieces")
    write_piece_vectors(folder, words)
    kept = _read((folder / PIECES_FILE).read_bytes())
    assert kept.words.dtype == np.int8 and kept.scales.dtype == np.float32
    step = np.abs(words).max(axis=1, keepdims=True) / LEVELS
    assert (np.abs(kept.at(range(N_PIECES)) - words) <= step * 0.501).all()
    # The largest number of each piece comes back whole, so that the bits are used to the full.
    assert (np.abs(kept.words).max(axis=1) == np.where(words.any(axis=1), LEVELS, 0)).all()


def test_pieces_come_in_the_order_asked_and_as_often() -> None:
    words = np.arange(N_PIECES * 2, dtype=np.int8).reshape(N_PIECES, 2)
    scales = np.full((N_PIECES, 1), 0.5, dtype=np.float32)
    vectors = _read(_stored(words=words, scales=scales))
    np.testing.assert_array_equal(vectors.at([3, 0, 3]), words[[3, 0, 3]] * np.float32(0.5))
    assert vectors.at([3, 0, 3]).dtype == np.float32
    assert vectors.at([]).shape == (0, 2)


def test_the_same_vectors_give_the_same_bytes(tmp_path: Path) -> None:
    words = np.random.default_rng(1).normal(size=(N_PIECES, 6)).astype(np.float32)
    contents = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        write_piece_vectors(tmp_path / name, words)
        contents.append((tmp_path / name / PIECES_FILE).read_bytes())
    assert contents[0] == contents[1]


def _flipped(content: bytes) -> bytes:
    """Something else in the middle of the packed numbers, where unpacking fails before any checksum is compared."""
    middle = len(content) // 3
    return content[:middle] + b"\xff" * 40 + content[middle + 40 :]


GOOD = {
    "words": np.random.default_rng(0).integers(-127, 128, size=(N_PIECES, 40)).astype(np.int8),
    "scales": np.ones((N_PIECES, 1), dtype=np.float32),
}
DAMAGED = {
    "nothing": b"",
    "no archive": b"PK\x03\x04 but no archive",
    "cut off": _stored(**GOOD)[:-30],
    "packed numbers that do not unpack": _flipped(_stored(**GOOD)),
    "one plain array": _plain_array(),
    "no scales": _stored(words=GOOD["words"]),
    "other names": _stored(vectors=GOOD["words"], scales=GOOD["scales"]),
    "numbers of 32 bits": _stored(words=GOOD["words"].astype(np.float32), scales=GOOD["scales"]),
    "flat scales": _stored(words=GOOD["words"], scales=GOOD["scales"][:, 0]),
    "scales of other pieces": _stored(words=GOOD["words"], scales=GOOD["scales"][1:]),
    "a number a piece": _stored(words=GOOD["words"][:, 0], scales=GOOD["scales"]),
    "a piece too few": _stored(words=GOOD["words"][1:], scales=GOOD["scales"][1:]),
    "objects": _stored(words=np.asarray([None] * N_PIECES, dtype=object), scales=GOOD["scales"]),
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_a_damaged_file_is_refused_by_name(kind: str) -> None:
    with pytest.raises(ModelError) as caught:
        _read(DAMAGED[kind])
    assert caught.value.key == "error.model_damaged"
    for language in ("nl", "en"):
        assert str(Path("somewhere") / PIECES_FILE) in error_text(caught.value, language)


def test_the_undamaged_one_is_read() -> None:
    """Without this the refusals above could have another cause."""
    np.testing.assert_array_equal(_read(_stored(**GOOD)).words, GOOD["words"])
