"""What is fetched is told by its content: pages, messages and parts of files are no publications."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.pdfgen.canvas import Canvas

from pipelines.harvest import content as content_module
from pipelines.harvest.content import (
    DOCX,
    EPUB,
    HTML,
    MARKDOWN,
    ODT,
    PDF,
    SUFFIXES,
    TEXT,
    pdf_is_whole,
    recognise,
    seen_text,
)
from pipelines.harvest.fetching import Answer, HarvestError, Trouble
from pipelines.strings.catalogue import error_text

_SHARED = Path(__file__).parents[2] / ".." / "shared" / "real"
_PROSE = "In offices where software writes the first draft, people spend more of their day on checking. " * 20


def _pdf(pages: int = 3) -> bytes:
    made = io.BytesIO()
    canvas = Canvas(made, pageCompression=1)
    for page in range(pages):
        for line in range(40):
            canvas.drawString(50, 800 - 18 * line, f"Page {page}, line {line}, {_PROSE[line : line + 60]}")
        canvas.showPage()
    canvas.save()
    return made.getvalue()


def _docx() -> bytes:
    made = io.BytesIO()
    document = docx.Document()
    document.add_paragraph(_PROSE)
    document.save(made)
    return made.getvalue()


def _zip(members: Mapping[str, str]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return made.getvalue()


def _page(body: str, head: str = "<title>Work</title>") -> bytes:
    return f"<!DOCTYPE html>\n<html><head>{head}</head><body>{body}</body></html>".encode()


def _answer(
    content: bytes, media_type: str = "", path: str = "/download/7", headers: Mapping[str, str] | None = None
) -> Answer:
    url = f"https://source.example{path}"
    return Answer(url, url, 200, content, media_type, headers=headers or {})


def _error(content: bytes, answer: Answer, *, again: bool = False) -> HarvestError:
    with pytest.raises(HarvestError) as caught:
        recognise(content, answer, again=again)
    for language in ("nl", "en"):
        assert error_text(caught.value, language)
    return caught.value


PDF_FILE, DOCX_FILE = _pdf(), _docx()
ODT_FILE = _zip({"mimetype": ODT, "content.xml": "<x/>"})
EPUB_FILE = _zip({"mimetype": EPUB, "META-INF/container.xml": "<x/>"})
ARTICLE = _page(f"<article><p>{_PROSE}</p></article>")


@pytest.mark.parametrize("told", ["", "application/octet-stream", "text/html", "application/pdf"])
@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PDF_FILE, PDF),
        (b"HTTP/1.1 200 OK\r\n\r\n" + PDF_FILE, PDF),
        (PDF_FILE + bytes(30_000), PDF),
        (DOCX_FILE, DOCX),
        (ODT_FILE, ODT),
        (EPUB_FILE, EPUB),
    ],
)
def test_files_are_known_whatever_the_server_says(content: bytes, kind: str, told: str) -> None:
    assert recognise(content, _answer(content, told)) == kind
    assert recognise(content, _answer(content, told, "/report.html")) == kind


@pytest.mark.parametrize(
    ("content", "told", "path", "kind"),
    [
        (ARTICLE, "text/html", "/report", HTML),
        (ARTICLE, "", "/report", HTML),
        (ARTICLE, "text/plain", "/report.html", HTML),
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- x --><!-- y -->" + ARTICLE, "application/xhtml+xml", "/r", HTML),
        (f"<div><p>{_PROSE}</p></div>".encode(), "text/html", "/r", HTML),
        (ARTICLE.decode().encode("utf-16"), "text/html", "/r", HTML),
        (_PROSE.encode(), "text/plain", "/report", TEXT),
        (_PROSE.encode(), "text/html", "/report.txt", TEXT),
        (_PROSE.encode(), "", "/report.txt", TEXT),
        (("é" + _PROSE).encode("cp1252"), "application/octet-stream", "/report.txt", TEXT),
        (_PROSE.encode(), "text/plain", "/report.md", MARKDOWN),
        (("# Work\n" + _PROSE).encode(), "text/markdown", "/report", MARKDOWN),
        (("<!-- x -->\n# Work\n" + _PROSE).encode(), "text/x-markdown", "/report", MARKDOWN),
    ],
)
def test_pages_and_texts_are_known(content: bytes, told: str, path: str, kind: str) -> None:
    assert recognise(content, _answer(content, told, path)) == kind
    assert SUFFIXES[kind].startswith(".")


LOGIN = _page('<form><label>Name</label><input name="n"><input class="a" type="password"></form>')
CHALLENGE = _page(
    "<p>Checking your browser.</p><script>window._cf_chl_opt={}</script>", "<title>Just a moment...</title>"
)
SHELL = _page('<div id="root"></div><script>' + "var a = 'text of a program';" * 200 + "</script>")


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (ARTICLE, "page_for_file"),
        (LOGIN, "login"),
        (CHALLENGE, "robot_check"),
        (SHELL, "page_for_file"),
        (_PROSE.encode(), "text_for_file"),
        (b"Not found", "text_for_file"),
        (b'{"error": "rate limit"}', "message"),
        (b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", "message"),
        (b"", "empty"),
        (b"\r\n\0\0\n", "empty"),
    ],
)
@pytest.mark.parametrize(
    ("told", "path"), [("application/pdf", "/download/7"), ("text/html", "/report.pdf"), ("", "/book.epub")]
)
def test_what_comes_instead_of_a_file_is_refused(content: bytes, key: str, told: str, path: str) -> None:
    error = _error(content, _answer(content, told, path))
    assert (error.key, error.trouble) == (f"harvest_client.{key}", Trouble.UNFIT)


def test_a_page_counts_as_promised_by_the_address_that_was_asked() -> None:
    """A file that is gone often leads to the home page."""
    answer = Answer("https://source.example/report.pdf", "https://source.example/", 200, ARTICLE, "text/html")
    assert _error(ARTICLE, answer).key == "harvest_client.page_for_file"


@pytest.mark.parametrize(
    ("content", "key"),
    [(LOGIN, "login"), (CHALLENGE, "robot_check"), (SHELL, "bare_page"), (_page("Not found"), "bare_page")],
)
def test_pages_that_are_none_to_read_are_refused(content: bytes, key: str) -> None:
    assert _error(content, _answer(content, "text/html")).key == f"harvest_client.{key}"


@pytest.mark.parametrize(
    "extra",
    [
        '<form><input type="password"></form>',
        "<script src='/cdn-cgi/challenge-platform/scripts/jsd/main.js'></script>",
        "<div class='g-recaptcha'></div>",
        "<p>The screen says: just a moment, and __cf_chl appears.</p>",
    ],
)
def test_pages_with_a_text_of_their_own_are_taken(extra: str) -> None:
    content = _page(extra + f"<p>{_PROSE}</p>")
    assert recognise(content, _answer(content, "text/html")) == HTML


def test_files_with_more_members_than_any_office_file_are_not_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    many = _zip({"[Content_Types].xml": "<x/>", "word/document.xml": "<x/>"} | {f"{n}": "" for n in range(30)})
    assert recognise(many, _answer(many, "")) == DOCX
    monkeypatch.setattr(content_module, "_MOST_MEMBERS", 31)
    monkeypatch.setattr(zipfile.ZipFile, "__init__", None)  # it is not opened
    assert _error(many, _answer(many, "")).values["type"] == "ZIP"


@pytest.mark.parametrize(
    ("content", "told", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(range(32)) * 20, "image/png", "PNG"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "application/msword", "Word 97"),
        (_zip({"[Content_Types].xml": "<x/>", "xl/workbook.xml": "<x/>"}), "", "ZIP"),
        (_zip({"a.txt": "x"}), "application/zip", "ZIP"),
        (bytes(range(32)) * 30, "video/mp4", "video/mp4"),
        (("a,b\n" * 200).encode(), "text/csv", "text/csv"),
    ],
)
def test_kinds_that_are_not_read_are_named(content: bytes, told: str, kind: str) -> None:
    error = _error(content, _answer(content, told))
    assert (error.key, error.values["type"]) == ("harvest_client.other_type", kind)


@pytest.mark.parametrize("content", [PDF_FILE[:-7], PDF_FILE[: len(PDF_FILE) // 2], DOCX_FILE[:-30], EPUB_FILE[:60]])
def test_a_part_of_a_file_is_tried_once_more(content: bytes) -> None:
    first = _error(content, _answer(content))
    assert (first.key, first.trouble) == ("harvest_client.cut_off", Trouble.PASSING)
    second = _error(content, _answer(content), again=True)
    assert (second.key, second.trouble) == ("harvest_client.damaged", Trouble.UNFIT)


def test_a_length_that_is_not_as_told_is_a_part() -> None:
    for content in (PDF_FILE, ARTICLE, _PROSE.encode()):
        answer = _answer(content, headers={"content-length": str(len(content) + 1)})
        assert _error(content, answer).key == "harvest_client.cut_off"
        right = _answer(content, headers={"content-length": str(len(content))})
        assert recognise(content, right) in SUFFIXES
        was_packed = _answer(content, headers={"content-length": "7", "content-encoding": "gzip"})
        assert recognise(content, was_packed) in SUFFIXES


@settings(deadline=None, max_examples=60)
@given(st.integers(20, 5000), st.booleans())
def test_no_part_of_a_pdf_file_is_whole(missing: int, of_the_first: bool) -> None:
    """A file that was changed, cut in what it was at first or in what came after it."""
    part = PDF_FILE[:-missing] if of_the_first else _UPDATED[:-missing]
    assert not pdf_is_whole(part)


_UPDATED = (
    PDF_FILE
    + b"\n99 0 obj\n<< /Length 9000 >>\nstream\n"
    + b"\x8a\x01" * 4500
    + (b"\nendstream\nendobj\nxref\n99 1\n0000001000 00000 n \ntrailer\n<< /Prev 100 >>\nstartxref\n20000\n%%EOF\n")
)


def test_files_of_all_makers_have_an_end() -> None:
    assert pdf_is_whole(_UPDATED)
    assert pdf_is_whole(PDF_FILE.rstrip())
    assert pdf_is_whole(PDF_FILE + b"<!-- served in 0.1 s -->")
    assert pdf_is_whole(PDF_FILE[: PDF_FILE.rfind(b"%%EOF")])  # without its mark, but up to the place of its index


def test_hostile_pages_are_counted_in_no_time() -> None:
    for piece in ("<!--", "<!-- -->", "<", "<script", "<input ", "<svg><svg", "&#", "<?xml ", "< ", "<body <body "):
        content = _page(piece * 20_000 + "x")
        try:
            recognise(content, _answer(content, "text/html"))
        except HarvestError as error:
            assert error.trouble is Trouble.UNFIT
        try:
            recognise((piece * 20_000).encode(), _answer(content, "text/html"))
        except HarvestError as error:
            assert error.trouble is Trouble.UNFIT


def test_only_what_readers_see_is_counted() -> None:
    page = (
        "<head><title>no</title></head><body class=x>a<script>no</script> <b>b</b><style>no</style>&eacute;<!-- no -->"
    )
    assert seen_text(page) == "a b é"


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=400), st.sampled_from(["", "text/html", "application/pdf"]))
def test_whatever_comes_it_is_known_or_refused(content: bytes, told: str) -> None:
    try:
        assert recognise(content, _answer(content, told)) in SUFFIXES
    except HarvestError as error:
        assert error.trouble in (Trouble.UNFIT, Trouble.PASSING)


@pytest.mark.shared
def test_real_files_are_known() -> None:
    files = [path for path in _SHARED.glob("*") if path.suffix in (".pdf", ".docx", ".html")]
    if not files:
        pytest.skip("the shared folder is not beside this checkout")
    for path in files:
        content = path.read_bytes()
        assert SUFFIXES[recognise(content, _answer(content))] == path.suffix, path.name
        if path.suffix == ".pdf":
            half = content[: len(content) // 2]
            assert _error(half, _answer(half)).trouble is Trouble.PASSING
