"""Readers that hang, crash, eat, print, stop and fork: each costs its own file, and the next is read soon after."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from pathlib import Path

import pytest
import torture_rounds
from misbehaving_readers import (
    leave_child,
    load_nothing,
    misbehave,
    misbehave_or_read,
    prepare_nothing,
    say_process,
    wait_long,
)

from flows.guarded_pool import GuardedPool
from flows.guarded_process import Bounds, WorkerFailure
from flows.reading import Reader, Reading, Request, load_libraries
from pipelines.domain.documents import DocumentState
from pipelines.domain.ids import content_id, file_checksum
from pipelines.ingest.parser import IngestLimits
from pipelines.passages.rules import PassageRules
from pipelines.strings import text

_LINUX = sys.platform == "linux"
_BOUNDS = Bounds(seconds=torture_rounds.amount(3.0, 5.0), memory_bytes=128 * 2**20, result_bytes=2**20)
_REASONS = {
    "hang": "timeout",
    "deaf": "timeout",
    "stop": "timeout",
    "eat": "reader_memory",
    "eat_c": "reader_memory",
    "segfault": "reader_crashed",
    "exit0": "reader_ended",
    "end": "reader_ended",
    "long": "reader_result",
    "error": "unexpected",
    "print": "",
    "fork": "unexpected",
    "program": "unexpected",
    "connect": "unexpected",
    "fill": "unexpected",
}
"""What a reader does -> key of the reason; empty where it harms nobody and its file is read."""
_ONLY_WHOLE = frozenset({"hang", "end", "eat"})
"""Each has a brother that is done in the short round too; a worker takes a second to start."""
_REFUSED_BY_THE_KERNEL = ("fork_c", "connect_c", "fill_c")
_GENEROUS_SECONDS = 60.0


def _request(kind: str, folder: Path) -> Request:
    path = folder / f"{kind}.txt"
    path.write_text(f"Een op de drie werknemers werkt met AI, zegt {kind}. " * 20, encoding="utf-8")
    checksum = file_checksum(path.read_bytes())
    return Request(content_id("document", checksum), checksum, (path,))


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    """One worker, so that who comes next waits for a new one; in the whole round with all libraries."""
    read = torture_rounds.amount(misbehave, misbehave_or_read)
    prepare = torture_rounds.amount(load_nothing, load_libraries)
    made = Reader(1, 60.0, IngestLimits(), PassageRules(), read=read, bounds=_BOUNDS, prepare=prepare)
    made.begin()
    yield made
    made.close()
    assert made.pids == ()


def _key(reading: Reading) -> str:
    reason = reading.document.reason
    return "" if reason is None else reason.key.removeprefix("reason.")


@pytest.mark.skipif(not _LINUX, reason="memory, files and network are bounded on Linux")
def test_what_a_reader_does_costs_its_own_file_only(reader: Reader, tmp_path: Path, tell: Callable[..., None]) -> None:
    assert _key(next(reader.read([_request("first", tmp_path)]))) == ""
    told: dict[str, dict[str, object]] = {}
    for kind, expected in _REASONS.items():
        if kind in _ONLY_WHOLE and not torture_rounds.WHOLE:
            continue
        begun = time.monotonic()
        (reading,) = reader.read([_request(kind, tmp_path)])
        recorded = time.monotonic()
        (after,) = reader.read([_request(f"after-{kind}", tmp_path)])
        told[kind] = {
            "recorded as": _key(reading) or "read",
            "seconds": round(recorded - begun, 2),
            "seconds until the next was read": round(time.monotonic() - recorded, 2),
        }
        # Of a library that crashes for want of memory nobody can always tell why it did.
        also = {"reader_crashed"} if kind == "eat_c" else set()
        assert _key(reading) in {expected, *also}, (kind, reading.document.reason)
        assert reading.document.state is (DocumentState.FAILED if expected else DocumentState.TEXT), kind
        assert after.document.state is DocumentState.TEXT and _key(after) == "", kind
        assert time.monotonic() - begun < _GENEROUS_SECONDS
        if reason := reading.document.reason:
            for language in ("nl", "en"):
                assert "{" not in text(reason.key, language, **reason.values)
    next_read = max(float(str(t["seconds until the next was read"])) for t in told.values())
    recorded_by = max(float(str(t["seconds"])) for t in told.values())
    tell(
        "worker", seconds_allowed=_BOUNDS.seconds, readers=told, most_seconds_until_the_next_was_read=next_read,
        most_seconds_until_recorded=recorded_by, processes_that_wanted_a_core=os.getloadavg()[0], cores=os.cpu_count(),
    )  # fmt: skip
    if torture_rounds.WHOLE and os.getloadavg()[0] < (os.cpu_count() or 1):  # libraries load in 2 seconds, else in 6
        assert next_read < 5 and recorded_by < _BOUNDS.seconds + 2


@pytest.mark.skipif(not _LINUX, reason="the filter of system calls is one of Linux")
def test_the_kernel_refuses_what_a_library_in_c_tries(reader: Reader, tmp_path: Path) -> None:
    if torture_rounds.WHOLE:
        pytest.skip("this needs a reader that says what it was refused")
    readings = list(reader.read([_request(kind, tmp_path) for kind in _REFUSED_BY_THE_KERNEL]))
    assert [r.document.text for r in readings] == ["niet"] * len(_REFUSED_BY_THE_KERNEL)
    # What is there is named after a process; folders of other work there have names that may begin with a digit.
    assert not [p for p in Path("/tmp").glob("kennisstand-*") if p.name.removeprefix("kennisstand-").isdigit()]


def _gone(pid: int, seconds: float = 10.0) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] == "Z":
                return True
            os.kill(pid, 0)
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.02)
    return False


@pytest.mark.skipif(not _LINUX, reason="children that leave their family are found in /proc")
def test_children_that_leave_their_family_are_killed_too() -> None:
    pool = GuardedPool(1, Bounds(seconds=60, programs=True), prepare_nothing)
    try:
        child = int(pool.submit(leave_child).result())
        assert not _gone(child, 0)
    finally:
        pool.close()
    assert _gone(child)


def test_a_worker_is_told_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KENNISSTAND_SECOND_OPINION_KEY", "geheim")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "geheim")
    pool = GuardedPool(1, Bounds(seconds=60), prepare_nothing)
    try:
        told = pool.submit(say_process).result().decode().split()
    finally:
        pool.close()
    assert "KENNISSTAND_SECOND_OPINION_KEY" not in told and "AWS_SECRET_ACCESS_KEY" not in told


def test_a_worker_that_is_killed_from_outside_is_replaced() -> None:
    pool = GuardedPool(1, Bounds(seconds=60), prepare_nothing)
    try:
        pid = int(pool.submit(say_process).result().split()[0])
        os.kill(pid, signal.SIGKILL)
        assert _gone(pid)
        time.sleep(0.3)  # its threads may be there a moment longer
        assert int(pool.submit(say_process).result().split()[0]) != pid
        busy: Future[bytes] = pool.submit(wait_long)
        time.sleep(0.5)
        for living in pool.pids:  # the one that is busy and the one to spare
            os.kill(living, signal.SIGKILL)
        with pytest.raises(WorkerFailure) as caught:
            busy.result(60)
        assert caught.value.kind == "crashed"
        assert int(pool.submit(say_process).result().split()[0]) != pid
    finally:
        pool.close()
    assert pool.pids == ()


@pytest.mark.parametrize("idle", [False, True])
def test_workers_at_rest_end_and_others_come_for_the_next_order(idle: bool) -> None:
    pool = GuardedPool(2, Bounds(seconds=60), prepare_nothing)
    try:
        orders = [pool.submit(say_process) for _ in range(6)]
        if idle:
            wait(orders, 60)
        pool.rest()
        told = {int(order.result(60).split()[0]) for order in orders}  # all that was asked for before is done
        until = time.monotonic() + _GENEROUS_SECONDS
        while pool.pids and time.monotonic() < until:
            time.sleep(0.01)
        assert pool.pids == () and all(_gone(pid) for pid in told)
        assert int(pool.submit(say_process).result(60).split()[0]) not in told
        assert pool.pids != ()
    finally:
        pool.close()
    assert pool.pids == ()


def test_a_worker_that_is_busy_is_let_go_only_after_its_order() -> None:
    pool = GuardedPool(1, Bounds(seconds=60), prepare_nothing)
    try:
        (pid,) = pool.submit(say_process).result(60).decode().split()[:1]
        busy = pool.submit(wait_long)
        while not busy.running():
            time.sleep(0.01)
        pool.rest()
        assert not _gone(int(pid), 0.5) and not busy.done()
    finally:
        pool.close()


_PARENT = """
import sys, time
sys.path[:] = {path!r}
from flows.guarded_pool import GuardedPool
from flows.guarded_process import Bounds
from misbehaving_readers import prepare_nothing, say_process, wait_long
if __name__ == "__main__":
    pool = GuardedPool(1, Bounds(seconds=600), prepare_nothing)
    print(pool.submit(say_process).result().split()[0].decode(), flush=True)
    pool.submit(wait_long)
    time.sleep(600)
"""


@pytest.mark.skipif(not _LINUX, reason="the state of another process is looked up in /proc")
def test_workers_end_when_the_scan_is_killed() -> None:
    code = _PARENT.format(path=[str(Path(__file__).resolve().parents[1]), *sys.path])
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        assert not _gone(worker, 0)
        parent.kill()
        assert _gone(worker)
