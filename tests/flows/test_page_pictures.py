"""Pages are drawn apart from the application: one that crashes or hangs costs only itself, and nothing stays behind."""

from __future__ import annotations

import io
import itertools
import multiprocessing
import os
import queue
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from flows import page_worker
from flows.page_cache import PageCache
from flows.page_pictures import MEDIA_TYPE, PageError, PagePictures
from flows.page_worker import draw
from pipelines.domain.documents import TextRun
from pipelines.domain.ids import file_checksum
from pipelines.ingest.page_picture import find_boxes, render_page
from pipelines.strings import LANGUAGES, error_text

SHARED = Path(__file__).resolve().parents[3] / "shared"
HOSTILE = sorted((SHARED / "nasty" / "files").glob("*/*.pdf"))
RUNS = (TextRun(start=0, length=5, page=1, page_start=0), TextRun(start=5, length=4, page=2, page_start=0))
GOOD, CRASH, HANG, MEMORY, BUG, NUMBER, SLOW = range(1, 8)


def _misbehave(paths: tuple[Path, ...], checksum: str, page: int, width: int, seconds: float) -> bytes:
    """In place of drawing: each page does something else; what is drawn is told in a file."""
    with paths[0].open("a") as log:
        log.write(f"{page}\n")
    with page_worker.limited(seconds, page):
        if page == CRASH:
            os.kill(os.getpid(), signal.SIGSEGV)
        if page == HANG:
            sum(itertools.repeat(0))  # for ever, and no signal gets through to Python
        if page == MEMORY:
            len(bytearray(8 * 2**30))
        if page == BUG:
            raise ValueError("a bug in a library")
        if page == SLOW:
            time.sleep(0.5)
    return str(os.getpid()).encode()


def _pdf(*pages: str) -> bytes:
    stream = io.BytesIO()
    canvas = Canvas(stream, invariant=1)
    for text in pages:
        canvas.drawString(100, 700, text)
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


@pytest.fixture
def pdf(tmp_path: Path) -> Path:
    path = tmp_path / "rapport.pdf"
    path.write_bytes(_pdf("eerste bladzijde", "tweede bladzijde"))
    return path


@pytest.fixture
def pictures(tmp_path: Path) -> Iterator[PagePictures]:
    made = PagePictures(tmp_path / "pages", workers=1)
    yield made
    made.close()


@pytest.fixture
def odd(tmp_path: Path) -> Iterator[PagePictures]:
    made = PagePictures(tmp_path / "pages", workers=1, timeout_seconds=3.0, draw=_misbehave)
    yield made
    made.close()


def _workers() -> list[BaseProcess]:
    return multiprocessing.active_children()


def _key(pictures: PagePictures, path: Path, page: int, checksum: str = "c") -> str:
    with pytest.raises(PageError) as caught:
        pictures.get("d", checksum, path, page)
    assert all(error_text(caught.value, language) for language in LANGUAGES)
    return caught.value.key


def test_a_page_and_its_boxes_are_made_and_kept(pdf: Path, pictures: PagePictures, tmp_path: Path) -> None:
    content = pdf.read_bytes()
    checksum = file_checksum(content)
    assert _workers() == []
    picture = pictures.get("d", checksum, pdf, 2, 400)
    boxes = pictures.boxes("d", checksum, [tmp_path / "weg.pdf", pdf], RUNS)
    assert picture == render_page(content, 2, 400).content and MEDIA_TYPE == "image/webp"
    assert Image.open(io.BytesIO(picture)).size[0] == 400
    assert list(boxes) == find_boxes(content, RUNS) and [page.page for page in boxes] == [1, 2]
    assert pictures.boxes("d", checksum, pdf, ()) == ()

    pictures.close()
    assert _workers() == []
    pdf.unlink()
    later = PagePictures(tmp_path / "pages", draw=_misbehave)
    assert later.get("d", checksum, pdf, 2, 400) == picture
    assert later.boxes("d", checksum, pdf, RUNS) == boxes
    later.close()
    assert _workers() == []


