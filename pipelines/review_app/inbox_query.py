"""The filters of the inbox as they stand in an address, so that they go along from passage to passage."""

from __future__ import annotations

from dataclasses import fields

from fastapi import Request

from pipelines.domain.accounts import Account, AccountRole
from pipelines.domain.evidence import EvidenceKind, Relation
from pipelines.domain.inbox import Listed
from pipelines.domain.themes import Theme
from pipelines.store.inbox import InboxFilter

STATES = ("todo", "sample", "next", "second", "later", "disagreement", "accepted", "rejected", "all")
_NAMES = tuple(field.name for field in fields(InboxFilter) if field.name != "viewer")
_LONGEST = 200
_KNOWN: dict[str, frozenset[str]] = {
    "theme": frozenset(Theme),
    "relation": frozenset(Relation),
    "kind": frozenset(EvidenceKind),
    "listed": frozenset(Listed),
    "language": frozenset({"nl", "en", "other"}),
}
"""What has words of its own on the page; rows, publishers, runs and people are whatever they are called."""


def filter_of(request: Request, account: Account) -> InboxFilter:
    """The filter in the address of a request; what cannot be is left out."""
    values = request.query_params
    given = {name: str(values.get(name) or "")[:_LONGEST] or None for name in _NAMES}
    given = {name: value for name, value in given.items() if value is None or value in _KNOWN.get(name, {value})}
    state = given.pop("state")
    viewer = account.name if account.role.may(AccountRole.REVIEWER) else None
    return InboxFilter(state=state if state in STATES else "todo", viewer=viewer, **given)


def as_query(chosen: InboxFilter) -> dict[str, str]:
    """The filter as values of an address; what is left open is absent."""
    values = {name: getattr(chosen, name) for name in _NAMES}
    return {name: value for name, value in values.items() if value and not (name == "state" and value == "todo")}
