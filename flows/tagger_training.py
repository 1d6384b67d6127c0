"""Fits the linear models of themes and evidence, and the readings that join them with the closer reader."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flows.tagging_figures import Prediction
from flows.tagging_predictions import predictions_of
from pipelines.errors import ModelError
from pipelines.evidence.closer import StageAnswers
from pipelines.evidence.closer_training import fit_closer_reading
from pipelines.evidence.model import log_odds
from pipelines.evidence.statements import index_table
from pipelines.evidence.training import fit_evidence_model
from pipelines.language.concepts import ConceptMatcher
from pipelines.language.encoder import Encoder
from pipelines.language.features import fit_feature_space
from pipelines.language.linear import assign_folds, kernel_of
from pipelines.language.training_set import ReaderScores, TrainingPassage
from pipelines.table.starting import starting_table
from pipelines.themes.lexicon import SHIPPED_LEXICON, load_lexicon
from pipelines.themes.training import fit_tagger

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Training:
    """Fitted models and what they say of passages of documents they have not seen.

    Attributes
    ----------
    linear
        The linear models alone, on all passages (five folds).
    both
        Both stages, on the passages that the closer reader was not trained on (:attr:`held_out`, their places).
    arrays
        The content of the model file.
    held_out_arrays
        What the linear models and their heads (``raw_``) say of the held-out passages without having seen their
        documents: with it the readings of both stages can be fitted and measured again in a second, also with heads
        that were corrected (:mod:`flows.learn`).
    """

    linear: list[Prediction]
    both: list[Prediction]
    held_out: NDArray[np.intp]
    arrays: dict[str, NDArray[Any]]
    held_out_arrays: dict[str, NDArray[Any]]


def train(
    passages: Sequence[TrainingPassage],
    translations: Sequence[TrainingPassage],
    encoder: Encoder,
    reader_scores: ReaderScores,
    reader_version: str,
) -> Training:
    """Fit all models.

    Parameters
    ----------
    passages
        What figures are taken on.
    translations
        Learned from as well; those of a document share its fold. With them theme F1 out of fold rose from .769 to
        .778, first row .831 to .841, flag .929 to .937, relation .578 to .593 (on the development set .816 to .823,
        .928 to .946, .905 to .906, .586 to .618).
    encoder
        The static encoder.
    reader_scores, reader_version
        What the closer reader says of passages it was not trained on, and its version.

    Raises
    ------
    ModelError
        The reader has scored passages that are not among ``passages``.
    """
    table, lexicon = starting_table(), load_lexicon(SHIPPED_LEXICON)
    index = index_table(table, encoder)
    chapters = {row.id: row.chapter for row in table.rows}
    learned = [*passages, *translations]
    texts = [passage.as_text() for passage in learned]
    space = fit_feature_space(texts, encoder, ConceptMatcher(lexicon))
    logger.info("%s features of %s passages", space.n_features, len(learned))
    features = space.describe(texts, encoder.encode([text.text for text in texts]))
    kernel = kernel_of(features.matrix, features.nearness, features.matrix)
    folds = assign_folds([passage.doc for passage in learned])
    tagger = fit_tagger(learned, features, kernel, folds, space, lexicon, chapters, "in training")
    logger.info("themes fitted")
    themes = log_odds(tagger.out_of_fold)
    evidence = fit_evidence_model(learned, features, kernel, folds, themes, index, space, lexicon, "in training")
    logger.info("evidence fitted")

    held_out = held_out_places(passages, reader_scores)
    first = StageAnswers(tagger.out_of_fold, evidence.out_of_fold)
    closer = fit_closer_reading(
        [passages[i] for i in held_out],
        first[held_out],
        reader_scores.scores,
        reader_scores.heads,
        folds[held_out],
        index,
        reader_version,
    )
    logger.info("both stages fitted on %s passages", len(held_out))
    models = (space, tagger.tagger, evidence.model, closer.model)
    return Training(
        predictions_of(first[np.arange(len(passages))], index.row_ids),
        predictions_of(closer.out_of_fold, index.row_ids),
        held_out,
        {name: array for model in models for name, array in model.to_arrays().items()},
        {
            "folds": folds[held_out],
            **first[held_out].to_arrays(),
            "raw_themes": tagger.raw[held_out].astype(np.float16),
            "raw_evidence": evidence.raw[held_out].astype(np.float16),
        },
    )


def held_out_places(passages: Sequence[TrainingPassage], reader_scores: ReaderScores) -> NDArray[np.intp]:
    """Where the passages that the reader has scored stand among ``passages``.

    Raises
    ------
    ModelError
        It has scored passages that are not there.
    """
    place = {passage.id: i for i, passage in enumerate(passages)}
    if missing := [name for name in reader_scores.ids if name not in place]:
        raise ModelError("label.reader_other_passages", n=len(missing), first=missing[0])
    return np.asarray([place[name] for name in reader_scores.ids], dtype=np.intp)
