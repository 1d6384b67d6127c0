"""Evidence counted per statement and row."""

from __future__ import annotations

from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from pipelines.domain.decisions import Decision, Judgement, Role, Verdict, fold_decisions
from pipelines.domain.evidence import EvidenceKind, Relation
from pipelines.domain.evidence_table import Column, EvidenceTable, Statement, TableRow
from pipelines.domain.themes import Theme
from pipelines.review.support import Piece, count_pieces, piece_of, place_pieces

_TABLE = EvidenceTable(
    version="v",
    rows=(
        TableRow(
            id="A1",
            chapter=Theme.ADOPTION,
            nl="Een",
            statements=(
                Statement(id="A1.k1", column=Column.KNOWN, nl="x"),
                Statement(id="A1.u1", column=Column.UNCERTAIN, nl="y"),
            ),
        ),
        TableRow(id="B1", chapter=Theme.PRODUCTIVITY, nl="Twee"),
    ),
)


def _decision(turn: int, verdict: Verdict, judgement: Judgement | None = None, **values: object) -> Decision:
    fields = {
        "id": f"d{turn}",
        "item_id": "i",
        "turn": turn,
        "passage_id": "p",
        "document_id": "doc",
        "passage_text": "Tekst.",
        "verdict": verdict,
        "reviewer": "anna",
        "decided": datetime(2026, 1, 1, 9, turn),
        "judgement": judgement,
        **values,
    }
    return Decision.model_validate(fields)


def _piece(
    statement: str | None = None,
    relation: Relation | None = None,
    *,
    row: str | None = "A1",
    accepted: bool = True,
    document: str = "doc",
    kind: EvidenceKind = EvidenceKind.EMPIRICAL,
) -> Piece:
    return Piece("i", "d", "p", document, accepted, row, statement, relation, None, kind)


def test_a_piece_follows_the_decision_that_holds() -> None:
    held = Judgement(rows=("A1", "B1"), statement="A1.k1", relation=Relation.SUPPORTS, kind=EvidenceKind.REVIEW)
    changed = held.model_copy(update={"relation": Relation.CONTRADICTS})
    made = [
        _decision(1, Verdict.ACCEPT, held, proposed=held),
        _decision(2, Verdict.CORRECT, changed, proposed=held, role=Role.SETTLEMENT, reviewer="eva"),
    ]
    piece = piece_of("i", fold_decisions(made))
    assert piece is not None
    assert (piece.relation, piece.decision_id, piece.row_id, piece.accepted) == (Relation.CONTRADICTS, "d2", "A1", True)
    undone = [*made, _decision(3, Verdict.UNDO, undoes="d2")]
    before = piece_of("i", fold_decisions(undone))
    assert before is not None
    assert (before.relation, before.kind, before.decision_id) == (Relation.SUPPORTS, EvidenceKind.REVIEW, "d1")


def test_what_was_rejected_stands_where_the_models_put_it() -> None:
    proposed = Judgement(rows=("A1",), statement="A1.u1", relation=Relation.NARROWS)
    piece = piece_of("i", fold_decisions([_decision(1, Verdict.REJECT, reason="no_finding", proposed=proposed)]))
    assert piece is not None
    assert not piece.accepted
    assert (piece.statement_id, piece.row_id) == ("A1.u1", "A1")


def test_what_was_put_off_or_is_in_disagreement_is_no_piece() -> None:
    held = Judgement(rows=("A1",), statement="A1.k1")
    assert piece_of("i", fold_decisions([_decision(1, Verdict.LATER, reason="whole_document")])) is None
    differing = [
        _decision(1, Verdict.ACCEPT, held),
        _decision(2, Verdict.REJECT, reason="off_topic", role=Role.SECOND, reviewer="bram"),
    ]
    assert piece_of("i", fold_decisions(differing)) is None
    assert piece_of("i", fold_decisions([])) is None


def test_pieces_stand_at_their_statement_or_else_at_their_row() -> None:
    on_statement = _piece("A1.k1", Relation.SUPPORTS, row="B1")
    new = _piece("A1.k1", Relation.NEW)
    gone = _piece("Z9.k1", Relation.SUPPORTS)
    nowhere = _piece(None, row="Z9")
    support = place_pieces([on_statement, new, gone, nowhere], _TABLE)
    assert support.statements == {"A1.k1": (on_statement,)}
    assert support.rows == {"A1": (new, gone)}
    assert support.elsewhere == (nowhere,)


def test_counts_leave_out_what_was_rejected_and_count_documents_once() -> None:
    counts = count_pieces(
        [
            _piece("A1.k1", Relation.SUPPORTS),
            _piece("A1.k1", Relation.SUPPORTS, kind=EvidenceKind.OPINION),
            _piece("A1.k1", Relation.CONTRADICTS, document="other"),
            _piece("A1.k1", Relation.SUPPORTS, accepted=False, document="third"),
        ]
    )
    assert (counts.n, counts.n_documents) == (3, 2)
    assert list(counts.relations.items()) == [(Relation.CONTRADICTS, 1), (Relation.SUPPORTS, 2)]
    assert list(counts.kinds.items()) == [(EvidenceKind.EMPIRICAL, 2), (EvidenceKind.OPINION, 1)]


_PIECES = st.lists(
    st.builds(
        _piece,
        st.sampled_from(["A1.k1", "A1.u1", "Z9.k1", None]),
        st.sampled_from([*Relation, None]),
        row=st.sampled_from(["A1", "B1", "Z9", None]),
        accepted=st.booleans(),
        document=st.sampled_from("abc"),
        kind=st.sampled_from(list(EvidenceKind)),
    )
)


@given(_PIECES)
def test_every_piece_has_one_place_and_one_count(pieces: list[Piece]) -> None:
    support = place_pieces(pieces, _TABLE)
    placed = [*support.statements.values(), *support.rows.values(), support.elsewhere]
    assert sum(len(found) for found in placed) == len(pieces)
    for found in placed:
        counts = count_pieces(found)
        assert sum(counts.relations.values()) == sum(counts.kinds.values()) == counts.n
