"""Scans, harvests, reports and learning in processes of their own, which go on when the page that started them ends.

usage: python -m flows.background   (what to do comes on stdin, as JSON)
"""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from pydantic import SecretStr, ValidationError

from flows.log_folder import log_folder
from flows.progress_file import (
    Job,
    JobProgress,
    JobState,
    now,
    progress_path,
    read_progress,
    reason_of,
    recorded,
    write_progress,
)
from pipelines.domain.record import Record
from pipelines.errors import KennisstandError, StoreError
from pipelines.settings import Settings

_LOG_BYTES = 1_000_000
_OK, _FAILED, _TERMINATED = 0, 1, 143
_OWN_GROUP = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0) | getattr(subprocess, "CREATE_NO_WINDOW", 0)
"""What Windows has for a session of its own; nothing elsewhere."""
_starting = threading.Lock()


class ReportKind(StrEnum):
    """What people can have written."""

    NOTE = "note"
    """The update note: what changes in the table, with the evidence."""
    FINDINGS = "findings"
    """What was flagged."""
    BIBLIOGRAPHY = "bibliography"


class JobRequest(Record):
    """What a process of its own has to do."""

    job: Job
    token: str
    language: str | None = None
    """Language of the report; the setting if ``None``."""
    retry: tuple[str, ...] | None = None
    """Documents to be read again, instead of looking for new files."""
    about: ReportKind = ReportKind.FINDINGS
    """Which report."""
    since: datetime | None = None
    """Report on what came in or was decided since; ``None`` for all of it, or with findings for the latest scan."""
    actor: str | None = None
    """Account that asks to learn."""
    back: bool = False
    """Put the former models back instead of learning."""
    sources: tuple[str, ...] = ()
    """Sources to be harvested; all that are on where none are named."""


def job_progress(settings: Settings, job: Job) -> JobProgress | None:
    """How far the latest scan or report is, or how it ended; also of one that was started elsewhere."""
    return read_progress(settings.processed_dir, job)


def start_scan_process(settings: Settings, *, language: str | None = None, retry: Sequence[str] | None = None) -> None:
    """Start a scan of all of ``data/raw``, or with ``retry`` one that reads those documents again.

    Raises
    ------
    StoreError
        One is going on already, or the process cannot be started.
    """
    asked = None if retry is None else tuple(retry)
    _start(settings, JobRequest(job=Job.SCAN, token=secrets.token_hex(8), language=language, retry=asked))


def start_report_process(
    settings: Settings,
    *,
    since: datetime | None,
    about: ReportKind = ReportKind.FINDINGS,
    language: str | None = None,
) -> None:
    """Start writing a report on what came in or was decided since a moment; see :class:`JobRequest`.

    Raises
    ------
    StoreError
        One is being written already, or the process cannot be started.
    """
    token = secrets.token_hex(8)
    _start(settings, JobRequest(job=Job.REPORT, token=token, language=language, about=about, since=since))


def start_learning_process(settings: Settings, actor: str, *, back: bool = False) -> None:
    """Start learning from the decisions, or put the former models back.

    Raises
    ------
    StoreError
        That is going on already, or the process cannot be started.
    """
    _start(settings, JobRequest(job=Job.LEARN, token=secrets.token_hex(8), actor=actor, back=back))


def start_harvest_process(settings: Settings, source_ids: Sequence[str] = ()) -> None:
    """Start a harvest of sources; of all that are on where none are named.

    Raises
    ------
    StoreError
        One is going on already, or the process cannot be started.
    """
    _start(settings, JobRequest(job=Job.HARVEST, token=secrets.token_hex(8), sources=tuple(source_ids)))


def _start(settings: Settings, request: JobRequest) -> None:
    folder = settings.processed_dir
    with _starting:
        told = read_progress(folder, request.job)
        if told is not None and told.runs:
            raise StoreError(f"error.{request.job.value}_busy", workspace=str(settings.workspace))
        # Said before there is a process: whoever asks in the same moment sees it.
        starting = JobProgress(
            job=request.job, token=request.token, state=JobState.STARTING, started=now(), updated=now()
        )
        write_progress(folder, starting)
        try:
            process = _spawn(settings)
        except OSError as error:
            _say_failed(folder, request, error)
            raise StoreError("error.background_start", detail=error.strerror or type(error).__name__) from error
    # A child that nobody waits for stays in the list of processes when it is done.
    waiter = threading.Thread(target=_feed_and_wait, args=(process, folder, request), daemon=True)
    waiter.start()


