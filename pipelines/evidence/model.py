"""The evidence model: linear heads, the statements of the table, and readings that weigh them together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.domain.evidence import CHOICES
from pipelines.evidence.statements import StatementMatcher, TableIndex, row_inputs, summarise
from pipelines.language.concepts import Lexicon
from pipelines.language.encoder import FloatArray
from pipelines.language.features import FeatureSpace, PassageFeatures
from pipelines.language.linear import LinearHeads, Reading

YES_NO_QUESTIONS = ("flag", "recommendation")


def head_names(row_ids: Sequence[str], statement_ids: Sequence[str]) -> tuple[str, ...]:
    """Names of all heads: rows, questions and their answers, statements."""
    return (
        *(f"row.{row}" for row in row_ids),
        *YES_NO_QUESTIONS,
        *(f"{question}.{answer}" for question, answers in CHOICES.items() for answer in answers),
        *(f"statement.{statement}" for statement in statement_ids),
    )


@dataclass(frozen=True)
class Answers:
    """What the model says of passages, in their order.

    Attributes
    ----------
    rows
        Probability per row of the table, shape (n_passages, n_rows).
    statements
        Probability per statement of the table, shape (n_passages, n_statements).
    yes
        Per yes-or-no question the probability, shape (n_passages,).
    choices
        Per question the probabilities of its answers, shape (n_passages, n_answers).
    """

    rows: NDArray[np.float64]
    statements: NDArray[np.float64]
    yes: Mapping[str, NDArray[np.float64]]
    choices: Mapping[str, NDArray[np.float64]]


@dataclass(frozen=True)
class EvidenceModel:
    """All that is learned about evidence.

    Attributes
    ----------
    heads
        Named as :func:`head_names` says.
    readings
        ``flag``, ``recommendation`` and the questions of
        :data:`~pipelines.domain.evidence.CHOICES`, and ``row`` (one for all rows).
    row_concepts
        Per row the concepts of the lexicon that point to it.
    """

    heads: LinearHeads
    readings: Mapping[str, Reading]
    matcher: StatementMatcher
    space: FeatureSpace
    row_concepts: Mapping[str, frozenset[str]]
    version: str

    def answer(self, features: PassageFeatures, themes: NDArray[np.float64], index: TableIndex) -> Answers:
        """Answers about passages; ``features`` and probabilities of ``themes`` (n_passages, 5) are theirs."""
        raw = self.heads.scores(features.matrix, features.nearness)
        return self.read(raw, log_odds(themes), features, index)

    def read(
        self, raw: FloatArray, themes: NDArray[np.float64], features: PassageFeatures, index: TableIndex
    ) -> Answers:
        """Answers from raw head scores (made out of fold in training)."""
        inputs, rows, logits = gather_inputs(self.heads.names, self.matcher, raw, themes, features, index)
        return Answers(
            self.readings["row"].yes(row_inputs(rows, themes, logits, index)),
            1 / (1 + np.exp(-logits)),
            {name: self.readings[name].yes(inputs[name]) for name in YES_NO_QUESTIONS},
            {name: self.readings[name].probabilities(inputs[name]) for name in CHOICES},
        )

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Plain arrays for a model file."""
        matcher = self.matcher
        arrays = self.heads.to_arrays("evidence.heads")
        for name, reading in {
            **self.readings,
            "pair.known": matcher.known,
            "pair.new": matcher.new,
            "pair.new_row": matcher.new_row,
        }.items():
            arrays |= reading.to_arrays(f"evidence.{name}")
        arrays["evidence.known_ids"] = np.asarray(matcher.known_ids, dtype=np.str_)
        arrays["evidence.known_vectors"] = matcher.known_vectors
        arrays["evidence.cosines"] = np.asarray([matcher.cosine_mean, matcher.cosine_scale])
        return arrays

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, NDArray[Any]], space: FeatureSpace, lexicon: Lexicon, version: str
    ) -> EvidenceModel:
        """The inverse of :meth:`to_arrays`; raises ``KeyError`` where an array is missing."""
        heads = LinearHeads.from_arrays(arrays, "evidence.heads")

        def reading(name: str) -> Reading:
            return Reading.from_arrays(arrays, f"evidence.{name}")

        mean, scale = (float(x) for x in arrays["evidence.cosines"])
        matcher = StatementMatcher(
            tuple(str(name) for name in arrays["evidence.known_ids"]),
            arrays["evidence.known_vectors"],
            mean,
            scale,
            reading("pair.known"),
            reading("pair.new"),
            reading("pair.new_row"),
        )
        readings = {name: reading(name) for name in (*YES_NO_QUESTIONS, *CHOICES, "row")}
        return cls(heads, readings, matcher, space, concepts_of_rows(lexicon), version)


