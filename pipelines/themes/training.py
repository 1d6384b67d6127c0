"""Trains the tagger and measures it on documents it has not seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.domain.themes import Theme
from pipelines.language.concepts import Lexicon
from pipelines.language.encoder import FloatArray
from pipelines.language.features import FeatureSpace, PassageFeatures
from pipelines.language.lessons import Lesson
from pipelines.language.linear import (
    Reading,
    fit_heads,
    out_of_fold_scores,
    read_yes_no,
)
from pipelines.language.training_set import TrainingPassage
from pipelines.themes.tagger import THEMES, Tagger, concepts_of_themes, gather_scores

PENALTY = 0.7
"""Ridge; theme F1 in cross-validation is flat from 0.5 to 1 (.706 to .710)."""
_STRENGTH = 0.1
"""Inverse penalty of the readings; 0.005 to 0.1 differ by less than .01."""
WORKING_POINT = 0.55
"""Where a theme begins to count, in probabilities whose best F1 out of fold is at 0.5. Theme F1 out of fold and on the
development set at 0.5, 0.55, 0.6: .742/.783, .734/.787, .730/.791."""


@dataclass(frozen=True)
class FittedTagger:
    """A tagger and what it gives passages of documents it has not seen: shape (n_passages, 5).

    ``raw`` are the scores of the heads behind that, shape (n_passages, n_heads).
    """

    tagger: Tagger
    out_of_fold: NDArray[np.float64]
    raw: FloatArray


def targets_of(passages: Sequence[TrainingPassage | Lesson], names: Sequence[str]) -> FloatArray:
    """Shape (n_passages, n_heads): 1 for yes, -1 for no, NaN where the labels do not say.

    ``names`` are themes, and rows as ``theme/row``.
    """
    targets = np.full((len(passages), len(names)), np.nan, dtype=np.float32)
    for j, name in enumerate(names):
        theme, _, row = name.partition("/")
        for i, passage in enumerate(passages):
            given = passage.rows if row else passage.themes
            if given is not None:
                targets[i, j] = 1.0 if (row or theme) in given else -1.0
    return targets


def fit_tagger(
    passages: Sequence[TrainingPassage],
    features: PassageFeatures,
    kernel: FloatArray,
    folds: NDArray[np.intp],
    space: FeatureSpace,
    lexicon: Lexicon,
    chapters: Mapping[str, Theme],
    version: str,
) -> FittedTagger:
    """Heads on all passages, readings on scores made out of fold.

    Parameters
    ----------
    passages, features
        The training set and its features, in one order.
    kernel
        :func:`~pipelines.language.linear.kernel_of` the passages with themselves.
    folds
        Fold of each passage; a document lies in one fold.
    space, lexicon, version
        Kept in the tagger.
    chapters
        Theme of each row of the table that the passages were labelled against.
    """
    truth = np.asarray([[theme in passage.themes for theme in THEMES] for passage in passages])
    names = [*(theme.value for theme in THEMES), *(f"{theme.value}/{row}" for row, theme in chapters.items())]
    targets = targets_of(passages, names)
    raw = out_of_fold_scores(kernel, targets, folds, PENALTY)
    inputs = gather_scores(raw, names)
    readings: dict[Theme, Reading] = {}
    out_of_fold = np.zeros(truth.shape)
    for j, theme in enumerate(THEMES):
        readings[theme], out_of_fold[:, j] = read_yes_no(inputs, truth[:, j], folds, _STRENGTH, WORKING_POINT)
    heads = fit_heads(features.matrix, kernel, targets, names, PENALTY)
    return FittedTagger(Tagger(heads, readings, space, concepts_of_themes(lexicon), version), out_of_fold, raw)
