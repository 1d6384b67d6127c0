"""A proposal is approved by two people, by keys alone, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from conftest import Served, new_context, serve
from people import PASSWORD, decide, look_until, sign_in
from playwright.sync_api import Browser, Page, expect
from proposed_changes import add_proposals

from flows.workspace import open_settings_workspace
from pipelines.domain.accounts import AccountRole
from pipelines.domain.evidence_table import Column
from pipelines.review_app.passwords import hash_password
from pipelines.settings import Settings
from pipelines.store.accounts import Secret

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def proposed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The page over a workspace with proposals and two editors."""
    root = tmp_path_factory.mktemp("proposed")
    workspace = open_settings_workspace(Settings(workspace=root))
    add_proposals(workspace, date.today().year)
    secret = Secret(hash_password(PASSWORD))
    for name in ("eva", "ada"):
        full_name = f"{name.capitalize()} Voorbeeld"
        workspace.accounts.create(name, full_name, AccountRole.EDITOR, secret, actor="(command)")
    workspace.close()
    served = serve(root)
    yield served
    served.close()


def _open_proposal(page: Page, what: str, state: str) -> None:
    """From the first page to a proposal, by keys."""
    page.keyboard.type("gv")  # at once: the first key waits for the second a moment only
    page.wait_for_url("**/proposals")
    if state != "open":
        page.goto(page.url + f"?state={state}")
    look_until(page, what)
    items = page.locator("a[data-item]")
    place = [what in words for words in items.all_inner_texts()].index(True)
    for _ in range(place + (items.first.evaluate("one => one !== document.activeElement"))):
        page.keyboard.press("j")
    expect(items.nth(place)).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/proposals/*")


def test_two_people_make_it_known_by_keys_alone(proposed: Served, chromium: Browser, page: Page) -> None:
    sign_in(page, proposed.address, "eva")
    _open_proposal(page, "B1.t1", "open")
    expect(page.locator("h1")).to_contain_text("B1.t1: van trend naar bekend")
    decide(page, "r")  # without a reason
    expect(page.locator("[role=alert]")).to_be_focused()
    expect(page.locator("#why")).to_have_attribute("aria-invalid", "true")
    decide(page, "a")
    page.wait_for_url("**done=done.proposals_seconded")
    look_until(page, "1 van 2 akkoord: Eva Voorbeeld")

    other = new_context(chromium)
    ada = other.new_page()
    sign_in(ada, proposed.address, "ada")
    _open_proposal(ada, "B1.t1", "seconded")
    decide(ada, "a")
    ada.wait_for_url("**done=done.proposals_applied")
    look_until(ada, "Opgenomen in versie")
    other.close()
    workspace = open_settings_workspace(Settings(workspace=proposed.root))
    table = workspace.tables.get(workspace.tables.newest_version())
    workspace.close()
    assert next(one.column for _, one in table.statements() if one.id == "B1.t1") is Column.KNOWN
