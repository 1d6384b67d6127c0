"""What a source would give, and which found publications are meant: for people who look before they turn it on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flows.context import ScanContext
from flows.harvest_start import counted_reader, harvest_client
from flows.origins import address_of
from flows.relevance import relevance_of
from flows.sources import ListedSource
from pipelines.domain.documents import Reason
from pipelines.domain.sources import Bookmark, FoundItem, HarvestItem, Wanted, item_id
from pipelines.errors import KennisstandError, UnknownError
from pipelines.harvest.fetching import HarvestLimits
from pipelines.harvest.relevance import is_left_out, language_of
from pipelines.language.detection import READ_LANGUAGES
from pipelines.settings import Settings
from pipelines.store import Workspace

_SHOWN_ITEMS = 20


@dataclass(frozen=True)
class PreviewItem:
    """An item that a source offers, and what would come of it."""

    found: FoundItem
    known: bool
    """Whether a harvest has seen it already."""
    relevance: float | None
    """``None`` where it would not be judged."""
    wanted: bool
    """Whether it would be fetched."""


@dataclass(frozen=True)
class Preview:
    """The first of what a source gives when it is asked for the first time."""

    items: tuple[PreviewItem, ...]
    problems: tuple[Reason, ...]
    """Entries that could not be read."""
    moved_to: str | None


def preview_source(settings: Settings, workspace: Workspace, listed: ListedSource) -> Preview:
    """Ask a source for one page, judge what is on it, and store nothing.

    Raises
    ------
    HarvestError
        The source cannot be read.
    """
    source = listed.source
    with harvest_client(settings) as client, counted_reader(settings, workspace, listed) as read:
        # One page, before which a repository is asked what it is.
        limits = HarvestLimits(most_items=_SHOWN_ITEMS, most_pages=2)
        pages = iter(read(source, Bookmark(), client, limits))
        page = next(pages, None)
        if page is not None and not page.items:  # what is wrong may be told only after it
            page = next(pages, page)
    if page is None:
        return Preview((), (), None)
    shown = page.items[:_SHOWN_ITEMS]
    seen = [workspace.harvest.get(item_id(source.id, found.key)) is not None for found in shown]
    items = [PreviewItem(found, known, None, wanted=True) for found, known in zip(shown, seen, strict=True)]
    if source.wanted is not Wanted.ALL and items:
        items = _judged(settings, workspace, items, source.language)
    return Preview(tuple(items), page.problems, page.moved_to)


def _judged(
    settings: Settings, workspace: Workspace, items: Sequence[PreviewItem], language: str | None
) -> list[PreviewItem]:
    models = ScanContext(settings, workspace)
    told = [one.found.model_copy(update={"language": one.found.language or language}) for one in items]
    scores = relevance_of(models.kit, told)
    judged: list[PreviewItem] = []
    for one, found, score in zip(items, told, scores, strict=True):
        read = (language_of(found) or READ_LANGUAGES[0]) in READ_LANGUAGES
        wanted = read and not is_left_out(found, score)
        judged.append(replace(one, relevance=score if read else None, wanted=wanted))
    return judged


def named_items(workspace: Workspace, letters: Sequence[str]) -> list[str]:
    """Ids of items; the beginning of an id will do.

    Raises
    ------
    UnknownError
        No item begins so.
    KennisstandError
        More than one does.
    """
    chosen: list[str] = []
    for beginning in letters:
        fitting = workspace.harvest.beginning(beginning)
        if not fitting:
            raise UnknownError("error.item_unknown", item=beginning)
        if len(fitting) > 1:
            raise KennisstandError("error.item_ambiguous", item=beginning)
        chosen += fitting
    return list(dict.fromkeys(chosen))


def item_record(item: HarvestItem, reason: str | None) -> dict[str, Any]:
    """An item as other programs read it; ``reason`` in words."""
    found = item.found
    return {
        "id": item.id,
        "source": item.source_id,
        "state": item.state.value,
        "reason": reason,
        "relevance": item.relevance,
        "title": found.title,
        "authors": list(found.authors),
        "year": found.year or (found.published.year if found.published else None),
        "publisher": found.publisher,
        "language": found.language,
        "doi": found.doi,
        "url": address_of(item),
        "files": list(found.file_urls),
        "withdrawn": found.withdrawn,
        "first_seen": item.first_seen.isoformat(),
        "tries": item.n_tries,
        "next_try": None if item.next_try is None else item.next_try.isoformat(),
        "same_as": item.same_as,
        "asked_by": item.asked_by,
        "file": item.file,
        "fetched_from": item.fetch.url if item.fetch else None,
        "fetched": item.fetch.moment.isoformat() if item.fetch else None,
        "document": item.document_id,
    }
