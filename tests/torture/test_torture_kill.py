"""Killed at named points and at any moment, on both databases: nothing acknowledged is lost, nothing is done twice.

Whatever is killed is begun again as its people would (the page by the service, a form by the browser, a command by
whoever got no answer), and must leave the database and files that it leaves undisturbed. The whole round takes half an
hour a database.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from accepted_evidence import EXPERIMENTS, MEETINGS
from kept_state import differences, state_of
from kill_points import Point
from killed_places import BASE_OF, POINTS
from killed_workspaces import Life
from postgres_server import PostgresServer
from torture_rounds import WHOLE, amount

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="processes are forked, and files watched in /proc"),
    pytest.mark.skipif("KENNISSTAND_TESTS_DATABASE" in os.environ, reason="asks for a server where it needs one"),
]
_TIMES = int(os.environ.get("KENNISSTAND_TEST_TIMES", "10"))
"""How often each point is killed at in the whole round."""
_MINUTES = float(os.environ.get("KENNISSTAND_TEST_MINUTES", "600"))
"""After so long no more are killed; what is told says how many were."""
_KILLS_OF_COMMAND = int(os.environ.get("KENNISSTAND_TEST_KILLS", "6"))
_DOCUMENTS = 12
_MOMENTS = int(os.environ.get("KENNISSTAND_TEST_MOMENTS", "200"))
_SHORT = (
    "vectors written, document not stored",
    "document stored and labelled",
    "decision on what was found stored, not listed",
    "approved, version not begun",
    "file fetched, not noted",
    "manifest half written",
)
_MEMORY = Path("/dev/shm")
_IN_MEMORY = _MEMORY if _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > 2**30 else None
"""A process that is killed loses nothing that it gave to the system: what it leaves is seen without a disk as well."""
_ROUND = {"scan": 4, "decide": 4, "note": 1, "together": 1}
"""What goes on at the random moments, and how often of ten."""

Tell = Callable[..., None]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def life(request: pytest.FixtureRequest) -> Iterator[Life]:
    """Workspaces on one kind of database."""
    on_server = request.param == "postgresql"
    if on_server and not WHOLE:
        pytest.skip("the short round is on SQLite; make torture does both")
    server: PostgresServer | None = request.getfixturevalue("postgres") if on_server else None
    with TemporaryDirectory(dir=_IN_MEMORY) as name:
        made = Life(Path(name), tuple(BASE_OF) if WHOLE else [one.step for one in POINTS if one.name in _SHORT], server)
        yield made
        made.close()


def _database(request: pytest.FixtureRequest) -> str:
    return request.node.callspec.params["life"]


def test_killed_at_named_points(life: Life, request: pytest.FixtureRequest, tell: Tell) -> None:
    points = POINTS if WHOLE else [point for point in POINTS if point.name in _SHORT]
    begun, wrong, passed = time.monotonic(), list[Any](), dict[str, int]()
    times, unfinished = Counter[str](), 0
    # Each once before any twice: where time runs out, all have had their turn.
    for turn, point in product(range(amount(1, _TIMES)), points):
        if time.monotonic() - begun > _MINUTES * 60:
            break
        if not life.knows(point.step):
            life.whole(point.step)
        if point.name not in passed:
            passed[point.name] = life.passed(point) if WHOLE else 1
            assert passed[point.name], f"{point.name}: never passed"
        number = 1 + turn * (passed[point.name] - 1) // max(_TIMES - 1, 1)
        told = life.kill_at(point, number)
        assert told["killed"], (point, number)
        times[point.name] += 1
        unfinished += len(told["unfinished"])
        if told["wrong"]:
            wrong.append({"point": point.name, "passing": number, "wrong": told["wrong"]})
    tell(
        f"kill_points_{_database(request)}",
        points=len(times),
        times_each=min(times.values()),
        killed=sum(times.values()),
        passed=passed,
        wrong=wrong,
        temporary_files_left=unfinished,
        minutes=round((time.monotonic() - begun) / 60, 1),
    )
    assert not wrong


@pytest.mark.skipif(not WHOLE, reason="make torture")
def test_killed_at_any_moment(life: Life, request: pytest.FixtureRequest, tell: Tell) -> None:
    chance, wrong = random.Random(9), list[Any]()
    killed, acknowledged, lasts = Counter[str](), 0, dict[str, float]()
    rounds = 0
    steps = [step for step, n in _ROUND.items() for _ in range(n)]
    for step in _ROUND:
        # On a busy computer the first takes longer, and most moments would come too late.
        lasts[step] = min(life.whole(step)["seconds"] for _ in range(3))
    begun = time.monotonic()
    for number in range(_MOMENTS):
        if time.monotonic() - begun > _MINUTES * 60:
            break
        rounds = number + 1
        step = steps[number % len(steps)]
        told = life.kill_after(step, chance.uniform(0, lasts[step]))
        killed[step] += told["killed"]
        acknowledged += len(told.get("acknowledged", ()))
        if told["wrong"]:
            wrong.append({"step": step, "number": number, "wrong": told["wrong"]})
    tell(
        f"kill_moments_{_database(request)}",
        rounds=rounds,
        killed_by_step=dict(killed),
        acknowledged=acknowledged,
        wrong=wrong,
        minutes=round((time.monotonic() - begun) / 60, 1),
    )
    assert not wrong and sum(killed.values()) > rounds // 2


@pytest.mark.skipif(not WHOLE, reason="make torture: the orchestrator takes ten seconds to start, each time")
def test_the_command_is_killed_with_all_its_processes(tmp_path: Path, tell: Tell) -> None:
    root, documents = tmp_path / "work", tmp_path / "in"
    _write_documents(documents, _DOCUMENTS)
    whole = _start_scan(root, documents)
    begun = time.monotonic()
    assert whole.wait() == 0
    lasts = time.monotonic() - begun
    expected = state_of(root)
    root.rename(tmp_path / "whole")
    chance, moments = random.Random(1), list[float]()
    for _ in range(_KILLS_OF_COMMAND):
        scan = _start_scan(root, documents)
        try:
            scan.wait(timeout=chance.uniform(0.2, 1.0) * lasts)
        except subprocess.TimeoutExpired:
            os.killpg(scan.pid, signal.SIGKILL)
            scan.wait()
            moments.append(round(time.monotonic() - begun, 1))
    assert _start_scan(root, documents).wait() == 0
    found = differences(expected, state_of(root))
    tell("kill_command", killed=len(moments), documents=_DOCUMENTS, differences=found)
    assert not found


def _write_documents(folder: Path, n: int) -> None:
    folder.mkdir()
    for number in range(n):
        title, words = EXPERIMENTS[number % len(EXPERIMENTS)]
        text = (
            f"# {title} ({number})\n\n{words}\n\n## Overleg\n\n{MEETINGS[number % len(MEETINGS)][1]} Nummer {number}.\n"
        )
        (folder / f"{number:03}.md").write_text(text, encoding="utf-8")


def _start_scan(root: Path, documents: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from pipelines.cli import main; main()",
            "scan",
            str(documents),
            "--workspace",
            str(root),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env={**os.environ, "KENNISSTAND_BATCH_DOCUMENTS": "3"},
    )


def test_every_step_has_a_point_to_be_killed_at() -> None:
    assert {point.step for point in POINTS} == set(BASE_OF)
    assert len({point.name for point in POINTS}) == len(POINTS) >= 25


def test_what_is_lost_or_doubled_is_found(tmp_path: Path) -> None:
    rows = {"decisions": ["a", "b"], "acts": ["c"]}
    state = {"rows": rows, "files": {"data/raw/a.md": "1"}}
    assert differences(state, state) == []
    for other in ({**rows, "decisions": ["a"]}, {**rows, "decisions": ["a", "b", "b"]}, {**rows, "acts": []}):
        assert differences(state, {**state, "rows": other})
    assert differences(state, {**state, "files": {}})
    assert state_of(tmp_path) == {"files": {}}
    assert isinstance(POINTS[0], Point)
