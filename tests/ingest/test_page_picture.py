"""Pictures of pages and boxes of texts: what is marked is what was read, whichever way page and text are turned."""

from __future__ import annotations

import ctypes
import io
from functools import cache
from pathlib import Path

import pypdfium2.raw as raw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pdf_pages import make, read, write
from PIL import Image
from pypdfium2 import PdfDocument
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from pipelines.domain.documents import BlockKind, Document, TextRun
from pipelines.errors import DocumentError
from pipelines.ingest.page_picture import (
    MOST_PIXELS,
    MOST_PIXELS_ASIDE,
    MOST_WIDTH,
    MarkedPage,
    PageBox,
    PageError,
    find_boxes,
    picture_size,
    render_page,
)

EXAMPLES = sorted((Path(__file__).parents[2] / "pipelines" / "examples" / "documents").glob("*.pdf"))
REAL = sorted((Path(__file__).resolve().parents[3] / "shared" / "real").glob("*.pdf"))
LEFT = ["De linker kolom gaat over taken", "die een ander karakter krijgen,", "en over gym, jeugd en bijscholing."]
RIGHT = ["Rechts staat wat de teamleiders", "daarvan vinden: zij zien meer", "overleg en minder typewerk."]
_GRID = 2**20
_EDGE = 2e-5
"""Boxes are rounded to five decimals."""


def turned(content: bytes, rotation: int) -> bytes:
    """The same page, shown with so many degrees of rotation with the clock."""
    stream = io.BytesIO()
    document = PdfDocument(content)
    try:
        document[0].set_rotation(rotation)
        document.save(stream)
    finally:
        document.close()
    return stream.getvalue()


@cache
def columns(rotation: int = 0, crop: tuple[float, float, float, float] | None = None) -> bytes:
    def draw(canvas: Canvas) -> None:
        if crop is not None:
            canvas.setCropBox(crop)
        write(canvas, 120, 600, LEFT)
        write(canvas, 330, 600, RIGHT)

    return turned(make(draw), rotation)


def one_word(turn: float, rotation: int = 0, crop: tuple[float, float, float, float] | None = None) -> bytes:
    """A page with nothing but the word *gebruikt*, in type of 40 points, around the middle of the page."""

    def draw(canvas: Canvas) -> None:
        if crop is not None:
            canvas.setCropBox(crop)
        canvas.translate(300, 420)
        canvas.rotate(turn)
        canvas.setFont("Helvetica", 40)
        canvas.drawString(-70, 0, "gebruikt")

    return turned(make(draw), rotation)


def page_text(content: bytes, page: int = 1) -> str:
    document = PdfDocument(content)
    try:
        loaded = raw.FPDF_LoadPage(document.raw, page - 1)
        text_page = raw.FPDFText_LoadPage(loaded)
        codes = [raw.FPDFText_GetUnicode(text_page, i) for i in range(raw.FPDFText_CountChars(text_page))]
        raw.FPDFText_ClosePage(text_page)
        raw.FPDF_ClosePage(loaded)
    finally:
        document.close()
    return "".join(map(chr, codes))


def run_of(content: bytes, wanted: str) -> TextRun:
    """The stretch of the first page that reads ``wanted``."""
    return TextRun(start=0, length=len(wanted), page=1, page_start=page_text(content).index(wanted))


def holds(box: PageBox, x: float, y: float) -> bool:
    return box.left - _EDGE <= x <= box.right + _EDGE and box.top - _EDGE <= y <= box.bottom + _EDGE


