"""How well figures are found in passages written and labelled apart: ``python benchmarks/figures_measured.py``.

A figure counts where its value is right (a ratio within its rounding) and its unit: for what is counted,
the noun as printed; a count without a noun of its own has to be one of the same kind, of people, of organisations or of
things, since its label is no word of the passage. What it measures counts
where at least half of the words of both stretches are shared. Of place, period, population, source and role the share
of found figures is told for which they are right, nothing where the passage says nothing being right as well.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipelines.domain.evidence import Figure
from pipelines.evidence.figures import find_figures
from pipelines.evidence.figures_context import describe_figures
from pipelines.language.sentences import sentence_spans
from pipelines.language.training_set import read_training_files

_ROOT = Path(__file__).resolve().parents[1]
_CLOSED = (
    *("%", "percentage points", "EUR", "USD", "GBP", "CHF", "hours", "minutes", "seconds", "days", "weeks", "months"),
    *("years", "full-time jobs", "points", "standard deviations", "times", "kilograms", "tonnes"),
)
#: Ratios are labelled with one or two decimals.
_ROUNDING = 0.051
_KINDS = {
    "people": "people workers employees respondents participants managers experts researchers self-employed members"
    " women men applicants customers patients users students teachers",
    "organisations": "organisations firms municipalities institutions employers start-ups schools centres hospitals"
    " laboratories works-councils households teams",
}
_CONTEXT = {"place": "place", "period": "period", "population": "population", "source": "source_kind", "role": "role"}


@dataclass
class Hits:
    """What was found of the labelled figures of one language."""

    n_passages: int = 0
    n_labelled: int = 0
    n_found: int = 0
    n_right: int = 0
    n_measured: int = 0
    n_measures_right: int = 0
    context: dict[str, int] = field(default_factory=dict[str, int])
    pairs: list[int] = field(default_factory=lambda: [0, 0, 0])

    def figures(self) -> dict[str, float | int]:
        """Shares, rounded."""
        precision, recall = self.n_right / max(self.n_found, 1), self.n_right / max(self.n_labelled, 1)
        right, found, labelled = self.pairs
        return {
            "passages": self.n_passages,
            "figures": self.n_labelled,
            "precision": round(precision, 3),
            "recall": round(recall, 3),
            "f1": round(2 * self.n_right / max(self.n_found + self.n_labelled, 1), 3),
            "measures": round(self.n_measures_right / max(self.n_measured, 1), 3),
            **{name: round(self.context.get(name, 0) / max(self.n_right, 1), 3) for name in _CONTEXT},
            "comparisons_f1": round(2 * right / max(found + labelled, 1), 3),
        }


def _same_value(found: str, wanted: str) -> bool:
    single = "-" not in found and "-" not in wanted
    return found == wanted or (single and abs(float(found) - float(wanted)) <= _ROUNDING * (float(wanted) % 1 != 0))


def _same_unit(found: Figure, gold: dict[str, Any]) -> bool:
    unit, wanted = found.unit.split(" per ")[0], str(gold["unit"]).split(" per ")[0]
    if unit == wanted:
        return True
    if unit in _CLOSED or wanted in _CLOSED:
        return False
    if unit in {"n", "N"}:  # the size of a sample, without a word for what is counted
        return True
    if not re.search(r"[^\W\d_]{3}", re.sub(r" (?:of|van) (?:them|these|hen|deze)$|daarvan$", "", gold["text"])):
        return bool(unit) and (not wanted or _kind_of_count(unit) == _kind_of_count(wanted))
    if gold["text"].lower().startswith(found.text.lower()) and re.search(r"[^\W\d_]{3}", found.text):
        return True  # "212 managers" of "212 managers and councillors"
    return found.text.split()[-1].lower() == gold["text"].split()[-1].lower() and len(found.text.split()) > 1


def _kind_of_count(unit: str) -> str:
    return next((kind for kind, units in _KINDS.items() if unit in units.split()), "things")


def _half_shared(found: str, wanted: str) -> bool:
    mine, theirs = set(found.lower().split()), set(wanted.lower().split())
    return len(mine & theirs) * 2 >= len(mine | theirs)


def _agrees(found: str, wanted: str | None) -> bool:
    mine, theirs = found.lower(), (wanted or "").lower()
    return mine == theirs or bool(mine and theirs and (mine in theirs or theirs in mine))


def measure(passages: Sequence[dict[str, Any]]) -> Hits:
    """Of labelled passages of one language."""
    hits = Hits(n_passages=len(passages))
    for passage in passages:
        text, language = passage["text"], passage["lang"]
        spans = sentence_spans(text)
        found = describe_figures(text, language, find_figures(text, language, spans), spans)
        hits.n_labelled += len(passage["figures"])
        hits.n_found += len(found)
        taken: dict[int, Figure] = {}
        for place, gold in enumerate(passage["figures"]):
            one = next(
                (
                    f
                    for f in found
                    if f not in taken.values() and _same_value(f.value, gold["value"]) and _same_unit(f, gold)
                ),
                None,
            )
            if one is not None:
                taken[place] = one
        _count(hits, passage["figures"], taken)
    return hits


def _count(hits: Hits, labelled: Sequence[dict[str, Any]], taken: dict[int, Figure]) -> None:
    starts = {figure.start: place for place, figure in taken.items()}
    for place, figure in taken.items():
        gold = labelled[place]
        hits.n_right += 1
        if gold["measures"]:
            hits.n_measured += 1
            hits.n_measures_right += _half_shared(figure.measures, gold["measures"])
        for name, label in _CONTEXT.items():
            hits.context[name] = hits.context.get(name, 0) + _agrees(str(getattr(figure, name) or ""), gold[label])
        partner = None if figure.compared_with is None else starts.get(figure.compared_with, -1)
        hits.pairs[0] += gold["compared_with"] is not None and partner == gold["compared_with"]
        hits.pairs[1] += figure.compared_with is not None
        hits.pairs[2] += gold["compared_with"] is not None


def development_passages() -> list[dict[str, Any]]:
    """Training passages whose figures were labelled to build with: never a measure of anything."""
    training = _ROOT / "models" / "training"
    labels = [
        json.loads(line)
        for path in (training / "figures" / "nl.jsonl", training / "figures" / "en.jsonl")
        for line in path.open()
    ]
    texts = {passage.id: passage for passage in read_training_files(sorted(training.glob("*.jsonl")))}
    known = [(texts.get(f"{one['doc']}/{one['n']}"), one) for one in labels]
    return [{"lang": passage.lang, "text": passage.text, **one} for passage, one in known if passage is not None]


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the figures as JSON to the screen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "files", nargs="*", type=Path, default=sorted((_ROOT / "models/measuring").glob("figures_*.jsonl"))
    )
    parser.add_argument("--development", action="store_true", help="the labelled training passages instead")
    chosen = parser.parse_args(arguments)
    passages = (
        development_passages()
        if chosen.development
        else [json.loads(line) for path in chosen.files for line in path.read_text(encoding="utf-8").splitlines()]
    )
    told = {
        language: measure([p for p in passages if language in {p["lang"], "all"} or language == "all"]).figures()
        for language in ("nl", "en", "all")
    }
    json.dump(told, sys.stdout, indent=1)


if __name__ == "__main__":
    main()
