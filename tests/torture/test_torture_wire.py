"""Requests as no browser sends them, over a real connection: twisted, endless, slow. Each gets one answer or none."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
import uvicorn

from pipelines.domain.accounts import AccountRole
from pipelines.review_app import patience
from pipelines.review_app.access import AccessRules
from pipelines.review_app.app import create_app
from pipelines.review_app.serving import server_config
from pipelines.settings import Settings
from pipelines.store.accounts import COMMAND

_PATIENCE_SECONDS = 60
_HEAD = b"Host: localhost\r\nOrigin: http://localhost\r\n"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    root = tmp_path_factory.mktemp("wire") / "workspace"
    root.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        for name, seconds in (("HEAD_SECONDS", 1.0), ("BODY_SECONDS", 0.6), ("LOOK_SECONDS", 0.05)):
            patch.setattr(patience, name, seconds)
        app = create_app(Settings(workspace=root), AccessRules())
        app.state.workspace.accounts.create("ada", "Ada Voorbeeld", AccountRole.ADMIN, None, actor=COMMAND)
        server = uvicorn.Server(server_config(app))
        listening = socket.create_server(("127.0.0.1", 0))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()
            listening.close()


def _sent(port: int, content: bytes, *, ended: bool = False) -> bytes:
    """All that comes back until the server closes the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE_SECONDS) as connection:
        connection.sendall(content)
        if ended:
            with suppress(OSError):  # refused and hung up on before all was sent
                connection.shutdown(socket.SHUT_WR)
        came = b""
        try:
            while part := connection.recv(65_536):
                came += part
        except ConnectionResetError:
            pass
        return came


def _statuses(came: bytes) -> list[int]:
    return [int(part[:3]) for part in came.split(b"HTTP/1.1 ")[1:]]


_SMUGGLED = b"POST /sign-out HTTP/1.1\r\nHost: localhost\r\nX: "


@pytest.mark.parametrize(
    "lines",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + _SMUGGLED,
        b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + _SMUGGLED,
        b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef" + _SMUGGLED,
        b"Content-Length: 5, 6\r\n\r\nabcdef" + _SMUGGLED,
        b"Content-Length: +5\r\n\r\nabcde" + _SMUGGLED,
        b"Content-Length: 0x5\r\n\r\nabcde" + _SMUGGLED,
        b"Content-Length: -1\r\n\r\n" + _SMUGGLED,
        b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + _SMUGGLED,
        b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + _SMUGGLED,
        b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + _SMUGGLED,
        b"Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n" + _SMUGGLED,
        b"Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n" + _SMUGGLED,
        b"Transfer-Encoding: chunked\r\n\r\n-1\r\n" + _SMUGGLED,
        b"X: a\r\n b: c\x00d\r\n\r\n",
        b"X\x00Y: a\r\n\r\n",
        b"X Y: a\r\n\r\n",
        b": a\r\n\r\n",
        b"X: " + b"a" * 100_000 + b"\r\n\r\n",
        b"".join(b"X%d: a\r\n" % n for n in range(20_000)) + b"\r\n",
    ],
)
def test_twisted_heads_are_refused_and_hide_no_second_request(port: int, lines: bytes) -> None:
    came = _sent(port, b"POST /sign-in HTTP/1.1\r\n" + _HEAD + lines, ended=True)
    statuses = _statuses(came)
    assert len(statuses) <= 1 or statuses[1:] == [400], came[:400]
    assert set(statuses) <= {400, 401, 413, 422, 431}, came[:300]


