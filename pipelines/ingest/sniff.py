"""Recognises the kind of a file by its content. The name counts only between kinds of text that look alike."""

from __future__ import annotations

import re
import zipfile
import zlib
from io import BytesIO
from pathlib import PurePosixPath

from pipelines.ingest.charset import decode_text

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
ODT = "application/vnd.oasis.opendocument.text"
EPUB = "application/epub+zip"
ZIP = "application/zip"
HTML = "text/html"
MHTML = "multipart/related"
XML = "application/xml"
RTF = "application/rtf"
MARKDOWN = "text/markdown"
TEXT = "text/plain"
EMAIL = "message/rfc822"
RIS = "application/x-research-info-systems"
BIBTEX = "application/x-bibtex"
CSV = "text/csv"
JSON = "application/json"
WORD_97 = "application/msword"
OLE = "application/x-ole-storage"
ENCRYPTED_OFFICE = "application/x-encrypted-office"
EMPTY = "application/x-empty"
BINARY = "application/octet-stream"

_HEAD_BYTES = 65_536

_MAGIC: tuple[tuple[bytes, int, str], ...] = (
    (b"{\\rtf", 0, RTF),
    (b"\x89PNG\r\n", 0, "image/png"),
    (b"\xff\xd8\xff", 0, "image/jpeg"),
    (b"GIF8", 0, "image/gif"),
    (b"II*\0", 0, "image/tiff"),
    (b"MM\0*", 0, "image/tiff"),
    (b"BM", 0, "image/bmp"),
    (b"WEBP", 8, "image/webp"),
    (b"ftypheic", 4, "image/heic"),
    (b"\x1f\x8b", 0, "application/gzip"),
    (b"BZh", 0, "application/x-bzip2"),
    (b"\xfd7zXZ\0", 0, "application/x-xz"),
    (b"7z\xbc\xaf\x27\x1c", 0, "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", 0, "application/vnd.rar"),
    (b"ustar", 257, "application/x-tar"),
    (b"%!PS", 0, "application/postscript"),
    (b"\x7fELF", 0, "application/x-executable"),
    (b"MZ", 0, "application/x-executable"),
    (b"ID3", 0, "audio/mpeg"),
    (b"OggS", 0, "audio/ogg"),
    (b"RIFF", 0, "audio/x-wav"),
    (b"ftyp", 4, "video/mp4"),
)
# Two letters prove nothing when text follows: these count only in a file that is binary.
_SHORT_MAGIC = frozenset({b"BM", b"MZ", b"ID3", b"RIFF", b"GIF8", b"BZh"})

_ZIP_MARKS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
# All that the reader of ZIP files raises for files that are none, or damaged, split, encrypted or packed otherwise.
_ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, ValueError, RuntimeError, OSError, OverflowError, EOFError)
_OLE_MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

# Parts that tell an Office package apart, in the order of trying.
_PARTS: tuple[tuple[str, str], ...] = (
    ("word/document", DOCX),
    ("xl/workbook", XLSX),
    ("ppt/presentation", PPTX),
    ("META-INF/container.xml", EPUB),
    ("content.xml", ODT),
)

_OPENDOCUMENT = "application/vnd.oasis.opendocument."
_READ_OPENDOCUMENT = frozenset({ODT, ODT + "-template"})

#: Names that promise a container. Plain text under such a name is a failed download or a damaged file.
_CONTAINER_SUFFIXES = frozenset({".pdf", ".docx", ".odt", ".epub", ".doc", ".xlsx", ".pptx", ".zip"})

_MARKDOWN_SUFFIXES = frozenset({".md", ".markdown", ".mdown", ".mkd", ".rmd", ".qmd"})
_NAMED_TEXT = {".csv": CSV, ".tsv": CSV, ".tab": CSV, ".json": JSON, ".jsonl": JSON, ".bib": BIBTEX, ".ris": RIS}

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x19\x1c-\x1f]")
"""Control characters that no text has."""

