"""The sentence of a passage that carries the finding."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationError, model_validator

from pipelines.domain.evidence import Figure, KeySentence
from pipelines.domain.passages import Passage
from pipelines.domain.record import Record
from pipelines.errors import ModelError
from pipelines.evidence.figures import find_figures
from pipelines.language.cues import Cue, CueKind, find_cues
from pipelines.language.sentences import sentence_spans

MODEL_FILE = "model.json"

_SHAPE = (
    "length", "length_to_longest", "length_to_mean", "first", "second", "last", "place", "figures", "share", "digits",
    "punctuation", "brackets", "year", "question_mark", "change_with_sense",
)  # fmt: skip
#: Names of what is seen of a sentence, in the order of the columns of :func:`describe_sentences`.
FEATURES = (*_SHAPE, *(f"cue_{kind}" for kind in CueKind))

_KIND_COLUMN = {kind: column for column, kind in enumerate(CueKind)}
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


class KeySentenceModel(Record):
    """Weights over :data:`FEATURES`; the sentence with the highest sum is the key sentence."""

    features: tuple[str, ...]
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    """Mean and standard deviation of each feature in the training set."""
    weights: tuple[float, ...]
    training_hash: str = ""
    """SHA-256 of the training files, 64 hex characters."""
    n_training: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _check_sizes(self) -> KeySentenceModel:
        if self.features != FEATURES:
            raise ValueError("the model was made for other features")
        if not len(self.mean) == len(self.scale) == len(self.weights) == len(FEATURES) or min(self.scale) <= 0:
            raise ValueError("mean, scale and weights do not fit the features")
        return self

    def scores(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Score of each sentence, shape (n_sentences,), from features of shape (n_sentences, n_features)."""
        return (features - np.asarray(self.mean)) / np.asarray(self.scale) @ np.asarray(self.weights)


def load_key_sentence_model(folder: Path) -> KeySentenceModel:
    """Read the model from ``folder`` (``models/key_sentence``).

    Raises
    ------
    ModelError
        The file is missing, cannot be read, or was made for other features.
    """
    path = folder / MODEL_FILE
    try:
        return KeySentenceModel.model_validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise ModelError("error.model_missing", file=str(path)) from error
    except OSError as error:
        raise ModelError("error.model_unreadable", file=str(path)) from error
    except ValidationError as error:
        raise ModelError("error.model_damaged", file=str(path)) from error


def describe_sentences(
    text: str, spans: Sequence[tuple[int, int]], figures: Sequence[Figure], cues: Sequence[Cue]
) -> NDArray[np.float64]:
    """Features of each sentence, shape (n_sentences, n_features), columns as in :data:`FEATURES`.

    Parameters
    ----------
    text
        The passage.
    spans
        Half-open character spans of its sentences, in order.
    figures, cues
        Of the passage; the cues found with these same sentences.
    """
    lengths = np.asarray([end - start for start, end in spans], dtype=float)
    shapes = np.column_stack([np.log(lengths), lengths / lengths.max(), lengths / lengths.mean()]).tolist()
    starts = [start for start, _ in spans]
    figures_in: list[list[Figure]] = [[] for _ in spans]
    for figure in figures:
        number = bisect_right(starts, figure.start) - 1
        if number >= 0 and figure.start < spans[number][1]:
            figures_in[number].append(figure)
    cues_in = np.zeros((len(spans), len(CueKind)))
    with_sense = [0] * len(spans)
    for cue in cues:
        cues_in[cue.sentence, _KIND_COLUMN[cue.kind]] += 1
        with_sense[cue.sentence] += cue.sense is not None
    rows: list[tuple[float, ...]] = []
    for number, ((start, end), shape, inside) in enumerate(zip(spans, shapes, figures_in, strict=True)):
        sentence = text[start:end]
        rows.append(
            (
                *shape,
                number == 0,
                number == 1,
                number == len(spans) - 1,
                number / max(len(spans) - 1, 1),
                min(len(inside), 3),
                any(figure.unit.startswith(("%", "percentage")) for figure in inside),
                any(map(str.isdigit, sentence)),
                sum(map(sentence.count, ",;:")),
                "(" in sentence,
                _YEAR.search(sentence) is not None,
                sentence.endswith("?"),
                with_sense[number],
            )
        )
    return np.column_stack([np.asarray(rows, dtype=float).reshape(len(spans), len(_SHAPE)), np.minimum(cues_in, 2)])


def find_key_sentence(
    passage: Passage,
    model: KeySentenceModel | None = None,
    figures: Sequence[Figure] | None = None,
    cues: Sequence[Cue] | None = None,
) -> KeySentence | None:
    """The sentence that most likely carries the finding; ``None`` for a passage without text.

    Parameters
    ----------
    passage
        A Dutch or English passage; its own sentences are used where it has them.
    model
        The trained weights. Without them the longest sentence is taken, the best of the plain rules.
    figures, cues
        Of the passage where they were found before; else they are found here. ``cues`` must have been found with the
        sentences of the passage.
    """
    text = passage.text
    spans = [(s.start, s.end) for s in passage.sentences] or sentence_spans(text)
    if not spans:
        return None
    best = 0
    if len(spans) > 1 and model is None:
        best = max(range(len(spans)), key=lambda i: (spans[i][1] - spans[i][0], -i))
    elif len(spans) > 1 and model is not None:
        if figures is None:
            figures = find_figures(text, passage.language, spans)
        if cues is None:
            cues = find_cues(text, passage.language, spans)
        best = int(np.argmax(model.scores(describe_sentences(text, spans, figures, cues))))
    start, end = spans[best]
    return KeySentence(text=text[start:end], start=start, end=end)
