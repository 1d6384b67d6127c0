"""Fits how far to trust the closer reader beside the linear models, on passages that neither has seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.domain.evidence import CHOICES
from pipelines.domain.themes import Theme
from pipelines.evidence.closer import CloserReading, StageAnswers, gather_closer_inputs, row_pairs
from pipelines.evidence.model import YES_NO_QUESTIONS, Answers
from pipelines.evidence.statements import TableIndex
from pipelines.language.encoder import FloatArray
from pipelines.language.lessons import Lesson
from pipelines.language.linear import YES_NO, Reading, move, read_choice
from pipelines.language.training_set import TrainingPassage

_STRENGTH = 0.05
_STRENGTHS = {"level": 0.01, "column": 0.2, "evidence": 0.2}
"""Inverse penalty of the readings. On the held-out part and on the development set with 0.01, 0.05 and 0.2: level
accuracy .867/.897, .888/.862, .878/.862; column F1 .750/.787, .753/.758, .752/.781; evidence .735/.834, .846/.844,
.869/.845."""
_BALANCE = {"evidence": 0.0}
_USUAL_BALANCE = 0.5

THEME_POINT = 0.45
"""Probability from which a theme is given, moved to 0.5. Theme F1 on the development set is flat from .35 to .5 (.831
to .838); at .45 Dutch and English lie nearest (.822 and .851; at .5 .802 and .870). All other probabilities of yes are
left as they are: they are frequencies."""


@dataclass(frozen=True)
class FittedCloser:
    """The readings, and their answers about passages of documents they were not fitted on."""

    model: CloserReading
    out_of_fold: StageAnswers


def fit_closer_reading(
    passages: Sequence[TrainingPassage | Lesson],
    first: StageAnswers,
    scores: FloatArray,
    heads: Sequence[str],
    folds: NDArray[np.intp],
    index: TableIndex,
    reader_version: str,
    weights: NDArray[np.float64] | None = None,
) -> FittedCloser:
    """Readings of both stages.

    Parameters
    ----------
    passages
        Those the reader was not trained on.
    first
        What linear models say that have not seen them either.
    scores, heads
        The reader's scores, shape (n_passages, n_heads), and their names.
    folds
        Fold of each passage; a document lies in one fold.
    index
        The table that the passages were labelled against.
    reader_version
        Kept in the model.
    weights
        How much each passage counts, shape (n_passages,); all alike when not given.
    """
    inputs = gather_closer_inputs(heads, first, scores, [passage.lang for passage in passages])
    readings: dict[str, Reading] = {}
    themes: list[NDArray[np.float64]] = []
    for theme in Theme:
        truth = [None if passage.themes is None else theme in passage.themes for passage in passages]
        reading, found = _read_yes_no(inputs["theme"], truth, folds, _STRENGTH, weights)
        readings[f"theme.{theme.value}"] = reading.moved(THEME_POINT)
        themes.append(move(found, THEME_POINT))
    yes: dict[str, NDArray[np.float64]] = {}
    for question in YES_NO_QUESTIONS:
        truth = [getattr(passage, question) for passage in passages]
        strength = _STRENGTHS.get(question, _STRENGTH)
        readings[question], yes[question] = _read_yes_no(inputs[question], truth, folds, strength, weights)
    choices: dict[str, NDArray[np.float64]] = {}
    for question, labels in CHOICES.items():
        given = [getattr(passage, question) for passage in passages]
        answers = np.asarray([labels.index(answer) if answer is not None else -1 for answer in given])
        balance = _BALANCE.get(question, _USUAL_BALANCE)
        readings[question], choices[question] = read_choice(
            inputs[question],
            answers,
            labels,
            folds,
            strength=_STRENGTHS.get(question, _STRENGTH),
            balance=balance,
            weights=weights,
        )
    known, pairs = row_pairs(heads, first, scores, index)
    of_row = [None if p.rows is None else index.row_ids[r] in p.rows for p in passages for r in known]
    readings["row"], of_pairs = _read_yes_no(
        pairs.reshape(-1, pairs.shape[2]),
        of_row,
        np.repeat(folds, len(known)),
        strength=1.0,
        weights=None if weights is None else np.repeat(weights, len(known)),
    )
    rows = first.answers.rows.copy()
    rows[:, known] = of_pairs.reshape(len(passages), -1)
    model = CloserReading(tuple(heads), readings, reader_version)
    answered = Answers(rows, first.answers.statements, yes, choices)
    return FittedCloser(model, StageAnswers(np.stack(themes, axis=1), answered))


def _read_yes_no(
    inputs: NDArray[np.float64],
    truth: Sequence[bool | None],
    folds: NDArray[np.intp],
    strength: float,
    weights: NDArray[np.float64] | None,
) -> tuple[Reading, NDArray[np.float64]]:
    """A reading of a yes-or-no question, and the probability of yes out of fold, shape (n_passages,).

    ``truth`` is ``None`` where the question is not answered.
    """
    answers = np.asarray([-1 if answer is None else int(answer) for answer in truth], dtype=np.intp)
    reading, probabilities = read_choice(
        inputs, answers, YES_NO, folds, strength=strength, balance=0.0, weights=weights
    )
    return reading, probabilities[:, 1]
