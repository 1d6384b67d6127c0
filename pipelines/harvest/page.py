"""A web page that lists publications.

============== ==================== ===================================================================
option         by itself            what it says
============== ==================== ===================================================================
``follow``     none                 patterns of links to pages of publications
``documents``  ``*.pdf``            patterns of links to files
``within``     the whole page       where to look: ``main``, ``#results``, ``div.list``
``next``       ``rel="next"``       patterns of the link to the next page of the list
``most_pages`` 5                    pages of the list that are read, at most
``hosts``      the page's own       other hosts that links may lead to, such as that of the files
============== ==================== ===================================================================

In patterns a star stands for anything; one that begins with ``/`` is held against the address without its host, one
that begins with ``!`` says what is left out (:mod:`.patterns`). Pages are read as browsers first get them: a list that
only a script fills in is empty here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

import lxml.html

from pipelines.domain.documents import Reason
from pipelines.domain.sources import Bookmark, FoundItem, Source
from pipelines.harvest.fetching import Answer, Fetcher, HarvestError, HarvestLimits, ItemPage, Trouble
from pipelines.harvest.landing import read_landing
from pipelines.harvest.markup import clean_address, host_of, squeeze
from pipelines.harvest.options import number, word, words
from pipelines.harvest.page_links import HTML_TYPES, Link, base_of, links_in, page_language, parse_page, parts_of
from pipelines.harvest.patterns import DOCUMENT_LINKS, chosen
from pipelines.harvest.seen import Trail, mark

OPTIONS: dict[str, type] = {
    "follow": tuple,
    "documents": tuple,
    "within": str,
    "next": tuple,
    "most_pages": int,
    "hosts": tuple,
}

PAGE_BYTES = 5_000_000
"""Longest web page: a hundred times an ordinary one."""
ITEMS_AT_ONCE = 10
"""Publications that are asked before what they gave is handed on; so many are asked twice at most."""
_MOST_PAGES = 5
_PATIENCE = 3
"""Pages in a row that do not answer before the host is left alone until the next harvest."""


@dataclass
class _Round:
    """One harvest of one page of publications."""

    source: Source
    fetch: Fetcher
    trail: Trail
    hosts: frozenset[str]
    left: int
    """Items that may still be given."""
    moved_to: str | None = None
    problems: list[Reason] = field(default_factory=list)
    n_silent: int = 0
    """Pages in a row that did not answer."""
    n_missed: int = 0
    """Pages to be asked again at the next harvest."""

    def is_near(self, address: str) -> bool:
        """Whether an address lies at a host that links may lead to."""
        return host_of(address) in self.hosts

    def is_document(self, address: str) -> bool:
        """Whether an address is that of a file to be kept."""
        return self.is_near(address) and _fits(words(self.source, "documents", DOCUMENT_LINKS), address)

    def is_landing(self, address: str) -> bool:
        """Whether an address is that of a publication."""
        return self.is_near(address) and _fits(words(self.source, "follow"), address)

    def page(self, items: list[FoundItem]) -> ItemPage:
        """What was found since the page before."""
        self.left -= len(items)
        for item in items:
            self.trail.seen.add(map(mark, (*item.file_urls, item.key)))
        page = ItemPage(tuple(items), self.trail.bookmark(), tuple(self.problems), self.moved_to)
        items.clear()
        self.problems.clear()
        self.moved_to = None
        return page


def read_page(source: Source, bookmark: Bookmark, fetch: Fetcher, limits: HarvestLimits) -> Iterator[ItemPage]:
    """Publications on a page that were not there before; see :class:`~.fetching.SourceReader`.

    An item is known by the address of its page, else by that of its file. The page of a publication is asked once.
    """
    trail = Trail.of(bookmark)
    hosts = frozenset(map(_bare, (host_of(source.address), *words(source, "hosts"))))
    this = _Round(source, fetch, trail, hosts, limits.most_items)
    was_whole, before = trail.behind is None and len(trail.seen) > 0, trail.behind
    answer = _ask(this, source.address, etag=trail.etag, last_modified=trail.last_modified)
    this.moved_to, etag, last_modified = answer.moved_to, answer.etag, answer.last_modified
    if answer.unchanged:
        yield ItemPage((), bookmark, moved_to=this.moved_to)
        return
    this.hosts |= {host_of(answer.url)}
    trail.behind = source.address  # as long as it is not read whole, "unchanged" would hide what is left
    visited, following, lost = {source.address}, source.address, None
    most_pages = min(number(source, "most_pages", _MOST_PAGES), limits.most_pages)
    while True:
        tree = parse_page(answer)
        base, part = base_of(tree, answer.url), parts_of(tree, word(source, "within"))
        if not part:
            within = word(source, "within")
            raise HarvestError("error.harvest_no_part", Trouble.UNFIT, address=answer.url, within=within)
        links = _links(this, part, base, visited)
        if not links and len(visited) == 1:
            this.problems.append(Reason(key="harvest.page_without_links", values={"address": answer.url}))
            this.moved_to = None  # perhaps to a page that says that the site is being worked on
        fresh = [link for link in links if mark(link.address) not in trail.seen]
        trail.seen.add(mark(link.address) for link in links if mark(link.address) in trail.seen)
        yield from _found(this, fresh, answer.url, page_language(tree))
        if this.left <= 0:
            return
        if not links and len(visited) > 1:
            lost = following  # the end of the list, or a page to log in
        following = _next(this, tree, base, visited) if fresh or not was_whole else None
        if following is None or len(visited) >= most_pages:
            break
        visited.add(following)
        try:
            answer = _ask(this, following)
        except HarvestError as error:
            if error.trouble is not Trouble.GONE:
                raise
            this.problems.append(error.reason)
            lost = following
            break
    if not this.n_missed:
        # A page of the list that was not there is looked for once more; then it is gone.
        trail.behind = lost if lost != before else None
        trail.etag, trail.last_modified = etag, last_modified
    yield this.page([])


def _ask(this: _Round, address: str, *, etag: str | None = None, last_modified: str | None = None) -> Answer:
    return this.fetch.get(address, etag=etag, last_modified=last_modified, max_bytes=PAGE_BYTES, robots=True)


def _links(this: _Round, parts: list[lxml.html.HtmlElement], base: str, visited: set[str]) -> list[Link]:
    """Links to publications and files, those to publications first, so that files can be counted to them."""
    links = [link for part in parts for link in links_in(part, base) if link.address not in visited]
    landings = [link for link in links if not this.is_document(link.address) and this.is_landing(link.address)]
    return landings + [link for link in links if this.is_document(link.address)]


def _found(this: _Round, links: list[Link], url: str, language: str | None) -> Iterator[ItemPage]:
    """Items of links that are new, at most as many as are left."""
    items: list[FoundItem] = []
    counted: set[str] = set()
    for link in links:
        if len(items) >= min(ITEMS_AT_ONCE, this.left):
            yield this.page(items)
        if this.left <= 0:
            return
        if link.address in counted or mark(link.address) in this.trail.seen:
            continue  # a file that a publication before it named, or a link that stands on the page twice
        if this.is_document(link.address):
            item = _file(this, link, url, language)
        else:
            try:
                item = _landing(this, link)
            except HarvestError:
                yield this.page(items)
                raise
        if item is not None:
            items.append(item)
            counted |= {item.key, *item.file_urls}
    if items or this.problems:
        yield this.page(items)


def _file(this: _Round, link: Link, url: str | None, language: str | None = None) -> FoundItem:
    """A file by what its link says."""
    name = unquote(urlsplit(link.address).path.rstrip("/").rpartition("/")[2])
    title = link.title or squeeze(name.rpartition(".")[0].replace("-", " ").replace("_", " ")) or name or link.address
    return FoundItem(
        key=link.address,
        title=title,
        publisher=this.source.publisher,
        language=this.source.language or language,
        page_url=url,
        file_urls=(link.address,),
    )


def _landing(this: _Round, link: Link) -> FoundItem | None:
    """A publication by its own page; ``None`` where it has to be asked again, or is gone."""
    try:
        answer = _ask(this, link.address)
        if not this.is_near(answer.url):
            raise HarvestError("error.harvest_left_site", Trouble.REFUSED, address=link.address, url=answer.url)
    except HarvestError as error:
        return _without_page(this, link, error)
    this.n_silent = 0
    if answer.media_type not in HTML_TYPES:
        return _file(this, link, None)
    try:
        found = read_landing(parse_page(answer), answer.url, link.title, this.is_document)
    except HarvestError as error:
        return _without_page(this, link, error)
    return found.model_copy(
        update={
            "key": link.address,
            "publisher": this.source.publisher or found.publisher,
            "language": found.language or this.source.language,
        }
    )


def _without_page(this: _Round, link: Link, error: HarvestError) -> FoundItem | None:
    """What is known of a publication whose page cannot be read."""
    if error.trouble is Trouble.SPENT:
        raise error
    if error.trouble is Trouble.UNFIT:  # a file that its address does not betray, or too large for a page
        return _file(this, link, None)
    this.problems.append(error.reason)
    if error.trouble is Trouble.PASSING:
        this.n_missed += 1
        this.n_silent += 1
        if this.n_silent >= _PATIENCE:
            raise error
        return None
    if error.trouble is Trouble.GONE:
        this.trail.seen.add((mark(link.address),))
        return None
    return _file(this, link, link.address).model_copy(update={"file_urls": ()})


def _next(this: _Round, tree: lxml.html.HtmlElement, base: str, visited: set[str]) -> str | None:
    """Address of the next page of the list."""
    patterns = words(this.source, "next")
    for element in tree.iter("a", "link"):
        address = clean_address(element.get("href") or "", base)
        if address is None or address in visited or not this.is_near(address):
            continue
        if _fits(patterns, address) if patterns else "next" in (element.get("rel") or "").lower().split():
            return address
    return None


def _fits(patterns: Sequence[str], address: str) -> bool:
    parts = urlsplit(address)
    return chosen(patterns, address, parts.path + (f"?{parts.query}" if parts.query else ""))


def _bare(host: str) -> str:
    return host.lower().removeprefix("www.")
