"""Accepted pieces and a small table for the tests of appraisal."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pipelines.domain.appraisal import EvidencePiece, StudyRuling
from pipelines.domain.evidence import Direction, EvidenceKind, Relation
from pipelines.domain.evidence_table import Column, EvidenceTable, Statement, TableRow
from pipelines.domain.ids import content_id
from pipelines.domain.themes import Theme
from pipelines.evidence.figures import find_figures

MOMENT = datetime(2026, 5, 1, 12)

TABLE = EvidenceTable(
    version="v1",
    rows=(
        TableRow(
            id="B1",
            chapter=Theme.PRODUCTIVITY,
            nl="Productiviteit",
            en="Productivity",
            statements=(
                Statement(id="B1.k1", column=Column.KNOWN, nl="AI maakt werk sneller.", en="AI makes work faster."),
                Statement(id="B1.k2", column=Column.KNOWN, nl="Beginners winnen meer.", en="Novices gain more."),
                Statement(id="B1.u1", column=Column.UNCERTAIN, nl="Groei is onzeker.", en="Growth is uncertain."),
            ),
        ),
        TableRow(
            id="D1",
            chapter=Theme.EMPLOYMENT,
            nl="Werkgelegenheid",
            en="Employment",
            statements=(Statement(id="D1.t1", column=Column.TREND, nl="Vacatures dalen.", en="Vacancies fall."),),
        ),
    ),
)


def make_piece(item: str, text: str, **values: Any) -> EvidencePiece:
    """A piece that supports B1.k1, from a document of its own unless told otherwise; figures are read from the text."""
    language = values.get("language", "en")
    piece: dict[str, Any] = {
        "item_id": item,
        "decision_id": f"decision {item}",
        "passage_id": f"passage {item}",
        "document_id": f"document {item}",
        "text": text,
        "language": language,
        "title": f"Title {item}",
        "year": 2025,
        "row_id": "B1",
        "statement_id": "B1.k1",
        "relation": Relation.SUPPORTS,
        "column": Column.KNOWN,
        "kind": EvidenceKind.EMPIRICAL,
        "direction": Direction.POSITIVE,
        "figures": find_figures(text, language),
        "reviewer": "reader",
        "decided": MOMENT,
    }
    return EvidencePiece.model_validate(piece | values)


def rule(one: str, other: str, together: bool | None, *, day: int = 1) -> StudyRuling:
    """A ruling on two items, made on a day of June 2026."""
    low, high = sorted((one, other))
    return StudyRuling(
        id=content_id(low, high, str(together), day),
        item_a=low,
        item_b=high,
        together=together,
        person="reader",
        decided=datetime(2026, 6, day),
    )
