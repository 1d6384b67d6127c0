"""What each duty comes down to: harvest and scan, report, learn, backup."""

from __future__ import annotations

import calendar
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from flows.progress import progress
from flows.progress_file import Job, reason_of, recorded
from pipelines.domain.documents import Reason
from pipelines.domain.schedules import Duty, DutyRun
from pipelines.errors import KennisstandError, StoreError
from pipelines.settings import Settings
from pipelines.store import Workspace
from pipelines.store.accounts import COMMAND

logger = logging.getLogger(__name__)

LONGEST_WAIT = timedelta(hours=6)
"""A scan of some thousand reports took most of a night on two cores; who waits longer than that waits for a fault."""
_STEP_SECONDS = 20.0
_BUSY = frozenset(f"error.{job.value}_busy" for job in Job)
_UNTIL = "until"
"""In the result of a report: the end of its period, from which the next one goes on."""

_Result = dict[str, int | float | str]
_T = TypeVar("_T")


@dataclass(frozen=True)
class Told:
    """What came of a duty."""

    reason: Reason | None
    result: _Result = field(default_factory=dict)
    failed: bool = False
    """Whether a part of it failed; what the other part brought is in the result."""


@dataclass(frozen=True)
class Work:
    """A duty that has begun."""

    settings: Settings
    workspace: Workspace
    run: DutyRun
    clock: Callable[[], datetime]
    sleep: Callable[[float], None]

    def when_free(self, act: Callable[[], _T]) -> _T:
        """Do something as soon as what somebody else is doing in the workspace is done.

        Raises
        ------
        KennisstandError
            It fails, or the workspace was not free for :data:`LONGEST_WAIT`.
        """
        begun = self.clock()
        while True:
            try:
                return act()
            except StoreError as error:
                if error.key not in _BUSY:
                    raise
                if self.clock() - begun > LONGEST_WAIT:
                    hours = int(LONGEST_WAIT.total_seconds() // 3600)
                    raise KennisstandError("error.duty_waited", hours=hours) from error
                logger.info("waiting: %s", error.key)
            self.sleep(_STEP_SECONDS)


def scan(work: Work) -> Told:
    """Harvest all sources that are on, then scan what is new, also where harvesting as a whole failed.

    Raises
    ------
    KennisstandError
        Scanning failed.
    """
    from flows.harvest_start import start_harvest
    from flows.start import start_scan

    settings, trouble = work.settings, None
    result: _Result = {}
    try:
        harvest = work.when_free(lambda: start_harvest(settings))
        result |= {"sources": len(harvest.sources), "new_items": harvest.n_new, "failing": len(harvest.failed)}
    except KennisstandError as error:
        trouble = error
    found = work.when_free(lambda: start_scan(settings, []))
    result |= {"new_documents": found.new_documents, "set_aside": len(found.failed)}
    if not found.nothing_new:
        result |= {"passages": found.passages, "flagged": found.flagged, "scan": found.run or ""}
        result |= {form: _relative(settings, path) for form, path in found.reports.items()}
    if trouble is not None:
        return Told(reason_of(trouble), result, failed=True)
    key = "reason.duty_scan_nothing" if found.nothing_new else "reason.duty_scan"
    values = {"n": found.new_documents, "flagged": found.flagged, "failing": result.get("failing", 0)}
    return Told(Reason(key=f"{key}_failing" if result.get("failing") else key, values=values), result)


def report(work: Work) -> Told:
    """Write the update note of the period since the report before."""
    from flows.note import USUAL_FORMATS, write_update_note

    settings, workspace = work.settings, work.workspace
    before = workspace.duties.last_success(Duty.REPORT)
    until = work.clock()
    since = month_before(until)
    if before is not None:
        since = datetime.fromisoformat(str(before.result.get(_UNTIL, before.started.isoformat())))
    period: _Result = {"since": since.isoformat(timespec="seconds"), _UNTIL: until.isoformat(timespec="seconds")}
    if not something_new(workspace, since):
        return Told(Reason(key="reason.duty_report_nothing", values={"since": f"{since:%Y-%m-%d}"}), period)

    def write() -> dict[str, str]:
        with recorded(settings.processed_dir, Job.REPORT):
            progress().begin("report", None)
            paths = write_update_note(settings, since, USUAL_FORMATS, None, until)
            progress().end("report")
            return paths

    paths = work.when_free(write)
    if not paths:
        return Told(Reason(key="reason.duty_report_nothing", values={"since": f"{since:%Y-%m-%d}"}), period)
    files: _Result = {form: _relative(settings, path) for form, path in paths.items()}
    folder = str(Path(next(iter(paths.values()))).parent.name)
    return Told(Reason(key="reason.duty_report", values={"folder": folder}), {**period, **files, "folder": folder})


def learn(work: Work) -> Told:
    """Learn from the decisions; that there is nothing to learn is an answer."""
    from flows.learn import NothingToLearn
    from flows.learn import learn as learn_now

    person = None if work.run.asked_by == COMMAND else work.run.asked_by

    def teach() -> Told:
        with recorded(work.settings.processed_dir, Job.LEARN):
            progress().begin("learn", None)
            record = learn_now(work.settings, person)
            progress().end("learn")
            reason = Reason(key=record.reason, values=record.values)
            result: _Result = {"outcome": record.outcome.value, "lessons": record.n_lessons}
            return Told(reason, result)

    try:
        return work.when_free(teach)
    except NothingToLearn as error:
        return Told(Reason(key=error.key, values=error.values))


def backup(work: Work) -> Told:
    """Make a copy of database and files."""
    from flows.backup import make_backup

    made = work.when_free(lambda: make_backup(work.settings))
    return Told(Reason(key="reason.duty_backup", values={"name": made.name, "n": made.n_files}), made.result())


ACTS: dict[Duty, Callable[[Work], Told]] = {
    Duty.SCAN: scan,
    Duty.REPORT: report,
    Duty.LEARN: learn,
    Duty.BACKUP: backup,
}


def something_new(workspace: Workspace, since: datetime) -> bool:
    """Whether a scan, a decision or a change of the table came since a moment (UTC)."""
    latest = workspace.runs.latest()
    if latest is not None and latest.finished is not None and latest.finished >= since:
        return True
    if any(record.created >= since for record in workspace.tables.records()[1:]):
        return True
    if any(decision.decided >= since for decision in workspace.acts.decisions()):
        return True
    return any(decision.decided >= since for decision in workspace.decisions.all())


def month_before(moment: datetime) -> datetime:
    """The same day and time a month earlier, or the last day of that month."""
    year, month = (moment.year - 1, 12) if moment.month == 1 else (moment.year, moment.month - 1)
    return moment.replace(year=year, month=month, day=min(moment.day, calendar.monthrange(year, month)[1]))


def _relative(settings: Settings, path: str) -> str:
    found = Path(path)
    return found.relative_to(settings.workspace).as_posix() if found.is_relative_to(settings.workspace) else path
