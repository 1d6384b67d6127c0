"""Bounds that a worker sets itself before it sees a file of strangers."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flows.system_call_filter import filter_system_calls

_PARENT_DEATH_SIGNAL = 1
_NETWORK = ("socket.",)
_PROGRAMS = ("os.fork", "os.exec", "os.posix_spawn", "os.spawn", "os.startfile", "os.system", "pty.", "subprocess.")
_CHANGES = frozenset({
    "os.chmod", "os.chown", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink", "os.truncate",
    "os.utime", "os.setxattr", "os.removexattr", "shutil.rmtree", "shutil.move",
})  # fmt: skip
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_ADDRESSES_PER_BYTE = 4
"""Address space that may be taken for each byte of data; it bounds what is shared, which does not count as data."""


def end_with_parent(parent: int) -> None:
    """Ask the kernel to kill this process when ``parent`` ends, however that ends (Linux)."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    if os.name == "posix" and os.getppid() != parent:  # it ended before the kernel was asked
        os._exit(1)


def leave_signals_alone() -> None:
    """Ctrl-C goes to all processes of a terminal, but it is for the scan, which then ends its workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "SIGTERM"):
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def close_doors(*, programs: bool) -> None:
    """From here on this process writes no file, opens no connection and (unless ``programs``) starts no program."""
    sys.dont_write_bytecode = True
    try:
        import resource
    except ImportError:  # not on Windows
        pass
    else:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if not programs:  # a program that is started may need a file of its own
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    filter_system_calls(programs=programs)
    refused = _NETWORK if programs else _NETWORK + _PROGRAMS

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            if isinstance(flags, int) and flags & _WRITING and path != os.devnull and not programs:
                raise PermissionError(f"a reader writes nothing: {path!r}"[:200])
        elif event.startswith(refused) or (event in _CHANGES and not programs):
            raise PermissionError(f"not in a reader: {event}")

    sys.addaudithook(watch)


@contextmanager
def memory_for_one(most_bytes: int) -> Iterator[None]:
    """Let what is done within take ``most_bytes`` on top of what the process has already.

    Data is counted (RLIMIT_DATA: heap, private and writable), not addresses: the libraries of a worker occupy 0.4 to
    0.6 GB of addresses, of which most is code that all workers share (2026-11). Where data is not counted (before
    Linux 4.7, macOS) the bound on addresses stands, and the keeper looks at the memory from outside.
    """
    try:
        import resource
    except ImportError:  # not on Windows
        yield
        return
    before = [(bound, resource.getrlimit(bound)) for bound in (resource.RLIMIT_DATA, resource.RLIMIT_AS)]
    data, addresses = _taken()
    for (bound, (_, hard)), most in zip(
        before, (data + most_bytes, addresses + _ADDRESSES_PER_BYTE * most_bytes), strict=True
    ):
        if addresses:
            resource.setrlimit(bound, (most if hard == resource.RLIM_INFINITY else min(hard, most), hard))
    try:
        yield
    finally:
        for bound, limits in before:
            resource.setrlimit(bound, limits)


def _taken() -> tuple[int, int]:
    """Bytes of data and of addresses that this process has; 0 where the system does not tell."""
    try:
        sizes = [int(n) for n in Path("/proc/self/statm").read_text(encoding="ascii").split()]
    except OSError:
        return 0, 0
    page = os.sysconf("SC_PAGE_SIZE")
    return sizes[5] * page, sizes[0] * page
