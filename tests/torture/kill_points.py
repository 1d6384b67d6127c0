"""Ends this process without a word at a named point of what the program does; the program knows nothing of it.

A point is a function of the program and a place at it, or a file and how far it is written. Everything is looked up by
name and wrapped in the process that is to die.
"""

from __future__ import annotations

import importlib
import os
import re
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sqlalchemy.engine.default import DefaultDialect

Place = Literal["before", "after", "commit", "committed", "statement", "half", "written", "renamed"]


@dataclass(frozen=True)
class Point:
    """Where to die.

    ``before`` and ``after`` a function; ``commit`` and ``committed``: just before and after a transaction within it is
    committed; ``statement``: after a statement within it. Of a file: when ``half`` of it is written, when it is
    ``written`` and synced under its temporary name, when it is ``renamed``.
    """

    name: str
    step: str
    """What the program does meanwhile (``killed_steps``)."""
    where: str
    """``module:Class.function``, or what the path of a file holds (a regular expression)."""
    place: Place

    @property
    def of_file(self) -> bool:
        """Whether it is about a file."""
        return self.place in ("half", "written", "renamed")


def die() -> None:
    """As the kernel ends a process that took too much memory, or a person with ``kill -9``."""
    os.kill(os.getpid(), signal.SIGKILL)


class Watch:
    """Counts how often a point is passed, and acts at the n-th time."""

    def __init__(self, point: Point, number: int, act: Callable[[], None] = die) -> None:
        self.point = point
        self.n = 0
        self._number = number
        self._act = act
        self._inside = 0
        (self._watch_files if point.of_file else self._watch_function)()

    def _pass_by(self) -> None:
        self.n += 1
        if self.n == self._number:
            self._act()

    def _watch_function(self) -> None:
        module, _, path = self.point.where.partition(":")
        place: Any = importlib.import_module(module)
        *folders, name = path.split(".")
        for folder in folders:
            place = getattr(place, folder)
        real = getattr(place, name)
        before, after = self.point.place == "before", self.point.place == "after"

        def watched(*given: Any, **named: Any) -> Any:
            if before:
                self._pass_by()
            self._inside += 1
            try:
                result = real(*given, **named)
            finally:
                self._inside -= 1
            if after:
                self._pass_by()
            return result

        setattr(place, name, watched)
        if self.point.place in ("commit", "committed"):
            self._watch_within("do_commit", before=self.point.place == "commit")
        elif self.point.place == "statement":
            self._watch_within("do_execute", before=False)
            self._watch_within("do_execute_no_params", before=False)

    def _watch_within(self, name: str, *, before: bool) -> None:
        real = getattr(DefaultDialect, name)

        def watched(*given: Any, **named: Any) -> Any:
            if before and self._inside:
                self._pass_by()
            result = real(*given, **named)
            if not before and self._inside:
                self._pass_by()
            return result

        setattr(DefaultDialect, name, watched)

    def _watch_files(self) -> None:
        wanted = re.compile(self.point.where)
        sync, replace, link = os.fsync, os.replace, os.link

        def synced(handle: int) -> None:
            path = Path(f"/proc/self/fd/{handle}").readlink()
            if self.point.place == "half" and wanted.search(str(path)) and path.is_file():
                if self.n + 1 == self._number:
                    os.ftruncate(handle, os.fstat(handle).st_size // 2)
                self._pass_by()
            sync(handle)

        def moved(real: Callable[..., None], source: Any, target: Any, **named: Any) -> None:
            found = wanted.search(os.fspath(target)) is not None
            if found and self.point.place == "written":
                self._pass_by()
            real(source, target, **named)
            if found and self.point.place == "renamed":
                self._pass_by()

        os.fsync = synced
        os.replace = lambda source, target, **named: moved(replace, source, target, **named)
        os.link = lambda source, target, **named: moved(link, source, target, **named)
