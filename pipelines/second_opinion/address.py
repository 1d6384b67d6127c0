"""Where questions go; whether that is this computer is decided on the address alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address

import httpx

from pipelines.errors import SettingsError

_HOST = re.compile(r"[A-Za-z0-9._:-]+")
_LAST_PORT = 65535
_CHAT = "/chat/completions"
_MODELS = "/models"


@dataclass(frozen=True)
class Address:
    """A checked address of an OpenAI-compatible endpoint."""

    base: httpx.URL
    outside: bool
    """Whether it is, or may be, another computer."""

    @property
    def chat(self) -> httpx.URL:
        """Where questions are put."""
        return self.base.copy_with(path=self.base.path.rstrip("/") + _CHAT)

    @property
    def models(self) -> httpx.URL:
        """Where the server names its models; asking costs nothing and tells nothing."""
        return self.base.copy_with(path=self.base.path.rstrip("/") + _MODELS)

    def __str__(self) -> str:
        return str(self.base)


def check_address(url: str, *, outside_allowed: bool) -> Address:
    """Read the address in the settings.

    Parameters
    ----------
    url
        For instance ``http://127.0.0.1:11434/v1``; ``/chat/completions`` at the end may be there.
    outside_allowed
        Whether the administrator has said that text may leave this computer.

    Raises
    ------
    SettingsError
        It is no address of a web server, holds a name, password or question (keys do not belong there), or is not of
        this computer while that is not allowed.
    """
    try:
        # The very parser of the client: two parsers could see two hosts in one address.
        parsed = httpx.URL(url.strip())
    except (httpx.InvalidURL, ValueError, TypeError) as error:
        raise SettingsError("error.second_opinion_url") from error
    if parsed.scheme not in ("http", "https") or not _HOST.fullmatch(parsed.host) or (parsed.port or 1) > _LAST_PORT:
        raise SettingsError("error.second_opinion_url")
    if parsed.userinfo or parsed.query or parsed.fragment:
        raise SettingsError("error.second_opinion_url_secret", host=parsed.host)
    base = parsed.copy_with(path=parsed.path.rstrip("/").removesuffix(_CHAT).rstrip("/"))
    outside = not _is_this_computer(base.host)
    if outside and not outside_allowed:
        raise SettingsError("error.second_opinion_outside", host=base.host)
    return Address(base, outside)


def _is_this_computer(host: str) -> bool:
    """Only what cannot mean anything else: names are looked up by others, who could point them elsewhere."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
