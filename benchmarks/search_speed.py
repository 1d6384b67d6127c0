"""Time of an answer, of making the index and of a change, with 100,000 passages in the store; beside the former way.

    OMP_NUM_THREADS=1 python benchmarks/search_speed.py [--passages 100000] [--store FOLDER]

The store is made of the sentences of the training passages in other combinations, with two coined words a passage, so
that the vocabulary is as large as that of as many real passages; always the same. ``--store`` keeps it.
Then three processes of their own make the index, load what was kept and answer 200 questions, and take in a document
that was read. The former way is measured on 2,000 of the passages.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from flows.context import ScanContext  # noqa: E402
from flows.workspace import open_settings_workspace  # noqa: E402
from pipelines.domain.documents import (  # noqa: E402
    Block,
    BlockKind,
    Document,
    DocumentState,
    Metadata,
    SourceReference,
)
from pipelines.domain.evidence import Evidence, Labels, Match  # noqa: E402
from pipelines.domain.ids import content_id, file_checksum  # noqa: E402
from pipelines.domain.passages import DuplicateGroup, Passage  # noqa: E402
from pipelines.domain.themes import Theme, ThemeTags  # noqa: E402
from pipelines.settings import Settings  # noqa: E402
from pipelines.store.documents import FoundFile, ReadDocument  # noqa: E402
from pipelines.store.passages import PassageFilter  # noqa: E402

A_DOCUMENT = 50
FLAGGED_EVERY = 20
DOUBLED_EVERY = 25
N_COINED = 2
N_FORMER, N_FORMER_QUERIES = 2_000, 5
"""Passages and questions that the former way gets; it needs seconds for each."""


@dataclass(frozen=True)
class Stock:
    """What passages are made of, by language."""

    sentences: dict[str, list[tuple[str, dict]]]
    """Sentences with the training passage each comes from."""
    words: dict[str, list[str]]

    @classmethod
    def read(cls) -> Stock:
        """From the training passages."""
        sentences: dict[str, list[tuple[str, dict]]] = {"nl": [], "en": []}
        words: dict[str, set[str]] = {"nl": set(), "en": set()}
        for path in sorted((ROOT / "models" / "training").glob("*.jsonl")):
            for line in path.read_text(encoding="utf-8").splitlines():
                passage = json.loads(line)
                code = passage["lang"]
                sentences[code] += [(part, passage) for part in re.split(r"(?<=[.!?]) ", passage["text"]) if part]
                words[code].update(re.findall(r"\b[a-z]{4,9}\b", passage["text"]))
        return cls(sentences, {code: sorted(some) for code, some in words.items()})

    def text(self, code: str, chance: random.Random) -> tuple[str, dict]:
        """Three sentences with coined words put in; the labels are those of the first."""
        chosen = [chance.choice(self.sentences[code]) for _ in range(3)]
        words = " ".join(sentence for sentence, _ in chosen).split(" ")
        for _ in range(N_COINED):
            # Few are used often and most once, as words are: the square bends an even draw that way.
            seed = int(len(self.words[code]) ** 2 * chance.random() ** 4)
            first, second = divmod(seed, len(self.words[code]))
            words.insert(chance.randrange(len(words)), self.words[code][first] + self.words[code][second])
        return " ".join(words), chosen[0][1]


def fill(folder: Path, n_passages: int) -> None:
    """Make the store."""
    settings = Settings(workspace=folder)
    workspace = open_settings_workspace(settings)
    run = workspace.runs.new("nl", {})
    context = ScanContext(settings, workspace)
    stock, chance = Stock.read(), random.Random(5)
    groups: list[DuplicateGroup] = []
    for number in range(n_passages // A_DOCUMENT):
        read = make_document(number, stock, chance, groups)
        source = read.document.source
        found = FoundFile(read.document.id, source.checksum, source.path, source.n_bytes, 1)
        workspace.documents.register(run, [found])
        workspace.documents.save(run.id, read)
        vectors = context.encoder.encode([passage.text for passage in read.passages])
        ids = [passage.id for passage in read.passages]
        workspace.vectors.save(context.encoder_version, read.document.id, ids, vectors)
    workspace.passages.save_groups(groups)
    workspace.runs.finish(run.id, {})
    workspace.close()


def make_document(number: int, stock: Stock, chance: random.Random, groups: list[DuplicateGroup]) -> ReadDocument:
    """A document with its passages and labels; near-duplicates are added to ``groups``."""
    code = "nl" if number % 2 else "en"
    made = [stock.text(code, chance) for _ in range(A_DOCUMENT)]
    for place in range(DOUBLED_EVERY, A_DOCUMENT, DOUBLED_EVERY):
        made[place] = made[place - 1]
    text = "\n\n".join(one for one, _ in made)
    source = SourceReference(path=f"{number}.txt", checksum=file_checksum(text.encode()), n_bytes=len(text))
    passages: list[Passage] = []
    labels: list[Labels] = []
    blocks: list[Block] = []
    at = 0
    for place, (one, origin) in enumerate(made):
        ends = at + len(one)
        passage_id = content_id("passage", source.document_id, at, one)
        passages.append(
            Passage(
                id=passage_id,
                document_id=source.document_id,
                position=place,
                text=one,
                start=at,
                end=ends,
                language=code,
                n_words=len(one.split()),
            )
        )
        blocks.append(Block(kind=BlockKind.PARAGRAPH, start=at, end=ends))
        labels.append(_labels(passage_id, origin, flagged=place % FLAGGED_EVERY == 0))
        at = ends + 2
        if place and made[place] == made[place - 1]:
            groups.append(DuplicateGroup(id=passages[-2].id, passage_ids=(passages[-2].id, passage_id)))
    document = Document(
        id=source.document_id,
        source=source,
        media_type="text/plain",
        parser="made/1",
        state=DocumentState.TEXT,
        metadata=Metadata(title=f"Document {number}", year=2000 + number % 25, language=code),
        text=text,
        blocks=tuple(blocks),
    )
    return ReadDocument(document, passages, {}, labels, {"read": 0.001}, {}, None)


def _labels(passage_id: str, origin: dict, *, flagged: bool) -> Labels:
    given = {Theme(name) for name in origin["themes"]}
    rows = tuple(Match(id=row, score=0.9) for row in origin["rows"])
    return Labels(
        tags=ThemeTags(
            passage_id=passage_id, probabilities={t: 0.9 if t in given else 0.1 for t in Theme}, model_version="made"
        ),
        evidence=Evidence(
            passage_id=passage_id, rows=rows, flag=0.9 if flagged else 0.1, model_version="made", table_version="made"
        ),
    )


def make_queries(seed: int = 7) -> list[tuple[str, str, PassageFilter | None]]:
    """Two hundred questions of eight kinds: kind, question, filter."""
    from benchmarks.search_quality import statement_queries
    from pipelines.themes.lexicon import load_lexicon

    chance, stock = random.Random(seed), Stock.read()
    terms = [t for c in load_lexicon().concepts for code in ("nl", "en") for t in c.words(code).terms]
    single = [term for term in terms if " " not in term]
    several = [term for term in terms if " " in term]
    compounds = sorted({w for s, _ in stock.sentences["nl"] for w in re.findall(r"\b[a-z]{16,}\b", s)})
    long = [text for text, _, _ in statement_queries()]
    sentences = [s for code in ("nl", "en") for s, _ in stock.sentences[code]]

    def slip(word: str) -> str:
        at = chance.randrange(1, len(word) - 1)
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]

    kinds: dict[str, Callable[[], tuple[str, PassageFilter | None]]] = {
        "one word": lambda: (chance.choice(single), None),
        "several words": lambda: (chance.choice(several), None),
        "compound": lambda: (chance.choice(compounds), None),
        "slip of the pen": lambda: (slip(chance.choice([w for w in single if len(w) > 6])), None),
        "quoted phrase": lambda: (f'"{chance.choice(several)}" {chance.choice(single)}', None),
        "statement": lambda: (chance.choice(long), None),
        "sentence": lambda: (chance.choice(sentences), None),
        "filtered": lambda: (chance.choice(several), PassageFilter(language="en", theme="employment", flagged=True)),
    }
    return [(kind, *kinds[kind]()) for _ in range(25) for kind in kinds]


def _resident() -> float:
    """Megabytes of this process in memory now."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize() / 2**20


