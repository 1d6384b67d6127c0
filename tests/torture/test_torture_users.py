"""Many people at the page at once: what was acknowledged is there once, who came second is told, nobody waits long."""

from __future__ import annotations

import multiprocessing
import os
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import psutil
import pytest
from page_users import PASSWORD, Told, Visit, open_files, read_told, review, wander
from served_page import ServedPage, served_page
from torture_rounds import WHOLE, amount
from workspaces import copy_workspace

from flows.workspace import open_settings_workspace
from pipelines.domain.accounts import AccountRole
from pipelines.review_app.passwords import hash_password
from pipelines.settings import Settings
from pipelines.store import Workspace
from pipelines.store.accounts import Secret
from pipelines.store.inbox import InboxFilter

_ROOT = Path(__file__).resolve().parents[2]
_MOST_REVIEWERS = 30
_GOAL_SECONDS = 0.5
_OFTEN_MET = 25
"""Half of the passages that anybody is given are of so many, so that people meet."""
#: A decision takes an experienced reader some ten seconds; this is somebody who hardly reads.
_QUICK = (1.0, 3.0)
_WITHOUT_A_PAUSE = (0.0, 0.0)


def _open(root: Path) -> Workspace:
    return open_settings_workspace(Settings(workspace=root))


def _name(number: int) -> str:
    return f"lezer{number:02}"


@pytest.fixture(scope="module")
def busy_page(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedPage]:
    """The page of a workspace with reviewers; in the whole round of one with 100,000 passages.

    Making that takes minutes: ``KENNISSTAND_TORTURE_STORE`` names a folder where ``benchmarks/page_speed.py --store``
    left one.
    """
    root = tmp_path_factory.mktemp("busy")
    made = os.environ.get("KENNISSTAND_TORTURE_STORE")
    if WHOLE and made:
        copy_workspace(Path(made), root)
    elif WHOLE:
        sys.path.insert(0, str(_ROOT / "benchmarks"))
        import page_speed

        page_speed.make_store(root, 100_000)
    else:
        copy_workspace(request.getfixturevalue("scanned"), root)
    workspace = _open(root)
    secret = Secret(hash_password(PASSWORD))
    for number in range(_MOST_REVIEWERS):
        workspace.accounts.create(_name(number), _name(number), AccountRole.REVIEWER, secret, actor="(command)")
    workspace.close()
    with served_page(root) as served:
        visit = Visit(served.address, _name(0))  # what the program keeps in memory is read once, when it starts
        for path in ("/", "/search?q=werkdruk"):
            visit.ask("GET", path)
        visit.close()
        yield served


def _passages(root: Path, n_wanted: int) -> list[str]:
    workspace = _open(root)
    found = [entry.item.passage_id for entry in workspace.inbox.page(InboxFilter(), n_wanted)]
    workspace.close()
    return found


def _work(
    served: ServedPage, n_people: int, n_each: int, pause: tuple[float, float], seed: int, folder: Path
) -> list[Told]:
    """Have people decide at once, each in a process of their own."""
    passages = _passages(served.root, 3000)
    context = multiprocessing.get_context("spawn")
    start_at = time.time() + 1 + n_people / 5
    running = []
    for number in range(n_people):
        chance = random.Random(f"{seed} {number}")
        chosen = [chance.choice(passages[:_OFTEN_MET] if chance.random() < 0.5 else passages) for _ in range(n_each)]
        notes = folder / f"{_name(number)}.json"
        arguments = (served.address, _name(number), chosen, pause, seed, notes, start_at)
        process = context.Process(target=review, args=arguments)
        process.start()
        running.append((process, notes))
    for process, _ in running:
        process.join()
        assert process.exitcode == 0
    return [read_told(notes) for _, notes in running]


