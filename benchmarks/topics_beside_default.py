"""Topics beside default BERTopic on the same passages and vectors: seconds, memory, coherence, stability, growth.

    python benchmarks/topics_beside_default.py --usual PYTHON --work FOLDER [--rounds 5] [--write]

PYTHON is that of the environment of ``benchmarks/usual_requirements.txt`` (``make bench`` makes it). The passages are
those of ``models/training`` that bear on a row of the table (some 2,780, each written apart), and after them paragraphs
of the reports of ``benchmarks/made_corpus.py`` on a row, up to 20,000: their sentences are those of the written
passages, drawn anew. So 20,000 are for time and memory; coherence and stability are told of both, and those of the
written passages are the ones that count.

Each fit has a process of its own, and the two take turns. Both fit 500 passages first, so that neither is charged with
imports and with what UMAP compiles: those seconds are told apart. Default BERTopic is ``BERTopic(language=
"multilingual")`` (its other choice of language strips letters with accents), the vectors given to both are those of the
shipped encoder. Ours also reads the concepts of the lexicon, chooses terms in two languages and names the topics.

NPMI is told twice: of terms chosen in the same way for the topics of both, which compares the groups, and of the words
that each gives its topics itself. Stability is the adjusted Rand index, the unassigned a topic of their own, between
fits on all passages in different rounds (UMAP draws anew, ours draws nothing), and of fits on nine in ten documents
with one on all.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path[:0] = [path for path in (str(ROOT), str(HERE)) if path not in sys.path]

RESULT = HERE / "results" / "topics_beside_default.json"
SIZES = (1_250, 5_000, 20_000)
_WARM = 500
_MOST_WORDS = 40
"""Of a topic, as default BERTopic ranks them; eight of each language are kept, as of ours."""
_DRAWS = 2
_DRAW_SEED = 11


# What runs in a process of its own, in either environment: nothing of the product is imported for default BERTopic.


def fit_default(texts: Sequence[str], vectors: np.ndarray) -> tuple[list[int], dict[str, list[str]]]:
    """Labels of default BERTopic, and the words of its topics, strongest first."""
    from bertopic import BERTopic

    model: Any = BERTopic(language="multilingual")
    labels, _ = model.fit_transform(list(texts), embeddings=vectors)
    words = model.vectorizer_model.get_feature_names_out()
    terms = {
        str(label): [str(words[j]) for j in row.indices[np.argsort(-row.data)][:_MOST_WORDS]]
        for label, row in ((one, model.c_tf_idf_[i]) for i, one in enumerate(sorted(model.get_topics())))
        if label >= 0
    }
    return [int(label) for label in labels], terms


class _Ours:
    """The topic stage with what a scan has at hand: lexicon and matcher."""

    def __init__(self) -> None:
        from topics_material import read_vocabulary

        self._vocabulary = read_vocabulary()

    def fit(self, held: dict[str, list[str]], vectors: np.ndarray) -> tuple[list[int], dict[str, list[str]]]:
        """Labels, and for each topic the Dutch terms and the English ones."""
        from topics_material import as_topic_passages

        from pipelines.topics import fit_topics

        model = fit_topics(as_topic_passages(held), vectors, vocabulary=self._vocabulary)
        place = {topic.id: i for i, topic in enumerate(model.topics)}
        labels = [place.get(model.assignments.get(one, ""), -1) for one in held["ids"]]
        return labels, {str(place[t.id]): [*t.terms_nl, *t.terms_en] for t in model.topics}


def _peak_mb() -> float:
    """Of this process since it began; what ``getrusage`` tells holds that of the process it was started from."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def fit_once(which: str, work: Path, places: Path, out: Path) -> None:
    """Warm up, fit the passages at ``places`` and write what came of it and what it took."""
    warnings.simplefilter("ignore")
    held: dict[str, list[str]] = json.loads((work / "passages.json").read_text(encoding="utf-8"))
    everything = np.load(work / "vectors.npy")
    chosen = np.load(places)

    def cut(at: Sequence[int]) -> dict[str, list[str]]:
        return {name: [column[i] for i in at] for name, column in held.items()}

    began = time.perf_counter()
    ours = _Ours() if which == "ours" else None
    warm = np.arange(_WARM)

    def fit(at: np.ndarray) -> tuple[list[int], dict[str, list[str]]]:
        part = cut(at.tolist())
        return ours.fit(part, everything[at]) if ours else fit_default(part["texts"], everything[at])

    fit(warm)
    first_seconds = time.perf_counter() - began
    began, of_processor = time.perf_counter(), time.process_time()
    labels, terms = fit(chosen)
    told = {
        "seconds": time.perf_counter() - began,
        "processor_seconds": time.process_time() - of_processor,
        "first_seconds": first_seconds,
        "peak_mb": _peak_mb(),
        "labels": labels,
        "terms": terms,
    }
    out.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")


