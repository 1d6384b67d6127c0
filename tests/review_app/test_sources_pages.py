"""The pages of sources, of what they offered, and of schedules."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from offered_items import SOURCE, SOURCES_FILE, TITLES, do_duties, offer_items
from site_pages import Site, served_site

from flows import schedules
from flows.service_file import PartState, ServiceState, asked_for
from pipelines.domain.documents import Reason
from pipelines.domain.schedules import Duty, DutyRun, DutyState
from pipelines.domain.sources import Harvest, ItemState
from pipelines.domain.switches import Switched
from pipelines.review_app import routes_schedules, routes_sources
from pipelines.settings import Settings
from pipelines.store.accounts import COMMAND

Asked = list[tuple[str, ...]]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    (tmp_path / "kennisstand-sources.yaml").write_text(SOURCES_FILE, encoding="utf-8")
    with served_site(Settings(workspace=tmp_path), monkeypatch) as served:
        yield served


@pytest.fixture
def harvested(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Harvests that were asked for, none of which is started."""
    asked: Asked = []
    monkeypatch.setattr(routes_sources, "start_harvest_process", lambda _, chosen: asked.append(tuple(chosen)))
    return asked


@pytest.fixture
def ids(site: Site) -> dict[ItemState, str]:
    return offer_items(site.workspace)


