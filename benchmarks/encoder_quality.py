"""What an encoder is worth: retrieval, likeness and topical judgement in both languages; writes its card.

    python benchmarks/encoder_quality.py [--encoder models/contextual_encoder] [--sts FOLDER] [--write]

Always measured, on the evidence table that comes with the program (its statements are not trained on): finding the
statement in the other language; whether the nearest other statement belongs to the same row; a classifier of the
chapter, trained on the other statements in one language and tried on this one in the other. And on the passages of
``models/training``: whether the nearest passages of other documents bear on the same row. With ``--sts``, a folder
with ``stsb-{nl,en}-{dev,test}.csv`` (sentence, sentence, score; rows aligned): STS-b, and whether a sentence and its
translation fall into the same of twenty clusters. ``--write`` puts the figures into ``card.json`` and writes
``card.md``.
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

from pipelines.language.contextual_encoder import NETWORK_FILE, load_contextual_encoder  # noqa: E402
from pipelines.language.encoder import Encoder, FloatArray  # noqa: E402
from pipelines.language.static_encoder import load_encoder  # noqa: E402

LANGUAGES = ("nl", "en")


def accuracy_at_one(queries: FloatArray, candidates: FloatArray) -> float:
    """Share of queries whose nearest candidate is the one in the same place."""
    return float(np.mean((queries @ candidates.T).argmax(axis=1) == np.arange(len(queries))))


def centred(vectors: FloatArray) -> FloatArray:
    """Vectors less their mean, unit length."""
    moved = vectors - vectors.mean(axis=0)
    return moved / np.linalg.norm(moved, axis=1, keepdims=True)


def measure_table(encoder: Encoder) -> dict[str, float]:
    """Retrieval across languages, same row of the nearest, and chapter across languages, over the starting table."""
    import yaml
    from sklearn.linear_model import LogisticRegression

    table = yaml.safe_load((ROOT / "pipelines/table/starting_table.yaml").read_text(encoding="utf-8"))
    found = [(row, s) for row in table["rows"] for s in row["statements"] if s["nl"] and s["en"]]
    rows, chapters = (np.array([row[name] for row, _ in found]) for name in ("id", "chapter"))
    vectors = {language: encoder.encode([s[language] for _, s in found]) for language in LANGUAGES}
    figures: dict[str, float] = {}
    for asked, given in (("nl", "en"), ("en", "nl")):
        figures[f"table {asked}->{given}"] = accuracy_at_one(vectors[asked], vectors[given])
    for language in LANGUAGES:
        cosine = vectors[language] @ vectors[language].T
        np.fill_diagonal(cosine, -1)
        figures[f"statement, same row {language}"] = float(np.mean(rows[cosine.argmax(axis=1)] == rows))
    for learned, tried in (("nl", "en"), ("en", "nl")):
        left, right = centred(vectors[learned]), centred(vectors[tried])
        right_ones = 0
        for i in range(len(rows)):
            others = np.arange(len(rows)) != i
            model = LogisticRegression(C=10, class_weight="balanced", max_iter=1000)
            right_ones += int(model.fit(left[others], chapters[others]).predict(right[i : i + 1])[0] == chapters[i])
        figures[f"statement, chapter {learned}->{tried}"] = right_ones / len(rows)
    return figures


def measure_likeness(encoder: Encoder, folder: Path) -> dict[str, float]:
    """Rank correlation of cosine and the score people gave, and whether translations fall into one cluster."""
    from sklearn.cluster import KMeans

    figures: dict[str, float] = {}
    for part in ("dev", "test"):
        vectors: dict[str, tuple[FloatArray, FloatArray]] = {}
        scores: list[float] = []
        for language in LANGUAGES:
            with (folder / f"stsb-{language}-{part}.csv").open(encoding="utf-8", newline="") as file:
                rows = list(csv.reader(file))
            vectors[language] = encoder.encode([r[0] for r in rows]), encoder.encode([r[1] for r in rows])
            scores = [float(r[2]) for r in rows]
        for name, left, right in (("nl", "nl", "nl"), ("en", "en", "en"), ("nl x en", "nl", "en")):
            cosine = (vectors[left][0] * vectors[right][1]).sum(axis=1)
            figures[f"STS-b {part} {name}"] = float(spearmanr(cosine, scores)[0])  # pyright: ignore[reportArgumentType]
        both = np.concatenate([np.concatenate(vectors[language]) for language in LANGUAGES])
        labels = KMeans(20, n_init=3, random_state=0).fit_predict(both)
        half = len(both) // 2
        figures[f"same cluster {part}"] = float(np.mean(labels[:half] == labels[half:]))
    return figures


def measure_rows(encoder: Encoder) -> dict[str, float]:
    """Share of passages whose nearest passages (10, of other documents) bear on the same first row.

    Passages of ``models/training`` with a row; within each language and across. Their rows are not trained on.
    """
    passages: dict[str, list[dict]] = {}
    vectors: dict[str, FloatArray] = {}
    for language in LANGUAGES:
        lines = (ROOT / f"models/training/train_{language}.jsonl").read_text(encoding="utf-8").splitlines()
        passages[language] = [p for p in map(json.loads, lines) if p["rows"]]
        vectors[language] = centred(encoder.encode([p["text"] for p in passages[language]]))
    figures: dict[str, float] = {}
    for asked, given in (("nl", "nl"), ("en", "en"), ("nl", "en"), ("en", "nl")):
        cosine = vectors[asked] @ vectors[given].T
        if asked == given:
            documents = np.array([p["doc"] for p in passages[asked]])
            cosine[documents[:, None] == documents[None, :]] = -1
        nearest = np.argsort(-cosine, axis=1)[:, :10]
        rows_given = np.array([p["rows"][0] for p in passages[given]])
        rows_asked = np.array([p["rows"][0] for p in passages[asked]])
        figures[f"passage, same row {asked}->{given}"] = float((rows_given[nearest] == rows_asked[:, None]).mean())
    return figures


def write_card(folder: Path, figures: dict[str, float]) -> None:
    """Put the figures into ``card.json`` and write ``card.md`` from it."""
    path = folder / "card.json"
    card = json.loads(path.read_text(encoding="utf-8"))
    card["figures"] = {name: round(value, 3) for name, value in figures.items()}
    path.write_text(json.dumps(card, indent=2, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")
    template = Path(__file__).with_name(f"{card['name']}_card.md").read_text(encoding="utf-8")
    lines = [f"| {name} | {value:.3f} |" for name, value in card["figures"].items()]
    sources = [f"| {name} | {n:,} |" for name, n in sorted(card["training_rows"].items(), key=lambda item: -item[1])]
    megabytes = sum((folder / name).stat().st_size for name in card["files"]) / 1e6
    text = template.format(
        figures="\n".join(lines), sources="\n".join(sources), megabytes=f"{megabytes:.1f}", **card["config"]
    )
    (folder / "card.md").write_text(text, encoding="utf-8")


def main() -> None:
    """Measure and print, one figure a line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--encoder", type=Path, default=ROOT / "models/encoder")
    parser.add_argument("--sts", type=Path)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    load = load_contextual_encoder if (arguments.encoder / NETWORK_FILE).exists() else load_encoder
    encoder = load(arguments.encoder)
    figures = measure_table(encoder) | measure_rows(encoder)
    if arguments.sts:
        figures |= measure_likeness(encoder, arguments.sts)
    for name, value in figures.items():
        sys.stdout.write(f"{name:32} {value:.3f}\n")
    if arguments.write:
        write_card(arguments.encoder, figures)


if __name__ == "__main__":
    main()
