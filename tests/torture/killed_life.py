"""Does steps of a workspace's life in forks of a process that has everything loaded, and kills them where it is told.

Run by ``killed_workspaces`` with the workspaces to begin from; reads orders as lines of JSON and answers each with one.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import killed_program
from kill_points import Point, Watch
from killed_steps import BASES, PASSWORD, STEPS, Step

from pipelines.settings import Settings

_PATIENCE_SECONDS = 60
_MOST_TRIES = 4
_BORDER = "kennisstand-torture-border"


class Fork:
    """A process of its own group that does something and says what came of it."""

    def __init__(self, act: Callable[[], Any]) -> None:
        told, tell = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(told)
            os.setpgid(0, 0)
            try:
                said: dict[str, Any] = {"done": act()}
            except BaseException:  # noqa: BLE001 (told to the test)
                said = {"failed": traceback.format_exc()}
            os.write(tell, json.dumps(said).encode())
            os._exit(0)
        os.close(tell)
        self._told = told

    def kill(self) -> None:
        """Kill it and all that it started."""
        for end in (os.killpg, os.kill):
            try:
                end(self.pid, signal.SIGKILL)
            except ProcessLookupError:
                continue

    def wait(self) -> dict[str, Any]:
        """What it said; ``killed`` where it was killed before it said anything."""
        parts = []
        while part := os.read(self._told, 65536):
            parts.append(part)
        os.close(self._told)
        _, status = os.waitpid(self.pid, 0)
        if parts:
            return json.loads(b"".join(parts))
        return {"killed": True} if os.waitstatus_to_exitcode(status) == -signal.SIGKILL else {"failed": str(status)}


class Killing:
    """When to kill: at a point, after some seconds, or (with neither) not at all; once."""

    def __init__(self, order: dict[str, Any]) -> None:
        point = order.get("point")
        self._point = None if point is None else Point(**point)
        self._number = order.get("number", 0)
        self._seconds = order.get("seconds")
        self._armed = True

    def arm(self) -> Watch | None:
        """Called in the process that is to die."""
        return Watch(self._point, self._number) if self._armed and self._point is not None else None

    def watch(self, fork: Fork) -> threading.Timer | None:
        """Called by the one that started it."""
        if not self._armed or self._seconds is None:
            return None
        timer = threading.Timer(self._seconds, fork.kill)
        timer.start()
        return timer

    def is_over(self) -> None:
        """It was killed."""
        self._armed = False


def by_command(step: Step, settings: Settings, killing: Killing) -> dict[str, Any]:
    """Have a step done; once more where it was killed before it said that it was done."""
    assert step.act is not None
    told: dict[str, Any] = {"killed": False, "n": 0}
    begun = time.perf_counter()

    def act() -> int:
        watch = killing.arm()
        step.act(settings)  # type: ignore[misc]
        return 0 if watch is None else watch.n

    for _ in range(_MOST_TRIES):
        fork = Fork(act)
        timer = killing.watch(fork)
        said = fork.wait()
        if timer is not None:
            timer.cancel()
        killing.is_over()
        if "failed" in said:
            return {**told, **said}
        if "done" in said:
            return {**told, "n": said["done"], "seconds": time.perf_counter() - begun}
        told["killed"] = True
    return {**told, "failed": "it did not come to an end"}


class PageBrowser:
    """Somebody at a page that is started anew when it dies."""

    def __init__(self, settings: Settings, killing: Killing) -> None:
        self._settings, self._killing = settings, killing
        self._cookie = ""
        self._page: Fork | None = None
        self._timer: threading.Timer | None = None
        self._host = ""
        self.acknowledged: list[str] = []
        self.body = ""
        """Of the latest answer to a form."""
        self.killed = False

    def begin(self) -> None:
        """Start the page."""
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", 0))
        listening.listen(16)
        self._host = f"127.0.0.1:{listening.getsockname()[1]}"
        self._page = Fork(lambda: self._serve(listening))
        listening.close()

    def _serve(self, listening: socket.socket) -> int:
        import uvicorn

        from pipelines.review_app.app import create_app
        from pipelines.review_app.serving import rules_from

        watch = self._killing.arm()
        app = create_app(self._settings, rules_from(self._settings))
        config = uvicorn.Config(app, log_level="critical", access_log=False, timeout_graceful_shutdown=5)
        signal.signal(signal.SIGTERM, lambda *_: None)  # the server ends itself, and then hands the signal on
        uvicorn.Server(config).run(sockets=[listening])
        return 0 if watch is None else watch.n

    def sign_in(self, name: str) -> None:
        """From now on there is a session, and the time to kill begins."""
        answer, _ = self._ask("POST", "/sign-in", *_form([("name", name), ("password", PASSWORD)]))
        given = answer.getheader("set-cookie")
        assert answer.status == 303 and given is not None, answer.status
        self._cookie = given.split(";")[0]
        assert self._page is not None
        self._timer = self._killing.watch(self._page)

    def ask(self, method: str, path: str) -> tuple[int, str]:
        """Status and body, whatever they are."""
        answer, body = self._ask(method, path)
        return answer.status, body

    def get(self, path: str) -> str:
        answer, body = self._ask("GET", path)
        assert answer.status == 200, (path, answer.status)
        return body

    def post(self, path: str, form: list[tuple[str, str]]) -> int:
        return self._send(path, *_form(form))

    def upload(self, path: str, name: str, content: bytes) -> int:
        head = f'--{_BORDER}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'
        body = head.encode() + content + f"\r\n--{_BORDER}--\r\n".encode()
        return self._send(path, body, f"multipart/form-data; boundary={_BORDER}")

    def _send(self, path: str, content: bytes, kind: str) -> int:
        answer, self.body = self._ask("POST", path, content, kind)
        if answer.status == 303:
            self.acknowledged.append(answer.getheader("location") or "")
        return answer.status

    def _ask(
        self, method: str, path: str, content: bytes | None = None, kind: str = ""
    ) -> tuple[http.client.HTTPResponse, str]:
        for _ in range(_MOST_TRIES):
            connection = http.client.HTTPConnection(self._host, timeout=_PATIENCE_SECONDS)
            headers = {"Origin": f"http://{self._host}", "Cookie": self._cookie}
            if content is not None:
                headers["Content-Type"] = kind
            try:
                connection.request(method, path, content, headers)
                answer = connection.getresponse()
                return answer, answer.read().decode("utf-8", "replace")
            except (ConnectionError, http.client.HTTPException):
                assert self._page is not None
                said = self._page.wait()
                assert "killed" in said, said
                self.killed = True
                self._killing.is_over()
                self.begin()
            finally:
                connection.close()
        raise AssertionError("the page dies again and again")

    def end(self) -> int:
        """Stop the page; how often the point was passed."""
        if self._timer is not None:
            self._timer.cancel()
        assert self._page is not None
        with suppress(ProcessLookupError):
            os.kill(self._page.pid, signal.SIGTERM)
        said = self._page.wait()
        self.killed |= "killed" in said
        return int(said.get("done") or 0)


def _form(values: list[tuple[str, str]]) -> tuple[bytes, str]:
    return urlencode(values).encode(), "application/x-www-form-urlencoded"


def at_page(step: Step, settings: Settings, killing: Killing) -> dict[str, Any]:
    """Have a step done at the page, which is started anew where it dies."""
    assert step.on_page is not None
    browser = PageBrowser(settings, killing)
    browser.begin()
    failed: dict[str, Any] = {}
    begun = time.perf_counter()
    try:
        browser.sign_in(step.person)
        begun = time.perf_counter()
        step.on_page(browser, settings)
    except BaseException:  # noqa: BLE001 (told to the test)
        failed = {"failed": traceback.format_exc()}
    seconds = time.perf_counter() - begun
    n = browser.end()
    if not failed:
        # The page works out in the background what follows from decisions; how far it came does not matter.
        failed = {
            name: said for name, said in Fork(lambda: killed_program.settle(settings)).wait().items() if name != "done"
        }
    return {"killed": browser.killed, "n": n, "acknowledged": browser.acknowledged, "seconds": seconds, **failed}


def in_want(step: Step, settings: Settings, order: dict[str, Any]) -> dict[str, Any]:
    """Have a step done on a full disk, and again when there is room."""
    from disk_in_want import Frank, fill, leave_no_other, make_room, tried_at_page, tried_by_command

    full = Path(order["full"])
    if order["temporary"]:
        leave_no_other(full, known=order["temporary"] == "filled")
    if step.act is not None:
        act = step.act
        fill(full, order["room"])
        said = Fork(lambda: tried_by_command(act, settings)).wait()
        make_room(full)
        first = said.get("done", said)
        is_over = first.get("ended") == "done" and not step.only_quickens
        return {"first": first, "again": {} if is_over else by_command(step, settings, Killing({}))}
    browser = PageBrowser(settings, Killing({}))
    if order["temporary"] == "full":
        fill(full, order["room"])
    browser.begin()
    try:
        browser.sign_in(step.person)
        fill(full, order["room"])
        frank = Frank(browser)
        first = tried_at_page(step, frank, settings)
        make_room(full)
        again = tried_at_page(step, frank, settings) if first["ended"] != "done" else {}
    finally:
        browser.end()
    if again.get("ended") == "unclear":
        again["failed"] = again["words"]
    settled = Fork(lambda: killed_program.settle(settings)).wait()
    return {"first": first, "again": {**again, **{name: said for name, said in settled.items() if name != "done"}}}


def do(order: dict[str, Any]) -> dict[str, Any]:
    """Do what an order says."""
    settings = Settings(workspace=Path(order["root"]), database_url=order.get("database"))
    if order["step"] in BASES:
        BASES[order["step"]](settings)
        return {}
    if "full" in order:
        return in_want(STEPS[order["step"]], settings, order)
    step, killing = STEPS[order["step"]], Killing(order)
    return (by_command if step.on_page is None else at_page)(step, settings, killing)


def main() -> None:
    """Until there are no more orders."""
    killed_program.prepare(sys.argv[1:])
    print("{}", flush=True)  # noqa: T201 (the answer to being started)
    for line in sys.stdin:
        order = json.loads(line)
        if order["step"] == "measure":  # in this process itself, for all forks to come
            killed_program.prepare_learning(Path(order["root"]))
            said: dict[str, Any] = {"done": {}}
        else:
            said = Fork(lambda order=order: do(order)).wait()
        print(json.dumps(said), flush=True)  # noqa: T201 (answers)


if __name__ == "__main__":
    main()
