"""Scan after scan for an hour, with people at the page all the while: memory, files and processes stay what they were.

Only in the whole round; in a short one there is nothing to see. ``KENNISSTAND_TORTURE_MINUTES`` makes it shorter.
"""

from __future__ import annotations

import json
import os
import random
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import psutil
import pytest
from page_users import PASSWORD, Visit
from torture_rounds import WHOLE
from workspaces import copy_workspace

from flows.progress_file import Job, JobState, read_progress
from flows.workspace import open_settings_workspace
from pipelines.domain.accounts import AccountRole
from pipelines.domain.inbox import InboxItem
from pipelines.review_app.passwords import hash_password
from pipelines.settings import Settings
from pipelines.store.accounts import Secret
from pipelines.store.inbox import InboxFilter

_ROOT = Path(__file__).resolve().parents[2]
_MINUTES = float(os.environ.get("KENNISSTAND_TORTURE_MINUTES", "60"))
_WARM_SHARE = 1 / 6
"""Of the time, until caches are full and all parts of the program were used."""
_EVERY_SECONDS = 10.0
_MOST_GROWTH = 0.05
_LONGEST_JOB_SECONDS = 600
_PAGES = (
    "/",
    "/table",
    "/documents",
    "/scans",
    "/reports",
    "/topics",
    "/readers",
    "/proposals",
    "/schedules",
    "/sources",
)
_QUERIES = ("werkdruk", "productivity", "zzp", "loonkloof", "algoritmisch management", "scholing van ouderen")


class Sampler:
    """What the standing processes of the service hold, moment by moment."""

    def __init__(self, main: psutil.Process, scratch: Path) -> None:
        self._main, self._scratch = main, scratch
        self.samples: list[dict[str, Any]] = []

    def look(self, since: float) -> None:
        """Take a sample."""
        found: dict[str, dict[str, float]] = {}
        for process in (self._main, *self._main.children(recursive=True)):
            try:
                kind = _kind(process, self._main)
                if kind is None:
                    continue
                one = found.setdefault(kind, {"processes": 0, "megabytes": 0.0, "files": 0, "threads": 0})
                one["processes"] += 1
                one["megabytes"] += process.memory_full_info().pss / 2**20
                one["files"] += process.num_fds()
                one["threads"] += process.num_threads()
            except (psutil.NoSuchProcess, psutil.ZombieProcess):
                continue
        self.samples.append({"seconds": time.monotonic() - since, "kinds": found, "scratch": _n_files(self._scratch)})

    def series(self, kind: str | None, what: str, part: tuple[float, float]) -> list[float]:
        """Values between two shares of the time, of one kind of process or of all together."""
        last = self.samples[-1]["seconds"]
        chosen = [s for s in self.samples if part[0] * last <= s["seconds"] <= part[1] * last]
        return [
            sum(values[what] for name, values in sample["kinds"].items() if kind in (None, name)) for sample in chosen
        ]

    def course(self, kind: str | None, what: str, n_parts: int = 12) -> list[float]:
        """Medians of equal parts of the time."""
        parts = [self.series(kind, what, (part / n_parts, (part + 1) / n_parts)) for part in range(n_parts)]
        return [round(statistics.median(values), 1) for values in parts if values]

    def growth(self, kind: str | None, what: str) -> dict[str, float]:
        """Medians of the first sixth after warming up and of the last sixth."""
        early = statistics.median(self.series(kind, what, (_WARM_SHARE, 2 * _WARM_SHARE)))
        late = statistics.median(self.series(kind, what, (1 - _WARM_SHARE, 1.0)))
        return {"early": round(early, 1), "late": round(late, 1), "growth": round(late / early - 1, 4)}


def _kind(process: psutil.Process, main: psutil.Process) -> str | None:
    """Which part of the service a process is; ``None`` for those that come and go with a job."""
    if process.pid == main.pid:
        return "page"
    lines = [" ".join(process.cmdline())]
    for parent in process.parents():
        if parent.pid == main.pid:
            break
        lines.append(" ".join(parent.cmdline()))
    if any("flows.background" in line or "duty_process" in line for line in lines):
        return None
    if any("server_process" in line for line in lines):
        return "prefect server"
    if any("worker_process" in line for line in lines):
        return "worker"
    return "drawing pages"


