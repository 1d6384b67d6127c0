"""arXiv: what is sought, paging to what is known, versions, pauses and faults."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from html import escape
from typing import Any

import pytest
from played import Asked, PlayedFetcher, harvest, source

from pipelines.domain.sources import SourceKind
from pipelines.harvest.arxiv import ArxivReader, search_query
from pipelines.harvest.fetching import Trouble

TODAY = date(2026, 3, 2)
SOURCE = source(SourceKind.ARXIV, query='"language models" workers', categories=("econ", "cs.CY"))
FEED = """<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/"
 xmlns:arxiv="http://arxiv.org/schemas/atom">
<title>ArXiv Query</title><id>http://arxiv.org/api/x</id><updated>2026-03-02T00:00:00-05:00</updated>
<opensearch:totalResults>{total}</opensearch:totalResults>
<opensearch:startIndex>{start}</opensearch:startIndex>
<opensearch:itemsPerPage>100</opensearch:itemsPerPage>
{entries}
</feed>"""


def paper(number: str, when: datetime, version: int = 1, **fields: str) -> dict[str, str]:
    return {
        "id": f"http://arxiv.org/abs/{number}v{version}",
        "published": f"{when.isoformat()}Z",
        "updated": f"{when.isoformat()}Z",
        "title": f"Workers and\n  language models {number}",
        "summary": "  We study a fictitious firm. Output rises where p < 0.05.\n",
        "comment": "12 pages",
    } | fields


def entry(one: dict[str, str]) -> str:
    number = one["id"].rpartition("/abs/")[2]
    doi = f"<arxiv:doi>{one['doi']}</arxiv:doi>" if "doi" in one else ""
    return f"""<entry><id>{one["id"]}</id><updated>{one["updated"]}</updated><published>{one["published"]}</published>
