"""OAI-PMH: what a repository of a university or government says has changed.

The address is the one that answers ``?verb=Identify``. Records in Dublin Core (``oai_dc``, which all repositories
have), MODS and DIDL (``didl``, ``nl_didl``: those of Dutch universities, which also name the file) are read. Nothing
can be sought in this way: the query of the source is not used.

================ =========== ===========================================================================================
option           by itself   what it says
================ =========== ===========================================================================================
``set``          all         name of a set, as ``?verb=ListSets`` gives it
``prefix``       oai_dc      form of the records, as ``?verb=ListMetadataFormats`` gives it
``from_date``    2 years     only records added or changed from that day on, as ``2024-01-31``
``from_year``    none        leave out publications of earlier years; repositories touch old records too
``types``        any         words of which one occurs in the type of a record, for instance ``[article, report, book]``
================ =========== ===========================================================================================

Each harvest asks for what changed since the moment at which the repository answered the one before, less a day. Lists
go on by token. Where a token has expired, the list is asked anew for half the span of time, and so on, so that a
repository of any size is read in the end. Records that were deleted come as withdrawn.

There is a library for this (oaipmh-scythe). It makes its requests with a client of its own, without our bounds on size,
time and addresses, and reads the XML with the recovering parser of lxml, which drops records without a word where the
XML is broken. What is needed of the protocol is one verb beside ``Identify``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from pipelines.domain.documents import Reason
from pipelines.domain.sources import Bookmark, FoundItem, Source
from pipelines.harvest.fetching import Fetcher, HarvestError, HarvestLimits, ItemPage, Trouble
from pipelines.harvest.markup import squeeze
from pipelines.harvest.oai_records import read_record
from pipelines.harvest.oai_xml import Element, children, local_name, parse_xml, text_of
from pipelines.harvest.options import number, word, words
from pipelines.harvest.services import (
    FIRST_DAYS,
    LIST_BYTES,
    Turns,
    day_option,
    moment,
    read_entries,
    shape_error,
    today,
)

OPTIONS: dict[str, type] = {"set": str, "prefix": str, "from_date": str, "from_year": int, "types": tuple}
_NAME = "OAI-PMH"
_OVERLAP = timedelta(days=1)
"""Records of the day are often dated at its beginning, and show up at its end."""
_LONGEST_TOKEN = 2_000
_DAY = timedelta(days=1)
_ERRORS = {
    "badArgument": "harvest.service.oai_argument",
    "badVerb": "harvest.service.oai_argument",
    "cannotDisseminateFormat": "harvest.service.oai_format",
    "noMetadataFormats": "harvest.service.oai_format",
    "noSetHierarchy": "harvest.service.oai_sets",
}


class _TokenError(Exception):
    """The repository no longer knows the token."""


@dataclass(frozen=True)
class OaiReader:
    """Reads repositories; see :class:`~.fetching.SourceReader` and the top of this module.

    Parameters
    ----------
    today
        The day in UTC.
    """

    today: Callable[[], date] = today

    def __call__(self, source: Source, bookmark: Bookmark, fetch: Fetcher, limits: HarvestLimits) -> Iterator[ItemPage]:
        yield from _Reading(self, source, dict(bookmark.values), fetch, Turns(limits, _NAME)).pages()


@dataclass
class _Reading:
    """One harvest of one repository; ``values`` are those of the bookmark, as far as it got.

    ``since``: changes before it are known. ``from``, ``until``: the span that is being read, without ``until`` up to
    the present; ``token``: where it goes on; ``asked``: when the repository answered its first request; ``whole``: the
    span is a day or two and its token expired before, so it is read at one go, however many items it has.
    """

    reader: OaiReader
    source: Source
    values: dict[str, str]
    fetch: Fetcher
    turns: Turns
    moved_to: str | None = None

    def pages(self) -> Iterator[ItemPage]:
        if "granularity" not in self.values:
            self._identify()
        if "from" not in self.values:
            self._begin()
        while self.turns.more() or (self.values.get("whole") and self.turns.pages_left()):
            token = self.values.get("token", "")
            if token and self.turns.repeats(token):
                self.values.pop("token")
                yield ItemPage((), self._bookmark())
                raise self.turns.error()
            try:
                root = self._list(token)
            except _TokenError:
                self._halve()
                continue
            page, done = self._page(root)
            yield page
            if done:
                return

    def _begin(self) -> None:
        since = moment(self.values.get("since"))
        first = day_option(self.source, "from_date") or self.reader.today() - timedelta(days=FIRST_DAYS)
        begin = since - _OVERLAP if since else datetime.combine(first, datetime.min.time())
        self.values["from"] = begin.isoformat()

    def _halve(self) -> None:
        """After a token expired: the same span anew, up to its middle."""
        begin = _known(self.values["from"])
        end = moment(self.values.get("until")) or moment(self.values.get("asked")) or begin
        self.values.pop("token")
        if end - begin >= 2 * _DAY:
            middle = begin + (end - begin) / 2
            self.values["until"] = middle.replace(hour=0, minute=0, second=0, microsecond=0).isoformat()
        else:
            self.values["whole"] = "yes"

    def _page(self, root: Element) -> tuple[ItemPage, bool]:
        """What a list holds, and whether it was the last one of this harvest."""
        now = moment(text_of(root, "responseDate")) or datetime.combine(self.reader.today(), datetime.min.time())
        if not self.values.get("token"):
            self.values["asked"] = now.isoformat()
        records = next(children(root, "ListRecords"), None)
        items, problems = (), ()
        token = ""
        if records is not None:
            entries = list(children(records, "record"))
            items, problems = read_entries(entries, self._item, _NAME)
            token = squeeze(text_of(records, "resumptionToken"), _LONGEST_TOKEN + 1)
        if len(token) > _LONGEST_TOKEN:
            raise shape_error(_NAME)
        done = False
        if token:
            self.values["token"] = token
        else:
            done = self._end_of_span()
        self.turns.n_items += sum(not item.withdrawn for item in items)
        mended = (Reason(key="harvest.service.mended", values={"service": _NAME}),) if root.get("mended") else ()
        return ItemPage(items, self._bookmark(), (*problems, *mended), self.moved_to), done

    def _end_of_span(self) -> bool:
        """Goes on to the span after it; whether there is none."""
        for name in ("token", "whole"):
            self.values.pop(name, None)
        begin, until = _known(self.values["from"]), moment(self.values.pop("until", None))
        if until is None:
            self.values["since"] = self.values.pop("asked")
            del self.values["from"]
            return True
        asked = _known(self.values["asked"])
        self.values["from"] = self.values["since"] = (until + self._step).isoformat()
        twice = until + 2 * (until - begin + _DAY)
        if twice < asked - _DAY:
            self.values["until"] = twice.replace(hour=0, minute=0, second=0, microsecond=0).isoformat()
        return False

    @property
    def _step(self) -> timedelta:
        """From the end of a span, which belongs to it, to the beginning of the next one."""
        return timedelta(seconds=1) if self._to_the_second else _DAY

    @property
    def _to_the_second(self) -> bool:
        return self.values.get("granularity") == "second"

    def _identify(self) -> None:
        self.turns.n_pages += 1
        root = self._get({"verb": "Identify"})
        about = next(children(root, "Identify"), None)
        if about is None:
            self._raise_errors(root)
            raise shape_error(_NAME)
        granularity = text_of(about, "granularity").strip()
        self.values["granularity"] = "second" if granularity.lower().endswith("z") else "day"

    def _list(self, token: str) -> Element:
        """Answer to the next request of the list: it holds records, or says that there are none."""
        self.turns.n_pages += 1
        try:
            root = self._get({"verb": "ListRecords", **({"resumptionToken": token} if token else self._span())})
        except HarvestError as error:
            if token and "status" in error.values and error.trouble in (Trouble.GONE, Trouble.REFUSED):
                raise _TokenError from error  # some repositories say by status what should be said in XML
            raise
        codes = self._raise_errors(root)
        if token and codes & {"badResumptionToken", "noRecordsMatch"}:
            raise _TokenError
        if "noRecordsMatch" not in codes and next(children(root, "ListRecords"), None) is None:
            raise shape_error(_NAME)
        return root

    def _span(self) -> dict[str, str]:
        params = {"metadataPrefix": word(self.source, "prefix", "oai_dc")}
        if named := word(self.source, "set"):
            params["set"] = named
        for name in ("from", "until"):
            if at := moment(self.values.get(name)):
                params[name] = f"{at:%Y-%m-%dT%H:%M:%SZ}" if self._to_the_second else f"{at:%Y-%m-%d}"
        return params

    def _get(self, params: dict[str, str]) -> Element:
        answer = self.fetch.get(self.source.address, params=params, max_bytes=LIST_BYTES)
        self.moved_to = answer.moved_to
        root = parse_xml(answer.content, _NAME)
        if local_name(root) != "OAI-PMH":
            raise shape_error(_NAME)
        return root

    def _raise_errors(self, root: Element) -> set[str]:
        """Codes of errors that are no failure."""
        codes = set[str]()
        for error in children(root, "error"):
            code = str(error.get("code", ""))
            codes.add(code)
            if code in ("noRecordsMatch", "badResumptionToken"):
                continue
            says = squeeze(f"{code}: {error.text or ''}", 200)
            raise HarvestError(_ERRORS.get(code, "harvest.service.says"), Trouble.REFUSED, service=_NAME, says=says)
        return codes

    def _item(self, record: Any) -> FoundItem | None:
        item, kinds = read_record(record, self.source)
        if item.withdrawn:
            return item
        earliest = number(self.source, "from_year", 0)
        if item.year is not None and item.year < earliest:
            return None
        wanted = [kind.lower() for kind in words(self.source, "types")]
        if wanted and not any(kind in said for kind in wanted for said in kinds):
            return None
        return item

    def _bookmark(self) -> Bookmark:
        return Bookmark(values={name: value for name, value in self.values.items() if value})


def _known(text: str) -> datetime:
    """A moment of the bookmark."""
    at = moment(text)
    if at is None:
        raise shape_error(_NAME)
    return at
