"""Models that have learned from decisions: the heads corrected, the readings of both stages fitted again.

What was learned from the labelled passages stays as it is; decisions move the scores of texts like them, and say how
far to trust each score. Seconds instead of minutes, and the flag is as good as with training all anew
(benchmarks/learning.py: F1 .755 and .734, average precision .845 and .849 after 300 decisions).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flows.label import LabelKit
from pipelines.evidence.closer import StageAnswers, worth_reading
from pipelines.evidence.closer_training import FittedCloser, fit_closer_reading
from pipelines.evidence.model import log_odds
from pipelines.evidence.training import PENALTY as EVIDENCE_PENALTY
from pipelines.evidence.training import targets_of as evidence_targets
from pipelines.language.encoder import FloatArray
from pipelines.language.features import PassageFeatures
from pipelines.language.lessons import Lesson
from pipelines.language.linear import assign_folds, kernel_of
from pipelines.language.linear_update import correct_heads, corrected_out_of_fold, exact_arrays, fit_correction
from pipelines.language.training_set import TrainingPassage
from pipelines.themes.tagger import THEMES, gather_scores
from pipelines.themes.training import PENALTY as THEMES_PENALTY
from pipelines.themes.training import targets_of as theme_targets

HEAD_WEIGHT, READING_WEIGHT = 0.1, 2.0
"""How much a decision counts beside a labelled passage, in the heads and in the readings.

With 0.1, 0.3 and 1 in the heads (benchmarks/learning.py, few findings, 500 decisions, two draws): flag F1 .763, .759,
.760, average precision .838, .843, .839; on the held-out passages theme F1 lower by .006, .009, .025 and first row by
.009, .015, .026. With 1, 2 and 4 in the readings (0.3 in the heads, 400 decisions of which 8 % wrong, three draws):
flag F1 .715, .737, .759, relation F1 .562, .564, .554, column F1 .708, .703, .686."""
CALIBRATED = frozenset({"flag", "relation", "column"})
"""Labels whose readings learn from decisions. The others are known of findings only, which would make them surer than
they should be."""
_OF_SOME = ("flag", "relation.", "column.", "level.")
"""Heads that learn from lessons with an answer alone; relation, column and level do not arise for others."""


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


@dataclass(frozen=True)
class Corrections:
    """What lessons change in the heads of both models.

    Attributes
    ----------
    themes, evidence
        Dual weights, shape (n_lessons, n_heads).
    raw_themes, raw_evidence
        Scores of the lessons' texts, corrected by lessons of other documents only.
    """

    themes: FloatArray
    evidence: FloatArray
    raw_themes: FloatArray
    raw_evidence: FloatArray

    def added(self, themes: FloatArray, evidence: FloatArray, kernel: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Scores of other texts, corrected; ``kernel`` is their likeness to the lessons, (n_texts, n_lessons)."""
        return (
            np.asarray(themes + kernel @ self.themes, dtype=np.float32),
            np.asarray(evidence + kernel @ self.evidence, dtype=np.float32),
        )


def correct(
    kit: LabelKit,
    kernel: FloatArray,
    raw: tuple[FloatArray, FloatArray],
    lessons: Sequence[Lesson],
    folds: NDArray[np.intp],
    weight: float = HEAD_WEIGHT,
) -> Corrections:
    """What ``lessons`` change.

    Parameters
    ----------
    kit
        The models as they were.
    lessons
        What is learned from.
    kernel, raw
        Of the lessons' texts: likeness to one another, and scores of the heads of both models.
    folds
        Fold of each lesson; a document lies in one fold.
    weight
        How much a lesson counts beside a labelled passage.
    """
    names = kit.tagger.heads.names, kit.evidence.heads.names
    arises = np.asarray([not name.startswith(_OF_SOME) for name in names[1]])
    targets = theme_targets(lessons, names[0]), evidence_targets(lessons, names[1])
    # Findings are told their themes and rows and other passages mostly are not: held where they are, these pull back
    # what would else only grow.
    targets = _held(targets[0], raw[0]), np.where(arises, _held(targets[1], raw[1]), targets[1])
    penalties = THEMES_PENALTY / weight, EVIDENCE_PENALTY / weight
    duals = [fit_correction(kernel, r, t, p) for r, t, p in zip(raw, targets, penalties, strict=True)]
    unseen = [corrected_out_of_fold(kernel, r, t, folds, p) for r, t, p in zip(raw, targets, penalties, strict=True)]
    return Corrections(duals[0], duals[1], unseen[0], unseen[1])


def _held(targets: FloatArray, raw: FloatArray) -> FloatArray:
    return np.where(np.isfinite(targets), targets, raw)


def first_answers(
    kit: LabelKit, raw_themes: FloatArray, raw_evidence: FloatArray, features: PassageFeatures
) -> StageAnswers:
    """What the linear models make of scores of their heads."""
    inputs = gather_scores(raw_themes, kit.tagger.heads.names)
    themes = np.stack([kit.tagger.readings[theme].yes(inputs) for theme in THEMES], axis=1)
    return StageAnswers(themes, kit.evidence.read(raw_evidence, log_odds(themes), features, kit.index))


