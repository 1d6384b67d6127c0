"""Every kind of source times every fault: nothing is lost, nothing is fetched twice, budgets are kept.

Counted where it counts: requests at the server, items in the store, files in ``data/raw``. ``docs/sources.md`` has the
table.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from harvest.fault_server import Asked, FaultServer, Given, Route, endless, hang_up, in_turn, redirect, short
from harvest_desk import HarvestDesk, local_client
from played_sources import DAILY, KINDS, Led, OpenAlex, Page, Played, readers_for, whole_query
from sqlalchemy import event

from pipelines.domain.sources import ItemState
from pipelines.harvest import crossref
from pipelines.settings import Settings
from pipelines.store import Workspace

_LOGIN = b"<html><body><form>Naam <input name=n> Wachtwoord <input type=password></form></body></html>"
_WHOLE = "KENNISSTAND_TEST_WHOLE" in os.environ
"""Each fault at both pages of each list; else at the first for one half of the kinds, at the second for the other."""
_NO_SYNC = "PRAGMA synchronous = OFF"
_TRIES = 4
"""Of the client, for one address in one harvest."""


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


@pytest.fixture
def played_desk(
    server: FaultServer, settings: Settings, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> Iterator[HarvestDesk]:
    monkeypatch.setattr(crossref, "_PER_PAGE", 2)
    # Nothing is killed here, and waiting for the disk would take longer than all else.
    monkeypatch.setattr(os, "fsync", lambda handle: None)
    if workspace.engine.dialect.name == "sqlite":
        workspace.engine.dispose()
        event.listen(workspace.engine, "connect", lambda connection, record: connection.execute(_NO_SYNC))
    with local_client() as client:
        yield HarvestDesk(settings, workspace, sources=[], fetch=Led(client, server.url("/zotero")))


def _harvest(desk: HarvestDesk) -> None:
    desk.readers = readers_for(desk.moment)
    desk.harvest()
    desk.later(days=9)


# ---------------------------------------------------------------- faults of lists


@dataclass
class _Strike:
    """Strikes the requests for a list from the n-th on, so many of them."""

    fault: Callable[[Asked, Route], Given]
    first: int
    times: int
    n_calls: int = 0
    n_struck: int = 0

    def __call__(self, asked: Asked, route: Route) -> Given:
        self.n_calls += 1
        if self.n_calls <= self.first or self.n_struck >= self.times:
            return route(asked)
        self.n_struck += 1
        return self.fault(asked, route)


def _refusal(status: int, **headers: str) -> Callable[[Asked, Route], Given]:
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda asked, route: Given(b"no", status, headers=told)


def _lost_on_the_way(asked: Asked, route: Route) -> Given:
    route(asked)  # the service has answered, and counts on it
    return hang_up(asked)


def _cut(asked: Asked, route: Route) -> Given:
    given = route(asked)
    assert isinstance(given.body, bytes)
    return short(given.body, media_type=given.media_type or "")(asked)


def _broken(asked: Asked, route: Route) -> Given:
    given = route(asked)
    assert isinstance(given.body, bytes)
    return Given(given.body[: len(given.body) * 6 // 10], given.status, given.media_type, given.headers)


def _moved(asked: Asked, route: Route) -> Given:
    return redirect(f"/moved{asked.path}?{whole_query(asked)}", 301)(asked)


_FOR_EVER = 1000
LIST_FAULTS: dict[str, tuple[Callable[[Asked, Route], Given], int]] = {
    "busy": (_refusal(429, Retry_After="1"), 2),
    "busy for an hour": (_refusal(429, Retry_After="3600"), 1),
    "error": (_refusal(500), 2),
    "down": (_refusal(503), _TRIES),
    "no answer": (_lost_on_the_way, 1),
    "broken off": (_cut, 1),
    "endless": (lambda asked, route: endless(asked), 1),
    "another page": (lambda asked, route: Given(_LOGIN, media_type="text/html"), 1),
    "broken XML or JSON": (_broken, 1),
    "moved": (_moved, _FOR_EVER),
    "gone": (_refusal(404), 1),
    "refused": (_refusal(403), 1),
}
_CANNOT_SHOW = {("broken XML or JSON", "page"), ("broken XML or JSON", "list")}
"""A web page or a table of which the end is missing looks like a shorter one."""


@pytest.mark.parametrize("fault", LIST_FAULTS)
def test_no_fault_of_a_list_loses_an_item_or_fetches_one_twice(
    fault: str, played_desk: HarvestDesk, server: FaultServer
) -> None:
    strike, times = LIST_FAULTS[fault]
    played: list[Played] = []
    strikes: list[_Strike] = []
    for which, made in enumerate(KINDS):
        for n, first in enumerate((0, made.second)):
            turn = _WHOLE or made.second is None or (which + list(LIST_FAULTS).index(fault)) % 2 == n
            if first is not None and turn and (fault, made.label) not in _CANNOT_SHOW:
                strikes.append(_Strike(strike, first, times))
                played.append(made(server, f"{made.label}-{n:02}", strike=strikes[-1]))
    for one in played:
        server.route(f"/moved{one.list_path}", one.answer)
    played_desk.sources = [one.source() for one in played]
    # A service that says that its day is over is not asked for its other source that day either.
    for _ in range(3 if fault == "busy for an hour" else 2):
        before = {one.name: one.n_asked for one in played}
        _harvest(played_desk)
        _ledger_is_right(played_desk, played, before)
    assert fault == "moved" or [one.n_struck for one in strikes] == [times] * len(played)
    _all_is_there_once(played_desk, server, played)
    server.forget()
    _harvest(played_desk)
    asked = Counter(one.path for one in server.asked())
    assert not [path for path in asked if "/files/" in path or "/p/" in path or path.endswith("/file")]
    assert max(asked.values()) <= 3, asked  # the list is asked what is new, and no more
    assert len(played_desk.files()) == sum(one.n_items for one in played)


def _ledger_is_right(desk: HarvestDesk, played: list[Played], before: dict[str, int]) -> None:
    """What OpenAlex was asked on a day is what its server saw; or the whole day where it said that the day is over."""
    asked = {one.name: one.n_asked - before[one.name] for one in played if isinstance(one, OpenAlex)}
    bookmarks = {name: desk.workspace.harvest.status(name).bookmark.values for name in asked}
    days = {name: values["day"] for name, values in bookmarks.items() if asked[name]}
    counted = sum(int(bookmarks[name]["asked"]) for name, day in days.items() if day == max(days.values()))
    assert counted in {sum(asked.values()), DAILY}


def _all_is_there_once(desk: HarvestDesk, server: FaultServer, played: list[Played]) -> None:
    kept = Counter(desk.files().values())
    for one in played:
        states = desk.states(one.name)
        assert set(states.values()) == {ItemState.FETCHED} and len(states) == one.n_items, (one.name, states)
        assert [kept[one.content(n)] for n in range(one.n_items)] == [1] * one.n_items
        assert [server.count(one.file_path(n)) for n in range(one.n_items)] == [1] * one.n_items
        if isinstance(one, Page):
            assert [server.count(f"/{one.name}/p/{n}") for n in range(one.n_items)] == [1] * one.n_items


# ---------------------------------------------------------------- faults of files


@dataclass(frozen=True)
class _FileFault:
    """What becomes of a file, and how often it is asked in all."""

    route: Callable[[Given, str], Route]
    n_asked: int
    comes: bool = False


def _first(*faults: Route | Given) -> Callable[[Given, str], Route]:
    return lambda good, elsewhere: in_turn(*faults, good)


def _always(fault: Route | Given) -> Callable[[Given, str], Route]:
    return lambda good, elsewhere: in_turn(fault)


def _truncated(good: Given) -> Given:
    assert isinstance(good.body, bytes)
    return Given(good.body[:-12], media_type="application/pdf")


_PDF = "application/pdf"
FILE_FAULTS: dict[str, _FileFault] = {
    "none": _FileFault(_first(), 1, comes=True),
    "busy": _FileFault(_first(*[Given(b"", 429, headers={"Retry-After": "1"})] * 2), 3, comes=True),
    "error": _FileFault(_first(*[Given(b"", 500)] * 2), 3, comes=True),
    "down": _FileFault(_first(*[Given(b"", 503)] * _TRIES), _TRIES + 1, comes=True),
    "no answer": _FileFault(_first(hang_up), 2, comes=True),
    "broken off": _FileFault(_first(short(b"%PDF-1.4 half")), 2, comes=True),
    "truncated once": _FileFault(lambda good, _: in_turn(_truncated(good), good), 2, comes=True),
    "truncated": _FileFault(lambda good, _: in_turn(_truncated(good)), 2),
    "endless": _FileFault(_always(endless), 1),
    "another page": _FileFault(_always(Given(_LOGIN, media_type=_PDF)), 1),
    "empty": _FileFault(_always(Given(b"", media_type=_PDF)), 1),
    "moved": _FileFault(lambda good, elsewhere: redirect(elsewhere, 301), 1, comes=True),
    "going round": _FileFault(lambda good, elsewhere: lambda asked: redirect(asked.path)(asked), 6),
    "own network": _FileFault(_always(redirect("http://10.0.0.1/x.pdf")), 1),
    "gone": _FileFault(_always(Given(b"", 404)), 1),
    "refused": _FileFault(_always(Given(b"", 403)), 1),
}


def test_no_fault_of_a_file_loses_an_item_or_fetches_one_twice(played_desk: HarvestDesk, server: FaultServer) -> None:
    faults = list(FILE_FAULTS.values())
    played = [made(server, f"{made.label}-{n:02}", n_items=len(faults)) for n, made in enumerate(KINDS)]
    for one in played:
        for n, fault in enumerate(faults):
            elsewhere = f"/elsewhere{one.file_path(n)}"
            good = Given(one.content(n), media_type=_PDF)
            server.route(elsewhere, good)
            server.route(one.file_path(n), fault.route(good, server.url(elsewhere)))
    played_desk.sources = [one.source() for one in played]
    for _ in range(3):
        _harvest(played_desk)
    kept = Counter(played_desk.files().values())
    assert set(kept.values()) == {1}
    for one in played:
        states = Counter(played_desk.states(one.name).values())
        n_come = sum(fault.comes for fault in faults)
        assert states == {ItemState.FETCHED: n_come, ItemState.ABSTRACT: len(faults) - n_come}, one.name
        assert [kept[one.content(n)] for n in range(len(faults))] == [fault.comes for fault in faults], one.name
        counts = {name: server.count(one.file_path(n)) for n, name in enumerate(FILE_FAULTS)}
        assert counts == {name: fault.n_asked for name, fault in FILE_FAULTS.items()}, one.name
    assert len(kept) == sum(one.n_items for one in played)  # a file or an abstract of each
