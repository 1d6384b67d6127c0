"""The rules by which studies are weighed, as they stand in ``weights.yaml``."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import Field, ValidationError

from pipelines.appraisal.cue_lists import CUES_FILE
from pipelines.domain.appraisal import AgreementLevel, ConfidenceLevel, Design, EvidenceLevel, Setting
from pipelines.domain.evidence import EvidenceKind
from pipelines.domain.record import Record
from pipelines.errors import SettingsError

WEIGHTS_FILE = Path(__file__).with_name("weights.yaml")

#: Raised by one when the code by which studies are found or weighed changes what comes out.
_METHOD = 1
_Share = Annotated[float, Field(ge=0, le=1)]


class Factor(Record):
    """A number that a study is multiplied by, and why."""

    # Above nothing: a study that bears on a statement always counts.
    factor: float = Field(gt=0, le=1)
    why: str = Field(min_length=1)


class Recency(Record):
    """How weight falls with the years."""

    half_life_years: float = Field(gt=0)
    floor: float = Field(gt=0, le=1)
    why: str = Field(min_length=1)


class WeightStep(Record):
    """Weight from which a level holds, and why."""

    from_weight: float = Field(gt=0)
    why: str = Field(min_length=1)


class ShareStep(Record):
    """Share from which a level holds, and why."""

    from_share: _Share
    why: str = Field(min_length=1)


class Highest(Record):
    """The highest confidence that some evidence can give, and why."""

    level: ConfidenceLevel
    why: str = Field(min_length=1)


class Weights(Record):
    """All that decides what a study weighs and how weights become confidence."""

    design: dict[Design, Factor]
    kind: dict[EvidenceKind, Factor]
    setting: dict[Setting, Factor]
    population: dict[str, Factor]
    """``same``, ``unstated``, ``other``."""
    recency: Recency
    evidence: dict[EvidenceLevel, WeightStep]
    """Of ``medium`` and ``robust``; less is ``limited``."""
    agreement: dict[str, ShareStep]
    """``medium``, ``high``, and ``least_share`` below which confidence is very low."""
    levels: dict[EvidenceLevel, dict[AgreementLevel, ConfidenceLevel]]
    highest: dict[str, Highest]
    """``one_study``, ``two_studies``, ``one_document``."""


@cache
def load_weights(path: Path = WEIGHTS_FILE) -> Weights:
    """Read the rules.

    Raises
    ------
    SettingsError
        The file does not hold what it should.
    """
    try:
        weights = Weights.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise SettingsError("error.weights_wrong", file=path.name) from error
    complete = (
        set(weights.design) == set(Design)
        and set(weights.kind) == set(EvidenceKind)
        and set(weights.setting) == set(Setting)
        and set(weights.population) == {"same", "unstated", "other"}
        and set(weights.highest) == {"one_study", "two_studies", "one_document"}
        and set(weights.agreement) == {"medium", "high", "least_share"}
        and set(weights.levels) == set(EvidenceLevel) - {EvidenceLevel.NONE}
        and all(set(row) == set(AgreementLevel) - {AgreementLevel.NONE} for row in weights.levels.values())
        and set(weights.evidence) == {EvidenceLevel.MEDIUM, EvidenceLevel.ROBUST}
    )
    if not complete:
        raise SettingsError("error.weights_wrong", file=path.name)
    return weights


@cache
def method_version() -> str:
    """Version of the method: of the code, and a hash of weights and cue lists."""
    digest = hashlib.sha256(WEIGHTS_FILE.read_bytes() + CUES_FILE.read_bytes()).hexdigest()
    return f"{_METHOD}.{digest[:10]}"
