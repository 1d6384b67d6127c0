"""Where documents came from: what a source told of a file goes with the document that is read from it."""

from __future__ import annotations

from typing import Any

from pipelines.domain.documents import Document, Metadata
from pipelines.domain.sources import HarvestItem
from pipelines.store import Workspace

_DOI_ADDRESS = "https://doi.org/"


def address_of(item: HarvestItem) -> str | None:
    """Where people find a publication: its page, else its DOI, else its file; ``None`` where it has no address."""
    found = item.found
    if found.page_url:
        return found.page_url
    if found.doi:
        return f"{_DOI_ADDRESS}{found.doi}"
    return (item.fetch.url or None) if item.fetch else next(iter(found.file_urls), None)


def with_origin(workspace: Workspace, document: Document) -> Document:
    """A document that was just read, with its address and what its source told where the file itself tells nothing.

    One that came from no source is given back as it is.
    """
    checksum = document.source.checksum
    item = workspace.harvest.origins([checksum]).get(checksum)
    return document if item is None else told_by_source(document, item)


def told_by_source(document: Document, item: HarvestItem) -> Document:
    """What ``item`` tells, in ``document``."""
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
