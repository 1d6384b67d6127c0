"""Text recognition of scanned pages: with a program that plays Tesseract, and with Tesseract itself where it is."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from format_samples import source
from pdf_pages import make, write
from tesseract_standin import LINES, printing, program, table

from flows.reading import Request
from flows.recognising import Recogniser, is_unrecognised
from pipelines.domain.documents import Document, DocumentState, Reason
from pipelines.domain.runs import DocumentSummary
from pipelines.ingest.page_picture import draw_grey
from pipelines.ingest.parser import IngestLimits
from pipelines.ingest.pdf import PdfParser
from pipelines.ingest.recognition import RecognisedPage, compose_recognised, read_table, recognise_page
from pipelines.ingest.tesseract import RecognitionError, Tesseract, find_tesseract, read_picture
from pipelines.passages.rules import PassageRules

LIMITS = IngestLimits()
PROGRAM = Tesseract("tesseract", "5.3.0", ("nld", "eng"))


def compose(pages: dict[int, RecognisedPage], n_pages: int) -> Document:
    return compose_recognised(source(b"scan", "scan.pdf"), pages, n_pages, PdfParser.name, PROGRAM, LIMITS)


def recognised(*lines: str, confidence: float = 95.0) -> RecognisedPage:
    return RecognisedPage(595.0, 842.0, read_table(table(*lines, confidence=confidence), 0.24, 0.24))


# ---------------------------------------------------------------- the program


def test_the_program_says_what_it_can_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    found = program(tmp_path / "a", monkeypatch, "exit 1", languages="eng\nosd")
    assert (found.name, found.languages, found.missing) == ("tesseract 5.9.9", ("eng",), ("nld",))
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    assert find_tesseract() is None


@pytest.mark.parametrize("reads", ["exit 3", "cat > /dev/null; exec sleep 60"])
def test_a_program_that_fails_or_hangs_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reads: str):
    found = program(tmp_path, monkeypatch, reads)
    begun = time.monotonic()
    with pytest.raises(RecognitionError):
        read_picture(found, b"P5 1 1 255\n\0", 0.3)
    assert time.monotonic() - begun < 30


# ---------------------------------------------------------------- words


def test_a_page_is_drawn_as_large_as_it_is_read():
    picture, width, height = draw_grey(make(lambda canvas: write(canvas, 60, 780, LINES)), 1, 300)
    assert (round(width), round(height)) == (595, 842) and picture.shape[1] == round(width / 72 * 300)
    assert picture.min() < 60 and picture.max() == 255


def test_lines_that_are_no_words_are_passed_by():
    text = (
        table("een woord")
        + "5\t1\tx\nrubbish\n5\t1\t1\t1\t1\t1\tNaN\t1\t1\t1\t90\tweg\n"
        + table("vlek", confidence=12)
    )
    assert [word.text for word in read_table(text, 1, 1)] == ["een", "woord"]


def test_a_small_l_in_ai_is_mended():
    words = read_table(table("Al jaren zegt men dat Al en Al-systemen of GenAl-diensten het al doen. Al is Al."), 1, 1)
    expected = "Al jaren zegt men dat AI en AI-systemen of GenAI-diensten het al doen. Al is AI."
    assert " ".join(word.text for word in words) == expected


def test_a_dot_before_an_item_is_a_dot():
    assert [word.text for word in read_table(table("e eerste punt", "e tweede e"), 1, 1)] == [
        *("•", "eerste", "punt"),
        *("•", "tweede", "e"),
    ]


def test_recognised_pages_become_a_document_that_says_so():
    texts = (LINES, ["De tweede bladzijde gaat over werk", "en over wat mensen daarvan leren."])
    kept = {n: RecognisedPage.from_json(recognised(*lines).to_json()) for n, lines in enumerate(texts, 1)}
    document = compose(kept | {3: RecognisedPage(1, 1, problem="time")}, 3)
    assert document.state is DocumentState.PARTIAL and document.reason is not None
    assert document.reason.values["which"] == "3"
    assert document.parser == "pdf/3+tesseract 5.3.0" and not document.runs
    assert [b.page_first for b in document.blocks] == [1, 2]
    assert document.block_text(document.blocks[0]) == " ".join(LINES)
    assert document.notes[0].key == "reading_note.recognised" and document.notes[0].values["confidence"] == 95
    assert document.notes[0].values["doubtful"] == 0


def test_doubtful_words_are_counted():
    values = compose({1: recognised(*LINES, confidence=50.0)}, 1).notes[0].values
    assert values["doubtful"] == values["words"] == sum(len(line.split()) for line in LINES)


@pytest.mark.parametrize("content", [b"", b"{}", b'{"size": [1], "words": [], "problem": ""}', b"[1, 2]"])
def test_a_kept_page_that_is_damaged_is_not_believed(content: bytes):
    with pytest.raises(ValueError, match=r"."):
        RecognisedPage.from_json(content)


# ---------------------------------------------------------------- documents


def summary(**changes: object) -> DocumentSummary:
    values: dict[str, object] = {
        "id": "a", "paths": (), "state": DocumentState.NEEDS_OCR, "stage": "done", "media_type": "application/pdf",
        "parser": "pdf/3", "first_seen": "2026-11-01T00:00:00+00:00", "run_id": "r",
    }  # fmt: skip
    return DocumentSummary.model_validate(values | changes)


def test_what_needs_recognition_is_tried_once_by_each_version():
    assert is_unrecognised(summary(), PROGRAM)
    assert is_unrecognised(summary(parser="pdf/3+tesseract 4.1.1"), PROGRAM)
    assert not is_unrecognised(summary(parser="pdf/3+tesseract 5.3.0"), PROGRAM)
    assert not is_unrecognised(summary(state=DocumentState.TEXT), PROGRAM)
    assert not is_unrecognised(summary(media_type="text/plain"), PROGRAM)
    little = Reason(key="reason.little_text_read", values={"characters": 30, "pages": 4})
    assert is_unrecognised(summary(state=DocumentState.PARTIAL, reason=little), PROGRAM)


def test_a_scan_is_recognised_in_parts_and_forgotten_when_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    found = program(tmp_path / "bin", monkeypatch, printing(tmp_path / "bin", table(*LINES)))
    blank = make(lambda canvas: canvas.rect(100, 100, 200, 200))
    file = tmp_path / "scan.pdf"
    file.write_bytes(blank)
    known = source(blank, str(file))
    request = Request(known.document_id, known.checksum, (file,))
    before = Document(
        id=known.document_id, source=known, media_type="application/pdf", parser="pdf/3", state=DocumentState.NEEDS_OCR
    )
    kept = tmp_path / "kept"
    recogniser = Recogniser(found, kept, 1, LIMITS, PassageRules(), seconds=0.0)
    try:
        assert list(recogniser.read([(request, before)])) == []  # its time was spent before it began
        recogniser.until += 600.0
        (reading,) = recogniser.read([(request, before)])
        assert len(list((kept / known.checksum).iterdir())) == 1
        recogniser.forget(known.checksum)
        assert not (kept / known.checksum).exists()
    finally:
        recogniser.close()
    assert reading.document.state is DocumentState.TEXT and reading.document.parser == "pdf/3+tesseract 5.9.9"
    assert [passage.text for passage in reading.passages] == [" ".join(LINES)]
    assert reading.document.metadata.language == "nl"


def test_tesseract_itself_reads_a_picture_of_a_page():
    found = find_tesseract()
    if found is None or found.missing:
        pytest.skip("Tesseract with Dutch and English is not installed (Debian: apt-get install tesseract-ocr-nld)")
    content = make(lambda canvas: write(canvas, 60, 780, LINES, size=12))
    page = recognise_page(content, 1, found, 120.0)
    assert not page.problem
    assert " ".join(word.text for word in page.words) == " ".join(LINES)
