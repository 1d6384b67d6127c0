"""What robots.txt asks for is done, and where it cannot be read nothing is asked for now."""

from __future__ import annotations

import httpx
import pytest
from fault_server import FaultServer, Given, endless, failing, hang_up, redirect

from pipelines.harvest.client import MOST_TRIES, Client, client_from
from pipelines.harvest.fetching import HarvestError, Trouble
from pipelines.harvest.pace import Pace
from pipelines.harvest.robots import KEPT_SECONDS, REFUSAL_SECONDS, Robots
from pipelines.strings.catalogue import error_text


class Clock:
    """Time that passes only where somebody waits."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def _client(clock: Clock) -> Client:
    return client_from(
        contact="",
        hosts="127.0.0.1",
        request_seconds=30,
        pause_seconds=0,
        max_bytes=100_000,
        version="1",
        clock=clock,
        sleep=clock.sleep,
        draw=lambda: 0.0,
    )


def _refused(client: Client, url: str) -> HarvestError:
    with pytest.raises(HarvestError) as caught:
        client.get(url, robots=True)
    assert error_text(caught.value, "nl") and error_text(caught.value, "en")
    return caught.value


def test_what_robots_txt_asks_for_is_done_and_it_is_asked_once(clock: Clock) -> None:
    with FaultServer() as server, _client(clock) as client:
        server.answer("/robots.txt", "User-agent: *\nDisallow: /private\nAllow: /private/*.pdf$\n")
        for path in ("/a", "/private/a.pdf", "/private/b"):
            server.answer(path, "text")
        client.get(server.url("/a"), robots=True)
        client.get(server.url("/private/a.pdf"), robots=True)
        error = _refused(client, server.url("/private/b"))
        assert (error.key, error.trouble) == ("harvest_client.robots", Trouble.REFUSED)
        assert server.count("/private/b") == 0
        assert server.count("/robots.txt") == 1
        assert "Kennisstand" in server.asked("/robots.txt")[0].headers["user-agent"]
        client.get(server.url("/private/b"))  # an interface for programs, says the caller
        assert server.count("/private/b") == 1


@pytest.mark.parametrize("name", ["kennisstand", "Kennisstand", "KENNISSTAND"])
def test_rules_for_this_program_go_before_those_for_all(clock: Clock, name: str) -> None:
    with FaultServer() as server, _client(clock) as client:
        server.answer("/robots.txt", f"\ufeffUser-agent: *\nDisallow:\n\nUser-agent: {name}\nDisallow: /\n")
        assert _refused(client, server.url("/a")).trouble is Trouble.REFUSED


def test_rules_for_others_do_not_count(clock: Clock) -> None:
    with FaultServer() as server, _client(clock) as client:
        server.answer("/robots.txt", "User-agent: kennis\nUser-agent: stand\nUser-agent: GPTBot\nDisallow: /\n")
        server.answer("/a", "text")
        # A name that is the beginning of ours is taken for it by the library: kept on the polite side.
        assert _refused(client, server.url("/a")).trouble is Trouble.REFUSED
    with FaultServer() as server, _client(clock) as client:
        server.answer("/robots.txt", "User-agent: stand\nUser-agent: GPTBot\nDisallow: /\n")
        server.answer("/a", "text")
        assert client.get(server.url("/a"), robots=True).content == b"text"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451])
def test_without_robots_txt_everything_may_be_asked(clock: Clock, status: int) -> None:
    with FaultServer() as server, _client(clock) as client:
        server.route("/robots.txt", Given(status=status))
        server.answer("/a", "text")
        assert client.get(server.url("/a"), robots=True).content == b"text"
        assert server.count("/robots.txt") == 1


@pytest.mark.parametrize("body", ["", "<html><p>Not found</p></html>", "\0\xff\x01" * 50, ":::\n\n#", "Disallow: /"])
def test_what_has_no_rules_forbids_nothing(clock: Clock, body: str) -> None:
    with FaultServer() as server, _client(clock) as client:
        server.answer("/robots.txt", body.encode("latin-1"))
        server.answer("/a", "text")
        assert client.get(server.url("/a"), robots=True).content == b"text"


@pytest.mark.parametrize("route", [Given(status=500), Given(status=503), Given(status=429), hang_up])
def test_where_it_cannot_be_had_nothing_is_asked_for_now(clock: Clock, route: Given) -> None:
    with FaultServer() as server, _client(clock) as client:
        server.route("/robots.txt", route)
        server.answer("/a", "text")
        error = _refused(client, server.url("/a"))
        assert (error.key, error.trouble) == ("harvest_client.robots_unknown", Trouble.PASSING)
        _refused(client, server.url("/b"))
        assert server.count("/a") == 0
        assert server.count("/robots.txt") == MOST_TRIES  # and not once more for the second
        server.answer("/robots.txt", "")
        clock.seconds += REFUSAL_SECONDS
        assert client.get(server.url("/a"), robots=True).content == b"text"


def test_it_is_asked_anew_after_a_day(clock: Clock) -> None:
    with FaultServer() as server, _client(clock) as client:
        server.answer("/robots.txt", "")
        server.answer("/a", "text")
        client.get(server.url("/a"), robots=True)
        clock.seconds += KEPT_SECONDS - 1
        client.get(server.url("/a"), robots=True)
        assert server.count("/robots.txt") == 1
        server.answer("/robots.txt", "User-agent: *\nDisallow: /")
        clock.seconds += 1
        _refused(client, server.url("/a"))
        assert server.count("/robots.txt") == 2


def test_robots_txt_may_have_moved(clock: Clock) -> None:
    with FaultServer() as server, _client(clock) as client:
        server.route("/robots.txt", redirect("/rules"))
        server.answer("/rules", "User-agent: *\nDisallow: /a")
        _refused(client, server.url("/a"))
    with FaultServer() as server, _client(clock) as client:
        server.route("/robots.txt", redirect("/robots.txt"))  # for ever: as if there were none
        server.answer("/a", "text")
        assert client.get(server.url("/a"), robots=True).content == b"text"


def test_robots_txt_that_leads_into_the_own_network_is_not_followed(clock: Clock) -> None:
    with FaultServer() as server, _client(clock) as client:
        server.route("/robots.txt", redirect("http://169.254.169.254/"))
        assert _refused(client, server.url("/a")).trouble is Trouble.REFUSED
        assert server.count("/a") == 0


def test_redirects_are_held_against_it_as_well(clock: Clock) -> None:
    with FaultServer() as server, FaultServer() as other, _client(clock) as client:
        server.route("/a", redirect(other.url("/b")))
        other.answer("/robots.txt", "User-agent: *\nDisallow: /b")
        assert _refused(client, server.url("/a")).key == "harvest_client.robots"
        assert other.count("/b") == 0


def test_no_more_of_it_is_read_than_has_to_be(clock: Clock) -> None:
    with FaultServer() as server, _client(clock) as client:
        server.answer("/a", "text")
        server.route("/robots.txt", endless)
        assert client.get(server.url("/a"), robots=True).content == b"text"
    filling = "# as long as it takes\n" * 30_000
    with FaultServer() as server, _client(clock) as client:
        server.answer("/robots.txt", "User-agent: *\nDisallow: /a\n" + filling + "Disallow: /b\n")
        server.answer("/b", "text")
        _refused(client, server.url("/a"))
        assert client.get(server.url("/b"), robots=True).content == b"text"


@pytest.mark.parametrize(
    ("rules", "pause"),
    [
        ("Crawl-delay: 4", 4),
        ("Crawl-delay: 0.5", 0.5),
        ("Request-rate: 1/3", 3),
        ("Crawl-delay: 86400", 30),
        ("Crawl-delay: soon", None),
        ("Crawl-delay: inf", None),
    ],
)
def test_the_pause_that_it_asks_for_is_kept(clock: Clock, rules: str, pause: float | None) -> None:
    with FaultServer() as server, _client(clock) as client:
        server.answer("/robots.txt", f"User-agent: *\n{rules}\n")
        server.answer("/a", "text")
        for _ in range(3):
            client.get(server.url("/a"), robots=True)
    assert clock.slept == ([] if pause is None else [pause] * 2)


def test_each_host_scheme_and_port_has_its_own(clock: Clock) -> None:
    asked: list[str] = []

    def load(url: httpx.URL) -> bytes:
        asked.append(str(url))
        return b"User-agent: *\nDisallow: /" if url.port else b""

    robots = Robots("Kennisstand", load, Pace(0, clock, clock.sleep), clock)
    robots.check(httpx.URL("https://a.example/x?y=1#z"))
    robots.check(httpx.URL("http://a.example/x"))
    robots.check(httpx.URL("https://a.example/other"))
    with pytest.raises(HarvestError):
        robots.check(httpx.URL("https://a.example:8443/x"))
    assert asked == [
        "https://a.example/robots.txt",
        "http://a.example/robots.txt",
        "https://a.example:8443/robots.txt",
    ]


def test_it_is_tried_again_like_everything(clock: Clock) -> None:
    with FaultServer() as server, _client(clock) as client:
        server.route("/robots.txt", failing(2, then=Given(b"User-agent: *\nDisallow: /")))
        assert _refused(client, server.url("/a")).key == "harvest_client.robots"
