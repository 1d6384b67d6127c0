"""The first relevance pass over items of sources: titles and abstracts read as passages by the models for labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipelines.domain.ids import content_id
from pipelines.domain.passages import Passage
from pipelines.domain.sources import FoundItem
from pipelines.harvest.relevance import passage_text, relevance
from pipelines.language.detection import READ_LANGUAGES, detect_language

if TYPE_CHECKING:  # models take seconds to import
    from flows.label import LabelKit


def relevance_of(kit: LabelKit, items: Sequence[FoundItem]) -> list[float]:
    """Relevance of each item by its title and abstract, between 0 and 1, in their order."""
    from flows.label import label_passages

    passages = [_as_passage(found) for found in items]
    labels = label_passages(kit, passages, [found.title for found in items]) if passages else []
    return [relevance(label.tags.probabilities) for label in labels]


def _as_passage(found: FoundItem) -> Passage:
    text = passage_text(found)
    stated = (found.language or "").lower()
    read = stated if stated in READ_LANGUAGES else detect_language(text).read
    return Passage(
        id=content_id("item-passage", found.key, text),
        document_id=content_id("item-document", found.key),
        position=0,
        text=text,
        start=0,
        end=len(text),
        # English where it cannot be told: most of what names itself briefly is.
        language=read if read in READ_LANGUAGES else "en",
        n_words=len(text.split()),
    )
