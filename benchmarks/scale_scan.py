"""A scan that brings one document to a large store, by the code of a real one: seconds of each stage, and memory.

    OMP_NUM_THREADS=1 python benchmarks/scale_scan.py --store FOLDER [--database URL] [--scans 2] [--gigabytes 8]

The store is one that ``scale_store.py`` kept. Beforehand its labels are given the versions of the models at hand, and
its passages the vectors of the encoder: else the scan would label and encode all of them anew, for hours. The first
scan lays out topics, as no scan before it did; each later one brings its document to topics that stand.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from sqlalchemy import text  # noqa: E402

from flows.context import ScanContext  # noqa: E402
from flows.start import start_scan  # noqa: E402
from flows.vectors import documents_without_vectors, encode_documents  # noqa: E402
from flows.workspace import open_settings_workspace  # noqa: E402
from pipelines.settings import Settings  # noqa: E402

_GIGABYTE = 2**30
_TEXT = """Proef met een assistent voor het schrijven van beschikkingen, nummer {number}

In een proef bij een gemeente schreven {n} medewerkers drie maanden lang hun beschikkingen met een assistent die op een
taalmodel berust. Zij deden per zaak {m} minuten korter over het schrijven dan collega's zonder de assistent, en het
aantal bezwaren veranderde niet. Wie korter dan een jaar in dienst was, won de meeste tijd.

Of de gewonnen tijd naar andere taken ging, is niet gemeten. De ondernemingsraad vroeg om afspraken over wie de teksten
naleest, en over wat er met de gegevens over het tempo van schrijven gebeurt.
"""


def _settings(folder: Path, database: str | None) -> Settings:
    return Settings(workspace=folder, **({"database_url": database} if database else {}))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def prepare(settings: Settings) -> None:
    """Labels of the versions at hand, and vectors of all passages."""
    context = ScanContext(settings, open_settings_workspace(settings))
    with context.workspace.engine.begin() as connection:
        versions = {"model": context.kit.version, "table": context.table.version}
        others = "model_version <> :model OR table_version <> :table"
        update = f"UPDATE labels SET model_version = :model, table_version = :table WHERE {others}"
        connection.execute(text(update), versions)
    began = time.perf_counter()
    n_passages = encode_documents(context, list(documents_without_vectors(context)))
    _say(f"vectors of {n_passages} passages: {time.perf_counter() - began:.0f} s")
    context.close()
    context.workspace.close()


def scan(settings: Settings, gigabytes: float) -> dict[str, Any]:
    """One scan in this process, which may not take more memory than given."""
    resource.setrlimit(resource.RLIMIT_DATA, (int(gigabytes * _GIGABYTE),) * 2)
    number = len(list(settings.raw_dir.glob("new-*.txt")))
    path = settings.raw_dir / f"new-{number}.txt"
    path.write_text(_TEXT.format(number=number, n=40 + number, m=7 + number), encoding="utf-8")
    began = time.perf_counter()
    outcome = start_scan(settings, [path])
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return {
        "seconds": round(time.perf_counter() - began, 1),
        "megabytes": round(int(status.split("VmHWM:")[1].split()[0]) / 1024),
        "stages": outcome.stage_seconds,
        "new": outcome.new_documents,
        "topics": outcome.topics,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--database")
    parser.add_argument("--scans", type=int, default=2)
    parser.add_argument("--gigabytes", type=float, default=8.0, help="memory that a scan may take")
    parser.add_argument("--here", action="store_true", help="scan in this process")
    arguments = parser.parse_args()
    settings = _settings(arguments.store, arguments.database)
    if arguments.here:
        sys.stdout.write("\n" + json.dumps(scan(settings, arguments.gigabytes)) + "\n")
        return
    prepare(settings)
    for _ in range(arguments.scans):
        command = [sys.executable, __file__, "--here", "--store", str(arguments.store)]
        command += ["--gigabytes", str(arguments.gigabytes)]
        command += ["--database", arguments.database] if arguments.database else []
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ)
        told = done.stdout.splitlines()[-1] if done.returncode == 0 else done.stderr[-2000:]
        _say(told)


if __name__ == "__main__":
    main()
