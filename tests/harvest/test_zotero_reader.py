"""Zotero: versions of a library, paging, files, what was deleted, and the key that goes nowhere else."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from played import Asked, PlayedFetcher, answer, harvest, refused, source

from pipelines.domain.sources import Source, SourceKind
from pipelines.harvest.fetching import Trouble
from pipelines.harvest.zotero import ZoteroReader, read_item

LIBRARY = "https://api.zotero.org/groups/12345"
SOURCE = source(SourceKind.ZOTERO, address="groups/12345")


def key_of(number: int) -> str:
    return f"K{number:07}"


def item(number: int, version: int = 1, **data: Any) -> dict[str, Any]:
    key = key_of(number)
    return {
        "key": key,
        "version": version,
        "library": {"type": "group", "id": 12345, "name": "Fictie"},
        "links": {
            "self": {"href": f"{LIBRARY}/items/{key}", "type": "application/json"},
            "alternate": {"href": f"https://www.zotero.org/groups/12345/items/{key}", "type": "text/html"},
            "attachment": {
                "href": f"{LIBRARY}/items/A{number:07}",
                "type": "application/json",
                "attachmentType": "application/pdf",
                "attachmentSize": 1000,
            },
        },
        "meta": {"creatorSummary": "Voorbeeld", "parsedDate": "2025-04", "numChildren": 1},
        "data": {
            "key": key,
            "version": version,
            "itemType": "report",
            "title": f"Rapport <i>{number}</i>",
            "creators": [
                {"creatorType": "editor", "firstName": "R.", "lastName": "Redacteur"},
                {"creatorType": "author", "firstName": "A.", "lastName": "Voorbeeld"},
                {"creatorType": "author", "name": "Instituut Fictie"},
            ],
            "abstractNote": "Een verzonnen samenvatting.",
            "institution": "Instituut Fictie",
            "date": "april 2025",
            "language": "nl-NL",
            "url": "https://fictie.example/rapport",
            "extra": "Citation Key: x\nDOI: 10.5555/Fict.3",
            "tags": [],
            "dateAdded": "2025-05-01T00:00:00Z",
        }
        | data,
    }


class Library:
    """A library at one version, answered as the service does."""

    def __init__(self, n: int, version: int = 10) -> None:
        self.items = [item(k) for k in range(n)]
        self.version, self.deleted, self.headers = version, list[tuple[int, str]](), dict[str, str]()

    def __call__(self, asked: Asked) -> Any:
        headers = {"last_modified_version": str(self.version), **self.headers}
        since = int(asked.params.get("since", "0"))
        if asked.path.endswith("/deleted"):
            gone = [key for version, key in self.deleted if version > since]
            return answer({"collections": [], "items": gone, "tags": []}, **headers)
        if asked.headers.get("If-Modified-Since-Version") == str(self.version):
            raise refused(304, Trouble.UNFIT)
        trashed = asked.params.get("includeTrashed") == "1"
        found = [one for one in self.items if one["version"] > since and (trashed or not one["data"].get("deleted"))]
        start, limit = int(asked.params["start"]), int(asked.params["limit"])
        if start + limit < len(found):
            more = f"https://elsewhere.example/x?limit=100&start={start + limit}"
            headers["link"] = f'<{more}>; rel="next", <{more}>; rel="last", <https://a.example>; rel="alternate"'
        return answer(found[start : start + limit], total_results=str(len(found)), **headers)


class Clock:
    def __init__(self) -> None:
        self.now, self.waits = 100.0, list[float]()

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


def reader(key: str | None = "geheim-van-zotero", clock: Clock | None = None) -> ZoteroReader:
    clock = clock or Clock()
    return ZoteroReader(key, sleep=clock.sleep, clock=lambda: clock.now)


def test_an_item_of_a_library_becomes_an_item() -> None:
    found = read_item(item(3), LIBRARY, SOURCE)
    assert found is not None
    assert (found.key, found.title, found.abstract) == (key_of(3), "Rapport 3", "Een verzonnen samenvatting.")
    assert found.authors == ("Voorbeeld, A.", "Instituut Fictie")
    assert (found.published, found.year, found.language) == (None, 2025, "nl")
    assert (found.publisher, found.doi) == ("Instituut Fictie", "10.5555/fict.3")
    assert found.page_url == "https://fictie.example/rapport"
    assert found.file_urls == (f"{LIBRARY}/items/A0000003/file",)


def test_odd_items_are_read_as_far_as_they_go() -> None:
    bare = {"key": "ABCD2345", "data": {"itemType": "case", "caseName": "Zaak", "date": "12 mei 2024"}}
    found = read_item(bare, LIBRARY, SOURCE)
    assert found is not None and (found.title, found.year, found.file_urls) == ("Zaak", 2024, ())
    pdf = item(1, itemType="attachment", contentType="application/pdf", title="los.pdf", url="ftp://x")
    alone = read_item(pdf, LIBRARY, SOURCE)
    assert alone is not None and alone.file_urls == (f"{LIBRARY}/items/{key_of(1)}/file",)
    for data in ({"itemType": "note"}, {"itemType": "attachment", "contentType": "image/png"}):
        assert read_item(item(1, **data), LIBRARY, SOURCE) is None
    editor = read_item(item(1, creators=[{"creatorType": "editor", "lastName": "R"}, None, "x"]), LIBRARY, SOURCE)
    assert editor is not None and editor.authors == ("R",)
    linked = item(1, url="https://fictie.example/a.PDF?x=1")
    linked["links"]["attachment"]["attachmentType"] = "image/jpeg"
    direct = read_item(linked, LIBRARY, SOURCE)
    assert direct is not None and direct.file_urls == ("https://fictie.example/a.PDF?x=1",)


def test_a_file_is_asked_where_the_library_lies_whatever_an_answer_names() -> None:
    hostile = item(1)
    hostile["links"]["attachment"]["href"] = "https://evil.example/items/AAAA2222"
    found = read_item(hostile, LIBRARY, SOURCE)
    assert found is not None and found.file_urls == (f"{LIBRARY}/items/AAAA2222/file",)


def test_the_first_harvest_reads_the_whole_library() -> None:
    fetch = PlayedFetcher(Library(250))
    read = harvest(reader(), SOURCE, fetch)
    assert len(set(read.keys)) == 250 and read.error is None
    assert [asked.params["start"] for asked in fetch.asked] == ["0", "100", "200"]
    first = fetch.asked[0]
    assert first.url == f"{LIBRARY}/items/top"
    assert first.headers == {"Zotero-API-Version": "3", "Zotero-API-Key": "geheim-van-zotero"}
    assert first.secrets == ("Zotero-API-Key",)
    assert "since" not in first.params
    assert all(asked.url.startswith("https://api.zotero.org/") for asked in fetch.asked)
    assert read.bookmark.values == {"version": "10"}


def test_a_public_library_takes_no_key() -> None:
    fetch = PlayedFetcher(Library(1))
    harvest(reader(key=None), SOURCE, fetch)
    assert "Zotero-API-Key" not in fetch.asked[0].headers


def test_a_second_harvest_asks_for_what_changed_since() -> None:
    library = Library(250)
    first = harvest(reader(), SOURCE, PlayedFetcher(library))
    fetch = PlayedFetcher(library)
    nothing = harvest(reader(), SOURCE, fetch, first.bookmark)
    assert not nothing.items and nothing.error is None and len(fetch.asked) == 1
    assert nothing.bookmark == first.bookmark
    library.version = 14
    library.items[7] = item(7, version=12, title="Beter")
    library.items[8] = item(8, version=13, deleted=1)
    library.items.append(item(900, version=14))
    library.deleted = [(3, "OUDEOUDE"), (11, key_of(9))]
    fetch = PlayedFetcher(library)
    second = harvest(reader(), SOURCE, fetch, first.bookmark)
    assert {one.key: one.withdrawn for one in second.items} == {
        key_of(7): False, key_of(8): True, key_of(900): False, key_of(9): True
    }  # fmt: skip
    assert len(fetch.asked) == 2
    assert fetch.asked[0].params["since"] == "10"
    assert fetch.asked[0].headers["If-Modified-Since-Version"] == "10"
    assert second.bookmark.values == {"version": "14"}


def test_a_harvest_goes_on_from_any_page() -> None:
    library = Library(330)
    whole = harvest(reader(), SOURCE, PlayedFetcher(library))
    for n, page in enumerate(whole.pages[:-1], 1):
        fetch = PlayedFetcher(library)
        rest = harvest(reader(), SOURCE, fetch, page.bookmark)
        assert [one.key for earlier in whole.pages[:n] for one in earlier.items] + rest.keys == whole.keys
        assert rest.bookmark == whole.bookmark


def test_a_library_that_changes_all_the_time_is_read_to_its_end() -> None:
    library = Library(600)
    bookmark, keys = None, set[str]()
    for week in range(8):
        library.version += 1
        del library.items[:5]
        library.items.append(item(1000 + week, version=library.version))
        read = harvest(reader(), SOURCE, PlayedFetcher(library), bookmark, most_items=100)
        bookmark = read.bookmark
        keys.update(read.keys)
    assert keys >= {one["key"] for one in library.items[:-1]}


def test_collection_tags_types_and_words_are_asked() -> None:
    described = source(
        SourceKind.ZOTERO,
        address="https://www.zotero.org/groups/12345/kennis-over-werk/library",
        query="werkdruk",
        collection="ABCD2345",
        tags=("ai", "werk"),
        types=("report", "book"),
    )
    fetch = PlayedFetcher(Library(1))
    harvest(reader(), described, fetch)
    asked = fetch.asked[0]
    assert asked.url == f"{LIBRARY}/collections/ABCD2345/items/top"
    assert (asked.params["q"], asked.params["tag"], asked.params["itemType"]) == (
        "werkdruk",
        "ai || werk",
        "report || book",
    )


@pytest.mark.parametrize(
    "address",
    ["", "groups/", "groups/naam", "https://evil.example/groups/12345", "https://api.zotero.org.evil.example/users/1"],
)
def test_other_addresses_are_refused_before_anything_is_asked(address: str) -> None:
    fetch = PlayedFetcher(Library(1))
    read = harvest(reader(), source(SourceKind.ZOTERO, address=address), fetch)
    assert read.error is not None and read.error.trouble is Trouble.REFUSED
    assert not fetch.asked
    wrong = harvest(reader(), source(SourceKind.ZOTERO, address="users/1", collection="../x"), fetch)
    assert wrong.error is not None and not fetch.asked


def test_the_key_goes_to_zotero_alone() -> None:
    assert reader().file_headers(f"{LIBRARY}/items/AAAA2222/file") == {"Zotero-API-Key": "geheim-van-zotero"}
    assert reader().file_headers("https://api.zotero.org.evil.example/x") == {}
    assert reader().file_headers("http://api.zotero.org/x") == {}
    assert reader(key=None).file_headers(f"{LIBRARY}/items/AAAA2222/file") == {}


def test_a_pause_that_zotero_asks_for_is_kept() -> None:
    clock, library = Clock(), Library(250)
    library.headers = {"backoff": "20"}
    assert len(harvest(reader(clock=clock), SOURCE, PlayedFetcher(library)).keys) == 250
    assert clock.waits == [20.0, 20.0]
    library.headers = {"backoff": "7200"}
    read = harvest(reader(clock=Clock()), SOURCE, PlayedFetcher(library))
    assert read.error is not None and read.error.trouble is Trouble.PASSING
    assert read.error.retry_after == 7200.0
    assert len(read.keys) == 100


def test_a_list_that_leads_back_ends_the_harvest() -> None:
    library = Library(250)

    def play(asked: Asked) -> Any:
        return answer(library.items[:100], last_modified_version="10", link='<https://a.example?start=0>; rel="next"')

    read = harvest(reader(), SOURCE, PlayedFetcher(play))
    assert read.error is not None and read.error.key == "harvest.service.repeats"


@pytest.mark.parametrize("body", [b"Not found", b'{"items": []}', b"[", b"null"])
def test_answers_of_another_shape_are_told(body: bytes) -> None:
    read = harvest(reader(), SOURCE, PlayedFetcher(lambda asked: answer(body, last_modified_version="3")))
    assert read.error is not None and read.error.trouble is Trouble.UNFIT
    without = harvest(reader(), SOURCE, PlayedFetcher(lambda asked: answer([])))
    assert without.error is not None and without.error.key == "harvest.service.shape"


def test_a_broken_item_is_a_problem_and_the_others_count() -> None:
    library = Library(2)
    library.items[1:1] = [{"version": 1, "data": {}}, {"version": 1, "key": "X", "data": {"itemType": "book"}}]
    read = harvest(reader(), SOURCE, PlayedFetcher(library))
    assert read.keys == [key_of(0), key_of(1)]
    assert read.problems == ["harvest.service.entry"] * 2


def test_bounds_of_a_harvest_hold() -> None:
    fetch = PlayedFetcher(Library(900))
    assert len(harvest(reader(), SOURCE, fetch, most_items=150).keys) == 200
    assert len(harvest(reader(), SOURCE, fetch, most_pages=2).keys) == 200


def test_a_source_that_somebody_may_not_read_is_told() -> None:
    def play(asked: Asked) -> Any:
        raise refused(403, Trouble.REFUSED)

    described: Source = SOURCE
    read = harvest(reader(), described, PlayedFetcher(play))
    assert read.error is not None and read.error.trouble is Trouble.REFUSED


def test_dates_are_read_as_zotero_understood_them() -> None:
    dated = item(1)
    dated["meta"]["parsedDate"] = "2025-04-03"
    found = read_item(dated, LIBRARY, SOURCE)
    assert found is not None and found.published == date(2025, 4, 3)
