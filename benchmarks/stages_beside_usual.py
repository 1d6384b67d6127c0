"""Two stages beside the usual ones, in turn on the same work: files to passages, and texts to vectors.

    python benchmarks/stages_beside_usual.py --usual PYTHON --corpus FOLDER [--documents 12] [--rounds 5] [--write]

PYTHON is that of the environment of ``benchmarks/usual_stack.py``. *Reading*: the first documents of the made corpus,
through the guarded reading processes of a scan, as many as there are cores, with their start; beside it pdfplumber in
a pool of as many processes and spaCy's sentencizer. The PDFs of ``../shared/real`` too, where they are.
*Encoding*: passages of
``models/training`` on all cores, by the static encoder and by all-MiniLM-L6-v2, both loaded and warmed up before.
Told are medians of the rounds and of their ratios.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from benchmarks.beside_usual import machine  # noqa: E402
from benchmarks.made_corpus import documents_of, make_corpus  # noqa: E402
from flows.discovery import find_files  # noqa: E402
from flows.reading import Reader, Request  # noqa: E402
from pipelines.ingest.parser import IngestLimits  # noqa: E402
from pipelines.language.static_encoder import load_encoder  # noqa: E402
from pipelines.passages.rules import PassageRules  # noqa: E402
from pipelines.settings import Settings  # noqa: E402

RESULT = ROOT / "benchmarks" / "results" / "stages_beside_usual.json"
_REAL = ROOT.parent / "shared" / "real"
_N_SLOW = 400
"""Passages that all-MiniLM is given: ten seconds. The static encoder is given them thirty times over."""
_TIMES = 30


def read_ours(folder: Path) -> dict[str, float]:
    """Seconds, pages and passages of all files in ``folder``."""
    files = find_files([folder], {}, folder).files
    begun = time.perf_counter()
    reader = Reader(os.cpu_count() or 1, Settings().parse_timeout_seconds, IngestLimits(), PassageRules())
    requests = [Request(file.document_id, file.checksum, (Path(file.path),)) for file in files]
    pages = passages = 0
    for reading in reader.read(requests):
        pages += reading.document.n_pages or 0
        passages += len(reading.passages)
    seconds = time.perf_counter() - begun
    reader.close()
    return {"seconds": seconds, "pages": pages, "passages": passages}


def encode_ours(texts: Sequence[str]) -> dict[str, float]:
    """Seconds for vectors of ``texts``, so many times over."""
    encoder = load_encoder(ROOT / "models" / "encoder")
    encoder.encode(texts[:100])
    many = list(texts) * _TIMES
    begun = time.perf_counter()
    encoder.encode(many)
    return {"seconds": (time.perf_counter() - begun) / _TIMES, "passages": len(texts)}


def in_turn(
    ours: Callable[[], dict[str, float]], usual: Callable[[], dict[str, float]], rounds: int, unit: str
) -> dict[str, Any]:
    """Both so many times, each first every other time."""
    told: dict[str, list[dict[str, float]]] = {"ours": [], "usual": []}
    for number in range(rounds):
        for name in ("ours", "usual") if number % 2 == 0 else ("usual", "ours"):
            told[name].append(ours() if name == "ours" else usual())
            last = told[name][-1]
            sys.stderr.write(f"{name}: {last[unit] / last['seconds']:.1f} {unit} a second\n")
    both = list(zip(told["ours"], told["usual"], strict=True))
    return {
        "rounds": rounds,
        unit: told["usual"][0][unit],
        **{
            f"{name}_{unit}_a_second": round(statistics.median(one[unit] / one["seconds"] for one in runs), 1)
            for name, runs in told.items()
        },
        "times_faster": round(statistics.median(usual["seconds"] / ours["seconds"] for ours, usual in both), 1),
        "times_faster_of_each": [round(usual["seconds"] / ours["seconds"], 1) for ours, usual in both],
    }


def _usual(python: Path, source: Path, only: str, place: Path) -> dict[str, Any]:
    out = place / "usual.json"
    command = [str(python), str(ROOT / "benchmarks" / "usual_stack.py"), str(source), "--only", only]
    command += ["--documents", "100000", "--workers", str(os.cpu_count() or 1), "--out", str(out)]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return json.loads(out.read_text(encoding="utf-8"))


def compare_reading(python: Path, files: Sequence[Path], rounds: int) -> dict[str, Any]:
    """Files to passages."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "in"
        folder.mkdir()
        for file in files:
            shutil.copyfile(file, folder / file.name)
        return in_turn(
            lambda: read_ours(folder), lambda: _usual(python, folder, "reading", Path(place)), rounds, "pages"
        )


def compare_encoding(python: Path, rounds: int) -> dict[str, Any]:
    """Texts to vectors."""
    paths = [ROOT / f"models/training/train_{language}.jsonl" for language in ("nl", "en")]
    lines = [line for path in paths for line in path.read_text(encoding="utf-8").splitlines()]
    texts = [json.loads(line)["text"] for line in random.Random(1).sample(lines, _N_SLOW)]
    with tempfile.TemporaryDirectory() as place:
        source = Path(place) / "texts.json"
        source.write_text(json.dumps(texts), encoding="utf-8")
        return in_turn(
            lambda: encode_ours(texts), lambda: _usual(python, source, "encoding", Path(place)), rounds, "passages"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--usual", type=Path, required=True)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--documents", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--write", action="store_true", help=f"keep the result in {RESULT.relative_to(ROOT)}")
    given = parser.parse_args()
    python = given.usual.absolute()
    make_corpus(given.corpus, given.documents)
    made = [path for path in documents_of(given.corpus, given.documents) if path.suffix == ".pdf"]
    result: dict[str, Any] = {"machine": machine(), "load_before": round(os.getloadavg()[0], 1)}
    result["reading, made PDFs"] = compare_reading(python, made, given.rounds)
    if real := sorted(_REAL.glob("*.pdf")):
        result["reading, real PDFs"] = compare_reading(python, real, given.rounds)
    result["encoding"] = compare_encoding(python, given.rounds)
    text = json.dumps(result, indent=1, ensure_ascii=False) + "\n"
    if given.write:
        RESULT.write_text(text, encoding="utf-8")
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
