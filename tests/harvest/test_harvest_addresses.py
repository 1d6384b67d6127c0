"""No address of the own network is asked, whatever it is called; what was looked at is what is asked."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence

import httpx
import pytest
from fault_server import FaultServer, redirect
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.errors import SettingsError
from pipelines.harvest.addresses import AddressGuard, Resolver, is_public
from pipelines.harvest.client import Client, client_from
from pipelines.harvest.fetching import HarvestError, Trouble

PUBLIC = ("93.184.216.34", "8.8.8.8", "145.100.1.1", "192.0.3.1", "172.32.0.1", "100.128.0.1", "2a00:1450:400e::1")
INSIDE = (
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "192.168.255.255",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:93.184.216.34",
    "::ffff:0:127.0.0.1",
    "::127.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:0:53aa:64c:0:0:80ff:fffe",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "3fff::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
)
SPELLINGS = (
    "0",
    "127.1",
    "127.0.1",
    "0177.0.0.1",
    "0177.0.0.01",
    "127.0.0.01",
    "0x7f.0.0.1",
    "0x7f.1",
    "0x7f000001",
    "0X7F000001",
    "2130706433",
    "017700000001",
    "127.0.0.1.",
    "169.254.43518",
    "0xa9.0xfe.0xa9.0xfe",
    "3232235521",
    "1.2.3.4.5",
    "256.1.1.1",
    "0x",
    "example.0x7f",
    "example.1",
)


def _client(names: Mapping[str, list[str]] | Resolver | None = None, hosts: str = "") -> Client:
    def resolve(host: str, port: int) -> Sequence[str]:
        if callable(names):
            return names(host, port)
        if host not in (names or {}):
            raise OSError
        return (names or {})[host]

    return client_from(
        contact="",
        hosts=hosts,
        request_seconds=30,
        pause_seconds=0,
        max_bytes=1000,
        version="1",
        resolve=resolve,
        sleep=lambda _: None,
    )


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_may_be_asked(address: str) -> None:
    host = f"[{address}]" if ":" in address else address
    AddressGuard().check_url(httpx.URL(f"http://{host}/"))
    assert AddressGuard(resolve=lambda host, port: [address]).addresses("name.example", 80) == [address]


@pytest.mark.parametrize("address", INSIDE)
def test_addresses_of_the_own_network_are_refused(address: str) -> None:
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(HarvestError) as caught:
        AddressGuard().check_url(httpx.URL(f"http://{host}/"))
    assert caught.value.trouble is Trouble.REFUSED
    with pytest.raises(HarvestError):
        AddressGuard().addresses(address, 80)


@pytest.mark.parametrize("address", INSIDE)
def test_names_that_lead_there_are_refused(address: str) -> None:
    guard = AddressGuard(resolve=lambda host, port: ["93.184.216.34", address])
    with pytest.raises(HarvestError) as caught:
        guard.addresses("name.example", 443)
    assert caught.value.key == "harvest_client.own_network"


@pytest.mark.parametrize("host", SPELLINGS)
def test_hidden_spellings_are_refused_and_never_resolved(host: str) -> None:
    def resolve(host: str, port: int) -> list[str]:
        raise AssertionError("asked for the addresses of " + host)

    for allowed in ("", "127.0.0.0/8, 0.0.0.0/0"):
        with _client(resolve, allowed) as client, pytest.raises(HarvestError) as caught:
            client.get(f"http://{host}/")
        assert caught.value.trouble is Trouble.REFUSED
        with pytest.raises(HarvestError):
            AddressGuard(allowed, resolve).addresses(host, 80)


@pytest.mark.parametrize("written", ["①②⑦.⓪.⓪.①", "１２７.0.0.1", "127。0。0。1"])
def test_other_digits_and_dots_do_not_help(written: str) -> None:
    with _client() as client, pytest.raises(HarvestError) as caught:
        client.get(f"http://{written}/")
    assert caught.value.trouble is not Trouble.UNFIT


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32 - 1))
def test_what_python_calls_private_is_never_public(number: int) -> None:
    address = ipaddress.IPv4Address(number)
    if not address.is_global or address.is_multicast:
        assert not is_public(address)
    assert not is_public(ipaddress.IPv6Address(f"::ffff:{address}"))
    assert is_public(ipaddress.IPv6Address(int(ipaddress.IPv6Address("64:ff9b::")) + number)) == is_public(address)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**128 - 1))
def test_nor_of_longer_addresses(number: int) -> None:
    address = ipaddress.IPv6Address(number)
    if not address.is_global or address.is_multicast:
        assert not is_public(address)


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://name.example/a", "gopher://name.example", "//x", "a/b", ""]
)
def test_other_schemes_are_refused(url: str) -> None:
    with _client() as client, pytest.raises(HarvestError) as caught:
        client.get(url)
    assert caught.value.trouble is Trouble.REFUSED


@pytest.mark.parametrize(
    "url",
    [
        "http://me:secret@name.example/",
        "http://me@name.example/",
        "http://8.8.8.8@127.0.0.1/",
        "http://a b/",
        "http://[",
    ],
)
def test_names_and_passwords_in_addresses_are_refused_and_not_told(url: str) -> None:
    with _client() as client, pytest.raises(HarvestError) as caught:
        client.get(url)
    assert caught.value.trouble is Trouble.REFUSED
    assert "secret" not in str(caught.value)


def test_the_settings_let_in_names_addresses_and_networks() -> None:
    guard = AddressGuard("files.intern, 10.1.0.0/16,[fd12::1], 192.168.1.7", lambda host, port: ["192.168.9.9"])
    assert guard.addresses("files.intern", 80) == ["192.168.9.9"]
    assert guard.addresses("Files.Intern.", 80) == ["192.168.9.9"]
    assert guard.addresses("10.1.200.3", 80) == ["10.1.200.3"]
    assert guard.addresses("fd12::1", 80) == ["fd12::1"]
    assert guard.addresses("192.168.1.7", 80) == ["192.168.1.7"]
    for other in ("10.2.0.1", "192.168.1.8", "other.intern", "xfiles.intern"):
        with pytest.raises(HarvestError):
            guard.addresses(other, 80)


@pytest.mark.parametrize("address", ["169.254.169.254", "100.100.100.200", "fd00:ec2::254", "0.0.0.0", "224.0.0.1"])
def test_a_name_in_the_settings_does_not_open_what_tells_secrets(address: str) -> None:
    with pytest.raises(HarvestError):
        AddressGuard("files.intern", lambda host, port: [address]).addresses("files.intern", 80)


@pytest.mark.parametrize("entry", ["http://files.intern", "10.0.0.0/99", "files.intern:8080", "10.0.0", "*", "a b"])
def test_settings_that_mean_nothing_are_said(entry: str) -> None:
    with pytest.raises(SettingsError) as caught:
        AddressGuard(f"files.intern,{entry}")
    assert caught.value.values["entry"] == entry


def test_the_address_that_was_looked_at_is_the_one_that_is_asked() -> None:
    """A name that means something else the next time it is asked (DNS rebinding) gains nothing by it."""
    with FaultServer() as server:
        server.answer("/a", b"inside")
        asked: list[str] = []

        def resolve(host: str, port: int) -> list[str]:
            asked.append(host)
            return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

        client = client_from(
            contact="",
            hosts="127.0.0.1",
            request_seconds=30,
            pause_seconds=0,
            max_bytes=99,
            version="1",
            resolve=resolve,
        )
        with client:
            assert client.get(server.url("/a", host="name.example")).content == b"inside"
        assert asked == ["name.example"]  # once for looking and connecting together
        assert server.asked("/a")[0].headers["host"] == f"name.example:{server.port}"


def test_a_name_that_turns_to_the_own_network_is_refused_at_the_next_connection() -> None:
    with FaultServer() as server:
        server.route("/a", redirect(server.url("/b", host="other.example")))
        names = {"name.example": ["127.0.0.1"], "other.example": ["10.0.0.1"]}
        with _client(names, hosts="127.0.0.1") as client, pytest.raises(HarvestError) as caught:
            client.get(server.url("/a", host="name.example"))
        assert caught.value.trouble is Trouble.REFUSED
        assert server.count("/b") == 0


@pytest.mark.parametrize(
    "to",
    [
        "http://169.254.169.254/latest/meta-data/",
        "//10.0.0.1/",
        "http://0x7f.1/",
        "file:///etc/passwd",
        "http://[::1]/",
    ],
)
def test_redirects_into_the_own_network_are_refused(to: str) -> None:
    with FaultServer() as server, _client(hosts="127.0.0.1") as client:
        server.route("/a", redirect(to))
        with pytest.raises(HarvestError) as caught:
            client.get(server.url("/a"))
        assert caught.value.trouble is Trouble.REFUSED
        assert server.count() == 1


def test_without_the_setting_this_computer_is_not_asked() -> None:
    with FaultServer() as server, _client({"localhost": ["127.0.0.1"]}) as client:
        for host in ("127.0.0.1", "localhost"):
            with pytest.raises(HarvestError):
                client.get(server.url("/", host=host))
        assert server.count() == 0


def test_unknown_names_are_told_as_such() -> None:
    with _client() as client, pytest.raises(HarvestError) as caught:
        client.get("http://name.example/")
    assert (caught.value.key, caught.value.trouble) == ("harvest_client.no_such_name", Trouble.PASSING)


def test_where_one_address_leads_nowhere_the_next_is_tried() -> None:
    with FaultServer() as server:
        server.answer("/a", b"good")
        # Nobody listens at this port of the first address.
        with _client({"name.example": ["127.0.0.2", "127.0.0.1"]}, hosts="127.0.0.0/8") as client:
            assert client.get(server.url("/a", host="name.example")).content == b"good"


def test_behind_a_proxy_addresses_are_refused_as_far_as_they_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    with FaultServer() as proxy:
        monkeypatch.setenv("http_proxy", proxy.root)
        proxy.answer("/a", b"by proxy")
        names = {"inside.example": ["10.0.0.1"], "outside.example": ["93.184.216.34"]}
        with _client(names) as client:
            assert client.get("http://outside.example/a").content == b"by proxy"
            assert client.get("http://known-to-the-proxy.example/a").content == b"by proxy"
            for host in ("inside.example", "169.254.169.254", "2130706433", "[::1]"):
                with pytest.raises(HarvestError):
                    client.get(f"http://{host}/a")
        assert [one.headers["host"] for one in proxy.asked()] == ["outside.example", "known-to-the-proxy.example"]


def test_hosts_of_the_own_network_are_asked_without_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with FaultServer() as proxy, FaultServer() as server:
        monkeypatch.setenv("http_proxy", proxy.root)
        server.answer("/a", b"itself")
        with _client(hosts="127.0.0.1") as client:
            assert client.get(server.url("/a")).content == b"itself"
        assert proxy.count() == 0


def test_a_proxy_that_cannot_be_used_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "socks5://127.0.0.1:1")
    with _client({"outside.example": ["93.184.216.34"]}) as client, pytest.raises(SettingsError) as caught:
        client.get("http://outside.example/")
    assert caught.value.key == "error.harvest_proxy"
