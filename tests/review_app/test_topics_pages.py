"""The pages of topics: what they show, to whom, and the map on which nothing covers anything else."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st
from shown_topics import DAYS, HIDDEN, many_topics, save_topics, shown_model, topic_id
from site_pages import Site, opened_site

from pipelines.domain.topics import Topic, TopicModel, TopicsState
from pipelines.review_app.topic_map import HEIGHT, MOST_TOPICS, WIDTH, Dot, draw_map, topics_on_map
from pipelines.review_app.topic_plots import by_year, growth_plot, sparkline


def _topic(number: int, size: int = 5, *, x: float = 0.0, y: float = 0.0, **values: object) -> Topic:
    fields = {
        "id": f"t/{number}",
        "name_nl": f"Onderwerp nummer {number}",
        "name_en": f"Topic number {number}",
        "terms_nl": ("woord",),
        "size": size,
        "n_documents": 1,
        "n_nl": size,
        "n_en": 0,
        "x": x,
        "y": y,
        **values,
    }
    return Topic.model_validate(fields)


def _seen(content: str) -> str:
    """Words of a page, as they are read."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", content)).split())


def _listed(content: str) -> list[str]:
    """Topics of the list, in order."""
    found = re.search(r'<table class="topics.*?</table>', content, re.DOTALL)
    return [] if found is None else re.findall(r'<th scope="row"><a href="/topics/([^"]+)"', found.group())


def _on_map(content: str) -> list[str]:
    return re.findall(r'<a class="[^"]*" href="/topics/([^"]+)" aria-label', content)


