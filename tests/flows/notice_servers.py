"""Servers on this computer that take notices: a webhook and a mail server, well-behaved or not."""

from __future__ import annotations

import base64
import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast


@dataclass
class Webhook:
    """A webhook that answers with ``codes`` in turn, the last of them for good; ``None`` is no answer at all."""

    codes: list[int | None]
    port: int = 0
    taken: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    n_asked: int = 0
    ended: threading.Event = field(default_factory=threading.Event)

    def next_code(self) -> int | None:
        self.n_asked += 1
        return self.codes.pop(0) if len(self.codes) > 1 else self.codes[0]


@contextmanager
def webhook(*codes: int | None) -> Iterator[Webhook]:
    """A webhook on a free port, as long as this lasts."""
    hook = Webhook(list(codes) or [200])

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            code = hook.next_code()
            if code is None:
                hook.ended.wait()
                return
            if code == 200:
                hook.taken.append(json.loads(body))
            self.send_response(code)
            if code == 302:
                self.send_header("Location", f"http://127.0.0.1:{hook.port}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        hook.port = server.server_address[1]
        with _running(server):
            yield hook
            hook.ended.set()


@dataclass
class MailServer:
    """A mail server that knows one name and password."""

    user: str
    password: str
    port: int = 0
    taken: list[EmailMessage] = field(default_factory=list[EmailMessage])


@contextmanager
def mail_server(user: str, password: str) -> Iterator[MailServer]:
    """A mail server (RFC 5321 with AUTH PLAIN, no encryption) on a free port, as long as this lasts."""
    mail = MailServer(user, password)

    class Handler(socketserver.StreamRequestHandler):
        def say(self, line: str) -> None:
            self.wfile.write(line.encode() + b"\r\n")

        def handle(self) -> None:
            self.say("220 test")
            known = False
            while line := self.rfile.readline().decode().strip():
                word = line.split(" ")[0].upper()
                if word == "EHLO":
                    self.say("250-test")
                    self.say("250 AUTH PLAIN")
                elif word == "AUTH":
                    given = base64.b64decode(line.split(" ")[-1]).decode().split("\0")
                    known = given[1:] == [mail.user, mail.password]
                    self.say("235 welcome" if known else "535 5.7.8 who are you")
                elif word == "DATA":
                    self.say("354 go on")
                    self._take()
                    self.say("250 taken")
                elif word == "QUIT":
                    self.say("221 bye")
                    return
                else:
                    self.say("250 yes" if known else "530 5.7.0 sign in first")

        def _take(self) -> None:
            lines: list[bytes] = []
            while (line := self.rfile.readline()) != b".\r\n":
                lines.append(line)
            mail.taken.append(cast(EmailMessage, message_from_bytes(b"".join(lines), policy=default)))

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        mail.port = server.server_address[1]
        with _running(server):
            yield mail


@contextmanager
def _running(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
