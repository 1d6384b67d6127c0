"""One worker process, seen from its keeper: started, given orders, watched, and killed with all it has begotten."""

from __future__ import annotations

import os
import pickle
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from flows.guarded_frames import BrokenFrame, Kind, read_frame, write_frame
from flows.guarded_worker import command

_MARK = "KENNISSTAND_READER"
_ENVIRONMENT = frozenset({
    "HOME", "LANG", "LANGUAGE", "LD_LIBRARY_PATH", "PATH", "SYSTEMROOT", "TEMP", "TESSDATA_PREFIX", "TMP", "TMPDIR",
    "TZ",
})  # fmt: skip
"""What a worker is told of its surroundings: no settings, and so no keys or passwords."""
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
_SECONDS_TO_START = 120.0
"""Loading libraries takes 2 seconds, on two cores with seven busy processes 6 (2026-11)."""
_SECONDS_TO_DIE = 5.0
_TICK = 0.25
"""How often the keeper looks at the memory of a worker that is busy."""
_FULL_SHARE = 0.8
"""A worker that crashed with so much of its memory in use has crashed for want of memory."""


@dataclass(frozen=True)
class Bounds:
    """What one order may take."""

    seconds: float
    """Without pages, or with few."""
    seconds_per_page: float = 0.0
    most_seconds: float = float("inf")
    """However many pages there are."""
    memory_bytes: int = 2**30
    """Of its own, beyond the libraries."""
    result_bytes: int = 2**29
    """A file with as much text as is read gives a third of this."""
    programs: bool = False
    """Whether other programs may be started and files written, as recognition of text needs."""

    def seconds_for(self, n_pages: int) -> float:
        """Time for a file of so many pages."""
        return min(self.most_seconds, self.seconds + self.seconds_per_page * n_pages)


class WorkerFailure(Exception):
    """An order came to no result.

    Parameters
    ----------
    kind
        ``time``, ``memory``, ``crashed`` (by a signal), ``ended`` (with an exit code), ``result`` (what it sent is too
        much or unreadable), ``error`` (it raised), ``start`` (it never began).
    detail
        For whoever has to find out.
    seconds
        How long it took; for ``time`` how long it might take.
    """

    def __init__(self, kind: str, detail: str = "", seconds: float = 0.0) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind, self.detail, self.seconds = kind, detail, seconds


