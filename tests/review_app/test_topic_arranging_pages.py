"""Arranging topics on the page: who may, what it does at once, what is told of it, and two people at the same time."""

from __future__ import annotations

import html
import re

import pytest
from fastapi.testclient import TestClient
from shown_topics import save_topics, shown_model, topic_id
from site_pages import Site

from flows.topic_arranging import pin_terms
from flows.topic_standing import standing_topics
from pipelines.domain.topics import Topic, TopicActKind
from pipelines.review_app import topic_book
from pipelines.topics.parting import Part, Parts

_FIRST, _SECOND, _NEW = (topic_id(number) for number in (1, 2, 3))
_CONFLICT = "Iemand anders heeft dit onderwerp veranderd"


@pytest.fixture
def site(site: Site) -> Site:
    save_topics(site.workspace, shown_model(site.workspace))
    return site


def _topics(site: Site) -> dict[str, Topic]:
    model = standing_topics(site.workspace)
    assert model is not None
    return {topic.id: topic for topic in model.topics}


def _fields(content: str) -> dict[str, str]:
    """What the fields of the forms of a page hold."""
    found = re.findall(r'<input(?=[^>]*name="(\w+)")(?=[^>]*value="([^"]*)")', content)
    return {name: html.unescape(value) for name, value in found}


def _form(browser: TestClient, topic: str) -> dict[str, str]:
    """Topic and turn, as the forms of its page carry them."""
    fields = _fields(browser.get(f"/topics/{topic}").text)
    return {"topic": fields["topic"], "seen": fields["seen"]}


def _problem(content: str) -> str:
    found = re.search(r'role="alert"><p>(.*?)</p>', content)
    return "" if found is None else html.unescape(found.group(1))


def _kept(site: Site) -> list[TopicActKind]:
    return [act.kind for _, act in site.workspace.acts.topic_acts()]


def test_only_editors_see_and_use_what_arranges_topics(site: Site) -> None:
    for name in ("rita", "anna"):
        browser = site.signed_in(name)
        page = browser.get(f"/topics/{_FIRST}").text
        assert "Onderwerp aanpassen" not in page and "/topics/rename" not in page and "/topics/merge" not in page
        for address in ("rename", "pin", "visibility", "merge", "split"):
            assert browser.post(f"/topics/{address}", data={"topic": _FIRST, "hidden": "yes"}).status_code == 403
        for address in ("merge", "split"):
            assert browser.get(f"/topics/{address}", params={"topic": _FIRST}).status_code == 403
    for name in ("eva", "ada"):
        assert "Onderwerp aanpassen" in site.signed_in(name).get(f"/topics/{_FIRST}").text
    assert _kept(site) == []


def test_a_new_name_shows_at_once_with_who_gave_it_and_can_be_changed_back(site: Site) -> None:
    eva = site.signed_in("eva")
    answer = eva.post("/topics/rename", data={**_form(eva, _FIRST), "name_nl": " Tempo  van het werk ", "name_en": ""})
    assert answer.status_code == 303
    page = eva.get(answer.headers["location"]).text
    assert "De naam blijft, ook bij volgende scans" in page and "gegeven door Eva Voorbeeld" in page
    assert "Hernoemd: “Tempo van het werk”" in html.unescape(page)
    rita = site.signed_in("rita").get("/topics").text
    events = " ".join(re.sub(r"<[^>]*>", " ", html.unescape(rita.split('id="events"')[-1])).split())
    assert "Aangepast Een onderwerp heet voortaan “Tempo van het werk”. door Eva Voorbeeld" in events
    assert _topics(site)[_FIRST].name_en == "Workload and autonomy"
    back = {**_form(eva, _FIRST), "name_nl": "Werkdruk en autonomie"}
    assert eva.post("/topics/rename", data=back).status_code == 303
    assert _topics(site)[_FIRST].name_nl == "Werkdruk en autonomie"


