"""Real and hostile PDF files, where the shared folder stands beside the checkout."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from pdf_pages import check_runs, read

from pipelines.domain.documents import BlockKind, DocumentState
from pipelines.errors import DocumentError

SHARED = Path(__file__).resolve().parents[3] / "shared"
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not SHARED.is_dir(), reason="no shared folder beside the checkout"),
]
HOSTILE = sorted((SHARED / "nasty" / "files").glob("*/*.pdf"))
REAL = sorted((SHARED / "real").glob("*.pdf"))
SECONDS = 20
"""Far above the slowest file (1 second), for a busy machine."""


@pytest.mark.parametrize("path", HOSTILE, ids=lambda path: path.name)
def test_a_hostile_file_is_read_or_refused_quickly(path: Path):
    content = path.read_bytes()
    began = time.perf_counter()
    try:
        document = read(content)
    except DocumentError as error:
        assert DocumentState(error.state) not in (DocumentState.TEXT, DocumentState.PARTIAL, DocumentState.FAILED)
    else:
        check_runs(document, content)
    assert time.perf_counter() - began < SECONDS


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("pdf/pdfminer__pdfminer.six__2934a045__rc4-40.pdf", "needs_password"),
        ("pdf/py-pdf__sample-files__de3e0c16__libreoffice-writer-password.pdf", "needs_password"),
        ("pdf/ocrmypdf__OCRmyPDF__d1a62d4a__jbig2.pdf", "needs_ocr"),
        ("pdf/ocrmypdf__OCRmyPDF__ee7f82b1__enormous.pdf", "needs_ocr"),
        ("pdf/mozilla__pdf.js__23d775b4__postscript_type4_many_outputs.pdf", "no_text"),
        ("pdf/ArturT__Test-PDF-Files__3d30f310__corrupted.pdf", "rejected"),
        ("pdf/ocrmypdf__OCRmyPDF__d3e7d96a__invalid.pdf", "rejected"),
        ("synthetic/xobject_2pow28.pdf", "rejected"),
    ],
)
def test_states_of_known_files(name: str, state: str):
    with pytest.raises(DocumentError) as caught:
        read((SHARED / "nasty" / "files" / name).read_bytes())
    assert caught.value.state == state


@pytest.mark.parametrize(
    "name", ["invisible_prompt", "leading_junk", "concatenated", "javascript_openaction", "no_eof"]
)
def test_only_what_can_be_seen_is_text(name: str):
    document = read((SHARED / "nasty" / "files" / "synthetic" / f"{name}.pdf").read_bytes())
    assert document.text == "AI and work: a plain page."


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.name)
def test_real_reports_are_read_with_their_places(path: Path):
    content = path.read_bytes()
    document = read(content)
    if "v1.1" in path.name:  # its words are outlines: only what stands below the pages is text
        assert document.reason and (document.state, document.reason.key) == ("partial", "reason.little_text_read")
        assert "overweging 165" in document.text
        return
    n_compared = check_runs(document, content)
    assert n_compared >= sum(c.isalnum() for c in document.text) * 0.99
    assert document.metadata.title and "Microsoft" not in document.metadata.title
    assert document.metadata.year is not None and 2020 <= document.metadata.year <= 2026


def test_a_report_with_notes_and_headings_has_its_outline():
    (path,) = (SHARED / "real").glob("*RKIs.pdf")
    document = read(path.read_bytes())
    headings = [b for b in document.blocks if b.kind == BlockKind.HEADING]
    chapters = [document.block_text(b)[:2] for b in headings if b.level == 1 and document.block_text(b)[0].isdigit()]
    assert chapters == ["1.", "2.", "3.", "4."]
    notes = [document.block_text(b).split(" ")[0] for b in document.blocks if b.kind == BlockKind.FOOTNOTE]
    assert notes[:28] == [str(n) for n in range(1, 29)]
    numbers = [document.block_text(b) for b in document.blocks if b.kind == BlockKind.PAGE_FOOTER]
    assert numbers == [str(n) for n in range(2, 30)]
