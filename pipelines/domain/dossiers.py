"""Dialogue dossiers: a saved question, and the passages that bear on it by the part they have in a talk about it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from pipelines.domain.decisions import ItemState
from pipelines.domain.evidence import Evidence, EvidenceKind
from pipelines.domain.record import SCHEMA_VERSION, Record
from pipelines.domain.runs import LabelledPassage
from pipelines.domain.themes import Term, Theme


class DossierPart(StrEnum):
    """Parts of a dossier, in the order in which a talk goes through them."""

    WHY = "why"
    """Why the subject matters."""
    PROBLEM = "problem"
    """What goes wrong, and what that comes from."""
    IMPROVE = "improve"
    """What somebody could do."""
    EXAMPLES = "examples"
    """Cases from practice."""
    QUESTIONS = "questions"
    """What is asked, or not known yet."""


class Bearing(StrEnum):
    """How an example turned out."""

    HELPING = "helping"
    HINDERING = "hindering"


class DossierQuestion(Record):
    """What a dossier is about. In a dossier of a user's own one of the two languages may be empty."""

    schema_version: int = SCHEMA_VERSION
    id: str
    name_nl: str = ""
    name_en: str = ""
    question_nl: str = ""
    """The question in words of one's own; passages that are like it belong to the dossier. So too ``question_en``."""
    question_en: str = ""
    rows: tuple[str, ...] = ()
    """Ids of rows of the evidence table."""
    themes: tuple[Theme, ...] = ()
    """They bring a passage nearer; by a theme alone a passage belongs only where nothing else is asked."""
    terms_nl: tuple[str, ...] = ()
    terms_en: tuple[str, ...] = ()
    talk_nl: tuple[str, ...] = ()
    """Questions to put to each other when the dossier is talked about. So too ``talk_en``."""
    talk_en: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _check_asked(self) -> Self:
        if not (self.name_nl or self.name_en):
            raise ValueError("a dossier has a name")
        if not (self.question_nl or self.question_en or self.rows or self.themes or self.terms_nl or self.terms_en):
            raise ValueError("a dossier asks for something")
        return self

    def name(self, language: str) -> str:
        """Name in ``language`` (``nl`` or ``en``), else in the other."""
        return (self.name_nl or self.name_en) if language == "nl" else (self.name_en or self.name_nl)

    def question(self, language: str) -> str:
        """The question in ``language`` (``nl`` or ``en``), else in the other."""
        return (self.question_nl or self.question_en) if language == "nl" else (self.question_en or self.question_nl)

    def talk(self, language: str) -> tuple[str, ...]:
        """Questions for the talk in ``language`` (``nl`` or ``en``), else in the other."""
        return (self.talk_nl or self.talk_en) if language == "nl" else (self.talk_en or self.talk_nl)

    @property
    def own_words(self) -> tuple[str, ...]:
        """The question in each language that it is asked in."""
        return tuple(dict.fromkeys(asked for asked in (self.question_nl, self.question_en) if asked))


class Sign(StrEnum):
    """By what a passage belongs to a dossier, or to a part of it."""

    TERM = "term"
    """Words that the question names, or that the dictionary has for them in the other language."""
    ROW = "row"
    THEME = "theme"
    LIKENESS = "likeness"
    """It is like the question in its own words."""
    CUE = "cue"
    """Words of the cue lists of the part."""
    HEADING = "heading"
    """The heading that it stands under names the part."""
    ADVICE = "advice"
    """Labelled as saying what somebody should do."""
    DIRECTION = "direction"
    """Labelled as telling a good or a bad effect."""
    UNCERTAIN = "uncertain"
    """Labelled as bearing on what is uncertain."""
    KIND = "kind"
    """Labelled as something that was observed, not weighed in general."""


class Reason(Record):
    """One thing that carried a passage into a dossier, or into a part of it."""

    sign: Sign
    strength: float = Field(gt=0, le=1)
    value: str = ""
    """Id of the row, theme, or what else was labelled, or the heading; empty for words."""
    terms: tuple[Term, ...] = ()
    """The words of the passage."""


class Candidate(Record):
    """A passage that may belong to a dossier, and where it stands after the decisions of people."""

    item: LabelledPassage
    state: ItemState | None = None
    """``None`` where nobody decided."""
    cosines: tuple[float, ...] = ()
    """Likeness to the question, for each language that it is asked in."""


class DossierEntry(Record):
    """A passage in a part of a dossier."""

    item: LabelledPassage
    part: DossierPart
    strength: float = Field(gt=0, le=1)
    """How surely it is of that part; a rule of signs and no calibrated probability."""
    part_reasons: tuple[Reason, ...]
    """Strongest first."""
    relevance: float = Field(gt=0, le=1)
    """How much it bears on the question; a rule of signs as well."""
    reasons: tuple[Reason, ...]
    """By what it belongs to the dossier, strongest first."""
    bearing: Bearing | None = None
    """Of an example; ``None`` where the passage does not tell how it turned out."""
    quote_start: int = Field(ge=0)
    quote_end: int = Field(ge=0)
    """The sentence to quote: ``item.passage.text[quote_start:quote_end]``."""
    accepted: bool = False
    """An editor holds it as evidence for the table."""
    also: tuple[LabelledPassage, ...] = ()
    """Passages of other documents that say the same in (nearly) the same words."""

    @property
    def evidence(self) -> Evidence | None:
        """What is proposed about the passage."""
        return None if self.item.labels is None else self.item.labels.evidence

    @property
    def kind(self) -> EvidenceKind:
        """Kind of evidence."""
        return EvidenceKind.NONE if self.evidence is None else self.evidence.kind

    @property
    def quotation(self) -> str:
        """The sentence to quote."""
        return self.item.passage.text[self.quote_start : self.quote_end]


class DossierSection(Record):
    """One part of a dossier."""

    part: DossierPart
    entries: tuple[DossierEntry, ...] = ()
    n_left: int = Field(default=0, ge=0)
    """More that belong here, near-duplicates counted once, and are not shown."""


class Dossier(Record):
    """The passages that bear on a question, each under the part that fits it best."""

    question: DossierQuestion
    sections: tuple[DossierSection, ...]
    """All five parts, in order."""
    n_belonging: int = Field(ge=0)
    """Passages that bear on the question, near-duplicates counted once."""
    n_other: int = Field(ge=0)
    """Of these: those of no part, which are not shown."""
    n_rejected: int = Field(ge=0)
    """Of these: those that an editor rejected, which are not shown either."""
    n_looked_at: int = Field(ge=0)
    """Passages that were held against the question."""

    def section(self, part: DossierPart) -> DossierSection:
        """One part."""
        return next(section for section in self.sections if section.part is part)


class DossierActKind(StrEnum):
    KEEP = "keep"
    """Makes a dossier, or gives it another version."""
    REMOVE = "remove"


class DossierAct(Record):
    """Somebody made, changed or removed a dossier of the users' own. Only ever added; the latest holds."""

    schema_version: int = SCHEMA_VERSION
    id: str
    kind: DossierActKind
    dossier: str
    """Id of the dossier."""
    turn: int = Field(ge=1)
    """One more than the number of acts on this dossier that the person saw: number of the version."""
    person: str
    decided: datetime
    """UTC."""
    question: DossierQuestion | None = None
    """As it is asked from now on; ``None`` where it is removed."""

    @model_validator(mode="after")
    def _check_question(self) -> Self:
        if (self.kind is DossierActKind.KEEP) != (self.question is not None):
            raise ValueError("what is kept has a question, and what is removed has none")
        if self.question is not None and self.question.id != self.dossier:
            raise ValueError("a question carries the id of its dossier")
        return self