def _n_files(folder: Path) -> int:
    return sum(1 for path in folder.rglob("*") if path.is_file())


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def _until_it_answers(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    latest = time.monotonic() + 300
    while True:
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=60)
            connection.request("GET", "/health")
            connection.getresponse().read()
            connection.close()
            return
        except OSError:
            assert process.poll() is None and time.monotonic() < latest, log.read_text(errors="replace")
            time.sleep(0.3)


class People:
    """Two who look around, one who decides, one who adds documents and has them scanned; each in a thread."""

    def __init__(self, address: str, root: Path, ending: threading.Event) -> None:
        self._address, self._root, self._ending = address, root, ending
        self.counts = {"pages": 0, "decisions": 0, "scans": 0, "reports": 0, "documents": 0}
        self.faults: list[str] = []
        self._visits: list[Visit] = []
        workspace = open_settings_workspace(Settings(workspace=root))
        self._passages = [_passage(entry.item) for entry in workspace.inbox.page(InboxFilter(), 200)]
        self._documents = [d.id for d in workspace.documents.summaries()]
        workspace.close()

    def begin(self) -> list[threading.Thread]:
        """Start them all."""
        acts = [lambda: self._look_around("lezer00"), lambda: self._look_around("lezer01"), self._decide, self._scan]
        threads = [threading.Thread(target=self._guarded, args=(act,)) for act in acts]
        for thread in threads:
            thread.start()
        return threads

    def _guarded(self, act: Callable[[], None]) -> None:
        try:
            act()
        except Exception as error:  # noqa: BLE001 - told at the end; the others go on
            self.faults.append(repr(error)[:300])

    def _visit(self, name: str) -> Visit:
        visit = Visit(self._address, name)
        self._visits.append(visit)
        return visit

    def close(self) -> None:
        """Hang up."""
        for visit in self._visits:
            visit.close()

    def _look_around(self, name: str) -> None:
        visit, chance = self._visit(name), random.Random(name)
        paths = [*_PAGES, *(f"/search?q={query.replace(' ', '+')}" for query in _QUERIES)]
        paths += [f"/passages/{passage}" for passage in self._passages]
        paths += [f"/passages/{passage}/page" for passage in self._passages]
        paths += [f"/documents/{document}" for document in self._documents]
        while not self._ending.wait(chance.uniform(0.3, 1.5)):
            path = chance.choice(paths)
            answer, _, _ = visit.ask("GET", path)
            self.counts["pages"] += 1
            if answer.status not in (200, 303, 404):
                self.faults.append(f"{path}: {answer.status}")

    def _decide(self) -> None:
        visit, chance = self._visit("lezer02"), random.Random(2)
        while not self._ending.wait(chance.uniform(2, 5)):
            passage = chance.choice(self._passages)
            _, body, _ = visit.ask("GET", f"/passages/{passage}")
            seen = body.partition('name="seen" value="')[2].partition('"')[0]
            choice = chance.choice(({"verdict": "accept"}, {"rejected": "off_topic"}, {"postponed": "other"}))
            answer, _, _ = visit.ask("POST", f"/passages/{passage}/decide", {"seen": seen or "0", **choice})
            self.counts["decisions"] += answer.status == 303
            if answer.status not in (303, 409):
                self.faults.append(f"decide: {answer.status}")

    def _scan(self) -> None:
        visit, chance = self._visit("lezer03"), random.Random(3)
        sentences = _sentences()
        while not self._ending.wait(1):
            number = self.counts["scans"] + 1
            text = f"Bericht {number} over werk\n\n" + "\n\n".join(chance.sample(sentences, 12))
            answer = visit.add_file(f"bericht-{number:04}.txt", text.encode())
            self.counts["documents"] += answer.status == 303
            self._job(visit, Job.SCAN, {})
            self.counts["scans"] += 1
            if number % 5 == 0:
                self._job(visit, Job.REPORT, {"about": "findings"})
                self.counts["reports"] += 1

    def _job(self, visit: Visit, job: Job, form: dict[str, str]) -> None:
        path = f"/{job.value}s"
        answer, _, _ = visit.ask("POST", path, form)
        if answer.status != 303:
            self.faults.append(f"{path}: {answer.status}")
        latest = time.monotonic() + _LONGEST_JOB_SECONDS
        while not self._ending.wait(1):
            answer, _, _ = visit.ask("GET", f"{path}/progress")
            if answer.getheader("x-done"):
                told = read_progress(self._root / "data" / "processed", job)
                if told is None or told.state is not JobState.DONE:
                    self.faults.append(f"{path}: {told}")
                return
            if time.monotonic() > latest:
                self.faults.append(f"{path} never ended")
                return


