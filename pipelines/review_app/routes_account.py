"""The own account: name, language, keys, password, sessions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from pipelines.domain.accounts import AccountRole
from pipelines.review_app.access import CHOOSE_PASSWORD, AccessRules, Visitor, needs
from pipelines.review_app.names import full_name
from pipelines.review_app.pace import Costly
from pipelines.review_app.passwords import LONGEST, SHORTEST, hash_password, password_problem
from pipelines.review_app.rendering import redirect, render
from pipelines.review_app.signing_in import Refusal, check_sign_in, close_session, open_session
from pipelines.store import Workspace
from pipelines.store.accounts import Secret
from pipelines.strings import LANGUAGES

router = APIRouter()
Field = Annotated[str, Form()]
Anybody = Annotated[Visitor, needs(AccountRole.READER)]
BeforeChoice = Annotated[Visitor, needs(AccountRole.READER, before_choice=True)]


@router.get("/account")
def show_account(request: Request, visitor: Anybody) -> Response:
    """The page of the own account."""
    return _account_page(request, visitor, {})


@router.post("/account")
def change_account(
    request: Request,
    visitor: Anybody,
    full: Annotated[str, Form(alias="full_name")] = "",
    language: Field = "",
    shortcuts: Field = "",
) -> Response:
    """Change full name, language and whether single keys act."""
    whole = full_name(full)
    if whole is None:
        return _account_page(request, visitor, {"full_name": "people.fault.full_name"})
    workspace: Workspace = request.app.state.workspace
    name = visitor.account.name
    chosen = language if language in LANGUAGES else visitor.language
    workspace.accounts.change(name, actor=name, full_name=whole, language=chosen, shortcuts=shortcuts == "on")
    return redirect("/account", "done.people_account_changed")


@router.get(CHOOSE_PASSWORD)
def show_password(request: Request, visitor: BeforeChoice) -> Response:
    """The page to choose a password, after signing in with a one-time password."""
    if not visitor.account.has_password:
        return redirect("/account")
    return _password_page(request, visitor, {})


@router.post(CHOOSE_PASSWORD)
def change_password(
    request: Request,
    visitor: Annotated[Visitor, needs(AccountRole.READER, before_choice=True, costs=Costly.PASSWORD)],
    current: Field = "",
    password: Field = "",
    repeated: Field = "",
) -> Response:
    """Choose another password; all sessions end, and a new one begins here."""
    if not visitor.account.has_password:
        return redirect("/account")
    account = visitor.account
    problem = password_problem(password, account.name, account.full_name)
    faults = {"password": problem or ("password.as_before" if password == current else None)}
    faults["repeated"] = None if password == repeated else "password.not_same"
    found = {field: key for field, key in faults.items() if key}
    if found:  # first, so that a password that cannot be used costs no try
        return _password_page(request, visitor, found)
    workspace: Workspace = request.app.state.workspace
    outcome = check_sign_in(workspace.accounts, account.name, current)
    if isinstance(outcome, Refusal):
        return _password_page(request, visitor, {"current": _of_current(outcome)}, outcome.minutes)
    workspace.accounts.set_secret(account.name, Secret(hash_password(password)), actor=account.name)
    answer = redirect("/account", "done.people_password_changed")
    open_session(request, answer, account)
    return answer


@router.post("/account/sign-out-everywhere")
def sign_out_everywhere(
    request: Request, visitor: Annotated[Visitor, needs(AccountRole.READER, costs=Costly.PASSWORD)], current: Field = ""
) -> Response:
    """End all sessions of this account, here too."""
    workspace: Workspace = request.app.state.workspace
    account = visitor.account
    if account.has_password:
        outcome = check_sign_in(workspace.accounts, account.name, current)
        if isinstance(outcome, Refusal):
            return _account_page(request, visitor, {"everywhere": _of_current(outcome)}, outcome.minutes)
    workspace.accounts.sign_out(account.name, actor=account.name)
    answer = redirect("/sign-in", "done.people_signed_out_everywhere")
    close_session(request, answer)
    return answer


@router.post("/account/sign-out-chosen")
def sign_out_chosen(
    request: Request,
    visitor: Annotated[Visitor, needs(AccountRole.READER, costs=Costly.PASSWORD)],
    current: Field = "",
    session: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """End some sessions of this account, chosen one by one."""
    workspace: Workspace = request.app.state.workspace
    account = visitor.account
    if not session:
        return _account_page(request, visitor, {"everywhere": "account.fault.none_chosen"})
    if account.has_password:
        outcome = check_sign_in(workspace.accounts, account.name, current)
        if isinstance(outcome, Refusal):
            return _account_page(request, visitor, {"everywhere": _of_current(outcome)}, outcome.minutes, session)
    workspace.accounts.sign_out_some(account.name, session, actor=account.name)
    answer = redirect("/account", "done.people_signed_out_some")
    rules: AccessRules = request.app.state.access
    going = {one.key_hash for one in workspace.accounts.sessions.of_account(account.name, rules.ends)}
    if account.has_password and visitor.session in going:
        open_session(request, answer, account)  # who gave the password once more goes on under a new key
    return answer


def _of_current(outcome: Refusal) -> str:
    return "sign_in.too_many" if outcome.minutes else "password.current_wrong"


def _account_page(
    request: Request, visitor: Visitor, faults: dict[str, str], minutes: int = 0, chosen: Sequence[str] = ()
) -> Response:
    workspace: Workspace = request.app.state.workspace
    rules: AccessRules = request.app.state.access
    sessions = workspace.accounts.sessions.of_account(visitor.account.name, rules.ends)
    status_code = 422 if faults else 200
    return render(
        request,
        "account.html",
        visitor,
        status_code,
        faults=faults,
        minutes=minutes,
        sessions=sessions,
        chosen=chosen,
        this_session=visitor.session,
        idle_hours=rules.idle_minutes / 60,
        absolute_hours=rules.absolute_hours,
    )


def _password_page(request: Request, visitor: Visitor, faults: dict[str, str], minutes: int = 0) -> Response:
    return render(
        request,
        "password.html",
        visitor,
        422 if faults else 200,
        faults=faults,
        minutes=minutes,
        must_choose=visitor.must_choose,
        shortest=SHORTEST,
        longest=LONGEST,
    )
