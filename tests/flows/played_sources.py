"""Each kind of source that is asked over http, played on this computer as its service answers: a few items, two a page.

Each kind has a class; an instance is one source, with addresses of its own on a server that others share.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import urlencode

from harvest.fault_server import Asked, FaultServer, Given, Route
from harvest_desk import all_readers, entry, pdf, source

from pipelines.domain.sources import Source, SourceKind
from pipelines.harvest.arxiv import ArxivReader
from pipelines.harvest.client import Client
from pipelines.harvest.crossref import CrossrefReader
from pipelines.harvest.fetching import Answer
from pipelines.harvest.oai import OaiReader
from pipelines.harvest.openalex import OpenAlexReader
from pipelines.harvest.zotero import API, ZoteroReader

PER_PAGE = 2
DAILY = 50
"""Requests to OpenAlex in a day."""
_MOST_BYTES = 300_000
ABSTRACT = "Over algoritmen in een bedrijf dat niet bestaat, en wat er daarna met het werk gebeurde."
_JSON, _XML = "application/json", "text/xml"
_ATOM = 'xmlns="http://www.w3.org/2005/Atom" xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/"'
_OAI = 'xmlns="http://www.openarchives.org/OAI/2.0/"'
_CORE = 'xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/"'


@dataclass
class Played:
    """A source of ``n_items`` items; how its list answers is up to the kind."""

    server: FaultServer
    name: str
    n_items: int = 3
    strike: Callable[[Asked, Route], Given] = field(default=lambda asked, route: route(asked))
    """What happens to a request for the list."""
    kind: ClassVar[SourceKind]
    label: ClassVar[str]
    second: ClassVar[int | None] = 1
    """Requests before that for the second page, where there is one."""

    def __post_init__(self) -> None:
        self.n_asked = 0
        self.server.route(self.list_path, self._asked)
        for n in range(self.n_items):
            self.server.answer(self.file_path(n), self.content(n), media_type="application/pdf")
        self.prepare()

    def _asked(self, asked: Asked) -> Given:
        self.n_asked += 1
        return self.strike(asked, self.answer)

    def prepare(self) -> None:
        """Further addresses of the kind."""

    @property
    def list_path(self) -> str:
        return f"/{self.name}/list"

    def file_path(self, n: int) -> str:
        """Where the file of an item lies on the server."""
        return f"/{self.name}/files/{n}.pdf"

    def content(self, n: int) -> bytes:
        """That file."""
        return pdf(f"{self.name} {n}")

    def title(self, n: int) -> str:
        return f"Algoritmen in sector {self.name}, aflevering {n}"

    def file(self, n: int) -> str:
        return self.server.url(self.file_path(n))

    def source(self) -> Source:
        """As the file of sources describes it."""
        return source(self.name, self.kind, address=self.server.url(self.list_path), **self.described())

    def described(self) -> dict[str, Any]:
        return {}

    def answer(self, asked: Asked) -> Given:
        """A page of the list."""
        raise NotImplementedError

    def numbers(self, start: int) -> range:
        return range(start, min(start + PER_PAGE, self.n_items))

    def number(self, asked: Asked, name: str) -> int:
        said = asked.first(name) or "0"
        return int(said) if said.isdecimal() else 0

    def follows(self, start: int) -> int | None:
        return start + PER_PAGE if start + PER_PAGE < self.n_items else None


class Feed(Played):
    kind, label = SourceKind.FEED, "feed"

    def described(self) -> dict[str, Any]:
        return {"options": {"articles": False}}

    def answer(self, asked: Asked) -> Given:
        start = self.number(asked, "p")
        tag = f'"{self.name}-{start}"'
        if asked.headers.get("if-none-match") == tag:
            return Given(status=304)
        shown = [
            entry(self.title(n), self.server.url(f"/{self.name}/about/{n}"), self.file(n), text=ABSTRACT)
            for n in self.numbers(start)
        ]
        more = self.follows(start)
        link = f'<atom:link rel="next" href="{self.server.url(self.list_path)}?p={more}"/>' if more else ""
        body = (
            '<?xml version="1.0"?><rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel>'
            f"<title>Bureau</title>{''.join(shown)}{link}</channel></rss>"
        )
        return Given(body.encode(), media_type="application/rss+xml", headers={"ETag": tag})


class Page(Played):
    kind, label = SourceKind.PAGE, "page"

    def described(self) -> dict[str, Any]:
        return {"options": {"follow": (f"/{self.name}/p/*",), "most_pages": 20}}

    def prepare(self) -> None:
        for n in range(self.n_items):
            body = (
                f'<html><head><meta name="description" content="{ABSTRACT}"></head><body><h1>{self.title(n)}</h1>'
                f'<main><a href="{self.file(n)}">Download</a></main></body></html>'
            )
            self.server.answer(f"/{self.name}/p/{n}", body, media_type="text/html")

    def answer(self, asked: Asked) -> Given:
        start = self.number(asked, "p")
        links = "".join(f'<li><a href="/{self.name}/p/{n}">{self.title(n)}</a></li>' for n in self.numbers(start))
        more = self.follows(start)
        link = f'<a rel="next" href="{self.list_path}?p={more}">Verder</a>' if more else ""
        body = f"<html><body><ul>{links}</ul>{link}</body></html>"
        return Given(body.encode(), media_type="text/html")


class OpenAlex(Played):
    kind, label = SourceKind.OPENALEX, "openalex"

    def described(self) -> dict[str, Any]:
        return {"query": "algoritmen"}

    def answer(self, asked: Asked) -> Given:
        conditions = dict(one.split(":", 1) for one in str(asked.first("filter")).split(","))
        works = [] if conditions.get("to_publication_date", "9") < "2026-02-20" else list(range(self.n_items))
        start = self.number(asked, "cursor")
        found = [self._work(n) for n in works[start : start + PER_PAGE]]
        meta = {"per_page": PER_PAGE, "next_cursor": str(start + PER_PAGE) if found else None}
        return _json({"meta": meta, "results": found})

    def _work(self, n: int) -> dict[str, Any]:
        words = ABSTRACT.split()
        return {
            "id": f"https://openalex.org/W{n}",
            "doi": f"https://doi.org/10.5555/{self.name}.{n}",
            "display_name": self.title(n),
            "publication_date": "2026-02-20",
            "language": "nl",
            "abstract_inverted_index": {word: [k for k, w in enumerate(words) if w == word] for word in words},
            "best_oa_location": {"is_oa": True, "pdf_url": self.file(n)},
        }


class Crossref(Played):
    """All works that meet a condition: by cursor, and the cursor is the same with every page."""

    kind, label = SourceKind.CROSSREF, "crossref"
    at = 0

    def described(self) -> dict[str, Any]:
        return {"options": {"filter": "prefix:10.5555"}}

    def answer(self, asked: Asked) -> Given:
        window = dict(one.split(":", 1) for one in str(asked.first("filter")).split(","))
        works = sorted(range(self.n_items), reverse=asked.first("order") == "desc")
        first, last = window["from-created-date"], window.get("until-created-date", "9")
        works = [n for n in works if first <= self._created(n)[:10] <= last]
        if asked.first("cursor") == "*":
            self.at = 0
        shown = works[self.at : self.at + PER_PAGE]
        self.at += PER_PAGE  # the service remembers, whatever becomes of the answer
        message = {"items": [self._work(n) for n in shown], "next-cursor": "same", "total-results": len(works)}
        return _json({"status": "ok", "message": message})

    def _created(self, n: int) -> str:
        return f"2026-02-{10 + n}T08:00:00Z"

    def _work(self, n: int) -> dict[str, Any]:
        return {
            "DOI": f"10.5555/{self.name}.{n}",
            "title": [self.title(n)],
            "abstract": f"<jats:p>{ABSTRACT}</jats:p>",
            "type": "report",
            "published": {"date-parts": [[2026, 2, 10 + n]]},
            "created": {"date-time": self._created(n)},
            "link": [{"URL": self.file(n), "content-type": "application/pdf"}],
        }


class CrossrefBest(Crossref):
    """The best works by words: by number."""

    label = "best"

    def described(self) -> dict[str, Any]:
        return {"query": "algoritmen"}

    def answer(self, asked: Asked) -> Given:
        window = dict(one.split(":", 1) for one in str(asked.first("filter")).split(","))
        works = [n for n in range(self.n_items) if window["from-created-date"] <= self._created(n)[:10]]
        start = self.number(asked, "offset")
        shown = [self._work(n) for n in works[start : start + PER_PAGE]]
        return _json({"status": "ok", "message": {"items": shown, "total-results": len(works)}})


class Arxiv(Played):
    kind, label = SourceKind.ARXIV, "arxiv"

    def described(self) -> dict[str, Any]:
        return {"query": "algoritmen"}

    def answer(self, asked: Asked) -> Given:
        start = self.number(asked, "start")
        papers = "".join(self._paper(self.n_items - 1 - at) for at in self.numbers(start))  # the newest first
        body = (
            f"<feed {_ATOM}><title>x</title><id>http://arxiv.org/api/x</id>"
            f"<opensearch:totalResults>{self.n_items}</opensearch:totalResults>{papers}</feed>"
        )
        return Given(body.encode(), media_type="application/atom+xml")

    def _paper(self, n: int) -> str:
        number, when = f"26{10 + int(self.name[-2:]):02}.{n:05}", f"2026-02-{10 + n}T00:00:00Z"
        return (
            f"<entry><id>http://arxiv.org/abs/{number}v1</id><published>{when}</published><updated>{when}</updated>"
            f"<title>{self.title(n)}</title><summary>{ABSTRACT}</summary>"
            f'<link title="pdf" href="{self.file(n)}" type="application/pdf"/></entry>'
        )


class Oai(Played):
    kind, label = SourceKind.OAI, "oai"
    second = 2

    def answer(self, asked: Asked) -> Given:
        if asked.first("verb") == "Identify":
            return _oai("<Identify><granularity>YYYY-MM-DD</granularity></Identify>")
        token = str(asked.first("resumptionToken") or "")
        at, first, last = token.split("|") if token else ("0", asked.first("from") or "", asked.first("until") or "9")
        if not first <= "2026-02-20" <= last:
            return _oai('<error code="noRecordsMatch"/>')
        more = self.follows(int(at))
        token = f"<resumptionToken>{more}|{first}|{last}</resumptionToken>" if more else "<resumptionToken/>"
        return _oai(f"<ListRecords>{''.join(map(self._record, self.numbers(int(at))))}{token}</ListRecords>")

    def _record(self, n: int) -> str:
        return (
            f"<record><header><identifier>oai:{self.name}:{n}</identifier><datestamp>2026-02-20</datestamp></header>"
            f"<metadata><oai_dc:dc {_CORE}><dc:title>{self.title(n)}</dc:title><dc:date>2026-01-15</dc:date>"
            f"<dc:description>{ABSTRACT}</dc:description><dc:identifier>{self.file(n)}</dc:identifier></oai_dc:dc>"
            "</metadata></record>"
        )


class Zotero(Played):
    """A library; the program knows its address, so that a test has to lead it here."""

    kind, label = SourceKind.ZOTERO, "zotero"

    @property
    def library(self) -> str:
        return f"/groups/{self.name[-2:]}"

    @property
    def list_path(self) -> str:
        return f"/zotero{self.library}/items/top"

    def file_path(self, n: int) -> str:
        return f"/zotero{self.library}/items/FILE{n:04}/file"

    def source(self) -> Source:
        return source(self.name, self.kind, address=self.library.strip("/"))

    def prepare(self) -> None:
        self.server.answer(f"/zotero{self.library}/deleted", '{"items": []}', media_type=_JSON)

    def answer(self, asked: Asked) -> Given:
        headers = {"Last-Modified-Version": "5", "Total-Results": str(self.n_items)}
        if asked.first("since"):
            return Given(status=304, headers=headers)
        items = [self._item(n) for n in self.numbers(self.number(asked, "start"))]
        return Given(json.dumps(items).encode(), media_type=_JSON, headers=headers)

    def _item(self, n: int) -> dict[str, Any]:
        link = {"href": f"{API}{self.library}/items/FILE{n:04}", "attachmentType": "application/pdf"}
        data = {"itemType": "report", "title": self.title(n), "date": "2025", "abstractNote": ABSTRACT}
        return {"key": f"ITEM{n:04}", "meta": {}, "links": {"attachment": link}, "data": data}


class ListOnTheWeb(Played):
    """A reference list: all on one page."""

    kind, label = SourceKind.REFERENCES, "list"
    second = None

    def described(self) -> dict[str, Any]:
        return {"options": {"format": "csv"}}

    def answer(self, asked: Asked) -> Given:
        rows = [f"{self.title(n)};{self.file(n)};{ABSTRACT}" for n in range(self.n_items)]
        tag = f'"{self.name}"'
        if asked.headers.get("if-none-match") == tag:
            return Given(status=304)
        return Given(
            "\n".join(["titel;url;samenvatting", *rows]).encode(), media_type="text/csv", headers={"ETag": tag}
        )


KINDS: tuple[type[Played], ...] = (
    Feed, Page, OpenAlex, Crossref, CrossrefBest, Arxiv, Oai, Zotero, ListOnTheWeb,
)  # fmt: skip


class Led:
    """The real client. What goes to Zotero goes to this computer, and lists may be shorter than they may be."""

    def __init__(self, client: Client, zotero: str) -> None:
        self._client, self._zotero = client, zotero

    def get(self, url: str, **options: Any) -> Answer:
        options["max_bytes"] = min(options.get("max_bytes") or _MOST_BYTES, _MOST_BYTES)
        return self._client.get(url.replace(API, self._zotero), **options)


def readers_for(moment: datetime) -> dict[SourceKind, Any]:
    """As another process has them."""
    waited, today = [0.0], moment.date
    return {
        **all_readers(),
        SourceKind.OPENALEX: OpenAlexReader("sleutel", "", DAILY, today=today),
        SourceKind.CROSSREF: CrossrefReader("", today=today),
        SourceKind.ARXIV: ArxivReader(per_page=2, today=today, sleep=waited.append, clock=lambda: sum(waited)),
        SourceKind.OAI: OaiReader(today=today),
        SourceKind.ZOTERO: ZoteroReader(None),
    }


def whole_query(asked: Asked) -> str:
    """The query of a request, as it was sent."""
    return urlencode([(name, value) for name, values in asked.query.items() for value in values])


def _json(told: object) -> Given:
    return Given(json.dumps(told).encode(), media_type=_JSON)


def _oai(inside: str) -> Given:
    body = f"<OAI-PMH {_OAI}><responseDate>2026-03-02T10:00:00Z</responseDate>{inside}</OAI-PMH>"
    return Given(body.encode(), media_type=_XML)
