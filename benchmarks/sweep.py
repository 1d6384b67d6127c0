"""What it costs a scan to look for files that were never finished, in a workspace of 1,000 documents.

.venv/bin/python benchmarks/sweep.py
"""

from __future__ import annotations

import hashlib
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from pipelines.store.abandoned import sweep_workspace

_DOCUMENTS = 1_000
_SCANS = 250
_TIMES = 20


def _names() -> Iterator[str]:
    """Files of a workspace that was scanned, read and backed up: originals, vectors, pages, objects, reports."""
    for number in range(_DOCUMENTS):
        name = hashlib.sha256(str(number).encode()).hexdigest()
        yield f"data/raw/kept/{name[:2]}/{name}.pdf"
        yield f"data/raw/by year/{number}.pdf"
        yield f"data/processed/vectors/static/{name}.parquet"
        yield from (f"data/processed/pages/{name[:2]}/{name}-{page}.png" for page in range(5))
        yield from (f"data/backups/objects/{name[:2]}/{name}{part}" for part in range(4))
    for number in range(_SCANS):
        yield from (f"reports/scan-{number:04}/report.{form}" for form in ("docx", "html", "xlsx"))


def main() -> None:
    """Measure, and print the figures."""
    with tempfile.TemporaryDirectory() as name:
        names = list(_names())
        for one in names:
            path = Path(name, one)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"x")
        seconds: list[float] = []
        for _ in range(_TIMES):
            begun = time.process_time()
            sweep_workspace(Path(name))
            seconds.append(time.process_time() - begun)
    figures = {"files": len(names), "median_ms": 1000 * statistics.median(seconds), "most_ms": 1000 * max(seconds)}
    sys.stdout.write(json.dumps({name: round(value, 1) for name, value in figures.items()}) + "\n")


if __name__ == "__main__":
    main()
