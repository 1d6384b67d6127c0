"""How good labels are: the figures of the model card, from predictions and the labels of a reader."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.domain.themes import Theme
from pipelines.language.training_set import TrainingPassage

NAMES = (
    "theme_f1",
    "row_r1",
    "row_r3",
    "flag_f1",
    "flag_ap",
    "wss95",
    "relation_f1",
    "column_f1",
    "evidence_f1",
    "direction_f1",
    "rec_f1",
    "level_acc",
)
"""Macro F1 of themes; right row first or among three; F1, average precision and work saved at 95 % recall (as a
share of the most possible) of the flag; macro F1 of relation and column over flagged passages and of kind of evidence
and direction over all; F1 of recommendation; share of right levels of recommendations."""


@dataclass(frozen=True)
class Prediction:
    """What a model says of one passage."""

    themes: Mapping[Theme, float]
    rows: tuple[str, ...]
    flag: float
    recommendation: float
    choices: Mapping[str, str]
    """Answer per question: relation, column, evidence, direction, level."""


def f1(truth: NDArray[np.bool_], given: NDArray[np.bool_]) -> float:
    """F1; 0 where nothing is true and nothing given."""
    together = truth.sum() + given.sum()
    return float(2 * (truth & given).sum() / together) if together else 0.0


def macro_f1(truth: Sequence[str], given: Sequence[str]) -> float:
    """Mean F1 over the labels that occur in ``truth``."""
    t, g = np.asarray(truth), np.asarray(given)
    return float(np.mean([f1(t == label, g == label) for label in sorted(set(truth))])) if len(t) else 0.0


def average_precision(truth: NDArray[np.bool_], scores: NDArray[np.float64]) -> float:
    """Mean precision at the true passages, read by falling score; ties in the worst order."""
    order = np.lexsort((truth, -scores))
    hits = truth[order]
    return float((np.cumsum(hits) / np.arange(1, len(hits) + 1))[hits].mean()) if hits.any() else 0.0


def work_saved(truth: NDArray[np.bool_], scores: NDArray[np.float64], recall: float = 0.95) -> float:
    """Share of reading saved until ``recall`` of the true passages is found, over the most that could be saved."""
    n, positives = len(truth), int(truth.sum())
    if positives in (0, n):
        return 0.0
    needed = recall * positives
    read = int(np.argmax(np.cumsum(truth[np.lexsort((truth, -scores))]) >= needed)) + 1
    return float(((n - read) / n - (1 - recall)) / ((n - needed) / n - (1 - recall)))


def figures(passages: Sequence[TrainingPassage], predictions: Sequence[Prediction]) -> dict[str, float]:
    """All figures of :data:`NAMES`."""
    pairs = list(zip(passages, predictions, strict=True))
    flags = np.asarray([p.flag for p in passages])
    flag_scores = np.asarray([q.flag for q in predictions])
    with_rows = [(set(p.rows), q.rows) for p, q in pairs if p.rows]
    flagged = [(p, q) for p, q in pairs if p.flag]
    advice = [(p, q) for p, q in pairs if p.recommendation]
    found = {
        "theme_f1": float(np.mean([theme_f1(passages, predictions, theme) for theme in Theme])),
        "row_r1": float(np.mean([bool(t & set(g[:1])) for t, g in with_rows])),
        "row_r3": float(np.mean([bool(t & set(g[:3])) for t, g in with_rows])),
        "flag_f1": f1(flags, flag_scores >= 0.5),
        "flag_ap": average_precision(flags, flag_scores),
        "wss95": work_saved(flags, flag_scores),
        "rec_f1": f1(
            np.asarray([p.recommendation for p in passages]), np.asarray([q.recommendation >= 0.5 for q in predictions])
        ),
        "level_acc": float(np.mean([p.level == q.choices["level"] for p, q in advice])),
    }
    for question, chosen in (("relation", flagged), ("column", flagged), ("evidence", pairs), ("direction", pairs)):
        truth = [str(getattr(p, question)) for p, _ in chosen]
        found[f"{question}_f1"] = macro_f1(truth, [q.choices[question] for _, q in chosen])
    return {name: found[name] for name in NAMES}


def theme_f1(passages: Sequence[TrainingPassage], predictions: Sequence[Prediction], theme: Theme) -> float:
    """F1 of one theme."""
    truth = np.asarray([theme in p.themes for p in passages])
    return f1(truth, np.asarray([q.themes[theme] >= 0.5 for q in predictions]))


def calibration_error(truth: NDArray[np.bool_], probabilities: NDArray[np.float64], n_bins: int = 10) -> float:
    """Expected calibration error: mean distance of probability and frequency over equally wide bins."""
    which = np.minimum((probabilities * n_bins).astype(int), n_bins - 1)
    total = 0.0
    for b in range(n_bins):
        inside = which == b
        if inside.any():
            total += inside.mean() * abs(truth[inside].mean() - probabilities[inside].mean())
    return float(total)


def f1_of_labels(truth: Sequence[str], given: Sequence[str], labels: Sequence[str]) -> dict[str, float]:
    """F1 of each label."""
    t, g = np.asarray(truth), np.asarray(given)
    return {label: f1(t == label, g == label) for label in labels}


def confusion(truth: Sequence[str], given: Sequence[str], labels: Sequence[str]) -> list[list[int]]:
    """How often each true label (a row) was given as each label (a column)."""
    pairs = Counter(zip(truth, given, strict=True))
    return [[pairs[true, other] for other in labels] for true in labels]


def calibration_errors(passages: Sequence[TrainingPassage], predictions: Sequence[Prediction]) -> dict[str, float]:
    """Expected calibration error of each theme, of the flag and of recommendation."""
    found = {
        theme.value: calibration_error(
            np.asarray([theme in p.themes for p in passages]), np.asarray([q.themes[theme] for q in predictions])
        )
        for theme in Theme
    }
    for question in ("flag", "recommendation"):
        truth = np.asarray([bool(getattr(p, question)) for p in passages])
        found[question] = calibration_error(truth, np.asarray([getattr(q, question) for q in predictions]))
    return found
