"""One thing that is asked, over all its redirects: what is sent where, and what of it is never told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote_plus

import httpx

from pipelines.harvest.answers import media_type_of
from pipelines.harvest.fetching import Answer, HarvestError, Trouble

REDIRECTS = frozenset({301, 302, 303, 307, 308})
FOR_GOOD = frozenset({301, 308})
ALWAYS_SECRET = frozenset({"authorization", "cookie", "proxy-authorization"})
_SIGNATURES = frozenset(
    """
    x-amz-algorithm x-amz-credential x-amz-date x-amz-expires x-amz-security-token x-amz-signature x-amz-signedheaders
    x-goog-algorithm x-goog-credential x-goog-date x-goog-expires x-goog-signature x-goog-signedheaders
    signature key-pair-id awsaccesskeyid googleaccessid sig
    """.split()  # noqa: SIM905 (one word a line is longer than what it serves)
)
"""Parameters by which storage lets whoever has the address in for some minutes: redirects lead to such addresses (files
of Zotero, repositories in the cloud). They are followed, and never kept: they are keys, and soon lead nowhere."""
_SHORTEST_SECRET = 6
"""A secret value of fewer characters is not sought in addresses: it would be found everywhere."""


@dataclass
class Call:
    """One thing that is asked, over all its redirects and tries."""

    url: httpx.URL
    limit: int
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    robots: bool = False
    most_tries: int = 1
    cut: bool = False
    downgrade: bool = False
    """Whether a redirect from https to http is followed: nothing secret is asked, and nothing that is kept."""
    secrets: frozenset[str] = frozenset()
    """Names in small letters."""
    cookies: httpx.Cookies = field(default_factory=httpx.Cookies)
    """Only for the redirects of this call: some publishers go round in circles without."""

    @property
    def conditional(self) -> bool:
        """Whether 304 is an answer to it."""
        return any(name.lower() in ("if-none-match", "if-modified-since") for name in self.headers)

    @property
    def secret_values(self) -> list[str]:
        """Of parameters and headers, as far as they are long enough to be told from other text."""
        sent = [*self.url.params.multi_items(), *self.headers.items()]
        return [v for name, v in sent if name.lower() in self.secrets and len(v) >= _SHORTEST_SECRET]

    def told(self, url: httpx.URL) -> str:
        """``url`` without what is secret, and without what lets in whoever has it where a redirect led there."""
        return str(without(url, self.secrets if url == self.url else self.secrets | _SIGNATURES))


@dataclass(frozen=True)
class Got:
    """What came back from one address."""

    status: int
    headers: Mapping[str, str]
    content: bytes = b""


def answer_of(call: Call, url: httpx.URL, got: Got, moved_to: str | None) -> Answer:
    """What is handed to the caller: nothing secret in it."""
    media_type, charset = media_type_of(got.headers)
    return Answer(
        asked=call.told(call.url),
        url=call.told(url),
        status=got.status,
        content=got.content,
        media_type=media_type,
        charset=charset,
        headers=got.headers,
        moved_to=moved_to,
    )


def next_url(url: httpx.URL, got: Got, call: Call) -> httpx.URL:
    """Where a redirect leads, without the secrets where that is another place."""
    try:
        to = url.join(got.headers["location"]).copy_with(fragment=None)
    except (httpx.InvalidURL, ValueError) as error:
        raise HarvestError("harvest_client.url", Trouble.UNFIT, host=url.host) from error
    if url.scheme == "https" and to.scheme == "http" and not call.downgrade:
        raise HarvestError("harvest_client.downgrade", Trouble.REFUSED, host=url.host)
    if not same_place(call.url, to):
        to = without(to, call.secrets)
        if any(value in unquote_plus(str(to)) for value in call.secret_values):
            raise HarvestError("harvest_client.secret_astray", Trouble.REFUSED, host=url.host)
    return to


def parsed_url(url: str) -> httpx.URL:
    """``url``, read.

    Raises
    ------
    HarvestError
        It is none.
    """
    try:
        return httpx.URL(url.strip())
    except (httpx.InvalidURL, ValueError) as error:
        raise HarvestError("harvest_client.url", Trouble.REFUSED, host=_host_in(url)) from error


def _host_in(url: str) -> str:
    """What looks like the host in something that is no URL; without name, password and parameters."""
    return url.partition("?")[0].partition("://")[2].rpartition("@")[2].partition("/")[0][:80] or "-"


def same_place(one: httpx.URL, other: httpx.URL) -> bool:
    """Whether both lie at one server, or the second is the same over https."""
    if one.host != other.host:
        return False
    if one.scheme == other.scheme:
        return one.port == other.port
    return other.scheme == "https" and one.port is None and other.port is None


def without(url: httpx.URL, names: frozenset[str] | set[str]) -> httpx.URL:
    """``url`` without the parameters of these names; exactly as it was where it has none of them."""
    small = {name.lower() for name in names}
    kept = [(name, value) for name, value in url.params.multi_items() if name.lower() not in small]
    if len(kept) == len(url.params.multi_items()):
        return url
    return url.copy_with(params=httpx.QueryParams(tuple(kept)))
