"""What a fetched file really is, whatever its name and its server say.

A web page saved as ".pdf" is common: a page to log in, a check whether a person asks, an error. So the first bytes
decide, and what was expected (by the server's word and by the address) decides whether it is fit. What is inside is
read by the scan, which says more exactly what is wrong with a file; here only what would never become a document is
kept out.
"""

from __future__ import annotations

import json
import re
import zipfile
import zlib
from html import unescape
from io import BytesIO
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from pipelines.harvest.fetching import Answer, HarvestError, Trouble

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ODT = "application/vnd.oasis.opendocument.text"
EPUB = "application/epub+zip"
HTML = "text/html"
TEXT = "text/plain"
MARKDOWN = "text/markdown"

SUFFIXES = {
    PDF: ".pdf",
    DOCX: ".docx",
    ODT: ".odt",
    EPUB: ".epub",
    HTML: ".html",
    TEXT: ".txt",
    MARKDOWN: ".md",
}
"""Under what name a file of each kind is kept; all that harvest takes in."""

_BY_SUFFIX = {suffix: media_type for media_type, suffix in SUFFIXES.items()} | {".htm": HTML, ".xhtml": HTML}
_OTHER_NAMES = {
    "application/xhtml+xml": HTML,
    "application/x-pdf": PDF,
    "text/x-markdown": MARKDOWN,
    "text/x-web-markdown": MARKDOWN,
}
_FILES = frozenset({PDF, DOCX, ODT, EPUB})
_ANY_TEXT = frozenset({"", TEXT, MARKDOWN, "application/octet-stream", "binary/octet-stream"})
"""What servers say of plain text, and where they do not know; other text (tables, references) is named as such."""

_HEAD = 65_536
_LEAST_CHARACTERS = 200
"""A text or page with fewer is no publication but a message ("Access denied", "Not found"), or a page that only a
browser fills; the shortest of the publications that this program is tried with has some thousands."""
_FORM_CHARACTERS = 1500
"""A page to log in, or one that checks whether a person asks, holds less text around its form; many pages with a text
of their own have a form at the top."""

# Comments and declarations may go before; taken whole and once, since going back into them would take for ever.
_HTML_START = re.compile(
    r"\ufeff?\s*+(?:<\?xml[^>]*+>\s*+)?(?:(?><!--.*?-->)\s*+)*+<(?:!doctype\s+html|html|head|body|title|meta)\b",
    re.I | re.S,
)
_XML_START = re.compile(r"\ufeff?\s*+<[?!A-Za-z]")
_UNSEEN = re.compile(r"<(script|style|template|svg)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)", re.I | re.S)
_TAG = re.compile(r"<[^<>]*>")
_PASSWORD = re.compile(r"<input\b[^<>]{0,500}\btype\s*=\s*[\"']?password\b", re.I)
# Signs of the checks in front of websites, as their makers write them into the page; readers see none but the title.
_ROBOT_CHECK = re.compile(
    r"cf-browser-verification|\bcf_chl_|__cf_chl|_Incapsula_Resource|captcha-delivery\.com|px-captcha"
    r"|awsWafCookieDomainList|sucuri_cloudproxy|<title>\s*just a moment",
    re.I,
)
# The same, of makers whose scripts lie in ordinary pages as well: they only explain why a page holds no text.
_PERHAPS_CHECK = re.compile(r"/cdn-cgi/challenge-platform|/TSPD/|g-recaptcha|h-captcha|cf-turnstile", re.I)

_OBJECT = re.compile(rb"\d\s+\d+\s+obj\b")
_PDF_END = re.compile(rb"startxref\s+\d+\s+\Z")
_ZIP_MEMBER = b"PK\x01\x02"
_MOST_MEMBERS = 20_000
"""Of an office file or book; the scan refuses files with more as well. Each takes a kilobyte of memory to list, so they
are counted, by the mark before each, before they are listed: a file of a hundred megabytes holds two million."""
# All that the reader of ZIP files raises for files that are none, or damaged, split, encrypted or packed otherwise.
_ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, ValueError, RuntimeError, OSError, OverflowError, EOFError)


def recognise(content: bytes, answer: Answer, *, again: bool = False) -> str:
    """Media type of what was fetched.

    Parameters
    ----------
    content
        The whole file.
    answer
        With which it came: says what was expected.
    again
        It was broken at an earlier try as well, so the transfer is not to blame.

    Returns
    -------
    str
        One of the keys of :data:`SUFFIXES`.

    Raises
    ------
    HarvestError
        It is not what was asked for (unfit), or not whole (passing; unfit if ``again``).
    """
    host = urlsplit(answer.url).hostname or "-"
    told = answer.headers.get("content-length", "")
    whole = not told.isdigit() or "content-encoding" in answer.headers or int(told[:18]) == len(content)
    if not whole:
        raise _broken(host, again)
    if not content.strip(b"\0 \t\r\n"):
        raise _unfit("empty", host)
    # Mail systems and web servers put lines before the header of a PDF file; readers accept 1,024 bytes of them.
    if content.startswith(b"%PDF-") or (b"%PDF-" in content[:1029] and b" obj" in content):
        if not pdf_is_whole(content):
            raise _broken(host, again)
        return PDF
    if content.startswith(b"PK\x03\x04"):
        return _packed(content, host, again)
    text = _text(content, answer.charset)
    if text is None:
        raise HarvestError("harvest_client.other_type", Trouble.UNFIT, host=host, type=_binary_type(content, answer))
    return _written(text, answer, host)


