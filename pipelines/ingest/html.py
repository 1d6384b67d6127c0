"""Reads web pages: HTML, XHTML and pages saved with their parts (MHTML)."""

from __future__ import annotations

import email
import email.policy
import logging
import re
from copy import deepcopy
from email.errors import MessageError
from email.message import EmailMessage
from itertools import islice
from typing import Any

import trafilatura
from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]

from pipelines.domain.documents import BlockKind, Document, DocumentState, Metadata, SourceReference
from pipelines.errors import DocumentError
from pipelines.ingest.charset import Decoded, declared_charset, decode_marked
from pipelines.ingest.clues import printed_year, sensible_title, stated_year
from pipelines.ingest.compose import clean_text, compose_document, hidden_notes
from pipelines.ingest.html_blocks import n_concealed, parse_html, read_blocks
from pipelines.ingest.parser import IngestLimits
from pipelines.ingest.safe_xml import Element
from pipelines.ingest.sniff import HTML, MHTML
from pipelines.ingest.structure import RoughBlock, finish_blocks

logger = logging.getLogger(__name__)
# They report each page in which they find nothing as an error; what came of a page stands in its document.
for _name in ("trafilatura", "htmldate", "courlan"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)

# Above this the second opinion is not asked: its time grows with the square of the number of elements on pages of
# menus (10,000 elements 10 s, 2,000 elements 0.8 s; a long encyclopedia article has 5,000; 2026-11).
_MOST_OPINION_ELEMENTS = 8_000

# A saved page has some tens of parts; reading a message takes the square of their number.
_MOST_MESSAGE_PARTS = 1_000

# Second opinion and own walk must agree on at least this share of the running text; on the sample pages they agree on
# 60-100 % where the opinion is right and on less than 10 % where it took the wrong part of the page (2026-11).
_LEAST_AGREEMENT = 0.3

# A block made of links for the greater part is a menu, a list of other pages or a share bar.
_MOST_LINKS = 0.7
_MOST_LINKS_OUTSIDE = 0.3

_LEAST_ANYWHERE = 30
"""Letters of a text that is not found in another by chance."""

_LETTERS = re.compile(r"[^\W_]+")

_MOST_LINES_BEFORE = 3
"""Lines without links that may stand before the first block that the second opinion keeps."""

_LEAST_WORDS_OUTSIDE = 20
"""Words of a block that counts as text although the second opinion leaves it out at the edges of the page."""


class HtmlParser:
    """Web pages: blocks from the tree itself, a second opinion of trafilatura on where the text begins and ends."""

    name = "html/1"
    media_types = (HTML, MHTML)

    def parse(self, content: bytes, source: SourceReference, limits: IngestLimits) -> Document:
        """Read a page; see :class:`~pipelines.ingest.parser.Parser`."""
        media_type, decoded = HTML, None
        if re.match(rb"\s*(?:[A-Za-z-]+:[^\n]*\n)", content[:2000]) and content.lstrip()[:1] != b"<":
            media_type, decoded = MHTML, _unpack_mhtml(content)
        decoded = decoded or decode_marked(content, declared_charset(content))
        root = parse_html(decoded.text)
        blocks = read_blocks(root, web_page=True)
        opinion = _second_opinion(root, source.url) if _is_small(root) else None
        kept = _keep_main(blocks, opinion.text or "" if opinion is not None else "")
        metadata = _read_metadata(root, opinion, kept, source)
        notes = (*decoded.notes(), *hidden_notes(n_concealed(root)))
        return compose_document(
            source, media_type, self.name, finish_blocks(kept), limits=limits, metadata=metadata, notes=notes
        )


def _is_small(root: Element) -> bool:
    return sum(1 for _ in islice(root.iter(), _MOST_OPINION_ELEMENTS + 1)) <= _MOST_OPINION_ELEMENTS