_HTML_START = re.compile(r"<(?:!doctype\s+html|html|head|body|title|meta)\b", re.I)
_HTML_ROOT = re.compile(r"<html[\s>]", re.I)
_HTML_PART = re.compile(
    r"\s*<(?:div|p|table|h[1-6]|article|section|main|ul|ol|center|font|span|script|style)[\s>]", re.I
)
_XML_START = re.compile(r"\s*<(?:\?xml\b|!DOCTYPE\s+(?!html)\w|!ENTITY\b|[A-Za-z_][\w.-]*(?::[\w.-]+)?[\s/>])")
_RIS_RECORD = re.compile(r"^TY {1,2}- ?[A-Z]{3,8}\s*$", re.M)
_RIS_TAG = re.compile(r"^(?:[A-Z][A-Z0-9]|[A-Z]{2,4}) {0,3}- ", re.M)
_WOS_EXPORT = re.compile(r"\A\s*FN [^\n]+\nVR [0-9.]+\s*\n")
_ENDNOTE_TAG = re.compile(r"^%[0A-Z@] \S", re.M)
_BIBTEX_ENTRY = re.compile(
    r"^\s*@(?:article|book|inproceedings|techreport|misc|report|online|comment|string|incollection|phdthesis"
    r"|mastersthesis|unpublished|inbook|proceedings|manual|preamble|conference)\s*[{(]",
    re.M | re.I,
)
_MAIL_HEADER = re.compile(r"^(From|To|Cc|Subject|Date|Message-ID|MIME-Version|Received|Return-Path|Content-Type"
                          r"|Delivered-To|X-[\w-]+|Snapshot-Content-Location):", re.M | re.I)  # fmt: skip
_MAIL_PROOF = frozenset({"message-id", "mime-version", "received", "return-path"})

_MARKDOWN_SIGNS = re.compile(
    r"^ {0,3}#{1,6} +\S"  # heading
    r"|^ {0,3}\|?(?: *:?-{3,}:? *\|)+(?: *:?-{3,}:? *)?$"  # rule under the head of a table
    r"|^(?:```|~~~)"
    r"|\*\*\S[^*\n]{0,200}\*\*"
    r"|!?\[[^\]\n]{1,300}\]\((?:https?:|\.{0,2}/|#|mailto:)[^)\n]{0,500}\)"
    r"|\A---\n(?:[\w-]+:.*\n(?:[ -].*\n)*)+---\n",
    re.M,
)


def sniff_media_type(content: bytes, name: str = "") -> str:
    """Media type of a file.

    Parameters
    ----------
    content
        The whole file.
    name
        Path or name of the file: chooses between text and Markdown, and between text and tables of data (CSV, JSON),
        where the content leaves both open.

    Returns
    -------
    str
        One of the constants of this module or another registered type; ``application/octet-stream`` for bytes that
        are neither text nor a known format.
    """
    if not content:
        return EMPTY
    if content.startswith(b"%PDF-"):
        return PDF
    if content.startswith(_ZIP_MARKS):
        return _sniff_zip(content)
    if content.startswith(_OLE_MARK):
        return _sniff_ole(content)
    binary = _is_binary(content)
    for mark, offset, media_type in _MAGIC:
        if content.startswith(mark, offset) and (binary or mark not in _SHORT_MAGIC):
            return media_type
    # Mail systems and web servers put lines before the header of a PDF file; readers accept 1,024 bytes of them.
    if content[:1029].find(b"%PDF-") >= 0 and b" obj" in content:
        return PDF
    if b"PK\x05\x06" in content[-66_000:] and _is_readable_zip(content):
        return _sniff_zip(content)
    if binary:
        # A page with some damaged bytes is still a page.
        return HTML if _HTML_START.match(_skip_prolog(decode_text(content[:4096]))) else BINARY
    return _sniff_text(decode_text(content[:_HEAD_BYTES]), PurePosixPath(name.replace("\\", "/")).suffix.lower())


def promises_container(name: str) -> bool:
    """Whether the name is that of a binary format (``.pdf``, ``.docx``, ...)."""
    return PurePosixPath(name.replace("\\", "/")).suffix.lower() in _CONTAINER_SUFFIXES


def _is_readable_zip(content: bytes) -> bool:
    try:
        with zipfile.ZipFile(BytesIO(content)):
            return True
    except _ZIP_ERRORS:
        return False


