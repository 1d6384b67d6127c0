"""The recipe of the closer reader as far as it needs no torch: its questions, and what labels answer to them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from encoder_folders import READER_WIDTH, build_reader_weights

from pipelines.domain.evidence import CHOICES, Direction, EvidenceKind, Level, Relation
from pipelines.domain.evidence_table import Column
from pipelines.domain.themes import Theme
from pipelines.language.passage_reader import MAX_PIECES
from pipelines.language.reader_recipe.network import build_reader
from pipelines.language.reader_recipe.questions import NOT_ASKED, Questions, targets_of
from pipelines.language.training_set import TrainingPassage, read_training_files

SHIPPED = Path(__file__).resolve().parents[2] / "models" / "training"
QUESTIONS = Questions(("A1", "C2"), ("A1.k1", "C2.u1", "C2.u2"))
LABELS: dict[str, Any] = {
    "doc": "a", "n": 1, "lang": "nl", "text": "Werk.", "themes": [], "rows": [], "flag": False, "relation": None,
    "column": None, "evidence": "none", "direction": "none", "recommendation": False, "level": None,
}  # fmt: skip


def _passage(**labels: object) -> TrainingPassage:
    return TrainingPassage.model_validate(LABELS | labels)


def test_every_question_has_a_score_of_its_own() -> None:
    heads = QUESTIONS.heads
    assert len(set(heads)) == len(heads)
    n_answers = sum(map(len, (Relation, Column, EvidenceKind, Direction, Level)))
    assert len(heads) == len(Theme) + 2 + 2 + 3 + n_answers
    assert heads[: len(QUESTIONS.yes_no)] == QUESTIONS.yes_no
    assert [name for name in QUESTIONS.yes_no if "." not in name] == ["flag", "recommendation"]
    assert QUESTIONS.yes_no[QUESTIONS.rows] == ("row.A1", "row.C2")
    assert {"theme.adoption", "statement.C2.u2", "relation.narrows", "level.macro"} <= set(heads)


def test_answers_of_a_choice_stand_together_and_in_order() -> None:
    place = len(QUESTIONS.yes_no)
    for question, answers in CHOICES.items():
        assert QUESTIONS.heads[place : place + len(answers)] == tuple(f"{question}.{answer}" for answer in answers)
        place += len(answers)
    assert place == len(QUESTIONS.heads)


def test_targets_say_what_the_labels_say() -> None:
    passage = _passage(
        themes=["job_quality", "adoption"], rows=["C2"], flag=True, relation="narrows", column="uncertain",
        statements=["C2.u2"], evidence="empirical", direction="mixed", recommendation=True, level="meso",
    )  # fmt: skip
    targets = targets_of([passage], QUESTIONS)
    assert targets.yes.dtype == np.float32 and targets.choices.dtype == np.int64
    said = {name for name, yes in zip(QUESTIONS.yes_no, targets.yes[0], strict=True) if yes}
    expected = {"theme.job_quality", "theme.adoption", "row.C2", "statement.C2.u2", "flag", "recommendation"}
    assert said == expected and set(np.unique(targets.yes)) == {0, 1}
    chosen = {question: answers[i] for (question, answers), i in zip(CHOICES.items(), targets.choices[0], strict=True)}
    assert chosen == {
        "relation": "narrows", "column": "uncertain", "evidence": "empirical", "direction": "mixed", "level": "meso"
    }  # fmt: skip


def test_a_question_that_does_not_arise_is_not_asked() -> None:
    targets = targets_of([_passage()], QUESTIONS)
    assert not targets.yes.any()
    asked = dict(zip(CHOICES, targets.choices[0] != NOT_ASKED, strict=True))
    # Kind of evidence and direction have an answer "none": they are asked of every passage.
    assert asked == {"relation": False, "column": False, "evidence": True, "direction": True, "level": False}


def test_targets_keep_the_order_of_the_passages() -> None:
    passages = [_passage(flag=bool(i % 2), direction=list(Direction)[i % 4]) for i in range(9)]
    targets = targets_of(passages, QUESTIONS)
    assert targets.yes[:, QUESTIONS.yes_no.index("flag")].tolist() == [i % 2 for i in range(9)]
    assert targets.choices[:, list(CHOICES).index("direction")].tolist() == [i % 4 for i in range(9)]
    empty = targets_of([], QUESTIONS)
    assert empty.yes.shape == (0, len(QUESTIONS.yes_no)) and empty.choices.shape == (0, len(CHOICES))


@pytest.mark.parametrize("labels", [{"rows": ["Z9"]}, {"statements": ["Z9.k1"]}])
def test_a_label_outside_the_questions_is_not_passed_over(labels: dict[str, object]) -> None:
    with pytest.raises(KeyError, match="Z9"):
        targets_of([_passage(**labels)], QUESTIONS)


def test_targets_of_the_shipped_passages_give_their_labels_back() -> None:
    passages = read_training_files(sorted(SHIPPED.glob("*.jsonl")))
    rows = sorted({row for p in passages for row in p.rows})
    questions = Questions(tuple(rows), tuple(sorted({s for p in passages for s in p.statements})))
    targets = targets_of(passages, questions)
    names = np.asarray(questions.yes_no)
    for passage, yes, choices in list(zip(passages, targets.yes, targets.choices, strict=True))[::50]:
        said = set(names[yes == 1])
        assert {name.removeprefix("theme.") for name in said if name.startswith("theme.")} == set(passage.themes)
        assert {name.removeprefix("row.") for name in said if name.startswith("row.")} == set(passage.rows)
        assert ("flag" in said, "recommendation" in said) == (passage.flag, passage.recommendation)
        for (question, answers), answer in zip(CHOICES.items(), choices, strict=True):
            assert getattr(passage, question) == (None if answer == NOT_ASKED else answers[answer])
    # Nothing is asked that no passage answers.
    assert (targets.yes.sum(axis=0) > 0).all()
    for answers, given in zip(CHOICES.values(), targets.choices.T, strict=True):
        assert set(given) - {NOT_ASKED} == set(range(len(answers)))


def test_the_network_has_the_layers_it_is_given_and_ends_in_the_heads() -> None:
    for n_layers in (1, 3):
        weights = build_reader_weights(READER_WIDTH, 7, n_layers=n_layers, n_places=MAX_PIECES + 40)
        network = build_reader(weights)
        onnx.checker.check_model(network)
        kinds = [node.op_type for node in network.graph.node]
        assert kinds.count("MultiHeadAttention") == n_layers
        assert kinds[-1] == "Gemm"
        kept = {part.name: list(part.dims) for part in network.graph.initializer}
        # Places that no passage reaches are left out; words are in a file of their own.
        assert kept["places"] == [MAX_PIECES, READER_WIDTH]
        assert kept["heads.weight"] == [READER_WIDTH, 7]
        assert not any(name.startswith("words") for name in kept)
        assert build_reader(weights).SerializeToString(deterministic=True) == network.SerializeToString(
            deterministic=True
        )
