"""Reading and labelling by two workers of a cluster, by one, and without a cluster, on the same documents.

    python benchmarks/cluster.py [--documents 60] [--rounds 5] [--shared FOLDER_OR_ADDRESS]

Documents are made from the bundled examples. Scheduler and workers are processes on this machine, so that all ways have
the same processors: what two workers gain over one is what there was to spare, and what one worker loses to no cluster
is what sending costs. The ways take turns; told are medians of the time from the first batch until the last row is
stored, with models loaded and workers ready, and whether the rows are equal. The processor time of the coordinator
alone is told, too: it does its part by itself, so it bounds how many workers can be kept busy.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from sqlalchemy import select  # noqa: E402

from flows.batches import READ  # noqa: E402
from flows.cluster import Cluster  # noqa: E402
from flows.cluster_start import check_workers, make_spec, shared_files  # noqa: E402
from flows.context import ScanContext  # noqa: E402
from flows.discovery import find_files  # noqa: E402
from flows.machines import connected  # noqa: E402
from flows.steps import read_documents  # noqa: E402
from flows.workspace import open_settings_workspace  # noqa: E402
from pipelines.examples import example_documents  # noqa: E402
from pipelines.settings import Settings  # noqa: E402
from pipelines.store import Workspace, schema  # noqa: E402

_COMMAND = (sys.executable, "-c", "from pipelines.cli import main; main()")
_COMPARED = ("documents", "passages", "labels", "label_rows", "label_themes")
_START_SECONDS = 600


def make_documents(folder: Path, count: int) -> None:
    """So many files, each an example with an addition that is not part of its text."""
    folder.mkdir(parents=True)
    examples = [path for path in example_documents() if "scan_" not in path.name and "download" not in path.name]
    for number in range(count):
        source = examples[number % len(examples)]
        target = folder / f"{number:03}-{source.name}"
        shutil.copyfile(source, target)
        if source.suffix in {".docx", ".odt"}:
            with zipfile.ZipFile(target, "a") as packed:
                packed.comment = str(number).encode()
        else:
            mark = {".pdf": f"\n% {number}\n", ".html": f"<!-- {number} -->"}.get(source.suffix, f"\n[{number}]: x\n")
            with target.open("ab") as file:
                file.write(mark.encode())


@contextmanager
def started(log: Path, told: str, *arguments: str) -> Iterator[str]:
    """What a ``kennisstand worker`` tells when it is ready; it ends with the block."""
    with log.open("w") as out:
        process = subprocess.Popen([*_COMMAND, "worker", *arguments], cwd=ROOT, stderr=out, text=True)
    try:
        latest = time.monotonic() + _START_SECONDS
        while (found := re.search(told, log.read_text(encoding="utf-8"))) is None:
            if process.poll() is not None or time.monotonic() > latest:
                raise SystemExit(log.read_text(encoding="utf-8"))
            time.sleep(0.2)
        yield found.group()
    finally:
        process.terminate()
        process.wait()


@contextmanager
def cluster(processes: int, folder: Path) -> Iterator[str]:
    """Address of a scheduler with so many workers."""
    scheduler, workers = folder / f"scheduler-{processes}.log", folder / f"workers-{processes}.log"
    with (
        started(scheduler, r"tcp://\S+", "--scheduler", "--port", "0") as address,
        started(workers, "are ready|zijn klaar", address, "--processes", str(processes)),
    ):
        yield address


def scan(documents: Path, folder: Path, address: str | None, shared: str | None) -> dict[str, Any]:
    """Seconds, traffic and a hash of the rows of one reading of all documents."""
    settings = Settings(workspace=folder, cluster=address, shared_files=shared)
    context = ScanContext(settings, open_settings_workspace(settings))
    try:
        run = context.workspace.runs.new("nl", context.versions())
        context.workspace.documents.register(run, find_files([documents], {}, settings.raw_dir).files)
        ids = context.workspace.documents.pending()
        size = settings.batch_documents
        batches = [ids[start : start + size] for start in range(0, len(ids), size)]
        if address is None:
            context.reader.begin()
            list(context.reader.read([]))
            seconds, own = _timed(context, run.id, batches)
            traffic: dict[str, int] = {}
        else:
            with connected(address) as machines:
                check_workers(settings, machines)
                files = shared_files(settings)
                used = Cluster(context, machines, make_spec(context, files, "runs/benchmark"))
                context.computing = used
                seconds, own = _timed(context, run.id, batches)
                traffic = vars(used.traffic)
                if files is not None:
                    files.within("runs/benchmark").clear()
        return {"seconds": seconds, "own": own, "rows": rows(context.workspace), **traffic}
    finally:
        context.close()
        context.workspace.close()


def _timed(context: ScanContext, run_id: str, batches: Sequence[Sequence[str]]) -> tuple[float, float]:
    """Seconds on the clock, and of the processor in this process."""
    begun, own = time.perf_counter(), time.process_time()
    with context.computing.ahead(READ, batches):
        for batch in batches:
            read_documents(context, run_id, batch)
    return time.perf_counter() - begun, time.process_time() - own


def rows(workspace: Workspace) -> str:
    """Hash of what was stored of the documents, without moments."""
    digest = hashlib.sha256()
    with workspace.engine.connect() as connection:
        for name in _COMPARED:
            table = schema.metadata.tables[name]
            columns = [column for column in table.c if column.name != "first_seen"]
            for row in connection.execute(select(*columns).order_by(*table.primary_key.columns)):
                digest.update(repr(tuple(row)).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:16]


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--shared", help="setting shared_files; without it workers read the files where they lie")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kennisstand-cluster-") as name:
        folder = Path(name)
        make_documents(folder / "in", given.documents)
        found: dict[str, list[dict[str, Any]]] = {"none": [], "one": [], "two": []}
        with cluster(1, folder) as one, cluster(2, folder) as two:
            addresses = {"none": None, "one": one, "two": two}
            for turn in range(-1, given.rounds):  # the first, in which caches fill, does not count
                ways = list(addresses) if turn % 2 else list(reversed(addresses))
                for way in ways:
                    made = scan(folder / "in", folder / f"{way}-{turn}", addresses[way], given.shared)
                    sys.stderr.write(f"{turn} {way} {made['seconds']:.1f} s\n")
                    if turn >= 0:
                        found[way].append(made)
    medians = {way: statistics.median(one["seconds"] for one in made) for way, made in found.items()}
    traffic = {name: value for name, value in found["two"][-1].items() if name not in {"seconds", "own", "rows"}}
    told = {
        "documents": given.documents,
        "rounds": given.rounds,
        "processors": os.cpu_count(),
        "load": os.getloadavg()[0],
        "seconds": {way: round(median, 2) for way, median in medians.items()},
        "processor_seconds_of_coordinator": {
            way: round(statistics.median(one["own"] for one in made), 2) for way, made in found.items()
        },
        "one_to_none": round(medians["one"] / medians["none"], 2),
        "two_to_one": round(medians["two"] / medians["one"], 2),
        "two_to_none": round(medians["two"] / medians["none"], 2),
        "rows_equal": len({one["rows"] for made in found.values() for one in made}) == 1,
        "traffic_of_two": traffic,
    }
    sys.stdout.write(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
