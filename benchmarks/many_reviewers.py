"""Many reviewers decide at once on the same items; afterwards everything they were told is held against the store.

usage: python benchmarks/many_reviewers.py [--database sqlite|postgresql] [--reviewers 10] [--decisions 500]
       [--items 3000] [--kills 0] [--threads] [--seed 1]
Each reviewer is a process of its own (with --threads all share one, as in a server of one process) that notes what it
set out to do, what was acknowledged and which conflicts it met. With --kills so many reviewers are killed at random
moments; each comes back, sends again what it had no answer to, and goes on. Between decisions nobody pauses. PostgreSQL
runs as a server of its own that writes as safely as it does by default. Prints one JSON object; exit status 1 when
anything is lost, doubled, overwritten, out of order, or a conflict was none.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(_ROOT), str(_ROOT / "tests")]

from pipelines.domain.decisions import Decision, Judgement, Verdict, fold_decisions  # noqa: E402
from pipelines.domain.ids import content_id  # noqa: E402
from pipelines.domain.inbox import InboxItem, Listed  # noqa: E402
from pipelines.store.database import open_engine  # noqa: E402
from pipelines.store.decisions import DecisionConflict, DecisionStore  # noqa: E402
from pipelines.store.inbox import InboxStore  # noqa: E402

#: Half of the decisions fall on so many items at the top of the list, so that reviewers meet often.
_POPULAR_ITEMS = 25
_SKIPS_AFTER_CONFLICT = 0.5


@dataclass(frozen=True)
class Task:
    """What one reviewer has to do."""

    name: str
    address: str
    notes: Path
    n_decisions: int
    n_items: int
    seed: int


class Notes:
    """What a reviewer was told, a line at a time in a file that outlives the process."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def add(self, what: str, **values: Any) -> None:
        """Note something that happened now; the clock is the same for all processes."""
        line = json.dumps({"what": what, "at": time.monotonic_ns(), **values}) + "\n"
        os.write(self._file, line.encode())

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)


