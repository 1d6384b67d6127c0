"""A harvest without orchestrator and models, against whatever the test gives it to ask."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import escape
from pathlib import Path
from typing import Any

from flows.harvest_context import HarvestContext, Tally
from flows.harvest_round import fetch_now, go_round, judge_now, read_now
from pipelines.domain.sources import (
    Bookmark,
    FoundItem,
    HarvestItem,
    ItemState,
    Source,
    SourceKind,
    item_id,
)
from pipelines.harvest.client import client_from
from pipelines.harvest.fetching import Answer, Fetcher, HarvestError, HarvestLimits, ItemPage, SourceReader, Trouble
from pipelines.harvest.registry import readers
from pipelines.settings import Settings
from pipelines.store import Workspace

MOMENT = datetime(2026, 3, 2, 5, 30)
ROOT = "https://bureau.example"


def pdf(words: str) -> bytes:
    """A PDF file with nothing on its one page, other for other words."""
    return b"%PDF-1.4\n% " + words.encode() + b"\n1 0 obj\n<< /Type /Catalog >>\nendobj\nstartxref\n9\n%%EOF\n"


def judged_by_words(items: Sequence[FoundItem]) -> list[float]:
    """Stands in for the models: what names algorithms is relevant."""
    return [0.9 if "algoritm" in f"{item.title} {item.abstract}".lower() else 0.01 for item in items]


def found(key: str, *files: str, **values: Any) -> FoundItem:
    """An item that is relevant unless its title says something else."""
    given = {"key": key, "title": f"Werken met algoritmen in branche {key}", "year": 2025, "language": "nl"}
    return FoundItem.model_validate({**given, "file_urls": files, **values})


def source(source_id: str = "bureau", kind: SourceKind = SourceKind.FEED, **values: Any) -> Source:
    """A source with nothing special about it."""
    given = {"id": source_id, "name": source_id.title(), "kind": kind, "address": f"{ROOT}/{source_id}"}
    return Source.model_validate(given | values)


@dataclass
class Offers:
    """A reader over pages of items in memory; a page that is an error is raised."""

    pages: dict[str, list[list[FoundItem] | HarvestError]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    moved_to: str | None = None

    def __call__(self, source: Source, bookmark: Bookmark, fetch: Fetcher, limits: HarvestLimits) -> Iterable[ItemPage]:
        self.asked.append((source.address, dict(bookmark.values)))
        start = int(bookmark.values.get("page", "0"))
        for n, page in enumerate(self.pages.get(source.id, [])[start:], start + 1):
            if isinstance(page, HarvestError):
                raise page
            yield ItemPage(tuple(page), Bookmark(values={"page": str(n)}), moved_to=self.moved_to)


@dataclass
class Shelf:
    """A fetcher over files in memory that counts what it is asked."""

    files: dict[str, bytes | HarvestError | Callable[[], bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    options: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    media_types: dict[str, str] = field(default_factory=dict)

    def get(self, url: str, **options: Any) -> Answer:
        self.asked.append(url)
        self.options[url] = options
        held = self.files.get(url) or HarvestError(
            "harvest_client.gone", Trouble.GONE, host="bureau.example", status=404
        )
        content = held() if callable(held) else held
        if isinstance(content, HarvestError):
            raise content
        return Answer(url, url, 200, content, self.media_types.get(url, "application/pdf"), headers={"etag": '"1"'})


class Broken(BaseException):
    """The process ends here: nothing catches this."""


@dataclass
class HarvestDesk:
    """Harvests into one workspace, at moments of its choice."""

    settings: Settings
    workspace: Workspace
    sources: list[Source] = field(default_factory=lambda: [source()])
    offers: Offers = field(default_factory=Offers)
    shelf: Shelf = field(default_factory=Shelf)
    moment: datetime = MOMENT
    step: timedelta = timedelta(0)
    """So much time passes each time that somebody looks at the clock."""
    judge: Callable[[Sequence[FoundItem]], Sequence[float]] = judged_by_words
    fetch: Fetcher | None = None
    readers: Mapping[SourceKind, SourceReader] | None = None
    only_asked: frozenset[str] = frozenset()

    def context(self, *, by_hand: bool = False) -> HarvestContext:
        """A new one, as each process has."""
        return HarvestContext(
            self.settings,
            self.workspace,
            self.sources,
            self.fetch or self.shelf,
            self.readers or dict.fromkeys(SourceKind, self.offers),  # type: ignore[arg-type]
            self.judge,
            only_asked=self.only_asked,
            by_hand=by_hand,
            now=self._look,
            draw=lambda: 0.5,
        )

    def harvest(self, *, by_hand: bool = False) -> dict[str, Tally]:
        """Harvest all sources once; what came of each."""
        context = self.context(by_hand=by_hand)
        go_round(context, read_now, judge_now, fetch_now)
        return context.tallies

    def _look(self) -> datetime:
        self.moment += self.step
        return self.moment

    def later(self, **time: float) -> None:
        """Let time pass."""
        self.moment += timedelta(**time)

    def item(self, key: str, source_id: str = "bureau") -> HarvestItem:
        """An item that is there."""
        item = self.workspace.harvest.get(item_id(source_id, key))
        assert item is not None
        return item

    def states(self, source_id: str = "bureau") -> dict[str, ItemState]:
        """Key -> state of all items of a source."""
        from pipelines.store.harvest_lists import ItemFilter

        items = self.workspace.harvest.page(ItemFilter(source=source_id), 1000)
        return {item.found.key: item.state for item in sorted(items, key=lambda item: item.found.key)}

    def files(self) -> dict[str, bytes]:
        """Files in ``data/raw``, by their place in it."""
        raw = self.settings.raw_dir
        return {p.relative_to(raw).as_posix(): p.read_bytes() for p in sorted(raw.rglob("*")) if p.is_file()}


@contextmanager
def local_client(max_bytes: int = 200_000):
    """The real client, that may ask this computer and does not wait."""
    passed = [0.0]

    def sleep(seconds: float) -> None:
        passed[0] += seconds

    with client_from(
        contact="",
        hosts="127.0.0.1",
        request_seconds=60,
        pause_seconds=0,
        max_bytes=max_bytes,
        version="0",
        clock=lambda: passed[0],
        sleep=sleep,
        draw=lambda: 0.0,
    ) as client:
        yield client


def all_readers() -> dict[SourceKind, SourceReader]:
    """Those of the program."""
    return readers()


def rss(*entries: str) -> str:
    """A feed."""
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Bureau</title>{"".join(entries)}</channel></rss>'


def entry(title: str, link: str, *files: str, text: str = "Over algoritmen.") -> str:
    """An entry of a feed, with files enclosed."""
    enclosed = "".join(f'<enclosure url="{escape(file)}" type="application/pdf" length="9"/>' for file in files)
    return (
        f"<item><title>{escape(title)}</title><link>{escape(link)}</link><guid>{escape(link)}</guid>"
        f"<description>{escape(text)}</description>{enclosed}</item>"
    )


def write_file(path: Path, content: bytes) -> Path:
    """A file, with the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path
