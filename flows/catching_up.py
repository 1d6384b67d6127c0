"""What is due by our own ledger: moments that nothing answered, and runs whose process died.

The orchestrator only rings: whatever made it ring, and however late or often, a run begins by asking here what is due.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice, takewhile
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from flows.cron import MOST_MISSED, latest_moment, moments_back
from flows.service_file import is_free, service_folder
from pipelines.domain.documents import Reason
from pipelines.domain.record import Record
from pipelines.domain.schedules import Duty, DutyRun, DutyState, Schedule
from pipelines.domain.switches import Switch
from pipelines.store import Workspace
from pipelines.store.files import write_whole

logger = logging.getLogger(__name__)

MOST_ATTEMPTS = 3
"""What ends its process three times will end it a fourth time: memory, or a fault of the program."""
SILENT = timedelta(minutes=10)
"""A process on another computer that gave no sign of life for so long is gone: it gives one every half minute."""
STOPPED = "reason.duty_stopped"
"""Key of the reason of a run that was told to stop: that is no fault of it, and does not count as an attempt."""
_DIED, _GIVEN_UP = "reason.duty_died", "reason.duty_given_up"


class Watched(Record):
    """A schedule, and since when its moments count."""

    schedule: Schedule
    since: datetime
    """UTC: when it was first seen, changed or resumed. What was due before was not missed."""


@dataclass(frozen=True)
class Due:
    """A duty that is to be done now."""

    duty: Duty
    due: datetime | None
    """The latest moment that it answers, in UTC; ``None`` for one that somebody asked for."""
    n_missed: int = 0
    """Moments before that one that nothing answered."""
    again: DutyRun | None = None
    """The interrupted run that is done once more."""


def due_now(
    watched: Sequence[Watched], ledger: Iterable[DutyRun], now: datetime, grace: timedelta = timedelta(0)
) -> list[Due]:
    """What is to be done, each duty at most once, in the order in which they are to be done.

    Parameters
    ----------
    watched
        The schedules.
    ledger
        Runs of these duties; the latest one, the latest that was done and the one with the latest due moment will do.
    now
        UTC.
    grace
        Moments that passed less than this ago are left to the orchestrator.
    """
    known = list(ledger)
    found: list[Due] = []
    for one in sorted(watched, key=lambda one: list(Duty).index(one.schedule.duty)):
        runs = [run for run in known if run.duty is one.schedule.duty]
        if any(run.state is DutyState.RUNNING for run in runs):
            continue  # when it is done this is asked again
        due = None if one.schedule.paused else _missed(one, runs, now - grace)
        due = due or _to_be_done_again(runs, paused=one.schedule.paused)
        if due is not None:
            found.append(due)
    return found


def _missed(one: Watched, runs: Sequence[DutyRun], until: datetime) -> Due | None:
    latest = latest_moment(one.schedule.cron, until)
    answered = max(
        [
            one.since,
            *(run.due for run in runs if run.due is not None),
            # Whoever asked for it after the moment had it done.
            *(run.started for run in runs if run.state is DutyState.DONE),
        ]
    )
    if latest is None or latest <= answered:
        return None
    open_ones = takewhile(lambda moment: moment > answered, moments_back(one.schedule.cron, latest))
    n_missed = sum(1 for _ in islice(open_ones, MOST_MISSED + 1)) - 1
    return Due(duty=one.schedule.duty, due=latest, n_missed=n_missed)


def _to_be_done_again(runs: Sequence[DutyRun], *, paused: bool) -> Due | None:
    latest = max(runs, key=lambda run: run.started, default=None)
    if latest is None or latest.state is not DutyState.INTERRUPTED or next_attempt(latest) > MOST_ATTEMPTS:
        return None
    if paused and latest.asked_by is None:
        return None
    return Due(duty=latest.duty, due=latest.due, n_missed=latest.n_missed, again=latest)


def next_attempt(run: DutyRun) -> int:
    """Number of the attempt that follows an interrupted one."""
    stopped = run.reason is not None and run.reason.key == STOPPED
    return run.attempt if stopped else run.attempt + 1


def ledger_of(workspace: Workspace) -> list[DutyRun]:
    """What :func:`due_now` needs of the ledger."""
    duties = workspace.duties
    found = [find(duty) for duty in Duty for find in (duties.latest, duties.last_due, duties.last_success)]
    return list({run.id: run for run in (*found, *duties.running()) if run is not None}.values())


def reclaim(workspace: Workspace, now: datetime, host: str | None = None) -> list[DutyRun]:
    """Close runs whose process is gone; returns those that are given up for good, to be told."""
    here = host or socket.gethostname()
    given_up: list[DutyRun] = []
    for run in workspace.duties.running():
        if not _is_gone(workspace, run, now, here):
            continue
        last = run.attempt >= MOST_ATTEMPTS
        state = DutyState.FAILED if last else DutyState.INTERRUPTED
        reason = Reason(key=_GIVEN_UP if last else _DIED, values={"attempts": run.attempt})
        ended = workspace.duties.finish(run, state, now, reason)
        if ended is not None:
            logger.warning("the process of duty %s (%s, attempt %d) is gone", run.duty, run.id, run.attempt)
            given_up += [ended] if last else []
    return given_up


def as_seen(workspace: Workspace, run: DutyRun, now: datetime) -> DutyRun:
    """A run for people to see: one whose process is gone is not busy, though nobody has closed it yet."""
    if run.state is not DutyState.RUNNING or not _is_gone(workspace, run, now, socket.gethostname()):
        return run
    kept = workspace.duties.get(run.id)  # it may have ended between a look at the ledger and one at the lock
    if kept is not None and kept.state is not DutyState.RUNNING:
        return kept
    return run.model_copy(update={"state": DutyState.INTERRUPTED})


def _is_gone(workspace: Workspace, run: DutyRun, now: datetime, here: str) -> bool:
    if run.host == here:
        lock = service_folder(workspace.root / "data" / "processed") / f"duty-{run.id}.lock"
        return is_free(lock)
    return now - run.beat > SILENT


_KNOWN = TypeAdapter(dict[Duty, Watched])


def watch(
    folder: Path, schedules: Sequence[Schedule], switches: Mapping[str, Switch], now: datetime, *, keep: bool = True
) -> list[Watched]:
    """Schedules with the moment since which they count, which is remembered in ``folder``.

    Without that file they count from now on: what was due before the program first looked was not missed.
    """
    path = folder / "schedules.json"
    try:
        known = _KNOWN.validate_json(path.read_bytes())
    except (OSError, ValidationError):
        known = {}
    found: dict[Duty, Watched] = {}
    for schedule in schedules:
        before = known.get(schedule.duty)
        same = before is not None and before.schedule.cron == schedule.cron
        since = before.since if before is not None and same else now
        switch = switches.get(schedule.duty.value)
        if switch is not None and switch.enabled:
            since = max(since, switch.decided)
        found[schedule.duty] = Watched(schedule=schedule, since=since)
    if keep and found != known:
        write_whole(path, _KNOWN.dump_json(found))
    return list(found.values())
