"""Trains the closer reader from ``models/training`` and writes ``models/reader``.

One document in seven is kept out of its sight: what the reader says of those is written to ``held_out.npz``, on which
``python -m flows.train`` learns how far to trust it beside the linear models.
"""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch  # pyright: ignore[reportMissingImports]

from pipelines.language.contextual_encoder import NETWORK_FILE
from pipelines.language.encoder_recipe.network import read_network, write_network
from pipelines.language.model_files import CARD_FILE, TOKENIZER_FILE, read_model_files, write_card
from pipelines.language.passage_reader import cut_passages, load_passage_reader
from pipelines.language.piece_vectors import PIECES_FILE
from pipelines.language.reader_recipe.network import build_reader
from pipelines.language.reader_recipe.questions import Questions, targets_of
from pipelines.language.reader_recipe.training import Reader, ReaderConfig, train_reader, weights_of
from pipelines.language.training_set import (
    HELD_OUT_FILE,
    TrainingPassage,
    held_out_documents,
    read_training_files,
    read_translations,
    training_hash,
)

logger = logging.getLogger(__name__)
ROOT = Path(__file__).resolve().parents[3]


def main() -> None:
    """Train, write and check the written network against the trained one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=Path, default=ROOT / "models")
    parser.add_argument("--rounds", type=int, default=ReaderConfig.rounds)
    parser.add_argument("--most", type=int, help="train on so many passages only (for tests)")
    chosen = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    config = ReaderConfig(rounds=chosen.rounds)
    paths = sorted((chosen.models / "training").glob("*.jsonl"))
    passages = read_training_files(paths)
    unseen = held_out_documents(passages)
    held_out = [p for p in passages if p.doc in unseen][: chosen.most]
    seen = [p for p in (*passages, *read_translations(chosen.models / "training", passages)) if p.doc not in unseen]
    seen = seen[: chosen.most]
    questions = questions_of(passages)
    logger.info("%s passages and translations to learn from, %s out of sight", len(seen), len(held_out))

    contextual = chosen.models / "contextual_encoder"
    tokenizer = read_model_files(contextual, (TOKENIZER_FILE,)).tokenizer()
    texts = [passage.as_text() for passage in seen]
    whole = cut_passages(tokenizer, texts)
    bare = cut_passages(tokenizer, [passage.as_text(bare=True) for passage in seen])
    weights = {name: torch.from_numpy(value) for name, value in read_network(contextual).items()}
    torch.manual_seed(config.seed)
    reader = Reader(weights, config.n_layers, len(questions.heads), config.dropout)
    train_reader(reader, whole, bare, targets_of(seen, questions), questions, config)

    folder = chosen.models / "reader"
    folder.mkdir(parents=True, exist_ok=True)
    write_network(folder, build_reader(weights_of(reader)))
    card = {
        "name": "reader",
        "heads": list(questions.heads),
        "config": asdict(config),
        "pieces": {
            name: json.loads((contextual / CARD_FILE).read_text(encoding="utf-8"))["files"][name]
            for name in (TOKENIZER_FILE, PIECES_FILE)
        },
        "training_files": [path.name for path in paths],
        "training_sha256": training_hash(paths),
        "n_seen": len(seen),
        "n_held_out": len(held_out),
    }
    write_card(folder, card, (NETWORK_FILE,))
    scores = load_passage_reader(folder, contextual).scores([passage.as_text() for passage in held_out])
    np.savez_compressed(
        folder / HELD_OUT_FILE,
        ids=np.asarray([passage.id for passage in held_out]),
        scores=scores.astype(np.float16),
        heads=np.asarray(questions.heads),
    )
    logger.info("written to %s", folder)


def questions_of(passages: Sequence[TrainingPassage]) -> Questions:
    """All rows and statements that labels name."""
    rows = sorted({row for passage in passages for row in passage.rows})
    return Questions(tuple(rows), tuple(sorted({s for passage in passages for s in passage.statements})))


if __name__ == "__main__":
    main()
