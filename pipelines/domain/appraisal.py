"""What accepted evidence is worth: studies, how they were done and where, and the confidence that follows.

Evidence x agreement after Mastrandrea et al. (2010), *Guidance note for lead authors of the IPCC Fifth Assessment
Report on consistent treatment of uncertainties*; what lowers and raises the weight of a study after GRADE and
GRADE-CERQual.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from pipelines.domain.evidence import Direction, EvidenceKind, Figure, KeySentence, Relation
from pipelines.domain.evidence_table import Column
from pipelines.domain.record import SCHEMA_VERSION, Record


class Design(StrEnum):
    """How a study was done, the design that says most about cause and size first."""

    SYNTHESIS = "synthesis"
    """Systematic review or meta-analysis."""
    EXPERIMENT = "experiment"
    """Randomised, in the field or in a laboratory."""
    QUASI_EXPERIMENT = "quasi_experiment"
    """A comparison that chance or policy made: before and after with a control group, instrument, discontinuity."""
    LONGITUDINAL = "longitudinal"
    """The same people or firms followed over time, panel or register."""
    CROSS_SECTION = "cross_section"
    """Survey or register at one moment."""
    QUALITATIVE = "qualitative"
    """Interviews, case studies, observation."""
    REVIEW = "review"
    """An overview of literature that is not systematic."""
    MODEL = "model"
    """Scenario, exposure index, simulation, forecast."""
    OPINION = "opinion"
    UNSTATED = "unstated"


class Setting(StrEnum):
    """Where the people or firms of a study are."""

    NETHERLANDS = "netherlands"
    EUROPE = "europe"
    """One country of Europe or several, in the EU or beside it (United Kingdom, Norway, Switzerland)."""
    ELSEWHERE = "elsewhere"
    UNSTATED = "unstated"


class EvidencePiece(Record):
    """An accepted item as evidence: what the reader judged, and where it stands."""

    item_id: str
    decision_id: str
    """The decision that holds."""
    passage_id: str
    document_id: str
    text: str
    """The passage as it was shown to the reader."""
    language: str
    title: str
    publisher: str | None = None
    authors: tuple[str, ...] = ()
    year: int | None = None
    """Of the document."""
    page: int | None = None
    section: tuple[str, ...] = ()
    row_id: str | None = None
    statement_id: str | None = None
    relation: Relation | None = None
    column: Column | None = None
    kind: EvidenceKind = EvidenceKind.NONE
    direction: Direction = Direction.NONE
    figures: tuple[Figure, ...] = ()
    key_sentence: KeySentence | None = None
    recommendation: bool = False
    reviewer: str
    """Account of the reader whose decision holds."""
    confirmed_by: str | None = None
    """Account of a second reader who came to the same, or who settled it."""
    decided: datetime
    also_in: tuple[str, ...] = ()
    """Ids of other documents with a near-duplicate of the passage."""
    topic: str | None = None
    """Topic of the latest scan that holds the passage."""

    @property
    def quote(self) -> str:
        """The sentence that carries the finding, else the whole passage."""
        return self.key_sentence.text if self.key_sentence is not None else self.text


class Citation(Record):
    """A study that a passage names, for instance ``De Vries en Smit (2024)``."""

    text: str
    """As printed."""
    authors: tuple[str, ...]
    """Family names or organisation in comparable form: lower case, without accents, printed order."""
    year: int


class Reading(Record):
    """What a piece says of how and where its finding was found. Read from its words, never assumed."""

    item_id: str
    design: Design = Design.UNSTATED
    setting: Setting = Setting.UNSTATED
    population: tuple[str, ...] = ()
    """Keys of the groups that it speaks of, for instance ``older_workers``; sorted."""
    sample_size: int | None = None
    cites: tuple[Citation, ...] = ()
    """Studies of others that the finding is taken from."""
    signs: tuple[str, ...] = ()
    """The words that told, as printed."""


class MergeReason(StrEnum):
    """Why two pieces are taken for one study."""

    SAME_CITATION = "same_citation"
    """Both give the same study as the source of the finding, or one is that study."""
    SAME_FIGURES = "same_figures"
    """The same figures about the same population."""
    NEAR_DUPLICATE = "near_duplicate"
    """(Nearly) the same words."""
    PRESS_RELEASE = "press_release"
    """A press release or news item about the report."""
    SAME_DOCUMENT = "same_document"
    """One document that reports a study of its own."""
    PERSON = "person"
    """Somebody put them together."""


class Merge(Record):
    """Two pieces that count as one study, and why."""

    item_a: str
    item_b: str
    reason: MergeReason
    shared: str = ""
    """What they share, as printed: the citation, the figures."""


class StudyRuling(Record):
    """Somebody said that two pieces are of one study, or are not. Never changed; the latest on a pair holds."""

    schema_version: int = SCHEMA_VERSION
    id: str
    item_a: str
    item_b: str
    """``item_a < item_b``."""
    together: bool | None
    """``None`` takes earlier rulings on the pair back."""
    person: str
    decided: datetime
    why: str = Field(default="", max_length=4000)

    @model_validator(mode="after")
    def _check_pair(self) -> Self:
        if not self.item_a < self.item_b:
            raise ValueError("the items of a ruling are two, in order")
        return self


class Study(Record):
    """All pieces that report one study; they count once."""

    id: str
    """Content hash of its first item in alphabetical order, and of the citation under which that gives it: does not
    depend on the order in which pieces came in. An item that cites three studies is an item of each."""
    name: str
    """Short: ``De Vries en Smit (2024)``, else publisher or title with year. Language-neutral."""
    items: tuple[str, ...]
    """Sorted."""
    documents: tuple[str, ...]
    """Sorted; also those with near-duplicates."""
    design: Design
    """The strongest of its pieces, as are ``kind`` and ``setting``."""
    kind: EvidenceKind
    setting: Setting
    population: tuple[str, ...] = ()
    year: int | None = None
    sample_size: int | None = None
    merges: tuple[Merge, ...] = ()
    """Why its items are one study; every item but one is in a merge."""


class Stance(StrEnum):
    """What a study says of a statement."""

    FOR = "for"
    AGAINST = "against"
    NUANCE = "nuance"
    """Holds within bounds."""


class WeighedStudy(Record):
    """A study as evidence on one statement."""

    study: Study
    stance: Stance
    direction: Direction = Direction.NONE
    weight: float = Field(ge=0, le=1)
    parts: dict[str, float]
    """The factors whose product the weight is: ``design``, ``kind``, ``directness``, ``recency``; each 0 to 1."""
    items: tuple[str, ...]
    """The study's items that bear on the statement; sorted."""
    confirmed: bool = False
    """Whether a second reader came to the same on one of them."""


