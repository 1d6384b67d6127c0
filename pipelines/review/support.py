"""What was accepted for and against each statement of the table, counted.

This counts and does not weigh: how much it all adds up to is for readers to say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pipelines.domain.decisions import Decision, Standing
from pipelines.domain.evidence import EvidenceKind, Relation
from pipelines.domain.evidence_table import Column, EvidenceTable

#: The order in which evidence is told: what asks most of a reader comes first.
RELATIONS = (Relation.CONTRADICTS, Relation.NARROWS, Relation.SUPPORTS, None)


@dataclass(frozen=True)
class Piece:
    """An item on which somebody came to a conclusion, with what places it in the table."""

    item_id: str
    decision_id: str
    """The decision that holds."""
    passage_id: str
    document_id: str
    accepted: bool
    row_id: str | None
    statement_id: str | None
    relation: Relation | None
    column: Column | None
    kind: EvidenceKind
    second_reviewer: str | None = None
    """Who gave the second reading, if anybody."""


def piece_of(item_id: str, standing: Standing) -> Piece | None:
    """What a standing says of an item; ``None`` while nothing was concluded.

    A rejected item stands where the models proposed to put it.
    """
    holds = standing.holds
    if holds is None or not _concludes(holds):
        return None
    labels = holds.judgement or holds.proposed
    return Piece(
        item_id=item_id,
        decision_id=holds.id,
        passage_id=holds.passage_id,
        document_id=holds.document_id,
        accepted=holds.relevant,
        row_id=labels.rows[0] if labels is not None and labels.rows else None,
        statement_id=None if labels is None else labels.statement,
        relation=None if labels is None else labels.relation,
        column=None if labels is None else labels.column,
        kind=EvidenceKind.NONE if labels is None else labels.kind,
        second_reviewer=None if standing.second is None else standing.second.reviewer,
    )


def _concludes(decision: Decision) -> bool:
    return decision.relevant or decision.verdict.value == "reject"


@dataclass(frozen=True)
class Counts:
    """Accepted evidence on a statement or on a row, in numbers.

    A group of near-duplicates counts once; ``n_documents`` tells how many documents it comes from.
    """

    n: int = 0
    relations: Mapping[Relation | None, int] = field(default_factory=dict[Relation | None, int])
    """In the order of :data:`RELATIONS`; without those that have none."""
    kinds: Mapping[EvidenceKind, int] = field(default_factory=dict[EvidenceKind, int])
    """The most frequent first."""
    n_documents: int = 0


def count_pieces(pieces: Iterable[Piece]) -> Counts:
    """Count what was accepted of ``pieces``."""
    held = [piece for piece in pieces if piece.accepted]
    relations = Counter(piece.relation for piece in held)
    kinds = Counter(piece.kind for piece in held)
    order = [*RELATIONS, Relation.NEW]
    return Counts(
        n=len(held),
        relations={relation: relations[relation] for relation in order if relations[relation]},
        kinds=dict(sorted(kinds.items(), key=lambda one: (-one[1], list(EvidenceKind).index(one[0])))),
        n_documents=len({piece.document_id for piece in held}),
    )


@dataclass(frozen=True)
class Support:
    """Pieces by where they stand in a version of the table, in the order in which they were given."""

    statements: Mapping[str, tuple[Piece, ...]]
    """By statement; what is new beside a statement is no evidence on it."""
    rows: Mapping[str, tuple[Piece, ...]]
    """By row: what bears on none of its statements."""
    elsewhere: tuple[Piece, ...]
    """What has no row in this version."""


def place_pieces(pieces: Iterable[Piece], table: EvidenceTable) -> Support:
    """Where each piece stands in ``table``.

    What bears on a statement counts where that stands, also where that is in another row than the piece's own. What
    adds a new point counts for its row, and so does what bore on a statement that the table no longer has.
    """
    statements = {statement.id: row.id for row, statement in table.statements()}
    rows = {row.id for row in table.rows}
    by_statement: dict[str, list[Piece]] = {}
    by_row: dict[str, list[Piece]] = {}
    elsewhere: list[Piece] = []
    for piece in pieces:
        if piece.statement_id in statements and piece.relation is not Relation.NEW:
            by_statement.setdefault(piece.statement_id, []).append(piece)
        elif piece.row_id in rows:
            by_row.setdefault(piece.row_id, []).append(piece)
        else:
            elsewhere.append(piece)
    return Support(
        {key: tuple(found) for key, found in by_statement.items()},
        {key: tuple(found) for key, found in by_row.items()},
        tuple(elsewhere),
    )