def marked_characters(content: bytes, page: MarkedPage) -> set[int]:
    """Characters of a page whose middle lies in one of its boxes, as PDFium numbers them."""
    found: set[int] = set()
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    x, y = ctypes.c_int(), ctypes.c_int()
    document = PdfDocument(content)
    try:
        loaded = raw.FPDF_LoadPage(document.raw, page.page - 1)
        text_page = raw.FPDFText_LoadPage(loaded)
        for i in range(raw.FPDFText_CountChars(text_page)):
            if raw.FPDFText_GetUnicode(text_page, i) <= 32:
                continue
            raw.FPDFText_GetCharBox(text_page, i, left, right, bottom, top)
            middle = (left.value + right.value) / 2, (bottom.value + top.value) / 2
            raw.FPDF_PageToDevice(loaded, 0, 0, _GRID, _GRID, 0, *middle, x, y)
            if any(holds(box, x.value / _GRID, y.value / _GRID) for box in page.boxes):
                found.add(i)
        raw.FPDFText_ClosePage(text_page)
        raw.FPDF_ClosePage(loaded)
    finally:
        document.close()
    return found


def check_marks(content: bytes, document: Document, start: int, end: int) -> int:
    """Hold the boxes of a stretch against the characters PDFium finds in them; returns how many were right.

    Only what the text leaves out may be marked besides: raised note marks and hyphens of broken words.
    """
    runs = document.places(start, end)
    n_right = 0
    for page in find_boxes(content, runs):
        letters = page_text(content, page.page)
        wanted = {i for r in runs if r.page == page.page for i in range(r.page_start, r.page_start + r.length)}
        wanted = {i for i in wanted if letters[i] > " "}
        found = marked_characters(content, page)
        assert wanted <= found
        besides = "".join(letters[i] for i in sorted(found - wanted))
        assert not besides.strip("0123456789-\x02"), besides
        assert all(0 <= b.left < b.right <= 1 and 0 <= b.top < b.bottom <= 1 for b in page.boxes)
        n_right += len(wanted)
    return n_right


def ink(content: bytes, width: int = 1200) -> list[tuple[float, float]]:
    """Places of the dark pixels of the first page, as parts of its width and height."""
    picture = render_page(content, 1, width)
    image = Image.open(io.BytesIO(picture.content)).convert("L")
    assert image.size == (picture.width, picture.height)
    dark = image.point(lambda v: 255 * (v < 128)).tobytes()
    places = [divmod(i, image.width) for i, value in enumerate(dark) if value]
    return [((x + 0.5) / image.width, (y + 0.5) / image.height) for y, x in places]


@settings(max_examples=40, deadline=None)
@given(
    rotation=st.sampled_from([0, 90, 180, 270]),
    crop=st.sampled_from([None, (100, 200, 560, 700), (110, 560, 540, 640)]),
    data=st.data(),
)
def test_boxes_hold_the_text_that_was_asked_for_and_no_other(rotation, crop, data) -> None:
    content = columns(rotation, crop)
    letters = page_text(content)
    start = data.draw(st.integers(0, len(letters) - 1))
    length = data.draw(st.integers(1, len(letters) - start))
    pages = find_boxes(content, [TextRun(start=0, length=length, page=1, page_start=start)])
    wanted = {i for i in range(start, start + length) if letters[i] > " "}
    assert marked_characters(content, pages[0]) == wanted
    n_lines = len(letters[start : start + length].split("\r\n"))
    assert len(pages[0].boxes) <= n_lines


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("turn", [0, 90, 180, 270])
@pytest.mark.parametrize("crop", [None, (150, 250, 520, 560)])
def test_the_box_lies_on_the_ink_of_the_picture(rotation: int, turn: int, crop) -> None:
    content = one_word(turn, rotation, crop)
    (page,) = find_boxes(content, [run_of(content, "gebruikt")])
    (box,) = page.boxes
    places = ink(content)
    pixel = 1 / 1200 + 1e-5
    wider = PageBox(box.left - pixel, box.top - pixel, box.right + pixel, box.bottom + pixel)
    assert len(places) > 500
    assert all(holds(wider, *place) for place in places)
    # And it is no larger than the word: its ink reaches from side to side, and nearly from foot to head.
    reach_x = (max(x for x, _ in places) - min(x for x, _ in places)) / (box.right - box.left)
    reach_y = (max(y for _, y in places) - min(y for _, y in places)) / (box.bottom - box.top)
    assert max(reach_x, reach_y) > 0.97 and min(reach_x, reach_y) > 0.85


