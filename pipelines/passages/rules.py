"""Sizes that passages keep."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from pipelines.domain.record import Record


class PassageRules(Record):
    """How long passages are, in words.

    The training and development passages, of which models and thresholds are made, hold 34 to 95 words (5th to 95th
    percentile of 4,388; median 54, 2026-11): passages of the same size are what the models know.
    """

    min_words: int = Field(default=25, ge=1)
    """Shorter stretches are joined with a neighbour of their section where they fit."""
    max_words: int = Field(default=130, ge=2)
    """No passage is longer."""
    target_words: int = Field(default=80, ge=1)
    """Size at which a long paragraph is best cut; half-way between the bounds."""
    finding_words: int = Field(default=15, ge=1)
    """A list item of so many words can be a passage of its own."""
    prose_words: int = Field(default=8, ge=1)
    """Captions, footnotes and headings without text below them are passages from this length on."""

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if not self.min_words <= self.target_words <= self.max_words:
            raise ValueError("min_words <= target_words <= max_words")
        return self