def _check(root: Path, told: Sequence[Told], before: set[str]) -> dict[str, int]:
    """Hold what people were told against the store; everything must be nought."""
    workspace = _open(root)
    try:
        kept = [decision for decision in workspace.decisions.all() if decision.id not in before]
        by_id = {decision.id: decision for decision in kept}
        acknowledged = [(one.name, passage, decision) for one in told for passage, decision in one.stored]
        named = Counter(decision for _, _, decision in acknowledged if decision)
        made = Counter((decision.reviewer, decision.passage_id) for decision in kept)
        said = Counter((name, passage) for name, passage, _ in acknowledged)
        return {
            "lost": sum(decision not in by_id for decision in named) + sum(made[pair] < 1 for pair in said),
            "of somebody else": sum(
                by_id[decision].reviewer != name for name, _, decision in acknowledged if decision in by_id
            ),
            "never acknowledged": sum(pair not in said for pair in made),
            "conflicts without a word": sum(not warned for one in told for _, warned in one.conflicts),
            "faults": sum(len(one.faults) for one in told),
            "faults in the chain": len(workspace.decisions.faults()),
            "stale standings": len(workspace.decisions.stale_standings(workspace.passages.items())),
        }
    finally:
        workspace.close()


def _ids(root: Path) -> set[str]:
    workspace = _open(root)
    found = {decision.id for decision in workspace.decisions.all()}
    workspace.close()
    return found


def _spread(seconds: Sequence[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    return {
        "n": len(ordered),
        "median_ms": round(1000 * statistics.median(ordered), 1),
        "p99_ms": round(1000 * ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))], 1),
        "most_ms": round(1000 * ordered[-1], 1),
    }


@pytest.mark.parametrize(
    ("n_people", "n_each", "pause"),
    amount(
        [(4, 6, _WITHOUT_A_PAUSE)],
        [(10, 60, _QUICK), (30, 60, _QUICK), (10, 60, _WITHOUT_A_PAUSE), (30, 60, _WITHOUT_A_PAUSE)],
    ),
)
def test_all_that_many_people_were_told_is_so(
    busy_page: ServedPage,
    tmp_path: Path,
    tell: Callable[..., None],
    n_people: int,
    n_each: int,
    pause: tuple[float, float],
) -> None:
    before = _ids(busy_page.root)
    told = _work(busy_page, n_people, n_each, pause, n_people, tmp_path)
    wrong = _check(busy_page.root, told, before)
    seconds: dict[str, list[float]] = {}
    for one in told:
        for kind, times in one.seconds.items():
            seconds.setdefault(kind, []).extend(times)
    figures: dict[str, Any] = {
        "people": n_people,
        "pause_seconds": pause,
        "stored": sum(len(one.stored) for one in told),
        "conflicts": sum(len(one.conflicts) for one in told),
        "wrong": wrong,
        "times": {kind: _spread(times) for kind, times in seconds.items()},
        "all": _spread([value for times in seconds.values() for value in times]),
    }
    tell(f"reviewers_{n_people}_{'quick' if pause == _QUICK else 'without_pause'}", **figures)
    assert not any(wrong.values()), (wrong, [fault for one in told for fault in one.faults][:5])
    assert figures["stored"] + figures["conflicts"] >= n_people * n_each
    assert figures["conflicts"] > 0  # else nobody met, and nothing was tried
    if WHOLE and pause == _QUICK:
        assert figures["all"]["p99_ms"] < 1000 * _GOAL_SECONDS, figures


_PAGES = ["/", "/table", "/documents", "/scans", "/reports", "/topics", "/readers", "/search?q=werkdruk", "/proposals"]


def test_page_use_leaves_nothing_open(busy_page: ServedPage) -> None:
    """After each page was seen once, seeing them again opens no file, thread or process for good."""
    process = psutil.Process(busy_page.process.pid)
    passages = _passages(busy_page.root, 20)
    paths = [*_PAGES, *(f"/passages/{passage}" for passage in passages)]
    paths += [f"/passages/{passage}/page" for passage in passages]
    visit, chance = Visit(busy_page.address, _name(0)), random.Random(3)
    for path in paths:
        visit.ask("GET", path)
    before = open_files(process.pid), len(process.children(recursive=True))
    for _ in range(amount(120, 5000)):
        path, status, _ = wander(visit, paths, chance)
        assert status in (200, 303, 404), path
    visit.close()
    latest = time.monotonic() + 60  # what was opened last may still be open
    while (now := (open_files(process.pid), len(process.children(recursive=True)))) > before:
        assert time.monotonic() < latest, (before, now, process.open_files())
        time.sleep(0.2)
