"""How good the first ten found are, beside the former way, on the training passages.

    python benchmarks/search_quality.py

Queries are 60 terms of the concept lexicon (the first Dutch and the first English term of 30 concepts, taken evenly),
right where a passage is labelled with a row of the concept, and all statements of the starting table in both languages,
right where a passage is labelled with that statement. "Other language" counts only passages that are not in the
language of the query.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from benchmarks.search_former import rank_formerly  # noqa: E402
from pipelines.language.search import rank_texts  # noqa: E402
from pipelines.language.static_encoder import load_encoder  # noqa: E402
from pipelines.table.starting import starting_table  # noqa: E402
from pipelines.themes.lexicon import load_lexicon  # noqa: E402

FILES = ("train_nl", "train_en", "own_nl", "own_en")
N_CONCEPTS = 30
FIRST = 10


def read_passages() -> list[dict]:
    """The training passages that search was always measured on."""
    return [
        json.loads(line)
        for name in FILES
        for line in (ROOT / f"models/training/{name}.jsonl").read_text(encoding="utf-8").splitlines()
    ]


def term_queries() -> list[tuple[str, str, frozenset[str]]]:
    """Query, its language, and the rows that make a passage right."""
    concepts = [c for c in load_lexicon().concepts if c.rows and c.nl.terms and c.en.terms]
    chosen = [concepts[i] for i in np.linspace(0, len(concepts) - 1, N_CONCEPTS).round().astype(int)]
    return [(c.words(code).terms[0], code, frozenset(c.rows)) for c in chosen for code in ("nl", "en")]


def statement_queries() -> list[tuple[str, str, frozenset[str]]]:
    """Query, its language, and the statement that makes a passage right."""
    table = starting_table()
    return [(s.text(code), code, frozenset({s.id})) for _, s in table.statements() for code in ("nl", "en")]


def precision(
    rank: Callable[[str], list[int]], queries: list[tuple[str, str, frozenset[str]]], field: str, passages: list[dict]
) -> tuple[float, float]:
    """Share of right ones among the first ten, in the other language and in both."""
    other: list[float] = []
    both: list[float] = []
    for query, language, wanted in queries:
        ranked = rank(query)
        apart = [i for i in ranked if passages[i]["lang"] != language]
        for found, figures in ((apart, other), (ranked, both)):
            figures.append(sum(bool(wanted & set(passages[i][field])) for i in found[:FIRST]) / FIRST)
    return float(np.mean(other)), float(np.mean(both))


def main() -> None:
    """Measure both ways and print a line each."""
    passages = read_passages()
    texts = [p["text"] for p in passages]
    encoder = load_encoder(ROOT / "models" / "encoder")
    vectors = encoder.encode(texts)
    ways: dict[str, Callable[[str], list[int]]] = {
        "former": lambda query: rank_formerly(query, texts, encoder.encode([query])[0], vectors),
        "present": lambda query: [i for i, _ in rank_texts(query, texts, encoder.encode([query])[0], vectors)],
    }
    for name, rank in ways.items():
        for kind, queries, field in (
            ("terms", term_queries(), "rows"),
            ("statements", statement_queries(), "statements"),
        ):
            other, both = precision(rank, queries, field, passages)
            sys.stdout.write(f"{name:8} {kind:10} other language {other:.3f}  both {both:.3f}\n")


if __name__ == "__main__":
    main()
