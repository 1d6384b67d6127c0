"""Kennisstand beside the usual stack, in turn on the same files: seconds, ratios, peak memory, growth with the work.

    python benchmarks/beside_usual.py --usual PYTHON --corpus FOLDER [--documents 12] [--rounds 5] [--sizes 12 48 192]
        [--off-subject 0.8]

PYTHON is that of the environment of ``benchmarks/usual_stack.py`` (``make bench`` makes it and runs this). The corpus
is made where it lacks (``benchmarks/made_corpus.py``). The two take turns, so that what else the machine does strikes
both; told are medians. A scan is what a user starts again and again, ``kennisstand scan FOLDER``: start of the program,
Prefect, reading, labels, near-duplicates, topics, report. A first scan of one text, which makes the workspace and the
tables of Prefect (about ten seconds, once), is not timed; nor is the training of the usual stack. That is timed from
its first file on, without the start of Python and the imports of its own first lines, which is in its favour. Memory is
the greatest sum over all processes, of what each has to itself and its share of what they share (PSS), looked at four
times a second.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from benchmarks.made_corpus import AS_REAL, documents_of, make_corpus  # noqa: E402

RESULT = ROOT / "benchmarks" / "results" / "beside_usual.json"
_LOOK_SECONDS = 0.25
_FIRST = "Of 1,200 office workers who got an assistant of generative AI, 31 per cent finished their reports sooner.\n"


@dataclass(frozen=True)
class Told:
    """What one run told and took."""

    seconds: float
    """On the clock, of the whole command."""
    peak_mb: float
    result: dict[str, Any]


def _pss(process: psutil.Process) -> float:
    try:
        return process.memory_full_info().pss
    except (psutil.Error, OSError):
        return 0.0  # it ended meanwhile


class _Peak(threading.Thread):
    """Looks at the memory of a process and all that it started, until that has ended."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid = pid
        self.over = threading.Event()
        self.bytes = 0.0

    def run(self) -> None:
        """Look until told that it is over."""
        try:
            parent = psutil.Process(self._pid)
        except psutil.Error:
            return
        while not self.over.wait(_LOOK_SECONDS):
            try:
                everyone = [parent, *parent.children(recursive=True)]
            except psutil.Error:
                return
            self.bytes = max(self.bytes, sum(map(_pss, everyone)))


def _run(command: Sequence[str], environment: dict[str, str]) -> tuple[float, float, str]:
    # As on a user's machine: with it both would compile their libraries again at every start.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    begun = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    peak = _Peak(process.pid)
    peak.start()
    out, errors = process.communicate()
    seconds = time.perf_counter() - begun
    peak.over.set()
    peak.join()
    if process.returncode:
        raise SystemExit(f"{' '.join(command)}\n{errors[-3000:]}")
    return seconds, peak.bytes / 2**20, out


def run_ours(files: Sequence[Path]) -> Told:
    """A scan of ``files`` in a workspace that has had one scan, of one short text."""
    with tempfile.TemporaryDirectory() as place:
        first, folder = Path(place) / "first", Path(place) / "in"
        for one in (first, folder):
            one.mkdir()
        (first / "first.txt").write_text(_FIRST, encoding="utf-8")
        for file in files:
            shutil.copyfile(file, folder / file.name)
        command = [sys.executable, "-c", "from pipelines.cli import main; main()", "scan", "--json"]
        environment = {**os.environ, "KENNISSTAND_WORKSPACE": str(Path(place) / "work")}
        _run([*command, str(first)], environment)
        seconds, peak, out = _run([*command, str(folder)], environment)
        return Told(seconds, peak, json.loads(out))


def run_usual(python: Path, corpus: Path, n: int, keep: Path) -> Told:
    """The usual stack on the first ``n`` documents."""
    out = keep / "usual.json"
    command = [str(python), "benchmarks/usual_stack.py", str(corpus), "--documents", str(n), "--out", str(out)]
    _, peak, _ = _run(command, dict(os.environ))
    result = json.loads(out.read_text(encoding="utf-8"))
    return Told(result["seconds"], peak, result)


def _median(values: Sequence[float]) -> float:
    return round(statistics.median(values), 3)


def compare(python: Path, corpus: Path, n: int, rounds: int) -> dict[str, Any]:
    """Both in turn on the first ``n`` documents."""
    files = documents_of(corpus, n)
    ours: list[Told] = []
    usual: list[Told] = []
    with tempfile.TemporaryDirectory() as place:
        run_ours(files[:1])  # what is compiled and cached at the first start on a machine
        run_usual(python, corpus, 1, Path(place))
        for number in range(rounds):
            for one in ("ours", "usual") if number % 2 == 0 else ("usual", "ours"):
                told = run_ours(files) if one == "ours" else run_usual(python, corpus, n, Path(place))
                (ours if one == "ours" else usual).append(told)
                sys.stderr.write(f"{n} documents, {one}: {told.seconds:.1f} s, {told.peak_mb:.0f} MB\n")
    return {
        "documents": n,
        "pages": usual[0].result["pages"],
        "rounds": rounds,
        "ours": _summary(ours),
        "usual": _summary(usual),
        "times_faster": _median([b.seconds / a.seconds for a, b in zip(ours, usual, strict=True)]),
        "memory_share": _median([a.peak_mb / b.peak_mb for a, b in zip(ours, usual, strict=True)]),
    }


def _summary(runs: Sequence[Told]) -> dict[str, Any]:
    stages = {stage for run in runs for stage in run.result["stage_seconds"]}
    return {
        "seconds": _median([run.seconds for run in runs]),
        "of_each": [round(run.seconds, 1) for run in runs],
        "peak_mb": round(statistics.median(run.peak_mb for run in runs)),
        "passages": runs[0].result["passages"],
        "topics": runs[0].result["topics"],
        "stage_seconds": {
            stage: _median([run.result["stage_seconds"].get(stage, 0.0) for run in runs]) for stage in sorted(stages)
        },
    }


def growth(corpus: Path, sizes: Sequence[int]) -> list[dict[str, float]]:
    """Time and memory of our scan at several sizes."""
    found: list[dict[str, float]] = []
    for n in sizes:
        told = run_ours(documents_of(corpus, n))
        found.append({"documents": n, "seconds": round(told.seconds, 1), "peak_mb": round(told.peak_mb)})
        sys.stderr.write(f"{found[-1]}\n")
    return found


def machine() -> str:
    """The machine in words."""
    memory = psutil.virtual_memory().total / 2**30
    return f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()}, Python {platform.python_version()}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--usual", type=Path, required=True)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--documents", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sizes", type=int, nargs="*", default=[])
    parser.add_argument("--off-subject", type=float, default=AS_REAL, help="of a corpus that is to be made")
    parser.add_argument("--write", action="store_true", help=f"keep the result in {RESULT.relative_to(ROOT)}")
    given = parser.parse_args()
    make_corpus(given.corpus, max([given.documents, *given.sizes]), given.off_subject)
    result: dict[str, Any] = {
        "machine": machine(),
        "off_subject": given.off_subject,
        "load_before": round(os.getloadavg()[0], 1),
    }
    if given.rounds:
        result |= compare(given.usual.absolute(), given.corpus, given.documents, given.rounds)
    if given.sizes:
        result["growth"] = growth(given.corpus, given.sizes)
    text = json.dumps(result, indent=1, ensure_ascii=False) + "\n"
    if given.write:
        kept = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.exists() else {}
        kept[f"{given.documents} documents, {given.off_subject:.0%} on no row"] = result
        RESULT.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
