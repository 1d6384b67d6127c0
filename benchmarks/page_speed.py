"""How fast the review page answers with 100,000 passages and 5,000 flags in the store.

usage: python benchmarks/page_speed.py [--passages 100000] [--rounds 200] [--store FOLDER] [--json]
Makes a store (kept in FOLDER where one is given), serves it as ``kennisstand serve`` does, in a process of its own on
one core, and asks for each page in turn from another core, over the network of this computer, with a session as people
have it. A decision is a form that is sent, and stored with synchronous=FULL; each falls on another. Prints per page
the median and the 99th percentile of the time until the last byte, and the bytes of the answer. Passages are put
together from sentences of ``models/training``; flagged ones have labels of the shipped models, figures, statements and
all.
"""

from __future__ import annotations

import argparse
import http.client
import json
import multiprocessing
import os
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

os.environ.setdefault("OMP_NUM_THREADS", "1")
_ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(_ROOT), str(_ROOT / "benchmarks")]

import search_speed  # noqa: E402

from flows.context import ScanContext  # noqa: E402
from flows.inbox import refresh_inbox  # noqa: E402
from flows.label import label_passages  # noqa: E402
from flows.workspace import open_settings_workspace  # noqa: E402
from pipelines.domain.accounts import AccountRole  # noqa: E402
from pipelines.domain.evidence import FLAGGED_FROM  # noqa: E402
from pipelines.settings import Settings  # noqa: E402
from pipelines.store.accounts import Secret  # noqa: E402
from pipelines.store.inbox import InboxFilter  # noqa: E402
from pipelines.store.passages import PassageFilter  # noqa: E402

PASSWORD = "vier natte tegels"
_QUERIES = (
    "werkdruk", "productivity of call centre agents", "zzp", "algoritmisch management", "loonkloof vrouwen",
    "wage inequality", "ondernemingsraad", "\"large language models\"", "scholing van ouderen", "job quality nurses",
)  # fmt: skip


def make_store(folder: Path, n_passages: int) -> None:
    """A scanned workspace with an inbox and somebody to look at it."""
    from pipelines.review_app.passwords import hash_password

    search_speed.fill(folder, n_passages)
    settings = Settings(workspace=folder)
    workspace = open_settings_workspace(settings)
    context = ScanContext(settings, workspace)
    try:
        for summary in workspace.documents.summaries():
            items = list(workspace.passages.find({summary.id: summary}, PassageFilter(document_ids=[summary.id])))
            flagged = [item for item in items if item.labels is not None and item.labels.evidence.flagged]
            labelled = label_passages(
                context.kit, [i.passage for i in flagged], [summary.metadata.title] * len(flagged)
            )
            made = {
                one.evidence.passage_id: one.model_copy(
                    update={"evidence": one.evidence.model_copy(update={"flag": max(one.evidence.flag, FLAGGED_FROM)})}
                )
                for one in labelled
            }
            workspace.passages.relabel(
                summary.id, [made.get(i.passage.id, i.labels) for i in items if i.labels is not None]
            )
        refresh_inbox(context)
        workspace.accounts.create(
            "anna", "Anna Voorbeeld", AccountRole.EDITOR, Secret(hash_password(PASSWORD)), actor="(command)"
        )
    finally:
        context.close()
        workspace.close()


def _serve(folder: str, core: int, said: Any) -> None:
    from pipelines.review_app.serving import serve

    os.sched_setaffinity(0, {core})
    settings = Settings(workspace=Path(folder)).model_copy(update={"page_port": 0})
    serve(settings, said.send)


class Visit:
    """One connection to the page with a session."""

    def __init__(self, address: str) -> None:
        self._host = address.removeprefix("http://").rstrip("/")
        self._connection = http.client.HTTPConnection(self._host)
        self._cookie = ""
        answer, _, _ = self.ask("POST", "/sign-in", {"name": "anna", "password": PASSWORD})
        self._cookie = str(answer.getheader("set-cookie")).split(";")[0]

    def ask(
        self, method: str, path: str, form: dict[str, str] | None = None
    ) -> tuple[http.client.HTTPResponse, bytes, float]:
        """Answer, its body, and the seconds from sending to the last byte."""
        headers = {"Origin": f"http://{self._host}", "Cookie": self._cookie}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        begun = time.perf_counter()
        self._connection.request(method, path, urlencode(form) if form is not None else None, headers)
        answer = self._connection.getresponse()
        body = answer.read()
        return answer, body, time.perf_counter() - begun


