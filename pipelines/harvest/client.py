"""The one thing of harvesting that speaks to the network: bounded, polite, and careful about where it goes.

Further tries are a loop of a dozen lines here: tenacity is not among the libraries of this program, and waiting goes
through :class:`Pace`, so that all requests to a host that is in trouble wait, not only the one that noticed.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import httpcore
import httpx

from pipelines.errors import SettingsError
from pipelines.harvest.addresses import AddressGuard, Resolver, system_resolver
from pipelines.harvest.answers import NO_ANSWER, AgainError, broken, failure, read_body
from pipelines.harvest.calls import (
    ALWAYS_SECRET,
    FOR_GOOD,
    REDIRECTS,
    Call,
    Got,
    answer_of,
    next_url,
    parsed_url,
    same_place,
    without,
)
from pipelines.harvest.connections import Transport
from pipelines.harvest.fetching import Answer, HarvestError, Trouble
from pipelines.harvest.pace import Pace
from pipelines.harvest.robots import MOST_BYTES as MOST_ROBOTS_BYTES
from pipelines.harvest.robots import Robots

logger = logging.getLogger(__name__)

NAME = "Kennisstand"
MOST_REDIRECTS = 5
"""As RFC 9309 asks for robots.txt; publishers with a resolver of DOIs in front take three or four."""
MOST_TRIES = 4
FIRST_PAUSE_SECONDS = 1.0
MOST_PAUSE_SECONDS = 30.0
"""The pause before another try is drawn between 0 and a bound that doubles from the first of these to the second ("full
jitter": what failed together does not come back together)."""
MOST_PATIENCE_SECONDS = 60.0
"""A server that asks for a longer pause is not waited for: another harvest comes back to it."""


class Client:
    """Fetches addresses for readers of sources: a :class:`~pipelines.harvest.fetching.Fetcher`.

    Several threads may use one. To be closed after use, or used as a context.

    Parameters
    ----------
    agent
        What this program calls itself.
    transport, pace
        What opens connections, and what keeps a pause between requests.
    guard
        Says which addresses may be asked.
    seconds
        Bound on each request, over everything in it.
    most_bytes
        Bound on an answer, after unpacking, where the caller names none.
    draw
        Gives a number between 0 and 1, for the pause before another try.
    now
        The moment it is, for servers that say until when to wait.
    """

    def __init__(
        self,
        *,
        agent: str,
        guard: AddressGuard,
        transport: Transport,
        pace: Pace,
        seconds: float,
        most_bytes: int,
        draw: Callable[[], float] = random.random,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._agent = agent
        self._guard = guard
        self._transport = transport
        self._pace = pace
        self._seconds = seconds
        self._most_bytes = most_bytes
        self._draw = draw
        self._now = now
        self._robots = Robots(NAME, self._load_robots, pace, clock)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._transport.close()

    def get(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        etag: str | None = None,
        last_modified: str | None = None,
        max_bytes: int | None = None,
        robots: bool = False,
        once: bool = False,
        secrets: tuple[str, ...] = (),
    ) -> Answer:
        """What the address answers; see :meth:`~pipelines.harvest.fetching.Fetcher.get`."""
        sent = dict(headers or {})
        if etag:
            sent["If-None-Match"] = etag
        if last_modified:
            sent["If-Modified-Since"] = last_modified
        call = Call(
            url=parsed_url(url).copy_with(fragment=None),
            limit=self._most_bytes if max_bytes is None else max_bytes,
            params=params or {},
            headers=sent,
            robots=robots,
            most_tries=1 if once else MOST_TRIES,
            secrets=frozenset(name.lower() for name in secrets) | ALWAYS_SECRET,
        )
        if params:
            call.url = call.url.copy_merge_params(dict(params))
        return self._follow(call)

    def _load_robots(self, url: httpx.URL) -> bytes:
        return self._follow(Call(url, MOST_ROBOTS_BYTES, most_tries=MOST_TRIES, cut=True, downgrade=True)).content

    def _follow(self, call: Call) -> Answer:
        """Ask, and go after redirects."""
        url, for_good = call.url, True
        for _ in range(MOST_REDIRECTS + 1):
            self._guard.check_url(url)
            if call.robots:
                self._robots.check(url)
            got = self._try(url, call)
            if got.status not in REDIRECTS:
                moved = for_good and url != call.url
                return answer_of(call, url, got, call.told(without(url, set(call.params))) if moved else None)
            for_good = for_good and got.status in FOR_GOOD
            url = next_url(url, got, call)
        raise HarvestError("harvest_client.redirects", Trouble.UNFIT, host=call.url.host, most=MOST_REDIRECTS)

    def _try(self, url: httpx.URL, call: Call) -> Got:
        """Ask one address, several times where that may help."""
        place = url.netloc.decode("ascii")
        for n in range(1, call.most_tries + 1):
            silent = self._pace.silent_for(place)
            if silent:
                raise HarvestError("harvest_client.silent", Trouble.PASSING, retry_after=silent, host=url.host)
            self._pace.wait(place)
            try:
                got = self._once(url, call)
            except HarvestError as error:
                answered = error.key not in NO_ANSWER
                if answered:
                    self._pace.heard(place)
                told = error.retry_after or 0.0
                again = isinstance(error, AgainError) and told <= MOST_PATIENCE_SECONDS
                if again and (n < call.most_tries or call.most_tries == 1):
                    pause = self._draw() * min(MOST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (n - 1))
                    self._pace.hold(place, told + pause)
                if not again or n == call.most_tries:
                    if not answered:
                        self._pace.missed(place)
                    logger.info("%s: %s after %s tries", url.host, error.key, n)
                    raise
            else:
                self._pace.heard(place)
                return got
        raise AssertionError("the last try returns or raises")

    def _once(self, url: httpx.URL, call: Call) -> Got:
        """Ask one address once."""
        own = same_place(call.url, url)
        try:
            headers = httpx.Headers({"Accept": "*/*"})
            headers.update({k: v for k, v in call.headers.items() if own or k.lower() not in call.secrets})
            headers.update({"User-Agent": self._agent, "Accept-Encoding": "gzip, deflate"})
            request = httpx.Request("GET", url, headers=headers)
            call.cookies.set_cookie_header(request)
            with self._transport.within(self._seconds):
                response = self._transport.handle_request(request)
                try:
                    return self._read(response, call)
                finally:
                    response.close()
        except UnicodeEncodeError as error:  # in a header; httpx lets it through
            raise HarvestError("harvest_client.not_sendable", Trouble.REFUSED, host=url.host) from error
        except _BROKEN as error:
            raise broken(error, url.host, self._seconds) from error

    def _read(self, response: httpx.Response, call: Call) -> Got:
        host = response.request.url.host
        call.cookies.extract_cookies(response)
        status = response.status_code
        headers = {name: value for name, value in response.headers.items() if name != "set-cookie"}
        if status in REDIRECTS and headers.get("location"):
            return Got(status, headers)
        if status == 304 and call.conditional:
            return Got(status, headers)
        if status not in (200, 203):
            raise failure(status, headers, host, self._now())
        return Got(200, headers, read_body(response, call.limit, host, cut=call.cut))


_BROKEN = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
    httpcore.ConnectionNotAvailable,
)


def client_from(
    *,
    contact: str,
    hosts: str,
    request_seconds: float,
    pause_seconds: float,
    max_bytes: int,
    version: str,
    resolve: Resolver = system_resolver,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
    draw: Callable[[], float] = random.random,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Client:
    """A client from settings.

    Parameters
    ----------
    contact
        Mail address or web address that sources are told; may be empty.
    hosts
        What may be asked within the own network, with commas between.
    request_seconds
        Bound on each request.
    pause_seconds
        Least time between two requests to one host.
    max_bytes
        Bound on an answer.
    version
        Of this program.
    resolve, clock, sleep, draw, now
        For tests: how names are resolved, time is told and passes, chance is drawn.

    Raises
    ------
    SettingsError
        An entry of ``hosts`` is no name, address or network, or ``contact`` cannot be sent.
    """
    guard = AddressGuard(hosts, resolve)
    return Client(
        agent=agent_name(version, contact),
        guard=guard,
        transport=Transport(guard),
        pace=Pace(pause_seconds, clock, sleep),
        seconds=request_seconds,
        most_bytes=max_bytes,
        draw=draw,
        now=now,
        clock=clock,
    )


def agent_name(version: str, contact: str) -> str:
    """What this program calls itself: ``Kennisstand/0.1.0 (+mailto:somebody@example.org)``.

    Raises
    ------
    SettingsError
        ``contact`` has characters that cannot be sent.
    """
    contact = contact.strip()
    if not contact:
        return f"{NAME}/{version}"
    if not (contact.isascii() and contact.isprintable()) or set(contact) & set('()<>"\\ '):
        raise SettingsError("error.harvest_contact")
    return f"{NAME}/{version} (+{'mailto:' if '@' in contact and ':' not in contact else ''}{contact})"
