"""How much reading the order of the inbox saves, by simulated scans of labelled passages.

Usage: ``python benchmarks/reading_saved.py [--quick]``. Predictions are out of sight: the passages and their documents
were not used to train the models that speak of them. The weights in ``pipelines/review/candidates.py`` were chosen on
one half of the documents (:func:`chosen_on`); the scans here are of the other half. The figures in ``docs/reading.md``
and in the docstrings of ``pipelines/review`` are those of this table.

Two kinds of scan are simulated: *as labelled*, where nearly half of all passages are evidence; and *as in real
documents*, where one in ten is and the probabilities are blurred, so that about six in ten flags are right, as counted
by hand in real reports (``docs/limits.md``).
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from flows.label import load_label_kit
from flows.tagger_training import held_out_places
from flows.tagging_figures import Prediction
from flows.tagging_predictions import predictions_of
from pipelines.domain.evidence import EvidenceKind, Relation
from pipelines.domain.evidence_table import Column
from pipelines.evidence.closer import StageAnswers
from pipelines.evidence.closer_training import fit_closer_reading
from pipelines.language.encoder import FloatArray
from pipelines.language.training_set import (
    HELD_OUT_FILE,
    TrainingPassage,
    read_reader_scores,
    read_training_files,
)
from pipelines.review.candidates import Candidate, Weights
from pipelines.review.priority import order_inbox
from pipelines.settings import Settings
from pipelines.table.starting import starting_table

N_SCANS, N_QUICK = 100, 20
SHARE_OF_DOCUMENTS = 0.65
"""Of the documents of one half, drawn anew for each scan, in an order of arrival drawn anew."""
ONE_IN = 10
BLUR = 2.0
"""Standard deviation of what is added to the log odds of the flag for scans as in real documents: 57 in 100 flags are
right then (68 passages of evidence to 613 others: 75 without it)."""
SHARES = (0.5, 0.8, 0.95)

Order = NDArray[np.intp]


@dataclass(frozen=True)
class Labelled:
    """A passage with what a reader and what the models say of it."""

    candidate: Candidate
    passage: TrainingPassage

    @property
    def finding(self) -> Hashable:
        """Row, relation and statement by its reader; new points of one row count as one."""
        rows, statements = self.passage.rows, self.passage.statements
        return rows[0] if rows else None, self.passage.relation, statements[0] if statements else None


@dataclass(frozen=True)
class Scan:
    """Passages in order of arrival, with the probabilities as they are in this scan."""

    passages: tuple[Labelled, ...]
    flags: NDArray[np.float64]


def load() -> tuple[list[Labelled], FloatArray]:
    """Passages that the models have not seen, and their vectors."""
    models = Settings().shipped_models_dir
    kit = load_label_kit(models, Path("absent"), starting_table())
    passages = read_training_files(sorted((models / "training").glob("*.jsonl")))
    scores = read_reader_scores(models / "reader")
    held = [passages[i] for i in held_out_places(passages, scores)]
    with np.load(models / "tagger" / HELD_OUT_FILE, allow_pickle=False) as arrays:
        stored = {name: arrays[name] for name in arrays.files}
    folds = stored.pop("folds")
    first = StageAnswers.from_arrays(stored)
    version = kit.closer.reader_version
    fitted = fit_closer_reading(held, first, scores.scores, scores.heads, folds, kit.index, version)
    answers = fitted.out_of_fold
    predictions = predictions_of(answers, kit.index.row_ids)
    statements = answers.answers.statements
    found = [
        Labelled(_candidate(i, p, q, statements[i], kit.index.statement_ids), p)
        for i, (p, q) in enumerate(zip(held, predictions, strict=True))
    ]
    return found, kit.encoder.encode([p.text for p in held])


def _candidate(
    i: int, passage: TrainingPassage, prediction: Prediction, statements: NDArray[np.float64], ids: Sequence[str]
) -> Candidate:
    """As a scan would give it; the statement is the nearest of the first row (a scan looks at up to five rows)."""
    row = prediction.rows[0]
    own = np.where([name.startswith(f"{row}.") for name in ids], statements, 0.0)
    nearest = int(own.argmax())
    return Candidate(
        passage.id,
        prediction.flag,
        prediction.rows[:2],
        ids[nearest] if own[nearest] > 0 else None,
        float(own[nearest]),
        Relation(prediction.choices["relation"]),
        Column(prediction.choices["column"]),
        EvidenceKind(prediction.choices["evidence"]),
        passage.doc,
        vector_index=i,
    )


def chosen_on(document: str) -> bool:
    """Whether the weights were chosen on this document: half of them, by hash of the name."""
    return int(hashlib.sha256(document.encode()).hexdigest(), 16) % 2 == 0


def draw_scan(passages: Sequence[Labelled], seed: int, *, real: bool) -> Scan:
    """One scan; ``real`` for one as in real documents, where background passages come back as often as needed."""
    rng = np.random.default_rng(seed)
    documents = sorted({one.passage.doc for one in passages})
    arrived = [documents[i] for i in rng.permutation(len(documents))[: round(SHARE_OF_DOCUMENTS * len(documents))]]
    inside = [(arrived.index(one.passage.doc), one.passage.n, one) for one in passages if one.passage.doc in arrived]
    if real:
        background = [one for one in passages if not one.passage.flag]
        n_more = ONE_IN * sum(one.passage.flag for *_, one in inside) - len(inside)
        more = rng.integers(len(background), size=n_more)
        inside += [(int(rng.integers(len(arrived))), int(rng.integers(1, 11)), background[k]) for k in more]
    inside.sort(key=lambda placed: placed[:2])
    ordered = tuple(one for *_, one in inside)
    flags = np.asarray([one.candidate.flag for one in ordered])
    if real:
        sure = np.clip(flags, 1e-4, 1 - 1e-4)
        flags = 1 / (1 + np.exp(-(np.log(sure / (1 - sure)) + rng.normal(0, BLUR, len(flags)))))
    return Scan(ordered, flags)


def read_in_order(scan: Scan, vectors: FloatArray, weights: Weights | None) -> Order:
    """Places in ``scan`` by the order of the inbox."""
    candidates = [
        replace(one.candidate, item_id=f"{i:06}", flag=float(flag))
        for i, (one, flag) in enumerate(zip(scan.passages, scan.flags, strict=True))
    ]
    return np.asarray([int(placed.item_id) for placed in order_inbox(candidates, vectors, weights=weights)])


def measure(scan: Scan, order: Order) -> dict[str, float]:
    """Passages read until shares of evidence, of findings and of contradictions are found, and work saved at 95 %.

    Work saved over sampling is that of Cohen and others (2006): the share of passages not read at 95 % of the evidence,
    less the 5 % that reading at random would save as well.
    """
    read = [scan.passages[i] for i in order]
    evidence = np.asarray([one.passage.flag for one in read])
    seen: set[Hashable] = set()
    first: list[bool] = []
    for one in read:
        first.append(one.passage.flag and one.finding not in seen)
        if one.passage.flag:
            seen.add(one.finding)
    opposed = np.asarray([one.passage.relation == Relation.CONTRADICTS for one in read])
    found: dict[str, float] = {}
    for name, hits in (
        ("evidence", evidence),
        ("findings", np.asarray(first)),
        ("contradictions", np.asarray(first) & opposed),
    ):
        total = np.cumsum(hits)
        found |= {f"{name} {share:.0%}": float(np.argmax(total >= share * total[-1]) + 1) for share in SHARES}
    found["WSS@95"] = 1 - found["evidence 95%"] / len(read) - 0.05
    fifth = read[: len(read) // 5]
    found["Dutch, first fifth"] = float(np.mean([one.passage.lang == "nl" for one in fifth if one.passage.flag]))
    return found


def orders(scan: Scan, vectors: FloatArray, *, ablations: bool) -> dict[str, Order]:
    """The ways of reading that are compared."""
    w = Weights()
    ways: Mapping[str, Weights] = {
        "our order": w,
        "without novelty": replace(w, any_use=w.any_use + w.novelty, novelty=0.0),
        "without impact": replace(w, any_use=w.any_use + w.impact, impact=0.0),
        "without row and source": replace(w, any_use=w.any_use + w.row + w.source, row=0.0, source=0.0),
        "without uncertainty": replace(w, any_use=w.any_use + w.uncertainty, uncertainty=0.0),
    }
    found = {
        "chronological": np.arange(len(scan.passages)),
        "probability": np.argsort(-scan.flags, kind="stable"),
    }
    chosen = ways if ablations else {"our order": w}
    return found | {name: read_in_order(scan, vectors, weights) for name, weights in chosen.items()}


def compare(
    passages: Sequence[Labelled], vectors: FloatArray, n_scans: int, *, real: bool, ablations: bool
) -> list[str]:
    """Lines of the table of one kind of scan: mean and, over the scans, the interval of 95 %.

    ``of probability`` is the mean, over the scans, of reading by an order over reading by probability alone.
    """
    results: dict[str, list[dict[str, float]]] = {}
    sizes, right = [], []
    for seed in range(n_scans):
        scan = draw_scan(passages, seed, real=real)
        truth = np.asarray([one.passage.flag for one in scan.passages])
        sizes.append((len(truth), truth.sum(), len({o.finding for o in scan.passages if o.passage.flag})))
        right.append(truth[scan.flags >= 0.5].mean())
        for name, order in orders(scan, vectors, ablations=ablations).items():
            results.setdefault(name, []).append(measure(scan, order))
    n, n_evidence, n_findings = np.mean(sizes, axis=0)
    kind = "as in real documents" if real else "as labelled"
    lines = [
        f"Scans {kind}: {n_scans} of {n:.0f} passages, {n_evidence:.0f} evidence, {n_findings:.0f} findings; "
        f"{np.mean(right):.2f} of flags right"
    ]
    for name, rows in results.items():
        lines.append(f"  {name}")
        for figure in rows[0]:
            values = np.asarray([row[figure] for row in rows])
            low, high = np.percentile(values, [2.5, 97.5])
            digits = 2 if figure.startswith(("WSS", "Dutch")) else 0
            line = f"    {figure:20} {values.mean():7.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"
            if digits == 0 and name not in ("chronological", "probability"):
                ratios = values / [row[figure] for row in results["probability"]]
                low, high = np.percentile(ratios, [2.5, 97.5])
                line += f"   of probability {ratios.mean():.2f} ({low:.2f} to {high:.2f})"
            lines.append(line)
    return lines


def main() -> None:
    """Simulate and print."""
    quick = "--quick" in sys.argv[1:]
    passages, vectors = load()
    measured = [one for one in passages if not chosen_on(one.passage.doc)]
    for real in (False, True):
        for line in compare(measured, vectors, N_QUICK if quick else N_SCANS, real=real, ablations=not quick):
            sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