def read_notes(path: Path) -> list[dict[str, Any]]:
    """All notes of one reviewer, oldest first."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def item_name(number: int) -> str:
    """Id of an item."""
    return content_id("item", number)


def fill_inbox(address: str, n_items: int) -> None:
    """An inbox of items that nobody decided on yet."""
    engine = open_engine(address)
    InboxStore(engine).replace(
        InboxItem(
            item_id=item_name(number),
            passage_id=item_name(number),
            document_id=content_id("document", number // 10),
            run_id="scan-0001",
            listed=Listed.FLAGGED,
            rank=number + 1,
            flag=0.9,
            language="nl",
            n_passages=1,
            title=f"Document {number // 10}",
            lead="Een zin over werk.",
        )
        for number in range(n_items)
    )
    engine.dispose()


def review(task: Task) -> None:
    """Decide until ``n_decisions`` were acknowledged, those of an earlier life included."""
    engine = open_engine(task.address)
    store, notes = DecisionStore(engine), Notes(task.notes)
    past = read_notes(task.notes)
    answered = {note["id"] for note in past if note["what"] in ("stored", "conflict")}
    n_done = sum(note["what"] == "stored" for note in past)
    chance = random.Random(f"{task.seed} {task.name} {len(past)}")
    for note in past:
        if note["what"] == "tries" and note["decision"]["id"] not in answered:
            n_done += _send(store, notes, Decision.model_validate(note["decision"]))
    while n_done < task.n_decisions:
        popular = chance.random() < 0.5
        item_id = item_name(chance.randrange(min(_POPULAR_ITEMS, task.n_items) if popular else task.n_items))
        while True:
            decision = _decide(store, task, item_id, chance)
            notes.add("tries", decision=decision.model_dump(mode="json"))
            stored = _send(store, notes, decision)
            n_done += stored
            if stored or chance.random() < _SKIPS_AFTER_CONFLICT:
                break
    notes.close()
    engine.dispose()


def _send(store: DecisionStore, notes: Notes, decision: Decision) -> bool:
    started = time.perf_counter()
    try:
        standing = store.append(decision)
    except DecisionConflict as conflict:
        notes.add("conflict", id=decision.id, turn=conflict.standing.turn)
        return False
    notes.add("stored", id=decision.id, turn=standing.turn, seconds=time.perf_counter() - started)
    return True


def _decide(store: DecisionStore, task: Task, item_id: str, chance: random.Random) -> Decision:
    """A decision in the knowledge of those that are there."""
    seen = store.standing(item_id)
    verdict = chance.choice((Verdict.ACCEPT, Verdict.REJECT, Verdict.LATER, Verdict.UNDO))
    if verdict == Verdict.UNDO and seen.holds is None:
        verdict = Verdict.ACCEPT
    moment = datetime.now(UTC).replace(tzinfo=None)
    return Decision(
        id=content_id("decision", item_id, seen.turn, task.name, moment.isoformat(), chance.getrandbits(64)),
        item_id=item_id,
        turn=seen.turn + 1,
        passage_id=item_id,
        document_id=content_id("document", 0),
        passage_text="Uit de enquête blijkt dat een derde van de bedrijven AI gebruikt. " * 12,
        verdict=verdict,
        reviewer=task.name,
        decided=moment,
        judgement=Judgement(rows=("A1",)) if verdict == Verdict.ACCEPT else None,
        reason={Verdict.REJECT: "off_topic", Verdict.LATER: "other"}.get(verdict),
        undoes=seen.holds.id if verdict == Verdict.UNDO and seen.holds is not None else None,
    )


@dataclass
class Told:
    """What all reviewers were told together."""

    tried: dict[str, dict[str, Any]] = field(default_factory=dict)
    stored: Counter[str] = field(default_factory=Counter)
    conflicts: list[dict[str, Any]] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    moments: list[int] = field(default_factory=list)

    def lasted(self) -> float:
        """Seconds between the first and the last note; starting the processes takes longer than their work."""
        return (max(self.moments) - min(self.moments)) / 1e9


def gather(tasks: list[Task]) -> Told:
    """Read the notes of all reviewers."""
    told = Told()
    for task in tasks:
        for note in read_notes(task.notes):
            told.moments.append(note["at"])
            if note["what"] == "tries":
                told.tried[note["decision"]["id"]] = {**note, "reviewer": task.name}
            elif note["what"] == "stored":
                told.stored[note["id"]] += 1
                told.seconds.append(note["seconds"])
            else:
                told.conflicts.append(note)
    return told


def check(address: str, told: Told) -> dict[str, int]:
    """Number of each thing that is wrong; all zero when the store kept its word."""
    engine = open_engine(address)
    store = DecisionStore(engine)
    kept = list(store.all())
    by_item: dict[str, list[Decision]] = defaultdict(list)
    for decision in kept:
        by_item[decision.item_id].append(decision)
    turns = {(decision.item_id, decision.turn): decision for decision in kept}
    copies = Counter(decision.id for decision in kept)

    def is_no_conflict(note: dict[str, Any]) -> bool:
        mine = told.tried[note["id"]]
        other = turns.get((mine["decision"]["item_id"], mine["decision"]["turn"]))
        if other is None or other.id == note["id"] or note["turn"] < other.turn:
            return True
        return other.reviewer == mine["reviewer"] or told.tried[other.id]["at"] > note["at"]

    found = {
        "lost": sum(decision_id not in copies for decision_id in told.stored),
        "doubled": sum(n > 1 for n in copies.values()) + sum(n > 1 for n in told.stored.values()),
        "never_acknowledged": sum(decision_id not in told.stored for decision_id in copies),
        "changed": sum(d.model_dump(mode="json") != told.tried[d.id]["decision"] for d in kept if d.id in told.tried),
        "items_with_holes": sum([d.turn for d in made] != list(range(1, len(made) + 1)) for made in by_item.values()),
        "faults_in_chain": len(store.faults()),
        "stale_standings": len(store.stale_standings({})),
        "wrong_folds": sum(store.standing(item_id) != fold_decisions(made) for item_id, made in by_item.items()),
        "stored_and_refused": sum(note["id"] in told.stored for note in told.conflicts),
        "conflicts_that_were_none": sum(is_no_conflict(note) for note in told.conflicts),
    }
    engine.dispose()
    return found


def work_in_processes(tasks: list[Task], n_kills: int, chance: random.Random) -> int:
    """Let all reviewers work side by side, killing some; returns how many were killed."""
    context = get_context("spawn")

    def start(task: Task) -> BaseProcess:
        process = context.Process(target=review, args=(task,))
        process.start()
        return process

    running = {task.name: start(task) for task in tasks}
    by_name = {task.name: task for task in tasks}
    moments = sorted(chance.uniform(0.05, 0.9) for _ in range(n_kills))
    n_wanted, n_killed = sum(task.n_decisions for task in tasks), 0
    while moments:
        done = sum(note["what"] == "stored" for task in tasks for note in _whole_notes(task.notes))
        alive = sorted(name for name, process in running.items() if process.is_alive())
        if not alive:
            break
        if done >= moments[0] * n_wanted:
            moments.pop(0)
            name = chance.choice(alive)
            running[name].kill()
            running[name].join()
            n_killed += running[name].exitcode == -9
            running[name] = start(by_name[name])
        time.sleep(chance.uniform(0.001, 0.02))
    for name, process in running.items():
        process.join()
        if process.exitcode != 0:
            raise RuntimeError(f"{name} ended with {process.exitcode}")
    return n_killed


def _whole_notes(path: Path) -> list[dict[str, Any]]:
    text = path.read_text() if path.exists() else ""
    return [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]


def work_in_threads(tasks: list[Task]) -> None:
    """Let all reviewers work side by side in this process."""
    threads = [threading.Thread(target=review, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@contextmanager
def new_database(kind: str, folder: Path) -> Iterator[str]:
    """Address of a new database, on a server of its own where it needs one."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'kennisstand.db'}"
        return
    from postgres_server import find_programs, running_server

    programs = find_programs()
    if programs is None:
        raise SystemExit("PostgreSQL is not installed")
    with running_server(programs, durable=True) as server:
        yield server.address(server.new_database())


