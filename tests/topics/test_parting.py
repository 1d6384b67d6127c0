"""A suggested division follows the subjects of a topic and not its languages; the rows of real passages are found."""

from __future__ import annotations

import json
import random
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from standing_topic_records import build_topic_passage

from pipelines.domain.topics import TopicPassage
from pipelines.language.encoder import FloatArray
from pipelines.language.static_encoder import load_encoder
from pipelines.topics.parting import FEWEST, suggest_parts

_ROOT = Path(__file__).resolve().parents[2]
_ROWS = ("A1", "B1", "C1", "D1")
_N_EACH = 16


@pytest.fixture(scope="module")
def by_row() -> dict[str, tuple[list[TopicPassage], FloatArray]]:
    """Passages with one row of the table, half of them English, with their vectors."""
    encoder, drawn = load_encoder(_ROOT / "models" / "encoder"), random.Random(4)
    found: dict[str, list[TopicPassage]] = {row: [] for row in _ROWS}
    for language in ("nl", "en"):
        text = (_ROOT / f"models/training/train_{language}.jsonl").read_text(encoding="utf-8")
        lines = [json.loads(line) for line in text.splitlines()]
        for row in _ROWS:
            for line in drawn.sample([line for line in lines if line["rows"] == [row]], _N_EACH // 2):
                identity = f"{line['doc']}-{line['n']:04}"
                found[row].append(TopicPassage(identity, line["doc"], language, line["text"]))
    return {row: (passages, encoder.encode([p.text for p in passages])) for row, passages in found.items()}


def _accuracy(new: frozenset[str], first: list[TopicPassage], second: list[TopicPassage]) -> float:
    right = sum(p.id not in new for p in first) + sum(p.id in new for p in second)
    n = len(first) + len(second)
    return max(right, n - right) / n


def test_a_topic_of_two_rows_is_divided_along_them(by_row: dict[str, tuple[list[TopicPassage], FloatArray]]) -> None:
    found: list[float] = []
    for one, other in combinations(_ROWS, 2):
        (first, a), (second, b) = by_row[one], by_row[other]
        parts = suggest_parts([*first, *second], np.vstack([a, b]))
        if parts is None:
            continue
        found.append(_accuracy(frozenset(parts.new.passages), first, second))
        shares = [part.n_nl / part.size for part in (parts.kept, parts.new)]
        assert abs(shares[0] - shares[1]) < 0.4
        assert parts.kept.size >= parts.new.size and parts.kept.size + parts.new.size == 2 * _N_EACH
        for part in (parts.kept, parts.new):
            assert part.terms_nl and part.terms_en and part.name("nl") and part.name("en")
            assert set(part.representative) <= set(part.passages)
        assert not set(parts.kept.terms_nl) & set(parts.new.terms_nl)
    assert len(found) >= 5
    # Of all 105 pairs of rows: 86 % with 15 of each row, 91 % with 30.
    assert np.mean(found) >= 0.8


def test_order_changes_nothing(by_row: dict[str, tuple[list[TopicPassage], FloatArray]]) -> None:
    (first, a), (second, b) = by_row["A1"], by_row["C1"]
    passages, vectors = [*first, *second], np.vstack([a, b])
    order = random.Random(1).sample(range(len(passages)), len(passages))
    assert suggest_parts([passages[i] for i in order], vectors[order]) == suggest_parts(passages, vectors)


def _subjects(*subjects: int, languages: bool = False, n: int = 24) -> tuple[list[TopicPassage], FloatArray]:
    """Passages in turn about subjects, each a direction with a little noise, or one that goes with the language."""
    noise = np.random.default_rng(7).normal(scale=0.05, size=(n, 30))
    passages = [build_topic_passage(number) for number in range(n)]
    for number in range(n):
        noise[number, number % 2 if languages else subjects[number // 2 % len(subjects)]] += 1.0
    return passages, (noise / np.linalg.norm(noise, axis=1, keepdims=True)).astype(np.float32)


def test_too_few_or_alike_passages_are_not_divided() -> None:
    passages, vectors = _subjects(3, 9)
    parts = suggest_parts(passages, vectors)
    assert parts is not None and parts.likeness < 0.3
    assert {int(p[1:]) // 2 % 2 for p in parts.new.passages} in ({0}, {1})
    assert suggest_parts(passages[: FEWEST - 1], vectors[: FEWEST - 1]) is None
    assert suggest_parts([], np.zeros((0, 30), dtype=np.float32)) is None
    assert suggest_parts(passages, np.zeros_like(vectors)) is None
    assert suggest_parts(passages, np.tile(vectors[:1], (len(vectors), 1))) is None
    shuffled = np.random.default_rng(1).normal(size=(60, 200)).astype(np.float32)
    assert suggest_parts([build_topic_passage(n) for n in range(60)], shuffled) is None


def test_languages_are_not_subjects() -> None:
    assert suggest_parts(*_subjects(3, languages=True)) is None


def test_a_straggler_is_no_part_and_what_cannot_be_read_stays() -> None:
    passages, vectors = _subjects(3)
    vectors[5] = 0
    vectors[5, 20] = 1
    assert suggest_parts(passages, vectors) is None
    passages, vectors = _subjects(3, 9, 9)
    vectors[:2] = 0
    parts = suggest_parts(passages, vectors)
    assert parts is not None and {"p000", "p001"} <= set(parts.kept.passages)
