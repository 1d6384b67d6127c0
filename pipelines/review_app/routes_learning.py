"""Learning from decisions: start it, see what it brought, go back."""

from __future__ import annotations

import logging
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response

from flows.background import start_learning_process
from flows.learn_records import LearningRecord, Outcome, history
from flows.progress_file import Job
from pipelines.domain.accounts import AccountRole
from pipelines.review_app.access import Visitor, needs
from pipelines.review_app.desk import Desk
from pipelines.review_app.jobs import job_view, render_progress, told_key, try_start
from pipelines.review_app.pace import Costly
from pipelines.review_app.rendering import redirect, render
from pipelines.strings import Language, text

logger = logging.getLogger(__name__)
router = APIRouter()
_SHOWN = 20


@router.get("/learning")
def learning(request: Request, visitor: Annotated[Visitor, needs(AccountRole.EDITOR)], told: str = "") -> Response:
    """What was learned so far, with figures before and after."""
    desk: Desk = request.app.state.desk
    records = history(desk.settings)[:_SHOWN]
    return render(
        request,
        "learning.html",
        visitor,
        job=job_view(desk, Job.LEARN, visitor.language),
        records=[(record, _why(record, visitor.language)) for record in records],
        may_go_back=any(record.outcome is Outcome.ADOPTED for record in records),
        names=desk.names(),
        told=told_key(told),
    )


def _why(record: LearningRecord, language: Language) -> str:
    return text(record.reason, language, **record.values)


@router.get("/learning/progress")
def learning_progress(request: Request, visitor: Annotated[Visitor, needs(AccountRole.EDITOR)]) -> Response:
    """Part of the page: how far it is."""
    return render_progress(request, visitor, Job.LEARN, "learning_page")


@router.post("/learning")
def start_learning(
    request: Request, visitor: Annotated[Visitor, needs(AccountRole.EDITOR, costs=Costly.JOB)]
) -> Response:
    """Learn from all decisions so far."""
    desk: Desk = request.app.state.desk
    if not try_start(lambda: start_learning_process(desk.settings, visitor.account.name)):
        return redirect("/learning?told=busy")
    logger.info("%s lets the models learn", visitor.account.name)
    return redirect("/learning", "done.learning_started")


@router.post("/learning/back")
def learning_back(
    request: Request, visitor: Annotated[Visitor, needs(AccountRole.EDITOR, costs=Costly.JOB)]
) -> Response:
    """Put the former models back."""
    desk: Desk = request.app.state.desk
    if not try_start(lambda: start_learning_process(desk.settings, visitor.account.name, back=True)):
        return redirect("/learning?told=busy")
    logger.info("%s puts the former models back", visitor.account.name)
    return redirect("/learning", "done.learning_back")
