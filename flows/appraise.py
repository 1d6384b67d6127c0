"""Weighs what was accepted: from the store to an appraisal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from flows.encoders import chosen_version, shipped_choice
from pipelines.domain.appraisal import Appraisal, EvidencePiece
from pipelines.domain.evidence import Relation
from pipelines.domain.evidence_table import EvidenceTable
from pipelines.settings import Settings
from pipelines.store import Workspace

if TYPE_CHECKING:  # NumPy, which most commands do without
    import numpy as np
    from numpy.typing import NDArray


def appraise_pieces(
    workspace: Workspace, settings: Settings, pieces: Sequence[EvidencePiece], table: EvidenceTable, today: date
) -> Appraisal:
    """``pieces``, weighed against ``table``, with what people said about studies."""
    from pipelines.appraisal import VectorSimilarity, appraise  # seconds to import

    vectors = _vectors_of_new_points(workspace, settings, pieces, table)
    similarity = VectorSimilarity(vectors) if vectors else None
    return appraise(pieces, table, today, workspace.acts.rulings(), similarity)


def _vectors_of_new_points(
    workspace: Workspace, settings: Settings, pieces: Sequence[EvidencePiece], table: EvidenceTable
) -> dict[str, NDArray[np.float32]]:
    """Vectors by item id, of what may be a new point: only there wordings are compared by meaning.

    Empty with another encoder than the static one: what counts as alike was measured with that.
    """
    if shipped_choice(settings) != "static":
        return {}
    known = {statement.id for _, statement in table.statements()}
    new = [piece for piece in pieces if piece.relation is Relation.NEW or piece.statement_id not in known]
    if not new:
        return {}
    found = workspace.vectors.load(chosen_version(settings), sorted({piece.document_id for piece in new}))
    return {piece.item_id: found[piece.passage_id] for piece in new if piece.passage_id in found}
