"""Progress kept in a file of the workspace, so that the review page sees any scan, whoever started it.

``data/processed/progress-scan.json`` is replaced as a whole at most twice a second. Beside it lies a lock that the
process holds while it works: the system lets go of it however the process ends, so that a file that still says
"running" while nobody holds the lock was left by a process that died.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from types import TracebackType

from filelock import FileLock, Timeout
from pydantic import ValidationError

from flows.orchestrator import current_log
from flows.progress import Several, progress, told_to
from pipelines.domain.documents import Reason
from pipelines.domain.record import Record
from pipelines.errors import KennisstandError, StoreError

logger = logging.getLogger(__name__)

_STEP_SECONDS = 0.5
_LOCK_SECONDS = 5.0
"""Whoever looks whether the lock is held holds it for less than a millisecond."""
_STARTING_SECONDS = 120.0
"""A process that has said nothing by then will not: imports took 3 s on two cores, 40 s on a disk that was not warm."""


class Job(StrEnum):
    """What runs in a process of its own."""

    SCAN = "scan"
    REPORT = "report"
    LEARN = "learn"
    HARVEST = "harvest"
    BACKUP = "backup"


class JobState(StrEnum):
    STARTING = "starting"
    """Asked for; its process has yet to say something."""
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    """Broken off before it was done; nothing is lost."""


class StagePassed(Record):
    """A stage that is behind."""

    stage: str
    seconds: float


class JobProgress(Record):
    """How far a job is, as the file says."""

    job: Job
    token: str = ""
    """Of who asked for it, while its process has yet to say something."""
    state: JobState
    started: datetime
    updated: datetime
    stage: str | None = None
    stage_started: datetime | None = None
    done: int = 0
    total: int | None = None
    """Steps of the stage; ``None`` where that cannot be known."""
    passed: tuple[StagePassed, ...] = ()
    reason: Reason | None = None
    """Why it failed."""

    @property
    def runs(self) -> bool:
        """Whether it is going on."""
        return self.state in {JobState.STARTING, JobState.RUNNING}


def now() -> datetime:
    """This moment in UTC, without time zone."""
    return datetime.now(UTC).replace(tzinfo=None)


def progress_path(folder: Path, job: Job) -> Path:
    """The file of a job in ``folder``, which is ``data/processed``."""
    return folder / f"progress-{job.value}.json"


def _lock(folder: Path, job: Job, timeout: float) -> FileLock:
    return FileLock(folder / f"progress-{job.value}.lock", timeout=timeout)


def is_held(folder: Path, job: Job) -> bool:
    """Whether a process is at work on such a job."""
    lock = _lock(folder, job, 0)
    try:
        lock.acquire()
    except Timeout:
        return True
    except OSError:  # a folder that cannot be written: no job could run there either
        return False
    lock.release()
    return False


def read_progress(folder: Path, job: Job) -> JobProgress | None:
    """How far the latest job of a kind is, or how it ended; ``None`` where there never was one.

    A job whose process is gone is told as interrupted.
    """
    found = _look(folder, job)
    if found is not None and found.state is JobState.INTERRUPTED:
        found = _look(folder, job)  # it may have begun or ended between a look at the file and one at the lock
    return found


def _look(folder: Path, job: Job) -> JobProgress | None:
    held = is_held(folder, job)
    try:
        found = JobProgress.model_validate_json(progress_path(folder, job).read_bytes())
    except (OSError, ValidationError):
        return None
    late = (now() - found.updated).total_seconds() > _STARTING_SECONDS
    dead = not held and (found.state is JobState.RUNNING or (found.state is JobState.STARTING and late))
    return found.model_copy(update={"state": JobState.INTERRUPTED}) if dead else found


def write_progress(folder: Path, told: JobProgress) -> None:
    """Replace the file. What cannot be written is left: the work itself must not stop for it."""
    path = progress_path(folder, told.job)
    part = path.with_name(f".{path.name}.{threading.get_ident()}")
    try:
        # Not synced to the disk: after a power cut there is no process left to tell of.
        part.write_bytes(told.model_dump_json().encode("utf-8"))
        part.replace(path)
    except OSError as error:
        logger.warning("progress could not be written: %s", error.strerror)
        part.unlink(missing_ok=True)


class ProgressFile:
    """Hears the progress of a job and writes it down; a context that ends when the job does."""

    def __init__(self, folder: Path, job: Job) -> None:
        self._folder = folder
        self._told = JobProgress(job=job, state=JobState.RUNNING, started=now(), updated=now())
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._changed = False
        self._thread = threading.Thread(target=self._write_on, name="progress-file", daemon=True)

    def __enter__(self) -> ProgressFile:
        write_progress(self._folder, self._told)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()
        with self._lock:
            self._close_stage()
            self._change(state=_end_state(error), reason=reason_of(error))
            write_progress(self._folder, self._told)

    def begin(self, stage: str, total: int | None) -> None:
        """Note that a stage begins; whatever went before is over."""
        with self._lock:
            self._close_stage()
            self._change(stage=stage, stage_started=now(), done=0, total=total)

    def advance(self, stage: str, steps: int = 1) -> None:
        """Note that so many steps are done."""
        with self._lock:
            if stage == self._told.stage:
                self._change(done=self._told.done + steps)

    def end(self, stage: str) -> None:
        """Note that the stage is done."""
        with self._lock:
            if stage == self._told.stage:
                self._close_stage()

    def _close_stage(self) -> None:
        told = self._told
        if told.stage is not None and told.stage_started is not None:
            seconds = round((now() - told.stage_started).total_seconds(), 1)
            passed = (*told.passed, StagePassed(stage=told.stage, seconds=seconds))
            self._change(stage=None, stage_started=None, done=0, total=None, passed=passed)

    def _change(self, **values: object) -> None:
        self._told = self._told.model_copy(update={**values, "updated": now()})
        self._changed = True

    def _write_on(self) -> None:
        # A thread of its own, so that also the last change before a long silence is written.
        while not self._ended.wait(_STEP_SECONDS):
            with self._lock:
                told, changed, self._changed = self._told, self._changed, False
            if changed:
                write_progress(self._folder, told)


def _end_state(error: BaseException | None) -> JobState:
    if error is None:
        return JobState.DONE
    return JobState.FAILED if isinstance(error, Exception) else JobState.INTERRUPTED


def reason_of(error: BaseException | None) -> Reason | None:
    """What people are told of an error; never its own words, which may hold text of documents."""
    if isinstance(error, KennisstandError):
        return Reason(key=error.key, values=error.values)
    if isinstance(error, Exception):
        return Reason(key="error.unexpected", values={"detail": type(error).__name__, "log": str(current_log() or "-")})
    return None


@contextmanager
def recorded(folder: Path, job: Job) -> Iterator[None]:
    """Write down the progress of what happens within, for whoever else listens as well as for the file.

    Raises
    ------
    StoreError
        Such a job is busy here already.
    """
    lock = _lock(folder, job, _LOCK_SECONDS)
    try:
        lock.acquire()
    except Timeout as error:
        raise StoreError(f"error.{job.value}_busy", workspace=str(folder.parent.parent)) from error
    try:
        with ProgressFile(folder, job) as file, told_to(Several(progress(), file)):
            yield
    finally:
        lock.release()
