"""Who made a tracked change or a comment, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

Change = Literal["inserted", "deleted"]


@dataclass(frozen=True, slots=True)
class Stamp:
    """Who made a tracked change or a comment, and when."""

    author: str
    moment: datetime | None
    """In UTC, without time zone and with whole seconds."""

    @classmethod
    def of(cls, author: str, moment: datetime | None) -> Stamp:
        """A stamp with the moment as Word files hold it."""
        if moment is not None:
            moment = (moment.astimezone(UTC) if moment.tzinfo else moment).replace(tzinfo=None, microsecond=0)
        return cls(author, moment)

    @property
    def date(self) -> str | None:
        """The moment as Word files write it (``ST_DateTime``)."""
        return None if self.moment is None else self.moment.isoformat() + "Z"


def parse_date(written: str | None) -> datetime | None:
    """Moment of a date as Word files write it; ``None`` where there is none, or none that can be read.

    Word writes local time and calls it UTC, so an offset says nothing and is left out.
    """
    try:
        return None if not written else datetime.fromisoformat(written).replace(tzinfo=None, microsecond=0)
    except ValueError:
        return None