def concepts_of_rows(lexicon: Lexicon) -> Mapping[str, frozenset[str]]:
    """Per row id the concepts that point to it."""
    rows = sorted({row for concept in lexicon.concepts for row in concept.rows})
    return {row: frozenset(c.id for c in lexicon.concepts if row in c.rows) for row in rows}


def columns_of(names: Sequence[str], prefix: str) -> NDArray[np.intp]:
    """Columns of the heads whose name begins with ``prefix``."""
    return np.asarray([i for i, name in enumerate(names) if name.startswith(prefix)], dtype=np.intp)


def log_odds(probabilities: NDArray[Any]) -> NDArray[np.float64]:
    """Log odds, kept within what 1 in 10,000 has."""
    clipped = np.clip(probabilities, 1e-4, 1 - 1e-4)
    return np.log(clipped / (1 - clipped))


_SEEN: dict[str, tuple[str, ...]] = {
    "flag": ("questions", "statements"),
    "recommendation": ("questions", "statements", "cues"),
    "relation": ("questions", "statements", "form"),
    "column": ("questions", "statements"),
    "evidence": ("questions", "rows", "themes", "statements", "cues", "form"),
    "direction": ("questions", "statements", "cues"),
    "level": ("questions",),
}
"""What the reading of each question sees, chosen out of fold on models/training and on the development set, in that
order (F1; average precision for the flag; all parts, then the chosen ones): flag .966/.967 to .963/.974,
recommendation .787/.762 to .794/.828, relation .522/.457 to .540/.564, column .654/.724 to .675/.713,
direction .573/.540 to .571/.564, level .841/.850 to .850/.895; evidence .829/.834 with all. Cues and form describe the
writer as much as the finding, and do not carry over to other authors where the heads already know enough."""


def gather_inputs(
    names: Sequence[str],
    matcher: StatementMatcher,
    raw: FloatArray,
    themes: NDArray[np.float64],
    features: PassageFeatures,
    index: TableIndex,
) -> tuple[dict[str, NDArray[np.float64]], NDArray[np.float64], NDArray[np.float64]]:
    """Inputs of the reading of each question, scores of the rows, and log odds of the statements.

    The answers of one question help another (a forecast is seldom a recommendation), so every reading sees the heads
    of all questions; those of statements reach it summed up (:func:`~pipelines.evidence.statements.summarise`).
    """
    row_columns = columns_of(names, "row.")
    trained = {names[c].removeprefix("row."): raw[:, c] for c in map(int, row_columns)}
    likeness = matcher.likeness(features.vectors, index)
    rows = matcher.row_scores(likeness, trained, index)
    logits = matcher.logits(likeness, raw[:, columns_of(names, "statement.")], rows, index)
    parts = {
        "rows": raw[:, row_columns],
        "questions": raw[:, len(row_columns) : len(names) - len(matcher.known_ids)],
        "statements": summarise(logits, index),
        "themes": themes,
        "cues": features.cues,
        "form": features.form,
    }
    inputs = {
        question: np.column_stack([parts[part] for part in seen]).astype(np.float64) for question, seen in _SEEN.items()
    }
    return inputs, rows, logits
