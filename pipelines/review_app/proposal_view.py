"""A proposal as pages show it: in words, with its changes word by word, and who may do what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipelines.domain.proposals import ChangeKind, Proposal, ProposalStanding, ProposalState
from pipelines.domain.rules import Rules
from pipelines.language.word_changes import Change, word_changes
from pipelines.review_app.weighing import Weighed
from pipelines.revision import describe
from pipelines.strings import Language

#: Proposals of these states wait for somebody.
DECIDABLE = (ProposalState.OPEN, ProposalState.SECONDED, ProposalState.APPROVED, ProposalState.REJECTED)


@dataclass(frozen=True)
class ShownProposal:
    """One proposal in one language."""

    proposal: Proposal
    standing: ProposalStanding
    what: str
    rule_title: str
    rule_text: str
    reasons: tuple[str, ...]
    words: tuple[tuple[str, Change], ...]
    """The change word by word; empty where no words change."""
    text_language: str
    """Language of ``words``."""
    approvers: str
    """Names of those who approved, as one string."""
    hidden: bool
    """Whether it rests on something that the visitor is to read without knowing what others found."""


def show_proposal(
    proposal: Proposal,
    standing: ProposalStanding,
    rules: Rules,
    language: Language,
    names: Mapping[str, str],
    blind: frozenset[str],
) -> ShownProposal:
    """A proposal in words.

    Parameters
    ----------
    proposal, standing, rules
        As they are now.
    language, names
        Of the visitor; account name -> full name.
    blind
        Items of which the visitor must not see the first decision yet.
    """
    told = describe(proposal, rules, language)
    rule = next((one for one in rules.rules if one.id == proposal.rule), None)
    after = standing.wording or proposal.suggestion
    shown: Language = language if after.text(language) == after.text_in(language) else _other(language)
    before = "" if proposal.before is None else proposal.before.text_in(shown)
    changed = () if proposal.change is ChangeKind.KEEP else tuple(word_changes(before, after.text_in(shown)))
    return ShownProposal(
        proposal=proposal,
        standing=standing,
        what=told.what,
        rule_title=told.rule,
        rule_text="" if rule is None else rule.explanation.text(language),
        reasons=(*told.why, *told.notes),
        words=changed,
        text_language=shown,
        approvers=", ".join(names.get(one.person, one.person) for one in standing.approvals),
        hidden=not blind.isdisjoint(shown_items(proposal)),
    )


def _other(language: Language) -> Language:
    return "en" if language == "nl" else "nl"


def language_before(shown: ShownProposal, language: Language) -> Language:
    """Language of the statement as it was, for a reader of ``language``."""
    before = shown.proposal.before
    return language if before is None or before.text_in(language) else _other(language)


def rights(shown: ShownProposal, person: str, *, may_approve: bool) -> dict[str, bool]:
    """What ``person`` can do with it now, and whether theirs would be the last approval that is needed."""
    standing = shown.standing
    mine = any(one.person == person for one in standing.approvals)
    rejected = standing.rejection is not None and standing.rejection.person == person
    decidable = may_approve and standing.state in DECIDABLE
    others = sum(one.person != person for one in standing.approvals)
    return {
        "may_decide": decidable,
        "may_undo": decidable and (mine or rejected),
        "last": others + 1 >= shown.proposal.people_needed,
    }


def shown_items(proposal: Proposal) -> frozenset[str]:
    """Items that the page of a proposal quotes: also those that are only of the same study as its evidence."""
    return frozenset(item for weighed in proposal.studies for item in (*weighed.items, *weighed.study.items))


def neighbours(weighed: Weighed, proposal_id: str) -> tuple[str | None, str | None]:
    """Ids of the proposals before and after this one among those that stand as it does."""
    state = weighed.by_id[proposal_id][1].state
    ids = [proposal.id for proposal, standing in weighed.proposals if standing.state is state]
    place = ids.index(proposal_id)
    return (ids[place - 1] if place else None), (ids[place + 1] if place + 1 < len(ids) else None)
