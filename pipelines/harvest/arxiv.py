"""arXiv: preprints by words and categories, through its interface for programs (Atom).

The query of the source is either words (all of them have to occur, phrases in quotation marks, ``AND``, ``OR`` and
``ANDNOT`` in capitals) or written in the fields of arXiv itself, for instance ``abs:"generative AI" AND cat:econ.GN``.
Its address may stay empty.

================ ============= =========================================================================================
option           by itself     what it says
================ ============= =========================================================================================
``categories``   all           categories or whole archives, for instance ``[econ, cs.CY]``
``from_date``    2 years       only papers submitted from that day on, as ``2024-01-31``
``order``        submitted     ``submitted``: new papers; ``updated``: also new versions, and papers withdrawn since
``overlap_days`` 14            asks again for so many days before the newest paper known: arXiv holds some papers back
================ ============= =========================================================================================

Papers come the newest first, and reading stops at what is known; what is older follows as far as there is room, until
two years are read. All versions of a paper are one item; its file is that
of the latest version. arXiv asks for three seconds between requests: the reader keeps to them by itself, whatever the
pace of the fetcher, over all its sources. Sometimes arXiv gives an empty page in the middle of a list: it is asked
again twice.
"""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import feedparser

from pipelines.domain.sources import Bookmark, FoundItem, Source
from pipelines.domain.titles import normal_doi
from pipelines.harvest.fetching import Answer, Fetcher, HarvestError, HarvestLimits, ItemPage, Trouble
from pipelines.harvest.options import number, word, words
from pipelines.harvest.services import (
    FIRST_DAYS,
    LIST_BYTES,
    Turns,
    day_option,
    file_addresses,
    moment,
    names_of,
    plain,
    read_entries,
    shape_error,
    title_of,
    today,
    within,
)

ADDRESS = "https://export.arxiv.org/api/query"
OPTIONS: dict[str, type] = {"categories": tuple, "from_date": str, "order": str, "overlap_days": int}
PAUSE_SECONDS = 3.0
"""As the terms of use of the interface ask."""
_NAME = "arXiv"
_PER_PAGE = 100
_FURTHEST = 30_000
"""Beyond it the interface answers no more."""
_OVERLAP_DAYS = 14
_NEWEST = timedelta(days=30)
"""The first harvest begins with the papers of a month; what is older follows after them, so that whatever is new is not
kept waiting by the years before."""
_EMPTY_PAGES = 2
_FIELDS = re.compile(r"\b(?:ti|au|abs|co|jr|cat|rn|id|all|submittedDate|lastUpdatedDate):")
_TERMS = re.compile(r'"[^"]*"|[()]|[^\s()"]+')
_JOINS = frozenset({"AND", "OR", "ANDNOT"})
_ID = re.compile(r"/abs/(?P<paper>(?:\d{4}\.\d{4,5})|(?:[a-z-]+(?:\.[A-Z]{2})?/\d{7}))(?:v(?P<version>\d{1,3}))?$")
_WITHDRAWN = re.compile(r"\b(?:has been|was|is) withdrawn\b|^\W*withdrawn\b", re.I)


@dataclass
class _Pace:
    """When this program last asked."""

    last: float | None = None


@dataclass(frozen=True)
class ArxivReader:
    """Reads arXiv; see :class:`~.fetching.SourceReader` and the top of this module.

    Parameters
    ----------
    pause_seconds
        Between two requests, over all sources that this reader reads.
    per_page
        Papers asked for at a time; arXiv gives up to 2,000, and asks for less.
    today
        The day in UTC.
    sleep, clock
        Wait for so many seconds; seconds that pass.
    """

    pause_seconds: float = PAUSE_SECONDS
    per_page: int = _PER_PAGE
    today: Callable[[], date] = today
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    pace: _Pace = field(default_factory=_Pace, compare=False)

    def __call__(self, source: Source, bookmark: Bookmark, fetch: Fetcher, limits: HarvestLimits) -> Iterator[ItemPage]:
        yield from _Reading(self, source, dict(bookmark.values), fetch, Turns(limits, _NAME)).pages()

    def wait(self) -> None:
        """Until the pause since the request before is over."""
        if self.pace.last is not None and (left := self.pace.last + self.pause_seconds - self.clock()) > 0:
            self.sleep(left)
        self.pace.last = self.clock()


