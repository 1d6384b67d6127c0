"""The pages of people: first use, accounts, passwords, one-time passwords; and the command beside them."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from people_pages import ORIGIN, PASSWORD, Pages, open_pages, use_quick_hashes
from starlette.testclient import TestClient

from pipelines.cli.main import FAILED, OK, WRONG_USE, run
from pipelines.domain.accounts import AccountRole
from pipelines.review_app import names, passwords, routes_sign_in
from pipelines.review_app.access import AccessRules
from pipelines.review_app.passwords import LONGEST, SHORTEST, check_password, hash_password, password_problem
from pipelines.review_app.signing_in import Refusal, check_sign_in
from pipelines.store import open_workspace
from pipelines.store.accounts import COMMAND, Secret
from pipelines.store.sessions import TRIES, hash_key
from pipelines.strings import LANGUAGES, text

_OTHER = "zes gele laarzen"
_FIRST = {"name": "An", "full_name": "An Achter", "password": PASSWORD, "repeated": PASSWORD, "language": "en"}


@pytest.fixture(autouse=True)
def _quick_hashes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "real_hashes" not in request.fixturenames:
        use_quick_hashes(monkeypatch)


@pytest.fixture
def real_hashes() -> None:
    """For tests of the work that a password takes."""


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Pages]:
    with open_pages(tmp_path) as opened:
        yield opened


@pytest.fixture
def admin(pages: Pages) -> TestClient:
    pages.add("baas", AccountRole.ADMIN)
    return pages.signed_in("baas")


# ---------------------------------------------------------------- first use


def test_where_nobody_has_an_account_every_page_leads_to_the_first(pages: Pages) -> None:
    browser = pages.browser()
    for path in ("/", "/for/reader", "/people", "/sign-in"):
        assert browser.get(path).headers["location"] == "/first-use"
    assert "Welkom" in browser.get("/first-use").text


def test_the_first_account_is_an_admin_who_is_in(pages: Pages) -> None:
    browser = pages.browser()
    answer = browser.post("/first-use", data=_FIRST)
    assert answer.status_code == 303 and answer.headers["location"].startswith("/?done=done.people_first_made")
    assert browser.get("/for/admin").json() == {"name": "an", "language": "en"}
    account = pages.accounts.all()[0]
    assert (account.full_name, account.role) == ("An Achter", AccountRole.ADMIN)
    assert browser.get("/first-use").headers["location"] == "/sign-in"
    second = pages.browser().post("/first-use", data={**_FIRST, "name": "bo"})
    assert second.headers["location"].startswith("/sign-in") and pages.accounts.count() == 1


def test_of_two_first_uses_at_once_one_wins(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    both = threading.Barrier(2, timeout=30)

    def wait(password: str) -> str:
        both.wait()  # both have seen that there is no account
        return hash_password(password)

    monkeypatch.setattr(routes_sign_in, "hash_password", wait)
    browsers = [pages.browser(), pages.browser()]
    with ThreadPoolExecutor(2) as pool:
        send = lambda n: browsers[n].post("/first-use", data={**_FIRST, "name": f"p{n}"})  # noqa: E731
        answers = list(pool.map(send, range(2)))
    assert sorted(a.headers["location"].split("?")[0] for a in answers) == ["/", "/sign-in"]
    assert pages.accounts.count() == 1
    inside = [browser.get("/for/admin").status_code for browser in browsers]
    assert sorted(inside) == [200, 303]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "jän"}, "people.fault.name"),
        ({"name": ""}, "people.fault.name"),
        ({"full_name": " "}, "people.fault.full_name"),
        ({"password": "kort", "repeated": "kort"}, "password.too_short"),
        ({"password": "x" * 257, "repeated": "x" * 257}, "password.too_long"),
        ({"password": "welkom123456", "repeated": "welkom123456"}, "password.guessable"),
        ({"repeated": PASSWORD + "x"}, "password.not_same"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(pages: Pages, change: dict[str, str], said: str) -> None:
    answer = pages.browser().post("/first-use", data={**_FIRST, **change})
    assert answer.status_code == 422 and pages.accounts.count() == 0
    words = text(said, "nl", shortest=SHORTEST, longest=LONGEST)
    assert words in answer.text and 'aria-invalid="true"' in answer.text
    assert PASSWORD not in answer.text  # a password is never sent back


@pytest.mark.parametrize(
    ("rules", "address", "headers"),
    [
        (AccessRules(loopback=False), "127.0.0.1", {}),
        (AccessRules(), "192.0.2.7", {}),
        (AccessRules(), "127.0.0.1", {"X-Forwarded-For": "192.0.2.7"}),
        (AccessRules(hostnames=frozenset({"kennis.example"})), "127.0.0.1", {"Host": "kennis.example"}),
    ],
)
def test_the_first_account_is_made_at_this_computer_only(
    tmp_path: Path, rules: AccessRules, address: str, headers: dict[str, str]
) -> None:
    with open_pages(tmp_path, rules) as pages:
        browser = pages.browser(address, **headers)
        own = {"Origin": f"http://{headers['Host']}"} if "Host" in headers else ORIGIN
        assert browser.get("/first-use").headers["location"] == "/sign-in"
        assert browser.post("/first-use", data=_FIRST, headers=own).headers["location"].startswith("/sign-in")
        assert pages.accounts.count() == 0


# ---------------------------------------------------------------- signing in


def test_a_wrong_password_is_told_in_words_and_keeps_the_name(pages: Pages) -> None:
    pages.add("an")
    answer = pages.browser().post("/sign-in", data={"name": 'an"><script>', "password": "mis"})
    assert answer.status_code == 401 and "horen niet bij elkaar" in answer.text
    assert "<script>alert" not in answer.text and "an&#34;&gt;&lt;script&gt;" in answer.text
    assert 'role="alert"' in answer.text and "mis" not in re.findall(r'value="([^"]*)"', answer.text)


@pytest.mark.parametrize(
    "content", ["", "name=an", "name=an&name=bo&password=x", "%ff=%ff&name=%00&password=%ed%a0%80"]
)
def test_a_form_of_any_kind_gets_an_answer(pages: Pages, content: str) -> None:
    pages.add("an")
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert pages.browser().post("/sign-in", content=content, headers=headers).status_code == 401
    assert pages.browser().post("/sign-in", json={"name": "an"}).status_code == 401


def test_password_fields_are_masked_and_open_to_password_managers(pages: Pages) -> None:
    first = pages.browser().get("/first-use").text
    pages.add("an")
    for page in (first, pages.browser().get("/sign-in").text, pages.signed_in("an").get("/account/password").text):
        fields = [f for f in re.findall(r"<input[^>]*>", page) if re.search(r'name="(password|repeated|current)"', f)]
        assert fields
        for field in fields:
            assert 'type="password"' in field and "onpaste" not in field and "maxlength" not in field
            assert re.search(r'autocomplete="(current|new)-password"', field)


# ---------------------------------------------------------------- own account


def test_one_changes_the_own_name_language_and_keys(pages: Pages) -> None:
    pages.add("an")
    browser = pages.signed_in("an")
    browser.post("/account", data={"full_name": "Anna  Zoë", "language": "en"})
    account = pages.accounts.get("an")
    assert account is not None
    assert (account.full_name, account.language, account.shortcuts) == ("Anna Zoë", "en", False)
    assert "My account" in browser.get("/account").text
    browser.post("/account", data={"full_name": "Anna", "language": "fr", "shortcuts": "on", "role": "admin"})
    account = pages.accounts.get("an")
    assert account is not None
    assert (account.language, account.shortcuts, account.role) == ("en", True, AccountRole.READER)
    answer = browser.post("/account", data={"full_name": "a\u202eb"})
    assert answer.status_code == 422


def test_another_password_ends_all_other_sessions(pages: Pages) -> None:
    pages.add("an")
    here, there = pages.signed_in("an"), pages.signed_in("an")
    before = here.cookies[pages.cookie]
    answer = here.post("/account/password", data={"current": PASSWORD, "password": _OTHER, "repeated": _OTHER})
    assert answer.headers["location"] == "/account?done=done.people_password_changed"
    assert here.get("/for/reader").status_code == 200 and there.get("/for/reader").status_code == 303
    assert here.cookies[pages.cookie] != before
    assert isinstance(check_sign_in(pages.accounts, "an", PASSWORD), Refusal)
    pages.signed_in("an", _OTHER)


@pytest.mark.parametrize(
    ("current", "password", "repeated", "said"),
    [
        ("mis", _OTHER, _OTHER, "password.current_wrong"),
        (PASSWORD, PASSWORD, PASSWORD, "password.as_before"),
        (PASSWORD, _OTHER, "iets anders dan", "password.not_same"),
        (PASSWORD, "An Achternaam 2026", "An Achternaam 2026", "password.guessable"),
    ],
)
def test_a_password_is_not_changed_without_the_current_one_or_into_a_bad_one(
    pages: Pages, current: str, password: str, repeated: str, said: str
) -> None:
    pages.add("an")
    browser = pages.signed_in("an")
    answer = browser.post("/account/password", data={"current": current, "password": password, "repeated": repeated})
    assert answer.status_code == 422 and text(said, "nl") in answer.text
    pages.signed_in("an")


def test_the_current_password_cannot_be_guessed_from_inside(pages: Pages) -> None:
    pages.add("an")
    browser = pages.signed_in("an")
    form = {"current": "mis", "password": _OTHER, "repeated": _OTHER}
    for _ in range(TRIES):
        browser.post("/account/password", data=form)
    answer = browser.post("/account/password", data={**form, "current": PASSWORD})
    assert answer.status_code == 422 and "Te vaak geprobeerd" in answer.text
    answer = browser.post("/account/sign-out-everywhere", data={"current": PASSWORD})
    assert answer.status_code == 422 and "Te vaak geprobeerd" in answer.text


def test_one_sees_the_own_sessions_and_ends_them_all(pages: Pages) -> None:
    pages.add("an")
    here, there = pages.signed_in("an"), pages.signed_in("an")
    page = here.get("/account").text
    assert page.count("in deze browser") == 1 and page.count("elders") == 1
    assert here.cookies[pages.cookie] not in page
    assert here.post("/account/sign-out-everywhere", data={"current": "mis"}).status_code == 422
    assert there.get("/for/reader").status_code == 200
    assert here.post("/account/sign-out-everywhere", data={"current": PASSWORD}).status_code == 303
    assert [b.get("/for/reader").status_code for b in (here, there)] == [303, 303]


def test_one_ends_own_sessions_one_by_one_and_nobody_elses(pages: Pages) -> None:
    pages.add("an")
    pages.add("bo")
    here, there, third = (pages.signed_in("an") for _ in range(3))
    other = pages.signed_in("bo")
    page = here.get("/account").text
    mine = pages.accounts.sessions.of_account("an", pages.app.state.access.ends)
    marks = {hash_key(b.cookies[pages.cookie])[:16]: b for b in (here, there, third)}
    assert {session.mark for session in mine} == set(marks) and all(mark in page for mark in marks)
    gone = next(mark for mark, browser in marks.items() if browser is there)
    strange = hash_key(other.cookies[pages.cookie])[:16]
    for form in ({"session": [gone], "current": "mis"}, {"current": PASSWORD}):
        assert here.post("/account/sign-out-chosen", data=form).status_code == 422
    assert there.get("/for/reader").status_code == 200
    form = {"session": [gone, strange, "%", ""], "current": PASSWORD}
    before = here.cookies[pages.cookie]
    assert here.post("/account/sign-out-chosen", data=form).headers["location"].startswith("/account")
    assert here.cookies[pages.cookie] != before  # who gave the password once more goes on under a new key
    old = pages.browser()
    old.cookies.set(pages.cookie, before)
    assert old.get("/for/reader").status_code == 303
    assert [b.get("/for/reader").status_code for b in (here, there, third, other)] == [200, 303, 200, 200]
    assert pages.accounts.events(1)[0].event == "signed_out_some"
    own = hash_key(here.cookies[pages.cookie])[:16]
    here.post("/account/sign-out-chosen", data={"session": [own], "current": PASSWORD})
    assert here.get("/for/reader").status_code == 303  # the own one was chosen, and no other follows it


# ---------------------------------------------------------------- all accounts


def _one_time(page: str) -> str:
    found = re.search(r"<code>([^<]+)</code>", page)
    assert found is not None
    return found.group(1)


def test_an_admin_adds_somebody_who_chooses_the_own_password(pages: Pages, admin: TestClient) -> None:
    answer = admin.post("/people", data={"name": "Bo", "full_name": "Bo Been", "role": "editor"})
    once = _one_time(answer.text)
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
    assert _one_time(admin.post("/people", data={"name": "cor", "full_name": "Cor", "role": "reader"}).text) != once
    browser = pages.browser()
    entered = browser.post("/sign-in", data={"name": "bo", "password": once, "next": "/for/reader"})
    assert entered.headers["location"] == "/account/password"
    assert browser.get("/for/reader").headers["location"] == "/account/password"  # nothing else until then
    assert browser.post("/for/reader").status_code == 401
    assert browser.post("/account", data={"full_name": "Bo"}).status_code == 401
    same = browser.post("/account/password", data={"current": once, "password": once, "repeated": once})
    assert same.status_code == 422
    browser.post("/account/password", data={"current": once, "password": _OTHER, "repeated": _OTHER})
    assert browser.get("/for/editor").json()["name"] == "bo"
    assert isinstance(check_sign_in(pages.accounts, "bo", once), Refusal)


def test_a_one_time_password_ages(pages: Pages, admin: TestClient) -> None:
    pages.add("an")
    before = pages.signed_in("an")
    once = _one_time(admin.post("/people/an/one-time-password").text)
    assert before.get("/for/reader").status_code == 303
    assert isinstance(check_sign_in(pages.accounts, "an", PASSWORD), Refusal)
    late = pages.browser()
    late.post("/sign-in", data={"name": "an", "password": once})
    pages.clock.forward(hours=72)
    assert late.get("/account/password").status_code == 303  # nor does a session that came of it
    answer = pages.browser().post("/sign-in", data={"name": "an", "password": once})
    assert answer.status_code == 401 and text("sign_in.once_expired", "nl") in answer.text


def test_a_one_time_password_helps_whoever_has_to_wait(pages: Pages, admin: TestClient) -> None:
    pages.add("an")
    for _ in range(TRIES):
        check_sign_in(pages.accounts, "an", "mis")
    once = _one_time(admin.post("/people/an/one-time-password").text)
    assert not isinstance(check_sign_in(pages.accounts, "an", once), Refusal)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"name": "a b", "full_name": "A", "role": "reader"}, "people.fault.name"),
        ({"name": "bo", "full_name": "", "role": "reader"}, "people.fault.full_name"),
        ({"name": "bo", "full_name": "A", "role": "keizer"}, "people.fault.role"),
        ({"name": "BAAS", "full_name": "A", "role": "reader"}, "people.fault.taken"),
    ],
)
def test_a_wrong_account_is_not_made(pages: Pages, admin: TestClient, form: dict[str, str], said: str) -> None:
    answer = admin.post("/people", data=form)
    assert answer.status_code == 422 and text(said, "nl") in answer.text
    assert pages.accounts.count() == 1


def test_roles_and_closing_and_what_is_noted(pages: Pages, admin: TestClient) -> None:
    pages.add("an")
    assert admin.post("/people/an/role", data={"role": "editor"}).status_code == 303
    admin.post("/people/an/close")
    admin.post("/people/an/reopen")
    admin.post("/people/an/sign-out")
    account = pages.accounts.get("an")
    assert account is not None and account.active and account.role is AccountRole.EDITOR
    noted = [(e.actor, e.event) for e in pages.accounts.events(4)]
    assert noted == [("baas", "signed_out"), ("baas", "reopened"), ("baas", "closed"), ("baas", "changed")]
    page = admin.get("/people").text
    assert "an heropend" in page and "an gewijzigd (redacteur)" in page and "opdrachtregel" in page


def test_the_last_admin_is_told_why_not(pages: Pages, admin: TestClient) -> None:
    for path, form in (("/people/baas/role", {"role": "reader"}), ("/people/baas/close", {})):
        answer = admin.post(path, data=form)
        assert answer.status_code == 422 and text("people.fault.last_admin", "nl") in answer.text
    pages.add("bo", AccountRole.ADMIN)
    assert admin.post("/people/baas/role", data={"role": "reader"}).headers["location"].startswith("/?done=")
    assert admin.get("/people").status_code == 403


@pytest.mark.parametrize("act", ["role", "close", "reopen", "one-time-password", "sign-out"])
def test_nothing_is_done_to_nobody(pages: Pages, admin: TestClient, act: str) -> None:
    answer = admin.post(f"/people/niemand/{act}", data={"role": "reader"})
    assert answer.status_code == 422 and pages.accounts.count() == 1
    assert all(event.account == "baas" for event in pages.accounts.events())


def test_somebody_of_the_organisation_has_no_password_here(tmp_path: Path) -> None:
    rules = AccessRules(proxy_header="X-Remote-User", trusted_proxies=("10.0.0.1",))
    with open_pages(tmp_path, rules) as pages:
        pages.add("baas", AccountRole.ADMIN)
        admin = pages.signed_in("baas")
        admin.post("/people", data={"name": "bo", "full_name": "Bo", "role": "reader", "sign_in": "elsewhere"})
        account = pages.accounts.get("bo")
        assert account is not None and not account.has_password
        assert "bij de organisatie" in admin.get("/people").text
        browser = pages.browser("10.0.0.1", **{"X-Remote-User": "bo"})
        assert browser.get("/account/password").headers["location"] == "/account"
        assert browser.post("/account/password", data={"password": _OTHER, "repeated": _OTHER}).status_code == 303
        assert pages.accounts.secret("bo") is None
        assert browser.post("/account/sign-out-everywhere").status_code == 303


def test_names_from_people_are_shown_as_text(pages: Pages, admin: TestClient) -> None:
    nasty = "<script>alert(1)</script>{{7*7}}"
    admin.post("/people", data={"name": "bo", "full_name": nasty, "role": "reader"})
    page = admin.get("/people").text
    assert "<script>alert" not in page and "&lt;script&gt;alert(1)" in page and "{{7*7}}" in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_pages_are_there_in_both_languages(pages: Pages, language: str) -> None:
    pages.add("baas", AccountRole.ADMIN)
    pages.accounts.change("baas", actor="baas", language=language)
    browser = pages.signed_in("baas")
    for path, key in {"/people": "people", "/account": "account", "/account/password": "password"}.items():
        page, heading = browser.get(path).text, text(f"{key}.title", language)  # type: ignore[arg-type]
        assert f'<html lang="{language}">' in page and f"<h1>{heading}</h1>" in page


def test_every_event_and_role_has_words() -> None:
    for event in (
        "added",
        "changed",
        "closed",
        "reopened",
        "password",
        "one_time_password",
        "signed_out",
        "signed_out_some",
    ):
        assert "an" in text(f"people.event.{event}", "nl", name="an")
    for role in AccountRole:
        assert text(f"people.role.{role.value}", "en") and text(f"people.role_may.{role.value}", "en")


# ---------------------------------------------------------------- passwords


def test_hashes_are_argon2id_as_owasp_asks(real_hashes: None) -> None:
    hashed = hash_password(PASSWORD)
    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$") and hash_password(PASSWORD) != hashed
    assert check_password(PASSWORD, hashed) and not check_password(PASSWORD + " ", hashed)
    assert not check_password(PASSWORD, None) and not check_password(PASSWORD, "damaged")
    assert not passwords.outdated(hashed) and not passwords.outdated(passwords._NOBODY)


@given(st.text(min_size=1, max_size=300))
def test_a_password_is_used_as_it_was_typed(password: str) -> None:
    quick = passwords.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_HASHER", quick)
        hashed = hash_password(password)
        assert check_password(password, hashed)
        for other in (password + "x", password[:-1], password.swapcase(), f" {password}"):
            assert check_password(other, hashed) == (other == password)


@pytest.mark.parametrize(
    "password",
    [
        "123456789012", "1234567890qwerty", "qwertyuiop123", "1q2w3e4r5t6y", "passwordpassword", "password1234",
        "P@ssw0rd12345", "Welkom2026!!!", "W3lk0m2026!!", "abcd1234abcd", "aaaaaaaaaaaa", "121212121212",
        "zomer winter 2026", "kennisstand2026", "Kennis-Stand-01", "jan.de.vries1", "JanDeVries2026", "iloveyou12345",
        "zyxwvutsrqpo", "0987654321098", "asdfghjklqwerty", "feyenoord1908!", "wachtwoord123", "amsterdam2026!",
    ],
)  # fmt: skip
def test_what_everybody_tries_first_is_refused(password: str) -> None:
    assert password_problem(password, "jan", "Jan de Vries") == "password.guessable"


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple", "de kat zit op het dak", "8301946275830194", "fietsbel op dinsdag",
        "ЛошадьБатарея", "ÿ€ß¶øłþñµ©®™", "            twaalf woorden", "zes gele laarzen", "Tr4-vuq-9kp-xlo",
    ],
)  # fmt: skip
def test_passwords_of_any_kind_of_characters_are_taken(password: str) -> None:
    assert password_problem(password, "jan", "Jan de Vries") is None


def test_the_length_of_a_password_has_bounds() -> None:
    long = "de kat zit op het dak en ziet een fietsbel " * 6
    assert password_problem(long[:SHORTEST]) is None and password_problem(long[: SHORTEST - 1]) == "password.too_short"
    assert password_problem(long[:LONGEST]) is None and password_problem(long[: LONGEST + 1]) == "password.too_long"


@given(st.text(max_size=300), st.text(max_size=130))
def test_any_password_gets_an_answer(password: str, name: str) -> None:
    assert password_problem(password, name) in {
        None, "password.too_short", "password.too_long", "password.guessable"
    }  # fmt: skip


def test_one_time_passwords_are_random_and_pass_the_rules() -> None:
    made = {passwords.one_time_password() for _ in range(50)}
    assert len(made) == 50
    assert all(re.fullmatch(r"([a-z2-9]{4}-){4}[a-z2-9]{4}", one) and not password_problem(one) for one in made)


# ---------------------------------------------------------------- the command


def _people(folder: Path, *arguments: str) -> int:
    return run(["people", *arguments, "--workspace", str(folder)])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LANG", "nl_NL.UTF-8")
    for name in ("LC_ALL", "LC_MESSAGES", "LANGUAGE", "KENNISSTAND_WORKSPACE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def _type(monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    monkeypatch.setattr("sys.stdin", StringIO(line))


def test_the_command_adds_lists_and_closes(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _people(folder, "list") == OK and "Nog niemand" in capsys.readouterr().err
    _type(monkeypatch, PASSWORD + "\n")
    assert _people(folder, "add", "An", "--full-name", "An Achter", "--role", "admin") == OK
    assert _people(folder, "add", "bo", "--full-name", "Bo", "--once") == OK
    told = capsys.readouterr()
    once = told.out.strip()
    assert PASSWORD not in told.out + told.err and re.fullmatch(r"([a-z2-9]{4}-){4}[a-z2-9]{4}", once)
    assert _people(folder, "close", "BO") == OK
    capsys.readouterr()
    assert _people(folder, "list", "--json") == OK
    listed = json.loads(capsys.readouterr().out)["people"]
    assert [(p["name"], p["role"], p["active"]) for p in listed] == [("an", "admin", True), ("bo", "reviewer", False)]
    assert _people(folder, "list") == OK and "gesloten" in capsys.readouterr().out
    workspace = open_workspace(folder, f"sqlite:///{folder}/data/processed/kennisstand.db")
    assert not isinstance(check_sign_in(workspace.accounts, "an", PASSWORD), Refusal)
    assert {event.actor for event in workspace.accounts.events()} == {COMMAND}
    workspace.close()


def test_the_command_gives_another_password(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace = open_workspace(folder, f"sqlite:///{folder}/data/processed/kennisstand.db")
    workspace.accounts.create("an", "An", AccountRole.ADMIN, Secret(hash_password(PASSWORD)), actor=COMMAND)
    _type(monkeypatch, _OTHER + "\n")
    assert _people(folder, "password", "an") == OK
    assert not isinstance(check_sign_in(workspace.accounts, "an", _OTHER), Refusal)
    assert _people(folder, "password", "an", "--once") == OK
    secret = workspace.accounts.secret("an")
    assert secret is not None and secret.once_until is not None
    assert check_password(capsys.readouterr().out.strip(), secret.hash)
    workspace.close()


@pytest.mark.parametrize(
    ("arguments", "typed", "status", "said"),
    [
        (("add", "jän", "--full-name", "Jan"), PASSWORD, FAILED, "kan geen aanmeldnaam zijn"),
        (("add", "jan", "--full-name", " "), PASSWORD, FAILED, "volledige naam"),
        (("add", "jan", "--full-name", "Jan"), "kort", FAILED, "te kort"),
        (("add", "jan", "--full-name", "Jan"), "", FAILED, "te kort"),
        (("add", "an", "--full-name", "Jan"), PASSWORD, FAILED, "Er is al een account"),
        (("add", "jan", "--full-name", "Jan", "--role", "keizer"), PASSWORD, WRONG_USE, "keizer"),
        (("close", "an"), "", FAILED, "laatste actieve beheerder"),
        (("close", "niemand"), "", FAILED, "geen account met de naam niemand"),
        (("password", "niemand"), PASSWORD, FAILED, "geen account met de naam niemand"),
        (("password", "an"), "welkom123456", FAILED, "makkelijk te raden"),
    ],
)
def test_what_the_command_cannot_do_it_says(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    typed: str,
    status: int,
    said: str,
) -> None:
    workspace = open_workspace(folder, f"sqlite:///{folder}/data/processed/kennisstand.db")
    workspace.accounts.create("an", "An", AccountRole.ADMIN, Secret("h"), actor=COMMAND)
    _type(monkeypatch, typed + "\n")
    assert _people(folder, *arguments) == status
    assert said in capsys.readouterr().err.replace("\n", " ")
    assert [(a.name, a.active) for a in workspace.accounts.all()] == [("an", True)]
    assert workspace.accounts.secret("an") == Secret("h")
    workspace.close()


def test_names_have_the_bounds_of_the_record() -> None:
    from pipelines.domain.accounts import Account

    bounds = {m.max_length for m in Account.model_fields["name"].metadata if hasattr(m, "max_length")}
    assert bounds == {names.LONGEST_NAME}
