"""Sends notices to the addresses of the setting, by Apprise: mail, Teams, webhooks and whatever else it knows.

Addresses hold passwords. Neither they nor anything that Apprise says of them reaches a log, a screen or an error; a
place is named by its number in the setting and its kind.
"""

from __future__ import annotations

import logging
import re
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from pipelines.domain.documents import Reason
from pipelines.domain.record import Record
from pipelines.domain.schedules import NoticeKind

if TYPE_CHECKING:  # seconds to import with all its services
    from apprise import AppriseAsset, NotifyBase

    from pipelines.settings import Settings

logger = logging.getLogger(__name__)

_LIBRARIES = ("apprise", "requests", "urllib3", "urllib3.connection", "urllib3.connectionpool", "urllib3.util.retry")
"""Loggers that could tell of an address: Apprise of those it cannot read, urllib3 of paths with keys in them."""
_THREAD = "notice-"
_ANSWERS = re.compile(r"error=(\d{3})\b|\((\d{3}), b['\"]")
"""The number of an answer, of the web (``error=401``) or of mail (``(535, b'…')``), in what Apprise says."""
_FOR_GOOD = frozenset({400, 401, 403, 404, 405, 410, 530, 534, 535, 550, 553})
"""Answers that the same message gets again: wrong password, no such address (RFC 9110, RFC 4954, RFC 5321)."""
_PASSWORD = re.compile(r"(\w+://[^\s/:@]*):[^\s/@]+@")


@dataclass(frozen=True)
class Patience:
    """How long an address is waited for, in seconds.

    A mail server that looks senders up answers within seconds; one that has not answered in half a minute is no use.
    Two tries more, a quarter of a minute and one and a half minutes later, bridge a server that is started anew.
    """

    attempt: float = 30.0
    """One attempt at one address, however much of it went well."""
    pauses: tuple[float, ...] = (15.0, 90.0)
    """Before the second attempt, and so on; so many attempts more than the first are made."""


PATIENCE = Patience()


class Place(Record):
    """An address as it may be shown: nothing of it that is secret."""

    number: int
    """In the setting, from 1."""
    service: str
    """Kind, as Apprise names it; empty where it does not know the address."""
    host: str = ""
    """Server of mail or webhook; empty where its name may itself be a key."""
    recipients: tuple[str, ...] = ()
    """Of mail."""


class Undelivered(Record):
    """An address that a notice did not reach."""

    place: Place
    reason: Reason


class NoticeOutcome(Record):
    """What came of a notice. Never an error: what it was about is done, or has failed, in any case."""

    kind: NoticeKind | None = None
    """``None`` for a test."""
    n_addresses: int = 0
    n_sent: int = 0
    undelivered: tuple[Undelivered, ...] = ()
    failure: Reason | None = None
    """Why there was no notice to send; ``None`` where there was."""

    @property
    def whole(self) -> bool:
        """Whether nothing went wrong."""
        return not self.undelivered and self.failure is None


