"""The passages that ways of making topics are measured on: those of ``models/training`` that bear on a row."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from pipelines.domain.topics import TopicPassage
from pipelines.language.concepts import ConceptMatcher, Lexicon
from pipelines.language.contextual_encoder import load_contextual_encoder
from pipelines.language.static_encoder import load_encoder
from pipelines.themes.lexicon import load_lexicon
from pipelines.topics.vocabulary import Vocabulary

ROOT = Path(__file__).resolve().parent.parent
FILES = ("train_nl", "train_en")


def read_lexicon() -> Lexicon:
    """The shipped one."""
    return load_lexicon()


def read_vocabulary() -> Vocabulary:
    """Of the shipped lexicon."""
    lexicon = read_lexicon()
    return Vocabulary(lexicon, ConceptMatcher(lexicon))


def as_topic_passages(held: dict[str, list]) -> list[TopicPassage]:
    """The form that the topic stage reads."""
    columns = zip(held["ids"], held["documents"], held["languages"], held["texts"], strict=True)
    return [
        TopicPassage(id=str(name), document_id=str(document), language=str(language), text=str(text))
        for name, document, language, text in columns
    ]


def make_passages(work: Path) -> None:
    """Passages, their concepts and vectors, kept in ``work`` where they are not there yet."""
    work.mkdir(parents=True, exist_ok=True)
    if (work / "passages.json").exists():
        return
    lines = [
        json.loads(line)
        for name in FILES
        for line in (ROOT / f"models/training/{name}.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    lines = [line for line in lines if line["rows"]]
    held: dict[str, list] = {
        "ids": [f"{line['doc']}-{line['n']:04d}" for line in lines],
        "documents": [line["doc"] for line in lines],
        "languages": [line["lang"] for line in lines],
        "texts": [line["text"] for line in lines],
        # Nine in ten bear on one row.
        "rows": [line["rows"][0] for line in lines],
    }
    held["concepts"] = [dict(found) for found in read_vocabulary().read(as_topic_passages(held))]
    for name, encoder in (
        ("static", load_encoder(ROOT / "models/encoder")),
        ("contextual", load_contextual_encoder(ROOT / "models/contextual_encoder")),
    ):
        np.savez(work / f"vectors_{name}.npz", vectors=encoder.encode(held["texts"]).astype(np.float32))
    (work / "passages.json").write_text(json.dumps(held, ensure_ascii=False), encoding="utf-8")
