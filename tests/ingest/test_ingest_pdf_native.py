"""What is asked of PDFium in bulk is what it says of each character by itself."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pypdfium2.raw as raw
import pytest
from pdf_pages import make, write
from pypdfium2 import PdfDocument
from reportlab.pdfgen.canvas import Canvas

from pipelines.ingest import pdf_characters, pdf_native

SHARED = Path(__file__).parents[3] / "shared"


@contextmanager
def text_page(content: bytes, number: int = 0) -> Iterator[tuple[int, int]]:
    """Address of the text of a page, and how many characters it has."""
    document = PdfDocument(content)
    page = raw.FPDF_LoadPage(document.raw, number)
    text = raw.FPDFText_LoadPage(page)
    try:
        yield pdf_native.address_of(text), raw.FPDFText_CountChars(text)
    finally:
        raw.FPDFText_ClosePage(text)
        raw.FPDF_ClosePage(page)
        document.close()


def draw(canvas: Canvas) -> None:
    y = write(canvas, 60, 780, ["Werk en oplei-", "ding: één op de drie \u20ac 4 \u2022 punt", "a", "", "fi \ufb01 fl"])
    for number, word in enumerate(["veel", "kleine", "stukken", "achter", "elkaar", "op", "een", "regel"]):
        write(canvas, 60 + 40 * number, y, [word], font=("Times-Roman", "Helvetica-Bold")[number % 2])
    write(canvas, 60, y - 40, ["The control \x07 and the tab \t stand amid the text", "i" * 200])


@pytest.mark.parametrize("pages", [(draw,), (lambda canvas: None,), (lambda canvas: write(canvas, 60, 700, ["ja"]),)])
def test_codes_and_objects_are_those_of_each_character(pages: tuple) -> None:
    check(make(*pages))


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared files are not here")
def test_the_same_in_real_files() -> None:
    for path in sorted((SHARED / "real").glob("*.pdf"))[:4]:
        check(path.read_bytes())


def check(content: bytes) -> None:
    with text_page(content) as (address, n):
        codes = np.array([pdf_characters._unicode_of(address, at) for at in range(n)], np.int64)
        objects = np.array([pdf_characters._text_object(ctypes.c_void_p(address), at) for at in range(n)], np.uint64)
        assert (pdf_characters._read_codes(address, n) == codes).all()
        found = pdf_characters._read_objects(address, codes)
        # What PDFium put in itself is drawn by nothing; where it counts, the object before it is taken.
        assert (pdf_characters._carried_on(found) == pdf_characters._carried_on(objects)).all()


def test_text_of_scripts_from_right_to_left_is_asked_one_by_one() -> None:
    assert pdf_characters._runs_left(np.array([65, 0x5D0, 66]))
    assert not pdf_characters._runs_left(np.array([65, 0x2022, 0xFFFE, 0xFB01, 0x110000]))


@pytest.mark.parametrize("at_once", [pdf_characters.BOXES_AT_ONCE, 7])
def test_boxes_are_those_of_each_character(at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_characters, "BOXES_AT_ONCE", at_once)
    lines = [f"{number} regels met veel letters, cijfers en spaties " * 3 for number in range(60)]
    with text_page(make(lambda canvas: write(canvas, 20, 780, lines, size=4))) as (address, n):
        assert n > 2 * pdf_characters.BOXES_AT_ONCE
        pointer = ctypes.cast(address, raw.FPDF_TEXTPAGE)
        index = np.append(np.arange(n), n + 5)  # the last one is none
        sides, placed = pdf_characters._read_boxes(address, index)
        box = raw.FS_RECTF()
        told = [bool(raw.FPDFText_GetLooseCharBox(pointer, at, box)) for at in index.tolist()]
        assert placed.tolist() == told
        for at, (left, top, right, bottom) in enumerate(sides[:-1].tolist()):
            assert raw.FPDFText_GetLooseCharBox(pointer, at, box)
            assert (left, top, right, bottom) == (box.left, box.top, box.right, box.bottom)
        assert not told[-1]
        assert not sides[-1].any()
