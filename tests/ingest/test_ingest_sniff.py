"""The kind of a file by its content, and its letters."""

from __future__ import annotations

import pytest
from format_samples import docx, epub, odt, word_paragraph, zipped
from hypothesis import given
from hypothesis import strategies as st

from pipelines.ingest import sniff
from pipelines.ingest.charset import declared_charset, decode_text
from pipelines.ingest.sniff import promises_container, sniff_media_type

DUTCH = "De coöperatie vroeg één keer: “Werkt u met AI?” – dat kostte € 5 per naïeve enquête…"
PAGE = "<!DOCTYPE html><html><body><p>Tekst</p></body></html>"
RIS = "TY  - JOUR\nTI  - Een titel\nAU  - Fictief, A.\nER  - \n"
MAIL = "From: a@voorbeeld.invalid\nTo: b@voorbeeld.invalid\nSubject: x\nMIME-Version: 1.0\n\nDag\n"
SAVED_PAGE = MAIL.replace("Subject: x", "Content-Type: multipart/related").replace("Dag", "Content-Type: text/html")
MARKED = "# Kop\n\nTekst met **nadruk** en een [verwijzing](https://voorbeeld.invalid)."
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


@pytest.mark.parametrize(
    ("content", "name", "expected"),
    [
        (b"", "leeg.pdf", sniff.EMPTY),
        (b"%PDF-1.7\n1 0 obj", "x.docx", sniff.PDF),
        (b"X-Mailer: iets\n" * 40 + b"%PDF-1.4\n1 0 obj", "x", sniff.PDF),
        (b"Een uitleg over %PDF-1.4 als formaat.", "uitleg.txt", sniff.TEXT),
        (docx(word_paragraph("a")), "x.pdf", sniff.DOCX),
        (odt("<text:p>a</text:p>"), "x", sniff.ODT),
        (epub({"a.xhtml": "<p>a</p>"}), "x.zip", sniff.EPUB),
        (zipped({"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<w/>"}), "x.docx", sniff.XLSX),
        (zipped({"[Content_Types].xml": "<Types/>", "ppt/presentation.xml": "<w/>"}), "x.docx", sniff.PPTX),
        (zipped({"rapport.pdf": "%PDF-1.7"}), "x.docx", sniff.ZIP),
        (docx(word_paragraph("a"))[:400], "x.docx", sniff.ZIP),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "x.docx", sniff.ENCRYPTED_OFFICE),
        (OLE + "WordDocument".encode("utf-16-le"), "x.doc", sniff.WORD_97),
        (b"{\\rtf1\\ansi Tekst}", "x.doc", sniff.RTF),
        (PAGE.encode(), "rapport.pdf", sniff.HTML),
        (PAGE.encode("utf-16"), "x.htm", sniff.HTML),
        (b"\xef\xbb\xbf\r\n<!-- x -->\n" + PAGE.encode(), "x", sniff.HTML),
        (b'<?xml version="1.0"?><!DOCTYPE html PUBLIC "x" "y"><html><body/></html>', "x.xml", sniff.HTML),
        (b'<?xml version="1.0"?><feed><entry/></feed>', "x.html", sniff.XML),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "x", sniff.XML),
        (MAIL.encode(), "x.txt", sniff.EMAIL),
        (SAVED_PAGE.encode(), "x", sniff.MHTML),
        (b"From: de secretaris\nTo: de commissie\nSubject: planning\n\nDag allen", "memo.txt", sniff.TEXT),
        (RIS.encode(), "x.txt", sniff.RIS),
        (b"@article{a2024,\n  title = {Een titel}\n}", "x.txt", sniff.BIBTEX),
        (b"a,b\n1,2\n", "x.csv", sniff.CSV),
        (b"a,b\n1,2\n", "x.txt", sniff.TEXT),
        (b'{"a": 1}', "x.json", sniff.JSON),
        (b"# Kop\n\nTekst met **nadruk** en een [verwijzing](https://voorbeeld.invalid).", "x.txt", sniff.MARKDOWN),
        (b"Gewone tekst.", "x.md", sniff.MARKDOWN),
        ("Gewone tekst.\n\n • punt\n * punt".encode(), "x.txt", sniff.TEXT),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "x.pdf", "image/png"),
        (b"\xff\xd8\xff\xe0" + bytes(40), "x.pdf", "image/jpeg"),
        (bytes(range(256)) * 4, "x.txt", sniff.BINARY),
    ],
)  # fmt: skip
def test_the_content_decides(content: bytes, name: str, expected: str) -> None:
    assert sniff_media_type(content, name) == expected


def test_names_that_promise_a_container() -> None:
    assert promises_container("map/RAPPORT.PDF") and promises_container("C:\\map\\a.docx")
    assert not promises_container("docx") and not promises_container("a.docx.txt")


@given(content=st.binary(max_size=300), name=st.text(max_size=12))
def test_any_bytes_have_a_type(content: bytes, name: str) -> None:
    assert "/" in sniff_media_type(content, name)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32-le", "cp1252"])
def test_dutch_is_read_from_every_encoding(encoding: str) -> None:
    assert decode_text(DUTCH.encode(encoding)) == DUTCH


def test_one_stray_byte_does_not_spoil_the_rest() -> None:
    content = f"{DUTCH} ".encode() + b"caf\xe9"
    assert decode_text(content) == f"{DUTCH} café"


def test_half_a_surrogate_pair_becomes_one_unknown_character() -> None:
    assert decode_text(b"a \xed\xa0\x80 b") == "a \ufffd b"


def test_a_declaration_is_believed_only_where_the_bytes_agree() -> None:
    assert declared_charset(b'<meta http-equiv="x" content="text/html; charset=ISO-8859-1">') == "iso8859-1"
    assert declared_charset(b"<meta charset=nergens>") is None
    assert decode_text("één".encode(), "iso8859-1") == "één"
    assert decode_text("één".encode("cp1252"), "utf-8") == "één"
    assert decode_text("Привет, мир".encode("koi8-r"), "koi8-r") == "Привет, мир"


@given(content=st.binary(max_size=400), declared=st.sampled_from([None, "utf-8", "cp1252", "utf-16", "idna", "hex"]))
def test_decoding_never_fails(content: bytes, declared: str | None) -> None:
    assert isinstance(decode_text(content, declared), str)