@pytest.mark.parametrize("turn", [30, 45, 200])
def test_slanting_text_is_marked_letter_by_letter(turn: int) -> None:
    content = one_word(turn)
    (page,) = find_boxes(content, [run_of(content, "gebruikt")])
    assert len(page.boxes) == len("gebruikt")
    places = ink(content)
    assert sum(any(holds(box, *p) for box in page.boxes) for p in places) > 0.99 * len(places)


def test_one_box_for_each_line_and_all_of_one_height() -> None:
    content = columns()
    letters = page_text(content)
    (page,) = find_boxes(content, [TextRun(start=0, length=len(letters), page=1, page_start=0)])
    assert len(page.boxes) == len(LEFT) + len(RIGHT)
    heights = [box.bottom - box.top for box in page.boxes]
    assert max(heights) - min(heights) < 0.001
    tops = [box.top for box in page.boxes]
    assert tops[:3] == sorted(tops[:3]) and page.boxes[0].right < page.boxes[3].left


def test_a_line_of_several_runs_with_a_raised_mark_is_one_box() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 12)
        canvas.drawString(100, 500, "zegt de helft")
        canvas.setFont("Helvetica", 7)
        canvas.drawString(171, 504.5, "3")
        canvas.setFont("Helvetica-Bold", 12)
        canvas.drawString(178, 500, "van de teams")

    content = make(draw)
    parts = [run_of(content, "zegt de helft"), run_of(content, "3"), run_of(content, "van de teams")]
    (page,) = find_boxes(content, parts)
    assert len(page.boxes) == 1
    (without,) = find_boxes(content, [parts[0], parts[2]])
    assert len(without.boxes) == 1


def test_pages_come_in_the_order_of_the_text_and_cropped_text_has_no_box() -> None:
    content = make(lambda c: write(c, 60, 700, ["eerste blad"]), lambda c: write(c, 60, 700, ["tweede blad"]))
    runs = [TextRun(start=start, length=11, page=page, page_start=0) for start, page in ((0, 2), (11, 1))]
    assert [(p.page, len(p.boxes)) for p in find_boxes(content, runs)] == [(2, 1), (1, 1)]
    assert find_boxes(content, []) == []
    cropped = columns(crop=(300, 200, 560, 700))
    (page,) = find_boxes(cropped, [run_of(cropped, LEFT[0])])
    assert page.boxes == () and page.page_width == pytest.approx(260)
    beyond = [TextRun(start=0, length=5, page=1, page_start=10_000)]
    assert find_boxes(content, beyond)[0].boxes == ()


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_marks_on_the_bundled_documents_are_what_was_read(path: Path) -> None:
    content = path.read_bytes()
    try:
        document = read(content)
    except DocumentError:
        assert "jaarbericht" in path.name or "scan" in path.name
        return
    blocks = [b for b in document.blocks if b.kind in (BlockKind.PARAGRAPH, BlockKind.FOOTNOTE, BlockKind.TABLE_CELL)]
    n_right = sum(check_marks(content, document, b.start, b.end) for b in blocks[::8])
    assert n_right > 300


