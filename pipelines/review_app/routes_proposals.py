"""Proposed changes of the table: the list, one with its evidence, decisions on them, and rulings on studies."""

from __future__ import annotations

import logging
import re
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import Response

from flows.proposal_decisions import ProposalError, approvers, decide_proposal, rule_on_study
from flows.versions import apply_approved
from pipelines.domain.accounts import AccountRole
from pipelines.domain.moments import now
from pipelines.domain.proposals import ChangeKind, ProposalState, ProposalVerdict, Wording
from pipelines.errors import KennisstandError
from pipelines.report.wording import counted
from pipelines.review_app.access import Visitor, needs
from pipelines.review_app.desk import Desk
from pipelines.review_app.paging import page_start
from pipelines.review_app.proposal_view import (
    ShownProposal,
    language_before,
    neighbours,
    rights,
    show_proposal,
    shown_items,
)
from pipelines.review_app.rendering import redirect, render
from pipelines.review_app.weighing import Weighed
from pipelines.store.acts import ActConflict
from pipelines.store.tables import TableConflict
from pipelines.strings import error_text, text

logger = logging.getLogger(__name__)
router = APIRouter()

PAGE_PROPOSALS = 30
_CATCH_UP_SECONDS = 30.0
"""So long a decision waits until the proposals follow from all that was decided on passages."""
_TURN = re.compile(r"[0-9]{1,6}")
_LONGEST = 4000
_TABS = (
    ProposalState.OPEN,
    ProposalState.SECONDED,
    ProposalState.APPROVED,
    ProposalState.APPLIED,
    ProposalState.REJECTED,
    ProposalState.LAPSED,
)
#: Always shown; the others only where there is something in them.
_ALWAYS = (ProposalState.OPEN, ProposalState.SECONDED, ProposalState.APPLIED, ProposalState.REJECTED)
_RULINGS = {
    "yes": (True, "done.studies_joined"),
    "no": (False, "done.studies_split"),
    "back": (None, "done.studies_back"),
}
Field = Annotated[str, Form(max_length=_LONGEST)]


def _may_approve(desk: Desk, visitor: Visitor) -> bool:
    return any(account.name == visitor.account.name for account in approvers(desk.workspace, desk.settings))


def _shown(desk: Desk, visitor: Visitor, weighed: Weighed, proposal_id: str) -> ShownProposal:
    proposal, standing = weighed.by_id[proposal_id]
    blind = desk.readings.blind_for(visitor.account)
    return show_proposal(proposal, standing, weighed.rules, visitor.language, desk.names(), blind)


@router.get("/proposals")
def proposals(
    request: Request,
    visitor: Annotated[Visitor, needs(AccountRole.READER)],
    state: str = ProposalState.OPEN.value,
    start: int = 0,
) -> Response:
    """What is proposed, by where it stands."""
    return _proposals_page(request, visitor, state, start)


def _proposals_page(
    request: Request,
    visitor: Visitor,
    state: str = ProposalState.OPEN.value,
    start: int = 0,
    *,
    problem: str = "",
) -> Response:
    desk: Desk = request.app.state.desk
    weighed, fresh = desk.weighing.latest()
    found = () if weighed is None else weighed.proposals
    counts = {one: sum(standing.state is one for _, standing in found) for one in _TABS}
    chosen = next((one for one in _TABS if one.value == state), ProposalState.OPEN)
    ids = [proposal.id for proposal, standing in found if standing.state is chosen]
    start = page_start(start, len(ids), PAGE_PROPOSALS)
    shown = (
        [] if weighed is None else [_shown(desk, visitor, weighed, one) for one in ids[start : start + PAGE_PROPOSALS]]
    )
    return render(
        request,
        "proposals.html",
        visitor,
        409 if problem else 200,
        problem=problem,
        fresh=fresh,
        table_version=desk.table().version,
        tabs=[(one.value, counts[one]) for one in _TABS if counts[one] or one in _ALWAYS],
        state=chosen.value,
        shown=shown,
        start=start,
        page_items=PAGE_PROPOSALS,
        total=len(ids),
        may_approve=_may_approve(desk, visitor),
        can_choose=any(one.proposal.people_needed == 1 and not one.hidden for one in shown),
    )


