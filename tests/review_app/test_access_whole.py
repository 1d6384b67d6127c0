"""The whole page, route by route, as the program makes it: roles, forged requests, headers. New routes join in."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from people_pages import PASSWORD, use_quick_hashes
from sqlalchemy import func, select
from starlette.testclient import TestClient

from pipelines.domain.accounts import AccountRole
from pipelines.review_app.access import AccessRules, RouteAccess, route_access
from pipelines.review_app.app import create_app
from pipelines.review_app.passwords import hash_password
from pipelines.review_app.security_headers import CONTENT_SECURITY_POLICY, HEADERS
from pipelines.settings import Settings
from pipelines.store.accounts import COMMAND, Secret
from pipelines.store.inbox import InboxFilter
from pipelines.store.schema import metadata

_ORIGIN = "http://localhost:8765"
_FOR_EVERYBODY = {"/static/{name}", "/health", "/language", "/sign-in", "/sign-out", "/first-use"}
_LEAST = {
    AccountRole.REVIEWER: (
        "/passages/{passage_id}/decide",
        "/documents/upload",
        "/scans",
        "/reports",
        "/sources/harvest",
        "/harvested/pull",
    ),
    AccountRole.EDITOR: ("/sources/{source_id}/switch", "/schedules/{duty}/switch"),
    AccountRole.ADMIN: ("/people", "/people/{name}/role", "/people/{name}/close", "/people/{name}/one-time-password"),
}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    with pytest.MonkeyPatch.context() as patch:
        use_quick_hashes(patch)
        made = create_app(Settings(workspace=tmp_path_factory.mktemp("whole")), AccessRules())
        secret = Secret(hash_password(PASSWORD))
        for role in AccountRole:
            made.state.workspace.accounts.create(role.value, role.value, role, secret, actor=COMMAND)
        yield made
        made.state.desk.close()
        made.state.workspace.close()


@pytest.fixture(scope="module")
def browsers(app: FastAPI) -> dict[AccountRole, TestClient]:
    signed_in = {}
    for role in AccountRole:
        signed_in[role] = _browser(app)
        answer = signed_in[role].post("/sign-in", data={"name": role.value, "password": PASSWORD})
        assert answer.status_code == 303
    return signed_in


def _browser(app: FastAPI) -> TestClient:
    return TestClient(
        app,
        base_url=_ORIGIN,
        headers={"Origin": _ORIGIN},
        client=("127.0.0.1", 50_000),
        follow_redirects=False,
        raise_server_exceptions=False,
    )


def _filled(route: RouteAccess) -> str:
    return re.sub(r"\{[^}]*\}", "1", route.path)


def _cases(app: FastAPI) -> list[tuple[RouteAccess, str]]:
    cases = [(route, method) for route in route_access(app) for method in sorted(route.methods - {"HEAD"})]
    assert len(cases) > 40
    return cases


def _rows(app: FastAPI) -> dict[str, int]:
    with app.state.workspace.engine.connect() as connection:
        tables = metadata.sorted_tables
        return {t.name: connection.execute(select(func.count()).select_from(t)).scalar_one() for t in tables}


def test_only_these_routes_are_for_everybody(app: FastAPI) -> None:
    assert {route.path for route in route_access(app) if route.role is None} == _FOR_EVERYBODY


def test_what_changes_something_asks_for_the_role_that_may(app: FastAPI) -> None:
    asked = {(route.path, method): route.role for route, method in _cases(app)}
    for role, paths in _LEAST.items():
        for path in paths:
            assert asked[path, "POST"] is role, path
    own = {"/account", "/account/password"} | _FOR_EVERYBODY
    own |= {"/account/sign-out-everywhere", "/account/sign-out-chosen"}
    for (path, method), role in asked.items():
        assert method in {"GET", "POST"}
        assert method == "GET" or path in own or (role is not None and role.may(AccountRole.REVIEWER)), path


def test_nobody_gets_in_without_a_session(app: FastAPI) -> None:
    before = _rows(app)
    for route, method in _cases(app):
        if route.role is None:
            continue
        answer = _browser(app).request(method, _filled(route))
        if method == "GET":
            assert answer.status_code == 303 and answer.headers["location"].startswith("/sign-in"), route.path
        else:
            assert answer.status_code == 401, route.path
    assert _rows(app) == before


def test_a_lower_role_gets_in_nowhere(app: FastAPI, browsers: dict[AccountRole, TestClient]) -> None:
    before, refused = _rows(app), 0
    for route, method in _cases(app):
        for role, browser in browsers.items():
            if route.role is not None and not role.may(route.role):
                assert browser.request(method, _filled(route)).status_code == 403, (role, method, route.path)
                refused += 1
    assert refused > 20 and _rows(app) == before


def test_who_may_look_gets_in(app: FastAPI, browsers: dict[AccountRole, TestClient]) -> None:
    for route, method in _cases(app):
        for role, browser in browsers.items():
            if method == "GET" and route.role is not None and role.may(route.role):
                answer = browser.get(_filled(route))
                assert answer.status_code in {200, 303, 404, 409, 422}, (role, route.path, answer.status_code)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elders.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "", "Referer": "https://elders.example/"},
    ],
)
def test_no_route_changes_anything_for_a_page_of_somebody_else(
    app: FastAPI, browsers: dict[AccountRole, TestClient], headers: dict[str, str]
) -> None:
    before = _rows(app)
    for route, method in _cases(app):
        if method != "GET":
            answer = browsers[AccountRole.ADMIN].request(method, _filled(route), headers=headers)
            assert answer.status_code == 403 and "Geweigerd" in answer.text, route.path
    assert _rows(app) == before


def test_looking_changes_nothing(app: FastAPI, browsers: dict[AccountRole, TestClient]) -> None:
    before = _rows(app)
    for route, method in _cases(app):
        if method == "GET":
            browsers[AccountRole.ADMIN].get(_filled(route))
    assert _rows(app) == before


def test_every_answer_carries_the_headers(app: FastAPI, browsers: dict[AccountRole, TestClient]) -> None:
    paths = [_filled(route) for route, method in _cases(app) if method == "GET"]
    for path in (*paths, "/static/style.css", "/static/page.js", "/static/icon.svg", "/no/such/page"):
        for browser in (_browser(app), browsers[AccountRole.ADMIN]):
            answer = browser.get(path)
            assert CONTENT_SECURITY_POLICY in answer.headers.get_list("content-security-policy"), path
            assert all(answer.headers.get_list(name) == [value] for name, value in HEADERS.items()), path
            kept = answer.headers["cache-control"]
            assert "no-store" in kept or kept.startswith("private"), (path, kept)
            kind = answer.headers.get("content-type", "")
            assert "charset=utf-8" in kind or not (kind.startswith("text/") or "xml" in kind), (path, kind)
            assert kind or not answer.content, path


def test_pages_have_no_script_or_style_inside(app: FastAPI, browsers: dict[AccountRole, TestClient]) -> None:
    inside = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", re.I)
    seen = 0
    for route, method in _cases(app):
        answer = browsers[AccountRole.ADMIN].get(_filled(route)) if method == "GET" else None
        if answer is not None and answer.headers.get("content-type", "").startswith("text/html"):
            assert inside.search(answer.text) is None, route.path
            seen += 1
    assert seen > 10
    script = (Path(__file__).resolve().parents[2] / "pipelines/review_app/static/page.js").read_text(encoding="utf-8")
    assert re.search(r"\beval\(|new Function|document\.write|\.outerHTML\s*=", script) is None


def test_what_no_page_sends_is_logged(
    app: FastAPI, browsers: dict[AccountRole, TestClient], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "pipelines.review_app")
    assert browsers[AccountRole.READER].post("/language", data={"language": "xx"}).status_code == 422
    assert _browser(app).post("/language", data={}).status_code == 422
    too_much = _browser(app).post("/language", content=b"x" * 1_100_000)
    assert too_much.status_code == 413 and "te groot" in too_much.text and "too large" in too_much.text
    assert _browser(app).post("/language", content=iter([b"language=", b"x" * 1_100_000])).status_code in {413, 422}
    _browser(app).post("/language/a%0ab", content=b"x" * 1_100_000)
    # The browser of the test logs its own requests where a flow before it set up all logging.
    ours = [record for record in caplog.records if record.name.startswith("pipelines.")]
    assert [record.getMessage() for record in ours] == [
        "refused: reader sent what no page sends, POST '/language'",
        "refused: - sent what no page sends, POST '/language'",
        "refused: page.message.http_413, POST '/language'",
        "refused: - sent what no page sends, POST '/language'",
        "refused: page.message.http_413, POST '/language/a\\nb'",
    ]


def test_a_filter_that_cannot_be_is_left_out(app: FastAPI, browsers: dict[AccountRole, TestClient]) -> None:
    names = [field.name for field in dataclasses.fields(InboxFilter) if field.name != "viewer"]
    assert len(names) > 8
    for name in names:
        for value in ("-1", "\x00", "9" * 400, "<b>"):
            page = browsers[AccountRole.REVIEWER].get("/", params={name: value})
            assert page.status_code == 200 and "<b>" not in page.text, (name, value)
