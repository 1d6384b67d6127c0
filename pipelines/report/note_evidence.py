"""Accepted evidence as the note shows it: numbered, with its study and weight, what contradicts first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from pipelines.domain.appraisal import EvidencePiece, StatementAppraisal, Study, WeighedStudy
from pipelines.domain.evidence import Relation
from pipelines.domain.proposals import ChangeKind
from pipelines.report.note_material import NoteMaterial

#: Contradictions first: they are what a committee must not overlook.
RELATION_ORDER = (Relation.CONTRADICTS, Relation.NARROWS, Relation.NEW, Relation.SUPPORTS, None)
#: The groups of :attr:`NotePiece.heading` in the same order.
HEADINGS = ("contradicts", "settled", "narrows", "new", "supports", "open")


@dataclass(frozen=True)
class NotePiece:
    """A piece of evidence with its place in the note."""

    number: str
    """Row and rank, for instance ``B1-3``; ``0-1`` where no row holds it. The same in every form of the note."""
    piece: EvidencePiece
    row_id: str | None
    """The row under which it counts: that of its statement, else its own."""
    study: Study | None
    weighed: WeighedStudy | None
    """Its study as evidence on its statement, or on the new point that it makes."""
    new: bool
    """Whether it was accepted in the period."""
    needed: bool
    """Whether a change that the note shows rests on it."""
    settled: bool = False
    """Whether its statement was put in other words, or another column, because of it: what readers said of it and the
    statement holds for the earlier text."""

    @property
    def heading(self) -> str:
        """Name of the group under which it is quoted: its relation, ``settled`` or ``open``."""
        if self.settled and self.piece.relation is Relation.CONTRADICTS:
            return "settled"
        return self.piece.relation or "open"

    @property
    def shown(self) -> bool:
        """Whether the note quotes it: what is new, and what its changes rest on."""
        return self.new or self.needed


def number_pieces(material: NoteMaterial) -> tuple[NotePiece, ...]:
    """All accepted evidence by row in table order, without a row last; within a row contradictions first.

    Of the same relation what the note quotes comes first, then the heaviest; the order of the material plays no part.
    """
    rows = [row.id for row in material.after.rows]
    homes = {statement.id: row.id for row, statement in material.after.statements()}
    studies = {item: study for study in material.appraisal.studies for item in study.items}
    weights = _weights(material)
    needed = {item for proposal, _ in material.proposals for item in proposal.items}
    settled = _settled(material)
    found: list[NotePiece] = []
    for piece in material.pieces:
        row_id = homes.get(piece.statement_id or "", piece.row_id if piece.row_id in rows else None)
        found.append(
            NotePiece(
                number="",
                piece=piece,
                row_id=row_id,
                study=studies.get(piece.item_id),
                weighed=weights.get((piece.statement_id, piece.item_id)) or weights.get((None, piece.item_id)),
                new=material.in_period(piece.decided),
                needed=piece.item_id in needed,
                settled=(piece.statement_id, piece.item_id) in settled,
            )
        )
    numbered: list[NotePiece] = []
    for row_id in (*rows, None):
        of_row = sorted((f for f in found if f.row_id == row_id), key=_rank)
        numbered += [replace(f, number=f"{row_id or '0'}-{place}") for place, f in enumerate(of_row, start=1)]
    return tuple(numbered)


def _settled(material: NoteMaterial) -> set[tuple[str | None, str]]:
    """Statement and item where the statement, as it stands now, was put otherwise because of the item."""
    before = {s.id: (s.column, s.nl, s.en) for _, s in material.before.statements()}
    after = {s.id: (s.column, s.nl, s.en) for _, s in material.after.statements()}
    return {
        (proposal.statement_id, item)
        for proposal, standing in material.proposals
        if standing.applied_in is not None
        and proposal.change in {ChangeKind.MOVE, ChangeKind.REWORD}
        and proposal.statement_id is not None
        and before.get(proposal.statement_id) != after.get(proposal.statement_id)
        for item in proposal.items
    }


def _rank(found: NotePiece) -> tuple[int, bool, bool, float, int, str]:
    piece = found.piece
    weight = found.weighed.weight if found.weighed is not None else 0.0
    settled = found.heading == "settled"
    return RELATION_ORDER.index(piece.relation), not found.shown, settled, -weight, -(piece.year or 0), piece.item_id


def _weights(material: NoteMaterial) -> dict[tuple[str | None, str], WeighedStudy]:
    """Statement and item -> study as evidence on it; the statement is ``None`` for a new point."""
    weights: dict[tuple[str | None, str], WeighedStudy] = {}
    points: Iterable[StatementAppraisal] = (*material.appraisal.statements.values(), *material.appraisal.new_points)
    for appraisal in points:
        for weighed in appraisal.studies:
            for item in weighed.items:
                weights.setdefault((appraisal.statement_id, item), weighed)
    return weights
