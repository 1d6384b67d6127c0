"""Which addresses may be asked: none within the own network, whatever a feed, a page or a redirect says.

A source names addresses, and whoever writes a source could name one of the computers around this one (server-side
request forgery, CWE-918). So a host is resolved here, all that it resolves to is held against the registries of special
addresses of IANA (RFC 6890 and its updates), and the connection then goes to the very address that was looked at
(:mod:`pipelines.harvest.connections`): a name that means something else a moment later gains nothing by it.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable, Sequence

import httpx

from pipelines.errors import SettingsError
from pipelines.harvest.fetching import HarvestError, Trouble

Resolver = Callable[[str, int], Sequence[str]]
"""Numeric addresses of a name, best first; raises ``OSError`` where it has none."""

_IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# IANA IPv4 Special-Purpose Address Registry, without the few parts that are reachable from everywhere.
_SPECIAL_4 = tuple(
    ipaddress.IPv4Network(block)
    for block in (
        "0.0.0.0/8",  # this network; 0.0.0.0 reaches this computer on Linux
        "10.0.0.0/8",
        "100.64.0.0/10",  # behind the address translation of providers; 100.100.100.200 tells secrets at one of them
        "127.0.0.0/8",
        "168.63.129.16/32",  # looks public; the platform service of one provider, seen from within only
        "169.254.0.0/16",  # link-local; 169.254.169.254 tells the secrets of a machine at most providers
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",  # for documentation, as the two below
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",
        "198.18.0.0/15",  # for measuring networks
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
_GLOBAL_6 = ipaddress.IPv6Network("2000::/3")
"""All of IPv6 that is given out to sites; loopback, link-local, unique local, site-local, multicast, IPv4-mapped and
IPv4-compatible addresses lie outside it."""
_SPECIAL_6 = tuple(
    ipaddress.IPv6Network(block)
    for block in (
        "2001::/23",  # protocols, among them Teredo (2001::/32), which carries an IPv4 address
        "2001:db8::/32",  # for documentation, as 3fff::/20
        "2002::/16",  # 6to4, which carries an IPv4 address
        "3fff::/20",
    )
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""How networks with IPv6 alone reach IPv4 (RFC 6052): judged by the IPv4 address in its last 32 bits."""

# What a name in the settings may stand for, beside public addresses: a name of the own network can never lead to the
# services that tell the secrets of a machine. Those have to be allowed by their address.
_OWN_NETWORK = tuple(
    ipaddress.ip_network(block)
    for block in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "127.0.0.0/8",
        "100.64.0.0/10",
        "fc00::/7",
        "::1/128",
    )
)
_METADATA = frozenset(ipaddress.ip_address(one) for one in ("100.100.100.200", "fd00:ec2::254", "fd20:ce::254"))

_NAME = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*")
_LAST_IS_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0[xX][0-9a-fA-F]*)\.?", re.S)
"""As the URL standard has it: browsers and C libraries read such a host as an address, however it is spelled."""


def system_resolver(host: str, port: int) -> list[str]:
    """Addresses of ``host`` as this computer knows them, in the order it prefers."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_public(address: _IPAddress) -> bool:
    """Whether ``address`` is one that everybody on the internet can reach, and carries no other address inside."""
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in block for block in _SPECIAL_4)
    if address in _NAT64:
        return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return address in _GLOBAL_6 and not any(address in block for block in _SPECIAL_6)


class AddressGuard:
    """Says which hosts may be asked, and at which addresses.

    Parameters
    ----------
    allowed
        Names, addresses and networks (``10.1.0.0/16``) of the own network that may be asked all the same, with commas
        between.
    resolve
        Finds the addresses of a name.

    Raises
    ------
    SettingsError
        An entry of ``allowed`` is none of these.
    """

    def __init__(self, allowed: str = "", resolve: Resolver = system_resolver) -> None:
        self._resolve = resolve
        self._names: set[str] = set()
        self._networks: list[_Network] = []
        for entry in filter(None, (part.strip() for part in allowed.split(","))):
            self._allow(entry)

    def _allow(self, entry: str) -> None:
        try:
            self._networks.append(ipaddress.ip_network(entry.strip("[]"), strict=False))
        except ValueError as error:
            name = _plain(entry)
            if not _NAME.fullmatch(name) or _LAST_IS_NUMBER.fullmatch(name):
                raise SettingsError("error.harvest_hosts", entry=entry) from error
            self._names.add(name)

    def check_url(self, url: httpx.URL) -> None:
        """See whether ``url`` may be asked, as far as it can be told from its letters.

        Raises
        ------
        HarvestError
            Another scheme than http and https, a name or password inside, no host, an address of the own network, or
            one in a spelling that hides what it is.
        """
        host = url.raw_host.decode("ascii")
        if url.scheme not in ("http", "https") or not host:
            raise HarvestError("harvest_client.scheme", Trouble.REFUSED, scheme=url.scheme or "-")
        if url.userinfo:
            raise HarvestError("harvest_client.userinfo", Trouble.REFUSED, host=host)
        literal = _literal(host)
        if literal is not None:
            self._check(host, literal)

    def addresses(self, host: str, port: int) -> list[str]:
        """Where ``host`` may be reached: all that it resolves to, or nothing.

        One address of the own network among public ones is enough to refuse all: an honest name has none.

        Raises
        ------
        HarvestError
            The name is not known, or leads to where nothing may be asked.
        """
        literal = _literal(host)
        if literal is not None:
            self._check(host, literal)
            return [str(literal)]
        try:
            found = [ipaddress.ip_address(one) for one in self._resolve(host, port)]
        except (OSError, UnicodeError) as error:
            raise HarvestError("harvest_client.no_such_name", Trouble.PASSING, host=host) from error
        except ValueError as error:
            raise _refused(host) from error
        if not found:
            raise HarvestError("harvest_client.no_such_name", Trouble.PASSING, host=host)
        for address in found:
            self._check(host, address)
        return [str(address) for address in found]

    def is_own(self, host: str) -> bool:
        """Whether the settings name ``host`` (or its address, where it is one) as one of the own network."""
        if _plain(host) in self._names:
            return True
        try:
            address = _literal(host)
        except HarvestError:
            return False
        return address is not None and any(address in network for network in self._networks)

    def _check(self, host: str, address: _IPAddress) -> None:
        if is_public(address) or any(address in network for network in self._networks):
            return
        named = _plain(host) in self._names and address not in _METADATA
        if not (named and any(address in network for network in _OWN_NETWORK)):
            raise _refused(host)


def _plain(host: str) -> str:
    return host.lower().removesuffix(".")


def _literal(host: str) -> _IPAddress | None:
    """The address that ``host`` is; ``None`` for a name.

    Raises
    ------
    HarvestError
        It is an address in another spelling than the usual one: ``0177.0.0.1``, ``0x7f.1``, ``2130706433``, ``127.1``.
    """
    try:
        return ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        if _LAST_IS_NUMBER.fullmatch(host) or ":" in host or "%" in host:
            raise _refused(host) from None
        return None


def _refused(host: str) -> HarvestError:
    return HarvestError("harvest_client.own_network", Trouble.REFUSED, host=host)