def send_notice(
    settings: Settings,
    kind: NoticeKind | None,
    subject: str,
    lines: Sequence[str],
    *,
    patience: Patience = PATIENCE,
    sleep: Callable[[float], None] = time.sleep,
) -> NoticeOutcome:
    """Send a notice to every address of the setting, side by side; nothing happens where there are none.

    Parameters
    ----------
    settings
        Of the workspace.
    kind
        ``None`` for a test.
    subject, lines
        In the language of the reader, as plain text; each line is a paragraph.
    patience
        How often and how long each address is tried.
    sleep
        Waits between two attempts.
    """
    addresses = notice_addresses(settings)
    if not addresses:
        return NoticeOutcome(kind=kind)
    message = _Message(kind, hide_passwords(subject), hide_passwords("\n\n".join(lines)))
    made = [_Delivery(number, address, message, patience, sleep) for number, address in enumerate(addresses, 1)]
    threads = [threading.Thread(target=one.run, name=f"deliver-{one.number}", daemon=True) for one in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()  # ends: each attempt has its time, and there are so many
    missed = tuple(Undelivered(place=one.place, reason=one.reason) for one in made if one.reason is not None)
    for one in missed:
        logger.warning("notice not sent to address %s (%s): %s", one.place.number, one.place.service, one.reason.key)
    logger.info("notice %s: sent to %s of %s addresses", kind or "test", len(made) - len(missed), len(made))
    return NoticeOutcome(kind=kind, n_addresses=len(made), n_sent=len(made) - len(missed), undelivered=missed)


def notice_addresses(settings: Settings) -> list[str]:
    """The addresses of the setting."""
    return [] if settings.notices is None else settings.notices.get_secret_value().split()


def notice_places(settings: Settings) -> list[Place]:
    """Where notices go, as far as that may be shown."""
    return [_place(number, _service(address)) for number, address in enumerate(notice_addresses(settings), 1)]


def hide_passwords(text: str) -> str:
    """``text`` without passwords in addresses such as ``https://name:password@host``."""
    return _PASSWORD.sub(r"\1:***@", text)


@dataclass(frozen=True)
class _Message:
    kind: NoticeKind | None
    subject: str
    body: str


class _Delivery:
    """Brings one message to one address."""

    def __init__(
        self, number: int, address: str, message: _Message, patience: Patience, sleep: Callable[[float], None]
    ) -> None:
        self.number = number
        self.place = _place(number, _service(address))
        self.reason: Reason | None = None
        """Why it was not delivered; ``None`` where it was."""
        self._address = address
        self._message = message
        self._patience = patience
        self._sleep = sleep

    def run(self) -> None:
        """Try until it is delivered, will never be, or was tried often enough."""
        if not self.place.service:
            self.reason = Reason(key="notices.reason.address")
            return
        for pause in (None, *self._patience.pauses):
            if pause is not None:
                self._sleep(pause)
            self.reason = self._attempt()
            if self.reason is None or self.reason.values.get("code") in _FOR_GOOD:
                return

    def _attempt(self) -> Reason | None:
        heard: list[str] = []
        done: list[bool] = []

        def send() -> None:
            with _HUSH.listening(heard):
                done.append(_send(self._address, self._message, self._patience.attempt))

        # A thread of its own, that is left where it hangs: time limits of sockets count from one piece of an answer to
        # the next, so that a server that sends a letter at a time would hold it for ever.
        thread = threading.Thread(target=send, name=f"{_THREAD}{self.number}", daemon=True)
        thread.start()
        thread.join(self._patience.attempt)
        if done == [True]:
            return None
        said = "\n".join(heard)
        if thread.is_alive() or "timed out" in said:
            return Reason(key="notices.reason.time", values={"seconds": round(self._patience.attempt)})
        found = [int(a or b) for a, b in _ANSWERS.findall(said)]
        if found:
            return Reason(key="notices.reason.answer", values={"code": found[-1]})
        return Reason(key="notices.reason.unreachable")


def _send(address: str, message: _Message, seconds: float) -> bool:
    from apprise import Apprise, NotifyFormat, NotifyType

    service = Apprise.instantiate(address, asset=_asset())
    if service is None:
        return False
    service.socket_connect_timeout = service.socket_read_timeout = seconds
    if service.notify_format == NotifyFormat.HTML:  # mail: plain text, whatever the subject and the lines hold
        service.notify_format = NotifyFormat.TEXT
    look = {NoticeKind.FAILED: NotifyType.FAILURE, NoticeKind.CONTRADICTION: NotifyType.WARNING}
    carrier = Apprise(asset=_asset())
    carrier.add(service)
    return bool(
        carrier.notify(
            title=message.subject,
            body=message.body,
            notify_type=NotifyType.INFO if message.kind is None else look.get(message.kind, NotifyType.INFO),
            body_format=NotifyFormat.TEXT,
        )
    )


def _asset() -> AppriseAsset:
    """Apprise without plugins of others, files of its own, pictures from elsewhere, and redirection of secrets."""
    from apprise import AppriseAsset

    return AppriseAsset(
        app_id="Kennisstand",
        app_desc="Kennisstand",
        app_url="",
        image_url_mask="",
        image_url_logo="",
        storage_mode="memory",
        plugin_paths=[],
        pgp_autogen=False,
        pem_autogen=False,
        async_mode=False,
        http_redirects=False,
        secure_logging=True,
    )


def _service(address: str) -> NotifyBase | None:
    """What Apprise makes of an address; ``None`` where it does not know it."""
    from apprise import Apprise

    with _HUSH.listening([]):
        _load_services()
        return Apprise.instantiate(address, asset=_asset())


@cache
def _load_services() -> None:
    """Have Apprise import its services; some of them use what Python will drop one day, which it knows of itself."""
    from apprise import Apprise

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        Apprise.instantiate("json://localhost", asset=_asset())


_TELLS_HOST = frozenset({"mailto", "json", "xml", "form", "workflow", "apprise"})
"""Kinds of which the host is the name of a server; of others (Slack) it is the first part of a key."""


def _place(number: int, service: NotifyBase | None) -> Place:
    if service is None:
        return Place(number=number, service="")
    names = {name for value in (service.protocol, service.secure_protocol) for name in _names(value)}
    host = getattr(service, "smtp_host", None) or getattr(service, "host", None)
    targets = [t[1] for t in getattr(service, "targets", ()) if isinstance(t, tuple)] if "mailto" in names else []
    shown = str(host or "") if any(name.rstrip("s") in _TELLS_HOST for name in names) else ""
    return Place(number=number, service=str(service.service_name), host=shown, recipients=tuple(map(str, targets)))


def _names(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(map(str, value)) if isinstance(value, tuple | list | set) else ()


class _Hush(logging.Filter):
    """Keeps what the libraries say out of every log, and hands it to whoever listens in the same thread."""

    def __init__(self) -> None:
        super().__init__()
        self._heard = threading.local()

    def filter(self, record: logging.LogRecord) -> bool:
        """Let nothing of Apprise through, and nothing of others that is said while a notice is sent."""
        heard: list[str] | None = getattr(self._heard, "lines", None)
        if record.name != "apprise":
            return heard is None
        if heard is not None:
            heard.append(record.getMessage())
        return False

    @contextmanager
    def listening(self, heard: list[str]) -> Iterator[None]:
        """Hand what is said in this thread to ``heard``, and nothing to any log, as long as this lasts."""
        for name in _LIBRARIES:
            logging.getLogger(name).addFilter(self)  # once more changes nothing
        logging.getLogger("apprise").setLevel(logging.DEBUG)  # the number of an answer of mail is told there alone
        before = getattr(self._heard, "lines", None)
        self._heard.lines = heard
        try:
            yield
        finally:
            self._heard.lines = before


_HUSH = _Hush()