def _start(folder: Path) -> tuple[Any, dict[str, Any]]:
    from flows.search_index import LibrarySearch

    settings = Settings(workspace=folder)
    context = ScanContext(settings, open_settings_workspace(settings))
    context.encoder.encode(["warm"])
    before, begun, used = _resident(), time.perf_counter(), time.process_time()
    search = LibrarySearch(context)
    search.refresh()
    taken, used = time.perf_counter() - begun, time.process_time() - used
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = int(re.findall(r"VmHWM:\s+(\d+)", status)[0]) / 1024
    return search, {
        "core_seconds": used,
        "clock_seconds": taken,
        "megabytes": _resident() - before,
        "process": _resident(),
        "peak": peak,
    }


def first_start(folder: Path) -> dict[str, Any]:
    """Make the index."""
    for path in (folder / "data" / "processed" / "search").glob("*.npz"):
        path.unlink()
    search, figures = _start(folder)
    kept = sum(path.stat().st_size for path in (folder / "data" / "processed" / "search").glob("*.npz")) / 2**20
    index = search._snapshot.index
    return {**figures, "passages": index.n_present, "words": len(index.vocabulary.words), "file_megabytes": kept}


def later_start(folder: Path) -> dict[str, Any]:
    """Load the index and answer."""
    search, figures = _start(folder)
    begun = time.perf_counter()
    search.search("werk")
    figures["first_answer_ms"] = 1000 * (time.perf_counter() - begun)
    taken: dict[str, list[tuple[float, float]]] = {}
    for kind, query, chosen in make_queries():
        begun, used = time.perf_counter(), time.process_time()
        search.search(query, 20, chosen=chosen)
        times = time.process_time() - used, time.perf_counter() - begun
        taken.setdefault(kind, []).append((1000 * times[0], 1000 * times[1]))
    everything = [value for values in taken.values() for value in values]
    return {**figures, "all": _spread(everything), **{kind: _spread(values) for kind, values in taken.items()}}