@dataclass
class _Reading:
    """One harvest of one source; ``values`` are those of the bookmark, as far as it got.

    ``newest``: of the papers that are known. Of the list of what is new: ``start``: where it goes on, ``top``: its
    newest paper, ``newer``: so many in it that are newer than all known. ``back``: place in the list from which on
    papers are older than what was read so far.
    """

    reader: ArxivReader
    source: Source
    values: dict[str, str]
    fetch: Fetcher
    turns: Turns
    given: set[str] = field(default_factory=set)

    def pages(self) -> Iterator[ItemPage]:
        yield from self._read("start", self._begin())
        if "start" not in self.values and "back" in self.values:
            yield from self._read("back", self._earliest())

    def _read(self, name: str, begin: datetime) -> Iterator[ItemPage]:
        """Pages from the place ``name`` of the bookmark on, until papers are older than ``begin``."""
        start = int(self.values.setdefault(name, "0"))
        while name in self.values and self.turns.more():
            feed, entries = self._ask(start)
            moments = [at for at in map(self._moment, entries) if at]
            if name == "start":
                self._note_newer(start, moments)
            items, problems = read_entries(entries, lambda entry: read_paper(entry, self.source), _NAME)
            if items and self.given.issuperset(item.key for item in items):
                raise self.turns.error()  # whatever page is asked, the same one comes
            items = tuple(item for item in items if item.key not in self.given)
            self.given.update(item.key for item in items)
            self.turns.n_items += len(items)
            start += len(entries)
            self.values[name] = str(start)
            at_end = start >= min(_total(feed), _FURTHEST) or any(at < self._earliest() for at in moments)
            if at_end or any(at < begin for at in moments):
                del self.values[name]
                if name == "start":
                    self._end_of_new(start, at_end)
            yield ItemPage(items, Bookmark(values={k: v for k, v in self.values.items() if v}), problems)

    def _note_newer(self, start: int, moments: list[datetime]) -> None:
        if start == 0:
            self.values["top"] = max((at.isoformat() for at in moments), default="")
            self.values["newer"] = "0"
        known = moment(self.values.get("newest"))
        n_newer = sum(known is not None and at > known for at in moments)
        self.values["newer"] = str(int(self.values.get("newer", "0")) + n_newer)

    def _end_of_new(self, start: int, at_end: bool) -> None:
        """What is older lies behind it: right behind at first, afterwards so much further as there are new papers."""
        before = self.values.get("newest")
        self.values["newest"] = max(self.values.pop("top", ""), before or "")
        n_newer = int(self.values.pop("newer", "0"))
        if at_end:
            self.values.pop("back", None)
        elif before is None:
            self.values["back"] = str(start)
        elif "back" in self.values:
            self.values["back"] = str(int(self.values["back"]) + n_newer)

    def _begin(self) -> datetime:
        """From here on, what was submitted is new."""
        overlap = timedelta(days=within(number(self.source, "overlap_days", _OVERLAP_DAYS), 0, 3650))
        newest = moment(self.values.get("newest"))
        if newest is None:
            return max(_midnight(self.reader.today() - _NEWEST), self._earliest())
        return max(newest - overlap, self._earliest()) if day_option(self.source, "from_date") else newest - overlap

    def _earliest(self) -> datetime:
        """What was submitted before is not wanted."""
        wanted = day_option(self.source, "from_date")
        return _midnight(wanted or self.reader.today() - timedelta(days=FIRST_DAYS))

    @property
    def _updated(self) -> bool:
        return word(self.source, "order") == "updated"

    def _moment(self, entry: Any) -> datetime | None:
        return moment(entry.get("updated" if self._updated else "published"))

    def _ask(self, start: int) -> tuple[Any, list[Any]]:
        """A page of the list and its entries; there are some, unless the list is at its end."""
        for _ in range(1 + _EMPTY_PAGES):
            self.turns.n_pages += 1
            self.reader.wait()
            answer = self.fetch.get(self.source.address or ADDRESS, params=self._params(start), max_bytes=LIST_BYTES)
            feed = _parse(answer)
            entries = list(feed.entries)
            if feed.bozo and len(entries) > 1:
                entries.pop()  # where XML breaks off, the last paper may be half a paper: the next request has it again
            if entries or start >= _total(feed):
                return feed, entries
        raise HarvestError("harvest.service.empty_page", Trouble.PASSING, service=_NAME)

    def _params(self, start: int) -> dict[str, str]:
        return {
            "search_query": search_query(self.source.query, words(self.source, "categories")),
            "sortBy": "lastUpdatedDate" if self._updated else "submittedDate",
            "sortOrder": "descending",
            "start": str(start),
            "max_results": str(self.reader.per_page),
        }


