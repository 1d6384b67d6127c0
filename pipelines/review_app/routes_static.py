"""Style sheet, script and icon; the choice of a language; whether the program is up."""

from __future__ import annotations

from functools import cache
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import JSONResponse, Response

from pipelines.review_app.access import PUBLIC, AccessRules, safe_path, visitor_of
from pipelines.review_app.rendering import FOLDER, redirect
from pipelines.strings import LANGUAGES, Language

router = APIRouter()

_FILES = {
    "style.css": "text/css; charset=utf-8",
    "plain.css": "text/css; charset=utf-8",
    "topics.css": "text/css; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
    "topics.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml; charset=utf-8",
}
_YEAR_SECONDS = 31_536_000


@cache
def _content(name: str) -> bytes:
    return (FOLDER / "static" / name).read_bytes()


@router.get("/static/{name}", dependencies=[PUBLIC])
def static_file(name: str) -> Response:
    """One of the few files beside the pages."""
    if name not in _FILES:
        raise HTTPException(404)
    return Response(_content(name), media_type=_FILES[name], headers={"Cache-Control": "private, max-age=3600"})


@router.get("/health", dependencies=[PUBLIC])
def health(request: Request) -> JSONResponse:
    """Whether the page answers and its database is there."""
    request.app.state.workspace.accounts.count()
    return JSONResponse({"state": "up"})


@router.post("/language", dependencies=[PUBLIC])
def choose_language(
    request: Request, language: Annotated[str, Form()], next_: Annotated[str, Form(alias="next")] = "/"
) -> Response:
    """Show everything in the other language from now on."""
    chosen: Language | None = next((known for known in LANGUAGES if known == language), None)
    if chosen is None:
        raise HTTPException(422)
    answer = redirect(safe_path(next_))
    visitor = visitor_of(request)
    if visitor is not None:
        request.app.state.workspace.accounts.change(visitor.account.name, actor=visitor.account.name, language=chosen)
    rules: AccessRules = request.app.state.access
    # Not by the scheme of the request: behind a web server with https it comes here over http.
    answer.set_cookie(
        rules.language_cookie, chosen, max_age=_YEAR_SECONDS, httponly=True, samesite="lax", secure=rules.secure
    )
    return answer