def test_a_name_that_cannot_be_is_told_beside_what_was_typed(site: Site) -> None:
    eva = site.signed_in("eva")
    taken = {**_form(eva, _FIRST), "name_nl": "Robots in magazijnen", "name_en": "Something"}
    answer = eva.post("/topics/rename", data=taken)
    assert answer.status_code == 409 and "Robots in magazijnen" in _problem(answer.text)
    fields = _fields(answer.text)
    assert (fields["name_nl"], fields["name_en"]) == ("Robots in magazijnen", "Something")
    assert re.search(r"<details open><summary>Naam veranderen", answer.text) is not None
    nothing = eva.post("/topics/rename", data={**_form(eva, _FIRST), "name_nl": " ", "name_en": ""})
    assert nothing.status_code == 409 and "in ten minste één taal" in _problem(nothing.text)
    assert eva.post("/topics/rename", data={"topic": "nowhere", "seen": "0", "name_nl": "Iets"}).status_code == 404
    assert _kept(site) == []


def test_pinned_terms_stand_first_and_are_released_by_an_empty_field(site: Site) -> None:
    eva = site.signed_in("eva")
    pinned = {**_form(eva, _FIRST), "terms_nl": "ploegendienst,  taken ,", "terms_en": "workload; autonomy"}
    assert eva.post("/topics/pin", data=pinned).status_code == 303
    topic = _topics(site)[_FIRST]
    assert topic.terms_nl[:2] == ("ploegendienst", "taken") and topic.pinned_en == ("workload", "autonomy")
    page = eva.get(f"/topics/{_FIRST}").text
    assert "<strong>ploegendienst</strong>" in page and _fields(page)["terms_nl"] == "ploegendienst, taken"
    many = {**_form(eva, _FIRST), "terms_nl": ",".join(f"woord{number}" for number in range(30))}
    answer = eva.post("/topics/pin", data=many)
    assert answer.status_code == 409 and _fields(answer.text)["terms_nl"].startswith("woord0,woord1")
    assert eva.post("/topics/pin", data={**_form(eva, _FIRST), "terms_nl": "", "terms_en": ""}).status_code == 303
    assert _topics(site)[_FIRST].pinned_nl == ()
    assert "Vaste woorden losgemaakt" in eva.get(f"/topics/{_FIRST}").text


def test_a_hidden_topic_leaves_list_and_map_and_comes_back(site: Site) -> None:
    eva = site.signed_in("eva")
    assert eva.post("/topics/visibility", data={**_form(eva, _FIRST), "hidden": "yes"}).status_code == 303
    assert _FIRST not in eva.get("/topics").text.split('id="events"')[0]
    assert f'href="/topics/{_FIRST}"' in eva.get("/topics", params={"show": "hidden"}).text
    events = html.unescape(eva.get("/topics").text.split('id="events"')[-1])
    assert f'<a href="/topics/{_FIRST}">“Werkdruk en autonomie” is verborgen.</a>' in events
    page = eva.get(f"/topics/{_FIRST}").text
    assert "Dit onderwerp is verborgen" in page and "Weer laten zien" in page
    assert eva.post("/topics/visibility", data={**_form(eva, _FIRST), "hidden": "maybe"}).status_code == 422
    assert eva.post("/topics/visibility", data={**_form(eva, _FIRST), "hidden": "no"}).status_code == 303
    assert not _topics(site)[_FIRST].hidden


@pytest.mark.parametrize(
    ("address", "fields"),
    [
        ("rename", {"name_nl": "Anders"}),
        ("pin", {"terms_nl": "anders"}),
        ("visibility", {"hidden": "yes"}),
        ("merge", {"with": f"{_SECOND}:0"}),
    ],
)
def test_of_two_editors_at_once_the_second_is_told_and_nothing_is_done(
    site: Site, address: str, fields: dict[str, str]
) -> None:
    ada = site.signed_in("ada")
    form = _form(ada, _FIRST)
    pin_terms(site.workspace, _FIRST, "eva", terms_nl=("tempo",))
    answer = ada.post(f"/topics/{address}", data={**form, **fields})
    assert answer.status_code == 409 and _CONFLICT in _problem(answer.text)
    assert _kept(site) == [TopicActKind.PIN]
    again = ada.post(f"/topics/{address}", data={**_form(ada, _FIRST), **fields})
    assert again.status_code == 303 and len(_kept(site)) == 2


