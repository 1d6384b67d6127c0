"""Who gets in where: roles, sessions, origin, host, size, headers; for every route that there is."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI, WebSocket
from hypothesis import given
from hypothesis import strategies as st
from people_pages import HOST, PASSWORD, Pages, open_pages, use_quick_hashes
from starlette.staticfiles import StaticFiles

from pipelines.domain.accounts import AccountRole
from pipelines.errors import SettingsError
from pipelines.review_app import passwords
from pipelines.review_app.access import (
    PUBLIC,
    AccessRules,
    check_routes,
    check_start,
    needs,
    route_access,
    safe_path,
)
from pipelines.review_app.names import full_name, sign_in_name
from pipelines.review_app.request_guards import FORM_BYTES
from pipelines.review_app.security_headers import CONTENT_SECURITY_POLICY, HEADERS
from pipelines.review_app.signing_in import Refusal, check_sign_in
from pipelines.store.accounts import Secret
from pipelines.store.sessions import TRIES

_CHANGING = ("POST", "PUT", "PATCH", "DELETE")


@pytest.fixture
def real_hashes() -> None:
    """For tests of the work that a password takes."""


@pytest.fixture(autouse=True)
def _quick_hashes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "real_hashes" not in request.fixturenames:
        use_quick_hashes(monkeypatch)


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Pages]:
    with open_pages(tmp_path) as opened:
        yield opened


def _filled(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "x", path)


# ---------------------------------------------------------------- routes and roles


def test_a_route_that_says_nothing_is_refused() -> None:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.get("/ok", dependencies=[PUBLIC])(lambda: None)
    app.mount("/static", StaticFiles(directory=Path(__file__).parent))
    check_routes(app)
    app.get("/forgotten")(lambda: None)
    with pytest.raises(RuntimeError, match="/forgotten"):
        check_routes(app)


def test_a_route_that_contradicts_itself_is_refused() -> None:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.get("/both", dependencies=[PUBLIC, needs(AccountRole.ADMIN)])(lambda: None)
    with pytest.raises(RuntimeError, match="/both"):
        check_routes(app)


def test_what_is_no_route_with_a_role_is_refused() -> None:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    async def talk(socket: WebSocket) -> None:
        await socket.accept()

    app.add_api_websocket_route("/talk", talk)
    with pytest.raises(RuntimeError, match="/talk"):
        check_routes(app)
    listed = FastAPI()
    with pytest.raises(RuntimeError, match="openapi"):
        check_routes(listed)


def test_each_role_gets_in_where_it_may_and_nowhere_else(pages: Pages) -> None:
    browsers = {}
    for role in AccountRole:
        pages.add(role.value, role)
        browsers[role] = pages.signed_in(role.value)
    seen = 0
    for route in route_access(pages.app):
        if route.role is None or route.path == "/account/sign-out-everywhere":
            continue
        for method in route.methods & {"GET", "POST"}:
            for role, browser in browsers.items():
                answer = browser.request(method, _filled(route.path))
                assert (answer.status_code == 403) == (not role.may(route.role)), (role, method, route.path)
                seen += 1
    assert seen >= 4 * 17


def test_nobody_gets_in_without_a_session(pages: Pages) -> None:
    pages.add("an")
    browser = pages.browser()
    for route in route_access(pages.app):
        if route.role is None:
            continue
        for method in route.methods & {"GET", "POST"}:
            answer = browser.request(method, _filled(route.path))
            if method == "GET":
                assert answer.status_code == 303 and answer.headers["location"].startswith("/sign-in"), route.path
            else:
                assert answer.status_code == 401, route.path


def test_a_script_that_asks_for_data_is_told_and_not_led_to_a_page(pages: Pages) -> None:
    pages.add("an")
    browser = pages.browser()
    assert browser.get("/for/reader", headers={"Accept": "application/json"}).status_code == 401
    assert browser.get("/for/reader", headers={"Sec-Fetch-Mode": "cors"}).status_code == 401
    assert browser.get("/for/reader", headers={"Sec-Fetch-Mode": "navigate"}).status_code == 303


def test_another_role_counts_at_once(pages: Pages) -> None:
    pages.add("an", AccountRole.ADMIN)
    pages.add("bo", AccountRole.ADMIN)
    browser = pages.signed_in("bo")
    assert browser.get("/people").status_code == 200
    pages.accounts.change("bo", actor="an", role="reader")
    assert browser.get("/people").status_code == 403


# ---------------------------------------------------------------- sessions


def test_signing_in_makes_a_new_key_and_ends_the_one_that_was_brought(pages: Pages) -> None:
    pages.add("an")
    pages.add("bo")
    browser = pages.browser()
    browser.cookies.set(pages.cookie, "chosen-by-somebody-else")
    browser.post("/sign-in", data={"name": "an", "password": PASSWORD})
    first = browser.cookies.get(pages.cookie, domain="localhost.local")
    assert first and first != "chosen-by-somebody-else" and len(first) >= 43  # 256 bits
    stranger = pages.browser()
    stranger.cookies.set(pages.cookie, "chosen-by-somebody-else")
    assert stranger.get("/for/reader").status_code == 303
    again = pages.browser()
    again.cookies.set(pages.cookie, first)
    assert again.get("/for/reader").json()["name"] == "an"
    again.post("/sign-in", data={"name": "bo", "password": PASSWORD})
    late = pages.browser()
    late.cookies.set(pages.cookie, first)
    assert late.get("/for/reader").status_code == 303


def test_two_sessions_never_have_the_same_key(pages: Pages) -> None:
    pages.add("an")
    keys = {pages.signed_in("an").cookies[pages.cookie] for _ in range(3)}
    assert len(keys) == 3


@pytest.mark.parametrize("secure", [False, True])
def test_the_cookie_is_for_this_server_only(tmp_path: Path, secure: bool) -> None:
    with open_pages(tmp_path, AccessRules(secure=secure)) as pages:
        pages.add("an")
        answer = pages.browser().post("/sign-in", data={"name": "an", "password": PASSWORD})
        parts = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")[1:]}
        assert parts == {"httponly", "path=/", "samesite=lax"} | ({"secure"} if secure else set())
        assert answer.headers["set-cookie"].startswith("__Host-" if secure else "kennisstand=")
        assert pages.signed_in("an").get("/for/reader").json()["name"] == "an"


def test_a_session_ends_without_use_and_after_a_day(pages: Pages) -> None:
    pages.add("an")
    browser = pages.signed_in("an")
    pages.clock.forward(minutes=239)
    assert browser.get("/for/reader").status_code == 200
    pages.clock.forward(minutes=240)
    assert browser.get("/for/reader").status_code == 303
    browser = pages.signed_in("an")
    for _ in range(3):
        pages.clock.forward(hours=3.9)
        assert browser.get("/for/reader").status_code == 200
    pages.clock.forward(hours=0.4)
    assert browser.get("/for/reader").status_code == 303


def test_signing_out_ends_this_session_and_no_other(pages: Pages) -> None:
    pages.add("an")
    here, there = pages.signed_in("an"), pages.signed_in("an")
    key = here.cookies[pages.cookie]
    answer = here.post("/sign-out")
    assert answer.status_code == 303 and pages.cookie not in here.cookies
    here.cookies.set(pages.cookie, key)  # somebody kept it
    assert here.get("/for/reader").status_code == 303
    assert there.get("/for/reader").status_code == 200


def test_a_closed_account_is_out_at_once(pages: Pages) -> None:
    pages.add("baas", AccountRole.ADMIN)
    pages.add("an")
    browser = pages.signed_in("an")
    pages.signed_in("baas").post("/people/an/close")
    assert browser.get("/for/reader").status_code == 303
    assert pages.browser().post("/sign-in", data={"name": "an", "password": PASSWORD}).status_code == 401


def test_looking_up_a_session_asks_the_database_once(pages: Pages) -> None:
    from sqlalchemy import event

    pages.add("an")
    browser = pages.signed_in("an")
    asked: list[str] = []
    event.listen(pages.workspace.engine, "before_cursor_execute", lambda *a: asked.append(a[2]))
    browser.get("/for/reader")
    assert len(asked) == 1


# ---------------------------------------------------------------- guessing


def test_after_ten_wrong_passwords_the_right_one_has_to_wait(pages: Pages) -> None:
    pages.add("an")
    browser = pages.browser()
    for _ in range(TRIES):
        assert browser.post("/sign-in", data={"name": "an", "password": "mis"}).status_code == 401
    answer = browser.post("/sign-in", data={"name": " AN ", "password": PASSWORD})
    assert answer.status_code == 429 and "Over 15 min." in answer.text and answer.headers["retry-after"] == "900"
    pages.clock.forward(minutes=14)
    answer = browser.post("/sign-in", data={"name": "an", "password": PASSWORD})
    assert answer.status_code == 429 and "Over 1 min." in answer.text
    pages.clock.forward(minutes=1)
    assert browser.post("/sign-in", data={"name": "an", "password": PASSWORD}).status_code == 303


def test_the_right_password_starts_the_count_anew(pages: Pages) -> None:
    pages.add("an")
    for _ in range(3):
        for _ in range(TRIES - 1):
            assert isinstance(check_sign_in(pages.accounts, "an", "mis"), Refusal)
        assert not isinstance(check_sign_in(pages.accounts, "an", PASSWORD), Refusal)


def test_who_is_in_stays_in_while_another_guesses(pages: Pages) -> None:
    pages.add("an")
    browser = pages.signed_in("an")
    for _ in range(TRIES + 2):
        pages.browser().post("/sign-in", data={"name": "an", "password": "mis"})
    assert browser.get("/for/reader").status_code == 200


def test_unknown_closed_and_known_names_get_the_same_work_and_words(
    pages: Pages, real_hashes: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages.add("an")
    pages.add("dicht")
    pages.add("elders", password=False)
    pages.accounts.change("dicht", actor="an", active=False)
    work: list[str] = []
    fits = passwords._fits
    monkeypatch.setattr(passwords, "_fits", lambda hashed, typed: work.append(hashed[:30]) or fits(hashed, typed))
    seen = set()
    for name in ("an", "niemand", "dicht", "elders", "", "jän", "x" * 500):
        work.clear()
        answer = pages.browser().post("/sign-in", data={"name": name, "password": "een verkeerd wachtwoord"})
        assert len(work) == 1, name
        page = re.sub(r'value="[^"]*"', "", answer.text)
        seen.add((answer.status_code, work[0], page))
    assert len(seen) == 1  # the same parameters of argon2 too


def test_unknown_names_have_to_wait_as_well(pages: Pages) -> None:
    pages.add("an")
    for name in ("niemand", "jän"):
        for _ in range(TRIES):
            pages.browser().post("/sign-in", data={"name": name, "password": "mis"})
        assert pages.browser().post("/sign-in", data={"name": name, "password": "mis"}).status_code == 429


def test_a_password_of_old_parameters_is_kept_anew(pages: Pages, real_hashes: None) -> None:
    from argon2 import PasswordHasher

    pages.add("an")
    old = PasswordHasher(time_cost=1, memory_cost=8_192, parallelism=1).hash(PASSWORD)
    pages.accounts.set_secret("an", Secret(old), actor="an")
    pages.signed_in("an")
    renewed = pages.accounts.secret("an")
    assert renewed is not None and renewed.hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    pages.signed_in("an")


# ---------------------------------------------------------------- where a request comes from


def test_no_route_changes_anything_for_a_page_of_somebody_else(pages: Pages) -> None:
    pages.add("an", AccountRole.ADMIN)
    browser = pages.signed_in("an")
    changing = [r for r in route_access(pages.app) if not r.methods <= {"GET", "HEAD"}]
    assert len(changing) > 10
    foreign = (
        {"Origin": "https://elders.example"},
        {"Origin": "null"},
        {"Origin": f"https://{HOST}"},  # another scheme is another origin
        {"Origin": "http://localhost:9000"},
        {"Origin": f"http://{HOST}.elders.example"},
        {"Origin": f"http://{HOST}@elders.example"},
        {"Origin": "http://localhost:8000:x"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "", "Referer": f"http://{HOST}/"},
    )
    for route in changing:
        for headers in foreign:
            for method in route.methods - {"GET", "HEAD"}:
                answer = browser.request(method, _filled(route.path), headers=headers)
                assert answer.status_code == 403 and "Geweigerd" in answer.text, (route.path, headers)
    assert pages.accounts.count() == 1 and browser.get("/for/admin").status_code == 200


@pytest.mark.parametrize("method", _CHANGING)
def test_without_any_word_of_where_it_comes_from_nothing_changes(pages: Pages, method: str) -> None:
    browser = pages.browser()
    del browser.headers["Origin"]
    assert browser.request(method, "/take").status_code == 403
    assert browser.request(method, "/no/such/route").status_code == 403
    referred = browser.request(method, "/take", headers={"Referer": f"http://{HOST}/passages/1?x"})
    assert referred.status_code == (200 if method == "POST" else 405)


def test_behind_a_proxy_with_https_the_origin_is_https(tmp_path: Path) -> None:
    with open_pages(tmp_path, AccessRules(secure=True, hostnames=frozenset({"kennis.example"}))) as pages:
        browser = pages.browser()
        browser.base_url = "http://kennis.example"  # as the proxy asks
        for origin, status_code in (
            ("https://kennis.example", 200),
            ("https://kennis.example:443", 200),
            ("http://kennis.example", 403),
            ("https://kennis.example:444", 403),
        ):
            assert browser.post("/take", headers={"Origin": origin}).status_code == status_code, origin


@pytest.mark.parametrize(
    "host",
    [
        "elders.example",
        "localhost.elders.example",
        "127.0.0.1.nip.example",
        "",
        "a@localhost",
        "localhost/x",
        "[::1",
        "lo\tcal",
    ],
)
def test_another_name_that_points_here_is_refused(pages: Pages, host: str) -> None:
    for method in ("GET", "POST"):
        answer = pages.browser().request(method, "/sign-in", headers={"Host": host})
        assert answer.status_code == 400 and "text/plain" in answer.headers["content-type"]


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:9", "[::1]:8000"])
def test_names_of_this_computer_are_known(pages: Pages, host: str) -> None:
    pages.add("an")
    assert pages.browser().get("/sign-in", headers={"Host": host}).status_code == 200


def test_two_hosts_are_none(pages: Pages) -> None:
    answer = pages.browser().get("/sign-in", headers=[("Host", HOST), ("Host", "elders.example")])  # type: ignore[arg-type]
    assert answer.status_code == 400


# ---------------------------------------------------------------- size


def test_a_form_that_is_too_long_is_refused_before_it_is_read(pages: Pages) -> None:
    browser = pages.browser()
    assert browser.post("/take", content=b"x" * FORM_BYTES).text == str(FORM_BYTES)
    assert browser.post("/take", content=b"x" * (FORM_BYTES + 1)).status_code == 413
    assert browser.post("/take", content=b"x", headers={"Content-Length": "999999999"}).status_code == 413


def test_a_body_that_does_not_say_its_length_is_cut_off(pages: Pages) -> None:
    sent = []

    def chunks() -> Iterator[bytes]:
        for _ in range(100):
            sent.append(1)
            yield b"x" * 100_000

    assert pages.browser().post("/take", content=chunks()).status_code == 413


def test_uploads_have_a_bound_of_their_own(pages: Pages) -> None:
    browser = pages.browser()
    assert browser.post("/documents/upload", content=b"x" * 2 * 2**20).text == str(2 * 2**20)
    assert browser.post("/documents/upload", content=b"x" * (2 * 2**20 + 70_000)).status_code == 413
    assert browser.post("/documents/uploaded", content=b"x" * (FORM_BYTES + 1)).status_code in {404, 413}


# ---------------------------------------------------------------- headers


def test_every_answer_carries_the_headers(pages: Pages) -> None:
    pages.add("an")
    browser = pages.browser()
    answers = {
        200: browser.get("/sign-in"),
        303: browser.get("/for/reader"),
        401: browser.post("/for/reader"),
        403: browser.post("/take", headers={"Origin": "null"}),
        400: browser.get("/", headers={"Host": "elders.example"}),
        404: browser.get("/no/such/route"),
        405: browser.delete("/take"),
        413: browser.post("/take", content=b"x" * (FORM_BYTES + 1)),
        500: browser.get("/fail"),
    }
    for status_code, answer in answers.items():
        assert answer.status_code == status_code
        assert answer.headers.get_list("content-security-policy") == [CONTENT_SECURITY_POLICY], status_code
        for name, value in HEADERS.items():
            assert answer.headers.get_list(name) == [value], (status_code, name)
        assert answer.headers["cache-control"] == "no-store"
        assert "strict-transport-security" not in answer.headers
        assert "access-control-allow-origin" not in answer.headers


def test_the_policy_lets_nothing_in_from_elsewhere() -> None:
    policy = dict(part.split(" ", 1) for part in CONTENT_SECURITY_POLICY.split("; "))
    assert policy["default-src"] == policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert set(policy.values()) == {"'none'", "'self'"}


def test_over_https_browsers_are_told_to_stay_there(tmp_path: Path) -> None:
    with open_pages(tmp_path, AccessRules(secure=True)) as pages:
        value = pages.browser().get("/sign-in").headers["strict-transport-security"]
        assert value == "max-age=31536000; includeSubDomains"


def test_a_mistake_of_ours_tells_nothing_of_itself(pages: Pages) -> None:
    answer = pages.browser().get("/fail")
    assert "mistake" not in answer.text and "Traceback" not in answer.text


# ---------------------------------------------------------------- where one is led after signing in

_ELSEWHERE = [
    "https://elders.example/",
    "//elders.example",
    "///elders.example",
    "/\\elders.example",
    "\\\\elders.example",
    "/\t/elders.example",
    "\t//elders.example",
    "/\n/elders.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "/x\r\nSet-Cookie: a=b",
    "/x\x00",
    "//[",
    "http:/elders.example",
    "elders.example",
    "/ｅlders",
    "",
    "/sign-in?next=/",
    "/sign-out",
]


@pytest.mark.parametrize("wanted", _ELSEWHERE)
def test_nobody_is_led_elsewhere(pages: Pages, wanted: str) -> None:
    pages.add("an")
    answer = pages.browser().post("/sign-in", data={"name": "an", "password": PASSWORD, "next": wanted})
    assert answer.status_code == 303 and answer.headers["location"] == "/"
    assert len(answer.headers.get_list("set-cookie")) == 1
    browser = pages.signed_in("an")
    assert browser.get("/sign-in", params={"next": wanted}).headers["location"] == "/"


@given(st.text(max_size=40) | st.from_regex(r"[/\\]{1,3}[a-z.:@/\\?#%]{0,20}", fullmatch=True))
def test_what_is_let_through_stays_on_this_server(wanted: str) -> None:
    from urllib.parse import urljoin, urlsplit

    led = safe_path(wanted)
    # Browsers read a backslash as a slash and drop tabs and line ends.
    read = re.sub(r"[\t\r\n]", "", led.replace("\\", "/"))
    assert urlsplit(urljoin(f"http://{HOST}/sign-in", read)).netloc == HOST and led.startswith("/")


def test_one_comes_back_to_the_page_that_was_asked_for(pages: Pages) -> None:
    pages.add("an")
    browser = pages.browser()
    led = browser.get("/for/reader?row=R3&q=a%20b").headers["location"]
    page = browser.get(led)
    hidden = re.search(r'name="next" value="([^"]*)"', page.text.split('action="/sign-in"')[1])
    assert hidden is not None
    wanted = hidden.group(1).replace("&amp;", "&")
    answer = browser.post("/sign-in", data={"name": "an", "password": PASSWORD, "next": wanted})
    assert answer.headers["location"] == "/for/reader?row=R3&q=a%20b"


# ---------------------------------------------------------------- start and proxy


def test_without_accounts_it_is_not_open_to_others() -> None:
    check_start(AccessRules(), 0)
    check_start(AccessRules(loopback=False), 1)
    with pytest.raises(SettingsError) as caught:
        check_start(AccessRules(loopback=False), 0)
    assert caught.value.key == "error.no_accounts"


def test_a_header_is_not_believed_from_anywhere() -> None:
    for rules, key in (
        (AccessRules(proxy_header="X-User"), "error.proxy_untrusted"),
        (AccessRules(proxy_header="X-User", trusted_proxies=("proxy.example",)), "error.proxy_address"),
    ):
        with pytest.raises(SettingsError) as caught:
            check_start(rules, 1)
        assert caught.value.key == key
    check_start(AccessRules(proxy_header="X-User", trusted_proxies=("10.0.0.0/8", "::1")), 1)


_PROXY = AccessRules(proxy_header="X-Remote-User", trusted_proxies=("10.1.0.0/16",))


def test_whom_the_proxy_names_is_in(tmp_path: Path) -> None:
    with open_pages(tmp_path, _PROXY) as pages:
        pages.add("an", AccountRole.EDITOR, password=False)
        browser = pages.browser("10.1.2.3", **{"X-Remote-User": "AN"})
        assert browser.get("/for/editor").json()["name"] == "an"
        assert browser.get("/for/admin").status_code == 403
        assert browser.post("/for/editor", headers={"Origin": "https://elders.example"}).status_code == 403


@pytest.mark.parametrize("address", ["127.0.0.1", "10.2.0.1", "192.0.2.1", "testclient"])
def test_the_header_of_anybody_else_means_nothing(tmp_path: Path, address: str) -> None:
    with open_pages(tmp_path, _PROXY) as pages:
        pages.add("an", AccountRole.ADMIN)
        forged = {"X-Remote-User": "an", "X-Forwarded-For": "10.1.2.3"}
        assert pages.browser(address, **forged).get("/for/reader").status_code == 303


@pytest.mark.parametrize("name", ["niemand", "", "an,bo", "dicht", "an\xa0bo"])
def test_the_proxy_cannot_make_or_open_accounts(tmp_path: Path, name: str) -> None:
    with open_pages(tmp_path, _PROXY) as pages:
        pages.add("an", AccountRole.ADMIN)
        pages.add("dicht")
        pages.accounts.change("dicht", actor="an", active=False)
        browser = pages.browser("10.1.2.3")
        assert browser.get("/for/reader", headers={"X-Remote-User": name.encode()}).status_code == 303
        twice = [(b"X-Remote-User", b"an"), (b"X-Remote-User", name.encode() or b"an")]
        assert browser.get("/for/reader", headers=twice).status_code == 303
        assert pages.accounts.count() == 2


def test_without_the_setting_the_header_means_nothing(pages: Pages) -> None:
    pages.add("an", AccountRole.ADMIN)
    for header in ("X-Remote-User", "Remote-User", "X-Forwarded-User"):
        assert pages.browser("10.1.2.3", **{header: "an"}).get("/for/reader").status_code == 303


# ---------------------------------------------------------------- names


@pytest.mark.parametrize("typed", ["an", " AN ", "Ａｎ", "an\u200b", "\u2003an\u00a0", "A\u00adN"])
def test_one_name_is_one_account_however_it_is_typed(pages: Pages, typed: str) -> None:
    pages.add("an")
    assert not isinstance(check_sign_in(pages.accounts, typed, PASSWORD), Refusal)


@pytest.mark.parametrize(
    "typed", ["", " ", "jän", "аn", "a n", "a\u2003n", "a\x00n", ".an", "an.", "an/..", "x" * 61, "(command)", "a'--"]
)
def test_names_that_look_like_another_are_refused(typed: str) -> None:
    assert sign_in_name(typed) is None  # the third has a Cyrillic a


@given(st.text(max_size=80))
def test_a_name_once_cleaned_stays_as_it_is(typed: str) -> None:
    name = sign_in_name(typed)
    assert name is None or (sign_in_name(name) == name and name.isascii() and 1 <= len(name) <= 60)
    whole = full_name(typed)
    assert whole is None or full_name(whole) == whole


def test_a_full_name_hides_nothing() -> None:
    assert full_name("  Zoë \u00a0 de  Vries ") == "Zoë de Vries"
    for typed in ("", " ", "a\u202eb", "a\u200bb", "a\x00b", "x" * 121):
        assert full_name(typed) is None


def test_rules_can_be_compared_and_kept() -> None:
    assert dataclasses.replace(AccessRules(), idle_minutes=5).ends.idle == timedelta(minutes=5)
    assert AccessRules() == AccessRules()


def test_what_is_refused_is_logged_without_secrets(pages: Pages, caplog: pytest.LogCaptureFixture) -> None:
    pages.add("an")
    caplog.set_level("INFO", "pipelines.review_app")
    browser = pages.signed_in("an")
    key = browser.cookies[pages.cookie]
    browser.get("/for/admin")
    browser.post("/take%0aforged line", headers={"Origin": "https://elders.example"})
    pages.browser().post("/sign-in", data={"name": "an", "password": "fout-wachtwoord-1"})
    pages.browser().post("/sign-in", data={"name": "per-ongeluk-een-wachtwoord", "password": "x"})
    for _ in range(TRIES):
        pages.browser().post("/sign-in", data={"name": "an", "password": "mis"})
    browser.post("/sign-out")
    told = "\n".join(record.getMessage() for record in caplog.records)
    for part in (
        "signed in: an",
        "signed out: an",
        "an (reader) asked for GET '/for/admin'",
        "access.foreign_origin",
        "too many tries",
    ):
        assert part in told
    for secret in (key, PASSWORD, "fout-wachtwoord-1", "per-ongeluk-een-wachtwoord"):
        assert secret not in told
    assert not any("\n" in record.getMessage() for record in caplog.records)


def test_the_page_on_security_names_tests_that_exist() -> None:
    root = Path(__file__).resolve().parents[2]
    page = (root / "docs" / "security.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(test_\w+)`", page))
    written = {
        name for path in (root / "tests").rglob("test_*.py") for name in re.findall(r"def (test_\w+)", path.read_text())
    }
    assert len(named) > 50 and named - written == set()
    for word in ("10 failed tries in 15 minutes", "12 to 256 characters", "72 hours", "4 hours", "12 hours"):
        assert word in page
    assert (TRIES, passwords.SHORTEST, passwords.LONGEST, passwords.ONCE_HOURS) == (10, 12, 256, 72)
    assert (AccessRules().idle_minutes, AccessRules().absolute_hours) == (240, 12)