# What runs the two beside each other.


def make_material(work: Path, n: int) -> None:
    """``n`` passages and their vectors in ``work``, where they are not there yet."""
    work.mkdir(parents=True, exist_ok=True)
    if (work / "vectors.npy").exists() and len(np.load(work / "vectors.npy", mmap_mode="r")) == n:
        return
    from made_corpus import written_paragraphs
    from topics_material import FILES

    from pipelines.language.static_encoder import load_encoder

    held: dict[str, list[str]] = {name: [] for name in ("ids", "documents", "languages", "texts")}

    def take(document: str, number: int, language: str, text: str) -> None:
        for name, value in zip(held, (f"{document}-{number:05}", document, language, text), strict=True):
            held[name].append(value)

    lines = [
        json.loads(line)
        for name in FILES
        for line in (ROOT / f"models/training/{name}.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    for line in lines:
        if line["rows"]:
            take(line["doc"], line["n"], line["lang"], line["text"])
    n_written = len(held["ids"])
    document = 0
    while len(held["ids"]) < n:
        for number, (language, text) in enumerate(written_paragraphs(document)):
            take(f"made{document:04}", number, language, text)
        document += 1
    held = {name: column[:n] for name, column in held.items()}
    vectors = load_encoder(ROOT / "models/encoder").encode(held["texts"]).astype(np.float32)
    (work / "passages.json").write_text(json.dumps(held, ensure_ascii=False), encoding="utf-8")
    (work / "written.json").write_text(json.dumps(n_written), encoding="utf-8")
    np.save(work / "vectors.npy", vectors)


def run_fit(which: str, python: Path, work: Path, places: np.ndarray, name: str) -> dict[str, Any]:
    """One fit in a process of its own."""
    at, out = work / f"places_{name}.npy", work / f"fit_{which}_{name}.json"
    np.save(at, places)
    command = [str(python), str(HERE / "topics_beside_default.py"), "--fit", which]
    command += ["--work", str(work), "--places", str(at), "--out", str(out)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=dict(os.environ))
    told = json.loads(out.read_text(encoding="utf-8"))
    sys.stderr.write(f"{name}, {len(places)} passages, {which}: {told['seconds']:.1f} s, {told['peak_mb']:.0f} MB\n")
    return told | {"places": places}


def compare(pythons: dict[str, Path], work: Path, places: np.ndarray, rounds: int, name: str) -> dict[str, Any]:
    """Both in turn on the same passages, and on nine in ten of their documents."""
    runs: dict[str, list[dict[str, Any]]] = {"ours": [], "default": []}
    for number in range(rounds):
        for which in ("ours", "default") if number % 2 == 0 else ("default", "ours"):
            runs[which].append(run_fit(which, pythons[which], work, places, f"{name}_{number}"))
    held = json.loads((work / "passages.json").read_text(encoding="utf-8"))
    documents = np.array(held["documents"])[places]
    drawn = np.random.default_rng(_DRAW_SEED)
    names = np.unique(documents)
    parts = [
        np.flatnonzero(np.isin(documents, drawn.choice(names, round(0.9 * len(names)), replace=False)))
        for _ in range(_DRAWS)
    ]
    figures = word_figures_of(held, places, {which: of[0] for which, of in runs.items()})
    for which, of in runs.items():
        draws = [run_fit(which, pythons[which], work, places[p], f"{name}_part{i}") for i, p in enumerate(parts)]
        figures[which] |= _summary(of) | stability_of(of, draws, parts)
    ratios = [b["seconds"] / a["seconds"] for a, b in zip(runs["ours"], runs["default"], strict=True)]
    return {"passages": len(places), "rounds": rounds, "times_faster": round(statistics.median(ratios), 1), **figures}


def _summary(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    labels = np.array(runs[0]["labels"])
    medians = {
        key: round(statistics.median(run[key] for run in runs), 1)
        for key in ("seconds", "processor_seconds", "first_seconds", "peak_mb")
    }
    return {
        **medians,
        "of_each": [round(run["seconds"], 1) for run in runs],
        "topics": len(set(labels.tolist()) - {-1}),
        "unassigned": round(float((labels < 0).mean()), 3),
    }


def stability_of(
    runs: Sequence[dict[str, Any]], draws: Sequence[dict[str, Any]], parts: Sequence[np.ndarray]
) -> dict[str, float]:
    """Adjusted Rand index of fits on the same passages, and of those on nine in ten documents with one on all."""
    from topics_figures import compare as rand_index

    labels = [np.array(run["labels"]) for run in runs]
    figures = rand_index("rounds", list(combinations(labels, 2)))
    # Each draw is held against a round of its own where there are so many.
    pairs = [
        (labels[i % len(labels)][places], np.array(draw["labels"]))
        for i, (draw, places) in enumerate(zip(draws, parts, strict=True))
    ]
    return {key: round(value, 3) for key, value in (figures | rand_index("documents90", pairs)).items()}


def word_figures_of(
    held: dict[str, list[str]], places: np.ndarray, fits: dict[str, dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Coherence and diversity of the topics of each fit, of words chosen alike and of their own."""
    from topics_runs import Passages
    from topics_words import Words, holders, word_figures

    column = {name: [values[i] for i in places.tolist()] for name, values in held.items()}
    documents, languages = np.array(column["documents"]), np.array(column["languages"])
    passages = Passages(column["texts"], documents, languages, np.array([""]), column["ids"], {}, [])
    words = Words(passages)
    ours, plain = holders(words.ours), holders(words.plain)
    found: dict[str, dict[str, Any]] = {}
    for which, fit in fits.items():
        alike = word_figures(words.named(np.array(fit["labels"])), ours, passages)
        # The words that ours gives its topics are chosen as those above.
        own = alike if which == "ours" else word_figures(words.own(fit["terms"]), plain, passages)
        found[which] = {key: round(value, 3) for key, value in alike.items()}
        found[which] |= {f"own_{key}": round(value, 3) for key, value in own.items()}
    return found


def growth(python: Path, work: Path, sizes: Sequence[int], rounds: int, drawn: np.ndarray) -> list[dict[str, float]]:
    """Median seconds of our fit at several sizes, drawn from the same passages."""
    told: list[dict[str, float]] = []
    for size in sizes:
        runs = [run_fit("ours", python, work, np.sort(drawn[:size]), f"growth_{size}_{i}") for i in range(rounds)]
        told.append({"passages": size, "seconds": round(statistics.median(run["seconds"] for run in runs), 2)})
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--usual", type=Path, help="Python of the environment with default BERTopic")
    parser.add_argument("--work", type=Path, required=True, help="folder for passages, vectors and fits")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--write", action="store_true", help=f"keep the result in {RESULT.relative_to(ROOT)}")
    parser.add_argument("--fit", help=argparse.SUPPRESS)
    parser.add_argument("--places", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.fit:
        fit_once(given.fit, given.work, given.places, given.out)
        return
    if given.usual is None:
        parser.error("--usual is needed")
    from beside_usual import machine

    n, load = max(given.sizes), round(os.getloadavg()[0], 1)
    make_material(given.work, n)
    n_written = min(n, json.loads((given.work / "written.json").read_text(encoding="utf-8")))
    pythons = {"ours": Path(sys.executable), "default": given.usual.absolute()}
    drawn = np.random.default_rng(_DRAW_SEED).permutation(n)
    result: dict[str, Any] = {"machine": machine(), "load_before": load}
    result["all"] = compare(pythons, given.work, np.arange(n), given.rounds, "all")
    result["written"] = compare(pythons, given.work, np.arange(n_written), given.rounds, "written")
    result["growth"] = growth(pythons["ours"], given.work, sorted(given.sizes), given.rounds, drawn)
    text = json.dumps(result, indent=1, ensure_ascii=False) + "\n"
    if given.write:
        RESULT.write_text(text, encoding="utf-8")
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
