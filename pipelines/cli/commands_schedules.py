"""``schedules``: what runs by itself, when, and what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from pipelines.cli.session import Session

if TYPE_CHECKING:
    from flows.schedules import ScheduleView
    from pipelines.domain.schedules import DutyRun

_DUTIES = ("scan", "report", "learn", "backup")
_FAILED = 1


def add_commands(app: click.Group, session: Session) -> None:
    """Add the commands to ``app``."""
    t = session.t
    duty_argument = click.argument("duty", type=click.Choice(_DUTIES))

    @app.group("schedules", invoke_without_command=True, help=t("cli.schedules.help"))
    @click.option("--json", "as_json", is_flag=True, help=t("cli.option.json"))
    @click.pass_context
    def schedules(context: click.Context, as_json: bool) -> None:
        if context.invoked_subcommand is None:
            show_schedules(session, as_json=as_json)

    @schedules.command("pause", help=t("cli.schedules.pause"))
    @duty_argument
    def pause(duty: str) -> None:
        switch(session, duty, enabled=False)

    @schedules.command("resume", help=t("cli.schedules.resume"))
    @duty_argument
    def resume(duty: str) -> None:
        switch(session, duty, enabled=True)

    @schedules.command("run", help=t("cli.schedules.run"))
    @duty_argument
    def run(duty: str) -> int:
        return run_now(session, duty)


def show_schedules(session: Session, *, as_json: bool) -> None:
    """Show all duties: when they are due, and how they went."""
    from flows.schedules import schedule_views
    from flows.service_file import read_service
    from flows.workspace import open_settings_workspace

    settings = session.existing()
    workspace = open_settings_workspace(settings)
    try:
        views = schedule_views(settings, workspace)
    finally:
        workspace.close()
    service = read_service(settings.processed_dir)
    if as_json:
        running = None if service is None else service.model_dump(mode="json")
        session.result_json({"service": running, "schedules": [_as_json(session, view) for view in views]})
        return
    names = ("duty", "what", "when", "next", "last", "outcome")
    session.result_table(
        [session.t(f"cli.schedules.heading.{name}") for name in names], [_line(session, view) for view in views]
    )
    if service is not None and service.is_failing:
        parts = {name: session.t(f"cli.schedules.part.{getattr(service, name)}") for name in ("server", "worker")}
        session.say("cli.schedules.service_fails", log=str(settings.processed_dir / "logs"), **parts)
    else:
        session.say("cli.schedules.service_off" if service is None else "cli.schedules.service_runs")


def switch(session: Session, duty: str, *, enabled: bool) -> None:
    """Pause a schedule or let it go on."""
    from flows.schedules import schedule_views, switch_schedule
    from flows.workspace import open_settings_workspace
    from pipelines.domain.schedules import Duty
    from pipelines.store.accounts import COMMAND

    settings = session.existing()
    workspace = open_settings_workspace(settings)
    try:
        switch_schedule(workspace, Duty(duty), COMMAND, enabled=enabled)
        view = next(view for view in schedule_views(settings, workspace) if view.schedule.duty == duty)
    finally:
        workspace.close()
    name = session.t(f"schedule.duty.{duty}")
    session.say("cli.schedules.resumed" if enabled else "cli.schedules.paused", duty=name, when=_when(session, view))


def run_now(session: Session, duty: str) -> int:
    """Have the service do a duty now, or do it in this process where none runs; returns the exit status."""
    from flows.orchestrator import log_to_file
    from flows.schedules import ask_for
    from flows.service_file import read_service
    from pipelines.domain.schedules import Duty, DutyState
    from pipelines.store.accounts import COMMAND

    settings = session.existing()
    name = session.t(f"schedule.duty.{duty}")
    if read_service(settings.processed_dir) is not None:
        ask_for(settings, Duty(duty), COMMAND)
        session.say("cli.schedules.asked", duty=name)
        return 0
    from flows.duties import do_here

    log_to_file(settings.workspace)
    session.say("cli.schedules.here", duty=name)
    run = do_here(settings, Duty(duty), COMMAND)
    session.say(
        "cli.schedules.outcome", duty=name, state=session.t(f"schedule.state.{run.state}"), reason=_reason(session, run)
    )
    return _FAILED if run.state is DutyState.FAILED else 0


def _line(session: Session, view: ScheduleView) -> list[str]:
    from flows.cron import cron_in_words

    when = cron_in_words(view.schedule.cron, session.language)
    if view.schedule.paused:
        when = session.t("schedule.when.paused", when=when)
    latest = view.latest
    told = [] if latest is None else [session.t(f"schedule.state.{latest.state}"), _reason(session, latest)]
    if view.waiting:
        told = [session.t("schedule.state.waiting")]
    return [
        view.schedule.duty.value,
        session.t(f"schedule.duty.{view.schedule.duty}"),
        when,
        _moment(view.next),
        _moment(None if latest is None else latest.started),
        ": ".join(filter(None, told)),
    ]


def _when(session: Session, view: ScheduleView) -> str:
    from flows.cron import cron_in_words

    return cron_in_words(view.schedule.cron, session.language)


def _moment(moment: datetime | None) -> str:
    from pipelines.domain.moments import on_the_clock

    return "-" if moment is None else f"{on_the_clock(moment):%Y-%m-%d %H:%M}"


def _reason(session: Session, run: DutyRun) -> str:
    return "" if run.reason is None else session.reason(run.reason)


def _as_json(session: Session, view: ScheduleView) -> dict[str, object]:
    shown = view.model_dump(mode="json")
    return {**shown.pop("schedule"), "when": _when(session, view), **shown}
