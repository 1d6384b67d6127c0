"""The third step of a harvest: fetch what is wanted, keep it in ``data/raw`` once, and note where it came from.

Before a file is put there, its provenance is stored with its item. So a harvest that was killed at any moment finds a
file that lies there already by its checksum, and asks for it no more.
"""

from __future__ import annotations

import io
import logging
from dataclasses import dataclass

from flows.harvest_context import HarvestContext
from flows.harvesting import end_until_tomorrow, is_wanted, next_try, reopen_doubles
from flows.origins import address_of
from flows.progress import progress
from pipelines.domain.documents import Reason
from pipelines.domain.ids import content_id, file_checksum
from pipelines.domain.languages import Language
from pipelines.domain.sources import Fetch, HarvestItem, ItemState, Source, SourceKind
from pipelines.harvest import abstract_document, zotero
from pipelines.harvest.content import HTML, SUFFIXES, recognise, seen_text
from pipelines.harvest.fetching import Answer, HarvestError, Trouble
from pipelines.harvest.relevance import language_of
from pipelines.harvest.storage import read_file, scheme_of
from pipelines.store.arrivals import Fate

logger = logging.getLogger(__name__)

HARVESTED = "harvested"
"""Folder in ``data/raw`` with a folder for each source."""
_MOST_TRIES = 5
"""So often what may pass is tried; what is gone, refused or no publication is tried once."""
_LEAST_ARTICLE = 8_000
"""Characters that a page has to hold to be an article, where a service for references led to it: pages about an
article, with abstract, menus and references, hold some thousands."""
_SERVICES = frozenset(SourceKind) - {SourceKind.PAGE, SourceKind.FEED, SourceKind.FOLDER}
_CUT_OFF = "harvest_client.cut_off"
_ENDED = frozenset({ItemState.ABSTRACT, ItemState.NOTHING, ItemState.GIVEN_UP})


@dataclass(frozen=True)
class _Content:
    """Bytes that were recognised, and where they came from."""

    content: bytes
    fetch: Fetch
    suffix: str
    state: ItemState
    """What the item is once they are kept."""


def fetch_source(context: HarvestContext, source: Source) -> None:
    """Fetch all items of a source that are wanted, what people asked for first, then the most relevant ones."""
    for item in to_fetch(context, source):
        try:
            after = fetch_item(context, source, item)
        except HarvestError as error:  # the budget of the day is used up; the others wait
            end_until_tomorrow(context, source, error)
            context.tally(source.id).reason = error.reason
            break
        context.workspace.harvest.update(after)
        _count(context, after)
        if after.state in _ENDED:
            reopen_doubles(context, [after])
        progress().advance("harvest_fetch")


def to_fetch(context: HarvestContext, source: Source) -> list[HarvestItem]:
    """Items of a source that are to be fetched now, in the order of fetching."""
    waiting = context.workspace.harvest.waiting(source.id, context.now())
    wanted = [item for item in waiting if item.state is ItemState.FAILED or is_wanted(source, item)]
    if source.id in context.only_asked:
        wanted = [item for item in wanted if item.asked_by is not None]
    return sorted(wanted, key=lambda item: (item.asked_by is None, -(item.relevance or 0.0), item.first_seen, item.id))


def _count(context: HarvestContext, item: HarvestItem) -> None:
    tally = context.tally(item.source_id)
    tally.n_fetched += item.state is ItemState.FETCHED
    tally.n_abstracts += item.state is ItemState.ABSTRACT
    tally.n_doubles += item.state is ItemState.DOUBLE
    tally.n_failed += item.state in {ItemState.FAILED, ItemState.GIVEN_UP}


def fetch_item(context: HarvestContext, source: Source, item: HarvestItem) -> HarvestItem:
    """An item after its file, or else its abstract, was fetched and kept; not stored yet.

    Raises
    ------
    HarvestError
        The budget of the source for this day is used up.
    StoreError
        The file cannot be written.
    """
    if (kept := _kept_before(context, source, item)) is not None:
        return kept
    troubles: list[HarvestError] = []
    for url in item.found.file_urls:
        if (known := context.fetched.get(url)) is not None:
            return _double_of(item, known, "harvest.reason.same_address")
        try:
            content = _content_at(context, source, url, again=_was_cut_off(item))
        except HarvestError as error:
            if error.trouble is Trouble.SPENT:
                raise
            troubles.append(error)
            continue
        after = _keep(context, source, item, content)
        context.fetched[url] = after
        return after
    return _without_file(context, source, item, troubles)


def _kept_before(context: HarvestContext, source: Source, item: HarvestItem) -> HarvestItem | None:
    """The item whose file a harvest had put in place when it was broken off; ``None`` where there is none."""
    if item.fetch is None:
        return None
    name = context.arrivals.find(item.fetch.n_bytes, item.fetch.checksum)
    if name is None or not name.startswith(_folder(source)):
        return None
    return _at(item, item.fetch, name, ItemState.FETCHED if item.fetch.asked else ItemState.ABSTRACT)


def _content_at(context: HarvestContext, source: Source, url: str, *, again: bool) -> _Content:
    """What an address gives, once it is known to be a publication; ``again`` says that it came broken before.

    Raises
    ------
    HarvestError
        It cannot be had, or is something else.
    """
    answer = _ask(context, source, url)
    media_type = recognise(answer.content, answer, again=again)
    if media_type == HTML and source.kind in _SERVICES:
        _check_article(answer)
    fetch = Fetch(
        asked=url,
        url=answer.url,
        moment=context.now(),
        checksum=file_checksum(answer.content),
        n_bytes=len(answer.content),
        media_type=media_type,
        etag=answer.etag,
        last_modified=answer.last_modified,
    )
    return _Content(answer.content, fetch, SUFFIXES[media_type], ItemState.FETCHED)