def measure(visit: Visit, folder: Path, rounds: int) -> dict[str, dict[str, float]]:
    """Ask for each page ``rounds`` times, all pages in turn."""
    workspace = open_settings_workspace(Settings(workspace=folder))
    items = workspace.inbox.page(InboxFilter(), 2 * rounds + 10)
    rows = sorted(workspace.inbox.overview(InboxFilter()).counts["row"])
    statements = [statement.id for _, statement in workspace.tables.current().statements()]  # type: ignore[union-attr]
    workspace.close()

    def decide(number: int) -> tuple[str, str, dict[str, str] | None]:
        passage = items[rounds + number].item.passage_id
        return "POST", f"/passages/{passage}/decide", {"seen": "0", "verdict": "accept"}

    pages: dict[str, Callable[[int], tuple[str, str, dict[str, str] | None]]] = {
        "inbox": lambda _: ("GET", "/", None),
        "inbox, filtered": lambda n: ("GET", f"/?row={rows[n % len(rows)]}&language={('nl', 'en')[n % 2]}", None),
        "passage": lambda n: ("GET", f"/passages/{items[n].item.passage_id}", None),
        "decide": decide,
        "search": lambda n: ("GET", f"/search?q={quote(_QUERIES[n % len(_QUERIES)])}", None),
        "table": lambda _: ("GET", "/table", None),
        "statement": lambda n: ("GET", f"/table/{statements[n % len(statements)]}", None),
        "documents": lambda _: ("GET", "/documents", None),
        "readers": lambda _: ("GET", "/readers", None),
    }
    times: dict[str, list[float]] = {name: [] for name in pages}
    sizes: dict[str, int] = {}
    visit.ask("GET", f"/search?q={_QUERIES[0]}")  # the index is loaded once for the whole program
    for number in range(rounds):
        for name, page in pages.items():
            answer, body, seconds = visit.ask(*page(number))
            if answer.status not in (200, 303):
                raise SystemExit(f"{name}: {answer.status}\n{re.sub(r'<[^>]+>', ' ', body.decode())[:500]}")
            times[name].append(seconds)
            sizes[name] = max(sizes.get(name, 0), len(body))
    return {name: {**_spread(values), "bytes": sizes[name]} for name, values in times.items()}


def _spread(seconds: Sequence[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    return {
        "median_ms": round(1000 * statistics.median(ordered), 1),
        "p99_ms": round(1000 * ordered[min(len(ordered) - 1, round(0.99 * len(ordered)))], 1),
    }


def main() -> None:
    """Make the store where it is not there yet, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--store", type=Path)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = chosen.store or Path(scratch) / "store"
        if not (folder / "data" / "processed" / "kennisstand.db").exists():
            folder.mkdir(parents=True, exist_ok=True)
            begun = time.perf_counter()
            make_store(folder, chosen.passages)
            sys.stderr.write(f"store made in {time.perf_counter() - begun:.0f} s\n")
        cores = sorted(os.sched_getaffinity(0))
        heard, said = multiprocessing.Pipe(duplex=False)
        server = multiprocessing.get_context("spawn").Process(target=_serve, args=(str(folder), cores[0], said))
        server.start()
        os.sched_setaffinity(0, {cores[-1]})
        try:
            figures = measure(Visit(heard.recv()), folder, chosen.rounds)
        finally:
            server.terminate()
            server.join()
    if chosen.json:
        sys.stdout.write(json.dumps(figures, indent=1) + "\n")
        return
    lines = [f"{'page':18}{'median':>10}{'p99':>10}{'kB':>8}"]
    for name, found in figures.items():
        times = f"{found['median_ms']:>7.1f} ms{found['p99_ms']:>7.1f} ms"
        lines.append(f"{name:18}{times}{found['bytes'] / 1000:>8.1f}")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
