"""Feeds: what entries say, what is asked again, broken and hostile feeds."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from list_fakes import ROOT, FakeFetcher, harvest, source

from pipelines.domain.sources import SourceKind
from pipelines.harvest.feed import read_feed
from pipelines.harvest.fetching import Trouble

FEED = f"{ROOT}/feed.xml"
SOURCE = source(SourceKind.FEED, FEED)


def rss(*entries: str, channel: str = "") -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Instituut Noordzij</title>'
        f"<language>en-us</language>{channel}{''.join(entries)}</channel></rss>"
    )


def entry(name: str, **more: str) -> str:
    inner = "".join(f"<{tag}>{text}</{tag}>" for tag, text in more.items())
    known = f"<guid isPermaLink='false'>{name}</guid><link>{ROOT}/{name}</link>"
    return f"<item>{known}<title>Titel {name}</title>{inner}</item>"


def given(text: str | bytes, **more: str) -> FakeFetcher:
    fetch = FakeFetcher()
    fetch.put(FEED, text, "application/rss+xml", **more)
    return fetch


def test_an_entry_is_read_whole() -> None:
    text = (
        "&lt;p&gt;Werk &amp;amp; algoritmen.&lt;/p&gt;&lt;p&gt;Lees "
        "&lt;a href='/bijlage.pdf?v=2#p3'&gt;bijlage&lt;/a&gt;&lt;script&gt;x()&lt;/script&gt;&lt;/p&gt;"
    )
    fetch = given(
        rss(
            f"<item><guid isPermaLink='false'>n-1</guid><link>/stuk/1?utm_source=rss&amp;id=7#top</link>"
            f"<title>AI &amp;lt;en&amp;gt; werk</title>"
            f"<description>{text}</description><pubDate>Thu, 05 Mar 2026 06:30:00 +0100</pubDate>"
            f"<author>a@b.example (Noor Voorbeeld)</author>"
            f"<enclosure url='{ROOT}/rapport.pdf' type='application/pdf' length='1'/>"
            f"<enclosure url='{ROOT}/podcast.mp3' type='audio/mpeg' length='1'/></item>"
        )
    )
    (item,) = harvest(read_feed, SOURCE.model_copy(update={"language": "nl"}), fetch).items
    assert item.key == "n-1"
    assert item.abstract == "Werk & algoritmen. Lees bijlage"
    assert item.page_url == f"{ROOT}/stuk/1?id=7"
    assert item.file_urls == (f"{ROOT}/rapport.pdf", f"{ROOT}/bijlage.pdf?v=2", f"{ROOT}/stuk/1?id=7")
    assert (item.published, item.year, item.language) == (date(2026, 3, 5), 2026, "nl")
    assert item.publisher == "Instituut Noordzij"
    assert item.title == "AI <en> werk"


def test_an_atom_entry_with_a_doi_and_authors() -> None:
    fetch = given(
        """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="nl"><title>T</title><entry>
        <id>https://doi.org/10.1234/AB.C(7)</id><title type="text">Wie x &lt; y kiest</title>
        <author><name>B. Bakker</name></author><author><name>C. Smit</name></author>
        <published>2025-11-30T10:00:00Z</published>
        <link rel="alternate" href="https://doi.org/10.1234/ab.c(7)"/><summary>Kort.</summary></entry></feed>"""
    )
    (item,) = harvest(read_feed, SOURCE, fetch).items
    assert item.title == "Wie x < y kiest"
    assert item.authors == ("B. Bakker", "C. Smit")
    assert item.doi == "10.1234/ab.c(7)"
    assert item.language == "nl"
    assert item.file_urls == ()  # the address of a DOI leads to no text


def test_a_byline_in_the_title_becomes_authors() -> None:
    fetch = given(rss("<item><guid>1</guid><title>Work and Machines -- by Ann Example, Bob Sample</title></item>"))
    (item,) = harvest(read_feed, SOURCE, fetch).items
    assert (item.title, item.authors) == ("Work and Machines", ("Ann Example", "Bob Sample"))


def test_pages_of_entries_count_as_files_unless_told_otherwise() -> None:
    fetch = given(rss(entry("a")))
    assert harvest(read_feed, SOURCE, fetch).items[0].file_urls == (f"{ROOT}/a",)
    assert harvest(read_feed, source(SourceKind.FEED, FEED, articles=False), fetch).items[0].file_urls == ()


def test_an_unchanged_feed_is_not_read_again() -> None:
    fetch = given(rss(entry("a"), entry("b")), etag='"1"')
    first = harvest(read_feed, SOURCE, fetch)
    assert first.keys == ["a", "b"]
    again = harvest(read_feed, SOURCE, fetch, first)
    assert again.keys == []
    assert again.bookmark == first.bookmark
    fetch.put(FEED, rss(entry("c"), entry("a"), entry("b", description="Nu met samenvatting")), etag='"2"')
    assert harvest(read_feed, SOURCE, fetch, again).keys == ["c", "b"]


def test_what_did_not_fit_comes_at_the_next_harvest() -> None:
    fetch = given(rss(*(entry(f"s{n}") for n in range(250))), etag='"1"')
    done, keys = None, []
    for expected in (110, 110, 30, 0):
        done = harvest(read_feed, SOURCE, fetch, done, most_items=110)
        assert len(done.items) == expected
        keys += done.keys
    assert keys == [f"s{n}" for n in range(250)]


def test_a_harvest_that_is_broken_off_loses_nothing() -> None:
    fetch = given(rss(*(entry(f"s{n}") for n in range(250))), etag='"1"')
    whole = harvest(read_feed, SOURCE, fetch)
    assert [len(page.items) for page in whole.pages] == [100, 100, 50]
    whole.pages = whole.pages[:1]
    assert harvest(read_feed, SOURCE, fetch, whole).keys == [f"s{n}" for n in range(100, 250)]


def paged(n_pages: int, *, newest: str = "") -> FakeFetcher:
    fetch = FakeFetcher()
    for n in range(n_pages):
        link = f"<atom:link rel='next' href='/feed.xml?page={n + 1}'/>" if n + 1 < n_pages else ""
        address = FEED if n == 0 else f"{FEED}?page={n}"
        newer = entry(newest) if newest and n == 0 else ""
        fetch.put(address, rss(newer, entry(f"p{n}a"), entry(f"p{n}b"), channel=link), etag=f'"{n}{newest}"')
    return fetch


def test_pages_of_a_feed_are_followed_until_one_brings_nothing_new() -> None:
    fetch = paged(4)
    first = harvest(read_feed, SOURCE, fetch)
    assert len(first.items) == 8
    fetch = paged(4, newest="nieuw")
    assert harvest(read_feed, SOURCE, fetch, first).keys == ["nieuw"]
    assert fetch.asked == [FEED, f"{FEED}?page=1"]


def test_pages_that_were_left_are_read_later() -> None:
    first = harvest(read_feed, SOURCE, paged(6), most_pages=2)
    assert first.keys == ["p0a", "p0b", "p1a", "p1b"]
    fetch = paged(6, newest="nieuw")
    second = harvest(read_feed, SOURCE, fetch, first, most_items=4)
    assert second.keys == ["nieuw", "p2a", "p2b", "p3a"]
    third = harvest(read_feed, SOURCE, fetch, second)
    assert third.keys == ["p3b", "p4a", "p4b", "p5a", "p5b"]
    assert harvest(read_feed, SOURCE, fetch, third).keys == []


def test_pages_that_lead_in_a_circle_or_elsewhere_end() -> None:
    fetch = given(rss(entry("a"), channel="<atom:link rel='next' href='/feed.xml'/>"))
    assert harvest(read_feed, SOURCE, fetch).keys == ["a"]
    fetch = given(rss(entry("a"), channel="<atom:link rel='next' href='https://elders.example/x'/>"))
    assert harvest(read_feed, SOURCE, fetch).keys == ["a"]
    assert fetch.asked == [FEED]


def test_a_page_that_went_away_is_told_and_the_rest_holds() -> None:
    fetch = paged(3)
    first = harvest(read_feed, SOURCE, fetch, most_pages=1)
    del fetch.held[f"{FEED}?page=1"]
    second = harvest(read_feed, SOURCE, fetch, first)
    assert second.error is None
    assert second.problems == ["error.harvest_busy"]
    assert "behind" not in second.bookmark.values


def test_a_page_that_does_not_answer_is_read_next_time() -> None:
    fetch = paged(3)
    fetch.fail(f"{FEED}?page=1", Trouble.PASSING)
    first = harvest(read_feed, SOURCE, fetch)
    assert first.keys == ["p0a", "p0b"]
    assert first.error is not None
    assert harvest(read_feed, SOURCE, paged(3), first).keys == ["p1a", "p1b", "p2a", "p2b"]


def test_a_feed_that_moved_says_where_to() -> None:
    fetch = given(rss(entry("a")), moved_to="https://nieuw.example/feed")
    assert harvest(read_feed, SOURCE, fetch).pages[0].moved_to == "https://nieuw.example/feed"


def test_a_feed_that_is_gone_is_an_error() -> None:
    done = harvest(read_feed, SOURCE, FakeFetcher())
    assert done.error is not None
    assert done.error.trouble is Trouble.GONE


def test_what_can_be_read_of_a_broken_feed_counts_and_the_fault_is_told() -> None:
    whole = rss(entry("a"), entry("b"), entry("c"))
    done = harvest(read_feed, SOURCE, given(whole[: whole.index("Titel c")]))
    assert {"a", "b"} <= set(done.keys)
    assert done.problems == ["harvest.feed_broken"]


@pytest.mark.parametrize("text", ["", "<html><body><p>Inloggen</p></body></html>", '{"a": 1}', "%PDF-1.7"])
def test_what_is_no_feed_is_told(text: str) -> None:
    done = harvest(read_feed, SOURCE, given(text))
    assert done.error is not None
    assert (done.error.key, done.error.trouble) == ("error.harvest_no_feed", Trouble.UNFIT)


def test_content_that_is_the_name_of_a_file_is_not_opened(tmp_path: Path) -> None:
    file = tmp_path / "geheim.xml"
    file.write_text(rss(entry("geheim")), encoding="utf-8")
    done = harvest(read_feed, SOURCE, given(str(file)))
    assert done.keys == []
    assert done.error is not None


def test_entities_are_not_expanded() -> None:
    bomb = (
        '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "lol"><!ENTITY b "'
        + "&a;" * 1000
        + '"><!ENTITY c "'
        + "&b;" * 1000
        + '"><!ENTITY f SYSTEM "file:///etc/hostname">]>'
    )
    text = rss(entry("a", description="&c;"), entry("b", description="&f;"))
    done = harvest(read_feed, SOURCE, given(bomb + text.partition("?>")[2]))
    assert done.keys == ["a", "b"]
    assert all(len(item.abstract) < 10 for item in done.items)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_entities_are_not_expanded_wherever_they_are_hidden(encoding: str) -> None:
    large = "z" * 1000
    hidden = f'<?xml version="1.0"?><!-- <rss> --><!DOCTYPE rss [<!ENTITY a "{large}">]>'
    text = hidden + rss(entry("a", description="&a;" * 5)).partition("?>")[2]
    mark = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
    content = mark + text.encode(encoding)
    done = harvest(read_feed, SOURCE, given(content))
    assert all("zzz" not in item.abstract for item in done.items)


def test_entries_that_share_a_guid_are_told_apart_by_their_link() -> None:
    same = [f"<item><guid>1</guid><link>{ROOT}/{n}</link><title>T{n}</title></item>" for n in range(3)]
    assert harvest(read_feed, SOURCE, given(rss(*same))).keys == [f"{ROOT}/{n}" for n in range(3)]


def test_entries_without_anything_to_know_them_by_keep_one_key() -> None:
    text = rss("<item><title>Zonder adres</title><description>Wel tekst</description></item>", "<item></item>")
    first, second = harvest(read_feed, SOURCE, given(text)), harvest(read_feed, SOURCE, given(text))
    assert first.keys == second.keys
    assert len(first.keys) == 1


def test_links_of_other_kinds_are_left() -> None:
    text = rss(
        "<item><guid>1</guid><title>T</title><link>javascript:alert(1)</link>"
        "<enclosure url='file:///etc/passwd' type='application/pdf'/></item>"
    )
    (item,) = harvest(read_feed, SOURCE, given(text)).items
    assert (item.page_url, item.file_urls) == (None, ())
