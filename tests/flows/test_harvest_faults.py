"""Each kind of source, played on this computer with faults, asked by the real readers and the real client: nothing is
lost, nothing is fetched twice, and budgets are kept."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from harvest.fault_server import (
    Asked,
    FaultServer,
    Given,
    HangUp,
    busy,
    endless,
    failing,
    in_turn,
    moved,
    short,
    validated,
)
from harvest_desk import HarvestDesk, all_readers, entry, local_client, pdf, rss, source, write_file

from pipelines.domain.sources import ItemState, Source, SourceKind, Wanted
from pipelines.harvest.arxiv import ArxivReader
from pipelines.harvest.fetching import Answer
from pipelines.harvest.openalex import OpenAlexReader
from pipelines.harvest.zotero import API, ZoteroReader
from pipelines.settings import Settings
from pipelines.store import Workspace

_TODAY = date(2026, 3, 2)
_DAILY = 3
_LOGIN = "<html><body><form>Naam <input name=n> Wachtwoord <input type=password></form></body></html>"


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


def _file(server: FaultServer, name: str) -> str:
    server.answer(f"/{name}.pdf", pdf(name), media_type="application/pdf")
    return server.url(f"/{name}.pdf")


def _play_feed(server: FaultServer) -> Source:
    """Busy at first, then moved for good; its files have all faults that files have."""
    server.route("/feed.xml", busy(2, then=moved(server.url("/new.xml"))))
    server.route("/f-late.pdf", failing(2, then=Given(pdf("f-late"), media_type="application/pdf")))
    server.route("/f-endless.pdf", endless)
    server.answer("/f-login.pdf", _LOGIN, media_type="application/pdf")
    server.route("/f-cut.pdf", in_turn(short(pdf("f-cut")), Given(pdf("f-cut"), media_type="application/pdf")))
    server.answer("/f-damaged.pdf", pdf("f-damaged")[:-12], media_type="application/pdf")
    names = ("f-good", "f-late", "f-endless", "f-login", "f-cut", "f-damaged", "f-gone")
    _file(server, "f-good")
    entries = [
        entry(f"Algoritmen in sector {name}", server.url(f"/about/{name}"), server.url(f"/{name}.pdf"))
        for name in names
    ]
    feed = Given(rss(*entries).encode(), media_type="application/rss+xml")
    server.route("/new.xml", validated(feed, etag='"f1"'))
    return source("feed", address=server.url("/feed.xml"), options={"articles": False})


def _play_broken_feed(server: FaultServer) -> Source:
    """XML that ends in the middle of its second entry, and is whole a week later."""
    entries = [entry(f"Algoritmen, aflevering {n}", server.url(f"/b/{n}"), _file(server, f"b-{n}")) for n in (1, 2)]
    whole = rss(*entries)
    cut = whole[: whole.index("aflevering 2")]
    server.route(
        "/broken.xml",
        in_turn(Given(cut.encode(), media_type="text/xml"), Given(whole.encode(), media_type="text/xml")),
    )
    return source("broken", address=server.url("/broken.xml"), options={"articles": False})


def _play_page(server: FaultServer) -> Source:
    """A list of which the second page fails for good and one publication fails at first."""
    links = "".join(f'<li><a href="/p/{n}">Algoritmen, verkenning nummer {n}</a></li>' for n in (1, 2))
    server.answer("/list", f"<html><body><ul>{links}</ul></body></html>", media_type="text/html")
    for n in (1, 2):
        link = _file(server, f"p-{n}")
        body = (
            f"<html><head><title>Algoritmen, verkenning nummer {n}</title></head><body><h1>Algoritmen, verkenning "
            f'nummer {n}</h1><p><a href="{link}">Download</a></p></body></html>'
        )
        page = Given(body.encode(), media_type="text/html")
        server.route(f"/p/{n}", failing(1, then=page) if n == 2 else page)
    return source("page", SourceKind.PAGE, address=server.url("/list"), options={"follow": ("/p/*",)})


def _work(server: FaultServer, n: int) -> dict[str, Any]:
    return {
        "id": f"https://openalex.org/W{n}",
        "display_name": f"Algoritmen op kantoor, deel {n}",
        "publication_date": "2026-02-20",
        "publication_year": 2026,
        "language": "nl",
        "authorships": [],
        "best_oa_location": {"is_oa": True, "pdf_url": _file(server, f"w-{n}")},
        "open_access": {"is_oa": True},
        "locations": [],
        "is_retracted": False,
    }


def _play_openalex(server: FaultServer) -> Source:
    """One work a page, six in all: more than the budget of a day gives."""
    works = [_work(server, n) for n in range(6)]

    def answer(asked: Asked) -> Given:
        cursor = asked.first("cursor")
        at = 0 if cursor in (None, "*") else int(str(cursor))
        if cursor is None:
            at = int(asked.first("page") or 1) - 1
        found = works[at : at + 1]
        meta = {"count": len(works), "next_cursor": str(at + 1) if at + 1 < len(works) else None}
        return Given(json.dumps({"meta": meta, "results": found}).encode(), media_type="application/json")

    server.route("/works", answer)
    return source("openalex", SourceKind.OPENALEX, address=server.url("/works"), query="algoritmen")


def _play_crossref(server: FaultServer) -> Source:
    link = {"URL": _file(server, "c-1"), "content-type": "application/pdf", "intended-application": "text-mining"}
    work = {
        "DOI": "10.5555/cross-1", "title": ["Algoritmen bij de bank, een casus"], "type": "report",
        "published": {"date-parts": [[2026, 2, 15]]},
        "created": {"date-parts": [[2026, 2, 20]], "date-time": "2026-02-20T08:00:00Z"},
        "link": [link],
    }  # fmt: skip

    def answer(asked: Asked) -> Given:
        first = asked.first("offset") in (None, "0") and asked.first("cursor") in (None, "*")
        message = {"items": [work] if first else [], "total-results": 1, "next-cursor": "c"}
        return Given(json.dumps({"status": "ok", "message": message}).encode(), media_type="application/json")

    server.route("/crossref", failing(2, then=answer, status=503))
    return source("crossref", SourceKind.CROSSREF, address=server.url("/crossref"), query="algoritmen")


def _play_arxiv(server: FaultServer) -> Source:
    link = f'<link title="pdf" href="{_file(server, "a-1")}" type="application/pdf"/>'
    paper = f"""<entry><id>http://arxiv.org/abs/2602.00001v1</id><published>2026-02-20T00:00:00Z</published>
