"""How a topic does: new, growing, steady, shrinking or dormant, by the scans that brought its passages."""

from __future__ import annotations

from collections.abc import Mapping

from pipelines.domain.topics import TopicTrend
from pipelines.topics.distinctive import log_odds

SURE = 3.0
"""Log odds ratio in standard errors beyond which a share has changed. Passages come by the document, so that shares
vary more than passages drawn one by one would. Of topics that did nothing (documents of ``models/training`` divided at
random, 200 times, a scan of 5 to 50 %; November 2026) 1.2 to 2.5 % seem to grow and at most .9 % to shrink; at 1.64,
the value for single passages, 10 to 13 % and 2 to 11 %."""
LEAST_EXPECTED = 5.0
"""A topic is dormant when nothing came while, by its share, at least so many passages should have. In the same trials
at most 3.5 % of the topics for which so many were expected got none; at 3, 4.3 %; at 8, .2 %."""


def trend_of(by_scan: Mapping[str, int], all_by_scan: Mapping[str, int], latest: str) -> TopicTrend:
    """Trend of a topic on the day of the latest scan that brought passages.

    Parameters
    ----------
    by_scan
        Passages of the topic by the day (ISO 8601) of the scan that brought them.
    all_by_scan
        Passages of the whole corpus, so too.
    latest
        Day of the latest scan that brought passages. What came on days after it is left out.
    """
    before, all_before = _until(by_scan, latest), _until(all_by_scan, latest)
    now, all_now = by_scan.get(latest, 0), all_by_scan.get(latest, 0)
    if all_before == 0 or not all_now:
        # Beside a first scan there is nothing to compare with.
        return TopicTrend.STEADY
    if before == 0:
        return TopicTrend.NEW
    if now == 0 and _is_dormant(by_scan, all_by_scan, latest):
        return TopicTrend.DORMANT
    score = log_odds(now, all_now, before, all_before)
    if score >= SURE:
        return TopicTrend.GROWING
    return TopicTrend.SHRINKING if score <= -SURE else TopicTrend.STEADY


def _is_dormant(by_scan: Mapping[str, int], all_by_scan: Mapping[str, int], latest: str) -> bool:
    """Whether nothing came since its last passage though, by its share, enough should have."""
    days = [day for day, n in by_scan.items() if n and day <= latest]
    if not days:
        return False
    last = max(days)
    so_far = sum(n for day, n in all_by_scan.items() if day <= last)
    since = sum(n for day, n in all_by_scan.items() if last < day <= latest)
    share = sum(by_scan[day] for day in days) / max(so_far, 1)
    return share * since >= LEAST_EXPECTED


def _until(by_scan: Mapping[str, int], day: str) -> int:
    return sum(n for other, n in by_scan.items() if other < day)
