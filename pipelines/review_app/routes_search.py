"""Search: by words and by meaning, in both languages at once."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response

from pipelines.domain.accounts import AccountRole
from pipelines.domain.themes import Theme
from pipelines.report.wording import document_title
from pipelines.review_app.access import Visitor, needs
from pipelines.review_app.desk import Desk
from pipelines.review_app.marking import Mark, Stretch, cut_at_marks
from pipelines.review_app.pace import Costly
from pipelines.review_app.rendering import render
from pipelines.store.passages import PassageFilter

router = APIRouter()
PAGE_ITEMS = 20
_LONGEST_QUERY = 500
_SHOWN_CHARACTERS = 420
_BEFORE_HIT = 120
_LANGUAGES = ("nl", "en")


@router.get("/search")
def search(
    request: Request,
    visitor: Annotated[Visitor, needs(AccountRole.READER, costs=Costly.SEARCH)],
    q: str = "",
    language: str = "",
    theme: str = "",
    row: str = "",
    flagged: str = "",
    start: int = 0,
) -> Response:
    """The field, and what was found."""
    desk: Desk = request.app.state.desk
    query = " ".join(q.split())[:_LONGEST_QUERY]
    rows = {one.id: one.title(visitor.language) for one in desk.table().rows}
    chosen = PassageFilter(
        language=language if language in _LANGUAGES else None,
        theme=theme if theme in [one.value for one in Theme] else None,
        row=row if row in rows else None,
        flagged=flagged == "1",
        labelled_only=True,
    )
    start = max(0, start) // PAGE_ITEMS * PAGE_ITEMS
    found = desk.search.search(query, PAGE_ITEMS, start, chosen) if query else None
    hits = [] if found is None else found.hits
    return render(
        request,
        "search.html",
        visitor,
        q=query,
        total=0 if found is None else found.total,
        read_as=None if found is None else found.read_as,
        start=start,
        page_items=PAGE_ITEMS,
        hits=[
            (hit.item, document_title(hit.item.document), excerpt(hit.item.passage.text, hit.matched)) for hit in hits
        ],
        row_names=rows,
        themes=[one.value for one in Theme],
        query={
            "q": query,
            "language": chosen.language,
            "theme": chosen.theme,
            "row": chosen.row,
            "flagged": flagged if flagged == "1" else "",
        },
    )


def excerpt(text: str, matched: tuple[tuple[int, int], ...]) -> list[Stretch]:
    """The part of a text around the first words that matched, those marked; not longer than some lines."""
    first = matched[0][0] if matched else 0
    begin = 0
    if len(text) > _SHOWN_CHARACTERS and first > _BEFORE_HIT:
        begin = text.rfind(" ", 0, first - _BEFORE_HIT) + 1
    end = len(text)
    if end - begin > _SHOWN_CHARACTERS:
        cut = text.rfind(" ", begin, begin + _SHOWN_CHARACTERS)
        end = cut if cut > begin else begin + _SHOWN_CHARACTERS
    stretches = cut_at_marks(text[begin:end], [Mark(s - begin, e - begin, "hit") for s, e in matched])
    before = [Stretch("… ", ())] if begin else []
    after = [Stretch(" …", ())] if end < len(text) else []
    return [*before, *stretches, *after]