def _spawn(settings: Settings) -> subprocess.Popen[bytes]:
    log = log_folder(settings.workspace) / "background.log"
    long = log.exists() and log.stat().st_size > _LOG_BYTES
    with log.open("wb" if long else "ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "flows.background"],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            cwd=settings.workspace,
            env=settings_environment(settings),
            # Ctrl-C and the end of a session are for the page alone.
            start_new_session=True,
            creationflags=_OWN_GROUP,
        )


def settings_environment(settings: Settings) -> dict[str, str]:
    """The environment, with settings that were given in another way than by environment or file."""
    given: dict[str, str] = {}
    for name in settings.model_fields_set:
        value = getattr(settings, name)
        if value is not None:
            given[f"KENNISSTAND_{name.upper()}"] = (
                value.get_secret_value() if isinstance(value, SecretStr) else str(value)
            )
    given["KENNISSTAND_WORKSPACE"] = str(settings.workspace.resolve())
    given["PYTHONPATH"] = os.pathsep.join(str(Path(p).resolve()) for p in sys.path if p)
    return {**os.environ, **given}


def _feed_and_wait(process: subprocess.Popen[bytes], folder: Path, request: JobRequest) -> None:
    try:
        process.communicate(request.model_dump_json().encode("utf-8"))
    except OSError:  # it ended before it had read what to do
        process.wait()
    _say_failed(folder, request, None)


def _say_failed(folder: Path, request: JobRequest, error: BaseException | None) -> None:
    """Say that a job failed before it could write of its progress; afterwards it has said so itself."""
    try:
        told = JobProgress.model_validate_json(progress_path(folder, request.job).read_bytes())
    except (OSError, ValidationError):
        return
    if told.state is JobState.STARTING and told.token == request.token:
        reason = reason_of(error)
        state = JobState.INTERRUPTED if reason is None else JobState.FAILED
        write_progress(folder, told.model_copy(update={"state": state, "reason": reason, "updated": now()}))


def _end(*_: object) -> None:
    raise KeyboardInterrupt


def main() -> int:
    """Do what stdin asks for; returns the exit status."""
    signal.signal(signal.SIGTERM, _end)
    request = JobRequest.model_validate_json(sys.stdin.buffer.read())
    folder = Path(os.environ["KENNISSTAND_WORKSPACE"]) / "data" / "processed"
    try:
        do_job(Settings(), request)
    except KeyboardInterrupt:
        _say_failed(folder, request, None)
        return _TERMINATED
    except KennisstandError as error:
        _say_failed(folder, request, error)
        return _FAILED
    except BaseException as error:
        _say_failed(folder, request, error)
        raise  # its trace goes to the log
    return _OK


def do_job(settings: Settings, request: JobRequest) -> None:
    """Scan, harvest, write a report or learn, in this process."""
    if request.job is Job.SCAN:
        from flows.start import start_scan

        start_scan(settings, [], request.retry, language=request.language)
        return
    if request.job is Job.HARVEST:
        from flows.harvest_start import start_harvest

        start_harvest(settings, request.sources)
        return
    from flows.orchestrator import log_to_file
    from flows.progress import progress

    log_to_file(settings.workspace)
    if request.job is Job.LEARN:
        from flows.learn import go_back, learn

        with recorded(settings.processed_dir, Job.LEARN):
            progress().begin("learn", None)
            if request.back:
                go_back(settings, request.actor)
            else:
                learn(settings, request.actor)
            progress().end("learn")
        return
    with recorded(settings.processed_dir, Job.REPORT):
        progress().begin("report", None)
        paths = _write_report(settings, request)
        progress().end("report")
        if not paths:
            raise KennisstandError("error.report_nothing")


def _write_report(settings: Settings, request: JobRequest) -> dict[str, str]:
    if request.about is ReportKind.NOTE:
        from flows.note import USUAL_FORMATS, write_update_note

        return write_update_note(settings, request.since, USUAL_FORMATS, request.language, now())
    if request.about is ReportKind.BIBLIOGRAPHY:
        from flows.bibliography import USUAL_FORMATS, write_bibliography

        return write_bibliography(settings, request.since, USUAL_FORMATS, request.language, now())
    from flows.reporting import FORMATS, latest_run_report, period_report

    if request.since is None:
        return latest_run_report(settings, request.language)
    return period_report(settings, request.since, FORMATS, request.language)


if __name__ == "__main__":
    sys.exit(main())