def test_merging_is_shown_before_it_is_done_and_cannot_be_taken_back_but_by_splitting(site: Site) -> None:
    eva = site.signed_in("eva")
    choose = eva.get("/topics/merge", params={"topic": _FIRST}).text
    assert re.findall(r'name="with" value="([^"]+)"', choose)[0] == _SECOND  # the nearest
    assert topic_id(99) not in choose and f'value="{_FIRST}"> <span>' not in choose
    narrowed = eva.get("/topics/merge", params={"topic": _FIRST, "q": "warehouse ROBOTS"}).text
    assert re.findall(r'name="with" value="([^"]+)"', narrowed) == [topic_id(5)] and "1 onderwerp past" in narrowed
    assert "0 onderwerpen passen" in eva.get("/topics/merge", params={"topic": _FIRST, "q": "giraf"}).text
    preview = eva.get("/topics/merge", params={"topic": _FIRST, "with": [_SECOND, _NEW, "nowhere", _FIRST]}).text
    assert "krijgt 17 passages erbij: samen 29 passages (15 Nederlands, 14 Engels)" in html.unescape(preview)
    assert "alleen ongedaan worden gemaakt door te splitsen" in preview and _kept(site) == []
    asked = re.findall(r'name="with" value="([^"]+)"', preview)
    assert asked == [f"{_SECOND}:0", f"{_NEW}:0"]
    answer = eva.post("/topics/merge", data={"topic": _FIRST, "seen": _fields(preview)["seen"], "with": asked})
    assert answer.status_code == 303
    page = eva.get(answer.headers["location"]).text
    assert "Samengevoegd. Dat blijft zo bij volgende scans" in page
    topics = _topics(site)
    assert topics[_FIRST].size == 29 and _SECOND not in topics and _NEW not in topics
    assert "zijn opgegaan in" in eva.get("/topics").text
    assert eva.get(f"/topics/{_SECOND}").status_code == 410


def test_merging_with_what_is_gone_or_changed_or_with_nothing_is_told(site: Site) -> None:
    eva, ada = site.signed_in("eva"), site.signed_in("ada")
    form = _form(eva, _FIRST)
    nothing = eva.post("/topics/merge", data=form)
    assert nothing.status_code == 409 and _problem(nothing.text)
    pin_terms(site.workspace, _SECOND, "ada", terms_nl=("mkb",))  # a topic that was to go into it
    answer = eva.post("/topics/merge", data={**form, "with": [f"{_SECOND}:0"]})
    assert answer.status_code == 409 and _CONFLICT in _problem(answer.text)
    assert f'value="{_SECOND}:1"' in answer.text  # the preview as it is now, to be sent again
    assert ada.post("/topics/merge", data={**_form(ada, _NEW), "with": [f"{_SECOND}:1"]}).status_code == 303
    gone = eva.post("/topics/merge", data={**form, "with": [f"{_SECOND}:1"]})
    assert gone.status_code == 409 and _problem(gone.text)
    assert eva.get("/topics/merge", params={"topic": "nowhere"}).status_code == 404


def _suggest(site: Site, monkeypatch: pytest.MonkeyPatch, *, none: bool = False) -> list[str]:
    """Let the last four passages of the first topic be suggested as a new one; returns all its passages in order."""
    model = shown_model(site.workspace)
    inside = sorted(passage for passage, topic in model.assignments.items() if topic == _FIRST)

    def part(passages: list[str], words: str) -> Part:
        return Part(tuple(passages), (words,), (f"{words} en",), len(passages), 0, 1, tuple(passages[:2]))

    parts = None if none else Parts(part(inside[:-4], "blijft"), part(inside[-4:], "gaat"), 2.0)
    monkeypatch.setattr(topic_book, "suggest_split", lambda *_: parts)
    return inside


def _ticked(content: str) -> list[str]:
    return re.findall(r'name="passage" value="(\w+)" checked', content)


