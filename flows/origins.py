"""Where documents came from: what a source told of a file goes with the document that is read from it."""

from __future__ import annotations

from typing import Any

from pipelines.domain.documents import Document, Metadata
from pipelines.domain.sources import HarvestItem, ItemState

_DOI_ADDRESS = "https://doi.org/"


def address_of(item: HarvestItem) -> str | None:
    """Where people find a publication: its page, else its DOI, else its file; ``None`` where it has no address."""
    found = item.found
    if found.page_url:
        return found.page_url
    if found.doi:
        return f"{_DOI_ADDRESS}{found.doi}"
    return (item.fetch.url or None) if item.fetch else next(iter(found.file_urls), None)


def origin_record(item: HarvestItem) -> dict[str, Any]:
    """Where a file came from, as other programs read it."""
    fetch = item.fetch
    return {
        "source": item.source_id,
        "moment": None if fetch is None else fetch.moment.isoformat(),
        "url": None if fetch is None else fetch.url,
        "item": item.id,
        "abstract_only": item.state is ItemState.ABSTRACT,
    }


def told_by_source(document: Document, item: HarvestItem) -> Document:
    """A document that was just read, with its address and what its source told where the file itself tells nothing."""
    fetched = item.fetch.url if item.fetch else None
    source = document.source.model_copy(update={"url": document.source.url or fetched or address_of(item)})
    return document.model_copy(update={"source": source, "metadata": _completed(document.metadata, item)})


def _completed(metadata: Metadata, item: HarvestItem) -> Metadata:
    found = item.found
    told: dict[str, Any] = {
        "url": address_of(item),
        "title": found.title or None,
        "authors": found.authors,
        "year": found.year or (found.published.year if found.published else None),
        "publisher": found.publisher,
        "language": found.language,
    }
    return metadata.model_copy(update={name: value for name, value in told.items() if not getattr(metadata, name)})
