"""What each stage costs a page and a passage: processor time on one core, on the bundled documents and on others.

    OMP_NUM_THREADS=1 python benchmarks/scale_stages.py [FOLDER] [--rounds 3]

FOLDER holds documents (the bundled examples without one). Each stage runs in this process on all documents, and the
median of the rounds is told; models are loaded before. Time on the clock would hold what else the machine does.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from flows.discovery import find_files  # noqa: E402
from flows.label import LabelKit, label_passages, load_label_kit  # noqa: E402
from pipelines.domain.documents import READABLE_STATES, SourceReference  # noqa: E402
from pipelines.examples import copy_examples  # noqa: E402
from pipelines.ingest.parser import IngestLimits  # noqa: E402
from pipelines.ingest.registry import parse_document  # noqa: E402
from pipelines.language.detection import detect_language  # noqa: E402
from pipelines.passages.duplicates import DuplicateSearch, StoredSignature  # noqa: E402
from pipelines.passages.rules import PassageRules  # noqa: E402
from pipelines.passages.signatures import make_signature  # noqa: E402
from pipelines.passages.splitting import split_into_passages  # noqa: E402
from pipelines.settings import Settings  # noqa: E402
from pipelines.store import open_workspace  # noqa: E402
from pipelines.store.documents import FoundFile, ReadDocument  # noqa: E402
from pipelines.table.starting import starting_table  # noqa: E402


class Stopwatch:
    """Adds up processor time by stage, round by round."""

    def __init__(self) -> None:
        self.rounds: dict[str, list[float]] = {}

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        """What happens within counts for ``stage``."""
        began = time.process_time()
        yield
        self.rounds.setdefault(stage, []).append(time.process_time() - began)


def _language(text: str) -> str | None:
    return detect_language(text).language


def one_round(kit: LabelKit, files: Sequence[tuple[SourceReference, bytes]], watch: Stopwatch) -> tuple[int, int]:
    """All stages on all documents; returns the number of pages and of passages."""
    with watch("read"):
        documents = [parse_document(content, source, IngestLimits(), detect=_language) for source, content in files]
    readable = [document for document in documents if document.state in READABLE_STATES]
    with watch("cut into passages"):
        cut = [list(split_into_passages(document, PassageRules())) for document in readable]
    flat = [passage for of in cut for passage in of if passage.boilerplate is None]
    with watch("signatures"):
        signed = {passage.id: make_signature(passage.text) for passage in flat}
    with watch("near-duplicates among themselves"):
        DuplicateSearch(StoredSignature(passage_id, one) for passage_id, one in signed.items()).groups([])
    chosen = [passage for passage in flat if passage.language in ("nl", "en")]
    with watch("vectors"):
        vectors = kit.encoder.encode([passage.text for passage in chosen])
    with watch("labels"):
        labels = label_passages(kit, chosen, [None] * len(chosen), vectors=vectors)
    by_passage = {one.evidence.passage_id: one for one in labels}
    with tempfile.TemporaryDirectory() as place:
        workspace = open_workspace(Path(place), f"sqlite:///{place}/store.db")
        run = workspace.runs.new("nl", {})
        found = [FoundFile(d.id, d.source.checksum, d.source.path, 1, 1) for d in readable]
        workspace.documents.register(run, found)
        reads = [
            ReadDocument(
                document,
                of,
                {p.id: signed[p.id] for p in of if p.id in signed},
                [by_passage[p.id] for p in of if p.id in by_passage],
                {"read": 0.0},
                {},
            )
            for document, of in zip(readable, cut, strict=True)
        ]
        with watch("store"):
            for read in reads:
                workspace.documents.save(run.id, read)
        workspace.close()
    return sum(document.n_pages or 0 for document in documents), sum(map(len, cut))


def measure(folder: Path, rounds: int) -> tuple[dict[str, float], int, int, int]:
    """Stage -> seconds of all documents, and the number of documents, pages and passages."""
    kit = load_label_kit(Settings().shipped_models_dir, Path("absent"), starting_table())
    files: list[tuple[SourceReference, bytes]] = []
    for found in find_files([folder], {}, folder).files:
        content = Path(found.path).read_bytes()
        files.append((SourceReference(path=found.path, checksum=found.checksum, n_bytes=len(content)), content))
    watch, n_pages, n_passages = Stopwatch(), 0, 0
    for _ in range(rounds):
        n_pages, n_passages = one_round(kit, files, watch)
    return {stage: statistics.median(of) for stage, of in watch.rounds.items()}, len(files), n_pages, n_passages


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = arguments.folder
        if folder is None:
            folder = Path(place)
            copy_examples(folder)
        seconds, n_documents, n_pages, n_passages = measure(folder.resolve(), arguments.rounds)
    sys.stdout.write(f"{n_documents} documents, {n_pages} pages, {n_passages} passages\n\n")
    sys.stdout.write("| stage | ms a passage | ms a page | share |\n| --- | --- | --- | --- |\n")
    whole = sum(seconds.values())
    for stage, spent in seconds.items():
        a_page = f"{1000 * spent / n_pages:.1f}" if n_pages else "–"
        sys.stdout.write(f"| {stage} | {1000 * spent / n_passages:.2f} | {a_page} | {spent / whole:.0%} |\n")
    sys.stdout.write(f"| together | {1000 * whole / n_passages:.2f} | {1000 * whole / max(n_pages, 1):.1f} | |\n")


if __name__ == "__main__":
    main()
