"""What happens in the worker processes that draw pages: reading the file meant, within limits of time and memory."""

from __future__ import annotations

import signal
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flows.guarded_limits import leave_signals_alone
from flows.system_call_filter import filter_system_calls
from pipelines.domain.documents import TextRun
from pipelines.domain.ids import file_checksum
from pipelines.ingest.page_picture import MarkedPage, PageError, find_boxes, render_page

_MOST_WORKER_BYTES = 3 * 2**29
"""Address space of a worker, 1.5 GB."""
_MOST_FILE_BYTES = 200 * 2**20
"""What is larger was never read: now the bound is half of it, and earlier versions read all of it."""
SECONDS_FOR_KILLING = 5.0
"""After its time a worker that is not stopped from outside (because that process is gone) ends by itself."""


def draw(paths: tuple[Path, ...], checksum: str, page: int, width: int, seconds: float) -> bytes:
    """Draw a page; runs in a worker process."""
    with limited(seconds, page):
        return render_page(_expected_bytes(paths, checksum), page, width).content


def mark(paths: tuple[Path, ...], checksum: str, runs: tuple[TextRun, ...], seconds: float) -> list[MarkedPage]:
    """Find the places of a text; runs in a worker process."""
    with limited(seconds, runs[0].page):
        return find_boxes(_expected_bytes(paths, checksum), runs)


@contextmanager
def limited(seconds: float, page: int) -> Iterator[None]:
    """Work on a page: too little memory is told, and this process ends when its time has passed.

    The application ends it sooner; this is for when that is gone.
    """
    if hasattr(signal, "setitimer"):  # not on Windows
        # Its default action ends the process even inside a call into PDFium; no Python code has to run.
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, seconds + SECONDS_FOR_KILLING)
    try:
        yield
    except MemoryError as error:
        raise PageError("page_picture.too_heavy", page=page) from error
    finally:
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0.0)


def _expected_bytes(paths: tuple[Path, ...], checksum: str) -> bytes:
    """The first file that still holds the bytes that were read."""
    failure = PageError("page_picture.missing")
    for path in paths:
        try:
            status = path.stat()
            if not stat.S_ISREG(status.st_mode):
                continue
            if status.st_size > _MOST_FILE_BYTES:
                size, limit = round(status.st_size / 2**20), _MOST_FILE_BYTES // 2**20
                failure = PageError("page_picture.too_large", size=size, limit=limit)
                continue
            content = path.read_bytes()
        except FileNotFoundError:
            continue
        except OSError as error:
            failure = PageError("page_picture.unreadable", detail=error.strerror or type(error).__name__)
            continue
        if file_checksum(content) == checksum:
            return content
        failure = PageError("page_picture.changed")
    raise failure


def begin_worker() -> None:
    """Bound what a worker may take, so that a hostile file ends its worker and not the machine.

    A handler of Python for SIGTERM would never be called inside PDFium, and there is nothing to tidy.
    """
    leave_signals_alone()
    filter_system_calls(programs=False)  # what it draws it hands back; it writes nothing and asks nobody
    try:
        import resource
    except ImportError:  # not on Windows, which has no such limit
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    bound = _MOST_WORKER_BYTES if hard == resource.RLIM_INFINITY else min(hard, _MOST_WORKER_BYTES)
    resource.setrlimit(resource.RLIMIT_AS, (bound, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


def load_libraries() -> None:
    """Nothing: that this module could be loaded is what counts."""