@dataclass(frozen=True)
class Plan:
    """How many do how much."""

    reviewers: int = 10
    decisions: int = 500
    items: int = 3000
    kills: int = 0
    seed: int = 1
    threads: bool = False


def run(address: str, folder: Path, plan: Plan) -> dict[str, Any]:
    """Work and check; ``wrong`` in the result holds what :func:`check` found."""
    fill_inbox(address, plan.items)
    names = [f"reviewer{number:02}" for number in range(1, plan.reviewers + 1)]
    tasks = [Task(name, address, folder / f"{name}.jsonl", plan.decisions, plan.items, plan.seed) for name in names]
    n_killed = 0
    if plan.threads:
        work_in_threads(tasks)
    else:
        n_killed = work_in_processes(tasks, plan.kills, random.Random(plan.seed))
    told = gather(tasks)
    cuts = statistics.quantiles(told.seconds, n=100, method="inclusive")
    return {
        "stored": sum(told.stored.values()),
        "conflicts": len(told.conflicts),
        "killed": n_killed,
        "stored_per_second": round(sum(told.stored.values()) / told.lasted(), 1),
        "append_ms": {
            "median": round(cuts[49] * 1000, 1),
            "p99": round(cuts[98] * 1000, 1),
            "most": round(max(told.seconds) * 1000, 1),
        },
        "wrong": check(address, told),
    }


def main() -> int:
    """Run and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    for name in ("reviewers", "decisions", "items", "kills", "seed"):
        parser.add_argument(f"--{name}", type=int, default=getattr(Plan, name))
    parser.add_argument("--threads", action="store_true", help="all reviewers in one process")
    options = vars(parser.parse_args())
    kind = options.pop("database")
    with tempfile.TemporaryDirectory() as name, new_database(kind, Path(name)) as address:
        result = run(address, Path(name), Plan(**options))
    print(json.dumps({"database": kind, **options, **result}, indent=1))  # noqa: T201
    return 1 if any(result["wrong"].values()) else 0


if __name__ == "__main__":
    sys.exit(main())