def _seen(content: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", content)).split())


def test_sources_are_listed_with_how_they_are_doing(site: Site, ids: dict[ItemState, str]) -> None:
    page = site.signed_in("anna").get("/sources").text
    assert page.index("Aan (1)") < page.index("Instituut Wachtkamer") < page.index("Uit (1)") < page.index("Stille map")
    assert "lukt niet" in page and "2 maart 2026" in page and "nog nooit" in page
    assert f"/harvested?source={SOURCE}&amp;state=left_out" in page
    assert 'action="/sources/harvest"' in page and "/switch" not in page  # a reviewer harvests, and switches nothing


def test_an_editor_turns_sources_on_and_off(site: Site) -> None:
    eva = site.signed_in("eva")
    answer = eva.post("/sources/stille-map/switch", data={"turn": "enable"})
    assert "De bron staat aan" in eva.get(answer.headers["location"]).text
    switch = site.workspace.acts.switches(Switched.SOURCE)["stille-map"]
    assert switch.enabled and switch.person == "eva"
    answer = eva.post("/sources/stille-map/switch", data={"turn": "disable", "back": "one"})
    assert answer.headers["location"].startswith("/sources/stille-map?")
    assert "door Eva Voorbeeld" in eva.get("/sources/stille-map").text
    assert eva.post("/sources/nergens/switch", data={"turn": "enable"}).status_code == 404
    assert eva.post("/sources/stille-map/switch", data={"turn": "perhaps"}).status_code == 422
    assert site.signed_in("anna").post("/sources/stille-map/switch", data={"turn": "enable"}).status_code == 403


def test_harvests_are_started(site: Site, harvested: Asked) -> None:
    anna = site.signed_in("anna")
    assert "Het verzamelen is begonnen" in anna.get(anna.post("/sources/harvest").headers["location"]).text
    anna.post("/sources/harvest", data={"source_id": SOURCE})
    assert harvested == [(), (SOURCE,)]
    assert anna.post("/sources/harvest", data={"source_id": "nergens"}).status_code == 404
    rita = site.signed_in("rita")
    assert rita.post("/sources/harvest").status_code == 403
    assert 'action="/sources/harvest"' not in rita.get("/sources").text


def test_one_source_tells_all_there_is(site: Site, ids: dict[ItemState, str]) -> None:
    seen = _seen(site.signed_in("rita").get(f"/sources/{SOURCE}").text)
    for words in (
        "https://wachtkamer.example/feed.xml",
        "Verzonnen voor deze toets.",
        "articles false",
        "weggelaten : 1",
        "De laatste keer",
    ):
        assert words in seen, words
    assert site.signed_in("rita").get("/sources/nergens").status_code == 404


def test_a_source_that_was_read_tells_what_changed_about_it(site: Site, ids: dict[ItemState, str]) -> None:
    moment = datetime(2026, 3, 9, 5, 30)
    changed = Reason(key="harvest.page_without_links", values={"address": "https://wachtkamer.example/lijst"})
    site.workspace.harvest.add_harvest(
        Harvest(source_id=SOURCE, started=moment, finished=moment, problems=(changed, changed))
    )
    page = site.signed_in("rita").get(f"/sources/{SOURCE}").text
    assert page.count("https://wachtkamer.example/lijst staat geen enkele link") == 2
    assert "veranderd, of wordt de lijst door een script gevuld?<br>" in page


def test_items_are_found_and_nothing_of_them_is_believed(site: Site, ids: dict[ItemState, str]) -> None:
    anna = site.signed_in("anna")
    page = anna.get("/harvested").text
    assert all(html.escape(title) in page for title in TITLES.values())
    assert "<b>Onvindbaar" not in page and "javascript:" not in page
    assert 'rel="noreferrer noopener"' in page and "; Bakker, C. …" in page
    one = anna.get(f"/harvested?source={SOURCE}&state=left_out&words=fietspad&order=relevant").text
    assert TITLES[ItemState.LEFT_OUT] in one and TITLES[ItemState.FETCHED] not in one and "relevantie 3%" in one
    for address in ("state=nonsense", "order=nonsense", "start=999", "source=nonsense", "words=" + "x" * 5000):
        assert anna.get(f"/harvested?{address}").status_code == 200, address


def test_what_was_left_out_is_pulled_in(site: Site, ids: dict[ItemState, str], harvested: Asked) -> None:
    anna = site.signed_in("anna")
    page = anna.get("/harvested").text
    offered = {one for one in ids.values() if f'value="{one}"' in page}
    assert offered == {ids[state] for state in (ItemState.LEFT_OUT, ItemState.FAILED, ItemState.GIVEN_UP)}
    chosen = [ids[ItemState.LEFT_OUT], ids[ItemState.GIVEN_UP]]
    answer = anna.post("/harvested/pull", data={"item": chosen, "source": SOURCE, "state": "left_out"})
    assert answer.headers["location"].startswith(f"/harvested?source={SOURCE}&state=left_out")
    assert harvested == [(SOURCE,)]
    for one in chosen:
        item = site.workspace.harvest.get(one)
        assert item is not None and item.state is ItemState.WAITING and item.asked_by == "anna"
    assert "gevraagd door Anna Voorbeeld" in anna.get("/harvested").text
    assert "niets aangevinkt" in anna.get(anna.post("/harvested/pull").headers["location"]).text
    again = anna.post("/harvested/pull", data={"item": chosen})
    assert "was al opgehaald" in anna.get(again.headers["location"]).text and len(harvested) == 1
    assert site.signed_in("rita").post("/harvested/pull", data={"item": chosen}).status_code == 403


def test_a_list_with_mistakes_is_told_and_stops_no_page(site: Site) -> None:
    (site.workspace.root / "kennisstand-sources.yaml").write_text("sources: [{id: X}]", encoding="utf-8")
    for name in ("rita", "eva"):
        page = site.signed_in(name).get("/sources")
        assert page.status_code == 200 and 'class="error"' in page.text
    assert site.signed_in("rita").get("/harvested").status_code == 200


def test_schedules_tell_when_and_how_it_went(site: Site) -> None:
    do_duties(site.workspace)
    seen = _seen(site.signed_in("rita").get("/schedules").text)
    assert "elke maandag om 05:30" in seen and "draait nu niet" in seen
    assert "mislukt" in seen and "haalt ook 2 gemiste keren in" in seen and "3 minuten" in seen
    english = site.signed_in("rita")
    english.post("/language", data={"language": "en"})
    assert "every Monday at 05:30" in english.get("/schedules").text


def test_what_a_command_asked_for_is_told_as_such(site: Site) -> None:
    moment = datetime(2026, 3, 9, 5, 30)
    run = DutyRun(id="asked", duty=Duty.BACKUP, asked_by=COMMAND, started=moment, beat=moment, state=DutyState.RUNNING)
    assert site.workspace.duties.begin(run)
    seen = _seen(site.signed_in("rita").get("/schedules").text)
    assert "gevraagd met een opdracht" in seen and COMMAND not in seen


def test_an_editor_pauses_a_schedule(site: Site) -> None:
    eva = site.signed_in("eva")
    eva.post("/schedules/backup/switch", data={"turn": "pause"})
    assert "gepauzeerd" in eva.get("/schedules").text
    assert not site.workspace.acts.switches(Switched.SCHEDULE)["backup"].enabled
    eva.post("/schedules/backup/switch", data={"turn": "resume"})
    assert "gepauzeerd" not in eva.get("/schedules").text
    assert eva.post("/schedules/nothing/switch", data={"turn": "pause"}).status_code == 404
    assert eva.post("/schedules/scan/switch", data={"turn": "stop"}).status_code == 422
    assert site.signed_in("anna").post("/schedules/scan/switch", data={"turn": "pause"}).status_code == 403


def test_a_duty_is_asked_for_where_the_service_runs(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    anna = site.signed_in("anna")
    refused = anna.post("/schedules/scan/run")
    assert refused.status_code == 409 and "kennisstand serve" in refused.text
    failing = ServiceState(process=1, started=datetime(2026, 6, 1), server=PartState.AGAIN)
    for place in (schedules, routes_schedules):
        monkeypatch.setattr(place, "read_service", lambda _: failing)
    assert "uitgevallen" in anna.get("/schedules").text
    answer = anna.post("/schedules/scan/run")
    assert "Gevraagd" in anna.get(answer.headers["location"]).text
    (asked,) = asked_for(site.workspace.root / "data" / "processed")
    assert asked.duty is Duty.SCAN and asked.person == "anna"
    again = anna.post("/schedules/scan/run")
    assert "al om gevraagd" in anna.get(again.headers["location"]).text
    assert anna.post("/schedules/learn/run").status_code == 403
    assert "begint zo" in anna.get("/schedules").text
