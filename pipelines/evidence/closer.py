"""The second stage: what the linear models say and what the closer reader says, weighed together.

The reader is slow (a hundred passages a second and core), so it reads only what the linear models think may have a
theme, be evidence or be advice; the rest keeps their answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.domain.evidence import CHOICES
from pipelines.domain.themes import Theme
from pipelines.evidence.model import YES_NO_QUESTIONS, Answers, log_odds
from pipelines.evidence.statements import TableIndex
from pipelines.language.encoder import FloatArray
from pipelines.language.linear import Reading

LEAST_FLAG, LEAST_THEME, UNSURE_ADVICE = 0.1, 0.3, (0.4, 0.8)
"""By the linear models, passages that may be flagged, that may have a theme, and that may be advice or not are read
again. On the development set (F1 of theme, flag, recommendation), and share read of 936 passages of real documents:
all .838, .922, .935 (100 %); without the bound of advice .838, .922, .889 (36 %); a flag of .05 alone .845, .922, .889
(13 %); of .03, or advice: .836, .922, .951 (31 %), but passages of government guidelines that a reader gives no theme
then have one 73 times instead of 45; none .829, .910, .844."""

_PREFIX, _SURE = "net.", "sure."

SUREST = 4.0
"""Scores of the reader beyond this count as this where a part is marked ``sure.``: on rare answers it is surer than it
is right. F1 on the held-out part and on the development set without and with: relation .605/.557 and .608/.609,
recommendation .856/.892 and .864/.906; themes and flag lose by it."""

_BOTH = tuple(part for question in ("theme", *YES_NO_QUESTIONS, *CHOICES) for part in (question, _PREFIX + question))
SEEN: dict[str, tuple[str, ...]] = {
    "theme": ("theme", "net.theme", "flag", "net.flag", "net.evidence", "dutch"),
    "flag": (*_BOTH, "dutch"),
    "recommendation": ("recommendation", "sure.recommendation", "evidence", "sure.evidence", "dutch"),
    "relation": ("relation", "sure.relation", "column", "sure.column", "dutch"),
    "column": ("column", "net.column", "dutch"),
    "evidence": ("evidence", "net.evidence", "flag", "net.flag", "dutch"),
    "direction": ("direction", "net.direction", "dutch"),
    "level": ("level", "net.level", "dutch"),
}
"""What the reading of each question sees: log odds (of choices: log probabilities) of the linear models and of the
reader, and the language. The flag sees all: F1 .913 and wss95 .861 on the development set, against .897 and .829 with
flag, theme and evidence only."""


@dataclass(frozen=True)
class StageAnswers:
    """What one stage says of passages, or both.

    Attributes
    ----------
    themes
        Probabilities, shape (n_passages, 5).
    answers
        The other questions.
    """

    themes: NDArray[np.float64]
    answers: Answers

    def __getitem__(self, chosen: NDArray[np.intp]) -> StageAnswers:
        a = self.answers
        return StageAnswers(
            self.themes[chosen],
            Answers(
                a.rows[chosen],
                a.statements[chosen],
                {name: value[chosen] for name, value in a.yes.items()},
                {name: value[chosen] for name, value in a.choices.items()},
            ),
        )

    def followed_by(self, others: StageAnswers) -> StageAnswers:
        """These passages and then those of ``others``."""

        def joined(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.concatenate([one, other])

        a, b = self.answers, others.answers
        return StageAnswers(
            joined(self.themes, others.themes),
            Answers(
                joined(a.rows, b.rows),
                joined(a.statements, b.statements),
                {name: joined(value, b.yes[name]) for name, value in a.yes.items()},
                {name: joined(value, b.choices[name]) for name, value in a.choices.items()},
            ),
        )

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Plain arrays for a file."""
        a = self.answers
        many = {"rows": a.rows, "statements": a.statements, **a.yes, **a.choices}
        return {name: value.astype(np.float16) for name, value in ({"themes": self.themes} | many).items()}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> StageAnswers:
        """The inverse of :meth:`to_arrays`; raises ``KeyError`` where an array is missing."""
        found = {name: array.astype(np.float64) for name, array in arrays.items()}
        yes = {name: found[name] for name in YES_NO_QUESTIONS}
        answers = Answers(found["rows"], found["statements"], yes, {name: found[name] for name in CHOICES})
        return cls(found["themes"], answers)

    def put(self, chosen: NDArray[np.intp], others: StageAnswers) -> StageAnswers:
        """These with ``others`` in the places ``chosen``."""

        def replaced(old: NDArray[np.float64], new: NDArray[np.float64]) -> NDArray[np.float64]:
            both = old.copy()
            both[chosen] = new
            return both

        a, b = self.answers, others.answers
        return StageAnswers(
            replaced(self.themes, others.themes),
            Answers(
                replaced(a.rows, b.rows),
                replaced(a.statements, b.statements),
                {name: replaced(value, b.yes[name]) for name, value in a.yes.items()},
                {name: replaced(value, b.choices[name]) for name, value in a.choices.items()},
            ),
        )


