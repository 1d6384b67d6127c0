"""What people turn on and off; only ever added, and the latest on a subject holds."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from pipelines.domain.record import SCHEMA_VERSION, Record


class Switched(StrEnum):
    """Of what kind the subject is."""

    SOURCE = "source"
    SCHEDULE = "schedule"


class Switch(Record):
    """Somebody turned a source or a schedule on or off."""

    schema_version: int = SCHEMA_VERSION
    id: str
    kind: Switched
    subject: str
    """Id of the source, or name of the duty."""
    turn: int = Field(default=1, ge=1)
    person: str
    decided: datetime
    """UTC."""
    enabled: bool
