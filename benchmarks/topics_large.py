"""Topics of many passages: time and memory of a first layout and of a later scan.

No corpus of half a million passages is at hand. Each made-up passage is the text of a labelled one with sentences of
another of the same row, and its vector is theirs with noise, so that topics are as dense as those of real passages but
no two passages alike. What is measured is the topic stage alone, in a process of its own per size.

    python benchmarks/topics_large.py --sizes 200 2000 20000 100000 500000
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import numpy as np

from pipelines.domain.topics import TopicPassage
from pipelines.language.concepts import ConceptMatcher
from pipelines.language.static_encoder import load_encoder
from pipelines.themes.lexicon import load_lexicon
from pipelines.topics import Vocabulary, fit_topics

ROOT = Path(__file__).resolve().parents[1]
_NOISE = 0.5
"""Of the length of a vector."""
_LATER = 0.05
"""Share of the passages that the second scan brings."""


def make_corpus(n: int) -> tuple[list[TopicPassage], np.ndarray]:
    """``n`` passages of some ``n`` / 40 documents with vectors of shape (n, dimensions)."""
    lines = [
        json.loads(line)
        for language in ("nl", "en")
        for line in (ROOT / f"models/training/train_{language}.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    lines = [line for line in lines if line["rows"]]
    base = load_encoder(ROOT / "models" / "encoder").encode([line["text"] for line in lines])
    drawn = random.Random(5)
    numbers = np.random.default_rng(5)
    vectors = np.empty((n, base.shape[1]), dtype=np.float32)
    passages: list[TopicPassage] = []
    for i in range(n):
        place = i if i < len(lines) else drawn.randrange(len(lines))
        line = lines[place]
        words = line["text"].split()
        text = line["text"] if i < len(lines) else " ".join(words[drawn.randrange(len(words)) :] + words[:8])
        later = i % 20 == 19
        passages.append(
            TopicPassage(
                id=f"{drawn.getrandbits(80):020x}",
                document_id=f"d{i // 40}",
                language=line["lang"],
                text=text,
                day="2026-02-01" if later else "2026-01-01",
                new=later,
                year=line["year"],
                themes=tuple(line["themes"]),
                rows=tuple(line["rows"]),
            )
        )
        noise = numbers.normal(size=base.shape[1]).astype(np.float32)
        vectors[i] = base[place] + _NOISE * noise / np.linalg.norm(noise)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    order = sorted(range(n), key=lambda i: passages[i].id)
    return [passages[i] for i in order], vectors[order]


def measure(n: int) -> dict[str, float | int]:
    """A first layout of 95 % of ``n`` passages, and a scan that brings the rest."""
    lexicon = load_lexicon()
    vocabulary = Vocabulary(lexicon, ConceptMatcher(lexicon))
    passages, vectors = make_corpus(n)
    before_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    first = [i for i, passage in enumerate(passages) if not passage.new]
    began = time.perf_counter()
    standing = fit_topics([passages[i] for i in first], vectors[first], vocabulary=vocabulary, today=date(2026, 1, 1))
    first_seconds = time.perf_counter() - began
    began = time.perf_counter()
    model = fit_topics(passages, vectors, vocabulary=vocabulary, standing=standing, today=date(2026, 2, 1))
    later_seconds = time.perf_counter() - began
    moved = sum(model.assignments.get(passage) != topic for passage, topic in standing.assignments.items())
    return {
        "passages": n,
        "topics": len(standing.topics),
        "topics_after": len(model.topics),
        "unassigned": round(1 - len(standing.assignments) / len(first), 3),
        "moved": round(moved / max(len(standing.assignments), 1), 4),
        "sample": int(model.settings.get("sample", n)),
        "first_seconds": round(first_seconds, 1),
        "later_seconds": round(later_seconds, 1),
        "corpus_mb": round(before_mb),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[200, 2_000, 20_000, 100_000, 500_000])
    parser.add_argument("--one", type=int, help="measure this size in this process")
    arguments = parser.parse_args()
    if arguments.one:
        sys.stdout.write(json.dumps(measure(arguments.one)) + "\n")
        return
    sys.stdout.write("| passages | found on | topics, after | unassigned | moved | first, s | later, s | peak, MB |\n")
    sys.stdout.write("| --- | --- | --- | --- | --- | --- | --- | --- |\n")
    for n in arguments.sizes:
        run = subprocess.run([sys.executable, __file__, "--one", str(n)], check=True, capture_output=True, text=True)
        r = json.loads(run.stdout.splitlines()[-1])
        sys.stdout.write(
            f"| {n:,} | {r['sample']:,} | {r['topics']}, {r['topics_after']} | {r['unassigned']} | {r['moved']} "
            f"| {r['first_seconds']} | {r['later_seconds']} | {r['peak_mb']:,} |\n"
        )
        sys.stdout.flush()


if __name__ == "__main__":
    main()
