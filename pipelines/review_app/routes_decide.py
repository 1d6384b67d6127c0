"""Decisions: each is appended; who comes second is told so and chooses anew."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from pipelines.domain.accounts import AccountRole
from pipelines.domain.decisions import Decision, Judgement, LaterReason, RejectReason, Verdict
from pipelines.review.deciding import Choice, check_judgement, decide, describe_choice, follow, reads_blind
from pipelines.review_app.access import Visitor, needs
from pipelines.review_app.desk import Desk
from pipelines.review_app.inbox_query import as_query, filter_of
from pipelines.review_app.passage_form import read_judgement
from pipelines.review_app.passage_view import PassageView, view_passage
from pipelines.review_app.rendering import now, redirect, render
from pipelines.review_app.routes_passage import changes_of
from pipelines.store.decisions import DecisionConflict

router = APIRouter()
_LONGEST_NOTE = 4000


@router.post("/passages/{passage_id}/decide")
async def decide_passage(
    request: Request, visitor: Annotated[Visitor, needs(AccountRole.REVIEWER)], passage_id: str
) -> Response:
    """Append a decision and go on to the next passage of the list."""
    form = await request.form()
    return await run_in_threadpool(_decide, request, visitor, passage_id, form)


def _decide(request: Request, visitor: Visitor, passage_id: str, form: FormData) -> Response:
    desk: Desk = request.app.state.desk
    me = visitor.account
    view = view_passage(desk.workspace, desk.table(), passage_id)
    try:
        choice = _read_choice(form, view, me.name)
    except (ValueError, ValidationError) as error:
        raise HTTPException(422) from error
    if choice.judgement is not None:
        check_judgement(choice.judgement, view.table, view.item.passage)
    if choice.asked is not None and choice.asked not in desk.readers():
        raise HTTPException(422)
    try:
        if choice.seen != view.standing.turn:
            raise DecisionConflict(view.item_id, view.standing)
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
        return _conflict(request, visitor, passage_id, choice)
    chosen = filter_of(request, me.name)
    query = as_query(chosen)
    if choice.verdict in (Verdict.UNDO, Verdict.ASK):
        return redirect(_address(passage_id, query, decision.id))
    following = desk.workspace.inbox.next_to(view.item_id, chosen)
    if following is None:  # what was passed over before
        following = desk.workspace.inbox.first(chosen, except_item=view.item_id)
    return redirect(_address(following or passage_id, query, decision.id))


def _address(passage_id: str, query: dict[str, str], decision_id: str) -> str:
    return f"/passages/{passage_id}?{urlencode({**query, 'decided': decision_id})}"


def _read_choice(form: FormData, view: PassageView, account: str) -> Choice:
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
    me = visitor.account.name
    chosen = filter_of(request, me)
    others = [d for d in view.decisions if d.reviewer != me]
    blind = reads_blind(view.standing, me)
    first = view.standing.first
    conclusive = choice.verdict in (Verdict.ACCEPT, Verdict.CORRECT, Verdict.REJECT)
    return render(
        request,
        "conflict.html",
        visitor,
        status_code=409,
        view=view,
        theirs=others[-1] if others and not blind else None,
        fields=describe_choice(choice),
        may_be_second=conclusive and first is not None and first.reviewer != me and view.standing.second is None,
        names=desk.names(),
        undone={d.undoes for d in view.decisions if d.undoes},
        changes=lambda decision: changes_of(decision, visitor.language),
        query=as_query(chosen),
        next=desk.workspace.inbox.next_to(view.item_id, chosen),
    )
