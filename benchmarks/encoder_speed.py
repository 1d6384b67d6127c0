"""Texts per second of the encoder beside usual ways to turn texts into vectors, on the same texts in the same run.

    python benchmarks/encoder_speed.py [--contextual FOLDER] [--teacher FOLDER]

The static encoder and TF-IDF with truncated SVD of scikit-learn (fitted beforehand, as many dimensions) are always
measured; the contextual encoder where it is; a sentence-transformers model in ``--teacher`` only where that package is
installed.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import re
import resource
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from pipelines.language.contextual_encoder import load_contextual_encoder  # noqa: E402
from pipelines.language.static_encoder import load_encoder  # noqa: E402

SLOW = ("contextual", "sentence-transformers")
SLOW_SAMPLE = 300
"""Texts that a transformer is given: it needs minutes for all of them. Taken evenly, so that both languages are in."""


def read_texts() -> tuple[list[str], list[str]]:
    """Passages of ``models/training``, and their sentences."""
    passages = [
        json.loads(line)["text"]
        for language in ("nl", "en")
        for line in (ROOT / f"models/training/train_{language}.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    return passages, [part for text in passages for part in re.split(r"(?<=[.!?]) ", text) if part]


def rate(encode: Callable[[Sequence[str]], object], texts: Sequence[str]) -> float:
    """Texts per second, the best of three: other work on the machine only ever slows it down."""
    best = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        encode(texts)
        best = min(best, time.perf_counter() - start)
    return len(texts) / best


def main() -> None:
    """Measure and print a line per way: texts per second and the encoder's multiple of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contextual", type=Path, default=ROOT / "models" / "contextual_encoder")
    parser.add_argument("--teacher", type=Path)
    arguments = parser.parse_args()
    passages, sentences = read_texts()

    start = time.perf_counter()
    encoder = load_encoder(ROOT / "models" / "encoder")
    loading = time.perf_counter() - start
    encoder.encode(sentences[:100])
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(f"load {loading:.2f} s, {memory:.0f} MB in the process, {encoder.version}\n")
    own = {"sentences": rate(encoder.encode, sentences), "passages": rate(encoder.encode, passages)}
    ways: dict[str, Callable[[Sequence[str]], object]] = {"encoder": encoder.encode}

    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline

    svd = TruncatedSVD(encoder.dimensions, random_state=0, n_iter=2)
    ways["TF-IDF and SVD"] = make_pipeline(TfidfVectorizer(), svd).fit(passages).transform
    if (arguments.contextual / "card.json").exists():
        ways["contextual"] = load_contextual_encoder(arguments.contextual).encode
    if arguments.teacher and importlib.util.find_spec("sentence_transformers"):
        from sentence_transformers import SentenceTransformer  # pyright: ignore[reportMissingImports]

        ways["sentence-transformers"] = SentenceTransformer(str(arguments.teacher), device="cpu").encode
    for kind, texts in (("sentences", sentences), ("passages", passages)):
        for name, encode in ways.items():
            sample = texts[:: len(texts) // SLOW_SAMPLE] if name in SLOW else texts
            per_second = own[kind] if name == "encoder" else rate(encode, sample)
            sys.stdout.write(f"{kind:10} {name:22} {per_second:9,.0f}/s   x{own[kind] / per_second:.1f}\n")


if __name__ == "__main__":
    main()