def expected(answer: Answer) -> str:
    """Media type that server and address promise; empty where they promise nothing.

    A promise of one of the binary formats counts first, whoever gives it: pages are sent under the name of a file, and
    the server is honest about it or not.
    """
    media_type = _OTHER_NAMES.get(answer.media_type, answer.media_type)
    named = [_BY_SUFFIX.get(PurePosixPath(urlsplit(url).path).suffix.lower(), "") for url in (answer.asked, answer.url)]
    for promise in (media_type, *named):
        if promise in _FILES:
            return promise
    return media_type or named[0]


def pdf_is_whole(content: bytes) -> bool:
    """Whether a PDF file has its end: the mark of the end, and no object after the last one.

    A file that is made for reading while it loads has such a mark near its beginning as well, and one that was changed
    has several; in both a cut leaves objects after the last of them. Other bytes behind the end do not count: of twelve
    reports of the government one is filled up with 36 kB of zeros, and a look at its last bytes would take it for cut.
    """
    end = content.rfind(b"%%EOF")
    if end < 0:
        return _PDF_END.search(content[-1024:]) is not None
    return _OBJECT.search(content, end) is None


def _packed(content: bytes, host: str, again: bool) -> str:
    """Kind of an office file or book: all of them ZIP files, whose list of contents is at the end."""
    if content.count(_ZIP_MEMBER) > _MOST_MEMBERS:
        raise HarvestError("harvest_client.other_type", Trouble.UNFIT, host=host, type="ZIP")
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            names = {info.filename for info in archive.infolist()}
            kind = ""
            if "mimetype" in names and archive.getinfo("mimetype").file_size < 200:
                kind = archive.read("mimetype").decode("ascii", "replace").strip()
    except _ZIP_ERRORS as error:
        raise _broken(host, again) from error
    if kind in (ODT, EPUB):
        return kind
    if "[Content_Types].xml" in names and any(name.startswith("word/document") for name in names):
        return DOCX
    raise HarvestError("harvest_client.other_type", Trouble.UNFIT, host=host, type=kind[:80] or "ZIP")


def _written(text: str, answer: Answer, host: str) -> str:
    """Kind of a text, if it is fit."""
    promised = expected(answer)
    if _HTML_START.match(text):
        _check_page(text, promised, host)
        return HTML
    if _is_json(text):
        raise HarvestError("harvest_client.message", Trouble.UNFIT, host=host, type="JSON")
    if _XML_START.match(text) and promised != MARKDOWN:
        if promised == HTML:  # a part of a page; browsers show it
            _check_page(text, promised, host)
            return HTML
        raise HarvestError("harvest_client.message", Trouble.UNFIT, host=host, type="XML")
    if promised in _FILES or len(text.strip()) < _LEAST_CHARACTERS:
        raise _unfit("text_for_file", host)
    if promised == HTML:  # many servers say so of all they do not know
        return HTML if "</" in text else TEXT
    if promised not in _ANY_TEXT:
        raise HarvestError("harvest_client.other_type", Trouble.UNFIT, host=host, type=promised[:80])
    suffix = PurePosixPath(urlsplit(answer.url).path).suffix.lower()
    return MARKDOWN if MARKDOWN in (promised, _BY_SUFFIX.get(suffix)) else TEXT


def _check_page(text: str, promised: str, host: str) -> None:
    """Refuse pages that are none to read, and all where a file was promised."""
    n_characters = len(seen_text(text))
    bare = n_characters < _LEAST_CHARACTERS
    if (n_characters < _FORM_CHARACTERS and _ROBOT_CHECK.search(text)) or (bare and _PERHAPS_CHECK.search(text)):
        raise _unfit("robot_check", host)
    if n_characters < _FORM_CHARACTERS and _PASSWORD.search(text):
        raise _unfit("login", host)
    if promised in _FILES:
        raise _unfit("page_for_file", host)
    if bare:
        raise _unfit("bare_page", host)


def seen_text(html: str) -> str:
    """Roughly what a reader of the page sees, white space joined; only for counting."""
    start = re.search(r"<body\b[^<>]*>", html, re.I)
    body = html[start.end() :] if start else html
    return " ".join(unescape(_TAG.sub(" ", _UNSEEN.sub(" ", body))).split())


def _is_json(text: str) -> bool:
    start = text.lstrip("\ufeff \t\r\n")
    if not start.startswith(("{", "[")):
        return False
    try:
        json.loads(start)
    except (ValueError, RecursionError):
        return False
    return True


def _text(content: bytes, charset: str | None) -> str | None:
    """The content as text, in whatever encoding; ``None`` if it is none."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    head = content[:_HEAD]
    # Damage and odd encodings give some; compressed or compiled bytes give 10 % and more.
    control = sum(byte < 32 and byte not in b"\t\n\r\f\x1a\x1b" for byte in head)
    if control > max(0.02 * len(head), 1):
        return None
    for encoding in ("utf-8-sig", charset or "cp1252"):
        try:
            return content.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return content.decode("cp1252", "replace")


def _binary_type(content: bytes, answer: Answer) -> str:
    for mark, name in (
        (b"\xd0\xcf\x11\xe0", "Word 97"),
        (b"\x89PNG", "PNG"),
        (b"\xff\xd8\xff", "JPEG"),
        (b"GIF8", "GIF"),
        (b"\x1f\x8b", "gzip"),
        (b"Rar!", "RAR"),
        (b"7z\xbc\xaf", "7z"),
        (b"MZ", "EXE"),
    ):
        if content.startswith(mark):
            return name
    return answer.media_type[:80] or "application/octet-stream"


def _unfit(name: str, host: str) -> HarvestError:
    return HarvestError(f"harvest_client.{name}", Trouble.UNFIT, host=host)


def _broken(host: str, again: bool) -> HarvestError:
    if again:
        return _unfit("damaged", host)
    return HarvestError("harvest_client.cut_off", Trouble.PASSING, host=host)
