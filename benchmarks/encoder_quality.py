"""What the encoder is worth: Dutch against English, likeness of sentences, and passages of the same row of the table.

    python benchmarks/encoder_quality.py --encoder models/encoder [--sts FOLDER] [--write]

``--sts`` is a folder with ``stsb-{nl,en}-{dev,test}.csv`` (row-aligned, from the multilingual STS benchmark). None of
these texts is used in training. ``--write`` puts the figures into ``card.json`` and rewrites ``card.md``.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from pipelines.language.encoder import Encoder, FloatArray  # noqa: E402
from pipelines.language.static_encoder import load_encoder  # noqa: E402


def accuracy_at_one(queries: FloatArray, candidates: FloatArray) -> float:
    """Share of queries whose nearest candidate is the one in the same place."""
    return float(np.mean((queries @ candidates.T).argmax(axis=1) == np.arange(len(queries))))


def measure_table(encoder: Encoder) -> dict[str, float]:
    """Retrieval of the English statement from the Dutch one, and the other way round, over the starting table."""
    import yaml

    table = yaml.safe_load((ROOT / "pipelines/table/starting_table.yaml").read_text(encoding="utf-8"))
    statements = [s for row in table["rows"] for s in row["statements"] if s["nl"] and s["en"]]
    nl, en = (encoder.encode([s[language] for s in statements]) for language in ("nl", "en"))
    return {"table nl->en": accuracy_at_one(nl, en), "table en->nl": accuracy_at_one(en, nl)}


def measure_likeness(encoder: Encoder, folder: Path) -> dict[str, float]:
    """Rank correlation of cosine and the score people gave, within each language and across."""
    figures: dict[str, float] = {}
    for part in ("dev", "test"):
        vectors: dict[str, tuple[FloatArray, FloatArray]] = {}
        scores: list[float] = []
        for language in ("nl", "en"):
            with (folder / f"stsb-{language}-{part}.csv").open(encoding="utf-8", newline="") as file:
                rows = list(csv.reader(file))
            vectors[language] = encoder.encode([r[0] for r in rows]), encoder.encode([r[1] for r in rows])
            scores = [float(r[2]) for r in rows]
        for name, left, right in (("nl", "nl", "nl"), ("en", "en", "en"), ("nl x en", "nl", "en")):
            cosine = (vectors[left][0] * vectors[right][1]).sum(axis=1)
            figures[f"STS-b {part} {name}"] = float(spearmanr(cosine, scores)[0])  # pyright: ignore[reportArgumentType]
    return figures


def measure_rows(encoder: Encoder) -> dict[str, float]:
    """Share of passages whose nearest passages (10, of other documents) bear on the same first row.

    Passages of ``models/training`` with a row; within each language and across. No label is used to make the encoder.
    """
    passages: dict[str, list[dict]] = {}
    vectors: dict[str, FloatArray] = {}
    for language in ("nl", "en"):
        lines = (ROOT / f"models/training/train_{language}.jsonl").read_text(encoding="utf-8").splitlines()
        passages[language] = [p for p in map(json.loads, lines) if p["rows"]]
        vectors[language] = encoder.encode([p["text"] for p in passages[language]])
        mean = vectors[language].mean(axis=0)
        vectors[language] = (vectors[language] - mean) / np.linalg.norm(vectors[language] - mean, axis=1, keepdims=True)
    figures: dict[str, float] = {}
    for asked, given in (("nl", "nl"), ("en", "en"), ("nl", "en"), ("en", "nl")):
        cosine = vectors[asked] @ vectors[given].T
        if asked == given:
            documents = np.array([p["doc"] for p in passages[asked]])
            cosine[documents[:, None] == documents[None, :]] = -1
        nearest = np.argsort(-cosine, axis=1)[:, :10]
        rows_given = np.array([p["rows"][0] for p in passages[given]])
        rows_asked = np.array([p["rows"][0] for p in passages[asked]])
        figures[f"same row {asked}->{given}"] = float((rows_given[nearest] == rows_asked[:, None]).mean())
    return figures


def write_card(folder: Path, figures: dict[str, float]) -> None:
    """Put the figures into ``card.json`` and write ``card.md`` from it."""
    path = folder / "card.json"
    card = json.loads(path.read_text(encoding="utf-8"))
    card["figures"] = {name: round(value, 3) for name, value in figures.items()}
    path.write_text(json.dumps(card, indent=2, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")
    template = Path(__file__).with_name("encoder_card.md").read_text(encoding="utf-8")
    lines = [f"| {name} | {value:.3f} |" for name, value in card["figures"].items()]
    sources = [f"| {name} | {n:,} |" for name, n in sorted(card["training_rows"].items(), key=lambda item: -item[1])]
    megabytes = sum((folder / name).stat().st_size for name in card["files"]) / 1e6
    text = template.format(
        prose=", ".join(card["config"]["any_length"]),
        figures="\n".join(lines),
        sources="\n".join(sources),
        megabytes=f"{megabytes:.1f}",
        **card["config"],
    )
    (folder / "card.md").write_text(text, encoding="utf-8")


def main() -> None:
    """Measure and print, one figure a line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--encoder", type=Path, default=ROOT / "models/encoder")
    parser.add_argument("--sts", type=Path)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    encoder = load_encoder(arguments.encoder)
    figures = measure_table(encoder) | measure_rows(encoder)
    if arguments.sts:
        figures |= measure_likeness(encoder, arguments.sts)
    for name, value in figures.items():
        sys.stdout.write(f"{name:24} {value:.3f}\n")
    if arguments.write:
        write_card(arguments.encoder, figures)


if __name__ == "__main__":
    main()
