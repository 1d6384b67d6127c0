"""Counts the passages of a report that it does not show, so that they need not lie in memory until it is written."""

from __future__ import annotations

from collections import Counter

from pydantic import Field

from pipelines.domain.evidence import LabelsInBrief
from pipelines.domain.record import Record
from pipelines.domain.runs import DocumentSummary
from pipelines.domain.themes import Theme


class CountedPassages(Record):
    """What a report says of new passages that are neither flagged nor recommend anything nor were read otherwise."""

    n_left_out: int = 0
    """Passages without labels."""
    themes: dict[Theme, int] = Field(default_factory=dict)
    n_judged: int = 0
    """Passages with labels."""
    n_without_theme: int = 0
    model_versions: frozenset[str] = frozenset()
    documents: frozenset[str] = frozenset()
    """Ids of the documents of passages with labels."""
    row_scores: dict[str, dict[str, float]] = Field(default_factory=dict)
    """Run -> row -> highest score of any of its passages."""


class PassageCounter:
    """Takes passages one by one."""

    def __init__(self) -> None:
        self._n_left_out = self._n_judged = self._n_without_theme = 0
        self._themes: Counter[Theme] = Counter()
        self._versions: set[str] = set()
        self._documents: set[str] = set()
        self._scores: dict[str, dict[str, float]] = {}

    def add(self, document: DocumentSummary, labels: LabelsInBrief | None) -> None:
        """Count a new passage of a document; ``None`` where it has no labels."""
        if labels is None:
            self._n_left_out += 1
            return
        self._n_judged += 1
        self._themes.update(labels.themes)
        self._n_without_theme += not labels.themes
        self._versions.update(labels.model_versions)
        self._documents.add(document.id)
        scores = self._scores.setdefault(document.run_id, {})
        for match in labels.rows:
            scores[match.id] = max(match.score, scores.get(match.id, match.score))

    def counted(self) -> CountedPassages:
        """All that was counted."""
        return CountedPassages(
            n_left_out=self._n_left_out,
            themes=dict(self._themes),
            n_judged=self._n_judged,
            n_without_theme=self._n_without_theme,
            model_versions=frozenset(self._versions),
            documents=frozenset(self._documents),
            row_scores=self._scores,
        )
