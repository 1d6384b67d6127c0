"""Items of sources: taken in page by page, changed, counted and listed; both databases alike."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from pipelines.domain.documents import Reason
from pipelines.domain.ids import file_checksum
from pipelines.domain.sources import (
    Bookmark,
    Fetch,
    FoundItem,
    Harvest,
    HarvestItem,
    ItemState,
    SourceStatus,
    item_id,
)
from pipelines.errors import StoreError
from pipelines.store import Workspace
from pipelines.store.arrivals import Arrivals, Fate
from pipelines.store.harvest import Taken
from pipelines.store.harvest_lists import ItemFilter, ItemOrder

_MOMENT = datetime(2026, 3, 2, 5, 30)
_LATER = _MOMENT + timedelta(days=7)
_NOTHING = Bookmark()


def _found(key: str, **values: object) -> FoundItem:
    return FoundItem.model_validate({"key": key, "title": f"Titel {key}", **values})


def _take(workspace: Workspace, *found: FoundItem, source: str = "bureau", cursor: str = "1") -> Taken:
    return workspace.harvest.take(source, found, Bookmark(values={"cursor": cursor}), _MOMENT)


def _item(workspace: Workspace, key: str, source: str = "bureau") -> HarvestItem:
    item = workspace.harvest.get(item_id(source, key))
    assert item is not None
    return item


def _set(workspace: Workspace, key: str, **values: object) -> HarvestItem:
    item = _item(workspace, key).model_copy(update=values)
    workspace.harvest.update(item)
    return item


def _fetch(checksum: str) -> Fetch:
    return Fetch(
        asked="https://bureau.example/a", url="https://bureau.example/a.pdf", moment=_MOMENT, checksum=checksum * 64,
        n_bytes=9, media_type="application/pdf",
    )  # fmt: skip


def test_a_page_is_stored_with_its_bookmark_and_known_items_once(workspace: Workspace) -> None:
    assert workspace.harvest.status("bureau") == SourceStatus(source_id="bureau")
    workspace.harvest.save_status(SourceStatus(source_id="bureau", fingerprint="f", last_tried=_MOMENT))
    assert _take(workspace, _found("a"), _found("b"), _found("a")) == Taken(2, 2, 0, 0)
    assert _take(workspace, _found("b"), _found("c"), cursor="2") == Taken(2, 1, 0, 0)
    status = workspace.harvest.status("bureau")
    assert (status.fingerprint, status.last_tried, status.bookmark.values) == ("f", _MOMENT, {"cursor": "2"})
    assert _take(workspace, _found("a"), source="other").n_new == 1  # every source has its own keys
    assert set(workspace.harvest.statuses()) == {"bureau", "other"}
    waiting = workspace.harvest.waiting("bureau", _MOMENT)
    assert sorted(item.found.key for item in waiting) == ["a", "b", "c"]
    assert all(item.state is ItemState.WAITING and item.first_seen == _MOMENT for item in waiting)


def test_a_page_is_stored_wholly_or_not_at_all(workspace: Workspace) -> None:
    _take(workspace, _found("a"))

    def refuse(_c: object, _cursor: object, statement: str, *_: object) -> None:
        if "source_statuses" in statement and statement.startswith("INSERT"):
            raise KeyboardInterrupt

    event.listen(workspace.engine, "before_cursor_execute", refuse)
    with pytest.raises(KeyboardInterrupt):
        _take(workspace, _found("b"), cursor="2")
    event.remove(workspace.engine, "before_cursor_execute", refuse)
    assert workspace.harvest.get(item_id("bureau", "b")) is None
    assert workspace.harvest.status("bureau").bookmark.values == {"cursor": "1"}
    assert _take(workspace, _found("b"), cursor="2").n_new == 1


def test_another_title_counts_while_it_is_of_use(workspace: Workspace) -> None:
    _take(workspace, *map(_found, "abcd"))
    _set(workspace, "a", relevance=0.4)
    _set(workspace, "b", state=ItemState.LEFT_OUT, relevance=0.1, reason=Reason(key="r"))
    _set(workspace, "c", state=ItemState.FETCHED, relevance=0.9, file="data/raw/c.pdf")
    told = [_found(key, abstract="Nu met samenvatting.") for key in "abc"]
    assert _take(workspace, *told, _found("d")).n_changed == 2
    for key in "ab":  # judged anew by what is told now
        item = _item(workspace, key)
        assert (item.state, item.relevance, item.reason) == (ItemState.WAITING, None, None)
        assert item.found.abstract == "Nu met samenvatting."
    assert (_item(workspace, "c").found.abstract, _item(workspace, "c").relevance) == ("", 0.9)


def test_other_addresses_give_another_chance(workspace: Workspace) -> None:
    _take(workspace, *(_found(key, file_urls=("https://bureau.example/1",)) for key in "abcd"))
    states = {"a": ItemState.FAILED, "b": ItemState.GIVEN_UP, "c": ItemState.NOTHING, "d": ItemState.ABSTRACT}
    for key, state in states.items():
        _set(workspace, key, state=state, n_tries=3, next_try=_LATER, reason=Reason(key="r"))
    _take(workspace, *(_found(key, file_urls=("https://bureau.example/1",)) for key in "abcd"))
    assert {key: _item(workspace, key).state for key in "abcd"} == states
    _take(workspace, *(_found(key, file_urls=("https://bureau.example/2",)) for key in "abcd"))
    for key in "abc":
        item = _item(workspace, key)
        assert (item.state, item.n_tries, item.next_try) == (ItemState.WAITING, 0, None)
    assert _item(workspace, "d").state is ItemState.ABSTRACT


def test_what_is_withdrawn_is_marked_and_comes_back(workspace: Workspace) -> None:
    _take(workspace, *map(_found, "ab"))
    _set(workspace, "b", state=ItemState.FETCHED, file="data/raw/b.pdf")
    gone = [FoundItem(key=key, title="", withdrawn=True) for key in "abc"]
    assert _take(workspace, *gone) == Taken(3, 0, 2, 2)
    assert _take(workspace, *gone) == Taken(3, 0, 0, 0)
    assert workspace.harvest.get(item_id("bureau", "c")) is None
    a, b = _item(workspace, "a"), _item(workspace, "b")
    assert (a.state, a.found.title, a.found.withdrawn) == (ItemState.GIVEN_UP, "Titel a", True)
    assert (b.state, b.file, b.found.withdrawn) == (ItemState.FETCHED, "data/raw/b.pdf", True)
    _take(workspace, *map(_found, "ab"))
    assert _item(workspace, "a").state is ItemState.WAITING
    assert not _item(workspace, "b").found.withdrawn and _item(workspace, "b").state is ItemState.FETCHED


def test_failed_items_wait_for_their_time(workspace: Workspace) -> None:
    _take(workspace, *map(_found, "abc"))
    _set(workspace, "a", state=ItemState.FAILED, next_try=_LATER)
    _set(workspace, "b", state=ItemState.GIVEN_UP)
    assert [i.found.key for i in workspace.harvest.waiting("bureau", _MOMENT)] == ["c"]
    assert sorted(i.found.key for i in workspace.harvest.waiting("bureau", _LATER)) == ["a", "c"]


def test_people_pull_in_what_was_left_out(workspace: Workspace) -> None:
    _take(workspace, *map(_found, "abcd"))
    _set(workspace, "a", state=ItemState.LEFT_OUT, relevance=0.1, reason=Reason(key="r"))
    _set(workspace, "b", state=ItemState.GIVEN_UP, n_tries=5, reason=Reason(key="r"))
    _set(workspace, "c", state=ItemState.FETCHED, file="data/raw/c.pdf")
    before = _item(workspace, "d")
    ids = [item_id("bureau", key) for key in "abcd"]
    assert {item.found.key for item in workspace.harvest.pull(ids, "anna")} == {"a", "b", "d"}
    assert workspace.harvest.pull(ids, "bram") == []
    a = _item(workspace, "a")
    assert (a.state, a.asked_by, a.relevance, a.reason) == (ItemState.WAITING, "anna", 0.1, None)
    workspace.harvest.update(before.model_copy(update={"relevance": 0.2}))  # by a harvest that had read it before
    assert (_item(workspace, "d").asked_by, _item(workspace, "d").relevance) == ("anna", 0.2)
    for state in (ItemState.LEFT_OUT, ItemState.DOUBLE):  # what a harvest that had read it before thought of it
        workspace.harvest.update(before.model_copy(update={"state": state}))
        assert _item(workspace, "d").state is ItemState.WAITING
    workspace.harvest.update(before.model_copy(update={"state": ItemState.GIVEN_UP}))
    assert _item(workspace, "d").state is ItemState.GIVEN_UP


def test_the_same_publication_is_found_by_doi_and_by_title(workspace: Workspace) -> None:
    _take(workspace, _found("a", title="AI & werk: een <i>verkenning</i>", doi="10.1234/AB"), _found("b"))
    _take(workspace, _found("c", title="Ai & Werk – een verkenning."), source="other")
    _take(workspace, _found("d", title="Iets anders", doi="https://doi.org/10.1234/ab"), source="other")
    found = workspace.harvest.look_alikes([_item(workspace, "a")])
    assert {item.found.key for item in found} == {"a", "c", "d"}
    workspace.harvest.update(_item(workspace, "d", "other").model_copy(update={"same_as": item_id("bureau", "b")}))
    assert {i.found.key for i in workspace.harvest.look_alikes([_item(workspace, "a")])} == {"a", "b", "c", "d"}
    assert workspace.harvest.look_alikes([]) == []


def test_files_know_where_they_came_from(workspace: Workspace) -> None:
    _take(workspace, *map(_found, "abc"))
    _set(workspace, "a", state=ItemState.DOUBLE, fetch=_fetch("1"), same_as=item_id("bureau", "b"))
    _set(workspace, "b", state=ItemState.FETCHED, fetch=_fetch("1"), file="data/raw/b.pdf")
    origins = workspace.harvest.origins([*(f"{n:064x}" for n in range(1_000)), "1" * 64, "2" * 64])
    assert {checksum: item.found.key for checksum, item in origins.items()} == {"1" * 64: "b"}


def test_counts_and_lists(workspace: Workspace) -> None:
    _take(workspace, _found("a", title="Werk en algoritmen"), _found("b", title="Arbeid", publisher="Bureau 100%"))
    _take(workspace, _found("c", title="Algoritmen", authors=("Müller, Anna",)), source="other")
    _set(workspace, "a", state=ItemState.LEFT_OUT, relevance=0.1)
    _set(workspace, "b", relevance=0.3)
    harvest = workspace.harvest
    assert harvest.counts() == {
        "bureau": {ItemState.LEFT_OUT: 1, ItemState.WAITING: 1},
        "other": {ItemState.WAITING: 1},
    }

    def keys(order: ItemOrder = ItemOrder.TITLE, **chosen: object) -> list[str]:
        narrowed = ItemFilter(**chosen)  # type: ignore[arg-type]
        assert harvest.count(narrowed) == len(harvest.page(narrowed, 100))
        return [item.found.key for item in harvest.page(narrowed, 100, order=order)]

    assert keys() == ["c", "b", "a"] and keys(ItemOrder.RELEVANT) == ["b", "a", "c"]
    assert keys(words="ALGORITMEN") == ["c", "a"] and keys(words="werk algo") == ["a"] and keys(words="100%") == ["b"]
    assert keys(words="müller") == keys(words="MULLER") == keys(words="Mu\u0308ller") == ["c"] and keys(words="_") == []
    assert keys(source="bureau", state=ItemState.WAITING) == ["b"]
    assert [i.found.key for i in harvest.page(ItemFilter(), 1, 1, ItemOrder.TITLE)] == ["b"]


def test_thousands_are_paged_without_reading_all(workspace: Workspace) -> None:
    for n in range(4):
        _take(workspace, *(_found(f"{n}-{i}") for i in range(500)), cursor=str(n))
    assert workspace.harvest.counts() == {"bureau": {ItemState.WAITING: 2000}}
    seen = [i.id for start in range(0, 2000, 500) for i in workspace.harvest.page(ItemFilter(), 500, start)]
    assert len(set(seen)) == 2000


def test_harvests_are_told_latest_first(workspace: Workspace) -> None:
    for n, source in enumerate(("bureau", "other", "bureau")):
        moment = _MOMENT + timedelta(days=n)
        workspace.harvest.add_harvest(Harvest(source_id=source, started=moment, finished=moment, n_new=n))
    assert [h.n_new for h in workspace.harvest.harvests()] == [2, 1, 0]
    assert [h.n_new for h in workspace.harvest.harvests("bureau", 1)] == [2]


def test_text_that_databases_refuse_is_replaced_and_found(workspace: Workspace) -> None:
    _take(workspace, _found("a\x00", title="Titel\x00 \ud83d", authors=("A\x00",)))
    (item,) = workspace.harvest.page(ItemFilter(words="titel"), 9)
    assert item.found.title == "Titel\ufffd \ufffd" and item.found.authors == ("A\ufffd",)
    assert _take(workspace, _found("a\x00", title="Titel\x00 \ud83d", authors=("A\x00",))).n_new == 0


def test_one_harvest_at_a_time(workspace: Workspace) -> None:
    with workspace.harvesting(), pytest.raises(StoreError, match="harvest_busy"), workspace.harvesting():
        pass
    with workspace.harvesting(), workspace.scanning():  # they do not stand in each other's way
        pass


def test_files_of_sources_lie_in_their_own_folder(tmp_path: Path) -> None:
    (tmp_path / "hand.pdf").write_bytes(b"by hand")
    arrivals = Arrivals(tmp_path, 100, lambda _id: False)
    stored = arrivals.take("Rapport.pdf", io.BytesIO(b"one"), "harvested/bureau")
    assert (stored.fate, stored.kept_as) == (Fate.STORED, "harvested/bureau/Rapport.pdf")
    assert arrivals.take("rapport.pdf", io.BytesIO(b"two"), "harvested/bureau").kept_as == (
        "harvested/bureau/rapport (2).pdf"
    )
    again = Arrivals(tmp_path, 100, lambda _id: False)
    for known, name in ((b"one", "harvested/bureau/Rapport.pdf"), (b"by hand", "hand.pdf")):
        taken = again.take("x.pdf", io.BytesIO(known), "harvested/other")
        assert (taken.fate, taken.kept_as) == (Fate.LIES_READY, name)
        assert again.find(len(known), file_checksum(known)) == name
    assert again.find(3, file_checksum(b"six")) is None
    (tmp_path / "hand.pdf").unlink()
    assert again.find(7, file_checksum(b"by hand")) is None
