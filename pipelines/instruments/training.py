"""Fits the models of the instruments and measures them on documents they have not seen."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from pipelines.domain.instruments import FAMILIES_OF_ADVICE, FAMILIES_OF_SYSTEMS, GIVEN_FROM, Family, Uncertainty
from pipelines.errors import ModelError
from pipelines.instruments.mentions import Mentions
from pipelines.instruments.model import SUREST, CloserHeads, InstrumentModel, inputs_of, named_times
from pipelines.language.encoder import FloatArray
from pipelines.language.features import PassageFeatures, PassageText
from pipelines.language.linear import LinearHeads, Reading, fit_heads, out_of_fold_scores, read_yes_no

PENALTY = 0.7
_STRENGTH = 0.3
FEWEST = 12
"""Labelled passages, translations among them, that a label is learned from."""
LEAST_F1 = 0.45
"""A label that is told less well on documents the models had not seen is left out of the model file. With some fifty
passages a label its F1 is known to about .06: .5 would leave out by chance what is no worse than others."""
CLOSER_FAMILIES = frozenset({Family.ACTION_THEME})
"""Where the closer reader adds something on passages that it has not learned from: of 232 such (125 of them advice)
the F1 of themes of actions went from .52 to .61; of uncertainties it fell, of the others it stayed (November 2026)."""
CLOSER_PENALTY = 0.3
_ASKED_OF_NAMES = frozenset({Family.UNCERTAINTY, Family.GROUP, Family.ACTOR, Family.SECTOR, Family.OCCUPATION})
_ASKED_OF_APPLICATIONS = frozenset({f"{Family.UNCERTAINTY}.{Uncertainty.CAPABILITY}"})


class ReadLabels(BaseModel):
    """The instruments that a reader found in a training passage."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    doc: str
    n: int
    advice: bool
    """Whether it says what somebody should do: otherwise themes of actions and addressees are not asked."""
    asked: str | None
    """Words of the passage that say what should be done."""
    labels: tuple[str, ...]

    @property
    def passage(self) -> str:
        """Id of the training passage."""
        return f"{self.doc}/{self.n}"


def read_labels(path: Path) -> list[ReadLabels]:
    """The labels in ``path``, one JSON object a line.

    Raises
    ------
    ModelError
        The file is missing or a line is no such record.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise ModelError("error.model_missing", file=str(path)) from error
    found: list[ReadLabels] = []
    for number, line in enumerate(lines, 1):
        try:
            found.append(ReadLabels.model_validate(json.loads(line)))
        except (ValidationError, ValueError) as error:
            raise ModelError("label.training_line", file=str(path), line=number) from error
    return found


class WrittenPassage(BaseModel):
    """A passage that was written to learn the instruments from, and from nothing else."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    lang: str
    title: str
    publisher: str
    year: int
    section: str
    text: str
    advice: bool = False
    labels: tuple[str, ...]
    asked: Literal["all", "applications", "names"]
    """Which families were labelled: all, or the kind of application, its parts and what AI can do, or those of
    :data:`_ASKED_OF_NAMES`."""

    def as_text(self) -> PassageText:
        """What the features are made of."""
        return PassageText(self.text, self.section, self.title, self.lang)

    def as_labels(self) -> ReadLabels:
        """Its labels, as those of the other passages."""
        return ReadLabels(doc=self.id, n=0, advice=self.advice, asked=None, labels=self.labels)

    def was_asked(self, label: str) -> bool:
        """Whether its reader looked for a label."""
        if self.asked == "all":
            return _family(label) is not Family.PART
        if self.asked == "names":
            return _family(label) in _ASKED_OF_NAMES
        return label in _ASKED_OF_APPLICATIONS or _family(label) in FAMILIES_OF_SYSTEMS