<updated>2026-02-20T00:00:00Z</updated><title>Algoritmen for workers in a firm</title><summary>Algoritmen.</summary>
<author><name>A. Example</name></author>{link}</entry>"""
    head = (
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">'
        "<title>x</title><id>http://arxiv.org/api/x</id><updated>2026-03-02T00:00:00Z</updated>"
        "<opensearch:totalResults>1</opensearch:totalResults><opensearch:startIndex>0</opensearch:startIndex>"
    )
    server.answer("/arxiv", f"{head}{paper}</feed>", media_type="application/atom+xml")
    return source("arxiv", SourceKind.ARXIV, address=server.url("/arxiv"), query="algoritmen")


def _play_oai(server: FaultServer) -> Source:
    """The repository hangs up on the first request for its list."""
    records = f"""<record><header><identifier>oai:r:1</identifier><datestamp>2026-02-20</datestamp></header><metadata>
<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:title>Algoritmen bij de gemeente, een rapport</dc:title><dc:date>2026-01-15</dc:date><dc:language>nl</dc:language>
<dc:identifier>{_file(server, "o-1")}</dc:identifier></oai_dc:dc></metadata></record>"""
    lists = [0]

    def answer(asked: Asked) -> Given:
        inside = "<Identify><granularity>YYYY-MM-DD</granularity><protocolVersion>2.0</protocolVersion></Identify>"
        if asked.first("verb") != "Identify":
            lists[0] += 1
            if lists[0] == 1:
                raise HangUp
            inside = f"<ListRecords>{records}</ListRecords>"
            if (asked.first("from") or "") > "2026-02-25":
                inside = '<error code="noRecordsMatch"/>'
        body = (
            '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
            f"<responseDate>2026-03-02T10:00:00Z</responseDate><request>x</request>{inside}</OAI-PMH>"
        )
        return Given(body.encode(), media_type="text/xml")

    server.route("/oai", answer)
    return source("oai", SourceKind.OAI, address=server.url("/oai"))


def _play_zotero(server: FaultServer) -> Source:
    item = {
        "key": "AAAA1111", "version": 5, "meta": {},
        "links": {"attachment": {"href": f"{API}/groups/7/items/BBBB2222", "attachmentType": "application/pdf"}},
        "data": {"key": "AAAA1111", "itemType": "report", "title": "Algoritmen in de bouw, een studie", "date": "2025"},
    }  # fmt: skip

    def items(asked: Asked) -> Given:
        headers = {"Last-Modified-Version": "5", "Total-Results": "1"}
        if asked.first("since") or asked.headers.get("if-modified-since-version"):
            return Given(b"", 304, headers=headers)
        return Given(json.dumps([item]).encode(), media_type="application/json", headers=headers)

    server.route("/zotero/groups/7/items/top", items)
    server.answer("/zotero/groups/7/deleted", "{}", media_type="application/json")
    server.answer("/zotero/groups/7/items/BBBB2222/file", pdf("z-1"), media_type="application/pdf")
    return source("zotero", SourceKind.ZOTERO, address="groups/7", wanted=Wanted.ALL)


class _Rerouted:
    """The real client, for a service whose address is fixed: what goes there goes to this computer."""

    def __init__(self, client: Any, api: str) -> None:
        self._client, self._api = client, api

    def get(self, url: str, **options: Any) -> Answer:
        return self._client.get(url.replace(API, self._api), **options)


def _readers(clock: list[float]) -> dict[SourceKind, Any]:
    return {
        **all_readers(),
        SourceKind.OPENALEX: OpenAlexReader("sleutel", "", _DAILY, today=lambda: _TODAY),
        SourceKind.ARXIV: ArxivReader(today=lambda: _TODAY, sleep=clock.append, clock=lambda: sum(clock)),
        SourceKind.ZOTERO: ZoteroReader(None),
    }


def test_nothing_is_lost_nothing_is_fetched_twice_and_budgets_are_kept(
    server: FaultServer, settings: Settings, workspace: Workspace
) -> None:
    watched, outside = settings.workspace / "share", settings.workspace / "lists"
    write_file(watched / "deep" / "Algoritmen op de share.pdf", pdf("s-1"))
    write_file(
        outside / "list.ris",
        f"TY  - RPRT\nTI  - Algoritmen in een lijst\nUR  - {_file(server, 'r-1')}\nER  - \n".encode(),
    )
    played = [
        _play_feed(server), _play_broken_feed(server), _play_page(server), _play_openalex(server),
        _play_crossref(server), _play_arxiv(server), _play_oai(server), _play_zotero(server),
        source("gone", address=server.url("/never-there.xml")),
        source("share", SourceKind.FOLDER, address=str(watched), wanted=Wanted.ALL, options={"settled_seconds": 0}),
        source("list", SourceKind.REFERENCES, address=str(outside / "list.ris"), wanted=Wanted.ALL),
    ]  # fmt: skip
    with local_client() as client:
        fetch = _Rerouted(client, server.url("/zotero"))
        desk = HarvestDesk(settings, workspace, sources=played, fetch=fetch, readers=_readers([0.0]))
        first = desk.harvest()
        asked_first = Counter(one.path for one in server.asked())
        desk.later(days=1)
        desk.readers = _readers([0.0])  # another process, on the same day for OpenAlex
        second = desk.harvest()
    asked = Counter(one.path for one in server.asked())

    # Nothing is lost: everything that was offered is there, with what came of it.
    assert desk.states("feed") == {
        server.url("/about/f-cut"): ItemState.FETCHED,
        server.url("/about/f-damaged"): ItemState.ABSTRACT,
        server.url("/about/f-endless"): ItemState.ABSTRACT,
        server.url("/about/f-gone"): ItemState.ABSTRACT,
        server.url("/about/f-good"): ItemState.FETCHED,
        server.url("/about/f-late"): ItemState.FETCHED,
        server.url("/about/f-login"): ItemState.ABSTRACT,
    }
    assert workspace.harvest.status("feed").moved_to == server.url("/new.xml")
    for one in ("broken", "page", "crossref", "arxiv", "oai", "zotero", "share", "list"):
        assert second[one].reason is None and set(desk.states(one).values()) == {ItemState.FETCHED}, one
    assert [len(desk.states(one)) for one in ("broken", "page", "oai", "zotero", "share", "list")] == [2, 2, 1, 1, 1, 1]
    assert first["gone"].reason is not None and second["gone"].reason is not None

    # The budget is kept over both harvests, and what it gave was fetched.
    assert asked["/works"] == _DAILY
    assert len(desk.states("openalex")) == _DAILY and set(desk.states("openalex").values()) == {ItemState.FETCHED}
    assert (first["openalex"].reason or second["openalex"].reason) is not None

    # Nothing is fetched twice: what was fetched in the first harvest is not asked in the second.
    files = [path for path in asked if path.endswith((".pdf", "/file"))]
    came_late = {"/f-late.pdf": 3, "/f-cut.pdf": asked["/f-cut.pdf"], "/f-damaged.pdf": 2}
    assert {path: asked[path] for path in files if asked[path] != 1} == came_late
    assert asked_first["/f-cut.pdf"] <= asked["/f-cut.pdf"] and asked["/feed.xml"] == 3  # afterwards where it moved to
    contents = Counter(desk.files().values())
    assert set(contents.values()) == {1}
    expected = {"f-good", "f-late", "f-cut", "b-1", "b-2", "p-1", "p-2", "c-1", "a-1", "o-1", "z-1", "s-1", "r-1"}
    kept = {name for name in expected if pdf(name) in contents}
    assert kept == expected and len(contents) == len(expected) + _DAILY + 4  # and four abstracts