def _passage(item: InboxItem) -> str:
    return item.passage_id


def _sentences() -> list[str]:
    found: list[str] = []
    for name in ("own_nl", "own_en"):
        lines = (_ROOT / "models" / "training" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
        found += [json.loads(line)["text"] for line in lines]
    return found


@pytest.mark.slow
@pytest.mark.skipif(not WHOLE, reason="takes an hour: make torture")
def test_hours_of_use_leave_nothing_behind(scanned: Path, tmp_path: Path, tell: Callable[..., None]) -> None:
    root, scratch = copy_workspace(scanned, tmp_path / "workspace"), tmp_path / "scratch"
    scratch.mkdir()
    workspace = open_settings_workspace(Settings(workspace=root))
    secret = Secret(hash_password(PASSWORD))
    for number in range(4):
        name = f"lezer{number:02}"
        workspace.accounts.create(name, name, AccountRole.EDITOR, secret, actor="(command)")
    workspace.close()
    port, log = _free_port(), tmp_path / "serve.log"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    environment |= {
        "KENNISSTAND_WORKSPACE": str(root),
        "KENNISSTAND_PAGE_PORT": str(port),
        "TMPDIR": str(scratch),
        "PYTHONPATH": str(_ROOT),
    }
    environment |= {f"KENNISSTAND_SCHEDULE_{duty}": "" for duty in ("SCAN", "REPORT", "LEARN", "BACKUP")}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", "from pipelines.cli import main; main()", "serve"],
            stdout=output,
            stderr=output,
            env=environment,
            cwd=_ROOT,
        )
    ending = threading.Event()
    try:
        _until_it_answers(port, process, log)
        sampler, people = (
            Sampler(psutil.Process(process.pid), scratch),
            People(f"http://127.0.0.1:{port}", root, ending),
        )
        begun, threads = time.monotonic(), people.begin()
        while time.monotonic() - begun < 60 * _MINUTES:
            time.sleep(_EVERY_SECONDS)
            assert process.poll() is None, log.read_text(errors="replace")
            sampler.look(begun)
        ending.set()
        for thread in threads:
            thread.join()
        people.close()
        kinds = sorted({kind for sample in sampler.samples for kind in sample["kinds"]})
        figures = {
            "minutes": _MINUTES,
            **people.counts,
            "faults": people.faults,
            "megabytes": {kind: sampler.growth(kind, "megabytes") for kind in kinds}
            | {"together": sampler.growth(None, "megabytes")},
            "course_of_megabytes": {kind: sampler.course(kind, "megabytes") for kind in kinds},
            "files": sampler.growth(None, "files"),
            "threads": sampler.growth(None, "threads"),
            "processes": sampler.growth(None, "processes"),
            "scratch_files": [sampler.samples[len(sampler.samples) // 6]["scratch"], sampler.samples[-1]["scratch"]],
        }
    finally:
        ending.set()
        process.terminate()
        try:
            process.wait(120)
        finally:
            process.kill()
            process.wait()
    left = _left(root)
    tell("hours", **figures, left_behind=left)
    assert not people.faults and not left
    assert figures["megabytes"]["together"]["growth"] < _MOST_GROWTH, figures
    for what in ("files", "processes"):
        assert figures[what]["growth"] < _MOST_GROWTH, figures


def _left(root: Path) -> list[str]:
    """Processes of the workspace that still run a while after the service ended."""
    wanted = f"KENNISSTAND_WORKSPACE={root}".encode()
    latest = time.monotonic() + 60
    while True:
        found: list[str] = []
        for folder in Path("/proc").iterdir():
            try:
                if folder.name.isdigit() and wanted in (folder / "environ").read_bytes().split(b"\0"):
                    found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()[:200])
            except OSError:
                continue
        if not found or time.monotonic() > latest:
            return found
        time.sleep(0.5)
