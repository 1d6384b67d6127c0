"""Scans drawn from the labelled passages of documents that no model has seen, for the benchmarks of reading."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flows.label import load_label_kit
from flows.tagging_predictions import predictions_of
from pipelines.evidence.closer import StageAnswers
from pipelines.evidence.closer_training import fit_closer_reading
from pipelines.language.training_set import (
    HELD_OUT_FILE,
    held_out_documents,
    read_reader_scores,
    read_training_files,
)
from pipelines.review.left_to_read import Reading, Remaining, Source
from pipelines.review.remaining import estimate_remaining
from pipelines.settings import Settings
from pipelines.table.starting import starting_table

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

SEED = 20
OFF: dict[str, tuple[float, float]] = {
    "as measured": (0.0, 1.0),
    "too low": (-1.0, 1.0),
    "too high": (1.0, 1.0),
    "too sure": (0.0, 1.4),
    "not sure enough": (0.0, 0.7),
}
"""Ways in which probabilities are off: log odds moved by the first, after times the second."""
PREVALENCE_MOVED = "prevalence moved"
"""As measured, but the share of relevant passages is set by drawing on labels, not on probabilities."""
ORDERS = {"by probability": (0.0, 0.0), "other": (1.5, 0.0), "knows more": (1.5, 1.0), "misleads": (1.5, -1.0)}
"""Orders of reading: noise on the log odds, and what a relevant passage gets on top of its probability."""


@dataclass(frozen=True)
class Labelled:
    """Passages out of sight: probability, label and document; shape (n_passages,)."""

    probabilities: Floats
    relevant: Bools
    documents: NDArray[np.str_]


@dataclass(frozen=True)
class Scan:
    """A simulated scan: probability, truth, verdict; the inbox in its order of reading, the rest at random."""

    probabilities: Floats
    relevant: Bools
    verdicts: Bools
    inbox: NDArray[np.intp]
    others: NDArray[np.intp]
    off: str
    order: str
    slips: float

    def readings(self, places: NDArray[np.intp], source: Source) -> list[Reading]:
        pairs = zip(self.probabilities[places].tolist(), self.verdicts[places].tolist(), strict=True)
        return [Reading(p, verdict, source) for p, verdict in pairs]

    def estimate(self, n_inbox: int, n_sample: int, n_next: int = 0, *, inbox_only: bool = False) -> Remaining:
        """The estimate once so many have been read of the inbox, of the sample, and of the rest by probability."""
        read = self.readings(self.inbox[:n_inbox], Source.INBOX)
        unread = self.probabilities[self.inbox[n_inbox:]]
        if inbox_only:
            return estimate_remaining(read, unread, [])
        read += self.readings(self.others[:n_sample], Source.SAMPLE)
        ranked = self.by_probability(n_sample)
        read += self.readings(ranked[:n_next], Source.NEXT)
        return estimate_remaining(read, unread, self.probabilities[ranked[n_next:]])

    def by_probability(self, n_sample: int) -> NDArray[np.intp]:
        """Of what was not flagged nor sampled, the most probable first."""
        rest = self.others[n_sample:]
        return rest[np.argsort(-self.probabilities[rest], kind="stable")]


def load_labelled() -> Labelled:
    """What both stages say of passages that neither has seen, joined on other documents than each passage's own."""
    models = Settings().shipped_models_dir
    passages = read_training_files(sorted((models / "training").glob("*.jsonl")))
    unseen = held_out_documents(passages)
    passages = [passage for passage in passages if passage.doc in unseen]
    kit = load_label_kit(models, Path("absent"), starting_table())
    with np.load(models / "tagger" / HELD_OUT_FILE, allow_pickle=False) as arrays:
        stored = {name: arrays[name] for name in arrays.files}
    folds, scores = stored.pop("folds"), read_reader_scores(models / "reader")
    fitted = fit_closer_reading(
        passages,
        StageAnswers.from_arrays(stored),
        scores.scores,
        scores.heads,
        folds,
        kit.index,
        kit.closer.reader_version,
    )
    found = predictions_of(fitted.out_of_fold, kit.index.row_ids)
    return Labelled(
        np.clip([one.flag for one in found], 1e-4, 1 - 1e-4),
        np.array([passage.flag for passage in passages]),
        np.array([passage.doc for passage in passages]),
    )


def _log_odds(p: Floats) -> Floats:
    return np.log(p / (1 - p))


def draw_scan(labelled: Labelled, rng: np.random.Generator, slips: Sequence[float] = (0.0, 0.05, 0.1)) -> Scan:
    """A scan of passages of six documents in ten, with repetition."""
    documents = np.unique(labelled.documents)
    kept = np.isin(labelled.documents, rng.choice(documents, int(0.6 * len(documents)), replace=False))
    p, relevant = labelled.probabilities[kept], labelled.relevant[kept]
    n = int(np.exp(rng.uniform(np.log(200), np.log(5000))))
    prevalence = float(np.exp(rng.uniform(np.log(0.02), np.log(0.4))))
    off, order = str(rng.choice([*OFF, PREVALENCE_MOVED])), str(rng.choice([*ORDERS]))
    likely = relevant.astype(np.float64) if off == PREVALENCE_MOVED else p
    weights = likely * prevalence / likely.mean() + (1 - likely) * (1 - prevalence) / (1 - likely).mean()
    chosen = rng.choice(len(p), n, p=weights / weights.sum())
    moved, times = OFF.get(off, (0.0, 1.0))
    x, relevant = _log_odds(p[chosen]) * times + moved, relevant[chosen]
    share = float(rng.choice(slips))
    noise, told = ORDERS[order]
    inbox, others = np.flatnonzero(x >= 0), np.flatnonzero(x < 0)
    keys = x[inbox] + rng.normal(0, 1, len(inbox)) * noise + told * relevant[inbox]
    verdicts = relevant ^ (rng.random(n) < share)
    return Scan(
        1 / (1 + np.exp(-x)),
        relevant,
        verdicts,
        inbox[np.argsort(-keys, kind="stable")],
        rng.permutation(others),
        off,
        order,
        share,
    )


def scans(labelled: Labelled, n: int, **options: Any) -> Iterator[Scan]:
    """The scans of this benchmark, each from a seed of its own."""
    for i in range(n):
        yield draw_scan(labelled, np.random.default_rng([SEED, i]), **options)
