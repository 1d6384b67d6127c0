"""Containers made to hurt: bombs, paths that lead out, entities, deep nesting."""

from __future__ import annotations

import struct

import pytest
from format_samples import W_NAMES, docx, epub, odt, source, word_paragraph, zipped

from pipelines.domain.documents import Document, DocumentState
from pipelines.errors import DocumentError
from pipelines.ingest.archive import Archive, member_name
from pipelines.ingest.parser import IngestLimits
from pipelines.ingest.registry import parse_document
from pipelines.ingest.safe_xml import parse_xml

SMALL = IngestLimits(max_part_bytes=100_000, max_unpacked_bytes=150_000)


def read(content: bytes, name: str = "x.docx", limits: IngestLimits | None = None) -> Document:
    return parse_document(content, source(content, name), limits or IngestLimits())


def reason(document: Document) -> str:
    assert document.reason is not None
    return document.reason.key


def test_a_part_beyond_the_limit_is_a_bomb() -> None:
    archive = Archive(zipped({"a": bytes(100_001)}), SMALL)
    with pytest.raises(DocumentError) as caught:
        archive.read("a")
    assert caught.value.key == "reason.bomb"


def test_parts_together_beyond_the_limit_are_a_bomb() -> None:
    archive = Archive(zipped({"a": bytes(90_000), "b": bytes(90_000)}), SMALL)
    archive.read("a")
    with pytest.raises(DocumentError):
        archive.read("b")


def test_zeros_are_stopped_by_their_ratio_long_before_the_limit() -> None:
    archive = Archive(zipped({"a": bytes(30 * 2**20)}), IngestLimits())
    with pytest.raises(DocumentError) as caught:
        archive.read("a")
    assert caught.value.values == {"limit": 4}


def test_a_size_that_lies_does_not_help() -> None:
    content = bytearray(zipped({"a": bytes(200_000)}))
    directory = content.index(b"PK\x01\x02")
    content[directory + 24 : directory + 28] = struct.pack("<I", 10)
    with pytest.raises(DocumentError):
        Archive(bytes(content), SMALL).read("a")


def test_a_bomb_that_nobody_reads_does_no_harm() -> None:
    content = zipped({**_members(docx(word_paragraph("Tekst."))), "word/media/image1.png": bytes(8 * 2**20)})
    assert read(content).text == "Tekst."


def _members(content: bytes) -> dict[str, bytes]:
    archive = Archive(content, IngestLimits())
    return {name: archive.read(name) for name in archive.names}


@pytest.mark.parametrize("name", ["../../../../tmp/uit", "/tmp/uit", "C:\\uit", "word/../../uit"])
def test_names_that_lead_out_are_only_names(name: str) -> None:
    assert read(zipped({**_members(docx(word_paragraph("Tekst."))), name: "boe"})).text == "Tekst."


def test_member_names_stay_inside() -> None:
    assert member_name("OEBPS/content.opf", "text/deel%201.xhtml#s2") == "OEBPS/text/deel 1.xhtml"
    assert member_name("word/document.xml", "/word/styles.xml") == "word/styles.xml"
    assert member_name("a/b.opf", "../../../../etc/passwd") == "../../../etc/passwd"  # no such member


def test_an_encrypted_member_needs_a_password() -> None:
    content = bytearray(docx(word_paragraph("Tekst.")))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = -1
        while (at := content.find(mark, at + 1)) >= 0:
            content[at + offset] |= 1
    assert read(bytes(content)).state == DocumentState.NEEDS_PASSWORD


def test_a_torn_file_is_damaged() -> None:
    content = docx(word_paragraph("Tekst. " * 300))
    document = read(content[:-40])
    assert (document.state, reason(document)) == (DocumentState.REJECTED, "reason.damaged")


LAUGHS = '<!DOCTYPE w:document [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE w:document [<!ENTITY a SYSTEM "file:///etc/hostname">]>'


