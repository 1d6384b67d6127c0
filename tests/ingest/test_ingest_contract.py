"""What every parser promises, held against one sample of each format."""

from __future__ import annotations

import io
import unicodedata

import pytest
from format_samples import docx, epub, odt, source, word_paragraph
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reportlab.pdfgen.canvas import Canvas

from pipelines.domain.documents import Document, DocumentState
from pipelines.ingest import sniff
from pipelines.ingest.compose import APART
from pipelines.ingest.parser import IngestLimits
from pipelines.ingest.registry import PARSERS, parse_document

SENTENCE = "Het verzonnen Instituut Noordkaap vroeg 412 bedrijven of zij met lerende software werken."


def _pdf() -> bytes:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, invariant=1)
    canvas.setFont("Helvetica-Bold", 20)
    canvas.drawString(72, 760, "Werken met AI")
    canvas.setFont("Helvetica", 11)
    canvas.drawString(72, 700, SENTENCE[:60])
    canvas.drawString(72, 686, SENTENCE[60:])
    canvas.save()
    return buffer.getvalue()


HTML = (
    f"<html><body><h1>Werken met AI</h1><h2>Opzet</h2><p>{SENTENCE}</p><ul><li>{SENTENCE}</li></ul>"
    "<table><tr><th>Sector</th><th>Aandeel</th></tr><tr><td>Zorg\x07</td><td>12&nbsp;%</td></tr></table></body></html>"
)

SAMPLES: dict[str, tuple[str, bytes]] = {
    sniff.PDF: ("rapport.pdf", _pdf()),
    sniff.DOCX: ("rapport.docx", docx(word_paragraph("Werken met AI", "Title") + word_paragraph(SENTENCE))),
    sniff.ODT: (
        "rapport.odt",
        odt(f'<text:h text:outline-level="1">Werken met AI</text:h><text:p>{SENTENCE}</text:p>'),
    ),
    sniff.HTML: ("pagina.html", HTML.encode()),
    sniff.EPUB: ("boek.epub", epub({"een.xhtml": f"<h1>Werken met AI</h1><p>{SENTENCE}</p>"})),
    sniff.MARKDOWN: ("notitie.md", f"# Werken met AI\n\n{SENTENCE}\n\n- {SENTENCE}\n".encode()),
    sniff.TEXT: ("notitie.txt", f"Werken met AI\n\n{SENTENCE}\n\n • {SENTENCE}\n".encode()),
}


def _parse(media_type: str) -> Document:
    name, content = SAMPLES[media_type]
    return parse_document(content, source(content, name), IngestLimits())


def check_document(document: Document) -> None:
    """The promises that hold for whatever was read."""
    text = document.text
    covered = 0
    apart = False
    for block in document.blocks:
        assert text[covered : block.start].strip() == "", "no text lies outside the blocks"
        piece = document.block_text(block)
        assert piece == piece.strip() and piece
        assert "  " not in piece and "\n" not in piece
        covered = block.end
        assert apart <= (block.kind in APART), "footnotes and furniture follow after all running text"
        apart = block.kind in APART
        headings = {document.block_text(b) for b in document.blocks if b.kind == "heading"}
        assert set(block.section) <= headings
        assert (block.level is not None) == (block.kind == "heading")
        assert (block.cell is not None) == (block.kind == "table_cell")
    assert covered == len(text)
    assert not any(unicodedata.category(char) in ("Cc", "Cs", "Cf") for char in text.replace("\n\n", ""))
    assert unicodedata.is_normalized("NFC", text)


def test_every_parser_has_a_sample() -> None:
    assert {media_type for parser in PARSERS for media_type in parser.media_types} - {sniff.MHTML} == set(SAMPLES)


@pytest.mark.parametrize("media_type", SAMPLES)
def test_samples_keep_the_contract(media_type: str) -> None:
    document = _parse(media_type)
    assert document.state == DocumentState.TEXT, document.reason
    assert document.media_type == media_type
    assert document.parser in {parser.name for parser in PARSERS}
    assert document.id == document.source.document_id
    assert SENTENCE in document.text.replace("\n", " ")
    assert document.metadata.title == "Werken met AI"
    check_document(document)


@pytest.mark.parametrize("media_type", SAMPLES)
def test_reading_twice_gives_the_same(media_type: str) -> None:
    assert _parse(media_type) == _parse(media_type)


@pytest.mark.parametrize("media_type", SAMPLES)
def test_cut_files_are_documents_too(media_type: str) -> None:
    name, content = SAMPLES[media_type]
    for part in (1, 10, len(content) // 3, len(content) - 30):
        document = parse_document(content[:part], source(content[:part], name), IngestLimits())
        assert document.state in DocumentState
        assert document.reason is not None or document.state == DocumentState.TEXT


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=400), name=st.sampled_from(["a.txt", "a.md", "a.html", "a.docx", "a.pdf", "a"]))
def test_any_bytes_give_a_document(content: bytes, name: str) -> None:
    document = parse_document(content, source(content, name), IngestLimits())
    if document.state == DocumentState.TEXT:
        check_document(document)
    else:
        assert document.reason is not None


@settings(max_examples=80, deadline=None)
@given(text=st.text(max_size=300), name=st.sampled_from(["a.txt", "a.md", "a.html"]))
def test_any_text_gives_a_document(text: str, name: str) -> None:
    content = text.encode("utf-8", "surrogatepass")
    document = parse_document(content, source(content, name), IngestLimits())
    if document.state == DocumentState.TEXT:
        check_document(document)
