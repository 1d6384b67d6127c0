"""Decisions: each is appended; who comes second is told so and chooses anew."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import ClientDisconnect

from flows.inbox import as_inbox_item
from pipelines.domain.accounts import Account, AccountRole
from pipelines.domain.decisions import COMPARED, CONCLUSIVE, Decision, Judgement, LaterReason, RejectReason, Verdict
from pipelines.domain.inbox import Listed
from pipelines.domain.moments import now
from pipelines.review.deciding import (
    Choice,
    DecisionError,
    check_judgement,
    decide,
    describe_choice,
    follow,
    is_repeated,
    may_be_second,
    needs_settlement,
)
from pipelines.review_app.access import Visitor, needs
from pipelines.review_app.desk import Desk
from pipelines.review_app.inbox_query import as_query, filter_of
from pipelines.review_app.passage_form import held_judgement, read_judgement
from pipelines.review_app.passage_view import PassageView, view_passage
from pipelines.review_app.rendering import redirect, render
from pipelines.review_app.routes_passage import changes_of, passage_context
from pipelines.review_app.words import described
from pipelines.store.decisions import DecisionConflict
from pipelines.strings import error_text, text

router = APIRouter()
_LONGEST_NOTE = 4000


@router.post("/passages/{passage_id}/decide")
async def decide_passage(
    request: Request, visitor: Annotated[Visitor, needs(AccountRole.REVIEWER)], passage_id: str
) -> Response:
    """Append a decision and go on to the next passage of the list."""
    try:
        form = await request.form()
    except ClientDisconnect:  # whoever sent it has gone; nothing was decided
        return Response(status_code=400)
    return await run_in_threadpool(_decide, request, visitor, passage_id, form)


def _decide(request: Request, visitor: Visitor, passage_id: str, form: FormData) -> Response:
    desk: Desk = request.app.state.desk
    me = visitor.account
    view = view_passage(desk.workspace, desk.table(), passage_id)
    choice = None
    try:
        choice = _read_choice(form, view, me)
        if choice.asked is not None and choice.asked not in desk.readers():
            raise DecisionError("error.decision_labels")
        if is_repeated(choice, me.name, view.decisions):  # pressed twice: the first time did it
            return _go_on(request, desk, visitor, view, view.decisions[-1])
        if choice.seen != view.standing.turn:
            return _conflict(request, visitor, passage_id, choice)
        if choice.judgement is not None and not choice.follows:
            held = held_judgement(view, me)
            check_judgement(choice.judgement, view.table, view.item.passage, held)
        decision = decide(
            choice,
            me.name,
            now(),
            item_id=view.item_id,
            passage=view.item.passage,
            labels=view.item.labels,
            decisions=view.decisions,
            may_settle=me.role.may(AccountRole.EDITOR),
        )
        desk.workspace.decisions.append(decision, [m.passage_id for m in view.members])
    except DecisionConflict:
        assert choice is not None  # it was read before anything could be stored
        return _conflict(request, visitor, passage_id, choice)
    except DecisionError as error:
        note = form.get("note")
        tried = choice or Choice(Verdict.CORRECT, 0, note=note if isinstance(note, str) else "")
        return _again(request, visitor, view, tried, error_text(error, visitor.language))
    if view.listed is None:
        desk.workspace.inbox.add(as_inbox_item(view.item, view.item_id, Listed.DECIDED, len(view.members)))
    return _go_on(request, desk, visitor, view, decision)


def _go_on(request: Request, desk: Desk, visitor: Visitor, view: PassageView, decision: Decision) -> Response:
    """To the next passage of the list; one that was found in another way stays open, as does one not done with."""
    chosen = filter_of(request, visitor.account)
    query = as_query(chosen)
    stays = view.listed is None or decision.verdict in (Verdict.UNDO, Verdict.ASK)
    if stays:
        return redirect(_address(view.item.passage.id, query, decision.id))
    inbox = desk.workspace.inbox
    following = inbox.next_to(view.item_id, chosen) or inbox.first(chosen, except_item=view.item_id)
    if following is None:
        return redirect(f"/?{urlencode(query)}", "done.end_of_list")
    return redirect(_address(following, query, decision.id))


def _again(request: Request, visitor: Visitor, view: PassageView, tried: Choice, problem: str) -> Response:
    """The same passage with what was chosen, and why it was not stored."""
    desk: Desk = request.app.state.desk
    context = passage_context(desk, visitor, view, filter_of(request, visitor.account), problem=problem, tried=tried)
    return render(request, "passage.html", visitor, status_code=409, **context)


def _address(passage_id: str, query: dict[str, str], decision_id: str) -> str:
    return f"/passages/{passage_id}?{urlencode({**query, 'decided': decision_id})}"


def _read_choice(form: FormData, view: PassageView, account: Account) -> Choice:
    """What the form chooses.

    Raises
    ------
    DecisionError
        A field has a value that cannot be chosen.
    """
    try:
        return _choice_in(form, view, account)
    except (ValueError, ValidationError) as error:
        raise DecisionError("error.decision_labels") from error


def _choice_in(form: FormData, view: PassageView, account: Account) -> Choice:
    def one(name: str) -> str:
        value = form.get(name)
        return value if isinstance(value, str) else ""

    seen = int(one("seen"))
    note = one("note").strip()[:_LONGEST_NOTE]
    shown = one("shown") or None
    again = one("again")
    if again:
        judgement = one("judgement")
        verdict = Verdict(one("chosen"))
        return Choice(
            verdict,
            seen,
            judgement=Judgement.model_validate_json(judgement) if judgement else None,
            reason=_reason(verdict, one("reason")),
            note=note,
            shown=shown,
            as_second=again == "second",
        )
    followed = one("follow")
    if followed:
        return follow(_of_both(view, followed), seen, note)
    if one("rejected"):
        return Choice(Verdict.REJECT, seen, reason=_reason(Verdict.REJECT, one("rejected")), note=note)
    if one("postponed"):
        return Choice(Verdict.LATER, seen, reason=_reason(Verdict.LATER, one("postponed")), note=note)
    verdict = Verdict(one("verdict"))
    if verdict is Verdict.CORRECT:
        return Choice(verdict, seen, judgement=read_judgement(form, view, account), note=note, shown=shown)
    if verdict is Verdict.ASK:
        return Choice(verdict, seen, note=note, asked=one("asked") or None)
    if verdict is Verdict.UNDO:
        return Choice(verdict, seen, note=note, undoes=one("undoes"))
    if verdict is not Verdict.ACCEPT:
        raise ValueError("no reason was given")
    return Choice(verdict, seen, note=note, shown=shown)


def _of_both(view: PassageView, decision_id: str) -> Decision:
    both = [d for d in (view.standing.first, view.standing.second) if d is not None and d.id == decision_id]
    if not both:
        raise ValueError("neither of the two readings")
    return both[0]


def _reason(verdict: Verdict, reason: str) -> str | None:
    kinds: dict[Verdict, type[RejectReason | LaterReason]] = {
        Verdict.REJECT: RejectReason,
        Verdict.LATER: LaterReason,
    }
    return kinds[verdict](reason).value if verdict in kinds else None


def _conflict(request: Request, visitor: Visitor, passage_id: str, choice: Choice) -> Response:
    """Show what the other decided beside what was chosen here; nothing was stored."""
    desk: Desk = request.app.state.desk
    view = view_passage(desk.workspace, desk.table(), passage_id)
    me = visitor.account
    others = [d for d in view.decisions[choice.seen :] if d.reviewer != me.name]
    if choice.verdict in (Verdict.UNDO, Verdict.ASK) or not others:
        key = "error.decision_conflict" if others else "error.decision_own_conflict"
        return _again(request, visitor, view, choice, text(key, visitor.language))
    chosen = filter_of(request, me)
    blind = view.blind_for(me)
    mine = view.proposed if choice.verdict is Verdict.ACCEPT else choice.judgement
    return render(
        request,
        "conflict.html",
        visitor,
        status_code=409,
        view=view,
        theirs=None if blind else others[-1],
        fields=describe_choice(choice),
        labels=[] if mine is None else [(label, described(mine, label, visitor.language)) for label in COMPARED],
        may_replace=not needs_settlement(view.standing) or me.role.may(AccountRole.EDITOR),
        may_be_second=choice.verdict in CONCLUSIVE and may_be_second(view.standing, me.name),
        names=desk.names(),
        undone={d.undoes for d in view.decisions if d.undoes},
        changes=lambda decision: changes_of(decision, visitor.language),
        query=as_query(chosen),
        next=desk.workspace.inbox.next_to(view.item_id, chosen),
    )