def _ask(context: HarvestContext, source: Source, url: str) -> Answer:
    if scheme_of(url) not in {"http", "https"}:
        return read_file(source, url, context.most_bytes)
    key = context.settings.zotero_key
    if source.kind is SourceKind.ZOTERO and key is not None and url.startswith(f"{zotero.API}/"):
        headers = {zotero.KEY_HEADER: key.get_secret_value()}
        return context.fetch.get(url, headers=headers, max_bytes=context.most_bytes, secrets=tuple(headers))
    # A service tells programs where a file lies; whether programs may fetch it there is for that host to say.
    return context.fetch.get(url, max_bytes=context.most_bytes, robots=True)


def _check_article(answer: Answer) -> None:
    text = answer.content.decode("utf-8", "replace")  # for counting only
    if len(seen_text(text)) < _LEAST_ARTICLE:
        raise HarvestError("harvest.reason.no_article", Trouble.UNFIT, address=answer.url)


def _was_cut_off(item: HarvestItem) -> bool:
    return item.n_tries > 0 and item.reason is not None and item.reason.key == _CUT_OFF


def _keep(context: HarvestContext, source: Source, item: HarvestItem, content: _Content) -> HarvestItem:
    """Put bytes in place, once; what is there already makes the item a double."""
    store, fetch = context.workspace.harvest, content.fetch
    owner = store.origins([fetch.checksum]).get(fetch.checksum)
    if owner is not None and owner.id != item.id and owner.state in {ItemState.FETCHED, ItemState.ABSTRACT}:
        return _double_of(item.model_copy(update={"fetch": fetch}), owner, "harvest.reason.same_content")
    name = context.arrivals.find(fetch.n_bytes, fetch.checksum)
    if name is None:
        store.update(item.model_copy(update={"fetch": fetch}))
        given = abstract_document.file_name(item.found, content.suffix)
        arrival = context.arrivals.take(given, io.BytesIO(content.content), _folder(source))
        if arrival.fate in {Fate.STORED, Fate.LIES_READY} and arrival.kept_as is not None:
            return _at(item, fetch, arrival.kept_as, content.state)
        if arrival.fate is Fate.KNOWN:  # a document that lies elsewhere
            return _same_file(item, fetch, None)
        return _given_up(item, Reason(key="harvest.reason.too_large", values={"address": fetch.url}))
    if name.startswith(_folder(source)):
        return _at(item, fetch, name, content.state)
    return _same_file(item, fetch, name)


def _folder(source: Source) -> str:
    return f"{HARVESTED}/{source.id}/"


def _at(item: HarvestItem, fetch: Fetch, name: str, state: ItemState) -> HarvestItem:
    return item.model_copy(
        update={
            "state": state,
            "fetch": fetch,
            "file": f"data/raw/{name}",
            "document_id": content_id("document", fetch.checksum),
            "next_try": None,
        }
    )


def _same_file(item: HarvestItem, fetch: Fetch, name: str | None) -> HarvestItem:
    document_id = content_id("document", fetch.checksum)
    reason = Reason(key="harvest.reason.same_content", values={"file": name or document_id})
    update = {"state": ItemState.DOUBLE, "fetch": fetch, "document_id": document_id, "reason": reason, "next_try": None}
    return item.model_copy(update=update)


def _double_of(item: HarvestItem, known: HarvestItem, key: str) -> HarvestItem:
    values: dict[str, str | int | float] = {
        "file": known.file or "",
        "title": known.found.title[:200],
        "source": known.source_id,
    }
    return item.model_copy(
        update={
            "state": ItemState.DOUBLE,
            "same_as": known.same_as or known.id,
            "document_id": known.document_id,
            "reason": Reason(key=key, values=values),
            "next_try": None,
        }
    )


def _given_up(item: HarvestItem, reason: Reason) -> HarvestItem:
    return item.model_copy(update={"state": ItemState.GIVEN_UP, "reason": reason, "next_try": None})


# ---------------------------------------------------------------- where there is no file


def _without_file(
    context: HarvestContext, source: Source, item: HarvestItem, troubles: list[HarvestError]
) -> HarvestItem:
    """An item of which no file can be had now: tried again later, or kept as an abstract, else given up."""
    passing = next((error for error in troubles if error.trouble is Trouble.PASSING), None)
    told = passing or (troubles[0] if troubles else None)
    reason = None if told is None else told.reason
    n_tries = item.n_tries + bool(troubles)
    tried = item.model_copy(update={"n_tries": n_tries, "reason": reason})
    if passing is not None and n_tries < _MOST_TRIES:
        return tried.model_copy(update={"state": ItemState.FAILED, "next_try": next_try(context, passing, n_tries)})
    if item.found.abstract.strip():
        return _keep(context, source, tried, _abstract(context, item))
    if reason is not None:
        return _given_up(tried, reason)
    return tried.model_copy(update={"state": ItemState.NOTHING, "next_try": None})


def _abstract(context: HarvestContext, item: HarvestItem) -> _Content:
    address = address_of(item.model_copy(update={"fetch": None}))
    language: Language = "nl" if language_of(item.found) == "nl" else "en"
    content = abstract_document.abstract_document(item.found, address, language)
    fetch = Fetch(
        asked="",
        url=address or "",
        moment=context.now(),
        checksum=file_checksum(content),
        n_bytes=len(content),
        media_type=abstract_document.MEDIA_TYPE,
    )
    return _Content(content, fetch, ".html", ItemState.ABSTRACT)
