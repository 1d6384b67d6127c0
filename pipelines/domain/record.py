"""The base of all records."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

#: Raised by one whenever a stored record changes shape; kept beside each stored record.
SCHEMA_VERSION = 1


class Record(BaseModel):
    """A frozen record: unknown fields are an error, equal content is equal."""

    model_config = ConfigDict(frozen=True, extra="forbid")
