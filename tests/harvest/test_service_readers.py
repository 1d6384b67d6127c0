"""Readers of services over the network: what the client makes of faults, and what the readers make of that."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import test_openalex_reader as openalex
from fault_server import Asked, FaultServer, Given, busy, endless, failing, in_turn, short
from played import harvest, source

from pipelines.domain.sources import SourceKind
from pipelines.harvest.arxiv import ArxivReader
from pipelines.harvest.client import Client, client_from
from pipelines.harvest.crossref import CrossrefReader
from pipelines.harvest.fetching import Trouble
from pipelines.harvest.oai import OaiReader
from pipelines.harvest.openalex import OpenAlexReader
from pipelines.harvest.zotero import ZoteroReader

TODAY = date(2026, 3, 2)


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def client(waits: list[float], monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    now = [1000.0]

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        now[0] += seconds

    with client_from(
        contact="post@example.org",
        hosts="127.0.0.1",
        request_seconds=60,
        pause_seconds=0,
        max_bytes=1_000_000,
        version="1",
        clock=lambda: now[0],
        sleep=sleep,
        draw=lambda: 0.0,
    ) as running:
        yield running


def works(*numbers: int, follows: str | None = None) -> Given:
    told = {"meta": {"next_cursor": follows, "per_page": 100}, "results": [openalex.work(n) for n in numbers]}
    return Given(json.dumps(told).encode(), media_type="application/json")


def test_a_budget_that_is_spent_is_asked_once_and_kept_until_tomorrow(server: FaultServer, client: Client) -> None:
    spent = Given(
        b'{"error": "Rate limit exceeded"}',
        429,
        headers={"Retry-After": "53578", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "53578"},
    )
    server.route("/works", in_turn(works(*range(100), follows="two"), spent))
    described = source(SourceKind.OPENALEX, address=server.url("/works"), query="ai")
    first = harvest(OpenAlexReader("geheime-sleutel", "", 50, today=lambda: TODAY), described, client)
    assert first.error is not None and first.error.trouble is Trouble.SPENT
    assert first.error.retry_after == 53578
    assert len(first.keys) == 100 and server.count() == 2
    assert server.asked()[0].first("api_key") == "geheime-sleutel"
    again = harvest(OpenAlexReader("geheime-sleutel", "", 50, today=lambda: TODAY), described, client, first.bookmark)
    assert again.error is not None and again.error.trouble is Trouble.SPENT
    assert server.count() == 2
    server.route("/works", works(200))
    later = OpenAlexReader("geheime-sleutel", "", 50, today=lambda: TODAY + timedelta(days=1))
    assert "W200" in harvest(later, described, client, first.bookmark).keys
    assert server.asked()[2].first("cursor") == "two"


def test_a_spent_budget_without_a_time_is_asked_once_too(server: FaultServer, client: Client) -> None:
    server.route("/works", Given(b"{}", 429, headers={"X-RateLimit-Remaining": "0"}))
    described = source(SourceKind.OPENALEX, address=server.url("/works"), query="ai")
    read = harvest(OpenAlexReader("sleutel", "", 50, today=lambda: TODAY), described, client)
    assert read.error is not None and read.error.trouble is Trouble.SPENT
    assert server.count() == 1


def test_a_busy_service_is_waited_for(server: FaultServer, client: Client, waits: list[float]) -> None:
    server.route("/works", busy(2, then=works(1), retry_after="7"))
    described = source(SourceKind.OPENALEX, address=server.url("/works"), query="ai")
    read = harvest(OpenAlexReader("sleutel", "", 50, today=lambda: TODAY), described, client, most_pages=1)
    assert read.keys == ["W1"] and read.error is None
    assert waits == [7.0, 7.0]


def test_crossref_goes_on_after_faults(server: FaultServer, client: Client) -> None:
    good = Given(b'{"message": {"items": [{"DOI": "10.5555/a", "title": ["A"]}]}}', media_type="application/json")
    server.route("/works", failing(2, then=good, status=503))
    described = source(SourceKind.CROSSREF, address=server.url("/works"), query="ai & werk: 50%")
    assert harvest(CrossrefReader("", today=lambda: TODAY), described, client).keys == ["10.5555/a"]
    assert server.asked()[0].first("query.bibliographic") == "ai & werk: 50%"


def test_lists_without_end_and_lists_that_break_off_are_told(server: FaultServer, client: Client) -> None:
    server.route("/endless", endless)
    server.route("/short", short(b'{"message": {"items": []}}'))
    for path, trouble in (("/short", Trouble.PASSING), ("/endless", Trouble.UNFIT)):
        described = source(SourceKind.CROSSREF, address=server.url(path), query="ai")
        read = harvest(CrossrefReader("", today=lambda: TODAY), described, client)
        assert read.error is not None and read.error.trouble is trouble
        assert not read.pages


def test_arxiv_is_read_over_the_network(server: FaultServer, client: Client) -> None:
    feed = (
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:o="http://a9.com/-/spec/opensearch/1.1/">'
        "<o:totalResults>1</o:totalResults><entry><id>http://arxiv.org/abs/2602.00001v1</id><title>A paper</title>"
        "<published>2026-02-20T00:00:00Z</published></entry></feed>"
    )
    server.answer("/api/query", feed, media_type="application/atom+xml")
    described = source(SourceKind.ARXIV, address=server.url("/api/query"), query='abs:"ai work" AND cat:econ.GN')
    item = harvest(ArxivReader(today=lambda: TODAY), described, client).items[0]
    assert (item.key, item.file_urls) == ("2602.00001", ("https://arxiv.org/pdf/2602.00001v1",))
    assert server.asked()[0].first("search_query") == 'abs:"ai work" AND cat:econ.GN'


def test_a_token_with_odd_characters_comes_back_as_it_was(server: FaultServer, client: Client) -> None:
    token = "oai_dc/2024-01-01T00:00:00Z//100?a=1&b=é+ç%20%3D"
    head = '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>2026-03-02T00:00:00Z</responseDate>'

    def route(asked: Asked) -> Given:
        if asked.first("verb") == "Identify":
            inside = "<Identify><granularity>YYYY-MM-DD</granularity></Identify>"
        elif asked.first("resumptionToken") is None:
            shown = token.replace("&", "&amp;")
            inside = f"<ListRecords><resumptionToken>{shown}</resumptionToken></ListRecords>"
        elif asked.first("resumptionToken") == token:
            gone = '<record><header status="deleted"><identifier>oai:x:1</identifier></header></record>'
            inside = f"<ListRecords>{gone}</ListRecords>"
        else:
            inside = '<error code="badResumptionToken"/>'
        return Given(f"{head}{inside}</OAI-PMH>".encode(), media_type="text/xml")

    server.route("/oai", route)
    described = source(SourceKind.OAI, address=server.url("/oai"))
    read = harvest(OaiReader(today=lambda: TODAY), described, client)
    assert read.keys == ["oai:x:1"] and read.error is None
    assert server.count() == 3


def test_a_library_that_did_not_change_is_no_fault(server: FaultServer, client: Client) -> None:
    def route(asked: Asked) -> Given:
        if asked.headers.get("if-modified-since-version") == "7":
            return Given(status=304, headers={"Last-Modified-Version": "7"})
        return Given(b"[]", headers={"Last-Modified-Version": "7"})

    server.route("/groups/1/items/top", route)
    reader = ZoteroReader("sleutel-van-zotero", api=server.root)
    described = source(SourceKind.ZOTERO, address="groups/1")
    first = harvest(reader, described, client)
    second = harvest(reader, described, client, first.bookmark)
    assert first.error is None and second.error is None
    assert first.bookmark == second.bookmark and server.count() == 2
    assert server.asked()[0].headers["zotero-api-key"] == "sleutel-van-zotero"


def test_the_key_of_zotero_does_not_follow_a_file_elsewhere(server: FaultServer, client: Client) -> None:
    with FaultServer() as storage:
        storage.answer("/stored.pdf", b"%PDF-1.7", media_type="application/pdf")
        to = storage.url("/stored.pdf?signature=abc")
        server.route("/groups/1/items/AAAA2222/file", Given(b"", 302, headers={"Location": to}))
        reader = ZoteroReader("sleutel-van-zotero", api=server.root)
        url = server.url("/groups/1/items/AAAA2222/file")
        headers: Any = reader.file_headers(url)
        assert client.get(url, headers=headers, secrets=tuple(headers)).content == b"%PDF-1.7"
        assert server.asked()[0].headers["zotero-api-key"] == "sleutel-van-zotero"
        assert "zotero-api-key" not in storage.asked()[0].headers
