"""How much of what is costly one account may ask in a while."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from people_pages import PASSWORD, use_quick_hashes

from pipelines.domain.accounts import AccountRole
from pipelines.review_app import pace as pace_module
from pipelines.review_app.access import AccessRules, route_access
from pipelines.review_app.app import create_app
from pipelines.review_app.pace import STORES, Costly, Pace, Store
from pipelines.review_app.passwords import hash_password
from pipelines.settings import Settings
from pipelines.store.accounts import COMMAND, Secret

_ORIGIN = "http://localhost"
_FASTEST_PASSAGES = 9
"""A second: more than anybody looks at."""


class Seconds:
    """A clock that stands still until told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    with pytest.MonkeyPatch.context() as patch:
        use_quick_hashes(patch)
        made = create_app(Settings(workspace=tmp_path_factory.mktemp("pace")), AccessRules())
        for name in ("an", "bo"):
            secret = Secret(hash_password(PASSWORD))
            made.state.workspace.accounts.create(name, name, AccountRole.ADMIN, secret, actor=COMMAND)
        yield made
        made.state.desk.close()
        made.state.workspace.close()


def _signed_in(app: FastAPI, name: str) -> TestClient:
    browser = TestClient(app, base_url=_ORIGIN, headers={"Origin": _ORIGIN}, follow_redirects=False)
    assert browser.post("/sign-in", data={"name": name, "password": PASSWORD}).status_code == 303
    return browser


def test_a_store_empties_and_fills_again() -> None:
    clock = Seconds()
    pace, store = Pace(clock), STORES[Costly.MODEL]
    assert [pace.take("an", Costly.MODEL) for _ in range(store.most)] == [None] * store.most
    assert pace.take("an", Costly.MODEL) == 2 and pace.take("bo", Costly.MODEL) is None
    assert pace.take("an", Costly.SEARCH) is None
    clock.now += 2
    assert pace.take("an", Costly.MODEL) is None and pace.take("an", Costly.MODEL) == 2
    clock.now += 1e6
    assert [pace.take("an", Costly.MODEL) for _ in range(store.most + 1)] == [None] * store.most + [2]


def test_it_remembers_a_bounded_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace_module, "_MOST_STORES", 50)
    clock = Seconds()
    pace = Pace(clock)
    for number in range(500):
        assert pace.take(f"mens{number}", Costly.SEARCH) is None
        assert len(pace._left) <= 50
        clock.now += 0.01


def test_somebody_who_works_fast_never_sees_the_bottom() -> None:
    """An hour of pictures and searches as fast as a person with a keyboard can ask for them."""
    clock = Seconds()
    pace = Pace(clock)
    for second in range(3600):
        asked = [Costly.PICTURE] * _FASTEST_PASSAGES + [Costly.SEARCH, Costly.SEARCH]
        asked += [Costly.FILE] * (second % 2) + [Costly.UPLOAD] * (second % 3 == 0) + [Costly.JOB] * (second % 10 == 0)
        asked += [Costly.PASSWORD] * (second % 20 == 0)
        assert {pace.take("an", kind) for kind in asked} == {None}
        clock.now += 1


def test_who_asks_without_end_is_told_to_wait_and_nobody_else(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.state, "pace", Pace(Seconds()))
    monkeypatch.setattr(pace_module, "STORES", {**STORES, Costly.PICTURE: Store(4, 0.4)})
    picture = "/documents/x/pages/1"
    an, bo = _signed_in(app, "an"), _signed_in(app, "bo")
    assert [an.get(picture).status_code for _ in range(4)] == [404] * 4
    refused = an.get(picture)
    assert refused.status_code == 429 and refused.headers["retry-after"] == "3" and "wacht even" in refused.text
    again = _signed_in(app, "an")  # another session is no other person
    assert again.get(picture).status_code == 429
    assert bo.get(picture).status_code == 404 and an.get("/").status_code == 200


def test_every_route_that_costs_much_says_so(app: FastAPI) -> None:
    costs = {(route.path, method): route.costs for route in route_access(app) for method in route.methods}
    assert {kind for kind in costs.values() if kind} == set(Costly)
    for path, method, kind in (
        ("/search", "GET", Costly.SEARCH),
        ("/reports", "POST", Costly.JOB),
        ("/scans", "POST", Costly.JOB),
        ("/documents/upload", "POST", Costly.UPLOAD),
        ("/documents/{document_id}/pages/{page}", "GET", Costly.PICTURE),
        ("/topics/split", "GET", Costly.MODEL),
        ("/dossiers/{dossier_id}", "GET", Costly.MODEL),
        ("/account/password", "POST", Costly.PASSWORD),
    ):
        assert costs[path, method] is kind, path