def after_a_change(folder: Path) -> dict[str, Any]:
    """Take in one document more."""
    search, _ = _start(folder)
    workspace = search._context.workspace
    run = workspace.runs.new("nl", {})
    read = make_document(int(datetime.now(UTC).timestamp()), Stock.read(), random.Random(time.time_ns()), [])
    source = read.document.source
    workspace.documents.register(run, [FoundFile(read.document.id, source.checksum, source.path, source.n_bytes, 1)])
    workspace.documents.save(run.id, read)
    begun, used = time.perf_counter(), time.process_time()
    changed = search.refresh()
    figures = {"core_seconds": time.process_time() - used, "clock_seconds": time.perf_counter() - begun}
    return {"changed": changed, **figures}


def beside_the_former(folder: Path) -> dict[str, Any]:
    """Both ways on a part of the passages, without the store."""
    from benchmarks.search_former import rank_formerly
    from pipelines.language.search import SearchIndex
    from pipelines.language.search_query import Query
    from pipelines.store.search_texts import SearchTexts

    settings = Settings(workspace=folder)
    context = ScanContext(settings, open_settings_workspace(settings))
    texts = SearchTexts(context.workspace.engine)
    ids = [row.id for row in texts.rows()]
    ids = ids[:N_FORMER]
    some = list(texts.texts(ids).values())
    vectors = context.encoder.encode(some)
    index = SearchIndex.of(ids, some, vectors)
    queries = [query for _, query, _ in make_queries()[:N_FORMER_QUERIES]]
    seconds: dict[str, float] = {}
    for name in ("former", "index", "former", "index"):  # the second round counts: dictionaries are loaded then
        begun = time.perf_counter()
        for query in queries:
            vector = context.encoder.encode([query])[0]
            if name == "former":
                rank_formerly(query, some, vector, vectors)
            else:
                index.rank(Query.read(query), vector)
        seconds[name] = 1000 * (time.perf_counter() - begun) / len(queries)
    return {"passages": len(some), **{f"{name}_ms": value for name, value in seconds.items()}}


def _spread(values: Sequence[tuple[float, float]]) -> dict[str, float]:
    """In milliseconds; on the clock, other work on the machine counts as well."""
    of_core, on_clock = np.array(values).T
    return {
        "core_median": float(np.median(of_core)),
        "core_p99": float(np.percentile(of_core, 99)),
        "clock_median": float(np.median(on_clock)),
        "clock_p99": float(np.percentile(on_clock, 99)),
    }


PARTS = {one.__name__: one for one in (first_start, later_start, after_a_change, beside_the_former)}


def _lines(figures: dict[str, Any], indent: str = "  ") -> Iterator[str]:
    for name, value in figures.items():
        if isinstance(value, dict):
            yield f"{indent}{name:16} " + "  ".join(f"{key} {number:.1f}" for key, number in value.items())
        else:
            yield f"{indent}{name:16} " + (f"{value:.1f}" if isinstance(value, float) else str(value))


def main() -> None:
    """Make the store where needed and run each part in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--store", type=Path)
    parser.add_argument("--part", choices=list(PARTS))
    arguments = parser.parse_args()
    if arguments.part:
        sys.stdout.write(json.dumps(PARTS[arguments.part](arguments.store)))
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.store or Path(temporary) / "store"
        if not (folder / "data").exists():
            begun = time.perf_counter()
            fill(folder, arguments.passages)
            sys.stdout.write(f"store of {arguments.passages} passages made in {time.perf_counter() - begun:.0f} s\n")
        for part in PARTS:
            command = [sys.executable, __file__, "--part", part, "--store", str(folder)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            sys.stdout.write(f"{part}\n" + "\n".join(_lines(json.loads(done.stdout))) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
