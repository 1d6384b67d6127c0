"""Trains the weights with which what a figure measures is chosen: a linear model of how far stretches overlap.

``python -m pipelines.evidence.figures_measures_training`` reads ``models/training/figures/measures.jsonl`` and writes
``pipelines/evidence/measure_weights.json``; it takes some ten seconds and gives the same file each time. It says how
often the chosen stretch shares half of its words with the labelled one, in passages that it was not fitted on.
"""

from __future__ import annotations

import argparse
import json
import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import Ridge

from pipelines.evidence.figures import locate_figures
from pipelines.evidence.figures_ellipses import Found
from pipelines.evidence.figures_measures import WEIGHTS_FILE, Stretch, crossed, described, measures_of
from pipelines.language.sentences import sentence_spans
from pipelines.language.training_set import read_training_files

logger = logging.getLogger(__name__)

_ROOT = Path(__file__).resolve().parents[2]
_RIDGE = 60.0
N_FOLDS = 5
_SMALLEST = 0.002
ENOUGH = 0.5
"""Share of the words of both stretches together that they have in common, from which they say the same."""


@dataclass(frozen=True)
class MeasuredPassage:
    """A passage whose figures are found, with the labelled stretch of those that are labelled too."""

    name: str
    text: str
    code: str
    found: Sequence[Found]
    sentences: Sequence[tuple[int, int]]
    wanted: Sequence[str | None]
    """In the order of ``found``."""


def shared(mine: str, theirs: str) -> float:
    """Share of the words of two stretches together that both have."""
    a, b = set(mine.lower().split()), set(theirs.lower().split())
    return len(a & b) / max(len(a | b), 1)


def read_measured(root: Path = _ROOT) -> list[MeasuredPassage]:
    """All passages whose figures were labelled with what they measure."""
    training = root / "models" / "training"
    texts = {p.id: (p.text, p.lang) for p in read_training_files(sorted(training.glob("*.jsonl")))}
    for path in sorted((root / "models" / "measuring").glob("instruments_*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            one = json.loads(line)
            texts[one["id"]] = one["text"], one["lang"]
    lines = (training / "figures" / "measures.jsonl").read_text(encoding="utf-8").splitlines()
    labelled = [json.loads(line) for line in lines]
    texts |= {one["passage"]: (one["text"], one["lang"]) for one in labelled if "text" in one}
    return [_measured(one["passage"], *texts[one["passage"]], one["figures"]) for one in labelled]


def _measured(name: str, text: str, language: str, labelled: Iterable[Mapping[str, str | None]]) -> MeasuredPassage:
    """Labels go to the figures that are found with the same words, in order."""
    code = "nl" if language == "nl" else "en"
    sentences = sentence_spans(text)
    found = locate_figures(text, code, sentences)
    wanted: list[str | None] = [None] * len(found)
    begin = 0
    for label in labelled:
        place = text.find(str(label["text"]), begin)
        if place < 0:
            continue
        for k, figure in enumerate(found):
            if wanted[k] is None and figure.start < place + len(str(label["text"])) and place < figure.end:
                wanted[k] = label["measures"]
                break
        begin = place + 1
    return MeasuredPassage(name, text, code, found, sentences, wanted)


def fit(passages: Sequence[MeasuredPassage]) -> dict[str, float]:
    """Weights by feature."""
    vocabulary: dict[str, int] = {}
    rows: list[list[int]] = []
    overlap: list[float] = []
    for passage in passages:
        chosen = [_stretch_of(passage, k) for k in range(len(passage.found))]
        for k, wanted in enumerate(passage.wanted):
            if not wanted:
                continue
            stretches = described(passage.text, passage.code, passage.found, k, passage.sentences, chosen)
            for (start, end), (own, context) in stretches.items():
                names = sorted(crossed(own, context))
                rows.append([vocabulary.setdefault(name, len(vocabulary)) for name in names])
                overlap.append(shared(passage.text[start:end], wanted))
    starts = np.cumsum([0, *map(len, rows)])
    places = np.asarray([place for row in rows for place in row])
    matrix = csr_matrix((np.ones(len(places)), places, starts), shape=(len(rows), len(vocabulary)))
    model = Ridge(alpha=_RIDGE, solver="cholesky" if len(vocabulary) < len(rows) else "auto")
    model.fit(matrix.toarray(), np.asarray(overlap))
    coefficients: NDArray[np.float64] = np.asarray(model.coef_)
    weights = {name: round(float(coefficients[place]), 4) for name, place in vocabulary.items()}
    return {name: weight for name, weight in sorted(weights.items()) if abs(weight) >= _SMALLEST}


def _stretch_of(passage: MeasuredPassage, k: int) -> Stretch | None:
    """Where the labelled stretch of a figure stands, the nearest to it."""
    wanted, figure = passage.wanted[k], passage.found[k]
    if not wanted:
        return None
    places = [match.span() for match in re.finditer(re.escape(wanted), passage.text)]
    return min(places, key=lambda span: min(abs(span[0] - figure.end), abs(figure.start - span[1])), default=None)


def hits(passages: Sequence[MeasuredPassage], weights: Mapping[str, float]) -> NDArray[np.bool_]:
    """For each labelled figure whether the chosen stretch shares enough words with the labelled one."""
    right: list[bool] = []
    for passage in passages:
        chosen = measures_of(passage.text, passage.code, passage.found, passage.sentences, weights)
        for stretch, wanted in zip(chosen, passage.wanted, strict=True):
            if wanted:
                words = "" if stretch is None else passage.text[slice(*stretch)]
                right.append(shared(words, wanted) >= ENOUGH)
    return np.asarray(right)


def cross_validated(passages: Sequence[MeasuredPassage]) -> dict[str, float]:
    """Share of labelled figures that are told rightly in passages not fitted on, by language and over all."""
    by_language: dict[str, list[bool]] = {"nl": [], "en": []}
    for fold in range(N_FOLDS):
        weights = fit([p for i, p in enumerate(passages) if i % N_FOLDS != fold])
        for code, right in by_language.items():
            right += hits(
                [p for i, p in enumerate(passages) if i % N_FOLDS == fold and p.code == code], weights
            ).tolist()
    every = [one for right in by_language.values() for one in right]
    return {code: float(np.mean(right)) for code, right in (*by_language.items(), ("all", every))}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, fit on everything and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=WEIGHTS_FILE)
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    passages = read_measured()
    logger.info("%d passages, %d labelled", len(passages), sum(bool(w) for p in passages for w in p.wanted))
    told = cross_validated(passages)
    logger.info("not fitted on: %s", ", ".join(f"{name} {share:.3f}" for name, share in told.items()))
    weights = fit(passages)
    chosen.out.write_text(json.dumps(weights, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    logger.info("%d weights written to %s", len(weights), chosen.out)


if __name__ == "__main__":
    main()
