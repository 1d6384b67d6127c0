"""What people decide on proposals and on studies: who may, and whether it can still be decided."""

from __future__ import annotations

from datetime import datetime, timedelta

from flows.proposal_checks import ProposalError, approvers, check_approver, is_among_now, refusal, tidy_name
from flows.proposals import proposal_standings, refresh_proposals
from pipelines.domain.accounts import AccountRole
from pipelines.domain.appraisal import StudyRuling
from pipelines.domain.ids import content_id
from pipelines.domain.proposals import (
    Proposal,
    ProposalDecision,
    ProposalStanding,
    ProposalState,
    ProposalVerdict,
    Wording,
)
from pipelines.errors import UnknownError
from pipelines.settings import Settings
from pipelines.store import Workspace
from pipelines.store.acts import ActConflict

__all__ = ["ProposalError", "approvers", "check_approver", "decide_proposal", "make_decision", "rule_on_study"]


def decide_proposal(
    workspace: Workspace,
    settings: Settings,
    proposal_id: str,
    verdict: ProposalVerdict,
    person: str,
    *,
    wording: Wording | None = None,
    why: str = "",
    turn: int | None = None,
    source: str = "",
    now: datetime,
) -> ProposalStanding:
    """Decide on a proposal; returns where it stands after that.

    Parameters
    ----------
    workspace, settings
        The settings say who may.
    proposal_id, verdict, person
        The whole id; the name of the account.
    wording
        Only with approval: the text as approved, where that is not the suggestion.
    why
        Needed with a rejection.
    turn
        Number of the decision, one more than the turn that the person saw; ``None`` takes what stands now as seen.
    source
        Through what: name of the Word file; empty for page and command.
    now
        In UTC, without time zone.

    Raises
    ------
    UnknownError
        There is no such proposal.
    ProposalError
        The person may not, the reason or the text is missing, or there is nothing to decide on or to take back; or what
        is to be approved is not proposed now, whatever was decided on it before.
    ActConflict
        Somebody else decided in the meantime, or the table got another version.
    """
    proposal = workspace.proposals.get(proposal_id)
    if proposal is None:
        raise UnknownError("error.proposal_unknown", proposal=proposal_id, n=0)
    person = check_approver(workspace, settings, person)
    version = workspace.tables.newest_version()
    standing = proposal_standings(workspace, {proposal.id: proposal})[proposal.id]
    if turn is not None and turn != standing.turn + 1:
        given = _checked_wording(proposal, wording) if verdict is ProposalVerdict.APPROVE else None
        if _is_repeated(workspace.acts.decisions(proposal.id), turn, verdict, person, given):
            return standing
        raise ActConflict(proposal.id)
    decision = make_decision(proposal, standing, verdict, person, wording=wording, why=why, source=source, now=now)
    is_aside = verdict is ProposalVerdict.APPROVE and not is_among_now(workspace, proposal)
    if verdict is ProposalVerdict.APPROVE:
        reason = refusal(workspace, settings, proposal, now.date())
        if reason is not None:
            raise reason
    workspace.acts.decide([decision], version=version)
    if is_aside:  # the rejection is gone, so that the rules propose it again
        refresh_proposals(workspace, settings, now.date())
    return proposal_standings(workspace, {proposal.id: proposal})[proposal.id]


def _is_repeated(
    made: list[ProposalDecision], turn: int, verdict: ProposalVerdict, person: str, wording: Wording | None
) -> bool:
    """Whether all that was decided since is this very choice: a form that was sent twice."""
    since = made[turn - 1 :]
    return len(since) == 1 and (since[0].verdict, since[0].person, since[0].wording) == (verdict, person, wording)


def make_decision(
    proposal: Proposal,
    standing: ProposalStanding,
    verdict: ProposalVerdict,
    person: str,
    *,
    wording: Wording | None,
    why: str,
    source: str,
    now: datetime,
    entered_by: str = "",
) -> ProposalDecision:
    """The next decision on a proposal that stands so.

    Raises
    ------
    ProposalError
        As :func:`decide_proposal`.
    """
    wording = _checked_wording(proposal, wording) if verdict is ProposalVerdict.APPROVE else None
    if standing.state is ProposalState.APPLIED:
        raise ProposalError("error.proposal_applied", version=standing.applied_in or "")
    if verdict is ProposalVerdict.UNDO:
        mine = {decision.person for decision in standing.approvals}
        if person not in mine and (standing.rejection is None or standing.rejection.person != person):
            raise ProposalError("error.proposal_undo")
    elif standing.state is ProposalState.LAPSED:
        raise ProposalError("error.proposal_lapsed")
    elif verdict is ProposalVerdict.REJECT and not why.strip():
        raise ProposalError("error.proposal_why")
    turn = standing.turn + 1
    return ProposalDecision(
        id=content_id("proposal decision", proposal.id, turn, person, verdict, now.isoformat()),
        proposal_id=proposal.id,
        turn=turn,
        verdict=verdict,
        person=person,
        decided=now,
        why=why.strip(),
        wording=wording,
        source=source[:400],
        entered_by=entered_by,
    )


def _checked_wording(proposal: Proposal, wording: Wording | None) -> Wording | None:
    """``None`` where the text is the suggestion."""
    if wording is None:
        return None
    tidy = Wording(nl=" ".join(wording.nl.split()), en=" ".join(wording.en.split()))
    if not tidy.nl and not tidy.en:
        raise ProposalError("error.proposal_text")
    return None if tidy == proposal.suggestion else tidy


def rule_on_study(
    workspace: Workspace,
    item_a: str,
    item_b: str,
    person: str,
    *,
    together: bool | None,
    why: str = "",
    now: datetime,
) -> StudyRuling:
    """Say that two pieces are of one study, or are not; ``None`` takes back what was said of them.

    Raises
    ------
    ProposalError
        The person has no account that may decide on passages, or the two are one item.
    UnknownError
        One of the two is no item that was accepted.
    """
    person = _check_reader(workspace, person)
    if item_a == item_b:
        raise ProposalError("error.study_same", item=item_a)
    standings = workspace.decisions.standings(workspace.passages.items())
    for item in (item_a, item_b):
        held = standings.get(item)
        if held is None or held.holds is None or not held.holds.relevant:
            raise UnknownError("error.study_item", item=item)
    first, second = sorted((item_a, item_b))
    # The latest on a pair holds, so that two within the tick of a clock must not have the same moment.
    said = [ruling.decided for ruling in workspace.acts.rulings() if (ruling.item_a, ruling.item_b) == (first, second)]
    now = max([now, *(moment + timedelta(microseconds=1) for moment in said)])
    ruling = StudyRuling(
        id=content_id("study ruling", first, second, person, str(together), now.isoformat()),
        item_a=first,
        item_b=second,
        together=together,
        person=person,
        decided=now,
        why=why.strip(),
    )
    workspace.acts.rule(ruling)
    return ruling


def _check_reader(workspace: Workspace, person: str) -> str:
    if not person.strip():
        raise ProposalError("error.proposal_nobody")
    if workspace.accounts.count() == 0:
        return tidy_name(person)
    account = workspace.accounts.get(person)
    if account is None or not account.active or not account.role.may(AccountRole.REVIEWER):
        raise ProposalError("error.study_person", name=person)
    return account.name
