"""The harvest: what is offered is stored, judged and fetched once, whatever goes wrong on the way."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from harvest_desk import MOMENT, ROOT, Broken, HarvestDesk, Offers, found, pdf, source

from flows.harvest_pauses import pause_after, tomorrow
from pipelines.domain.ids import content_id, file_checksum
from pipelines.domain.sources import ItemState, SourceKind, Wanted
from pipelines.harvest.fetching import HarvestError, Trouble
from pipelines.harvest.relevance import LEAST_RELEVANCE, LEAST_RELEVANCE_OF_TITLE
from pipelines.settings import Settings
from pipelines.store import Workspace
from pipelines.store.arrivals import Arrivals
from pipelines.store.harvest import HarvestStore
from pipelines.strings import LANGUAGES, text


@pytest.fixture
def harvest_desk(settings: Settings, workspace: Workspace) -> HarvestDesk:
    return HarvestDesk(settings, workspace)


def _passing(wait: float | None = None) -> HarvestError:
    return HarvestError("harvest_client.busy", Trouble.PASSING, retry_after=wait, host="bureau.example", status=429)


def _offer(desk: HarvestDesk, *items: Any, source_id: str = "bureau") -> None:
    """One more page of a source."""
    desk.offers.pages.setdefault(source_id, []).append(list(items))


# ---------------------------------------------------------------- what comes of items


def test_a_file_is_fetched_once_and_its_origin_kept(harvest_desk: HarvestDesk) -> None:
    url = f"{ROOT}/rapport.pdf"
    harvest_desk.shelf.files[url] = pdf("a")
    _offer(harvest_desk, found("a", url, authors=("de Vries, Anna",), title="Algoritmen: een <i>verkenning</i> / 2025"))
    tally = harvest_desk.harvest()["bureau"]
    assert (tally.n_found, tally.n_new, tally.n_fetched, tally.reason) == (1, 1, 1, None)
    name = "harvested/bureau/de-vries-2025-algoritmen-een-verkenning-2025.pdf"
    assert harvest_desk.files() == {name: pdf("a")}
    item = harvest_desk.item("a")
    assert (item.state, item.file, item.relevance) == (ItemState.FETCHED, f"data/raw/{name}", 0.9)
    assert item.document_id == content_id("document", file_checksum(pdf("a")))
    assert item.fetch is not None and (item.fetch.url, item.fetch.etag, item.fetch.moment) == (url, '"1"', MOMENT)
    status = harvest_desk.workspace.harvest.status("bureau")
    assert (status.last_success, status.n_new, status.n_failures, status.reason) == (MOMENT, 1, 0, None)
    harvest_desk.later(days=7)
    again = harvest_desk.harvest()["bureau"]
    assert (again.n_new, again.n_fetched) == (0, 0) and harvest_desk.shelf.asked == [url]
    assert harvest_desk.offers.asked == [(f"{ROOT}/bureau", {}), (f"{ROOT}/bureau", {"page": "1"})]
    kept = harvest_desk.workspace.harvest.harvests("bureau")
    assert [(one.n_new, one.n_fetched) for one in kept] == [(0, 0), (1, 1)]


def test_without_a_file_the_abstract_is_kept_and_marked(harvest_desk: HarvestDesk) -> None:
    _offer(
        harvest_desk,
        found("a", abstract="Wat algoritmen doen <met> werk."),
        found("b"),
        found("c", f"{ROOT}/weg.pdf", abstract="Meer over algoritmen."),
        found("d", f"{ROOT}/weg.pdf"),
    )
    tally = harvest_desk.harvest()["bureau"]
    assert (tally.n_abstracts, tally.n_fetched, tally.n_failed) == (2, 0, 1)
    states = harvest_desk.states()
    assert list(states.values()) == [ItemState.ABSTRACT, ItemState.NOTHING, ItemState.ABSTRACT, ItemState.GIVEN_UP]
    content = harvest_desk.files()["harvested/bureau/2025-werken-met-algoritmen-in-branche-a.html"].decode()
    assert text("harvest.abstract_only", "nl") in content and "&lt;met&gt;" in content
    for key in "cd":
        reason = harvest_desk.item(key).reason
        assert reason is not None and reason.key == "harvest_client.gone"
    harvest_desk.later(days=7)
    harvest_desk.harvest()
    assert harvest_desk.states() == states and len(harvest_desk.files()) == 2
    assert harvest_desk.shelf.asked == [f"{ROOT}/weg.pdf"] * 2  # once for each of the two


def test_an_abstract_of_which_nobody_says_the_language_is_kept_in_its_own(harvest_desk: HarvestDesk) -> None:
    offered = found("a", abstract="Onderzoek naar algoritmen en de werkdruk van werknemers in de zorg.")
    _offer(harvest_desk, offered.model_copy(update={"language": None}))
    harvest_desk.harvest()
    (content,) = harvest_desk.files().values()
    assert b'<html lang="nl">' in content and text("harvest.abstract_only", "nl").encode() in content


def test_what_is_not_relevant_is_left_out_and_can_be_pulled_in(harvest_desk: HarvestDesk) -> None:
    url = f"{ROOT}/visserij.pdf"
    harvest_desk.shelf.files[url] = pdf("vis")
    _offer(harvest_desk, found("a", url, title="De visserij op de Noordzee"), found("b", url, language="de"))
    assert harvest_desk.harvest()["bureau"].n_left_out == 2
    a, b = harvest_desk.item("a"), harvest_desk.item("b")
    assert (a.state, a.relevance, b.state, b.relevance) == (ItemState.LEFT_OUT, 0.01, ItemState.LEFT_OUT, None)
    assert a.reason is not None and b.reason is not None and harvest_desk.shelf.asked == []
    assert "AI en werk" in text(a.reason.key, "nl", **a.reason.values) and "(de)" in text(
        b.reason.key, "en", **b.reason.values
    )
    harvest_desk.workspace.harvest.pull([a.id], "anna")
    assert harvest_desk.harvest()["bureau"].n_fetched == 1
    a = harvest_desk.item("a")
    assert (a.state, a.asked_by, a.relevance) == (ItemState.FETCHED, "anna", 0.01)
    assert harvest_desk.item("b").state is ItemState.LEFT_OUT


def test_a_title_alone_has_a_lower_bar(harvest_desk: HarvestDesk) -> None:
    between = (LEAST_RELEVANCE + LEAST_RELEVANCE_OF_TITLE) / 2
    harvest_desk.judge = lambda items: [between] * len(items)
    _offer(harvest_desk, found("a"), found("b", abstract="Iets anders."))
    harvest_desk.harvest()
    assert harvest_desk.states() == {"a": ItemState.NOTHING, "b": ItemState.LEFT_OUT}


def test_all_of_a_source_that_was_chosen_by_hand_is_fetched_unjudged(harvest_desk: HarvestDesk) -> None:
    harvest_desk.sources = [source(wanted=Wanted.ALL)]
    harvest_desk.shelf.files[f"{ROOT}/a.pdf"] = pdf("a")
    harvest_desk.judge = lambda items: pytest.fail("judged")
    _offer(harvest_desk, found("a", f"{ROOT}/a.pdf", title="De visserij", language="de"))
    harvest_desk.harvest()
    assert harvest_desk.states() == {"a": ItemState.FETCHED}


def test_web_pages_count_where_they_are_the_text(harvest_desk: HarvestDesk) -> None:
    words = "Dit artikel gaat over werk en algoritmen. "
    for name, times in (("kort", 20), ("lang", 300)):
        harvest_desk.shelf.files[f"{ROOT}/{name}"] = f"<html><body><p>{words * times}</p></body></html>".encode()
        harvest_desk.shelf.media_types[f"{ROOT}/{name}"] = "text/html"
    harvest_desk.sources = [source(), source("dienst", SourceKind.CROSSREF)]
    _offer(harvest_desk, found("a", f"{ROOT}/kort"))
    _offer(
        harvest_desk, found("b", f"{ROOT}/lang"), found("c", f"{ROOT}/kort", abstract="Algoritmen."), source_id="dienst"
    )
    harvest_desk.harvest()
    assert harvest_desk.item("a").file == "data/raw/harvested/bureau/2025-werken-met-algoritmen-in-branche-a.html"
    # The address is the same as that of the item of the feed, which is not asked again.
    assert harvest_desk.states("dienst") == {"b": ItemState.FETCHED, "c": ItemState.DOUBLE}
    _offer(harvest_desk, found("d", f"{ROOT}/kort", abstract="Over algoritmen en d."), source_id="dienst")
    harvest_desk.harvest()
    assert harvest_desk.states("dienst")["d"] is ItemState.ABSTRACT  # a page about it, not the article


def test_robots_are_asked_wherever_a_file_lies(harvest_desk: HarvestDesk) -> None:
    harvest_desk.sources = [source(), source("lijst", SourceKind.PAGE), source("dienst", SourceKind.OAI)]
    for one in harvest_desk.sources:
        _offer(harvest_desk, found(one.id, f"{ROOT}/{one.id}.pdf"), source_id=one.id)
    harvest_desk.harvest()
    asked = {url: options["robots"] for url, options in harvest_desk.shelf.options.items()}
    assert asked == {f"{ROOT}/bureau.pdf": True, f"{ROOT}/lijst.pdf": True, f"{ROOT}/dienst.pdf": True}


# ---------------------------------------------------------------- doubles


def test_the_same_publication_of_two_sources_is_fetched_once(harvest_desk: HarvestDesk) -> None:
    harvest_desk.sources, harvest_desk.step = [source(), source("other")], timedelta(seconds=1)
    harvest_desk.shelf.files = {f"{ROOT}/{n}.pdf": pdf(n) for n in "abc"}
    _offer(harvest_desk, found("a", f"{ROOT}/a.pdf", doi="10.5555/A"))
    title = harvest_desk.offers.pages["bureau"][0][0].title  # type: ignore[union-attr]
    _offer(harvest_desk, found("b", f"{ROOT}/b.pdf", title=title.upper()), source_id="other")
    _offer(harvest_desk, found("c", f"{ROOT}/c.pdf", title="Algoritmen elders", doi="10.5555/a"), source_id="other")
    tallies = harvest_desk.harvest()
    assert harvest_desk.shelf.asked == [f"{ROOT}/a.pdf"] and tallies["other"].n_doubles == 2
    for key in "bc":
        double = harvest_desk.item(key, "other")
        assert (double.state, double.same_as) == (ItemState.DOUBLE, harvest_desk.item("a").id)
        assert double.reason is not None
        assert all("bureau" in text(double.reason.key, language, **double.reason.values) for language in LANGUAGES)


def test_a_double_with_a_file_takes_over_where_there_is_none(harvest_desk: HarvestDesk) -> None:
    harvest_desk.sources, harvest_desk.step = [source(), source("other")], timedelta(seconds=1)
    harvest_desk.shelf.files[f"{ROOT}/b.pdf"] = pdf("b")
    _offer(harvest_desk, found("a", f"{ROOT}/weg.pdf", title="Algoritmen op de werkvloer van nu"))
    _offer(harvest_desk, found("b", f"{ROOT}/b.pdf", title="Algoritmen op de werkvloer van nu"), source_id="other")
    harvest_desk.harvest()
    assert harvest_desk.states() == {"a": ItemState.GIVEN_UP}
    assert harvest_desk.states("other") == {"b": ItemState.FETCHED}


def test_the_same_content_is_kept_once_wherever_it_came_from(harvest_desk: HarvestDesk) -> None:
    harvest_desk.sources = [source(), source("other")]
    (harvest_desk.settings.raw_dir / "by-hand.pdf").write_bytes(pdf("hand"))
    harvest_desk.shelf.files = {
        f"{ROOT}/1.pdf": pdf("same"),
        f"{ROOT}/2.pdf": pdf("same"),
        f"{ROOT}/3.pdf": pdf("hand"),
    }
    _offer(harvest_desk, found("a", f"{ROOT}/1.pdf"))
    _offer(harvest_desk, found("b", f"{ROOT}/2.pdf"), found("c", f"{ROOT}/3.pdf"), source_id="other")
    harvest_desk.harvest()
    b, c = harvest_desk.item("b", "other"), harvest_desk.item("c", "other")
    assert (b.state, b.same_as, c.state, c.same_as) == (
        ItemState.DOUBLE, harvest_desk.item("a").id, ItemState.DOUBLE, None,
    )  # fmt: skip
    assert c.reason is not None and "by-hand.pdf" in text(c.reason.key, "nl", **c.reason.values)
    assert set(harvest_desk.files()) == {"by-hand.pdf", "harvested/bureau/2025-werken-met-algoritmen-in-branche-a.pdf"}
    origins = harvest_desk.workspace.harvest.origins([file_checksum(pdf("same")), file_checksum(pdf("hand"))])
    assert [item.found.key for item in origins.values()] == ["a", "c"]


def _two_of_one(desk: HarvestDesk) -> None:
    """The same publication at two sources; the first cannot be fetched now."""
    desk.sources, desk.step = [source(), source("other")], timedelta(seconds=1)
    desk.shelf.files = {f"{ROOT}/a.pdf": _passing(), f"{ROOT}/b.pdf": pdf("b")}
    for key, source_id in (("a", "bureau"), ("b", "other")):
        _offer(desk, found(key, f"{ROOT}/{key}.pdf", doi="10.5555/a"), source_id=source_id)
    desk.harvest()
    assert (desk.states(), desk.states("other")) == ({"a": ItemState.FAILED}, {"b": ItemState.DOUBLE})


def test_what_waits_in_a_source_that_was_turned_off_keeps_nothing_from_coming(harvest_desk: HarvestDesk) -> None:
    _two_of_one(harvest_desk)
    harvest_desk.sources = [source("other")]
    harvest_desk.harvest()
    assert harvest_desk.states("other") == {"b": ItemState.FETCHED}
    harvest_desk.later(days=1)
    harvest_desk.sources = [source(), source("other")]
    harvest_desk.shelf.files[f"{ROOT}/a.pdf"] = pdf("b")
    harvest_desk.harvest()
    assert (harvest_desk.states(), len(harvest_desk.files())) == ({"a": ItemState.DOUBLE}, 1)


def test_what_one_source_takes_back_is_fetched_where_it_still_is(harvest_desk: HarvestDesk) -> None:
    _two_of_one(harvest_desk)
    _offer(harvest_desk, found("a", withdrawn=True))
    harvest_desk.harvest(by_hand=True)
    assert harvest_desk.states() == {"a": ItemState.GIVEN_UP}
    assert harvest_desk.states("other") == {"b": ItemState.FETCHED}


# ---------------------------------------------------------------- failures


def test_what_fails_is_tried_again_with_growing_pauses_and_given_up(harvest_desk: HarvestDesk) -> None:
    url = f"{ROOT}/a.pdf"
    harvest_desk.shelf.files[url] = _passing()
    _offer(harvest_desk, found("a", url))
    pauses: list[timedelta] = []
    for n in range(1, 6):
        harvest_desk.harvest()
        item = harvest_desk.item("a")
        assert (item.n_tries, len(harvest_desk.shelf.asked)) == (n, n)
        if n < 5:
            assert item.state is ItemState.FAILED and item.next_try is not None
            pauses.append(item.next_try - harvest_desk.moment)
            harvest_desk.harvest()
            assert len(harvest_desk.shelf.asked) == n  # not yet
            harvest_desk.moment = item.next_try
    assert harvest_desk.item("a").state is ItemState.GIVEN_UP
    assert pauses == sorted(pauses) and len(set(pauses)) == 4
    harvest_desk.later(days=30)
    harvest_desk.harvest()
    assert len(harvest_desk.shelf.asked) == 5
    harvest_desk.shelf.files[url] = pdf("a")
    harvest_desk.workspace.harvest.pull([harvest_desk.item("a").id], "anna")
    harvest_desk.harvest()
    assert harvest_desk.item("a").state is ItemState.FETCHED


def test_a_server_that_asks_for_patience_gets_it(harvest_desk: HarvestDesk) -> None:
    harvest_desk.shelf.files[f"{ROOT}/a.pdf"] = _passing(wait=200_000)
    _offer(harvest_desk, found("a", f"{ROOT}/a.pdf"))
    harvest_desk.harvest()
    assert harvest_desk.item("a").next_try == MOMENT + timedelta(seconds=200_000)


@pytest.mark.parametrize("trouble", [Trouble.GONE, Trouble.REFUSED, Trouble.UNFIT])
def test_what_will_not_change_is_tried_once(harvest_desk: HarvestDesk, trouble: Trouble) -> None:
    harvest_desk.shelf.files[f"{ROOT}/a.pdf"] = HarvestError("harvest_client.gone", trouble, host="x", status=404)
    harvest_desk.shelf.files[f"{ROOT}/b.pdf"] = pdf("b")
    _offer(harvest_desk, found("a", f"{ROOT}/a.pdf"), found("b", f"{ROOT}/a.pdf", f"{ROOT}/b.pdf"))
    harvest_desk.harvest()
    assert harvest_desk.states() == {"a": ItemState.GIVEN_UP, "b": ItemState.FETCHED}  # the next best address


def test_a_file_that_breaks_off_is_tried_once_more(harvest_desk: HarvestDesk) -> None:
    harvest_desk.shelf.files[f"{ROOT}/a.pdf"] = pdf("a")[:-20]
    harvest_desk.shelf.files[f"{ROOT}/b.pdf"] = pdf("b")[:-20]
    _offer(harvest_desk, found("a", f"{ROOT}/a.pdf"), found("b", f"{ROOT}/b.pdf"))
    harvest_desk.harvest()
    assert harvest_desk.states() == {"a": ItemState.FAILED, "b": ItemState.FAILED} and harvest_desk.files() == {}
    harvest_desk.shelf.files[f"{ROOT}/a.pdf"] = pdf("a")
    harvest_desk.later(days=1)
    harvest_desk.harvest()
    assert harvest_desk.states() == {"a": ItemState.FETCHED, "b": ItemState.GIVEN_UP}


def test_a_source_that_fails_keeps_what_it_gave_and_stops_no_other(harvest_desk: HarvestDesk) -> None:
    harvest_desk.sources = [source(), source("other")]
    _offer(harvest_desk, found("a", abstract="Algoritmen."))
    harvest_desk.offers.pages["bureau"].append(_passing())
    _offer(harvest_desk, found("b", abstract="Algoritmen elders."), source_id="other")
    tallies = harvest_desk.harvest()
    assert harvest_desk.states() == {"a": ItemState.ABSTRACT} and tallies["other"].n_abstracts == 1
    status = harvest_desk.workspace.harvest.status("bureau")
    assert (status.n_failures, status.last_success, status.bookmark.values) == (1, None, {"page": "1"})
    assert status.reason is not None and status.reason.key == "harvest_client.busy"
    assert status.next_try == MOMENT + timedelta(hours=1)
    assert harvest_desk.harvest()["bureau"].skipped and len(harvest_desk.offers.asked) == 3
    assert not harvest_desk.harvest(by_hand=True)["bureau"].skipped
    assert harvest_desk.workspace.harvest.status("bureau").n_failures == 2
    harvest_desk.offers.pages["bureau"].pop()
    harvest_desk.later(days=7)
    harvest_desk.harvest()
    status = harvest_desk.workspace.harvest.status("bureau")
    assert (status.n_failures, status.reason, status.next_try) == (0, None, None)
    assert status.last_success == harvest_desk.moment


def test_a_spent_budget_ends_a_source_until_tomorrow(harvest_desk: HarvestDesk) -> None:
    spent = HarvestError("harvest_client.busy", Trouble.SPENT, host="bureau.example", status=429)
    harvest_desk.shelf.files = {f"{ROOT}/a.pdf": pdf("a"), f"{ROOT}/b.pdf": spent, f"{ROOT}/c.pdf": pdf("c")}
    items = [found(key, f"{ROOT}/{key}.pdf") for key in "abc"]
    _offer(harvest_desk, *items)
    scores = dict(zip("abc", (0.9, 0.8, 0.7), strict=True))
    harvest_desk.judge = lambda some: [scores[item.key] for item in some]
    tally = harvest_desk.harvest()["bureau"]
    assert harvest_desk.shelf.asked == [f"{ROOT}/a.pdf", f"{ROOT}/b.pdf"] and tally.reason is not None
    waiting = harvest_desk.states()
    assert waiting == {"a": ItemState.FETCHED, "b": ItemState.WAITING, "c": ItemState.WAITING}
    harvest_desk.later(hours=12)
    assert harvest_desk.harvest()["bureau"].skipped
    harvest_desk.moment = tomorrow(MOMENT, 0.5)
    harvest_desk.shelf.files[f"{ROOT}/b.pdf"] = pdf("b")
    assert harvest_desk.harvest()["bureau"].n_fetched == 2
    assert sorted(harvest_desk.shelf.asked).count(f"{ROOT}/a.pdf") == 1


def test_pauses_grow_and_differ_by_chance() -> None:
    assert [pause_after(n, 0.5) for n in (1, 2, 3, 4, 9)] == [3600, 21600, 86400, 259200, 259200]
    assert pause_after(1, 0.0) < 3600 < pause_after(1, 1.0)
    assert tomorrow(MOMENT, 0.0).date() == date(2026, 3, 3)


# ---------------------------------------------------------------- sources that change


def test_a_source_that_was_changed_is_read_anew(harvest_desk: HarvestDesk) -> None:
    _offer(harvest_desk, found("a", abstract="Algoritmen."))
    harvest_desk.harvest()
    harvest_desk.sources = [source(name="Bureau voor Werk", most_items=9)]
    harvest_desk.harvest()
    harvest_desk.sources = [source(query="algoritmen")]
    assert harvest_desk.harvest()["bureau"].n_new == 0  # known items stay known
    assert [bookmark for _, bookmark in harvest_desk.offers.asked] == [{}, {"page": "1"}, {}]


def test_a_source_that_was_mended_is_asked_at_once(harvest_desk: HarvestDesk) -> None:
    harvest_desk.offers.pages["bureau"] = [_gone()]
    for _ in range(3):
        harvest_desk.harvest(by_hand=True)
    assert harvest_desk.harvest()["bureau"].skipped
    harvest_desk.sources = [source(address=f"{ROOT}/mended")]
    assert not harvest_desk.harvest()["bureau"].skipped
    status = harvest_desk.workspace.harvest.status("bureau")
    assert status.n_failures == 1


def test_a_source_that_moved_is_asked_where_it_is(harvest_desk: HarvestDesk) -> None:
    _offer(harvest_desk, found("a", abstract="Algoritmen."))
    harvest_desk.offers.moved_to = f"{ROOT}/new"
    harvest_desk.harvest()
    assert harvest_desk.workspace.harvest.status("bureau").moved_to == f"{ROOT}/new"
    harvest_desk.offers.moved_to = None
    _offer(harvest_desk, HarvestError("harvest_client.gone", Trouble.GONE, host="x", status=404))
    harvest_desk.offers.pages["bureau"] = [harvest_desk.offers.pages["bureau"][0], _gone()]
    harvest_desk.harvest()
    harvest_desk.harvest(by_hand=True)
    assert [address for address, _ in harvest_desk.offers.asked] == [f"{ROOT}/bureau", f"{ROOT}/new", f"{ROOT}/bureau"]


def _gone() -> HarvestError:
    return HarvestError("harvest_client.gone", Trouble.GONE, host="bureau.example", status=404)


# ---------------------------------------------------------------- broken off


_PLACES: dict[str, tuple[type, str]] = {
    **{name: (HarvestStore, name) for name in ("take", "update", "save_status", "look_alikes", "add_harvest")},
    "arrivals": (Arrivals, "take"),
}


@contextmanager
def _bomb(place: type, name: str, n: int, *, after: bool) -> Iterator[None]:
    """The process ends at the n-th call of something, before or after it did its work."""
    calls = itertools.count(1)
    real = getattr(place, name)

    def strike(*given: Any, **named: Any) -> Any:
        now = next(calls) == n
        if now and not after:
            raise Broken
        answer = real(*given, **named)
        if now:
            raise Broken
        return answer

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(place, name, strike)
        yield


def _round(desk: HarvestDesk) -> None:
    desk.harvest(by_hand=True)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    ("where", "n"),
    [
        ("take", 1),
        ("take", 3),
        ("save_status", 2),
        ("look_alikes", 1),
        ("add_harvest", 1),
        ("arrivals", 1),
        ("arrivals", 4),
        *(("update", n) for n in (1, 2, 3, 4, 5, 9)),
    ],
)
def test_broken_off_at_any_moment_nothing_is_lost_or_fetched_twice(
    harvest_desk: HarvestDesk, where: str, n: int, after: bool
) -> None:
    desk = harvest_desk
    keys = "abcd"
    desk.shelf.files = {f"{ROOT}/{key}.pdf": pdf(key) for key in keys[:3]}
    for key in keys[:3]:
        _offer(desk, found(key, f"{ROOT}/{key}.pdf"))
    _offer(desk, found("d", abstract="Algoritmen zonder bestand."))
    with _bomb(*_PLACES[where], n, after=after), pytest.raises(Broken):
        _round(desk)
    _round(desk)
    assert list(desk.states().values()) == [ItemState.FETCHED] * 3 + [ItemState.ABSTRACT]
    assert sorted(desk.files().values()) == sorted([*(pdf(key) for key in keys[:3]), _abstract_of(desk)])
    # Only bytes that had come and could not be put down before the end are asked for again.
    asked_twice = [url for url in desk.shelf.files if desk.shelf.asked.count(url) > 1]
    assert len(asked_twice) <= (where == "update" or (where == "arrivals" and not after))
    assert all(desk.item(key).fetch is not None for key in keys)
    desk.later(days=7)
    _round(desk)
    assert len(desk.files()) == 4


def _abstract_of(desk: HarvestDesk) -> bytes:
    file = desk.item("d").file
    assert file is not None
    return (desk.settings.workspace / file).read_bytes()


def test_offers_are_of_use_alone(harvest_desk: HarvestDesk) -> None:
    """The stand-in reader goes on where its bookmark says."""
    offers = Offers({"bureau": [[found("a")], [found("b")]]})
    pages = list(offers(source(), harvest_desk.workspace.harvest.status("x").bookmark, harvest_desk.shelf, None))  # type: ignore[arg-type]
    assert [page.bookmark.values["page"] for page in pages] == ["1", "2"]
