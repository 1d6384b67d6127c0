"""Arranging topics by hand: rename, pin terms, hide, merge and split. Of two people at once the second is told."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import Response

from flows.topic_arranging import (
    LONGEST_NAME,
    TopicError,
    hide_topic,
    merge_topics,
    pin_terms,
    rename_topic,
    show_topic,
    split_topic,
)
from pipelines.domain.accounts import AccountRole
from pipelines.domain.topics import Topic, TopicAct
from pipelines.errors import UnknownError
from pipelines.report.wording import counted
from pipelines.review_app.access import Visitor, needs
from pipelines.review_app.desk import Desk
from pipelines.review_app.pace import Costly
from pipelines.review_app.rendering import now, path_part, redirect, render
from pipelines.review_app.routes_topics import show_topic_page, topic_words
from pipelines.review_app.topic_book import KnownTopics
from pipelines.review_app.topic_splits import Division, chosen_passages, divide
from pipelines.review_app.topic_view import matching, searched
from pipelines.store.acts import ActConflict
from pipelines.strings import error_text, text

logger = logging.getLogger(__name__)
router = APIRouter()

_LONGEST = 1000
_MOST_OTHERS = 200
Field = Annotated[str, Form(max_length=_LONGEST)]
Seen = Annotated[int, Form(ge=0)]
Editor = Annotated[Visitor, needs(AccountRole.EDITOR)]


@router.post("/topics/rename")
def rename(
    request: Request, visitor: Editor, topic: Field, seen: Seen = 0, name_nl: Field = "", name_en: Field = ""
) -> Response:
    """Give a topic other names; one that is empty stays."""
    desk: Desk = request.app.state.desk
    tried = {"name_nl": name_nl, "name_en": name_en}

    def act() -> TopicAct:
        me = visitor.account.name
        return rename_topic(desk.workspace, topic, me, name_nl=name_nl, name_en=name_en, turn=seen + 1, now=now())

    return _done(request, visitor, topic, act, ("rename", "renamed"), tried)


@router.post("/topics/pin")
def pin(
    request: Request, visitor: Editor, topic: Field, seen: Seen = 0, terms_nl: Field = "", terms_en: Field = ""
) -> Response:
    """Let terms stand first, given with commas between them; none releases those that stood first."""
    desk: Desk = request.app.state.desk
    tried = {"terms_nl": terms_nl, "terms_en": terms_en}

    def act() -> TopicAct:
        return pin_terms(
            desk.workspace,
            topic,
            visitor.account.name,
            terms_nl=_terms(terms_nl),
            terms_en=_terms(terms_en),
            turn=seen + 1,
            now=now(),
        )

    return _done(request, visitor, topic, act, ("pin", "pinned"), tried)


def _terms(typed: str) -> list[str]:
    return [term for part in typed.replace(";", ",").split(",") if (term := " ".join(part.split()))]


@router.post("/topics/visibility")
def change_visibility(request: Request, visitor: Editor, topic: Field, hidden: Field, seen: Seen = 0) -> Response:
    """Hide a topic (``hidden`` is ``yes``) or show it again (``no``)."""
    desk: Desk = request.app.state.desk
    if hidden not in ("yes", "no"):
        raise HTTPException(422)

    def act() -> TopicAct:
        change = hide_topic if hidden == "yes" else show_topic
        return change(desk.workspace, topic, visitor.account.name, turn=seen + 1, now=now())

    return _done(request, visitor, topic, act, ("visibility", "hidden" if hidden == "yes" else "shown"), {})


def _done(
    request: Request,
    visitor: Visitor,
    topic: str,
    act: Callable[[], TopicAct],
    form: tuple[str, str],
    tried: dict[str, str],
) -> Response:
    """Do it and lead on to the topic, or show its page with what was wrong.

    ``form`` is which form it is, and the end of the key of the words for what was done.
    """
    try:
        made = act()
    except ActConflict:
        problem = text("topics_page.conflict", visitor.language)
        return show_topic_page(request, visitor, topic, problem=problem, problem_at=form[0])
    except TopicError as error:
        problem = error_text(error, visitor.language)
        return show_topic_page(request, visitor, topic, problem=problem, problem_at=form[0], tried=tried)
    logger.info("%s: %s of topic %s", made.person, made.kind.value, made.topic)
    return redirect(f"/topics/{path_part(topic)}", f"done.topics_{form[1]}")


# Merging


@router.get("/topics/merge")
def merge_page(request: Request, visitor: Editor, topic: str, q: str = "") -> Response:
    """Choose what goes into a topic; with topics chosen (``with``), what it becomes."""
    chosen = request.query_params.getlist("with")[:_MOST_OTHERS]
    return _merge_page(request, visitor, topic, chosen, q)


def _merge_page(
    request: Request, visitor: Visitor, topic_id: str, chosen: list[str], asked: str = "", *, problem: str = ""
) -> Response:
    desk: Desk = request.app.state.desk
    known, topic = _find(desk, topic_id)
    language = visitor.language
    goes = [known.by_id[one] for one in dict.fromkeys(chosen) if one in known.by_id and one != topic_id]
    others = sorted(
        (one for one in known.model.shown if one.id != topic_id),
        key=lambda one: (one.x - topic.x) ** 2 + (one.y - topic.y) ** 2,
    )
    added = sum(one.size for one in goes)
    mix = {code: sum(getattr(one, f"n_{code}") for one in (topic, *goes)) for code in ("nl", "en")}
    return render(
        request,
        "topic_merge.html",
        visitor,
        409 if problem else 200,
        topic=topic,
        problem=problem,
        chosen=goes,
        n_added=added,
        mix=text("topics_page.mix", language, **mix),
        others=matching(others, asked),
        asked=asked,
        searched=searched,
        one_found=counted("topics_page.merge_found", 1, language),
        many_found=text("topics_page.merge_found.many", language, n="%d"),
        seen=known.turns.get(topic_id, 0),
        turns=known.turns,
        **topic_words(desk, visitor, known),
    )


@router.post("/topics/merge")
def merge(
    request: Request,
    visitor: Editor,
    topic: Field,
    seen: Seen = 0,
    others: Annotated[list[str] | None, Form(alias="with")] = None,
) -> Response:
    """Let topics go into another. Each is named with the number of acts on it that was seen."""
    desk: Desk = request.app.state.desk
    known, _ = _find(desk, topic)
    asked = [one.rpartition(":") for one in (others or [])[:_MOST_OTHERS]]
    ids = [topic_id for topic_id, _, _ in asked]
    try:
        if any(str(known.turns.get(one, 0)) != turn for one, _, turn in asked):
            raise ActConflict(topic, "error.topic_conflict")
        made = merge_topics(desk.workspace, topic, ids, visitor.account.name, turn=seen + 1, now=now())
    except ActConflict:
        problem = text("topics_page.conflict", visitor.language)
        return _merge_page(request, visitor, topic, ids, problem=problem)
    except (TopicError, UnknownError) as error:
        return _merge_page(request, visitor, topic, ids, problem=error_text(error, visitor.language))
    logger.info("%s: merged %s topics into %s", made.person, len(ids), topic)
    return redirect(f"/topics/{path_part(topic)}", "done.topics_merged")


# Splitting


@router.get("/topics/split")
def split_page(
    request: Request, visitor: Annotated[Visitor, needs(AccountRole.EDITOR, costs=Costly.MODEL)], topic: str
) -> Response:
    """The two parts of a topic that differ most, to be taken, changed or left."""
    return _split_page(request, visitor, topic)


def _split_page(
    request: Request,
    visitor: Visitor,
    topic_id: str,
    *,
    problem: str = "",
    tried: dict[str, str] | None = None,
    ticked: frozenset[str] | None = None,
) -> Response:
    desk: Desk = request.app.state.desk
    known, topic = _find(desk, topic_id)
    division = desk.topics.division(desk.settings, known, topic_id)
    shown = divide(division, desk.workspace)
    return render(
        request,
        "topic_split.html",
        visitor,
        409 if problem else 200,
        topic=topic,
        problem=problem,
        suggested=division.suggested,
        parts=shown,
        ticked=division.goes if ticked is None else ticked,
        n_listed=len(division.listed),
        n_rest=topic.size - len(division.listed),
        stamp=known.stamp,
        seen=known.turns.get(topic_id, 0),
        tried={"name_nl": "", "name_en": ""} | (tried or {}),
        longest_name=LONGEST_NAME,
        **topic_words(desk, visitor, known),
    )


@router.post("/topics/split")
def split(
    request: Request,
    visitor: Annotated[Visitor, needs(AccountRole.EDITOR, costs=Costly.MODEL)],
    topic: Field,
    stamp: Field,
    seen: Seen = 0,
    passage: Annotated[list[str] | None, Form()] = None,
    name_nl: Field = "",
    name_en: Field = "",
) -> Response:
    """Let passages of a topic become a topic of their own."""
    desk: Desk = request.app.state.desk
    known, _ = _find(desk, topic)
    names, ticked = {"name_nl": name_nl, "name_en": name_en}, frozenset(passage or ())
    try:
        # What was not listed goes with its part: after a scan the parts may be others.
        if stamp != known.stamp:
            raise ActConflict(topic, "error.topic_conflict")
        division: Division = desk.topics.division(desk.settings, known, topic)
        chosen = chosen_passages(division, ticked)
        me = visitor.account.name
        made = split_topic(desk.workspace, topic, chosen, me, **names, turn=seen + 1, now=now())
    except ActConflict:
        problem = text("topics_page.conflict", visitor.language)
        return _split_page(request, visitor, topic, problem=problem, tried=names)
    except TopicError as error:
        problem = error_text(error, visitor.language)
        return _split_page(request, visitor, topic, problem=problem, tried=names, ticked=ticked)
    logger.info("%s: split %s passages from topic %s", made.person, len(made.passages), topic)
    return redirect(f"/topics/{path_part(made.others[0])}", "done.topics_split")


def _find(desk: Desk, topic_id: str) -> tuple[KnownTopics, Topic]:
    known = desk.topics.latest()
    topic = None if known is None else known.by_id.get(topic_id)
    if known is None or topic is None:
        raise HTTPException(404)
    return known, topic
