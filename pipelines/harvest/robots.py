"""What robots.txt of a host asks of programs (RFC 9309), read with protego."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import httpx
from protego import Protego

from pipelines.harvest.fetching import HarvestError, Trouble
from pipelines.harvest.pace import Pace

MOST_BYTES = 500 * 1024
"""RFC 9309, 2.5: a reader takes 500 KiB at least; what comes after is not read."""
KEPT_SECONDS = 24 * 3600.0
"""RFC 9309, 2.4: not to be used for longer."""
REFUSAL_SECONDS = 600.0
"""So soon a host whose robots.txt could not be had is asked for it again."""
MOST_DELAY_SECONDS = 30.0
"""Longest pause that is kept for a host. Some ask for minutes or hours, meant for crawlers that read a whole site; with
500 items a harvest would then take days, and hold up other sources. A harvest asks once a week for what is new."""


@dataclass(frozen=True)
class _Rules:
    until: float
    rules: Protego | None
    """``None``: everything is allowed."""
    error: HarvestError | None = None


class Robots:
    """Asks robots.txt of each host once, and tells what it says.

    Parameters
    ----------
    agent
        Name that this program goes by, without version.
    load
        Gives the bytes at an address (500 KiB are enough), or raises :class:`HarvestError` with the ``status`` among
        its values where there was one.
    pace
        Is told how long a host wants to be left alone.
    clock
        Seconds that only grow.
    """

    def __init__(
        self,
        agent: str,
        load: Callable[[httpx.URL], bytes],
        pace: Pace,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._agent = agent
        self._load = load
        self._pace = pace
        self._clock = clock
        self._kept: dict[tuple[str, str, int | None], _Rules] = {}

    def check(self, url: httpx.URL) -> None:
        """See whether ``url`` may be asked.

        Raises
        ------
        HarvestError
            The host asks programs not to (refused), or cannot say at the moment, which is a no for now (passing).
        """
        place = (url.scheme, url.host, url.port)
        kept = self._kept.get(place)
        if kept is None or self._clock() >= kept.until:
            kept = self._ask(url)
            self._kept[place] = kept
        if kept.error is not None:
            # A new one each time: an error that is raised twice would carry the trace of both.
            raise HarvestError(
                kept.error.key, kept.error.trouble, retry_after=kept.error.retry_after, **kept.error.values
            ) from kept.error
        if kept.rules is not None and not kept.rules.can_fetch(str(url), self._agent):
            raise HarvestError("harvest_client.robots", Trouble.REFUSED, host=url.host)

    def _ask(self, url: httpx.URL) -> _Rules:
        until = self._clock() + KEPT_SECONDS
        try:
            content = self._load(url.copy_with(raw_path=b"/robots.txt", fragment=None))
        except HarvestError as error:
            status = error.values.get("status")
            known = isinstance(status, int) and 400 <= status < 500 and status not in (408, 425, 429)
            if known or error.trouble is Trouble.UNFIT:
                return _Rules(until, None)  # RFC 9309, 2.3.1.3: there are no rules
            if error.trouble is Trouble.REFUSED:
                return _Rules(until, None, error)  # not about robots.txt: nothing of this host may be asked
            told = HarvestError(
                "harvest_client.robots_unknown", Trouble.PASSING, retry_after=error.retry_after, host=url.host
            )
            return _Rules(self._clock() + REFUSAL_SECONDS, None, told)
        rules = Protego.parse(content.decode("utf-8-sig", "replace"))
        delay = rules.crawl_delay(self._agent)
        rate = rules.request_rate(self._agent)
        if rate is not None and rate.requests > 0:
            delay = max(delay or 0.0, rate.seconds / rate.requests)
        if delay:
            self._pace.slow(url.netloc.decode("ascii"), min(delay, MOST_DELAY_SECONDS))
        return _Rules(until, rules)
