"""The whole service in one go: catches up, survives the death of a run, reports, sends notices, leaves nothing."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import httpx
import pytest
from notice_servers import Webhook, webhook

from flows.catching_up import watch
from flows.cron import next_moment
from flows.progress_file import now
from flows.schedules import schedules_of
from flows.service_file import PartState, ServiceState, ask, read_service, service_folder
from pipelines.domain.schedules import Duty, DutyRun, DutyState
from pipelines.examples import copy_examples
from pipelines.settings import Settings
from pipelines.store import Workspace

_LONGEST_SECONDS = 400
_SOURCES = """
sources:
  - id: shelf
    name: The shelf of a colleague
    kind: folder
    address: {folder}
    wanted: all
    enabled: true
"""
_T = TypeVar("_T")


def _until(found: Callable[[], _T | None], process: subprocess.Popen[bytes], log: Path) -> _T:
    latest = time.monotonic() + _LONGEST_SECONDS
    while not (one := found()):
        told = log.read_text(encoding="utf-8", errors="replace")
        assert process.poll() is None and time.monotonic() < latest, told
        time.sleep(0.1)
    return one


def _processes(workspace: Path) -> list[str]:
    """What still runs in a workspace, whoever started it."""
    wanted = f"KENNISSTAND_WORKSPACE={workspace}".encode()
    found: list[str] = []
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdigit() and wanted in (folder / "environ").read_bytes().split(b"\0"):
                found.append(f"{folder.name} {(folder / 'cmdline').read_bytes()!r}")
        except OSError:  # ended meanwhile, or of somebody else
            continue
    return found


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def _in_half_a_year() -> str:
    """A moment that is due neither now nor in the days before."""
    return f"0 7 1 {(now().month + 5) % 12 + 1} *"


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="which processes run is read from /proc")
def test_serve_catches_up_and_survives_what_dies(settings: Settings, workspace: Workspace, tmp_path: Path) -> None:
    shelf = tmp_path / "shelf"
    for path in copy_examples(tmp_path / "examples"):
        if "press-release" in path.name:
            shelf.mkdir(exist_ok=True)
            long_ago = (now() - timedelta(days=2)).timestamp()  # what changed just now is left for the next harvest
            os.utime(shutil.copy(path, shelf), (long_ago, long_ago))
    (tmp_path / "kennisstand-sources.yaml").write_text(_SOURCES.format(folder=shelf), encoding="utf-8")
    with webhook(200) as hook:
        _serve(settings, workspace, tmp_path, hook)


def _serve(settings: Settings, workspace: Workspace, tmp_path: Path, hook: Webhook) -> None:
    port = _free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    environment |= {
        "KENNISSTAND_WORKSPACE": str(tmp_path),
        "KENNISSTAND_PAGE_PORT": str(port),
        # Every hour, half an hour from now: missed since two days, and not due while the test runs.
        "KENNISSTAND_SCHEDULE_SCAN": f"{(now() + timedelta(minutes=30)).minute} * * * *",
        "KENNISSTAND_SCHEDULE_REPORT": _in_half_a_year(),
        "KENNISSTAND_SCHEDULE_LEARN": "",
        "KENNISSTAND_SCHEDULE_BACKUP": "",
        "KENNISSTAND_NOTICES": f"json://127.0.0.1:{hook.port}/",
        "KENNISSTAND_NOTICE_PAGE": "https://kennis.example.org",
    }
    chosen = settings.model_copy(
        update={f"schedule_{duty.value}": environment[f"KENNISSTAND_SCHEDULE_{duty.name}"] for duty in Duty}
    )
    folder = service_folder(settings.processed_dir)
    folder.mkdir(parents=True)
    watch(folder, schedules_of(chosen, {}), {}, now() - timedelta(days=2))
    log = tmp_path / "serve.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", "from pipelines.cli import main; main()", "serve"],
            stdout=output,
            stderr=output,
            env=environment,
            cwd=Path(__file__).parents[2],
        )
    try:
        _walk_through(chosen, workspace, process, log, port)
        _report_is_told(settings, workspace, process, log, hook)
        process.send_signal(signal.SIGTERM)
        process.wait(_LONGEST_SECONDS)
        latest = time.monotonic() + 60
        while left := _processes(tmp_path):
            assert time.monotonic() < latest, left
            time.sleep(0.1)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 143, log.read_text(encoding="utf-8", errors="replace")
    assert read_service(settings.processed_dir) is None


def _walk_through(
    settings: Settings, workspace: Workspace, process: subprocess.Popen[bytes], log: Path, port: int
) -> None:
    def page_answers() -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{port}/health", timeout=60, trust_env=False).is_success
        except httpx.TransportError:
            return False

    def begun(attempt: int) -> DutyRun | None:
        run = workspace.duties.latest(Duty.SCAN)
        return run if run is not None and run.attempt == attempt and run.state is DutyState.RUNNING else None

    def done() -> DutyRun | None:
        run = workspace.duties.latest(Duty.SCAN)
        assert run is None or run.state is not DutyState.FAILED, run
        return run if run is not None and run.state is DutyState.DONE else None

    _until(page_answers, process, log)
    first = _until(lambda: begun(1), process, log)
    assert first.n_missed > 40 and first.due is not None
    os.kill(first.process, signal.SIGKILL)
    second = _until(lambda: begun(2), process, log)
    assert (second.id, second.due) == (first.id, first.due) and second.process != first.process
    run = _until(done, process, log)
    assert run.result["sources"] == 1 and run.result["new_documents"] and run.result["scan"] == "scan-0001"
    assert (settings.workspace / str(run.result["docx"])).is_file()
    assert all("harvested" in path for one in workspace.documents.summaries() for path in one.paths)
    state = read_service(settings.processed_dir)
    assert state is not None and (state.server, state.worker) == (PartState.RUNNING, PartState.RUNNING)
    assert state.n_failures == 0
    _rings_by_itself(settings, state, process, log)
    assert workspace.duties.latest(Duty.REPORT) is None


def _rings_by_itself(settings: Settings, state: ServiceState, process: subprocess.Popen[bytes], log: Path) -> None:
    """The orchestrator itself holds the moments to come, the very ones that the schedule means."""
    ahead = {"flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}}}

    def planned() -> list[datetime]:
        answer = httpx.post(f"{state.address}/flow_runs/filter", json=ahead, timeout=60, trust_env=False)
        found = [datetime.fromisoformat(one["expected_start_time"]) for one in answer.json() if one["auto_scheduled"]]
        return sorted(moment.astimezone(UTC).replace(tzinfo=None) for moment in found)

    moments = _until(planned, process, log)
    first = next_moment(settings.schedule_scan, now())
    assert first is not None and moments[:3] == [first + timedelta(hours=n) for n in range(3)]


def _report_is_told(
    settings: Settings, workspace: Workspace, process: subprocess.Popen[bytes], log: Path, hook: Webhook
) -> None:
    asked = ask(settings.processed_dir, Duty.REPORT, "anna", now())
    _until(lambda: hook.taken, process, log)
    run = workspace.duties.get(asked.id)
    assert run is not None and (run.state, run.asked_by) == (DutyState.DONE, "anna"), run
    assert all((settings.workspace / str(run.result[form])).is_file() for form in ("docx", "html", "pdf"))
    [notice] = hook.taken
    assert notice["title"].startswith("Kennisstand: updatenotitie klaar")
    assert str(run.result["folder"]) in notice["message"]
    assert "https://kennis.example.org/reports" in notice["message"]
