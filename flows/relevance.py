"""The first relevance pass over items of sources: titles and abstracts read as passages by the models for labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pipelines.domain.sources import FoundItem
from pipelines.harvest.relevance import nearness, passage_text, relevance
from pipelines.language.detection import READ_LANGUAGES, detect_language

if TYPE_CHECKING:  # models take seconds to import
    from flows.label import LabelKit
    from pipelines.language.features import PassageText


def relevance_of(kit: LabelKit, items: Sequence[FoundItem]) -> list[float]:
    """Relevance of each item by its title and abstract, between 0 and 1, in their order."""
    return relevance(*inputs_of(kit, items)).tolist() if items else []


def inputs_of(kit: LabelKit, items: Sequence[FoundItem]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Probabilities of themes, shape (n_items, 5), and nearness to the table, shape (n_items,); ``items`` not empty."""
    from flows.label import BATCH_PASSAGES

    texts = [_as_text(found) for found in items]
    parts = [_describe(kit, texts[start : start + BATCH_PASSAGES]) for start in range(0, len(texts), BATCH_PASSAGES)]
    themes, near = zip(*parts, strict=True)
    return np.concatenate(themes), np.concatenate(near)


def _describe(kit: LabelKit, texts: Sequence[PassageText]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    from pipelines.evidence.closer import StageAnswers

    vectors = kit.encoder.encode([text.text for text in texts])
    features = kit.space.describe(texts, vectors)
    linear = kit.tagger.probabilities(features)
    first = StageAnswers(linear, kit.evidence.answer(features, linear, kit.index))
    languages = [text.language for text in texts]
    both = kit.closer.read(first, kit.reader.scores(texts), languages, kit.index)
    return both.themes, nearness(vectors @ kit.index.vectors.T)


def _as_text(found: FoundItem) -> PassageText:
    from pipelines.language.features import PassageText

    text = passage_text(found)
    stated = (found.language or "").lower().partition("-")[0]
    read = stated if stated in READ_LANGUAGES else detect_language(text).read
    # English where it cannot be told: most of what names itself briefly is.
    language = read if read in READ_LANGUAGES else "en"
    return PassageText(text, section="", title=found.title.strip(), language=language)