def _sniff_zip(content: bytes) -> str:
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            names = [info.filename for info in archive.infolist()]
            media_type = ""
            if "mimetype" in names and archive.getinfo("mimetype").file_size < 200:
                media_type = archive.read("mimetype").decode("ascii", "replace").strip()
    except _ZIP_ERRORS:
        return _sniff_torn_zip(content)
    if media_type in _READ_OPENDOCUMENT:
        return ODT
    if media_type == EPUB or media_type.startswith(_OPENDOCUMENT):
        return media_type
    lower = [name.lower().replace("\\", "/") for name in names]
    if "[content_types].xml" in lower or "_rels/.rels" in lower:
        for part, found in _PARTS[:3]:
            folder = part.split("/")[0] + "/"
            if any(name.startswith(part) for name in lower) or any(name.startswith(folder) for name in lower):
                return found
    for part, found in _PARTS[3:]:
        if part.lower() in lower:
            return found
    return ZIP


def _sniff_torn_zip(content: bytes) -> str:
    """A ZIP file without a readable directory: the names before each member still tell what it was."""
    for part, media_type in _PARTS[:4]:
        if part.encode() in content:
            return media_type
    if b"mimetypeapplication/vnd.oasis.opendocument.text" in content[:200]:
        return ODT
    return EPUB if b"mimetypeapplication/epub+zip" in content[:200] else ZIP


def _sniff_ole(content: bytes) -> str:
    """Old Office files and encrypted new ones share one container; its directory names the streams in UTF-16."""
    for stream, media_type in (("EncryptedPackage", ENCRYPTED_OFFICE), ("WordDocument", WORD_97)):
        if stream.encode("utf-16-le") in content:
            return media_type
    return OLE


def _is_binary(content: bytes) -> bool:
    """Whether the bytes are no text in any encoding: control characters where text has none."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False
    sample = content[:_HEAD_BYTES]
    text = decode_text(sample)
    # Damage and odd encodings give some; compressed or compiled bytes give 10 % and more.
    control = len(_CONTROL.findall(text))
    unknown = text.count("\ufffd")
    return control + unknown > max(0.02 * len(text), 4 if len(text) > 40 else 1)


def _sniff_text(text: str, suffix: str) -> str:
    start = text.lstrip("\ufeff\x00 \t\r\n")
    markdown = suffix in _MARKDOWN_SUFFIXES
    if _HTML_START.match(_skip_prolog(start)) or (not markdown and _HTML_ROOT.search(start[:4096]) and "</" in text):
        return HTML
    if _is_mail(start):
        return MHTML if re.search(r"content-type:\s*text/html", start, re.I) and "multipart/related" in start else EMAIL
    if start.startswith("<") and not markdown:
        if _HTML_PART.match(start) and "</" in text:
            return HTML
        if _XML_START.match(start):
            return XML
    records = _sniff_references(start)
    if records:
        return records
    if suffix in _NAMED_TEXT:
        return _NAMED_TEXT[suffix]
    return MARKDOWN if markdown or _looks_like_markdown(text) else TEXT


def _skip_prolog(text: str) -> str:
    """Text after white space, an XML declaration and comments."""
    at = 0
    while True:
        at += len(text[at:]) - len(text[at:].lstrip("\ufeff\x00 \t\r\n"))
        ending = "?>" if text.startswith("<?", at) else "-->" if text.startswith("<!--", at) else ""
        end = text.find(ending, at) if ending else -1
        if end < 0:
            return text[at:]
        at = end + len(ending)


def _is_mail(start: str) -> bool:
    head = re.split(r"\r?\n\r?\n", start[:8192], maxsplit=1)[0]
    if not _MAIL_HEADER.match(start):
        return False
    names = {match[1].lower() for match in _MAIL_HEADER.finditer(head)}
    return len(names) >= 3 and bool(names & _MAIL_PROOF)


def _sniff_references(text: str) -> str | None:
    if _WOS_EXPORT.match(text):
        return RIS
    if _RIS_RECORD.search(text[:4096]) and len(_RIS_TAG.findall(text)) >= 3:
        return RIS
    if text.startswith("%0 ") and len(_ENDNOTE_TAG.findall(text)) >= 3:
        return RIS
    if _BIBTEX_ENTRY.search(text[:4096]) and re.search(r"\w+\s*=\s*[{\"]", text):
        return BIBTEX
    return None


def _looks_like_markdown(text: str) -> bool:
    """Three signs of Markdown or more, and one in at most sixty lines: prose has a stray ``**`` or ``#``."""
    signs = len(_MARKDOWN_SIGNS.findall(text))
    return signs >= 3 and signs * 60 >= text.count("\n")
