"""Trains the evidence model and measures it on documents it has not seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.evidence.model import (
    CHOICES,
    YES_NO_QUESTIONS,
    Answers,
    EvidenceModel,
    columns_of,
    concepts_of_rows,
    gather_inputs,
    head_names,
)
from pipelines.evidence.statements import StatementMatcher, TableIndex, pair_inputs, row_inputs
from pipelines.language.concepts import Lexicon
from pipelines.language.encoder import FloatArray
from pipelines.language.features import FeatureSpace, PassageFeatures
from pipelines.language.lessons import Lesson
from pipelines.language.linear import (
    YES_NO,
    Reading,
    fit_heads,
    fit_reading,
    out_of_fold_scores,
    read_choice,
    read_yes_no,
)
from pipelines.language.training_set import TrainingPassage

PENALTY = 0.5
"""Ridge of the heads."""
_STRENGTH = 0.02
"""Inverse penalty of the readings; 0.01 to 0.05 differ by less than .01."""
_BALANCE = {"evidence": 0.0}
_USUAL_BALANCE = 0.5
"""Weight of rare answers, between as frequent as in the training set (0) and all alike (1). Macro F1 out of fold and
on the development set for 0, 0.5 and 1: relation .504/.473, .540/.564, .522/.553; direction .544/.578, .571/.564,
.558/.515; evidence .829/.834, .834/.799, .814/.775."""
WORKING_POINTS = {"flag": 0.6, "recommendation": 0.64}
"""Where yes begins, in probabilities whose best F1 out of fold is at 0.5. Halfway (in log odds) to the best point on
the development set, whose authors write fewer findings and less advice: flag .71, recommendation .76."""


@dataclass(frozen=True)
class FittedEvidence:
    """A model and what it answers about passages of documents it has not seen.

    ``raw`` are the scores of the heads behind that, shape (n_passages, n_heads).
    """

    model: EvidenceModel
    out_of_fold: Answers
    raw: FloatArray


def targets_of(passages: Sequence[TrainingPassage | Lesson], names: Sequence[str]) -> FloatArray:
    """Shape (n_passages, n_heads): 1 for yes, -1 for no, NaN where the question does not arise or is not answered."""
    targets = np.full((len(passages), len(names)), np.nan, dtype=np.float32)
    for i, passage in enumerate(passages):
        answers: dict[str, str | None] = {
            "relation": passage.relation,
            "column": passage.column,
            "evidence": passage.evidence,
            "direction": passage.direction,
            "level": passage.level,
        }
        for j, name in enumerate(names):
            kind, _, value = name.partition(".")
            if kind == "row":
                yes = None if passage.rows is None else value in passage.rows
            elif kind == "statement":
                yes = None if passage.statements is None else value in passage.statements
            elif kind in answers:
                yes = None if answers[kind] is None else answers[kind] == value
            else:
                yes = passage.flag if kind == "flag" else passage.recommendation
            if yes is not None:
                targets[i, j] = 1.0 if yes else -1.0
    return targets


def fit_evidence_model(
    passages: Sequence[TrainingPassage],
    features: PassageFeatures,
    kernel: FloatArray,
    folds: NDArray[np.intp],
    themes: NDArray[np.float64],
    index: TableIndex,
    space: FeatureSpace,
    lexicon: Lexicon,
    version: str,
) -> FittedEvidence:
    """Heads on all passages, readings on scores made out of fold.

    Parameters
    ----------
    passages, features
        The training set and its features, in one order.
    kernel
        :func:`~pipelines.language.linear.kernel_of` the passages with themselves.
    folds
        Fold of each passage; a document lies in one fold.
    themes
        Log odds of the themes out of fold, shape (n_passages, 5).
    index
        The table that the passages were labelled against.
    space, lexicon, version
        Kept in the model.
    """
    names = head_names(index.row_ids, index.statement_ids)
    targets = targets_of(passages, names)
    raw = out_of_fold_scores(kernel, targets, folds, PENALTY)
    heads = fit_heads(features.matrix, kernel, targets, names, PENALTY)
    truth = targets > 0
    matcher = _fit_matcher(raw, truth, names, features, index)
    inputs, row_scores, logits = gather_inputs(names, matcher, raw, themes, features, index)

    readings: dict[str, Reading] = {}
    yes: dict[str, NDArray[np.float64]] = {}
    for question in YES_NO_QUESTIONS:
        answers = truth[:, names.index(question)]
        readings[question], yes[question] = read_yes_no(
            inputs[question], answers, folds, _STRENGTH, WORKING_POINTS[question]
        )
    choices: dict[str, NDArray[np.float64]] = {}
    for question, labels in CHOICES.items():
        columns = columns_of(names, f"{question}.")
        answers = np.where(np.isfinite(targets[:, columns[0]]), targets[:, columns].argmax(axis=1), -1)
        balance = _BALANCE.get(question, _USUAL_BALANCE)
        readings[question], choices[question] = read_choice(
            inputs[question], answers, labels, folds, strength=_STRENGTH, balance=balance
        )
    by_row = row_inputs(row_scores, themes, logits, index)
    n_rows = by_row.shape[1]
    readings["row"], of_pairs = read_yes_no(
        by_row.reshape(-1, by_row.shape[2]),
        truth[:, columns_of(names, "row.")].reshape(-1),
        np.repeat(folds, n_rows),
        strength=1.0,
    )
    rows = of_pairs.reshape(-1, n_rows)
    model = EvidenceModel(heads, readings, matcher, space, concepts_of_rows(lexicon), version)
    return FittedEvidence(model, Answers(rows, 1 / (1 + np.exp(-logits)), yes, choices), raw)


def _fit_matcher(
    raw: FloatArray, truth: NDArray[np.bool_], names: Sequence[str], features: PassageFeatures, index: TableIndex
) -> StatementMatcher:
    """Readings of pairs of passage and statement, learned from the passages that bear on some statement."""
    cosines = np.asarray(features.vectors @ index.vectors.T, dtype=np.float64)
    mean, scale = float(cosines.mean()), float(cosines.std())
    likeness = (cosines - mean) / scale
    statement_columns, row_columns = columns_of(names, "statement."), columns_of(names, "row.")
    row_scores = raw[:, row_columns].astype(np.float64)
    some = truth[:, statement_columns].any(axis=1)
    pairs = pair_inputs(likeness[some], row_scores[some], index).reshape(-1, 4)
    heads = raw[some][:, statement_columns].reshape(-1, 1)
    answers = truth[some][:, statement_columns].reshape(-1).astype(np.intp)
    nearest = np.stack([likeness[:, index.statement_rows == r].max(axis=1) for r in range(len(index.row_ids))], axis=1)
    return StatementMatcher(
        known_ids=index.statement_ids,
        known_vectors=index.vectors,
        cosine_mean=mean,
        cosine_scale=scale,
        known=fit_reading(np.column_stack([pairs, heads]), answers, YES_NO, strength=1.0),
        new=fit_reading(pairs, answers, YES_NO, strength=1.0),
        new_row=fit_reading(
            nearest.reshape(-1, 1), truth[:, row_columns].reshape(-1).astype(np.intp), YES_NO, strength=1.0
        ),
    )
