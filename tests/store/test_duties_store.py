"""The ledger of what ran by itself: a due moment is answered once, on each kind of database."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from pipelines.domain.documents import Reason
from pipelines.domain.schedules import Duty, DutyRun, DutyState
from pipelines.store import Workspace

_DUE = datetime(2026, 6, 1, 3, 30)


def _run(run_id: str = "a", duty: Duty = Duty.SCAN, *, minutes: float = 0, due: datetime | None = None) -> DutyRun:
    begun = _DUE + timedelta(minutes=minutes)
    return DutyRun(
        id=run_id, duty=duty, due=due, started=begun, beat=begun, state=DutyState.RUNNING, host="h", process=1
    )


def test_a_run_comes_back_as_it_ended(workspace: Workspace) -> None:
    duties, run = workspace.duties, _run(due=_DUE)
    assert duties.begin(run)
    assert duties.running() == [run] and duties.get("a") == run and duties.get("b") is None
    assert duties.beat(run, _DUE + timedelta(minutes=1))
    [alive] = duties.running()
    assert alive.beat == _DUE + timedelta(minutes=1)
    reason = Reason(key="reason.duty_scan", values={"n": 3, "flagged": 1})
    ended = duties.finish(run, DutyState.DONE, _DUE + timedelta(minutes=2), reason, {"scan": "scan-0001", "n": 3})
    assert ended is not None and duties.get("a") == ended
    assert (ended.state, ended.reason, ended.result) == (DutyState.DONE, reason, {"scan": "scan-0001", "n": 3})
    assert duties.running() == []


def test_a_due_moment_is_answered_once(workspace: Workspace) -> None:
    assert workspace.duties.begin(_run("a", due=_DUE))
    assert not workspace.duties.begin(_run("b", due=_DUE))
    assert not workspace.duties.begin(_run("a", due=_DUE))
    assert workspace.duties.begin(_run("c", Duty.LEARN, due=_DUE))
    assert workspace.duties.begin(_run("d")) and workspace.duties.begin(_run("e"))  # asked for, as often as one likes


def test_of_many_at_once_one_begins(workspace: Workspace) -> None:
    began: list[bool] = []
    together = threading.Barrier(6)

    def begin(number: int) -> None:
        together.wait()
        began.append(workspace.duties.begin(_run(f"run-{number}", due=_DUE)))

    threads = [threading.Thread(target=begin, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(began) == [False] * 5 + [True]


def test_an_interrupted_run_is_taken_over_once_and_the_former_process_is_told(workspace: Workspace) -> None:
    duties, first = workspace.duties, _run(due=_DUE)
    duties.begin(first)
    second = _run(due=_DUE, minutes=30).model_copy(update={"attempt": 2, "process": 2})
    assert not duties.begin(second)  # it still runs
    assert duties.finish(first, DutyState.INTERRUPTED, _DUE) is not None
    assert duties.begin(second)
    assert not duties.begin(second.model_copy(update={"process": 3}))
    assert not duties.beat(first, _DUE)
    assert duties.finish(first, DutyState.DONE, _DUE) is None
    assert duties.get("a") == second and duties.beat(second, second.started)


def test_runs_are_found_by_duty_newest_first(workspace: Workspace) -> None:
    duties = workspace.duties
    for number in range(5):
        run = _run(f"scan-{number}", minutes=number, due=_DUE + timedelta(days=-number))
        duties.begin(run)
        duties.finish(run, DutyState.FAILED if number > 2 else DutyState.DONE, run.started)
    duties.begin(_run("learn", Duty.LEARN, minutes=9))
    assert [run.id for run in duties.page(2)] == ["learn", "scan-4"]
    assert [run.id for run in duties.page(2, 1, Duty.SCAN)] == ["scan-3", "scan-2"]
    latest, good, due = duties.latest(Duty.SCAN), duties.last_success(Duty.SCAN), duties.last_due(Duty.SCAN)
    assert latest is not None and good is not None and due is not None
    assert (latest.id, good.id, due.id) == ("scan-4", "scan-2", "scan-0")
    assert duties.latest(Duty.REPORT) is duties.last_success(Duty.LEARN) is duties.last_due(Duty.LEARN) is None
