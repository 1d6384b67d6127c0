"""How the log of a workspace is written: moments with their difference to UTC, and lines that nobody can forge."""

from __future__ import annotations

import logging
from datetime import datetime

_FURTHER = "    "
"""Before every line of an entry but its first."""


class LogLines(logging.Formatter):
    """One entry: its moment, level and place on the first line; what it has further lines of stands further right.

    Names, paths and messages of errors come from strangers. A line break in one of them would else begin a line that
    looks like an entry of ours, and signs that steer a screen would do so when somebody reads the log.
    """

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: ARG002 - its form
        """The moment as clocks here show it, and how far they are from UTC: twice a year an hour comes double."""
        return datetime.fromtimestamp(record.created).astimezone().isoformat(" ", "milliseconds")

    def format(self, record: logging.LogRecord) -> str:
        """The entry, without the line break that ends it."""
        first, *further = super().format(record).splitlines()
        return "\n".join([_shown(first), *(_FURTHER + _shown(line) for line in further)])


def _shown(line: str) -> str:
    """``line`` with what does not show written out; half a surrogate could not be written to a file at all."""
    if line.isprintable():
        return line
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in line)
