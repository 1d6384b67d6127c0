"""What a flow tells of its progress; who runs the flow decides what to do with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol


class Progress(Protocol):
    """Hears how far a flow is."""

    def begin(self, stage: str, total: int | None) -> None:
        """A stage begins; ``total`` is the number of steps, ``None`` when that cannot be known."""
        ...

    def advance(self, stage: str, steps: int = 1) -> None:
        """So many steps are done."""
        ...

    def end(self, stage: str) -> None:
        """The stage is done."""
        ...


class Silent:
    """Hears and says nothing."""

    def begin(self, stage: str, total: int | None) -> None:
        """Ignore."""

    def advance(self, stage: str, steps: int = 1) -> None:
        """Ignore."""

    def end(self, stage: str) -> None:
        """Ignore."""


class Several:
    """Passes on what it hears."""

    def __init__(self, *listeners: Progress) -> None:
        self._listeners = listeners

    def begin(self, stage: str, total: int | None) -> None:
        """Pass on that a stage begins."""
        for listener in self._listeners:
            listener.begin(stage, total)

    def advance(self, stage: str, steps: int = 1) -> None:
        """Pass on that steps are done."""
        for listener in self._listeners:
            listener.advance(stage, steps)

    def end(self, stage: str) -> None:
        """Pass on that the stage is done."""
        for listener in self._listeners:
            listener.end(stage)


_SILENT = Silent()
_listener: ContextVar[Progress] = ContextVar("progress", default=_SILENT)


def progress() -> Progress:
    """The listener of the flow that runs now."""
    return _listener.get()


@contextmanager
def told_to(listener: Progress) -> Iterator[None]:
    """Let ``listener`` hear the progress of flows started within."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)
