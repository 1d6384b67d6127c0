"""The training set: passages and their translations, what is held out, and the files that are shipped."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.domain.evidence import Direction, EvidenceKind
from pipelines.domain.themes import Theme
from pipelines.errors import ModelError
from pipelines.language.training_set import (
    HELD_OUT_PARTS,
    TrainingPassage,
    held_out_documents,
    read_training_files,
    read_translations,
    training_hash,
)
from pipelines.strings import error_text

SHIPPED = Path(__file__).resolve().parents[2] / "models" / "training"

LINE: dict[str, Any] = {
    "doc": "a", "n": 1, "lang": "nl", "title": "Loon en werk", "section": "2 Lonen", "text": "De lonen stegen.",
    "themes": ["employment"], "rows": ["D1"], "flag": True, "relation": "supports", "column": "known",
    "statements": ["D1.k1"], "evidence": "empirical", "direction": "positive", "recommendation": False,
    "level": "macro", "publisher": "verzonnen instituut",
}  # fmt: skip
TRANSLATION: dict[str, Any] = {
    "doc": "a",
    "n": 1,
    "lang": "en",
    "title": "Pay and work",
    "section": "2 Pay",
    "text": "Wages rose.",
}
HERE = {"title", "section", "text", "lang"}


def _write(path: Path, *lines: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join((x if isinstance(x, str) else json.dumps(x, ensure_ascii=False)) + "\n" for x in lines)
    path.write_text(text, encoding="utf-8", newline="\n")
    return path


def _passage(doc: str, n: int = 1) -> TrainingPassage:
    return TrainingPassage.model_validate(LINE | {"doc": doc, "n": n})


def _refused(read: Callable[[], object], path: Path, line: int) -> None:
    with pytest.raises(ModelError) as caught:
        read()
    assert caught.value.key == "label.training_line"
    for language in ("nl", "en"):
        said = error_text(caught.value, language)
        assert str(path) in said and str(line) in said.replace(str(path), "")


@pytest.fixture
def training(tmp_path: Path) -> Path:
    """Two Dutch passages and an English one; the first and the last are translated."""
    _write(tmp_path / "own.jsonl", LINE, LINE | {"n": 2}, LINE | {"doc": "b", "lang": "en", "flag": False})
    _write(tmp_path / "translated" / "en.jsonl", TRANSLATION)
    _write(tmp_path / "translated" / "nl.jsonl", TRANSLATION | {"doc": "b", "lang": "nl", "text": "Lonen stegen."})
    return tmp_path


def test_a_passage_has_its_labels_and_an_id(training: Path) -> None:
    passages = read_training_files([training / "own.jsonl"])
    assert [p.id for p in passages] == ["a/1", "a/2", "b/1"]
    first = passages[0]
    assert (first.themes, first.rows, first.flag) == ((Theme.EMPLOYMENT,), ("D1",), True)
    assert (first.evidence, first.direction) == (EvidenceKind.EMPIRICAL, Direction.POSITIVE)
    assert not hasattr(first, "publisher")
    text = first.as_text()
    assert (text.text, text.section, text.title, text.language) == ("De lonen stegen.", "2 Lonen", "Loon en werk", "nl")
    bare = first.as_text(bare=True)
    assert (bare.text, bare.section, bare.title, bare.language) == ("De lonen stegen.", "", "", "nl")


def test_absent_headings_are_empty_texts() -> None:
    passage = TrainingPassage.model_validate({k: v for k, v in LINE.items() if k not in ("title", "section")})
    assert (passage.as_text().section, passage.as_text().title) == ("", "")


def test_a_translation_carries_the_labels_and_its_own_words(training: Path) -> None:
    passages = read_training_files([training / "own.jsonl"])
    dutch, english = read_translations(training, passages)
    assert (english.id, dutch.id) == ("a/1", "b/1")
    assert {name: getattr(english, name) for name in HERE} == {name: TRANSLATION[name] for name in HERE}
    assert dutch.text == "Lonen stegen." and dutch.lang == "nl"
    for translated, original in ((english, passages[0]), (dutch, passages[2])):
        assert translated.model_dump(exclude=HERE) == original.model_dump(exclude=HERE)
    assert dutch.flag is False and english.flag is True


@pytest.mark.parametrize("end", ["\u2028", "\u2029", "\x85"])
def test_line_ends_within_a_passage_do_not_break_the_line(training: Path, end: str) -> None:
    text = f"Een regel.{end}En nog een."
    path = _write(training / "own.jsonl", LINE | {"text": text}, LINE | {"doc": "b"})
    _write(training / "translated" / "en.jsonl", TRANSLATION | {"text": text})
    passages = read_training_files([path])
    assert passages[0].text == text
    assert [p.text for p in read_translations(training, passages) if p.lang == "en"] == [text]


BAD_LINES: dict[str, object] = {
    "no JSON": '{"doc": "a"',
    "empty": "",
    "a list": "[]",
    "a number": "3",
    "no text": {k: v for k, v in TRANSLATION.items() if k != "text"},
    "no title": {k: v for k, v in TRANSLATION.items() if k != "title"},
    "no language": {k: v for k, v in TRANSLATION.items() if k != "lang"},
    "no document": {k: v for k, v in TRANSLATION.items() if k != "doc"},
    "of no passage": TRANSLATION | {"n": 9},
    "text that is none": TRANSLATION | {"text": 5},
}


@pytest.mark.parametrize("kind", BAD_LINES)
@pytest.mark.parametrize("name", ["nl.jsonl", "en.jsonl"])
def test_a_bad_line_of_the_translations_is_named(training: Path, kind: str, name: str) -> None:
    passages = read_training_files([training / "own.jsonl"])
    path = _write(training / "translated" / name, TRANSLATION, TRANSLATION | {"n": 2}, BAD_LINES[kind])
    _refused(lambda: read_translations(training, passages), path, 3)


@pytest.mark.parametrize(
    "line", ['{"doc": "a"', "", "[]", LINE | {"themes": ["weather"]}, LINE | {"flag": None}, TRANSLATION]
)
def test_a_bad_line_of_the_passages_is_named(tmp_path: Path, line: object) -> None:
    path = _write(tmp_path / "own.jsonl", LINE, line)
    _refused(lambda: read_training_files([path]), path, 2)


def test_bytes_that_are_no_text_are_a_bad_line(training: Path) -> None:
    passages = read_training_files([training / "own.jsonl"])
    for path, read in (
        (training / "own.jsonl", lambda: read_training_files([training / "own.jsonl"])),
        (training / "translated" / "en.jsonl", lambda: read_translations(training, passages)),
    ):
        path.write_bytes(path.read_bytes().splitlines()[0] + b'\n{"doc": "a\xff"}\n')
        _refused(read, path, 2)


@pytest.mark.parametrize("name", ["own.jsonl", "translated/nl.jsonl", "translated/en.jsonl"])
def test_a_missing_file_is_named(training: Path, name: str) -> None:
    passages = read_training_files([training / "own.jsonl"])
    (training / name).unlink()
    with pytest.raises(ModelError) as caught:
        read_training_files([training / "own.jsonl"])
        read_translations(training, passages)
    assert caught.value.key == "error.model_missing"
    assert str(training / name) in error_text(caught.value, "nl")


@given(documents=st.sets(st.text(min_size=1, max_size=6), min_size=1, max_size=60), chance=st.randoms())
@settings(max_examples=60, deadline=None)
def test_one_document_in_seven_is_held_out_whatever_the_order(documents: set[str], chance: Any) -> None:
    passages = [_passage(doc, n) for doc in sorted(documents) for n in (1, 2)]
    unseen = held_out_documents(passages)
    assert unseen <= documents
    assert len(unseen) == -(-len(documents) // HELD_OUT_PARTS)
    chance.shuffle(passages)
    # As often as asked, in any order, and whether a document has one passage or more.
    assert held_out_documents(passages) == unseen
    assert held_out_documents([p for p in passages if p.n == 1]) == unseen


def test_the_hash_is_of_all_bytes(tmp_path: Path) -> None:
    first, second = _write(tmp_path / "a.jsonl", LINE), _write(tmp_path / "b.jsonl", LINE | {"n": 2})
    before = training_hash([first, second])
    assert len(before) == 64 and training_hash([first, second]) == before
    assert training_hash([second, first]) != before
    _write(second, LINE | {"n": 3})
    assert training_hash([first, second]) != before


@pytest.fixture(scope="module")
def shipped() -> list[TrainingPassage]:
    return read_training_files(sorted(SHIPPED.glob("*.jsonl")))


def test_shipped_passages_have_ids_and_texts_of_their_own(shipped: list[TrainingPassage]) -> None:
    assert len(shipped) > 4000
    assert len({p.id for p in shipped}) == len(shipped)
    assert len({p.text for p in shipped}) == len(shipped)


def test_shipped_labels_go_together(shipped: list[TrainingPassage]) -> None:
    """What the guide of the labels promises, on which the reader's targets rest."""
    assert {p.lang for p in shipped} == {"nl", "en"}
    # A relation and a column are asked of flagged passages alone, and of each of those.
    assert [p.id for p in shipped if p.flag != (p.relation is not None)] == []
    assert [p.id for p in shipped if p.flag != (p.column is not None)] == []
    assert [p.id for p in shipped if len(p.rows) > 2 or (p.flag and not p.rows)] == []
    # The first statement, the most specific, is of a row that the passage bears on.
    assert [p.id for p in shipped if p.statements and p.statements[0].partition(".")[0] not in p.rows] == []


