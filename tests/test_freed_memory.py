"""What was freed goes back to the system, by a thread that ends with the page."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import pytest

from pipelines import freed_memory
from pipelines.freed_memory import give_back, giving_back, keep_little

_ON_GLIBC = os.name == "posix" and "CS_GNU_LIBC_VERSION" in os.confstr_names
_LINUX = pytest.mark.skipif(not (sys.platform == "linux" and _ON_GLIBC), reason="Linux with glibc only")

_PIECES_BETWEEN_OTHERS = """
import ctypes
from pathlib import Path
from pipelines.freed_memory import give_back

def held():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 // 2**20

library = ctypes.CDLL(None)
library.malloc.restype, library.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
pieces = []
for number in range(1600):
    piece = library.malloc(65_536)
    ctypes.memset(piece, 1, 65_536)
    pieces.append(piece)
full = held()
for piece in pieces[:-1]:  # the last one keeps the area from becoming smaller by itself
    library.free(piece)
freed = held()
give_back()
print(full - freed, full - held())
"""


@_LINUX
def test_what_is_free_goes_back() -> None:
    """In a process of its own: what else runs here has areas too."""
    done = subprocess.run([sys.executable, "-c", _PIECES_BETWEEN_OTHERS], capture_output=True, text=True, check=True)
    before, after = map(int, done.stdout.split())
    assert before < 10 and after > 80  # of 100 MB


_LARGE_BETWEEN_OTHERS = """
import ctypes, sys
from pathlib import Path
from pipelines.freed_memory import keep_little

def held():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 // 2**20

if sys.argv[1] == "keep little":
    keep_little()
library = ctypes.CDLL(None)
library.malloc.restype, library.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
library.free(library.malloc(30 * 2**20))  # by itself the library now keeps what is smaller than this
large, small = [], []
for number in range(20):
    large.append(library.malloc(5 * 2**20))
    ctypes.memset(large[-1], 1, 5 * 2**20)
    small.append(library.malloc(1000))
full = held()
for piece in large:
    library.free(piece)
print(full - held())
"""


@_LINUX
def test_what_is_large_goes_back_at_once_though_small_things_lie_between() -> None:
    def given_back(how: str) -> int:
        command = [sys.executable, "-c", _LARGE_BETWEEN_OTHERS, how]
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("MALLOC_", "GLIBC_"))}
        return int(subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout)

    assert given_back("as usual") < 10 and given_back("keep little") > 90  # of 100 MB


@_LINUX
def test_it_is_done_again_and_again_until_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    rounds = threading.Semaphore(0)
    monkeypatch.setattr(freed_memory, "give_back", lambda: rounds.release() or True)
    with giving_back(0.001) as thread:
        assert thread is not None and all(rounds.acquire(timeout=60) for _ in range(3))
    assert not thread.is_alive()


def test_elsewhere_nothing_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert not give_back() and not keep_little()
    with giving_back() as thread:
        assert thread is None


class _Library:
    """A C library that notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, int]] = []

    def mallopt(self, option: int, value: int) -> int:
        self.asked.append((option, value))
        return 1


@pytest.mark.parametrize(
    ("name", "value", "asked", "asked_by_scans"),
    [
        ("MALLOC_ARENA_MAX", "8", [], [-3, -1]),
        ("MALLOC_MMAP_THRESHOLD_", "1000000", [(-8, 2)], [-8, -1]),
        ("GLIBC_TUNABLES", "glibc.malloc.arena_max=1", [], [-3, -1]),
        ("GLIBC_TUNABLES", "glibc.malloc.trim_threshold=1:glibc.malloc.mmap_threshold=1", [(-8, 2)], [-8]),
        ("GLIBC_TUNABLES", "glibc.malloc.check=0", [(-8, 2)], [-8, -3, -1]),
    ],
)
def test_what_the_environment_says_stays(
    name: str,
    value: str,
    asked: list[tuple[int, int]],
    asked_by_scans: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    library = _Library()
    monkeypatch.setattr(freed_memory, "_c_library", lambda: library)
    for other in [name for name in os.environ if name.startswith(("MALLOC_", "GLIBC_"))]:
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv(name, value)
    with giving_back():
        pass
    assert library.asked == asked
    library.asked.clear()
    keep_little()
    assert [option for option, _ in library.asked] == asked_by_scans
