"""Connections for harvesting: to addresses that were looked at, and never for longer than was agreed.

httpx offers no place for either, and its client logs whole addresses (keys included), keeps cookies between sources and
reads passwords from ``.netrc``. So this is a transport of httpx around the pool of httpcore, which does take a network
backend of one's own.

Proxies of an organisation (``HTTPS_PROXY``, ``HTTP_PROXY``, ``ALL_PROXY``, ``NO_PROXY``) are used for all hosts but
those that the settings name as of the own network. The proxy then resolves names and opens connections, so that it can
no longer be promised here that the address that was looked at is the one that answers: addresses in the URL itself are
refused as ever, and so are names that lead into the own network as this computer knows them, but what the proxy lets
through beyond that is up to its own rules.
"""

from __future__ import annotations

import queue
import ssl
import threading
import time
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore
import httpx

from pipelines.errors import SettingsError
from pipelines.harvest.addresses import AddressGuard
from pipelines.harvest.fetching import HarvestError, Trouble

MOST_CONNECTIONS = 20
"""At once; harvest reads a few sources beside each other at most."""
_IDLE_SECONDS = 30.0


class Transport(httpx.BaseTransport):
    """Opens connections for requests of harvesting.

    Errors of httpcore come through as they are. Requests have to be made within :meth:`within`.

    Parameters
    ----------
    guard
        Says which addresses may be asked.
    ssl_context
        What certificates are trusted; if ``None`` those that httpx brings along, or of ``SSL_CERT_FILE``.
    clock
        Seconds that only grow.
    """

    def __init__(
        self,
        guard: AddressGuard,
        ssl_context: ssl.SSLContext | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._guard = guard
        self._ssl = ssl_context
        self._due = _Due(clock)
        self._proxies = urllib.request.getproxies()
        self._pools: dict[tuple[str, bool], httpcore.ConnectionPool] = {}
        self._lock = threading.Lock()
        self._looked_at: set[str] = set()

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """All that this thread does inside has to be over after ``seconds``: resolving, connecting, every byte."""
        self._due.start(seconds)
        try:
            yield
        finally:
            self._due.stop()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send ``request``; what comes back is read piece by piece by whoever asked."""
        pool = self._pool(self._proxy(request.url), request.url)
        answer = pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=b"",
                extensions={"timeout": {"pool": self._due.left(httpcore.PoolTimeout)}},
            )
        )
        stream = answer.stream
        assert isinstance(stream, Iterable)  # of the two kinds that httpcore has, the one of pools without async
        return httpx.Response(answer.status, headers=answer.headers, stream=_Pieces(stream), request=request)

    def close(self) -> None:
        """Close all connections."""
        with self._lock:
            for pool in self._pools.values():
                pool.close()
            self._pools.clear()

    def _proxy(self, url: httpx.URL) -> str:
        """Address of the proxy to use; empty for none."""
        proxy = self._proxies.get(url.scheme) or self._proxies.get("all") or ""
        host = url.raw_host.decode("ascii")
        if not proxy or self._guard.is_own(host) or urllib.request.proxy_bypass(host):
            return ""
        return proxy if "://" in proxy else f"http://{proxy}"

    def _pool(self, proxy: str, url: httpx.URL) -> httpcore.ConnectionPool:
        if proxy:
            self._look(url)
        secure = url.scheme == "https"
        with self._lock:
            if secure and self._ssl is None:  # only now: it takes longer than all else here
                self._ssl = httpx.create_ssl_context()
            if (proxy, secure) not in self._pools:
                backend = _Backend(self._due, None if proxy else self._guard)
                self._pools[proxy, secure] = httpcore.ConnectionPool(
                    ssl_context=self._ssl,
                    proxy=_proxy_of(proxy) if proxy else None,
                    max_connections=MOST_CONNECTIONS,
                    keepalive_expiry=_IDLE_SECONDS,
                    network_backend=backend,
                )
            return self._pools[proxy, secure]

    def _look(self, url: httpx.URL) -> None:
        """Refuse what leads into the own network as this computer sees it; behind a proxy it need not know names."""
        host = url.raw_host.decode("ascii")
        if host in self._looked_at:
            return
        try:
            _resolved(self._guard, host, url.port or 0, self._due.left(httpcore.ConnectTimeout))
        except HarvestError as error:
            if error.key != "harvest_client.no_such_name":
                raise
        self._looked_at.add(host)


def _proxy_of(address: str) -> httpcore.Proxy:
    try:
        proxy = httpx.Proxy(address)
    except (ValueError, httpx.InvalidURL) as error:
        raise SettingsError("error.harvest_proxy") from error
    if proxy.url.scheme not in ("http", "https"):
        raise SettingsError("error.harvest_proxy")
    target = httpcore.URL(scheme=proxy.url.raw_scheme, host=proxy.url.raw_host, port=proxy.url.port, target=b"/")
    return httpcore.Proxy(target, auth=proxy.raw_auth, headers=proxy.headers.raw)


class _Pieces(httpx.SyncByteStream):
    """A body as it comes in."""

    def __init__(self, stream: Iterable[bytes]) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        yield from self._stream

    def close(self) -> None:
        close = getattr(self._stream, "close", None)
        if close is not None:
            close()


class _Due(threading.local):
    """When the request of this thread has to be over."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._moment: float | None = None

    def start(self, seconds: float) -> None:
        self._moment = self._clock() + seconds

    def stop(self) -> None:
        self._moment = None

    def left(self, late: type[httpcore.TimeoutException], otherwise: float | None = None) -> float | None:
        """Seconds left; ``otherwise`` outside of a request, as where idle connections are closed."""
        if self._moment is None:
            return otherwise
        left = self._moment - self._clock()
        if left <= 0:
            raise late()
        return left


class _Backend(httpcore.NetworkBackend):
    """Connects to the addresses that the guard lets through, in its order; to all where there is none."""

    def __init__(self, due: _Due, guard: AddressGuard | None) -> None:
        self._due = due
        self._guard = guard
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        found = [host]
        if self._guard is not None:
            found = _resolved(self._guard, host, port, self._due.left(httpcore.ConnectTimeout))
        for n, address in enumerate(found):
            left = self._due.left(httpcore.ConnectTimeout, timeout)
            # Each gets its share of the time: where IPv6 leads nowhere, IPv4 still has its turn.
            share = None if left is None else left / (len(found) - n)
            try:
                stream = self._inner.connect_tcp(address, port, share, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if n == len(found) - 1:
                    raise
            else:
                return _TimedStream(stream, self._due)
        raise AssertionError("a guard gives addresses or raises")


class _TimedStream(httpcore.NetworkStream):
    """A connection on which every single step gets no more than what is left of the whole: a trickle ends as well."""

    def __init__(self, inner: httpcore.NetworkStream, due: _Due) -> None:
        self._inner = inner
        self._due = due

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._due.left(httpcore.ReadTimeout, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._due.left(httpcore.WriteTimeout, timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = self._due.left(httpcore.ConnectTimeout, timeout)
        try:
            return _TimedStream(self._inner.start_tls(ssl_context, server_hostname, left), self._due)
        except httpcore.ConnectError as error:
            if isinstance(error.__cause__, ssl.SSLCertVerificationError):
                host = server_hostname or "-"
                raise HarvestError("harvest_client.certificate", Trouble.REFUSED, host=host) from error
            raise

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _resolved(guard: AddressGuard, host: str, port: int, seconds: float | None) -> list[str]:
    """Addresses of ``host``, in time: resolving names is the one step for which the system takes no bound."""
    results: queue.SimpleQueue[list[str] | HarvestError] = queue.SimpleQueue()

    def resolve() -> None:
        result: list[str] | HarvestError = HarvestError("harvest_client.no_such_name", Trouble.PASSING, host=host)
        try:
            result = guard.addresses(host, port)
        except HarvestError as error:
            result = error
        finally:  # whatever happens, nobody waits in vain
            results.put(result)

    threading.Thread(target=resolve, daemon=True, name="harvest-resolve").start()
    try:
        result = results.get(timeout=seconds)
    except queue.Empty:
        raise httpcore.ConnectTimeout from None
    if isinstance(result, HarvestError):
        raise result
    return result