def as_scanned(first: StageAnswers, both: StageAnswers) -> StageAnswers:
    """Both stages where a scan reads a passage again, else the first alone."""
    chosen = worth_reading(first)
    return first.put(chosen, both[chosen])


def join_stages(
    kit: LabelKit,
    held_out: HeldOut,
    ours: StageAnswers,
    lessons: Sequence[Lesson],
    theirs: StageAnswers,
    scores: FloatArray,
    folds: NDArray[np.intp],
    weight: float = READING_WEIGHT,
) -> FittedCloser:
    """Readings of both stages, fitted again on held-out passages and on lessons (in this order in what they answer).

    Parameters
    ----------
    kit
        With the corrected linear models.
    held_out, lessons
        What is fitted on.
    ours, theirs
        What the corrected linear models say of the ones and of the others.
    scores, folds
        Of the lessons: what the closer reader says, and the fold of each.
    weight
        How much a lesson counts beside a labelled passage.
    """
    return fit_closer_reading(
        [*held_out.passages, *(lesson.only(CALIBRATED) for lesson in lessons)],
        ours.followed_by(theirs),
        np.vstack([held_out.scores, scores]),
        kit.closer.heads,
        np.concatenate([held_out.folds, folds]),
        kit.index,
        kit.closer.reader_version,
        np.concatenate([np.ones(len(held_out.passages)), np.full(len(lessons), weight)]),
    )


@dataclass(frozen=True)
class Described:
    """Texts that lessons are about, and the held-out passages, described once.

    Attributes
    ----------
    kit
        The models as trained on labelled passages alone, with the texts as further anchors of their space.
    kernel, to_held_out
        Likeness of the texts to one another, shape (n_texts, n_texts), and of the held-out passages to them.
    raw
        What the heads of both models say of the texts.
    scores
        What the closer reader says of them.
    folds
        Fold of each text; a document lies in one fold.
    """

    kit: LabelKit
    held_out: HeldOut
    theirs: PassageFeatures
    ours: PassageFeatures
    kernel: FloatArray
    to_held_out: FloatArray
    raw: tuple[FloatArray, FloatArray]
    scores: FloatArray
    folds: NDArray[np.intp]


def describe(kit: LabelKit, held_out: HeldOut, lessons: Sequence[Lesson]) -> Described:
    """Describe the texts of ``lessons``; their labels are not looked at."""
    n = len(kit.space.anchors)
    texts = [lesson.as_text() for lesson in lessons]
    vectors = kit.encoder.encode([text.text for text in texts])
    space = kit.space.extended(texts, vectors)
    theirs = space.describe(texts, vectors)
    known = [passage.as_text() for passage in held_out.passages]
    ours = space.describe(known, kit.encoder.encode([text.text for text in known]))
    of_model = theirs.matrix, theirs.nearness[:, :n]
    return Described(
        replace(kit, space=space),
        held_out,
        theirs,
        ours,
        kernel_of(theirs.matrix, theirs.nearness[:, n:], theirs.matrix),
        kernel_of(ours.matrix, ours.nearness[:, n:], theirs.matrix),
        (kit.tagger.heads.scores(*of_model), kit.evidence.heads.scores(*of_model)),
        kit.reader.scores(texts),
        assign_folds([lesson.doc for lesson in lessons]),
    )


def learn_from(described: Described, lessons: Sequence[Lesson]) -> Learned:
    """Models that have learned from ``lessons``, in the order in which their texts were described.

    A lesson without labels teaches nothing, and its text is answered all the same.
    """
    d, kit, held_out = described, described.kit, described.held_out
    change = correct(kit, d.kernel, d.raw, lessons, d.folds)
    heads = (
        correct_heads(kit.tagger.heads, d.theirs.matrix, change.themes),
        correct_heads(kit.evidence.heads, d.theirs.matrix, change.evidence),
    )
    learned = replace(
        kit,
        tagger=replace(kit.tagger, heads=heads[0], space=kit.space),
        evidence=replace(kit.evidence, heads=heads[1], space=kit.space),
    )
    ours = first_answers(kit, *change.added(held_out.raw_themes, held_out.raw_evidence, d.to_held_out), d.ours)
    theirs = first_answers(kit, change.raw_themes, change.raw_evidence, d.theirs)
    joined = join_stages(learned, held_out, ours, lessons, theirs, d.scores, d.folds)
    places, n = np.arange(len(held_out.passages) + len(lessons)), len(held_out.passages)
    return Learned(
        replace(learned, closer=joined.model),
        as_scanned(ours, joined.out_of_fold[places[:n]]),
        as_scanned(theirs, joined.out_of_fold[places[n:]]),
    )
