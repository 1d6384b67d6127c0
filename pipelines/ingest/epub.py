"""Reads books (EPUB): the chapters in the order of the spine."""

from __future__ import annotations

import logging
import re

from pipelines.domain.documents import BlockKind, Document, DocumentState, Metadata, Reason, SourceReference
from pipelines.errors import DocumentError
from pipelines.ingest.archive import Archive, member_name
from pipelines.ingest.charset import declared_charset, decode_text
from pipelines.ingest.clues import printed_year, sensible_title, stated_year
from pipelines.ingest.compose import DraftBlock, clean_text, compose_document
from pipelines.ingest.html_blocks import parse_html, read_blocks
from pipelines.ingest.parser import IngestLimits
from pipelines.ingest.safe_xml import Element, local_name, parse_xml
from pipelines.ingest.sniff import EPUB
from pipelines.ingest.structure import RoughBlock, finish_blocks, shift_tables

logger = logging.getLogger(__name__)

_CONTAINER = "META-INF/container.xml"
_PAGE_TYPES = frozenset({"application/xhtml+xml", "text/html", "application/x-dtbook+xml", "text/x-oeb1-document"})

# These only scramble fonts, by a key that stands in the book itself.
_FONT_ALGORITHMS = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")

# Old packages begin with a document type that names a public DTD; it is cut off, never loaded. One with declarations
# of its own (in square brackets) is refused by the XML reader.
_PLAIN_DOCTYPE = re.compile(rb"<!DOCTYPE\s+[^\[>]*>", re.I)


class EpubParser:
    """Books: chapters in reading order, notes, metadata of the package."""

    name = "epub/1"
    media_types = (EPUB,)

    def parse(self, content: bytes, source: SourceReference, limits: IngestLimits) -> Document:
        """Read a book; see :class:`~pipelines.ingest.parser.Parser`."""
        archive = Archive(content, limits)
        _refuse_locked(archive)
        container = _parse_part(archive, _CONTAINER)
        package_name = next((e.get("full-path", "") for e in container.iter() if local_name(e) == "rootfile"), "")
        package = _parse_part(archive, package_name)
        blocks: list[RoughBlock] = []
        missing: list[str] = []
        n_tables = 0
        for name, is_contents in _reading_order(package, package_name):
            if name not in archive:
                missing.append(name.rpartition("/")[2])
                continue
            chapter = _read_chapter(archive, name, is_contents)
            n_tables = shift_tables(chapter, n_tables)
            blocks += chapter
        drafts = finish_blocks(blocks)
        state, reason = DocumentState.TEXT, None
        if missing and drafts:
            state = DocumentState.PARTIAL
            reason = Reason(key="reason.damaged_parts", values={"parts": ", ".join(missing[:10])})
        return compose_document(
            source, EPUB, self.name, drafts, limits=limits, metadata=_metadata(package, drafts), state=state,
            reason=reason,
        )  # fmt: skip


def _parse_part(archive: Archive, name: str) -> Element:
    return parse_xml(_PLAIN_DOCTYPE.sub(b"", archive.read(name), count=1), name)


def _refuse_locked(archive: Archive) -> None:
    """Raise ``needs_password`` where more than fonts is encrypted."""
    content = archive.read_if_present("META-INF/encryption.xml")
    if content is None:
        return
    for element in parse_xml(content, "META-INF/encryption.xml").iter():
        if local_name(element) == "EncryptionMethod" and element.get("Algorithm") not in _FONT_ALGORITHMS:
            raise DocumentError("reason.encrypted", DocumentState.NEEDS_PASSWORD.value)


def _reading_order(package: Element, package_name: str) -> list[tuple[str, bool]]:
    """Members of the chapters in the order of the spine, each once, and whether it is the contents list."""
    items: dict[str, tuple[str, bool]] = {}
    for item in package.iter():
        if local_name(item) == "item" and item.get("media-type", "").lower() in _PAGE_TYPES:
            is_contents = "nav" in item.get("properties", "").split()
            items[item.get("id", "")] = (member_name(package_name, item.get("href", "")), is_contents)
    spine = [items[i] for e in package.iter() if local_name(e) == "itemref" and (i := e.get("idref", "")) in items]
    return list(dict.fromkeys(spine or items.values()))


def _read_chapter(archive: Archive, name: str, is_contents: bool) -> list[RoughBlock]:
    content = archive.read(name)
    try:
        blocks = read_blocks(parse_html(decode_text(content, declared_charset(content))), web_page=False)
    except DocumentError as error:
        if error.key != "reason.no_text":
            raise
        logger.info("a chapter without text: %s", name)
        return []
    if is_contents or _is_contents_page(blocks):
        for block in blocks:
            block.kind, block.level = BlockKind.CONTENTS, None
    return blocks


def _is_contents_page(blocks: list[RoughBlock]) -> bool:
    """A page of links only, five or more."""
    linked = sum(block.link_share > 0.8 for block in blocks)
    return linked >= 5 and linked >= 0.8 * len(blocks)


def _metadata(package: Element, drafts: list[DraftBlock]) -> Metadata:
    values: dict[str, list[str]] = {}
    for element in package.iterdescendants():
        text = clean_text(element.text or "")
        if text and "purl.org/dc/" in str(element.tag).lower():
            values.setdefault(local_name(element).lower(), []).append(text)
    title = sensible_title(next(iter(values.get("title", [])), None))
    printed = next((d.text for d in drafts[:20] if d.kind in (BlockKind.TITLE, BlockKind.HEADING)), None)
    year = next((y for value in values.get("date", []) if (y := stated_year(value))), None)
    return Metadata(
        title=title or sensible_title(printed),
        publisher=next(iter(values.get("publisher", [])), None),
        authors=tuple(values.get("creator", [])),
        year=year or printed_year(d.text for d in drafts[:25]),
        url=next((v for v in values.get("source", []) if v.startswith(("http://", "https://"))), None),
    )
