"""Feeds, pages and lists over real connections, from a server with faults."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fault_server import FaultServer, Given, busy, endless, failing, hang_up, moved, short, validated
from list_fakes import Harvested, harvest, source

from pipelines.domain.sources import Option, SourceKind
from pipelines.harvest.client import Client, client_from
from pipelines.harvest.fetching import Trouble
from pipelines.harvest.registry import readers

FEED_TYPE = "application/rss+xml; charset=utf-8"


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


@pytest.fixture
def client() -> Iterator[Client]:
    passed = [0.0]

    def sleep(seconds: float) -> None:
        passed[0] += seconds

    with client_from(
        contact="",
        hosts="127.0.0.1",
        request_seconds=60,
        pause_seconds=0,
        max_bytes=1_000_000,
        version="1",
        sleep=sleep,
        clock=lambda: passed[0],
    ) as made:
        yield made


def read(client: Client, kind: SourceKind, url: str, after: Harvested | None = None, **options: Option) -> Harvested:
    return harvest(readers()[kind], source(kind, url, **options), client, after)


def feed(*names: str) -> bytes:
    items = "".join(
        f"<item><guid isPermaLink='false'>{n}</guid><link>/{n}</link><title>{n}</title></item>" for n in names
    )
    return f"<rss version='2.0'><channel><title>Instituut</title>{items}</channel></rss>".encode()


def page(body: str) -> Given:
    return Given(f"<html><body>{body}</body></html>".encode(), media_type="text/html; charset=utf-8")


def test_a_feed_that_moved_fails_twice_and_then_stays_the_same(server: FaultServer, client: Client) -> None:
    server.route("/oud", moved("/nieuw"))
    server.route("/nieuw", failing(2, then=validated(Given(feed("a", "b"), media_type=FEED_TYPE), etag='"1"')))
    first = read(client, SourceKind.FEED, server.url("/oud"))
    assert first.keys == ["a", "b"]
    assert first.pages[0].moved_to == server.url("/nieuw")
    assert first.items[0].page_url == server.url("/a")
    again = read(client, SourceKind.FEED, server.url("/nieuw"), first)
    assert (again.keys, again.error) == ([], None)
    assert server.asked("/nieuw")[-1].headers["if-none-match"] == '"1"'


def test_feeds_that_cannot_be_read_say_why(server: FaultServer, client: Client) -> None:
    server.route("/weg", Given(b"", 410))
    server.route("/eindeloos", endless)
    server.route("/stil", hang_up)
    server.route("/fout", Given(b"<html><body>Log in</body></html>", media_type="text/html"))
    server.route("/dicht", Given(b"", 403))
    troubles = {
        name: error.trouble
        for name in ("weg", "eindeloos", "stil", "fout", "dicht")
        if (error := read(client, SourceKind.FEED, server.url(f"/{name}")).error)
    }
    assert troubles == {
        "weg": Trouble.GONE,
        "eindeloos": Trouble.UNFIT,
        "stil": Trouble.PASSING,
        "fout": Trouble.UNFIT,
        "dicht": Trouble.REFUSED,
    }


def test_a_page_of_publications_among_faults(server: FaultServer, client: Client) -> None:
    names = ("goed", "druk", "verboden", "weg", "eindeloos", "pdf", "afgebroken")
    server.answer("/robots.txt", "User-agent: *\nDisallow: /p/verboden\n")
    server.route("/lijst", page("".join(f"<p><a href='/p/{name}'>Studie {name}</a></p>" for name in names)))
    server.route("/p/goed", page("<h1>Goede studie</h1><main><a href='/goed.pdf'>Download</a></main>"))
    server.route("/p/druk", busy(1, then=page("<h1>Drukke studie</h1>")))
    server.route("/p/eindeloos", endless)
    server.answer("/p/pdf", b"%PDF-1.7", media_type="application/pdf")
    server.route("/p/afgebroken", short(b"<html>", media_type="text/html"))
    first = read(client, SourceKind.PAGE, server.url("/lijst"), follow=("/p/*",))
    assert [(item.title, [url.removeprefix(server.root) for url in item.file_urls]) for item in first.items] == [
        ("Goede studie", ["/goed.pdf", "/p/goed"]),
        ("Drukke studie", ["/p/druk"]),
        ("Studie verboden", []),
        ("Studie eindeloos", ["/p/eindeloos"]),
        ("Studie pdf", ["/p/pdf"]),
    ]
    assert first.error is None
    assert server.count("/p/verboden") == 0
    assert server.count("/goed.pdf") == 0
    server.forget()
    server.route("/p/afgebroken", page("<h1>Nu heel</h1>"))
    second = read(client, SourceKind.PAGE, server.url("/lijst"), first, follow=("/p/*",))
    assert [item.title for item in second.items] == ["Nu heel"]
    assert {one.path for one in server.asked()} - {"/robots.txt"} == {"/lijst", "/p/afgebroken"}


def test_a_list_on_the_web(server: FaultServer, client: Client) -> None:
    server.answer("/lijst.csv", "titel;url\nEen;https://a.example/x.pdf\n", media_type="text/csv", etag='"1"')
    first = read(client, SourceKind.REFERENCES, server.url("/lijst.csv"))
    assert [item.title for item in first.items] == ["Een"]
    assert read(client, SourceKind.REFERENCES, server.url("/lijst.csv"), first).items == []
    assert [one.headers.get("if-none-match") for one in server.asked()] == [None, '"1"']


def test_a_feed_within_the_own_network_leads_nowhere_else(server: FaultServer, client: Client) -> None:
    server.route("/feed", moved("http://10.0.0.1/feed"))
    error = read(client, SourceKind.FEED, server.url("/feed")).error
    assert error is not None
    assert error.trouble is Trouble.REFUSED