def test_only_the_file_that_was_read_is_shown(pdf: Path, pictures: PagePictures, tmp_path: Path) -> None:
    checksum = file_checksum(pdf.read_bytes())
    pdf.write_bytes(_pdf("een nieuwe versie"))
    assert _key(pictures, pdf, 1, checksum) == "page_picture.changed"
    with pytest.raises(PageError) as caught:
        pictures.boxes("d", checksum, pdf, RUNS)
    assert caught.value.key == "page_picture.changed"
    pdf.unlink()
    assert _key(pictures, pdf, 1, checksum) == "page_picture.missing"
    os.mkfifo(pdf)
    assert _key(pictures, pdf, 1, checksum) == "page_picture.missing"
    pdf.unlink()
    pdf.write_bytes(_pdf("eerste bladzijde", "tweede bladzijde"))
    assert pictures.get("d", checksum, pdf, 1)
    assert _key(pictures, pdf, 3, checksum) == "page_picture.no_such_page"


def test_a_page_that_misbehaves_costs_only_itself(odd: PagePictures, tmp_path: Path) -> None:
    log = tmp_path / "log"
    expected = {CRASH: "crashed", HANG: "timeout", MEMORY: "too_heavy"}
    for page, name in expected.items():
        assert _key(odd, log, page) == f"page_picture.{name}"
        assert odd.get("d", "c", log, GOOD, 100 + page)
    with pytest.raises(ValueError, match="a bug in a library"):
        odd.get("d", "c", log, BUG)
    # What cost a worker is remembered: asked again it is refused without another try.
    tried = log.read_text().splitlines()
    assert [_key(odd, log, page) for page in expected] == [f"page_picture.{name}" for name in expected.values()]
    assert log.read_text().splitlines() == tried
    odd.close()
    assert _workers() == []


def test_a_failure_is_tried_again_after_a_while(tmp_path: Path) -> None:
    odd = PagePictures(tmp_path / "pages", workers=1, remember_seconds=0.0, draw=_misbehave)
    try:
        assert [_key(odd, tmp_path / "log", MEMORY) for _ in range(2)] == ["page_picture.too_heavy"] * 2
        assert len((tmp_path / "log").read_text().splitlines()) == 2
    finally:
        odd.close()


def test_a_worker_that_was_killed_is_replaced(odd: PagePictures, tmp_path: Path) -> None:
    pids = set()
    for width in range(100, 103):
        pid = int(odd.get("d", "c", tmp_path / "log", NUMBER, width))
        pids.add(pid)
        os.kill(pid, signal.SIGKILL)
    assert len(pids) == 3


def test_many_who_ask_for_one_page_together_get_one_drawing(odd: PagePictures, tmp_path: Path) -> None:
    log = tmp_path / "log"
    ready = threading.Barrier(8)

    def ask(page: int) -> object:
        ready.wait()
        try:
            return odd.get("d", "c", log, page)
        except PageError as error:
            return error

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(ask, [SLOW] * 8))
        errors = list(threads.map(ask, [MEMORY] * 8))
    assert len(set(answers)) == 1 and log.read_text().splitlines() == [str(SLOW), str(MEMORY)]
    assert {getattr(error, "key", "") for error in errors} == {"page_picture.too_heavy"}
    assert len({id(error) for error in errors}) == 8


def test_a_request_does_not_wait_for_ever(tmp_path: Path) -> None:
    log = tmp_path / "log"
    odd = PagePictures(tmp_path / "pages", workers=1, timeout_seconds=600.0, wait_seconds=0.5, draw=_misbehave)
    try:
        assert _key(odd, log, HANG) == "page_picture.busy"
    finally:
        odd.close()
    assert _workers() == []


