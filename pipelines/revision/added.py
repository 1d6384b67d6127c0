"""Evidence that brought a statement into the table supports it from then on."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence

from pipelines.domain.appraisal import EvidencePiece
from pipelines.domain.evidence import Relation
from pipelines.domain.evidence_table import EvidenceTable


def rest_on_added(
    pieces: Sequence[EvidencePiece], added: Mapping[str, str], table: EvidenceTable
) -> list[EvidencePiece]:
    """The same pieces, of which those that a new statement was made of bear on that statement.

    Readers judged them *new* when the table did not hold the point yet. Without this they would go on to propose it,
    and the statement would begin without its evidence. So do pieces on a statement that is gone and came back as a new
    one. A piece that somebody judged otherwise since keeps that.

    Parameters
    ----------
    pieces
        Accepted evidence, in any order.
    added
        Item id -> id of the statement that was added with it.
    table
        The version that counts; a statement that is not in it (any more) changes nothing.
    """
    places = {statement.id: (row.id, statement) for row, statement in table.statements()}
    moved: list[EvidencePiece] = []
    for piece in pieces:
        place = places.get(added.get(piece.item_id, ""))
        if place is None or not (piece.relation is Relation.NEW or _without_statement(piece, places)):
            moved.append(piece)
            continue
        row_id, statement = place
        update = {"row_id": row_id, "statement_id": statement.id, "relation": Relation.SUPPORTS}
        moved.append(piece.model_copy(update=update))
    return moved


def _without_statement(piece: EvidencePiece, places: Container[str]) -> bool:
    """Whether a piece was judged on a statement that the table does not have any more."""
    return piece.relation is not None and piece.statement_id is not None and piece.statement_id not in places
