"""Reports: what was made, to be downloaded; make one."""

from __future__ import annotations

import logging
from datetime import date, datetime, time
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import Response

from flows.background import ReportKind, start_report_process
from flows.progress_file import Job
from pipelines.domain.accounts import AccountRole
from pipelines.report import wording
from pipelines.review_app.access import Visitor, needs
from pipelines.review_app.desk import Desk
from pipelines.review_app.downloads import download, open_plain_file
from pipelines.review_app.jobs import job_view, render_progress, told_key, try_start
from pipelines.review_app.pace import Costly
from pipelines.review_app.paging import page_start
from pipelines.review_app.rendering import redirect, render
from pipelines.store.reports import find_file, list_reports
from pipelines.strings import LANGUAGES

logger = logging.getLogger(__name__)
router = APIRouter()

PAGE_REPORTS = 50
_FIRST_YEAR = 1990
"""Nothing was scanned before."""


@router.get("/reports")
def reports(
    request: Request, visitor: Annotated[Visitor, needs(AccountRole.READER)], start: int = 0, told: str = ""
) -> Response:
    """All reports, newest first, and what it takes to make one."""
    desk: Desk = request.app.state.desk
    found = list_reports(desk.settings.reports_dir)
    start = page_start(start, len(found), PAGE_REPORTS)
    return render(
        request,
        "reports.html",
        visitor,
        reports=found[start : start + PAGE_REPORTS],
        total=len(found),
        start=start,
        page_reports=PAGE_REPORTS,
        latest=desk.workspace.runs.latest(),
        job=job_view(desk, Job.REPORT, visitor.language),
        may_make=visitor.account.role.may(AccountRole.REVIEWER),
        report_language=desk.settings.language,
        today=date.today().isoformat(),
        first_year=_FIRST_YEAR,
        kinds=[kind.value for kind in ReportKind],
        long_date=lambda day: wording.long_date(day, visitor.language),
        told=told_key(told),
    )


@router.get("/reports/progress")
def report_progress(request: Request, visitor: Annotated[Visitor, needs(AccountRole.READER)]) -> Response:
    """Part of the page: how far the report is that is being made."""
    return render_progress(request, visitor, Job.REPORT, "reports_page")


@router.post("/reports")
def make_report(
    request: Request,
    visitor: Annotated[Visitor, needs(AccountRole.REVIEWER, costs=Costly.JOB)],
    about: Annotated[str, Form()] = "",
    since: Annotated[str, Form()] = "",
    language: Annotated[str, Form()] = "",
) -> Response:
    """Have a report written, on everything or on what came in or was decided since a day."""
    desk: Desk = request.app.state.desk
    kind = next((one for one in ReportKind if one.value == about), ReportKind.NOTE)
    moment = _day(since)
    if since and moment is None:
        return redirect("/reports?told=no_date")
    chosen = language if language in LANGUAGES else None
    if not try_start(lambda: start_report_process(desk.settings, about=kind, since=moment, language=chosen)):
        return redirect("/reports?told=busy")
    logger.info("%s has a report made", visitor.account.name)
    return redirect("/reports", "done.reports_started")


@router.get("/reports/{folder}/{name}", dependencies=[needs(AccountRole.READER, costs=Costly.FILE)])
def report_file(request: Request, folder: str, name: str) -> Response:
    """One file of a report.

    Also the web page comes as a download: it holds text of documents, and its styles and plots lie inside it, which
    the rules for pages of this server forbid for good reason. Opened from disk it looks as it should and has no part
    in anybody's session.
    """
    desk: Desk = request.app.state.desk
    path = find_file(desk.settings.reports_dir, folder, name)
    file = None if path is None else open_plain_file(path)
    if file is None:
        raise HTTPException(404)
    return download(file, f"{folder}-{name}")


def _day(written: str) -> datetime | None:
    """The moment at which a day begins; ``None`` for what is no day that anything can have come in since."""
    try:
        day = date.fromisoformat(written)
    except ValueError:
        return None
    return datetime.combine(day, time()) if day.year >= _FIRST_YEAR and day <= date.today() else None
