"""Models before and after learning, compared on passages from which neither learned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from flows.learn_records import Comparison, Difference
from flows.tagging_figures import Prediction, average_precision, f1
from pipelines.domain.evidence import Relation
from pipelines.domain.themes import Theme
from pipelines.language.lessons import Lesson
from pipelines.language.training_set import TrainingPassage

FIGURES = ("flag_f1", "flag_ap", "theme_f1", "row_r1", "relation_f1")
"""On what the inbox and the table rest: what is shown and in which order, and where it is put."""
LABEL_FIGURES = ("theme_f1", "row_r1", "relation_f1")
"""Those that do not hang on the flag."""
_DRAWS = 400
"""Resamplings; the bounds of an interval then move by about .001 with the seed (1,147 passages)."""


@dataclass(frozen=True)
class _Marked:
    """Truth and answers of passages as arrays; where a question is not answered ``known`` is false."""

    flag: NDArray[np.bool_]
    flag_known: NDArray[np.bool_]
    flag_score: NDArray[np.float64]
    themes: NDArray[np.bool_]
    themes_known: NDArray[np.bool_]
    themes_given: NDArray[np.bool_]
    row_right: NDArray[np.bool_]
    row_known: NDArray[np.bool_]
    relation: NDArray[np.intp]
    """-1 where the question does not arise."""
    relation_given: NDArray[np.intp]

    def figures(self, chosen: NDArray[np.intp]) -> dict[str, float]:
        """Figures of :data:`FIGURES` over the passages ``chosen`` as far as they can be taken, and means of them."""
        found: dict[str, float] = {}
        on_flag = chosen[self.flag_known[chosen]]
        flag, score = self.flag[on_flag], self.flag_score[on_flag]
        if flag.any() and not flag.all():
            found["flag_f1"] = f1(flag, score >= 0.5)
            found["flag_ap"] = average_precision(flag, score)
        on_themes = chosen[self.themes_known[chosen]]
        there = self.themes[on_themes].any(axis=0)
        if there.any():
            truth, given = self.themes[on_themes][:, there], self.themes_given[on_themes][:, there]
            found["theme_f1"] = float(np.mean([f1(truth[:, j], given[:, j]) for j in range(truth.shape[1])]))
        on_rows = chosen[self.row_known[chosen]]
        if len(on_rows):
            found["row_r1"] = float(self.row_right[on_rows].mean())
        asked = chosen[self.relation[chosen] >= 0]
        if len(asked):
            truth, given = self.relation[asked], self.relation_given[asked]
            found["relation_f1"] = float(np.mean([f1(truth == k, given == k) for k in np.unique(truth)]))
        if labels := [found[name] for name in LABEL_FIGURES if name in found]:
            found["labels"] = float(np.mean(labels))
        if found:
            found["score"] = float(np.mean([found[name] for name in FIGURES if name in found]))
        return found


def _mark(passages: Sequence[TrainingPassage | Lesson], answers: Sequence[Prediction]) -> _Marked:
    relations = list(Relation)
    return _Marked(
        flag=np.asarray([bool(p.flag) for p in passages]),
        flag_known=np.asarray([p.flag is not None for p in passages]),
        flag_score=np.asarray([q.flag for q in answers]),
        themes=np.asarray([[theme in (p.themes or ()) for theme in Theme] for p in passages]),
        themes_known=np.asarray([p.themes is not None for p in passages]),
        themes_given=np.asarray([[q.themes[theme] >= 0.5 for theme in Theme] for q in answers]),
        row_right=np.asarray(
            [bool(set(q.rows[:1]) & set(p.rows or ())) for p, q in zip(passages, answers, strict=True)]
        ),
        row_known=np.asarray([bool(p.rows) for p in passages]),
        relation=np.asarray([-1 if p.relation is None else relations.index(p.relation) for p in passages]),
        relation_given=np.asarray([relations.index(Relation(q.choices["relation"])) for q in answers]),
    )


def compare(
    passages: Sequence[TrainingPassage | Lesson],
    before: Sequence[Prediction],
    after: Sequence[Prediction],
    seed: int = 0,
) -> Comparison:
    """Figures before and after, and their differences with intervals.

    The interval is the paired bootstrap over documents: passages of one document are drawn together, and both models
    are measured on the same draw (Efron and Tibshirani 1993, An Introduction to the Bootstrap, chapter 13).

    Parameters
    ----------
    passages
        With their labels; only those that are known are looked at.
    before, after
        What the models say of the passages, in their order.
    seed
        Of the resampling.
    """
    marked = _mark(passages, before), _mark(passages, after)
    documents: dict[str, list[int]] = {}
    for place, passage in enumerate(passages):
        documents.setdefault(passage.doc, []).append(place)
    groups = [np.asarray(places, dtype=np.intp) for _, places in sorted(documents.items())]
    whole = np.arange(len(passages))
    first, second = (marks.figures(whole) for marks in marked)
    chance = np.random.default_rng(seed)
    drawn: dict[str, list[float]] = {name: [] for name in first}
    for _ in range(_DRAWS):
        chosen = np.concatenate([groups[g] for g in chance.integers(len(groups), size=len(groups))])
        one, other = (marks.figures(chosen) for marks in marked)
        for name in drawn.keys() & one.keys():
            drawn[name].append(other[name] - one[name])
    difference = {}
    for name, values in drawn.items():
        low, high = np.quantile(values, [0.025, 0.975]) if values else (-1.0, 1.0)
        difference[name] = Difference(
            mean=_round(second[name] - first[name]), low=_round(float(low)), high=_round(float(high))
        )
    return Comparison(
        n_passages=len(passages),
        n_documents=len(groups),
        before={name: _round(value) for name, value in first.items()},
        after={name: _round(value) for name, value in second.items()},
        difference=difference,
    )


def _round(value: float) -> float:
    return round(value, 4)
