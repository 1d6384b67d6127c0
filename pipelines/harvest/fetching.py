"""What readers of sources are given to fetch with, what they give back, and how either fails."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from pipelines.domain.documents import Reason
from pipelines.domain.sources import Bookmark, FoundItem, Source
from pipelines.errors import KennisstandError


class Trouble(StrEnum):
    """Of what kind a failure is: it decides whether and when there is another try."""

    PASSING = "passing"
    """Busy, broken off, no answer: tried again by itself."""
    GONE = "gone"
    """404, 410: not tried again by itself."""
    REFUSED = "refused"
    """401, 403, robots.txt, an address that may not be asked: somebody has to change something."""
    UNFIT = "unfit"
    """An answer came, and it is not what was asked for: wrong type, too large, broken."""
    SPENT = "spent"
    """The budget of the day is used up: another try would only make it worse."""


class HarvestError(KennisstandError):
    """A source, or a file of it, could not be had.

    Parameters
    ----------
    key, values
        As with every error that users are told.
    trouble
        Of what kind it is.
    retry_after
        Seconds after which the server says it may be asked again; ``None`` where it does not say.
    """

    def __init__(
        self, key: str, trouble: Trouble, /, *, retry_after: float | None = None, **values: str | int | float
    ) -> None:
        super().__init__(key, **values)
        self.trouble = trouble
        self.retry_after = retry_after

    @property
    def reason(self) -> Reason:
        """As it is kept with a source or an item."""
        return Reason(key=self.key, values=self.values)


@dataclass(frozen=True)
class Answer:
    """What came back from an address."""

    asked: str
    url: str
    """Address that answered, after redirects."""
    status: int
    """200, or 304 where nothing changed."""
    content: bytes = b""
    media_type: str = ""
    """As the server said, small letters, without parameters."""
    charset: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in small letters."""
    moved_to: str | None = None
    """Where every redirect on the way was for good: the address to ask from now on."""

    @property
    def unchanged(self) -> bool:
        """Whether the server says that nothing changed since the validators."""
        return self.status == 304

    @property
    def etag(self) -> str | None:
        """Its validator, if any."""
        return self.headers.get("etag")

    @property
    def last_modified(self) -> str | None:
        """Its other validator, if any."""
        return self.headers.get("last-modified")


class Fetcher(Protocol):
    """Fetches one address after the other; bounds, politeness and further tries are its own business."""

    def get(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        etag: str | None = None,
        last_modified: str | None = None,
        max_bytes: int | None = None,
        robots: bool = False,
        once: bool = False,
        secrets: tuple[str, ...] = (),
    ) -> Answer:
        """What the address answers.

        Parameters
        ----------
        url
            http or https; other schemes are refused.
        params
            Added to those in ``url``.
        headers
            Beside the usual ones.
        etag, last_modified
            Validators of the answer before: where nothing changed, the answer is :attr:`Answer.unchanged`.
        max_bytes
            Longest answer; the usual bound if ``None``.
        robots
            Whether robots.txt of the host is asked first: for pages and files that are meant for people, not for
            interfaces that are meant for programs.
        once
            Whether it is sent once, for callers who count what they ask, or who would get something else the second
            time: an :class:`~pipelines.harvest.answers.AgainError` then says that another try may help, and whatever is
            asked of that host next waits as long as it takes.
        secrets
            Names of parameters and headers whose values are never told or logged.

        Raises
        ------
        HarvestError
            There is no fit answer, also after further tries.
        """
        ...


@dataclass(frozen=True)
class ItemPage:
    """Some items of a source, and how far it was read with them."""

    items: tuple[FoundItem, ...]
    bookmark: Bookmark
    """To go on from once these items are stored; a harvest that is broken off loses nothing."""
    problems: tuple[Reason, ...] = ()
    """Entries that could not be read; the others count."""
    moved_to: str | None = None
    """Address to which the source has moved for good."""


@dataclass(frozen=True)
class HarvestLimits:
    """Bounds of one harvest of one source."""

    most_items: int = 500
    most_pages: int = 200
    """Requests of a list; against sources that never end."""


class SourceReader(Protocol):
    """Reads one kind of source."""

    def __call__(self, source: Source, bookmark: Bookmark, fetch: Fetcher, limits: HarvestLimits) -> Iterator[ItemPage]:
        """Items that are new since ``bookmark``, page by page; none where nothing changed.

        Reading stops by itself after ``limits``; the last bookmark lets the next harvest go on from there. An item that
        changed since may be given again: its key stays the same.

        Raises
        ------
        HarvestError
            The source cannot be read; what came before counts.
        """
        ...