def read_written(path: Path) -> list[WrittenPassage]:
    """The passages in ``path``, one JSON object a line; none where there is no such file.

    Raises
    ------
    ModelError
        A line is no such record.
    """
    found: list[WrittenPassage] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines() if path.exists() else (), 1):
        try:
            found.append(WrittenPassage.model_validate_json(line))
        except ValidationError as error:
            raise ModelError("label.training_line", file=str(path), line=number) from error
    return found


@dataclass(frozen=True)
class FittedInstruments:
    """The models, and what they say of passages of documents they have not seen: shape (n_passages, n_labels)."""

    model: InstrumentModel
    out_of_fold: NDArray[np.float64]


def learnable(labels: Sequence[ReadLabels]) -> list[str]:
    """Labels that a head can be learned for, in the order of families and of their frequency."""
    families = list(Family)
    counts = Counter(label for read in labels for label in read.labels)
    enough = [label for label, n in counts.items() if n >= FEWEST]
    return sorted(enough, key=lambda label: (families.index(_family(label)), -counts[label], label))


def targets_of(
    labels: Sequence[ReadLabels], names: Sequence[str], written: Sequence[WrittenPassage] = ()
) -> FloatArray:
    """Shape (n_passages, n_names): 1 for yes, -1 for no, NaN where the question does not arise.

    The last of ``labels`` are those of ``written``, whose readers did not look for every label. Nobody looked for
    parts of AI systems in the others: they explain none but by exception, and count as passages that do not.
    """
    targets = np.full((len(labels), len(names)), -1.0, dtype=np.float32)
    first = len(labels) - len(written)
    for i, passage in enumerate(written, first):
        for j, name in enumerate(names):
            if not passage.was_asked(name):
                targets[i, j] = np.nan
    for j, name in enumerate(names):
        of_advice = _family(name) in FAMILIES_OF_ADVICE
        for i, read in enumerate(labels):
            if np.isnan(targets[i, j]):
                continue
            if of_advice and not read.advice:
                targets[i, j] = np.nan
            elif name in read.labels:
                targets[i, j] = 1.0
    return targets


def fit_instruments(
    labels: Sequence[ReadLabels],
    features: PassageFeatures,
    kernel: FloatArray,
    folds: NDArray[np.intp],
    anchors: NDArray[np.intp],
    n_anchors: int,
    mentions: Sequence[Mentions],
    reader_scores: FloatArray,
    version: str,
    written: Sequence[WrittenPassage] = (),
) -> FittedInstruments:
    """Heads on all passages, readings on scores made out of fold.

    The reader has learned from most of these passages, other labels though: what it seems to add is more than it adds
    on new ones. Of the families only :data:`CLOSER_FAMILIES` gain on passages that it never saw.

    Parameters
    ----------
    labels, features, mentions
        Of the training passages, in one order; those of ``written`` last.
    kernel
        :func:`~pipelines.language.linear.kernel_of` the passages with themselves.
    folds
        Fold of each passage; a document lies in one fold.
    anchors, n_anchors
        Place among the anchors of the space that made the features of each passage that is not ``written``, and how
        many anchors there are.
    reader_scores
        Log odds of the closer reader, shape (n_passages, n_scores).
    version
        Kept in the model.
    written
        Passages that are no anchors: the heads learn from their words alone.
    """
    names = learnable(labels)
    targets = targets_of(labels, names, written)
    close = [j for j, name in enumerate(names) if _family(name) in CLOSER_FAMILIES]
    closer, close_raw = fit_closer(reader_scores, targets[:, close], [names[j] for j in close], folds)
    raw = out_of_fold_scores(kernel, targets, folds, PENALTY)
    readings: dict[str, Reading] = {}
    out_of_fold = np.zeros(targets.shape)
    for j, name in enumerate(names):
        asked = np.isfinite(targets[:, j])
        inputs = inputs_of(raw[:, j], named_times(mentions, name))
        if j in close:
            inputs = np.column_stack([inputs, close_raw[:, close.index(j)]])
        reading, found = read_yes_no(inputs[asked], targets[asked, j] > 0, folds[asked], _STRENGTH)
        readings[name], out_of_fold[:, j] = reading, reading.yes(inputs)
        out_of_fold[asked, j] = found
    heads = fit_heads(features.matrix, kernel, targets, names, PENALTY)
    pull = np.zeros((n_anchors, len(names)), dtype=np.float32)
    pull[anchors] = heads.pull[: len(anchors)]
    heads = LinearHeads(heads.names, heads.weights, pull, heads.bias)
    return FittedInstruments(InstrumentModel(heads, closer, readings, version), out_of_fold)


