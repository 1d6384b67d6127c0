"""Crossref: the best matches of a span, all that meets conditions, and works of any shape."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from played import Asked, PlayedFetcher, harvest, refused, source

from pipelines.domain.sources import SourceKind
from pipelines.harvest.crossref import CrossrefReader, read_work
from pipelines.harvest.fetching import Trouble

TODAY = date(2026, 3, 2)
BEST = source(SourceKind.CROSSREF, query="algorithmic management workers")
ALL = source(SourceKind.CROSSREF, filter="issn:2150-0000", types=("journal-article", "report"))


def work(number: int, created: str = "2026-02-20T08:00:00Z", **changes: Any) -> dict[str, Any]:
    return {
        "DOI": f"10.5555/FICT-{number}",
        "URL": f"https://doi.org/10.5555/fict-{number}",
        "title": [f"Algorithms at work &amp;amp; pay {number}"],
        "subtitle": ["Evidence from a fictitious firm"],
        "author": [{"given": "Anna", "family": "Voorbeeld", "sequence": "first"}, {"name": "Institute of Examples"}],
        "abstract": "<jats:title>Abstract</jats:title><jats:p>Firms adopt it.</jats:p><jats:p>Pay <jats:italic>rises"
        "</jats:italic> where p &lt; 0.05 <jats:tex-math>\\alpha</jats:tex-math></jats:p>",
        "published": {"date-parts": [[2026, 2, 15]]},
        "created": {"date-parts": [[2026, 2, 20]], "date-time": created, "timestamp": 1},
        "container-title": ["Journal of Fictitious Work"],
        "publisher": "Fiction Press",
        "type": "journal-article",
        "link": [
            {
                "URL": f"https://press.example/check/{number}.pdf",
                "content-type": "application/pdf",
                "intended-application": "similarity-checking",
            },
            {
                "URL": f"https://press.example/{number}.pdf",
                "content-type": "application/pdf",
                "intended-application": "text-mining",
            },
            {"URL": f"https://press.example/{number}.xml", "content-type": "text/xml"},
        ],
    } | changes


class Service:
    """Works that are there, answered as the service does; cursors are forgotten between harvests."""

    def __init__(self, works: list[dict[str, Any]]) -> None:
        self.works = works

    def __call__(self, asked: Asked) -> Any:
        conditions = dict(one.split(":", 1) for one in asked.params["filter"].split(","))
        first = conditions.get("from-created-date", "0")
        last = conditions.get("until-created-date", "9")
        found = [one for one in self.works if first <= one["created"]["date-time"][:10] <= last]
        rows = int(asked.params["rows"])
        if "cursor" in asked.params:
            assert "offset" not in asked.params
            found.sort(key=lambda one: one["created"]["date-time"], reverse=asked.params["order"] == "desc")
            at = 0 if asked.params["cursor"] == "*" else int(asked.params["cursor"].removeprefix("c"))
            message = {"next-cursor": f"c{at + rows}"}
        else:
            at, message = int(asked.params["offset"]), {}
        return {"status": "ok", "message": {**message, "items": found[at : at + rows], "total-results": len(found)}}


def reader(today: date = TODAY) -> CrossrefReader:
    return CrossrefReader("post@example.org", today=lambda: today)


def test_a_work_becomes_an_item() -> None:
    item = read_work(work(3), BEST)
    assert item is not None
    assert (item.key, item.doi) == ("10.5555/fict-3", "10.5555/fict-3")
    assert item.title == "Algorithms at work & pay 3: Evidence from a fictitious firm"
    assert item.abstract == "Firms adopt it. Pay rises where p < 0.05"
    assert item.authors == ("Voorbeeld, Anna", "Institute of Examples")
    assert (item.published, item.year) == (date(2026, 2, 15), 2026)
    assert item.publisher == "Journal of Fictitious Work"
    assert item.file_urls == ("https://press.example/3.pdf", "https://press.example/check/3.pdf")
    assert item.page_url == "https://doi.org/10.5555/fict-3"


def test_odd_works_are_read_as_far_as_they_go() -> None:
    bare = read_work({"DOI": "10.5555/x", "title": ["Kaal"]}, BEST)
    assert bare is not None and (bare.year, bare.abstract, bare.authors) == (None, "", ())
    parts: dict[str, Any] = {"published": {"date-parts": [[None]]}, "issued": {"date-parts": [[2024, 2, 31]]}}
    dated = read_work(work(1) | parts, BEST)
    assert dated is not None and (dated.published, dated.year) == (None, 2024)
    odd = read_work(work(1, author=[None, {"given": "Solo"}], link={}, abstract=3) | {"container-title": "x"}, BEST)
    assert odd is not None and odd.authors == ("Solo",) and odd.publisher == "Fiction Press"


def test_works_taken_back_are_withdrawn_and_notices_left_out() -> None:
    taken = read_work(work(1, **{"updated-by": [{"type": "retraction", "DOI": "10.5555/r"}]}), BEST)
    assert taken is not None and taken.withdrawn
    corrected = read_work(work(1, **{"updated-by": [{"type": "correction"}]}), BEST)
    assert corrected is not None and not corrected.withdrawn
    assert read_work(work(2, **{"update-to": [{"type": "retraction", "DOI": "10.5555/1"}]}), BEST) is None


def test_with_a_query_the_best_of_a_span_are_taken() -> None:
    fetch = PlayedFetcher(Service([work(n) for n in range(450)]))
    first = harvest(reader(), BEST, fetch)
    assert len(set(first.keys)) == 200
    assert [asked.params["offset"] for asked in fetch.asked] == ["0", "100"]
    asked = fetch.asked[0]
    assert asked.url == "https://api.crossref.org/works"
    assert asked.params["query.bibliographic"] == BEST.query
    assert (asked.params["sort"], asked.params["mailto"]) == ("score", "post@example.org")
    assert asked.params["filter"] == "from-created-date:2024-03-02,until-created-date:2026-03-02"
    later = PlayedFetcher(Service([work(n) for n in range(450)] + [work(900, "2026-03-05T01:00:00Z")]))
    second = harvest(reader(TODAY + timedelta(days=7)), BEST, later, first.bookmark)
    assert second.keys == ["10.5555/fict-900"]
    assert later.asked[0].params["filter"] == "from-created-date:2026-02-28,until-created-date:2026-03-09"
    assert len(later.asked) == 1


def test_a_harvest_of_best_matches_goes_on_by_number() -> None:
    service = Service([work(n) for n in range(450)])
    first = harvest(reader(), BEST, PlayedFetcher(service), most_items=100)
    fetch = PlayedFetcher(service)
    rest = harvest(reader(TODAY + timedelta(days=7)), BEST, fetch, first.bookmark)
    assert len(set(first.keys + rest.keys)) == 200
    assert fetch.asked[0].params["filter"].endswith("until-created-date:2026-03-02")


def test_without_a_query_all_are_taken_the_newest_month_first() -> None:
    began = datetime(2026, 1, 1)
    works = [work(n, f"{(began + timedelta(hours=5 * n)).isoformat()}Z") for n in range(250)]
    fetch = PlayedFetcher(Service(works))
    first = harvest(reader(), ALL, fetch)
    assert len(set(first.keys)) == 250 and len(first.keys) < 253
    assert first.items[0].key == "10.5555/fict-144"  # the first one of the month before
    forward, *_, back = fetch.asked
    assert forward.params["filter"] == ("from-created-date:2026-01-31,issn:2150-0000,type:journal-article,type:report")
    assert (forward.params["order"], forward.params["cursor"]) == ("asc", "*")
    assert back.params["filter"].startswith("from-created-date:2024-03-02,until-created-date:2026-01-31,")
    assert back.params["order"] == "desc"
    works.append(work(900, "2026-03-01T00:00:00Z"))
    again = PlayedFetcher(Service(works))
    second = harvest(reader(), ALL, again, first.bookmark)
    assert "10.5555/fict-900" in second.keys and len(second.keys) < 15
    assert len(again.asked) == 1


@pytest.mark.parametrize("minutes", [1, 600])
def test_a_harvest_broken_off_goes_on_without_its_cursor(minutes: int) -> None:
    began = datetime(2026, 2, 20)
    works = [work(n, f"{(began - timedelta(minutes=minutes * n)).isoformat()}Z") for n in range(350)]
    bookmark, keys = None, list[str]()
    for week in range(5):
        works.append(work(900 + week, f"{datetime(2026, 3, 2) + timedelta(days=7 * week)}Z"))
        fetch = PlayedFetcher(Service(works))
        read = harvest(reader(TODAY + timedelta(days=7 * week)), ALL, fetch, bookmark, most_items=100)
        assert fetch.asked[0].params["cursor"] == "*"
        bookmark = read.bookmark
        keys += read.keys
    assert set(keys) >= {f"10.5555/fict-{n}" for n in range(350)}
    assert "10.5555/fict-904" in keys
    assert len(keys) < 380


def test_the_same_cursor_with_every_page_is_followed_to_the_end() -> None:
    began = datetime(2026, 2, 20)
    service, at = Service([work(n, f"{began + timedelta(minutes=n)}Z") for n in range(250)]), [0]

    def one_cursor(asked: Asked) -> Any:
        """The service itself remembers how far it came."""
        at[0] = 0 if asked.params["cursor"] == "*" else at[0] + 100
        answer = service(Asked(asked.url, {**asked.params, "cursor": f"c{at[0]}"}, asked.headers, asked.secrets))
        answer["message"]["next-cursor"] = "the-same"
        return answer

    read = harvest(reader(), ALL, PlayedFetcher(one_cursor))
    assert read.error is None
    assert len(set(read.keys)) == 250


def test_works_that_appear_late_are_found_also_after_a_list_of_several_pages() -> None:
    works = [work(n, f"{datetime(2026, 3, 1) + timedelta(minutes=n)}Z") for n in range(250)]
    first = harvest(reader(), ALL, PlayedFetcher(Service(works)))
    late = work(900, "2026-03-01T00:30:00Z")
    assert "10.5555/fict-900" in harvest(reader(), ALL, PlayedFetcher(Service([*works, late])), first.bookmark).keys


def test_a_list_that_goes_round_ends_the_harvest() -> None:
    fetch = PlayedFetcher(lambda asked: {"message": {"items": [work(n) for n in range(100)], "next-cursor": "round"}})
    read = harvest(reader(), ALL, fetch)
    assert read.error is not None and read.error.key == "harvest.service.repeats"
    assert len(fetch.asked) == 2


@pytest.mark.parametrize("body", [b"Resource not found.", b'{"message": []}', b'{"message": {"items": {"a": 1}}}', b""])
@pytest.mark.parametrize("described", [BEST, ALL])
def test_answers_of_another_shape_are_told(body: bytes, described: Any) -> None:
    read = harvest(reader(), described, PlayedFetcher(lambda asked: body))
    assert read.error is not None and read.error.trouble is Trouble.UNFIT


def test_a_broken_work_is_a_problem_and_the_others_count() -> None:
    items = [work(1), None, {"DOI": 4}, {"DOI": "10.5555/no-title", "title": []}, work(2)]
    fetch = PlayedFetcher(lambda asked: {"message": {"items": items}})
    read = harvest(reader(), BEST, fetch)
    assert read.keys == ["10.5555/fict-1", "10.5555/fict-2"]
    assert read.problems == ["harvest.service.entry"] * 3


def test_subtypes_are_chosen_from_whole_works() -> None:
    described = source(SourceKind.CROSSREF, query="ai", types="posted-content", subtypes=("preprint",))
    fetch = PlayedFetcher(Service([work(1, subtype="preprint"), work(2, subtype="other"), work(3)]))
    assert harvest(reader(), described, fetch).keys == ["10.5555/fict-1"]
    assert "select" not in fetch.asked[0].params


def test_options_that_mean_nothing_are_told() -> None:
    for options in ({"by": "gisteren"}, {"from_date": "ooit"}):
        read = harvest(reader(), source(SourceKind.CROSSREF, query="ai", **options), PlayedFetcher(Service([])))
        assert read.error is not None and read.error.key == "harvest.service.option"


def test_changed_works_are_asked_by_the_index() -> None:
    fetch = PlayedFetcher(lambda asked: {"message": {"items": []}})
    harvest(reader(), source(SourceKind.CROSSREF, filter="prefix:10.5555", by="indexed"), fetch)
    assert fetch.asked[0].params["filter"].startswith("from-index-date:2026-01-31,")
    assert fetch.asked[0].params["sort"] == "indexed"


def test_a_failure_keeps_what_came_before() -> None:
    service = Service([work(n) for n in range(300)])

    def play(asked: Asked) -> Any:
        if asked.params["offset"] == "100":
            raise refused(500, Trouble.PASSING)
        return service(asked)

    first = harvest(reader(), BEST, PlayedFetcher(play))
    assert first.error is not None and len(first.keys) == 100
    rest = harvest(reader(), BEST, PlayedFetcher(service), first.bookmark)
    assert len(set(first.keys + rest.keys)) == 200