@pytest.mark.parametrize(
    ("line", "statuses"),
    [
        (b"GET http://elders.example/sign-in HTTP/1.1\r\nHost: elders.example", {400}),
        (b"GET /sign-in HTTP/1.1\r\nHost: localhost\r\nHost: elders.example", {400}),
        (b"GET /sign-in HTTP/1.1\r\nHost: elders.example\r\nX-Forwarded-Host: localhost", {400}),
        (b"GET /sign-in HTTP/1.1\r\nHost: localhost:80@elders.example", {400}),
        (b"GET /sign-in HTTP/1.1\r\nHost:", {400}),
        (b"GET /sign-in HTTP/1.1", {400}),
        (b"GET //people HTTP/1.1\r\nHost: localhost", {303, 307, 404}),
        (b"GET /x/..;/people HTTP/1.1\r\nHost: localhost", {303, 404}),
        (b"GET /static/../people HTTP/1.1\r\nHost: localhost", {303, 404}),
        (b"GET /static/%2e%2e/people HTTP/1.1\r\nHost: localhost", {303, 404}),
        (b"GET /people/ HTTP/1.1\r\nHost: localhost", {303, 307, 404}),
        (b"GET /PEOPLE HTTP/1.1\r\nHost: localhost", {303, 404}),
        (b"GET /sign-in/../people HTTP/1.1\r\nHost: localhost", {303, 404}),
        (b"GET /people;x=1 HTTP/1.1\r\nHost: localhost", {303, 404}),
        (b"GET /people%00 HTTP/1.1\r\nHost: localhost", {303, 404}),
        (b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: localhost", {303, 400, 404, 414}),
        (b"OPTIONS * HTTP/1.1\r\nHost: localhost", {400, 404, 405}),
        (b"CONNECT elders.example:80 HTTP/1.1\r\nHost: localhost", {400, 403, 404, 405}),
        (b"GET /sign-in HTTP/9.9\r\nHost: localhost", {200, 400, 505}),
        (b"\x16\x03\x01\x02\x00\x01\x00", {400}),
    ],
)
def test_odd_addresses_and_hosts_open_nothing(port: int, line: bytes, statuses: set[int]) -> None:
    came = _sent(port, line + b"\r\nConnection: close\r\n\r\n")
    assert set(_statuses(came)) <= statuses and len(_statuses(came)) == 1, came[:300]
    assert b"Ada Voorbeeld" not in came


def test_a_protocol_of_another_kind_is_not_taken_up(port: int) -> None:
    upgrade = b"GET /sign-in HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    upgrade += b"Sec-WebSocket-Key: eHh4eHh4eHh4eHh4eHh4eA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    assert 101 not in _statuses(_sent(port, upgrade, ended=True))


def test_who_never_ends_a_request_is_let_go_and_others_are_served(port: int) -> None:
    begun = [
        b"",
        b"GET /sign-in HTT",
        b"GET /sign-in HTTP/1.1\r\nHost: localhost\r\nX",
        b"POST /sign-in HTTP/1.1\r\n" + _HEAD + b"Content-Length: 500\r\n\r\nname=",
    ]
    slow = [socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE_SECONDS) for _ in range(40)]
    for number, connection in enumerate(slow):
        connection.sendall(begun[number % len(begun)])
    assert _statuses(_sent(port, b"GET /sign-in HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")) == [200]
    for connection in slow:
        try:
            while connection.recv(4096):
                pass
        except ConnectionResetError:
            pass
        connection.close()


def test_bytes_that_trickle_do_not_make_the_wait_longer(port: int) -> None:
    latest = time.monotonic() + _PATIENCE_SECONDS
    with socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE_SECONDS) as connection:
        connection.sendall(b"GET /sign-in HTTP/1.1\r\nHost: localhost\r\n")
        with pytest.raises(OSError):
            while time.monotonic() < latest:
                connection.sendall(b"X: a\r\n")
                time.sleep(0.05)
                connection.settimeout(0.01)
                try:
                    if connection.recv(100) == b"":
                        raise ConnectionResetError
                except TimeoutError:
                    connection.settimeout(_PATIENCE_SECONDS)


def test_a_request_that_takes_its_time_is_still_answered(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "BODY_SECONDS", 60)  # a busy computer may let a moment pass
    body = b"name=niemand&password=mis"
    with socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE_SECONDS) as connection:
        head = b"Content-Type: application/x-www-form-urlencoded\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
        connection.sendall(b"POST /sign-in HTTP/1.1\r\n" + _HEAD + head % len(body))
        for at in range(0, len(body), 5):  # longer than the wait for a head, and never silent for long
            connection.sendall(body[at : at + 5])
            time.sleep(0.25)
        assert _statuses(connection.recv(65_536)) == [401]
