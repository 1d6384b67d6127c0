"""The closer reader: what it reads of a passage, each by itself, and which files it refuses; with a tiny network."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from encoder_folders import (
    READER_HEADS,
    READER_WIDTH,
    WORDS,
    build_contextual_folder,
    build_reader_folder,
    build_reader_weights,
    build_tokenizer,
    write_card,
    write_reader_card,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.errors import ModelError
from pipelines.language.encoder_recipe.network import write_network
from pipelines.language.features import PassageText
from pipelines.language.passage_reader import (
    MAX_PIECES,
    SECTION_PIECES,
    TEXT_PIECES,
    TITLE_PIECES,
    PassageReader,
    cut_passages,
    load_passage_reader,
)
from pipelines.language.reader_recipe.network import build_reader
from pipelines.strings import error_text

ROOT = Path(__file__).resolve().parents[2]
TOKENIZER = build_tokenizer()
START, STOP = TOKENIZER.encode("").ids
WORDS_OF = st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join)
PASSAGES = st.builds(PassageText, WORDS_OF, WORDS_OF, WORDS_OF, st.sampled_from(["nl", "en"]))


@pytest.fixture(scope="module")
def shared_folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return _build(tmp_path_factory.mktemp("shared"))


@pytest.fixture(scope="module")
def reader(shared_folders: tuple[Path, Path]) -> PassageReader:
    return load_passage_reader(*shared_folders)


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    return _build(tmp_path)


def _build(folder: Path) -> tuple[Path, Path]:
    contextual = build_contextual_folder(folder / "contextual", dimensions=READER_WIDTH)
    return build_reader_folder(folder / "reader", contextual), contextual


def _passage(text: str, section: str = "", title: str = "") -> PassageText:
    return PassageText(text, section, title, "nl")


def _cut(text: str, section: str = "", title: str = "") -> list[int]:
    return cut_passages(TOKENIZER, [_passage(text, section, title)])[0]


def _ids(text: str) -> list[int]:
    return TOKENIZER.encode(text, add_special_tokens=False).ids


def test_scores_keep_the_order_of_the_passages(reader: PassageReader) -> None:
    # Of different lengths, for the longest is read first.
    passages = [_passage("werk"), _passage("loon " * 30, "baan"), _passage("work job wage", "", "toezicht")]
    scores = reader.scores(passages)
    assert scores.shape == (3, len(READER_HEADS)) and scores.dtype == np.float32
    assert np.isfinite(scores).all() and len(np.unique(scores)) == scores.size
    np.testing.assert_array_equal(reader.scores(passages[::-1])[::-1], scores)
    assert reader.scores([]).shape == (0, len(READER_HEADS))


@given(passages=st.lists(PASSAGES, max_size=6))
@settings(max_examples=25, deadline=None)
def test_scores_do_not_depend_on_neighbours(reader: PassageReader, passages: list[PassageText]) -> None:
    together = reader.scores(passages)
    for passage, scores in zip(passages, together, strict=True):
        np.testing.assert_array_equal(reader.scores([passage])[0], scores)


def test_what_is_printed_twice_is_read_once(reader: PassageReader, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    network = reader._read
    monkeypatch.setattr(reader, "_read", lambda ids: (read.append(len(ids)), network(ids))[1])
    passages = [_passage("werk"), _passage("loon en werk"), _passage("werk")]
    scores = reader.scores(passages)
    assert len(read) == 2
    np.testing.assert_array_equal(scores[0], scores[2])
    assert not np.array_equal(scores[0], scores[1])


def test_passages_in_one_batch_would_change_one_another(
    shared_folders: tuple[Path, Path], reader: PassageReader
) -> None:
    """What the reader avoids: without this the test above could not fail."""
    folder, contextual = shared_folders
    session = onnxruntime.InferenceSession((folder / "model.onnx").read_bytes(), providers=["CPUExecutionProvider"])
    quiet, loud = (_cut(word) for word in (WORDS[0], WORDS[-1]))
    with np.load(contextual / "words.npz") as pieces:
        vectors = (pieces["words"] * pieces["scales"])[[quiet, loud]]
    given_ = {"word_vectors": vectors, "attention_mask": np.ones(vectors.shape[:2], dtype=np.int64)}
    batch = np.asarray(session.run(["scores"], given_)[0])
    assert np.abs(batch[0] - reader.scores([_passage(WORDS[0])])[0]).max() > 1e-4


def test_text_section_and_title_are_read_in_their_places(reader: PassageReader) -> None:
    assert _cut("werk loon", "baan", "toezicht") == [
        START, *_ids("werk loon"), STOP, *_ids("baan"), STOP, *_ids("toezicht"), STOP
    ]  # fmt: skip
    # A section is no title, and neither is part of the text.
    ways = [_passage("werk", "baan"), _passage("werk", "", "baan"), _passage("werk baan")]
    scores = reader.scores(ways)
    assert all(np.abs(scores[i] - scores[j]).max() > 1e-3 for i, j in ((0, 1), (0, 2), (1, 2)))


@pytest.mark.parametrize(("section", "title"), [("", ""), ("  ", "\n")])
def test_a_bare_passage_has_one_separator(section: str, title: str) -> None:
    assert _cut("werk", section, title) == [START, *_ids("werk"), STOP]


def test_one_heading_keeps_the_place_of_the_other() -> None:
    assert _cut("werk", "baan") == [START, *_ids("werk"), STOP, *_ids("baan"), STOP, STOP]
    assert _cut("werk", "", "baan") == [START, *_ids("werk"), STOP, STOP, *_ids("baan"), STOP]


@pytest.mark.parametrize(
    ("part", "limit"), [("text", TEXT_PIECES), ("section", SECTION_PIECES), ("title", TITLE_PIECES)]
)
def test_each_part_is_cut_at_its_own_limit(reader: PassageReader, part: str, limit: int) -> None:
    def passage(words: str) -> PassageText:
        return _passage(**{"text": "job", "section": "wage", "title": "work", part: words})

    whole, longer, shorter = "loon " * limit, "loon " * limit + "toezicht", "loon " * (limit - 1) + "toezicht"
    scores = reader.scores([passage(words) for words in (whole, longer, shorter)])
    np.testing.assert_array_equal(scores[0], scores[1])
    assert not np.array_equal(scores[0], scores[2])
    # The other parts are all still there.
    assert len(cut_passages(TOKENIZER, [passage(longer)])[0]) == limit + 2 + 4


@given(passages=st.lists(PASSAGES, max_size=4), times=st.integers(1, 60))
@settings(max_examples=25, deadline=None)
def test_no_passage_is_longer_than_the_network_reads(passages: list[PassageText], times: int) -> None:
    for passage in passages:
        text, section, title = ((part + " ") * times for part in (passage.text, passage.section, passage.title))
        long = PassageText(text, section, title, "nl")
        (pieces,) = cut_passages(TOKENIZER, [long])
        assert len(pieces) <= MAX_PIECES
        assert pieces[0] == START and pieces[-1] == STOP and pieces.count(STOP) in (1, 3)


def test_the_longest_passage_is_read(reader: PassageReader) -> None:
    longest = _passage("werk " * 400, "baan " * 400, "loon " * 400)
    assert len(cut_passages(TOKENIZER, [longest])[0]) == MAX_PIECES
    assert np.isfinite(reader.scores([longest])).all()


@pytest.mark.parametrize("text", ["", "   ", "漢字 かな", "\ud800", "werk \ud800 loon"])
def test_odd_and_damaged_text_is_read(reader: PassageReader, text: str) -> None:
    scores = reader.scores([PassageText(text, text, text, "nl"), _passage("werk")])
    assert np.isfinite(scores).all()
    np.testing.assert_array_equal(scores[1], reader.scores([_passage("werk")])[0])


def test_written_separators_are_words() -> None:
    """A passage that holds the name of a separator does not end there."""
    assert _cut("werk [SEP] loon").count(STOP) == 1


def test_name_hash_and_heads_come_from_the_card(
    shared_folders: tuple[Path, Path], reader: PassageReader, tmp_path: Path
) -> None:
    assert reader.heads == READER_HEADS
    assert load_passage_reader(*shared_folders).version == reader.version
    name, _, digest = reader.version.rpartition("-")
    assert name == "tiny-reader" and len(digest) == 12
    other = build_reader_folder(tmp_path / "other", shared_folders[1], seed=1)
    assert load_passage_reader(other, shared_folders[1]).version != reader.version


def test_loading_says_nothing_and_needs_no_torch(shared_folders: tuple[Path, Path]) -> None:
    code = (
        "import sys; from pathlib import Path; "
        "from pipelines.language.features import PassageText; "
        "from pipelines.language.passage_reader import load_passage_reader; "
        "load_passage_reader(Path(sys.argv[1]), Path(sys.argv[2])).scores([PassageText('werk', '', '', 'nl')]); "
        "sys.exit('torch' in sys.modules or 'onnx' in sys.modules)"
    )
    command = [sys.executable, "-W", "error", "-c", code, *map(str, shared_folders)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


READER_FILES = [(0, "model.onnx"), (0, "card.json")]
PIECES_FILES = [(1, "tokenizer.json"), (1, "words.npz"), (1, "card.json")]


@pytest.mark.parametrize(("place", "name"), READER_FILES + PIECES_FILES)
def test_a_missing_file_is_named(folders: tuple[Path, Path], place: int, name: str) -> None:
    (folders[place] / name).unlink()
    _refused(folders, folders[place] / name, "error.model_missing")


@pytest.mark.parametrize(("place", "name"), [(0, "model.onnx"), (1, "tokenizer.json"), (1, "words.npz")])
def test_another_file_than_the_cards_is_refused(folders: tuple[Path, Path], place: int, name: str) -> None:
    content = bytearray((folders[place] / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folders[place] / name).write_bytes(content)
    _refused(folders, folders[place] / name, "error.model_changed")


def test_the_contextual_network_is_not_needed(folders: tuple[Path, Path]) -> None:
    (folders[1] / "model.onnx").unlink()
    assert load_passage_reader(*folders).scores([_passage("werk")]).shape == (1, len(READER_HEADS))


@pytest.mark.parametrize(("place", "name"), [(0, "model.onnx"), (1, "tokenizer.json"), (1, "words.npz")])
@pytest.mark.parametrize("content", [b"", b"{}", b"\x08\x09 not a model", b"[1, 2]"])
def test_a_damaged_file_is_refused_even_with_its_own_checksum(
    folders: tuple[Path, Path], place: int, name: str, content: bytes
) -> None:
    (folders[place] / name).write_bytes(content)
    write_card(folders[1], {"name": "tiny", "max_tokens": 12})
    write_reader_card(*folders)
    _refused(folders, folders[place] / name, "error.model_damaged")


@pytest.mark.parametrize("seed", [1, 2])
def test_a_reader_of_other_pieces_is_refused(folders: tuple[Path, Path], tmp_path: Path, seed: int) -> None:
    other = build_contextual_folder(tmp_path / "other", seed=seed, dimensions=READER_WIDTH)
    _refused((folders[0], other), other / "words.npz", "error.model_changed")


def test_a_reader_of_the_same_vectors_for_other_words_is_refused(folders: tuple[Path, Path]) -> None:
    tokenizer = folders[1] / "tokenizer.json"
    tokenizer.write_text(tokenizer.read_text(encoding="utf-8").replace('"werk"', '"boom"'), encoding="utf-8")
    write_card(folders[1], {"name": "tiny", "max_tokens": 12})
    _refused(folders, folders[1] / "words.npz", "error.model_changed")


@pytest.mark.parametrize("pieces", [None, [], {}, {"tokenizer.json": "0" * 64, "words.npz": "0" * 64}])
def test_a_card_that_names_no_or_other_pieces_is_refused(folders: tuple[Path, Path], pieces: object) -> None:
    write_reader_card(*folders, pieces=pieces)
    _refused(folders, folders[1] / "words.npz", "error.model_changed")


@pytest.mark.parametrize("heads", [None, "flag", {"flag": 1}, [1, 2, 3, 4, 5], ["flag", None]])
def test_a_card_without_names_of_scores_is_refused(folders: tuple[Path, Path], heads: object) -> None:
    write_reader_card(*folders, heads=heads)
    _refused(folders, folders[0] / "card.json", "error.model_damaged")


@pytest.mark.parametrize("content", ["", "[]", '{"name": "tiny-reader", "files": {"model.onnx": 3}}'])
def test_a_damaged_card_is_refused(folders: tuple[Path, Path], content: str) -> None:
    (folders[0] / "card.json").write_text(content, encoding="utf-8")
    _refused(folders, folders[0] / "card.json", "error.model_damaged")


@pytest.mark.parametrize("n_scores", [1, len(READER_HEADS) - 1, len(READER_HEADS) + 1])
def test_a_network_with_other_scores_than_the_card_names_is_refused(
    folders: tuple[Path, Path], tmp_path: Path, n_scores: int
) -> None:
    """One score is the treacherous case: numpy would spread it over all names."""
    other = build_reader_folder(tmp_path / "other", folders[1], n_scores=n_scores)
    _refused((other, folders[1]), other / "model.onnx", "error.model_damaged")


@pytest.mark.parametrize("change", [{"width": READER_WIDTH * 2}, {"width": READER_WIDTH, "n_places": MAX_PIECES - 1}])
def test_a_network_of_another_size_is_refused(folders: tuple[Path, Path], change: dict[str, int]) -> None:
    """For wider vectors, or for shorter passages than are read: that would show at the first long one only."""
    write_network(folders[0], build_reader(build_reader_weights(n_scores=len(READER_HEADS), **change)))
    write_reader_card(*folders)
    _refused(folders, folders[0] / "model.onnx", "error.model_damaged")


def test_a_network_with_another_output_is_refused(folders: tuple[Path, Path]) -> None:
    content = (folders[0] / "model.onnx").read_bytes()
    (folders[0] / "model.onnx").write_bytes(content.replace(b"scores", b"scares"))
    write_reader_card(*folders)
    _refused(folders, folders[0] / "model.onnx", "error.model_damaged")


def _refused(folders: tuple[Path, Path], path: Path, key: str) -> None:
    with pytest.raises(ModelError) as caught:
        load_passage_reader(*folders)
    assert caught.value.key == key
    for language in ("nl", "en"):
        assert str(path) in error_text(caught.value, language)