def test_every_shipped_translation_has_its_original_in_the_other_language(shipped: list[TrainingPassage]) -> None:
    originals = {p.id: p for p in shipped}
    translations = read_translations(SHIPPED, shipped)
    assert len(translations) > 4000
    assert len({p.id for p in translations}) == len(translations)
    for passage in translations:
        assert {passage.lang, originals[passage.id].lang} == {"nl", "en"}, passage.id
        assert passage.text.strip(), passage.id
        assert bool(passage.title) == bool(originals[passage.id].title), passage.id
        assert bool(passage.section) == bool(originals[passage.id].section), passage.id


def test_no_document_of_the_shipped_is_in_both_parts(shipped: list[TrainingPassage]) -> None:
    unseen = held_out_documents(shipped)
    everything = [*shipped, *read_translations(SHIPPED, shipped)]
    seen, held_out = (
        [p for p in everything if (p.doc in unseen) == out_of_sight] for out_of_sight in (False, True)
    )  # translations go with their originals
    assert not {p.doc for p in seen} & {p.doc for p in held_out}
    assert not {p.text for p in seen} & {p.text for p in held_out}
    documents = {p.doc for p in shipped}
    assert len(unseen) == -(-len(documents) // HELD_OUT_PARTS)
    # Both languages have their share.
    for language in ("nl", "en"):
        own = [p for p in shipped if p.lang == language]
        assert sum(p.doc in unseen for p in own) / len(own) == pytest.approx(1 / HELD_OUT_PARTS, abs=0.04)
