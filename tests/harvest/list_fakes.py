"""A fetcher over pages in memory, and sources for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pipelines.domain.sources import Bookmark, FoundItem, Option, Source, SourceKind
from pipelines.harvest.fetching import Answer, Fetcher, HarvestError, HarvestLimits, ItemPage, SourceReader, Trouble

ROOT = "https://instituut.example"


@dataclass
class Held:
    """What an address answers."""

    content: bytes
    media_type: str = "text/html"
    charset: str | None = "utf-8"
    etag: str | None = None
    moved_to: str | None = None


@dataclass
class FakeFetcher:
    """Answers from ``held``; what is not there is gone, and an error that is there is raised."""

    held: dict[str, Held | HarvestError] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    robots: dict[str, bool] = field(default_factory=dict)

    def put(self, address: str, content: str | bytes, media_type: str = "text/html", **more: str) -> None:
        data = content.encode() if isinstance(content, str) else content
        self.held[address] = Held(data, media_type, **more)

    def fail(self, address: str, trouble: Trouble) -> None:
        self.held[address] = HarvestError("error.harvest_busy", trouble, workspace=address)

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
        self.asked.append(url)
        self.robots[url] = robots
        held = self.held.get(url) or HarvestError("error.harvest_busy", Trouble.GONE, workspace=url)
        if isinstance(held, HarvestError):
            raise held
        told = {"etag": held.etag} if held.etag else {}
        if held.etag and etag == held.etag:
            return Answer(url, url, 304, headers=told, moved_to=held.moved_to)
        assert max_bytes is None or len(held.content) <= max_bytes
        return Answer(url, held.moved_to or url, 200, held.content, held.media_type, held.charset, told, held.moved_to)


def source(kind: SourceKind, address: str, **options: Option) -> Source:
    """A source of ``kind`` at ``address``."""
    return Source(id="proef", name="Proef", kind=kind, address=address, options=options)


@dataclass
class Harvested:
    """What one harvest gave."""

    pages: list[ItemPage]
    error: HarvestError | None = None

    @property
    def items(self) -> list[FoundItem]:
        return [item for page in self.pages for item in page.items]

    @property
    def keys(self) -> list[str]:
        return [item.key for item in self.items]

    @property
    def bookmark(self) -> Bookmark:
        return self.pages[-1].bookmark if self.pages else Bookmark()

    @property
    def problems(self) -> list[str]:
        return [problem.key for page in self.pages for problem in page.problems]


def harvest(
    read: SourceReader,
    where: Source,
    fetch: Fetcher,
    after: Harvested | None = None,
    *,
    most_items: int = 500,
    most_pages: int = 200,
) -> Harvested:
    """Read a source to its end, or until it cannot be read further."""
    done = Harvested([])
    try:
        limits = HarvestLimits(most_items, most_pages)
        for page in read(where, after.bookmark if after else Bookmark(), fetch, limits):
            done.pages.append(page)
    except HarvestError as error:
        done.error = error
    if not done.pages and after:
        done.pages.append(ItemPage((), after.bookmark))
    return done
