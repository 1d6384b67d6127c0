"""How good and how fast search is when a PostgreSQL database looks things up; beside the index in memory.

    OMP_NUM_THREADS=1 python benchmarks/search_in_database.py [--passages 100000] [--store FOLDER] [--programs FOLDER]

The store is that of ``benchmarks/search_speed.py``, copied to a server that is started for it; questions and judgements
are those of ``search_speed.py`` and ``search_quality.py``. ``--programs`` names those of a PostgreSQL with pgvector;
without it words alone are measured. Time is that of a core, of the program and of the server together: on the clock,
other work on the machine counts as well.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from sqlalchemy import text

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from postgres_server import PostgresServer, find_programs, running_server  # noqa: E402

from benchmarks.search_quality import precision, read_passages, statement_queries, term_queries  # noqa: E402
from benchmarks.search_speed import fill, make_queries  # noqa: E402
from flows.context import ScanContext  # noqa: E402
from flows.search_in_database import DatabaseSearch  # noqa: E402
from flows.workspace import open_settings_workspace  # noqa: E402
from pipelines.domain.documents import Document, DocumentState, Metadata, SourceReference  # noqa: E402
from pipelines.domain.evidence import Evidence, Labels  # noqa: E402
from pipelines.domain.ids import content_id, file_checksum  # noqa: E402
from pipelines.domain.passages import Passage  # noqa: E402
from pipelines.domain.themes import Theme, ThemeTags  # noqa: E402
from pipelines.settings import Settings  # noqa: E402
from pipelines.store.copying import copy_database  # noqa: E402
from pipelines.store.database import open_engine  # noqa: E402
from pipelines.store.documents import FoundFile, ReadDocument  # noqa: E402

A_DOCUMENT = 50
N_RANKED = 1_000
_TICK = os.sysconf("SC_CLK_TCK")


def server_seconds(own: int) -> float:
    """Core seconds so far of the server with this process id, with those of its connections, ended ones included."""
    ticks = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text(encoding="ascii", errors="replace").rsplit(")", 1)[1].split()
        except OSError:  # it ended meanwhile
            continue
        if own in (int(folder.name), int(fields[1])):
            ticks += sum(int(value) for value in fields[11:15])
    return ticks / _TICK


@contextmanager
def measured(server: PostgresServer, into: dict[str, list[float]], kind: str) -> Iterator[None]:
    """Milliseconds of what is done within, by kind: of both cores together and on the clock."""
    begun, used, of_server = time.perf_counter(), time.process_time(), server_seconds(server.process.pid)
    yield
    core = time.process_time() - used + server_seconds(server.process.pid) - of_server
    into.setdefault(f"{kind}: core", []).append(1000 * core)
    into.setdefault(f"{kind}: clock", []).append(1000 * (time.perf_counter() - begun))


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def spread(values: Sequence[float]) -> str:
    """Median and 99th percentile."""
    return f"median {np.median(values):8.1f}  99 % {np.percentile(values, 99):8.1f}"


def store_quality(context: ScanContext) -> tuple[list[dict], dict[str, int]]:
    """Store the passages that search was always measured on; returns them with the place of each id."""
    passages = read_passages()
    run = context.workspace.runs.new("nl", {})
    places: dict[str, int] = {}
    for start in range(0, len(passages), A_DOCUMENT):
        part = passages[start : start + A_DOCUMENT]
        whole = "\n\n".join(one["text"] for one in part)
        path = f"{start}.txt"
        source = SourceReference(path=path, checksum=file_checksum(f"{start} {whole}".encode()), n_bytes=len(whole))
        made: list[Passage] = []
        labels: list[Labels] = []
        at = 0
        for place, one in enumerate(part):
            passage_id = content_id("passage", source.document_id, at, one["text"])
            places[passage_id] = start + place
            end = at + len(one["text"])
            values = {"document_id": source.document_id, "position": place, "start": at, "end": end, "n_words": 1}
            made.append(Passage(id=passage_id, text=one["text"], language=one["lang"], **values))
            tags = ThemeTags(passage_id=passage_id, probabilities=dict.fromkeys(Theme, 0.1), model_version="made")
            evidence = Evidence(passage_id=passage_id, flag=0.1, model_version="made", table_version="made")
            labels.append(Labels(tags=tags, evidence=evidence))
            at = end + 2
        document = Document(
            id=source.document_id,
            source=source,
            media_type="text/plain",
            parser="made/1",
            state=DocumentState.TEXT,
            metadata=Metadata(),
            text=whole,
            blocks=(),
        )
        context.workspace.documents.register(run, [FoundFile(document.id, source.checksum, path, len(whole), 1)])
        context.workspace.documents.save(run.id, ReadDocument(document, made, {}, labels, {"read": 0.001}, {}, None))
    context.workspace.runs.finish(run.id, {})
    return passages, places


def measure_quality(server: PostgresServer, folder: Path) -> None:
    """Right ones among the first ten, with vectors (where there are) and by words alone."""
    settings = Settings(workspace=folder, database_url=server.address(server.new_database()))
    context = ScanContext(settings, open_settings_workspace(settings))
    passages, places = store_quality(context)
    search = DatabaseSearch(context)
    search.refresh()
    kinds = (("terms", term_queries(), "rows"), ("statements", statement_queries(), "statements"))
    for by_meaning in (True, False) if search.by_meaning else (False,):
        search._by_meaning = by_meaning
        for kind, queries, field in kinds:
            other, both = precision(ranking(search, places), queries, field, passages)
            name = "words and meaning" if by_meaning else "words alone"
            say(f"{name:18} {kind:10} other language {other:.3f}  both {both:.3f}")
    context.workspace.close()


def ranking(search: DatabaseSearch, places: dict[str, int]) -> Callable[[str], list[int]]:
    """Ranks all passages for a query, by their places."""
    return lambda query: [places[hit.item.passage.id] for hit in search.search(query, N_RANKED).hits]


def measure_speed(server: PostgresServer, folder: Path) -> None:
    """Copy, bring up to date, answer."""
    settings = Settings(workspace=folder, database_url=server.address(server.new_database()))
    times: dict[str, list[float]] = {}
    source = open_engine(f"sqlite:///{folder}/data/processed/kennisstand.db")
    target = open_engine(settings.database)
    with measured(server, times, "copy"):
        copy_database(source, target)
    with target.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))  # as the server does by itself in a while
    context = ScanContext(settings, open_settings_workspace(settings))
    context.encoder.encode(["warm"])
    search = DatabaseSearch(context)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with measured(server, times, "bring up to date"):
        search.refresh()
    for by_meaning in (True, False) if search.by_meaning else (False,):
        search._by_meaning = by_meaning
        search.search("werk")
        for kind, query, chosen in make_queries():
            name = "with meaning" if by_meaning else "words"
            with measured(server, times, f"{name}, {kind}"):
                search.search(query, 20, chosen=chosen)
    for name in sorted(times):
        say(f"{name:40} {spread(times[name])} ms")
    for name in ("with meaning", "words"):
        for clock in ("core", "clock"):
            values = [v for k, some in times.items() if k.startswith(name) and k.endswith(clock) for v in some]
            if values:
                say(f"{name + ', all: ' + clock:40} {spread(values)} ms")
    say(f"memory of the program grew by {(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024:.0f} MB")
    with target.connect() as connection:
        for table in ("passages", "words", "vectors"):
            size = text("SELECT pg_total_relation_size(to_regclass(:name)) / 1048576")
            n_megabytes = connection.execute(size, {"name": f"kennisstand_search.{table}"}).scalar()
            say(f"kennisstand_search.{table}: {n_megabytes} MB on disk")
    context.workspace.close()
    source.dispose()
    target.dispose()


def main() -> None:
    """Measure both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--store", type=Path)
    parser.add_argument("--programs", type=Path)
    arguments = parser.parse_args()
    programs = arguments.programs or find_programs()
    if programs is None:
        raise SystemExit("PostgreSQL is not installed")
    with tempfile.TemporaryDirectory() as temporary, running_server(programs) as server:
        measure_quality(server, Path(temporary) / "quality")
        folder = arguments.store or Path(temporary) / "store"
        if not (folder / "data").exists():
            fill(folder, arguments.passages)
        measure_speed(server, folder)


if __name__ == "__main__":
    main()
