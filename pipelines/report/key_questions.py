"""The questions of the request for advice, and which news on them is told first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import TypeVar

from pipelines.domain.evidence import EvidenceKind
from pipelines.domain.themes import Theme

LINES = 5
"""Findings told under one question."""
WORDS_IN_LINE = 45
"""A key sentence longer than this is cut."""

_One = TypeVar("_One")

_KINDS = (
    EvidenceKind.EMPIRICAL,
    EvidenceKind.REVIEW,
    EvidenceKind.FORECAST,
    EvidenceKind.OPINION,
    EvidenceKind.NONE,
)  # fmt: skip


class KeyQuestion(StrEnum):
    """What the council was asked, in the order of the request; what is known and how people learn it comes last."""

    PRODUCTIVITY = "productivity"
    QUALITY = "quality"
    EMPLOYMENT = "employment"
    SKILLS = "skills"


_THEMES = {
    Theme.PRODUCTIVITY: KeyQuestion.PRODUCTIVITY,
    Theme.JOB_QUALITY: KeyQuestion.QUALITY,
    Theme.EMPLOYMENT: KeyQuestion.EMPLOYMENT,
}
#: Rows of the shipped table on learning, skills and matching; a table of one's own goes by its chapters.
_SKILL_ROWS = frozenset({"B3", "B4", "D5"})


def question_of(theme: Theme | None, row_id: str | None) -> KeyQuestion | None:
    """The question that a finding bears on, by its row and the chapter of that row."""
    if row_id in _SKILL_ROWS:
        return KeyQuestion.SKILLS
    return None if theme is None else _THEMES.get(theme)


def tell_first(
    found: Sequence[_One],
    kind_of: Callable[[_One], EvidenceKind],
    weight_of: Callable[[_One], float],
    source_of: Callable[[_One], str],
    most: int = LINES,
) -> list[_One]:
    """The findings to tell: observed outcomes and reviews before expectations, each source once before any twice.

    Within a kind of evidence the heavier goes first; ties keep the order given.
    """
    ranked = sorted(found, key=lambda one: (_KINDS.index(kind_of(one)), -weight_of(one)))
    once: dict[str, _One] = {}
    for one in ranked:
        once.setdefault(source_of(one), one)
    first = list(once.values())
    rest = [one for one in ranked if not any(one is other for other in first)]
    return (first + rest)[:most]
