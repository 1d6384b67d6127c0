"""Dossiers of one's own: make, change and remove them. Of two people at once the second is told."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import Response

from flows.dossier_keeping import (
    LONGEST_NAME,
    LONGEST_QUESTION,
    DossierDraft,
    DossierError,
    keep_dossier,
    language_of_own,
    may_change,
    new_dossier_id,
    remove_dossier,
)
from flows.dossiers import KnownDossier
from pipelines.domain.accounts import AccountRole
from pipelines.domain.dossiers import DossierAct
from pipelines.domain.themes import Theme
from pipelines.errors import UnknownError
from pipelines.review_app.access import Visitor, needs
from pipelines.review_app.desk import Desk
from pipelines.review_app.rendering import now, path_part, redirect, render
from pipelines.store.acts import ActConflict
from pipelines.strings import error_text

logger = logging.getLogger(__name__)
router = APIRouter()

_LONGEST_ID = 48
_LONGEST = 4_000
_MOST_CHOSEN = 200
Reviewer = Annotated[Visitor, needs(AccountRole.REVIEWER)]
Text = Annotated[str, Form(max_length=_LONGEST)]
Id = Annotated[str, Form(max_length=_LONGEST_ID)]
Seen = Annotated[int, Form(ge=0)]
Chosen = Annotated[list[str] | None, Form()]


@router.get("/dossiers/new")
def new_dossier(request: Request, visitor: Reviewer) -> Response:
    """An empty form."""
    return _form(request, visitor, DossierDraft(""), None, started=secrets.token_hex(8))


@router.get("/dossiers/{dossier_id}/change")
def change_dossier(request: Request, visitor: Reviewer, dossier_id: str) -> Response:
    """The form with a dossier as it is."""
    known = _changeable(request, visitor, dossier_id)
    question, language = known.question, language_of_own(known, visitor.language)
    draft = DossierDraft(
        name=question.name(language),
        question=question.question(language),
        rows=question.rows,
        themes=[theme.value for theme in question.themes],
        terms_nl=question.terms_nl,
        terms_en=question.terms_en,
        talk=question.talk(language),
    )
    return _form(request, visitor, draft, known)


@router.post("/dossiers/keep")
def keep(
    request: Request,
    visitor: Reviewer,
    name: Text = "",
    question: Text = "",
    rows: Chosen = None,
    themes: Chosen = None,
    terms_nl: Text = "",
    terms_en: Text = "",
    talk: Text = "",
    dossier: Id = "",
    started: Id = "",
    seen: Seen = 0,
) -> Response:
    """Keep a new dossier (``started``), or another version of one that there is (``dossier``)."""
    desk: Desk = request.app.state.desk
    draft = DossierDraft(
        name=name,
        question=question,
        rows=(rows or [])[:_MOST_CHOSEN],
        themes=(themes or [])[:_MOST_CHOSEN],
        terms_nl=_terms(terms_nl),
        terms_en=_terms(terms_en),
        talk=talk.splitlines(),
    )
    known = desk.dossiers.find(dossier) if dossier else None
    if (dossier and known is None) or not (dossier or started):
        raise HTTPException(404)
    dossier_id = dossier or new_dossier_id(visitor.account.name, started)
    language = language_of_own(known, visitor.language)

    def act() -> DossierAct:
        return keep_dossier(
            desk.workspace, dossier_id, draft, visitor.account, turn=seen + 1, language=language, now=now()
        )

    done = "done.dossier_changed" if dossier else "done.dossier_made"
    return _done(request, visitor, act, f"/dossiers/{path_part(dossier_id)}", done, (draft, known, started, seen))


@router.post("/dossiers/remove")
def remove(request: Request, visitor: Reviewer, dossier: Id, seen: Seen = 0) -> Response:
    """Remove a dossier from the list."""
    desk: Desk = request.app.state.desk
    known = _changeable(request, visitor, dossier)
    draft = DossierDraft(known.question.name(visitor.language))

    def act() -> DossierAct:
        return remove_dossier(desk.workspace, dossier, visitor.account, turn=seen + 1, now=now())

    return _done(request, visitor, act, "/dossiers", "done.dossier_removed", (draft, known, "", seen))


def _terms(typed: str) -> list[str]:
    return [term for part in typed.replace(";", ",").splitlines() for term in part.split(",")]


def _changeable(request: Request, visitor: Visitor, dossier_id: str) -> KnownDossier:
    desk: Desk = request.app.state.desk
    known = desk.dossiers.find(dossier_id)
    if known is None:
        raise HTTPException(404)
    if not may_change(known, visitor.account):
        raise HTTPException(403)
    return known


def _done(
    request: Request,
    visitor: Visitor,
    act: Callable[[], DossierAct],
    address: str,
    done: str,
    tried: tuple[DossierDraft, KnownDossier | None, str, int],
) -> Response:
    """Do it and lead on, or show the form with what was typed and what was wrong."""
    draft, known, started, seen = tried
    try:
        made = act()
    except (DossierError, ActConflict) as error:
        problem = error_text(error, visitor.language)
        form = replace(known, turn=seen) if known is not None and isinstance(error, DossierError) else known
        return _form(request, visitor, draft, form, started=started, problem=problem)
    except UnknownError:
        raise HTTPException(404) from None
    logger.info("%s: %s of dossier %s", made.person, made.kind.value, made.dossier)
    return redirect(address, done)


def _form(
    request: Request,
    visitor: Visitor,
    draft: DossierDraft,
    known: KnownDossier | None,
    *,
    started: str = "",
    problem: str = "",
) -> Response:
    desk: Desk = request.app.state.desk
    return render(
        request,
        "dossier_form.html",
        visitor,
        409 if problem else 200,
        draft=draft,
        known=known,
        started=started,
        problem=problem,
        table_rows=[(row.id, row.title(visitor.language)) for row in desk.table().rows],
        themes=[theme.value for theme in Theme],
        written=language_of_own(known, visitor.language),
        longest_name=LONGEST_NAME,
        longest_question=LONGEST_QUESTION,
    )
