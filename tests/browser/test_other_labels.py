"""A reader corrects the other labels of a passage by keys alone."""

from __future__ import annotations

import pytest
from conftest import Served, take_picture
from people import make_first_account
from playwright.sync_api import Page, expect

from pipelines.store import open_workspace

pytestmark = pytest.mark.slow


def test_other_labels_are_chosen_by_keys(site: Served, page: Page) -> None:
    make_first_account(page, site.address)
    expect(page.locator("h1")).to_have_text("Te beoordelen")
    page.locator("a[data-item]").first.click()
    page.wait_for_url("**/passages/*")
    place = page.url
    page.keyboard.press("c")
    page.locator("details.families > summary").focus()
    page.keyboard.press("Enter")
    groups = page.get_by_role("group", name="Groepen", exact=True)
    groups.locator("summary").focus()
    page.keyboard.press("Enter")
    choice = groups.get_by_label("Mensen met een beperking")
    choice.focus()
    page.keyboard.press("Space")
    expect(choice).to_be_checked()
    take_picture(page, "other-labels")
    page.get_by_role("button", name="Opslaan en overnemen").focus()
    page.keyboard.press("Enter")
    page.wait_for_function("place => location.href.split('?')[0] != place.split('?')[0]", arg=place)
    workspace = open_workspace(site.root, f"sqlite:///{site.root}/data/processed/kennisstand.db")
    (made,) = workspace.decisions.all()
    workspace.close()
    assert made.judgement is not None and "group.disabled" in (made.judgement.instruments or ())
    page.goto(place)
    expect(page.get_by_text("toegevoegd door een lezer")).to_be_visible()
    take_picture(page, "other-labels-held")
