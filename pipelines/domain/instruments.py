"""What the other instruments of the source documents read in a passage, beside themes and evidence."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import Field

from pipelines.domain.record import SCHEMA_VERSION, Record
from pipelines.domain.themes import Term

GIVEN_FROM = 0.5
"""Calibrated probability from which a tag counts."""


class Uncertainty(StrEnum):
    """The three fundamental uncertainties about AI and work."""

    CAPABILITY = "capability"
    EXTENT = "extent"
    MANNER = "manner"


class FactorGroup(StrEnum):
    """Groups of factors that the table of possible actions is ordered by."""

    DEVELOPMENT_AND_ADOPTION = "development_and_adoption"
    EMBEDDING = "embedding"
    EFFECTS = "effects"
    REDUCING_UNCERTAINTY = "reducing_uncertainty"


class ActionTheme(StrEnum):
    """Themes of possible actions, in the order of the table."""

    DEVELOPMENT_QUALITY = "development_quality"
    ADOPTION_DIFFUSION = "adoption_diffusion"
    VISION = "vision"
    TRUST = "trust"
    SKILLS = "skills"
    INFRASTRUCTURE = "infrastructure"
    SOCIAL_INNOVATION = "social_innovation"
    RESEARCH = "research"
    COMPETITION = "competition"
    CAPITAL_LABOUR = "capital_labour"
    MOBILITY = "mobility"
    INCOME = "income"
    MONITORING = "monitoring"
    EXPERIMENTING = "experimenting"


THEMES_OF: dict[FactorGroup, tuple[ActionTheme, ...]] = {
    FactorGroup.DEVELOPMENT_AND_ADOPTION: (ActionTheme.DEVELOPMENT_QUALITY, ActionTheme.ADOPTION_DIFFUSION),
    FactorGroup.EMBEDDING: (
        ActionTheme.VISION,
        ActionTheme.TRUST,
        ActionTheme.SKILLS,
        ActionTheme.INFRASTRUCTURE,
        ActionTheme.SOCIAL_INNOVATION,
    ),
    FactorGroup.EFFECTS: (
        ActionTheme.RESEARCH,
        ActionTheme.COMPETITION,
        ActionTheme.CAPITAL_LABOUR,
        ActionTheme.MOBILITY,
        ActionTheme.INCOME,
    ),
    FactorGroup.REDUCING_UNCERTAINTY: (ActionTheme.MONITORING, ActionTheme.EXPERIMENTING),
}
"""What contributes to developing and adopting AI; what decides how it is taken in by an organisation; what strengthens
effects on productivity or bears on jobs and income; what makes the effects less uncertain."""


class Addressee(StrEnum):
    """Whom a recommendation asks to act."""

    EMPLOYER = "employer"
    WORKS_COUNCIL = "works_council"
    SOCIAL_PARTNERS = "social_partners"
    SECTOR = "sector"
    REGION = "region"
    GOVERNMENT = "government"
    EDUCATION = "education"
    INDIVIDUAL = "individual"
    DEVELOPER = "developer"
    RESEARCH = "research"


class Part(StrEnum):
    """Parts of the OECD's framework for classifying AI systems, in its order."""

    CONTEXT = "context"
    DATA = "data"
    MODEL = "model"
    TASK = "task"


class Family(StrEnum):
    """What labels are of one kind; a label is ``family.value``, such as ``group.women``."""

    UNCERTAINTY = "uncertainty"
    ACTION_THEME = "action_theme"
    ADDRESSEE = "addressee"
    GROUP = "group"
    ACTOR = "actor"
    SECTOR = "sector"
    """Section of NACE rev. 2, by its letter."""
    OCCUPATION = "occupation"
    """Major group of ISCO-08, by its number."""
    FUNCTION = "function"
    """What an AI application is used for (context, in the OECD's framework); so too ``USERS`` and ``AFFECTED``."""
    USERS = "users"
    AFFECTED = "affected"
    DATA = "data"
    """Kind of input."""
    MODEL = "model"
    TASK = "task"
    AUTONOMY = "autonomy"
    PART = "part"
    """Part of the OECD's framework that a passage explains or classifies by, whether or not it tells of one system."""


FAMILIES_OF_ADVICE = frozenset({Family.ACTION_THEME, Family.ADDRESSEE})
"""Asked only of passages that say what somebody should do."""
FAMILIES_OF_SYSTEMS = frozenset(
    {
        *(Family.FUNCTION, Family.USERS, Family.AFFECTED, Family.DATA, Family.MODEL, Family.TASK, Family.AUTONOMY),
        Family.PART,
    }
)
"""Kind of AI application, and explanations of AI systems: asked of passages on other subjects as well."""


class Tag(Record):
    """Something that a passage is read to be about."""

    label: str
    """``family.value``."""
    probability: float = Field(ge=0, le=1)
    """Calibrated; the tag counts from :data:`GIVEN_FROM`."""
    terms: tuple[Term, ...] = ()
    """Words that carried it, strongest first."""
    by_reader: bool = Field(default=False, exclude_if=lambda by_reader: not by_reader)
    """Whether it holds by the decision of a reader; what models propose is stored without."""

    @property
    def family(self) -> Family:
        """What kind of label it is."""
        return Family(self.label.partition(".")[0])


class Instruments(Record):
    """All tags of one passage. Proposals of a model, never decisions."""

    schema_version: int = SCHEMA_VERSION
    passage_id: str
    tags: tuple[Tag, ...] = ()
    """Most probable first."""
    model_version: str

    def given(self) -> tuple[str, ...]:
        """Labels that count."""
        return tuple(tag.label for tag in self.tags if tag.probability >= GIVEN_FROM)

    def judged(self, labels: tuple[str, ...]) -> Self:
        """With the tags that a reader holds in place of those that were read.

        A tag of a reader has probability 1; the words that carried it stay where it was read as well.
        """
        read = {tag.label: tag for tag in self.tags}
        held = tuple(
            Tag(label=label, probability=1, terms=read[label].terms if label in read else (), by_reader=True)
            for label in labels
        )
        return self.model_copy(update={"tags": held})

    def of(self, family: Family) -> tuple[Tag, ...]:
        """Tags of one kind."""
        return tuple(tag for tag in self.tags if tag.family is family)
