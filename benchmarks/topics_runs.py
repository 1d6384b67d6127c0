"""Fits of one way of making topics, over draws of the same passages; needs numpy alone, so it runs anywhere.

A run gives labels for all passages, and again for 90 % of the documents, 95 % of them (what a scan had before the last
twentieth came), 97 % of the passages, other seeds, and other orders. `topics_figures.py` compares them.
"""

from __future__ import annotations

import json
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.integer]
Grouping = Callable[[Places, int], Places]
"""From places of passages and a seed to the label of each, -1 for none."""

SEEDS = (1, 2, 3, 4, 5)
N_RESAMPLES = 5
N_HELD_OUT = 5
N_ORDERS = 3
_DRAW_SEED = 20


@dataclass(frozen=True)
class Passages:
    """What all ways of making topics are given."""

    texts: list[str]
    documents: NDArray[np.str_]
    languages: NDArray[np.str_]
    rows: NDArray[np.str_]
    """First row of the table that each bears on."""
    ids: list[str]
    vectors: dict[str, NDArray[np.float32]]
    """By name of the encoder, shape (n_passages, dimensions)."""
    concepts: list[dict[str, int]]


def load_passages(work: Path) -> Passages:
    """Written by :func:`topics_material.make_passages`."""
    held = json.loads((work / "passages.json").read_text(encoding="utf-8"))
    vectors: dict[str, NDArray[np.float32]] = {}
    for path in sorted(work.glob("vectors_*.npz")):
        with np.load(path, allow_pickle=False) as stored:
            vectors[path.stem.removeprefix("vectors_")] = stored["vectors"]
    arrays = {name: np.array(held[name]) for name in ("documents", "languages", "rows")}
    return Passages(held["texts"], **arrays, ids=held["ids"], vectors=vectors, concepts=held["concepts"])


def draws(documents: NDArray[np.str_]) -> dict[str, list[Places]]:
    """Places of the passages of each draw, the same for every way of making topics."""
    rng = np.random.default_rng(_DRAW_SEED)
    names, n = np.unique(documents), len(documents)

    def of_documents(share: float) -> Places:
        kept = rng.choice(names, round(share * len(names)), replace=False)
        return np.flatnonzero(np.isin(documents, kept))

    return {
        "documents90": [of_documents(0.90) for _ in range(N_RESAMPLES)],
        "passages97": [np.sort(rng.choice(n, round(0.97 * n), replace=False)) for _ in range(N_RESAMPLES)],
        "documents95": [of_documents(0.95) for _ in range(N_HELD_OUT)],
        "orders": [rng.permutation(n) for _ in range(N_ORDERS)],
    }


def file_name(name: str) -> str:
    """Of the runs of a way."""
    return name.replace(" ", "_").replace(",", "")


def run_variant(
    name: str,
    grouping: Grouping,
    passages: Passages,
    work: Path,
    terms: Callable[[], Any] | None = None,
    most_draws: int = N_RESAMPLES,
    *,
    steady: bool = False,
) -> None:
    """Fit on every draw; labels go to ``runs/NAME.npz`` in ``work``, time, memory and terms to ``runs/NAME.json``.

    Parameters
    ----------
    name, grouping
        The way.
    passages
        All passages.
    work
        Folder.
    terms
        Asked right after the fit on all passages: own words of the topics, from label to words, strongest first.
    most_draws
        Draws of each kind, and seeds.
    steady
        It draws nothing, as another way with the same steps showed: one seed, no other orders.
    """
    everything = np.arange(len(passages.texts))
    labels = {"all": np.asarray(grouping(everything, 0))}
    own_terms = terms() if terms else None
    # Of the processor: other work on the machine does not count.
    seconds: list[float] = []
    for seed in SEEDS[: 1 if steady else most_draws]:
        began = time.process_time()
        labels[f"seeds-{seed}"] = np.asarray(grouping(everything, seed))
        seconds.append(time.process_time() - began)
    for draw, chosen in draws(passages.documents).items():
        if steady and draw == "orders":
            continue
        for i, places in enumerate(chosen[:most_draws]):
            labels[f"{draw}-{i}"] = np.asarray(grouping(places, 0))
    folder = work / "runs"
    folder.mkdir(exist_ok=True)
    kept: dict[str, Any] = {key: found.astype(np.int32) for key, found in labels.items()}
    np.savez(folder / f"{name}.npz", **kept)
    # Linux counts in KiB.
    told = {
        "seconds": float(np.median(seconds)),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "terms": own_terms,
    }
    (folder / f"{name}.json").write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
