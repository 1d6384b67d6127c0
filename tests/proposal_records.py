"""Small factories for proposals, decisions on them and versions of the table."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from pipelines.domain.appraisal import (
    Design,
    EvidencePiece,
    Setting,
    Stance,
    Study,
    StudyRuling,
    WeighedStudy,
)
from pipelines.domain.evidence import EvidenceKind
from pipelines.domain.evidence_table import Column, EvidenceTable, Statement, TableRow
from pipelines.domain.ids import content_id
from pipelines.domain.proposals import (
    ChangeKind,
    Proposal,
    ProposalDecision,
    ProposalVerdict,
    VersionOrigin,
    VersionRecord,
    Wording,
)
from pipelines.domain.themes import Theme

FIRST_MOMENT = datetime(2026, 3, 2, 9)
TODAY = date(2026, 3, 2)


def version_record(file: str = "", **values: Any) -> VersionRecord:
    """Record of a version that was read from ``file``."""
    given: dict[str, Any] = {"version": "?", "created": FIRST_MOMENT, "origin": VersionOrigin.IMPORTED, "file": file}
    return VersionRecord(**{**given, **values})


def build_table() -> EvidenceTable:
    """A table of two rows with one statement in each column of the first."""
    statements = (
        Statement(id="A1.k1", column=Column.KNOWN, nl="Een op drie bedrijven gebruikt AI.", en="One in three use AI."),
        Statement(id="A1.u1", column=Column.UNCERTAIN, nl="Of het mkb volgt, is onzeker.", en="SMEs may follow."),
        Statement(id="A1.t1", column=Column.TREND, nl="AI lijkt werk te versnellen.", en="AI seems to speed work up."),
    )
    return EvidenceTable(
        version="2026-01-01",
        rows=(
            TableRow(id="A1", chapter=Theme.ADOPTION, nl="Adoptie", en="Adoption", statements=statements),
            TableRow(id="B1", chapter=Theme.PRODUCTIVITY, nl="Productiviteit", en="Productivity"),
        ),
    )


def build_study(*items: str, stance: Stance = Stance.FOR) -> WeighedStudy:
    """A study with these items."""
    items = tuple(sorted(items))
    study = Study(
        id=content_id("study", items[0]),
        name=f"Onderzoek {items[0][:6]}",
        items=items,
        documents=(content_id("document", items[0]),),
        design=Design.EXPERIMENT,
        kind=EvidenceKind.EMPIRICAL,
        setting=Setting.NETHERLANDS,
    )
    return WeighedStudy(study=study, stance=stance, weight=0.8, parts={"design": 0.8}, items=items)


def build_proposal(number: int = 1, **values: Any) -> Proposal:
    """Proposal ``number``: that A1.t1 becomes known, by default."""
    trend = build_table().rows[0].statements[2]
    given: dict[str, Any] = {
        "id": content_id("proposal", number),
        "subject": f"trend_known:A1.t1:{number}",
        "rule": "trend_known",
        "rule_version": 1,
        "change": ChangeKind.MOVE,
        "upward": True,
        "people_needed": 2,
        "row_id": "A1",
        "statement_id": "A1.t1",
        "before": trend,
        "from_column": Column.TREND,
        "to_column": Column.KNOWN,
        "suggestion": Wording(nl="AI maakt werk sneller.", en="AI speeds work up."),
        "studies": (build_study(content_id("item", number)),),
        "table_version": "2026-01-01",
        "made": TODAY,
    }
    return Proposal(**{**given, **values})


def build_decision(
    proposal: Proposal, turn: int = 1, verdict: ProposalVerdict = ProposalVerdict.APPROVE, **values: Any
) -> ProposalDecision:
    """Decision ``turn`` on a proposal, by default by a person of its own."""
    given: dict[str, Any] = {
        "id": content_id("proposal decision", proposal.id, turn, verdict, str(values)),
        "proposal_id": proposal.id,
        "turn": turn,
        "verdict": verdict,
        "person": f"lezer{turn}",
        "decided": FIRST_MOMENT + timedelta(minutes=turn),
    }
    return ProposalDecision(**{**given, **values})


def build_ruling(one: str, other: str, *, together: bool | None = False, number: int = 1) -> StudyRuling:
    """Ruling ``number`` on a pair of items."""
    item_a, item_b = sorted((one, other))
    return StudyRuling(
        id=content_id("ruling", item_a, item_b, number),
        item_a=item_a,
        item_b=item_b,
        together=together,
        person="anna",
        decided=FIRST_MOMENT + timedelta(hours=number),
        why="Andere steekproef.",
    )


def build_piece(number: int = 1, **values: Any) -> EvidencePiece:
    """Piece ``number`` of accepted evidence."""
    item_id = content_id("item", number)
    given: dict[str, Any] = {
        "item_id": item_id,
        "decision_id": content_id("decision", number),
        "passage_id": item_id,
        "document_id": content_id("document", number),
        "text": "Een op de drie bedrijven gebruikt AI.",
        "language": "nl",
        "title": f"Rapport {number}",
        "reviewer": "anna",
        "decided": FIRST_MOMENT,
    }
    return EvidencePiece(**{**given, **values})
