"""How well the bounds of doubt find the passages on which the models are wrong.

Usage: ``python benchmarks/doubtful_passages.py GOLD.jsonl [GOLD.jsonl ...]``, with labelled passages that the models
have not learned from, in the form of ``models/training``. The figures beside the bounds in
``pipelines/second_opinion/doubt.py`` are those of this table.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flows.label import load_label_kit
from flows.tagging import label_lines
from pipelines.domain.evidence import Labels
from pipelines.second_opinion.doubt import LEAST_FLAG, doubt, flag_doubt, rank_doubtful, row_doubt, theme_doubt
from pipelines.settings import Settings
from pipelines.table.starting import starting_table


def wrong(labels: Labels, gold: dict[str, Any]) -> tuple[bool, bool, bool]:
    """Whether flag, first row (of evidence) and themes differ from the gold labels."""
    evidence = labels.evidence
    first = evidence.rows[0].id if evidence.rows else None
    row = bool(gold["flag"] and gold["rows"]) and first not in gold["rows"][:1]
    return evidence.flagged != gold["flag"], row, {t.value for t in labels.tags.given()} != set(gold["themes"])


def _line(name: str, doubtful: Sequence[bool], bad: Sequence[bool]) -> str:
    inside = [b for d, b in zip(doubtful, bad, strict=True) if d]
    outside = [b for d, b in zip(doubtful, bad, strict=True) if not d]
    share, found = len(inside) / len(bad), f"{sum(inside)} of {sum(bad)}"
    rates = [sum(part) / max(len(part), 1) for part in (inside, outside)]
    return f"{name:8} {share:7.2f} {found:>11} {rates[0]:8.2f} {rates[1]:8.2f}"


def measure(labels: Sequence[Labels], gold: Sequence[dict[str, Any]]) -> list[str]:
    """Lines of the table."""
    bad = [wrong(one, g) for one, g in zip(labels, gold, strict=True)]
    flags, rows, themes = (list(column) for column in zip(*bad, strict=True))
    anything = [any(b) for b in bad]
    lines = [f"{'doubt':8} {'share':>7} {'wrong':>11} {'inside':>8} {'outside':>8}"]
    lines.append(_line("flag", [flag_doubt(one.evidence) > 0 for one in labels], flags))
    seen = [i for i, one in enumerate(labels) if one.evidence.flag >= LEAST_FLAG]
    lines.append(_line("row", [row_doubt(labels[i].evidence) > 0 for i in seen], [rows[i] for i in seen]))
    lines.append(_line("theme", [theme_doubt(one.tags) > 0 for one in labels], themes))
    lines.append(_line("any", [doubt(one) > 0 for one in labels], anything))
    ranked = rank_doubtful(labels, [one.evidence.passage_id for one in labels])
    for n in (20, 40, 60):
        found = sum(flags[i] or rows[i] for i in ranked[:n])
        lines.append(f"the first {n}: {found} of {sum(f or r for f, r, _ in bad)} wrong flags and rows")
    return lines


def main() -> None:
    """Measure on the files that are named."""
    gold = [json.loads(line) for name in sys.argv[1:] for line in Path(name).read_text("utf-8").splitlines()]
    if not gold:
        sys.exit(__doc__)
    settings = Settings()
    kit = load_label_kit(settings.shipped_models_dir, settings.models_dir, starting_table())
    for line in measure([tagged.labels for tagged in label_lines(kit, gold)], gold):
        sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
