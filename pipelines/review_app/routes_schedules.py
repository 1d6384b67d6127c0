"""What runs by itself: when it is due, how it went, pausing it, doing it now."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import Response

from flows.catching_up import as_seen
from flows.cron import cron_in_words
from flows.schedules import ScheduleView, ask_for, schedule_views, switch_schedule
from flows.service_file import read_service
from pipelines.domain.accounts import AccountRole
from pipelines.domain.moments import now
from pipelines.domain.schedules import Duty, DutyRun, DutyState
from pipelines.errors import SettingsError, StoreError
from pipelines.report import wording
from pipelines.review_app.access import Visitor, needs
from pipelines.review_app.desk import Desk
from pipelines.review_app.pace import Costly
from pipelines.review_app.rendering import redirect, render
from pipelines.review_app.troubles import reason_in_words
from pipelines.strings import Language, error_text

logger = logging.getLogger(__name__)
router = APIRouter()

_SHOWN_RUNS = 40
_NEEDS = {Duty.LEARN: AccountRole.EDITOR}
"""Who may have a duty done now; the others take a reviewer, as on their own pages."""


@dataclass(frozen=True)
class _ShownRun:
    run: DutyRun
    reason: str
    lasted: str
    asked_by: str


@dataclass(frozen=True)
class _ShownSchedule:
    view: ScheduleView
    when: str
    latest: _ShownRun | None
    may_run: bool


@router.get("/schedules")
def schedules(request: Request, visitor: Annotated[Visitor, needs(AccountRole.READER)]) -> Response:
    """All duties with their schedules, and the latest runs."""
    desk: Desk = request.app.state.desk
    language = visitor.language
    fault, views = "", list[ScheduleView]()
    try:
        views = schedule_views(desk.settings, desk.workspace)
    except SettingsError as error:
        fault = error_text(error, language)
    names = desk.names()
    return render(
        request,
        "schedules.html",
        visitor,
        fault=fault,
        service=read_service(desk.settings.processed_dir),
        schedules=[_shown(view, names, visitor) for view in views],
        runs=[
            _shown_run(as_seen(desk.workspace, run, now()), names, language)
            for run in desk.workspace.duties.page(_SHOWN_RUNS)
        ],
        may_switch=visitor.account.role.may(AccountRole.EDITOR),
    )


@router.post("/schedules/{duty}/switch")
def switch(
    request: Request,
    visitor: Annotated[Visitor, needs(AccountRole.EDITOR)],
    duty: str,
    turn: Annotated[str, Form()],
) -> Response:
    """Pause a schedule or let it go on."""
    desk: Desk = request.app.state.desk
    if turn not in {"pause", "resume"}:
        raise HTTPException(422)
    switch_schedule(desk.workspace, _duty(duty), visitor.account.name, enabled=turn == "resume")
    logger.info("%s: schedule of %s: %s", visitor.account.name, duty, turn)
    return redirect("/schedules", "done.schedule_resumed" if turn == "resume" else "done.schedule_paused")


@router.post("/schedules/{duty}/run")
def run(
    request: Request, visitor: Annotated[Visitor, needs(AccountRole.REVIEWER, costs=Costly.JOB)], duty: str
) -> Response:
    """Have a duty done now."""
    desk: Desk = request.app.state.desk
    chosen = _duty(duty)
    if not visitor.account.role.may(_NEEDS.get(chosen, AccountRole.REVIEWER)):
        raise HTTPException(403)
    try:
        ask_for(desk.settings, chosen, visitor.account.name)
    except StoreError as error:
        if error.key == "error.duty_asked":
            return redirect("/schedules", "done.duty_asked_already")
        raise
    logger.info("%s asked for %s", visitor.account.name, duty)
    return redirect("/schedules", "done.duty_asked")


def _duty(name: str) -> Duty:
    try:
        return Duty(name)
    except ValueError as error:
        raise HTTPException(404) from error


def _shown(view: ScheduleView, names: dict[str, str], visitor: Visitor) -> _ShownSchedule:
    duty = view.schedule.duty
    return _ShownSchedule(
        view,
        cron_in_words(view.schedule.cron, visitor.language),
        None if view.latest is None else _shown_run(view.latest, names, visitor.language),
        visitor.account.role.may(_NEEDS.get(duty, AccountRole.REVIEWER))
        and not view.waiting
        and (view.latest is None or view.latest.state is not DutyState.RUNNING),
    )


def _shown_run(run: DutyRun, names: dict[str, str], language: Language) -> _ShownRun:
    lasted = "" if run.finished is None else wording.duration((run.finished - run.started).total_seconds(), language)
    asked_by = "" if run.asked_by is None else names.get(run.asked_by, run.asked_by)
    return _ShownRun(run, reason_in_words(run.reason, language), lasted, asked_by)