@pytest.mark.shared
@pytest.mark.skipif(not REAL, reason="no shared folder beside the checkout")
@pytest.mark.parametrize("path", REAL[::3], ids=lambda path: path.name)
def test_marks_on_real_reports_are_what_was_read(path: Path) -> None:
    content = path.read_bytes()
    try:
        document = read(content)
    except DocumentError:
        return
    blocks = [b for b in document.blocks if b.kind == BlockKind.PARAGRAPH]
    chosen = blocks[:: max(len(blocks) // 4, 1)]
    assert sum(check_marks(content, document, b.start, b.end) for b in chosen) > 100


def test_a_page_of_text_is_small_sharp_and_as_wide_as_asked() -> None:
    lines = [f"{n}. {' '.join(LEFT)}" for n in range(40)]
    content = make(lambda canvas: write(canvas, 40, 790, lines, size=10))
    picture = render_page(content, 1, 1000)
    assert (picture.width, picture.media_type) == (1000, "image/webp")
    assert picture.height == round(1000 * picture.page_height / picture.page_width)
    assert 10_000 < len(picture.content) < 100_000
    image = Image.open(io.BytesIO(picture.content)).convert("L")
    low, high = image.getextrema()
    assert low < 10 and high > 250
    assert picture == render_page(content, 1, 1000)


def test_a_photograph_keeps_its_colours_and_stays_small() -> None:
    ramp = Image.linear_gradient("L").resize((600, 400))
    photograph = Image.merge("RGB", (ramp, ramp.transpose(Image.Transpose.ROTATE_180), Image.new("L", ramp.size, 90)))
    content = make(lambda canvas: canvas.drawImage(ImageReader(photograph), 0, 0, 595, 842))
    picture = render_page(content, 1, 600)
    image = Image.open(io.BytesIO(picture.content)).convert("RGB")
    colours = image.getcolors(maxcolors=image.width * image.height)
    assert colours is not None and len(colours) > 200
    assert len(picture.content) < 60_000


def _sized(width: float, height: float) -> bytes:
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=(width, height), invariant=1)
    canvas.drawString(1, 1, "x")
    canvas.save()
    return stream.getvalue()


@given(width=st.floats(1, 14_400), proportion=st.floats(0.01, 100), pixels=st.integers(-5, 10**9))
def test_no_picture_is_larger_than_allowed(width: float, proportion: float, pixels: int) -> None:
    across, down = picture_size(width, width * proportion, pixels)
    assert across >= 1 and down >= 1 and across * down <= 1.01 * MOST_PIXELS
    assert across <= MOST_WIDTH and down <= MOST_PIXELS_ASIDE
    if proportion <= 1.4 and 100 <= pixels <= 2900:
        assert across == pixels
    if min(across, down) >= 100:
        assert down / across == pytest.approx(proportion, rel=0.01)


@pytest.mark.parametrize("size", [(1, 52), (3, 270), (14_000, 150)])
def test_very_long_pages_are_drawn(size: tuple[float, float]) -> None:
    picture = render_page(_sized(*size), 1, 300)
    assert Image.open(io.BytesIO(picture.content)).size == (picture.width, picture.height)


@pytest.mark.parametrize("size", [(10, 5000), (0.4, 30), (2e6, 2e6)])
def test_pages_of_an_absurd_size_are_refused(size: tuple[float, float]) -> None:
    with pytest.raises(PageError) as caught:
        render_page(_sized(*size), 1, 1000)
    assert caught.value.key == "page_picture.odd_size"


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (b"", "page_picture.not_pdf"),
        (b"PK\x03\x04 no such thing", "page_picture.not_pdf"),
        (b"%PDF-1.7 and then nothing", "page_picture.damaged"),
    ],
)
def test_what_is_no_good_pdf_is_told(content: bytes, key: str) -> None:
    with pytest.raises(PageError) as caught:
        render_page(content, 1, 500)
    assert caught.value.key == key
    with pytest.raises(PageError) as caught:
        find_boxes(content, [TextRun(start=0, length=1, page=1, page_start=0)])
    assert caught.value.key == key


def test_pages_that_are_not_there_and_passwords_are_told() -> None:
    content = columns()
    for page in (0, 2, -3, 10**6):
        with pytest.raises(PageError) as caught:
            render_page(content, page, 500)
        assert (caught.value.key, caught.value.values) == ("page_picture.no_such_page", {"page": page, "pages": 1})
    locked = make(lambda canvas: write(canvas, 60, 700, LEFT), encrypt=StandardEncryption("geheim", strength=128))
    with pytest.raises(PageError) as caught:
        render_page(locked, 1, 500)
    assert caught.value.key == "page_picture.password"


def test_bytes_before_the_file_do_not_shift_anything() -> None:
    content = columns()
    run = run_of(content, RIGHT[1])
    assert find_boxes(b"\r\n\r\nHTTP header" + content, [run]) == find_boxes(content, [run])
    assert render_page(b"junk" + content, 1, 300) == render_page(content, 1, 300)
