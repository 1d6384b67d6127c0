"""How the store grows: filling it, what every scan reads, and what the page asks, at several sizes.

    OMP_NUM_THREADS=1 python benchmarks/scale_store.py --passages 10000 100000 1000000 [--multiply 10]
        [--database URL] [--store FOLDER] [--only PART]

Passages are those of ``search_speed.py``: sentences of the training passages in other combinations with coined words,
fifty to a document, one in twenty flagged, one in fifty a near-duplicate of the one before. They are stored by the code
that stores real ones, with real signatures for near-duplicates up to a size (``--signatures``), beyond it with those of
other passages. The last 1,000 are of a run of their own, and what was flagged lies in the inbox, in the order of
storing. The store grows from size to size; at each, every question runs in a process of its own, so that its memory is
its own. ``--multiply`` then makes so many of all that was stored but the last run, inside the database
(``scale_multiply.py``), and asks again. With ``--database`` the store is that (empty) PostgreSQL database. A store that
is filled already is asked as it is (``--passages 0``), all questions or those whose name holds ``--only``.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
from sqlalchemy import text  # noqa: E402

from benchmarks.scale_multiply import multiply  # noqa: E402
from benchmarks.search_in_database import server_seconds  # noqa: E402
from benchmarks.search_speed import A_DOCUMENT, Stock, make_document, make_queries  # noqa: E402
from flows.context import ScanContext  # noqa: E402
from flows.inbox import as_inbox_item, choose_unflagged  # noqa: E402
from flows.search_in_database import DatabaseSearch  # noqa: E402
from flows.steps import find_groups  # noqa: E402
from flows.workspace import open_settings_workspace  # noqa: E402
from pipelines.domain.inbox import Listed  # noqa: E402
from pipelines.domain.passages import DuplicateGroup  # noqa: E402
from pipelines.domain.runs import LabelledPassage, Run  # noqa: E402
from pipelines.passages.signatures import make_signature  # noqa: E402
from pipelines.review_app.reading_progress import Waiting, progress_of  # noqa: E402
from pipelines.settings import Settings  # noqa: E402
from pipelines.store import Workspace  # noqa: E402
from pipelines.store.document_lists import DocumentFilter, count_documents, page_documents  # noqa: E402
from pipelines.store.documents import FoundFile, ReadDocument  # noqa: E402
from pipelines.store.inbox import InboxFilter  # noqa: E402
from pipelines.store.passages import PassageFilter  # noqa: E402
from pipelines.store.search_database import is_searchable  # noqa: E402
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
        self.groups: list[DuplicateGroup] = []
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
        read = make_document(number, self._stock, random.Random(number), self.groups)
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


def fill_inbox(workspace: Workspace) -> None:
    """Put what is flagged in the inbox; in the order of storing, since the order proper needs vectors."""
    documents = {document.id: document for document in workspace.documents.summaries()}
    first: dict[str, LabelledPassage] = {}
    for item in workspace.passages.find(documents, PassageFilter(flagged=True)):
        first.setdefault(item.group or item.passage.id, item)
    workspace.inbox.replace(
        as_inbox_item(item, item_id, Listed.FLAGGED, 1, rank) for rank, (item_id, item) in enumerate(first.items(), 1)
    )


def _last_run(workspace: Workspace) -> str:
    last = workspace.runs.latest()
    assert last is not None
    return last.id


def _without_vectors(workspace: Workspace) -> object:
    # As a scan asks where all documents but those of the last run have vectors.
    runs, last = workspace.documents.runs(), _last_run(workspace)
    return workspace.passages.n_labelled([document for document, run in runs.items() if run == last])


def _reading_progress(workspace: Workspace) -> object:
    flags = np.fromiter((flag for _, flag in workspace.passages.unflagged_items()), dtype=np.float64)
    return progress_of(Waiting.of(workspace.inbox.flags(), flags), workspace.inbox.verdicts())


def _search_by_words(workspace: Workspace) -> dict[str, float]:
    """The 200 questions of ``search_speed.py``, answered by the words in a PostgreSQL database."""
    if not is_searchable(workspace.engine):
        return {}
    context = ScanContext(Settings(workspace=workspace.root), workspace)
    context.encoder.encode(["warm"])
    search = DatabaseSearch(context)
    began = time.perf_counter()
    search.refresh()
    figures = {"bring up to date": time.perf_counter() - began}
    taken: list[float] = []
    for _, query, chosen in make_queries():
        began = time.perf_counter()
        search.search(query, 20, chosen=chosen)
        taken.append(time.perf_counter() - began)
    return {**figures, "median": float(np.median(taken)), "99 %": float(np.percentile(taken, 99))}


def _flagged(workspace: Workspace) -> object:
    documents = {document.id: document for document in workspace.documents.summaries()}
    return sum(1 for _ in workspace.passages.find(documents, PassageFilter(flagged=True)))


QUESTIONS: dict[str, Callable[[Workspace], object]] = {
    "scan: files seen before": lambda w: w.documents.known_paths(),
    "scan: documents and their runs": lambda w: w.documents.runs(),
    "scan: list of documents": lambda w: w.documents.summaries(),
    "scan: labels out of date, none": lambda w: w.passages.outdated("made", "made"),
    "scan: documents without vectors, those of the last run": _without_vectors,
    "scan: documents without vectors, all": lambda w: w.passages.n_labelled(list(w.documents.runs())),
    "scan: near-duplicates of 1,000 new": lambda w: find_groups(w, _last_run(w)),
    "scan: passages in groups": lambda w: w.passages.items(),
    "scan: sample and next": lambda w: choose_unflagged(w.passages.unflagged_items()),
    "scan: flagged passages, read": _flagged,
    "proposals: has anything changed": lambda w: w.passages.stamp(),
    "page: counts of the inbox": lambda w: w.inbox.overview(InboxFilter()),
    "page: inbox, first fifty": lambda w: w.inbox.page(InboxFilter(), 50),
    "page: reading so far, after a scan": _reading_progress,
    "page: documents, first fifty": lambda w: page_documents(w.engine, DocumentFilter(), 50),
    "page: documents, counted": lambda w: count_documents(w.engine, DocumentFilter()),
    "page: one document": lambda w: w.documents.get(page_documents(w.engine, DocumentFilter(), 1)[0].id),
    "search: has anything changed": lambda w: SearchTexts(w.engine).stamp(),
    "search: by words, in the database": _search_by_words,
}


def ask(name: str, folder: Path, database: str | None) -> dict[str, float]:
    """Seconds on the clock and of a core (of this process and of the server together), and memory of this process."""
    workspace = open_settings_workspace(_settings(folder, database))
    try:
        server = _server(workspace)
        before, used = _peak_megabytes(), _core_seconds(server)
        began = time.perf_counter()
        answer = QUESTIONS[name](workspace)
        seconds = time.perf_counter() - began
        used = _core_seconds(server) - used
        told = answer if isinstance(answer, dict) and name.startswith("search: by") else {}
    finally:
        workspace.close()
    return {"core": used, "clock": seconds, "megabytes": _peak_megabytes() - before, **told}


def _server(workspace: Workspace) -> int | None:
    """Process id of a database server on this computer."""
    if workspace.engine.dialect.name != "postgresql":
        return None
    with workspace.engine.connect() as connection:
        folder = connection.execute(text("SHOW data_directory")).scalar_one()
    return int((Path(folder) / "postmaster.pid").read_text(encoding="utf-8").split()[0])


def _core_seconds(server: int | None) -> float:
    return time.process_time() + (0.0 if server is None else server_seconds(server))


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


def grow(folder: Path, sizes: list[int], database: str | None, signatures: int, only: str) -> None:
    """Fill the store size by size, and measure at each."""
    workspace = open_settings_workspace(_settings(folder, database))
    filler, done = Filler(workspace, signatures), 0
    for size in sizes:
        before = dict(filler.seconds)
        n_documents = size // A_DOCUMENT
        for last in (n_documents - _NEW // A_DOCUMENT, n_documents):
            run = workspace.runs.new("nl", {})
            filler.fill(run, done, last)
            workspace.runs.finish(run.id, {})
            done = last
        workspace.passages.save_groups(filler.groups)
        fill_inbox(workspace)
        n_new = size - (sizes[sizes.index(size) - 1] if sizes.index(size) else 0)
        spent = {name: filler.seconds[name] - before[name] for name in before}
        _tell({f"stored, passages a second ({name})": round(n_new / max(s, 1e-9)) for name, s in spent.items()})
        _measure(workspace, folder, database, only)
    workspace.close()


def grow_by_copies(folder: Path, times: int, database: str | None, only: str) -> None:
    """Multiply what is stored, and measure."""
    workspace = open_settings_workspace(_settings(folder, database))
    began = time.perf_counter()
    multiply(workspace.engine, times, _last_run(workspace), lambda told: _tell({f"multiplied {times} times": told}))
    _tell({"multiplied in, s": round(time.perf_counter() - began)})
    workspace.close()
    ask_all(folder, database, only)


def ask_all(folder: Path, database: str | None, only: str) -> None:
    """Measure a store as it is."""
    workspace = open_settings_workspace(_settings(folder, database))
    _measure(workspace, folder, database, only)
    workspace.close()


def _measure(workspace: Workspace, folder: Path, database: str | None, only: str) -> None:
    with workspace.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execution_options(isolation_level="AUTOCOMMIT")
            connection.execute(text("VACUUM ANALYZE"))  # as the server does by itself in a while
        n_passages = connection.execute(text("SELECT count(*) FROM passages")).scalar_one()
    _tell({"passages": n_passages, "gigabytes": round(_room(workspace, folder), 2)})
    workspace.engine.dispose()
    for name in QUESTIONS:
        if only in name:
            _tell({name: _in_its_own_process(name, folder, database)})


def _in_its_own_process(name: str, folder: Path, database: str | None) -> Any:
    # Branched off from this one, which holds no connection: to import all that is asked takes ten seconds of a core.
    with ProcessPoolExecutor(1, mp_context=get_context("fork")) as apart:
        asked = apart.submit(ask, name, folder, database).result()
    return {key: round(value, 3) for key, value in asked.items()}


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
    parser.add_argument("--multiply", type=int, default=1, help="so many of all that was stored but the last run")
    parser.add_argument("--only", default="", help="ask those questions alone whose name holds this")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.store or Path(temporary)
        sizes = [size for size in arguments.passages if size]
        if sizes:
            grow(folder, sizes, arguments.database, arguments.signatures, arguments.only)
        if arguments.multiply > 1:
            grow_by_copies(folder, arguments.multiply, arguments.database, arguments.only)
        elif not sizes:
            ask_all(folder, arguments.database, arguments.only)


if __name__ == "__main__":
    main()
