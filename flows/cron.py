"""When cron lines are due, on Dutch clocks, also in the nights when these are put forward or back.

What does not exist (02:30 when clocks go forward) is due at the first minute that does; what comes twice (02:30 when
they go back) is due the first time. Lines with ``*`` for the hour go on by elapsed time. The system's own cron does so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from pipelines.errors import SettingsError
from pipelines.strings import Language, text

TIME_ZONE = "Europe/Amsterdam"
MOST_MISSED = 999
"""More missed moments than this are not counted one by one: looking further back takes time and tells nobody more."""

_AROUND = timedelta(hours=2)
"""Looking back begins so much later, since clocks that are put back repeat an hour."""
_FIELDS = 5
_PLAIN_TIME = re.compile(r"(\d{1,2}) (\d{1,2}) (.+)")


def check_cron(cron: str, setting: str = "cron") -> str:
    """``cron`` with single spaces; empty for never.

    Raises
    ------
    SettingsError
        It is no cron line of five fields, or never due.
    """
    line = " ".join(cron.split())
    if not line:
        return ""
    try:
        if len(line.split()) != _FIELDS:
            raise CronSimError(f"{_FIELDS} fields")
        next(CronSim(line, datetime(2026, 1, 1, tzinfo=UTC)))
    except (CronSimError, StopIteration) as error:
        raise SettingsError("error.schedule_cron", name=setting, cron=cron.strip(), detail=str(error)) from error
    return line


def next_moment(cron: str, after: datetime) -> datetime | None:
    """The first due moment later than ``after``; both in UTC without time zone. ``None`` where the line is empty."""
    if not cron:
        return None
    for due in CronSim(cron, _on_the_clock(after)):
        moment = _in_utc(due)
        if moment > after:  # in the hour that comes twice the first is told again
            return moment
    return None


def latest_moment(cron: str, until: datetime) -> datetime | None:
    """The last due moment not later than ``until``; both in UTC without time zone. ``None`` where the line is empty."""
    return next(moments_back(cron, until), None)


def moments_back(cron: str, until: datetime) -> Iterator[datetime]:
    """Due moments from ``until`` back, in UTC without time zone, each earlier than the one before it."""
    if not cron:
        return
    before: datetime | None = None
    for due in CronSim(cron, _on_the_clock(until + _AROUND), reverse=True):
        moment = _in_utc(due)
        if moment <= until and (before is None or moment < before):
            before = moment
            yield moment


def _on_the_clock(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(TIME_ZONE))


def _in_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)


def cron_in_words(cron: str, language: Language) -> str:
    """When a line is due, in words for usual forms (``every Monday at 05:30``), else the line itself."""
    line = " ".join(cron.split())
    if not line:
        return text("schedule.when.never", language)
    found = _PLAIN_TIME.fullmatch(line)
    if found is None:
        hourly = re.fullmatch(r"(\d{1,2}) \* \* \* \*", line)
        minutes = re.fullmatch(r"\*/(\d{1,2}) \* \* \* \*", line)
        if hourly:
            return text("schedule.when.hourly", language, minute=f"{int(hourly[1]):02}")
        return text("schedule.when.minutes", language, n=int(minutes[1])) if minutes else line
    time = f"{int(found[2]):02}:{int(found[1]):02}"
    days = found[3]
    if days == "* * *":
        return text("schedule.when.daily", language, time=time)
    if days in ("* * 1-5", "* * MON-FRI"):
        return text("schedule.when.workdays", language, time=time)
    if week := re.fullmatch(r"\* \* ([0-7](?:,[0-7])*)", days):
        names = [text(f"schedule.day.{int(day) % 7}", language) for day in week[1].split(",")]
        return text("schedule.when.weekly", language, days=_listed(names, language), time=time)
    if month := re.fullmatch(r"(\d{1,2}(?:,\d{1,2})*) \* \*", days):
        numbers = [_ordinal(int(day), language) for day in month[1].split(",")]
        return text("schedule.when.monthly", language, days=_listed(numbers, language), time=time)
    if year := re.fullmatch(r"(\d{1,2}) (\d{1,2}(?:,\d{1,2})*) \*", days):
        months = [text(f"schedule.month.{int(number)}", language) for number in year[2].split(",")]
        day = _ordinal(int(year[1]), language)
        return text("schedule.when.yearly", language, day=day, months=_listed(months, language), time=time)
    return line


def _listed(names: list[str], language: Language) -> str:
    if len(names) == 1:
        return names[0]
    return text("schedule.when.and", language, first=", ".join(names[:-1]), last=names[-1])


def _ordinal(day: int, language: Language) -> str:
    if language == "nl":
        return f"{day}e"
    ending = "th" if 10 <= day % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{ending}"
