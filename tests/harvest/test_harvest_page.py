"""Web pages that list publications: what is followed, what a publication says of itself, what is asked again."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from list_fakes import ROOT, FakeFetcher, harvest, source

from pipelines.domain.sources import Bookmark, Option, Source, SourceKind
from pipelines.harvest.fetching import HarvestLimits, Trouble
from pipelines.harvest.page import read_page
from pipelines.harvest.page_links import names_something, selector_path
from pipelines.harvest.patterns import chosen, matches

LIST = f"{ROOT}/publicaties"


def page(**options: Option) -> Source:
    return source(SourceKind.PAGE, LIST, **options)


FOLLOWED = page(follow=("/publicaties/*",))


def html(body: str, head: str = "") -> str:
    return f"<!doctype html><html lang='nl'><head>{head}</head><body>{body}</body></html>"


def listing(*names: str, more: str = "") -> str:
    return html(
        "<main>" + "".join(f"<p><a href='/publicaties/{n}'>Studie {n}</a></p>" for n in names) + more + "</main>"
    )


def site(*names: str) -> FakeFetcher:
    fetch = FakeFetcher()
    fetch.put(LIST, listing(*names), etag=f'"{len(names)}"')
    for name in names:
        fetch.put(f"{LIST}/{name}", html(f"<h1>Studie {name}</h1><main><a href='{name}.pdf'>Download</a></main>"))
    return fetch


def test_files_on_the_page_are_items_with_the_title_of_their_link_or_heading() -> None:
    fetch = FakeFetcher()
    fetch.put(
        LIST,
        html(
            """<ul><li><h3>Werken met algoritmen</h3><a href="/a.pdf">Download (pdf, 2 MB)</a></li>
            <li><a href="/b.PDF?v=1#page=2">De toekomst van taken</a></li>
            <li><a href="/map/nog_een-rapport.pdf">Lees meer</a></li>
            <li><a href="https://elders.example/c.pdf">Elders</a></li><li><a href="/over-ons">Over ons</a></li></ul>"""
        ),
    )
    done = harvest(read_page, page(), fetch)
    assert [(item.title, item.file_urls) for item in done.items] == [
        ("Werken met algoritmen", (f"{ROOT}/a.pdf",)),
        ("De toekomst van taken", (f"{ROOT}/b.PDF?v=1",)),
        ("nog een rapport", (f"{ROOT}/map/nog_een-rapport.pdf",)),
    ]
    assert {item.page_url for item in done.items} == {LIST}
    assert {item.language for item in done.items} == {"nl"}
    assert fetch.asked == [LIST]


def test_the_page_of_a_publication_says_what_it_is() -> None:
    fetch = FakeFetcher()
    fetch.put(LIST, listing("taken", more="<a href='/bestanden/taken.pdf'>Taken (pdf)</a>"))
    head = """<meta name="citation_title" content="Taken &amp; machines">
        <meta name="citation_author" content="Bakker, B."><meta name="citation_author" content="Smit, C.">
        <meta name="citation_publication_date" content="2026/03/05">
        <meta name="citation_pdf_url" content="/bestanden/taken.pdf"><meta name="citation_doi" content="10.1234/ABC">
        <meta name="description" content="Kort"><meta property="og:title" content="Taken | Instituut">
        <meta name="citation_abstract" content="&lt;p&gt;Wat machines overnemen.&lt;/p&gt;">
        <meta property="og:site_name" content="Instituut Noordzij">"""
    body = """<main><a href="/bestanden/bijlage.pdf">Bijlage</a><a href="https://elders.example/x.pdf">x</a></main>
        <footer><a href="/jaarverslag.pdf">Jaarverslag</a></footer>"""
    fetch.put(f"{LIST}/taken", html(body, head))
    (item,) = harvest(read_page, FOLLOWED, fetch).items  # the file on the list is that of the publication
    assert (item.key, item.title) == (f"{LIST}/taken", "Taken & machines")
    assert item.authors == ("Bakker, B.", "Smit, C.")
    assert (item.published, item.year, item.doi) == (date(2026, 3, 5), 2026, "10.1234/abc")
    assert item.abstract == "Wat machines overnemen."
    assert (item.publisher, item.language) == ("Instituut Noordzij", "nl")
    assert item.file_urls == (f"{ROOT}/bestanden/taken.pdf", f"{ROOT}/bestanden/bijlage.pdf", f"{LIST}/taken")


def test_a_page_without_metadata_still_has_title_date_and_text() -> None:
    fetch = FakeFetcher()
    fetch.put(LIST, listing("kaal"))
    fetch.put(f"{LIST}/kaal", html("<h1>Kale studie</h1><time datetime='2025-11-02T10:00'>2 nov</time>"))
    (item,) = harvest(read_page, FOLLOWED, fetch).items
    assert (item.title, item.published, item.abstract) == ("Kale studie", date(2025, 11, 2), "")
    assert item.file_urls == (f"{LIST}/kaal",)


def test_a_publication_is_asked_once() -> None:
    fetch = site("a", "b")
    first = harvest(read_page, FOLLOWED, fetch)
    assert first.keys == [f"{LIST}/a", f"{LIST}/b"]
    assert fetch.robots == {LIST: True, f"{LIST}/a": True, f"{LIST}/b": True}
    fetch.asked.clear()
    assert harvest(read_page, FOLLOWED, fetch, first).keys == []
    fetch.put(LIST, listing("c", "a", "b"), etag='"3"')
    fetch.put(f"{LIST}/c", html("<h1>Studie c</h1>"))
    assert harvest(read_page, FOLLOWED, fetch, first).keys == [f"{LIST}/c"]
    assert fetch.asked == [LIST, LIST, f"{LIST}/c"]


def test_what_did_not_fit_comes_at_the_next_harvest() -> None:
    names = [f"s{n}" for n in range(25)]
    fetch = site(*names)
    done, keys = None, []
    for expected in (12, 12, 1, 0):
        done = harvest(read_page, FOLLOWED, fetch, done, most_items=12)
        assert len(done.items) == expected
        keys += done.keys
    assert keys == [f"{LIST}/{name}" for name in names]
    assert all(fetch.asked.count(key) == 1 for key in keys)


def test_pages_that_do_not_answer_are_asked_again_and_a_silent_host_is_left_alone() -> None:
    fetch = site("a", "b", "c")
    fetch.fail(f"{LIST}/b", Trouble.PASSING)
    first = harvest(read_page, FOLLOWED, fetch)
    assert (first.keys, first.error) == ([f"{LIST}/a", f"{LIST}/c"], None)
    assert len(first.problems) == 1
    assert harvest(read_page, FOLLOWED, site("a", "b", "c"), first).keys == [f"{LIST}/b"]

    names = [f"s{n}" for n in range(9)]
    fetch = site(*names)
    for name in names[2:]:
        fetch.fail(f"{LIST}/{name}", Trouble.PASSING)
    done = harvest(read_page, FOLLOWED, fetch)
    assert done.keys == [f"{LIST}/s0", f"{LIST}/s1"]
    assert done.error is not None
    assert len(fetch.asked) == 1 + 2 + 3


def test_pages_that_are_gone_refused_or_no_page() -> None:
    fetch = site("weg", "dicht", "bestand", "groot")
    fetch.fail(f"{LIST}/weg", Trouble.GONE)
    fetch.fail(f"{LIST}/dicht", Trouble.REFUSED)
    fetch.put(f"{LIST}/bestand", b"%PDF-1.7", "application/pdf")
    fetch.fail(f"{LIST}/groot", Trouble.UNFIT)
    done = harvest(read_page, FOLLOWED, fetch)
    assert [(item.title, item.file_urls) for item in done.items] == [
        ("Studie dicht", ()),
        ("Studie bestand", (f"{LIST}/bestand",)),
        ("Studie groot", (f"{LIST}/groot",)),
    ]
    assert len(done.problems) == 2
    fetch.asked.clear()
    harvest(read_page, FOLLOWED, fetch, done)
    assert fetch.asked == [LIST]  # neither what is gone nor what is refused is asked each time


def test_a_spent_budget_ends_the_harvest_and_keeps_what_was_found() -> None:
    fetch = site("a", "b", "c")
    fetch.fail(f"{LIST}/b", Trouble.SPENT)
    done = harvest(read_page, FOLLOWED, fetch)
    assert done.keys == [f"{LIST}/a"]
    assert done.error is not None
    assert harvest(read_page, FOLLOWED, site("a", "b", "c"), done).keys == [f"{LIST}/b", f"{LIST}/c"]


def test_a_publication_that_leads_to_another_site_is_told() -> None:
    fetch = site("a")
    fetch.put(f"{LIST}/a", html("<h1>Inloggen</h1>"), moved_to="https://login.example/")
    done = harvest(read_page, FOLLOWED, fetch)
    assert [(item.title, item.file_urls) for item in done.items] == [("Studie a", ())]
    assert done.problems == ["error.harvest_left_site"]


def test_only_hosts_that_are_named_are_followed() -> None:
    fetch = FakeFetcher()
    fetch.put(LIST, html("<a href='https://www.bestanden.example/x.pdf'>Verre studie</a>"))
    assert harvest(read_page, page(), fetch).items == []
    allowed = page(hosts=("bestanden.example",))
    assert harvest(read_page, allowed, fetch).keys == ["https://www.bestanden.example/x.pdf"]


def test_only_the_part_that_is_named_counts() -> None:
    fetch = FakeFetcher()
    fetch.put(
        LIST, html("<nav><a href='/n.pdf'>Menu van ons</a></nav><div class='x list'><a href='/a.pdf'>Studie</a></div>")
    )
    assert harvest(read_page, page(within="div.list"), fetch).keys == [f"{ROOT}/a.pdf"]
    done = harvest(read_page, page(within="#weg"), fetch)
    assert done.error is not None
    assert done.error.key == "error.harvest_no_part"


def test_a_page_on_which_nothing_fits_is_told() -> None:
    fetch = FakeFetcher()
    fetch.put(LIST, html("<div id='app'></div>"))
    assert harvest(read_page, page(), fetch).problems == ["harvest.page_without_links"]


def test_a_page_that_moved_to_where_nothing_is_is_asked_where_it_was() -> None:
    fetch = FakeFetcher()
    fetch.put(LIST, html("<p>Wij werken aan de site.</p>"), moved_to=f"{ROOT}/onderhoud")
    assert [one.moved_to for one in read_page(page(), Bookmark(), fetch, HarvestLimits()) if one.moved_to] == []


def paged(*, newest: str = "") -> FakeFetcher:
    fetch = FakeFetcher()
    for n in range(4):
        more = f"<a href='?p={n + 1}'>verder</a>" if n < 3 else ""
        newer = f"<a href='/{newest}.pdf'>Nieuwste studie</a>" if newest and not n else ""
        content = html(f"<a href='{LIST}?p=0'>eerste</a>{newer}<a href='/s{n}.pdf'>Studie {n}</a>{more}")
        fetch.put(f"{LIST}?p={n}", content)
        if n == 0:
            fetch.put(LIST, content)
    return fetch


def test_pages_of_a_list_are_followed_until_one_brings_nothing_new() -> None:
    where = page(next=("*?p=1", "*?p=2", "*?p=3"))
    first = harvest(read_page, where, paged())
    assert first.keys == [f"{ROOT}/s{n}.pdf" for n in range(4)]
    fetch = paged(newest="nieuw")
    assert harvest(read_page, where, fetch, first).keys == [f"{ROOT}/nieuw.pdf"]
    assert fetch.asked == [LIST, f"{LIST}?p=1"]


def test_pages_of_a_list_end_at_the_most_that_is_allowed() -> None:
    fetch = paged()
    done = harvest(read_page, page(next=("*?p=*",), most_pages=3), fetch)
    assert len(fetch.asked) == 3
    assert f"{ROOT}/s1.pdf" in done.keys


def test_a_next_page_that_is_gone_is_told_and_the_rest_holds() -> None:
    fetch = paged()
    del fetch.held[f"{LIST}?p=1"]
    done = harvest(read_page, page(next=("*?p=1",)), fetch)
    assert (done.keys, done.error) == ([f"{ROOT}/s0.pdf"], None)
    assert done.problems == ["error.harvest_busy"]


def test_the_next_page_by_its_relation() -> None:
    fetch = FakeFetcher()
    fetch.put(LIST, html("<a href='/a.pdf'>Studie a</a><a rel='next' href='?p=2'>2</a>"))
    fetch.put(f"{LIST}?p=2", html("<a href='/b.pdf'>Studie b</a><a rel='next' href='?p=2'>2</a>"))
    assert harvest(read_page, page(), fetch).keys == [f"{ROOT}/a.pdf", f"{ROOT}/b.pdf"]


@pytest.mark.parametrize(
    ("content", "media_type"), [(b"", "text/html"), (b"%PDF-1.7", "application/pdf"), (b"<!-- -->", "text/html")]
)
def test_what_is_no_page_is_told(content: bytes, media_type: str) -> None:
    fetch = FakeFetcher()
    fetch.put(LIST, content, media_type)
    done = harvest(read_page, page(), fetch)
    assert done.error is not None
    assert done.error.trouble is Trouble.UNFIT


def test_letters_outside_ascii_are_read_whatever_the_page_says() -> None:
    for charset, encoding in ((None, "cp1252"), (None, "utf-8"), ("onzin", "utf-8"), ("iso-8859-1", "iso-8859-1")):
        fetch = FakeFetcher()
        fetch.put(LIST, html("<a href='/a.pdf'>Coöperatie en creëren</a>").encode(encoding))
        fetch.held[LIST].charset = charset  # type: ignore[union-attr]
        assert harvest(read_page, page(), fetch).items[0].title == "Coöperatie en creëren"


def test_patterns() -> None:
    assert matches("*.pdf", "https://a.example/B.PDF")
    assert not matches("*.pdf", "https://a.example/b.pdf?x=1")
    assert matches("**/*.pdf", "a.pdf")
    assert matches("a*b*c", "a--b--b--c")
    assert not matches("ab*ba", "aba")
    assert chosen(("/p/*", "!*/archief/*"), "https://a.example/p/1", "/p/1")
    assert not chosen(("/p/*", "!*/archief/*"), "https://a.example/p/archief/1", "/p/archief/1")
    assert not matches("*a" * 50 + "b", "a" * 100_000)  # at once: nothing is tried twice


@settings(max_examples=50)
@given(st.lists(st.text("ab/", max_size=4), min_size=1, max_size=5), st.text("ab/", max_size=6))
def test_a_pattern_covers_whatever_its_stars_stand_for(parts: list[str], filling: str) -> None:
    assert matches("*".join(parts), filling.join(parts))


def test_selectors() -> None:
    assert selector_path("div.a#b .c") is not None
    assert all(selector_path(text) is None for text in ("a > b", "li:first-child", "x']|//*['", "[id=x]", "3a"))


def test_texts_of_links_that_name_nothing() -> None:
    assert not any(
        map(names_something, ("Download (pdf, 2,1 MB)", "Lees meer »", "...............", "PDF", "", "12345"))
    )
    assert all(map(names_something, ("AI op de werkvloer", "Rapport 2026: werk", "Beyond the report")))
