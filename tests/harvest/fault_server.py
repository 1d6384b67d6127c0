"""A server on this computer that plays a source, with all the faults that sources have.

Tests of other folders import it as ``harvest.fault_server``; those beside it as ``fault_server``.

::

    with FaultServer() as server:
        server.answer("/feed.xml", FEED, media_type="application/rss+xml", etag='"1"')
        server.route("/busy", failing(2, then=Given(b"good")))
        server.url("/feed.xml")  # http://127.0.0.1:PORT/feed.xml
        server.count("/feed.xml")  # so often it was asked
        server.asked("/feed.xml")[0].headers["user-agent"]
"""

from __future__ import annotations

import gzip
import select
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Asked:
    """A request that came in."""

    method: str
    path: str
    """Without the query."""
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    """Names in small letters."""
    body: bytes
    n: int
    """How often this path was asked before."""
    stopping: threading.Event = field(compare=False, repr=False)
    """Set once the server goes down: whoever waits or sends for ever has to look at it."""

    def first(self, name: str) -> str | None:
        """First value of a parameter, if it is there."""
        return self.query.get(name, [None])[0]


@dataclass(frozen=True)
class Given:
    """What is sent back.

    Parameters
    ----------
    length
        Told as Content-Length; where it is more than the body, the connection breaks off in the middle. ``None``: its
        own length, or in chunks where the body comes in pieces.
    """

    body: bytes | Iterable[bytes] = b""
    status: int = 200
    media_type: str | None = "text/plain"
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None


class HangUp(Exception):
    """Raised by a route: the connection is closed without a word."""


Route = Callable[[Asked], Given]


