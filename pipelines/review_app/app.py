"""Puts the page together: routes, who may use them, what every answer carries along."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, PlainTextResponse, Response
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException

from flows.workspace import open_settings_workspace
from pipelines.errors import KennisstandError, UnknownError
from pipelines.review_app import (
    routes_decide,
    routes_documents,
    routes_dossier_keeping,
    routes_dossiers,
    routes_inbox,
    routes_learning,
    routes_passage,
    routes_people,
    routes_proposals,
    routes_readers,
    routes_reports,
    routes_scans,
    routes_schedules,
    routes_search,
    routes_sources,
    routes_static,
    routes_table,
    routes_topic_arranging,
    routes_topics,
    routes_versions,
)
from pipelines.review_app.access import AccessRules, check_routes, check_start, protect, visitor_of
from pipelines.review_app.desk import Desk
from pipelines.review_app.rendering import language_of, render
from pipelines.review_app.troubles import error_at_page
from pipelines.settings import Settings
from pipelines.store.files import told_of_disk

logger = logging.getLogger(__name__)

_SILENT: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}

#: Nothing can be stored, whatever is asked: of these the log tells as well, with what only its readers can use.
_CANNOT_STORE = frozenset({
    "error.disk_full", "error.disk_full_somewhere", "error.database_full", "error.temporary_none",
    "error.disk_readonly", "error.disk_readonly_somewhere", "error.database_readonly",
})  # fmt: skip

_ROUTES = (
    routes_static,
    routes_people,
    routes_inbox,
    routes_passage,
    routes_decide,
    routes_documents,
    routes_scans,
    routes_sources,
    routes_schedules,
    routes_reports,
    # Before the other one, for the same reason as topics.
    routes_dossier_keeping,
    routes_dossiers,
    routes_table,
    routes_proposals,
    routes_versions,
    # Before the other one: the pages of single topics take all that follows on theirs.
    routes_topic_arranging,
    routes_topics,
    routes_readers,
    routes_search,
    routes_learning,
)


def create_app(settings: Settings, rules: AccessRules) -> FastAPI:
    """The review page over the workspace of ``settings``.

    Raises
    ------
    StoreError
        The workspace cannot be used.
    SettingsError
        It would be open to other computers without anybody having an account.
    """
    workspace = open_settings_workspace(settings)
    check_start(rules, workspace.accounts.count())
    desk = Desk(settings, workspace)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        desk.begin()
        yield
        desk.close()
        workspace.close()

    # No list of routes for machines: nobody needs it, and it would tell strangers what there is.
    # Nothing is measured for others either (the framework can send traces where the environment says so).
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan, telemetry=_SILENT)
    app.state.settings, app.state.workspace, app.state.desk, app.state.access = settings, workspace, desk, rules
    for module in _ROUTES:
        app.include_router(module.router)
    app.add_exception_handler(HTTPException, _tell_http)
    app.add_exception_handler(RequestValidationError, _tell_invalid)
    app.add_exception_handler(KennisstandError, _tell_error)
    app.add_exception_handler(OSError, _tell_of_disk)
    app.add_exception_handler(Exception, _tell_unexpected)
    check_routes(app)
    protect(app)
    return app


def _page(request: Request, status_code: int, key: str, detail: str = "") -> HTMLResponse:
    return render(
        request,
        "message.html",
        visitor_of(request),
        status_code=status_code,
        heading=f"page.message.{key}",
        detail=detail,
    )


async def _tell_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if 300 <= error.status_code < 400:
        return Response(status_code=error.status_code, headers=error.headers)
    if error.status_code in {405, 416}:
        return PlainTextResponse(str(error.detail), error.status_code, headers=error.headers)
    if error.status_code in {400, 413, 422}:
        _note_refused(request)
    known = {401, 403, 404, 413, 429}
    page = _page(request, error.status_code, f"http_{error.status_code}" if error.status_code in known else "http_400")
    page.headers.update(error.headers or {})
    return page


def _note_refused(request: Request) -> None:
    """What no page of ours sends was made by hand, or by a program."""
    visitor = visitor_of(request)
    who = "-" if visitor is None else visitor.account.name
    logger.warning("refused: %s sent what no page sends, %s %r", who, request.method, request.url.path)


async def _tell_invalid(request: Request, _: Exception) -> Response:
    _note_refused(request)
    return _page(request, 422, "http_400")


async def _tell_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, KennisstandError)
    detail = error_at_page(error, language_of(request, visitor_of(request)))
    status_code = 404 if isinstance(error, UnknownError) else 507 if error.key in _CANNOT_STORE else 409
    if status_code == 507:
        logger.error("nothing can be stored: %s %s", error.key, error.values)
    return _page(request, status_code, "failed", detail)


async def _tell_of_disk(request: Request, error: Exception) -> Response:
    """A disk without room shows in the middle of anything, such as taking in a file that somebody sends."""
    assert isinstance(error, OSError)
    known = told_of_disk(error)
    return await (_tell_unexpected(request, error) if known is None else _tell_error(request, known))


async def _tell_unexpected(request: Request, error: Exception) -> Response:
    logger.error("unexpected error at %s %r", request.method, request.url.path, exc_info=error)
    return _page(request, 500, "http_500")
