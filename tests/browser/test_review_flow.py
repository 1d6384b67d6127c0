"""From the first visit to a settled disagreement, by keys, in a real browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import Served, new_context
from people import PASSWORD, count_on_tab, decide, look_until_there, make_first_account, sign_in
from playwright.sync_api import Browser, Page, expect

from pipelines.domain.accounts import AccountRole
from pipelines.domain.decisions import Decision, Verdict
from pipelines.review_app.passwords import hash_password
from pipelines.store import open_workspace
from pipelines.store.accounts import Secret

pytestmark = pytest.mark.slow


def _decisions(site: Served) -> list[Decision]:
    workspace = open_workspace(site.root, f"sqlite:///{site.root}/data/processed/kennisstand.db")
    try:
        assert not workspace.decisions.faults()
        return list(workspace.decisions.all())
    finally:
        workspace.close()


def _add(site: Served, name: str, role: AccountRole) -> None:
    workspace = open_workspace(site.root, f"sqlite:///{site.root}/data/processed/kennisstand.db")
    secret = Secret(hash_password(PASSWORD))
    workspace.accounts.create(name, f"{name.capitalize()} Voorbeeld", role, secret, actor="(command)")
    workspace.close()


@pytest.fixture(scope="module")
def people(site: Served, chromium: Browser) -> Served:
    """The site after its first visit, with two reviewers and an editor."""
    context = new_context(chromium)
    page = context.new_page()
    make_first_account(page, site.address)
    expect(page.locator("h1")).to_have_text("Te beoordelen")
    for name, role in (("anna", AccountRole.REVIEWER), ("bram", AccountRole.REVIEWER), ("eva", AccountRole.EDITOR)):
        _add(site, name, role)
    # The program knows who is there for some seconds before it asks again: until then nobody can be asked to read.
    page.locator("a[data-item]").first.click()
    page.wait_for_url("**/passages/*")
    look_until_there(page, page.locator("#asked option[value=eva]"))
    context.close()
    return site


def _open_first(page: Page, tab: str) -> None:
    """Open the first passage behind a tab of the inbox."""
    page.locator(".tabs a", has_text=tab).click()
    # The list that stood there before has passages as well.
    expect(page.locator(".tabs a[aria-current]")).to_contain_text(tab)
    page.locator("a[data-item]").first.click()


def test_twenty_passages_are_reviewed_by_keys_alone(people: Served, page: Page) -> None:
    sign_in(page, people.address, "anna")
    before = count_on_tab(page, "Nog te doen")
    assert before >= 25
    page.keyboard.press("Enter")
    page.wait_for_url("**/passages/*")
    pressed = ["a", "r2", "a", "l1", "a", "r1", "a", "a", "r4", "a"] * 2
    for number, keys in enumerate(pressed, 1):
        address = page.url
        decide(page, keys)
        page.wait_for_url(lambda url, former=address: url != former)
        expect(page.locator("form.ok")).to_be_visible()
        assert len(_decisions(people)) == number
    verdicts = [d.verdict for d in _decisions(people)]
    assert verdicts.count(Verdict.ACCEPT) == 12
    assert verdicts.count(Verdict.REJECT) == 6
    assert verdicts.count(Verdict.LATER) == 2
    assert {d.reviewer for d in _decisions(people)} == {"anna"}
    page.keyboard.press("Backspace")
    page.wait_for_url(re.compile(r"/(\?.*)?$"))
    assert count_on_tab(page, "Nog te doen") == before - 20
    assert count_on_tab(page, "Overgenomen") == 12
    assert "van" in page.locator("aside").inner_text()


def test_labels_are_corrected_in_place_and_it_is_undone(people: Served, page: Page) -> None:
    sign_in(page, people.address, "anna")
    page.keyboard.press("Enter")
    page.wait_for_url("**/passages/*")
    address = page.url
    page.keyboard.press("c")
    direction = page.locator("#c-direction")
    expect(direction).to_be_visible()
    direction.select_option("mixed")
    page.locator("#c-kind").select_option("review")
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    expect(page.locator("#note")).to_be_focused()
    page.keyboard.type("richting klopte niet")
    page.keyboard.press("Escape")
    page.keyboard.press("c")
    page.get_by_role("button", name="Opslaan en overnemen").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: url != address)
    made = _decisions(people)[-1]
    assert made.verdict is Verdict.CORRECT
    assert made.judgement is not None and made.judgement.direction.value == "mixed"
    assert made.judgement.kind.value == "review"
    assert made.note == "richting klopte niet"
    decide(page, "u")
    page.wait_for_url(lambda url: address.split("?")[0] in url)
    undone = _decisions(people)[-1]
    assert (undone.verdict, undone.undoes) == (Verdict.UNDO, made.id)
    expect(page.get_by_text("ongedaan gemaakt", exact=True)).to_be_visible()


def test_two_readers_disagree_and_an_editor_settles(people: Served, chromium: Browser, page: Page) -> None:
    sign_in(page, people.address, "anna")
    page.keyboard.press("Enter")
    page.wait_for_url("**/passages/*")
    address = page.url.split("?")[0]
    page.keyboard.press("s")
    page.locator("#asked").select_option("bram")
    expect(page.locator("#asked")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("form.ok")).to_contain_text("Tweede lezing gevraagd")
    decide(page, "a")
    page.wait_for_url(lambda url: address not in url)

    other = new_context(chromium)
    bram = other.new_page()
    sign_in(bram, people.address, "bram")
    _open_first(bram, "Tweede lezing")
    bram.wait_for_url(f"{address}*")
    assert "Anna" not in bram.locator("main").inner_text()
    decide(bram, "r2")
    bram.wait_for_url("**done=done.end_of_list*")
    other.close()

    third = new_context(chromium)
    eva = third.new_page()
    sign_in(eva, people.address, "eva")
    _open_first(eva, "Oneens")
    eva.wait_for_url(f"{address}*")
    expect(eva.locator("main")).to_contain_text("beslist tussen de twee lezers")
    decide(eva, "a")
    eva.wait_for_url("**done=done.end_of_list*")
    third.close()
    made = _decisions(people)[-1]
    assert (made.reviewer, made.role.value, made.verdict) == ("eva", "settlement", Verdict.ACCEPT)


def test_who_comes_second_is_told_and_chooses(people: Served, chromium: Browser, page: Page) -> None:
    sign_in(page, people.address, "anna")
    page.keyboard.press("Enter")
    page.wait_for_url("**/passages/*")
    other = new_context(chromium)
    bram = other.new_page()
    sign_in(bram, people.address, "bram")
    bram.goto(page.url)
    decide(page, "a")
    page.wait_for_url(lambda url: "decided=" in url)
    n_made = len(_decisions(people))
    decide(bram, "r1")
    expect(bram.locator("h1")).to_have_text("Iemand anders was u voor")
    expect(bram.locator("main")).to_contain_text("Anna Voorbeeld")
    assert len(_decisions(people)) == n_made
    bram.get_by_role("button", name="Mijn besluit als tweede lezing bewaren").click()
    bram.wait_for_url(lambda url: "decided=" in url)
    assert _decisions(people)[-1].role.value == "second"
    other.close()


def test_search_finds_in_both_languages(people: Served, page: Page) -> None:
    sign_in(page, people.address, "anna")
    page.keyboard.press("/")
    page.wait_for_url("**/search*")
    expect(page.locator("#q")).to_be_focused()  # later than the page is loaded: the browser does that as it draws
    page.keyboard.type("werkdruk")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?*q=werkdruk*")
    expect(page.locator("a[data-item]").first).to_be_visible()
    languages = page.locator("a[data-item] .lead").evaluate_all("all => all.map(one => one.lang)")
    assert {"nl", "en"} <= set(languages)
    expect(page.locator("mark.hit").first).to_be_visible()
    page.keyboard.press("j")
    expect(page.locator("a[data-item]").first).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/passages/*")


def test_the_page_of_the_pdf_stands_beside_the_passage(people: Served, page: Page) -> None:
    sign_in(page, people.address, "anna")
    page.goto(f"{people.address}/search?q=werknemers+algoritmes")
    page.locator("a[data-item]", has_text="blz. ").first.click()
    expect(page.locator(".page-picture rect").first).to_be_visible()
    drawn = page.locator(".page-picture image").first
    assert drawn.evaluate("one => fetch(one.getAttribute('href')).then(a => a.ok)")


def test_the_language_is_switched_and_stays(people: Served, page: Page) -> None:
    sign_in(page, people.address, "bram")
    page.get_by_role("button", name="English").click()
    expect(page.locator("h1")).to_have_text("To review")
    page.goto(f"{people.address}/search")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_role("button", name="Nederlands").click()
    expect(page.locator("h1")).to_have_text("Zoeken")


def test_single_keys_can_be_turned_off(people: Served, page: Page) -> None:
    sign_in(page, people.address, "bram")
    page.goto(f"{people.address}/account")
    page.locator("input[name=shortcuts]").uncheck()
    page.locator("form:has(input[name=shortcuts]) button").click()
    page.wait_for_url("**done=*")
    page.goto(people.address)
    page.locator("a[data-item]").first.click()
    page.wait_for_url("**/passages/*")
    n_made = len(_decisions(people))
    address = page.url
    decide(page, "a?")
    # A form is marked at the moment it is sent, so that no answer has to be waited for that is not to come.
    assert page.locator("form[data-sent]").count() == 0 and page.url == address
    assert len(_decisions(people)) == n_made
    assert not page.locator("#keys").is_visible()
    page.goto(f"{people.address}/account")
    page.locator("input[name=shortcuts]").check()
    page.locator("form:has(input[name=shortcuts]) button").click()
    page.wait_for_url("**done=*")
    page.goto(people.address)
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()


def test_a_document_is_added(people: Served, page: Page, tmp_path: Path) -> None:
    sign_in(page, people.address, "eva")
    page.goto(f"{people.address}/documents")
    added = tmp_path / "nieuw bericht.txt"
    added.write_text("Uit onze peiling onder 300 bedrijven blijkt dat 12 procent AI gebruikt.\n" * 3, encoding="utf-8")
    form = page.locator("form:has(input[type=file])")
    form.locator("input[type=file]").set_input_files(added)
    form.locator("button").first.click()
    expect(page.locator("main")).to_contain_text("nieuw bericht")
    assert any(path.name.startswith("nieuw bericht") for path in (people.root / "data" / "raw").iterdir())


def test_a_report_is_downloaded(people: Served, page: Page) -> None:
    folder = people.root / "reports" / "2026-01-02-scan-0001"
    folder.mkdir(parents=True)
    (folder / "kennisstand-signaleringen.docx").write_bytes(b"PK-stands-for-a-report")
    sign_in(page, people.address, "bram")
    page.goto(f"{people.address}/reports")
    with page.expect_download() as waiting:
        # Not just the first: a scan that was started before this may have made a report by now.
        page.locator(f"main table a[href^='/reports/{folder.name}/']", has_text="Word").click()
    assert Path(waiting.value.path()).read_bytes() == b"PK-stands-for-a-report"
