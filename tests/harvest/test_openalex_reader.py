"""OpenAlex: paging, what is new, the budget of the day, and works of any shape."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from played import Asked, PlayedFetcher, answer, harvest, refused, source

from pipelines.domain.sources import Bookmark, SourceKind
from pipelines.harvest.fetching import Trouble
from pipelines.harvest.openalex import OpenAlexReader
from pipelines.harvest.openalex_works import abstract_of, read_work

TODAY = date(2026, 3, 2)
SOURCE = source(SourceKind.OPENALEX, query='"taalmodellen" AND werk')


def work(number: int, published: str = "2026-02-20", **changes: Any) -> dict[str, Any]:
    return {
        "id": f"https://openalex.org/W{number}",
        "doi": f"https://doi.org/10.5555/FICT.{number}",
        "display_name": f"Werk <i>met</i> taalmodellen {number}",
        "authorships": [{"author": {"display_name": "A. Voorbeeld"}, "raw_author_name": "Voorbeeld A"}],
        "publication_date": published,
        "publication_year": int(published[:4]),
        "language": "nl",
        "abstract_inverted_index": {"Bedrijven": [0], "meten": [1], "dit": [2, 4], "en": [3]},
        "primary_location": {
            "is_oa": True,
            "landing_page_url": f"https://example.org/{number}",
            "pdf_url": None,
            "source": {"display_name": "Fictief Tijdschrift", "host_organization_name": "Uitgeverij Fictie"},
        },
        "best_oa_location": {"is_oa": True, "pdf_url": f"https://example.org/{number}.pdf"},
        "open_access": {"is_oa": True, "oa_url": f"https://example.org/{number}"},
        "locations": [{"is_oa": False, "pdf_url": "https://example.org/closed.pdf"}],
        "is_retracted": False,
    } | changes


class Service:
    """Works that are there, answered as the service does."""

    def __init__(self, works: list[dict[str, Any]], per_page: int = 100, **headers: str) -> None:
        self.works, self.per_page, self.headers = works, per_page, headers

    def __call__(self, asked: Asked) -> Any:
        conditions = dict(one.split(":", 1) for one in asked.params["filter"].split(","))
        first = conditions.get("from_publication_date", "0")
        last = conditions.get("to_publication_date", "9")
        found = sorted(
            (one for one in self.works if first <= one["publication_date"] <= last),
            key=lambda one: (one["publication_date"], one["id"]),
            reverse=True,
        )
        if "cursor" in asked.params:
            at = 0 if asked.params["cursor"] == "*" else int(asked.params["cursor"].removeprefix("after-"))
        else:
            at = (int(asked.params["page"]) - 1) * self.per_page
        results = found[at : at + self.per_page]
        follows = f"after-{at + self.per_page}" if results else None
        meta = {"count": len(found), "per_page": self.per_page, "next_cursor": follows}
        return answer({"meta": meta, "results": results}, **self.headers)


def reader(daily: int = 500, key: str | None = "sleutel", today: date = TODAY) -> OpenAlexReader:
    return OpenAlexReader(key, "post@example.org", daily, today=lambda: today)


def test_a_work_becomes_an_item() -> None:
    item = read_work(work(7), SOURCE)
    assert (item.key, item.doi, item.title) == ("W7", "10.5555/fict.7", "Werk met taalmodellen 7")
    assert item.abstract == "Bedrijven meten dit en dit"
    assert item.authors == ("A. Voorbeeld",)
    assert (item.published, item.year, item.language) == (date(2026, 2, 20), 2026, "nl")
    assert item.publisher == "Fictief Tijdschrift"
    assert item.file_urls == ("https://example.org/7.pdf",)  # neither the closed file nor the page about it
    assert item.page_url == "https://example.org/7"
    assert not item.withdrawn


def test_odd_works_are_read_as_far_as_they_go() -> None:
    bare = read_work({"id": "https://openalex.org/W1", "display_name": "Kaal"}, SOURCE)
    assert (bare.abstract, bare.authors, bare.published, bare.file_urls) == ("", (), None, ())
    assert bare.page_url == "https://openalex.org/W1"
    only_year = read_work(work(2, "2025-01-01"), SOURCE)
    assert (only_year.published, only_year.year) == (None, 2025)
    assert read_work(work(3, is_retracted=True), SOURCE).withdrawn
    odd = work(4, publication_date="gisteren", publication_year=99999, authorships=[None, {"author": 3}], doi=12)
    assert read_work(odd | {"primary_location": [], "locations": "geen", "language": ["nl"]}, SOURCE).year is None


def test_what_is_sought_is_asked_in_the_words_of_the_service() -> None:
    fetch = PlayedFetcher(Service([]))
    asked_for = source(
        SourceKind.OPENALEX,
        query="ai werk",
        language="nl",
        types=("article", "report"),
        open_access=True,
        filter="has_abstract:true",
        from_date="2025-06-01",
    )
    assert harvest(reader(), asked_for, fetch).error is None
    fresh, late = fetch.asked
    assert fresh.url == "https://api.openalex.org/works"
    assert fresh.params["search"] == "ai werk"
    assert fresh.params["filter"] == (
        "from_publication_date:2026-01-31,has_abstract:true,language:nl,type:article|report,is_oa:true"
    )
    assert (fresh.params["cursor"], fresh.params["per_page"]) == ("*", "100")
    assert fresh.params["api_key"] == "sleutel"
    assert "api_key" in fresh.secrets and "mailto" not in fresh.params
    assert late.params["filter"].startswith("from_publication_date:2025-06-01,to_publication_date:2026-01-30,")


def test_without_a_key_pages_are_asked_by_number() -> None:
    works = [work(n) for n in range(250)]
    fetch = PlayedFetcher(Service(works))
    read = harvest(reader(key=None), SOURCE, fetch)
    assert len(set(read.keys)) == 250
    assert [asked.params["page"] for asked in fetch.asked[:3]] == ["1", "2", "3"]
    assert all(asked.params["mailto"] == "post@example.org" for asked in fetch.asked)
    assert not any("cursor" in asked.params or "api_key" in asked.params for asked in fetch.asked)


def test_a_second_harvest_asks_for_what_is_new_only() -> None:
    works = [work(n, str(TODAY - timedelta(days=n))) for n in range(600)]
    service = Service(works)
    first_fetch = PlayedFetcher(service)
    first = harvest(reader(), SOURCE, first_fetch, most_items=10_000)
    assert len(set(first.keys)) == len(first.keys) == 600
    later = TODAY + timedelta(days=7)
    service.works = [work(1000, str(later)), work(1001, str(TODAY - timedelta(days=20))), *works]
    fetch = PlayedFetcher(service)
    second = harvest(reader(today=later), SOURCE, fetch, first.bookmark, most_items=10_000)
    assert {"W1000", "W1001"} < set(second.keys)
    assert len(fetch.asked) < len(first_fetch.asked) / 2
    assert len(second.keys) < 40


def test_what_came_late_is_found_after_four_weeks() -> None:
    service = Service([work(n, str(TODAY - timedelta(days=n))) for n in range(50)])
    first = harvest(reader(), SOURCE, PlayedFetcher(service))
    service.works.append(work(999, "2026-01-01"))
    soon = harvest(reader(today=TODAY + timedelta(days=7)), SOURCE, PlayedFetcher(service), first.bookmark)
    assert "W999" not in soon.keys
    then = harvest(reader(today=TODAY + timedelta(days=29)), SOURCE, PlayedFetcher(service), soon.bookmark)
    assert "W999" in then.keys


def test_the_newest_works_come_first_while_older_ones_are_still_read() -> None:
    works = [work(n, str(TODAY - timedelta(days=n % 700))) for n in range(0, 1500, 3)]
    service = Service(works)
    today, bookmark, keys, new = TODAY, Bookmark(), set[str](), []
    for week in range(12):
        if week:
            service.works.append(work(5000 + week, str(today)))
            new.append(f"W{5000 + week}")
        read = harvest(reader(today=today), SOURCE, PlayedFetcher(service), bookmark, most_items=100)
        assert not new or new[-1] in read.keys
        bookmark, today = read.bookmark, today + timedelta(days=7)
        keys.update(read.keys)
    assert keys >= {f"W{n}" for n in range(0, 1500, 3) if n % 700 < 698}


def test_a_harvest_goes_on_from_any_page() -> None:
    works = [work(n, str(TODAY - timedelta(days=n % 25))) for n in range(420)]
    whole = harvest(reader(), SOURCE, PlayedFetcher(Service(works)))
    for page in whole.pages[:-1]:
        fetch = PlayedFetcher(Service(works))
        rest = harvest(reader(), SOURCE, fetch, page.bookmark)
        given = [item.key for earlier in whole.pages[: whole.pages.index(page) + 1] for item in earlier.items]
        assert sorted(given + rest.keys) == sorted(whole.keys)


def test_the_own_budget_of_the_day_is_kept_and_goes_on_tomorrow() -> None:
    service = Service([work(n, str(TODAY - timedelta(days=n % 25))) for n in range(500)])
    fetch = PlayedFetcher(service)
    first = harvest(reader(daily=2), SOURCE, fetch)
    assert first.error is not None and first.error.trouble is Trouble.SPENT
    assert (len(fetch.asked), len(first.keys)) == (2, 200)
    assert first.bookmark.values["asked"] == "2"
    again = harvest(reader(daily=2), SOURCE, fetch, first.bookmark)
    assert again.error is not None and len(fetch.asked) == 2
    tomorrow = harvest(reader(daily=9, today=TODAY + timedelta(days=1)), SOURCE, fetch, first.bookmark)
    assert tomorrow.error is None
    assert fetch.asked[2].params["cursor"] == "after-200"
    assert len(set(first.keys + tomorrow.keys)) == 500


def test_the_budget_holds_over_all_sources_of_a_reader() -> None:
    fetch = PlayedFetcher(Service([work(n) for n in range(150)]))
    one = reader(daily=3)
    assert harvest(one, SOURCE, fetch).error is None  # two pages of the newest works, one of late ones
    other = harvest(one, SOURCE.model_copy(update={"id": "other"}), fetch)
    assert other.error is not None and other.error.trouble is Trouble.SPENT
    assert len(fetch.asked) == 3


@pytest.mark.parametrize("retry_after", [None, 50_000.0])
def test_a_spent_budget_at_the_service_is_never_tried_again(retry_after: float | None) -> None:
    service = Service([work(n) for n in range(300)])

    def play(asked: Asked) -> Any:
        if asked.params["cursor"] == "after-100":
            raise refused(429, Trouble.PASSING, retry_after)
        return service(asked)

    fetch = PlayedFetcher(play)
    first = harvest(reader(), SOURCE, fetch)
    assert first.error is not None and first.error.trouble is Trouble.SPENT
    assert len(first.keys) == 100
    same_day = harvest(reader(), SOURCE, fetch, first.bookmark)
    assert same_day.error is not None and len(fetch.asked) == 2
    tomorrow = harvest(reader(today=TODAY + timedelta(days=1)), SOURCE, PlayedFetcher(service), first.bookmark)
    assert len(set(first.keys + tomorrow.keys)) == 300


def test_a_short_pause_is_no_spent_budget() -> None:
    def play(asked: Asked) -> Any:
        raise refused(429, Trouble.PASSING, 5.0)

    read = harvest(reader(), SOURCE, PlayedFetcher(play))
    assert read.error is not None and read.error.trouble is Trouble.PASSING


@pytest.mark.parametrize(
    ("headers", "requests"),
    [
        ({"x_ratelimit_remaining_usd": "0.0004", "x_ratelimit_cost_usd": "0.001"}, 1),
        ({"x_ratelimit_remaining": "5", "x_ratelimit_credits_used": "10"}, 1),
        ({"x_ratelimit_remaining": "5", "x_ratelimit_credits_used": "10", "x_ratelimit_onetime_remaining": "900"}, 2),
        ({"x_ratelimit_remaining": "many"}, 2),
    ],
)
def test_nothing_is_asked_that_the_service_would_not_answer(headers: dict[str, str], requests: int) -> None:
    fetch = PlayedFetcher(Service([work(n) for n in range(150)], **headers))
    read = harvest(reader(), SOURCE, fetch)
    assert len([asked for asked in fetch.asked if "to_publication_date" not in asked.params["filter"]]) == requests
    assert (read.error is not None) == (requests == 1)


def test_a_cursor_that_repeats_ends_the_harvest_and_the_next_one_begins_anew() -> None:
    def play(asked: Asked) -> Any:
        return {"meta": {"next_cursor": "round"}, "results": [work(1), work(2)]}

    fetch = PlayedFetcher(play)
    read = harvest(reader(), SOURCE, fetch)
    assert read.error is not None and read.error.key == "harvest.service.repeats"
    assert len(fetch.asked) == 2
    assert read.bookmark.values["fresh_cursor"] == "c*"


def test_a_cursor_that_the_service_has_forgotten_is_asked_anew() -> None:
    service = Service([work(n) for n in range(250)])
    first = harvest(reader(), SOURCE, PlayedFetcher(service), most_items=100)

    def play(asked: Asked) -> Any:
        if asked.params["cursor"] == "after-100" and len(fetch.asked) == 1:
            raise refused(400, Trouble.REFUSED)
        return service(asked)

    fetch = PlayedFetcher(play)
    assert len(set(harvest(reader(), SOURCE, fetch, first.bookmark).keys)) == 250


@pytest.mark.parametrize("body", [b"<html>busy</html>", b"[1, 2]", b'{"results": {}}', b'{"a":' * 50_000, b"\xff\xfe{"])
def test_answers_of_another_shape_are_told(body: bytes) -> None:
    read = harvest(reader(), SOURCE, PlayedFetcher(lambda asked: body))
    assert read.error is not None and read.error.trouble is Trouble.UNFIT


def test_a_broken_work_is_a_problem_and_the_others_count() -> None:
    broken = [None, [], {}, {"id": "https://openalex.org/A1", "display_name": "Geen werk"}, work(8, display_name=None)]
    fetch = PlayedFetcher(Service([work(1), work(2)]))
    fetch.play = lambda asked: {"meta": {}, "results": [work(1), *broken, work(1), work(2)]}
    read = harvest(reader(), SOURCE, fetch, most_pages=1)
    assert read.keys == ["W1", "W2"]
    assert read.problems == ["harvest.service.entry"] * 5


def test_bounds_of_a_harvest_hold() -> None:
    service = Service([work(n) for n in range(1000)])
    fetch = PlayedFetcher(service)
    assert len(harvest(reader(), SOURCE, fetch, most_items=250).keys) == 300
    assert len(fetch.asked) == 3
    assert len(harvest(reader(), SOURCE, fetch, most_pages=2).keys) == 200


def test_by_entry_asks_by_the_day_of_entry() -> None:
    fetch = PlayedFetcher(Service([]))
    asked_for = source(SourceKind.OPENALEX, query="ai", by_entry=True)
    first = harvest(reader(), asked_for, fetch)
    harvest(reader(today=TODAY + timedelta(days=7)), asked_for, fetch, first.bookmark)
    assert [asked.params["filter"] for asked in fetch.asked] == [
        "from_publication_date:2024-03-02",
        "from_created_date:2026-02-28",
    ]


@given(
    st.dictionaries(
        st.text(max_size=12), st.one_of(st.none(), st.lists(st.integers(-5, 10**12), max_size=8)), max_size=30
    )
)
@settings(max_examples=40, deadline=None)
def test_any_index_gives_a_bounded_abstract(index: dict[str, Any]) -> None:
    assert len(abstract_of(index)) <= 12 * 3_000


def test_hostile_indexes_are_bounded() -> None:
    assert abstract_of({"b": [1, 1, -1, True], "a": [0, 1], "z": [10**15]}) == "a b"
    assert len(abstract_of({"x" * 10_000: list(range(100_000))})) <= 10_010
    assert abstract_of(["geen", "index"]) == ""
    assert abstract_of({"Abstract": [0], "Dit": [1]}) == "Dit"


def test_the_reader_is_frozen_and_says_nothing_of_its_key() -> None:
    assert replace(reader(), daily=3).daily == 3
    read = harvest(reader(), SOURCE, PlayedFetcher(Service([work(1)])))
    assert "sleutel" not in str(read.bookmark)
