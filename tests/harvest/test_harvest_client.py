"""Sources with all their faults: answers are bounded, tries are few and polite, and keys go nowhere else."""

from __future__ import annotations

import gzip
import logging
import ssl
import threading
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fault_server import (
    Asked,
    FaultServer,
    Given,
    Route,
    busy,
    endless,
    failing,
    gzip_bomb,
    hang_up,
    http_date,
    in_turn,
    moved,
    packed,
    redirect,
    short,
    slow_headers,
    trickling,
)

from pipelines.errors import SettingsError
from pipelines.harvest.addresses import AddressGuard, Resolver
from pipelines.harvest.answers import AgainError
from pipelines.harvest.client import MOST_TRIES, Client, agent_name, client_from
from pipelines.harvest.connections import Transport
from pipelines.harvest.fetching import Fetcher, HarvestError, Trouble
from pipelines.harvest.pace import Pace
from pipelines.strings.catalogue import error_text

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class Clock:
    """Time that passes only where somebody waits."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 3))
        self.seconds += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


Make = Callable[..., Client]


@pytest.fixture
def make(clock: Clock) -> Iterator[Make]:
    made: list[Client] = []

    def build(*, seconds: float = 30, pause: float = 0, most: int = 100_000, draw: float = 0.5) -> Client:
        client = client_from(
            contact="somebody@example.org",
            hosts="127.0.0.1, name.example, other.example",
            request_seconds=seconds,
            pause_seconds=pause,
            max_bytes=most,
            version="1.2.3",
            resolve=lambda host, port: ["127.0.0.1"],
            clock=clock,
            sleep=clock.sleep,
            draw=lambda: draw,
            now=lambda: NOW + timedelta(seconds=clock.seconds - 1000),
        )
        made.append(client)
        return client

    yield build
    for client in made:
        client.close()


def _error(client: Client, url: str) -> HarvestError:
    with pytest.raises(HarvestError) as caught:
        client.get(url)
    for language in ("nl", "en"):
        assert error_text(caught.value, language)  # every place in the sentence has its value
    return caught.value


# What is sent and what comes back


def test_what_is_sent_and_what_comes_back(server: FaultServer, make: Make) -> None:
    server.answer("/a", "é".encode("latin-1"), media_type='Text/HTML; Charset="ISO-8859-1"')
    fetch: Fetcher = make()
    answer = fetch.get(server.url("/a?x=1&y=a%20b#part"), params={"z": "ü"}, headers={"accept": "text/html"})
    assert (answer.status, answer.content, answer.media_type, answer.charset) == (
        200,
        b"\xe9",
        "text/html",
        "iso-8859-1",
    )
    assert answer.url == answer.asked == server.url("/a?x=1&y=a%20b&z=%C3%BC").replace("a%20b", "a+b")
    assert answer.moved_to is None and not answer.unchanged
    asked = server.asked("/a")[0]
    assert asked.query == {"x": ["1"], "y": ["a b"], "z": ["ü"]}
    assert asked.headers["user-agent"] == "Kennisstand/1.2.3 (+mailto:somebody@example.org)"
    assert asked.headers["accept"] == "text/html"
    assert asked.headers["accept-encoding"] == "gzip, deflate"


def test_an_address_is_sent_as_it_was_written(server: FaultServer, make: Make) -> None:
    server.answer("/a%2Fb/c", "x")
    assert make().get(server.url("/a%2Fb/c?q=a%20b&c+d")).asked == server.url("/a%2Fb/c?q=a%20b&c+d")


def test_nothing_is_fetched_again_where_nothing_changed(server: FaultServer, make: Make) -> None:
    day = http_date(NOW.timestamp())
    server.answer("/etag", "text", etag='W/"1"')
    server.answer("/day", "text", last_modified=day)
    client = make()
    first = client.get(server.url("/etag"))
    assert (first.etag, first.content) == ('W/"1"', b"text")
    assert client.get(server.url("/etag"), etag=first.etag).unchanged
    assert not client.get(server.url("/etag"), etag='"2"').unchanged
    second = client.get(server.url("/day"))
    assert second.last_modified == day
    assert client.get(server.url("/day"), last_modified=day).unchanged
    server.route("/odd", Given(status=304))
    assert _error(client, server.url("/odd")).trouble is Trouble.UNFIT  # nobody asked whether it changed


@pytest.mark.parametrize(
    ("contact", "agent"),
    [
        ("", "Kennisstand/1"),
        ("a@b.nl", "Kennisstand/1 (+mailto:a@b.nl)"),
        ("https://b.nl/x", "Kennisstand/1 (+https://b.nl/x)"),
    ],
)
def test_what_the_program_calls_itself(contact: str, agent: str) -> None:
    assert agent_name("1", contact) == agent


@pytest.mark.parametrize("contact", ["a@b.nl\r\nX: y", "é@b.nl", "a (b)", "a b"])
def test_a_contact_that_cannot_be_sent_is_refused(contact: str) -> None:
    with pytest.raises(SettingsError):
        agent_name("1", contact)


def test_no_cookies_go_from_one_fetch_to_the_next(server: FaultServer, make: Make) -> None:
    def cookie(asked: Asked) -> Given:
        if "cookie" in asked.headers:
            return Given(b"in")
        return Given(b"", 302, headers={"Location": "/a", "Set-Cookie": "visit=1; Path=/"})

    server.route("/a", cookie)
    client = make()
    answer = client.get(server.url("/a"))
    assert answer.content == b"in" and "set-cookie" not in answer.headers
    client.get(server.url("/a"))
    assert ["cookie" in one.headers for one in server.asked("/a")] == [False, True, False, True]


# Bounds


@pytest.mark.parametrize(
    "route",
    [
        endless,
        gzip_bomb(20),
        lambda asked: Given(gzip.compress(gzip.compress(bytes(3_000_000))), headers={"Content-Encoding": "gzip, gzip"}),
        lambda asked: Given(zlib.compress(bytes(3_000_000)), headers={"Content-Encoding": "deflate"}),
        lambda asked: Given(bytes(100_001)),
    ],
)
def test_an_answer_that_is_too_large_is_not_taken_in(server: FaultServer, make: Make, route: Route) -> None:
    server.route("/a", route)
    error = _error(make(), server.url("/a"))
    assert error.trouble is Trouble.UNFIT
    assert server.count("/a") == 1


def test_what_is_packed_is_not_unpacked_beyond_the_bound(server: FaultServer, make: Make) -> None:
    server.route("/a", gzip_bomb(50))
    client = make()
    tracemalloc.start()
    try:
        with pytest.raises(HarvestError):
            client.get(server.url("/a"))
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_the_bound_is_exact_and_can_be_another(server: FaultServer, make: Make) -> None:
    server.answer("/a", bytes(100))
    server.route("/b", packed(bytes(100)))
    client = make(most=50)
    for path in ("/a", "/b"):
        assert len(client.get(server.url(path), max_bytes=100).content) == 100
        with pytest.raises(HarvestError):
            client.get(server.url(path), max_bytes=99)
        with pytest.raises(HarvestError):
            client.get(server.url(path))


@pytest.mark.parametrize("route", [trickling(0.01), slow_headers()])
def test_an_answer_that_takes_too_long_is_given_up(server: FaultServer, make: Make, route: Route) -> None:
    server.route("/a", route)
    error = _error(make(seconds=0.3), server.url("/a"))
    assert (error.key, error.trouble) == ("harvest_client.timeout", Trouble.PASSING)
    assert server.count("/a") == MOST_TRIES


def test_a_name_that_takes_too_long_to_resolve_is_given_up(clock: Clock) -> None:
    going_on = threading.Event()

    def resolve(host: str, port: int) -> list[str]:
        going_on.wait(60)
        return []

    client = client_from(
        contact="",
        hosts="",
        request_seconds=0.05,
        pause_seconds=0,
        max_bytes=1,
        version="1",
        resolve=resolve,
        clock=clock,
        sleep=clock.sleep,
    )
    with client:
        assert _error(client, "http://name.example/").key == "harvest_client.timeout"
    going_on.set()


def _raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (gzip.compress(b"text " * 99), "gzip"),
        (gzip.compress(b"text " * 50) + gzip.compress(b"text " * 49), "x-gzip"),
        (gzip.compress(b"text " * 99) + bytes(20), "gzip"),
        (zlib.compress(b"text " * 99), "deflate"),
        (_raw_deflate(b"text " * 99), "deflate"),
        (b"text " * 99, "identity"),
        (b"text " * 99, "UTF-8"),
    ],
)
def test_packed_answers_are_unpacked(server: FaultServer, make: Make, body: bytes, encoding: str) -> None:
    server.route("/a", Given([body[:7], body[7:]], headers={"Content-Encoding": encoding}))
    assert make().get(server.url("/a")).content == b"text " * 99


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, br"])
def test_packings_that_were_not_asked_for_are_refused(server: FaultServer, make: Make, encoding: str) -> None:
    server.route("/a", Given(b"xyz", headers={"Content-Encoding": encoding}))
    assert _error(make(), server.url("/a")).key == "harvest_client.packing"


# Further tries


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_what_passes_is_tried_again(server: FaultServer, make: Make, clock: Clock, status: int) -> None:
    server.route("/a", failing(3, then=Given(b"good"), status=status))
    assert make().get(server.url("/a")).content == b"good"
    assert server.count("/a") == 4
    assert clock.slept == [0.5, 1.0, 2.0]  # half of a bound that doubles


@pytest.mark.parametrize("fault", [hang_up, short(b"part", media_type="text/plain")])
def test_what_breaks_off_is_tried_again(server: FaultServer, make: Make, fault: Route) -> None:
    server.route("/a", in_turn(fault, fault, Given(b"whole")))
    assert make().get(server.url("/a")).content == b"whole"
    server.route("/b", fault)
    error = _error(make(), server.url("/b"))
    assert (error.key, error.trouble) == ("harvest_client.broken_off", Trouble.PASSING)
    assert server.count("/b") == MOST_TRIES


def test_packed_answers_that_break_off_are_noticed(server: FaultServer, make: Make) -> None:
    whole = gzip.compress(b"text " * 99)
    server.route("/a", Given(whole[:-12], headers={"Content-Encoding": "gzip"}))  # its length is that of the part
    server.route("/b", Given(b"no gzip at all", headers={"Content-Encoding": "gzip"}))
    for path in ("/a", "/b"):
        assert _error(make(), server.url(path)).key == "harvest_client.broken_off"


@pytest.mark.parametrize(
    ("status", "trouble"),
    [
        (204, Trouble.UNFIT),
        (300, Trouble.UNFIT),
        (400, Trouble.REFUSED),
        (401, Trouble.REFUSED),
        (403, Trouble.REFUSED),
        (404, Trouble.GONE),
        (407, Trouble.REFUSED),
        (410, Trouble.GONE),
        (414, Trouble.REFUSED),
        (451, Trouble.REFUSED),
        (501, Trouble.PASSING),
    ],
)
def test_what_stays_is_not_tried_again(server: FaultServer, make: Make, status: int, trouble: Trouble) -> None:
    server.route("/a", Given(status=status))
    error = _error(make(), server.url("/a"))
    assert (error.trouble, error.values["status"]) == (trouble, status)
    assert server.count("/a") == 1


def test_a_check_whether_a_person_asks_is_not_tried_again(server: FaultServer, make: Make) -> None:
    server.route("/a", Given(status=503, headers={"CF-Mitigated": "challenge"}))
    error = _error(make(), server.url("/a"))
    assert (error.key, error.trouble) == ("harvest_client.robot_check", Trouble.REFUSED)
    assert server.count("/a") == 1


@pytest.mark.parametrize("told", ["7", http_date(NOW.timestamp() + 7)])
def test_a_server_is_given_the_time_it_asks_for(server: FaultServer, make: Make, clock: Clock, told: str) -> None:
    server.route("/a", busy(1, then=Given(b"good"), retry_after=told))
    assert make().get(server.url("/a")).content == b"good"
    assert clock.slept == [7.5]


_FAR = "Wed, 21 Oct 99999999999999999999 07:28:00 GMT"


@pytest.mark.parametrize("told", ["0", "-5", "soon", "", http_date(NOW.timestamp() - 7), _FAR, "٣"])
def test_where_it_names_no_time_the_pause_is_ours(server: FaultServer, make: Make, clock: Clock, told: str) -> None:
    headers = {"Retry-After": told} if told.isascii() else {}
    server.route("/a", failing(1, then=Given(b"good"), status=503, headers=headers))
    assert make().get(server.url("/a")).content == b"good"
    assert clock.slept == [0.5]


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "3600"}, 3600),
        ({"Retry-After": http_date(NOW.timestamp() + 3600)}, 3600),
        ({"Retry-After": "9" * 40}, 7 * 86_400),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "3600"}, 3600),
        ({"RateLimit-Remaining": "0", "RateLimit-Reset": str(int(NOW.timestamp()) + 3600)}, 3600),
        ({"X-RateLimit-Remaining": "0"}, None),
    ],
)
def test_nobody_waits_long_for_a_server(
    server: FaultServer, make: Make, clock: Clock, headers: dict[str, str], seconds: float | None
) -> None:
    server.route("/a", Given(status=429, headers=headers))
    error = _error(make(), server.url("/a"))
    assert (error.trouble, error.retry_after) == (Trouble.PASSING, seconds)
    assert server.count("/a") == 1 and clock.slept == []


def test_after_the_last_try_it_is_told_when_to_come_back(server: FaultServer, make: Make) -> None:
    server.route("/a", busy(99, then=Given(b"good"), retry_after="5"))
    assert _error(make(), server.url("/a")).retry_after == 5
    assert server.count("/a") == MOST_TRIES


def test_a_host_that_never_answers_is_left_alone(server: FaultServer, make: Make, clock: Clock) -> None:
    client = make()
    for path in ("/a", "/b", "/c"):
        server.route(path, hang_up)
        _error(client, server.url(path))
    asked = server.count()
    server.answer("/d", "good")
    error = _error(client, server.url("/d"))
    assert error.key == "harvest_client.silent" and server.count() == asked
    assert error.retry_after is not None
    clock.seconds += error.retry_after
    assert client.get(server.url("/d")).content == b"good"
    _error(client, server.url("/a"))  # once heard of, the count begins anew
    assert client.get(server.url("/d")).content == b"good"


def test_a_port_where_nobody_listens(make: Make) -> None:
    with FaultServer() as gone:
        url = gone.url("/a")
    assert _error(make(), url).key == "harvest_client.unreachable"


# Redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed(server: FaultServer, make: Make, status: int) -> None:
    server.route("/a", redirect("b?x=%20#part", status))
    server.answer("/b", "there")
    answer = make().get(server.url("/a"), params={"page": "1"})
    assert (answer.content, answer.url) == (b"there", server.url("/b?x=%20"))
    assert answer.asked == server.url("/a?page=1")
    assert answer.moved_to == (server.url("/b?x=%20") if status in (301, 308) else None)


def test_moved_for_good_only_where_every_step_is(server: FaultServer, make: Make) -> None:
    server.answer("/c", "there", etag='"1"')
    server.route("/b", moved("/c"))
    server.route("/a", redirect("/b", 308))
    client = make()
    assert client.get(server.url("/a")).moved_to == server.url("/c")
    assert client.get(server.url("/a"), etag='"1"').moved_to == server.url("/c")
    server.route("/b", redirect("/c", 302))
    assert client.get(server.url("/a")).moved_to is None
    server.route("/e", redirect("/f", 307))
    server.route("/f", moved("/c"))
    assert client.get(server.url("/e")).moved_to is None
    server.route("/d", lambda asked: Given(status=301, headers={"Location": f"/c?set=x&page={asked.first('page')}"}))
    assert client.get(server.url("/d"), params={"page": "7"}).moved_to == server.url("/c?set=x")


def test_redirects_come_to_an_end(server: FaultServer, make: Make) -> None:
    server.route("/loop", redirect("/loop"))
    error = _error(make(), server.url("/loop"))
    assert (error.key, error.trouble) == ("harvest_client.redirects", Trouble.UNFIT)
    assert server.count() == 6
    for n in range(5):
        server.route(f"/{n}", redirect(f"/{n + 1}"))
    server.answer("/5", "there")
    assert make().get(server.url("/0")).content == b"there"


@pytest.mark.parametrize("to", ["http://[", "http://a b/", "//"])
def test_redirects_to_nowhere(server: FaultServer, make: Make, to: str) -> None:
    server.route("/a", redirect(to))
    assert _error(make(), server.url("/a")).trouble in (Trouble.UNFIT, Trouble.REFUSED)


# Secrets


def test_keys_go_to_no_other_host(server: FaultServer, make: Make) -> None:
    with FaultServer() as other:
        other.answer("/b", "there")
        server.route("/a", redirect(other.url("/b?api_key=hush-hush&x=1")))
        answer = make().get(
            server.url("/a"),
            params={"api_key": "hush-hush"},
            headers={"X-Token": "hush-hush", "Authorization": "Bearer hush", "Accept": "text/html"},
            secrets=("api_key", "x-token"),
        )
        first, last = server.asked("/a")[0], other.asked("/b")[0]
    assert first.query == {"api_key": ["hush-hush"]} and first.headers["x-token"] == "hush-hush"
    assert last.query == {"x": ["1"]} and last.headers["accept"] == "text/html"
    assert "hush" not in str(last)
    assert "hush" not in str(answer)


def test_keys_stay_with_the_host_they_are_for(server: FaultServer, make: Make) -> None:
    server.route("/a", redirect("/b?api_key=hush-hush"))
    server.answer("/b", "there")
    answer = make().get(
        server.url("/a"), params={"api_key": "hush-hush"}, headers={"X-Token": "t"}, secrets=("api_key", "X-Token")
    )
    assert server.asked("/b")[0].query == {"api_key": ["hush-hush"]}
    assert server.asked("/b")[0].headers["x-token"] == "t"
    assert (answer.url, answer.asked) == (server.url("/b"), server.url("/a"))


def test_what_lets_in_whoever_has_the_address_is_followed_and_not_kept(server: FaultServer, make: Make) -> None:
    server.route("/file", redirect("/stored.pdf?versionId=3&X-Amz-Signature=abc123&X-Amz-Expires=60"))
    server.answer("/stored.pdf", "there")
    answer = make().get(server.url("/file?sig=mine"))
    assert (answer.content, answer.asked) == (b"there", server.url("/file?sig=mine"))
    assert answer.url == server.url("/stored.pdf?versionId=3")
    assert server.asked("/stored.pdf")[0].query["X-Amz-Signature"] == ["abc123"]


def test_a_key_in_another_part_of_a_redirect_is_not_followed(server: FaultServer, make: Make) -> None:
    with FaultServer() as other, pytest.raises(HarvestError) as caught:
        server.route("/a", redirect(other.url("/b/hush%2Dhush")))
        make().get(server.url("/a"), params={"api_key": "hush-hush"}, secrets=("api_key",))
    assert caught.value.trouble is Trouble.REFUSED and other.count() == 0


def test_keys_are_in_no_error_and_no_log(server: FaultServer, make: Make, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server.route("/a", Given(status=500))
    with pytest.raises(HarvestError) as caught:
        make().get(
            server.url("/a?key=hush-1"), params={"q": "hush-2"}, headers={"X-T": "hush-3"}, secrets=("key", "q", "X-T")
        )
    assert "hush" not in caplog.text and "hush" not in f"{caught.value} {caught.value.values}"
    assert caplog.records  # something was logged


@pytest.mark.parametrize("key", ["line\nend", "dash–dash"])
def test_keys_that_cannot_be_sent_are_said(server: FaultServer, make: Make, key: str) -> None:
    with pytest.raises(HarvestError) as caught:
        make().get(server.url("/a"), headers={"X-Token": key}, secrets=("X-Token",))
    assert (caught.value.key, caught.value.trouble) == ("harvest_client.not_sendable", Trouble.REFUSED)
    assert server.count() == 0


# https


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of ``name.example`` with its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "name.example")])
    today = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - timedelta(days=2))
        .not_valid_after(today + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("name.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "name.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def secure(certificate: Path) -> Iterator[FaultServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with FaultServer(tls=context) as running:
        yield running


def _trusting(certificate: Path, resolve: Resolver = lambda host, port: ["127.0.0.1"]) -> Client:
    guard = AddressGuard("127.0.0.1", resolve)
    trusted = ssl.create_default_context(cafile=str(certificate))
    return Client(
        agent="Kennisstand/1",
        guard=guard,
        transport=Transport(guard, trusted),
        pace=Pace(0, sleep=lambda seconds: None),
        seconds=30,
        most_bytes=1000,
    )


def test_the_certificate_is_that_of_the_name_not_of_the_address(secure: FaultServer, certificate: Path) -> None:
    secure.answer("/a", "safe")
    with _trusting(certificate) as client:
        assert client.get(secure.url("/a", host="name.example")).content == b"safe"
        for host in ("other.example", "127.0.0.1"):
            error = _error(client, secure.url("/a", host=host))
            assert (error.key, error.trouble) == ("harvest_client.certificate", Trouble.REFUSED)
    assert secure.asked()[0].headers["host"] == f"name.example:{secure.port}"


def test_certificates_nobody_vouches_for_are_refused(secure: FaultServer, make: Make) -> None:
    assert _error(make(), secure.url("/a", host="name.example")).key == "harvest_client.certificate"
    assert secure.count() == 0


def test_nothing_goes_from_https_to_http(secure: FaultServer, server: FaultServer, certificate: Path) -> None:
    secure.route("/a", redirect(server.url("/b", host="name.example")))
    with _trusting(certificate) as client:
        error = _error(client, secure.url("/a", host="name.example"))
    assert (error.key, error.trouble) == ("harvest_client.downgrade", Trouble.REFUSED)
    assert server.count() == 0


def test_only_robots_txt_may_be_kept_without_a_secure_connection(
    secure: FaultServer, server: FaultServer, certificate: Path
) -> None:
    secure.route("/robots.txt", redirect(server.url("/robots.txt", host="name.example")))
    server.answer("/robots.txt", "User-agent: *\nDisallow: /a")
    secure.answer("/b", "text")
    with _trusting(certificate) as client:
        with pytest.raises(HarvestError) as caught:
            client.get(secure.url("/a", host="name.example"), robots=True)
        assert client.get(secure.url("/b", host="name.example"), robots=True).content == b"text"
    assert caught.value.key == "harvest_client.robots"
    assert secure.count("/a") == 0


def test_what_is_asked_once_is_not_asked_again_and_the_next_one_waits(
    server: FaultServer, make: Make, clock: Clock
) -> None:
    server.route("/a", busy(1, then=Given(b"good"), retry_after="7"))
    server.answer("/b", "other")
    client = make()
    with pytest.raises(AgainError):
        client.get(server.url("/a"), once=True)
    assert server.count("/a") == 1 and clock.slept == []
    client.get(server.url("/b"), once=True)
    assert sum(clock.slept) >= 7


def test_https_goes_through_the_proxy_of_the_organisation(
    secure: FaultServer, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secure.answer("/a", "safe")
    with FaultServer() as proxy:
        proxy.tunnel_to = secure
        monkeypatch.setenv("https_proxy", f"http://me:word@127.0.0.1:{proxy.port}")
        with _trusting(certificate, lambda host, port: ["93.184.216.34"]) as client:
            assert client.get("https://name.example/a").content == b"safe"
            error = _error(client, "https://other.example/a")  # the proxy leads there, its certificate is another's
            assert error.key == "harvest_client.certificate"
        assert proxy.asked()[0].path == "/name.example:443"
        assert proxy.asked()[0].headers["proxy-authorization"].startswith("Basic ")
        proxy.tunnel_to = None
        with _trusting(certificate, lambda host, port: ["93.184.216.34"]) as client:
            error = _error(client, "https://name.example/a")
            assert (error.key, error.trouble) == ("harvest_client.proxy", Trouble.REFUSED)
    assert "proxy-authorization" not in secure.asked("/a")[0].headers


# Pace


def test_requests_to_one_host_keep_a_pause(server: FaultServer, make: Make, clock: Clock) -> None:
    server.answer("/a", "x")
    client = make(pause=2)
    client.get(server.url("/a"))
    client.get(server.url("/a"))
    client.get(server.url("/a", host="name.example"))  # another host
    clock.seconds += 5
    client.get(server.url("/a"))
    assert clock.slept == [2.0]


def test_all_requests_to_a_host_in_trouble_wait(clock: Clock) -> None:
    pace = Pace(1, clock, clock.sleep)
    pace.hold("a", 10)
    pace.wait("a")
    pace.wait("a")
    pace.wait("b")
    assert clock.slept == [10, 1]
    pace.slow("b", 5)
    pace.wait("b")
    pace.wait("b")
    assert clock.slept == [10, 1, 1, 5]


def test_threads_take_their_turns(clock: Clock) -> None:
    lock = threading.Lock()

    def sleep(seconds: float) -> None:
        with lock:
            clock.seconds += seconds

    pace = Pace(1, clock, sleep)
    threads = [threading.Thread(target=pace.wait, args=("a",)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert clock.seconds >= 1007  # seven pauses between eight


def test_several_threads_share_a_client(server: FaultServer, make: Make) -> None:
    for n in range(8):
        server.answer(f"/{n}", str(n) * 1000)
    client, got = make(), {}

    def go(n: int) -> None:
        got[n] = client.get(server.url(f"/{n}")).content

    threads = [threading.Thread(target=go, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == {n: (str(n) * 1000).encode() for n in range(8)}