@dataclass(frozen=True)
class CloserReading:
    """Readings of both stages together.

    Attributes
    ----------
    heads
        Names of the reader's scores, in its order.
    readings
        ``theme.NAME`` for each theme, ``flag``, ``recommendation``, the questions of
        :data:`~pipelines.domain.evidence.CHOICES`, and ``row`` (one for all rows).
    reader_version
        The reader whose scores they were fitted on.
    """

    heads: tuple[str, ...]
    readings: Mapping[str, Reading]
    reader_version: str

    def read(
        self, first: StageAnswers, scores: FloatArray, languages: Sequence[str], index: TableIndex
    ) -> StageAnswers:
        """Both stages together; ``scores`` of shape (n_passages, n_heads) are the reader's, ``languages`` the texts'.

        Statements, and rows that the reader has never seen, keep what the linear models say.
        """
        inputs = gather_closer_inputs(self.heads, first, scores, languages)
        themes = np.stack([self.readings[f"theme.{theme.value}"].yes(inputs["theme"]) for theme in Theme], axis=1)
        known, pairs = row_pairs(self.heads, first, scores, index)
        rows = first.answers.rows.copy()
        rows[:, known] = self.readings["row"].yes(pairs)
        return StageAnswers(
            themes,
            Answers(
                rows,
                first.answers.statements,
                {name: self.readings[name].yes(inputs[name]) for name in YES_NO_QUESTIONS},
                {name: self.readings[name].probabilities(inputs[name]) for name in CHOICES},
            ),
        )

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Plain arrays for a model file."""
        arrays: dict[str, NDArray[Any]] = {
            "closer.heads": np.asarray(self.heads, dtype=np.str_),
            "closer.reader": np.asarray(self.reader_version),
        }
        for name, reading in self.readings.items():
            arrays |= reading.to_arrays(f"closer.{name}")
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> CloserReading:
        """The inverse of :meth:`to_arrays`; raises ``KeyError`` where an array is missing."""
        names = (*(f"theme.{theme.value}" for theme in Theme), *YES_NO_QUESTIONS, *CHOICES, "row")
        return cls(
            tuple(str(name) for name in arrays["closer.heads"]),
            {name: Reading.from_arrays(arrays, f"closer.{name}") for name in names},
            str(arrays["closer.reader"]),
        )


def worth_reading(first: StageAnswers) -> NDArray[np.intp]:
    """Places of the passages that the reader should read."""
    flag, advice = first.answers.yes["flag"], first.answers.yes["recommendation"]
    least, most = UNSURE_ADVICE
    may_matter = (flag >= LEAST_FLAG) | (first.themes.max(axis=1, initial=0) >= LEAST_THEME)
    return np.flatnonzero(may_matter | ((advice >= least) & (advice <= most)))


def gather_closer_inputs(
    heads: Sequence[str], first: StageAnswers, scores: FloatArray, languages: Sequence[str]
) -> dict[str, NDArray[np.float64]]:
    """What the reading of each question sees, each of shape (n_passages, n); see :data:`SEEN`."""
    parts = gather_parts(heads, first, scores, languages)
    return {question: np.column_stack([parts[part] for part in seen]) for question, seen in SEEN.items()}


def gather_parts(
    heads: Sequence[str], first: StageAnswers, scores: FloatArray, languages: Sequence[str]
) -> dict[str, NDArray[np.float64]]:
    """Blocks of inputs by name, each of shape (n_passages, n); ``net.`` and ``sure.`` mark the reader's."""
    parts: dict[str, NDArray[np.float64]] = {
        "theme": log_odds(first.themes),
        "net.theme": _scores_of(heads, scores, [f"theme.{theme.value}" for theme in Theme]),
        "dutch": np.asarray([[float(language == "nl")] for language in languages]).reshape(-1, 1),
    }
    for question in YES_NO_QUESTIONS:
        parts[question] = log_odds(first.answers.yes[question])[:, None]
    for question in CHOICES:
        parts[question] = np.log(np.clip(first.answers.choices[question], 1e-4, 1))
    for prefix, kept in ((_PREFIX, scores), (_SURE, np.clip(scores, -SUREST, SUREST))):
        for question in YES_NO_QUESTIONS:
            parts[prefix + question] = _scores_of(heads, kept, [question])
        for question, answers in CHOICES.items():
            given = _scores_of(heads, kept, [f"{question}.{answer}" for answer in answers])
            highest = given.max(axis=1, keepdims=True, initial=-100)
            parts[prefix + question] = given - highest - np.log(np.exp(given - highest).sum(axis=1, keepdims=True))
    return parts


def row_pairs(
    heads: Sequence[str], first: StageAnswers, scores: FloatArray, index: TableIndex
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Rows of ``index`` that the reader knows, and what tells whether a passage bears on each.

    The latter of shape (n_passages, n_known, 6): log odds by the linear models, the same less the best; the reader's
    score, the same less the best; the row's theme by the one and by the other.
    """
    known = [r for r, row in enumerate(index.row_ids) if f"row.{row}" in heads]
    ours = log_odds(first.answers.rows)[:, known]
    theirs = _scores_of(heads, scores, [f"row.{index.row_ids[r]}" for r in known])
    of_theme = index.row_themes[known]
    net_themes = _scores_of(heads, scores, [f"theme.{theme.value}" for theme in Theme])
    pairs = np.stack(
        [
            ours,
            ours - ours.max(axis=1, keepdims=True, initial=-10),
            theirs,
            theirs - theirs.max(axis=1, keepdims=True, initial=-100),
            log_odds(first.themes)[:, of_theme],
            net_themes[:, of_theme],
        ],
        axis=2,
    )
    return np.asarray(known, dtype=np.intp), pairs


def _scores_of(heads: Sequence[str], scores: FloatArray, names: Sequence[str]) -> NDArray[np.float64]:
    return scores[:, [heads.index(name) for name in names]].astype(np.float64)
