"""Sources of new literature, what they offer, and what came of each item."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum

from pydantic import Field

from pipelines.domain.documents import Reason
from pipelines.domain.ids import content_id
from pipelines.domain.record import SCHEMA_VERSION, Record

Option = str | int | bool | tuple[str, ...]
"""What one kind of source can be told beside its address; which names there are is checked by that kind."""


class SourceKind(StrEnum):
    FEED = "feed"
    """RSS or Atom."""
    OPENALEX = "openalex"
    CROSSREF = "crossref"
    ARXIV = "arxiv"
    OAI = "oai"
    """OAI-PMH: repositories of universities and governments."""
    PAGE = "page"
    """A web page that lists publications."""
    FOLDER = "folder"
    """A folder that others put files in: local, a network share, or any address that fsspec knows."""
    REFERENCES = "references"
    """A reference list: RIS, BibTeX, CSL-JSON, CSV or Excel."""
    ZOTERO = "zotero"


class Wanted(StrEnum):
    """Which items of a source are fetched in full."""

    RELEVANT = "relevant"
    """Those that the first relevance pass does not leave out."""
    ALL = "all"
    """All: for sources that somebody chose by hand, such as a folder or a reference list."""


class Source(Record):
    """A source as the file of sources describes it."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    name: str = Field(min_length=1, max_length=120)
    kind: SourceKind
    address: str = ""
    """URL, path or fsspec address; may be empty for OpenAlex, Crossref and arXiv, which have one of their own."""
    query: str = ""
    """What is sought there, in the words of that service."""
    options: dict[str, Option] = Field(default_factory=dict)
    publisher: str | None = None
    """Given to items that name none."""
    language: str | None = None
    """``nl`` or ``en``: given to items that name none."""
    wanted: Wanted = Wanted.RELEVANT
    most_items: int = Field(default=500, ge=1, le=100_000)
    """Items taken in at one harvest; the next one goes on from there."""
    enabled: bool = False
    """As the file says; a switch by a person goes before it."""
    note: str = ""


class FoundItem(Record):
    """A publication that a source offers, before anything of it was fetched."""

    key: str = Field(min_length=1)
    """How the source itself knows it: an identifier that stays the same, else its address."""
    title: str
    abstract: str = ""
    """Plain text."""
    authors: tuple[str, ...] = ()
    """``Family, Given`` where the source tells the two apart, else as it writes them."""
    published: date | None = None
    year: int | None = Field(default=None, ge=1500, le=2200)
    publisher: str | None = None
    """Institute or journal."""
    language: str | None = None
    """ISO 639-1."""
    doi: str | None = None
    """In small letters, without ``https://doi.org/``."""
    page_url: str | None = None
    """Where people read about it."""
    file_urls: tuple[str, ...] = ()
    """Where its text can be fetched, best first: http(s), or an fsspec address for folders."""
    withdrawn: bool = False
    """The source says that it is there no more."""


class ItemState(StrEnum):
    WAITING = "waiting"
    """To be judged or fetched at the next harvest."""
    LEFT_OUT = "left_out"
    """The first relevance pass left it out; people can pull it in."""
    FETCHED = "fetched"
    """A file lies in ``data/raw``."""
    ABSTRACT = "abstract"
    """No file could be had; title and abstract lie in ``data/raw``."""
    DOUBLE = "double"
    """The same publication as another item, or content that was there already."""
    NOTHING = "nothing"
    """Neither a file nor an abstract; its title stays in the list."""
    FAILED = "failed"
    """Could not be fetched; tried again later."""
    GIVEN_UP = "given_up"
    """Could not be fetched, and will not be tried again by itself."""


class Fetch(Record):
    """Where a file came from: its provenance."""

    asked: str
    """Address that was asked."""
    url: str
    """Address that answered, after redirects."""
    moment: datetime
    checksum: str
    """SHA-256 of the bytes, 64 hex characters."""
    n_bytes: int = Field(ge=0)
    media_type: str
    """As found in the content, not as the server said."""
    etag: str | None = None
    last_modified: str | None = None


class HarvestItem(Record):
    """An item and what came of it."""

    schema_version: int = SCHEMA_VERSION
    source_id: str
    found: FoundItem
    state: ItemState
    first_seen: datetime
    relevance: float | None = Field(default=None, ge=0, le=1)
    """By the first relevance pass, from title and abstract."""
    reason: Reason | None = None
    """Why it was left out, is a double or failed."""
    same_as: str | None = None
    """Id of the item that it is a double of."""
    n_tries: int = Field(default=0, ge=0)
    next_try: datetime | None = None
    fetch: Fetch | None = None
    file: str | None = None
    """Where the file was put, relative to the workspace."""
    document_id: str | None = None
    asked_by: str | None = None
    """Who pulled it in."""

    @property
    def id(self) -> str:
        """Of source and key: the same item at the next harvest."""
        return item_id(self.source_id, self.found.key)


def item_id(source_id: str, key: str) -> str:
    """Id of the item that ``source_id`` knows as ``key``."""
    return content_id("item", source_id, key)


LONGEST_PAUSE = timedelta(days=8)
"""Nothing waits longer for another try: servers are left alone for a week at most."""


def is_due(next_try: datetime | None, moment: datetime) -> bool:
    """Whether something may be tried at ``moment``.

    Also where that would be later than anything waits: then it was put down by a clock that ran ahead.
    """
    return next_try is None or next_try <= moment or next_try > moment + LONGEST_PAUSE


class Bookmark(Record):
    """How far a source was read: what the next harvest needs so that it asks for no more than what is new."""

    values: dict[str, str] = Field(default_factory=dict)
    """For instance ``etag``, ``last_modified``, ``cursor``, ``since``; each kind has its own."""


class SourceStatus(Record):
    """How a source is doing."""

    schema_version: int = SCHEMA_VERSION
    source_id: str
    fingerprint: str = ""
    """Of kind, address, query and options: where these change, reading begins anew."""
    bookmark: Bookmark = Bookmark()
    last_tried: datetime | None = None
    last_success: datetime | None = None
    n_new: int = 0
    """Items that the latest harvest that worked found for the first time."""
    n_failures: int = 0
    """In a row."""
    reason: Reason | None = None
    """Of the latest failure; ``None`` after a success."""
    moved_to: str | None = None
    """Address to which it has moved for good, as its server says."""
    next_try: datetime | None = None
    """Not asked again before."""


class Harvest(Record):
    """One time that one source was read."""

    source_id: str
    started: datetime
    finished: datetime
    n_found: int = 0
    n_new: int = 0
    n_left_out: int = 0
    n_fetched: int = 0
    n_abstracts: int = 0
    n_doubles: int = 0
    n_failed: int = 0
    reason: Reason | None = None
    """Why the source could not be read (to the end)."""
    problems: tuple[Reason, ...] = ()
    """The first things that people should know of a source that was read: what could not be read, what changed."""
