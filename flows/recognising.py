"""Text recognition of scanned documents: a second attempt, after all other files of a scan were read.

Pages are recognised one by one in watched processes, and kept until a document is whole: a scan that was stopped, or
whose time for recognition was spent, is gone on with by the next one. Without Tesseract nothing happens here, and the
documents say what they need; the first scan after it was installed reads them.
"""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path

from flows.guarded_pool import GuardedPool
from flows.guarded_process import Bounds, WorkerFailure
from flows.reading import Reading, Request, cut_into_passages, expected_bytes
from flows.reading_wire import pack_reading, unpack_reading
from pipelines.domain.documents import READABLE_STATES, Document, DocumentState, Reason, SourceReference
from pipelines.domain.runs import DocumentSummary
from pipelines.errors import DocumentError
from pipelines.ingest.parser import IngestLimits
from pipelines.ingest.pdf import PdfParser
from pipelines.ingest.recognition import RecognisedPage, compose_recognised, recognise_page
from pipelines.ingest.sniff import PDF
from pipelines.ingest.tesseract import Tesseract
from pipelines.passages.rules import PassageRules
from pipelines.store.files import write_whole

logger = logging.getLogger(__name__)

PAGE_SECONDS = 90.0
"""For one page. Measured on two cores that others used as well: 1 to 3 seconds for a page of a report, 12 for a full
one of small type."""
FIRST_PAGES = 30
"""Of each document before the rest of any: one book of scans keeps no short letter waiting."""
FOLDER = "recognised"
_BOUNDS = Bounds(seconds=PAGE_SECONDS + 15.0, memory_bytes=2**30, programs=True)
WORTH_AN_ATTEMPT = (DocumentState.NEEDS_OCR, DocumentState.PARTIAL)
"""States of which :func:`is_unrecognised` can be true; all others need not be asked of."""


def is_unrecognised(document: DocumentSummary, program: Tesseract) -> bool:
    """Whether a document is worth an attempt that this program has not made yet."""
    needs = document.state is DocumentState.NEEDS_OCR or (
        document.reason is not None and document.reason.key == "reason.little_text_read"
    )
    return (
        needs
        and document.state in WORTH_AN_ATTEMPT
        and document.media_type == PDF
        and program.name not in document.parser
    )


