"""Scans: start one, see how far it is, what came of each, and what was set aside."""

from __future__ import annotations

import logging
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import Response

from flows.background import start_scan_process
from flows.progress_file import Job
from pipelines.domain.accounts import AccountRole
from pipelines.domain.runs import Run
from pipelines.report import wording
from pipelines.review_app.access import Visitor, needs
from pipelines.review_app.desk import Desk
from pipelines.review_app.jobs import job_view, render_progress, told_key, try_start
from pipelines.review_app.pace import Costly
from pipelines.review_app.paging import page_start
from pipelines.review_app.rendering import redirect, render
from pipelines.store.document_lists import (
    SET_ASIDE,
    DocumentFilter,
    count_documents,
    page_documents,
    set_aside_ids,
)
from pipelines.strings import LANGUAGES, Language

logger = logging.getLogger(__name__)
router = APIRouter()

PAGE_RUNS = 50
_SHOWN_SET_ASIDE = 50


def _lasted(run: Run, language: Language) -> str:
    seconds = run.summary.get("seconds")
    if not isinstance(seconds, int | float):
        seconds = (run.finished - run.started).total_seconds() if run.finished else None
    return "" if seconds is None else wording.duration(seconds, language)


@router.get("/scans")
def scans(
    request: Request, visitor: Annotated[Visitor, needs(AccountRole.READER)], start: int = 0, told: str = ""
) -> Response:
    """What is going on, what can be started, and all scans so far."""
    desk: Desk = request.app.state.desk
    workspace, language = desk.workspace, visitor.language
    job = job_view(desk, Job.SCAN, language)
    runs = job is not None and job.runs
    total = workspace.runs.count()
    start = page_start(start, total, PAGE_RUNS)
    return render(
        request,
        "scans.html",
        visitor,
        job=job,
        broken_off=None if runs else workspace.runs.open(),
        runs=[(run, _lasted(run, language)) for run in workspace.runs.page(PAGE_RUNS, start)],
        total=total,
        start=start,
        page_runs=PAGE_RUNS,
        n_set_aside=count_documents(workspace.engine, DocumentFilter(state=SET_ASIDE)),
        may_start=visitor.account.role.may(AccountRole.REVIEWER),
        report_language=desk.settings.language,
        told=told_key(told),
        **_set_aside(desk, visitor, None),
    )


@router.get("/scans/progress")
def scan_progress(request: Request, visitor: Annotated[Visitor, needs(AccountRole.READER)]) -> Response:
    """Part of pages: how far the scan is that is going on."""
    return render_progress(request, visitor, Job.SCAN, "scans_page")


@router.get("/scans/{run_id}")
def scan(request: Request, visitor: Annotated[Visitor, needs(AccountRole.READER)], run_id: str) -> Response:
    """One scan: counts, versions, and what it set aside."""
    desk: Desk = request.app.state.desk
    try:
        run = desk.workspace.runs.get(run_id)
    except KeyError as error:
        raise HTTPException(404) from error
    return render(
        request,
        "scans_one.html",
        visitor,
        run=run,
        lasted=_lasted(run, visitor.language),
        n_documents=count_documents(desk.workspace.engine, DocumentFilter(run=run.id)),
        may_start=visitor.account.role.may(AccountRole.REVIEWER),
        **_set_aside(desk, visitor, run.id),
    )


def _set_aside(desk: Desk, visitor: Visitor, run_id: str | None) -> dict[str, Any]:
    chosen = DocumentFilter(state=SET_ASIDE, run=run_id)
    found = page_documents(desk.workspace.engine, chosen, _SHOWN_SET_ASIDE)
    return {
        "set_aside": [(d, wording.document_title(d), wording.reason_text(d, visitor.language)) for d in found],
        "n_more": max(count_documents(desk.workspace.engine, chosen) - len(found), 0),
    }


@router.post("/scans")
def start_scan(
    request: Request,
    visitor: Annotated[Visitor, needs(AccountRole.REVIEWER, costs=Costly.JOB)],
    language: Annotated[str, Form()] = "",
) -> Response:
    """Scan all of ``data/raw``; goes on with a scan that was broken off."""
    desk: Desk = request.app.state.desk
    chosen = language if language in LANGUAGES else None
    if not try_start(lambda: start_scan_process(desk.settings, language=chosen)):
        return redirect("/scans?told=busy")
    logger.info("%s started a scan", visitor.account.name)
    return redirect("/scans", "done.scans_started")


@router.post("/scans/retry")
def retry_all(request: Request, visitor: Annotated[Visitor, needs(AccountRole.REVIEWER, costs=Costly.JOB)]) -> Response:
    """Read everything again that was set aside."""
    desk: Desk = request.app.state.desk
    ids = set_aside_ids(desk.workspace.engine)
    if not ids:
        return redirect("/scans", "done.scans_nothing_to_retry")
    if not try_start(lambda: start_scan_process(desk.settings, retry=ids)):
        return redirect("/scans?told=busy")
    logger.info("%s has %s documents read again", visitor.account.name, len(ids))
    return redirect("/scans", "done.scans_retry")
