"""One passage: text, proposal, decisions, the text around it and its page."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from flows.page_pictures import MEDIA_TYPE, MarkedPage, PageError
from pipelines.domain.accounts import AccountRole
from pipelines.domain.decisions import COMPARED, Decision, ItemState, LaterReason, RejectReason, Role, Verdict
from pipelines.domain.documents import READABLE_STATES
from pipelines.domain.runs import DocumentSummary
from pipelines.domain.themes import Theme
from pipelines.errors import UnknownError
from pipelines.report.wording import document_title
from pipelines.review.deciding import Choice, needs_settlement, proposal_mark, role_of
from pipelines.review_app.access import Visitor, needs
from pipelines.review_app.desk import Desk
from pipelines.review_app.inbox_query import as_query, filter_of
from pipelines.review_app.pace import Costly
from pipelines.review_app.passage_form import form_options, held_judgement
from pipelines.review_app.passage_view import PassageView, view_passage
from pipelines.review_app.rendering import render, render_part
from pipelines.review_app.words import described
from pipelines.store.inbox import InboxFilter
from pipelines.strings import Language, error_text, text

router = APIRouter()
_REACH = 2
"""Passages before and after that are shown around one."""
_LEAD_CHARACTERS = 60
_WIDTH = 1000
"""Units in which a page and the boxes on it are drawn; pixels of its picture."""
_YEAR_SECONDS = 31_536_000


@router.get("/passages/{passage_id}")
def passage(
    request: Request, visitor: Annotated[Visitor, needs(AccountRole.READER)], passage_id: str, decided: str = ""
) -> HTMLResponse:
    """The page of one passage; ``decided`` is the decision that led on to it."""
    desk: Desk = request.app.state.desk
    view = view_passage(desk.workspace, desk.table(), passage_id)
    chosen = filter_of(request, visitor.account)
    return render(request, "passage.html", visitor, **passage_context(desk, visitor, view, chosen, decided=decided))


def passage_context(
    desk: Desk,
    visitor: Visitor,
    view: PassageView,
    chosen: InboxFilter,
    *,
    decided: str = "",
    problem: str = "",
    tried: Choice | None = None,
) -> dict[str, Any]:
    """What the template of a passage needs.

    Parameters
    ----------
    desk, visitor, view, chosen
        What is shown, to whom, on the way through which list.
    decided
        The decision that led on to this passage.
    problem, tried
        Why a choice on this very passage was not stored, and what was chosen, so that nothing has to be typed again.
    """
    me, language = visitor.account, visitor.language
    inbox = desk.workspace.inbox
    standing = view.standing
    may_settle = me.role.may(AccountRole.EDITOR)
    blind = view.blind_for(me)
    role = role_of(standing, me.name, may_settle=may_settle)
    held = held_judgement(view, me)
    if tried is not None and tried.judgement is not None:
        held = tried.judgement
    last = desk.workspace.decisions.get(decided) if decided else None
    last = last if last is not None and last.reviewer == me.name else None
    return {
        "view": view,
        "view_title": document_title(view.item.document),
        "source_title": document_title(view.item.document),
        "titles": {document.id: document_title(document) for _, document in view.others},
        "query": as_query(chosen),
        "next": inbox.next_to(view.item_id, chosen),
        "previous": inbox.next_to(view.item_id, chosen, forward=False),
        "left": inbox.count(chosen) if chosen.state in ("todo", "second") else None,
        "blind": blind,
        "may_decide": me.role.may(AccountRole.REVIEWER),
        "closed": needs_settlement(standing) and role is not Role.SETTLEMENT,
        "settles": standing.state is ItemState.DISAGREEMENT and role is Role.SETTLEMENT,
        "problem": problem,
        "tried_note": "" if tried is None else tried.note,
        "correcting": tried is not None and tried.verdict is Verdict.CORRECT,
        "differing": ", ".join(text(f"page.decide.label.{label}", language) for label in standing.differs),
        "undo": view.undo_for(me.name),
        "undone": {d.undoes for d in view.decisions if d.undoes},
        "decided": last,
        "decided_lead": _lead(last),
        "decided_turn": 0 if last is None else last.turn,
        "decided_undo": last is not None and last.verdict is not Verdict.UNDO,
        "shown": proposal_mark(view.proposed),
        "held": held,
        "options": form_options(view, held, language),
        "reject_reasons": [reason.value for reason in RejectReason],
        "later_reasons": [reason.value for reason in LaterReason],
        "colleagues": [(name, full) for name, full in desk.readers().items() if name != me.name],
        "names": desk.names(),
        "row_names": {row.id: row.title(language) for row in view.table.rows},
        "theme_names": [theme.value for theme in Theme],
        "corrected": view.corrected_instruments(me),
        "reasons": view.listed.item.reasons if view.listed is not None else (),
        "has_pages": _has_pages(view.item.document),
        "changes": lambda decision: changes_of(decision, language),
    }


def changes_of(decision: Decision, language: Language) -> list[tuple[str, str, str]]:
    """Labels that a correction changed: which, from, to, in words."""
    if decision.judgement is None or decision.proposed is None:
        return []
    before, after = decision.proposed, decision.judgement
    labels = COMPARED if after.instruments is None else (*COMPARED, "instruments")
    pairs = [(label, described(before, label, language), described(after, label, language)) for label in labels]
    return [pair for pair in pairs if pair[1] != pair[2]]


def _lead(decision: Decision | None) -> str:
    if decision is None:
        return ""
    lead = " ".join(decision.passage_text.split())
    return lead if len(lead) <= _LEAD_CHARACTERS else lead[:_LEAD_CHARACTERS].rsplit(" ", 1)[0] + "…"


@router.get("/passages/{passage_id}/around")
def around(request: Request, visitor: Annotated[Visitor, needs(AccountRole.READER)], passage_id: str) -> HTMLResponse:
    """The passages before and after, as a part of a page."""
    desk: Desk = request.app.state.desk
    place = desk.workspace.passages.place(passage_id)
    found = [] if place is None else desk.workspace.passages.around(place.document_id, place.position, _REACH)
    return render_part(
        request,
        "part_around.html",
        visitor,
        passages=found,
        shown=passage_id,
        document_id="" if place is None else place.document_id,
    )


@dataclass(frozen=True)
class _Rectangle:
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class _DrawnPage:
    number: int
    height: float
    boxes: tuple[_Rectangle, ...]


def _drawn(page: MarkedPage) -> _DrawnPage:
    height = round(_WIDTH * page.page_height / page.page_width, 1)
    return _DrawnPage(
        page.page,
        height,
        tuple(
            _Rectangle(
                round(box.left * _WIDTH, 1),
                round(box.top * height, 1),
                round((box.right - box.left) * _WIDTH, 1),
                round((box.bottom - box.top) * height, 1),
            )
            for box in page.boxes
        ),
    )


@router.get("/passages/{passage_id}/place")
def place(
    request: Request, visitor: Annotated[Visitor, needs(AccountRole.READER, costs=Costly.PICTURE)], passage_id: str
) -> HTMLResponse:
    """The pages on which a passage stands with its place marked, as a part of a page."""
    desk: Desk = request.app.state.desk
    view = view_passage(desk.workspace, desk.table(), passage_id)
    document, shown = view.item.document, view.item.passage
    problem, pages = "", ()
    try:
        runs = desk.document(document.id).places(shown.start, shown.end)
        pages = desk.pictures.boxes(document.id, document.checksum, files_of(desk, document), runs)
    except KeyError:
        problem = text("page.passage.picture_none", visitor.language)
    except PageError as error:
        problem = error_text(error, visitor.language)
    return render_part(
        request,
        "part_place.html",
        visitor,
        pages=[_drawn(page) for page in pages],
        problem=problem,
        title=document_title(document),
        document_id=document.id,
    )


@router.get("/documents/{document_id}/pages/{page}", dependencies=[needs(AccountRole.READER, costs=Costly.PICTURE)])
def picture(request: Request, document_id: str, page: int) -> Response:
    """A page of a document as a picture.

    Raises
    ------
    UnknownError
        There is no such document.
    PageError
        The page cannot be drawn.
    """
    desk: Desk = request.app.state.desk
    found = desk.workspace.documents.summaries([document_id])
    if not found:
        raise UnknownError("error.document_gone")
    content = desk.pictures.get(document_id, found[0].checksum, files_of(desk, found[0]), page, _WIDTH)
    # The address names content that never changes: a document is its bytes.
    headers = {"Cache-Control": f"private, max-age={_YEAR_SECONDS}, immutable"}
    return Response(content, media_type=MEDIA_TYPE, headers=headers)


def files_of(desk: Desk, document: DocumentSummary) -> list[Path]:
    """Where the bytes of a document may be: where the workspace keeps them, then where they were found."""
    kept = [desk.settings.workspace / document.file] if document.file else []
    return [*kept, *(Path(path) for path in document.paths)]


def _has_pages(document: DocumentSummary) -> bool:
    return document.media_type == "application/pdf" and document.state in READABLE_STATES