class WorkerProcess:
    """Start with a thread that lives as long as the worker is to live: on Linux it dies with that thread."""

    def __init__(self, prepare: Callable[[], None], bounds: Bounds) -> None:
        self._bounds = bounds
        self._mark = uuid4().hex
        told = {name: value for name, value in os.environ.items() if name in _ENVIRONMENT or name.startswith("LC_")}
        self._process = subprocess.Popen(
            command(os.getpid(), bounds.memory_bytes, bounds.programs),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**told, **_ONE_THREAD, _MARK: self._mark},
            start_new_session=True,
            bufsize=0,
        )
        self.pid = self._process.pid
        self._ready = self._dead = False
        self._most_kilobytes = self._before = self._seen = self._floor = 0
        self._told: queue.SimpleQueue[tuple[Kind, bytes] | BrokenFrame | None] = queue.SimpleQueue()
        threading.Thread(target=self._listen, name=f"reader {self.pid}", daemon=True).start()
        self._send(pickle.dumps(prepare))

    @property
    def alive(self) -> bool:
        """Whether it may be given an order."""
        if self._dead or (self._ready and not self._told.empty()):
            return False
        if not hasattr(os, "waitid"):  # Windows; macOS has it
            return self._process.poll() is None
        with suppress(ChildProcessError):
            return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None
        return False

    def do(
        self, work: Callable[..., bytes], arguments: tuple[object, ...], while_busy: Callable[[float], None]
    ) -> bytes:
        """Have one order done.

        Parameters
        ----------
        work
            A function of a module; what it returns is the result.
        arguments
            What can be pickled.
        while_busy
            Called now and then with the seconds that have passed.

        Raises
        ------
        WorkerFailure
            No result; unless its kind is ``error`` the worker is dead.
        """
        self.wait_until_ready()
        begun = time.monotonic()
        self._before = self._seen = self._memory()
        self._floor = max(self._floor, _resident_bytes(), self._memory("VmHWM:"))
        allowed = self._bounds.seconds_for(0)
        self._send(pickle.dumps((work, arguments)))
        while True:
            passed = time.monotonic() - begun
            if passed >= allowed:
                self.kill()
                raise WorkerFailure("time", seconds=allowed)
            frame = self._next(min(_TICK, allowed - passed))
            if frame is None:
                while_busy(passed)
                self._seen = max(self._seen, self._memory())
                if self._seen - self._before > self._bounds.memory_bytes:
                    self.kill()
                    raise WorkerFailure("memory", "seen from outside", passed)
                continue
            kind, content = frame
            if kind is Kind.RESULT:
                return content
            if kind is Kind.PAGES and content.isdigit() and len(content) < 9:
                allowed = self._bounds.seconds_for(int(content))
            elif kind is Kind.ERROR:
                raise WorkerFailure("error", content.decode("utf-8", "replace"), passed)
            else:
                self.kill()  # also after too little memory: what is left of the heap is in pieces
                out_of_memory = kind is Kind.OUT_OF_MEMORY
                raise WorkerFailure("memory" if out_of_memory else "result", kind.name, passed)

    def wait_until_ready(self) -> None:
        """Wait until it has loaded its libraries, which is no time of any file."""
        if self._ready:
            return
        try:
            frame = self._next(_SECONDS_TO_START)
        except WorkerFailure as error:
            raise WorkerFailure("start", str(error)) from error
        if frame is None or frame[0] is not Kind.READY:
            self.kill()
            raise WorkerFailure("start", "not ready" if frame is None else frame[0].name)
        self._ready = True

    def _next(self, seconds: float) -> tuple[Kind, bytes] | None:
        """What the worker says within so many seconds; ``None`` where it says nothing."""
        try:
            frame = self._told.get(timeout=max(seconds, 0.0))
        except queue.Empty:
            return None
        if isinstance(frame, tuple):
            return frame
        exit_code = self._end()
        if isinstance(frame, BrokenFrame):
            raise WorkerFailure("result", str(frame))
        # What the system says of a process that has ended counts the memory of the one that started it as well: only
        # what is more than that is known to be its own.
        most = self._most_kilobytes * 1024 if self._most_kilobytes * 1024 > self._floor else 0
        full = max(most, self._seen) - self._before >= _FULL_SHARE * self._bounds.memory_bytes
        if exit_code is None or exit_code >= 0:
            raise WorkerFailure("ended", f"exit {exit_code}")
        raise WorkerFailure("memory" if full else "crashed", _signal_name(-exit_code))

    def _listen(self) -> None:
        """Hand on what the worker says; in a thread of its own, since reading a pipe knows no time limit everywhere."""
        stream = self._process.stdout
        assert stream is not None
        with stream:
            while True:
                try:
                    frame = read_frame(stream.fileno(), self._bounds.result_bytes)
                except BrokenFrame as error:
                    frame = error
                except OSError:
                    frame = None
                self._told.put(frame)
                if not isinstance(frame, tuple):
                    return

    def _send(self, order: bytes) -> None:
        stream = self._process.stdin
        assert stream is not None
        with suppress(OSError):  # it has ended, which its other pipe tells as well
            write_frame(stream.fileno(), Kind.RESULT, order)

    def _memory(self, *names: str) -> int:
        """Bytes that it holds for itself alone or with its children; 0 where the system does not tell."""
        try:
            lines = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii", errors="replace").splitlines()
        except OSError:
            return 0
        return 1024 * sum(int(line.split()[1]) for line in lines if line.startswith(names or ("RssAnon:", "RssShmem:")))

    def kill(self) -> None:
        """End it now, with whatever it started. Nothing it could do holds that up: it is not asked."""
        self._end(0.0)

    def _end(self, patience: float = 1.0) -> int | None:
        """The exit code; after so many seconds it is killed."""
        if self._dead:
            return self._process.returncode
        self._dead = True
        if not self._reap(patience):
            with suppress(OSError):
                self._process.kill()
            self._reap(_SECONDS_TO_DIE)
        self._kill_others()
        with suppress(OSError):
            assert self._process.stdin is not None
            self._process.stdin.close()
        return self._process.returncode

    def _reap(self, seconds: float) -> bool:
        """Whether it has ended, waiting so long."""
        if not hasattr(os, "wait4"):  # Windows
            try:
                self._process.wait(seconds)
            except subprocess.TimeoutExpired:
                return False
            return True
        until = time.monotonic() + seconds
        while True:
            try:
                pid, status, used = os.wait4(self.pid, os.WNOHANG)
            except ChildProcessError:
                return True
            if pid:
                self._process.returncode = os.waitstatus_to_exitcode(status)
                self._most_kilobytes = used.ru_maxrss
                return True
            if time.monotonic() >= until:
                return False
            time.sleep(0.01)

    def _kill_others(self) -> None:
        """Kill what the worker started: its group, and whatever left that but still carries the mark."""
        if os.name != "posix":
            return
        with suppress(OSError):
            os.killpg(self.pid, signal.SIGKILL)
        mark = f"{_MARK}={self._mark}".encode("ascii")
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if mark in (folder / "environ").read_bytes().split(b"\0"):
                    os.kill(int(folder.name), signal.SIGKILL)


def _resident_bytes() -> int:
    """The most that this process ever held; 0 where the system does not tell."""
    try:
        import resource
    except ImportError:  # not on Windows
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
