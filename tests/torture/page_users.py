"""People at the page: each signs in over a connection of their own, decides, looks around, and notes what was told.

Imports nothing of the program, so that thirty of them side by side take no memory to speak of.
"""

from __future__ import annotations

import http.client
import json
import random
import re
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

PASSWORD = "vier natte tegels"
_PATIENCE_SECONDS = 120
_SEEN = re.compile(r'name="seen" value="(\d+)"')
_BORDER = "kennisstand-torture-border"


class Visit:
    """One connection to the page, with a session."""

    def __init__(self, address: str, name: str) -> None:
        self._host = address.removeprefix("http://").rstrip("/")
        self._connection = http.client.HTTPConnection(self._host, timeout=_PATIENCE_SECONDS)
        self._cookie = ""
        answer, _, _ = self.ask("POST", "/sign-in", {"name": name, "password": PASSWORD})
        given = answer.getheader("set-cookie")
        assert answer.status == 303 and given is not None, (name, answer.status)
        self._cookie = given.split(";")[0]

    def ask(
        self,
        method: str,
        path: str,
        form: dict[str, str] | None = None,
        *,
        content: bytes | None = None,
        content_type: str = "application/x-www-form-urlencoded",
    ) -> tuple[http.client.HTTPResponse, str, float]:
        """Answer, its body, and the seconds from sending to the last byte."""
        headers = {"Origin": f"http://{self._host}", "Cookie": self._cookie}
        sent = urlencode(form).encode() if form is not None else content
        if sent is not None:
            headers["Content-Type"] = content_type
        begun = time.perf_counter()
        try:
            self._connection.request(method, path, sent, headers)
            answer = self._connection.getresponse()
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            # The server closes what was silent for some seconds. A browser then asks anew, too, and only what was not
            # sent at all or may be sent twice.
            self._connection.close()
            begun = time.perf_counter()
            self._connection.request(method, path, sent, headers)
            answer = self._connection.getresponse()
        body = answer.read()
        return answer, body.decode("utf-8", "replace"), time.perf_counter() - begun

    def add_file(self, name: str, content: bytes) -> http.client.HTTPResponse:
        """Add a document, as the form for files does."""
        head = f'--{_BORDER}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'
        body = head.encode() + content + f"\r\n--{_BORDER}--\r\n".encode()
        kind = f"multipart/form-data; boundary={_BORDER}"
        return self.ask("POST", "/documents/upload", content=body, content_type=kind)[0]

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


@dataclass(frozen=True)
class Told:
    """What one person was told."""

    name: str
    stored: list[tuple[str, str]] = field(default_factory=list)
    """Passage and id of each decision that the page acknowledged."""
    conflicts: list[tuple[str, bool]] = field(default_factory=list)
    """Passage of each decision that the page did not store, and whether it warned."""
    seconds: dict[str, list[float]] = field(default_factory=dict)
    """How long each kind of request took."""
    faults: list[str] = field(default_factory=list)
    """Answers that nobody should ever get."""


def review(
    address: str, name: str, passages: list[str], pause: tuple[float, float], seed: int, notes: Path, start_at: float
) -> None:
    """Decide on ``passages`` in this order, and write what was told to ``notes``; runs in a process of its own.

    Who meets a conflict looks at the passage again and decides on what is there now, once.
    """
    chance = random.Random(f"{seed} {name}")
    visit, told = Visit(address, name), Told(name)
    time.sleep(max(0.0, start_at - time.time()) + chance.uniform(*pause))
    for number, passage in enumerate(passages):
        if number % 7 == 0:
            _look(visit, told, "inbox", "/")
        for _ in range(2):
            page = _look(visit, told, "passage", f"/passages/{passage}")
            time.sleep(chance.uniform(*pause))
            seen = _SEEN.search(page)
            if seen is None:
                break
            if _decide(visit, told, passage, seen[1], chance):
                break
    visit.close()
    notes.write_text(json.dumps(asdict(told)), encoding="utf-8")


def _decide(visit: Visit, told: Told, passage: str, seen: str, chance: random.Random) -> bool:
    """Whether that is done with; not so after a conflict."""
    choice = chance.choice(
        ({"verdict": "accept"}, {"rejected": "off_topic"}, {"postponed": "other"}, {"verdict": "accept"})
    )
    answer, body, seconds = visit.ask("POST", f"/passages/{passage}/decide", {"seen": seen, **choice})
    told.seconds.setdefault("decide", []).append(seconds)
    if answer.status == 303:
        query = parse_qs(urlsplit(answer.getheader("location") or "").query)
        told.stored.append((passage, query.get("decided", [""])[0]))
        return True
    if answer.status == 409:
        told.conflicts.append((passage, 'class="warn"' in body or 'role="alert"' in body))
        return False
    told.faults.append(f"decide {passage}: {answer.status}")
    return True


def _look(visit: Visit, told: Told, kind: str, path: str) -> str:
    answer, body, seconds = visit.ask("GET", path)
    told.seconds.setdefault(kind, []).append(seconds)
    if answer.status != 200:
        told.faults.append(f"{path}: {answer.status}")
    return body


def read_told(path: Path) -> Told:
    """What :func:`review` wrote."""
    data = json.loads(path.read_text(encoding="utf-8"))
    pairs = {name: [tuple(pair) for pair in data[name]] for name in ("stored", "conflicts")}
    return Told(**{**data, **pairs})


def wander(visit: Visit, paths: list[str], chance: random.Random) -> tuple[str, int, float]:
    """Ask for one page of many: path, status, seconds."""
    path = chance.choice(paths)
    answer, _, seconds = visit.ask("GET", path)
    return path, answer.status, seconds


def open_files(process_id: int) -> int:
    """Files, sockets and pipes that a process holds."""
    return sum(1 for _ in Path(f"/proc/{process_id}/fd").iterdir())