def _midnight(when: date) -> datetime:
    return datetime.combine(when, datetime.min.time())


def search_query(query: str, categories: tuple[str, ...]) -> str:
    """What is sought, in the fields of arXiv.

    Words without a field would be joined with ``OR`` there; here all of them have to occur.
    """
    sought = query.strip()
    if sought and not _FIELDS.search(sought):
        terms: list[str] = []
        for term in _TERMS.findall(sought):
            follows = bool(terms) and terms[-1] not in _JOINS and terms[-1] != "("
            if follows and term not in _JOINS and term != ")":
                terms.append("AND")
            terms.append(term if term in _JOINS or term in "()" else f"all:{term}")
        sought = " ".join(terms).replace("( ", "(").replace(" )", ")")
    within_these = " OR ".join(f"cat:{one}" if "." in one else f"cat:{one}.*" for one in categories)
    if sought and within_these:
        return f"({sought}) AND ({within_these})"
    return sought or within_these


def _parse(answer: Answer) -> Any:
    """The feed of an answer.

    Raises
    ------
    HarvestError
        ``unfit``: no feed; ``refused``: the service says what is wrong with the question.
    """
    feed = feedparser.parse(io.BytesIO(answer.content), sanitize_html=False, resolve_relative_uris=False)
    if not feed.get("version") or (feed.bozo and not feed.entries):
        raise shape_error(_NAME)
    if len(feed.entries) == 1 and "/api/errors" in feed.entries[0].get("id", ""):
        says = plain(feed.entries[0].get("summary"), 200)
        raise HarvestError("harvest.service.says", Trouble.REFUSED, service=_NAME, says=says)
    return feed


def _total(feed: Any) -> int:
    """Papers in the whole list; as many as are there if it does not say."""
    told = str(feed.feed.get("opensearch_totalresults", ""))
    return int(told) if told.isdecimal() and len(told) < 12 else 0


def read_paper(entry: Any, source: Source) -> FoundItem:
    """A paper of arXiv as item; its key is its number without version.

    Raises
    ------
    ValueError
        It has no number or no title.
    """
    found = _ID.search(entry["id"])
    title = title_of(entry.get("title"))
    if found is None or not title:
        raise ValueError("no number or no title")
    paper, version = found["paper"], f"v{found['version']}" if found["version"] else ""
    published = moment(entry.get("published"))
    summary, comment = plain(entry.get("summary")), plain(entry.get("arxiv_comment"))
    links = [link.get("href") for link in entry.get("links", []) if link.get("type") == "application/pdf"]
    withdrawn = bool(_WITHDRAWN.search(comment) or _WITHDRAWN.search(summary[:100]))
    pdf = [_secure(link) for link in links if isinstance(link, str)] or [f"https://arxiv.org/pdf/{paper}{version}"]
    return FoundItem(
        key=paper,
        title=title,
        abstract=summary,
        authors=names_of(author.get("name") for author in entry.get("authors", [])),
        published=published.date() if published else None,
        year=published.year if published else None,
        publisher=source.publisher or "arXiv",
        language=source.language,
        doi=normal_doi(entry.get("arxiv_doi")) or f"10.48550/arxiv.{paper.lower()}",
        page_url=f"https://arxiv.org/abs/{paper}",
        file_urls=() if withdrawn else file_addresses(pdf),
        withdrawn=withdrawn,
    )


def _secure(link: str) -> str:
    """Saves a redirect: the interface still writes http."""
    return link.replace("http://arxiv.org/", "https://arxiv.org/", 1) if link.startswith("http://arxiv.org/") else link
