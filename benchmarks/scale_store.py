"""How the store grows: filling it, what every scan reads, and what the page asks, at several sizes.

    OMP_NUM_THREADS=1 python benchmarks/scale_store.py --passages 10000 100000 1000000 [--database URL] [--store FOLDER]

Passages are those of ``search_speed.py``: sentences of the training passages in other combinations with coined words,
fifty to a document, one in twenty flagged. They are stored by the code that stores real ones, with real signatures for
near-duplicates up to a size (``--signatures``), beyond it with those of other passages. The store grows from size to
size; at each, every question runs in a process of its own, so that its memory is its own. With ``--database`` the
store is that (empty) PostgreSQL database.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from sqlalchemy import text  # noqa: E402

from benchmarks.search_speed import A_DOCUMENT, Stock, make_document  # noqa: E402
from flows.workspace import open_settings_workspace  # noqa: E402
from pipelines.domain.passages import DuplicateGroup  # noqa: E402
from pipelines.domain.runs import Run  # noqa: E402
from pipelines.passages.duplicates import StoredSignature, group_duplicates, make_signature  # noqa: E402
from pipelines.settings import Settings  # noqa: E402
from pipelines.store import Workspace  # noqa: E402
from pipelines.store.document_lists import DocumentFilter, count_documents, page_documents  # noqa: E402
from pipelines.store.documents import FoundFile, ReadDocument  # noqa: E402
from pipelines.store.inbox import InboxFilter  # noqa: E402
from pipelines.store.search_texts import SearchTexts  # noqa: E402

_REGISTERED = 2_000
"""Documents that are registered in one go, as a scan of so many files does."""
_NEW = 1_000
"""Passages that a later scan brings, to be compared with all signatures."""


def _settings(folder: Path, database: str | None) -> Settings:
    return Settings(workspace=folder, **({"database_url": database} if database else {}))


class Filler:
    """Makes documents and stores them; the same from run to run."""

    def __init__(self, workspace: Workspace, signatures: int) -> None:
        self._workspace = workspace
        self._stock = Stock.read()
        self._signatures = signatures
        self._kept: list[bytes] = []
        self.seconds = {"make": 0.0, "sign": 0.0, "register": 0.0, "save": 0.0}

    def fill(self, run: Run, first: int, last: int) -> None:
        """Documents ``first`` to ``last``, the last left out."""
        for start in range(first, last, _REGISTERED):
            numbers = range(start, min(start + _REGISTERED, last))
            reads = [self._made(number) for number in numbers]
            began = time.perf_counter()
            found = [FoundFile(r.document.id, r.document.source.checksum, r.document.source.path, 1, 1) for r in reads]
            self._workspace.documents.register(run, found)
            middle = time.perf_counter()
            for read in reads:
                self._workspace.documents.save(run.id, read)
            self.seconds["register"] += middle - began
            self.seconds["save"] += time.perf_counter() - middle

    def _made(self, number: int) -> ReadDocument:
        began = time.perf_counter()
        groups: list[DuplicateGroup] = []
        read = make_document(number, self._stock, random.Random(number), groups)
        middle = time.perf_counter()
        signatures: dict[str, bytes] = {}
        for passage in read.passages:
            if len(self._kept) < self._signatures:
                self._kept.append(make_signature(passage.text))
                signatures[passage.id] = self._kept[-1]
            else:
                signatures[passage.id] = self._kept[int(passage.id[:8], 16) % len(self._kept)]
        self.seconds["make"] += middle - began
        self.seconds["sign"] += time.perf_counter() - middle
        return ReadDocument(
            read.document, read.passages, signatures, read.labels, read.seconds, read.versions, read.file
        )


def _near_duplicates(workspace: Workspace) -> object:
    rows = workspace.passages.signatures()
    known = [StoredSignature(row.passage_id, row.signature, row.group_id) for row in rows[:-_NEW]]
    return group_duplicates(known, [StoredSignature(row.passage_id, row.signature) for row in rows[-_NEW:]])


QUESTIONS: dict[str, Callable[[Workspace], object]] = {
    "scan: files seen before": lambda w: w.documents.known_paths(),
    "scan: documents": lambda w: w.documents.summaries(),
    "scan: labels out of date": lambda w: w.passages.outdated("made", "made"),
    "scan: documents with labels": lambda w: w.passages.n_labelled(),
    "scan: near-duplicates of 1,000 new": _near_duplicates,
    "scan: items for the sample": lambda w: w.passages.unflagged_items(),
    "page: counts of the inbox": lambda w: w.inbox.overview(InboxFilter()),
    "page: documents, first fifty": lambda w: page_documents(w.engine, DocumentFilter(), 50),
    "page: documents, counted": lambda w: count_documents(w.engine, DocumentFilter()),
    "page: one document": lambda w: w.documents.get(page_documents(w.engine, DocumentFilter(), 1)[0].id),
    "search: has anything changed": lambda w: SearchTexts(w.engine).stamp(),
}


def ask(name: str, folder: Path, database: str | None) -> dict[str, float]:
    """Seconds and memory of one question, in this process."""
    workspace = open_settings_workspace(_settings(folder, database))
    try:
        before = _peak_megabytes()
        began = time.perf_counter()
        QUESTIONS[name](workspace)
        seconds = time.perf_counter() - began
    finally:
        workspace.close()
    return {"seconds": seconds, "megabytes": _peak_megabytes() - before}


def _peak_megabytes() -> float:
    # Of this program alone: what getrusage tells begins with the memory of the process that started it.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def _room(workspace: Workspace, folder: Path) -> float:
    """Gigabytes of the database."""
    if workspace.engine.dialect.name == "postgresql":
        with workspace.engine.connect() as connection:
            return connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one() / 1e9
    return sum(path.stat().st_size for path in (folder / "data" / "processed").glob("kennisstand.db*")) / 1e9


def grow(folder: Path, sizes: list[int], database: str | None, signatures: int) -> None:
    """Fill the store size by size, and measure at each."""
    workspace = open_settings_workspace(_settings(folder, database))
    filler, done = Filler(workspace, signatures), 0
    for size in sizes:
        run = workspace.runs.new("nl", {})
        before = dict(filler.seconds)
        filler.fill(run, done, size // A_DOCUMENT)
        workspace.runs.finish(run.id, {})
        n_new = size - done * A_DOCUMENT
        done = size // A_DOCUMENT
        spent = {name: filler.seconds[name] - before[name] for name in before}
        _tell({"passages": size, "gigabytes": round(_room(workspace, folder), 2)})
        _tell({f"stored, passages a second ({name})": round(n_new / max(s, 1e-9)) for name, s in spent.items()})
        for name in QUESTIONS:
            _tell({name: _in_its_own_process(name, folder, database)})
    workspace.close()


def _in_its_own_process(name: str, folder: Path, database: str | None) -> Any:
    command = [sys.executable, __file__, "--ask", name, "--store", str(folder)]
    command += ["--database", database] if database else []
    asked = subprocess.run(command, capture_output=True, text=True, check=False)
    if asked.returncode != 0:
        return f"failed ({asked.returncode})"
    return {key: round(value, 3) for key, value in json.loads(asked.stdout.splitlines()[-1]).items()}


def _tell(values: dict[str, Any]) -> None:
    for name, value in values.items():
        sys.stdout.write(f"{name}: {value}\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passages", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--database", help="address of an empty PostgreSQL database; an SQLite file without one")
    parser.add_argument("--store", type=Path, help="folder to keep the store in")
    parser.add_argument("--signatures", type=int, default=200_000, help="so many real signatures are made")
    parser.add_argument("--ask", help="one question, in this process")
    arguments = parser.parse_args()
    if arguments.ask:
        sys.stdout.write(json.dumps(ask(arguments.ask, arguments.store, arguments.database)) + "\n")
        return
    with tempfile.TemporaryDirectory() as folder:
        grow(arguments.store or Path(folder), arguments.passages, arguments.database, arguments.signatures)


if __name__ == "__main__":
    main()
