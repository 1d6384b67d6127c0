"""Topics of the latest scan that has them, and the passages of one of them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response

from pipelines.domain.accounts import AccountRole
from pipelines.domain.runs import RunState
from pipelines.domain.topics import TopicsState
from pipelines.review_app.access import Visitor, needs
from pipelines.review_app.desk import Desk
from pipelines.review_app.paging import page_start
from pipelines.review_app.rendering import render
from pipelines.review_app.topic_map import HEIGHT, MOST_TOPICS, WIDTH, topic_name

router = APIRouter()
PAGE_ITEMS = 50
_SCANS_SHOWN = 10
_LEAST_ON_MAP = 3
"""One or two circles are no map."""


@router.get("/topics")
def topics_page(
    request: Request,
    visitor: Annotated[Visitor, needs(AccountRole.READER)],
    uncovered: bool = False,
    start: int = 0,
) -> Response:
    """All topics, largest first; ``uncovered`` leaves those that no row of the table covers."""
    desk: Desk = request.app.state.desk
    known = desk.topics.latest()
    model = None if known is None else known.model
    topics = () if model is None else model.topics
    numbered = [(number, topic) for number, topic in enumerate(topics, 1) if topic.novel or not uncovered]
    start = page_start(start, len(numbered), PAGE_ITEMS)
    runs = [run for run in desk.workspace.runs.all() if run.state is RunState.DONE and "topics" in run.summary]
    return render(
        request,
        "topics.html",
        visitor,
        run=None if known is None else known.run,
        model=model,
        too_few=model is not None and model.state is TopicsState.TOO_FEW,
        topics=numbered[start : start + PAGE_ITEMS],
        n_all=len(topics),
        n_novel=sum(topic.novel for topic in topics),
        n_assigned=sum(topic.size for topic in topics),
        n_off_subject=0 if model is None else int(model.settings.get("off_subject", 0)),
        n_chosen=len(numbered),
        uncovered=uncovered,
        start=start,
        page_items=PAGE_ITEMS,
        largest=max((topic.size for topic in topics), default=1),
        dots=known.maps[visitor.language] if known is not None and len(topics) >= _LEAST_ON_MAP else [],
        most=MOST_TOPICS,
        map_width=WIDTH,
        map_height=HEIGHT,
        row_names={row.id: row.title(visitor.language) for row in desk.table().rows},
        name_of=lambda topic: topic_name(topic, visitor.language),
        runs=runs[-_SCANS_SHOWN:],
    )


@router.get("/topics/{topic_id:path}")
def topic_page(
    request: Request, visitor: Annotated[Visitor, needs(AccountRole.READER)], topic_id: str, start: int = 0
) -> Response:
    """One topic: its words, the passages nearest its middle, and all its passages."""
    desk: Desk = request.app.state.desk
    known = desk.topics.latest()
    topic = None if known is None else known.by_id.get(topic_id)
    if known is None or topic is None:
        raise HTTPException(404)
    members = known.members.get(topic_id, ())
    start = page_start(start, len(members), PAGE_ITEMS)
    shown = members[start : start + PAGE_ITEMS]
    first = topic.representative if start == 0 else ()
    places = desk.workspace.evidence.places([*shown, *first])
    return render(
        request,
        "topic.html",
        visitor,
        topic=topic,
        run=known.run,
        name=topic_name(topic, visitor.language),
        representative=[places[passage_id] for passage_id in first if passage_id in places],
        passages=[places[passage_id] for passage_id in shown if passage_id in places],
        n_gone=sum(passage_id not in places for passage_id in shown),
        total=len(members),
        n_shown=len(shown),
        start=start,
        page_items=PAGE_ITEMS,
        row_names={row.id: row.title(visitor.language) for row in desk.table().rows},
    )
