"""A fetcher that plays a service: nothing is sent anywhere."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from pipelines.domain.sources import Bookmark, FoundItem, Source, SourceKind
from pipelines.harvest.fetching import Answer, HarvestError, HarvestLimits, ItemPage, SourceReader, Trouble


@dataclass(frozen=True)
class Asked:
    """A request."""

    url: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    secrets: tuple[str, ...]

    @property
    def path(self) -> str:
        return urlsplit(self.url).path


Play = Callable[[Asked], "bytes | str | dict[str, Any] | list[Any] | Answer"]


@dataclass
class PlayedFetcher:
    """Answers each request with what ``play`` makes of it, and remembers it."""

    play: Play
    asked: list[Asked] = field(default_factory=list)

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
        assert max_bytes is not None, "lists of services are bounded"
        asked = Asked(url, dict(params or {}), dict(headers or {}), secrets)
        self.asked.append(asked)
        given = self.play(asked)
        return given if isinstance(given, Answer) else answer(given)


def answer(content: Any, **headers: str) -> Answer:
    """A good answer; what is no text or bytes is sent as JSON."""
    if isinstance(content, str):
        content = content.encode()
    elif not isinstance(content, bytes):
        content = json.dumps(content).encode()
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer("http://played", "http://played", 200, content, "", None, names)


def refused(status: int, trouble: Trouble, retry_after: float | None = None) -> HarvestError:
    """What the client makes of a status."""
    key = "harvest_client.busy" if status == 429 else "harvest_client.not_understood"
    return HarvestError(key, trouble, retry_after=retry_after, host="played", status=status)


def source(kind: SourceKind, *, address: str = "", query: str = "", **options: Any) -> Source:
    """A source as the file of sources describes it."""
    return Source(id="played", name="Played", kind=kind, address=address, query=query, options=options)


@dataclass
class Read:
    """What one harvest gave."""

    pages: list[ItemPage]
    error: HarvestError | None

    @property
    def items(self) -> list[FoundItem]:
        return [item for page in self.pages for item in page.items]

    @property
    def keys(self) -> list[str]:
        return [item.key for item in self.items]

    @property
    def problems(self) -> list[str]:
        return [reason.key for page in self.pages for reason in page.problems]

    @property
    def bookmark(self) -> Bookmark:
        return self.pages[-1].bookmark


def harvest(
    reader: SourceReader,
    described: Source,
    fetch: Any,
    bookmark: Bookmark | None = None,
    *,
    most_items: int = 500,
    most_pages: int = 200,
) -> Read:
    """Reads a source to the end of the harvest, whatever that end is."""
    pages: list[ItemPage] = []
    try:
        pages.extend(reader(described, bookmark or Bookmark(), fetch, HarvestLimits(most_items, most_pages)))
    except HarvestError as error:
        return Read(pages, error)
    return Read(pages, None)
