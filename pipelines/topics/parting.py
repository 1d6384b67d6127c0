"""A division of a topic into the two parts that differ most in subject, for a person to take or leave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.domain.topics import TopicPassage
from pipelines.language.encoder import FloatArray


@dataclass(frozen=True)
class Part:
    """One side of a division."""

    passages: tuple[str, ...]
    """Ids, those nearest the middle of the part first."""
    terms_nl: tuple[str, ...]
    """What sets it apart from the other part, strongest first. So too ``terms_en``."""
    terms_en: tuple[str, ...]
    n_nl: int
    n_en: int
    n_documents: int
    representative: tuple[str, ...]
    """Ids of the passages nearest its middle, from both languages where it has both, spread over documents."""

    @property
    def size(self) -> int:
        """Passages in the part."""
        return len(self.passages)


@dataclass(frozen=True)
class Parts:
    """A division of a topic."""

    kept: Part
    """The larger part, which would stay the topic."""
    new: Part
    """What would become a topic of its own."""
    apartness: float
    """How far the two lie apart, beside how far their passages lie from their middles; at least what is asked."""


def suggest_parts(passages: Sequence[TopicPassage], vectors: FloatArray) -> Parts | None:
    """Two parts of a topic that differ most in subject, and not in language; ``None`` without a sensible division."""
    raise NotImplementedError