def test_a_suggested_division_is_taken_as_it_was_changed(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = _suggest(site, monkeypatch)
    eva = site.signed_in("eva")
    page = eva.get("/topics/split", params={"topic": _FIRST}).text
    assert "Deel 1: 8 passages" in page and "Deel 2: 4 passages" in page and "gaat en" in page
    assert _ticked(page) == inside[-4:] and len(re.findall(r'name="passage"', page)) == 12
    form = {name: _fields(page)[name] for name in ("topic", "seen", "stamp")}
    mine = [*inside[-3:], inside[0]]
    nameless = eva.post("/topics/split", data={**form, "passage": mine})
    assert nameless.status_code == 409 and "in ten minste één taal" in _problem(nameless.text)
    assert sorted(_ticked(nameless.text)) == sorted(mine)  # what was ticked is not lost
    answer = eva.post("/topics/split", data={**form, "passage": mine, "name_nl": "Vakmanschap"})
    assert answer.status_code == 303
    made = eva.get(answer.headers["location"]).text
    assert "Gesplitst. Dit is het nieuwe onderwerp" in made and "Vakmanschap" in made and "1–4 van 4" in made
    assert set(re.findall(r'data-item href="/passages/(\w+)"', made)) == set(mine)
    assert _topics(site)[_FIRST].size == 8
    assert "is “Vakmanschap” afgesplitst (4 passages)" in html.unescape(eva.get("/topics").text)


def test_a_division_that_cannot_be_is_told(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = _suggest(site, monkeypatch)
    eva = site.signed_in("eva")
    form = {name: _fields(eva.get("/topics/split", params={"topic": _FIRST}).text)[name] for name in ("topic", "stamp")}
    for chosen in ([], inside, ["elsewhere"]):
        data = {**form, "seen": "0", "name_nl": "Vakmanschap", "passage": chosen}
        answer = eva.post("/topics/split", data=data)
        assert answer.status_code == 409 and _problem(answer.text) and 'value="Vakmanschap"' in answer.text
    pin_terms(site.workspace, _SECOND, "ada", terms_nl=("mkb",))  # the topics are others by now
    answer = eva.post("/topics/split", data={**form, "seen": "0", "name_nl": "Vakmanschap", "passage": inside[-4:]})
    assert answer.status_code == 409 and _CONFLICT in _problem(answer.text) and 'value="Vakmanschap"' in answer.text
    assert _kept(site) == [TopicActKind.PIN]


def test_without_a_suggestion_passages_are_chosen_by_hand(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = _suggest(site, monkeypatch, none=True)
    eva = site.signed_in("eva")
    page = eva.get("/topics/split", params={"topic": _FIRST}).text
    assert "valt niet in twee duidelijke delen uiteen" in page and _ticked(page) == []
    form = {name: _fields(page)[name] for name in ("topic", "seen", "stamp")}
    data = {**form, "passage": inside[:2], "name_en": "Craft"}
    answer = eva.post("/topics/split", data=data)
    assert answer.status_code == 303 and _topics(site)[_FIRST].size == 10


def test_passages_that_are_not_listed_go_with_their_part(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = _suggest(site, monkeypatch)
    monkeypatch.setattr("pipelines.review_app.topic_splits.MOST_LISTED", 3)
    eva = site.signed_in("eva")
    page = eva.get("/topics/split", params={"topic": _FIRST}).text
    assert len(re.findall(r'name="passage"', page)) == 6 and "6 andere volgen hun deel" in page
    form = {name: _fields(page)[name] for name in ("topic", "seen", "stamp")}
    # Of its three that were listed two are kept back, and one of the other part goes along.
    data = {**form, "passage": [inside[-4], inside[0]], "name_nl": "Vakmanschap"}
    assert eva.post("/topics/split", data=data).status_code == 303
    model = standing_topics(site.workspace)
    assert model is not None
    new = next(topic.id for topic in model.topics if topic.name_nl == "Vakmanschap")
    went = {passage for passage, topic in model.assignments.items() if topic == new}
    assert went == {inside[0], inside[-4], inside[-1]}
