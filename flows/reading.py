"""Reads files in worker processes, so that a file that crashes or hangs the reader costs only itself."""

from __future__ import annotations

import gc
import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TypeAlias

from flows.guarded_pool import GuardedPool
from flows.guarded_process import Bounds, WorkerFailure
from flows.guarded_worker import tell_pages
from flows.reading_wire import pack_reading, unpack_reading
from pipelines.domain.documents import READABLE_STATES, Document, DocumentState, Reason, SourceReference
from pipelines.domain.ids import content_id, file_checksum
from pipelines.domain.passages import Passage
from pipelines.ingest.parser import IngestLimits
from pipelines.passages.rules import PassageRules

logger = logging.getLogger(__name__)

BOUNDS = Bounds(seconds=30.0, seconds_per_page=0.1, most_seconds=300.0, memory_bytes=2**30)
"""Of one file. The slowest of the real reports took 0.1 seconds a page on two busy cores (2026-11)."""


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


Read: TypeAlias = "Callable[[Request, IngestLimits, PassageRules], Reading]"


def read_file(request: Request, limits: IngestLimits, rules: PassageRules) -> Reading:
    """Read one file and cut it into passages; runs in a worker process."""
    from pipelines.ingest.page_count import count_pages
    from pipelines.ingest.registry import parse_document
    from pipelines.language.detection import detect_language

    begun = time.perf_counter()
    path, content = expected_bytes(request)
    if path is None:
        return Reading(unread(request, Reason(key="reason.file_changed")), None, seconds={"read": 0.0})
    tell_pages(count_pages(content))
    source = SourceReference(path=str(path), checksum=request.checksum, n_bytes=len(content))
    document = parse_document(content, source, limits, detect=lambda text: detect_language(text).language)
    return cut_into_passages(document, path, rules, begun)


def cut_into_passages(document: Document, path: Path | None, rules: PassageRules, begun: float) -> Reading:
    """A reading of a document that was read since ``begun``."""
    from pipelines.passages.signatures import make_signature
    from pipelines.passages.splitting import split_into_passages

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


_THRESHOLDS = (20_000, 20, 20)
"""Of garbage in circles, of which reading leaves next to none: looked for so seldom it takes 2 % of the time, not 5."""


def load_libraries(read: Read) -> None:
    """Load what reading needs; ``read`` is here so that its module is loaded too."""
    from pipelines.ingest import page_count, registry
    from pipelines.language import detection
    from pipelines.passages import signatures, splitting

    del page_count, registry, signatures, splitting, read
    detection.detect_language("Laad het model van de talen.")
    # What is loaded stays: not gone through again each time that garbage is collected (measured: 0.8 ms a page).
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)


def _read_and_pack(read: Read, request: Request, limits: IngestLimits, rules: PassageRules) -> bytes:
    return pack_reading(read(request, limits, rules))


class Reader:
    """A pool of worker processes. A worker that crashes, hangs or takes too much is replaced.

    Parameters
    ----------
    workers
        Files read side by side.
    timeout_seconds
        Most time for one file, however many pages it has.
    bounds
        What one file may take; :data:`BOUNDS` without.
    read
        What a worker does with a file.
    prepare
        What a new worker does first, while no time of a file counts.
    """

    def __init__(
        self,
        workers: int,
        timeout_seconds: float,
        limits: IngestLimits,
        rules: PassageRules,
        read: Read = read_file,
        bounds: Bounds = BOUNDS,
        prepare: Callable[[Read], None] = load_libraries,
    ) -> None:
        self._read = read
        self._limits = limits
        self._rules = rules
        bounds = replace(bounds, most_seconds=min(timeout_seconds, bounds.most_seconds))
        self._pool = GuardedPool(workers, bounds, partial(prepare, read))
        self._expected: dict[Request, Future[bytes]] = {}

    @property
    def pids(self) -> tuple[int, ...]:
        """Processes of the workers that live."""
        return self._pool.pids

    def begin(self) -> None:
        """Start the workers, so that they load their libraries while the scan itself still prepares."""
        self._pool.begin()

    def expect(self, requests: Iterable[Request]) -> None:
        """Have files read that :meth:`read` will ask for later on; what comes of them waits in memory until then."""
        for request in requests:
            if request not in self._expected:
                self._expected[request] = self._submit(request)

    def expect_no_more(self) -> None:
        """Let go of what was expected and never asked for; what has begun is read and thrown away."""
        for future in self._expected.values():
            future.cancel()
        self._expected.clear()

    def expect_last(self) -> None:
        """Nothing comes after what is expected now: processes that have done their part end and free their memory."""
        self._pool.rest()

    def read(self, requests: Iterable[Request]) -> Iterator[Reading]:
        """Outcomes in the order of ``requests``, exactly one for each; never raises for a file."""
        waiting = deque((request, self._expected.pop(request, None) or self._submit(request)) for request in requests)
        while waiting:  # whose outcome is handed on is let go: all of a batch are in memory at most
            yield self._outcome(*waiting.popleft())

    def _submit(self, request: Request) -> Future[bytes]:
        return self._pool.submit(_read_and_pack, self._read, request, self._limits, self._rules)

    def _outcome(self, request: Request, future: Future[bytes]) -> Reading:
        try:
            reading = unpack_reading(future.result())
        except WorkerFailure as failure:
            logger.warning("document %s: its reader ended: %s", request.document_id, failure)
            return _failed(request, failure_reason(request, failure), failure.seconds)
        except Exception as error:  # noqa: BLE001 - the one border where a faulty reader must not stop the scan
            detail = f"{type(error).__name__}: {error}"[:300]
            return _failed(request, failure_reason(request, WorkerFailure("error", detail)), 0.0)
        if reading.document.id != request.document_id or reading.document.source.checksum != request.checksum:
            return _failed(request, failure_reason(request, WorkerFailure("error", "another document")), 0.0)
        return reading

    def close(self) -> None:
        """End the workers, also in the middle of a file: what is not stored by now is read by the next scan."""
        self._pool.close()


def _failed(request: Request, reason: Reason, seconds: float) -> Reading:
    path, _ = expected_bytes(request)
    return Reading(unread(request, reason), path, seconds={"read": seconds})


def failure_reason(request: Request, failure: WorkerFailure) -> Reason:
    """Why a file could not be read, in words for people; it can be tried again."""
    document = request.document_id
    if failure.kind == "time":
        return Reason(key="reason.timeout", values={"seconds": round(failure.seconds, 1), "document": document})
    if failure.kind == "memory":
        limit = BOUNDS.memory_bytes // 2**20
        return Reason(key="reason.reader_memory", values={"limit": limit, "document": document})
    key = {
        "crashed": "reason.reader_crashed",
        "ended": "reason.reader_ended",
        "result": "reason.reader_result",
        "start": "reason.reader_start",
    }.get(failure.kind, "reason.unexpected")
    return Reason(key=key, values={"detail": failure.detail, "document": document})
