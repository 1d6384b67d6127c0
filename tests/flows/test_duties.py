"""Doing a duty: kept in the ledger, told when it fails, waited for what is going on, done again when it died."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from flows import duties, duty_acts
from flows.catching_up import SILENT, STOPPED, reclaim, watch
from flows.cron import next_moment
from flows.duties import attend, do_here
from flows.duty_acts import LONGEST_WAIT, Told, Work, month_before
from flows.outcome import ScanOutcome
from flows.progress_file import Job, now, recorded
from flows.schedules import ask_for, schedule_views, schedules_of, switch_schedule
from flows.service import KeptProcess, Service, end_group, pause_before
from flows.service_file import (
    PartState,
    ServiceState,
    asked_for,
    duty_lock,
    read_service,
    service_folder,
    service_lock,
    write_service,
)
from pipelines.cli.main import FAILED, OK, run
from pipelines.domain.documents import Reason
from pipelines.domain.schedules import Duty, DutyRun, DutyState
from pipelines.errors import KennisstandError, StoreError
from pipelines.settings import Settings
from pipelines.store import Workspace
from pipelines.strings import LANGUAGES, text

_NOW = datetime(2026, 6, 11, 12)
_DONE = Told(Reason(key="reason.duty_scan_nothing"), {"n": 1})


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[DutyRun]:
    found: list[DutyRun] = []
    monkeypatch.setattr(duties, "_notify", lambda _settings, run: found.append(run))
    return found


def _act(monkeypatch: pytest.MonkeyPatch, act) -> None:
    monkeypatch.setitem(duty_acts.ACTS, Duty.SCAN, act)


def _watch_since(settings: Settings, since: datetime) -> None:
    service_folder(settings.processed_dir).mkdir(parents=True, exist_ok=True)
    watch(service_folder(settings.processed_dir), schedules_of(settings, {}), {}, since)


@pytest.fixture
def missed(settings: Settings) -> datetime:
    """The latest moment that was missed: Monday 8 June 2026, 05:30 on Dutch clocks."""
    _watch_since(settings, datetime(2026, 5, 20))
    return datetime(2026, 6, 8, 3, 30)


def test_what_is_due_is_done_once(
    settings: Settings, workspace: Workspace, missed: datetime, told: list[DutyRun], monkeypatch: pytest.MonkeyPatch
) -> None:
    _act(monkeypatch, lambda _: _DONE)
    found = attend(settings, Duty.SCAN, clock=lambda: _NOW)
    assert found is not None and found == workspace.duties.latest(Duty.SCAN)
    assert (found.state, found.due, found.n_missed, found.attempt) == (DutyState.DONE, missed, 2, 1)
    assert (found.reason, found.result, told) == (_DONE.reason, {"n": 1}, [found])
    assert list(service_folder(settings.processed_dir).glob("duty-*")) == []
    assert attend(settings, Duty.SCAN, clock=lambda: _NOW) is None


def test_a_failure_is_kept_and_told(
    settings: Settings, missed: datetime, told: list[DutyRun], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Work) -> Told:
        raise StoreError("error.disk_full", path="x")

    _act(monkeypatch, fail)
    found = attend(settings, Duty.SCAN, clock=lambda: _NOW)
    assert found is not None and found.state is DutyState.FAILED and told == [found]
    assert found.reason == Reason(key="error.disk_full", values={"path": "x"})
    assert attend(settings, Duty.SCAN, clock=lambda: _NOW) is None  # not again before it is due again


def test_a_fault_of_the_program_is_kept_and_goes_to_the_log(
    settings: Settings, workspace: Workspace, told: list[DutyRun], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Work) -> Told:
        raise RuntimeError("text of a document")

    _act(monkeypatch, fail)
    with pytest.raises(RuntimeError):
        do_here(settings, Duty.SCAN, "anna", clock=lambda: _NOW)
    [kept] = workspace.duties.page(1)
    assert kept.state is DutyState.FAILED and kept.reason is not None and kept.reason.key == "error.unexpected"
    assert "text of a document" not in kept.model_dump_json() and told == [kept]


def test_no_sign_of_life_comes_between_a_failure_and_its_notice(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Work) -> Told:
        raise RuntimeError("a fault of the program")

    killed: list[int] = []
    beating: list[bool] = []
    monkeypatch.setattr(duties, "BEAT_SECONDS", 0.01)
    monkeypatch.setattr(duties.os, "kill", lambda _process, sent: killed.append(sent))
    monkeypatch.setattr(
        duties,
        "_notify",
        lambda *_: beating.append(any(thread.name == "duty-beat" for thread in threading.enumerate())),
    )
    _act(monkeypatch, fail)
    with pytest.raises(RuntimeError):
        do_here(settings, Duty.SCAN, "anna", clock=lambda: _NOW)
    assert beating == [False] and killed == []


def test_one_that_is_stopped_goes_on_later_without_counting_as_an_attempt(
    settings: Settings, workspace: Workspace, missed: datetime, told: list[DutyRun], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(_: Work) -> Told:
        raise KeyboardInterrupt

    _act(monkeypatch, stop)
    for _ in range(5):
        with pytest.raises(KeyboardInterrupt):
            attend(settings, Duty.SCAN, clock=lambda: _NOW)
    [kept] = workspace.duties.page(9)
    assert (kept.state, kept.attempt, kept.reason) == (DutyState.INTERRUPTED, 1, Reason(key=STOPPED))
    _act(monkeypatch, lambda _: _DONE)
    found = attend(settings, Duty.SCAN, clock=lambda: _NOW)
    assert found is not None and (found.id, found.state, found.attempt) == (kept.id, DutyState.DONE, 1)
    assert told == [found]


def test_what_a_scan_brought_is_kept_and_told_though_the_harvest_failed(
    settings: Settings, missed: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Settings) -> None:
        raise KennisstandError("error.sources_file", detail="x")

    outcome = ScanOutcome(
        run="scan-0001",
        nothing_new=False,
        files=2,
        documents=2,
        new_documents=2,
        encoder="x",
        failed=(),
        passages=9,
        flagged=3,
        topics=0,
        seconds=1.0,
        stage_seconds={},
        reports={},
    )
    monkeypatch.setattr("flows.harvest_start.start_harvest", fail)
    monkeypatch.setattr("flows.start.start_scan", lambda *_: outcome)
    told: list[object] = []
    monkeypatch.setattr("flows.notices.notify_failed", lambda _, run: told.append(run))
    monkeypatch.setattr("flows.notices.notify_contradictions", lambda _, scan: told.append(scan))
    found = attend(settings, Duty.SCAN, clock=lambda: _NOW)
    assert found is not None and found.state is DutyState.FAILED
    assert found.reason == Reason(key="error.sources_file", values={"detail": "x"})
    assert (found.result["new_documents"], found.result["scan"]) == (2, "scan-0001")
    assert told == [found, "scan-0001"]


def test_a_scan_by_hand_is_waited_for(settings: Settings) -> None:
    """Held by a real lock, so that it is that of the scan that counts."""
    waited: list[float] = []
    held = recorded(settings.processed_dir, Job.REPORT)
    held.__enter__()

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 3:
            held.__exit__(None, None, None)

    def act() -> str:
        if len(waited) < 3:
            raise StoreError("error.report_busy", workspace="x")
        with recorded(settings.processed_dir, Job.REPORT):
            return "done"

    work = Work(settings, None, None, lambda: _NOW, sleep)  # type: ignore[arg-type]
    assert work.when_free(act) == "done" and len(waited) == 3


def test_waiting_has_an_end_and_other_errors_are_not_waited_for(settings: Settings) -> None:
    moments = iter([_NOW, _NOW, _NOW + LONGEST_WAIT, _NOW + LONGEST_WAIT + timedelta(seconds=1)])

    def busy() -> None:
        raise StoreError("error.scan_busy", workspace="x")

    def broken() -> None:
        raise StoreError("error.disk_full", path="x")

    work = Work(settings, None, None, lambda: next(moments), lambda _: None)  # type: ignore[arg-type]
    with pytest.raises(KennisstandError, match="duty_waited"):
        work.when_free(busy)
    with pytest.raises(StoreError, match="disk_full"):
        Work(settings, None, None, lambda: _NOW, lambda _: None).when_free(broken)  # type: ignore[arg-type]


def test_with_nothing_decided_learning_says_so_and_counts_as_done(settings: Settings, told: list[DutyRun]) -> None:
    found = do_here(settings, Duty.LEARN, "anna")
    assert found.state is DutyState.DONE and found.reason is not None
    assert found.reason.key == "learn.too_few"
    for language in LANGUAGES:
        text(found.reason.key, language, **found.reason.values)


def test_a_report_on_nothing_new_is_not_written(settings: Settings, told: list[DutyRun]) -> None:
    first = do_here(settings, Duty.REPORT, "anna")
    assert first.state is DutyState.DONE and first.reason is not None and not list(settings.reports_dir.iterdir())
    assert first.reason.key == "reason.duty_report_nothing"
    second = do_here(settings, Duty.REPORT, "anna")
    assert second.result["since"] == first.result["until"]


@pytest.mark.parametrize(("day", "before"), [((2026, 3, 31), (2026, 2, 28)), ((2026, 1, 15), (2025, 12, 15))])
def test_a_month_before(day: tuple[int, int, int], before: tuple[int, int, int]) -> None:
    assert month_before(datetime(*day, 7)) == datetime(*before, 7)


# ---------------------------------------------------------------- processes that die


def _running(workspace: Workspace, run_id: str, host: str, *, attempt: int = 1) -> DutyRun:
    kept = DutyRun(
        id=run_id,
        duty=Duty.SCAN,
        started=_NOW,
        beat=_NOW,
        state=DutyState.RUNNING,
        host=host,
        process=1,
        attempt=attempt,
    )
    assert workspace.duties.begin(kept)
    return kept


def test_on_this_computer_a_run_lives_as_long_as_its_lock(settings: Settings, workspace: Workspace) -> None:
    _running(workspace, "a", "here")
    code = (
        "import sys, time; from pathlib import Path; from flows.service_file import duty_lock\n"
        "with duty_lock(Path(sys.argv[1]), 'a'):\n    print('held', flush=True); time.sleep(600)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(settings.processed_dir)],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    try:
        assert process.stdout is not None and process.stdout.readline() == b"held\n"
        assert reclaim(workspace, _NOW + timedelta(days=2), "here") == []
        assert [one.id for one in workspace.duties.running()] == ["a"]
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
    assert reclaim(workspace, _NOW, "here") == []
    kept = workspace.duties.get("a")
    assert kept is not None and kept.state is DutyState.INTERRUPTED


def test_what_nobody_does_any_more_is_not_shown_as_busy(settings: Settings, workspace: Workspace) -> None:
    _running(workspace, "a", socket.gethostname())

    def shown() -> list[DutyState]:
        views = schedule_views(settings, workspace, _NOW)
        return [run.state for view in views for run in (view.latest, *view.runs) if run is not None]

    with duty_lock(settings.processed_dir, "a"):
        assert shown() == [DutyState.RUNNING] * 2
    assert shown() == [DutyState.INTERRUPTED] * 2
    assert [one.id for one in workspace.duties.running()] == ["a"]  # looking changes nothing


def test_elsewhere_it_lives_as_long_as_it_gives_signs(workspace: Workspace) -> None:
    kept = _running(workspace, "a", "there")
    reclaim(workspace, _NOW + SILENT, "here")
    assert workspace.duties.running() == [kept]
    reclaim(workspace, _NOW + SILENT + timedelta(seconds=1), "here")
    assert workspace.duties.running() == []


def test_what_dies_three_times_is_given_up_and_told(
    settings: Settings, workspace: Workspace, told: list[DutyRun]
) -> None:
    _running(workspace, "a", "here", attempt=3)
    [given_up] = reclaim(workspace, _NOW, "here")
    assert given_up.state is DutyState.FAILED and given_up.reason is not None
    assert "3" in text(given_up.reason.key, "nl", **given_up.reason.values)


def test_whoever_lost_its_run_is_told_to_stop(
    settings: Settings, workspace: Workspace, told: list[DutyRun], monkeypatch: pytest.MonkeyPatch
) -> None:
    killed: list[int] = []
    taken = threading.Event()

    def kill(_process: int, sent: int) -> None:
        killed.append(sent)
        taken.set()

    def lose(work: Work) -> Told:
        workspace.duties.finish(work.run, DutyState.INTERRUPTED, _NOW)
        assert taken.wait(30)
        return _DONE

    monkeypatch.setattr(duties, "BEAT_SECONDS", 0.01)
    monkeypatch.setattr(duties, "_TAKEN_SECONDS", 0.01)
    monkeypatch.setattr(duties.os, "kill", kill)
    _act(monkeypatch, lose)
    found = do_here(settings, Duty.SCAN, "anna", clock=lambda: _NOW)
    assert killed == [duties.signal.SIGTERM] and told == []
    assert found.state is DutyState.INTERRUPTED  # it was not for this process to say how it ended


# ---------------------------------------------------------------- asking, pausing, showing


@pytest.fixture
def service(settings: Settings) -> Iterator[None]:
    with service_lock(settings.processed_dir):
        write_service(settings.processed_dir, ServiceState(process=1, started=_NOW))
        yield


def test_without_a_service_nobody_can_be_asked(settings: Settings) -> None:
    assert read_service(settings.processed_dir) is None
    with pytest.raises(StoreError, match="service_not_running"):
        ask_for(settings, Duty.SCAN, "anna")


def test_what_was_asked_for_is_done_though_it_is_not_due(
    settings: Settings, workspace: Workspace, service: None, told: list[DutyRun], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert read_service(settings.processed_dir) is not None
    run_id = ask_for(settings, Duty.SCAN, "anna")
    with pytest.raises(StoreError, match="duty_asked"):
        ask_for(settings, Duty.SCAN, "piet")
    [view] = [view for view in schedule_views(settings, workspace, _NOW) if view.schedule.duty is Duty.SCAN]
    assert [one.person for one in view.waiting] == ["anna"]
    _act(monkeypatch, lambda _: _DONE)
    found = attend(settings, Duty.SCAN, run_id, clock=lambda: _NOW)
    assert found is not None and (found.id, found.asked_by, found.due) == (run_id, "anna", None)
    assert asked_for(settings.processed_dir) == []
    assert attend(settings, Duty.SCAN, run_id, clock=lambda: _NOW) is None


def test_a_paused_schedule_is_seen_as_such(settings: Settings, workspace: Workspace) -> None:
    switch_schedule(workspace, Duty.LEARN, "anna", enabled=False)
    views = {view.schedule.duty: view for view in schedule_views(settings, workspace, _NOW)}
    assert views[Duty.LEARN].schedule.paused and views[Duty.LEARN].next is None
    assert views[Duty.SCAN].next == next_moment(settings.schedule_scan, _NOW)
    switch_schedule(workspace, Duty.LEARN, "anna", enabled=True)
    views = {view.schedule.duty: view for view in schedule_views(settings, workspace, _NOW)}
    assert not views[Duty.LEARN].schedule.paused


def test_a_pause_that_is_asked_for_twice_is_noted_once(workspace: Workspace) -> None:
    for _ in range(2):  # the answer was lost on the way
        switch_schedule(workspace, Duty.LEARN, "anna", enabled=False)
    assert workspace.acts.last() == 1
    switch_schedule(workspace, Duty.LEARN, "anna", enabled=True)
    switch_schedule(workspace, Duty.LEARN, "anna", enabled=False)
    assert workspace.acts.last() == 3


def test_the_command_shows_pauses_and_does(
    settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    where = ["--workspace", str(settings.workspace), "--lang", "nl"]
    monkeypatch.setenv("KENNISSTAND_SCHEDULE_SCAN", "0 6 * * 2")
    assert run(["schedules", *where]) == OK
    shown = capsys.readouterr()
    assert "elke dinsdag om 06:00" in shown.out and "draait niet" in shown.err
    assert run(["schedules", "pause", "scan", *where]) == OK
    assert run(["schedules", "--json", *where]) == OK
    found = json.loads(capsys.readouterr().out)
    assert found["service"] is None and [one["paused"] for one in found["schedules"]] == [True, False, False, False]
    assert found["schedules"][0]["when"] == "elke dinsdag om 06:00"
    with service_lock(settings.processed_dir):
        failing = ServiceState(process=1, started=_NOW, server=PartState.RUNNING, worker=PartState.AGAIN)
        write_service(settings.processed_dir, failing)
        assert run(["schedules", *where]) == OK
    assert "uitvoerder (uitgevallen)" in capsys.readouterr().err
    assert run(["schedules", "resume", "scan", *where]) == OK
    assert run(["schedules", "run", "learn", *where]) == OK
    assert "gedaan" in capsys.readouterr().err
    monkeypatch.setenv("KENNISSTAND_SCHEDULE_SCAN", "dinsdag")
    assert run(["schedules", *where]) == FAILED
    assert "schedule_scan" in capsys.readouterr().err


# ---------------------------------------------------------------- processes that are kept running


def test_pauses_double_up_to_ten_minutes() -> None:
    assert [pause_before(n) for n in (1, 2, 3, 10, 11, 1000)] == [1, 2, 4, 512, 600, 600]


def test_what_ends_is_started_again_until_the_service_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.service.pause_before", lambda _: 0.0)
    ending, thrice = threading.Event(), threading.Event()
    seen: list[PartState] = []

    def spawn() -> subprocess.Popen[bytes]:
        if seen.count(PartState.STARTING) == 3:
            thrice.set()
            return subprocess.Popen(["cat"], stdin=subprocess.PIPE, start_new_session=True)
        return subprocess.Popen(["false"], stdin=subprocess.PIPE, start_new_session=True)

    kept = KeptProcess("x", spawn, lambda _: True, lambda state, _: seen.append(state), ending)
    kept.begin()
    assert thrice.wait(60)
    ending.set()
    kept.end()
    assert seen.count(PartState.AGAIN) == 2 and seen.count(PartState.STARTING) == 3


def test_what_is_due_while_the_worker_is_yet_to_start_was_not_missed_for_good(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("begin", "end"):
        monkeypatch.setattr(KeptProcess, name, lambda _: None)
    monkeypatch.setattr("flows.service.LOCK_SECONDS", 0.0)
    begun = now()
    with Service(settings):
        assert read_service(settings.processed_dir) is not None
        with pytest.raises(StoreError) as busy, Service(settings):
            pass
    assert busy.value.key == "error.service_busy"
    later = begun + timedelta(hours=1)
    watched = watch(service_folder(settings.processed_dir), schedules_of(settings, {}), {}, later, keep=False)
    assert len(watched) == len(Duty) and all(begun <= one.since < later for one in watched)


def test_what_a_process_leaves_behind_is_ended(tmp_path: Path) -> None:
    process = subprocess.Popen(
        ["sh", "-c", "sleep 600 & echo $! ; exit 0"], stdout=subprocess.PIPE, start_new_session=True
    )
    with process:
        assert process.stdout is not None
        left = int(process.stdout.readline())
    end_group(process, seconds=0.1)
    latest = time.monotonic() + 60
    while Path(f"/proc/{left}/stat").exists() and " Z " not in Path(f"/proc/{left}/stat").read_text():
        assert time.monotonic() < latest
        time.sleep(0.01)


def test_the_lock_of_a_duty_is_let_go(settings: Settings) -> None:
    with duty_lock(settings.processed_dir, "a"):
        pass
    with duty_lock(settings.processed_dir, "a"):
        pass
