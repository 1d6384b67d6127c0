"""What a harvest keeps to when things around it change: the clock, ids of sources, what is on, the budget of a day."""

from __future__ import annotations

import json
from contextlib import nullcontext
from datetime import date, timedelta
from typing import Any

import pytest
from harvest_desk import ROOT, HarvestDesk, Offers, found, pdf, source

from flows import source_preview
from flows.harvest_start import asked_for, day_tally
from flows.source_preview import preview_source
from flows.sources import ListedSource, pull_items
from pipelines.domain.sources import Bookmark, ItemState, Source, SourceKind, SourceStatus, Wanted, item_id
from pipelines.harvest.crossref import CrossrefReader
from pipelines.harvest.fetching import Answer, HarvestError, HarvestLimits, Trouble
from pipelines.harvest.openalex import OpenAlexReader
from pipelines.settings import Settings
from pipelines.store import Workspace


@pytest.fixture
def standing_desk(settings: Settings, workspace: Workspace) -> HarvestDesk:
    return HarvestDesk(settings, workspace)


def _busy() -> HarvestError:
    return HarvestError("harvest_client.server_fault", Trouble.PASSING, host="bureau.example", status=503)


def test_after_a_clock_that_ran_ahead_everything_is_asked_again(standing_desk: HarvestDesk) -> None:
    desk, url = standing_desk, f"{ROOT}/a.pdf"
    desk.later(days=400)
    desk.offers.pages["bureau"] = [[found("a", url)], _busy()]
    desk.shelf.files[url] = _busy()
    desk.harvest()
    assert desk.states() == {"a": ItemState.FAILED} and len(desk.offers.asked) == 1
    desk.harvest()  # it is not time yet
    assert len(desk.offers.asked) == 1 and desk.shelf.asked == [url]
    desk.later(days=-400)
    desk.shelf.files[url] = pdf("a")
    desk.harvest()
    assert desk.states() == {"a": ItemState.FETCHED} and len(desk.offers.asked) == 2


class _Answers:
    """Notes what services are asked, and has nothing."""

    def __init__(self, told: object) -> None:
        self.told = json.dumps(told).encode()
        self.filters: list[str] = []

    def get(self, url: str, **options: Any) -> Answer:
        self.filters.append(options["params"]["filter"])
        return Answer(url, url, 200, self.told)


def test_services_are_asked_for_what_came_since_today_at_the_latest() -> None:
    today, limits, ahead = date(2026, 3, 2), HarvestLimits(), "2027-04-01"
    works = _Answers({"results": [], "meta": {}})
    reader = OpenAlexReader("sleutel", "", 50, today=lambda: today)
    bookmark = Bookmark(values={"since": ahead, "late_started": ahead})
    list(reader(source(kind=SourceKind.OPENALEX, query="ai"), bookmark, works, limits))
    assert works.filters[0] == f"from_publication_date:{today - timedelta(days=30)}"
    registered = _Answers({"message": {"items": []}})
    best = source(kind=SourceKind.CROSSREF, query="ai", address="")
    list(CrossrefReader("", today=lambda: today)(best, Bookmark(values={"since": ahead}), registered, limits))
    assert registered.filters == [f"from-created-date:{today - timedelta(days=2)},until-created-date:{today}"]


@pytest.mark.parametrize("title", ["Jaarverslag 2025", "Werken met algoritmen in de zorg van morgen"])
def test_a_source_with_another_id_is_not_fetched_again(standing_desk: HarvestDesk, title: str) -> None:
    desk, url = standing_desk, f"{ROOT}/a.pdf"
    desk.shelf.files = {url: pdf("a")}
    item = found("guid-1", url, title=title)
    desk.sources, desk.offers = [source("oud", wanted=Wanted.ALL)], Offers({"oud": [[item]], "nieuw": [[item]]})
    desk.harvest()
    desk.sources = [source("nieuw", wanted=Wanted.ALL)]
    desk.harvest()
    assert desk.shelf.asked == [url] and len(desk.files()) == 1
    assert desk.states("oud") == {"guid-1": ItemState.FETCHED}
    assert desk.states("nieuw") == {"guid-1": ItemState.DOUBLE}


