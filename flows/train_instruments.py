"""Trains the models of the instruments from ``models/training/instruments`` and writes them with their card.

``python -m flows.train_instruments`` takes a minute; the same input gives the same file. The models of themes and
evidence must be there: both stand on the same features.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Sequence
from importlib.metadata import version as package_version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from flows.instrument_kit import INSTRUMENTS_FILE
from flows.instruments_card import write_card
from flows.label import MODEL_FILE
from pipelines.instruments.mentions import NAMES_LEXICON, MentionFinder
from pipelines.instruments.training import (
    FEWEST,
    LEAST_F1,
    WrittenPassage,
    figures_of,
    fit_instruments,
    read_labels,
    read_written,
)
from pipelines.language.concepts import ConceptMatcher
from pipelines.language.features import FeatureSpace
from pipelines.language.linear import assign_folds, kernel_of
from pipelines.language.passage_reader import load_passage_reader
from pipelines.language.static_encoder import load_encoder
from pipelines.language.training_set import read_training_files, read_translations
from pipelines.settings import Settings
from pipelines.themes.lexicon import SHIPPED_LEXICON, load_lexicon

logger = logging.getLogger(__name__)


def _folds_of_written(written: Sequence[WrittenPassage]) -> NDArray[np.intp]:
    kinds = [passage.asked for passage in written]
    folds = np.zeros(len(written), dtype=np.intp)
    for kind in sorted(set(kinds)):
        places = [i for i, of in enumerate(kinds) if of == kind]
        folds[places] = assign_folds([written[i].id for i in places])
    return folds


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, write ``models/instruments`` and say where."""
    settings = Settings()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=Path, default=settings.shipped_models_dir)
    parser.add_argument("--out", type=Path, help="folder to write; by default MODELS/instruments")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    training = chosen.models / "training"
    read = {one.passage: one for one in read_labels(training / "instruments" / "labels.jsonl")}
    passages = read_training_files(sorted(training.glob("*.jsonl")))
    everything = [*passages, *read_translations(training, passages)]
    anchors = np.asarray([i for i, passage in enumerate(everything) if passage.id in read])
    learned = [everything[i] for i in anchors]
    labels = [read[passage.id] for passage in learned]
    encoder = load_encoder(chosen.models / "encoder")
    with np.load(chosen.models / "tagger" / MODEL_FILE, allow_pickle=False) as stored:
        space = FeatureSpace.from_arrays(stored, encoder, ConceptMatcher(load_lexicon(SHIPPED_LEXICON)))
    written = read_written(training / "instruments" / "passages.jsonl")
    labels += [passage.as_labels() for passage in written]
    texts = [passage.as_text() for passage in (*learned, *written)]
    features = space.describe(texts, encoder.encode([text.text for text in texts]))
    # Nearness is told to anchors alone, which the written passages are not: they are learned from by their words.
    nearness = np.zeros((len(texts), len(texts)), dtype=np.float32)
    nearness[: len(learned), : len(learned)] = features.nearness[: len(learned), anchors]
    kernel = kernel_of(features.matrix, nearness, features.matrix)
    finder = MentionFinder(load_lexicon(NAMES_LEXICON))
    mentions = finder.find([text.text for text in texts], [text.language for text in texts])
    # Each kind by itself, so that passages that are written later leave the folds of the others as they were.
    folds = np.concatenate([assign_folds([p.doc for p in learned]), _folds_of_written(written)])
    reader = load_passage_reader(chosen.models / "reader", chosen.models / "contextual_encoder")
    close = reader.scores(texts)
    fitted = fit_instruments(
        labels, features, kernel, folds, anchors, len(everything), mentions, close, "in training", written
    )
    folder = chosen.out or chosen.models / "instruments"
    folder.mkdir(parents=True, exist_ok=True)
    own = np.flatnonzero(anchors < len(passages))  # what is translated is learned from, and not measured on
    own = np.concatenate([own, np.arange(len(learned), len(texts))])
    figures = figures_of([labels[i] for i in own], fitted.model.labels, fitted.out_of_fold[own], written)
    model = fitted.model.only([label for label, hits in figures.items() if hits.n >= FEWEST and hits.f1 >= LEAST_F1])
    arrays = model.to_arrays() | {"space": np.asarray(space.version), "reader": np.asarray(reader.version)}
    with (folder / INSTRUMENTS_FILE).open("wb") as target:
        np.savez_compressed(target, allow_pickle=False, **arrays)
    write_card(
        folder / "card.md",
        fitted.model.labels,
        model.labels,
        [(texts[i].language, labels[i]) for i in own],
        fitted.out_of_fold[own],
        written,
        {
            "space": space.version,
            "encoder": encoder.version,
            "reader": reader.version,
            "names": finder.version,
            "packages": ", ".join(f"{name} {package_version(name)}" for name in ("numpy", "scipy", "scikit-learn")),
        },
    )
    logger.info("written to %s", folder)


if __name__ == "__main__":
    main()