def fit_closer(
    reader_scores: FloatArray, targets: FloatArray, names: Sequence[str], folds: NDArray[np.intp]
) -> tuple[CloserHeads, FloatArray]:
    """Ridge regression on standardised scores, and what it says of passages in folds it has not seen.

    ``targets`` are of shape (n_passages, n_names), NaN where the question does not arise.
    """
    clipped = np.clip(reader_scores, -SUREST, SUREST)
    mean, spread = clipped.mean(axis=0), np.maximum(clipped.std(axis=0), 1e-3)
    scale = spread * np.sqrt(clipped.shape[1])
    inputs = ((clipped - mean) / scale).astype(np.float64)
    raw = np.zeros(targets.shape, dtype=np.float32)
    for fold in np.unique(folds):
        weights, bias = _ridge(inputs[folds != fold], targets[folds != fold])
        raw[folds == fold] = inputs[folds == fold] @ weights + bias
    weights, bias = _ridge(inputs, targets)
    parts = (mean, scale, weights, bias)
    return CloserHeads(tuple(names), *(part.astype(np.float32) for part in parts)), raw


def _ridge(inputs: NDArray[np.float64], targets: FloatArray) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    weights, bias = np.zeros((inputs.shape[1], targets.shape[1])), np.zeros(targets.shape[1])
    for j in range(targets.shape[1]):
        asked = np.isfinite(targets[:, j])
        known, wanted = inputs[asked], targets[asked, j].astype(np.float64)
        bias[j] = wanted.mean()
        gram = known.T @ known + CLOSER_PENALTY * np.eye(inputs.shape[1])
        weights[:, j] = np.linalg.solve(gram, known.T @ (wanted - bias[j]))
    return weights, bias


def _family(label: str) -> Family:
    return Family(label.partition(".")[0])


@dataclass(frozen=True)
class Hits:
    """How often a label was right."""

    n: int
    """Passages that have it."""
    given: int
    right: int

    def __add__(self, other: Hits) -> Hits:
        return Hits(self.n + other.n, self.given + other.given, self.right + other.right)

    @property
    def precision(self) -> float:
        """Share of those given that are right."""
        return self.right / max(self.given, 1)

    @property
    def recall(self) -> float:
        """Share of those that hold that were given."""
        return self.right / max(self.n, 1)

    @property
    def f1(self) -> float:
        """Harmonic mean of both."""
        return 2 * self.right / max(self.n + self.given, 1)


def figures_of(
    labels: Sequence[ReadLabels],
    names: Sequence[str],
    probabilities: NDArray[np.float64],
    written: Sequence[WrittenPassage] = (),
) -> dict[str, Hits]:
    """Of each label, over the passages that it is asked of; ``probabilities`` of shape (n_passages, n_names).

    The last of ``labels`` are those of ``written``.
    """
    found: dict[str, Hits] = {}
    targets = targets_of(labels, names, written)
    for j, name in enumerate(names):
        asked = np.flatnonzero(np.isfinite(targets[:, j])).tolist()
        truth = np.asarray([name in labels[i].labels for i in asked])
        given = probabilities[asked, j] >= GIVEN_FROM
        found[name] = Hits(int(truth.sum()), int(given.sum()), int((truth & given).sum()))
    return found