def test_closing_ends_workers_in_the_middle_of_a_page(tmp_path: Path) -> None:
    log = tmp_path / "log"
    odd = PagePictures(tmp_path / "pages", timeout_seconds=600.0, wait_seconds=300.0, draw=_misbehave)
    answers: queue.SimpleQueue[str] = queue.SimpleQueue()
    # Nobody waits for this thread: where closing does not reach who asks, that is told here and not 300 seconds later.
    asking = threading.Thread(target=lambda: answers.put(_key(odd, log, HANG)), daemon=True)
    asking.start()
    try:
        while not log.exists():
            assert asking.is_alive()
            time.sleep(0.01)
    finally:
        odd.close()
    assert answers.get(timeout=30) == "page_picture.closed"
    assert _workers() == []
    assert _key(odd, log, GOOD) == "page_picture.closed"
    odd.close()


def _hang_without_parent() -> None:
    page_worker.SECONDS_FOR_KILLING = 0.1
    with page_worker.limited(0.1, 1):
        sum(itertools.repeat(0))


def test_a_worker_whose_application_is_gone_ends_by_itself() -> None:
    process = multiprocessing.get_context("spawn").Process(target=_hang_without_parent)
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGALRM


def test_what_cannot_be_kept_is_shown_all_the_same(pdf: Path, tmp_path: Path) -> None:
    (tmp_path / "pages").write_text("a file where the folder should be")
    pictures = PagePictures(tmp_path / "pages", workers=1)
    try:
        checksum = file_checksum(pdf.read_bytes())
        assert pictures.get("d", checksum, pdf, 1) == pictures.get("d", checksum, pdf, 1)
    finally:
        pictures.close()


def test_the_folder_stays_within_its_bound_and_keeps_what_was_used_last(tmp_path: Path) -> None:
    cache = PageCache(tmp_path, 1000)
    for n in range(9):
        cache.keep(f"{n}0.webp", bytes(100))
        os.utime(tmp_path / f"{n}0" / f"{n}0.webp", (n, n))
    assert cache.read("00.webp") == bytes(100)  # used: no longer the oldest
    cache.keep("90.webp", bytes(150))
    kept = [n for n in range(10) if cache.read(f"{n}0.webp") is not None]
    assert kept == [0, 4, 5, 6, 7, 8, 9]
    assert sum(path.stat().st_size for path in tmp_path.glob("*/*")) <= 1000
    again = PageCache(tmp_path, 300)
    again.keep("a0.webp", bytes(10))
    assert sum(path.stat().st_size for path in tmp_path.glob("*/*")) <= 300
    assert cache.read("b0.webp") is None


@pytest.mark.shared
@pytest.mark.skipif(not HOSTILE, reason="no shared folder beside the checkout")
def test_hostile_files_are_drawn_or_refused(tmp_path: Path) -> None:
    pictures = PagePictures(tmp_path / "pages")
    n_drawn = 0
    try:
        for path in HOSTILE:
            checksum = file_checksum(path.read_bytes())
            try:
                picture = pictures.get("d", checksum, path, 1, 600)
                for page in pictures.boxes("d", checksum, path, RUNS[:1]):
                    assert all(0 <= b.left < b.right <= 1 and 0 <= b.top < b.bottom <= 1 for b in page.boxes)
            except PageError as error:
                assert error_text(error, "nl") and error_text(error, "en")
                assert error.key not in ("page_picture.crashed", "page_picture.busy"), path.name
            else:
                assert Image.open(io.BytesIO(picture)).format == "WEBP"
                n_drawn += 1
    finally:
        pictures.close()
    assert n_drawn >= 0.7 * len(HOSTILE)
    assert _workers() == []


def test_the_function_that_draws_can_be_sent_to_a_worker(pdf: Path) -> None:
    content = pdf.read_bytes()
    assert draw((pdf,), file_checksum(content), 1, 300, 60.0) == render_page(content, 1, 300).content
