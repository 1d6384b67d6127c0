"""Crossref: works that publishers registered, by words or by conditions.

With a query, the best matches among the works registered since the harvest before are taken: Crossref finds every work
in which *one* of the words stands, and sorts the best ones first, so whatever follows after them says nothing. Without
a query, all works that meet the conditions are taken: at each harvest what was registered since the one before, then,
as far as there is room, what is older. The address of the source may stay empty.

============= =========== ==============================================================================================
option        by itself   what it says
============= =========== ==============================================================================================
``filter``    none        conditions as Crossref writes them, for instance ``issn:2150-0000`` or ``prefix:10.1787``
``types``     any         kinds of works, for instance ``[journal-article, report, posted-content]``
``subtypes``  any         kinds within these, for instance ``[preprint]``
``from_date`` none        only works published from that day on, as ``2024-01-31``
``best``      200         with a query: so many of the works registered since the harvest before, at most 1000
``by``        created     ``created``: works that were registered since; ``indexed``: also those changed since, many
                          more, as every new citation counts as a change
============= =========== ==============================================================================================

The first harvest takes what was registered in the past two years. Cursors of Crossref are forgotten within minutes, so
a harvest that is broken off goes on by number (query) or from the moment of registration of the last work (conditions).
Relations between works, such as a preprint and its article, are not followed: they are found to be doubles by title.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from pipelines.domain.sources import Bookmark, FoundItem, Source
from pipelines.domain.titles import normal_doi
from pipelines.harvest.answers import AgainError
from pipelines.harvest.fetching import Answer, Fetcher, HarvestError, HarvestLimits, ItemPage, Trouble
from pipelines.harvest.options import number, word, words
from pipelines.harvest.services import (
    FIRST_DAYS,
    LIST_BYTES,
    Turns,
    address_of,
    day,
    day_option,
    file_addresses,
    json_of,
    language_of,
    listed,
    moment,
    name_of,
    names_of,
    part,
    plain,
    read_entries,
    shape_error,
    title_of,
    today,
    within,
)

ADDRESS = "https://api.crossref.org/works"
OPTIONS: dict[str, type] = {
    "filter": str,
    "types": tuple,
    "subtypes": tuple,
    "from_date": str,
    "best": int,
    "by": str,
}
_NAME = "Crossref"
_MOST_ANEW = 3
"""Times that a list is begun anew in one harvest; as often as the client tries one request again."""
_PER_PAGE = 100
"""Crossref gives up to 1,000; a hundred are lost at most when a harvest is broken off."""
_BEST, _MOST_BEST = 200, 1_000
_NEWEST = timedelta(days=30)
"""Without a query, the first harvest begins with the works of a month; what is older follows after them, so that
whatever is new is not kept waiting by the years before."""
_OVERLAP = timedelta(days=2)
"""Works appear in the index within hours, and windows are of whole days in UTC."""
_FIELDS = (
    "DOI,URL,title,subtitle,author,abstract,published,issued,created,indexed,container-title,publisher,link,type,"
    "update-to,updated-by"
)
"""Leaves out lists of references, which are most of an answer. Language and subtype cannot be chosen this way."""
_FILTERS = {"created": "created", "indexed": "index"}
"""Name of a date in answers and for sorting -> in filters."""
_TAKEN_BACK = frozenset({"retraction", "withdrawal", "removal", "partial_retraction"})


@dataclass(frozen=True)
class CrossrefReader:
    """Reads Crossref; see :class:`~.fetching.SourceReader` and the top of this module.

    Parameters
    ----------
    contact
        Mail address: Crossref answers faster to whoever names one; may be empty.
    today
        The day in UTC.
    """

    contact: str
    today: Callable[[], date] = today

    def __call__(self, source: Source, bookmark: Bookmark, fetch: Fetcher, limits: HarvestLimits) -> Iterator[ItemPage]:
        reading = _Reading(self, source, dict(bookmark.values), fetch, Turns(limits, _NAME))
        yield from reading.best() if source.query else reading.all()


@dataclass
class _Reading:
    """One harvest of one source; ``values`` are those of the bookmark, as far as it got."""

    reader: CrossrefReader
    source: Source
    values: dict[str, str]
    fetch: Fetcher
    turns: Turns

    def best(self) -> Iterator[ItemPage]:
        """The best matches of a span of days, by number: ``from``, ``until``, ``offset``; afterwards ``since``."""
        values = self.values
        if "until" not in values:
            since = day(values.get("since"))
            if since is not None:  # the clock of this computer may have been set back
                since = min(since, self.reader.today())
            values["from"] = str(since - _OVERLAP if since else self._first_day())
            values["until"], values["offset"] = str(self.reader.today()), "0"
        most = within(number(self.source, "best", _BEST), 1, _MOST_BEST)
        day_of = _FILTERS[self._by]
        window = f"from-{day_of}-date:{values['from']},until-{day_of}-date:{values['until']}"
        offset = int(values["offset"])
        while self.turns.more():
            rows = min(_PER_PAGE, most - offset)
            place = {"query.bibliographic": self.source.query, "sort": "score", "order": "desc"}
            message = self._ask(window, {**place, "offset": str(offset), "rows": str(rows)})
            offset += rows
            done = len(message["items"]) < rows or offset >= most
            if done:
                values["since"] = values["until"]
                for name in ("from", "until", "offset"):
                    del values[name]
            else:
                values["offset"] = str(offset)
            yield self._page(message["items"])
            if done:
                return

    def all(self) -> Iterator[ItemPage]:
        """All that meets the conditions: what is new since the moment ``since``, then what is older, back to ``first``.

        ``down``: how far back that came; there is none once it is all known.
        """
        if "since" not in self.values:
            newest = self.reader.today() - _NEWEST
            self.values["since"] = self.values["down"] = f"{newest}T00:00:00"
            self.values["first"] = str(self._first_day())
        since = _at(self.values["since"])
        day_of = _FILTERS[self._by]
        yield from self._in_order("since", lambda: f"from-{day_of}-date:{self._day('since')}", lambda at: at >= since)
        if self.turns.more() and "down" in self.values:
            down = _at(self.values["down"])
            begin = f"from-{day_of}-date:{self.values['first']}"
            yield from self._in_order(
                "down", lambda: f"{begin},until-{day_of}-date:{self._day('down')}", lambda at: at <= down
            )

    def _day(self, name: str) -> date:
        return _at(self.values[name]).date()

    def _in_order(self, name: str, window: Callable[[], str], wanted: Callable[[datetime], bool]) -> Iterator[ItemPage]:
        """Pages of a window, from the oldest work on (``since``) or from the newest one back (``down``).

        The bookmark holds the moment that was reached, so the next harvest begins there without a cursor. Crossref
        often gives the same cursor with every page and remembers itself how far it came, so a list that goes round is
        known by its works. And so a page after the first is never asked for a second time: the answer would be the page
        after it. Where it does not come, the list begins anew at the moment that was reached.
        """
        forward = name == "since"
        order = {"sort": self._by, "order": "asc" if forward else "desc", "rows": str(_PER_PAGE)}
        cursor: object = "*"
        known, n_anew, span = set[str](), 0, window()
        while isinstance(cursor, str) and cursor and self.turns.more():
            try:
                entries = self._ask(span, {**order, "cursor": cursor}, once=cursor != "*")
            except AgainError:
                if cursor == "*" or n_anew == _MOST_ANEW:
                    raise
                n_anew += 1
                cursor, known, span = "*", set(), window()
                continue
            works = {str(part(entry, "DOI")) for entry in entries["items"]}
            if works and works <= known:
                raise self.turns.error()
            known |= works
            cursor = part(entries, "next-cursor") if len(entries["items"]) == _PER_PAGE else ""
            moments = [at for at in map(self._moment, entries["items"]) if at]
            if moments and forward:
                # At the end less the overlap, also where earlier pages came further: works of these days may be late.
                reached = max(self.values[name], max(moments).isoformat())
                self.values[name] = reached if cursor else (_at(reached) - _OVERLAP).isoformat()
            elif moments and cursor:
                self.values[name] = min(self.values[name], min(moments).isoformat())
            if not forward and not cursor:
                del self.values[name]
            given = [(entry, self._moment(entry)) for entry in entries["items"]]
            yield self._page([entry for entry, at in given if at is None or wanted(at)])

    def _moment(self, entry: Any) -> datetime | None:
        """When an entry was registered."""
        return moment(part(entry, self._by, "date-time"))

    @property
    def _by(self) -> str:
        said = word(self.source, "by", "created")
        if said not in _FILTERS:
            raise HarvestError("harvest.service.option", Trouble.REFUSED, option="by", value=said[:80])
        return said

    def _first_day(self) -> date:
        return self.reader.today() - timedelta(days=FIRST_DAYS)

    def _page(self, entries: list[Any]) -> ItemPage:
        items, problems = read_entries(entries, self._item, _NAME)
        self.turns.n_items += len(items)
        return ItemPage(items, Bookmark(values={k: v for k, v in self.values.items() if v}), problems)

    def _item(self, entry: Any) -> FoundItem | None:
        subtypes = words(self.source, "subtypes")
        if subtypes and entry.get("subtype") not in subtypes:
            return None
        return read_work(entry, self.source)

    def _ask(self, window: str, place: dict[str, str], *, once: bool = False) -> dict[str, Any]:
        self.turns.n_pages += 1
        params = {"filter": ",".join([window, *self._conditions()]), **place}
        if not words(self.source, "subtypes"):
            params["select"] = _FIELDS
        if self.reader.contact:
            params["mailto"] = self.reader.contact
        answer: Answer = self.fetch.get(self.source.address or ADDRESS, params=params, max_bytes=LIST_BYTES, once=once)
        message = part(json_of(answer, _NAME), "message")
        if not isinstance(part(message, "items"), list):
            raise shape_error(_NAME)
        return message

    def _conditions(self) -> Iterator[str]:
        if said := word(self.source, "filter").strip().strip(","):
            yield said
        for kind in words(self.source, "types"):
            yield f"type:{kind}"
        if begin := day_option(self.source, "from_date"):
            yield f"from-pub-date:{begin}"


def _at(text: str) -> datetime:
    """A moment of the bookmark."""
    at = moment(text)
    if at is None:
        raise shape_error(_NAME)
    return at


def read_work(work: Any, source: Source) -> FoundItem | None:
    """A work of Crossref as item; ``None`` for a notice that another work was taken back.

    Raises
    ------
    ValueError
        It has no DOI or no title.
    """
    doi = normal_doi(work["DOI"])
    title = title_of(next(iter(listed(work.get("title"))), ""))
    if doi is None or not title:
        raise ValueError("no DOI or no title")
    if any(part(change, "type") in _TAKEN_BACK for change in listed(work.get("update-to"))):
        return None
    subtitle = title_of(next(iter(listed(work.get("subtitle"))), ""))
    if subtitle and subtitle.lower() not in title.lower():
        title = title_of(f"{title.rstrip(':')}: {subtitle}")
    published, year = _published(work)
    journal = next(iter(listed(work.get("container-title"))), None)
    links = sorted(listed(work.get("link"))[:50], key=_rank_of_link)
    return FoundItem(
        key=doi,
        title=title,
        abstract=_abstract(work.get("abstract")),
        authors=names_of(map(_author, listed(work.get("author")))),
        published=published,
        year=year,
        publisher=name_of(journal) or name_of(work.get("publisher")) or source.publisher,
        language=language_of(work.get("language")) or source.language,
        doi=doi,
        page_url=address_of(work.get("URL")) or f"https://doi.org/{doi}",
        file_urls=file_addresses(part(link, "URL") for link in links if _is_text(link)),
        withdrawn=any(part(change, "type") in _TAKEN_BACK for change in listed(work.get("updated-by"))),
    )


def _abstract(value: object) -> str:
    text = plain(value)
    head, _, rest = text.partition(" ")
    return rest if rest and head.strip(":.").lower() in ("abstract", "summary", "samenvatting") else text


def _author(author: Any) -> str:
    """``Family, Given``, or the name of an institute."""
    family, given = part(author, "family"), part(author, "given")
    if isinstance(family, str) and family:
        return f"{family}, {given}" if isinstance(given, str) and given else family
    name = part(author, "name") or given
    return name if isinstance(name, str) else ""


def _published(work: Any) -> tuple[date | None, int | None]:
    """Day (if known) and year of publication; of the several dates the first that has a year."""
    for name in ("published", "issued", "created"):
        parts = next(iter(listed(part(work, name, "date-parts"))), None)
        numbers = [n for n in listed(parts)[:3] if type(n) is int]
        if numbers and 1500 <= numbers[0] <= 2200:
            try:
                return (date(*numbers) if len(numbers) == 3 else None), numbers[0]
            except ValueError:  # the 31st of a month with 30 days
                return None, numbers[0]
    return None, None


def _is_text(link: object) -> bool:
    kind, address = part(link, "content-type"), part(link, "URL")
    return kind == "application/pdf" or (
        kind == "unspecified" and isinstance(address, str) and address.lower().partition("?")[0].endswith(".pdf")
    )


def _rank_of_link(link: object) -> int:
    """Links for checks of plagiarism are mostly closed to everybody else."""
    return 1 if part(link, "intended-application") == "similarity-checking" else 0
