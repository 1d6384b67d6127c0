"""Dialogue dossiers: which there are, one of them with its five parts, and the same as a file for a meeting."""

from __future__ import annotations

import io
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response, StreamingResponse

from flows.dossier_file import FORMS, dossier_file
from flows.dossier_keeping import may_change
from flows.dossiers import KnownDossier
from pipelines.domain.accounts import AccountRole
from pipelines.domain.dossiers import Bearing, Dossier, DossierEntry, DossierPart, DossierSection
from pipelines.report.dossier import counts_told, in_shown_order
from pipelines.report.dossier_wording import belonging_words, file_stem, part_words
from pipelines.report.wording import document_title, source_line
from pipelines.review_app.access import Visitor, needs
from pipelines.review_app.desk import Desk
from pipelines.review_app.downloads import HEADERS, attachment
from pipelines.review_app.marking import Mark, Stretch, cut_at_marks
from pipelines.review_app.pace import Costly
from pipelines.review_app.rendering import now, render

router = APIRouter()


@router.get("/dossiers")
def dossiers_page(request: Request, visitor: Annotated[Visitor, needs(AccountRole.READER)]) -> Response:
    """All dossiers."""
    desk: Desk = request.app.state.desk
    known = desk.dossiers.known()
    groups = [
        ("own", [one for one in reversed(known) if not one.shipped]),
        ("shipped", [one for one in known if one.shipped]),
    ]
    return render(
        request,
        "dossiers.html",
        visitor,
        groups=groups if groups[0][1] else groups[::-1],
        names=desk.names(),
        may_make=visitor.account.role.may(AccountRole.REVIEWER),
    )


@router.get("/dossiers/{dossier_id}")
def dossier_page(
    request: Request, visitor: Annotated[Visitor, needs(AccountRole.READER, costs=Costly.MODEL)], dossier_id: str
) -> Response:
    """One dossier with its five parts."""
    desk: Desk = request.app.state.desk
    known, dossier = _opened(desk, visitor, dossier_id)
    language = visitor.language
    rows = {row.id: row.title(language) for row in desk.table().rows}
    return render(
        request,
        "dossier.html",
        visitor,
        known=known,
        question=known.question,
        dossier=dossier,
        by=desk.names().get(known.person, known.person),
        told=counts_told(dossier, language),
        row_names=rows,
        sections=[(section, _groups(section, visitor, rows)) for section in dossier.sections],
        talk=known.question.talk(language),
        forms=FORMS,
        may_change=may_change(known, visitor.account),
        terms=list(dict.fromkeys((*known.question.terms_nl, *known.question.terms_en))),
    )


@router.get("/dossiers/{dossier_id}/file")
def dossier_download(
    request: Request,
    visitor: Annotated[Visitor, needs(AccountRole.READER, costs=Costly.MODEL)],
    dossier_id: str,
    form: str = "docx",
) -> Response:
    """The dossier as a file for a meeting, in the language of the visitor."""
    desk: Desk = request.app.state.desk
    if form not in FORMS:
        raise HTTPException(404)
    known, dossier = _opened(desk, visitor, dossier_id)
    content = dossier_file(desk.workspace, dossier, visitor.language, now(), form)
    name = f"dossier-{file_stem(known.question.name(visitor.language))}.{form}"
    return StreamingResponse(
        io.BytesIO(content),
        media_type="application/octet-stream",
        headers={**HEADERS, "Content-Disposition": attachment(name), "Content-Length": str(len(content))},
    )


def _opened(desk: Desk, visitor: Visitor, dossier_id: str) -> tuple[KnownDossier, Dossier]:
    known = desk.dossiers.find(dossier_id)
    if known is None:
        raise HTTPException(404)
    return known, desk.dossiers.open(known, desk.search, desk.readings.blind_for(visitor.account))


def _groups(
    section: DossierSection, visitor: Visitor, rows: dict[str, str]
) -> list[tuple[Bearing | None, list[dict[str, Any]]]]:
    """Entries of a part as the page shows them: examples by how they turned out, all others together."""
    shown = [(entry, _shown(entry, visitor, rows)) for entry in in_shown_order(section)]
    if section.part is not DossierPart.EXAMPLES:
        return [(None, [told for _, told in shown])] if shown else []
    groups: dict[Bearing | None, list[dict[str, Any]]] = {}
    for entry, told in shown:
        groups.setdefault(entry.bearing, []).append(told)
    return list(groups.items())


def _shown(entry: DossierEntry, visitor: Visitor, rows: dict[str, str]) -> dict[str, Any]:
    item, language = entry.item, visitor.language
    return {
        "id": item.passage.id,
        "language": item.passage.language,
        "stretches": _marked(entry),
        "source": source_line(item.document, item.passage, language),
        "kind": entry.kind.value,
        "accepted": entry.accepted,
        "also": [document_title(other.document) for other in entry.also],
        "belongs": belonging_words(entry, language, rows),
        "part": part_words(entry, language),
    }


def _marked(entry: DossierEntry) -> list[Stretch]:
    """The quotation with the words marked that carried it."""
    start, end = entry.quote_start, entry.quote_end
    spans = {
        (max(term.start, start) - start, min(term.end, end) - start)
        for reason in (*entry.part_reasons, *entry.reasons)
        for term in reason.terms
        if term.start < end and start < term.end
    }
    return cut_at_marks(entry.quotation, [Mark(low, high, "hit") for low, high in sorted(spans)])