class FaultServer:
    """A threaded server on a free port of 127.0.0.1; what no route answers is 404.

    Parameters
    ----------
    tls
        Speaks https with it.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._routes: dict[str, Route] = {}
        self._asked: list[Asked] = []
        self._lock = threading.Lock()
        self._server = _Server(self, tls)
        self._scheme = "https" if tls else "http"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self.stopping = threading.Event()
        self.tunnel_to: FaultServer | None = None
        """As a proxy for https: every tunnel leads there, whatever name was asked for."""
        self.mistakes: list[BaseException] = []
        """Of routes, not of what they play: raised again when the server goes down."""

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._server.server_address[1]

    @property
    def root(self) -> str:
        """Its address, without a slash at the end."""
        return f"{self._scheme}://127.0.0.1:{self.port}"

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        """Address of ``path``, as seen under the name ``host``."""
        return f"{self._scheme}://{host}:{self.port}{path}"

    def route(self, path: str, route: Route | Given) -> None:
        """Answer ``path`` (without query) from now on so."""
        self._routes[path] = route if callable(route) else always(route)

    def answer(
        self,
        path: str,
        body: bytes | str,
        *,
        media_type: str = "text/plain",
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        etag: str | None = None,
        last_modified: str | None = None,
    ) -> None:
        """Answer ``path`` always with ``body``; 304 to who has it already, where there are validators."""
        content = body.encode() if isinstance(body, str) else body
        given = Given(content, status, media_type, headers or {})
        self.route(path, validated(given, etag, last_modified) if etag or last_modified else given)

    def asked(self, path: str | None = None) -> list[Asked]:
        """Requests so far, in order; of one path or all."""
        with self._lock:
            return [one for one in self._asked if path is None or one.path == path]

    def count(self, path: str | None = None) -> int:
        """How many requests there were so far."""
        return len(self.asked(path))

    def forget(self) -> None:
        """Count anew."""
        with self._lock:
            self._asked.clear()

    def take(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Given:
        """Note a request and find its answer."""
        parts = urlsplit(target)
        with self._lock:
            n = sum(one.path == parts.path for one in self._asked)
            query = parse_qs(parts.query, keep_blank_values=True)
            asked = Asked(method, parts.path, query, headers, body, n, self.stopping)
            self._asked.append(asked)
        route = self._routes.get(parts.path)
        if route is None:
            return Given(b"not here", 404)
        return route(asked)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._thread.join()
        self._server.hang_up()
        self._server.server_close()  # waits for the threads of all requests
        if self.mistakes and error is None:
            raise self.mistakes[0]


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True
    request_queue_size = 64

    def __init__(self, owner: FaultServer, tls: ssl.SSLContext | None) -> None:
        self.owner = owner
        self._tls = tls
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__(("127.0.0.1", 0), _Handler)

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        if self._tls:  # hands are shaken at the first reading, in the thread of the request
            connection = self._tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        with self._open_lock:
            self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """Break off what is open, so that nobody waits for a client that keeps its connection."""
        with self._open_lock:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue  # gone already

    def handle_error(self, request: Any, client_address: Any) -> None:
        error = sys.exc_info()[1]
        if error is not None and not isinstance(error, OSError | HangUp):  # clients may go when they like
            self.owner.mistakes.append(error)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # each answer would wait 40 ms for a word of the client otherwise

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is printed."""

    def _serve(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length") or 0))
        given = self.server.owner.take(self.command, self.path, headers, body)
        if given.status == 304 or self.command == "HEAD":
            self._head(given, None)
            return
        if isinstance(given.body, bytes):
            self._head(given, len(given.body) if given.length is None else given.length)
            self.wfile.write(given.body)
            if given.length is not None and given.length != len(given.body):
                self.close_connection = True
            return
        self._head(given, given.length)
        for piece in given.body:
            if self.server.owner.stopping.is_set():
                raise HangUp
            self.wfile.write(piece if given.length is not None else b"%x\r\n%s\r\n" % (len(piece), piece))
        if given.length is None:
            self.wfile.write(b"0\r\n\r\n")

    def do_CONNECT(self) -> None:
        """A tunnel, as proxies make it for https; noted under the path ``/NAME:PORT``."""
        owner = self.server.owner
        owner.take("CONNECT", f"/{self.path}", {name.lower(): value for name, value in self.headers.items()}, b"")
        self.close_connection = True
        if owner.tunnel_to is None:
            self._head(Given(status=403), 0)
            return
        self.send_response(200)
        self.end_headers()
        with socket.create_connection(("127.0.0.1", owner.tunnel_to.port)) as beyond:
            other = {self.connection: beyond, beyond: self.connection}
            while not owner.stopping.is_set():
                for ready in select.select(list(other), [], [], 0.05)[0]:
                    piece = ready.recv(65_536)
                    if not piece:
                        return
                    other[ready].sendall(piece)

    def _head(self, given: Given, length: int | None) -> None:
        self.send_response(given.status)
        if given.media_type is not None and given.status != 304:
            self.send_header("Content-Type", given.media_type)
        for name, value in given.headers.items():
            self.send_header(name, value)
        if length is not None:
            self.send_header("Content-Length", str(length))
        elif given.status == 304 or self.command == "HEAD":
            self.send_header("Content-Length", "0")
        else:
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _serve


def always(given: Given) -> Route:
    """The same answer each time."""
    return lambda asked: given


def in_turn(*steps: Given | Route) -> Route:
    """One after the other; the last for ever."""

    def route(asked: Asked) -> Given:
        step = steps[min(asked.n, len(steps) - 1)]
        return step(asked) if callable(step) else step

    return route


def failing(times: int, *, then: Given | Route, status: int = 500, headers: Mapping[str, str] | None = None) -> Route:
    """``times`` an error, then good."""
    broken = Given(b"out of order", status, headers=headers or {})
    return in_turn(*[broken] * times, then)


def busy(times: int, *, then: Given | Route, retry_after: str | None = "1") -> Route:
    """``times`` 429, then good; ``retry_after`` in seconds or as an HTTP date."""
    return failing(times, then=then, status=429, headers={} if retry_after is None else {"Retry-After": retry_after})


def validated(given: Given, etag: str | None = None, last_modified: str | None = None) -> Route:
    """304 for who has it already, by ETag or by Last-Modified."""
    names = (("ETag", etag), ("Last-Modified", last_modified))
    headers = {**given.headers, **{name: value for name, value in names if value}}

    def route(asked: Asked) -> Given:
        seen, since = asked.headers.get("if-none-match"), asked.headers.get("if-modified-since")
        if (seen is not None and seen == etag) or (seen is None and since is not None and since == last_modified):
            return Given(status=304, headers=headers)
        return Given(given.body, given.status, given.media_type, headers, given.length)

    return route


def redirect(to: str, status: int = 302) -> Route:
    """Elsewhere; 301 and 308 are for good."""
    return always(Given(b"elsewhere", status, "text/html", {"Location": to}))


def moved(to: str) -> Route:
    """Elsewhere, for good."""
    return redirect(to, 301)


def hang_up(asked: Asked) -> Given:
    """No answer at all."""
    raise HangUp


def short(body: bytes, missing: int = 1000, media_type: str = "application/pdf") -> Route:
    """Broken off in the middle: ``missing`` bytes less than told."""
    return always(Given(body, media_type=media_type, length=len(body) + missing))


def endless(asked: Asked) -> Given:
    """A body that never ends, as fast as it goes."""

    def pieces() -> Iterator[bytes]:
        while not asked.stopping.is_set():
            yield b"for ever and ever " * 4000

    return Given(pieces())


def trickling(seconds: float = 0.05) -> Route:
    """A body that never ends, byte by byte; so that no single wait is long."""

    def route(asked: Asked) -> Given:
        def pieces() -> Iterator[bytes]:
            while not asked.stopping.wait(seconds):
                yield b"."

        return Given(pieces())

    return route


def slow_headers(seconds: float = 30.0) -> Route:
    """Nothing comes for so long (or until the server goes down)."""

    def route(asked: Asked) -> Given:
        asked.stopping.wait(seconds)
        return Given(b"late")

    return route


def gzip_bomb(megabytes: int = 50) -> Route:
    """Small on the way, ``megabytes`` when unpacked."""
    packed = gzip.compress(bytes(megabytes * 1024 * 1024), 1)
    return always(Given(packed, headers={"Content-Encoding": "gzip"}))


def packed(body: bytes, media_type: str = "text/plain") -> Given:
    """Compressed, as many servers send text."""
    return Given(gzip.compress(body), media_type=media_type, headers={"Content-Encoding": "gzip"})


def http_date(moment: float) -> str:
    """As servers write a moment, in seconds since 1970."""
    return formatdate(moment, usegmt=True)
