"""Signing in: whether name and password belong together, and the session that follows."""

from __future__ import annotations

import logging
import math
import secrets
from dataclasses import dataclass

from fastapi import Request, Response

from pipelines.domain.accounts import Account
from pipelines.review_app.access import AccessRules, visitor_of
from pipelines.review_app.names import sign_in_name
from pipelines.review_app.passwords import check_password, hash_password, outdated
from pipelines.store import Workspace
from pipelines.store.accounts import AccountStore, Secret
from pipelines.store.sessions import hash_name

logger = logging.getLogger(__name__)
_KEY_BYTES = 32


@dataclass(frozen=True)
class Refusal:
    """Why somebody may not come in."""

    key: str
    """Of the words."""
    status_code: int = 401
    minutes: int = 0
    """After how many one may try again."""


def check_sign_in(accounts: AccountStore, typed_name: str, password: str) -> tuple[Account, Secret] | Refusal:
    """Whether ``password`` opens the account of ``typed_name``.

    Every try is counted before the password is looked at, and takes the same work whether there is such an account or
    not. The right password starts the count anew.
    """
    name = sign_in_name(typed_name)
    counted = name or f"({typed_name[:200]})"
    again = accounts.sessions.begin_try(counted)
    if again is not None:
        logger.warning("sign-in refused: too many tries at %s", hash_name(counted)[:12])
        return Refusal("sign_in.too_many", 429, max(1, math.ceil((again - accounts.now()).total_seconds() / 60)))
    account, secret = accounts.get(name or "("), accounts.secret(name or "(")
    fits = check_password(password, None if secret is None else secret.hash)
    if not fits or account is None or secret is None or not account.active:
        # The name only where it exists: people type passwords in the wrong field.
        logger.warning("sign-in refused: %s", hash_name(counted)[:12] if account is None else account.name)
        return Refusal("sign_in.wrong")
    if secret.ended(accounts.now()):
        logger.warning("sign-in refused: the one-time password of %s is too old", account.name)
        return Refusal("sign_in.once_expired")
    accounts.sessions.forget_tries(counted)
    if secret.once_until is None and outdated(secret.hash):
        renewed = Secret(hash_password(password))
        accounts.refresh_hash(account.name, secret, renewed)
        secret = renewed
    logger.info("signed in: %s", account.name)
    return account, secret


def open_session(request: Request, response: Response, account: Account) -> None:
    """Begin a session under a new key, and end the one that this browser had."""
    rules: AccessRules = request.app.state.access
    workspace: Workspace = request.app.state.workspace
    if former := request.cookies.get(rules.cookie):
        workspace.accounts.sessions.end(former)
    key = secrets.token_urlsafe(_KEY_BYTES)
    workspace.accounts.sessions.start(account.name, key, rules.ends)
    response.set_cookie(rules.cookie, key, path="/", secure=rules.secure, httponly=True, samesite="lax")


def close_session(request: Request, response: Response) -> None:
    """End the session of this browser."""
    rules: AccessRules = request.app.state.access
    workspace: Workspace = request.app.state.workspace
    if (visitor := visitor_of(request)) is not None and visitor.session is not None:
        logger.info("signed out: %s", visitor.account.name)
    if key := request.cookies.get(rules.cookie):
        workspace.accounts.sessions.end(key)
    response.delete_cookie(rules.cookie, path="/", secure=rules.secure, httponly=True, samesite="lax")
