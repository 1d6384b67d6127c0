"""Kills a scan at random moments, continues it, and compares the database with that of an uninterrupted scan.

usage: python benchmarks/kill_and_continue.py [--documents 30] [--kills 5] [--seed 1]
Prints one JSON object; exit status 1 when the databases differ.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from sqlalchemy import Connection, Engine, Table, create_engine, func, make_url, select
from sqlalchemy.exc import OperationalError, ProgrammingError

from pipelines.settings import Settings
from pipelines.store import schema
from pipelines.store.documents import DONE

_ROOT = Path(__file__).resolve().parent.parent
_COMMAND = (sys.executable, "-c", "from pipelines.cli import main; main()")
#: Columns that tell time or name a run after its time.
_TIMES = frozenset({"started", "finished", "first_seen", "run_id", "created", "made", "seconds", "modified_ns"})
#: Follows from the moments at which documents were read.
_MARKS = frozenset({"fingerprint"})
_RUN_COLUMNS = frozenset({"id", "started", "finished", "summary"})


def write_documents(folder: Path, n_documents: int, n_passages: int = 12) -> None:
    """Documents of training passages, Dutch and English by turns."""
    folder.mkdir(parents=True)
    texts = {
        language: [
            json.loads(line)
            for line in (_ROOT / "models" / "training" / f"train_{language}.jsonl").read_text("utf-8").splitlines()
        ]
        for language in ("nl", "en")
    }
    for number in range(n_documents):
        language = ("nl", "en")[number % 2]
        start = number // 2 * n_passages
        lines = [f"# {texts[language][start]['title']} ({number})\n"]
        chosen = texts[language][start : start + n_passages]
        lines += [f"## {passage['section']}\n\n{passage['text']}\n" for passage in chosen]
        (folder / f"{number:03}.md").write_text("\n".join(lines), encoding="utf-8")


def start(workspace: Path, documents: Path) -> subprocess.Popen[bytes]:
    """Start a scan in a process group of its own."""
    return subprocess.Popen(
        [*_COMMAND, "scan", str(documents), "--workspace", str(workspace), "--json"],
        cwd=_ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        env={**os.environ, "KENNISSTAND_BATCH_DOCUMENTS": "3"},
    )


def _engine(workspace: Path) -> Engine | None:
    address = make_url(Settings(workspace=workspace).database)
    if address.get_backend_name() == "sqlite" and not Path(str(address.database)).exists():
        return None  # to look would make it
    return create_engine(address)


def count_done(workspace: Path) -> int:
    """Documents that are done so far."""
    engine = _engine(workspace)
    if engine is None:
        return 0
    query = select(func.count()).where(schema.documents.c.stage == DONE)
    try:
        with engine.connect() as connection:
            return connection.execute(query).scalar_one()
    except (OperationalError, ProgrammingError):
        return 0  # the tables are not there yet
    finally:
        engine.dispose()


def kill_at(process: subprocess.Popen[bytes], workspace: Path, n_done: int, extra_seconds: float) -> bool:
    """Kill everything of a scan once ``n_done`` documents are done and some time has passed; False if it was faster."""
    while process.poll() is None and count_done(workspace) < n_done:
        time.sleep(0.05)
    time.sleep(extra_seconds)
    if process.poll() is not None:
        return False
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return True


def _rows(connection: Connection, table: Table) -> list[tuple[object, ...]]:
    left_out = _TIMES | _MARKS | (_RUN_COLUMNS if table is schema.runs else frozenset())
    kept = [c for c in table.c if c.name not in left_out]
    # What was begun and not finished may leave numbers out: only their order counts.
    numbered = [c for c in kept if c.autoincrement is True]
    rows = connection.execute(select(*kept).order_by(*numbered)).mappings()
    found = []
    for number, row in enumerate(rows):
        values = {**row, **{c.name: number for c in numbered}}
        if "record" in values:  # how a version of the table came to be tells when as well
            values["record"] = {name: value for name, value in values["record"].items() if name != "created"}
        found.append(tuple(values.values()))
    return sorted(found, key=repr)


def dump(workspace: Path) -> dict[str, list[tuple[object, ...]]]:
    """All that the database holds but for times."""
    engine = _engine(workspace)
    assert engine is not None, "no database"
    with engine.connect() as connection:
        content = {table.name: _rows(connection, table) for table in schema.metadata.sorted_tables}
        summaries = connection.execute(select(schema.runs.c.summary).order_by(schema.runs.c.id)).scalars()
        content["runs.summary"] = [tuple(sorted((k, v) for k, v in one.items() if k != "seconds")) for one in summaries]
    engine.dispose()
    return content


def main() -> int:
    """Run the comparison."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=30)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_documents(folder / "in", options.documents)
        whole = start(folder / "whole", folder / "in")
        out, errors = whole.communicate()
        if whole.returncode != 0:
            sys.stderr.write(errors.decode())
            return 1
        moments: list[dict[str, object]] = []
        for target in sorted(chance.sample(range(options.documents + 1), options.kills)):
            wait = round(chance.uniform(0, 1.5), 2)
            process = start(folder / "killed", folder / "in")
            killed = kill_at(process, folder / "killed", target, wait)
            if not killed:
                process.communicate()
            moments.append(
                {"after": target, "plus_seconds": wait, "killed": killed, "done": count_done(folder / "killed")}
            )
        last = start(folder / "killed", folder / "in")
        out, errors = last.communicate()
        if last.returncode != 0:
            sys.stderr.write(errors.decode())
            return 1
        left, right = dump(folder / "whole"), dump(folder / "killed")
        different = sorted(table for table in left.keys() | right.keys() if left.get(table) != right.get(table))
        rows = {table: len(lines) for table, lines in left.items()}
        again = json.loads(out)
        result = {
            "moments": moments,
            "equal": not different,
            "different_tables": different,
            "rows": rows,
            "flagged": again["flagged"],
        }
        sys.stdout.write(json.dumps(result, indent=1) + "\n")
        return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
