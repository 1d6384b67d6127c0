"""Who may decide on proposals, whose approval counts, and whether a proposal can be approved still."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from flows.lineage import held_changes
from flows.proposals import is_proposed, proposal_standings, workspace_rules
from pipelines.domain.accounts import Account, AccountRole
from pipelines.domain.evidence_table import Column
from pipelines.domain.proposals import Proposal, ProposalState
from pipelines.errors import KennisstandError
from pipelines.settings import Settings
from pipelines.store import Workspace

UPWARD_PEOPLE = 2
"""For what becomes known outside of the rules where no rule makes anything known: as the shipped rules ask for it."""


class ProposalError(KennisstandError):
    """The proposal cannot be decided on so, or not by this person."""


def approvers(workspace: Workspace, settings: Settings) -> list[Account]:
    """Accounts that may approve and reject, in alphabetical order.

    Those that the setting names, as far as they are open and may decide on passages; all open editors and admins where
    it names nobody.
    """
    return [account for account in workspace.accounts.all() if _may_approve(account, settings)]


def _may_approve(account: Account, settings: Settings) -> bool:
    named = {name.strip().casefold() for name in settings.approvers.split(",") if name.strip()}
    least = AccountRole.REVIEWER if named else AccountRole.EDITOR
    return account.active and account.role.may(least) and (not named or account.name.casefold() in named)


def tidy_name(person: str) -> str:
    """A name as it is kept and compared: without accounts one person may write it in several ways."""
    return " ".join(person.split()).casefold()


def check_approver(workspace: Workspace, settings: Settings, person: str) -> str:
    """Make sure that ``person`` may approve and reject. In a workspace without accounts anybody may, by any name.

    Returns
    -------
    str
        The name to keep: that of the account, or the tidied name.

    Raises
    ------
    ProposalError
        There are accounts, and this is none of those that may.
    """
    if not person.strip():
        raise ProposalError("error.proposal_nobody")
    if workspace.accounts.count() == 0:
        return tidy_name(person)
    allowed = {tidy_name(account.name): account.name for account in approvers(workspace, settings)}
    if tidy_name(person) not in allowed:
        raise ProposalError("error.proposal_person", name=person, names=", ".join(allowed.values()) or "-")
    return allowed[tidy_name(person)]


def check_people(
    workspace: Workspace, settings: Settings, people: tuple[str, ...] | list[str], entered_by: str = ""
) -> tuple[str, ...]:
    """In whose names something counts that came from a file: each once, whoever read it first of all.

    Raises
    ------
    ProposalError
        One of them may not approve.
    """
    named = [entered_by, *people] if entered_by else list(people)
    return tuple(dict.fromkeys(check_approver(workspace, settings, person) for person in named))


def whose_counts(workspace: Workspace, settings: Settings) -> Callable[[str], bool]:
    """Whether the approval of a person counts today: not any more where the account was closed since."""
    if workspace.accounts.count() == 0:
        return bool
    return {account.name for account in approvers(workspace, settings)}.__contains__


def people_for_known(settings: Settings) -> int:
    """How many people it takes to make a statement known by hand: as many as the rules ask for it.

    Raises
    ------
    SettingsError
        The workspace's own rules cannot be used.
    """
    rules = workspace_rules(settings).rules
    return max((rule.people for rule in rules if rule.to_column is Column.KNOWN), default=UPWARD_PEOPLE)


def is_among_now(workspace: Workspace, proposal: Proposal) -> bool:
    """Whether it was proposed, and not rejected, when that was last looked at."""
    now = workspace.proposals.now()
    if now is None or proposal.id not in now.proposal_ids:
        return False
    return proposal_standings(workspace, {proposal.id: proposal})[proposal.id].state is not ProposalState.REJECTED


def refusal(workspace: Workspace, settings: Settings, proposal: Proposal, today: date) -> ProposalError | None:
    """Why a proposal cannot be approved or applied; ``None`` where it can.

    The rules have to propose it, or would have to had nobody rejected it: what was rejected may be approved after all,
    but not once its evidence is gone or another proposal took its place.
    """
    if not is_among_now(workspace, proposal) and not is_proposed(workspace, settings, proposal, today):
        return ProposalError("error.proposal_lapsed")
    if not proposal.change.adds:
        return None
    changes = [
        change
        for _, change in held_changes(workspace.tables.records())
        if change.change.adds and change.proposal_id not in (None, proposal.id)
    ]
    others = workspace.proposals.some([change.proposal_id or "" for change in changes])
    table = workspace.tables.get(workspace.tables.newest_version())
    there = {statement.id for _, statement in table.statements()}
    for change in changes:
        other = others.get(change.proposal_id or "")
        if other is not None and other.subject == proposal.subject and change.statement_id in there:
            return ProposalError("error.proposal_added", statement=change.statement_id)
    return None
