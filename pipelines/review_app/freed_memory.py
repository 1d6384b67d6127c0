"""Gives memory that was freed back to the system while the page is served (with glibc; elsewhere nothing is done).

The allocator of glibc lets each thread take from an area of its own, and keeps what was freed there. Requests and
refreshed indexes run in ever other threads, so that each of those areas grows once to the largest that any of them
needed: the page grew in steps of 20 to 27 MB, most of them free, while the objects of the program stayed as many as
they were (docs/reliability.md).
"""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_ARENA_MAX = -8
"""``M_ARENA_MAX`` of ``malloc.h``."""
_ARENAS = 2
"""One for the thread that answers and one for all that work: Python lets one of them run at a time anyway."""
_EVERY_SECONDS = 30.0
"""A round that follows on another took 0.3 and 0.8 ms (two looks), in which the other threads may run."""


def _c_library() -> ctypes.CDLL | None:
    """The C library of this process where it is glibc."""
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None)
    known = all(hasattr(library, name) for name in ("gnu_get_libc_version", "mallopt", "malloc_trim"))
    return library if known else None


def _bounds_areas(environment: dict[str, str]) -> bool:
    """Whether somebody who runs the program chose the number of areas."""
    return "MALLOC_ARENA_MAX" in environment or "glibc.malloc.arena_max" in environment.get("GLIBC_TUNABLES", "")


def give_back() -> bool:
    """Give back what is free now; whether the system can do that."""
    library = _c_library()
    if library is None:
        return False
    library.malloc_trim(ctypes.c_size_t(0))
    return True


@contextmanager
def giving_back(every_seconds: float = _EVERY_SECONDS) -> Iterator[threading.Thread | None]:
    """Give back what is free again and again; to be entered before threads are started.

    Yields
    ------
    threading.Thread | None
        The one that does it, where the system can.
    """
    library = _c_library()
    if library is None:
        yield None
        return
    if not _bounds_areas(dict(os.environ)):
        library.mallopt(_ARENA_MAX, _ARENAS)
    ended = threading.Event()

    def work() -> None:
        while not ended.wait(every_seconds):
            give_back()

    thread = threading.Thread(target=work, name="freed-memory", daemon=True)
    thread.start()
    try:
        yield thread
    finally:
        ended.set()
        thread.join()
