"""Does what runs by itself, and keeps the ledger of it; knows nothing of the orchestrator that rings."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from flows.catching_up import STOPPED, due_now, ledger_of, next_attempt, reclaim, watch
from flows.duty_acts import ACTS, Told, Work
from flows.progress_file import now as present
from flows.progress_file import reason_of
from flows.schedules import schedules_of
from flows.service_file import Asked, asked_for, duty_lock, forget_asked, forget_duty_lock, service_folder
from flows.workspace import open_settings_workspace
from pipelines.domain.documents import Reason
from pipelines.domain.ids import content_id
from pipelines.domain.schedules import Duty, DutyRun, DutyState
from pipelines.domain.switches import Switched
from pipelines.errors import KennisstandError
from pipelines.settings import Settings
from pipelines.store import Workspace

logger = logging.getLogger(__name__)

BEAT_SECONDS = 30.0
_TAKEN_SECONDS = 2.0


def attend(
    settings: Settings,
    duty: Duty,
    asked: str | None = None,
    *,
    clock: Callable[[], datetime] = present,
    sleep: Callable[[float], None] = time.sleep,
) -> DutyRun | None:
    """Do what of this duty is due now, or what was asked for.

    Parameters
    ----------
    settings
        Of the workspace.
    duty
        Which duty the clock rang for.
    asked
        Id of a request; then that is done, due or not.
    clock, sleep
        The time in UTC, and how to wait.

    Returns
    -------
    DutyRun or None
        How it ended; ``None`` where nothing is due, or somebody else is doing it.
    """
    workspace = open_settings_workspace(settings)
    try:
        tell_given_up(settings, workspace, clock())
        if asked is not None:
            request = next((one for one in asked_for(settings.processed_dir) if one.id == asked), None)
            return None if request is None else _do(settings, workspace, _of_request(request, clock()), clock, sleep)
        run = _due_run(settings, workspace, duty, clock())
        return None if run is None else _do(settings, workspace, run, clock, sleep)
    finally:
        workspace.close()


def do_here(
    settings: Settings,
    duty: Duty,
    person: str,
    *,
    clock: Callable[[], datetime] = present,
    sleep: Callable[[float], None] = time.sleep,
) -> DutyRun:
    """Do a duty in this process because somebody asks for it, and note it in the ledger."""
    workspace = open_settings_workspace(settings)
    try:
        moment = clock()
        run_id = content_id("duty", duty.value, person, moment.isoformat(), os.getpid())
        request = Asked(id=run_id, duty=duty, person=person, moment=moment)
        ended = _do(settings, workspace, _of_request(request, moment), clock, sleep)
        kept = ended or workspace.duties.get(run_id)  # whoever took it from this process says how it is
        assert kept is not None
        return kept
    finally:
        workspace.close()


def tell_given_up(settings: Settings, workspace: Workspace, now: datetime) -> None:
    """Close runs whose process is gone, and tell people of those that will not be tried again."""
    for run in reclaim(workspace, now):
        _notify(settings, run)


def _due_run(settings: Settings, workspace: Workspace, duty: Duty, now: datetime) -> DutyRun | None:
    switches = workspace.acts.switches(Switched.SCHEDULE)
    watched = watch(service_folder(settings.processed_dir), schedules_of(settings, switches), switches, now, keep=False)
    due = next((one for one in due_now(watched, ledger_of(workspace), now) if one.duty is duty), None)
    if due is None:
        logger.info("nothing is due of duty %s", duty)
        return None
    begun = {"state": DutyState.RUNNING, "started": now, "beat": now, **_process()}
    if due.again is not None:
        closed = {"finished": None, "reason": None, "result": {}, "attempt": next_attempt(due.again)}
        return due.again.model_copy(update={**begun, **closed})
    assert due.due is not None
    run_id = content_id("duty", duty.value, due.due.isoformat())
    return DutyRun.model_validate(
        {"id": run_id, "duty": duty, "due": due.due, "n_missed": due.n_missed, **begun}, strict=True
    )


def _of_request(request: Asked, now: datetime) -> DutyRun:
    return DutyRun(
        id=request.id,
        duty=request.duty,
        asked_by=request.person,
        started=now,
        beat=now,
        state=DutyState.RUNNING,
        host=socket.gethostname(),
        process=os.getpid(),
    )


def _process() -> dict[str, str | int]:
    return {"host": socket.gethostname(), "process": os.getpid()}


def _do(
    settings: Settings,
    workspace: Workspace,
    run: DutyRun,
    clock: Callable[[], datetime],
    sleep: Callable[[float], None],
) -> DutyRun | None:
    closed: list[DutyRun] = []
    try:
        # The lock comes before the line in the ledger: a line whose lock is free was left by a process that died.
        with duty_lock(settings.processed_dir, run.id):
            mine = workspace.duties.begin(run)
            forget_asked(settings.processed_dir, run.id)
            if not mine:
                logger.info("duty %s of %s is done elsewhere", run.duty, run.due)
                return None
            logger.info("duty %s begins (%s, attempt %d, missed %d)", run.duty, run.id, run.attempt, run.n_missed)
            with _beating(workspace, run, clock):
                _act(Work(settings, workspace, run, clock, sleep), closed)
    finally:
        # Only now that no sign of life is given any more: sending takes minutes where a mail server is slow.
        for ended in closed:
            if ended.state is not DutyState.INTERRUPTED:
                forget_duty_lock(settings.processed_dir, run.id)
                _notify(settings, ended)
    return closed[0] if closed else None


def _act(work: Work, closed: list[DutyRun]) -> None:
    """Do a duty; how it ended goes to ``closed``, if that was for this process to say."""

    def close(state: DutyState, told: Told) -> None:
        ended = work.workspace.duties.finish(work.run, state, work.clock(), told.reason, told.result)
        closed.extend([] if ended is None else [ended])

    try:
        told = ACTS[work.run.duty](work)
    except KennisstandError as error:
        logger.error("duty %s failed: %s", work.run.duty, error)
        close(DutyState.FAILED, Told(reason_of(error)))
        return
    except BaseException as error:
        failed = isinstance(error, Exception)
        state = DutyState.FAILED if failed else DutyState.INTERRUPTED
        close(state, Told(reason_of(error) if failed else Reason(key=STOPPED)))
        raise  # its trace goes to the log
    if told.failed:
        logger.error("a part of duty %s failed: %s", work.run.duty, told.reason.key if told.reason is not None else "")
    close(DutyState.FAILED if told.failed else DutyState.DONE, told)


@contextmanager
def _beating(workspace: Workspace, run: DutyRun, clock: Callable[[], datetime]) -> Iterator[None]:
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(BEAT_SECONDS):
            try:
                # Whoever has just written down how it ended needs a moment to say so here.
                if not workspace.duties.beat(run, clock()) and not ended.wait(_TAKEN_SECONDS):
                    logger.error("duty %s (%s) was taken from this process", run.duty, run.id)
                    os.kill(os.getpid(), signal.SIGTERM)
                    return
            except (KennisstandError, SQLAlchemyError) as error:  # the work itself will say so if it lasts
                logger.warning("no sign of life could be given: %s", type(error).__name__)

    thread = threading.Thread(target=beat, name="duty-beat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _notify(settings: Settings, run: DutyRun) -> None:
    """Tell people; a notice that cannot be sent is told in the log, and changes nothing of what was done."""
    from flows.notices import notify_contradictions, notify_failed, notify_report

    try:
        if run.state is DutyState.FAILED:
            notify_failed(settings, run)
        elif run.duty is Duty.REPORT and "folder" in run.result:
            notify_report(settings, run)
        if run.duty is Duty.SCAN and "scan" in run.result:  # also where harvesting failed and what lay there was read
            notify_contradictions(settings, str(run.result["scan"]))
    except (KennisstandError, OSError, SQLAlchemyError) as error:
        logger.error("a notice of duty %s could not be sent: %s", run.duty, error)
