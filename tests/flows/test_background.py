"""Scans and reports in processes of their own: seen while they run, told apart from those that died."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from flows import background, progress_file
from flows.background import JobRequest, do_job, job_progress, start_report_process, start_scan_process
from flows.progress import Silent, progress, told_to
from flows.progress_file import Job, JobProgress, JobState, now, progress_path, read_progress, recorded, write_progress
from flows.start import start_scan
from pipelines.errors import KennisstandError, StoreError
from pipelines.settings import Settings
from pipelines.store import open_workspace
from pipelines.strings import LANGUAGES, text

_LONGEST_SECONDS = 90


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    processed = tmp_path / "data" / "processed"
    processed.mkdir(parents=True)
    return processed


def _wait_until(true: Callable[[], bool]) -> None:
    latest = time.monotonic() + _LONGEST_SECONDS
    while not true():
        assert time.monotonic() < latest, "nothing happened"
        time.sleep(0.02)


def _told(folder: Path, job: Job = Job.SCAN) -> JobProgress:
    found = read_progress(folder, job)
    assert found is not None
    return found


# ---------------------------------------------------------------- the file


def test_progress_is_seen_while_it_goes_on_and_afterwards(folder: Path) -> None:
    assert read_progress(folder, Job.SCAN) is None
    with recorded(folder, Job.SCAN):
        progress().begin("read", 3)
        progress().advance("read", 2)
        _wait_until(lambda: _told(folder).done == 2)
        told = _told(folder)
        assert (told.state, told.stage, told.total) == (JobState.RUNNING, "read", 3)
        progress().end("read")
        progress().begin("groups", None)
    told = _told(folder)
    assert told.state is JobState.DONE and not told.runs
    assert [passed.stage for passed in told.passed] == ["read", "groups"]


def test_whoever_listened_hears_it_still(folder: Path) -> None:
    class Heard(Silent):
        def __init__(self) -> None:
            self.said: list[tuple[object, ...]] = []

        def begin(self, stage: str, total: int | None) -> None:
            self.said.append(("begin", stage, total))

        def advance(self, stage: str, steps: int = 1) -> None:
            self.said.append(("advance", stage, steps))

        def end(self, stage: str) -> None:
            self.said.append(("end", stage))

    heard = Heard()
    with told_to(heard), recorded(folder, Job.SCAN):
        progress().begin("read", 1)
        progress().advance("read")
        progress().end("read")
    assert heard.said == [("begin", "read", 1), ("advance", "read", 1), ("end", "read")]


def test_it_is_written_at_most_so_often(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[JobProgress] = []
    monkeypatch.setattr(progress_file, "_STEP_SECONDS", 3600)
    monkeypatch.setattr(progress_file, "write_progress", lambda _, told: written.append(told))
    with recorded(folder, Job.SCAN):
        progress().begin("read", 1000)
        for _ in range(1000):
            progress().advance("read")
    assert [told.state for told in written] == [JobState.RUNNING, JobState.DONE]


def test_readers_never_see_half_a_file(folder: Path) -> None:
    seen: set[int] = set()
    ended = threading.Event()

    def look() -> None:
        while not ended.is_set():
            found = read_progress(folder, Job.SCAN)
            if found is not None:
                seen.add(found.done)

    told = JobProgress(job=Job.SCAN, state=JobState.STARTING, started=now(), updated=now())
    write_progress(folder, told)
    reader = threading.Thread(target=look)
    reader.start()
    for done in range(300):
        write_progress(folder, told.model_copy(update={"done": done, "stage": "x" * done}))
    ended.set()
    reader.join()
    assert seen and seen <= set(range(300))
    assert [p.name for p in folder.iterdir() if p.name.startswith(".")] == []


@pytest.mark.parametrize(
    ("error", "state", "key"),
    [
        (StoreError("error.disk_full", path="x"), JobState.FAILED, "error.disk_full"),
        (RuntimeError("text of a document"), JobState.FAILED, "error.unexpected"),
        (KeyboardInterrupt(), JobState.INTERRUPTED, None),
    ],
)
def test_how_it_ended_is_told(folder: Path, error: BaseException, state: JobState, key: str | None) -> None:
    with pytest.raises(type(error)), recorded(folder, Job.SCAN):
        progress().begin("read", 3)
        raise error
    told = _told(folder)
    assert told.state is state
    assert (told.reason.key if told.reason else None) == key
    assert "text of a document" not in progress_path(folder, Job.SCAN).read_text()
    for language in LANGUAGES:
        if told.reason is not None:
            text(told.reason.key, language, **told.reason.values)


def test_a_process_that_is_killed_is_told_as_interrupted(folder: Path) -> None:
    code = (
        "import sys, pathlib, time\n"
        "from flows.progress import progress\n"
        "from flows.progress_file import Job, recorded\n"
        "with recorded(pathlib.Path(sys.argv[1]), Job.SCAN):\n"
        "    progress().begin('topics', None)\n"
        "    time.sleep(600)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(folder)], cwd=Path(__file__).parents[2])
    try:
        _wait_until(lambda: (found := read_progress(folder, Job.SCAN)) is not None and found.stage == "topics")
        assert _told(folder).state is JobState.RUNNING
        with pytest.raises(StoreError, match="scan_busy"):
            start_scan_process(Settings(workspace=folder.parent.parent))
    finally:
        process.kill()
        process.wait()
    told = _told(folder)
    assert told.state is JobState.INTERRUPTED and told.stage == "topics"


def test_a_start_that_comes_to_nothing_is_not_waited_for_for_ever(folder: Path) -> None:
    told = JobProgress(job=Job.SCAN, state=JobState.STARTING, started=now(), updated=now())
    write_progress(folder, told)
    assert _told(folder).runs
    write_progress(folder, told.model_copy(update={"updated": now() - timedelta(minutes=10)}))
    assert _told(folder).state is JobState.INTERRUPTED


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"job": "scan"}', b"\xff\xfe"])
def test_a_damaged_file_is_no_progress(folder: Path, content: bytes) -> None:
    progress_path(folder, Job.SCAN).write_bytes(content)
    assert read_progress(folder, Job.SCAN) is None


def test_a_folder_that_cannot_be_written_does_not_stop_the_work(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with recorded(folder, Job.SCAN):
        progress().begin("read", 1)
    assert read_progress(folder, Job.SCAN) is None


def test_two_of_a_kind_do_not_run_at_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress_file, "_LOCK_SECONDS", 0.05)
    with recorded(folder, Job.REPORT):
        with pytest.raises(StoreError, match="report_busy"), recorded(folder, Job.REPORT):
            pass
        with recorded(folder, Job.SCAN):  # another kind may
            pass
    assert _told(folder, Job.REPORT).state is JobState.DONE


# ---------------------------------------------------------------- processes


def test_every_scan_writes_its_progress(tmp_path: Path) -> None:
    outcome = start_scan(Settings(workspace=tmp_path), [])
    assert outcome.nothing_new
    told = _told(tmp_path / "data" / "processed")
    assert told.state is JobState.DONE and [p.stage for p in told.passed] == ["find"]


def test_a_scan_in_a_process_of_its_own(tmp_path: Path) -> None:
    settings = Settings(workspace=tmp_path)
    open_workspace(tmp_path, settings.database).close()
    start_scan_process(settings)
    told = job_progress(settings, Job.SCAN)
    assert told is not None and told.runs
    with pytest.raises(StoreError, match="scan_busy"):
        start_scan_process(settings)
    _wait_until(lambda: not _told(settings.processed_dir).runs)
    told = _told(settings.processed_dir)
    assert told.state is JobState.DONE, (settings.processed_dir / "logs" / "background.log").read_text()
    assert [p.stage for p in told.passed] == ["find"]


def test_a_report_on_nothing_says_so(tmp_path: Path) -> None:
    settings = Settings(workspace=tmp_path)
    open_workspace(tmp_path, settings.database).close()
    start_report_process(settings, since=None, language="en")
    _wait_until(lambda: not _told(settings.processed_dir, Job.REPORT).runs)
    told = _told(settings.processed_dir, Job.REPORT)
    assert told.state is JobState.FAILED and told.reason is not None and told.reason.key == "error.report_nothing"
    assert not any((tmp_path / "reports").iterdir())


def test_what_fails_before_it_begins_is_told(tmp_path: Path) -> None:
    settings = Settings(workspace=tmp_path, database_url="sqlite:////nowhere/at/all.db")
    settings.processed_dir.mkdir(parents=True)
    start_scan_process(settings)
    _wait_until(lambda: not _told(settings.processed_dir).runs)
    told = _told(settings.processed_dir)
    assert told.state is JobState.FAILED and told.reason is not None and told.reason.key.startswith("error.database")


def test_what_cannot_be_started_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Settings) -> None:
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(background, "_spawn", refuse)
    settings = Settings(workspace=tmp_path)
    settings.processed_dir.mkdir(parents=True)
    with pytest.raises(StoreError, match="background_start"):
        start_scan_process(settings)
    assert _told(settings.processed_dir).state is JobState.FAILED


def test_settings_go_along_but_not_on_the_command_line(tmp_path: Path) -> None:
    settings = Settings(workspace=tmp_path, workers=3, second_opinion_key="not to be seen")  # type: ignore[arg-type]
    given = background.settings_environment(settings)
    assert given["KENNISSTAND_WORKERS"] == "3" and given["KENNISSTAND_SECOND_OPINION_KEY"] == "not to be seen"
    assert given["KENNISSTAND_WORKSPACE"] == str(tmp_path.resolve())


def test_reports_are_never_written_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from flows import reporting

    first = reporting.new_folder(tmp_path, "2026-01-01-scan-0001")
    first.mkdir()
    assert reporting.new_folder(tmp_path, "2026-01-01-scan-0001").name == "2026-01-01-scan-0001-2"


def test_a_request_survives_its_way_to_the_process() -> None:
    request = JobRequest(job=Job.SCAN, token="ab", language="en", retry=("x" * 20,))
    assert JobRequest.model_validate_json(json.dumps(request.model_dump(mode="json"))) == request


def test_a_report_of_nothing_is_an_error_in_words(tmp_path: Path) -> None:
    open_workspace(tmp_path, Settings(workspace=tmp_path).database).close()
    with pytest.raises(KennisstandError, match="report_nothing"):
        do_job(Settings(workspace=tmp_path), JobRequest(job=Job.REPORT, token=""))
