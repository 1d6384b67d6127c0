"""Who may do what: rules, the visitor behind a request, and what each route asks for."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, cached_property
from ipaddress import ip_address, ip_network
from urllib.parse import quote, urlsplit

from fastapi import Depends, FastAPI, Request, params
from fastapi.dependencies.models import Dependant
from fastapi.routing import RouteContext, iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from pipelines.domain.accounts import Account, AccountRole
from pipelines.errors import SettingsError
from pipelines.review_app.names import sign_in_name
from pipelines.review_app.pace import Costly, Pace
from pipelines.review_app.request_guards import HostGuard, OriginGuard, SizeGuard
from pipelines.review_app.security_headers import SecurityHeaders
from pipelines.store import Workspace
from pipelines.store.accounts import Secret, as_account
from pipelines.store.sessions import Ends
from pipelines.strings import Language

logger = logging.getLogger(__name__)

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
CHOOSE_PASSWORD = "/account/password"
"""The one page for whoever came in with a one-time password."""
_SIGNED_OUT_PAGES = ("/sign-in", "/sign-out", "/first-use")
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


@dataclass(frozen=True)
class AccessRules:
    """Where the page is served, and how long one stays signed in."""

    hostnames: frozenset[str] = LOOPBACK_NAMES
    """Names by which browsers may reach it, in small letters, without port."""
    loopback: bool = True
    """Whether it listens to this computer only."""
    secure: bool = False
    """Whether browsers reach it over https, here or at a proxy."""
    idle_minutes: int = 240
    """A session ends so long after its last use: a review stays open over lunch and a meeting."""
    absolute_hours: int = 12
    """And so long after it began: a working day."""
    proxy_header: str | None = None
    """Header in which a proxy names who signed in there; off without."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses or networks of that proxy; from all others the header means nothing."""

    @property
    def cookie(self) -> str:
        """Name of the cookie; with this beginning browsers take it over https from this very host only."""
        return "__Host-kennisstand" if self.secure else "kennisstand"

    @property
    def language_cookie(self) -> str:
        """Name of the cookie that keeps the language of a browser, bound to this host in the same way."""
        return "__Host-language" if self.secure else "language"

    @property
    def ends(self) -> Ends:
        """When sessions end."""
        return Ends(timedelta(minutes=self.idle_minutes), timedelta(hours=self.absolute_hours))

    @cached_property
    def _networks(self) -> tuple[object, ...]:
        return tuple(ip_network(address, strict=False) for address in self.trusted_proxies)

    def trusts(self, address: str | None) -> bool:
        """Whether the proxy is at ``address``."""
        try:
            found = ip_address(address or "")
        except ValueError:
            return False
        return any(found in network for network in self._networks)  # type: ignore[operator]


@dataclass(frozen=True)
class Visitor:
    """Somebody who is signed in."""

    account: Account
    language: Language
    session: str | None = None
    """Hash of the key of the session; ``None`` for somebody whom a proxy vouches for."""
    must_choose: bool = False
    """Came in with a one-time password, and must choose an own one before anything else."""


def visitor_of(request: Request) -> Visitor | None:
    """Who sends this request; ``None`` for somebody who is not signed in."""
    if not hasattr(request.state, "visitor"):
        request.state.visitor = _by_proxy(request) or _by_session(request)
    return request.state.visitor


def _by_session(request: Request) -> Visitor | None:
    rules: AccessRules = request.app.state.access
    workspace: Workspace = request.app.state.workspace
    key = request.cookies.get(rules.cookie)
    found = workspace.accounts.sessions.find(key, rules.ends) if key else None
    if found is None:
        return None
    session, row = found
    secret = Secret.read(row["password_hash"])
    if secret is not None and secret.ended(workspace.accounts.now()):
        return None
    once = secret is not None and secret.once_until is not None
    return _visitor(as_account(row), session.key_hash, must_choose=once)


def _by_proxy(request: Request) -> Visitor | None:
    rules: AccessRules = request.app.state.access
    if rules.proxy_header is None or not rules.trusts(request.client.host if request.client else None):
        return None
    named = request.headers.getlist(rules.proxy_header)
    name = sign_in_name(named[0]) if len(named) == 1 else None
    workspace: Workspace = request.app.state.workspace
    account = workspace.accounts.get(name) if name else None
    return _visitor(account, None) if account is not None and account.active else None


def _visitor(account: Account, session: str | None, *, must_choose: bool = False) -> Visitor:
    language: Language = "en" if account.language == "en" else "nl"
    return Visitor(account, language, session, must_choose)


def may_make_first(request: Request) -> bool:
    """Whether this request may make the first account: nobody has one, and it comes from this computer itself."""
    rules: AccessRules = request.app.state.access
    local = request.client is not None and _is_loopback(request.client.host)
    handed_on = any(name in request.headers for name in _FORWARDED)
    if not rules.loopback or not local or handed_on or request.url.hostname not in LOOPBACK_NAMES:
        return False
    workspace: Workspace = request.app.state.workspace
    return workspace.accounts.count() == 0


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True)
class Needs:
    """A dependency that lets through who is signed in and has a role."""

    role: AccountRole
    before_choice: bool = False
    """Also for somebody who has yet to choose a password."""
    costs: Costly | None = None
    """What it takes of the server; an account has a bounded number of such requests in a while."""

    def __call__(self, request: Request) -> Visitor:
        visitor = visitor_of(request)
        if visitor is None:
            first = may_make_first(request)
            raise _to(request, "/first-use" if first else "/sign-in", with_next=not first)
        if visitor.must_choose and not self.before_choice:
            raise _to(request, CHOOSE_PASSWORD)
        if not visitor.account.role.may(self.role):
            logger.warning("refused: %s (%s) asked for %s %r", *_who(visitor), request.method, request.url.path)
            raise HTTPException(403)
        self._take_turn(request, visitor)
        return visitor

    def _take_turn(self, request: Request, visitor: Visitor) -> None:
        pace: Pace = request.app.state.pace
        wait = None if self.costs is None else pace.take(visitor.account.name, self.costs)
        if wait is not None:
            logger.warning(
                "refused: %s (%s) asks too often for %s %r", *_who(visitor), request.method, request.url.path
            )
            raise HTTPException(429, headers={"Retry-After": str(wait)})


