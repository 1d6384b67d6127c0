"""What came of files that somebody added, kept until the next page shows it."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass

from pipelines.domain.documents import Reason
from pipelines.store.arrivals import Arrival

_MOST = 200


@dataclass(frozen=True)
class Receipt:
    """Of one go."""

    account: str
    arrivals: tuple[Arrival, ...]
    scan: str
    """``started``, ``busy`` (one was going on), ``failed`` or ``not_asked``."""
    failed: tuple[tuple[str, Reason], ...] = ()
    """Names of files that could not be kept, and why."""


class Receipts:
    """The latest ones, in memory: they only tell what the folder holds as well."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Receipt] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, receipt: Receipt) -> str:
        """Keep one; returns the word by which the next page asks for it."""
        word = secrets.token_urlsafe(16)
        with self._lock:
            self._kept[word] = receipt
            while len(self._kept) > _MOST:
                self._kept.popitem(last=False)
        return word

    def get(self, word: str, account: str) -> Receipt | None:
        """One of an account's own."""
        with self._lock:
            found = self._kept.get(word)
        return found if found is not None and found.account == account else None