@pytest.mark.parametrize("doctype", [LAUGHS, OUTSIDE, "<!DOCTYPE x SYSTEM 'http://169.254.169.254/x.dtd'>"])
def test_document_types_are_refused(doctype: str) -> None:
    word = _members(docx(word_paragraph("Tekst.")))
    body = f"<w:document {W_NAMES}><w:body>{word_paragraph('&a;')}</w:body></w:document>"
    document = read(zipped({**word, "word/document.xml": doctype + body}))
    assert (document.state, reason(document)) == (DocumentState.REJECTED, "reason.hostile")
    assert document.text == ""


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-8-sig"])
def test_document_types_are_refused_in_every_encoding(encoding: str) -> None:
    content = f'<?xml version="1.0" encoding="{encoding[:6]}"?>{OUTSIDE}<a>&a;</a>'.encode(encoding)
    with pytest.raises(DocumentError):
        parse_xml(content, "a.xml")


def test_a_document_type_far_down_is_refused_too() -> None:
    with pytest.raises(DocumentError):
        parse_xml(f"<!--{'x' * 9000}-->{OUTSIDE}<a>&a;</a>".encode(), "a.xml")


def test_deep_nesting_is_refused() -> None:
    cells = "<w:tbl><w:tr><w:tc>" * 3000 + word_paragraph("diep") + "</w:tc></w:tr></w:tbl>" * 3000
    document = read(docx(cells))
    assert (document.state, reason(document)) == (DocumentState.REJECTED, "reason.hostile")


def test_nesting_that_people_make_is_read() -> None:
    cells = "<w:tbl><w:tr><w:tc>" * 20 + word_paragraph("diep") + "</w:tc></w:tr></w:tbl>" * 20
    assert read(docx(cells)).text == "diep"


def test_what_lies_deeper_than_a_hundred_elements_is_refused() -> None:
    deep = "<a>" * 100 + "</a>" * 100
    assert parse_xml(deep.encode(), "a.xml") is not None
    with pytest.raises(DocumentError) as caught:
        parse_xml(f"<a><b/>{deep}<b/></a>".encode(), "a.xml")
    assert caught.value.key == "reason.hostile"


def test_pictures_do_not_count_as_members_with_text() -> None:
    limits = IngestLimits(max_members=10)
    word = _members(docx(word_paragraph("Tekst.")))
    pictures = {f"word/media/{number}.PNG": b"" for number in range(80)}
    assert read(zipped({**word, **pictures}), limits=limits).text == "Tekst."
    for more in ({f"word/{n}.xml": b"" for n in range(11)}, {f"{n}.png": b"" for n in range(101)}):
        document = read(zipped({**word, **more}), limits=limits)
        assert (document.state, reason(document)) == (DocumentState.REJECTED, "reason.hostile")


def test_repeated_cells_of_odt_cost_no_memory() -> None:
    table = (
        "<table:table><table:table-row><table:table-cell><text:p>a</text:p></table:table-cell>"
        '<table:table-cell table:number-columns-repeated="1048576"/><table:table-cell><text:p>b</text:p>'
        "</table:table-cell></table:table-row></table:table>"
    )
    document = read(odt(table + '<text:p>c<text:s text:c="999999999"/>d</text:p>'), "x.odt")
    assert [document.block_text(b) for b in document.blocks] == ["a", "b", "c d"]


def test_locked_books_need_a_password_and_scrambled_fonts_do_not() -> None:
    def book(algorithm: str) -> bytes:
        method = f'<EncryptedData><EncryptionMethod Algorithm="{algorithm}"/></EncryptedData>'
        return epub(
            {"a.xhtml": "<p>Tekst.</p>"}, extra={"META-INF/encryption.xml": f"<encryption>{method}</encryption>"}
        )

    locked = read(book("http://www.w3.org/2001/04/xmlenc#aes256-cbc"), "x.epub")
    assert locked.state == DocumentState.NEEDS_PASSWORD
    assert read(book("http://www.idpf.org/2008/embedding"), "x.epub").text == "Tekst."


def test_files_over_the_limit_are_not_looked_at() -> None:
    document = read(docx(word_paragraph("Tekst.")), limits=IngestLimits(max_file_bytes=100))
    assert (document.state, reason(document)) == (DocumentState.REJECTED, "reason.too_large")
