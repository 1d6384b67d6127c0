"""Trains the models of themes and evidence from ``models/training`` and writes them with their card.

``python -m flows.train`` takes some minutes on two cores; the same input gives the same file.
"""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version as package_version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flows.label import MODEL_FILE
from flows.tagging_card import write_card
from flows.tagging_figures import Prediction, figures
from pipelines.domain.evidence import Direction, EvidenceKind, Level
from pipelines.domain.themes import Theme
from pipelines.evidence.find import choose_relation, flag_given_theme
from pipelines.evidence.model import Answers
from pipelines.evidence.statements import TableIndex, index_table
from pipelines.evidence.training import FittedEvidence, fit_evidence_model
from pipelines.language.concepts import ConceptMatcher
from pipelines.language.encoder import Encoder
from pipelines.language.features import FeatureSpace, fit_feature_space
from pipelines.language.linear import assign_folds, kernel_of
from pipelines.language.static_encoder import load_encoder
from pipelines.language.training_set import TrainingPassage, read_training_files, training_hash
from pipelines.settings import Settings
from pipelines.store.files import write_whole
from pipelines.table.starting import starting_table
from pipelines.themes.lexicon import SHIPPED_LEXICON, load_lexicon
from pipelines.themes.training import FittedTagger, fit_tagger

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Training:
    """Fitted models and what they say of passages of documents they have not seen."""

    space: FeatureSpace
    index: TableIndex
    tagger: FittedTagger
    evidence: FittedEvidence
    predictions: list[Prediction]
    arrays: dict[str, NDArray[Any]]


def train(passages: Sequence[TrainingPassage], encoder: Encoder) -> Training:
    """Fit all models on ``passages``."""
    table, lexicon = starting_table(), load_lexicon(SHIPPED_LEXICON)
    index = index_table(table, encoder)
    chapters = {row.id: row.chapter for row in table.rows}
    texts = [passage.as_text() for passage in passages]
    space = fit_feature_space(texts, encoder, ConceptMatcher(lexicon))
    logger.info("%s features of %s passages", space.n_features, len(passages))
    features = space.describe(texts, encoder.encode([text.text for text in texts]))
    kernel = kernel_of(features.matrix, features.nearness, features.matrix)
    folds = assign_folds([passage.doc for passage in passages])
    tagger = fit_tagger(passages, features, kernel, folds, space, lexicon, chapters, "in training")
    logger.info("themes fitted")
    clipped = np.clip(tagger.out_of_fold, 1e-4, 1 - 1e-4)
    logits = np.log(clipped / (1 - clipped))
    evidence = fit_evidence_model(passages, features, kernel, folds, logits, index, space, lexicon, "in training")
    logger.info("evidence fitted")
    predictions = predictions_of(tagger.out_of_fold, evidence.out_of_fold, index.row_ids)
    arrays = space.to_arrays() | tagger.tagger.to_arrays() | evidence.model.to_arrays()
    return Training(space, index, tagger, evidence, predictions, arrays)


def predictions_of(themes: NDArray[np.float64], answers: Answers, row_ids: Sequence[str]) -> list[Prediction]:
    """Answers as the labels that :func:`~pipelines.evidence.find.find_evidence` makes of them."""
    found: list[Prediction] = []
    for i, probabilities in enumerate(themes):
        relation, column = choose_relation(answers, i)
        with_theme = bool((probabilities >= 0.5).any())
        kind = list(EvidenceKind)[int(answers.choices["evidence"][i].argmax())]
        direction = list(Direction)[int(answers.choices["direction"][i].argmax())]
        found.append(
            Prediction(
                themes={theme: float(p) for theme, p in zip(Theme, probabilities, strict=True)},
                rows=tuple(row_ids[int(k)] for k in np.argsort(-answers.rows[i], kind="stable")),
                flag=flag_given_theme(float(answers.yes["flag"][i]), float(probabilities.max())),
                recommendation=float(answers.yes["recommendation"][i]),
                choices={
                    "relation": relation,
                    "column": column,
                    "evidence": kind if with_theme else EvidenceKind.NONE,
                    "direction": direction if with_theme else Direction.NONE,
                    "level": list(Level)[int(answers.choices["level"][i].argmax())],
                },
            )
        )
    return found


def predict(training: Training, passages: Sequence[TrainingPassage], *, bare: bool = False) -> list[Prediction]:
    """What the trained models say of other passages; ``bare`` hides section and title."""
    texts = [passage.as_text(bare=bare) for passage in passages]
    features = training.space.describe(texts, training.space.encoder.encode([text.text for text in texts]))
    themes = training.tagger.tagger.probabilities(features)
    clipped = np.clip(themes, 1e-4, 1 - 1e-4)
    model = training.evidence.model
    raw = model.heads.scores(features.matrix, features.nearness)
    answers = model.read(raw, np.log(clipped / (1 - clipped)), features, training.index)
    return predictions_of(themes, answers, training.index.row_ids)


def measure(training: Training, passages: Sequence[TrainingPassage]) -> dict[str, dict[str, float]]:
    """Figures on passages by other authors: all, per language, and without section and title."""
    with_headings = predict(training, passages)
    columns = {"development set": figures(passages, with_headings)}
    for language in ("nl", "en"):
        own = [(p, q) for p, q in zip(passages, with_headings, strict=True) if p.lang == language]
        columns[f"development set, {language}"] = figures([p for p, _ in own], [q for _, q in own])
    columns["development set, without headings"] = figures(passages, predict(training, passages, bare=True))
    return columns


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
    training = train(passages, encoder)
    folder = chosen.out or chosen.models / "tagger"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / MODEL_FILE).open("wb") as target:
        np.savez_compressed(target, allow_pickle=False, **training.arrays)
    facts = {
        "name": "tagger",
        "training_files": [path.name for path in paths],
        "training_sha256": training_hash(paths),
        "encoder": encoder.version,
        "lexicon": load_lexicon(SHIPPED_LEXICON).version,
        "table": starting_table().version,
        "packages": {name: package_version(name) for name in ("numpy", "scipy", "scikit-learn", "spacy")},
    }
    other = measure(training, read_training_files(chosen.measure)) if chosen.measure else {}
    card = write_card(facts, passages, training.predictions, folder, other)
    write_whole(folder / "card.json", json.dumps(card, indent=1).encode())
    logger.info("written to %s", folder)


if __name__ == "__main__":
    main()
