"""Sources of new literature: which are on, how each is doing, what it offered, and pulling in what was left out."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import Response

from flows.background import start_harvest_process
from flows.progress_file import Job
from flows.sources import ListedSource, list_sources, pull_items, switch_sources
from pipelines.domain.accounts import AccountRole
from pipelines.domain.sources import Harvest, HarvestItem, ItemState
from pipelines.errors import SettingsError
from pipelines.review_app.access import Visitor, needs
from pipelines.review_app.desk import Desk
from pipelines.review_app.jobs import job_view, render_progress, told_key, try_start
from pipelines.review_app.pace import Costly
from pipelines.review_app.paging import page_start
from pipelines.review_app.rendering import path_part, redirect, render
from pipelines.review_app.troubles import reason_in_words
from pipelines.store.harvest_lists import ItemFilter, ItemOrder
from pipelines.strings import Language, error_text

logger = logging.getLogger(__name__)
router = APIRouter()

PAGE_ITEMS = 50
_SHOWN_HARVESTS = 10
_LONGEST = 200
_MOST_PULLED = PAGE_ITEMS
_PULLABLE = frozenset(ItemState) - {ItemState.FETCHED, ItemState.WAITING}


@dataclass(frozen=True)
class _ShownItem:
    item: HarvestItem
    source_name: str
    reason: str
    address: str
    """Where people read about it; only of the web, since an address may be of any kind."""
    pulled_by: str
    may_pull: bool


def _desk(request: Request) -> Desk:
    return request.app.state.desk


@router.get("/sources")
def sources(request: Request, visitor: Annotated[Visitor, needs(AccountRole.READER)], told: str = "") -> Response:
    """All sources: those that are on first."""
    desk = _desk(request)
    listed, fault = _listed(desk, visitor.language)
    names = desk.names()
    shown = [(one, reason_in_words(one.status.reason, visitor.language), _by(one, names)) for one in listed]
    return render(
        request,
        "sources.html",
        visitor,
        fault=fault,
        groups=[(key, part) for key in (True, False) if (part := [s for s in shown if s[0].enabled is key])],
        any_on=any(one.enabled for one in listed),
        may_switch=visitor.account.role.may(AccountRole.EDITOR),
        **_job(desk, visitor, told),
    )


@router.get("/sources/progress")
def progress(request: Request, visitor: Annotated[Visitor, needs(AccountRole.READER)]) -> Response:
    """Part of pages: how far the harvest is that is going on."""
    return render_progress(request, visitor, Job.HARVEST, "sources_page")


@router.get("/harvested")
def harvested(
    request: Request,
    visitor: Annotated[Visitor, needs(AccountRole.READER)],
    source: str = "",
    state: str = "",
    words: str = "",
    order: str = "",
    start: int = 0,
    told: str = "",
) -> Response:
    """What sources offered, and what came of it."""
    desk = _desk(request)
    listed, fault = _listed(desk, visitor.language)
    chosen = ItemFilter(
        source=source[:_LONGEST] or None,
        state=ItemState(state) if state in set(ItemState) else None,
        words=words[:_LONGEST],
    )
    ordered = ItemOrder(order) if order in set(ItemOrder) else ItemOrder.NEWEST
    store = desk.workspace.harvest
    total = store.count(chosen)
    start = page_start(start, total, PAGE_ITEMS)
    found = store.page(chosen, PAGE_ITEMS, start, ordered)
    names = {one.source.id: one.source.name for one in listed}
    counts = store.counts()
    shown = counts.get(chosen.source, {}) if chosen.source else _added_up(counts)
    return render(
        request,
        "harvested.html",
        visitor,
        fault=fault,
        read=_read(desk, found),
        items=_shown(found, names, desk.names(), visitor),
        total=total,
        start=start,
        page_items=PAGE_ITEMS,
        chosen=chosen,
        order=ordered,
        orders=list(ItemOrder),
        query={"source": chosen.source, "state": chosen.state, "words": chosen.words, "order": ordered},
        states=[(one, shown.get(one, 0)) for one in ItemState if shown.get(one) or one is chosen.state],
        n_all=sum(shown.values()),
        sources=sorted({**names, **{one: names.get(one, one) for one in counts}}.items(), key=lambda pair: pair[1]),
        **_job(desk, visitor, told),
    )


@router.get("/sources/{source_id}")
def source(
    request: Request, visitor: Annotated[Visitor, needs(AccountRole.READER)], source_id: str, told: str = ""
) -> Response:
    """One source: what it is, how it is doing, and its latest harvests."""
    desk = _desk(request)
    one = _one(desk, source_id)
    harvests = desk.workspace.harvest.harvests(source_id, _SHOWN_HARVESTS)
    return render(
        request,
        "source.html",
        visitor,
        one=one,
        by=_by(one, desk.names()),
        reason=reason_in_words(one.status.reason, visitor.language),
        options=[(name, _option(value)) for name, value in sorted(one.source.options.items())],
        harvests=[(harvest, _notes(harvest, visitor.language)) for harvest in harvests],
        counts=[(state, one.counts[state]) for state in ItemState if one.counts.get(state)],
        may_switch=visitor.account.role.may(AccountRole.EDITOR),
        **_job(desk, visitor, told),
    )


@router.post("/sources/harvest")
def harvest(
    request: Request,
    visitor: Annotated[Visitor, needs(AccountRole.REVIEWER, costs=Costly.JOB)],
    source_id: Annotated[str, Form()] = "",
) -> Response:
    """Harvest one source, or all that are on."""
    desk = _desk(request)
    chosen = [_one(desk, source_id).source.id] if source_id else []
    back = f"/sources/{path_part(source_id)}" if source_id else "/sources"
    if not try_start(lambda: start_harvest_process(desk.settings, chosen)):
        return redirect(f"{back}?told=busy")
    logger.info("%s started a harvest of %s", visitor.account.name, source_id or "all sources that are on")
    return redirect(back, "done.sources_started")


@router.post("/sources/{source_id}/switch")
def switch(
    request: Request,
    visitor: Annotated[Visitor, needs(AccountRole.EDITOR)],
    source_id: str,
    turn: Annotated[str, Form()],
    back: Annotated[str, Form()] = "",
) -> Response:
    """Turn a source on or off."""
    desk = _desk(request)
    if turn not in {"enable", "disable"}:
        raise HTTPException(422)
    enabled = turn == "enable"
    switch_sources(
        desk.settings, desk.workspace, [_one(desk, source_id).source.id], visitor.account.name, enabled=enabled
    )
    logger.info("%s turned source %s %s", visitor.account.name, source_id, turn)
    place = f"/sources/{path_part(source_id)}" if back == "one" else "/sources"
    return redirect(place, "done.source_enabled" if enabled else "done.source_disabled")


@router.post("/harvested/pull")
def pull(
    request: Request,
    visitor: Annotated[Visitor, needs(AccountRole.REVIEWER, costs=Costly.JOB)],
    item: Annotated[list[str] | None, Form()] = None,
    source: Annotated[str, Form()] = "",
    state: Annotated[str, Form()] = "",
) -> Response:
    """Have items fetched that were left out or failed."""
    desk = _desk(request)
    place = f"/harvested?source={path_part(source)}&state={path_part(state)}"
    chosen = (item or [])[:_MOST_PULLED]
    if not chosen:
        return redirect(f"{place}&told=no_items")
    pulled, _ = pull_items(desk.settings, desk.workspace, chosen, visitor.account.name)
    logger.info("%s pulled in %s items", visitor.account.name, len(pulled))
    if not pulled:
        return redirect(place, "done.items_unchanged")
    started = try_start(lambda: start_harvest_process(desk.settings, sorted({one.source_id for one in pulled})))
    return redirect(place, "done.items_pulled" if started else "done.items_pulled_later")


def _listed(desk: Desk, language: Language) -> tuple[list[ListedSource], str]:
    """All sources, or what is wrong with the file that describes them."""
    try:
        return list_sources(desk.settings, desk.workspace), ""
    except SettingsError as error:
        return [], error_text(error, language)


def _notes(harvest: Harvest, language: Language) -> list[str]:
    """Why it could not be read to the end, and what else people should know of it."""
    reasons = [reason for reason in (harvest.reason, *harvest.problems) if reason is not None]
    return [reason_in_words(reason, language) for reason in reasons]


def _one(desk: Desk, source_id: str) -> ListedSource:
    found = [one for one in list_sources(desk.settings, desk.workspace) if one.source.id == source_id]
    if not found:
        raise HTTPException(404)
    return found[0]


def _by(one: ListedSource, names: dict[str, str]) -> str:
    return "" if one.switch is None else names.get(one.switch.person, one.switch.person)


def _option(value: object) -> str:
    if isinstance(value, bool):  # as the file writes it
        return "true" if value else "false"
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _added_up(counts: dict[str, dict[ItemState, int]]) -> dict[ItemState, int]:
    return {state: sum(of.get(state, 0) for of in counts.values()) for state in ItemState}


def _shown(
    found: list[HarvestItem], sources: dict[str, str], names: dict[str, str], visitor: Visitor
) -> list[_ShownItem]:
    may = visitor.account.role.may(AccountRole.REVIEWER)
    return [
        _ShownItem(
            item,
            sources.get(item.source_id, item.source_id),
            reason_in_words(item.reason, visitor.language),
            _web(item.found.page_url) or (f"https://doi.org/{item.found.doi}" if item.found.doi else ""),
            "" if item.asked_by is None else names.get(item.asked_by, item.asked_by),
            may and item.state in _PULLABLE and item.source_id in sources,
        )
        for item in found
    ]


def _read(desk: Desk, found: list[HarvestItem]) -> frozenset[str]:
    """Of the documents of these items those that a scan has read."""
    ids = [item.document_id for item in found if item.document_id]
    return frozenset(document.id for document in desk.workspace.documents.summaries(ids)) if ids else frozenset()


def _web(address: str | None) -> str:
    return address if address is not None and address.startswith(("https://", "http://")) else ""


def _job(desk: Desk, visitor: Visitor, told: str) -> dict[str, Any]:
    return {
        "job": job_view(desk, Job.HARVEST, visitor.language),
        "may_start": visitor.account.role.may(AccountRole.REVIEWER),
        "told": told_key(told),
    }
