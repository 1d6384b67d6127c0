"""Reads files in worker processes, so that a file that crashes or hangs the reader costs only itself."""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass, field
from pathlib import Path

from pebble import ProcessExpired, ProcessPool

from pipelines.domain.documents import READABLE_STATES, Document, DocumentState, Reason, SourceReference
from pipelines.domain.ids import content_id, file_checksum
from pipelines.domain.passages import Passage
from pipelines.ingest.parser import IngestLimits
from pipelines.passages.rules import PassageRules

_MOST_WORKER_BYTES = 4 * 2**30
"""Address space of a worker; reading the largest of twelve real reports took 0.65 GB, most of it for libraries."""


@dataclass(frozen=True)
class Request:
    """A file to be read: the first of ``paths`` that still holds the expected bytes."""

    document_id: str
    checksum: str
    paths: tuple[Path, ...]
    shown: Path | None = None
    """Where the scan found it, if ``paths`` name a copy."""


@dataclass(frozen=True)
class Reading:
    """What came of a file: a document, its passages and their signatures, seconds and versions per stage."""

    document: Document
    path: Path | None
    passages: tuple[Passage, ...] = ()
    signatures: dict[str, bytes] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)


def read_file(request: Request, limits: IngestLimits, rules: PassageRules) -> Reading:
    """Read one file and cut it into passages; runs in a worker process."""
    from pipelines.ingest.registry import parse_document
    from pipelines.language.detection import detect_language
    from pipelines.passages.signatures import make_signature
    from pipelines.passages.splitting import split_into_passages

    begun = time.perf_counter()
    path, content = expected_bytes(request)
    if path is None:
        return Reading(unread(request, Reason(key="reason.file_changed")), None, seconds={"read": 0.0})
    source = SourceReference(path=str(path), checksum=request.checksum, n_bytes=len(content))
    document = parse_document(content, source, limits, detect=lambda text: detect_language(text).language)
    read = time.perf_counter()
    passages = tuple(split_into_passages(document, rules)) if document.state in READABLE_STATES else ()
    signatures = {p.id: make_signature(p.text) for p in passages if p.boilerplate is None}
    return Reading(
        document,
        path,
        passages,
        signatures,
        {"read": read - begun, "passages": time.perf_counter() - read},
        {"read": document.parser, "passages": passages_version(rules)},
    )


def passages_version(rules: PassageRules) -> str:
    """Name of the way in which passages are cut."""
    return f"passages-{content_id(rules.model_dump_json())[:8]}"


def expected_bytes(request: Request) -> tuple[Path | None, bytes]:
    """The first path of ``request`` that holds the expected bytes, with these; ``None`` where none does."""
    for path in request.paths:
        try:
            content = path.read_bytes()
        except OSError:
            continue
        if file_checksum(content) == request.checksum:
            return request.shown or path, content
    return None, b""


def unread(request: Request, reason: Reason) -> Document:
    """The document of a file that could not be read."""
    path = str(request.shown or (request.paths[0] if request.paths else ""))
    return Document(
        id=request.document_id,
        source=SourceReference(path=path, checksum=request.checksum, n_bytes=0),
        media_type="",
        parser="",
        state=DocumentState.FAILED,
        reason=reason,
    )


def _begin_worker() -> None:
    """Bound what a worker may take, so that a hostile file ends its worker and not the machine.

    Ctrl-C goes to all processes of a terminal, but it is for the scan, which then ends its workers.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        import resource
    except ImportError:  # not on Windows, which has no such limit
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    bound = _MOST_WORKER_BYTES if hard == resource.RLIM_INFINITY else min(hard, _MOST_WORKER_BYTES)
    resource.setrlimit(resource.RLIMIT_AS, (bound, hard))


def _load_libraries() -> None:
    from pipelines.ingest import registry
    from pipelines.passages import signatures, splitting

    del registry, signatures, splitting


class Reader:
    """A pool of worker processes. A worker that crashes or takes too long is replaced."""

    def __init__(
        self,
        workers: int,
        timeout_seconds: float,
        limits: IngestLimits,
        rules: PassageRules,
        read: Callable[[Request, IngestLimits, PassageRules], Reading] = read_file,
    ) -> None:
        self._workers = workers
        self._read = read
        self._timeout_seconds = timeout_seconds
        self._limits = limits
        self._rules = rules
        # spawn: a forked child would share the threads and locks of the orchestrator.
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPool(max_workers=workers, context=context, initializer=_begin_worker)

    def begin(self) -> None:
        """Start the workers, so that they load their libraries while the scan itself still prepares."""
        for _ in range(self._workers):
            self._pool.schedule(_load_libraries)

    def read(self, requests: Iterable[Request]) -> Iterator[Reading]:
        """Outcomes in the order of ``requests``; never raises for a file."""
        waiting = [
            (r, self._pool.schedule(self._read, args=(r, self._limits, self._rules), timeout=self._timeout_seconds))
            for r in requests
        ]
        for request, future in waiting:
            try:
                yield future.result()
            except FutureTimeoutError:
                reason = Reason(key="reason.timeout", values={"seconds": self._timeout_seconds})
                yield self._failed(request, reason, float(self._timeout_seconds))
            except ProcessExpired as error:
                detail = f"exit {error.exitcode}"
                yield self._failed(request, _unexpected(request, detail), 0.0)
            except Exception as error:  # noqa: BLE001 - the one border where a faulty reader must not stop the scan
                yield self._failed(request, _unexpected(request, f"{type(error).__name__}: {error}"[:300]), 0.0)

    @staticmethod
    def _failed(request: Request, reason: Reason, seconds: float) -> Reading:
        path, _ = expected_bytes(request)
        return Reading(unread(request, reason), path, seconds={"read": seconds})

    def close(self) -> None:
        """End the workers, also in the middle of a file: what is not stored by now is read by the next scan."""
        self._pool.stop()
        self._pool.join()


def _unexpected(request: Request, detail: str) -> Reason:
    return Reason(key="reason.unexpected", values={"detail": detail, "document": request.document_id})
