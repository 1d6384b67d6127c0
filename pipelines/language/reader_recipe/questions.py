"""The questions that the closer reader answers, and the answers that labelled passages give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.domain.evidence import CHOICES
from pipelines.domain.themes import Theme
from pipelines.language.encoder import FloatArray
from pipelines.language.training_set import TrainingPassage

NOT_ASKED = -100
"""In :attr:`Targets.choices` where a question does not arise (the relation of a passage that is not flagged)."""


@dataclass(frozen=True)
class Questions:
    """Names of the scores: yes-or-no questions first, then the answers of each choice.

    Attributes
    ----------
    row_ids, statement_ids
        Of the table that the passages were labelled against.
    """

    row_ids: tuple[str, ...]
    statement_ids: tuple[str, ...]

    @property
    def yes_no(self) -> tuple[str, ...]:
        return (
            *(f"theme.{theme.value}" for theme in Theme),
            *(f"row.{row}" for row in self.row_ids),
            "flag",
            "recommendation",
            *(f"statement.{statement}" for statement in self.statement_ids),
        )

    @property
    def heads(self) -> tuple[str, ...]:
        return (*self.yes_no, *(f"{question}.{answer}" for question, all_ in CHOICES.items() for answer in all_))

    @property
    def rows(self) -> slice:
        """Where the rows stand among the yes-or-no questions."""
        return slice(len(Theme), len(Theme) + len(self.row_ids))


@dataclass(frozen=True)
class Targets:
    """What the labels say.

    Attributes
    ----------
    yes
        1 for yes, shape (n_passages, n_yes_no).
    choices
        Index of the answer or :data:`NOT_ASKED`, shape (n_passages, n_choices).
    """

    yes: FloatArray
    choices: NDArray[np.int64]


def targets_of(passages: Sequence[TrainingPassage], questions: Questions) -> Targets:
    """Targets of ``passages``, in their order."""
    place = {name: i for i, name in enumerate(questions.yes_no)}
    yes = np.zeros((len(passages), len(place)), dtype=np.float32)
    choices = np.full((len(passages), len(CHOICES)), NOT_ASKED, dtype=np.int64)
    for i, passage in enumerate(passages):
        given = [f"theme.{theme.value}" for theme in passage.themes]
        given += [f"row.{row}" for row in passage.rows]
        given += [f"statement.{statement}" for statement in passage.statements]
        given += ["flag"] * passage.flag + ["recommendation"] * passage.recommendation
        yes[i, [place[name] for name in given]] = 1
        for k, (question, answers) in enumerate(CHOICES.items()):
            answer = getattr(passage, question)
            if answer is not None:
                choices[i, k] = answers.index(answer)
    return Targets(yes, choices)
