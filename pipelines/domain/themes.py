"""Themes of the evidence table and the tags a passage gets."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from pipelines.domain.record import Record

LEAST_SUBJECT = 0.35
"""A passage whose themes are all less probable is off the subject: it has no kind of evidence and no direction,
whatever it holds (guide of the labels), and advice in it has no place in the table of actions. F1 of kind and
direction on the held-out part and on the development set at 0.5: .810/.843 and .607/.610; at 0.35: .863/.848 and
.636/.616; at 0.25: .883/.837 and .647/.614."""


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

    @property
    def on_subject(self) -> bool:
        """Whether some theme is probable enough for the passage to be about AI and work."""
        return max(self.probabilities.values(), default=0.0) >= LEAST_SUBJECT

    def given(self) -> tuple[Theme, ...]:
        """Themes with a probability of 0.5 or more, most probable first."""
        return tuple(t for t, p in sorted(self.probabilities.items(), key=lambda item: -item[1]) if p >= 0.5)
