"""OAI-PMH: lists by token, what is new, tokens that expire, three forms of records, and XML of any shape."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from html import escape
from typing import Any

import pytest
from played import Asked, PlayedFetcher, answer, harvest, refused, source

from pipelines.domain.sources import FoundItem, Source, SourceKind
from pipelines.harvest.fetching import Trouble
from pipelines.harvest.oai import OaiReader

TODAY = date(2026, 3, 2)
ADDRESS = "https://repository.example/oai"
SOURCE = source(SourceKind.OAI, address=ADDRESS, set="publications")
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
DUBLIN = 'xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/"'


def said(inside: str, when: str = "2026-03-02T10:00:00Z") -> str:
    return f"{HEAD}<responseDate>{when}</responseDate><request>{ADDRESS}</request>{inside}</OAI-PMH>"


def core(**fields: Any) -> str:
    """A record in Dublin Core; values are XML."""
    lines = (
        f"<dc:{name}>{value}</dc:{name}>"
        for name, values in fields.items()
        for value in (values if isinstance(values, tuple) else (values,))
    )
    return f"<oai_dc:dc {DUBLIN}>{''.join(lines)}</oai_dc:dc>"


def record(key: str, inside: str, stamp: str = "2026-02-20") -> str:
    header = f"<header><identifier>{key}</identifier><datestamp>{stamp}</datestamp></header>"
    return f"<record>{header}<metadata>{inside}</metadata></record>"


def report(number: int, stamp: str = "2026-02-20", **fields: Any) -> str:
    said = {"title": f"Rapport {number}", "date": "2026-01-15", "type": "report", **fields}
    return record(f"oai:repository.example:{number}", core(**said), stamp)


def listed(*records: str, token: str = "") -> str:
    more = f'<resumptionToken cursor="0">{escape(token)}</resumptionToken>' if token else "<resumptionToken/>"
    return said(f"<ListRecords>{''.join(records)}{more}</ListRecords>")


def failed(code: str, text: str = "") -> str:
    return said(f'<error code="{code}">{text}</error>')


class Repository:
    """Records with the day on which they changed, as (number, day); tokens may be forgotten."""

    def __init__(self, records: list[tuple[int, date]], per_page: int = 100, granularity: str = "YYYY-MM-DD") -> None:
        self.records, self.per_page, self.granularity = records, per_page, granularity
        self.now, self.epoch = "2026-03-02T10:00:00Z", 0

    def __call__(self, asked: Asked) -> str:
        if asked.params["verb"] == "Identify":
            about = f"<granularity>{self.granularity}</granularity><protocolVersion>2.0</protocolVersion>"
            return said(f"<Identify><repositoryName>R</repositoryName>{about}</Identify>", self.now)
        if token := asked.params.get("resumptionToken"):
            assert set(asked.params) == {"verb", "resumptionToken"}
            first, last, at, epoch = token.split("|")
            if int(epoch) != self.epoch:
                return failed("badResumptionToken")
        else:
            first, last, at = asked.params["from"], asked.params.get("until", "9999"), "0"
        found = [(n, day) for n, day in self.records if first[:10] <= str(day) <= last[:10]]
        if not found:
            return failed("noRecordsMatch")
        start = int(at)
        shown = "".join(report(n, str(day)) for n, day in found[start : start + self.per_page])
        follows = f"{first}|{last}|{start + self.per_page}|{self.epoch}" if start + self.per_page < len(found) else ""
        return listed(shown, token=follows).replace("2026-03-02T10:00:00Z", self.now)


def reader(today: date = TODAY) -> OaiReader:
    return OaiReader(today=lambda: today)


def read_one(inside: str, described: Source = SOURCE) -> FoundItem:
    answers = iter([Repository([])(Asked("", {"verb": "Identify"}, {}, ())), listed(inside)])
    read = harvest(reader(), described, PlayedFetcher(lambda asked: next(answers)))
    assert read.error is None and not read.problems
    return read.items[0]


def test_dublin_core_becomes_an_item() -> None:
    item = read_one(
        report(
            1,
            title=("Werkdruk &amp; taalmodellen &lt;i&gt;in de zorg&lt;/i&gt;", "Workload"),
            creator=("Voorbeeld, A.", "Fictie, B."),
            description=("Samenvatting van een verzonnen rapport over werk.", "v2"),
            date=("2026-02-01T09:00:00Z", "2026-02-01", "2025-11-20"),
            language="dut",
            publisher="Hogeschool Fictie",
            identifier=(
                "https://repository.example/handle/1/2",
                "https://repository.example/bitstream/1/2/rapport.pdf",
                "https://doi.org/10.5555/Fict.1",
                "urn:nbn:nl:ui:00-1",
                "Tijdschrift 3(2), doi 10.5555/aangehaald",
            ),
        )
    )
    assert item.key == "oai:repository.example:1"
    assert item.title == "Werkdruk & taalmodellen in de zorg"
    assert item.abstract == "Samenvatting van een verzonnen rapport over werk."
    assert item.authors == ("Voorbeeld, A.", "Fictie, B.")
    assert (item.published, item.year, item.language) == (date(2025, 11, 20), 2025, "nl")
    assert (item.publisher, item.doi) == ("Hogeschool Fictie", "10.5555/fict.1")
    assert item.page_url == "https://repository.example/handle/1/2"
    assert item.file_urls == ("https://repository.example/bitstream/1/2/rapport.pdf",)


@pytest.mark.parametrize(
    ("said", "language"),
    [("nl", "nl"), ("nld", "nl"), ("dut", "nl"), ("NL-nl", "nl"), ("Nederlands", "nl"), ("eng", "en"), ("en_US", "en"),
     ("ger", "de"), ("zxx", None), ("", None)],
)  # fmt: skip
def test_languages_are_known_however_they_are_written(said: str, language: str | None) -> None:
    assert read_one(report(1, language=said)).language == language


def test_a_doi_may_stand_in_a_relation() -> None:
    item = read_one(report(1, relation="info:eu-repo/semantics/altIdentifier/doi/10.5555/X.2"))
    assert (item.doi, item.page_url) == ("10.5555/x.2", "https://doi.org/10.5555/x.2")


def test_what_a_record_is_related_to_is_not_taken_for_itself() -> None:
    inside = report(
        1,
        identifier="https://repository.example/handle/1/2",
        relation=("https://repository.example/communities/werk", "https://doi.org/10.5555/boek"),
        source="doi:10.5555/tijdschrift",
    )
    item = read_one(inside)
    assert (item.doi, item.page_url) == (None, "https://repository.example/handle/1/2")
    item = read_one(report(1, identifier="https://doi.org/10.5555/a", relation="https://repository.example/community"))
    assert (item.doi, item.page_url) == ("10.5555/a", "https://doi.org/10.5555/a")


def test_didl_with_mods_becomes_an_item() -> None:
    mods = """<mods:mods xmlns:mods="http://www.loc.gov/mods/v3">
    <mods:titleInfo><mods:nonSort>De</mods:nonSort><mods:title>toekomst van werk</mods:title>
      <mods:subTitle>een verkenning</mods:subTitle></mods:titleInfo>
    <mods:titleInfo type="translated"><mods:title>The future of work</mods:title></mods:titleInfo>
    <mods:name type="personal"><mods:namePart type="family">Voorbeeld</mods:namePart>
      <mods:namePart type="given">A.</mods:namePart>
      <mods:role><mods:roleTerm type="code">aut</mods:roleTerm></mods:role></mods:name>
    <mods:name><mods:namePart type="family">Begeleider</mods:namePart>
      <mods:role><mods:roleTerm>ths</mods:roleTerm></mods:role></mods:name>
    <mods:abstract>Een verzonnen samenvatting.</mods:abstract>
    <mods:language><mods:languageTerm>nl</mods:languageTerm></mods:language>
    <mods:originInfo><mods:dateIssued encoding="w3cdtf">2025</mods:dateIssued></mods:originInfo>
    <mods:identifier type="uri">urn:NBN:nl:ui:00-7</mods:identifier>
    <mods:identifier type="doi">10.5555/Fict.7</mods:identifier>
    <mods:relatedItem type="host"><mods:titleInfo><mods:title>Tijdschrift voor Fictie</mods:title></mods:titleInfo>
    </mods:relatedItem></mods:mods>"""
    didl = f"""<didl:DIDL xmlns:didl="urn:mpeg:mpeg21:2002:02-DIDL-NS"><didl:Item><didl:Item><didl:Component>
    <didl:Resource mimeType="application/xml">{mods}</didl:Resource></didl:Component></didl:Item>
    <didl:Item><didl:Component><didl:Resource mimeType="application/pdf"
      ref="https://repository.example/files/7/verkenning"/></didl:Component></didl:Item>
    <didl:Item><didl:Component><didl:Resource mimeType="text/html" ref="https://repository.example/7"/>
    </didl:Component></didl:Item></didl:Item></didl:DIDL>"""
    item = read_one(record("oai:repository.example:7", didl))
    assert item.title == "De toekomst van werk: een verkenning"
    assert item.authors == ("Voorbeeld, A.",)
    assert (item.published, item.year, item.language) == (None, 2025, "nl")
    assert (item.doi, item.publisher) == ("10.5555/fict.7", "Tijdschrift voor Fictie")
    assert item.file_urls == ("https://repository.example/files/7/verkenning",)


def test_deleted_records_are_withdrawn() -> None:
    gone = '<record><header status="deleted"><identifier>oai:x:1</identifier></header></record>'
    assert read_one(gone).withdrawn


def test_a_list_goes_on_by_token() -> None:
    fetch = PlayedFetcher(Repository([(n, date(2026, 2, 1)) for n in range(250)]))
    read = harvest(reader(), SOURCE, fetch)
    assert len(set(read.keys)) == 250 and read.error is None
    assert [asked.params["verb"] for asked in fetch.asked] == ["Identify"] + ["ListRecords"] * 3
    first = fetch.asked[1]
    assert first.url == ADDRESS
    assert dict(first.params) == {
        "verb": "ListRecords", "metadataPrefix": "oai_dc", "set": "publications", "from": "2024-03-02"
    }  # fmt: skip


def test_a_second_harvest_asks_for_what_changed_since() -> None:
    repository = Repository([(n, date(2026, 2, 1)) for n in range(250)])
    first = harvest(reader(), SOURCE, PlayedFetcher(repository))
    repository.records.append((900, date(2026, 3, 5)))
    fetch = PlayedFetcher(repository)
    second = harvest(reader(TODAY + timedelta(days=7)), SOURCE, fetch, first.bookmark)
    assert second.keys == ["oai:repository.example:900"]
    assert [asked.params.get("from") for asked in fetch.asked] == ["2026-03-01"]
    nothing = harvest(reader(), SOURCE, PlayedFetcher(lambda asked: failed("noRecordsMatch")), second.bookmark)
    assert nothing.error is None and not nothing.items


def test_moments_are_asked_to_the_second_where_the_repository_knows_them() -> None:
    repository = Repository([(1, date(2026, 2, 1))], granularity="YYYY-MM-DDThh:mm:ssZ")
    first = harvest(reader(), SOURCE, PlayedFetcher(repository))
    fetch = PlayedFetcher(repository)
    harvest(reader(), SOURCE, fetch, first.bookmark)
    assert fetch.asked[0].params["from"] == "2026-03-01T10:00:00Z"


def test_a_harvest_goes_on_from_any_page() -> None:
    repository = Repository([(n, date(2026, 2, 1) + timedelta(days=n % 20)) for n in range(330)])
    whole = harvest(reader(), SOURCE, PlayedFetcher(repository))
    for n, page in enumerate(whole.pages[:-1], 1):
        rest = harvest(reader(), SOURCE, PlayedFetcher(repository), page.bookmark)
        assert [item.key for earlier in whole.pages[:n] for item in earlier.items] + rest.keys == whole.keys


@pytest.mark.parametrize(("days", "by_status"), [(700, False), (30, True), (1, False)])
def test_a_repository_whose_tokens_expire_between_harvests_is_read_all_the_same(days: int, by_status: bool) -> None:
    repository = Repository([(n, date(2026, 2, 20) - timedelta(days=n % days)) for n in range(400)], per_page=40)

    def play(asked: Asked) -> str:
        given = repository(asked)
        if by_status and "badResumptionToken" in given:
            raise refused(400, Trouble.REFUSED)
        return given

    bookmark, keys, n_items = None, set[str](), 0
    for week in range(16):
        repository.epoch += 1
        repository.now = (datetime(2026, 3, 2, 10) + timedelta(days=7 * week)).isoformat() + "Z"
        read = harvest(reader(TODAY + timedelta(days=7 * week)), SOURCE, PlayedFetcher(play), bookmark, most_items=100)
        assert read.error is None
        bookmark = read.bookmark
        n_items += len(read.items)
        keys.update(read.keys)
    assert len(keys) == 400
    assert "token" not in bookmark.values
    repository.records.append((5000, date(2026, 6, 20)))
    repository.now = "2026-06-21T00:00:00Z"
    last = harvest(reader(date(2026, 6, 21)), SOURCE, PlayedFetcher(play), bookmark)
    assert "oai:repository.example:5000" in last.keys


def test_a_token_that_repeats_ends_the_harvest_and_the_next_one_begins_anew() -> None:
    def play(asked: Asked) -> str:
        about = asked.params["verb"] == "Identify"
        return Repository([])(asked) if about else listed(report(1), token="round")

    fetch = PlayedFetcher(play)
    read = harvest(reader(), SOURCE, fetch)
    assert read.error is not None and read.error.key == "harvest.service.repeats"
    assert len(fetch.asked) == 3
    assert "token" not in read.bookmark.values


@pytest.mark.parametrize(
    ("code", "key"),
    [
        ("badArgument", "harvest.service.oai_argument"),
        ("cannotDisseminateFormat", "harvest.service.oai_format"),
        ("noSetHierarchy", "harvest.service.oai_sets"),
        ("nieuweFout", "harvest.service.says"),
    ],
)
def test_errors_are_told_in_words(code: str, key: str) -> None:
    def play(asked: Asked) -> str:
        return Repository([])(asked) if asked.params["verb"] == "Identify" else failed(code, "set onbekend")

    read = harvest(reader(), SOURCE, PlayedFetcher(play))
    assert read.error is not None and read.error.key == key
    assert read.error.trouble is Trouble.REFUSED
    assert read.error.values["says"] == f"{code}: set onbekend"


def with_list(*bodies: bytes | str) -> PlayedFetcher:
    left = list(bodies)

    def play(asked: Asked) -> Any:
        return Repository([])(asked) if asked.params["verb"] == "Identify" else left.pop(0)

    return PlayedFetcher(play)


@pytest.mark.parametrize(
    "title",
    [
        "Loon&nbsp;en werk",
        "Loon & werk",
        "Loon \x0b en werk",
        "Loon &#11; en werk",
        "Loon &#x1F; en werk",
        "Loon &x; en",
    ],
)
def test_wrong_characters_in_titles_are_mended(title: str) -> None:
    body = listed(report(1), record("oai:x:2", core(title=title)), token="").encode()
    read = harvest(reader(), SOURCE, with_list(body))
    assert read.error is None and not read.problems
    assert len(read.items) == 2
    assert read.items[1].title.startswith("Loon") and "&nbsp;" not in read.items[1].title


def test_other_encodings_are_read() -> None:
    body = listed(report(1, title="Coördinatie en ervaren druk"))
    latin = body.replace("UTF-8", "ISO-8859-1").encode("latin-1")
    for one in (latin, body.encode("utf-8-sig"), body.replace("UTF-8", "UTF-16").encode("utf-16"),
                body.replace("UTF-8", "bestaat-niet").encode()):  # fmt: skip
        assert harvest(reader(), SOURCE, with_list(one)).items[0].title == "Coördinatie en ervaren druk"


def test_broken_xml_gives_what_can_be_read_and_says_so() -> None:
    body = listed(report(1), report(2), token="more").replace("Rapport 2</dc:title>", "Rapport 2</dc:titel>")
    read = harvest(reader(), SOURCE, with_list(body, listed(report(3))))
    assert "oai:repository.example:1" in read.keys and "oai:repository.example:3" in read.keys
    assert "harvest.service.mended" in read.problems


def test_an_answer_that_breaks_off_does_not_end_the_list() -> None:
    whole = listed(*(report(n) for n in range(20)), token="more")
    read = harvest(reader(), SOURCE, with_list(whole[: len(whole) // 2]))
    assert read.error is not None and read.error.trouble is Trouble.UNFIT
    assert not read.pages


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ('<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bb">]>' + HEAD[39:] + "&b;</OAI-PMH>", "hostile"),
        ('<!DOCTYPE OAI-PMH SYSTEM "file:///etc/passwd"><OAI-PMH/>', "hostile"),
        ("<!DOCTYPE html><html><body>Zoeken</body></html>", "web_page"),
        ("<rss version='2.0'/>", "shape"),
        (said("<ListSets/>"), "shape"),
        ("", "not_xml"),
        ("{}", "not_xml"),
        (HEAD + "<a>" * 3000 + "</a>" * 3000 + "</OAI-PMH>", "shape"),
        (listed(report(1), token="x" * 5000), "shape"),
    ],
)
def test_hostile_and_strange_answers_are_told(body: str, key: str) -> None:
    read = harvest(reader(), SOURCE, with_list(body))
    assert read.error is not None and read.error.key == f"harvest.service.{key}"
    assert read.error.trouble is Trouble.UNFIT


def test_a_broken_record_is_a_problem_and_the_others_count() -> None:
    broken = [
        "<record/>",
        record("", core(title="x")),
        record("oai:x:3", core(title=" ")),
        record("oai:x:4", "<marc/>"),
    ]
    read = harvest(reader(), SOURCE, with_list(listed(report(1), *broken, report(2))))
    assert read.keys == ["oai:repository.example:1", "oai:repository.example:2"]
    assert read.problems == ["harvest.service.entry"] * 4


def test_years_and_types_are_chosen() -> None:
    described = source(SourceKind.OAI, address=ADDRESS, from_year=2024, types=("Report", "article"))
    body = listed(
        report(1), report(2, date="1987"), report(3, type="info:eu-repo/semantics/bachelorThesis"),
        report(4, type=("text", "info:eu-repo/semantics/article")), report(5, date="onbekend"),
    )  # fmt: skip
    read = harvest(reader(), described, with_list(body))
    assert [key[-1] for key in read.keys] == ["1", "4", "5"]


def test_a_repository_that_moved_is_told() -> None:
    repository = Repository([(1, date(2026, 2, 1))])

    def play(asked: Asked) -> Any:
        return replace(answer(repository(asked)), moved_to="https://repository.example/nieuw/oai")

    read = harvest(reader(), SOURCE, PlayedFetcher(play))
    assert read.pages[0].moved_to == "https://repository.example/nieuw/oai"


def test_a_list_that_never_ends_is_bounded() -> None:
    def play(asked: Asked) -> str:
        n = len(fetch.asked)
        return Repository([])(asked) if asked.params["verb"] == "Identify" else listed(token=f"token {n}")

    fetch = PlayedFetcher(play)
    assert harvest(reader(), SOURCE, fetch, most_pages=30).error is None
    assert len(fetch.asked) == 30
