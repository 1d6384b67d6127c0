"""Kind of source -> its reader and its options. A new kind is a module with ``OPTIONS``, and one line in each table.

Modules are imported when they are first needed: feeds, Excel and storage bring libraries along that take a while.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module

from pipelines.domain.sources import Bookmark, Source, SourceKind
from pipelines.harvest.fetching import Fetcher, HarvestLimits, ItemPage, SourceReader

_MODULES: dict[SourceKind, str] = {
    SourceKind.FEED: "feed",
    SourceKind.OPENALEX: "openalex",
    SourceKind.CROSSREF: "crossref",
    SourceKind.ARXIV: "arxiv",
    SourceKind.OAI: "oai",
    SourceKind.PAGE: "page",
    SourceKind.FOLDER: "folder",
    SourceKind.REFERENCES: "references",
    SourceKind.ZOTERO: "zotero",
}


def options_of(kind: SourceKind) -> Mapping[str, type]:
    """Names of the options of a kind, and what each is: ``str``, ``int``, ``bool`` or ``tuple`` (of texts)."""
    return import_module(f"pipelines.harvest.{_MODULES[kind]}").OPTIONS


def readers(
    *, openalex_key: str | None = None, openalex_daily: int = 500, contact: str = "", zotero_key: str | None = None
) -> dict[SourceKind, SourceReader]:
    """A reader for every kind.

    Parameters
    ----------
    openalex_key, zotero_key
        Keys of these services, if there are any.
    openalex_daily
        Requests to OpenAlex in one day, at most.
    contact
        Mail address that services are told; may be empty.
    """
    return {
        SourceKind.FEED: _late("feed", "read_feed"),
        SourceKind.OPENALEX: _late("openalex", "OpenAlexReader", openalex_key, contact, openalex_daily),
        SourceKind.CROSSREF: _late("crossref", "CrossrefReader", contact),
        SourceKind.ARXIV: _late("arxiv", "ArxivReader"),
        SourceKind.OAI: _late("oai", "OaiReader"),
        SourceKind.PAGE: _late("page", "read_page"),
        SourceKind.FOLDER: _late("folder", "read_folder"),
        SourceKind.REFERENCES: _late("references", "read_references"),
        SourceKind.ZOTERO: _late("zotero", "ZoteroReader", zotero_key),
    }


def _late(module: str, name: str, *values: str | int | None) -> SourceReader:
    """A reader that is imported, and made of ``values`` where it is a class, at its first use, and kept."""
    made: list[Callable[..., Iterator[ItemPage]]] = []

    def read(source: Source, bookmark: Bookmark, fetch: Fetcher, limits: HarvestLimits) -> Iterator[ItemPage]:
        if not made:
            found = getattr(import_module(f"pipelines.harvest.{module}"), name)
            made.append(found(*values) if isinstance(found, type) else found)
        return made[0](source, bookmark, fetch, limits)

    return read
