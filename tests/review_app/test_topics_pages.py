"""The pages of topics, and the map on which nothing covers anything else."""

from __future__ import annotations

import math
import re

from hypothesis import given, settings
from hypothesis import strategies as st
from site_pages import Site

from pipelines.domain.topics import Topic, TopicModel, TopicsState
from pipelines.review_app.topic_map import HEIGHT, WIDTH, Dot, draw_map


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


def _model(site: Site) -> tuple[TopicModel, list[str]]:
    documents = {d.id: d for d in site.workspace.documents.summaries()}
    ids = [item.passage.id for item in site.workspace.passages.find(documents)]
    topics = (
        _topic(1, 60, representative=tuple(ids[3:5]), rows=("B1",), x=1.0),
        _topic(2, 4, novel=True, x=-1.0, name_en="Nobody's <b>topic</b>"),
        _topic(3, 3, rows=("Z9",), y=1.0),
    )
    assigned = dict.fromkeys(ids[:60], "t/1") | dict.fromkeys(ids[60:64], "t/2")
    model = TopicModel(
        state=TopicsState.FITTED, n_passages=len(ids), minimum=20, topics=topics, assignments=assigned, settings={}
    )
    return model, ids


def _save(site: Site, model: TopicModel) -> None:
    run = site.workspace.runs.latest()
    assert run is not None
    site.workspace.topics.save(run.id, model)


def test_before_there_are_topics_the_page_says_so(site: Site) -> None:
    assert "Er zijn nog geen onderwerpen" in site.signed_in("rita").get("/topics").text


def test_too_few_passages_are_told_with_their_number(site: Site) -> None:
    _save(site, TopicModel(state=TopicsState.TOO_FEW, n_passages=7, minimum=1200))
    page = site.signed_in("rita").get("/topics").text
    assert "7, en er zijn er 1.200 nodig" in page


def test_topics_with_names_words_sizes_and_what_no_row_covers(site: Site) -> None:
    _save(site, _model(site)[0])
    browser = site.signed_in("rita")
    page = browser.get("/topics").text
    rows = re.findall(r'<td class="number" data-label="Nr\.">.*?</tr>', page, re.DOTALL)
    assert [re.search(r'href="(/topics/[^"]+)"', row).group(1) for row in rows] == [  # type: ignore[union-attr]
        "/topics/t%2F1",
        "/topics/t%2F2",
        "/topics/t%2F3",
    ]
    assert "60 passages" in rows[0] and "/table?row=B1" in rows[0] and "geen rij dekt dit" not in rows[0]
    assert "geen rij dekt dit" in rows[1]
    assert page.count('<circle class="dot') == 3 and page.count('<circle class="dot open"') == 1
    only = browser.get("/topics", params={"uncovered": "1"}).text
    assert "/topics/t%2F2" in only and "/topics/t%2F1" not in only
    browser.post("/language", data={"language": "en", "next": "/"})
    english = browser.get("/topics").text
    assert "Topic number 1" in english and "Nobody&#39;s &lt;b&gt;topic" in english


def test_a_topic_lists_its_passages_page_by_page(site: Site) -> None:
    model, ids = _model(site)
    _save(site, model)
    browser = site.signed_in("rita")
    first = browser.get("/topics/t%2F1").text
    listed = re.findall(r'data-item href="/passages/(\w+)"', first)
    assert listed == [*ids[3:5], *ids[:50]]
    second = browser.get("/topics/t%2F1", params={"start": "50"}).text
    assert re.findall(r'data-item href="/passages/(\w+)"', second) == ids[50:60]
    assert "51–60 van 60" in second
    assert browser.get("/topics/t%2F1", params={"start": "99999"}).status_code == 200
    assert browser.get("/topics/none").status_code == 404


def test_passages_that_are_gone_are_told(site: Site) -> None:
    model, _ = _model(site)
    model = model.model_copy(update={"assignments": {**model.assignments, "gone": "t/2"}})
    _save(site, model)
    assert "1 passage is er niet meer" in site.signed_in("rita").get("/topics/t%2F2").text


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
    assert [dot.topic for dot in draw_map(topics, "en")] == topics[:40]
