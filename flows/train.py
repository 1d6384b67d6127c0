"""Trains the models of themes and evidence from ``models/training`` and writes them with their card.

``python -m flows.train`` takes some minutes on two cores; the same input gives the same file. The closer reader must be
there (``python -m pipelines.language.reader_recipe``).
"""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Sequence
from importlib.metadata import version as package_version
from pathlib import Path

import numpy as np

from flows.label import MODEL_FILE, build_label_kit
from flows.tagger_training import train
from flows.tagging_card import Measured, write_card
from flows.tagging_predictions import predict
from pipelines.evidence.key_sentence import load_key_sentence_model
from pipelines.language.passage_reader import load_passage_reader
from pipelines.language.static_encoder import load_encoder
from pipelines.language.training_set import (
    HELD_OUT_FILE,
    read_reader_scores,
    read_training_files,
    read_translations,
    training_hash,
)
from pipelines.settings import Settings
from pipelines.store.files import write_whole
from pipelines.table.starting import starting_table
from pipelines.themes.lexicon import SHIPPED_LEXICON, load_lexicon

logger = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, write ``models/tagger`` and say where."""
    settings = Settings()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=Path, default=settings.shipped_models_dir)
    parser.add_argument("--out", type=Path, help="folder to write; by default MODELS/tagger")
    parser.add_argument("--measure", type=Path, nargs="*", default=[], help="labelled passages to measure on")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    paths = sorted((chosen.models / "training").glob("*.jsonl"))
    passages = read_training_files(paths)
    encoder = load_encoder(chosen.models / "encoder")
    reader = load_passage_reader(chosen.models / "reader", chosen.models / "contextual_encoder")
    translations = read_translations(chosen.models / "training", passages)
    scores = read_reader_scores(chosen.models / "reader")
    training = train(passages, translations, encoder, scores, reader.version)
    folder = chosen.out or chosen.models / "tagger"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / MODEL_FILE).open("wb") as target:
        np.savez_compressed(target, allow_pickle=False, **training.arrays)
    with (folder / HELD_OUT_FILE).open("wb") as target:
        np.savez_compressed(target, allow_pickle=False, **training.held_out_arrays)
    lexicon, key_sentences = load_lexicon(SHIPPED_LEXICON), load_key_sentence_model(chosen.models / "key_sentence")
    facts = {
        "name": "tagger",
        "training_files": [path.name for path in paths],
        "training_sha256": training_hash(paths),
        "encoder": encoder.version,
        "reader": reader.version,
        "lexicon": lexicon.version,
        "table": starting_table().version,
        "packages": {name: package_version(name) for name in ("numpy", "scipy", "scikit-learn", "spacy")},
    }
    kit = build_label_kit(training.arrays, encoder, reader, lexicon, key_sentences, starting_table(), "in training")
    groups = [
        Measured("linear alone, all", passages, training.linear),
        Measured(
            "linear alone",
            held_out := [passages[i] for i in training.held_out],
            [training.linear[i] for i in training.held_out],
        ),
        Measured("both", held_out, training.both, in_full=True),
    ]
    if chosen.measure:
        other = read_training_files(chosen.measure)
        groups.append(Measured("development set", other, predict(kit, other), in_full=True))
        groups.append(Measured("development set, bare", other, predict(kit, other, bare=True)))
    card = write_card(facts, passages, groups, folder)
    write_whole(folder / "card.json", json.dumps(card, indent=1).encode())
    logger.info("written to %s", folder)


if __name__ == "__main__":
    main()
