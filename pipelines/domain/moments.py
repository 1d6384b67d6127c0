"""Moments as records keep them, in UTC without time zone, and as people read them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

#: Times are told as on the clock of the people who use the program.
_TIME_ZONE = "Europe/Amsterdam"


def now() -> datetime:
    """The present moment in UTC, without time zone, to the second."""
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def on_the_clock(when: datetime) -> datetime:
    """A moment in Dutch time, with its time zone; without one it is in UTC.

    On a system without time zone data it stays in the time zone that it has.
    """
    known = when if when.tzinfo is not None else when.replace(tzinfo=UTC)
    try:
        return known.astimezone(ZoneInfo(_TIME_ZONE))
    except ZoneInfoNotFoundError:
        return known
