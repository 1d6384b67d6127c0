"""The inbox: what a scan flagged, most useful first."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response

from pipelines.domain.accounts import AccountRole
from pipelines.review_app.access import Visitor, needs
from pipelines.review_app.desk import Desk
from pipelines.review_app.inbox_query import STATES, as_query, filter_of
from pipelines.review_app.paging import page_start
from pipelines.review_app.rendering import render

router = APIRouter()
PAGE_ITEMS = 50
_FILTERS = ("row", "theme", "relation", "kind", "language", "publisher", "run", "reviewer", "listed")


@router.get("/")
def inbox(request: Request, visitor: Annotated[Visitor, needs(AccountRole.READER)], start: int = 0) -> Response:
    """The list with its filters, counts and progress."""
    desk: Desk = request.app.state.desk
    store = desk.workspace.inbox
    chosen = filter_of(request, visitor.account)
    overview = store.overview(chosen)
    total = overview.total
    start = page_start(start, total, PAGE_ITEMS)
    return render(
        request,
        "inbox.html",
        visitor,
        items=store.page(chosen, PAGE_ITEMS, start),
        total=total,
        start=start,
        page_items=PAGE_ITEMS,
        chosen=chosen,
        filters=[(name, getattr(chosen, name)) for name in _FILTERS],
        counts=overview.counts,
        states=[(state, n) for state, n in overview.states.items() if state in STATES],
        query=as_query(chosen),
        row_names={row.id: row.title(visitor.language) for row in desk.table().rows},
        names=desk.names(),
        progress=desk.progress(),
    )
