"""Models that have learned from decisions: the heads corrected, the readings of both stages fitted again.

What was learned from the labelled passages stays as it is; decisions move the scores of texts like them, and say how
far to trust each score. Seconds instead of minutes, and as good as training all anew (benchmarks/learning.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flows.label import LabelKit
from pipelines.evidence.closer import StageAnswers, worth_reading
from pipelines.evidence.closer_training import fit_closer_reading
from pipelines.evidence.model import EvidenceModel, log_odds
from pipelines.evidence.training import PENALTY as EVIDENCE_PENALTY
from pipelines.evidence.training import targets_of as evidence_targets
from pipelines.language.encoder import FloatArray
from pipelines.language.features import PassageFeatures
from pipelines.language.lessons import Lesson
from pipelines.language.linear import LinearHeads, assign_folds, kernel_of
from pipelines.language.linear_update import correct_heads, corrected_out_of_fold, exact_arrays, fit_correction
from pipelines.language.training_set import TrainingPassage
from pipelines.themes.tagger import THEMES, Tagger, gather_scores
from pipelines.themes.training import PENALTY as THEMES_PENALTY
from pipelines.themes.training import targets_of as theme_targets


@dataclass(frozen=True)
class LessonWeights:
    """How much a decision counts beside a labelled passage: in the heads, and in the readings."""

    heads: float = 1.0
    readings: float = 1.0


@dataclass(frozen=True)
class HeldOut:
    """Labelled passages of documents that no model has seen.

    Attributes
    ----------
    raw_themes, raw_evidence
        Scores of the heads of both models without these documents, shape (n_passages, n_heads).
    folds
        Fold of each passage; a document lies in one fold.
    scores
        What the closer reader says of them, shape (n_passages, n_reader_heads).
    """

    passages: Sequence[TrainingPassage]
    raw_themes: FloatArray
    raw_evidence: FloatArray
    folds: NDArray[np.intp]
    scores: FloatArray


@dataclass(frozen=True)
class Learned:
    """Models after learning, and what they say of passages whose document they did not learn from.

    Attributes
    ----------
    held_out, lessons
        Answers about the held-out passages and about the lessons, in their order, as a scan gives them.
    """

    kit: LabelKit
    held_out: StageAnswers
    lessons: StageAnswers

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The content of a model file."""
        kit = self.kit
        return {
            **kit.space.to_arrays(),
            **kit.tagger.to_arrays(),
            **exact_arrays(kit.tagger.heads, "themes.heads"),
            **kit.evidence.to_arrays(),
            **exact_arrays(kit.evidence.heads, "evidence.heads"),
            **kit.closer.to_arrays(),
        }


def first_answers(
    tagger: Tagger,
    evidence: EvidenceModel,
    raw_themes: FloatArray,
    raw_evidence: FloatArray,
    features: PassageFeatures,
    kit: LabelKit,
) -> StageAnswers:
    """What the linear models make of scores of their heads."""
    inputs = gather_scores(raw_themes, tagger.heads.names)
    themes = np.stack([tagger.readings[theme].yes(inputs) for theme in THEMES], axis=1)
    return StageAnswers(themes, evidence.read(raw_evidence, log_odds(themes), features, kit.index))


def as_scanned(first: StageAnswers, both: StageAnswers) -> StageAnswers:
    """Both stages where a scan reads a passage again, else the first alone."""
    chosen = worth_reading(first)
    return first.put(chosen, both[chosen])


def learn_from(
    kit: LabelKit,
    held_out: HeldOut,
    lessons: Sequence[Lesson],
    scores: FloatArray,
    weights: LessonWeights,
) -> Learned:
    """Models that have learned from ``lessons``.

    Parameters
    ----------
    kit
        The models as trained on labelled passages alone.
    held_out
        Passages on which the readings of both stages were fitted.
    lessons
        Of documents that are not among the labelled ones.
    scores
        What the closer reader says of their texts, shape (n_lessons, n_reader_heads).
    weights
        How much they count.
    """
    n_anchors = len(kit.space.anchors)
    texts = [lesson.as_text() for lesson in lessons]
    vectors = kit.encoder.encode([text.text for text in texts])
    space = kit.space.extended(texts, vectors)
    theirs = space.describe(texts, vectors)
    known = [passage.as_text() for passage in held_out.passages]
    ours = space.describe(known, kit.encoder.encode([text.text for text in known]))
    kernel = kernel_of(theirs.matrix, theirs.nearness[:, n_anchors:], theirs.matrix)
    to_ours = kernel_of(ours.matrix, ours.nearness[:, n_anchors:], theirs.matrix)
    folds = assign_folds([lesson.doc for lesson in lessons])

    def corrected(
        heads: LinearHeads, targets: FloatArray, penalty: float, raw: FloatArray
    ) -> tuple[LinearHeads, FloatArray, FloatArray]:
        before = heads.scores(theirs.matrix, theirs.nearness[:, :n_anchors])
        dual = fit_correction(kernel, before, targets, penalty / weights.heads)
        out_of_fold = corrected_out_of_fold(kernel, before, targets, folds, penalty / weights.heads)
        return correct_heads(heads, theirs.matrix, dual), out_of_fold, (raw + to_ours @ dual).astype(np.float32)

    names = kit.tagger.heads.names, kit.evidence.heads.names
    theme_heads, theirs_themes, ours_themes = corrected(
        kit.tagger.heads, theme_targets(lessons, names[0]), THEMES_PENALTY, held_out.raw_themes
    )
    evidence_heads, theirs_evidence, ours_evidence = corrected(
        kit.evidence.heads, evidence_targets(lessons, names[1]), EVIDENCE_PENALTY, held_out.raw_evidence
    )
    tagger = replace(kit.tagger, heads=theme_heads, space=space)
    evidence = replace(kit.evidence, heads=evidence_heads, space=space)
    first = first_answers(tagger, evidence, ours_themes, ours_evidence, ours, kit).followed_by(
        first_answers(tagger, evidence, theirs_themes, theirs_evidence, theirs, kit)
    )
    closer = fit_closer_reading(
        [*held_out.passages, *lessons],
        first,
        np.vstack([held_out.scores, scores]),
        kit.closer.heads,
        np.concatenate([held_out.folds, folds]),
        kit.index,
        kit.closer.reader_version,
        np.concatenate([np.ones(len(known)), np.full(len(lessons), weights.readings)]),
    )
    whole = as_scanned(first, closer.out_of_fold)
    learned = replace(kit, space=space, tagger=tagger, evidence=evidence, closer=closer.model)
    places = np.arange(len(known) + len(lessons))
    return Learned(learned, whole[places[: len(known)]], whole[places[len(known) :]])