def _unpack_mhtml(content: bytes) -> Decoded:
    """The page within a MIME message.

    Raises
    ------
    DocumentError
        ``rejected`` where no page is in it.
    """
    if content.lower().count(b"content-type:") > _MOST_MESSAGE_PARTS:
        raise DocumentError("reason.hostile", DocumentState.REJECTED.value, detail="MIME parts")
    try:
        message = email.message_from_bytes(content, policy=email.policy.default)
        for part in message.walk():
            if isinstance(part, EmailMessage) and part.get_content_type() in ("text/html", "application/xhtml+xml"):
                payload = part.get_payload(decode=True)
                if isinstance(payload, bytes) and payload.strip():
                    return decode_marked(payload, part.get_content_charset() or declared_charset(payload))
    except (MessageError, LookupError, ValueError, AttributeError, TypeError, IndexError, RecursionError) as error:
        raise DocumentError("reason.damaged", DocumentState.REJECTED.value, detail=f"MIME: {error}"[:120]) from error
    raise DocumentError("reason.no_text", DocumentState.NO_TEXT.value)


def _second_opinion(root: Element, url: str | None) -> Any:
    """What trafilatura takes for the main text and the metadata; ``None`` where it finds nothing or fails."""
    # A copy, since it works on the tree. Spans are taken off: it lays them out cell by cell, however many they claim.
    page = deepcopy(root)
    etree.strip_attributes(page, "rowspan", "colspan")
    try:
        return trafilatura.bare_extraction(
            page, url=url, with_metadata=True, include_comments=False, include_tables=True, favor_recall=True
        )
    except (ValueError, TypeError, AttributeError, KeyError, IndexError, RecursionError, etree.LxmlError) as error:
        logger.warning("trafilatura failed on a page: %s", type(error).__name__)
        return None


def _keep_main(blocks: list[RoughBlock], opinion: str) -> list[RoughBlock]:
    """Blocks that belong to the text of the page.

    Furniture and blocks of links go. Between the first and the last block that the second opinion keeps, all else
    stays; before and after, only blocks of running text.
    """
    has = _Opinion(opinion).has
    agrees = {id(block): has(block) for block in blocks}
    # Names mislead now and then: long text that the second opinion keeps is no menu.
    plain = [b for b in blocks if not b.furniture or (agrees[id(b)] and _is_prose(b, 2))]
    if not any(b.text.strip() for b in plain):
        plain = blocks  # All of it looks like furniture: then the names mislead.
    agreed = [agrees[id(b)] for b in plain]
    running = sum(len(b.text) for b in plain if b.link_share < _MOST_LINKS)
    shared = sum(len(b.text) for b, yes in zip(plain, agreed, strict=True) if yes)
    if not any(agreed) or shared < _LEAST_AGREEMENT * running:
        return [b for b in plain if _is_text(b, _MOST_LINKS)]
    first = agreed.index(True)
    last = len(agreed) - 1 - agreed[::-1].index(True)
    # Headings over the first block belong to it, and so do a rubric, a date or a lead of one line.
    edge = first
    while first > 0 and (
        plain[first - 1].kind in (BlockKind.HEADING, BlockKind.CAPTION)
        or (plain[first - 1].link_share == 0 and edge - first < _MOST_LINES_BEFORE)
    ):
        first -= 1
    kept: list[RoughBlock] = []
    for index, block in enumerate(plain):
        if first <= index <= last:
            keep = agreed[index] or _is_text(block, _MOST_LINKS)
        else:
            is_title = index < first and block.kind == BlockKind.HEADING and block.level == 1
            keep = is_title or _is_prose(block)
        if keep:
            kept.append(block)
    return _drop_empty_sections(kept)


class _Opinion:
    """The text that the second opinion keeps, as letters and figures only."""

    def __init__(self, text: str) -> None:
        self._parts = {_squeeze(part) for line in text.splitlines() for part in {line, *line.split("|")}}
        self._whole = _squeeze(text)

    def has(self, block: RoughBlock) -> bool:
        """Whether a block is in it: a short text as a line or cell of its own, a long one anywhere."""
        key = _squeeze(block.text)
        return bool(key) and (key in self._parts or (len(key) >= _LEAST_ANYWHERE and key in self._whole))


def _drop_empty_sections(blocks: list[RoughBlock]) -> list[RoughBlock]:
    """Without headings over nothing: what stood under them was a menu."""
    kept: list[RoughBlock] = []
    titles = [block for block in blocks if block.kind == BlockKind.HEADING and block.level == 1]
    only_title = titles[0] if len(titles) == 1 else None
    deepest_filled = 0  # Walking backwards: below this level something stands under a heading.
    for block in reversed(blocks):
        if block.kind != BlockKind.HEADING:
            deepest_filled = 99
        else:
            level = block.level or 1
            if level >= deepest_filled and not (level == 1 and block is only_title):
                continue
            deepest_filled = level
        kept.append(block)
    return kept[::-1]


