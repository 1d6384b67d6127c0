"""Readers that do what none should, each under a name of its own; loaded in worker processes, and so kept light."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from flows.reading import Read, Reading, Request, read_file
from pipelines.domain.documents import Document, DocumentState, SourceReference
from pipelines.ingest.parser import IngestLimits
from pipelines.passages.rules import PassageRules

_MEGABYTE = 2**20


def load_nothing(read: Read) -> None:
    """Stand-in for the loading of libraries, which takes seconds."""


def misbehave(request: Request, limits: IngestLimits, rules: PassageRules) -> Reading:
    """Do what the name of the file says; ``good`` and all names that say nothing read a word."""
    act = _ACTS.get(request.paths[0].stem)
    text = act() if act is not None else None
    checksum = "0" * 64 if request.paths[0].stem == "impostor" else request.checksum
    source = SourceReference(path=str(request.paths[0]), checksum=checksum, n_bytes=1)
    document = Document(
        id=source.document_id if request.paths[0].stem == "impostor" else request.document_id,
        source=source,
        media_type="text/plain",
        parser="x/1",
        state=DocumentState.TEXT,
        text=text or "goed",
    )
    return Reading(document, request.paths[0])


def misbehave_or_read(request: Request, limits: IngestLimits, rules: PassageRules) -> Reading:
    """As :func:`misbehave`, but a name that says nothing is really read."""
    if request.paths[0].stem in _ACTS:
        return misbehave(request, limits, rules)
    return read_file(request, limits, rules)


def leave_child() -> bytes:
    """Start a process that leaves group and session; returns its id."""
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.write(writing, str(os.getpid()).encode("ascii"))
            time.sleep(600)
        os._exit(0)
    return os.read(reading, 20)


def wait_long() -> bytes:
    """Do nothing for ten minutes."""
    time.sleep(600)
    return b""


def say_process() -> bytes:
    """The id of the worker, and the names of what it knows of its surroundings."""
    return " ".join([str(os.getpid()), *sorted(os.environ)]).encode("utf-8")


def prepare_nothing() -> None:
    """For a pool whose work needs no libraries."""


def _fail() -> None:
    raise RuntimeError("a bug in a library")


def _hang() -> None:
    time.sleep(600)


def _spin_deaf() -> None:
    """As a library in C would that never returns."""
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    while True:
        pass


def _eat() -> None:
    eaten: list[bytearray] = []
    while True:
        eaten.append(bytearray(_MEGABYTE))


def _eat_in_c() -> None:
    """As a library in C would: it ends the process where there is no more."""
    library = ctypes.CDLL(None)
    library.malloc.restype = ctypes.c_void_p
    library.memset.argtypes = (ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t)
    while True:
        place = library.malloc(_MEGABYTE)
        if not place:
            os.abort()
        library.memset(place, 1, _MEGABYTE)


def _print_much() -> None:
    block = b"x" * _MEGABYTE
    for _ in range(1024):
        os.write(1, block)
        os.write(2, block)


def _stop() -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def _fork() -> None:
    """A child that lives on and leaves its family, as far as it is let."""
    if os.fork() == 0:
        os.setsid()
        time.sleep(600)
        os._exit(0)


def _start_program() -> None:
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)


def _fork_in_c() -> str:
    library = ctypes.CDLL(None, use_errno=True)
    child = library.fork()
    if child == 0:
        time.sleep(600)
        os._exit(0)
    return "niet" if child == -1 else "wel"


def _fill() -> None:
    Path("vol").write_bytes(bytes(_MEGABYTE))


def _fill_in_c() -> str:
    library = ctypes.CDLL(None, use_errno=True)
    place = os.fsencode(Path("/tmp") / f"kennisstand-{os.getpid()}")
    descriptor = library.open(place, os.O_CREAT | os.O_WRONLY, 0o600)
    written = library.write(descriptor, b"x" * 10, 10)
    os.close(descriptor)
    library.unlink(place)
    return "niet" if written == -1 else "wel"


def _connect() -> None:
    import socket

    socket.create_connection(("127.0.0.1", 9), timeout=1)


def _connect_in_c() -> str:
    return "niet" if ctypes.CDLL(None).socket(2, 1, 0) == -1 else "wel"


_ACTS = {
    "connect": _connect,
    "connect_c": _connect_in_c,
    "eat": _eat,
    "eat_c": _eat_in_c,
    "end": lambda: sys.exit(0),
    "error": _fail,
    "exit": lambda: os._exit(7),
    "exit0": lambda: os._exit(0),
    "fill": _fill,
    "fill_c": _fill_in_c,
    "fork": _fork,
    "fork_c": _fork_in_c,
    "hang": _hang,
    "deaf": _spin_deaf,
    "long": lambda: "x" * (4 * _MEGABYTE),
    "print": _print_much,
    "program": _start_program,
    "segfault": lambda: ctypes.string_at(0) and None,
    "stop": _stop,
}
"""Name of a file -> what its reading does; what it returns stands for the text."""
