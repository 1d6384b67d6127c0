"""What runs by itself, when, and what came of it: for the command and the page."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime

from flows.catching_up import as_seen
from flows.cron import check_cron, next_moment
from flows.service_file import Asked, ask, asked_for, read_service
from pipelines.domain.moments import now as present
from pipelines.domain.record import Record
from pipelines.domain.schedules import Duty, DutyRun, Schedule
from pipelines.domain.switches import Switch, Switched
from pipelines.errors import StoreError
from pipelines.settings import Settings
from pipelines.store import Workspace

_SHOWN_RUNS = 20


class ScheduleView(Record):
    """A duty as people see it."""

    schedule: Schedule
    next: datetime | None
    """When it is due next, in UTC; ``None`` where it is paused or never due."""
    latest: DutyRun | None
    last_success: DutyRun | None
    runs: tuple[DutyRun, ...]
    """The latest runs, newest first."""
    waiting: tuple[Asked, ...] = ()
    """Asked for, and not begun."""


def schedules_of(settings: Settings, switches: Mapping[str, Switch]) -> list[Schedule]:
    """The schedules that the settings name, paused where somebody paused them.

    Raises
    ------
    SettingsError
        One of them is no cron line.
    """
    lines = {
        Duty.SCAN: settings.schedule_scan,
        Duty.REPORT: settings.schedule_report,
        Duty.LEARN: settings.schedule_learn,
        Duty.BACKUP: settings.schedule_backup,
    }
    paused = {subject for subject, switch in switches.items() if not switch.enabled}
    return [
        Schedule(duty=duty, cron=check_cron(line, f"schedule_{duty.value}"), paused=duty.value in paused)
        for duty, line in lines.items()
    ]


def schedule_views(settings: Settings, workspace: Workspace, now: datetime | None = None) -> list[ScheduleView]:
    """All duties.

    Raises
    ------
    SettingsError
        A schedule is no cron line.
    """
    moment = now or present()
    waiting = asked_for(settings.processed_dir)
    views: list[ScheduleView] = []
    for schedule in schedules_of(settings, workspace.acts.switches(Switched.SCHEDULE)):
        duty = schedule.duty
        runs = tuple(as_seen(workspace, run, moment) for run in workspace.duties.page(_SHOWN_RUNS, duty=duty))
        views.append(
            ScheduleView(
                schedule=schedule,
                next=None if schedule.paused else next_moment(schedule.cron, moment),
                latest=runs[0] if runs else None,
                last_success=workspace.duties.last_success(duty),
                runs=runs,
                waiting=tuple(one for one in waiting if one.duty is duty),
            )
        )
    return views


def switch_schedule(workspace: Workspace, duty: Duty, person: str, *, enabled: bool) -> None:
    """Pause a schedule or let it go on; the service sees it within a minute.

    What is asked for a second time (its answer was lost on the way) changes nothing.
    """
    latest = workspace.acts.switches(Switched.SCHEDULE).get(duty.value)
    if latest is not None and (latest.enabled, latest.person) == (enabled, person):
        return
    workspace.acts.switch(
        Switch(
            id=secrets.token_hex(10),
            kind=Switched.SCHEDULE,
            subject=duty.value,
            person=person,
            decided=present(),
            enabled=enabled,
        )
    )


def ask_for(settings: Settings, duty: Duty, person: str) -> str:
    """Ask the running service to do a duty now; returns the id that its run gets in the ledger.

    Raises
    ------
    StoreError
        No service runs here, or the duty was asked for already.
    """
    if read_service(settings.processed_dir) is None:
        raise StoreError("error.service_not_running")
    if any(asked.duty is duty for asked in asked_for(settings.processed_dir)):
        raise StoreError("error.duty_asked")
    return ask(settings.processed_dir, duty, person, present()).id
