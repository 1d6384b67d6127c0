"""Serves the page from this computer until it is told to stop."""

from __future__ import annotations

import ipaddress
import logging
import socket
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI

from pipelines.errors import SettingsError
from pipelines.freed_memory import giving_back
from pipelines.review_app.access import LOOPBACK_NAMES, AccessRules
from pipelines.review_app.app import create_app
from pipelines.review_app.patience import MOST_CONNECTIONS, PatientProtocol
from pipelines.settings import Settings

logger = logging.getLogger(__name__)


def rules_from(settings: Settings) -> AccessRules:
    """Who may reach the page, and how.

    Raises
    ------
    SettingsError
        It is to listen for other computers, and no name says under which they reach it.
    """
    names = frozenset(name.lower() for name in _listed(settings.page_names))
    loopback = _is_loopback(settings.page_host) and not settings.page_https
    if not _is_loopback(settings.page_host) and not names:
        raise SettingsError("error.page_names")
    return AccessRules(
        hostnames=names | LOOPBACK_NAMES,
        loopback=loopback,
        secure=settings.page_https,
        idle_minutes=settings.page_idle_minutes,
        absolute_hours=settings.page_session_hours,
        proxy_header=settings.page_proxy_header,
        trusted_proxies=_listed(settings.page_proxies),
    )


def _listed(values: str) -> tuple[str, ...]:
    return tuple(value.strip() for value in values.split(",") if value.strip())


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def serve(settings: Settings, tell: Callable[[str], None]) -> None:
    """Serve the page; returns when the program is told to stop.

    Parameters
    ----------
    settings
        Settings of the workspace.
    tell
        Is given the address once the page can be reached.

    Raises
    ------
    SettingsError
        The address cannot be used, or the page would be open to others before anybody has an account.
    StoreError
        The workspace cannot be used.
    """
    with giving_back():
        app = create_app(settings, rules_from(settings))
        listening = _listen(settings.page_host, settings.page_port)
        shown = f"[{settings.page_host}]" if ":" in settings.page_host else settings.page_host
        tell(f"http://{shown}:{listening.getsockname()[1]}/")
        uvicorn.Server(server_config(app)).run(sockets=[listening])


def server_config(app: FastAPI) -> uvicorn.Config:
    """How the server beneath ``app`` behaves."""
    return uvicorn.Config(
        app,
        http=PatientProtocol,
        log_level="warning",
        access_log=False,
        # Who asks is told by the connection alone; a header of a proxy counts only where the settings say so.
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=5,
        limit_concurrency=MOST_CONNECTIONS,
    )


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named, the server sends small answers at once (it looks at that before it sets TCP_NODELAY).
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(128)  # whoever comes while the program still loads waits, and is not turned away
    except OSError as error:
        listening.close()
        raise SettingsError("error.page_address", host=host, port=port, detail=error.strerror or str(error)) from error
    return listening
