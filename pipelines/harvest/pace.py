"""Politeness between requests: a least pause for each host, and no hurry where a host is in trouble."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

MOST_SILENT = 3
"""Addresses of a host in a row that gave no answer at all, each after all its tries, before the rest is put off: at the
usual bounds one of them takes four minutes, and a source may have hundreds."""
SILENT_SECONDS = 600.0
"""So long a silent host is left alone; a restart of a server is done by then."""


class Pace:
    """Lets one request after the other go to each host. Several threads may use it.

    Parameters
    ----------
    seconds
        Least time between the beginnings of two requests to one host.
    clock, sleep
        Seconds that only grow, and what waits.
    """

    def __init__(
        self,
        seconds: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._seconds = seconds
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._own: dict[str, float] = {}
        self._next: dict[str, float] = {}
        self._missed: dict[str, tuple[int, float]] = {}

    def wait(self, host: str) -> None:
        """Return once ``host`` may be asked; whoever comes next has to wait longer."""
        with self._lock:
            now = self._clock()
            turn = max(now, self._next.get(host, now))
            self._next[host] = turn + max(self._seconds, self._own.get(host, 0.0))
        if turn > now:
            self._sleep(turn - now)

    def slow(self, host: str, seconds: float) -> None:
        """``host`` wants to be left alone for ``seconds`` between two requests; the usual pause is the least."""
        with self._lock:
            self._own[host] = seconds

    def hold(self, host: str, seconds: float) -> None:
        """Nobody gets a turn to ask ``host`` before ``seconds`` from now."""
        with self._lock:
            self._next[host] = max(self._next.get(host, 0.0), self._clock() + seconds)

    def heard(self, host: str) -> None:
        """``host`` answered, whatever it said."""
        with self._lock:
            self._missed.pop(host, None)

    def missed(self, host: str) -> None:
        """``host`` gave no answer, after all tries."""
        with self._lock:
            self._missed[host] = (self._missed.get(host, (0, 0.0))[0] + 1, self._clock())

    def silent_for(self, host: str) -> float:
        """So many seconds ``host`` is left alone from now, since it has not answered for some time; 0 if it has."""
        with self._lock:
            times, since = self._missed.get(host, (0, 0.0))
            return max(0.0, since + SILENT_SECONDS - self._clock()) if times >= MOST_SILENT else 0.0
