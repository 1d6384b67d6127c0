"""OpenAlex: works by search and filter, within a budget of the day.

The query of the source is what is sought (``AND``, ``OR``, ``NOT`` in capitals, phrases in quotation marks); the words
are sought in title, abstract and text. Its address may stay empty.

================ =========== ===========================================================================================
option           by itself   what it says
================ =========== ===========================================================================================
``search``       the query   what is sought, where the query of the source is used for something else
``filter``       none        further conditions as OpenAlex writes them, for instance ``primary_topic.field.id:20``
``language``     any         ``nl`` or ``en``: only works in that language
``types``        any         kinds of works, for instance ``[article, report, preprint, book-chapter]``
``open_access``  ``false``   only works that can be read freely
``from_date``    2 years     only works published from that day on, as ``2024-01-31``
``overlap_days`` 30          each harvest asks again for works published so many days before the harvest before it
``by_entry``     ``false``   ask by the day on which works entered OpenAlex instead; only keys of paid plans may
================ =========== ===========================================================================================

What is new is asked by day of publication, since asking by the day of entry (``from_created_date``) takes a paid plan.
Works enter OpenAlex later than they were published, most of them within weeks: hence the overlap. What comes later
still, and what only has a year (OpenAlex gives it the first of January), is found by going through the 400 days before
every four weeks, with the requests that the newest works leave over. Works that come again keep their key.

A request that searches costs ten times one that only filters; a free key has a thousand searches a day, and without a
key there are a hundred. Requests are counted for the day (UTC) in the bookmark, over all sources that one reader reads,
further tries among them, and none is made once the budget is used up or the service says that its own is: the next day
goes on from there.
Without a key the service gives no cursors (401), so pages are asked by number, of which it gives 100.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from pipelines.domain.documents import Reason
from pipelines.domain.sources import Bookmark, FoundItem, Source
from pipelines.harvest.answers import AgainError
from pipelines.harvest.client import MOST_PATIENCE_SECONDS, MOST_TRIES
from pipelines.harvest.fetching import Answer, Fetcher, HarvestError, HarvestLimits, ItemPage, Trouble
from pipelines.harvest.openalex_works import read_work
from pipelines.harvest.options import flag, number, word, words
from pipelines.harvest.services import (
    FIRST_DAYS,
    LIST_BYTES,
    Turns,
    day,
    day_option,
    json_of,
    part,
    read_entries,
    shape_error,
    today,
    within,
)

ADDRESS = "https://api.openalex.org/works"
OPTIONS: dict[str, type] = {
    "search": str,
    "filter": str,
    "language": str,
    "types": tuple,
    "open_access": bool,
    "from_date": str,
    "overlap_days": int,
    "by_entry": bool,
}
_NAME = "OpenAlex"
_PER_PAGE = 100
"""Most that one request gives; it costs as much as a request for one."""
_MOST_BY_NUMBER = 100
"""Pages by number: the service gives the first 10,000 works that way."""
_OVERLAP_DAYS = 30
_LATE_EVERY = timedelta(days=28)
_LATE_BACK = timedelta(days=400)
_ENTRY_OVERLAP = timedelta(days=2)
"""Days of entry are those of the service, which takes a night for its index."""
_LONG_WAIT = 900.0
"""Seconds: bursts are over within a minute, the budget of a day is told as the hours until midnight."""
_FIELDS = (
    "id,doi,display_name,authorships,publication_date,publication_year,language,abstract_inverted_index,"
    "primary_location,best_oa_location,open_access,locations,is_retracted"
)


@dataclass
class DayTally:
    """Requests of one day, over all sources that a reader reads."""

    day: date = date.min
    by_source: dict[str, int] = field(default_factory=dict)

    def learn(self, source_id: str, bookmark: Bookmark, when: date) -> None:
        """What a bookmark knows of requests on the day ``when``; others sources than the one that is read count too."""
        if when != self.day:
            self.day, self.by_source = when, {}
        if bookmark.values.get("day") == when.isoformat():
            kept = bookmark.values.get("asked", "")
            known = int(kept) if kept.isdecimal() and len(kept) < 9 else 0
            self.by_source[source_id] = max(known, self.by_source.get(source_id, 0))

    def add(self, source_id: str, n: int = 1) -> None:
        """``n`` more requests."""
        self.by_source[source_id] = self.by_source.get(source_id, 0) + n

    @property
    def total(self) -> int:
        """Requests of the day."""
        return sum(self.by_source.values())


@dataclass(frozen=True)
class OpenAlexReader:
    """Reads OpenAlex; see :class:`~.fetching.SourceReader` and the top of this module.

    Parameters
    ----------
    key
        Key of OpenAlex, if there is one.
    contact
        Mail address, told where there is no key; may be empty.
    daily
        Most requests in one day, over all sources of this reader.
    today
        The day in UTC.
    tally
        What the day has cost so far; bookmarks of other sources can be told to it with :meth:`DayTally.learn`.
    """

    key: str | None
    contact: str
    daily: int
    today: Callable[[], date] = today
    tally: DayTally = field(default_factory=DayTally, compare=False)

    def __call__(self, source: Source, bookmark: Bookmark, fetch: Fetcher, limits: HarvestLimits) -> Iterator[ItemPage]:
        self.tally.learn(source.id, bookmark, self.today())
        reading = _Reading(self, source, dict(bookmark.values), fetch, Turns(limits, _NAME))
        try:
            yield from reading.pages()
        except HarvestError:
            yield ItemPage((), reading.bookmark())  # what was asked counts for the day, whatever came of it
            raise


@dataclass
class _Reading:
    """One harvest of one source; ``values`` are those of the bookmark, as far as it got.

    ``fresh_*`` tells of the newest works, ``late_*`` of those that came late; where there is no ``cursor``, nothing is
    left to read.
    """

    reader: OpenAlexReader
    source: Source
    values: dict[str, str]
    fetch: Fetcher
    turns: Turns

    def pages(self) -> Iterator[ItemPage]:
        if not self.values.get("fresh_cursor") and self.values.get("since") != self.reader.today().isoformat():
            self._begin_fresh()
        if self.values.get("fresh_cursor"):
            yield from self._strand("fresh")
        if self.values.get("fresh_cursor"):
            return
        if not self.values.get("late_cursor") and not self._begin_late():
            return
        yield from self._strand("late")

    def _begin_fresh(self) -> None:
        now = self.reader.today()
        since, values = self._known("since"), self.values
        by_entry = flag(self.source, "by_entry", False)
        if by_entry and since is None:
            values["fresh_filter"] = f"from_publication_date:{self._first_day()}"
        elif by_entry and since is not None:
            values["fresh_filter"] = f"from_created_date:{since - _ENTRY_OVERLAP}"
        else:
            overlap = timedelta(days=within(number(self.source, "overlap_days", _OVERLAP_DAYS), 0, 3650))
            wanted = day_option(self.source, "from_date") or date.min
            begin = max(since - overlap, wanted) if since else max(now - overlap, self._first_day())
            values["fresh_filter"] = f"from_publication_date:{begin}"
            values["fresh_from"] = begin.isoformat()
        values["fresh_started"] = now.isoformat()
        values["fresh_cursor"] = self._start

    def _begin_late(self) -> bool:
        """Whether there is anything to go through that may have come late."""
        now, before = self.reader.today(), self._known("late_started")
        until = day(self.values.get("fresh_from"))
        if flag(self.source, "by_entry", False) or until is None:
            return False
        if before is not None and now - before < _LATE_EVERY:
            return False
        begin = self._first_day() if before is None else max(self._first_day(), now - _LATE_BACK)
        last = until - timedelta(days=1)
        self.values["late_started"] = now.isoformat()
        if last < begin:
            return False
        self.values["late_filter"] = f"from_publication_date:{begin},to_publication_date:{last}"
        self.values["late_cursor"] = self._start
        return True

    def _known(self, name: str) -> date | None:
        """A day of the bookmark, today at the latest: the clock of this computer may have been set back since."""
        said = day(self.values.get(name))
        return None if said is None else min(said, self.reader.today())

    def _first_day(self) -> date:
        return day_option(self.source, "from_date") or self.reader.today() - timedelta(days=FIRST_DAYS)

    @property
    def _start(self) -> str:
        return "c*" if self.reader.key else "p1"

    def _strand(self, strand: str) -> Iterator[ItemPage]:
        """Pages of one strand, until it or the harvest is at its end."""
        kept = cursor = self.values[f"{strand}_cursor"]
        if kept[0] != self._start[0]:  # a key was given or taken away meanwhile
            cursor = self._start
        while cursor and self.turns.more():
            try:
                answer = self._ask(self.values[f"{strand}_filter"], cursor)
            except HarvestError as error:
                if self._spent(error):
                    yield from self._stop(error)
                if cursor != kept or kept == self._start or error.trouble in (Trouble.PASSING, Trouble.SPENT):
                    raise
                cursor = kept = self._start  # a cursor of another day that the service has forgotten
                continue
            self.turns.repeats(f"{strand} {cursor}")
            items, problems, follows = self._read(answer, cursor)
            self.turns.n_items += len(items)
            again = bool(follows) and self.turns.repeats(f"{strand} {follows}")
            cursor = self._start if again else follows
            self.values[f"{strand}_cursor"] = cursor
            if not cursor and strand == "fresh":
                self.values["since"] = self.values["fresh_started"]
            yield ItemPage(items, self.bookmark(), problems)
            if again:
                raise self.turns.error()
            if cursor and self._nothing_left(answer):
                yield from self._stop(None)

    def _ask(self, window: str, cursor: str) -> Answer:
        self.turns.n_pages += 1
        params = {
            "filter": ",".join([window, *self._conditions()]),
            "sort": "publication_date:desc",
            "per_page": str(_PER_PAGE),
            "select": _FIELDS,
            ("cursor" if cursor[0] == "c" else "page"): cursor[1:],
        }
        if sought := word(self.source, "search") or self.source.query:
            params["search"] = sought
        if self.reader.key:
            params["api_key"] = self.reader.key
        elif self.reader.contact:
            params["mailto"] = self.reader.contact
        return self._sent(params)

    def _sent(self, params: dict[str, str]) -> Answer:
        """The answer, after further tries where they may help; each counts, whatever comes of it."""
        for n in range(1, MOST_TRIES + 1):
            if self.reader.tally.total >= self.reader.daily:
                raise HarvestError("harvest.service.budget_own", Trouble.SPENT, service=_NAME, daily=self.reader.daily)
            self.reader.tally.add(self.source.id)
            address = self.source.address or ADDRESS
            try:
                return self.fetch.get(address, params=params, max_bytes=LIST_BYTES, once=True, secrets=("api_key",))
            except AgainError as error:
                if n == MOST_TRIES or (error.retry_after or 0.0) > MOST_PATIENCE_SECONDS:
                    raise
        raise AssertionError("the last try returns or raises")

    def _conditions(self) -> Iterator[str]:
        if said := word(self.source, "filter").strip().strip(","):
            yield said
        if language := word(self.source, "language"):
            yield f"language:{language}"
        if types := words(self.source, "types"):
            yield "type:" + "|".join(types)
        if flag(self.source, "open_access", False):
            yield "is_oa:true"

    def _read(self, answer: Answer, cursor: str) -> tuple[tuple[FoundItem, ...], tuple[Reason, ...], str]:
        """Items, problems, and the cursor that follows; empty at the end."""
        told = json_of(answer, _NAME)
        results = part(told, "results")
        if not isinstance(results, list):
            raise shape_error(_NAME)
        items, problems = read_entries(results, lambda work: read_work(work, self.source), _NAME)
        if cursor[0] == "c":
            follows, size = part(told, "meta", "next_cursor"), part(told, "meta", "per_page")
            last = not results or (type(size) is int and len(results) < size)  # another request would cost as much
            return items, problems, f"c{follows}" if isinstance(follows, str) and follows and not last else ""
        page = int(cursor[1:])
        if len(results) < _PER_PAGE:
            return items, problems, ""
        if page < _MOST_BY_NUMBER:
            return items, problems, f"p{page + 1}"
        more = Reason(key="harvest.service.too_many", values={"service": _NAME, "n": page * _PER_PAGE})
        return items, (*problems, more), ""

    def _spent(self, error: HarvestError) -> bool:
        """Whether a failure says that the budget of the day is used up."""
        told = error.retry_after is None or error.retry_after >= _LONG_WAIT
        return error.trouble is Trouble.SPENT or (error.values.get("status") == 429 and told)

    def _nothing_left(self, answer: Answer) -> bool:
        """Whether an answer says that the next request would not be paid for."""
        left, cost = _amount(answer, "remaining-usd"), _amount(answer, "cost-usd")
        if left is None:
            left, cost = _amount(answer, "remaining"), _amount(answer, "credits-used")
        bought = (_amount(answer, "prepaid-remaining-usd") or 0.0) + (_amount(answer, "onetime-remaining") or 0.0)
        return left is not None and bought <= 0 and (left <= 0 or left < (cost or 0.0))

    def _stop(self, error: HarvestError | None) -> Iterator[ItemPage]:
        """Keeps in the bookmark that the day is over, then says so."""
        if error is None or error.key != "harvest.service.budget_own":
            self.reader.tally.add(self.source.id, max(self.reader.daily - self.reader.tally.total, 0))
            yield ItemPage((), self.bookmark())
            retry_after = error.retry_after if error is not None else None
            raise HarvestError(
                "harvest.service.budget_theirs", Trouble.SPENT, retry_after=retry_after, service=_NAME
            ) from error
        raise error

    def bookmark(self) -> Bookmark:
        """How far it got, and what the day has cost."""
        tally = self.reader.tally
        self.values["day"] = tally.day.isoformat()
        self.values["asked"] = str(tally.by_source.get(self.source.id, 0))
        return Bookmark(values={name: value for name, value in self.values.items() if value})


def _amount(answer: Answer, name: str) -> float | None:
    try:
        return float(answer.headers[f"x-ratelimit-{name}"])
    except (KeyError, ValueError):
        return None
