"""Pictures of the pages of a PDF and the places of a text on them, made in worker processes and kept on disk."""

from __future__ import annotations

import json
import logging
import multiprocessing
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

from pebble import ProcessExpired, ProcessPool

from flows.page_cache import PageCache
from flows.page_worker import begin_worker, draw, load_libraries, mark
from pipelines.domain.documents import TextRun
from pipelines.domain.ids import content_id
from pipelines.ingest.page_picture import MEDIA_TYPE, MarkedPage, PageBox, PageError

__all__ = ["MEDIA_TYPE", "MarkedPage", "PageBox", "PageError", "PagePictures"]

_log = logging.getLogger(__name__)

_RENDERER = f"page/1 pypdfium2 {version('pypdfium2')}"
"""Raised when pictures or boxes come out differently, so that none made before is shown."""
_TASKS_PER_WORKER = 500
"""After so many a worker is replaced, so that what PDFium may leak stays small."""
_MOST_FAILURES = 1000

_LASTING = frozenset(f"page_picture.{name}" for name in ("timeout", "too_heavy", "crashed"))
"""Failures that cost a worker. They are remembered for a while, so that a page that is asked for again and again does
not keep the workers from the others."""

Outcome = TypeVar("Outcome")


class PagePictures:
    """Pictures of pages and boxes of texts, for many threads at once.

    Parameters
    ----------
    cache_dir
        Folder for what was made, usually ``<workspace>/data/processed/pages``.
    workers
        Worker processes; they start at the first page that is not kept yet, or at :meth:`begin`.
    timeout_seconds
        Time for one page; the slowest of 64 pages of real and bundled files took 2 seconds on two busy cores.
    wait_seconds
        Time that a request may wait for its turn and its page together.
    max_cache_bytes
        Bound of the folder; the pages used longest ago are removed first. 500 MB hold about 6,500 pages.
    remember_seconds
        How long a page that took a worker's life is not tried again.
    """

    def __init__(
        self,
        cache_dir: Path,
        *,
        workers: int = 2,
        timeout_seconds: float = 10.0,
        wait_seconds: float = 30.0,
        max_cache_bytes: int = 500 * 2**20,
        remember_seconds: float = 300.0,
        draw: Callable[[tuple[Path, ...], str, int, int, float], bytes] = draw,
    ) -> None:
        self._cache = PageCache(cache_dir, max_cache_bytes)
        self._workers = workers
        self._timeout_seconds = timeout_seconds
        self._wait_seconds = wait_seconds
        self._remember_seconds = remember_seconds
        self._draw = draw
        self._lock = threading.Lock()
        self._pool: ProcessPool | None = None
        self._closed = False
        self._scheduled: set[Future[Any]] = set()
        self._underway: dict[str, Future[bytes]] = {}
        self._failed: dict[str, tuple[float, PageError]] = {}

    def begin(self) -> None:
        """Start the workers now, so that the first page does not wait for them."""
        for _ in range(self._workers):
            self._schedule(load_libraries, ())

    def get(self, document_id: str, checksum: str, path: Path | Sequence[Path], page: int, width: int = 1000) -> bytes:
        """A page as a picture of the kind :data:`MEDIA_TYPE`.

        Parameters
        ----------
        document_id
            Named in the log.
        checksum
            SHA-256 of the file as it was read. A file that no longer has it is not shown.
        path
            The file, or the places where it may be.
        page
            Counted from 1.
        width
            Pixels, 100 to 3,000.

        Raises
        ------
        PageError
            The page cannot be shown; the key says why.
        """
        key = content_id(_RENDERER, "picture", checksum, page, width)
        arguments = (_paths(path), checksum, page, width, self._timeout_seconds)
        return self._answer(f"{key}.webp", document_id, page, lambda: self._work(self._draw, arguments, page))

    def boxes(
        self, document_id: str, checksum: str, path: Path | Sequence[Path], runs: Sequence[TextRun]
    ) -> tuple[MarkedPage, ...]:
        """Where ``runs`` stand: a box for each line, per page in the order of the text. See :meth:`get`."""
        if not runs:
            return ()
        key = content_id(_RENDERER, "boxes", checksum, *(n for r in runs for n in (r.page, r.page_start, r.length)))
        arguments = (_paths(path), checksum, tuple(runs), self._timeout_seconds)
        page = runs[0].page
        content = self._answer(f"{key}.json", document_id, page, lambda: _to_json(self._work(mark, arguments, page)))
        return tuple(
            MarkedPage(
                entry["page"], entry["page_width"], entry["page_height"], tuple(PageBox(**b) for b in entry["boxes"])
            )
            for entry in json.loads(content)
        )

    def close(self) -> None:
        """End the workers, also in the middle of a page. Afterwards only what is kept can be had."""
        with self._lock:
            self._closed = True
            pool, self._pool = self._pool, None
        if pool is None:
            return
        pool.stop()
        try:
            pool.join()
        finally:
            # A pool that is stopped tells those who wait for it or does not, as its threads happen to end.
            for future in list(self._scheduled):
                future.cancel()

    def _answer(self, name: str, document_id: str, page: int, make: Callable[[], bytes]) -> bytes:
        """What is kept as ``name``; made once where several threads ask for it together."""
        content = self._cache.read(name)
        if content is not None:
            return content
        with self._lock:
            self._raise_remembered(name)
            shared = self._underway.get(name)
            if shared is None:
                mine = self._underway[name] = Future()
        if shared is not None:
            return _result_of_other(shared)
        try:
            content = self._cache.read(name)  # made between the first look and the lock
            if content is None:
                content = make()
                self._cache.keep(name, content)
            mine.set_result(content)
        except BaseException as error:
            if isinstance(error, PageError):
                _log.warning("page %s of %s is not shown: %s", page, document_id, error.key)
                self._remember(name, error)
            mine.set_exception(error)
            raise
        finally:
            with self._lock:
                del self._underway[name]
        return content

    def _raise_remembered(self, name: str) -> None:
        until, error = self._failed.get(name, (0.0, None))
        if error is not None and time.monotonic() < until:
            raise _again(error)
        self._failed.pop(name, None)

    def _remember(self, name: str, error: PageError) -> None:
        if error.key in _LASTING:
            with self._lock:
                while len(self._failed) >= _MOST_FAILURES:
                    del self._failed[next(iter(self._failed))]
                self._failed[name] = (time.monotonic() + self._remember_seconds, error)

    def _work(self, function: Callable[..., Outcome], arguments: tuple[object, ...], page: int) -> Outcome:
        """Let a worker do it, within the limits."""
        try:
            try:
                return self._wait_for(self._schedule(function, arguments), page)
            except BrokenProcessPool:
                # All workers were ended from outside while this request waited its turn: it gets new ones, once.
                return self._wait_for(self._schedule(function, arguments), page)
        except (ProcessExpired, BrokenProcessPool) as error:
            raise PageError("page_picture.crashed", page=page) from error
        except CancelledError as error:
            raise PageError("page_picture.closed") from error

    def _wait_for(self, future: Future[Outcome], page: int) -> Outcome:
        try:
            return future.result(timeout=self._wait_seconds)
        except FutureTimeoutError as error:
            if future.done():
                raise PageError("page_picture.timeout", page=page, seconds=f"{self._timeout_seconds:g}") from error
            future.cancel()
            raise PageError("page_picture.busy") from error

    def _schedule(self, function: Callable[..., Outcome], arguments: tuple[object, ...]) -> Future[Outcome]:
        with self._lock:
            if self._closed:
                raise PageError("page_picture.closed")
            if self._pool is not None and not self._pool.active:
                # All workers ended while none had work, for instance killed by the system for want of memory.
                self._pool.stop()
                self._pool.join()
                self._pool = None
            if self._pool is None:
                # spawn: a forked child would share the threads and locks of the application.
                context = multiprocessing.get_context("spawn")
                self._pool = ProcessPool(self._workers, _TASKS_PER_WORKER, begin_worker, context=context)
            future = self._pool.schedule(function, args=arguments, timeout=self._timeout_seconds)
            self._scheduled.add(future)
        future.add_done_callback(self._scheduled.discard)
        return future


def _paths(path: Path | Sequence[Path]) -> tuple[Path, ...]:
    return (path,) if isinstance(path, Path) else tuple(path)


def _page_boxes(entry: dict[str, Any]) -> tuple[PageBox, ...]:
    return tuple(PageBox(**box) for box in entry["boxes"])


def _to_json(pages: list[MarkedPage]) -> bytes:
    return json.dumps([asdict(page) for page in pages]).encode("ascii")


def _result_of_other(shared: Future[bytes]) -> bytes:
    try:
        return shared.result()
    except PageError as error:
        raise _again(error) from error


def _again(error: PageError) -> PageError:
    """A copy: an error that several threads raise would gather the traces of them all."""
    return PageError(error.key, **error.values)
