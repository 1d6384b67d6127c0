"""All accepted evidence against one version of the table: studies, weights and the confidence that follows."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from pipelines.appraisal.confidence import (
    answer_of,
    joint_direction,
    stance_on_answer,
    stance_on_statement,
    weigh_confidence,
)
from pipelines.appraisal.points import Similarity, group_points
from pipelines.appraisal.reading import read_piece, read_population
from pipelines.appraisal.studies import find_studies
from pipelines.appraisal.weighing import weigh_study
from pipelines.appraisal.weights import Weights, load_weights, method_version
from pipelines.domain.appraisal import (
    Appraisal,
    EvidencePiece,
    Reading,
    Stance,
    StatementAppraisal,
    Study,
    StudyRuling,
    WeighedStudy,
)
from pipelines.domain.evidence import Direction, Relation
from pipelines.domain.evidence_table import Column, EvidenceTable, Statement

logger = logging.getLogger(__name__)

_STANCES = (Stance.AGAINST, Stance.NUANCE, Stance.FOR)
_OPPOSITE = {Direction.POSITIVE: Direction.NEGATIVE, Direction.NEGATIVE: Direction.POSITIVE}


@dataclass(frozen=True)
class _Case:
    """All that weighing needs beside the pieces themselves."""

    readings: Mapping[str, Reading]
    studies_of: Mapping[str, Sequence[Study]]
    """By item."""
    this_year: int
    weights: Weights

    def studies(self, pieces: Sequence[EvidencePiece]) -> list[tuple[Study, list[EvidencePiece]]]:
        """The studies that some pieces report, each with these pieces, by id."""
        found: dict[str, tuple[Study, list[EvidencePiece]]] = {}
        for piece in pieces:
            for study in self.studies_of[piece.item_id]:
                found.setdefault(study.id, (study, []))[1].append(piece)
        return [found[study_id] for study_id in sorted(found)]

    def weigh(
        self,
        study: Study,
        pieces: Sequence[EvidencePiece],
        stance: Stance,
        direction: Direction,
        population: frozenset[str] = frozenset(),
    ) -> WeighedStudy:
        evidence = [(piece, self.readings[piece.item_id]) for piece in pieces]
        return weigh_study(study, evidence, stance, direction, population, self.this_year, self.weights)

    def one_document(self, studies: Sequence[WeighedStudy], pieces: Sequence[EvidencePiece]) -> bool:
        """Whether all studies in favour are known from the references of one document."""
        document = {piece.item_id: piece.document_id for piece in pieces}
        citing = [
            {document[item] for item in study.items if self.readings[item].cites}
            for study in studies
            if study.stance is Stance.FOR and all(self.readings[item].cites for item in study.items)
        ]
        n_for = sum(study.stance is Stance.FOR for study in studies)
        return bool(citing) and len(citing) == n_for and bool(set.intersection(*citing))


def appraise(
    pieces: Sequence[EvidencePiece],
    table: EvidenceTable,
    today: date,
    rulings: Sequence[StudyRuling] = (),
    similarity: Similarity | None = None,
) -> Appraisal:
    """Weigh all accepted evidence against a version of the table.

    What bears on a statement counts where that stands, also where that is in another row than the piece's own. What is
    new, or bore on a statement that the table no longer has, makes new points of its row; without a row of this table
    it makes points without one. An accepted piece whose reader gave no relation says nothing for or against a
    statement: it is among the studies, and weighs nowhere.

    Parameters
    ----------
    pieces
        In any order. Of an item that is given twice the latest decision counts.
    table
        Its version is kept with the result.
    today
        Recency is counted to its year.
    rulings
        What people said of which pieces are one study.
    similarity
        Of pieces by item, to tell beside their words which new points are the same.
    """
    latest: dict[str, EvidencePiece] = {}
    for piece in sorted(pieces, key=lambda one: (one.item_id, one.decided, one.decision_id)):
        latest[piece.item_id] = piece
    held = list(latest.values())
    readings = {piece.item_id: read_piece(piece) for piece in held}
    studies = find_studies(held, readings, rulings)
    studies_of: dict[str, list[Study]] = defaultdict(list)
    for study in studies:
        for item in study.items:
            studies_of[item].append(study)
    case = _Case(readings, studies_of, today.year, load_weights())
    on_statement, on_row = _place(held, table)
    statements = {
        statement.id: appraised
        for row, statement in table.statements()
        if statement.id in on_statement
        for appraised in [_appraise_statement(statement, row.id, on_statement[statement.id], case)]
        if appraised is not None
    }
    order = [*(row.id for row in table.rows), None]
    new_points = [
        point for row_id in order for point in _appraise_points(row_id, on_row.get(row_id, []), case, similarity)
    ]
    logger.info("weighed %s pieces: %s studies, %s new points", len(held), len(studies), len(new_points))
    return Appraisal(
        table_version=table.version,
        method_version=method_version(),
        studies=tuple(studies),
        statements=statements,
        new_points=tuple(new_points),
        readings=readings,
    )


def _place(
    pieces: Sequence[EvidencePiece], table: EvidenceTable
) -> tuple[dict[str, list[EvidencePiece]], dict[str | None, list[EvidencePiece]]]:
    """Pieces by the statement that they bear on, and the others by row."""
    statements = {statement.id for _, statement in table.statements()}
    rows = {row.id for row in table.rows}
    on_statement: dict[str, list[EvidencePiece]] = defaultdict(list)
    on_row: dict[str | None, list[EvidencePiece]] = defaultdict(list)
    for piece in pieces:
        if piece.statement_id in statements and piece.relation is not Relation.NEW:
            on_statement[piece.statement_id].append(piece)
        elif piece.relation is not None:
            on_row[piece.row_id if piece.row_id in rows else None].append(piece)
    return on_statement, on_row


def _appraise_statement(
    statement: Statement, row_id: str, pieces: Sequence[EvidencePiece], case: _Case
) -> StatementAppraisal | None:
    pieces = [piece for piece in pieces if piece.relation is not None]
    if not pieces:
        return None
    population = read_population([(statement.nl, "nl"), (statement.en, "en")])
    if statement.column is Column.UNCERTAIN:
        weighed, answer = _weigh_answers(pieces, population, case)
    else:
        answer = None
        weighed = [
            case.weigh(
                study,
                own,
                stance_on_statement([piece.relation for piece in own if piece.relation is not None]),
                joint_direction([piece.direction for piece in own]),
                population,
            )
            for study, own in case.studies(pieces)
        ]
    return StatementAppraisal(
        row_id=row_id,
        statement_id=statement.id,
        confidence=weigh_confidence(
            weighed, case.weights, answer=answer, one_document=case.one_document(weighed, pieces)
        ),
        studies=_in_order(weighed),
    )


def _weigh_answers(
    pieces: Sequence[EvidencePiece], population: frozenset[str], case: _Case
) -> tuple[list[WeighedStudy], Direction | None]:
    """Studies on an open question: stances on the answer that most of their weight gives."""
    read: list[tuple[WeighedStudy, bool, bool]] = []
    weight_of: dict[Direction, float] = defaultdict(float)
    for study, own in case.studies(pieces):
        answering = [piece for piece in own if piece.relation is not Relation.SUPPORTS]
        direction = joint_direction([piece.direction for piece in answering])
        weighed = case.weigh(study, own, Stance.NUANCE, direction, population)
        unclear = len(answering) < len(own)
        read.append((weighed, bool(answering), unclear))
        if answering and not unclear:
            weight_of[direction] += weighed.weight
    if not weight_of:
        # Nobody answers without doubting it in the same breath; what those say is all the answer there is.
        for weighed, answers, _ in read:
            if answers:
                weight_of[weighed.direction] += weighed.weight
    answer = answer_of(weight_of)
    return [
        weighed.model_copy(update={"stance": stance_on_answer(answers, unclear, weighed.direction, answer)})
        for weighed, answers, unclear in read
    ], answer


def _appraise_points(
    row_id: str | None, pieces: Sequence[EvidencePiece], case: _Case, similarity: Similarity | None
) -> list[StatementAppraisal]:
    """New points of one row, the heaviest first."""
    points: list[StatementAppraisal] = []
    for group in group_points(pieces, similarity):
        # Opposite directions are never in one group; beside a direction, mixed is a nuance.
        shared = next((p.direction for p in group if p.direction in _OPPOSITE), None)
        weighed: list[WeighedStudy] = []
        for study, own in case.studies(group):
            direction = joint_direction([piece.direction for piece in own])
            nuance = shared is not None and direction is Direction.MIXED
            weighed.append(case.weigh(study, own, Stance.NUANCE if nuance else Stance.FOR, direction))
        confidence = weigh_confidence(weighed, case.weights, one_document=case.one_document(weighed, group))
        points.append(StatementAppraisal(row_id=row_id, confidence=confidence, studies=_in_order(weighed)))
    return sorted(points, key=lambda one: (-one.confidence.weight_for, [study.items for study in one.studies]))


def _in_order(studies: Sequence[WeighedStudy]) -> tuple[WeighedStudy, ...]:
    """Against first, then nuance, then for; of each the heaviest first."""
    return tuple(sorted(studies, key=lambda one: (_STANCES.index(one.stance), -one.weight, one.study.id)))
