"""Signing in and out, and the first account of a new workspace."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from pipelines.review_app.access import PUBLIC, may_make_first, safe_path, visitor_of
from pipelines.review_app.names import full_name, sign_in_name
from pipelines.review_app.passwords import LONGEST, SHORTEST, hash_password, password_problem
from pipelines.review_app.rendering import language_of, redirect, render
from pipelines.review_app.signing_in import Refusal, check_sign_in, close_session, open_session
from pipelines.store import Workspace
from pipelines.store.accounts import Secret
from pipelines.strings import LANGUAGES

router = APIRouter(dependencies=[PUBLIC])
Field = Annotated[str, Form()]


@router.get("/sign-in")
def show_sign_in(request: Request, next: str = "/") -> Response:
    """The page to sign in."""
    if visitor_of(request) is not None:
        return redirect(safe_path(next))
    if may_make_first(request):
        return redirect("/first-use")
    return render(request, "sign_in.html", None, next=safe_path(next), name="", refusal=None)


@router.post("/sign-in")
def sign_in(request: Request, name: Field = "", password: Field = "", next: Field = "/") -> Response:
    """Sign in with name and password."""
    workspace: Workspace = request.app.state.workspace
    outcome = check_sign_in(workspace.accounts, name, password)
    if isinstance(outcome, Refusal):
        page = render(
            request, "sign_in.html", None, outcome.status_code, next=safe_path(next), name=name[:60], refusal=outcome
        )
        if outcome.minutes:
            page.headers["Retry-After"] = str(outcome.minutes * 60)
        return page
    account, secret = outcome
    answer = redirect(safe_path(next) if secret.once_until is None else "/account/password")
    open_session(request, answer, account)
    return answer


@router.post("/sign-out")
def sign_out(request: Request) -> Response:
    """End the session of this browser; also when it had ended already."""
    answer = redirect("/sign-in", "done.people_signed_out")
    close_session(request, answer)
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


@router.get("/first-use")
def show_first_use(request: Request) -> Response:
    """The page that makes the first account."""
    if not may_make_first(request):
        return redirect("/sign-in")
    return _first_use_page(request, {}, {"name": "", "full_name": "", "language": language_of(request, None)})


@router.post("/first-use")
def first_use(
    request: Request,
    name: Field = "",
    full: Annotated[str, Form(alias="full_name")] = "",
    password: Field = "",
    repeated: Field = "",
    language: Field = "nl",
) -> Response:
    """Make the first account, an admin, and sign in."""
    if not may_make_first(request):
        return redirect("/sign-in", "done.people_first_exists")
    faults = {
        "name": None if sign_in_name(name) else "people.fault.name",
        "full_name": None if full_name(full) else "people.fault.full_name",
        "password": password_problem(password, name, full),
        "repeated": None if password == repeated else "password.not_same",
    }
    faults = {field: key for field, key in faults.items() if key}
    clean, whole = sign_in_name(name), full_name(full)
    if faults or clean is None or whole is None:
        return _first_use_page(request, faults, {"name": name[:60], "full_name": full[:120], "language": language})
    workspace: Workspace = request.app.state.workspace
    chosen = language if language in LANGUAGES else "nl"
    account = workspace.accounts.create_first(clean, whole, Secret(hash_password(password)), chosen)
    if account is None:
        return redirect("/sign-in", "done.people_first_exists")
    answer = redirect("/", "done.people_first_made")
    open_session(request, answer, account)
    return answer


def _first_use_page(request: Request, faults: dict[str, str], given: dict[str, str]) -> Response:
    status_code = 422 if faults else 200
    limits = {"shortest": SHORTEST, "longest": LONGEST}
    return render(request, "first_use.html", None, status_code, faults=faults, given=given, **limits)