@router.post("/proposals")
def approve_together(
    request: Request,
    visitor: Annotated[Visitor, needs(AccountRole.REVIEWER)],
    chosen: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Approve several as suggested, and make one version of them; each is named with the turn that was seen."""
    desk: Desk = request.app.state.desk
    blind = desk.readings.blind_for(visitor.account)
    known = desk.workspace.proposals.all()
    asked: list[tuple[str, int]] = []
    for one in (chosen or [])[:PAGE_PROPOSALS]:
        proposal_id, _, seen = one.partition(":")
        proposal = known.get(proposal_id)
        if proposal is None or _TURN.fullmatch(seen) is None or not blind.isdisjoint(shown_items(proposal)):
            raise HTTPException(422)
        asked.append((proposal_id, int(seen) + 1))
    if not asked:
        return redirect("/proposals")
    desk.weighing.latest(_CATCH_UP_SECONDS)
    made: list[str] = []
    problem: KennisstandError | None = None
    approve, me = ProposalVerdict.APPROVE, visitor.account.name
    for proposal_id, turn in asked:
        try:
            decide_proposal(desk.workspace, desk.settings, proposal_id, approve, me, turn=turn, now=now())
            made.append(proposal_id)
        except (ActConflict, ProposalError) as error:
            problem = error
    # Also where one of them could not be approved: the others would else be approved, and nowhere.
    stored = apply_approved(desk.workspace, desk.settings, now(), made) if made else None
    logger.info("%s approved %s proposals", me, len(made))
    if problem is not None:
        told = counted("proposals_page.partly", len(made), visitor.language, n_asked=len(asked))
        return _proposals_page(request, visitor, problem=f"{told} {error_text(problem, visitor.language)}")
    return redirect("/proposals", "done.proposals_applied" if stored else "done.proposals_approved")


@router.get("/proposals/{proposal_id}")
def proposal_page(
    request: Request, visitor: Annotated[Visitor, needs(AccountRole.READER)], proposal_id: str
) -> Response:
    """One proposal with all that it rests on."""
    return _proposal_page(request, visitor, proposal_id)


def _proposal_page(
    request: Request,
    visitor: Visitor,
    proposal_id: str,
    *,
    problem: str = "",
    problem_field: str = "",
    tried: dict[str, str] | None = None,
) -> Response:
    desk: Desk = request.app.state.desk
    weighed, fresh = desk.weighing.latest()
    if weighed is None or proposal_id not in weighed.by_id:
        if fresh or desk.workspace.proposals.get(proposal_id) is None:
            raise HTTPException(404)
        detail = text("proposals_page.being_made", visitor.language)
        return render(request, "message.html", visitor, heading="proposals_page.title", detail=detail)
    shown = _shown(desk, visitor, weighed, proposal_id)
    if shown.hidden:
        return render(request, "message.html", visitor, heading="proposals_page.hidden_title", detail=_hidden(visitor))
    proposal, standing = shown.proposal, shown.standing
    wording = standing.wording or proposal.suggestion
    may_approve = _may_approve(desk, visitor)
    previous, following = neighbours(weighed, proposal_id)
    me = visitor.account.name
    return render(
        request,
        "proposal.html",
        visitor,
        409 if problem else 200,
        one=shown,
        view=weighed,
        fresh=fresh,
        problem=problem,
        problem_field=problem_field,
        tried=tried or {"nl": wording.nl, "en": wording.en, "why": ""},
        has_text=proposal.change is not ChangeKind.KEEP,
        before_language=language_before(shown, visitor.language),
        decisions=desk.workspace.acts.decisions(proposal_id),
        ruled=weighed.ruled(proposal.items),
        names=desk.names(),
        previous=previous,
        next=following,
        **rights(shown, me, may_approve=may_approve),
        may_approve=may_approve,
        may_rule=visitor.account.role.may(AccountRole.REVIEWER),
        approvers=", ".join(account.full_name for account in approvers(desk.workspace, desk.settings)),
    )


def _hidden(visitor: Visitor) -> str:
    return text("proposals_page.hidden", visitor.language)


@router.post("/proposals/{proposal_id}")
def decide(
    request: Request,
    visitor: Annotated[Visitor, needs(AccountRole.REVIEWER)],
    proposal_id: str,
    verdict: Field = "",
    seen: Annotated[int, Form(ge=0)] = 0,
    why: Field = "",
    nl: Field = "",
    en: Field = "",
) -> Response:
    """Decide on a proposal; with the last approval that is needed the table gets its next version."""
    desk: Desk = request.app.state.desk
    chosen = next((one for one in ProposalVerdict if one.value == verdict), None)
    proposal = desk.workspace.proposals.get(proposal_id)
    if proposal is None:
        raise HTTPException(404)
    if chosen is None or not desk.readings.blind_for(visitor.account).isdisjoint(shown_items(proposal)):
        raise HTTPException(422)
    tried = {"nl": nl, "en": en, "why": why}
    # What it rests on may have changed while it was looked at: then it is proposed no more, and nobody approves it.
    desk.weighing.latest(_CATCH_UP_SECONDS)
    given = None if proposal.change is ChangeKind.KEEP else Wording(nl=nl, en=en)
    try:
        standing = decide_proposal(
            desk.workspace,
            desk.settings,
            proposal_id,
            chosen,
            visitor.account.name,
            wording=given,
            why=why,
            turn=seen + 1,
            now=now(),
        )
        stored = None
        if standing.state is ProposalState.APPROVED:
            stored = apply_approved(desk.workspace, desk.settings, now(), [proposal_id])
    except ActConflict:
        problem = text("proposals_page.conflict", visitor.language)
        return _proposal_page(request, visitor, proposal_id, problem=problem, tried=tried)
    except (ProposalError, TableConflict) as error:
        field = "why" if error.key == "error.proposal_why" else ""
        problem = error_text(error, visitor.language)
        return _proposal_page(request, visitor, proposal_id, problem=problem, problem_field=field, tried=tried)
    logger.info("%s: %s on proposal %s", visitor.account.name, chosen.value, proposal_id)
    return redirect(f"/proposals/{proposal_id}", _done(chosen, standing.state, applied=stored is not None))


def _done(verdict: ProposalVerdict, state: ProposalState, *, applied: bool) -> str:
    if verdict is ProposalVerdict.APPROVE and state is ProposalState.SECONDED:
        return "done.proposals_seconded"
    if verdict is ProposalVerdict.APPROVE:
        return "done.proposals_applied" if applied else "done.proposals_approved"
    return "done.proposals_rejected" if verdict is ProposalVerdict.REJECT else "done.proposals_undone"


@router.post("/studies")
def rule_on_studies(
    request: Request,
    visitor: Annotated[Visitor, needs(AccountRole.REVIEWER)],
    item_a: Field,
    item_b: Field,
    together: Field,
    back_to: Annotated[str, Form(alias="next")] = "/proposals",
    why: Field = "",
) -> Response:
    """Say that two passages are of one study, or are not, or take that back."""
    desk: Desk = request.app.state.desk
    if together not in _RULINGS or not desk.readings.blind_for(visitor.account).isdisjoint({item_a, item_b}):
        raise HTTPException(422)
    ruling, done = _RULINGS[together]
    rule_on_study(desk.workspace, item_a, item_b, visitor.account.name, together=ruling, why=why, now=now())
    # The proposal that it was said of may be another by now, under another id: the list has it.
    kept = back_to if back_to.startswith("/table/") else "/proposals"
    return redirect(kept, done)