def _squeeze(text: str) -> str:
    return "".join(_LETTERS.findall(clean_text(text))).casefold()


def _is_text(block: RoughBlock, most_links: float) -> bool:
    return block.link_share <= most_links or block.kind in (BlockKind.HEADING, BlockKind.REFERENCE, BlockKind.FOOTNOTE)


def _is_prose(block: RoughBlock, times: int = 1) -> bool:
    if block.kind in (BlockKind.REFERENCE, BlockKind.FOOTNOTE, BlockKind.TABLE_CELL):
        return True
    return block.link_share <= _MOST_LINKS_OUTSIDE and len(block.text.split()) >= times * _LEAST_WORDS_OUTSIDE


def _read_metadata(root: Element, opinion: Any, kept: list[RoughBlock], source: SourceReference) -> Metadata:
    tags = _meta_tags(root)
    lines = [clean_text(b.text) for b in kept[:15]]
    heading = next(
        (line for b, line in zip(kept, lines, strict=False) if b.kind == BlockKind.HEADING and b.level == 1), None
    )
    page_title = next((clean_text("".join(e.itertext())) for e in root.iter("title")), None)
    publisher = next((tags[key] for key in _PUBLISHER_TAGS if key in tags), None) or getattr(opinion, "sitename", None)
    candidates = (
        getattr(opinion, "title", None), tags.get("og:title"), tags.get("dc.title"), tags.get("dcterms.title"), heading,
        page_title,
    )  # fmt: skip
    # Some sites give their own name as the title of every page.
    titles = (title for title in map(sensible_title, candidates) if title and title.casefold() != _fold(publisher))
    stated = next(
        (year for key in _DATE_TAGS if (year := stated_year(tags.get(key)))),
        None,
    )
    return Metadata(
        title=next(titles, None),
        publisher=publisher,
        authors=_read_authors(root, getattr(opinion, "author", None)),
        year=stated or printed_year(lines) or stated_year(getattr(opinion, "date", None)),
        url=_canonical(root) or source.url,
    )


def _fold(text: str | None) -> str:
    return (text or "").casefold()


def _read_authors(root: Element, opinion: str | None) -> tuple[str, ...]:
    """Names as the page states them for machines, else as the second opinion finds them in print."""
    stated = [
        clean_text(element.get("content") or "")
        for element in root.iter("meta")
        if (element.get("name") or element.get("property") or "").lower() in _AUTHOR_TAGS
    ]
    names = [name for value in stated if not value.startswith("http") for name in re.split(r";|\|", value)]
    if not any(name.strip() for name in names):
        names = re.split(r";|\|", opinion or "")
    cleaned = (_BYLINE.sub("", name.strip()) for name in names)
    return tuple(dict.fromkeys(name for name in cleaned if name))


_AUTHOR_TAGS = frozenset({"author", "citation_author", "dc.creator", "dcterms.creator", "article:author"})
_BYLINE = re.compile(r"^(?:auteurs?|authors?|autor(?:en)?|door|by|geschreven door|written by)\s*:?\s+", re.I)
_PUBLISHER_TAGS = ("og:site_name", "dcterms.publisher", "dc.publisher", "citation_publisher", "publisher")
_DATE_TAGS = (
    "article:published_time", "citation_publication_date", "citation_date", "dcterms.issued", "dcterms.date", "dc.date",
    "dc.date.issued", "datepublished", "date", "dcterms.created", "og:published_time", "article:modified_time",
)  # fmt: skip


def _meta_tags(root: Element) -> dict[str, str]:
    tags: dict[str, str] = {}
    for element in root.iter("meta"):
        key = (element.get("property") or element.get("name") or element.get("itemprop") or "").lower()
        value = clean_text(element.get("content") or "")
        if key and value:
            tags.setdefault(key, value)
    return tags


def _canonical(root: Element) -> str | None:
    for element in root.iter("link"):
        if element.get("rel", "").lower() == "canonical" and element.get("href", "").startswith(
            ("http://", "https://")
        ):
            return element.get("href")
    return None
