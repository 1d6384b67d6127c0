"""What comes first in the inbox: items by their expected use for the evidence table.

An item is a passage, or a group of near-duplicates that is decided once. The order is greedy: the item of most use
comes first, then the one of most use given the first, and so on, as in maximal marginal relevance (Carbonell and
Goldstein, SIGIR 1998). What was said before counts by the *finding* that an item seems to bring (row, relation,
statement). Only for new points, for which the table has no statement, does nearness of vectors tell whether two items
say the same.

Weights were chosen by simulation on one half of the documents of ``models/training`` with predictions out of sight, and
measured on the other (``benchmarks/reading_saved.py``, November 2026). Half of the distinct findings takes .85 of the
reading that it takes by probability alone (.88 in scans as in real documents), 80 % of them .85 (.86), half of the
contradictions .41 (.59). The price: half of all evidence takes 1.01 (1.04), and one scan in some goes the other way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from pipelines.domain.evidence import EvidenceKind, Relation
from pipelines.domain.evidence_table import Column
from pipelines.language.encoder import FloatArray
from pipelines.review.candidates import Candidate, Parts, Placed, Reason, Weights

_IMPACT: Mapping[Relation | None, float] = MappingProxyType(
    {Relation.CONTRADICTS: 1.0, Relation.NARROWS: 0.75, Relation.NEW: 0.6, Relation.SUPPORTS: 0.3, None: 0.3}
)
"""What may change the table goes before what confirms it. The steps follow what an editor does with each: change a
statement, sharpen one, write one, add a source."""
_KNOWN_BONUS = 0.1
"""By how much contradicting a trend has less impact than contradicting what is known."""
_STRENGTH: Mapping[EvidenceKind, float] = MappingProxyType(
    {
        EvidenceKind.EMPIRICAL: 1.0,
        EvidenceKind.REVIEW: 1.0,
        EvidenceKind.FORECAST: 0.7,
        EvidenceKind.OPINION: 0.3,
        EvidenceKind.NONE: 0.3,
    }
)
_STRENGTH_SHARE = 0.5
"""Share of the impact that depends on the kind of evidence. Reading until half, 80 and 95 % of the findings, against
probability alone (mean over both kinds of scan): .92 without it, .90 with 0.5 or more."""

_REPEATED, _ROW_REPEATED, _SOURCE_REPEATED = 0.5, 0.1, 0.1
"""How fast use falls with what is placed already: ``1 / (1 + rate * n)``, so that it falls on for ever and never to
nothing. Of findings .916 with 0.5, .918 with 1 and .915 with 2 of the reading by probability; of contradictions .906,
.912 and .921. Faster rates for row and source made no difference of .005."""
_APART, _SAME = 0.2, 0.5
"""Cosine of two new points of a row from which they begin to count as one, and do so wholly. Labelled passages of one
finding have a median of .40 (5 in 100 above .60), of one row .35, of different rows .29."""

_PLAIN: Mapping[Relation | None, Reason] = MappingProxyType(
    {Relation.NARROWS: Reason.NARROWS, Relation.NEW: Reason.NEW_POINT, Relation.SUPPORTS: Reason.SUPPORTS}
)

UNSURE = 0.4
"""Part of uncertainty from which a reader is told so: a flag between .2 and .8, where 18 in 100 flags are wrong on the
development set, and 5 in 100 outside."""
OFTEN_SAID = 0.5
"""Novelty up to which a reader is told that others said it: about two items before it with the same finding."""


def order_inbox(
    candidates: Sequence[Candidate],
    vectors: FloatArray | None = None,
    accepted: Sequence[Candidate] = (),
    weights: Weights | None = None,
) -> list[Placed]:
    """``candidates`` by expected use, the most useful first.

    Parameters
    ----------
    candidates
        What is still to be read, in any order: the result does not depend on it.
    vectors
        Shape (n, dimensions), unit length, of candidates and accepted items (:attr:`Candidate.vector_index`). Without
        them all new points of a row count as one finding.
    accepted
        What readers accepted since the table was last revised, with the labels they gave it. What a revision has taken
        up need not be given: the models compare with the statements of the table themselves.
    weights
        Others than the measured ones, for measuring.

    Notes
    -----
    Time grows with the square of the number of candidates, since each is compared with those like it: 0.7 seconds for
    6,000 on one core. Memory beyond ``vectors`` grows with their number.

    Raises
    ------
    ValueError
        An item occurs twice among the candidates.
    """
    chosen = sorted(candidates, key=_without_scores)
    if len({c.item_id for c in chosen}) != len(chosen):
        raise ValueError("an item is given twice")
    weights = weights or Weights()
    inbox = _Inbox.of(chosen, vectors)
    for item in accepted:
        inbox.take_up(item, 1.0, _vector_of(item, vectors))
    placed: list[Placed] = []
    scores = inbox.scores(weights)
    for rank in range(1, len(chosen) + 1):
        i = int(scores.argmax())
        parts = inbox.parts(i)
        reasons = reasons_of(chosen[i], parts, first=inbox.is_first(i))
        placed.append(Placed(chosen[i].item_id, rank, round(float(scores[i]), 6), parts, reasons))
        like_it = inbox.place(i, _vector_of(chosen[i], vectors))
        scores[like_it] = inbox.scores(weights, like_it)
    return placed


def reasons_of(candidate: Candidate, parts: Parts, *, first: tuple[bool, bool]) -> tuple[Reason, ...]:
    """Why an item stands where it does; ``first`` says whether it is the first of its row and of its statement."""
    found: list[Reason] = []
    if candidate.relation is Relation.CONTRADICTS:
        found.append(Reason.CONTRADICTS_TREND if candidate.column is Column.TREND else Reason.CONTRADICTS_KNOWN)
    if candidate.row_ids and first[0]:
        found.append(Reason.FIRST_FOR_ROW)
    elif candidate.relation is not None and not candidate.new_point and first[1]:
        found.append(Reason.FIRST_FOR_STATEMENT)
    if candidate.relation in _PLAIN:
        found.append(_PLAIN[candidate.relation])
    if parts.novelty <= OFTEN_SAID:
        found.append(Reason.SAID_BEFORE)
    if parts.uncertainty >= UNSURE:
        found.append(Reason.UNSURE)
    return tuple(found[:3])


def impact_of(candidate: Candidate) -> float:
    """How much an item may change the table, from 0 to 1, if it is what the models take it for."""
    impact = _IMPACT[candidate.relation]
    if candidate.relation is Relation.CONTRADICTS and candidate.column is not Column.KNOWN:
        impact -= _KNOWN_BONUS
    return impact * (1 - _STRENGTH_SHARE + _STRENGTH_SHARE * _STRENGTH[candidate.kind])


def _without_scores(candidate: Candidate) -> tuple[float, float, int, int, str]:
    """Order among items of equal score: probability, nearness, number of places printed, year, and at last the id."""
    return (
        -candidate.flag,
        -candidate.statement_score,
        -candidate.n_duplicates,
        -(candidate.year or 0),
        candidate.item_id,
    )


def _vector_of(candidate: Candidate, vectors: FloatArray | None) -> FloatArray | None:
    return None if vectors is None or candidate.vector_index is None else vectors[candidate.vector_index]


_Where = slice | NDArray[np.intp]


@dataclass
class _Inbox:
    """The items still to be placed and what is known of those before them; arrays of shape (n_candidates,)."""

    probability: NDArray[np.float64]
    impact: NDArray[np.float64]
    members: dict[tuple[str, object], NDArray[np.intp]]
    """Places of the items with the same finding, row, document or source."""
    own_vectors: FloatArray | None
    """Shape (n_candidates, dimensions); a row of zeros for an item without a vector."""
    keys: list[tuple[tuple[str, object], ...]]
    before: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    """Per aspect how many items like it stand before it, each weighed by its probability."""
    open: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=np.bool_))

    @classmethod
    def of(cls, candidates: Sequence[Candidate], vectors: FloatArray | None) -> _Inbox:
        """Nothing placed yet."""
        n = len(candidates)
        keys = [_aspects(c) for c in candidates]
        members: dict[tuple[str, object], list[int]] = {}
        for i, own in enumerate(keys):
            for key in own:
                members.setdefault(key, []).append(i)
        own_vectors = None
        if vectors is not None:
            places = np.asarray([-1 if c.vector_index is None else c.vector_index for c in candidates], dtype=np.intp)
            own_vectors = np.where(places[:, None] >= 0, vectors[places], 0).astype(np.float32) if n else None
        return cls(
            np.asarray([c.flag for c in candidates], dtype=np.float64),
            np.asarray([impact_of(c) for c in candidates], dtype=np.float64),
            {key: np.asarray(places, dtype=np.intp) for key, places in members.items()},
            own_vectors,
            keys,
            {aspect: np.zeros(n) for aspect in ("finding", "row", "document", "source")},
            np.ones(n, dtype=np.bool_),
        )

    def scores(self, weights: Weights, where: _Where = slice(None)) -> NDArray[np.float64]:
        """Of all items, or of those in some places; -1 for those that are placed."""
        novelty, row, source = self._fallen(where)
        use = (
            weights.any_use
            + weights.impact * self.impact[where]
            + weights.novelty * novelty
            + weights.row * row
            + weights.source * source
        )
        probability = self.probability[where]
        scores = probability * use + weights.uncertainty * _uncertainty(probability)
        return np.where(self.open[where], scores, -1.0)

    def parts(self, i: int) -> Parts:
        """Of item ``i`` as things stand."""
        probability = self.probability[i : i + 1]
        values = (probability, self.impact[i : i + 1], *self._fallen(slice(i, i + 1)), _uncertainty(probability))
        return Parts(*(round(float(value[0]), 6) for value in values))

    def is_first(self, i: int) -> tuple[bool, bool]:
        """Whether nothing of its row, and nothing with its finding, stands before item ``i``."""
        return bool(self.before["row"][i] == 0), bool(self.before["finding"][i] == 0)

    def place(self, i: int, vector: FloatArray | None) -> _Where:
        """Item ``i`` gets the next place; returns where the scores are others now.

        Half of the items or more are faster worked out with all others than picked out.
        """
        self.open[i] = False
        self._count(self.keys[i], float(self.probability[i]), vector)
        like_it = [self.members[key] for key in self.keys[i]]
        return np.concatenate(like_it) if 2 * sum(map(len, like_it)) < len(self.open) else slice(None)

    def take_up(self, item: Candidate, weight: float, vector: FloatArray | None) -> None:
        """``item``, which is no candidate, stands before all others."""
        self._count(_aspects(item), weight, vector)

    def _count(self, keys: Sequence[tuple[str, object]], weight: float, vector: FloatArray | None) -> None:
        for key in keys:
            aspect, places = key[0], self.members.get(key)
            if places is None:
                continue
            if aspect == "new point":
                self.before["finding"][places] += weight * self._nearness(places, vector)
            else:
                self.before[aspect][places] += weight

    def _nearness(self, places: NDArray[np.intp], vector: FloatArray | None) -> NDArray[np.float64]:
        """How far items say the same as the one with ``vector``, from 0 to 1; 1 where vectors are missing."""
        if vector is None or self.own_vectors is None:
            return np.ones(len(places))
        others = self.own_vectors[places]
        near = np.clip((others @ vector - _APART) / (_SAME - _APART), 0.0, 1.0)
        return np.where(others.any(axis=1), near, 1.0).astype(np.float64)

    def _fallen(self, where: _Where) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Novelty, and what is left for the row and for document and source together."""
        document, source = (_falling(_SOURCE_REPEATED, self.before[aspect][where]) for aspect in ("document", "source"))
        return (
            _falling(_REPEATED, self.before["finding"][where]),
            _falling(_ROW_REPEATED, self.before["row"][where]),
            (document + source) / 2,
        )


def _falling(rate: float, n: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 / (1 + rate * n)


def _uncertainty(probability: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 - np.abs(2 * probability - 1)


def _aspects(candidate: Candidate) -> tuple[tuple[str, object], ...]:
    """What an item has in common with others: its finding, row, document and source."""
    found: list[tuple[str, object]] = [("new point" if candidate.new_point else "finding", candidate.finding)]
    if candidate.row_ids:
        found.append(("row", candidate.row_ids[0]))
    if candidate.document_id:
        found.append(("document", candidate.document_id))
    if candidate.source:
        found.append(("source", candidate.source))
    return tuple(found)
