"""What one decision of a person teaches: a text, and the labels that the decision says something about."""

from __future__ import annotations

from pipelines.domain.evidence import Direction, EvidenceKind, Level, Relation
from pipelines.domain.evidence_table import Column
from pipelines.domain.record import Record
from pipelines.domain.themes import Theme
from pipelines.language.features import PassageText

LABELS = (
    *("themes", "rows", "flag", "relation", "column", "statements"),
    *("evidence", "direction", "recommendation", "level"),
)


class Lesson(Record):
    """A passage with some labels; ``None`` is a question that is not answered, or does not arise.

    The labels are named as in :class:`~pipelines.language.training_set.TrainingPassage`, so that both can be learned
    from in one way.
    """

    id: str
    """Of the decision that holds."""
    doc: str
    text: str
    """As it was shown to the person who decided."""
    lang: str
    section: str = ""
    title: str = ""
    themes: tuple[Theme, ...] | None = None
    rows: tuple[str, ...] | None = None
    flag: bool | None = None
    relation: Relation | None = None
    column: Column | None = None
    statements: tuple[str, ...] | None = None
    evidence: EvidenceKind | None = None
    direction: Direction | None = None
    recommendation: bool | None = None
    level: Level | None = None
    instruments: tuple[str, ...] | None = None
    """Labels of the other instruments. Not of :data:`LABELS`: no model is taught them from lessons."""

    def only(self, kept: frozenset[str]) -> Lesson:
        """The same text with some of its labels (of :data:`LABELS`)."""
        return self.model_copy(update={name: None for name in LABELS if name not in kept})

    def as_text(self) -> PassageText:
        """What a model may see of it."""
        return PassageText(self.text, self.section, self.title, self.lang)
