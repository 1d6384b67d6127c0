"""The topics as they stand: map, list and what happened to them, and the page of one topic."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response

from flows.topic_arranging import LONGEST_NAME, MOST_TERMS
from pipelines.domain.accounts import AccountRole
from pipelines.domain.themes import Theme
from pipelines.domain.topics import Topic, TopicsState
from pipelines.report.wording import long_date
from pipelines.review_app.access import Visitor, needs
from pipelines.review_app.desk import Desk
from pipelines.review_app.paging import page_start
from pipelines.review_app.rendering import path_part, redirect, render
from pipelines.review_app.topic_book import KnownTopics
from pipelines.review_app.topic_gaps import gaps_of
from pipelines.review_app.topic_gone import begins_with, what_became_of
from pipelines.review_app.topic_map import HEIGHT, WIDTH, topic_name
from pipelines.review_app.topic_plots import counts_by_scan, growth_plot, sparkline
from pipelines.review_app.topic_view import (
    SHOWS,
    SORTS,
    all_told,
    charts_of,
    chosen_topics,
    history_of,
    may_arrange,
    sign_of,
    spoken,
    theme_of,
    trend_key,
    trend_sentence,
)
from pipelines.strings import LANGUAGES

router = APIRouter()
PAGE_ITEMS = 50
_LEAST_ON_MAP = 3
"""One or two circles are no map."""
_GAPS_SHOWN = 8
_EVENTS_SHOWN = 12
_TRENDS = ("new", "growing", "steady", "shrinking", "dormant")


@router.get("/topics")
def topics_page(
    request: Request,
    visitor: Annotated[Visitor, needs(AccountRole.READER)],
    show: str = "all",
    sort: str = "size",
    start: int = 0,
    events: str = "",
) -> Response:
    """All topics as a map and as a list, and what there is to tell of them beside the table.

    ``show`` and ``sort`` are of :data:`SHOWS` and :data:`SORTS`; ``events=all`` tells all that ever happened.
    """
    desk: Desk = request.app.state.desk
    known = desk.topics.latest()
    if known is None or not known.model.topics:
        model = None if known is None else known.model
        too_few = model is not None and model.state is TopicsState.TOO_FEW
        return render(request, "topics_none.html", visitor, model=model, too_few=too_few)
    language, model = visitor.language, known.model
    show, sort = show if show in SHOWS else "all", sort if sort in SORTS else "size"
    found = chosen_topics(known, show, sort, language)
    start = page_start(start, len(found), PAGE_ITEMS)
    told = all_told(known, language, desk.names())
    dots = known.map(language) if len(model.shown) >= _LEAST_ON_MAP else []
    return render(
        request,
        "topics.html",
        visitor,
        known=known,
        model=model,
        topics=found[start : start + PAGE_ITEMS],
        total=len(found),
        start=start,
        page_items=PAGE_ITEMS,
        show=show,
        sort=sort,
        shows=[(one, len(chosen_topics(known, one, "size", language))) for one in SHOWS],
        sorts=SORTS,
        n_assigned=sum(topic.size for topic in model.topics),
        n_off_subject=int(model.settings.get("off_subject", 0)),
        largest=max(topic.size for topic in model.topics),
        dots=dots,
        map_width=WIDTH,
        map_height=HEIGHT,
        themes=_themes_of([dot.topic for dot in dots]),
        trends=[one for one in _TRENDS if any(dot.topic.trend.value == one for dot in dots)],
        events=told if events == "all" else told[:_EVENTS_SHOWN],
        n_events=len(told),
        **_beside_table(desk, visitor, known),
        **topic_words(desk, visitor, known),
    )


def _themes_of(topics: Sequence[Topic]) -> list[str]:
    """Themes of the circles on a map in the order of the product; ``""`` last, where some have none."""
    found = {theme_of(topic) for topic in topics}
    return [theme.value for theme in Theme if theme.value in found] + ([""] if None in found else [])


def _beside_table(desk: Desk, visitor: Visitor, known: KnownTopics) -> dict[str, Any]:
    """Topics without a row, and rows without news."""
    uncovered = [topic for topic in known.model.shown if topic.novel]
    weighed, fresh, _ = desk.weighing.look() if uncovered else (None, True, None)
    blind = desk.readings.blind_for(visitor.account)
    touched = desk.topics.touched_rows()
    return {
        "gaps": gaps_of(uncovered[:_GAPS_SHOWN], known, weighed, blind, desk.workspace),
        "n_uncovered": len(uncovered),
        "weighed": weighed is not None,
        "fresh": fresh,
        "untouched": [row for row in desk.table().rows if row.id not in touched],
    }


def topic_words(desk: Desk, visitor: Visitor, known: KnownTopics) -> dict[str, Any]:
    """What templates of topics ask for."""
    language, model = visitor.language, known.model

    def spark(topic: Topic) -> Any:
        return sparkline(counts_by_scan(topic.by_scan, model.by_scan))

    return {
        "name_of": lambda topic: topic_name(topic, language),
        "sign_of": lambda topic: sign_of(known.numbers.get(topic.id), topic, language),
        "theme_of": theme_of,
        "trend_of": lambda topic: trend_key(topic, model),
        "spoken": lambda topic: spoken(topic, model, language),
        "spark": spark,
        "n_scans": len(model.by_scan),
        "day": lambda value: long_date(value, language),
        "iso_day": lambda value: long_date(date.fromisoformat(value), language),
        "row_names": {row.id: row.title(language) for row in desk.table().rows},
    }


@router.get("/topics/{topic_id:path}")
def topic_page(
    request: Request, visitor: Annotated[Visitor, needs(AccountRole.READER)], topic_id: str, start: int = 0
) -> Response:
    """One topic: its words, how it grows, the passages nearest its middle, all its passages, and how to arrange it.

    The beginning of an id leads on to the topic, and of one that is gone the page says what became of it.
    """
    desk: Desk = request.app.state.desk
    known = desk.topics.latest()
    if known is None or topic_id in known.by_id:
        return show_topic_page(request, visitor, topic_id, start)
    whole = begins_with(topic_id, known)
    if whole in known.by_id:
        return redirect(f"/topics/{path_part(whole)}")
    gone = what_became_of(whole, known, visitor.language)
    return render(request, "topic_gone.html", visitor, 404 if gone is None else 410, gone=gone)


def show_topic_page(
    request: Request,
    visitor: Visitor,
    topic_id: str,
    start: int = 0,
    *,
    problem: str = "",
    problem_at: str = "",
    tried: dict[str, str] | None = None,
) -> Response:
    """The page of one topic.

    Parameters
    ----------
    request, visitor, topic_id, start
        ``start`` is the number, from 0, of the first of its passages to list.
    problem, problem_at
        Why what was asked for was not done, in words, and which form that was.
    tried
        What somebody had filled in, by field.

    Raises
    ------
    HTTPException
        404: there is no such topic.
    """
    desk: Desk = request.app.state.desk
    known = desk.topics.latest()
    topic = None if known is None else known.by_id.get(topic_id)
    if known is None or topic is None:
        raise HTTPException(404)
    language = visitor.language
    members = known.members.get(topic_id, ())
    start = page_start(start, len(members), PAGE_ITEMS)
    shown = members[start : start + PAGE_ITEMS]
    first = topic.representative if start == 0 else ()
    places = desk.workspace.evidence.places([*shown, *first])
    typical = [places[passage_id] for passage_id in first if passage_id in places]
    counts = counts_by_scan(topic.by_scan, known.model.by_scan)
    return render(
        request,
        "topic.html",
        visitor,
        409 if problem else 200,
        topic=topic,
        model=known.model,
        problem=problem,
        problem_at=problem_at,
        tried=_filled(topic) | (tried or {}),
        typical=[(code, some) for code in LANGUAGES if (some := [one for one in typical if one.language == code])],
        passages=[places[passage_id] for passage_id in shown if passage_id in places],
        n_gone=sum(passage_id not in places for passage_id in shown),
        total=len(members),
        n_shown=len(shown),
        start=start,
        page_items=PAGE_ITEMS,
        counts=counts if topic.by_scan else [],
        plot=growth_plot(counts),
        charts=charts_of(topic, language),
        trend_words=trend_sentence(topic, known.model, language),
        history=history_of(topic_id, known, language, desk.names()),
        names=desk.names(),
        seen=known.turns.get(topic_id, 0),
        may_arrange=may_arrange(visitor.account),
        longest_name=LONGEST_NAME,
        most_terms=MOST_TERMS,
        can_merge=len(known.model.topics) > 1,
        **topic_words(desk, visitor, known),
    )


def _filled(topic: Topic) -> dict[str, str]:
    """What the forms hold before anybody has typed."""
    return {
        "name_nl": topic.name_nl,
        "name_en": topic.name_en,
        "terms_nl": ", ".join(topic.pinned_nl),
        "terms_en": ", ".join(topic.pinned_en),
    }