@pytest.fixture(scope="module")
def shown(scanned: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The page of a workspace with topics of all trends; not to be changed."""
    with pytest.MonkeyPatch.context() as patch, opened_site(scanned, tmp_path_factory.mktemp("shown"), patch) as site:
        save_topics(site.workspace, shown_model(site.workspace))
        yield site


@pytest.fixture(scope="module")
def rita(shown: Site) -> TestClient:
    """The browser of a reader."""
    return shown.signed_in("rita")


def _change_language(browser: TestClient, language: str) -> None:
    assert browser.post("/language", data={"language": language, "next": "/"}).status_code == 303


def test_before_there_are_topics_the_page_says_so(site: Site) -> None:
    assert "Er zijn nog geen onderwerpen" in site.signed_in("rita").get("/topics").text


def test_too_few_passages_are_told_with_their_number(site: Site) -> None:
    save_topics(site.workspace, TopicModel(state=TopicsState.TOO_FEW, n_passages=7, minimum=1200))
    page = site.signed_in("rita").get("/topics").text
    assert "7, en er zijn er 1.200 nodig" in page


def test_no_topics_among_enough_passages_are_told_as_well(site: Site) -> None:
    save_topics(site.workspace, TopicModel(state=TopicsState.FITTED, n_passages=70, minimum=50))
    assert "In 70 passages zijn geen onderwerpen gevonden" in site.signed_in("rita").get("/topics").text


def test_a_topic_alone_is_a_list_without_a_map(site: Site) -> None:
    model = TopicModel(state=TopicsState.FITTED, n_passages=60, minimum=50, topics=(_topic(1, 9, rows=("B1",)),))
    save_topics(site.workspace, model)
    page = site.signed_in("rita").get("/topics").text
    assert _listed(page) == ["t%2F1"] and '<svg class="plot"' not in page
    assert "1 onderwerp, bijgewerkt" in page and "nog niet te zeggen" in page and "Sorteer op" not in page


def test_the_list_tells_size_languages_trend_dates_and_rows(rita: TestClient) -> None:
    page = rita.get("/topics").text
    assert _listed(page) == [topic_id(number) for number in (1, 2, 4, 6, 3, 5, 7)]
    row = next(one for one in re.findall(r"<tr>.*?</tr>", page, re.DOTALL) if topic_id(1) in one)
    told = _seen(row)
    assert told.startswith("K1 Werkdruk en autonomie Nederlands: werkdruk, autonomie, taken Engels: workload")
    assert "groeit" in told and "12 passages" in told and "NL 6 · EN 6" in told
    assert 'role="img" aria-label="6 Nederlands, 6 Engels"' in row
    assert "2 februari 2026 – 4 mei 2026" in told and "/table?row=C1" in row and "geen rij" not in told
    assert 'aria-label="Passages per scan: 2, 2, 3, 5"' in row and 'class="trend growing"' in row
    assert "geen rij" in next(one for one in re.findall(r"<tr>.*?</tr>", page, re.DOTALL) if topic_id(3) in one)
    assert HIDDEN[0] not in page
    intro = _seen(page)
    assert "7 onderwerpen en 1 verborgen, bijgewerkt met de scan van 4 mei 2026. Daarin" in intro
    assert "Alle zichtbare (7)" in intro and "9 andere passages gaan niet over AI en werk" in intro
    _change_language(rita, "en")
    english = _seen(rita.get("/topics").text)
    _change_language(rita, "nl")
    assert "Q1 Workload and autonomy English: workload" in english and "growing" in english
    assert "Pace” was merged into “Workload and autonomy” (3 passages). by Eva Voorbeeld" in english


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ({"show": "uncovered"}, (3, 7)),
        ({"show": "new"}, (3, 7)),
        ({"show": "growing"}, (1,)),
        ({"show": "dormant"}, (5,)),
        ({"show": "hidden"}, (99,)),
        ({"show": "nonsense", "sort": "nonsense"}, (1, 2, 4, 6, 3, 5, 7)),
        ({"sort": "new"}, (3, 1, 7, 2, 6, 4, 5)),
        ({"sort": "name"}, (2, 4, 5, 6, 7, 3, 1)),
    ],
)
def test_the_list_is_narrowed_and_sorted(rita: TestClient, asked: dict[str, str], numbers: tuple[int, ...]) -> None:
    page = rita.get("/topics", params=asked).text
    assert _listed(page) == [topic_id(number) for number in numbers]
    assert (_on_map(page) == []) is (asked.get("show") == "hidden")
    faded = len(re.findall(r'<a class="[^"]* faded"', page))
    assert faded == (7 - len(numbers) if asked.get("show") in ("uncovered", "new", "growing", "dormant") else 0)


def test_filters_without_topics_say_what_that_means(site: Site) -> None:
    save_topics(site.workspace, many_topics(5))
    browser = site.signed_in("rita")
    for show, words in {
        "growing": "Geen onderwerp groeit meer dan toeval",
        "hidden": "Niemand heeft een onderwerp verborgen",
        "uncovered": "Elk onderwerp valt onder een rij",
    }.items():
        assert words in browser.get("/topics", params={"show": show}).text


def test_the_map_is_a_picture_of_links_that_say_all(rita: TestClient) -> None:
    page = rita.get("/topics").text
    assert _on_map(page) == [topic_id(number) for number in (1, 2, 4, 6, 3, 5, 7)]
    label = re.search(r'href="/topics/topic-03" aria-label="([^"]+)"', page)
    assert label is not None and html.unescape(label.group(1)) == (
        "O5. Vertalers en tolken: 6 passages · nieuw · 6 nieuw in de laatste scan · Andere effecten · geen rij."
        " Kenmerkende woorden: vertalers, tarieven, tolken"
    )
    assert page.count('class="ring"') == 2 and page.count('class="star"') == 2
    assert len(re.findall(r'<a class="(?:other_effects|no_theme) open"', page)) == 2
    assert '<a class="no_theme open"' in page and "Geen thema" in page


def test_two_hundred_topics_come_page_by_page_and_the_map_says_what_it_leaves_out(site: Site) -> None:
    save_topics(site.workspace, many_topics(200))
    browser = site.signed_in("rita")
    page = browser.get("/topics").text
    assert len(_listed(page)) == 50 and "1–50 van 200" in page
    assert len(_on_map(page)) == MOST_TOPICS and topic_id(200) in _on_map(page)
    assert f"De kaart toont {MOST_TOPICS} van de 200 onderwerpen" in page
    last = browser.get("/topics", params={"start": "99999", "sort": "new"}).text
    assert "151–200 van 200" in last and "sort=new&amp;start=100#list" in last


def test_topics_without_a_row_are_shown_with_passages_and_what_lacks_for_a_row(rita: TestClient) -> None:
    page = rita.get("/topics").text
    cards = re.findall(r'<section class="card" aria-labelledby="gap-.*?</section>', page, re.DOTALL)
    assert len(cards) == 2 and "Vertalers en tolken" in cards[0] and "6 passages uit" in _seen(cards[0])
    assert len(re.findall(r'lang="(nl|en)"', cards[0])) == 2 and {"nl", "en"} == set(
        re.findall(r'lang="(\w+)"', cards[0])
    )
    assert "er is nog geen passage van dit onderwerp overgenomen zonder rij" in _seen(cards[0])
    assert "minstens twee onafhankelijke bronnen" in _seen(cards[0])


def test_rows_that_the_latest_scan_brought_nothing_for(shown: Site, rita: TestClient) -> None:
    page = rita.get("/topics").text
    assert ">Rijen zonder signalering in de laatste scan</h2>" in page
    listed = set(re.findall(r"<li><a href=\"/table\?row=(\w+)\">", page))
    flagged = {place.row_id for place in shown.workspace.evidence.flagged().values()}
    rows = {row.id for row in shown.app.state.desk.table().rows}
    assert listed and listed < rows and not listed & flagged


def test_what_happened_is_told_latest_first_with_who_asked(rita: TestClient) -> None:
    page = rita.get("/topics").text
    events = [_seen(one) for one in re.findall(r"<li><span class=\"note\"><time.*?</li>", page, re.DOTALL)]
    assert events == [
        "4 mei 2026 Slapend Over “Robots in magazijnen” komt niets meer binnen. vanzelf, bij een scan",
        "4 mei 2026 Samengevoegd “Tempo” is opgegaan in “Werkdruk en autonomie” (3 passages). door Eva Voorbeeld",
        "4 mei 2026 Nieuw “Vertalers en tolken” is een nieuw onderwerp (6 passages). vanzelf, bij een scan",
    ]


def test_a_topic_tells_its_trend_in_numbers_and_plots_them(rita: TestClient) -> None:
    page = rita.get(f"/topics/{topic_id(1)}").text
    told = _seen(page)
    assert (
        "Van wat de scan van 4 mei 2026 bracht, hoort 19% bij dit onderwerp (5 passages). Daarvoor was dat 12%" in told
    )
    assert "gemaakt uit de kenmerkende woorden" in told and "4 mei 2026 5 26 19%" in told
    assert 'class="plot growth"' in page and "Kwaliteit van werk 9" in told and "onbekend 1" in told
    assert "C1 Kwaliteit van werk" in told and "Onderwerp aanpassen" not in told
    dormant = _seen(rita.get(f"/topics/{topic_id(5)}").text)
    assert "Sinds 2 februari 2026 kwam er niets bij, terwijl er naar zijn aandeel (10%)" in dormant
    assert "Dit onderwerp is verborgen" in rita.get(f"/topics/{topic_id(99)}").text


def test_a_topic_lists_its_passages_page_by_page(site: Site) -> None:
    model = shown_model(site.workspace)
    ids = sorted(model.assignments)
    big = _topic(1, len(ids), representative=tuple(ids[3:5]), by_scan={DAYS[0]: len(ids)})
    assigned = dict.fromkeys(ids, "t/1") | {"gone": "t/1"}
    save_topics(site.workspace, model.model_copy(update={"topics": (big,), "assignments": assigned, "events": ()}))
    browser = site.signed_in("rita")
    first = browser.get("/topics/t%2F1").text
    listed = re.findall(r'data-item href="/passages/(\w+)"', first)
    assert set(listed[:2]) == set(ids[3:5]) and len(listed) == 2 + 50
    second = browser.get("/topics/t%2F1", params={"start": "50"}).text
    rest = re.findall(r'data-item href="/passages/(\w+)"', second)
    assert set(listed[2:]) | set(rest) == set(ids) and not set(listed[2:]) & set(rest)
    assert f"51–{len(ids) + 1} van {len(ids) + 1}" in second and "1 passage is er niet meer" in first + second
    assert browser.get("/topics/t%2F1", params={"start": "99999"}).status_code == 200
    assert browser.get("/topics/none").status_code == 404


def test_the_beginning_of_an_id_leads_on_to_its_topic(rita: TestClient) -> None:
    answer = rita.get("/topics/topic-9", follow_redirects=False)
    assert answer.status_code == 303 and answer.headers["location"] == f"/topics/{topic_id(99)}"
    for letters in ("topic-0", "top"):
        unclear = rita.get(f"/topics/{letters}", follow_redirects=False)
        assert unclear.status_code == 404 and 'href="/topics">Naar alle onderwerpen' in unclear.text


def test_a_topic_that_was_merged_away_says_into_what(rita: TestClient) -> None:
    for address in ("gone-1", "gone"):
        answer = rita.get(f"/topics/{address}")
        assert answer.status_code == 410
        assert "“Tempo” is op 4 mei 2026 opgegaan in “Werkdruk en autonomie”." in answer.text
        assert f'<a href="/topics/{topic_id(1)}">Naar “Werkdruk en autonomie”</a>' in answer.text


def test_after_two_scans_without_events_the_first_division_is_no_event(site: Site) -> None:
    save_topics(site.workspace, many_topics(5))
    page = site.signed_in("rita").get("/topics").text
    assert "De eerste indeling telt niet als gebeurtenis" in page and "na een volgende scan" not in page


def test_names_are_never_markup(site: Site) -> None:
    topics = tuple(_topic(number, 9, name_nl=f"<b>naam {number}</b>", novel=True) for number in range(1, 5))
    save_topics(site.workspace, TopicModel(state=TopicsState.FITTED, n_passages=60, minimum=50, topics=topics))
    browser = site.signed_in("eva")
    for address in ("/topics", "/topics/t%2F1", "/topics/merge?topic=t/1"):
        page = browser.get(address).text
        assert "<b>" not in page and "&lt;b&gt;naam" in page


# ---------------------------------------------------------------- plots


def test_bars_stand_for_their_numbers_and_nothing_is_a_line() -> None:
    counts = [("2026-01-01", 8), ("2026-02-01", 0), ("2026-03-01", 4)]
    small = sparkline(counts)
    assert small.values == (8, 0, 4) and [bar.latest for bar in small.bars] == [False, False, True]
    assert small.bars[0].height == pytest.approx(2 * small.bars[2].height) and small.bars[1].height == 1
    plot = growth_plot(counts)
    assert all(bar.y + bar.height == pytest.approx(plot.base) for bar in plot.bars)
    assert plot.bars[0].height == pytest.approx(2 * plot.bars[2].height, abs=0.2)


@given(st.integers(1, 200))
def test_dates_and_numbers_of_a_plot_have_room(n: int) -> None:
    plot = growth_plot([(f"scan {number}", number) for number in range(n)])
    dated = [bar.x for bar in plot.bars if bar.dated]
    assert plot.bars[-1].dated and all(later - one >= 110 for one, later in pairwise(dated))
    assert all(bar.x >= 0 and bar.x + bar.width <= plot.width for bar in plot.bars)


def test_early_years_are_told_as_one() -> None:
    years = {str(year): 1 for year in range(1990, 2027)} | {"": 3}
    found = by_year(years, "onbekend", lambda year: f"voor {year}")
    assert found[0] == ("2026", 1) and found[-2:] == [("voor 2015", 25), ("onbekend", 3)]
    assert sum(n for _, n in found) == 40


# ---------------------------------------------------------------- the map

_WIDEST_LETTER = 7.4
"""Mean width at 13 px of the letters of a name in the widest font that the style sheet asks for."""


def _box(dot: Dot) -> tuple[float, float, float, float] | None:
    if dot.label is None:
        return None
    width = len(dot.label.text) * _WIDEST_LETTER
    left = dot.label.x - {"start": 0.0, "middle": width / 2, "end": width}[dot.label.anchor]
    return left, dot.label.y - 12, left + width, dot.label.y + 3


_PLACES = st.lists(
    st.tuples(st.integers(1, 4000), st.floats(-1, 1), st.floats(-1, 1), st.integers(1, 90)), min_size=1, max_size=40
)


@settings(max_examples=40)
@given(_PLACES)
def test_on_the_map_no_circle_and_no_name_covers_another(places: list[tuple[int, float, float, int]]) -> None:
    ordered = sorted(places, key=lambda one: -one[0])
    topics = [
        _topic(number, size, x=x, y=y, name_nl=("naam " * 20)[:length])
        for number, (size, x, y, length) in enumerate(ordered, 1)
    ]
    dots = draw_map(topics, "nl")
    assert [dot.number for dot in dots] == list(range(1, len(topics) + 1))
    for place, one in enumerate(dots):
        assert one.radius - 1 <= one.x <= WIDTH - one.radius + 1 and one.radius - 1 <= one.y <= HEIGHT - one.radius + 1
        mine = _box(one)
        assert mine is None or (mine[0] >= 0 and mine[2] <= WIDTH and mine[1] >= 0 and mine[3] <= HEIGHT)
        for other in dots[place + 1 :]:
            assert math.hypot(one.x - other.x, one.y - other.y) >= one.radius + other.radius - 1
            theirs = _box(other)
            if mine is not None and theirs is not None:
                apart = mine[2] <= theirs[0] or theirs[2] <= mine[0] or mine[3] <= theirs[1] or theirs[3] <= mine[1]
                assert apart
    if len(dots) == 1:
        assert dots[0].label is not None


def test_the_map_is_the_same_each_time_and_takes_the_largest() -> None:
    topics = [_topic(number, 200 - number, x=math.sin(number), y=math.cos(number * 2)) for number in range(100)]
    assert draw_map(topics, "en") == draw_map(topics, "en")
    assert [dot.topic for dot in draw_map(topics, "en")] == topics[:MOST_TOPICS]


def test_a_small_new_topic_is_on_the_map_though_others_are_larger() -> None:
    topics = [_topic(number, 300 - number, x=math.sin(number), y=math.cos(number)) for number in range(1, 120)]
    new = _topic(120, 5, trend="new")
    shown = topics_on_map([*topics, new])
    assert len(shown) == MOST_TOPICS and shown[-1] == (120, new) and shown[-2] == (MOST_TOPICS - 1, topics[-41])


def test_names_find_more_room_where_the_map_is_near() -> None:
    topics = [_topic(number, 100, x=math.sin(number), y=math.cos(number * 2)) for number in range(1, 60)]
    dots = draw_map(topics, "nl")
    assert 0 < sum(dot.label is not None for dot in dots) < sum(dot.nearby is not None for dot in dots)