def _who(visitor: Visitor) -> tuple[str, str]:
    return visitor.account.name, visitor.account.role.value


def _to(request: Request, page: str, *, with_next: bool = False) -> HTTPException:
    # A script that asks for data, or a form, is told so; only somebody who opens a page is led on.
    reads = request.method in {"GET", "HEAD"} and request.headers.get("sec-fetch-mode", "navigate") == "navigate"
    if not reads or "application/json" in request.headers.get("accept", ""):
        return HTTPException(401)
    here = quote(request.url.path) + (f"?{request.url.query}" if request.url.query else "")
    wanted = safe_path(here) if with_next else "/"
    return HTTPException(303, headers={"Location": page if wanted == "/" else f"{page}?next={quote(wanted, safe='/')}"})


def safe_path(path: str) -> str:
    """``path`` if it is a page of this server, else ``/``: nobody is led elsewhere after signing in."""
    try:
        parts = urlsplit(path)
    except ValueError:
        return "/"
    plain = path.isascii() and path.isprintable() and "\\" not in path and " " not in path
    if not plain or not path.startswith("/") or path.startswith("//") or parts.scheme or parts.netloc:
        return "/"
    return "/" if parts.path in _SIGNED_OUT_PAGES else path


@cache
def needs(role: AccountRole, *, before_choice: bool = False, costs: Costly | None = None) -> params.Depends:
    """What a route asks for: ``visitor: Annotated[Visitor, needs(AccountRole.REVIEWER)]``."""
    return Depends(Needs(role, before_choice, costs))


def _nobody() -> None:
    """Asks for nothing."""


#: For routes that everybody may use: ``dependencies=[PUBLIC]``.
PUBLIC = Depends(_nobody)


@dataclass(frozen=True)
class RouteAccess:
    """What a route asks for."""

    path: str
    methods: frozenset[str]
    role: AccountRole | None
    """``None``: everybody may use it."""
    costs: Costly | None = None
    """Of which kind an account has a bounded number in a while."""


def route_access(app: FastAPI) -> list[RouteAccess]:
    """What each route of ``app`` asks for.

    Raises
    ------
    RuntimeError
        A route says nothing of who may use it, or contradicts itself.
    """
    found: list[RouteAccess] = []
    for route in iter_route_contexts(app.routes):
        original = route.original_route
        if isinstance(original, Mount) and isinstance(original.app, StaticFiles):
            found.append(RouteAccess(f"{route.path}/{{path}}", frozenset({"GET", "HEAD"}), None))
            continue
        asked = _asked(route)
        needed = [call for call in asked if isinstance(call, Needs)]
        roles = {call.role for call in needed}
        if len(roles) + (_nobody in asked) != 1:
            raise RuntimeError(f"{route.path} must ask for one role, or be marked PUBLIC")
        costs = next((call.costs for call in needed if call.costs), None)
        found.append(RouteAccess(str(route.path), frozenset(route.methods or ()), next(iter(roles), None), costs))
    return found


def _asked(route: RouteContext) -> list[object]:
    dependant = getattr(route, "dependant", None)
    return list(_calls(dependant)) if isinstance(dependant, Dependant) else []


def _calls(dependant: Dependant) -> Iterator[object]:
    for part in dependant.dependencies:
        yield part.call
        yield from _calls(part)


def check_routes(app: FastAPI) -> None:
    """Make sure that every route says who may use it.

    Raises
    ------
    RuntimeError
        One does not.
    """
    route_access(app)


def check_start(rules: AccessRules, n_accounts: int) -> None:
    """Make sure that the page is not open to others before anybody has an account.

    Raises
    ------
    SettingsError
        It would be, or the login of a proxy would be believed from anywhere.
    """
    if not rules.loopback and n_accounts == 0:
        raise SettingsError("error.no_accounts")
    if rules.proxy_header is not None and not rules.trusted_proxies:
        raise SettingsError("error.proxy_untrusted")
    try:
        rules.trusts("127.0.0.1")
    except ValueError as error:
        raise SettingsError("error.proxy_address", detail=str(error)) from error


def protect(app: FastAPI) -> None:
    """Put the guards around all of ``app``, also around its answer to an unexpected error.

    Reads ``app.state.access`` (:class:`AccessRules`) and ``app.state.settings`` (``max_file_megabytes``).
    """
    rules: AccessRules = app.state.access
    app.state.pace = Pace()
    upload_bytes = app.state.settings.max_file_megabytes * 2**20
    inner = app.build_middleware_stack

    def build() -> ASGIApp:
        # Middleware of the framework would lie inside its own handling of errors, whose answers then lack the headers.
        guarded = OriginGuard(SizeGuard(inner(), upload_bytes=upload_bytes), secure=rules.secure)
        return SecurityHeaders(HostGuard(guarded, rules.hostnames), secure=rules.secure)

    app.build_middleware_stack = build
