"""Reads a file of any kind: recognises it, calls its parser and turns every refusal into a document with its reason.

A new format is one parser in a file of its own, one line in :data:`PARSERS` and one sample in the tests.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

from pipelines.domain.documents import (
    READABLE_STATES,
    BlockKind,
    Document,
    DocumentState,
    Reason,
    SourceReference,
)
from pipelines.errors import DocumentError
from pipelines.ingest import sniff
from pipelines.ingest.docx import DocxParser
from pipelines.ingest.epub import EpubParser
from pipelines.ingest.html import HtmlParser
from pipelines.ingest.markdown import MarkdownParser
from pipelines.ingest.odt import OdtParser
from pipelines.ingest.parser import IngestLimits, Parser
from pipelines.ingest.pdf import PdfParser
from pipelines.ingest.sniff import promises_container, sniff_media_type
from pipelines.ingest.text import TextParser

logger = logging.getLogger(__name__)

PARSERS: tuple[Parser, ...] = (
    PdfParser(),
    DocxParser(),
    OdtParser(),
    HtmlParser(),
    EpubParser(),
    MarkdownParser(),
    TextParser(),
)

_BY_TYPE = {media_type: parser for parser in PARSERS for media_type in parser.media_types}

NO_PARSER = "registry/1"
"""Stands where the parser does in documents that no parser saw."""

# Kinds that are recognised and not read: what the user calls them, and the key of the reason.
_NOT_READ: dict[str, tuple[str, str]] = {
    sniff.RIS: ("RIS/EndNote", "reference_list"),
    sniff.BIBTEX: ("BibTeX", "reference_list"),
    sniff.CSV: ("CSV", "data_file"),
    sniff.JSON: ("JSON", "data_file"),
    sniff.XML: ("XML", "data_file"),
    sniff.XLSX: ("Excel, xlsx", "data_file"),
    sniff.EMAIL: ("e-mail, eml", "email_message"),
    sniff.ZIP: ("zip", "archive_file"),
    "application/gzip": ("gzip", "archive_file"),
    "application/x-tar": ("tar", "archive_file"),
    "application/x-bzip2": ("bzip2", "archive_file"),
    "application/x-xz": ("xz", "archive_file"),
    "application/x-7z-compressed": ("7z", "archive_file"),
    "application/vnd.rar": ("rar", "archive_file"),
    sniff.PPTX: ("PowerPoint, pptx", "convertible"),
    sniff.RTF: ("RTF", "convertible"),
    sniff.WORD_97: ("Word 97-2003, doc", "convertible"),
    sniff.OLE: ("Office 97-2003", "convertible"),
    "application/postscript": ("PostScript", "convertible"),
}

# The language rule counts text in stretches of this length: long enough to be sure of, short enough to tell a Dutch
# report with an English appendix from a German one with an English summary.
_STRETCH_CHARACTERS = 1_000

# Equally spaced stretches are enough for a share: detecting takes about 8 ms each (2026-11).
_MOST_STRETCHES = 60

# Of less text the language is a guess, and a guess sets nothing aside.
_LEAST_CHARACTERS = 200

# A document is set aside when less than this share of its text is Dutch or English. A third, not a half: of a
# bilingual publication (Dutch beside French or German) the Dutch half must not be lost, and each passage has a
# language of its own afterwards.
LEAST_READ_SHARE = 1 / 3

_READ_LANGUAGES = ("nl", "en")
_UNDETERMINED = frozenset({"und", "other", ""})
_NOT_RUNNING_TEXT = frozenset({BlockKind.REFERENCE, BlockKind.CONTENTS, BlockKind.PAGE_HEADER, BlockKind.PAGE_FOOTER})


def parse_document(
    content: bytes,
    source: SourceReference,
    limits: IngestLimits,
    detect: Callable[[str], str] | None = None,
) -> Document:
    """Read a file of any kind; never raises for what is in it.

    Parameters
    ----------
    content
        All bytes of the file.
    source
        Where they came from; the path only helps to choose between kinds of text.
    limits
        Bounds on size, checked first.
    detect
        Gives the language of a text (ISO 639-1, ``und`` where it cannot tell). With it, the document's language is
        filled in, and a document that is mostly neither Dutch nor English becomes ``unsupported``, its text kept.

    Returns
    -------
    Document
        With a state, and a reason wherever the state is not ``text``.
    """
    if len(content) > limits.max_file_bytes:
        size, limit = len(content) / 2**20, limits.max_file_bytes / 2**20
        error = DocumentError(
            "reason.too_large", DocumentState.REJECTED.value, size=round(size, 1), limit=round(limit, 1)
        )
        return _set_aside(error, source, sniff.BINARY, NO_PARSER)
    media_type = sniff_media_type(content, source.path)
    parser = _BY_TYPE.get(media_type)
    try:
        _refuse_by_name(media_type, source.path)
        if parser is None:
            raise _not_read(media_type, source.path)
        document = parser.parse(content, source, limits)
    except DocumentError as error:
        logger.info("document %s set aside: %s", source.document_id, error.key)
        return _set_aside(error, source, media_type, parser.name if parser else NO_PARSER)
    return apply_language_rule(document, detect) if detect is not None else document


def _set_aside(error: DocumentError, source: SourceReference, media_type: str, parser: str) -> Document:
    return Document(
        id=source.document_id,
        source=source,
        media_type=media_type,
        parser=parser,
        state=DocumentState(error.state),
        reason=Reason(key=error.key, values=error.values),
    )


def _refuse_by_name(media_type: str, path: str) -> None:
    """Plain text under the name of a PDF or Word file is the message of a server, not the document."""
    if promises_container(path) and media_type in (sniff.TEXT, sniff.MARKDOWN, sniff.BINARY, sniff.JSON, sniff.XML):
        expected = PurePosixPath(path.replace("\\", "/")).suffix.lower().lstrip(".")
        shown = {sniff.BINARY: "?", sniff.MARKDOWN: "text"}.get(media_type, media_type.rpartition("/")[2])
        raise DocumentError("reason.name_differs", DocumentState.REJECTED.value, expected=expected, type=shown)


def _not_read(media_type: str, path: str) -> DocumentError:
    if media_type == sniff.EMPTY:
        return DocumentError("reason.empty_file", DocumentState.NO_TEXT.value)
    if media_type == sniff.ENCRYPTED_OFFICE:
        return DocumentError("reason.encrypted", DocumentState.NEEDS_PASSWORD.value)
    suffix = PurePosixPath(path.replace("\\", "/")).suffix.lower()
    if media_type == sniff.BINARY and suffix in (".txt", ".md", ".markdown", ".html", ".htm", ".csv"):
        return DocumentError("reason.not_text", DocumentState.REJECTED.value)
    if media_type.startswith("image/"):
        return DocumentError("reason.picture", DocumentState.UNSUPPORTED.value, type=media_type.removeprefix("image/"))
    label, key = _NOT_READ.get(media_type, (media_type, "unsupported_type"))
    values = {} if key == "email_message" else {"type": label}
    return DocumentError(f"reason.{key}", DocumentState.UNSUPPORTED.value, **values)


def apply_language_rule(document: Document, detect: Callable[[str], str]) -> Document:
    """Fill in the language of most of the text, and set aside what is mostly neither Dutch nor English."""
    if document.state not in READABLE_STATES:
        return document
    characters: Counter[str] = Counter()
    stretches = list(_stretches(document))
    step = -(-len(stretches) // _MOST_STRETCHES) or 1
    for stretch in stretches[::step]:
        characters[detect(stretch)] += len(stretch)
    for code in _UNDETERMINED & set(characters):
        del characters[code]
    total = sum(characters.values())
    if not total:
        return document
    language = max(sorted(characters), key=lambda code: characters[code])
    updates: dict[str, object] = {"metadata": document.metadata.model_copy(update={"language": language})}
    read = sum(characters[code] for code in _READ_LANGUAGES)
    if total >= _LEAST_CHARACTERS and read < LEAST_READ_SHARE * total:
        updates["state"] = DocumentState.UNSUPPORTED
        updates["reason"] = Reason(key="reason.other_language", values={"language": language})
    return document.model_copy(update=updates)


def _stretches(document: Document) -> Iterator[str]:
    """Running text in stretches of about :data:`_STRETCH_CHARACTERS`."""
    parts: list[str] = []
    size = 0
    for block in document.blocks:
        if block.kind in _NOT_RUNNING_TEXT:
            continue
        text = document.block_text(block)
        parts.append(text)
        size += len(text)
        if size >= _STRETCH_CHARACTERS:
            yield "\n".join(parts)
            parts, size = [], 0
    if parts:
        yield "\n".join(parts)
