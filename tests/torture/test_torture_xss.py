"""Texts that would run, through every field and format, before a real browser: none runs.

The addresses come from the app itself and from the links on its pages, so that a new page is looked at too.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from urllib.parse import quote, urlencode, urljoin, urlsplit

import hostile_texts
import pytest
import torture_rounds
from accepted_evidence import Desk
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient
from hostile_browser import HOME, WatchedBrowser, watched_browser
from hostile_workspace import add_hostile_texts, make_hostile_workspace
from httpx import Response
from workspaces import copy_workspace

from flows.bibliography import write_bibliography
from flows.note import write_update_note
from flows.workspace import open_settings_workspace
from pipelines.domain.accounts import AccountRole
from pipelines.domain.moments import now
from pipelines.review_app import routes_reports, routes_scans, routes_sources
from pipelines.review_app.access import AccessRules
from pipelines.review_app.app import create_app
from pipelines.review_app.names import LONGEST_FULL_NAME, full_name
from pipelines.review_app.passwords import hash_password
from pipelines.settings import Settings
from pipelines.store.accounts import COMMAND, Secret

_TEXTS = hostile_texts.SCRIPTS
_PASSWORD = "zes gele laarzen"
_PER_ROUTE = torture_rounds.amount(1, 30)
_PER_FORM = torture_rounds.amount(1, 6)
_EVERY = torture_rounds.amount(3, 1)
"""The short round sends texts to one route in three; it opens a page of every route."""
_LEFT_ALONE = ("/static/", "/health", "/original", "/versions/file", "}/file", "/reports/2")
"""Not pages: files leave as attachment, which other tests hold them to."""
_SLOW = torture_rounds.amount(("/topics/split", "/place", "/pages/"), ())
"""The short round goes past what loads a model or draws a page of a PDF."""
_NO_PROCESS = (
    (routes_reports, "start_report_process"),
    (routes_scans, "start_scan_process"),
    (routes_sources, "start_harvest_process"),
)


@pytest.fixture(scope="module")
def settings(scanned: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = Settings(workspace=copy_workspace(scanned, tmp_path_factory.mktemp("hostile") / "workspace"))
    if torture_rounds.WHOLE:
        make_hostile_workspace(settings, _TEXTS, _TEXTS)
    workspace = open_settings_workspace(settings)
    if not torture_rounds.WHOLE:  # reading files takes the models; their texts go into documents as if they were read
        desk = Desk(workspace)
        for at in range(0, len(_TEXTS), 8):
            words = " ".join(
                f"AI verhoogt de werkdruk met {n} procent {one}." for n, one in enumerate(_TEXTS[at : at + 8])
            )
            desk.decide(desk.add(_TEXTS[at], words))
        add_hostile_texts(settings, workspace, _TEXTS)
    secret = Secret(hash_password(_PASSWORD))
    workspace.accounts.create("ada", "Ada Voorbeeld", AccountRole.ADMIN, secret, actor=COMMAND)
    for number, text in enumerate(_TEXTS):
        if name := full_name(text[:LONGEST_FULL_NAME]):
            workspace.accounts.create(f"mens{number}", name, AccountRole.READER, None, actor=COMMAND)
    workspace.close()
    return settings


@pytest.fixture(scope="module")
def app(settings: Settings) -> Iterator[FastAPI]:
    with pytest.MonkeyPatch.context() as patch:
        for module, name in _NO_PROCESS:
            patch.setattr(module, name, lambda *_, **__: None)
        made = create_app(settings, AccessRules())
        yield made
        made.state.desk.close()
        made.state.workspace.close()


@pytest.fixture(scope="module")
def client(app: FastAPI) -> TestClient:
    signed_in = TestClient(
        app, base_url=HOME, headers={"Origin": HOME}, follow_redirects=False, raise_server_exceptions=False
    )
    assert signed_in.post("/sign-in", data={"name": "ada", "password": _PASSWORD}).status_code == 303
    return signed_in


@pytest.fixture(scope="module")
def browser(client: TestClient) -> Iterator[WatchedBrowser]:
    with watched_browser(client) as opened:
        yield opened


def _fields(dependant: Dependant, kind: str) -> set[str]:
    found = {one.alias for one in getattr(dependant, f"{kind}_params")}
    return found.union(*(_fields(part, kind) for part in dependant.dependencies))


def _routes(app: FastAPI, method: str) -> dict[str, Dependant]:
    found = {}
    for route in iter_route_contexts(app.routes):
        dependant = getattr(route, "dependant", None)
        if method in (route.methods or ()) and isinstance(dependant, Dependant):
            found[str(route.path)] = dependant
    return found


def _is_page(path: str) -> bool:
    return not any(part in path for part in _LEFT_ALONE + _SLOW) and "{name}" not in path


def _found_addresses(app: FastAPI, client: TestClient) -> dict[str, dict[str, Response]]:
    """Route -> address and answer of its pages, as links lead to them from those that need nothing."""
    patterns = {
        path: re.compile(re.sub(r"\\\{\w+(?:(:path))?\\\}", lambda m: ".+" if m[1] else "[^/]+", re.escape(path)))
        for path in _routes(app, "GET")
    }
    found: dict[str, dict[str, Response]] = {path: {} for path in patterns}
    waiting, known = [path for path in patterns if "{" not in path], set()
    while waiting:
        address = waiting.pop(0)
        path = urlsplit(address).path
        route = next((name for name, pattern in patterns.items() if pattern.fullmatch(path)), None)
        if address in known or route is None or not _is_page(path) or len(found[route]) >= _PER_ROUTE:
            continue
        known.add(address)
        answer = client.get(address)
        if answer.status_code == 200 and answer.headers["content-type"].startswith("text/html"):
            found[route][address] = answer
        for link in re.findall(r'\s(?:href|data-part|data-href|src)="([^"#]*)', answer.text):
            target = urlsplit(urljoin(HOME + address, html.unescape(link)))
            if target.netloc == "localhost":
                waiting.append(target.path + (f"?{target.query}" if target.query else ""))
    return found


def test_the_texts_do_run_where_nobody_escapes_them(browser: WatchedBrowser) -> None:
    ran = set()
    for number, text in enumerate(_TEXTS[: torture_rounds.amount(12, None)]):
        for around in ("{}", "<input value={}>", '<input value="{}">', "<textarea>{}</textarea>", "<a href='{}'>"):
            browser.page.set_content(around.format(text) if text else "")
            browser.page.wait_for_timeout(torture_rounds.amount(5, 40))
            if any(one.startswith("ran") for one in browser.take_notice()):
                ran.add(number)
                break
    assert len(ran) >= torture_rounds.amount(8, 35), sorted(set(range(len(_TEXTS))) - ran)
    browser.page.goto("about:blank")
    browser.take_notice()


def test_no_page_runs_what_people_and_documents_say(
    app: FastAPI, client: TestClient, browser: WatchedBrowser, tell: Callable[..., None]
) -> None:
    browser.faults.clear()
    found = _found_addresses(app, client)
    for address, answer in (one for addresses in found.values() for one in addresses.items()):
        browser.open(address, answer)
    nowhere = {path for path, addresses in found.items() if not addresses and _is_page(path)}
    tell("xss_pages", pages=browser.seen, routes=len(found) - len(nowhere), texts=len(_TEXTS), ran=len(browser.faults))
    assert not browser.faults, Counter(browser.faults).most_common(20)
    # Pages of two steps, and what only those see who are not signed in.
    assert nowhere <= {"/sign-in", "/first-use", "/documents/waiting", "/documents/{document_id}/pages/{page}"}, nowhere


def test_no_page_runs_what_an_address_says(
    app: FastAPI, client: TestClient, browser: WatchedBrowser, tell: Callable[..., None]
) -> None:
    browser.faults.clear()
    begun, texts = browser.seen, cycle(_TEXTS)
    for path, dependant in list(_routes(app, "GET").items())[::_EVERY]:
        if not _is_page(path):
            continue
        names = sorted(_fields(dependant, "query")) or ["done"] * torture_rounds.WHOLE
        if not names:
            continue
        for _ in range(_PER_FORM):
            filled = re.sub(r"\{[^}]*\}", lambda _: quote(next(texts), safe=""), path)
            browser.open(f"{filled}?{urlencode({name: next(texts) for name in names})}")
            if torture_rounds.WHOLE:
                for name in names:
                    browser.open(f"{filled}?{urlencode({name: next(texts)})}")
    tell("xss_addresses", pages=browser.seen - begun, ran=len(browser.faults))
    assert not browser.faults, Counter(browser.faults).most_common(20)


def test_no_answer_to_a_form_runs_what_was_sent(
    app: FastAPI, client: TestClient, browser: WatchedBrowser, tell: Callable[..., None]
) -> None:
    browser.faults.clear()
    begun, texts, forms = browser.seen, cycle(_TEXTS), 0
    item = client.get("/?state=sample").text
    passages = re.findall(r'href="(/passages/[0-9a-f]+)', item) or ["/passages/x"]
    for path, dependant in list(_routes(app, "POST").items())[::_EVERY]:
        if path in {"/sign-out", "/account/sign-out-everywhere"}:
            continue
        names = _fields(dependant, "body") or {"verdict", "note", "seen", "query"}
        for number in range(_PER_FORM):
            known = passages[number % len(passages)] if path.startswith("/passages/") else None
            filled = f"{known}/decide" if known else re.sub(r"\{[^}]*\}", lambda _: quote(next(texts), safe=""), path)
            form = {name: next(texts) for name in names}
            if "language" in form and path == "/account":
                form["language"] = "nl"
            sent = (
                {"files": {"file": (next(texts), next(texts).encode())}} if "import" in path or "upload" in path else {}
            )
            answer = client.post(filled, data=form, **sent)
            forms += 1
            assert answer.status_code < 500, (filled, answer.status_code)
            if answer.headers.get("content-type", "").startswith("text/html"):
                browser.show(path, answer.content, dict(answer.headers))
            elif answer.status_code == 303 and torture_rounds.WHOLE:
                browser.open(urlsplit(answer.headers["location"])._replace(scheme="", netloc="").geturl())
    tell("xss_forms", forms=forms, pages=browser.seen - begun, ran=len(browser.faults))
    assert not browser.faults, Counter(browser.faults).most_common(20)


@pytest.mark.filterwarnings("ignore:Glyph .* missing from font")  # some texts are in letters that no font has
def test_no_report_and_no_exported_page_runs_what_it_tells(
    settings: Settings, client: TestClient, browser: WatchedBrowser, tmp_path: Path, tell: Callable[..., None]
) -> None:
    browser.faults.clear()
    begun = browser.seen
    answer = client.get("/versions/file?file_format=html")
    assert answer.status_code == 200 and answer.headers["content-disposition"].startswith("attachment")
    browser.show("exported table", answer.content, files=True)
    written: dict[str, str] = {}
    if torture_rounds.WHOLE:
        written |= write_update_note(settings, None, ["html"], "nl", now(), folder=tmp_path)
        written |= {f"list {n}": path for n, path in write_bibliography(settings, None, ["html"], "en", now()).items()}
    for name, path in written.items():
        browser.show(name, Path(path).read_bytes(), files=True)
    tell("xss_files", files=browser.seen - begun, ran=len(browser.faults))
    assert browser.seen - begun >= torture_rounds.amount(1, 3)
    assert not browser.faults, Counter(browser.faults).most_common(20)