class Recogniser:
    """Recognises documents page by page.

    Parameters
    ----------
    program
        Tesseract as it was found.
    folder
        Where pages are kept until a document is whole.
    workers
        Pages recognised side by side.
    limits, rules
        As for files that are read.
    seconds
        Until no new page is begun.
    """

    def __init__(
        self,
        program: Tesseract,
        folder: Path,
        workers: int,
        limits: IngestLimits,
        rules: PassageRules,
        seconds: float,
    ) -> None:
        self._program = program
        self._folder = folder
        self._workers = workers
        self._limits = limits
        self._rules = rules
        self.until = time.monotonic() + seconds
        """No page is begun after this."""
        self._pool = GuardedPool(workers, _BOUNDS, load_libraries)

    def read(self, requests: Sequence[tuple[Request, Document]]) -> Iterator[Reading]:
        """Readings of the documents that are whole now; what was known of each before stands beside its request."""
        waiting: list[tuple[Request, Document]] = []
        for request, before in requests:
            reading = self._attempt(request, before, FIRST_PAGES)
            if reading is None:
                waiting.append((request, before))
            else:
                yield reading
        for request, before in waiting:
            reading = self._attempt(request, before, None)
            if reading is None:
                logger.info("document %s: its recognition goes on in the next scan", request.document_id)
            else:
                yield reading

    def forget(self, checksum: str) -> None:
        """Remove the pages of a document that is stored."""
        shutil.rmtree(self._folder / checksum, ignore_errors=True)

    def close(self) -> None:
        """End the workers with the programs that they started."""
        self._pool.close()

    def _attempt(self, request: Request, before: Document, most_pages: int | None) -> Reading | None:
        """Recognise pages that are not kept yet; a reading where none is left."""
        try:
            n_pages = int(self._pool.submit(count_pages_of, request).result())
            wanted = min(n_pages, self._limits.max_pages)
            self._recognise(request, [n for n in range(1, wanted + 1) if self._kept(request, n) is None][:most_pages])
            kept = {n: page for n in range(1, wanted + 1) if (page := self._kept(request, n)) is not None}
            if len(kept) < wanted:
                return None
            arguments = (request, before, kept, n_pages, self._program, self._limits, self._rules)
            return unpack_reading(self._pool.submit(compose_and_cut, *arguments).result())
        except WorkerFailure as failure:
            logger.warning("document %s cannot be recognised: %s", request.document_id, failure)
            path, content = expected_bytes(request)
            source = SourceReference(path=str(path or ""), checksum=request.checksum, n_bytes=len(content))
            return Reading(_unrecognised(source, before, self._program), path, seconds={"recognise": failure.seconds})

    def _recognise(self, request: Request, numbers: Sequence[int]) -> None:
        """Recognise pages and keep each as soon as it is there."""
        waiting: list[tuple[int, Future[bytes]]] = []
        left = list(numbers)
        while left or waiting:
            while left and len(waiting) < 2 * self._workers and time.monotonic() < self.until:
                number = left.pop(0)
                arguments = (request, number, self._program, PAGE_SECONDS)
                waiting.append((number, self._pool.submit(recognise_one, *arguments)))
            if not waiting:
                return
            number, future = waiting.pop(0)
            try:
                content = future.result()
            except WorkerFailure as failure:
                content = RecognisedPage(1.0, 1.0, problem=str(failure)[:200]).to_json()
            write_whole(self._page_file(request, number), content)

    def _page_file(self, request: Request, number: int) -> Path:
        return self._folder / request.checksum / f"{self._program.version}-{number}.json"

    def _kept(self, request: Request, number: int) -> RecognisedPage | None:
        try:
            return RecognisedPage.from_json(self._page_file(request, number).read_bytes())
        except (OSError, ValueError):
            return None


def load_libraries() -> None:
    """Load what a worker needs before its time counts."""
    from pipelines.ingest import recognition, registry
    from pipelines.language import detection

    del recognition, registry
    detection.detect_language("Laad het model van de talen.")


def count_pages_of(request: Request) -> bytes:
    """Pages of a file; runs in a worker process."""
    from pipelines.ingest.page_count import count_pages

    return str(count_pages(expected_bytes(request)[1])).encode("ascii")


def recognise_one(request: Request, number: int, program: Tesseract, seconds: float) -> bytes:
    """Recognise one page; runs in a worker process."""
    return recognise_page(expected_bytes(request)[1], number, program, seconds).to_json()


def compose_and_cut(
    request: Request,
    before: Document,
    pages: dict[int, RecognisedPage],
    n_pages: int,
    program: Tesseract,
    limits: IngestLimits,
    rules: PassageRules,
) -> bytes:
    """Make a document of its pages and cut it into passages; runs in a worker process."""
    from pipelines.ingest.registry import apply_language_rule
    from pipelines.language.detection import detect_language

    begun = time.perf_counter()
    path, content = expected_bytes(request)
    source = SourceReference(path=str(path or ""), checksum=request.checksum, n_bytes=len(content))
    try:
        document = compose_recognised(source, pages, n_pages, PdfParser.name, program, limits)
        document = apply_language_rule(document, lambda text: detect_language(text).language)
    except DocumentError:
        document = _unrecognised(source, before, program)
    return pack_reading(cut_into_passages(document, path, rules, begun))


def _unrecognised(source: SourceReference, before: Document, program: Tesseract) -> Document:
    """What was known before, now told that recognition brought nothing."""
    parser = f"{PdfParser.name}+{program.name}"
    if before.state in READABLE_STATES:
        return before.model_copy(update={"parser": parser})
    reason = Reason(key="reason.recognised_nothing", values={"program": program.name})
    return Document(
        id=source.document_id,
        source=source,
        media_type=PDF,
        parser=parser,
        state=DocumentState.NEEDS_OCR,
        reason=reason,
    )
