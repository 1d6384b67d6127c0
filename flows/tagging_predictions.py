"""What the models say of labelled passages, as the labels that a scan would give, and figures on them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from flows.label import LabelKit, begin_answers
from flows.tagging_figures import Prediction
from pipelines.domain.evidence import Direction, EvidenceKind, Level
from pipelines.domain.themes import LEAST_SUBJECT, Theme
from pipelines.evidence.closer import StageAnswers
from pipelines.evidence.find import choose_relations, flag_given_theme
from pipelines.language.training_set import TrainingPassage


def predictions_of(given: StageAnswers, row_ids: Sequence[str]) -> list[Prediction]:
    """Answers as the labels that :func:`~pipelines.evidence.find.find_evidence` makes of them."""
    answers = given.answers
    found: list[Prediction] = []
    for i, (probabilities, (relation, column)) in enumerate(zip(given.themes, choose_relations(answers), strict=True)):
        on_subject = bool(probabilities.max() >= LEAST_SUBJECT)
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
                    "evidence": kind if on_subject else EvidenceKind.NONE,
                    "direction": direction if on_subject else Direction.NONE,
                    "level": list(Level)[int(answers.choices["level"][i].argmax())],
                },
            )
        )
    return found


def predict(kit: LabelKit, passages: Sequence[TrainingPassage], *, bare: bool = False) -> list[Prediction]:
    """What the models say of passages; ``bare`` hides section and title."""
    texts = [passage.as_text(bare=bare) for passage in passages]
    features = kit.space.describe(texts, kit.encoder.encode([text.text for text in texts]))
    return predictions_of(begin_answers(kit, texts, features).finish()[0], kit.index.row_ids)
