"""What is due: on Dutch clocks, over summer time and long gaps, each moment once."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.catching_up import MOST_ATTEMPTS, STOPPED, Watched, due_now, next_attempt, watch
from flows.cron import (
    MOST_MISSED,
    check_cron,
    cron_in_words,
    latest_moment,
    moments_back,
    next_moment,
)
from pipelines.domain.documents import Reason
from pipelines.domain.moments import on_the_clock
from pipelines.domain.schedules import Duty, DutyRun, DutyState, Schedule
from pipelines.domain.switches import Switch, Switched
from pipelines.errors import SettingsError
from pipelines.settings import Settings

_CRONS = ("30 5 * * 1", "0 7 1 * *", "30 2 * * *", "15 2,3 * * *", "0 */4 * * *", "59 1 28-31 3,10 *", "0 3 * * 0")
#: Three years with six changes of the clock.
_MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31))


def _run(duty: Duty = Duty.SCAN, state: DutyState = DutyState.DONE, **values: object) -> DutyRun:
    began = values.pop("started", datetime(2026, 6, 1, 8))
    return DutyRun.model_validate(
        {"id": "r", "duty": duty, "state": state, "started": began, "beat": began, "host": "h", **values}
    )


def _watched(cron: str, since: datetime, duty: Duty = Duty.SCAN, *, paused: bool = False) -> Watched:
    return Watched(schedule=Schedule(duty=duty, cron=cron, paused=paused), since=since)


# ---------------------------------------------------------------- clocks


def test_a_time_that_does_not_exist_is_due_at_the_first_that_does() -> None:
    due = next_moment("30 2 * * *", datetime(2026, 3, 28, 12))
    assert due is not None and on_the_clock(due).isoformat() == "2026-03-29T03:00:00+02:00"
    after = next_moment("30 2 * * *", due)
    assert after is not None and on_the_clock(after).isoformat() == "2026-03-30T02:30:00+02:00"


def test_a_time_that_comes_twice_is_due_once() -> None:
    first = next_moment("30 2 * * *", datetime(2026, 10, 24, 12))
    assert first == datetime(2026, 10, 25, 0, 30)  # still summer time
    between = datetime(2026, 10, 25, 1, 10)  # 02:10 for the second time
    assert latest_moment("30 2 * * *", between) == first
    assert next_moment("30 2 * * *", between) == datetime(2026, 10, 26, 1, 30)


def test_every_four_hours_goes_on_by_elapsed_time() -> None:
    back = moments_back("0 */1 * * *", datetime(2026, 10, 25, 6))
    night = [next(back) for _ in range(12)]
    assert {a - b for a, b in pairwise(night)} == {timedelta(hours=1)}


@given(st.sampled_from(_CRONS), _MOMENTS)
def test_forward_and_back_agree(cron: str, moment: datetime) -> None:
    following = next_moment(cron, moment)
    assert following is not None and following > moment
    assert latest_moment(cron, following) == following
    before = latest_moment(cron, moment)
    assert before is not None and before <= moment
    assert next_moment(cron, before) == following


@given(st.sampled_from(_CRONS), _MOMENTS)
def test_nothing_lies_between_two_moments(cron: str, moment: datetime) -> None:
    back = moments_back(cron, moment)
    found = [next(back) for _ in range(8)][::-1]
    assert found == sorted(set(found))
    assert [next_moment(cron, earlier) for earlier in found[:-1]] == found[1:]


@pytest.mark.parametrize("wrong", ["elke dag", "* * * *", "0 0 * * * *", "61 * * * *", "0 0 31 2 *"])
def test_what_is_no_moment_is_told(wrong: str) -> None:
    with pytest.raises(SettingsError, match="schedule_cron"):
        check_cron(wrong, "schedule_scan")


def test_the_shipped_schedules_are_said_in_words() -> None:
    settings = Settings.model_construct()  # the defaults, whatever the environment says
    lines = (settings.schedule_scan, settings.schedule_report, settings.schedule_learn, settings.schedule_backup)
    assert [cron_in_words(check_cron(line), "nl") for line in lines] == [
        "elke maandag om 05:30",
        "elke 1e van de maand om 07:00",
        "elke dag om 02:00",
        "elke dag om 02:30",
    ]
    assert [cron_in_words(line, "en") for line in lines] == [
        "every Monday at 05:30",
        "on the 1st of every month at 07:00",
        "every day at 02:00",
        "every day at 02:30",
    ]


@pytest.mark.parametrize(
    ("cron", "nl", "en"),
    [
        ("0 6 * * 1-5", "elke werkdag om 06:00", "every weekday at 06:00"),
        ("5 22 * * 2,4,7", "elke dinsdag, donderdag en zondag om 22:05", "every Tuesday, Thursday and Sunday at 22:05"),
        ("0 7 1,15 * *", "elke 1e en 15e van de maand om 07:00", "on the 1st and 15th of every month at 07:00"),
        ("0 7 1 1,7 *", "op de 1e van januari en juli om 07:00", "on the 1st of January and July at 07:00"),
        ("15 * * * *", "elk uur, op minuut 15", "every hour, at minute 15"),
        ("*/10 * * * *", "elke 10 minuten", "every 10 minutes"),
        ("", "nooit", "never"),
        ("0 5 L * *", "0 5 L * *", "0 5 L * *"),
        ("0 5 1 * 1", "0 5 1 * 1", "0 5 1 * 1"),
    ],
)
def test_usual_forms_are_said_in_words(cron: str, nl: str, en: str) -> None:
    assert (cron_in_words(cron, "nl"), cron_in_words(cron, "en")) == (nl, en)


# ---------------------------------------------------------------- what is due


def test_what_was_due_before_the_program_looked_was_not_missed() -> None:
    since = datetime(2026, 6, 2, 9)
    assert due_now([_watched("30 5 * * *", since)], [], since + timedelta(hours=2)) == []


def test_a_long_gap_is_caught_up_by_one_run() -> None:
    since = datetime(2026, 6, 1)
    found = due_now([_watched("30 5 * * *", since)], [], datetime(2026, 6, 11, 12))
    assert [(one.duty, one.due, one.n_missed) for one in found] == [(Duty.SCAN, datetime(2026, 6, 11, 3, 30), 10)]


def test_years_of_minutes_are_not_counted_one_by_one() -> None:
    found = due_now([_watched("* * * * *", datetime(2024, 1, 1))], [], datetime(2026, 6, 11))
    assert [one.n_missed for one in found] == [MOST_MISSED]


def test_what_somebody_had_done_since_is_not_done_again() -> None:
    watched = [_watched("30 5 * * *", datetime(2026, 6, 1))]
    now = datetime(2026, 6, 11, 12)
    assert due_now(watched, [_run(started=datetime(2026, 6, 11, 8))], now) == []
    failed = _run(state=DutyState.FAILED, started=datetime(2026, 6, 11, 8))
    assert due_now(watched, [failed], now) != []
    answered = _run(state=DutyState.FAILED, started=datetime(2026, 6, 11, 8), due=datetime(2026, 6, 11, 3, 30))
    assert due_now(watched, [answered], now) == []


def test_what_was_just_due_is_left_to_the_orchestrator() -> None:
    watched = [_watched("30 5 * * *", datetime(2026, 6, 11))]
    now = datetime(2026, 6, 11, 3, 31)
    assert due_now(watched, [], now, timedelta(minutes=2)) == []
    assert len(due_now(watched, [], now)) == 1


def test_a_run_that_goes_on_is_waited_for() -> None:
    watched = [_watched("* * * * *", datetime(2026, 6, 1))]
    assert due_now(watched, [_run(state=DutyState.RUNNING)], datetime(2026, 6, 11)) == []


def test_what_reads_comes_before_what_tells() -> None:
    since = datetime(2026, 6, 1)
    watched = [_watched("* * * * *", since, duty) for duty in (Duty.BACKUP, Duty.REPORT, Duty.SCAN, Duty.LEARN)]
    assert [one.duty for one in due_now(watched, [], datetime(2026, 6, 2))] == list(Duty)


def test_an_interrupted_run_is_done_once_more_and_at_most_three_times() -> None:
    watched = [_watched("30 5 * * 1", datetime(2026, 6, 1))]
    now = datetime(2026, 6, 1, 9)
    for attempt in range(1, MOST_ATTEMPTS):
        died = _run(state=DutyState.INTERRUPTED, due=datetime(2026, 6, 1, 3, 30), n_missed=4, attempt=attempt)
        [found] = due_now(watched, [died], now)
        assert (found.again, found.due, found.n_missed) == (died, died.due, 4)
        assert next_attempt(died) == attempt + 1
    last = _run(state=DutyState.INTERRUPTED, due=datetime(2026, 6, 1, 3, 30), attempt=MOST_ATTEMPTS)
    assert due_now(watched, [last], now) == []
    stopped = last.model_copy(update={"reason": Reason(key=STOPPED)})
    assert [one.again for one in due_now(watched, [stopped], now)] == [stopped]
    assert next_attempt(stopped) == MOST_ATTEMPTS


def test_a_later_moment_takes_an_interrupted_run_along() -> None:
    died = _run(state=DutyState.INTERRUPTED, due=datetime(2026, 6, 1, 3, 30))
    [found] = due_now([_watched("30 5 * * *", datetime(2026, 6, 1))], [died], datetime(2026, 6, 3, 9))
    assert (found.again, found.due, found.n_missed) == (None, datetime(2026, 6, 3, 3, 30), 1)


def test_a_paused_schedule_is_never_due_but_what_was_asked_for_goes_on() -> None:
    watched = [_watched("* * * * *", datetime(2026, 6, 1), paused=True)]
    now = datetime(2026, 6, 11)
    died = _run(state=DutyState.INTERRUPTED)
    assert due_now(watched, [died], now) == []
    asked = died.model_copy(update={"asked_by": "anna"})
    assert [one.again for one in due_now(watched, [asked], now)] == [asked]


@given(st.sampled_from(_CRONS), _MOMENTS, st.lists(st.integers(1, 60 * 24 * 40), min_size=1, max_size=12))
def test_whenever_one_looks_each_moment_is_answered_once(cron: str, begin: datetime, minutes: list[int]) -> None:
    """Looking at any moments, doing what is due then: every moment in between is answered by exactly one run."""
    now, ledger, n_answered = begin, [], 0
    for step in minutes:
        now += timedelta(minutes=step)
        for one in due_now([_watched(cron, begin)], ledger[-1:], now):
            assert one.due is not None and one.due <= now
            ledger.append(_run(due=one.due, started=now))
            n_answered += 1 + one.n_missed
    dues = [run.due for run in ledger]
    assert dues == sorted(set(dues))
    expected = 0
    for moment in moments_back(cron, now):
        if moment <= begin:
            break
        expected += 1
    assert n_answered == expected


# ---------------------------------------------------------------- since when


def test_a_change_or_a_resumption_counts_from_then(tmp_path: Path) -> None:
    schedule = Schedule(duty=Duty.SCAN, cron="30 5 * * *")
    first, later = datetime(2026, 6, 1), datetime(2026, 6, 5)

    def since(schedule: Schedule, now: datetime, switches: dict[str, Switch] | None = None) -> datetime:
        [found] = watch(tmp_path, [schedule], switches or {}, now)
        return found.since

    assert since(schedule, first) == first
    assert since(schedule, later) == first
    changed = schedule.model_copy(update={"cron": "0 6 * * *"})
    assert since(changed, later) == later
    resumed = Switch(
        id="a", kind=Switched.SCHEDULE, subject="scan", person="anna", decided=datetime(2026, 6, 9), enabled=True
    )
    assert since(changed, datetime(2026, 6, 10), {"scan": resumed}) == resumed.decided
    (tmp_path / "schedules.json").write_bytes(b"{")
    assert since(changed, datetime(2026, 6, 11)) == datetime(2026, 6, 11)
