"""Zotero: a library of a group or a person, through its web interface.

The address names the library: ``groups/12345``, ``users/12345``, or the address of a group at zotero.org. The query of
the source is sought in titles, creators and years; without one all items are taken. A library that is not public takes
a key (setting), which is sent to Zotero alone.

============== ============= ===========================================================================================
option         by itself     what it says
============== ============= ===========================================================================================
``collection`` all           key of one collection: the eight letters and digits at the end of its address
``tags``       any           tags of which an item has to have one
``types``      any           kinds of items, for instance ``[report, journalArticle, book]``
============== ============= ===========================================================================================

Each state of a library has a version: a harvest asks what changed since the version of the one before (304 if
nothing). Items in the trash and items that were deleted come as withdrawn; notes are left out. The file of an item is
the attachment that Zotero names as its best one, where it lies in the storage of Zotero.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import parse_qs, urlsplit

from pipelines.domain.sources import Bookmark, FoundItem, Source
from pipelines.domain.titles import normal_doi
from pipelines.harvest.fetching import Answer, Fetcher, HarvestError, HarvestLimits, ItemPage, Trouble
from pipelines.harvest.markup import read_date
from pipelines.harvest.options import word, words
from pipelines.harvest.services import (
    LIST_BYTES,
    Turns,
    address_of,
    file_addresses,
    json_of,
    key_of,
    language_of,
    listed,
    name_of,
    names_of,
    part,
    plain,
    read_entries,
    shape_error,
    title_of,
)

API = "https://api.zotero.org"
OPTIONS: dict[str, type] = {"collection": str, "tags": tuple, "types": tuple}
KEY_HEADER = "Zotero-API-Key"
_NAME = "Zotero"
_PER_PAGE = 100
_STEP_BACK = 25
"""Items asked again where the library changed between two pages: so many may have been deleted before this place
without any being missed. What changed meanwhile comes at the next harvest."""
_MOST_WAIT = 120.0
"""Seconds: servers under load ask for less; what is longer is left to the next harvest."""
_MOST_DELETED = 100_000
_LIBRARY = re.compile(r"(?:^|/)(users|groups)/(\d{1,12})(?:/|$)")
_COLLECTION = re.compile(r"[A-Z0-9]{8}")
_ATTACHMENT = re.compile(r"/items/([A-Z0-9]{8})$")
_NEXT = re.compile(r'<([^<>]{1,2000})>\s*;\s*rel="?next"?')
_DOI_IN_EXTRA = re.compile(r"^\s*DOI\s*:\s*(\S+)", re.I | re.M)
_NO_ITEMS = frozenset({"note", "annotation"})
_READABLE = frozenset({
    "application/pdf",
    "application/epub+zip",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.oasis.opendocument.text",
    "text/html",
    "text/plain",
})  # fmt: skip
_TITLES = ("title", "caseName", "nameOfAct", "subject")
_PUBLISHERS = ("publicationTitle", "institution", "publisher", "university", "bookTitle", "websiteTitle", "repository")


@dataclass
class _Hold:
    """Until when Zotero asked not to be asked."""

    until: float = 0.0


@dataclass(frozen=True)
class ZoteroReader:
    """Reads libraries of Zotero; see :class:`~.fetching.SourceReader` and the top of this module.

    Parameters
    ----------
    key
        Key of Zotero, if there is one.
    api
        Where its interface lies; the key goes nowhere else.
    sleep, clock
        Wait for so many seconds; seconds that pass.
    """

    key: str | None
    api: str = API
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    hold: _Hold = field(default_factory=_Hold, compare=False)

    def __call__(self, source: Source, bookmark: Bookmark, fetch: Fetcher, limits: HarvestLimits) -> Iterator[ItemPage]:
        library = self._library(source.address)
        yield from _Reading(self, source, library, dict(bookmark.values), fetch, Turns(limits, _NAME)).pages()

    def file_headers(self, url: str) -> Mapping[str, str]:
        """What has to be sent along when a file at ``url`` is fetched; its names are secret."""
        ours = url.startswith(self.api.rstrip("/") + "/")
        return {KEY_HEADER: self.key} if self.key and ours else {}

    def _library(self, address: str) -> str:
        """Where the library lies in the interface."""
        found = _LIBRARY.search(urlsplit(address).path)
        host = urlsplit(address).netloc.lower()
        if found is None or host not in ("", "zotero.org", "www.zotero.org", urlsplit(self.api).netloc):
            raise HarvestError("harvest.service.zotero_address", Trouble.REFUSED, address=address[:200])
        return f"{self.api.rstrip('/')}/{found[1]}/{found[2]}"

    def get(self, fetch: Fetcher, url: str, params: dict[str, str], headers: dict[str, str]) -> Answer:
        """An answer of the interface, after the pause it asked for, if any."""
        wait = self.hold.until - self.clock()
        if wait > _MOST_WAIT:
            raise HarvestError("harvest.service.busy", Trouble.PASSING, retry_after=wait, service=_NAME)
        if wait > 0:
            self.sleep(wait)
        headers = {"Zotero-API-Version": "3", **headers, **self.file_headers(url)}
        answer = fetch.get(url, params=params, headers=headers, max_bytes=LIST_BYTES, secrets=(KEY_HEADER,))
        pause = answer.headers.get("backoff", "").strip()
        if pause.isdecimal() and len(pause) < 7:
            self.hold.until = self.clock() + float(pause)
        return answer


@dataclass
class _Reading:
    """One harvest of one library; ``values`` are those of the bookmark, as far as it got.

    ``version``: what changed up to it is known. Of the list that is being read: ``target``: version at its first page,
    ``seen``: at its latest one, ``start``: where it goes on.
    """

    reader: ZoteroReader
    source: Source
    library: str
    values: dict[str, str]
    fetch: Fetcher
    turns: Turns

    def pages(self) -> Iterator[ItemPage]:
        start: int | None = int(self.values.get("start", "0"))
        while start is not None:
            if not self.turns.more():
                return
            answer = self._ask(start)
            if answer is None:
                yield ItemPage((), self._bookmark())
                return
            version = _version(answer)
            if start and self.values.get("seen") != version:
                self.values["seen"] = version
                start -= min(_STEP_BACK, self.turns.limits.most_items // 2, start)
                continue
            if not start:
                self.values["target"] = version
            self.values["seen"] = version
            entries = json_of(answer, _NAME)
            if not isinstance(entries, list):
                raise shape_error(_NAME)
            items, problems = read_entries(entries, lambda entry: read_item(entry, self.library, self.source), _NAME)
            self.turns.n_items += len(items)
            follows = _next_start(answer, start, len(entries))
            if follows is not None and follows <= start:
                raise self.turns.error()
            self.values["start"] = str(follows if follows is not None else start + len(entries))
            start = follows
            yield ItemPage(items, self._bookmark(), problems)
        if self.turns.pages_left():
            yield self._end()

    def _end(self) -> ItemPage:
        """What was deleted since, and the version that all is known up to."""
        gone: list[FoundItem] = []
        if since := self.values.get("version"):
            self.turns.n_pages += 1
            answer = self.reader.get(self.fetch, f"{self.library}/deleted", {"since": since}, {})
            keys = part(json_of(answer, _NAME), "items")
            if not isinstance(keys, list):
                raise shape_error(_NAME)
            known = dict.fromkeys(key for key in keys[:_MOST_DELETED] if isinstance(key, str) and key)
            gone = [FoundItem(key=key[:20], title="", withdrawn=True) for key in known]
        self.values["version"] = self.values["target"]
        for name in ("start", "target", "seen"):
            self.values.pop(name, None)
        return ItemPage(tuple(gone), self._bookmark())

    def _ask(self, start: int) -> Answer | None:
        """A page of the list; ``None`` where nothing changed."""
        self.turns.n_pages += 1
        params = {
            "format": "json",
            "include": "data",
            "limit": str(_PER_PAGE),
            "start": str(start),
            "sort": "dateAdded",
            "direction": "asc",
        }
        headers: dict[str, str] = {}
        if since := self.values.get("version"):
            params |= {"since": since, "includeTrashed": "1"}
            if not start:
                headers["If-Modified-Since-Version"] = since
        params |= {"q": self.source.query} if self.source.query else {}
        for name, parameter in (("tags", "tag"), ("types", "itemType")):
            if wanted := words(self.source, name):
                params[parameter] = " || ".join(wanted)
        try:
            answer = self.reader.get(self.fetch, self._list, params, headers)
        except HarvestError as error:
            if headers and error.values.get("status") == 304:  # a condition that only Zotero has
                return None
            raise
        return None if answer.unchanged else answer

    @property
    def _list(self) -> str:
        collection = word(self.source, "collection")
        if not collection:
            return f"{self.library}/items/top"
        if not _COLLECTION.fullmatch(collection):
            raise HarvestError("harvest.service.option", Trouble.REFUSED, option="collection", value=collection[:80])
        return f"{self.library}/collections/{collection}/items/top"

    def _bookmark(self) -> Bookmark:
        return Bookmark(values={name: value for name, value in self.values.items() if value})


def _version(answer: Answer) -> str:
    version = answer.headers.get("last-modified-version", "").strip()
    if not version.isdecimal() or len(version) > 18:
        raise shape_error(_NAME)
    return version


def _next_start(answer: Answer, start: int, n_entries: int) -> int | None:
    """Where the next page begins; ``None`` after the last one.

    Of the address in the ``Link`` header only its number is used: the key is sent to no address that an answer names.
    """
    if n_entries == 0:
        return None
    if found := _NEXT.search(answer.headers.get("link", "")):
        told = parse_qs(urlsplit(found[1]).query).get("start", [""])[0]
        return int(told) if told.isdecimal() and len(told) < 10 else start + n_entries
    total = answer.headers.get("total-results", "").strip()
    return start + n_entries if total.isdecimal() and int(total[:12]) > start + n_entries else None


def read_item(entry: Any, library: str, source: Source) -> FoundItem | None:
    """An item of a library; ``None`` for notes and for attachments that hold no text.

    Raises
    ------
    ValueError
        It has no key or no title.
    """
    key, data = key_of(entry["key"]), entry["data"]
    kind = data["itemType"]
    attached = kind == "attachment"
    if kind in _NO_ITEMS or (attached and data.get("contentType") not in _READABLE):
        return None
    withdrawn = bool(data.get("deleted"))
    title = next((found for name in _TITLES if (found := title_of(data.get(name)))), "")
    if not title and not withdrawn:
        raise ValueError("no title")
    published, year = _published(entry, data)
    extra = _DOI_IN_EXTRA.search(data["extra"]) if isinstance(data.get("extra"), str) else None
    doi = normal_doi(data["DOI"] if isinstance(data.get("DOI"), str) else extra[1] if extra else "")
    address = address_of(data.get("url"))
    stored = _ATTACHMENT.search(str(part(entry, "links", "attachment", "href")))
    files: list[object] = []
    if attached:
        files.append(f"{library}/items/{key}/file")
    elif stored is not None and part(entry, "links", "attachment", "attachmentType") in _READABLE:
        files.append(f"{library}/items/{stored[1]}/file")
    if address and urlsplit(address).path.lower().endswith(".pdf"):
        files.append(address)
    return FoundItem(
        key=key,
        title=title,
        abstract=plain(data.get("abstractNote")),
        authors=names_of(_creators(data)),
        published=published,
        year=year,
        publisher=next((found for name in _PUBLISHERS if (found := name_of(data.get(name)))), None) or source.publisher,
        language=language_of(data.get("language")) or source.language,
        doi=doi,
        page_url=address
        or (f"https://doi.org/{doi}" if doi else address_of(part(entry, "links", "alternate", "href"))),
        file_urls=() if withdrawn else file_addresses(files),
        withdrawn=withdrawn,
    )


def _published(entry: Any, data: Any) -> tuple[date | None, int | None]:
    """Day and year, as Zotero understood the date, else as it was typed."""
    for said in (part(entry, "meta", "parsedDate"), data.get("date")):
        if isinstance(said, str):
            found = read_date(said[:100])
            if found[1] is not None:
                return found
    return None, None


def _creators(data: Any) -> Iterator[str]:
    """``Family, Given``: authors, or where there are none whoever else is named."""
    creators = [one for one in listed(data.get("creators")) if isinstance(one, dict)]
    authors = [one for one in creators if one.get("creatorType") == "author"]
    for one in authors or creators:
        family, given = one.get("lastName") or one.get("name"), one.get("firstName")
        if isinstance(family, str):
            yield f"{family}, {given}" if isinstance(given, str) and given else family