def test_what_waits_in_a_source_that_is_gone_waits_for_its_return(standing_desk: HarvestDesk) -> None:
    desk, url = standing_desk, f"{ROOT}/a.pdf"
    desk.offers.pages["bureau"] = [[found("a", url)]]
    desk.shelf.files[url] = _busy()
    desk.harvest()
    desk.shelf.files[url] = pdf("a")
    there, desk.sources = desk.sources, []
    desk.later(days=30)
    desk.harvest()
    assert desk.states() == {"a": ItemState.FAILED}
    desk.sources = there
    desk.harvest()
    assert desk.states() == {"a": ItemState.FETCHED}


def _off(workspace: Workspace, described: Source) -> ListedSource:
    status = workspace.harvest.status(described.id)
    return ListedSource(described, False, None, status, workspace.harvest.counts().get(described.id, {}))


def test_what_people_ask_for_comes_also_where_its_source_is_off(standing_desk: HarvestDesk) -> None:
    desk = standing_desk
    urls = [f"{ROOT}/{key}.pdf" for key in "abc"]
    desk.shelf.files = {url: pdf(url) for url in urls}
    desk.offers.pages["bureau"] = [[found("a", urls[0], title="Tuinieren in de lente en in de zomer"), found("b")]]
    desk.harvest()
    assert desk.states() == {"a": ItemState.LEFT_OUT, "b": ItemState.NOTHING}
    desk.offers.pages["bureau"].append([found("c", urls[2])])
    listed = _off(desk.workspace, source())
    assert asked_for(desk.workspace, [listed]) == []
    desk.workspace.harvest.pull([item_id("bureau", "a")], "anna")
    listed = _off(desk.workspace, source())
    assert asked_for(desk.workspace, [listed]) == [listed]
    desk.only_asked = frozenset({"bureau"})
    tally = desk.harvest()["bureau"]
    assert tally.n_fetched == 1 and desk.shelf.asked == urls[:1] and len(desk.offers.asked) == 1
    assert desk.states() == {"a": ItemState.FETCHED, "b": ItemState.NOTHING}


def test_what_no_source_can_bring_is_not_promised(settings: Settings, workspace: Workspace) -> None:
    (settings.workspace / "kennisstand-sources.yaml").write_text("sources: []", encoding="utf-8")
    HarvestDesk(
        settings, workspace, offers=Offers({"bureau": [[found("a", title="Tuinieren in de lente van nu")]]})
    ).harvest()
    one = item_id("bureau", "a")
    pulled, lost = pull_items(settings, workspace, [one, one, "nothing"], "anna")
    assert (pulled, [item.id for item in lost]) == ([], [one])
    item = workspace.harvest.get(one)
    assert item is not None and (item.state, item.asked_by) == (ItemState.LEFT_OUT, None)


def test_a_look_at_openalex_counts_for_the_day(
    settings: Settings, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = {"id": "https://openalex.org/W1", "display_name": "Werken met algoritmen"}
    works = _Answers({"results": [work], "meta": {}})
    monkeypatch.setattr(source_preview, "harvest_client", lambda settings: nullcontext(works))
    described = source("works", SourceKind.OPENALEX, query="ai", address="", wanted=Wanted.ALL)
    listed = ListedSource(described, False, None, SourceStatus(source_id="works"), {})
    bounded = settings.model_copy(update={"openalex_daily": 3})
    for n in (1, 2, 3):
        preview_source(bounded, workspace, listed)
        assert len(works.filters) == n == day_tally(workspace).total
    with pytest.raises(HarvestError) as caught:
        preview_source(bounded, workspace, listed)
    assert caught.value.trouble is Trouble.SPENT and len(works.filters) == 3
    assert workspace.harvest.counts() == {}
