"""A file that carries changes, read as a table: what it shows counts, with the other language of the change."""

from __future__ import annotations

from datetime import date

from pipelines.domain.evidence_table import Column, EvidenceTable, Statement, TableRow
from pipelines.domain.proposals import ChangeKind, Wording
from pipelines.domain.reports import CarriedChange, CarriedData
from pipelines.domain.themes import Theme
from pipelines.table.columns import PlacedTable, parts_of, placed
from pipelines.table.grid import Piece
from pipelines.table.own_layout import table_as_seen

_OLD = Statement(
    id="A1.u1", column=Column.UNCERTAIN, nl="Het is onduidelijk.", en="It is unclear.", review_by=date(2027, 1, 1)
)
_CARRIED = CarriedData(
    language="nl",
    table=EvidenceTable(
        version="1",
        rows=(TableRow(id="A1", chapter=Theme.ADOPTION, nl="Factoren", en="Factors", statements=(_OLD,)),),
    ),
    changes=(
        CarriedChange(
            change_id="c1",
            change=ChangeKind.NARROW,
            row_id="A1",
            statement_id="A1.u1",
            after=Wording(nl="Het is deels onduidelijk.", en="It is partly unclear."),
            state="proposed",
        ),
        CarriedChange(
            change_id="c2",
            change=ChangeKind.ADD_STATEMENT,
            row_id="A1",
            statement_id="A1.t1",
            after=Wording(nl="Het groeit.", en="It grows."),
            state="approved",
        ),
    ),
)


def _read(uncertain: str, trend: str) -> dict[str, Statement]:
    rows = [
        ("Wat weten we", "Wat is onzeker", "Welke trends"),
        ("Adoptie", "", ""),
        ("A1 · Factoren", "", ""),
        ("", uncertain, trend),
    ]
    cells = [[((Piece(words),),) if words else () for words in row] for row in rows]
    reading = table_as_seen(parts_of([PlacedTable([placed(row) for row in cells])]), _CARRIED)
    assert reading.notes == ()
    return {s.id: s for _, s in reading.table.statements()}


def test_changes_that_can_be_seen_bring_both_languages() -> None:
    found = _read("A1.u1 Het is deels onduidelijk.", "A1.t1 Het groeit.")
    assert (found["A1.u1"].nl, found["A1.u1"].en) == ("Het is deels onduidelijk.", "It is partly unclear.")
    assert (found["A1.u1"].narrowed, found["A1.u1"].review_by) == (True, date(2027, 1, 1))
    assert (found["A1.t1"].nl, found["A1.t1"].en) == ("Het groeit.", "It grows.")


def test_changes_that_cannot_be_seen_were_not_made() -> None:
    assert _read("A1.u1 Het is onduidelijk.", "") == {"A1.u1": _OLD}
