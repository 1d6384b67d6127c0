"""What every request must pass before any route sees it: a known host, a size, and coming from our own page."""

from __future__ import annotations

import logging
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from pipelines.strings import LANGUAGES, text

logger = logging.getLogger(__name__)

FORM_BYTES = 1_000_000
"""The longest form has a note of some pages; python-multipart reads it into memory."""
UPLOAD_PATH = "/documents/upload"
IMPORT_PATH = "/versions/import"
IMPORT_BYTES = 30 * 2**20
"""The largest table or note that is read back: a note with plots has some megabytes."""
_UPLOAD_MARGIN = 64 * 1024
"""What a form adds around a file: borders and names."""
_LONGEST_NUMBER = 18
"""Digits of a length; so many bytes no computer holds, and Python does not read numbers of any length."""
_CHANGES_NOTHING = frozenset({"GET", "HEAD", "OPTIONS"})
_DEFAULT_PORTS = {"http": 80, "https": 443}


async def _refuse(status_code: int, key: str, scope: Scope, receive: Receive, send: Send) -> None:
    logger.warning("refused: %s, %s %r", key, scope.get("method"), scope.get("path"))
    # Before anybody is known: in both languages, and without a template.
    words = "\n".join(text(key, language) for language in LANGUAGES)
    await PlainTextResponse(words, status_code)(scope, receive, send)


def host_and_port(netloc: str, scheme: str) -> tuple[str, int] | None:
    """Host in small letters without brackets, and port; ``None`` where ``netloc`` is no plain host."""
    try:
        parts = urlsplit(f"//{netloc}")
        port = parts.port or _DEFAULT_PORTS.get(scheme, 0)
    except ValueError:
        return None
    if not parts.hostname or parts.netloc != netloc or "@" in netloc or parts.path or parts.query or parts.fragment:
        return None
    return parts.hostname, port


class HostGuard:
    """Refuses requests that name another host: a foreign name that was made to point here (DNS rebinding) is one."""

    def __init__(self, app: ASGIApp, hostnames: frozenset[str]) -> None:
        self._app = app
        self._hostnames = hostnames

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        named = Headers(scope=scope).getlist("host")
        host = host_and_port(named[0], scope["scheme"]) if len(named) == 1 else None
        if scope["type"] != "http" or host is None or host[0] not in self._hostnames:
            await _refuse(400, "access.host_unknown", scope, receive, send)
            return
        await self._app(scope, receive, send)


class OriginGuard:
    """Refuses what changes something unless it comes from a page of this very server (CSRF).

    Browsers say where a request comes from in ``Sec-Fetch-Site`` and ``Origin``, older ones in ``Referer``; a page
    elsewhere cannot change these. Whoever is no browser has to send ``Origin`` too.
    """

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self._app = app
        self._secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in _CHANGES_NOTHING and not self._is_own(scope):
            await _refuse(403, "access.foreign_origin", scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _is_own(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        if headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
            return False
        named = headers.getlist("origin") or headers.getlist("referer")
        if len(named) != 1:
            return False
        scheme = "https" if self._secure else scope["scheme"]
        try:
            origin = urlsplit(named[0])
        except ValueError:
            return False
        own = host_and_port(headers.get("host", ""), scheme)
        return origin.scheme == scheme and own is not None and host_and_port(origin.netloc, scheme) == own


class SizeGuard:
    """Refuses bodies that are too long, by what they say of themselves and while they come in."""

    def __init__(self, app: ASGIApp, *, upload_bytes: int) -> None:
        self._forms = RequestBodyLimitMiddleware(app, FORM_BYTES)
        self._uploads = RequestBodyLimitMiddleware(app, upload_bytes + _UPLOAD_MARGIN)
        self._imports = RequestBodyLimitMiddleware(app, IMPORT_BYTES + _UPLOAD_MARGIN)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = str(scope.get("path", ""))
        limit = self._forms
        if path == UPLOAD_PATH or path.startswith(UPLOAD_PATH + "/"):
            limit = self._uploads
        elif path == IMPORT_PATH:  # what follows on it only names the file
            limit = self._imports
        told = Headers(scope=scope).get("content-length", "") if scope["type"] == "http" else ""
        # Here and not in the middleware: that would break into an answer that was begun, in English, with a traceback.
        if told.isascii() and told.isdigit() and (len(told) > _LONGEST_NUMBER or int(told) > limit.max_body_size):
            await _refuse(413, "page.message.http_413", scope, receive, send)
            return
        await limit(scope, receive, send)
