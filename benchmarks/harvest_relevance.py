"""What the first relevance pass keeps and leaves out, on titles and abstracts written for it.

    python benchmarks/harvest_relevance.py [--fit]

Items are those of ``tests/quality/items``: ``items.jsonl`` served to choose inputs, weights and bars,
``items_held_out.jsonl`` was written before any figure was seen and serves to measure. All are invented. Intervals hold
95 % (exact, Clopper and Pearson: where all of 112 are kept a bootstrap would say nothing).
``--fit`` shows what cross-validation on the first set says of the inputs, and the weights that follow.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # speed is told for one core
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import RepeatedStratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from flows.label import LabelKit, load_label_kit
from flows.relevance import inputs_of, relevance_of
from pipelines.domain.sources import FoundItem
from pipelines.harvest.relevance import is_left_out, readable_inputs
from pipelines.settings import Settings
from pipelines.table.starting import starting_table

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "quality" / "items"
FOLDS, REPEATS = 5, 10

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class JudgedItems:
    """Items and what the pass says of them; all arrays of shape (n_items,)."""

    records: list[dict[str, Any]]
    found: list[FoundItem]
    scores: NDArray[np.float64]
    kept: Bools

    @property
    def relevant(self) -> Bools:
        """Which are relevant."""
        return np.array([record["relevant"] for record in self.records])


def read_items(name: str) -> tuple[list[dict[str, Any]], list[FoundItem]]:
    """Records of one set, and the same as a source would offer them."""
    records = [json.loads(line) for line in (FOLDER / name).read_text(encoding="utf-8").splitlines()]
    found = [
        FoundItem(key=str(i), title=r["title"], abstract=r["abstract"], language=r["language"])
        for i, r in enumerate(records)
    ]
    return records, found


def judge(kit: LabelKit, name: str) -> JudgedItems:
    """The pass over one set."""
    records, found = read_items(name)
    scores = relevance_of(kit, found)
    kept = np.array([not is_left_out(one, score) for one, score in zip(found, scores, strict=True)])
    return JudgedItems(records, found, np.array(scores), kept)


def interval(hits: Bools) -> str:
    """A share with its interval, as percentages."""
    if not len(hits):
        return "-"
    told = binomtest(int(hits.sum()), len(hits)).proportion_ci(method="exact")
    return f"{hits.mean():.1%} ({told.low:.0%}-{told.high:.0%})"


def show_shares(judged: JudgedItems) -> None:
    """Recall, and share of the rest that is left out, over all and by part."""
    dutch = np.array([record["language"] == "nl" for record in judged.records])
    told = np.array([bool(record["abstract"]) for record in judged.records])
    parts = {
        "all": np.ones(len(dutch), dtype=bool),
        "Dutch": dutch,
        "English": ~dutch,
        "with abstract": told,
        "title alone": ~told,
        "Dutch, title alone": dutch & ~told,
        "English, title alone": ~dutch & ~told,
    }
    rows = []
    for part, chosen in parts.items():
        yes, no = chosen & judged.relevant, chosen & ~judged.relevant
        area = roc_auc_score(judged.relevant[chosen], judged.scores[chosen])
        shares = [interval(judged.kept[yes]), interval(~judged.kept[no])]
        rows.append([part, f"{yes.sum()} + {no.sum()}", *shares, f"{area:.3f}"])
    _table(["part", "relevant + other", "kept of what is relevant", "left out of the rest", "area under curve"], rows)


def show_kinds(judged: JudgedItems) -> None:
    """The same by kind of item, and what is lost."""
    kinds = Counter((record["relevant"], record["kind"]) for record in judged.records)
    rows = []
    for (relevant, kind), n in sorted(kinds.items(), key=lambda item: (-item[0][0], item[0][1])):
        of_kind = np.array([r["relevant"] == relevant and r["kind"] == kind for r in judged.records])
        rows.append([kind, "relevant" if relevant else "other", str(n), f"{judged.kept[of_kind].sum()}"])
    _table(["kind", "", "n", "kept"], rows)
    for i in np.flatnonzero(judged.relevant & ~judged.kept):
        record = judged.records[i]
        sys.stdout.write(f"lost: {judged.scores[i]:.3f} {record['kind']}, {record['language']}: {record['title']}\n")


def show_bars(judged: JudgedItems) -> None:
    """What other bars would keep and leave out."""
    rows = []
    for bar in (0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5):
        kept = judged.scores >= bar
        rows.append([f"{bar:.2f}", f"{kept[judged.relevant].mean():.1%}", f"{(~kept)[~judged.relevant].mean():.1%}"])
    _table(["bar", "kept of what is relevant", "left out of the rest"], rows)


def show_speed(kit: LabelKit, found: Sequence[FoundItem]) -> None:
    """Items judged in a second, on one core."""
    begun = time.perf_counter()
    relevance_of(kit, found)
    sys.stdout.write(f"\n{len(found) / (time.perf_counter() - begun):.0f} items a second on one core\n")


def show_fit(kit: LabelKit) -> None:
    """Cross-validation of the inputs on the first set, and the weights."""
    records, found = read_items("items.jsonl")
    relevant = np.array([record["relevant"] for record in records])
    kind = relevant * 2 + np.array([bool(record["abstract"]) for record in records])
    inputs = readable_inputs(*inputs_of(kit, found))
    folds = RepeatedStratifiedKFold(n_splits=FOLDS, n_repeats=REPEATS, random_state=0)
    rows = []
    for name, columns in {"themes": [0], "nearness": [1], "both": [0, 1]}.items():
        out_of_fold = np.zeros(len(records))
        for train, test in folds.split(inputs, kind):
            model = _model().fit(inputs[np.ix_(train, columns)], relevant[train])
            out_of_fold[test] += model.decision_function(inputs[np.ix_(test, columns)]) / REPEATS
        chances = 1 / (1 + np.exp(-out_of_fold))
        lowest = np.sort(chances[relevant])[:3]
        left_out = (chances < 0.1)[~relevant].mean()
        rows.append([name, f"{roc_auc_score(relevant, chances):.3f}", " ".join(f"{v:.2f}" for v in lowest)])
        rows[-1].append(f"{left_out:.0%}")
    _table(["inputs", "area under curve", "lowest of what is relevant", "rest below 0.1"], rows)
    model = _model().fit(inputs, relevant)
    scale, logistic = model[0], model[1]
    weights = logistic.coef_[0] / scale.scale_
    base = logistic.intercept_[0] - float(weights @ scale.mean_)
    sys.stdout.write(f"\nweights {weights.round(3)}, base {base:.3f}, mean nearness {inputs[:, 1].mean():.3f}\n")


def _model() -> Any:
    return make_pipeline(StandardScaler(), LogisticRegression(C=1.0))


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    lines = ["", "| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    sys.stdout.write("\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)]) + "\n")


def main() -> None:
    """Print all tables."""
    kit = load_label_kit(Settings().shipped_models_dir, Path("absent"), starting_table())
    if "--fit" in sys.argv[1:]:
        show_fit(kit)
        return
    sys.stdout.write("\nThe set to choose by\n")
    show_shares(judge(kit, "items.jsonl"))
    sys.stdout.write("\nThe set held out\n")
    judged = judge(kit, "items_held_out.jsonl")
    show_shares(judged)
    show_bars(judged)
    show_kinds(judged)
    show_speed(kit, judged.found)


if __name__ == "__main__":
    main()
