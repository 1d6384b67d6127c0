"""Themes of the evidence table and the tags a passage gets."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from pipelines.domain.record import Record


class Theme(StrEnum):
    ADOPTION = "adoption"
    PRODUCTIVITY = "productivity"
    JOB_QUALITY = "job_quality"
    EMPLOYMENT = "employment"
    OTHER_EFFECTS = "other_effects"


class Term(Record):
    """Words of a passage that carried a decision: ``passage.text[start:end] == text``."""

    text: str
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    label: str
    """What the words speak for: a theme, a row id, ``flag`` or ``recommendation``."""
    weight: float
    """Share of the decision, above 0; larger is stronger."""
    concept: str | None = None
    """Id of the lexicon concept that matched, if any."""


class ThemeTags(Record):
    """Themes of one passage."""

    passage_id: str
    probabilities: dict[Theme, float]
    """Calibrated probability per theme, each on its own (several may hold)."""
    terms: tuple[Term, ...] = ()
    """Strongest first."""
    model_version: str

    def given(self) -> tuple[Theme, ...]:
        """Themes with a probability of 0.5 or more, most probable first."""
        return tuple(t for t, p in sorted(self.probabilities.items(), key=lambda item: -item[1]) if p >= 0.5)
