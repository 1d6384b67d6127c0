"""Small tables, pieces and weighed studies for tests of proposals."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from pipelines.domain.appraisal import (
    AgreementLevel,
    Appraisal,
    Confidence,
    Design,
    EvidenceLevel,
    EvidencePiece,
    Setting,
    Stance,
    StatementAppraisal,
    Study,
    WeighedStudy,
)
from pipelines.domain.evidence import Direction, EvidenceKind, Figure, KeySentence, Relation
from pipelines.domain.evidence_table import Column, EvidenceTable, Statement, TableRow
from pipelines.domain.ids import content_id
from pipelines.domain.themes import Theme

TODAY = date(2026, 11, 20)

KNOWN = Statement(id="B1.k1", column=Column.KNOWN, nl="AI verhoogt het tempo.", en="AI raises the pace.", source="N1")
UNCERTAIN = Statement(
    id="B1.u1", column=Column.UNCERTAIN, nl="Hoe groot dat is weten we niet.", en="How large that is is not known."
)
TREND = Statement(
    id="B1.t1",
    column=Column.TREND,
    nl="Starters lijken meer te leren.",
    en="Beginners seem to learn more.",
    source="N2",
)


def build_table(*statements: Statement, version: str = "2026-10-01") -> EvidenceTable:
    """A table of one row ``B1`` with statements, and an empty row of the last chapter."""
    return EvidenceTable(
        version=version,
        rows=(
            TableRow(
                id="B1",
                chapter=Theme.PRODUCTIVITY,
                nl="Tempo",
                en="Pace",
                statements=statements or (KNOWN, UNCERTAIN, TREND),
            ),
            TableRow(id="E1", chapter=Theme.OTHER_EFFECTS, nl="Waarden", en="Values"),
        ),
    )


def build_piece(
    item: str,
    sentence: str,
    *,
    language: str = "nl",
    statement: str | None = "B1.t1",
    row: str | None = "B1",
    relation: Relation = Relation.SUPPORTS,
    column: Column | None = None,
    year: int | None = 2025,
    figures: tuple[Figure, ...] = (),
    day: int = 0,
    section: tuple[str, ...] = (),
    topic: str | None = None,
) -> EvidencePiece:
    """An accepted piece whose key sentence is its whole text."""
    return EvidencePiece(
        item_id=item,
        decision_id=f"d-{item}",
        passage_id=f"p-{item}",
        document_id=f"doc-{item}",
        text=sentence,
        language=language,
        title=f"Titel van {item}",
        year=year,
        row_id=row,
        statement_id=statement,
        relation=relation,
        column=column,
        kind=EvidenceKind.EMPIRICAL,
        figures=figures,
        key_sentence=KeySentence(text=sentence, start=0, end=len(sentence)),
        reviewer="lezer-1",
        decided=datetime(2026, 11, 1) + timedelta(days=day),
        section=section,
        topic=topic,
    )


def build_study(
    item: str,
    stance: Stance = Stance.FOR,
    *,
    design: Design = Design.LONGITUDINAL,
    kind: EvidenceKind = EvidenceKind.EMPIRICAL,
    weight: float = 0.6,
    confirmed: bool = False,
    name: str | None = None,
    year: int | None = 2025,
) -> WeighedStudy:
    """A study of one item."""
    return WeighedStudy(
        study=Study(
            id=content_id("study", item),
            name=name or f"Bureau {item} ({year})",
            items=(item,),
            documents=(f"doc-{item}",),
            design=design,
            kind=kind,
            setting=Setting.NETHERLANDS,
            year=year,
        ),
        stance=stance,
        weight=weight,
        parts={"design": weight},
        items=(item,),
        confirmed=confirmed,
    )


def build_appraised(
    statement: str | None,
    studies: Iterable[WeighedStudy],
    *,
    row: str | None = "B1",
    evidence: EvidenceLevel = EvidenceLevel.MEDIUM,
    agreement: AgreementLevel = AgreementLevel.HIGH,
    answer: Direction | None = None,
) -> StatementAppraisal:
    """An appraisal with levels as given: the rules are tested by themselves, whatever weighs."""
    held = tuple(studies)
    return StatementAppraisal(
        row_id=row,
        statement_id=statement,
        confidence=Confidence(
            evidence=evidence, agreement=agreement, n_studies=len(held), n_pieces=len(held), answer=answer
        ),
        studies=held,
    )


def build_appraisal(*appraised: StatementAppraisal) -> Appraisal:
    """An appraisal of the table of ``build_table``."""
    return Appraisal(
        table_version="2026-10-01",
        method_version="1",
        statements={one.statement_id: one for one in appraised if one.statement_id is not None},
        new_points=tuple(one for one in appraised if one.statement_id is None),
    )
