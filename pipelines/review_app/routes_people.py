"""Who has an account and what they may; only for admins. Gathers the routes of people."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from pipelines.domain.accounts import Account, AccountRole
from pipelines.errors import StoreError
from pipelines.review_app import routes_account, routes_sign_in
from pipelines.review_app.access import Visitor, needs
from pipelines.review_app.names import full_name, sign_in_name
from pipelines.review_app.passwords import ONCE_HOURS, one_time_secret
from pipelines.review_app.rendering import redirect, render
from pipelines.store import Workspace
from pipelines.store.accounts import AccountStore

_EVENTS_SHOWN = 50

router = APIRouter()
router.include_router(routes_sign_in.router)
router.include_router(routes_account.router)
Field = Annotated[str, Form()]
Admin = Annotated[Visitor, needs(AccountRole.ADMIN)]


@router.get("/people")
def show_people(request: Request, visitor: Admin) -> Response:
    """All accounts."""
    return _people_page(request, visitor)


@router.post("/people")
def add_person(
    request: Request,
    visitor: Admin,
    name: Field = "",
    full: Annotated[str, Form(alias="full_name")] = "",
    role: Field = "",
    sign_in: Field = "password",
) -> Response:
    """Add an account, with a one-time password unless it signs in elsewhere."""
    clean, whole, wanted = sign_in_name(name), full_name(full), _role(role)
    faults = {
        "name": None if clean else "people.fault.name",
        "full_name": None if whole else "people.fault.full_name",
        "role": None if wanted else "people.fault.role",
    }
    found = {field: key for field, key in faults.items() if key}
    given = {"name": name[:60], "full_name": full[:120], "role": role, "sign_in": sign_in}
    if found or clean is None or whole is None or wanted is None:
        return _people_page(request, visitor, faults=found, given=given)
    password, secret = one_time_secret(_accounts(request).now()) if sign_in != "elsewhere" else (None, None)
    try:
        account = _accounts(request).create(
            clean, whole, wanted, secret, actor=visitor.account.name, language=visitor.account.language
        )
    except StoreError as error:
        if error.key != "error.account_exists":
            raise
        return _people_page(request, visitor, faults={"name": "people.fault.taken"}, given=given)
    if password is None:
        return redirect("/people", "done.people_added")
    return _people_page(request, visitor, one_time=(account, password))


@router.post("/people/{name}/role")
def change_role(request: Request, visitor: Admin, name: str, role: Field = "") -> Response:
    """Give another role."""
    wanted = _role(role)
    if wanted is None or _accounts(request).get(name) is None:
        return _people_page(request, visitor, problem="people.fault.role")
    return _changed(request, visitor, name, "done.people_changed", role=wanted.value)


@router.post("/people/{name}/close")
def close(request: Request, visitor: Admin, name: str) -> Response:
    """Close an account: nobody can sign in with it any more, and what it did stays under its name."""
    return _changed(request, visitor, name, "done.people_closed", active=False)


@router.post("/people/{name}/reopen")
def reopen(request: Request, visitor: Admin, name: str) -> Response:
    """Open a closed account again."""
    return _changed(request, visitor, name, "done.people_reopened", active=True)


@router.post("/people/{name}/one-time-password")
def give_one_time_password(request: Request, visitor: Admin, name: str) -> Response:
    """Give a one-time password in the place of one that was forgotten; the admin never knows the next one."""
    account = _accounts(request).get(name)
    if account is None:
        return _people_page(request, visitor, problem="people.fault.unknown")
    password, secret = one_time_secret(_accounts(request).now())
    _accounts(request).set_secret(name, secret, actor=visitor.account.name)
    return _people_page(request, visitor, one_time=(account, password))


@router.post("/people/{name}/sign-out")
def sign_out_person(request: Request, visitor: Admin, name: str) -> Response:
    """End all sessions of somebody."""
    if _accounts(request).get(name) is None:
        return _people_page(request, visitor, problem="people.fault.unknown")
    _accounts(request).sign_out(name, actor=visitor.account.name)
    return redirect("/people", "done.people_sessions_ended")


def _accounts(request: Request) -> AccountStore:
    workspace: Workspace = request.app.state.workspace
    return workspace.accounts


def _role(value: str) -> AccountRole | None:
    return next((role for role in AccountRole if role.value == value), None)


def _changed(request: Request, visitor: Visitor, name: str, done: str, **changes: str | bool) -> Response:
    try:
        _accounts(request).change(name, actor=visitor.account.name, **changes)
    except StoreError as error:
        known = {"error.account_last_admin": "people.fault.last_admin", "error.account_unknown": "people.fault.unknown"}
        if error.key not in known:
            raise
        return _people_page(request, visitor, problem=known[error.key])
    return redirect("/" if name == visitor.account.name else "/people", done)


def _people_page(
    request: Request,
    visitor: Visitor,
    *,
    faults: dict[str, str] | None = None,
    given: dict[str, str] | None = None,
    problem: str | None = None,
    one_time: tuple[Account, str] | None = None,
) -> Response:
    accounts = _accounts(request)
    return render(
        request,
        "people.html",
        visitor,
        422 if faults or problem else 200,
        people=accounts.all(),
        events=accounts.events(_EVENTS_SHOWN),
        roles=[role.value for role in AccountRole],
        faults=faults or {},
        given=given or {"name": "", "full_name": "", "role": AccountRole.REVIEWER.value, "sign_in": "password"},
        problem=problem,
        one_time=one_time,
        once_hours=ONCE_HOURS,
        proxy=request.app.state.access.proxy_header is not None,
    )
