"""How long a harvest waits before it asks again for what could not be had."""

from __future__ import annotations

from datetime import datetime, timedelta

_HOUR = 3600.0
_PAUSES = (_HOUR, 6 * _HOUR, 24 * _HOUR, 72 * _HOUR)
"""After the first, second, third and every further failure in a row: a server that is down for an hour is asked again
by the next daily harvest, and one that is gone for weeks at each weekly one and not more often."""
_SPREAD = 0.25
"""Pauses are this part longer or shorter, by chance: what failed together does not come back together."""
_AFTER_MIDNIGHT = 2 * _HOUR
"""Budgets of a day begin at midnight UTC; within so long after it a source is asked again."""


def pause_after(n_failures: int, chance: float) -> float:
    """Seconds to wait after ``n_failures`` (from 1) in a row; ``chance`` between 0 and 1."""
    pause = _PAUSES[min(max(n_failures, 1), len(_PAUSES)) - 1]
    return pause * (1 - _SPREAD + 2 * _SPREAD * chance)


def tomorrow(moment: datetime, chance: float) -> datetime:
    """The beginning of the day after ``moment`` (UTC), and a little later by chance."""
    midnight = datetime(moment.year, moment.month, moment.day) + timedelta(days=1)
    return midnight + timedelta(seconds=60 + _AFTER_MIDNIGHT * chance)
