"""RSS and Atom: feeds of one page or of several (RFC 5005), asked again only when they changed.

================ ============ ==========================================================================
option           by itself    what it says
================ ============ ==========================================================================
``documents``    ``*.pdf``    patterns of links in the text of an entry that lead to files
``articles``     ``true``     whether the page of an entry counts as its text where there is no file
================ ============ ==========================================================================
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

import lxml.html
from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]

from pipelines.domain.documents import Reason
from pipelines.domain.sources import Bookmark, FoundItem, Source
from pipelines.domain.titles import normal_doi
from pipelines.harvest.fetching import Answer, Fetcher, HarvestError, HarvestLimits, ItemPage, Trouble
from pipelines.harvest.markup import (
    LONGEST_TITLE,
    MOST_FILES,
    clean_address,
    host_of,
    is_doi_address,
    plain_text,
    read_language,
    squeeze,
)
from pipelines.harvest.options import flag, words
from pipelines.harvest.page_links import links_in
from pipelines.harvest.patterns import DOCUMENT_LINKS, chosen
from pipelines.harvest.seen import Trail, item_mark, mark

OPTIONS: dict[str, type] = {"documents": tuple, "articles": bool}

FEED_BYTES = 20_000_000
"""Longest page of a feed: ten times the longest feeds that we know of, those of whole archives."""
ITEMS_AT_ONCE = 100
"""Items in one page of ours: so many are read twice at most when a harvest is broken off."""
_ENOUGH_SUMMARY = 150
"""Characters from which on a summary says what a publication is about; below it, the text of the entry is taken."""
_DOCUMENT_TYPES = ("application/pdf", "application/epub", "application/vnd.oasis", "application/vnd.openxml")
_END = re.compile(rb"</\s*(?:[\w-]+:)?(?:rss|feed|rdf)\s*>", re.I)
_BYLINE = re.compile(r"(.*\S)\s+--\s+by\s+(\S.*)")
"""``Title -- by A. Name, B. Name``, as feeds of working papers write."""


def read_feed(source: Source, bookmark: Bookmark, fetch: Fetcher, limits: HarvestLimits) -> Iterator[ItemPage]:
    """Entries of a feed that are new or changed since ``bookmark``; see :class:`~.fetching.SourceReader`.

    An entry is known by its ``guid`` or ``id``, else by its link. Where a feed has several pages, they are read until
    one brings nothing new; after a harvest that stopped before the end, they are read from where it stopped as well.
    """
    trail = Trail.of(bookmark)
    further, visited, left = trail.behind, set[str](), limits.most_items
    address: str | None = source.address
    while address is not None and left > 0 and len(visited) < limits.most_pages:
        try:
            answer = _ask(fetch, address, trail, first=not visited)
        except HarvestError as error:
            if not visited or error.trouble is not Trouble.GONE:
                raise
            # Pages further on get other addresses when a feed is tidied up; whether it is that shows once more.
            trail.behind = None if address == further else address
            yield ItemPage((), trail.bookmark(), problems=(error.reason,))
            return
        moved_to = None if visited else answer.moved_to
        visited.add(address)
        if answer.unchanged:
            yield ItemPage((), trail.bookmark(), moved_to=moved_to)
            return
        feed, problems = _parse(answer, again=address == further)
        found = _items(feed, source, answer.url)
        fresh = [item for item in found if item_mark(item) not in trail.seen]
        # A page that broke off is read again another day, whatever its validators say.
        given, whole = fresh[:left], len(fresh) <= left and not (problems and _is_cut_off(answer))
        following = _next(feed, answer.url, visited, further, bool(fresh)) if whole else address
        for at in range(0, max(len(given), 1), ITEMS_AT_ONCE):
            part = tuple(given[at : at + ITEMS_AT_ONCE])
            last = at + ITEMS_AT_ONCE >= len(given)
            trail.seen.add(map(item_mark, found if last and whole else part))
            trail.behind = following if last else address
            yield ItemPage(part, trail.bookmark(), problems, moved_to)
            problems, moved_to = (), None
        left -= len(given)
        address = following if whole else None


def _ask(fetch: Fetcher, address: str, trail: Trail, *, first: bool) -> Answer:
    if not first:
        return fetch.get(address, max_bytes=FEED_BYTES)
    answer = fetch.get(address, etag=trail.etag, last_modified=trail.last_modified, max_bytes=FEED_BYTES)
    if not answer.unchanged:
        trail.etag, trail.last_modified = answer.etag, answer.last_modified
    return answer


def _parse(answer: Answer, *, again: bool = False) -> tuple[Any, tuple[Reason, ...]]:
    """The feed, and what is wrong with it although entries could be read.

    ``again`` says that this page was not whole at the harvest before either.
    """
    import feedparser  # takes a while to import, and only feeds need it

    headers = {"content-location": answer.url}
    if answer.media_type:
        headers["content-type"] = answer.media_type + (f"; charset={answer.charset}" if answer.charset else "")
    # As a stream: bytes that happen to be the name of a file would be taken for it.
    feed = feedparser.parse(io.BytesIO(_without_entities(answer.content)), response_headers=headers)
    if not feed.get("version") and not feed.entries:
        raise HarvestError("error.harvest_no_feed", Trouble.UNFIT, address=answer.url)
    trouble = feed.get("bozo_exception")
    harmless = (feedparser.CharacterEncodingOverride, feedparser.NonXMLContentType)
    if not feed.bozo or isinstance(trouble, harmless):
        return feed, ()
    if feed.entries and _is_cut_off(answer) and not again:
        feed.entries.pop()  # perhaps half an entry; it comes when the feed is whole
    values: dict[str, str | int | float] = {"address": answer.url, "read": len(feed.entries)}
    return feed, (Reason(key="harvest.feed_broken", values=values | {"detail": squeeze(str(trouble), 120)}),)


def _is_cut_off(answer: Answer) -> bool:
    """Whether the end of a feed is missing."""
    return _END.search(answer.content[-1000:]) is None


def _without_entities(content: bytes) -> bytes:
    """Declarations of entities made void: the parser would write them out, to a hundred times the size of the feed.

    Wherever they stand: what looks like the beginning of the feed may be a comment. Whole characters are replaced by as
    many others.
    """
    for encoding in ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"):
        content = content.replace("<!ENTITY".encode(encoding), "<!NOTITY".encode(encoding))
    return content


def _next(feed: Any, url: str, visited: set[str], further: str | None, brought: bool) -> str | None:
    """Address of the page to read after this one; ``None`` where the rest is known."""
    if not brought:
        if further is None:
            return None
        if further not in visited:
            return further
    for link in feed.feed.get("links", ()):
        if link.get("rel") in ("next", "prev-archive"):
            address = clean_address(link.get("href") or "", url)
            if address is not None and address not in visited and host_of(address) == host_of(url):
                return address
    return None


def _items(feed: Any, source: Source, url: str) -> list[FoundItem]:
    """Items of the entries, in their order, each key once."""
    guids = Counter(entry.get("id") for entry in feed.entries if entry.get("link"))
    items: dict[str, FoundItem] = {}
    for entry in feed.entries:
        item = _item(entry, feed, source, url, one_guid=guids[entry.get("id")] <= 1)
        if item is not None:
            items.setdefault(item.key, item)
    return list(items.values())


def _item(entry: Any, feed: Any, source: Source, url: str, *, one_guid: bool) -> FoundItem | None:
    title, authors = _title(entry)
    link = clean_address(entry.get("link") or "", url)
    abstract, files = _text_and_files(entry, source, url)
    published = _date(entry)
    identity = (entry.get("id") if one_guid else None) or link  # some feeds give all entries the same guid
    if not title and not abstract:
        return None
    if link and link not in files and flag(source, "articles", True) and not is_doi_address(link):
        files.append(link)
    channel = feed.feed
    language = read_language(str(entry.get("language") or ""))  # that of the channel is often left as it was shipped
    return FoundItem(
        key=squeeze(str(identity or mark(title, str(published), abstract))) or mark(title),
        title=title or squeeze(abstract, 120),
        abstract="" if abstract == title else abstract,
        authors=authors,
        published=published,
        year=published.year if published else None,
        publisher=source.publisher or squeeze(str(channel.get("title") or ""), 120) or None,
        language=language or source.language or read_language(str(channel.get("language") or "")),
        doi=next(filter(None, (normal_doi(str(entry.get(name) or "")) for name in _DOI_FIELDS)), None),
        page_url=link,
        file_urls=tuple(files),
    )


_DOI_FIELDS = ("prism_doi", "dc_identifier", "id", "link")


def _title(entry: Any) -> tuple[str, tuple[str, ...]]:
    detail = entry.get("title_detail") or {}
    plain = detail.get("type") == "text/plain"
    title = squeeze(entry.get("title") or "") if plain else plain_text(entry.get("title") or "", LONGEST_TITLE)
    authors = tuple(squeeze(str(one.get("name") or ""), 200) for one in entry.get("authors") or ())
    if byline := _BYLINE.fullmatch(title):
        title = byline[1]
        authors = authors if any(authors) else tuple(name.strip() for name in byline[2].split(","))
    return squeeze(title, LONGEST_TITLE), tuple(name for name in authors if name)


def _text_and_files(entry: Any, source: Source, url: str) -> tuple[str, list[str]]:
    """Abstract, and addresses of files: enclosures first, then links in the text."""
    pieces = [entry.get("summary") or "", *(one.get("value") or "" for one in entry.get("content") or ())]
    texts = [plain_text(piece) for piece in pieces]
    abstract = texts[0] if len(texts[0]) >= _ENOUGH_SUMMARY else max(texts, key=len)
    patterns = words(source, "documents", DOCUMENT_LINKS)
    files: dict[str, None] = {}
    for link in (*(entry.get("links") or ()), *(entry.get("media_content") or ())):
        address = clean_address(link.get("href") or link.get("url") or "", url)
        of_type = str(link.get("type") or "").startswith(_DOCUMENT_TYPES)
        if address and (of_type or (link.get("rel") != "alternate" and chosen(patterns, address))):
            files[address] = None
    for piece in pieces:
        if "<a" in piece:
            try:
                tree = lxml.html.fragment_fromstring(piece.replace("\0", ""), create_parent=True)
            except (etree.ParserError, ValueError):
                continue
            files |= dict.fromkeys(link.address for link in links_in(tree, url) if chosen(patterns, link.address))
    return abstract, list(files)[:MOST_FILES]


def _date(entry: Any) -> date | None:
    for name in ("published_parsed", "created_parsed", "updated_parsed"):
        moment = entry.get(name)
        if moment and 1500 <= moment.tm_year <= 2200:
            return date(moment.tm_year, moment.tm_mon, moment.tm_mday)
    return None
