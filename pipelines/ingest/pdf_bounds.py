"""Bounds on parsers that are written in Python and may go round for ever in a damaged file."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from pipelines.ingest.pdf_characters import PageCharacters

_log = logging.getLogger(__name__)

SECONDS = 20.0
"""Of processor time for all that other parsers do in one file. Measured: pdfminer.six takes 0.05 to 0.3 s a page."""
MOST_STEPS = 3_000_000
"""Characters, lines and groups of one file that other parsers hand over; a book of 1,000 pages has 2.5 million."""


class TooLong(BaseException):
    """A parser took too long. No ``Exception``: parsers catch those, and would go on."""


@contextmanager
def bounded_time(seconds: float = SECONDS) -> Iterator[None]:
    """Raise :class:`TooLong` within, once so much processor time has been used.

    Only where the platform can interrupt Python from within: not on Windows, and only in the main thread. Elsewhere
    the process that reads is stopped from outside. The clock of processor time leaves the clock on the wall to others.
    """
    if not hasattr(signal, "SIGVTALRM") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: object) -> None:
        raise TooLong

    former = signal.signal(signal.SIGVTALRM, stop)
    # Again and again: a parser that catches everything and goes on is told again.
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds, 0.5)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0.0)
        signal.signal(signal.SIGVTALRM, former)


class Steps:
    """Counts what a parser hands over, and stops it where that is more than any honest file holds."""

    def __init__(self, most: int = MOST_STEPS) -> None:
        self._left = most

    def take(self, n: int = 1) -> None:
        """Count ``n`` steps.

        Raises
        ------
        TooLong
            There were too many.
        """
        self._left -= n
        if self._left < 0:
            raise TooLong


@dataclass(slots=True)
class OtherPages:
    """What another parser than PDFium has read so far; it may be stopped at any moment."""

    pages: dict[int, PageCharacters] = field(default_factory=dict)
    """By number, from 1."""
    n_pages: int = 0
    """Pages that it came across."""


class ReadPages(Protocol):
    """Reads pages of a file with another parser."""

    def __call__(self, content: bytes, wanted: Collection[int] | None, steps: Steps, into: OtherPages) -> None:
        """Read the ``wanted`` pages (from 1; ``None`` for all) and add each to ``into`` as soon as it is there.

        Raises whatever the parser raises where the file as a whole cannot be read.
        """
        ...


@contextmanager
def passed_by(into: OtherPages, number: int) -> Iterator[None]:
    """A page that a parser fails on is passed by; the pages after it may be whole."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - parsers raise anything on a damaged page
        into.pages.pop(number, None)
        _log.info("page %s cannot be read: %s", number, type(error).__name__)