<title>{escape(one["title"])}</title><summary>{escape(one["summary"])}</summary>
<author><name>Anna Voorbeeld</name></author><author><name>B. Exemple</name></author>{doi}
<arxiv:comment>{escape(one["comment"])}</arxiv:comment>
<link href="{one["id"]}" rel="alternate" type="text/html"/>
<link title="pdf" href="http://arxiv.org/pdf/{number}" rel="related" type="application/pdf"/>
<arxiv:primary_category term="econ.GN"/><category term="econ.GN"/></entry>"""


class Service:
    """Papers that are there, the newest first, as the service answers."""

    def __init__(self, papers: list[dict[str, str]]) -> None:
        self.papers = papers

    def __call__(self, asked: Asked) -> str:
        by = "updated" if asked.params["sortBy"] == "lastUpdatedDate" else "published"
        papers = sorted(self.papers, key=lambda one: one[by], reverse=True)
        start = int(asked.params["start"])
        shown = papers[start : start + int(asked.params["max_results"])]
        return FEED.format(total=len(papers), start=start, entries="".join(map(entry, shown)))


class Clock:
    """Time that only passes while somebody waits."""

    def __init__(self) -> None:
        self.now, self.waits = 100.0, list[float]()

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


def reader(today: date = TODAY, clock: Clock | None = None) -> ArxivReader:
    clock = clock or Clock()
    return ArxivReader(per_page=10, today=lambda: today, sleep=clock.sleep, clock=lambda: clock.now)


def papers(n: int, hours: int = 12) -> list[dict[str, str]]:
    return [paper(f"2603.{k:05}", datetime(2026, 3, 1) - timedelta(hours=hours * k)) for k in range(n)]


def test_a_paper_becomes_an_item() -> None:
    one = paper("2602.01234", datetime(2026, 2, 20, 9), version=3, doi="10.5555/Fict.9")
    item = harvest(reader(), SOURCE, PlayedFetcher(Service([one]))).items[0]
    assert (item.key, item.doi) == ("2602.01234", "10.5555/fict.9")
    assert item.title == "Workers and language models 2602.01234"
    assert item.abstract == "We study a fictitious firm. Output rises where p < 0.05."
    assert item.authors == ("Anna Voorbeeld", "B. Exemple")
    assert (item.published, item.publisher) == (date(2026, 2, 20), "arXiv")
    assert item.file_urls == ("https://arxiv.org/pdf/2602.01234v3",)
    assert item.page_url == "https://arxiv.org/abs/2602.01234"


def test_old_numbers_and_versions_share_a_key() -> None:
    when = datetime(2026, 2, 20)
    both = [
        paper("econ/0301001", when, version=2),
        paper("econ/0301001", when, version=1),
        paper("cs.CY/0301002", when),
    ]
    items = harvest(reader(), SOURCE, PlayedFetcher(Service(both))).items
    assert [item.key for item in items] == ["econ/0301001", "cs.CY/0301002"]
    assert items[1].doi == "10.48550/arxiv.cs.cy/0301002"


@pytest.mark.parametrize(
    ("fields", "withdrawn"),
    [
        ({"comment": "This paper has been withdrawn by the authors due to an error"}, True),
        ({"comment": "Withdrawn"}, True),
        ({"summary": "This submission has been withdrawn."}, True),
        ({"summary": "We study how workers were withdrawn from tasks once a model took them over in firms."}, False),
        ({"comment": "Replaces an earlier paper on withdrawing from work"}, False),
    ],
)
def test_withdrawn_papers_are_told(fields: dict[str, str], withdrawn: bool) -> None:
    one = paper("2602.01234", datetime(2026, 2, 20), **fields)
    item = harvest(reader(), SOURCE, PlayedFetcher(Service([one]))).items[0]
    assert item.withdrawn is withdrawn
    assert bool(item.file_urls) is not withdrawn


@pytest.mark.parametrize(
    ("query", "categories", "sought"),
    [
        ("ai work", (), "all:ai AND all:work"),
        ('"language models" workers', ("econ", "cs.CY"),
         '(all:"language models" AND all:workers) AND (cat:econ.* OR cat:cs.CY)'),
        ("(ai OR robots) ANDNOT games", (), "(all:ai OR all:robots) ANDNOT all:games"),
        ("abs:wages AND cat:econ.GN", (), "abs:wages AND cat:econ.GN"),
        ("", ("econ.GN",), "cat:econ.GN"),
    ],
)  # fmt: skip
def test_what_is_sought_is_written_in_its_fields(query: str, categories: tuple[str, ...], sought: str) -> None:
    assert search_query(query, categories) == sought


def test_paging_reaches_the_end_with_three_seconds_between() -> None:
    clock = Clock()
    fetch = PlayedFetcher(Service(papers(25)))
    one = reader(clock=clock)
    first = harvest(one, SOURCE, fetch)
    assert len(set(first.keys)) == 25
    assert [asked.params["start"] for asked in fetch.asked] == ["0", "10", "20"]
    assert fetch.asked[0].params["sortBy"] == "submittedDate"
    assert clock.waits == [3.0, 3.0]
    harvest(one, SOURCE.model_copy(update={"id": "other"}), fetch)
    assert clock.waits[2] == 3.0


def test_a_second_harvest_stops_at_what_is_known() -> None:
    service = Service(papers(50, hours=72))
    first = harvest(reader(), SOURCE, PlayedFetcher(service))
    service.papers.append(paper("2603.99999", datetime(2026, 3, 5)))
    service.papers.append(paper("2603.88888", datetime(2026, 2, 20, 1)))  # held back when it was submitted
    fetch = PlayedFetcher(service)
    second = harvest(reader(), SOURCE, fetch, first.bookmark)
    assert {"2603.99999", "2603.88888"} <= set(second.keys)
    assert len(fetch.asked) == 1


def test_reading_stops_two_years_back_or_at_the_day_wished() -> None:
    fetch = PlayedFetcher(Service(papers(30, hours=24 * 40)))
    read = harvest(reader(), SOURCE, fetch)
    assert len(fetch.asked) == 2 and read.error is None
    wished = source(SourceKind.ARXIV, query="ai", from_date="2026-01-01")
    fetch = PlayedFetcher(Service(papers(20, hours=24 * 10)))
    harvest(reader(), wished, fetch)
    assert len(fetch.asked) == 1


def test_a_harvest_goes_on_from_any_page() -> None:
    service = Service(papers(60, hours=36))
    whole = harvest(reader(), SOURCE, PlayedFetcher(service))
    assert len(whole.keys) == len(set(whole.keys)) == 60
    for n in range(1, len(whole.pages)):
        fetch = PlayedFetcher(service)
        rest = harvest(reader(), SOURCE, fetch, whole.pages[n - 1].bookmark)
        before = {item.key for earlier in whole.pages[:n] for item in earlier.items}
        assert before | set(rest.keys) == set(whole.keys)
        assert rest.bookmark == whole.bookmark
        assert len(fetch.asked) <= len(whole.pages) - n + 2  # beside what is left, a look at what is new


def test_new_papers_do_not_wait_for_older_ones() -> None:
    service = Service(papers(120, hours=36))
    bookmark, keys, n_given = None, set[str](), 0
    for week in range(10):
        new = paper(f"2604.{week:05}", datetime(2026, 3, 2) + timedelta(days=7 * week))
        service.papers.append(new)
        read = harvest(
            reader(TODAY + timedelta(days=7 * week)), SOURCE, PlayedFetcher(service), bookmark, most_items=30
        )
        assert f"2604.{week:05}" in read.keys
        bookmark = read.bookmark
        keys.update(read.keys)
        n_given += len(read.keys)
    assert keys >= {f"2603.{k:05}" for k in range(120)}
    assert "back" not in bookmark.values


def test_an_empty_page_in_the_middle_is_asked_again() -> None:
    service, empty = Service(papers(25)), FEED.format(total=25, start=10, entries="")

    def play(asked: Asked) -> Any:
        return empty if asked.params["start"] == "10" and len(fetch.asked) < n_empty + 2 else service(asked)

    n_empty, fetch = 2, PlayedFetcher(play)
    assert len(set(harvest(reader(), SOURCE, fetch).keys)) == 25
    n_empty, fetch = 3, PlayedFetcher(play)
    read = harvest(reader(), SOURCE, fetch)
    assert read.error is not None and read.error.trouble is Trouble.PASSING
    assert len(read.keys) == 10 and "10" in read.bookmark.values.values()


def test_a_page_that_breaks_off_loses_no_paper() -> None:
    service = Service(papers(50, hours=72))

    def play(asked: Asked) -> Any:
        whole = service(asked)
        return whole[: len(whole) // 2] if len(fetch.asked) == 1 else whole

    fetch = PlayedFetcher(play)
    read = harvest(reader(), SOURCE, fetch)
    assert sorted(read.keys) == sorted(f"2603.{k:05}" for k in range(50))
    assert read.error is None


def test_what_the_service_says_of_a_question_is_told() -> None:
    wrong = paper("x", datetime(2026, 1, 1), summary="incorrect id format for 12")
    wrong["id"] = "http://arxiv.org/api/errors#incorrect_id"
    fetch = PlayedFetcher(lambda asked: FEED.format(total=1, start=0, entries=entry(wrong)))
    read = harvest(reader(), SOURCE, fetch)
    assert read.error is not None and read.error.key == "harvest.service.says"
    assert read.error.values["says"] == "incorrect id format for 12"


@pytest.mark.parametrize("body", ["Rate exceeded.", "<html><body>busy</body></html>", "", "/etc/hostname", '{"a": 1}'])
def test_answers_that_are_no_feed_are_told(body: str) -> None:
    read = harvest(reader(), SOURCE, PlayedFetcher(lambda asked: body))
    assert read.error is not None and read.error.trouble is Trouble.UNFIT


def test_a_broken_paper_is_a_problem_and_the_others_count() -> None:
    when = datetime(2026, 2, 20)
    some = [paper("2602.00001", when), paper("2602.00002", when, title=" "), paper("nummer", when)]
    read = harvest(reader(), SOURCE, PlayedFetcher(Service(some)))
    assert read.keys == ["2602.00001"]
    assert read.problems == ["harvest.service.entry"] * 2
    undated = paper("2602.00003", when, published="ooit")
    item = harvest(reader(), SOURCE, PlayedFetcher(Service([undated]))).items[0]
    assert (item.published, item.year) == (None, None)


def test_new_versions_are_found_by_their_update() -> None:
    described = source(SourceKind.ARXIV, query="ai", order="updated")
    service = Service(papers(40, hours=72))
    first = harvest(reader(), described, PlayedFetcher(service))
    old = service.papers[35]
    service.papers[35] = old | {"id": f"http://arxiv.org/abs/2603.{35:05}v2", "updated": "2026-03-06T00:00:00Z"}
    fetch = PlayedFetcher(service)
    assert harvest(reader(), described, fetch, first.bookmark).keys[0] == "2603.00035"
    assert len(fetch.asked) == 1


def test_bounds_of_a_harvest_hold() -> None:
    fetch = PlayedFetcher(Service(papers(40, hours=1)))
    assert len(harvest(reader(), SOURCE, fetch, most_items=15).keys) == 20
    assert len(harvest(reader(), SOURCE, fetch, most_pages=3).keys) == 30


def test_a_list_that_never_ends_is_bounded() -> None:
    def play(asked: Asked) -> str:
        start = int(asked.params["start"])
        one = paper(f"2602.{start:05}", datetime(2026, 2, 20))
        return FEED.format(total=10**9, start=0, entries=entry(one))

    fetch = PlayedFetcher(play)
    assert len(harvest(reader(), SOURCE, fetch, most_pages=20).keys) == len(fetch.asked) == 20


def test_a_service_that_always_gives_the_same_page_is_left_alone() -> None:
    same = "".join(map(entry, papers(10)))
    fetch = PlayedFetcher(lambda asked: FEED.format(total=10**9, start=0, entries=same))
    read = harvest(reader(), SOURCE, fetch)
    assert read.error is not None and read.error.key == "harvest.service.repeats"
    assert (len(fetch.asked), len(read.keys)) == (2, 10)
