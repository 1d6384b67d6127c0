"""A local stand-in for a server of language models: answers as told, well or badly, and remembers what it was asked."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

GOOD = {
    "reason": "Een peiling onder bedrijven geeft een cijfer over gebruik.",
    "themes": ["adoption"],
    "rows": ["A2"],
    "flag": True,
    "relation": "supports",
    "column": "known",
    "statement": "A2.k1",
    "evidence": "empirical",
    "direction": "none",
    "recommendation": False,
    "level": None,
}

Behaviour = Callable[["Handler", dict[str, Any]], None]


class Handler(BaseHTTPRequestHandler):
    """One request; what it does is up to the behaviours of the server."""

    server: Server  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_GET(self) -> None:
        """List the models."""
        self.server.stand_in.gets.append(self.path)
        self.send(200, {"data": [{"id": "stand-in"}]} if self.server.stand_in.models else {}, self.server.stand_in)

    def do_POST(self) -> None:
        """Answer a question by the next behaviour; the last one goes on for ever."""
        stand_in = self.server.stand_in
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        stand_in.asked.append(body)
        stand_in.headers.append(dict(self.headers))
        stand_in.paths.append(self.path)
        behaviour = stand_in.behaviours.pop(0) if len(stand_in.behaviours) > 1 else stand_in.behaviours[0]
        with suppress(ConnectionError):
            behaviour(self, body)

    def send(self, status: int, value: object, _: object = None, **headers: str) -> None:
        """A whole answer: JSON, or text as it is."""
        content = value.encode() if isinstance(value, str) else json.dumps(value).encode()
        self.send_response(status)
        for name, header in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name.replace("_", "-"), header)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """A server that belongs to a stand-in."""

    daemon_threads = True
    stand_in: StandIn


@dataclass
class StandIn:
    """What the server does, and what it was asked."""

    url: str = ""
    behaviours: list[Behaviour] = field(default_factory=lambda: [answers()])
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    gets: list[str] = field(default_factory=list)
    models: bool = True
    closing: threading.Event = field(default_factory=threading.Event)

    def passages(self) -> list[str]:
        """Texts of the passages that were asked about, in order."""
        return [json.loads(body["messages"][1]["content"])["passage"] for body in self.asked]


@contextmanager
def running(*behaviours: Behaviour) -> Iterator[StandIn]:
    """A stand-in that runs on a free port of this computer."""
    stand_in = StandIn(behaviours=list(behaviours) or [answers()])
    server = Server(("127.0.0.1", 0), Handler)
    server.stand_in = stand_in
    stand_in.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield stand_in
    finally:
        stand_in.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


def completion(content: object, finish: str = "stop", tokens: int | None = 1234) -> dict[str, Any]:
    """A chat completion that holds ``content``."""
    message = {"role": "assistant", "content": content}
    whole: dict[str, Any] = {"choices": [{"index": 0, "finish_reason": finish, "message": message}]}
    return whole if tokens is None else {**whole, "usage": {"total_tokens": tokens}}


def answers(tokens: int | None = 1234, **changes: object) -> Behaviour:
    """A good answer, but for ``changes``."""
    content = json.dumps({**GOOD, **changes})
    return lambda handler, _: handler.send(200, completion(content, tokens=tokens))


def writes(content: object, finish: str = "stop") -> Behaviour:
    """A completion with any content."""
    return lambda handler, _: handler.send(200, completion(content, finish))


def status(code: int, body: object = "", **headers: str) -> Behaviour:
    """An answer with a status and headers (underscores stand for hyphens)."""
    return lambda handler, _: handler.send(code, body, None, **headers)


def sleeps(handler: Handler, _: dict[str, Any]) -> None:
    """Takes the question and never answers."""
    handler.server.stand_in.closing.wait(30)


def trickles(handler: Handler, _: dict[str, Any]) -> None:
    """Sends a byte now and then, so that no single read ever waits long."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    while not handler.server.stand_in.closing.wait(0.05):
        handler.wfile.write(b" ")
        handler.wfile.flush()


def trickles_headers(handler: Handler, _: dict[str, Any]) -> None:
    """Never comes to the end of its headers."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    while not handler.server.stand_in.closing.wait(0.05):
        handler.wfile.write(b"X-More: yes\r\n")
        handler.wfile.flush()


def endless(handler: Handler, _: dict[str, Any]) -> None:
    """Sends without end, as fast as it can."""
    handler.send_response(200)
    handler.end_headers()
    begun = time.monotonic()
    while time.monotonic() - begun < 20 and not handler.server.stand_in.closing.is_set():
        handler.wfile.write(b" " * 65536)


def hangs_up(handler: Handler, _: dict[str, Any]) -> None:
    """Announces more than it sends."""
    handler.send_response(200)
    handler.send_header("Content-Length", "5000")
    handler.end_headers()
    handler.wfile.write(b'{"choices": [{"message": {"content": "')
    handler.close_connection = True