class EvidenceLevel(StrEnum):
    NONE = "none"
    LIMITED = "limited"
    MEDIUM = "medium"
    ROBUST = "robust"


class AgreementLevel(StrEnum):
    NONE = "none"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class ConfidenceLevel(StrEnum):
    """Five steps, and ``undetermined`` where there is no evidence yet."""

    UNDETERMINED = "undetermined"
    VERY_LOW = "very_low"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    VERY_HIGH = "very_high"


class Confidence(Record):
    """Evidence x agreement on one statement, or on a point that the table does not hold yet.

    For a statement in the column uncertain it is the confidence in the answer that studies begin to give: the
    direction that most of the weight has.
    """

    evidence: EvidenceLevel = EvidenceLevel.NONE
    agreement: AgreementLevel = AgreementLevel.NONE
    level: ConfidenceLevel = ConfidenceLevel.UNDETERMINED
    weight_for: float = Field(default=0.0, ge=0)
    weight_against: float = Field(default=0.0, ge=0)
    weight_nuance: float = Field(default=0.0, ge=0)
    n_studies: int = Field(default=0, ge=0)
    """Independent studies that weigh more than nothing."""
    n_pieces: int = Field(default=0, ge=0)
    answer: Direction | None = None
    """Only for an uncertain statement: the direction of the answer."""


class StatementAppraisal(Record):
    """What stands for and against one statement; or, without ``statement_id``, one new point for a row."""

    row_id: str | None
    statement_id: str | None = None
    confidence: Confidence
    studies: tuple[WeighedStudy, ...] = ()
    """Against first, then nuance, then for; the heaviest first."""


class Appraisal(Record):
    """All accepted evidence, weighed against one version of the table."""

    schema_version: int = SCHEMA_VERSION
    table_version: str
    method_version: str
    """Version of the rules by which studies were found and weighed."""
    studies: tuple[Study, ...] = ()
    """Sorted by id."""
    statements: dict[str, StatementAppraisal] = Field(default_factory=dict)
    """By statement id; only statements with evidence."""
    new_points: tuple[StatementAppraisal, ...] = ()
    """What is new beside the statements: studies that say the same, together."""
    readings: dict[str, Reading] = Field(default_factory=dict)
    """By item id."""

    def confidence(self, statement_id: str) -> Confidence:
        """Confidence in a statement; undetermined where nothing was accepted."""
        found = self.statements.get(statement_id)
        return Confidence() if found is None else found.confidence
