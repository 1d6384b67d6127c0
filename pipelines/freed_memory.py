"""Gives memory that was freed back to the system (with glibc; elsewhere nothing is done).

The allocator of glibc lets each thread take from an area of its own, and keeps what was freed there. Requests and
refreshed indexes run in ever other threads, so that each of those areas grows once to the largest that any of them
needed: the page grew in steps of 20 to 27 MB, most of them free, while the objects of the program stayed as many as
they were (docs/reliability.md). A scan holds arrays of megabytes for a moment, again and again; those between what
stays keep their places.
"""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_ARENA_MAX, _MMAP_THRESHOLD, _TRIM_THRESHOLD = -8, -3, -1
"""``M_ARENA_MAX`` and its sisters of ``malloc.h``."""
_NAMES = {_ARENA_MAX: "arena_max", _MMAP_THRESHOLD: "mmap_threshold_", _TRIM_THRESHOLD: "trim_threshold_"}
_ARENAS = 2
"""One for the thread that answers and one for all that work: Python lets one of them run at a time anyway."""
_LARGE_BYTES = 2**18
"""What is as large gets pages of its own, which go back as soon as it is freed. Without, glibc raises this bound by
itself to 32 MB. Labels of 8 reports held 375 MB at their end instead of 506, in the same processor time (2026-11)."""
_EVERY_SECONDS = 30.0
"""A round that follows on another took 0.3 and 0.8 ms (two looks), in which the other threads may run."""


def _c_library() -> ctypes.CDLL | None:
    """The C library of this process where it is glibc."""
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None)
    known = all(hasattr(library, name) for name in ("gnu_get_libc_version", "mallopt", "malloc_trim"))
    return library if known else None


def _set(library: ctypes.CDLL, options: dict[int, int]) -> None:
    """Set what nobody who runs the program has chosen."""
    chosen = os.environ.get("GLIBC_TUNABLES", "")
    for option, value in options.items():
        name = _NAMES[option]
        if f"MALLOC_{name.upper()}" not in os.environ and f"glibc.malloc.{name.removesuffix('_')}" not in chosen:
            library.mallopt(option, value)


def keep_little() -> bool:
    """Have what is large given back as soon as it is freed; to be called before threads start. Whether that can be."""
    library = _c_library()
    if library is None:
        return False
    _set(library, {_ARENA_MAX: _ARENAS, _MMAP_THRESHOLD: _LARGE_BYTES, _TRIM_THRESHOLD: _LARGE_BYTES})
    return True


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
    _set(library, {_ARENA_MAX: _ARENAS})
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
