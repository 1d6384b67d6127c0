"""No page has violations of WCAG 2.2 A and AA that axe can find: light and dark, wide and narrow, both languages.

Pictures of the pages are left in the folder that KENNISSTAND_SCREENSHOTS names, to be looked at.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import Served, folder_for_pictures, new_context
from people import make_first_account, sign_in
from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.slow

_RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}
_VIEWS = {
    "wide": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "phone-dark": {"viewport": {"width": 375, "height": 740}, "color_scheme": "dark"},
    "laptop-zoomed": {"viewport": {"width": 512, "height": 384}, "color_scheme": "light"},  # 1024 px at 200 %
}


@pytest.fixture(scope="module")
def pages(site: Served, chromium: Browser) -> dict[str, str]:
    """Name -> address of every page, on a site with an admin."""
    context = new_context(chromium)
    page = context.new_page()
    make_first_account(page, site.address)
    page.goto(site.address)
    passage = str(page.locator("a[data-item]").first.get_attribute("href"))
    context.close()
    document = _one(site.root, "select document_id from inbox order by rank")
    statement = _one(site.root, "select statement_id from (select 'D1.k1' as statement_id)")
    return {
        "inbox": "/",
        "inbox-sample": "/?state=sample",
        "passage": passage,
        "table": "/table",
        "statement": f"/table/{statement}",
        "row": "/table/row/D1",
        "documents": "/documents",
        "document": f"/documents/{document}",
        "topics": "/topics",
        "search": "/search?q=werkdruk",
        "scans": "/scans",
        "reports": "/reports",
        "readers": "/readers",
        "learning": "/learning",
        "people": "/people",
        "account": "/account",
        "not-there": "/passages/nowhere",
    }


def _one(root: Path, query: str) -> str:
    with sqlite3.connect(root / "data" / "processed" / "kennisstand.db") as connection:
        return str(connection.execute(query).fetchone()[0])


def _problems(page: Page, name: str) -> list[str]:
    found = Axe().run(page, options=_RULES).response["violations"]
    return [f"{name}: {one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]


def test_violations_are_found_where_there_are_any(page: Page) -> None:
    page.set_content("<p style='color: #ccc'>Grijs op wit</p><img src='x.png'><input>")
    assert {"color-contrast", "image-alt", "label"} <= {line.split(": ")[1] for line in _problems(page, "bad")}


@pytest.mark.parametrize("view", _VIEWS)
def test_no_page_has_violations(site: Served, chromium: Browser, pages: dict[str, str], view: str) -> None:
    context = new_context(chromium, **_VIEWS[view])
    page = context.new_page()
    problems: list[str] = []
    page.goto(f"{site.address}/sign-in")
    problems += _problems(page, "sign-in")
    sign_in(page, site.address, "ada")
    if view == "phone-dark":
        page.get_by_role("button", name="English").click()
    for name, address in pages.items():
        page.goto(site.address + address)
        if name == "passage":
            page.locator(".page-picture rect, .page-picture p").first.wait_for(timeout=60_000)
        for details in page.locator("main details").all():
            details.evaluate("one => { one.open = true; }")
        problems += _problems(page, name)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        problems += [f"{name}: {wide} px wider than the window"] if wide > 0 else []
        page.screenshot(path=folder_for_pictures() / f"{name}-{view}.png", full_page=True)
    page.goto(site.address + pages["passage"])
    for panel in ("reject", "correct", "later"):
        page.locator(f"[data-unfold=panel-{panel}]").click()
        problems += _problems(page, f"passage, {panel}")
        page.screenshot(path=folder_for_pictures() / f"passage-{panel}-{view}.png", full_page=True)
        page.keyboard.press("Escape")
    page.keyboard.press("?")
    problems += _problems(page, "keys")
    page.keyboard.press("Escape")
    if view == "phone-dark":
        page.get_by_role("button", name="Nederlands").click()
    context.close()
    assert problems == []
