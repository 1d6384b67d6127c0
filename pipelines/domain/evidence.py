"""What a passage says about the evidence table."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from pipelines.domain.evidence_table import Column
from pipelines.domain.instruments import Instruments
from pipelines.domain.record import SCHEMA_VERSION, Record
from pipelines.domain.themes import Term, Theme, ThemeTags


class Relation(StrEnum):
    SUPPORTS = "supports"
    CONTRADICTS = "contradicts"
    NARROWS = "narrows"
    NEW = "new"


class EvidenceKind(StrEnum):
    EMPIRICAL = "empirical"
    FORECAST = "forecast"
    REVIEW = "review"
    OPINION = "opinion"
    NONE = "none"


class Direction(StrEnum):
    POSITIVE = "positive"
    NEGATIVE = "negative"
    MIXED = "mixed"
    NONE = "none"


class Level(StrEnum):
    MICRO = "micro"
    MESO = "meso"
    MACRO = "macro"


CHOICES: dict[str, tuple[str, ...]] = {
    "relation": tuple(Relation),
    "column": tuple(Column),
    "evidence": tuple(EvidenceKind),
    "direction": tuple(Direction),
    "level": tuple(Level),
}
"""Questions with one answer out of several."""


FLAGGED_FROM = 0.5
"""Calibrated probability from which an editor should see a passage."""
RECOMMENDS_FROM = 0.5
"""Calibrated probability from which a passage says what somebody should do."""


class Match(Record):
    """A row or a statement that a passage bears on."""

    id: str
    score: float
    """Between 0 and 1, higher is nearer."""


class FigureSource(StrEnum):
    """What a figure rests on, as far as its passage says."""

    SURVEY = "survey"
    EXPERIMENT = "experiment"
    REGISTER = "register"
    """Administrative data, vacancies, accounts."""
    MODEL = "model"
    """A forecast, simulation or estimate of exposure."""
    CASES = "cases"
    LITERATURE = "literature"


class FigureRole(StrEnum):
    """What a figure does in its passage."""

    FINDING = "finding"
    FORECAST = "forecast"
    TARGET = "target"
    """An aim that somebody has set."""
    SAMPLE = "sample"
    """Size or extent of a study."""
    OTHER = "other"
    """Money for a programme, prices, thresholds."""


class Figure(Record):
    """A number in a passage: ``passage.text[start:end] == text``."""

    value: str
    """Plain decimal notation with a point: ``14``, ``0.8``, ``1200000``; a range as ``6-18``."""
    unit: str
    """``%``, ``percentage points``, ``EUR``, ``jobs``, ...; empty for a bare count."""
    text: str
    """As printed, for instance ``14%`` or ``1,2 miljoen banen``."""
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    measures: str
    """The words of the passage that say what is measured, as printed; empty where none were found."""
    population: str = ""
    """For whom or what it holds, as printed; this and what follows is empty where the passage does not say."""
    place: str = ""
    period: str = ""
    source: FigureSource | None = None
    role: FigureRole = FigureRole.FINDING
    compared_with: int | None = Field(default=None, ge=0)
    """Where in the text the figure begins that this one is set against."""


class KeySentence(Record):
    """The sentence that carries the finding: ``passage.text[start:end] == text``."""

    text: str
    start: int = Field(ge=0)
    end: int = Field(ge=0)


class Evidence(Record):
    """All that is proposed about one passage. Proposals of a model, never decisions."""

    schema_version: int = SCHEMA_VERSION
    passage_id: str
    rows: tuple[Match, ...] = ()
    """Best first; empty where no row is likely."""
    statements: tuple[Match, ...] = ()
    """Nearest statements of those rows, best first; at most five."""
    flag: float = Field(ge=0, le=1)
    """Calibrated probability that the table's editor should see this passage; flagged from 0.5."""
    relation: Relation | None = None
    """Only where flagged, as is ``column``; see :attr:`flagged`."""
    column: Column | None = None
    kind: EvidenceKind = EvidenceKind.NONE
    direction: Direction = Direction.NONE
    recommendation: float = Field(default=0.0, ge=0, le=1)
    """Calibrated probability that the passage says what somebody should do; counts from 0.5."""
    level: Level | None = None
    """Only for a recommendation."""
    figures: tuple[Figure, ...] = ()
    key_sentence: KeySentence | None = None
    terms: tuple[Term, ...] = ()
    """Words that carried row, flag and recommendation, strongest first."""
    model_version: str
    table_version: str

    @property
    def flagged(self) -> bool:
        """Whether an editor should see the passage."""
        return self.flag >= FLAGGED_FROM

    @property
    def recommends(self) -> bool:
        """Whether the passage says what somebody should do."""
        return self.recommendation >= RECOMMENDS_FROM


class Labels(Record):
    """Themes and evidence of one passage together."""

    tags: ThemeTags
    evidence: Evidence
    instruments: Instruments | None = None
    """``None`` for what is neither on the subject nor advice, and where it was labelled before there were any."""

    def in_brief(self) -> LabelsInBrief:
        """What is counted of them."""
        versions = frozenset((self.tags.model_version, self.evidence.model_version))
        return LabelsInBrief(themes=self.tags.given(), rows=self.evidence.rows, model_versions=versions)


class LabelsInBrief(Record):
    """What is counted of the labels of a passage that nobody is shown."""

    themes: tuple[Theme, ...]
    """Those of :meth:`~pipelines.domain.themes.ThemeTags.given`."""
    rows: tuple[Match, ...]
    model_versions: frozenset[str]
