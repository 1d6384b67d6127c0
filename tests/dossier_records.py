"""Small factories for dossiers: passages with labels and documents of their own, questions, candidates, acts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from builders import build_passage

from pipelines.domain.decisions import ItemState
from pipelines.domain.documents import DocumentState, Metadata
from pipelines.domain.dossiers import Candidate, DossierAct, DossierActKind, DossierQuestion
from pipelines.domain.evidence import Direction, Evidence, EvidenceKind, Labels, Match
from pipelines.domain.ids import content_id
from pipelines.domain.runs import DocumentSummary, LabelledPassage
from pipelines.domain.themes import Theme, ThemeTags

SEEN = datetime(2026, 11, 20, 9, 0)


def build_summary(name: str = "rapport", **metadata: Any) -> DocumentSummary:
    """A document that was read."""
    return DocumentSummary(
        id=content_id("document", name),
        paths=(f"data/raw/{name}.pdf",),
        state=DocumentState.TEXT,
        stage="done",
        media_type="application/pdf",
        parser="pdf/1",
        metadata=Metadata.model_validate(
            {"title": f"Titel van {name}", "publisher": "Instituut", "year": 2025} | metadata
        ),
        first_seen=SEEN,
        run_id="run",
    )


def build_labels(passage_id: str, **evidence: Any) -> Labels:
    """Labels of a passage; ``rows`` as ids, ``themes`` as themes that it has."""
    themes = evidence.pop("themes", ())
    rows = tuple(Match(id=row, score=evidence.pop("score", 0.8)) for row in evidence.pop("rows", ()))
    return Labels(
        tags=ThemeTags(
            passage_id=passage_id,
            probabilities={theme: 0.9 if theme in themes else 0.1 for theme in Theme},
            model_version="m",
        ),
        evidence=Evidence.model_validate(
            {
                "passage_id": passage_id,
                "flag": 0.2,
                "kind": EvidenceKind.EMPIRICAL,
                "direction": Direction.NONE,
                "rows": rows,
                "model_version": "m",
                "table_version": "t",
            }
            | evidence
        ),
    )


def build_item(
    text: str,
    *,
    language: str = "nl",
    document: DocumentSummary | None = None,
    group: str | None = None,
    page: int | None = 3,
    start: int = 0,
    **evidence: Any,
) -> LabelledPassage:
    """A labelled passage."""
    summary = document or build_summary()
    passage = build_passage(text, language=language, document_id=summary.id, page=page, start=start)
    labels = build_labels(passage.id, **evidence)
    return LabelledPassage(passage=passage, document=summary, labels=labels, group=group)


def build_candidate(
    text: str, *, state: ItemState | None = None, cosines: tuple[float, ...] = (), **item: Any
) -> Candidate:
    """A passage that may belong to a dossier."""
    return Candidate(item=build_item(text, **item), state=state, cosines=cosines)


def build_question(**values: Any) -> DossierQuestion:
    """A question on works councils."""
    given = {"id": "eigen", "name_nl": "De ondernemingsraad", "terms_nl": ("ondernemingsraad",)}
    return DossierQuestion.model_validate(given | values)


def build_dossier_act(dossier: str = "d1", turn: int = 1, *, person: str = "anna", remove: bool = False) -> DossierAct:
    """An act on a dossier of the users' own."""
    question = None if remove else build_question(id=dossier, name_nl=f"Dossier {turn}")
    return DossierAct(
        id=content_id("dossier act", dossier, turn, person, remove),
        kind=DossierActKind.REMOVE if remove else DossierActKind.KEEP,
        dossier=dossier,
        turn=turn,
        person=person,
        decided=SEEN,
        question=question,
    )
