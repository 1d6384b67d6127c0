"""One door for all files: refusals become documents with a reason, other languages are set aside."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from format_samples import source, zipped
from pdf_pages import make, write
from reportlab.lib.pdfencrypt import StandardEncryption

import pipelines.ingest
from pipelines.domain.documents import Document, DocumentState
from pipelines.ingest.parser import IngestLimits
from pipelines.ingest.registry import NO_PARSER, parse_document
from pipelines.strings import keys, text

DUTCH = "De medewerkers merken dat de software hun werk verdeelt en dat er minder te kiezen valt. " * 4
GERMAN = "Die Beschäftigten merken, dass die Software ihre Arbeit verteilt und weniger zu wählen bleibt. " * 4
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


def read(content: bytes, name: str, **more: object) -> Document:
    return parse_document(content, source(content, name), IngestLimits(), **more)  # pyright: ignore[reportArgumentType]


def detect(stretch: str) -> str:
    """As a language model would answer for these samples."""
    if not stretch.strip():
        return "und"
    return "nl" if stretch.count("medewerkers") > stretch.count("Beschäftigten") else "de"


@pytest.mark.parametrize(
    ("content", "name", "state", "reason"),
    [
        (b"", "leeg.pdf", DocumentState.NO_TEXT, "reason.empty_file"),
        (b"  \n\n ", "wit.txt", DocumentState.NO_TEXT, "reason.no_text"),
        (b"Access denied", "rapport.pdf", DocumentState.REJECTED, "reason.name_differs"),
        (b"This is not a zip file!", "rapport.odt", DocumentState.REJECTED, "reason.name_differs"),
        (bytes(range(256)) * 4, "x.txt", DocumentState.REJECTED, "reason.not_text"),
        (bytes(range(256)) * 4, "x.bin", DocumentState.UNSUPPORTED, "reason.unsupported_type"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "x.docx", DocumentState.NEEDS_PASSWORD, "reason.encrypted"),
        (OLE + "WordDocument".encode("utf-16-le"), "x.doc", DocumentState.UNSUPPORTED, "reason.convertible"),
        (b"{\\rtf1 a}", "x.rtf", DocumentState.UNSUPPORTED, "reason.convertible"),
        (zipped({"a.txt": "a"}), "x.zip", DocumentState.UNSUPPORTED, "reason.archive_file"),
        (b"TY  - JOUR\nTI  - a\nAU  - b\nER  - \n", "x.ris", DocumentState.UNSUPPORTED, "reason.reference_list"),
        (b"a,b\n1,2\n", "x.csv", DocumentState.UNSUPPORTED, "reason.data_file"),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "x.png", DocumentState.UNSUPPORTED, "reason.picture"),
        (b"From: a@b.invalid\nSubject: x\nMIME-Version: 1.0\n\nDag", "x.eml", DocumentState.UNSUPPORTED,
         "reason.email_message"),
    ],
)  # fmt: skip
def test_what_is_not_read_keeps_state_and_reason(content: bytes, name: str, state: DocumentState, reason: str) -> None:
    document = read(content, name, detect=detect)
    assert document.reason is not None
    assert (document.state, document.reason.key) == (state, reason)
    assert document.source.path == name and document.text == ""
    for language in ("nl", "en"):
        assert "{" not in text(document.reason.key, language, **document.reason.values)


def test_a_file_without_parser_says_so() -> None:
    assert read(b"{\\rtf1 a}", "x.rtf").parser == NO_PARSER
    assert read(b"  ", "x.txt").parser == "text/1"


def test_the_language_is_filled_in() -> None:
    document = read(DUTCH.encode(), "x.txt", detect=detect)
    assert (document.state, document.metadata.language) == (DocumentState.TEXT, "nl")
    assert read(DUTCH.encode(), "x.txt").metadata.language is None


def test_another_language_is_set_aside_with_its_text() -> None:
    document = read(GERMAN.encode(), "x.txt", detect=detect)
    assert document.reason is not None
    assert (document.state, document.reason.key) == (DocumentState.UNSUPPORTED, "reason.other_language")
    assert document.reason.values == {"language": "de"}
    assert document.text.startswith("Die Beschäftigten")


def test_half_a_document_in_dutch_is_kept() -> None:
    content = "\n\n".join([DUTCH * 3, GERMAN * 3] * 4).encode()
    assert read(content, "x.txt", detect=detect).state == DocumentState.TEXT


def test_a_few_words_are_no_proof_of_another_language() -> None:
    document = read(b"Bericht 2024", "x.txt", detect=lambda _: "de")
    assert document.state == DocumentState.TEXT


def test_every_reason_that_the_code_gives_is_in_the_catalogue() -> None:
    folder = Path(pipelines.ingest.__path__[0])
    found = {key for path in folder.glob("*.py") for key in re.findall(r'"(reason\.\w+)"', path.read_text("utf-8"))}
    assert found and found <= keys()


def test_what_comes_of_a_file_does_not_hang_on_the_file_before() -> None:
    locked = make(lambda canvas: write(canvas, 70, 700, ["Geheim."]), encrypt=StandardEncryption("geheim"))
    no_pages = (
        b"%PDF-1.3\n1 0 obj\n<</Pages 2 0 R/Type/Catalog>>\nendobj\n2 0 obj\n<</Count 0/Kids[]/Type/Pages>>\nendobj\n"
        b"xref\n0 3\n0000000000 65535 f \n0000000009 00000 n \n0000000053 00000 n \n"
        b"trailer <</Root 1 0 R/Size 3>>\nstartxref\n100\n%%EOF\n"
    )
    assert read(locked, "a.pdf").state == DocumentState.NEEDS_PASSWORD
    assert read(no_pages, "b.pdf").state == DocumentState.REJECTED
