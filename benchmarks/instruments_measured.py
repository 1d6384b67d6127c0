"""How well the instruments are read in passages written and labelled apart from the building.

``python benchmarks/instruments_measured.py`` reads ``models/measuring/instruments_*.jsonl`` and writes JSON: precision,
recall and F1 of each family and label, by language, over all labels and over those that the models give; and the level
of recommendations.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flows.label import load_label_kit
from flows.tagging import TaggedLine, label_lines
from pipelines.settings import Settings
from pipelines.table.starting import starting_table

_ROOT = Path(__file__).resolve().parents[1]
_LISTS = {"uncertainties": "uncertainty", "groups": "group", "actors": "actor", "sectors": "sector"}
_APPLICATION = ("function", "users", "affected", "data", "model", "task", "autonomy")


def gold_labels(passage: dict[str, Any]) -> set[str]:
    """Labels of a measuring passage, as ``family.label``."""
    found = {f"{family}.{label}" for name, family in _LISTS.items() for label in passage[name]}
    found |= {f"occupation.{label}" for label in passage["occupations"]}
    if passage["action"]:
        found.add(f"action_theme.{passage['action']['theme']}")
        found |= {f"addressee.{actor}" for actor in passage["action"]["actors"]}
    application = passage["application"] or {}
    found |= {f"{name}.{application[name]}" for name in _APPLICATION if application.get(name)}
    if application.get("sector"):
        found.add(f"sector.{application['sector']}")
    return found


def _f1(right: int, given: int, labelled: int) -> dict[str, float | int]:
    return {
        "labelled": labelled,
        "given": given,
        "precision": round(right / max(given, 1), 3),
        "recall": round(right / max(labelled, 1), 3),
        "f1": round(2 * right / max(given + labelled, 1), 3),
    }


def measure(passages: Sequence[dict[str, Any]], tagged: Sequence[TaggedLine], told: frozenset[str]) -> dict[str, Any]:
    """Figures by label and by family; ``told`` are the labels that the models can give."""
    counts: dict[str, Counter[str]] = {"right": Counter(), "given": Counter(), "labelled": Counter()}
    for passage, line in zip(passages, tagged, strict=True):
        wanted = gold_labels(passage)
        read = line.labels.instruments
        found = set() if read is None else {tag.label for tag in read.tags}
        counts["right"].update(wanted & found)
        counts["given"].update(found)
        counts["labelled"].update(wanted)
    labels = sorted({*counts["labelled"], *counts["given"]})
    families = dict.fromkeys(label.partition(".")[0] for label in labels)

    def together(chosen: Sequence[str]) -> dict[str, float | int]:
        return _f1(*(sum(counts[name][label] for label in chosen) for name in ("right", "given", "labelled")))

    by_family = {family: [label for label in labels if label.startswith(f"{family}.")] for family in families}
    return {
        "families": {family: together(of_family) for family, of_family in by_family.items()},
        "families_of_given_labels": {
            family: together(chosen)
            for family, every in by_family.items()
            if (chosen := [x for x in every if x in told])
        },
        "labels": {label: together([label]) for label in labels},
        "advice": _advice(passages, tagged),
    }


def _advice(passages: Sequence[dict[str, Any]], tagged: Sequence[TaggedLine]) -> dict[str, Any]:
    """Whether it was seen that a passage asks for something, and at which level."""
    wanted = [passage["action"] for passage in passages]
    found = [line.labels.evidence for line in tagged]
    both = [(w, f) for w, f in zip(wanted, found, strict=True) if w and f.recommends]
    right = sum(f.level == w["level"] for w, f in both)
    return {
        **_f1(len(both), sum(f.recommends for f in found), sum(bool(w) for w in wanted)),
        "level_right": round(right / max(len(both), 1), 3),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the figures as JSON to the screen."""
    settings = Settings()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "files", nargs="*", type=Path, default=sorted((_ROOT / "models/measuring").glob("instruments_*"))
    )
    chosen = parser.parse_args(arguments)
    passages = [json.loads(line) for path in chosen.files for line in path.read_text(encoding="utf-8").splitlines()]
    kit = load_label_kit(settings.shipped_models_dir, settings.shipped_models_dir, starting_table())
    lines = ({"doc": p["id"], **{name: p[name] for name in ("text", "title", "section", "lang")}} for p in passages)
    tagged = list(label_lines(kit, lines))
    given = frozenset(kit.instruments.model.labels) if kit.instruments is not None else frozenset[str]()
    told: dict[str, Any] = {}
    for language in ("nl", "en", "all"):
        places = [i for i, p in enumerate(passages) if language in {p["lang"], "all"} or language == "all"]
        if places:
            told[language] = measure([passages[i] for i in places], [tagged[i] for i in places], given)
    json.dump(told, sys.stdout, indent=1)


if __name__ == "__main__":
    main()
