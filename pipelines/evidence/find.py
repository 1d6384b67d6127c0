"""Passages and a table to evidence: row, statement, relation, kind, direction, figures, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from itertools import product
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from pipelines.domain.evidence import Direction, Evidence, EvidenceKind, Figure, Level, Match, Relation
from pipelines.domain.evidence_table import Column
from pipelines.domain.passages import Passage
from pipelines.domain.themes import ThemeTags
from pipelines.evidence.figures import find_figures
from pipelines.evidence.figures_context import describe_figures
from pipelines.evidence.key_sentence import KeySentenceModel, find_key_sentence
from pipelines.evidence.model import YES_NO_QUESTIONS, Answers, EvidenceModel
from pipelines.evidence.statements import TableIndex
from pipelines.language.explain import Decision, Explainer

MAX_ROWS = 5
MAX_STATEMENTS = 5
LEAST_ROW = 0.05
"""Rows below this probability are not named. Out of fold on models/training (November 2026) it leaves the share of
passages with a right row among the first three at .942 (of .943) and names 3.1 rows a passage; 0.1 would cost .012."""
LEAST_STATEMENT = 0.02
LEAST_FLAG = 0.2
"""Passages less likely to be flagged get no key sentence: out of fold 96 in 100 of those hold no finding."""
LEAST_THEME = 0.4
WITHOUT_THEME = 0.7
"""Where the most probable theme is below ``LEAST_THEME``, the flag is multiplied by ``WITHOUT_THEME``: what bears on no
chapter is no evidence (guide of the labels). Flag F1 and wss95 out of fold .891/.813 without the rule, .889/.819 with
it; on the development set .885/.853 and .901/.877 (November 2026). Harder rules (0.5 and 0.5) win more there, .912 and
.909, and lose .030 and .011 out of fold."""

_Choice = TypeVar("_Choice", bound=StrEnum)


def find_evidence(
    passages: Sequence[Passage],
    explainer: Explainer,
    tags: Sequence[ThemeTags],
    index: TableIndex,
    model: EvidenceModel,
    answers: Answers,
    key_sentences: KeySentenceModel | None = None,
    *,
    only_flagged: bool = True,
) -> list[Evidence]:
    """What each passage says about the table, in the order of ``passages``.

    Parameters
    ----------
    passages, explainer, tags
        The passages, what explains decisions about them, and their themes.
    index
        The table to compare with; it may hold rows and statements the model has never seen.
    model
        The trained model, whose heads name the words that carried a label.
    answers
        What the models say of the passages.
    key_sentences
        Weights that choose the key sentence; without them a plain rule does.
    only_flagged
        Relation and column for flagged passages only, level for recommendations only. Without it every passage gets
        what it would get if it were one.
    """
    if not passages:
        return []
    rows_of = _best(index.row_ids, answers.rows, LEAST_ROW, MAX_ROWS)
    statements_of = _statements_of(rows_of, answers.statements, index)
    best_themes = [max(tag.probabilities.values()) for tag in tags]
    flags = [flag_given_theme(*both) for both in zip(answers.yes["flag"].tolist(), best_themes, strict=True)]
    recommendations: list[float] = answers.yes["recommendation"].tolist()
    relations = choose_relations(answers)
    kinds = _choose(EvidenceKind, answers.choices["evidence"])
    directions = _choose(Direction, answers.choices["direction"])
    levels = _choose(Level, answers.choices["level"])
    terms_of = explainer.explain(_decisions(rows_of, tags, flags, recommendations, model), model.heads.weights)
    found: list[Evidence] = []
    for i, (passage, flag, recommendation) in enumerate(zip(passages, flags, recommendations, strict=True)):
        relation, column = relations[i] if flag >= 0.5 or not only_flagged else (None, None)
        figures = _figures(passage)
        found.append(
            Evidence(
                passage_id=passage.id,
                rows=rows_of[i],
                statements=statements_of[i],
                flag=flag,
                relation=relation,
                column=column,
                kind=kinds[i] if tags[i].on_subject else EvidenceKind.NONE,
                direction=directions[i] if tags[i].on_subject else Direction.NONE,
                recommendation=recommendation,
                level=levels[i] if recommendation >= 0.5 or not only_flagged else None,
                figures=figures,
                key_sentence=find_key_sentence(passage, key_sentences, figures) if flag >= LEAST_FLAG else None,
                terms=terms_of[i],
                model_version=model.version,
                table_version=index.version,
            )
        )
    return found


def _figures(passage: Passage) -> tuple[Figure, ...]:
    found = find_figures(passage.text, passage.language)
    spans = [(s.start, s.end) for s in passage.sentences] if found else []
    return describe_figures(passage.text, passage.language, found, spans)


def flag_given_theme(flag: float, best_theme: float) -> float:
    """The flag of a passage, lowered where its most probable theme is improbable."""
    return flag if best_theme >= LEAST_THEME else flag * WITHOUT_THEME


def _choose(kind: type[_Choice], probabilities: NDArray[np.float64]) -> list[_Choice]:
    """The most probable choice of each passage, from probabilities of shape (n_passages, n_choices)."""
    choices = list(kind)
    return [choices[best] for best in probabilities.argmax(axis=1).tolist()]


_FITTING = np.asarray(
    # known, uncertain, trend
    [
        [1.0, 0.0, 1.0],  # supports: the statement is known or a trend
        [1.0, 0.0, 1.0],  # contradicts: likewise
        [0.0, 1.0, 0.0],  # narrows: the statement is uncertain
        [1.0, 1.0, 1.0],  # new: any column
    ]
)
"""Which column goes with which relation (rows in the order of Relation), after the guide of the labels."""


def choose_relations(answers: Answers) -> list[tuple[Relation, Column]]:
    """For each passage the most probable relation and column that go together."""
    together = answers.choices["relation"][:, :, None] * answers.choices["column"][:, None, :] * _FITTING
    pairs = list(product(Relation, Column))
    return [pairs[best] for best in together.reshape(len(together), len(pairs)).argmax(axis=1).tolist()]


def _best(ids: Sequence[str], scores: NDArray[np.float64], least: float, most: int) -> list[tuple[Match, ...]]:
    """For each row of ``scores``, shape (n_passages, n_ids), the best ids."""
    order = np.argsort(-scores, axis=1, kind="stable")[:, :most]
    highest = np.take_along_axis(scores, order, axis=1)
    found: list[tuple[Match, ...]] = []
    for places, best in zip(order.tolist(), highest.tolist(), strict=True):
        named: Iterable[tuple[int, float]] = zip(places, best, strict=True)
        found.append(tuple(Match(id=ids[k], score=round(score, 6)) for k, score in named if score >= least))
    return found


def _statements_of(
    rows_of: Sequence[Sequence[Match]], scores: NDArray[np.float64], index: TableIndex
) -> list[tuple[Match, ...]]:
    """For each passage the nearest statements of its rows; ``scores`` of shape (n_passages, n_statements)."""
    place = {row: r for r, row in enumerate(index.row_ids)}
    named = np.zeros((len(rows_of), len(index.row_ids)), dtype=bool)
    for i, rows in enumerate(rows_of):
        named[i, [place[row.id] for row in rows]] = True
    own = np.where(named[:, index.statement_rows], scores, 0.0)
    return _best(index.statement_ids, own, LEAST_STATEMENT, MAX_STATEMENTS)


def _decisions(
    rows_of: Sequence[Sequence[Match]],
    tags: Sequence[ThemeTags],
    flags: Sequence[float],
    recommendations: Sequence[float],
    model: EvidenceModel,
) -> list[list[Decision]]:
    """What is explained of each passage: the best row where it has a theme, its flag, and that it recommends."""
    place = {name: i for i, name in enumerate(model.heads.names)}
    flagged, recommended = (Decision(name, place[name]) for name in YES_NO_QUESTIONS)
    decisions: list[list[Decision]] = []
    for rows, tag, flag, recommendation in zip(rows_of, tags, flags, recommendations, strict=True):
        of_passage: list[Decision] = []
        if rows and f"row.{rows[0].id}" in place and tag.given():
            row = rows[0].id
            of_passage.append(Decision(row, place[f"row.{row}"], model.row_concepts.get(row, frozenset())))
        if flag >= 0.5:
            of_passage.append(flagged)
        if recommendation >= 0.5:
            of_passage.append(recommended)
        decisions.append(of_passage)
    return decisions
