"""How much of what is costly one account may ask in a while: nobody can keep the others from working.

Each account has a store of turns for each kind of request, which fills again as time goes by. The stores are so large
that a person never sees their bottom, also one who works by keyboard: nine passages a second with their pictures,
for an hour, and two searches beside them leave turns over (``tests/review_app/test_pace.py``). A program that asks
without end is held to what the store fills by.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

_MOST_STORES = 10_000
"""So many accounts and kinds are remembered; stores that are full again are forgotten first."""


class Costly(StrEnum):
    """Kinds of requests that take the server more than looking something up."""

    SEARCH = "search"
    PICTURE = "picture"
    """A page of a document is drawn."""
    UPLOAD = "upload"
    FILE = "file"
    """A file is written, or an original read and checked."""
    JOB = "job"
    """A process of its own is started; there is one of each kind at a time besides."""
    MODEL = "model"
    """A model works something out while the page waits."""
    PASSWORD = "password"


@dataclass(frozen=True)
class Store:
    """Turns that an account has of one kind."""

    most: int
    per_second: float


STORES: Mapping[Costly, Store] = MappingProxyType(
    {
        Costly.SEARCH: Store(300, 5),
        Costly.PICTURE: Store(600, 10),
        Costly.UPLOAD: Store(300, 2),
        Costly.FILE: Store(300, 2),
        Costly.JOB: Store(100, 0.5),
        Costly.MODEL: Store(60, 0.5),
        Costly.PASSWORD: Store(30, 0.2),
    }
)


class Pace:
    """Turns of all accounts, in memory: a program that starts anew lets everybody begin with full stores.

    Parameters
    ----------
    clock
        Seconds, as :func:`time.monotonic` counts them.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._left: dict[tuple[str, Costly], tuple[float, float]] = {}
        self._guard = threading.Lock()

    def take(self, account: str, kind: Costly) -> int | None:
        """Take a turn.

        Returns
        -------
        int or None
            ``None``: it is there. Else the seconds after which there is one.
        """
        store, place = STORES[kind], (account, kind)
        with self._guard:
            now = self._clock()
            left, since = self._left.get(place, (float(store.most), now))
            left = min(float(store.most), left + (now - since) * store.per_second)
            if left < 1:
                return math.ceil((1 - left) / store.per_second)
            if len(self._left) >= _MOST_STORES and place not in self._left:
                self._forget_full(now)
            self._left[place] = (left - 1, now)
        return None

    def _forget_full(self, now: float) -> None:
        going = {
            place: (left, since)
            for place, (left, since) in self._left.items()
            if left + (now - since) * STORES[place[1]].per_second < STORES[place[1]].most
        }
        self._left = going if len(going) < _MOST_STORES else {}
